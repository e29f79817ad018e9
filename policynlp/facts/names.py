"""What carries a number and still is no quantity: names, dates, ordinals, size classes, set names.

Each check answers with the reason in words, or with nothing; the first reason wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from policynlp.facts.amounts import Amount
from policynlp.facts.wordlists import ACTS, DEICTICS, HEADS, INDEXES, LISTED, NAMES, SETS

_QUOTED = re.compile(r"“[^“”\n]{0,60}”|‘[^‘’\n]{0,60}’|「[^「」\n]{0,60}」|《[^《》\n]{0,60}》|〈[^〈〉\n]{0,60}〉")
_CLAUSE_END = re.compile(r"[,，。；;：:、！？!?\n“”《》（）()]")
_LONGEST = max(map(len, NAMES.words))
_REACH = 10  # how far a noun phrase after a number is looked through
_MARKS = frozenset("大关台阶关口门槛量级")  # 突破万亿元大关
_PRECISE = ("percent", "points", "multiple", "fraction", "ratio")


def quoted(view: str) -> list[tuple[int, int]]:
    """The stretches of a text between paired marks, which name things."""
    return [match.span() for match in _QUOTED.finditer(view)]


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def _next(view: str, amount: Amount) -> str:
    return view[amount.end : amount.end + 1]


def _previous(view: str, amount: Amount) -> str:
    return view[amount.start - 1] if amount.start else ""


def _skip_back(view: str, position: int) -> int:
    while position > 0 and view[position - 1] in "为达到至是":
        position -= 1
    return position


def _calendar(view: str, amount: Amount) -> str:
    if amount.unit is None or amount.unit.kind not in ("calendar", "designation"):
        return ""
    if amount.unit.unit == "年" and INDEXES.before(view, _skip_back(view, amount.start)):
        return ""
    return "date, span of years or designation"


def _letters(view: str, amount: Amount) -> str:
    before, after = _previous(view, amount), _next(view, amount)
    if before and ((before.isascii() and before.isalpha()) or before in "+×*&#_@"):
        return "part of a name"
    if before and before in ".-/" and (further := view[max(0, amount.start - 2)]).isascii() and further.isalnum():
        return "part of a name"
    if after and (after in "+×*&_@" or (amount.unit is None and after.isascii() and after.isalpha())):
        return "part of a name"
    return ""


def _ordinal(view: str, amount: Amount) -> str:
    before = _previous(view, amount)
    return "ordinal" if before == "第" or (before == "前" and amount.kind == "percent") else ""


def _bare(view: str, amount: Amount) -> str:
    if amount.unit is not None or amount.scale >= 10000:
        return ""
    if not amount.hanzi and INDEXES.before(view, _skip_back(view, amount.start)):
        return ""
    return "a bare number"


def _word(view: str, amount: Amount) -> str:
    if not amount.hanzi or amount.kind in ("fraction", "percent"):
        return ""
    start, end = amount.number
    for left in range(max(0, start - 4), end):
        for length in range(_LONGEST, 1, -1):
            if left + length > start and view[left : left + length] in NAMES.words:
                return f"the word {view[left : left + length]}"
    return ""


def _small_hanzi(view: str, amount: Amount) -> str:
    """两座水厂 counts; 统一, 四里河, 这三项 and 一个新台阶 do not."""
    if not amount.hanzi or amount.unit is None or amount.value >= 100 or amount.kind in _PRECISE:
        return ""
    if amount.unit.hanzi != "yes" and not amount.shared:
        return "a Chinese small numeral without a measure word"
    if amount.value < 1 and amount.unit.kind == "count":
        return "half of a thing"
    if amount.before or amount.after or amount.unit.kind not in ("count", "people"):
        return ""
    if word := DEICTICS.before(view, amount.start):
        return f"{word[0]} points at what is known"
    if amount.value == 1 and not _built(view, amount):
        return "一 as an article"
    return _phrase_has(view, amount.end, LISTED.words)


def _built(view: str, amount: Amount) -> bool:
    return ACTS.before(view, amount.start) is not None or (_CLAUSE_END.match(view, amount.end) is not None)


def _phrase_has(view: str, start: int, words: dict[str, str]) -> str:
    """The reason where the noun phrase after a count holds one of the words of lists."""
    lengths = (4, 3, 2)
    for position in range(start, min(start + _REACH, len(view))):
        if _CLAUSE_END.match(view, position):
            break
        for length in lengths:
            if view[position : position + length] in words:
                return f"counts {view[position : position + length]} that are only listed"
    return ""


def _positional(view: str, amount: Amount) -> str:
    digits = view[amount.number[0] : amount.number[1]]
    bare = (
        amount.hanzi and len(digits) > 1 and amount.high is None and not any(char in digits for char in "十百千万亿点")
    )
    return "digits spelled one by one" if bare and amount.kind == "amount" else ""


def _set(view: str, amount: Amount) -> str:
    found = SETS.at(view, amount.end)
    return f"counts {found[0]} that are only listed" if found and amount.kind == "amount" else ""


def _duration(view: str, amount: Amount) -> str:
    if amount.unit is None or amount.unit.kind != "duration":
        return ""
    return f"time that goes with {_next(view, amount)}" if _is_han(_next(view, amount)) and not amount.more else ""


def _size_class(view: str, amount: Amount) -> str:
    """亿元楼宇, 超百亿元企业, 5000万元以上项目, 万亩基地: an amount that tells what class a thing is of."""
    after = _next(view, amount)
    if after == "级":
        return "a size class"
    kind = amount.unit.kind if amount.unit else "none"
    if amount.kind in _PRECISE or kind in ("count", "duration"):
        return ""
    attributive = _is_han(after) and after not in _MARKS
    round_number = not view[amount.number[0] : amount.number[1]].strip("百千万亿")
    if round_number and not amount.before and (attributive or (after.isascii() and after.isalpha())):
        return "a size class"
    if round_number and kind == "none" and not (amount.before and not attributive):
        return "a size class"
    if attributive and (
        amount.after in ("以上", "及以上", "以下", "以内") or amount.before in ("超", "过", "超过", "上")
    ):
        return "a size class" if kind not in ("people",) or amount.after in ("以下", "以内") else ""
    return ""


def _designation(view: str, amount: Amount) -> str:
    """10万吨甲醇, 80兆瓦光伏发电: a capacity right before a noun belongs to the name of the plant."""
    if amount.unit is None or amount.unit.kind != "capacity" or amount.before or amount.more:
        return ""
    after = _next(view, amount)
    if not _is_han(after) or after == "的" or ACTS.before(view, amount.start):
        return ""
    return "the capacity in the name of a plant"


def _head(view: str, amount: Amount) -> str:
    return _phrase_has(view, amount.end, HEADS.words) if amount.unit and amount.unit.kind == "duration" else ""


CHECKS: tuple[Callable[[str, Amount], str], ...] = (
    _calendar, _letters, _ordinal, _bare, _word, _positional, _small_hanzi, _set, _duration, _size_class, _designation,
)  # fmt: skip


def reason_against(view: str, amount: Amount) -> str:
    """Why a number is no quantity of a report.

    Returns:
        The reason in words; empty where it is one.
    """
    for check in CHECKS:
        if reason := check(view, amount):
            return reason
    return ""
