"""Several numbers that belong together: ranges, ratios, and lists that share one unit."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from itertools import pairwise

from policynlp.facts.amounts import Amount
from policynlp.facts.numerals import EXACT, SCALES, plain
from policynlp.facts.wordlists import Unit

_RANGE = re.compile(r" {0,2}(?:-{1,2}|—{1,2}|~{1,2}|至|到) {0,2}\Z")
_ENUMERATION = re.compile(r" ?(?:、|和|与|及|以及) ?\Z")
_LIST = re.compile(r" ?(?:、|和|与|及|以及|[,，]|/) ?\Z")
_RATIO = re.compile(r" ?(?::|比) ?\Z")
_FROM = re.compile(r"[由从自][^,，。；;、]*\Z")
_BETWEEN = re.compile(r" ?[与和] ?\Z")
_LONGEST_GLUE = 6
_YUAN = Unit("元", "money")
_IN_YUAN = {"元": Decimal(1), "块": Decimal(1), "角": Decimal("0.1"), "分": Decimal("0.01")}
_NEXT_COIN = {"块": Decimal("0.1"), "毛": Decimal("0.01"), "角": Decimal("0.01")}  # 九块九, 两毛五
_PERCENT = Unit("%", "percent")
_BARE = Unit("", "amount")


def join_ranges(view: str, found: list[Amount], strict: bool) -> list[Amount]:
    """Make one amount of each two that the text joins to a range: 5%—6%, 2万至3万人, 5到6个."""
    joined: list[Amount] = []
    for amount in found:
        if joined and _is_range(view, joined[-1], amount, strict):
            joined[-1] = _range(view, joined[-1], amount)
        else:
            joined.append(amount)
    return joined


def _glue(view: str, left: Amount, right: Amount, pattern: re.Pattern[str]) -> bool:
    gap = right.start - left.end
    return 0 < gap <= _LONGEST_GLUE and pattern.match(view, left.end, right.start) is not None


def _is_range(view: str, left: Amount, right: Amount, strict: bool) -> bool:
    if left.high is not None or right.high is not None:
        return False
    if right.unit_word == "年" and right.value > 1000 > left.value:
        return False  # 由6:61:33到2020年的12:27:61
    if not _glue(view, left, right, _RANGE):
        between = view.startswith("之间", right.end) and _glue(view, left, right, _BETWEEN)
        if not between:
            return False
    spelled = left.kind == "percent" and left.unit_word.endswith("之") and right.unit is None  # 百分之八至九
    if left.unit is not None and not spelled and (right.unit is None or left.unit.unit != right.unit.unit):
        return False
    spoken = view[left.end : right.start].strip() in ("至", "到")
    if strict and spoken and left.unit is not None and _FROM.search(view, max(0, left.start - 15), left.start):
        return False  # 由3%到5% tells two states, not a range
    return _shared(view, left, right) < right.value


def _shared(view: str, left: Amount, right: Amount) -> Decimal:
    """The left value in the scale of the right one: 2—3万 starts at 20000, 两到三千 at 2000, 8500到3万 at 8500."""
    with localcontext(EXACT):
        closing = view[right.number[1] - 1]
        scale = max(right.scale, SCALES.get(closing, Decimal(1)) if right.hanzi else Decimal(1))
        if left.scale == 1 and left.unit is None and left.value < right.value / scale:
            return plain(left.value * scale)
        return left.value


def _range(view: str, left: Amount, right: Amount) -> Amount:
    low = _shared(view, left, right)
    merged = Amount(left.start, right.end, (left.number[0], right.number[1]), low, right.value)
    last = right if right.unit else left
    merged.unit, merged.unit_word, merged.kind = last.unit, last.unit_word, last.kind
    merged.hanzi = left.hanzi and right.hanzi
    merged.bound = "range"
    merged.why = {**last.why, "bound": "two ends"}
    return merged


def read_ratios(view: str, found: list[Amount]) -> list[Amount]:
    """Turn 2.8:46.17:51.03 into shares in %, and 1.82:1 into one value without a unit."""
    read: list[Amount] = []
    index = 0
    while index < len(found):
        end = index + 1
        while end < len(found) and _is_bare(found[end - 1]) and _glue(view, found[end - 1], found[end], _RATIO):
            end += 1
        read.extend(_ratio(view, found[index:end]) if end - index > 1 else found[index:end])
        index = end
    return read


def join_money(view: str, found: list[Amount]) -> list[Amount]:
    """Add up what is told in 元, 角 and 分: 五元三毛, 九块九."""
    joined: list[Amount] = []
    for amount in found:
        part = _small_money(view, joined[-1], amount) if joined else None
        if part is None:
            joined.append(amount)
            continue
        left = joined[-1]
        with localcontext(EXACT):
            left.value = plain(left.value * _IN_YUAN[left.unit.unit] + part) if left.unit else left.value
        left.unit, left.unit_word, left.end = _YUAN, amount.unit_word or left.unit_word, amount.end
    return joined


def _small_money(view: str, left: Amount, right: Amount) -> Decimal | None:
    """The right amount in 元, where it is the small change of the left one."""
    if left.unit is None or left.end != right.start or left.unit.unit not in _IN_YUAN or left.high or right.high:
        return None
    if right.unit is None:
        with localcontext(EXACT):
            return (
                right.value * _NEXT_COIN[left.unit_word] if left.unit_word in _NEXT_COIN and right.value < 10 else None
            )
    if right.unit.kind != "change":
        return None
    with localcontext(EXACT):
        return right.value * _IN_YUAN[right.unit.unit]


def _is_bare(amount: Amount) -> bool:
    return amount.unit is None and amount.high is None


def _ratio(view: str, parts: list[Amount]) -> list[Amount]:
    total = sum((part.value for part in parts), Decimal(0))
    last_is_bare = _is_bare(parts[-1]) or (parts[-1].unit is not None and parts[-1].unit.unit == "%")
    if last_is_bare and 98 <= total <= 102 and all(part.value < 100 for part in parts):
        for part in parts:
            part.unit, part.kind = _PERCENT, "ratio"
            part.end = part.number[1] if part is not parts[-1] else part.end
            part.why["unit"] = "parts of a whole"
        return parts
    if len(parts) == 2 and parts[1].value == 1 and _is_bare(parts[1]):
        first = parts[0]
        first.end, first.unit, first.kind = parts[1].end, _BARE, "ratio"
        first.why["unit"] = "ratio"
        return [first]
    return parts


def share_units(view: str, found: list[Amount]) -> None:
    """Give the numbers of a list the unit of its last one: 3.5、6和5个百分点."""
    for left, right in zip(reversed(found[:-1]), reversed(found[1:]), strict=True):
        if _elides(left, right) and _glue(view, left, right, _LIST):
            left.unit, left.unit_word, left.kind = right.unit, right.unit_word, right.kind
        if left.unit is not None or right.unit is None or left.high is not None or right.unit.unit == "":
            continue
        if right.kind in ("rank", "fraction", "ratio") or not _glue(view, left, right, _LIST):
            continue
        if view[left.end : right.start].strip() in (",", "，") and not _is_decimal(left):
            continue
        if view[left.start - 1 : left.start] in "\n[【（( 　" and view[left.end] == "、":
            continue  # 1、 at the head of a line is a numbering
        left.unit, left.unit_word, left.kind, left.shared = right.unit, right.unit_word, right.kind, True
        left.why["unit"] = f"{right.unit_word} of the list"
        if left.scale == 1 and left.value < 1000 and right.scale > 1:
            with localcontext(EXACT):
                left.value, left.scale = plain(left.value * right.scale), right.scale


def share_bounds(view: str, found: list[Amount]) -> None:
    """Give the numbers of a list the bound that its first or last one states: 90%和98%以上, 突破8万亿元、9万亿元."""
    for left, right in zip(reversed(found[:-1]), reversed(found[1:]), strict=True):
        if right.after and not left.bound and _lists(view, left, right):
            left.bound = right.bound
            left.why["bound"] = f"{right.after} of the list"
            left.after = right.after
    for left, right in pairwise(found):
        if left.before and not right.bound and _lists(view, left, right):
            right.bound = left.bound
            right.why["bound"] = f"{left.before} of the list"
            right.before = left.before


def lists(view: str, left: Amount, right: Amount) -> bool:
    """Whether two numbers stand in one list, without another word between them."""
    return _glue(view, left, right, _ENUMERATION)


def _lists(view: str, left: Amount, right: Amount) -> bool:
    same = left.unit is not None and right.unit is not None and left.unit.unit == right.unit.unit
    return same and left.high is None and right.high is None and _glue(view, left, right, _ENUMERATION)


def _elides(left: Amount, right: Amount) -> bool:
    """提高7个和5个百分点."""
    return left.unit_word == "个" != right.unit_word and right.unit_word.startswith("个")


def _is_decimal(amount: Amount) -> bool:
    return amount.value != amount.value.to_integral_value()
