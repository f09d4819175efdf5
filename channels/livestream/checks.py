"""What is wrong with a manuscript's livestream. Findings are LIV-100 to LIV-199."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from channels.base import Finding, Severity
from channels.manuscript import LivestreamRef, Manuscript
from channels.site.facts import web_address
from channels.text.wording import span_words
from channels.words import NO_WORDS, Words

# A livestream this long is a wrong date more often than a long livestream.
LONG = timedelta(hours=12)
# Beyond this the poster sets the topic in three lines of small type.
LONG_TOPIC = 40
# Outside these years conversion between zones can overflow, and no livestream is meant.
FIRST_YEAR, LAST_YEAR = 1990, 2200
_TWO_WAY = "政策文件与解读双向链接：每份解读写明所解读的文件，每份文件列出其解读"
_TIMES = Words("请核对直播的开始、结束时间和时区。", "Check start, end and zone of the livestream.")


def check_livestream(manuscript: Manuscript) -> list[Finding]:
    """All findings, in the order of the fields; only LIV-100 when there is no livestream."""
    stream = manuscript.content.livestream
    if stream is None:
        sentence = Words(
            "稿件没有直播信息，不生成直播预告。", "The manuscript has no livestream; no announcement is made."
        )
        return [Finding("LIV-100", Severity.SKIP, "livestream", sentence)]
    found = [*_topic(stream), *_times(stream, manuscript), *_room(stream), *_people(stream, manuscript)]
    if not manuscript.content.policies:
        found.append(
            _warn(
                "LIV-105",
                "policies",
                Words("直播没有关联政策文件。", "The livestream names no policy document."),
                Words("请至少关联一份政策文件。", "Name at least one policy document."),
                _TWO_WAY,
            )
        )
    return found


def room_address(stream: LivestreamRef) -> str:
    """The room's http(s) address, percent-encoded; nothing when the room is words (a number, a search term)."""
    return web_address(stream.room)


def _means_to_be_address(room: str) -> bool:
    try:
        parts = urlsplit(room.strip())
    except ValueError:
        return True
    return bool(parts.netloc or parts.scheme) and not any(c.isspace() for c in room.strip())


def _topic(stream: LivestreamRef) -> Iterator[Finding]:
    topic = stream.topic.strip()
    if not topic:
        sentence = Words("直播没有主题。", "The livestream has no topic.")
        hint = Words("请填写直播主题。", "Give it a topic.")
        yield Finding("LIV-101", Severity.BLOCK, "livestream.topic", sentence, hint)
    elif len(topic) > LONG_TOPIC:
        yield _warn(
            "LIV-102",
            "livestream.topic",
            Words(f"直播主题有{len(topic)}个字，海报上字号会很小。", f"The topic has {len(topic)} characters."),
            Words(f"建议不超过{LONG_TOPIC}个字。", f"Keep it to {LONG_TOPIC}; the poster's type shrinks."),
        )


def _times(stream: LivestreamRef, manuscript: Manuscript) -> Iterator[Finding]:
    moments = [moment for moment in (stream.starts, stream.ends) if moment is not None]
    if not all(FIRST_YEAR <= moment.year <= LAST_YEAR for moment in moments):
        sentence = Words("直播年份不合理。", "The livestream's year is out of all reason.")
        yield Finding("LIV-114", Severity.BLOCK, "livestream.starts", sentence, _TIMES)
        return
    when = span_words(stream.starts, stream.ends, manuscript.imprint.zone)
    if stream.ends is None:
        sentence = Words("直播没有结束时间，预告和日历只写开始时间。", "No end time; only the start is announced.")
        yield Finding("LIV-112", Severity.NOTE, "livestream.ends", sentence)
    elif stream.ends <= stream.starts:
        sentence = Words(f"直播结束时间不晚于开始时间：{when}。", "The livestream does not end after its start.")
        yield Finding("LIV-110", Severity.BLOCK, "livestream.ends", sentence, _TIMES)
    elif stream.ends - stream.starts > LONG:
        sentence = Words(f"直播时长超过12小时：{when}。", "The livestream lasts more than 12 hours.")
        yield _warn("LIV-113", "livestream.ends", sentence, _TIMES)
    published = manuscript.imprint.published
    if published is not None and stream.starts <= published:
        sentence = Words(f"预告发布时直播已经开始：{when}。", "The livestream starts before its announcement goes out.")
        yield _warn("LIV-111", "livestream.starts", sentence, _TIMES)


def _room(stream: LivestreamRef) -> Iterator[Finding]:
    if stream.room.strip() and _means_to_be_address(stream.room) and not room_address(stream):
        sentence = Words(f"直播间链接不能使用：“{stream.room[:80]}”。", "The room's link can't be used.")
        hint = Words(
            "请填写以 http:// 或 https:// 开头的完整网址。", "Give a whole address that starts with http(s)://."
        )
        yield Finding("LIV-121", Severity.BLOCK, "livestream.room", sentence, hint)
    if stream.replay.strip() and not web_address(stream.replay):
        sentence = Words(f"回放链接不能使用：“{stream.replay[:80]}”。", "The replay's link can't be used.")
        hint = Words("请粘贴以 https:// 开头的完整网址。", "Paste the whole address, from https:// on.")
        yield Finding("LIV-122", Severity.BLOCK, "livestream.replay", sentence, hint)
    if not (stream.room.strip() and stream.platform.strip()):
        missing = "直播平台" if stream.room.strip() else "直播间链接" if stream.platform.strip() else "直播平台和直播间"
        field = "livestream.platform" if stream.room.strip() else "livestream.room"
        yield _warn(
            "LIV-120",
            field,
            Words(f"没有写明{missing}，观众不知道到哪里观看。", "Platform or room is missing: where do people watch?"),
            Words(f"请补充{missing}。", "Add the platform and the room's address."),
        )


def _people(stream: LivestreamRef, manuscript: Manuscript) -> Iterator[Finding]:
    if not stream.host.strip():
        sentence = Words("没有写明主持人。", "The host is not named.")
        yield _warn("LIV-130", "livestream.host", sentence, Words("请补充主持人姓名。", "Add the host's name."))
    if not any(guest.strip() for guest in stream.guests):
        sentence = Words("没有写明解读嘉宾。", "No guest is named.")
        yield _warn("LIV-131", "livestream.guests", sentence, Words("请补充至少一位解读人。", "Add at least one."))
    known = {person.name.strip() for person in manuscript.content.interpreters}
    for number, guest in enumerate(stream.guests):
        if guest.strip() and guest.strip() not in known:
            sentence = Words(f"嘉宾“{guest}”不在解读人名单中。", f"The guest {guest!r} is not among the interpreters.")
            hint = Words(
                "如系解读人，请在解读人中补充其单位、职务和电话。", "If they are one, add office, role and phone."
            )
            yield Finding("LIV-132", Severity.NOTE, f"livestream.guests[{number}]", sentence, hint)


def _warn(code: str, place: str, sentence: Words, suggestion: Words = NO_WORDS, ground: str = "") -> Finding:
    return Finding(code, Severity.WARN, place, sentence, suggestion, ground)
