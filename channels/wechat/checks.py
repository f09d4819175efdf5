"""What is wrong with a manuscript for an official account. Findings are WEC-100 to WEC-199."""

from __future__ import annotations

from collections.abc import Iterator

from channels.base import Finding, Fix, Severity
from channels.manuscript import Manuscript
from channels.text.checks import common_findings
from channels.text.markdown import cut, links_in
from channels.wechat.article import Article, write_article
from channels.wechat.blocks import SOURCE_URL_BYTES
from channels.wechat.darkness import is_dark_on_nothing
from channels.wechat.links import References
from channels.wechat.lint import lint
from channels.wechat.masthead import AUTHOR, DIGEST, DIGEST_API, DRAFT, TITLE
from channels.wechat.settings import WechatSettings
from channels.words import NO_WORDS, Words

CONTENT_CHARACTERS = 20_000
CONTENT_BYTES = 1024 * 1024
IMAGE_BYTES = 1024 * 1024
_UPLOAD = "微信公众平台接口文档：上传图文消息内的图片 media/uploadimg，仅支持 jpg、png，小于 1 MB"
_CHECKER = "微信图文结构检查规则 wechatjs/verify-article-structure-spec"


def check_wechat(manuscript: Manuscript, settings: WechatSettings) -> list[Finding]:
    """All findings: those all channels share, then the platform's limits in the order of the fields."""
    article = write_article(manuscript, settings)
    return [
        *common_findings(manuscript),
        *_title(manuscript, article),
        *_digest(manuscript),
        *_author(article),
        *_length(article),
        *_links(manuscript, article),
        *_images(article),
        *_flaws(article),
    ]


def _title(manuscript: Manuscript, article: Article) -> Iterator[Finding]:
    title, used = manuscript.content.title.strip(), article.masthead.title
    if len(title) <= TITLE:
        return
    if used != title and len(used) <= TITLE:
        yield Finding(
            "WEC-101",
            Severity.NOTE,
            "title",
            Words(
                f"标题有{len(title)}个字，公众号限{TITLE}字，已改用短标题“{used}”。",
                f"The title has {len(title)} characters, the limit is {TITLE}; the short title is used.",
            ),
            ground=DRAFT,
        )
        return
    place, length = ("title", len(title)) if used == title else ("short_title", len(used))
    yield _warn(
        "WEC-102",
        place,
        Words(f"公众号标题有{length}个字，超过{TITLE}字。", f"The title has {length} characters, over {TITLE}."),
        Words(f"请填写不超过{TITLE}字的短标题。", f"Give a short title of at most {TITLE} characters."),
        DRAFT,
    )


def _digest(manuscript: Manuscript) -> Iterator[Finding]:
    length = len(" ".join(manuscript.content.summary.split()))
    if length > DIGEST:
        yield _warn(
            "WEC-110",
            "summary",
            Words(
                f"摘要有{length}个字，公众号后台限{DIGEST}字（接口{DIGEST_API}字），转发摘要已截短。",
                f"The summary has {length} characters; the console takes {DIGEST} (the API {DIGEST_API}): cut.",
            ),
            Words(f"请把摘要压缩到{DIGEST}字以内。", f"Keep the summary to {DIGEST} characters."),
            DRAFT,
            # The common summary stays; the account gets a shorter one of its own.
            Fix("variants[wechat].summary", "", cut(manuscript.content.summary, DIGEST), 0),
        )


def _author(article: Article) -> Iterator[Finding]:
    author = article.masthead.author
    if len(author) > AUTHOR:
        yield _warn(
            "WEC-115",
            "source",
            Words(f"作者“{author[:60]}”超过{AUTHOR}字。", f"The author has more than {AUTHOR} characters."),
            Words("请在账号设置中填写作者简称。", "Set a shorter author in the account's settings."),
            DRAFT,
        )


def _length(article: Article) -> Iterator[Finding]:
    characters, size = len(article.html), len(article.html.encode())
    if size >= CONTENT_BYTES:
        yield Finding(
            "WEC-121",
            Severity.BLOCK,
            "body",
            Words(f"文章含格式共{size / 1024 / 1024:.1f} MB，公众号限1 MB。", "The article is over 1 MB with markup."),
            Words("请拆成几篇。", "Split it into several."),
            DRAFT,
        )
    elif characters >= CONTENT_CHARACTERS:
        yield _warn(
            "WEC-120",
            "body",
            Words(
                f"文章含格式共{characters}个字符，公众号规定少于{CONTENT_CHARACTERS}，可能被拒。",
                f"The article has {characters} characters with markup, the rule says under {CONTENT_CHARACTERS}.",
            ),
            Words("请精简正文或拆成两篇。", "Shorten the body or make two articles of it."),
            DRAFT,
        )


def _links(manuscript: Manuscript, article: Article) -> Iterator[Finding]:
    references = References()
    dead = [link for link in links_in(manuscript.content.body) if references.number(link.href, link.text)]
    if dead:
        yield Finding(
            "WEC-130",
            Severity.NOTE,
            f"body:{dead[0].line}",
            Words(
                f"公众号正文只保留公众号文章的链接，{len(dead)}处链接改为文末参考链接。",
                f"Only links to official account articles work; {len(dead)} became references at the end.",
            ),
            ground=_CHECKER,
        )
    long_ones = [p for p in manuscript.content.policies if len(p.url.encode()) > SOURCE_URL_BYTES]
    if long_ones and not article.source_url:
        yield _warn(
            "WEC-131",
            "policies",
            Words("原文链接超过1 KB，已略去。", "The source link is over 1 KB and left out."),
            Words("请换成较短的地址。", "Use a shorter address."),
            DRAFT,
        )


def _images(article: Article) -> Iterator[Finding]:
    for _path, image, _alt in article.pictures:
        place = f"images[{image.name}]"
        if image.media_type not in ("image/png", "image/jpeg"):
            yield _warn(
                "WEC-140",
                place,
                Words(f"公众号正文不收这种图片：“{image.name}”。", f"Not an image type for articles: {image.name!r}."),
                Words("请换成 JPG 或 PNG。", "Use JPG or PNG."),
                _UPLOAD,
            )
        if is_dark_on_nothing(image):
            yield _warn(
                "WEC-142",
                place,
                Words(
                    f"图片“{image.name}”是透明底的深色图，深色模式下看不清。",
                    f"The image {image.name!r} is dark on nothing: in dark mode it can't be seen.",
                ),
                Words("请换成白底图片。", "Use one with a white ground."),
                _CHECKER,
            )
        if len(image.data) >= IMAGE_BYTES:
            yield _warn(
                "WEC-141",
                place,
                Words(f"图片“{image.name}”达到1 MB，接口会拒收。", f"The image {image.name!r} is 1 MB or more."),
                Words("请压缩到1 MB以内。", "Compress it to under 1 MB."),
                _UPLOAD,
            )


def _flaws(article: Article) -> Iterator[Finding]:
    """Nothing an editor can cause; a theme or a block of ours that breaks a rule is told before it goes out."""
    for rule in dict.fromkeys(flaw.rule for flaw in lint(article.html)):
        yield _warn(
            "WEC-190",
            "",
            Words(f"文章版式不合平台规则（{rule}），个别格式可能丢失。", f"The layout breaks the rule {rule!r}."),
            Words("请换一种版式，并告知管理员。", "Choose another theme and tell the administrator."),
            _CHECKER,
        )


def _warn(
    code: str, place: str, sentence: Words, suggestion: Words = NO_WORDS, ground: str = "", fix: Fix | None = None
) -> Finding:
    return Finding(code, Severity.WARN, place, sentence, suggestion, ground, fix)
