"""The preview page: the article in a phone's frame, with what the editor copies into the platform's own console."""

from __future__ import annotations

from markupsafe import Markup

from channels.templating import environment
from channels.wechat.article import Article
from channels.wechat.masthead import AUTHOR, DIGEST, TITLE

# Label, text and limit in characters; 0 is no limit.
Field = tuple[str, str, int]


def preview_page(article: Article) -> str:
    """The page with the fragment embedded unchanged. It needs nothing but itself and the pictures beside it."""
    template = environment().get_template("channels/wechat/index.html")
    # The fragment is sanitised, and escaping it would show its source.
    return template.render(
        article=Markup(article.html),  # noqa: S704
        fields=fields(article),
        pictures=[path for path, _, _ in article.pictures],
        characters=len(article.html),
    )


def fields(article: Article) -> tuple[Field, ...]:
    """The short texts to copy, each with its limit."""
    head = article.masthead
    every = (
        ("标题", head.title, TITLE),
        ("摘要", head.digest, DIGEST),
        ("作者", head.author, AUTHOR),
        ("原文链接", article.source_url, 0),
    )
    return tuple(field for field in every if field[1])
