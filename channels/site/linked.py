"""What a page says to programs (schema.org, as JSON-LD): one graph a page, of the same facts that readers see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from channels.manuscript import LivestreamRef, SiteInfo
from channels.site import paths
from channels.site.characters import one_line
from channels.site.facts import web_address
from channels.site.times import machine

Thing = dict[str, Any]


def graph(*things: Thing | None) -> Thing:
    """The things that there are as one document."""
    return {"@context": "https://schema.org", "@graph": [thing for thing in things if thing]}


def told(**facts: Any) -> Thing:
    """A thing with the facts that are known; `kind` is its type."""
    return {{"kind": "@type"}.get(name, name): value for name, value in facts.items() if value}


def office(name: str) -> Thing:
    """A government office."""
    return told(kind="GovernmentOrganization", name=one_line(name))


def breadcrumbs(site: SiteInfo, steps: Sequence[tuple[str, str]]) -> Thing | None:
    """The way from the home page to here, as the page shows it: labels with their places; None without any."""
    if not steps:
        return None
    return told(
        kind="BreadcrumbList",
        itemListElement=[
            told(kind="ListItem", position=number, name=label, item=paths.address(site, place))
            for number, (label, place) in enumerate(steps, 1)
        ],
    )


def website(site: SiteInfo) -> Thing:
    """The site, and how it is searched."""
    entry = told(kind="EntryPoint", urlTemplate=paths.address(site, paths.SEARCH) + "?q={query}")
    action = {"@type": "SearchAction", "target": entry, "query-input": "required name=query"}
    return told(
        kind="WebSite",
        name=one_line(site.name) or site.domain,
        url=paths.address(site, paths.HOME),
        inLanguage=site.language,
        potentialAction=action,
    )


def questions(pairs: Iterable[tuple[str, Sequence[str]]]) -> Thing | None:
    """Questions with the paragraphs of their answers; None without any."""
    asked = [
        told(kind="Question", name=question, acceptedAnswer=told(kind="Answer", text="\n".join(answer)))
        for question, answer in pairs
        if question and answer
    ]
    return told(kind="FAQPage", mainEntity=asked) if asked else None


def service(site: SiteInfo, *, name: str, description: str, provider: str, phones: Iterable[str]) -> Thing:
    """What citizens can ask an office for, and where they ask."""
    channels = [
        told(kind="ServiceChannel", servicePhone=told(kind="ContactPoint", telephone=phone))
        for phone in dict.fromkeys(phones)
    ]
    return told(
        kind="GovernmentService",
        name=name,
        description=description,
        provider=office(provider),
        inLanguage=site.language,
        availableChannel=channels,
    )


def event(livestream: LivestreamRef, zone: str, *, url: str, image: str, description: str, organizer: str) -> Thing:
    """A livestream: when, and on which page."""
    room = web_address(livestream.room)
    return told(
        kind="Event",
        name=one_line(livestream.topic),
        description=description,
        startDate=machine(livestream.starts, zone),
        endDate=machine(livestream.ends, zone) if livestream.ends else "",
        eventStatus="https://schema.org/EventScheduled",
        eventAttendanceMode="https://schema.org/OnlineEventAttendanceMode",
        location=told(kind="VirtualLocation", url=room or url, name=one_line(livestream.platform)),
        organizer=office(organizer),
        performer=[told(kind="Person", name=one_line(guest)) for guest in livestream.guests if guest.strip()],
        recordedIn=_recording(livestream),
        image=image,
        url=url,
    )


def _recording(livestream: LivestreamRef) -> Thing | None:
    replay = web_address(livestream.replay)
    return told(kind="VideoObject", name=f"{one_line(livestream.topic)}（回放）", url=replay) if replay else None
