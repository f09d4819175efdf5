"""What a government website's page must have. Findings are WEB-101 and up."""

from __future__ import annotations

from collections.abc import Iterator

from channels.base import Finding, Severity
from channels.manuscript import Content, Imprint, Manuscript, PolicyRef, SiteInfo, Validity
from channels.text.markdown import outline, parse
from channels.text.wording import titled
from channels.words import Words

_GUIDE = "政府网站发展指引（国办发〔2017〕47号）"
_WCAG_HEADINGS = "GB/T 37668—2019, WCAG 2.1 1.3.1"
_ENDED = (Validity.EXPIRED, Validity.REPEALED)
_PLACEHOLDER = SiteInfo()


def website_findings(manuscript: Manuscript) -> list[Finding]:
    """All findings, in the order of the page."""
    content, imprint = manuscript.content, manuscript.imprint
    return [
        *_site(imprint),
        *_column(content, imprint),
        *_summary(content),
        *_policies(content),
        *_interpreters(content),
        *_headings(content),
        *_tables(content),
    ]


def _site(imprint: Imprint) -> Iterator[Finding]:
    site = imprint.site
    if site.domain == _PLACEHOLDER.domain or site.id_code == _PLACEHOLDER.id_code:
        yield Finding(
            "WEB-101",
            Severity.NOTE,
            "",
            Words(
                f"网站信息还是示例：{site.domain}，标识码 {site.id_code}。",
                f"The site is still the example: {site.domain}, id code {site.id_code}.",
            ),
            Words("正式发布前请填写本站的域名和标识码。", "Set the real domain and id code before going public."),
            _GUIDE,
        )


def _column(content: Content, imprint: Imprint) -> Iterator[Finding]:
    wanted = content.column.strip()
    if wanted and wanted not in (imprint.column.name, imprint.column.slug):
        yield Finding(
            "WEB-102",
            Severity.WARN,
            "column",
            Words(
                f"网站没有“{wanted}”栏目，将发布到“{imprint.column.name}”。",
                f"The site has no column {wanted!r}; it goes to {imprint.column.name!r}.",
            ),
            Words("请选择网站已有的栏目。", "Choose one of the site's columns."),
            _GUIDE,
        )


def _summary(content: Content) -> Iterator[Finding]:
    if not content.summary.strip():
        yield Finding(
            "WEB-103",
            Severity.NOTE,
            "summary",
            Words(
                "没有摘要，列表和订阅里显示正文开头。", "No summary: lists and feeds show the beginning of the text."
            ),
            Words("用一两句话写明谁能得到什么。", "Say in a sentence or two who gets what."),
        )


def _policies(content: Content) -> Iterator[Finding]:
    if not content.policies:
        yield Finding(
            "WEB-104",
            Severity.WARN,
            "policies",
            Words("没有关联政策文件。", "No policy document is linked."),
            Words(
                "请填写所解读的文件；文件页面会同时列出本解读。", "Name the document; its page will list this piece."
            ),
            "双向链接：解读写明所解读的文件，文件页面列出其解读",
        )
    for index, policy in enumerate(content.policies):
        yield from _policy(policy, f"policies[{index}]")


def _policy(policy: PolicyRef, place: str) -> Iterator[Finding]:
    name = titled(policy.title)
    if not policy.number.strip():
        yield Finding(
            "WEB-105",
            Severity.NOTE,
            f"{place}.number",
            Words(f"{name}没有发文字号。", f"{policy.title!r} has no document number."),
            Words("有发文字号的请填写，读者凭它查找原文。", "Give it if there is one; readers look the text up by it."),
        )
    if "validity" not in policy.model_fields_set:
        yield Finding(
            "WEB-106",
            Severity.NOTE,
            f"{place}.validity",
            Words(
                f"{name}没有填写有效性，页面显示“有效”。", f"{policy.title!r} states no validity; shown as in force."
            ),
            Words("请核对文件是否有效。", "Check that it is in force."),
        )
    elif policy.validity in _ENDED:
        yield Finding(
            "WEB-107",
            Severity.WARN,
            f"{place}.validity",
            Words(f"{name}已{_ended(policy)}。", f"{policy.title!r} is no longer in force."),
            Words("请确认仍要发布对它的解读，并写明现行文件。", "Confirm it is still wanted; name what replaced it."),
        )


def _ended(policy: PolicyRef) -> str:
    return {Validity.EXPIRED: "失效", Validity.REPEALED: "废止"}[policy.validity]


def _interpreters(content: Content) -> Iterator[Finding]:
    if not content.interpreters:
        yield Finding(
            "WEB-108",
            Severity.NOTE,
            "interpreters",
            Words("没有解读人和联系电话。", "No interpreter and no phone."),
            Words("请填写解读机构、解读人和办公电话。", "Name the office, the interpreter and an office phone."),
        )
    for index, person in enumerate(content.interpreters):
        if not person.phone.strip():
            yield Finding(
                "WEB-109",
                Severity.NOTE,
                f"interpreters[{index}].phone",
                Words(f"解读人“{person.name}”没有联系电话。", f"The interpreter {person.name!r} has no phone."),
                Words("请填写对外公开的办公电话。", "Give an office phone that is meant to be public."),
            )


def _headings(content: Content) -> Iterator[Finding]:
    """The page closes gaps that run through the whole body; what is left is a heading under the wrong one."""
    headings = outline(content.body)
    ranks = {level: rank for rank, level in enumerate(sorted({heading.level for heading in headings}))}
    before = -1
    for heading in headings:
        rank = ranks[heading.level]
        if rank > before + 1:
            yield Finding(
                "WEB-110",
                Severity.WARN,
                f"body:{heading.line}",
                Words(f"标题“{heading.text}”跳过了一级。", f"The heading {heading.text!r} skips a level."),
                Words("标题逐级使用：## 之下用 ###。", "Go down one level at a time: ### below ##."),
                _WCAG_HEADINGS,
            )
        before = rank


def _tables(content: Content) -> Iterator[Finding]:
    tokens = parse(content.body)
    for index, token in enumerate(tokens):
        if token.type != "thead_open":
            continue
        end = next(n for n in range(index, len(tokens)) if tokens[n].type == "thead_close")
        if not any(t.content.strip() for t in tokens[index:end] if t.type == "inline"):
            yield Finding(
                "WEB-111",
                Severity.WARN,
                f"body:{(token.map[0] if token.map else 0) + 1}",
                Words("表格没有表头。", "The table has no header."),
                Words("请在第一行写明各列是什么，读屏软件靠它报读。", "Name the columns in its first row."),
                _WCAG_HEADINGS,
            )
