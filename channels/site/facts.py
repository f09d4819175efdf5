"""A policy document's facts as pages show them: in words, only those that are known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from channels.manuscript import PolicyRef, Validity
from channels.site import paths
from channels.site.characters import one_line
from channels.text.wording import titled

_DIALLED = re.compile(r"\+?[0-9][0-9 ()\-]*")


@dataclass(frozen=True)
class PolicyFacts:
    """`place` is the policy's page on the site, empty outside a database; `original` the text's own address."""

    title: str
    place: str
    original: str
    facts: tuple[tuple[str, str], ...]
    validity: Validity


def policy_facts(policy: PolicyRef) -> PolicyFacts:
    """The facts in the order of an official index."""
    dates = (("成文日期", policy.signed), ("发布日期", policy.published), ("施行日期", policy.effective))
    facts = (
        ("发文字号", one_line(policy.number)),
        ("发文机关", one_line(policy.issuer)),
        *((label, day.isoformat()) for label, day in dates if day is not None),
    )
    return PolicyFacts(
        title=titled(one_line(policy.title)) or one_line(policy.number),
        place=paths.policy(policy.id) if policy.id is not None else "",
        original=web_address(policy.url),
        facts=tuple((label, value) for label, value in facts if value),
        validity=policy.validity,
    )


def dialled(phone: str) -> str:
    """The number as a `tel:` link dials it, or nothing when it isn't one that can be dialled as written."""
    return re.sub(r"[ ()]", "", phone) if _DIALLED.fullmatch(phone) else ""


def web_address(text: str) -> str:
    """The text when it is an http(s) address, percent-encoded, else nothing: no other scheme belongs in a link."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        return paths.uri(text) if parts.scheme in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""
