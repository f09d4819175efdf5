"""What a password must not be. By NIST SP 800-63B: long enough, and not one that a guesser tries first. No rule asks
for capitals or signs, which people answer with "Password1!".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from channels.words import Words
from hub.domain.refusals import Refusal

SHORTEST = 10
LONGEST = 200

_FILE = Path(__file__).parent / "guessed-passwords.txt"
ROOTS = frozenset(
    word for line in _FILE.read_text(encoding="utf-8").splitlines() if line[0] != "#" for word in line.split()
)
_LEET = str.maketrans("@$01357", "asoiest")
_ROWS = (
    *("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "!@#$%^&*()"),
    *("qazwsxedcrfvtgbyhnujmikolp", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p", "7894561230"),
    *("零一二三四五六七八九十", "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"),
)


def folded(password: str) -> str:
    """As it is hashed: what an input method writes in full width counts as the plain character (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def require_fit(password: str, about: Iterable[str]) -> None:
    """Raise Refusal (SIG-2xx), a sentence for each rule, for a password that must not be. `about` is what anybody knows
    of the person: login, name, office.
    """
    given = folded(password)
    if len(given) < SHORTEST:
        raise Refusal(
            "SIG-201",
            Words(
                f"密码至少{SHORTEST}个字符，现在是{len(given)}个。",
                f"At least {SHORTEST} characters: these are {len(given)}.",
            ),
            Words(
                "用几个不相干的词连成一句，好记又安全。", "A few unrelated words in a row are safe and easy to keep."
            ),
        )
    if len(given) > LONGEST:
        raise Refusal("SIG-202", Words(f"密码不超过{LONGEST}个字符。", f"At most {LONGEST} characters."))
    if known := next((word for word in about if _is_in(word, given)), ""):
        raise Refusal(
            "SIG-203",
            Words(f"密码里有“{known}”，别人最先猜的就是它。", f"It holds {known!r}, which is what others guess first."),
            Words("不要用用户名、姓名或单位。", "Leave out your login, your name and your office."),
        )
    if _is_common(given):
        raise Refusal(
            "SIG-204",
            Words("这是常见的密码，很快会被猜到。", "This is a common password and soon guessed."),
            Words("在后面加数字或符号不会更安全，请换一个。", "Digits or signs behind it don't help: take another."),
        )
    if given.isdecimal() and len(given) < 20:
        raise Refusal(
            "SIG-205",
            Words(
                "密码全是数字：手机号、生日、证件号最容易被猜到。",
                "Digits alone: numbers of phones and birthdays are guessed first.",
            ),
            Words("请加上几个字或词。", "Add a few words."),
        )
    if _is_pattern(given):
        raise Refusal(
            "SIG-206",
            Words("密码是键盘上的顺序或重复的字符。", "It is a run of neighbouring keys, or repeats itself."),
            Words("请换成没有规律的词句。", "Take words without a pattern."),
        )


def _is_in(word: str, given: str) -> bool:
    plain, text = folded(word).strip().casefold(), given.casefold()
    # A login of two letters is in half of all passwords; a name of two characters is a name.
    if len(plain) < (2 if re.search(r"[\u4e00-\u9fff]", plain) else 4):
        return False
    return plain in text or plain[::-1] in text


def _is_common(given: str) -> bool:
    low = given.casefold()
    root = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", low)
    return not ROOTS.isdisjoint({root, root.translate(_LEET), re.sub(r"[\W\d_]+", "", low)})


def _is_pattern(given: str) -> bool:
    low = given.casefold()
    if len(set(low)) <= 4 or (low + low).find(low, 1) < len(low):
        return True
    return len(_without_runs(low)) < 4


def _without_runs(text: str) -> str:
    """What is left when runs of three or more neighbours of a row of keys, forwards or backwards, are taken out."""
    rows = [row for plain in _ROWS for row in (plain, plain[::-1])]
    left, at = "", 0
    while at < len(text):
        run = max((_run(text, at, row) for row in rows), default=0)
        if run >= 3:
            at += run
        else:
            left += text[at]
            at += 1
    return left


def _run(text: str, at: int, row: str) -> int:
    start = row.find(text[at])
    if start < 0:
        return 0
    length = 0
    while at + length < len(text) and start + length < len(row) and text[at + length] == row[start + length]:
        length += 1
    return length
