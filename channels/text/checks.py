"""What every channel checks: something to say, clean text, document numbers and pictures in order."""

from __future__ import annotations

from collections.abc import Iterator

from channels.base import Finding, Fix, Severity
from channels.manuscript import Content, Manuscript
from channels.text import numbers
from channels.text.clauses import cut
from channels.text.cleaning import replaced_lines
from channels.text.markdown import images_in, is_safe_link, links_in, prose, raw_html_lines
from channels.text.masking import own_body
from channels.text.personal import personal_findings
from channels.text.style import style_findings
from channels.words import Words


def common_findings(manuscript: Manuscript, *, images: bool = True) -> list[Finding]:
    """The findings all channels share. `images` is false for a channel that shows none of the body's pictures."""
    content = manuscript.content
    return [
        *_something_to_say(content),
        *_clean(content),
        *_links(content),
        *_document_numbers(content),
        *personal_findings(content),
        *style_findings(content),
        *(_images(content) if images else ()),
        *_publication_time(manuscript),
    ]


def _something_to_say(content: Content) -> Iterator[Finding]:
    if not content.title.strip():
        yield Finding(
            "TXT-101",
            Severity.BLOCK,
            "title",
            Words("没有标题。", "There is no title."),
            Words("请填写标题。", "Give it a title."),
        )
    if not (content.body.strip() or content.key_points or content.questions):
        yield Finding(
            "TXT-102",
            Severity.BLOCK,
            "body",
            Words("没有内容：正文、要点、问答都是空的。", "Nothing to say: no body, key points or questions."),
            Words("至少写其中一项。", "Write at least one of them."),
        )


def _clean(content: Content) -> Iterator[Finding]:
    for line in replaced_lines(content.body):
        yield _replaced(f"body:{line}")
    texts = {
        "title": content.title,
        "short_title": content.short_title,
        "summary": content.summary,
        **{f"key_points[{n}]": p.heading + p.text for n, p in enumerate(content.key_points)},
        **{f"questions[{n}]": q.q + q.a for n, q in enumerate(content.questions)},
    }
    for place, text in texts.items():
        if replaced_lines(text):
            yield _replaced(place)
    for line in raw_html_lines(content.body):
        yield Finding(
            "TXT-104",
            Severity.WARN,
            f"body:{line}",
            Words("正文里有 HTML 代码，将按文字原样显示，不会执行。", "HTML in the body is shown as text, never run."),
            Words("请改用 Markdown，或删去。", "Use Markdown instead, or take it out."),
        )


def _links(content: Content) -> Iterator[Finding]:
    for href, _text, line in links_in(content.body):
        if not is_safe_link(href):
            yield Finding(
                "TXT-105",
                Severity.WARN,
                f"body:{line}",
                Words(
                    f"链接地址不能使用：“{cut(href, 60)}”，只保留文字。", f"{cut(href, 60)!r} is left out as a link."
                ),
                Words("请填写以 https:// 开头的完整地址。", "Write the full address that begins with https://."),
            )


def _replaced(place: str) -> Finding:
    return Finding(
        "TXT-103",
        Severity.WARN,
        place,
        Words(
            "有不能发布的字符（控制字符或损坏的编码），已用“\ufffd”代替。",
            "Characters that can't be published (controls, broken encoding) were replaced by “\ufffd”.",
        ),
        Words("请删去或重新输入这些字。", "Delete or retype them."),
        "XML 1.0 [2] Char",
    )


def _document_numbers(content: Content) -> Iterator[Finding]:
    for index, policy in enumerate(content.policies):
        if policy.number and not numbers.is_legal(policy.number):
            wrong = numbers.wrong_numbers(policy.number)
            right = wrong[0].right if wrong else ""
            whole = right if wrong and wrong[0].found == policy.number.strip() else ""
            fix = Fix(f"policies[{index}].number", policy.number, whole, 0) if whole else None
            yield _wrong_number(f"policies[{index}].number", policy.number, right, fix)
    for line, text in prose(content.body):
        for wrong_number in numbers.wrong_numbers(text):
            yield _wrong_number(
                f"body:{line}", wrong_number.found, wrong_number.right, _fix(content, line, wrong_number)
            )


def _fix(content: Content, line: int, number: numbers.WrongNumber) -> Fix | None:
    """The fix in the body's source, where the number stands there as it reads."""
    lines = own_body(content.body).split("\n")
    at = lines[line - 1].find(number.found) if line <= len(lines) else -1
    return Fix(f"body:{line}", number.found, number.right, at) if at >= 0 else None


def _wrong_number(place: str, found: str, right: str, fix: Fix | None = None) -> Finding:
    advice = (
        Words(f"年份用六角括号，号前不空格，建议改为“{right}”。", f"Tortoise-shell brackets, no spaces: “{right}”.")
        if right
        else Words("应写作“发文机关代字〔四位年份〕序号号”。", "Write issuer code, 〔four-digit year〕, number, 号.")
    )
    sentence = Words(f"发文字号格式有误：“{found}”。", f"The document number “{found}” has a wrong form.")
    return Finding("DOC-101", Severity.WARN, place, sentence, advice, numbers.GROUND, fix)


def _images(content: Content) -> Iterator[Finding]:
    supplied = {image.name: image for image in content.images}
    for image in content.images:
        if not image.media_type:
            yield Finding(
                "IMG-101",
                Severity.BLOCK,
                f"images[{image.name}]",
                Words(f"“{image.name}”不是能读取的图片。", f"{image.name!r} is no image that can be read."),
                Words("请换成 PNG、JPEG、GIF 或 WebP 图片。", "Use a PNG, JPEG, GIF or WebP image."),
            )
    for name, alt, line in images_in(content.body):
        if name not in supplied:
            yield Finding(
                "IMG-102",
                Severity.BLOCK,
                f"body:{line}",
                Words(f"找不到图片“{name}”。", f"The image {name!r} is not there."),
                Words(
                    "请上传这张图片，或删去引用；不支持外部地址的图片。",
                    "Upload it or remove it; no outside addresses.",
                ),
            )
        if not alt.strip():
            yield Finding(
                "IMG-103",
                Severity.WARN,
                f"body:{line}",
                Words(f"图片“{name}”没有替代文字。", f"The image {name!r} has no alternative text."),
                Words("用一句话说明图中内容。", "Say in a sentence what it shows."),
                "GB/T 37668—2019, WCAG 2.1 1.1.1",
            )


def _publication_time(manuscript: Manuscript) -> Iterator[Finding]:
    if manuscript.imprint.published is None:
        day = manuscript.pub_date.date().isoformat()
        yield Finding(
            "PUB-101",
            Severity.NOTE,
            "",
            Words(f"尚未定发布时间，预览以 {day} 代替。", f"No publication time yet; this preview shows {day}."),
            Words("排期后按实际时间生成。", "It is rendered with the real time once scheduled."),
        )
