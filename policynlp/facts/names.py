"""What carries a number and still is no quantity: names, dates, ordinals, size classes, set names.

Each check answers with the reason in words, or with nothing; the first reason wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from policynlp.data import load_table
from policynlp.facts.amounts import Amount
from policynlp.facts.wordlists import Lexicon

_ROWS = load_table("not_quantities.tsv", ("word", "kind", "example"), ("word", "kind"))


def _of(kind: str) -> dict[str, str]:
    return {row["word"]: row["word"] for row in _ROWS if row["kind"] == kind}


_NAMES = frozenset(_of("word"))
_LONGEST = max(map(len, _NAMES))
_HEADS = Lexicon(_of("head"))  # 生活圈: what stands before it is a name
_SETS = Lexicon(_of("set"))  # 方面: what is counted before it only tells how long a list is
_SIZED = Lexicon(_of("sized"))  # 楼宇, 项目: an amount right before it tells the class
_INDEX = Lexicon(_of("index"))  # 指数: a bare number after it is its value
_HAN = re.compile(r"[\u4e00-\u9fff]")
_QUOTES = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", '"': '"'}
_QUOTED = re.compile(r"“[^“”\n]{0,60}”|‘[^‘’\n]{0,60}’|「[^「」\n]{0,60}」|《[^《》\n]{0,60}》|〈[^〈〉\n]{0,60}〉")
_CLAUSE_END = re.compile(r"[,，。；;：:、！？!?\n“”《》（）()]")
_LONGEST_NAME = 10


def quoted(view: str) -> list[tuple[int, int]]:
    """The stretches of a text between paired marks, which name things."""
    return [match.span() for match in _QUOTED.finditer(view)]


def _letters(view: str, amount: Amount) -> str:
    before, after = view[amount.start - 1 : amount.start], view[amount.end : amount.end + 1]
    if before and ((before.isascii() and before.isalpha()) or before in "+×*&#_@"):
        return "part of a name"
    if (
        before
        and before in ".-/"
        and amount.start > 1
        and view[amount.start - 2].isascii()
        and view[amount.start - 2].isalnum()
    ):
        return "part of a name"
    if after and (after in "+×*&_@" or (amount.unit is None and after.isascii() and after.isalpha())):
        return "part of a name"
    return ""


def _ordinal(view: str, amount: Amount) -> str:
    return "ordinal" if view[amount.start - 1 : amount.start] == "第" else ""


def _calendar(view: str, amount: Amount) -> str:
    if amount.unit is None or amount.unit.kind not in ("calendar", "designation"):
        return ""
    if amount.unit.unit == "年" and _INDEX.before(view, _skip_back(view, amount.start)):
        return ""
    return "date, span of years or designation"


def _skip_back(view: str, position: int) -> int:
    while position > 0 and view[position - 1] in "为达到至是":
        position -= 1
    return position


def _word(view: str, amount: Amount) -> str:
    """A name that covers the first or last character of the numeral."""
    if not amount.hanzi:
        return ""
    start, end = amount.number
    for left in range(max(0, start - 4), end):
        for length in range(_LONGEST, 1, -1):
            if left + length > start and view[left : left + length] in _NAMES:
                return f"the word {view[left : left + length]}"
    return ""


def _bare(view: str, amount: Amount) -> str:
    if amount.unit is not None:
        if amount.hanzi and amount.value < 100 and not amount.shared and amount.unit.hanzi != "yes":
            return "a Chinese small numeral without a measure word"
        return ""
    if amount.scale >= 10000:
        return ""
    if _INDEX.before(view, _skip_back(view, amount.start)) and not amount.hanzi:
        return ""
    return "a bare number"


def _head(view: str, amount: Amount) -> str:
    if amount.unit is not None and amount.unit.kind == "duration":
        for position in range(amount.end, min(amount.end + _LONGEST_NAME, len(view))):
            if _CLAUSE_END.match(view[position]):
                break
            if found := _HEADS.at(view, position):
                return f"names a {found[0]}"
    return ""


def _set(view: str, amount: Amount) -> str:
    if amount.unit is not None and amount.unit.kind == "count" and (found := _SETS.at(view, amount.end)):
        return f"counts {found[0]} that are only listed"
    return ""


def _size_class(view: str, amount: Amount) -> str:
    if view[amount.end : amount.end + 1] == "级":
        return "a size class"
    digits = view[amount.number[0] : amount.number[1]]
    if amount.unit is not None and amount.unit.kind == "money" and not digits.strip("百千万亿"):
        position = amount.end
        if _SIZED.at(view, position) and view[amount.start - 1 : amount.start] not in "超破过近逾":
            return "a size class"
    return ""


def _plus(view: str, amount: Amount) -> str:
    return ""


CHECKS: tuple[Callable[[str, Amount], str], ...] = (
    _calendar,
    _letters,
    _ordinal,
    _bare,
    _word,
    _head,
    _set,
    _size_class,
)


def reason_against(view: str, amount: Amount) -> str:
    """Why a number is no quantity of a report.

    Returns:
        The reason in words; empty where it is one.
    """
    for check in CHECKS:
        if reason := check(view, amount):
            return reason
    return ""
