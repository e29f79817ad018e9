"""The bound words around a number: 超, 不低于, 控制在…以内, 以上, 左右, 多.

The first word of the text decides where several stand around one number (突破120亿美元以上 is more than).
"""

from __future__ import annotations

from policynlp.facts.amounts import Amount
from policynlp.facts.wordlists import AFTER, BEFORE, SCOPES, BoundWord


def read_bounds(view: str, amount: Amount) -> None:
    """Set the bound of an amount and take its bound words into the span."""
    after = _after(view, amount)
    before = _before(view, amount, after[1].bound if after else "")
    if after and after[1].needs.startswith("before:") and (before is None or before[0] != after[1].needs[7:]):
        after = None
    words = []
    if before and before[1] != "none":
        amount.before, amount.start = before[0], before[2]
        words.append((before[0], before[1]))
    if amount.more:
        words.append((amount.more, "gt"))
    if after:
        amount.after, amount.end = after[0], after[2]
        words.append((after[0], after[1].bound))
    if words and amount.bound in ("", "eq"):
        amount.why["bound"], amount.bound = words[0]


def _after(view: str, amount: Amount) -> tuple[str, BoundWord, int] | None:
    start = amount.end + (view[amount.end : amount.end + 1] == " ")
    found = AFTER.at(view, start)
    if found is None:
        return None
    word, rule = found
    end = start + len(word)
    if rule.needs == "end" and "\u4e00" <= view[end : end + 1] <= "\u9fff" and view[end] != "的":
        return None  # 20个多功能厅
    return word, rule, end


def _before(view: str, amount: Amount, after: str) -> tuple[str, str, int] | None:
    position = amount.start
    while position and view[position - 1] == " ":
        position -= 1
    found = BEFORE.before(view, position)
    if found is None and amount.kind in ("fraction", "percent") and (scope := SCOPES.before(view, position)):
        position -= len(scope[0])
        found = BEFORE.before(view, position)
    if found is None:
        return None
    word, rule = found
    if word == "上" and view[amount.number[0]] not in "十百千万亿":
        return None
    return (word, rule.bound, position - len(word)) if rule.needs in ("", f"after:{after}") else None
