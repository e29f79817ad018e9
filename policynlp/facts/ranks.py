"""Ranks: 全市第一, 第9位, 前三, 全国城市前10位."""

from __future__ import annotations

import re

from policynlp.facts.amounts import Amount
from policynlp.facts.wordlists import RANK_WORDS, SCOPES, Unit


def _any(*kinds: str) -> str:
    return "|".join(word for word, kind in RANK_WORDS.items() if kind in kinds)


_POSITION = Unit("位", "count")
_TAIL = re.compile(f" ?(?:{_any('tail')})")
_TOP_TAIL = re.compile(f" ?(?:{_any('tail', 'top')})")
_SCOPED_TAIL = re.compile(_any("scoped"))
_OPEN_END = re.compile(r"[,，。；;、！？!?\n”）)]|\Z")
# 第四、五期工程, 第一、第二水厂: more than one are named, by their numbers.
_NUMBERED = re.compile(r"[、和](?:第|[一二三四五六七八九十\d]{1,3}[^位名、，。])")
# 包揽7个奖项第一: first places are counted.
_COUNTED = re.compile(r"\d[个项枚块][^，。；、居列位名排获达进为占]{0,6}\Z")
_CLAUSE_START = re.compile(r"(?:[,，。；;：:！？!?\n“（(、]|\A)\Z")
_SCOPES = "|".join(sorted(map(re.escape, SCOPES.words), key=len, reverse=True))
_SCOPE = re.compile(rf"(?:{_SCOPES})[^\W\d居列位排名在获升到至达保持稳第榜]{{0,5}}\Z")
_PRIORITY = re.compile(rf"{_any('priority')}|的第?\Z")
_LONGEST_SCOPE = 12
_RANKED = re.compile(rf"(?:{_any('ranked')})[^。；;]{{0,20}}\Z")


def read_rank(view: str, amount: Amount) -> bool:
    """Make a rank of an amount where the text says so.

    Returns:
        True where it is one; its span, unit, kind and bound are then set.
    """
    if _PRIORITY.search(view, max(0, amount.start - 14), amount.start):
        return False
    if amount.kind == "rank":
        if view[amount.end : amount.end + 1] != "度":
            _extend(view, amount)
        return view[amount.end : amount.end + 1] != "度"
    start = amount.start
    while start and view[start - 1] == " ":
        start -= 1  # 第 4 位
    before = view[start - 1] if start else ""
    if before not in ("第", "前") or amount.high is not None or not before:
        if (
            amount.unit is not None
            and amount.unit_word == "位"
            and _RANKED.search(view, max(0, amount.start - 24), amount.start)
        ):
            _set(amount, amount.start, amount.end, "eq")
            return True
        return False
    start -= 1
    scope = _SCOPE.search(view, max(0, start - _LONGEST_SCOPE), start)
    tail = (_TOP_TAIL if before == "前" else _TAIL).match(view, amount.number[1])
    if not tail and scope:
        tail = _SCOPED_TAIL.match(view, amount.number[1])
    if not tail:
        if not _OPEN_END.match(view, amount.number[1]):
            return False
        if not scope and _NUMBERED.match(view, amount.number[1]):
            return False
        if not scope and _COUNTED.search(view, max(0, start - 9), start):
            return False
        if not scope and (before == "前" or _CLAUSE_START.search(view, max(0, start - 1), start)):
            return False
    _set(amount, start, tail.end() if tail else amount.number[1], "le" if before == "前" else "eq")
    _extend(view, amount)
    return True


def _set(amount: Amount, start: int, end: int, bound: str) -> None:
    amount.start, amount.end, amount.unit, amount.kind, amount.bound = start, end, _POSITION, "rank", bound
    amount.why["unit"] = "rank"


def _extend(view: str, amount: Amount) -> None:
    if scope := _SCOPE.search(view, max(0, amount.start - _LONGEST_SCOPE), amount.start):
        amount.start = scope.start()
