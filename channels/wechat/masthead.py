"""What the platform shows above and beside an article: title, digest and author, within its limits."""

from __future__ import annotations

from dataclasses import dataclass

from channels.base import Derived
from channels.manuscript import Content, Manuscript
from channels.text import deriving
from channels.text.cleaning import clean
from channels.text.markdown import summary_of
from channels.wechat.settings import WechatSettings

# Documentation of draft/add; the web console's own limit for the digest is lower.
TITLE = 32
DIGEST_API = 128
DIGEST = 120
AUTHOR = 16
DRAFT = "微信公众平台接口文档：新增草稿 draft/add"


def derived_title(content: Content) -> Derived:
    """The title, or the short title where the title is too long."""
    title = deriving.title(content)
    return deriving.short_title(content) if len(title.text) > TITLE else title


def derived_digest(content: Content) -> Derived:
    """The summary, else the beginning of the text."""
    return deriving.digest(content, DIGEST)


def collapsed(text: str) -> int:
    """The length of a text of one line: the platform counts every character."""
    return len(" ".join(text.split()))


@dataclass(frozen=True)
class Masthead:
    """Title, digest and author as they go to the platform."""

    title: str
    digest: str
    author: str


def masthead(manuscript: Manuscript, settings: WechatSettings) -> Masthead:
    """The short title stands in for a title over 32 characters; the digest is cut to 120; the author is the
    account's, else the office, else the source.
    """
    content = manuscript.content
    author = settings.author or manuscript.imprint.office or content.source
    return Masthead(
        title=clean(derived_title(content).text),
        digest=clean(summary_of(content, DIGEST)),
        author=clean(author.strip()),
    )
