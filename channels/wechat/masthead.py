"""What the platform shows above and beside an article: title, digest and author, within its limits."""

from __future__ import annotations

from dataclasses import dataclass

from channels.manuscript import Manuscript
from channels.text.cleaning import clean
from channels.text.markdown import summary_of
from channels.wechat.settings import WechatSettings

# Documentation of draft/add; the web console's own limit for the digest is lower.
TITLE = 32
DIGEST_API = 128
DIGEST = 120
AUTHOR = 16


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
    title, short = content.title.strip(), content.short_title.strip()
    author = settings.author or manuscript.imprint.office or content.source
    return Masthead(
        title=clean(short if short and len(title) > TITLE else title),
        digest=clean(summary_of(content, DIGEST)),
        author=clean(author.strip()),
    )
