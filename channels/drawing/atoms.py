"""Protected atoms: the stretches of a text that no line break may cut, whatever stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Words that stand before a document number without belonging to the issuer's code (根据川办函〔2021〕57号).
_LEAD = re.compile(r".*(?:根据|依据|按照|依照|印发|关于|贯彻|落实|文件|通知|[以和与及的见为由即在据])")
_HAN = r"[\u3400-\u9fff]"
_UNITS = (
    "个工作日|个自然日|个百分点|平方公里|平方米|立方米|工作日|周岁|小时|分钟|公里|千米|厘米|毫米|公斤|千克|千瓦时|"
    "个月|星期|万人次|人次|个|元|人|户|天|日|年|月|周|秒|米|吨|亩|克|岁|次|项|件|条|家|所|名|位|种|类|区|县|市|张|批|"
    "期|楼|层|号|室|章|款|页|倍|成|度|路|套|台|辆|处|座|份|场|轮|级|届|分|时|点|折|床|只|头|里|斤|%|％|‰|℃"
)
_PATTERNS = (
    r"https?://[!-~]+",
    r"[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    # Document numbers (GB/T 9704) in their three legal forms.
    rf"{_HAN}{{0,8}}[〔\[［]\d{{4}}[〕\]］]\s?\d+\s?号(?:、\d+号)*",
    rf"(?:{_HAN}{{1,6}}令)?第[\d零〇一二三四五六七八九十百千]+[号条款项章节届次批期]",
    # Dates and times.
    r"\d{2,4}年(?:\d{1,2}月(?:\d{1,2}日(?:至\d{1,2}日)?)?)?",
    r"\d{1,2}月\d{1,2}日(?:至\d{1,2}日)?",
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}",
    r"\d{1,2}[:：]\d{2}(?:[—–～~-]{1,2}\d{1,2}[:：]\d{2})?",
    # Phone numbers.
    r"0\d{2,3}[-—]\d{7,8}(?:-\d{1,5})?",
    r"[48]00-\d{3,4}-\d{3,4}",
    # Sums: the number, its magnitude and its unit belong together (GB/T 15835).
    rf"[¥￥$]?\d[\d,.]*(?:(?:[—–～~-]{{1,2}}|至)\d[\d,.]*)?\s?[多余]?[十百千万亿]*[多余]?(?:{_UNITS})?(?:/(?:{_UNITS}))?",
    r"[A-Za-z0-9][A-Za-z0-9'’_./+&@#-]*[%+]*",
    # Short quoted titles and names.
    r"《[^《》〈〉\n]{1,10}》",
    r"“[^“”\n]{1,6}”",
)
_ATOM = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))


def atoms(text: str) -> Iterator[tuple[int, int]]:
    """The spans `(start, end)` of the protected atoms, in order, without overlap, each at least two characters."""
    for match in _ATOM.finditer(text):
        start, end = match.span()
        while end > start and text[end - 1] in ".,'’/ ":
            end -= 1
        bracket = re.search(r"[〔\[［]\d{4}", text[start:end])
        if bracket and (lead := _LEAD.match(text[start : start + bracket.start()])):
            start += lead.end()
        if end - start > 1:
            yield start, end
