"""The article: one manuscript as the HTML fragment that preview, copy button and archive all carry unchanged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import css_inline
from markupsafe import Markup

from channels.manuscript import Content, Image, Manuscript
from channels.templating import environment
from channels.text.cleaning import clean
from channels.text.markdown import images_in
from channels.wechat import blocks
from channels.wechat.blocks import Card
from channels.wechat.body import body_html
from channels.wechat.inline import ImageAddress, Setting
from channels.wechat.links import References
from channels.wechat.masthead import Masthead, masthead
from channels.wechat.settings import WechatSettings
from channels.wechat.styles import after_inlining, before_inlining
from channels.wechat.themes import stylesheet

# What stands between elements in the template; text never holds a line feed, see inline.py and blocks.py.
_BETWEEN = re.compile(r">\s*\n\s*<")
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}


@dataclass(frozen=True)
class Article:
    """The rendered article: masthead, the fragment, the source link, and the pictures with path and alt text."""

    masthead: Masthead
    html: str
    source_url: str
    pictures: tuple[tuple[str, Image, str], ...]


@dataclass(frozen=True)
class _Parts:
    """What the template is filled with."""

    full_title: str
    corrections: tuple[str, ...]
    lead: tuple[str, ...]
    points: tuple[Card, ...]
    body: Markup
    questions: tuple[Card, ...]
    stream: Card | None
    policies: tuple[Card, ...]
    people: tuple[Card, ...]
    references: tuple[tuple[int, str, str], ...]
    foot: tuple[str, ...]


def write_article(manuscript: Manuscript, settings: WechatSettings, address: ImageAddress | None = None) -> Article:
    """The article of the manuscript. `address` says where an image lies; by default its relative path beside it."""
    content = manuscript.content
    paths = {image.name: path for path, image, _ in pictures(content)}
    references = References()
    head = masthead(manuscript, settings)
    setting = Setting(references, {i.name: i for i in content.images}, address or (lambda image: paths[image.name]))
    parts = _Parts(
        full_title=clean(content.title.strip()) if head.title != content.title.strip() else "",
        corrections=blocks.corrections(manuscript),
        lead=blocks.lines(content.summary),
        points=blocks.points(content),
        # Escaped token by token, and sanitised twice below.
        body=Markup(body_html(content.body, setting)),  # noqa: S704
        questions=blocks.questions(content),
        stream=blocks.stream(manuscript, references),
        policies=blocks.policies(content, references),
        people=blocks.people(content),
        references=tuple(references.entries),
        foot=blocks.foot(content, settings),
    )
    html = environment().get_template("channels/wechat/article.html").render(a=parts)
    return Article(head, _styled(html, settings.theme), blocks.source_url(content, references), pictures(content))


def _styled(html: str, theme: str) -> str:
    html = before_inlining(clean(_BETWEEN.sub("><", html).strip()))
    return after_inlining(_inliner().inline_fragment(html, stylesheet(theme)))


@cache
def _inliner() -> css_inline.CSSInliner:
    # Its default would fetch stylesheets by http and from the disk.
    return css_inline.CSSInliner(load_remote_stylesheets=False, resolve_css_variables=True, minify_css=True)


def pictures(content: Content) -> tuple[tuple[str, Image, str], ...]:
    """The readable images of the body in order of appearance: path (`images/01.png`), image, alternative text."""
    supplied = {image.name: image for image in content.images if image.media_type in _SUFFIXES}
    alts: dict[str, str] = {}
    for found in images_in(content.body):
        if found.name in supplied:
            alts.setdefault(found.name, found.alt)
    return tuple(
        (f"images/{number:02d}.{_SUFFIXES[supplied[name].media_type]}", supplied[name], alt)
        for number, (name, alt) in enumerate(alts.items(), 1)
    )
