"""What stands in the place of a withdrawn piece: a notice page, never a 404, and its entry in feeds.

One for every channel of the site, and a pure function of the stored item, so that a rebuild makes the same bytes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from channels.base import Artefact, File
from channels.items import Item
from channels.manuscript import ColumnInfo, InterpreterRef, SiteInfo, Withdrawal
from channels.site import paths
from channels.site.calendar import EventInfo, calendar
from channels.site.characters import one_line
from channels.site.facts import dialled, policy_facts
from channels.site.shell import HTML, Crumb, Frame, column_feed, form_feed, page, site_feed
from channels.site.tags import column_tags, filled, site_tags
from channels.site.times import machine, minute
from channels.site.titles import phrases
from channels.templating import environment
from channels.text.wording import moment_words


def notice(site: SiteInfo, column: ColumnInfo, item: Item) -> Artefact:
    """All files of a withdrawn piece's place: the notice, and the cancelled event of one that had a calendar file.

    The page tags are the article's, PubDate unchanged. Raises ValueError for an item that isn't withdrawn.
    """
    values = {**_values(item), "column": Crumb(one_line(column.name) or column.slug, paths.column(column.slug))}
    files = [
        File("index.html", page("site/notice.html", _frame(site, column, item), **values), HTML),
        File(paths.GONE, b"410\n", "text/plain"),
    ]
    if item.calendar:
        path = item.calendar.removeprefix(item.place)
        named = f"{one_line(item.author)}直播预告"
        data = calendar(named, _withdrawal(item).zone, [cancelled_event(site, item)])
        files.append(File(path, data, "text/calendar; charset=utf-8"))
    return Artefact("notice", tuple(files), "index.html")


def entry(site: SiteInfo, item: Item) -> Item:
    """The withdrawn item as feeds show it: the same identity, place and PubDate, with the notice for its text.

    A reader's program replaces what it kept by the entry of the same id. A tombstone (RFC 6721) would say so too, but
    few programs know it, and the W3C validator warns of every one.
    """
    values = _values(item)
    policies = [{"title": p.title, "address": _address(site, p.place) or p.original} for p in values["policies"]]
    content = environment().get_template("site/notice_entry.html").render({**values, "policies": policies})
    return item.model_copy(
        update={
            "title": f"已撤回：{one_line(item.title)}",
            "summary": values["sentence"],
            "html": content,
            "updated": _withdrawal(item).at,
            "keywords": (),
            "image": None,
            "recording": None,
        }
    )


def _withdrawal(item: Item) -> Withdrawal:
    if item.withdrawn is None:
        raise ValueError(f"not withdrawn: {item.identity}")
    return item.withdrawn


def _values(item: Item) -> dict[str, Any]:
    withdrawal = _withdrawal(item)
    what = "本预告" if item.calendar else "本文"
    when, reason = moment_words(withdrawal.at, withdrawal.zone), one_line(withdrawal.reason)
    return {
        "what": what,
        "title": one_line(item.title),
        "phrases": phrases(item.title),
        "published": _moment(item.published, withdrawal.zone),
        "source": one_line(item.author),
        "when": {**_moment(withdrawal.at, withdrawal.zone), "words": when},
        "reason": reason,
        "sentence": f"{what}已于{when}撤回。" + (f"原因：{reason}" if reason else ""),
        "office": one_line(withdrawal.office) or one_line(item.author),
        "contacts": [_contact(p) for p in item.interpreters if p.phone.strip()],
        "policies": [policy_facts(policy) for policy in item.policies],
    }


def _moment(instant: datetime, zone: str) -> dict[str, str]:
    return {"text": minute(instant, zone), "machine": machine(instant, zone)}


def _contact(person: InterpreterRef) -> dict[str, str]:
    phone = one_line(person.phone)
    return {"who": one_line(person.office) or one_line(person.name), "phone": phone, "dial": dialled(phone)}


def _frame(site: SiteInfo, column: ColumnInfo, item: Item) -> Frame:
    values = _values(item)
    tags = filled(
        ("ArticleTitle", item.title),
        ("PubDate", values["published"]["text"]),
        ("ContentSource", item.author or site.name or site.domain),
        ("Author", values["office"]),
        ("Description", values["sentence"]),
        ("Url", paths.address(site, item.place)),
    )
    feeds = (site_feed(site), column_feed(site, column), form_feed(site, item.form))
    crumbs = (Crumb(one_line(column.name) or column.slug, paths.column(column.slug)),)
    title = f"已撤回：{one_line(item.title)}"
    return Frame(site, title, (*site_tags(site), *column_tags(column), *tags), item.place, crumbs, feeds)


def _address(site: SiteInfo, place: str) -> str:
    return paths.address(site, place) if place else ""


def cancelled_event(site: SiteInfo, item: Item) -> EventInfo:
    """The event stays in the calendar, cancelled: one that vanishes stays in some programs as it was."""
    if item.livestream is None:
        raise ValueError(f"a calendar without an event: {item.identity}")
    withdrawal = _withdrawal(item)
    return EventInfo(
        uid=f"{item.identity}@{site.domain}",
        # Where to watch may be the very thing that was wrong.
        livestream=item.livestream.model_copy(update={"room": "", "platform": ""}),
        stamped=withdrawal.at,
        sequence=item.sequence + 1,
        url=paths.address(site, item.place),
        description=_values(item)["sentence"],
        organizer_name=item.author,
        cancelled=True,
    )
