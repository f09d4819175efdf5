"""A manuscript in the words and pieces that the article page and the feed entry are set from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from channels.manuscript import InterpreterRef, LivestreamRef, Manuscript
from channels.site.characters import one_line
from channels.site.corrections import corrections_told
from channels.site.facts import dialled, policy_facts, web_address
from channels.site.times import machine, minute
from channels.site.titles import phrases
from channels.text.markdown import summary_of
from channels.text.wording import span_words


def view(manuscript: Manuscript) -> dict[str, Any]:
    """Everything but the body, cleaned for display; what the manuscript leaves open is empty."""
    content, imprint = manuscript.content, manuscript.imprint
    return {
        "title": one_line(content.title),
        "phrases": phrases(content.title),
        "source": source_of(manuscript),
        "form": content.form.label,
        "published": _moment(manuscript.pub_date, imprint.zone),
        "corrections": corrections_told(imprint),
        "policies": [policy_facts(policy) for policy in content.policies],
        "interpreters": [_person(person) for person in content.interpreters],
        "points": [{"heading": one_line(p.heading), "lines": lines(p.text)} for p in content.key_points],
        "questions": [{"q": one_line(q.q), "lines": lines(q.a)} for q in content.questions],
        "livestream": _livestream(content.livestream, imprint.zone),
        "keywords": keywords_of(manuscript),
        "office": one_line(imprint.office),
    }


def source_of(manuscript: Manuscript) -> str:
    """ContentSource: the stated source, else the office, else the site."""
    imprint = manuscript.imprint
    return (
        one_line(manuscript.content.source)
        or one_line(imprint.office)
        or one_line(imprint.site.name)
        or imprint.site.domain
    )


def keywords_of(manuscript: Manuscript) -> tuple[str, ...]:
    """The keywords, each once."""
    return tuple(word for word in dict.fromkeys(map(one_line, manuscript.content.keywords)) if word)


def description_of(manuscript: Manuscript) -> str:
    """The summary, else the beginning of the text."""
    return one_line(summary_of(manuscript.content))


def lines(text: str) -> Sequence[str]:
    """The paragraphs of a plain text."""
    return [line for line in map(one_line, text.splitlines()) if line]


def _moment(instant: Any, zone: str) -> dict[str, str]:
    return {"text": minute(instant, zone), "machine": machine(instant, zone)}


def _person(person: InterpreterRef) -> dict[str, str]:
    phone = one_line(person.phone)
    return {
        "name": one_line(person.name),
        "role": one_line(person.role),
        "office": one_line(person.office),
        "phone": phone,
        "dial": dialled(phone),
    }


def _livestream(livestream: LivestreamRef | None, zone: str) -> dict[str, Any] | None:
    if livestream is None:
        return None
    room, replay = web_address(livestream.room), web_address(livestream.replay)
    facts = (
        ("时间", _when(livestream, zone)),
        ("平台", one_line(livestream.platform)),
        ("直播间", "" if room else one_line(livestream.room)),
        ("主持人", one_line(livestream.host)),
        ("嘉宾", "、".join(filter(None, map(one_line, livestream.guests)))),
    )
    return {
        "topic": one_line(livestream.topic),
        "facts": [fact for fact in facts if fact[1]],
        "room": room,
        "replay": replay,
    }


def _when(livestream: LivestreamRef, zone: str) -> str:
    try:
        return span_words(livestream.starts, livestream.ends, zone)
    except OverflowError:
        # In year 1 or 9999 another zone may lie outside the calendar; the livestream channel says what is wrong.
        return ""
