"""The announcement page, and the same text for feeds."""

from __future__ import annotations

from typing import Any

from channels.base import File
from channels.livestream.announcement import Announcement, place_of
from channels.manuscript import Form, InterpreterRef, LivestreamRef, Manuscript, PolicyRef
from channels.short_links import Kind, address_in
from channels.site import linked, paths, times
from channels.site.characters import one_line
from channels.site.corrections import corrections_told
from channels.site.facts import dialled, policy_facts
from channels.site.share import PATH as SHARE_CARD
from channels.site.share import Card
from channels.site.shell import HTML, Crumb, Frame, column_feed, form_feed, page, site_feed
from channels.site.social import social_tags
from channels.site.tags import Tags, column_tags, filled, site_tags
from channels.site.titles import phrases
from channels.templating import environment
from channels.text.wording import policy_words, titled


def page_file(manuscript: Manuscript, stream: LivestreamRef, told: Announcement, picture: File) -> File:
    """The announcement as a page of the site, with the page tags of all three levels; outside a database there is no
    site around it, and it stands alone.
    """
    frame = _frame(manuscript, told, picture)
    values = _values(manuscript, stream, told)
    values |= {"social": _social(manuscript, told, frame), "phrases": phrases(told.topic)}
    values["linked_data"] = _linked_data(manuscript, stream, told, frame, picture)
    return File("index.html", page("channels/livestream/page.html", frame, **values, picture=picture), HTML)


def _social(manuscript: Manuscript, told: Announcement, frame: Frame) -> Tags:
    return social_tags(
        manuscript.imprint.site,
        title=frame.title,
        description=told.when,
        address=told.page_url,
        image=told.page_url and told.page_url + SHARE_CARD,
        alt=card_of(manuscript, told).alt,
    )


def card_of(manuscript: Manuscript, told: Announcement) -> Card:
    """What the card of a shared link says."""
    return Card("直播预告", told.topic, f"{told.day}{told.hours}", one_line(manuscript.imprint.site.name))


def _linked_data(
    manuscript: Manuscript, stream: LivestreamRef, told: Announcement, frame: Frame, picture: File
) -> dict[str, Any]:
    return linked.graph(
        linked.event(
            stream,
            manuscript.imprint.zone,
            url=told.page_url,
            image=told.page_url and told.page_url + picture.path,
            description=one_line(manuscript.content.summary) or told.when,
            organizer=told.signature,
        ),
        linked.breadcrumbs(frame.site, frame.steps),
    )


def _frame(manuscript: Manuscript, told: Announcement, picture: File) -> Frame:
    site, column = manuscript.imprint.site, manuscript.imprint.column
    tags = _tags(manuscript, told, picture)
    if manuscript.imprint.id is None:
        return Frame(site, headline_of(told), tags, None)
    crumbs = (Crumb(one_line(column.name) or column.slug, paths.column(column.slug)),)
    feeds = (site_feed(site), column_feed(site, column), form_feed(site, Form.LIVESTREAM))
    short = address_in(manuscript, "", Kind.LIVESTREAM)
    return Frame(site, headline_of(told), tags, place_of(manuscript), crumbs, feeds, short=short)


def content_html(manuscript: Manuscript, stream: LivestreamRef, told: Announcement, picture: File) -> str:
    """The announcement as clean HTML with absolute addresses, the poster last: what feeds carry."""
    image = paths.address(manuscript.imprint.site, place_of(manuscript) + picture.path)
    template = environment().get_template("channels/livestream/feed.html")
    return template.render(**_values(manuscript, stream, told), picture=picture, image=image)


def headline_of(told: Announcement) -> str:
    """The title in lists, feeds and the window."""
    return f"直播预告：{told.topic}"


def _values(manuscript: Manuscript, stream: LivestreamRef, told: Announcement) -> dict[str, Any]:
    content, imprint = manuscript.content, manuscript.imprint
    return {
        "told": told,
        "starts": times.machine(stream.starts, imprint.zone),
        "ends": times.machine(stream.ends, imprint.zone) if stream.ends else "",
        "published": times.minute(manuscript.pub_date, imprint.zone),
        "published_machine": times.machine(manuscript.pub_date, imprint.zone),
        "corrections": corrections_told(imprint),
        "source": content.source or told.signature,
        "summary": content.summary,
        "points": [point for point in content.key_points if point.heading or point.text],
        "asked": [_asked(person) for person in content.interpreters if person.phone.strip()],
        "policies": [_policy(policy) for policy in content.policies if policy.title or policy.number],
    }


def _asked(person: InterpreterRef) -> tuple[str, str, str]:
    """Whom to ask, the number as it is written and as it is dialled."""
    phone = one_line(person.phone)
    return one_line(person.office or person.name), phone, dialled(phone)


def _policy(policy: PolicyRef) -> dict[str, Any]:
    facts = policy_facts(policy)
    return {
        "title": titled(facts.title),
        "cited": policy_words(policy),
        "place": facts.place,
        "original": facts.original,
        "facts": facts.facts,
        "validity": facts.validity,
    }


def _tags(manuscript: Manuscript, told: Announcement, picture: File) -> Tags:
    content, imprint = manuscript.content, manuscript.imprint
    return (
        *site_tags(imprint.site),
        *column_tags(imprint.column),
        *filled(
            ("ArticleTitle", headline_of(told)),
            ("PubDate", times.minute(manuscript.pub_date, imprint.zone)),
            ("ContentSource", content.source or told.signature),
            ("Keywords", ",".join(content.keywords)),
            ("Author", told.signature),
            ("Description", f"{told.when}。{content.summary}"),
            ("Image", told.page_url and told.page_url + picture.path),
            ("Url", told.page_url),
        ),
    )
