"""The pages of policies: each with its validity, what took its place, and all that explains it; and the list of all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from channels.base import File
from channels.manuscript import PolicyRef, Validity
from channels.short_links import Kind, Target, address
from channels.site import linked, paths
from channels.site.characters import one_line
from channels.site.facts import policy_facts
from channels.site.framing import frame_of
from channels.site.paging import Page
from channels.site.recorded import RecordedPolicy, Related
from channels.site.shell import Crumb, page_file
from channels.site.shelves import Directory, feed_of, policy_shelf
from channels.site.tags import filled
from channels.site.titles import phrases


def policy_page(
    directory: Directory, policy: RecordedPolicy, there: Collection[int], page: Page, entries: Sequence[Any]
) -> File:
    """One page of a policy: what is recorded of it, and its interpretations. `there` are the ids of the policies that
    have a page, among those that took its place or that it took the place of.
    """
    facts = policy_facts(policy)
    tags = filled(("Description", f"{facts.title}的文件信息和全部解读"))
    frame = frame_of(directory, facts.title, facts.place, feed_of(policy_shelf(policy), directory), tags, page)
    short = address(frame.site, Target(Kind.POLICY, policy.id)) if policy.id else ""
    frame = replace(frame, crumbs=(Crumb("政策文件库", paths.POLICIES),), short=short)
    return page_file(
        "site/policy.html",
        frame,
        policy=facts,
        relations=_relations(policy, there),
        linked_data=linked.graph(_legislation(policy), linked.breadcrumbs(frame.site, frame.steps)),
        phrases=phrases(facts.title),
        entries=entries,
        pages=page,
    )


def _relations(policy: RecordedPolicy, there: Collection[int]) -> list[tuple[str, list[dict[str, str]]]]:
    """What took its place, and what it took the place of; each leads to its page, else to its text."""
    amended = "修改" if policy.validity is Validity.AMENDED else "替代"
    groups = ((f"{amended}本文件的文件", policy.replaced_by), ("本文件修改或替代的文件", policy.replaces))
    return [(label, [_related(other, there) for other in others]) for label, others in groups if others]


def _related(other: Related, there: Collection[int]) -> dict[str, str]:
    facts = policy_facts(PolicyRef(id=other.id, title=other.title, number=other.number, url=other.url))
    return {
        "title": facts.title,
        "number": one_line(other.number),
        "place": facts.place if other.id in there else "",
        "original": facts.original,
    }


# schema.org knows in force or not; between them is what the page says in words.
_IN_FORCE = {
    Validity.IN_FORCE: "InForce",
    Validity.AMENDED: "PartiallyInForce",
    Validity.EXPIRED: "NotInForce",
    Validity.REPEALED: "NotInForce",
    Validity.NOT_YET: "NotInForce",
}


def _legislation(policy: RecordedPolicy) -> linked.Thing:
    return linked.told(
        kind="Legislation",
        name=one_line(policy.title),
        legislationIdentifier=one_line(policy.number),
        legislationPassedBy=linked.office(policy.issuer) if policy.issuer.strip() else None,
        legislationDate=policy.signed.isoformat() if policy.signed else "",
        datePublished=policy.published.isoformat() if policy.published else "",
        legislationDateVersion=policy.effective.isoformat() if policy.effective else "",
        legislationLegalForce=f"https://schema.org/{_IN_FORCE[policy.validity]}",
        url=policy_facts(policy).original,
    )


def policies_page(directory: Directory, page: Page, policies: Sequence[PolicyRef]) -> File:
    """One page of the list of policies."""
    return page_file(
        "site/policies.html",
        frame_of(directory, "政策文件库", paths.POLICIES, page=page),
        policies=[policy_facts(p) for p in policies],
        pages=page,
    )
