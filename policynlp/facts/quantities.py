"""Numbers with units and bounds: `find_quantities`.

The steps: runs of number characters (`scan`), numbers with units (`amounts`), what belongs together (`groups`), ranks
(`ranks`), what only looks like a quantity (`names`), and here the bound words around what is left.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from policynlp.facts.amounts import Amount, amounts
from policynlp.facts.bounds import read_bounds
from policynlp.facts.groups import join_money, join_ranges, lists, read_ratios, share_bounds, share_units
from policynlp.facts.names import is_word, quoted, reason_against
from policynlp.facts.numerals import POINT, SCALES, plain
from policynlp.facts.ranks import read_rank
from policynlp.facts.view import normalise
from policynlp.facts.wordlists import UNIT_NOUNS, Unit
from policynlp.report import Span

KINDS = ("amount", "percent", "points", "multiple", "fraction", "rank", "ratio")
_COUNTED = ("人", "户", "人次")
_MONEY = Unit("元", "people")  # of an amount whose noun alone tells it
_AHEAD, _BEHIND = 20, 10
_NO_WORDS = frozenset({"第", "和", "与", *SCALES, *POINT})
_STOPS = frozenset(",，。；;：:、！？!?\n”）)")


@dataclass(frozen=True, slots=True)
class Quantity(Span):
    """One number with its unit and bound.

    Attributes:
        value: The exact number in ``unit``, with 万 and 亿 resolved; for a range its lower end.
        value_high: The upper end of a range; None otherwise.
        unit: ``%``, ``个百分点``, ``位`` for a rank, or the report's unit; empty where there is none.
        bound: One of `policynlp.report.BOUNDS`.
        number: Offsets of the bare number.
        kind: ``percent`` (%, ‰, 成), ``points`` (百分点), ``multiple`` (倍, 番), ``fraction`` (三分之二, in % to two
            places), ``rank``, ``ratio`` (parts of 2:46:52), or ``amount`` for any other unit.
        why: The word behind unit, bound or value.

    Example:
        >>> quantity = find_quantities("新增就业2.1万人以上")[0]
        >>> str(quantity.value), quantity.unit, quantity.bound, quantity.kind
        ('21000', '人', 'ge', 'amount')
    """

    value: Decimal | None
    value_high: Decimal | None
    unit: str
    bound: str
    number: tuple[int, int] = (0, 0)
    kind: str = "amount"
    why: Mapping[str, str] = field(default_factory=dict)


def find_quantities(text: str, start: int = 0, end: int | None = None) -> list[Quantity]:
    """Find the quantities of a text: numbers with units and bounds as reports state them.

    Years, dates, ordinals, names with numbers in them (PM2.5, 12345, 5号线, 亿元楼宇) and set names (四个意识) are left
    out. A whole text that holds numbers and no words gives those numbers, whatever they may be in a report.

    Args:
        text: Any text; a whole report, or one sentence of it by ``start`` and ``end``.
        start: Offset to begin at.
        end: Offset to stop at; the end of the text where None.

    Returns:
        The quantities in the order of the text, with offsets into ``text``.

    Raises:
        TypeError: Where ``text`` is no string.

    Example:
        >>> for q in find_quantities("力争达到5%—6%，新增就业2.1万人以上"):
        ...     print(q.text, q.value, q.value_high, q.unit, q.bound)
        5%—6% 5 6 % range
        2.1万人以上 21000 None 人 ge
    """
    return _find(text, start, end, strict=True)


def find_numbers(text: str, start: int = 0, end: int | None = None) -> list[Quantity]:
    """Find every number of a text, also bare ones, dates and ordinals; for texts that are no reports.

    Args:
        text: Any text.
        start: Offset to begin at.
        end: Offset to stop at; the end of the text where None.

    Returns:
        One `Quantity` a number, with an empty unit for bare ones.

    Raises:
        TypeError: Where ``text`` is no string.

    Example:
        >>> [(q.text, q.value, q.unit) for q in find_numbers("答案是四不是五，2024年")]
        [('四', Decimal('4'), ''), ('五', Decimal('5'), ''), ('2024年', Decimal('2024'), '年')]
    """
    return _find(text, start, end, strict=False)


def _find(text: str, start: int, end: int | None, strict: bool) -> list[Quantity]:
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    start, end, _ = slice(start, end).indices(len(text))
    view = normalise(text[start:end])
    whole = (start, end) == (0, len(text))
    found = read_ratios(view, join_ranges(view, join_money(view, list(amounts(view))), strict))
    share_units(view, found)
    strict = strict and not (whole and found and _nothing_else(view, found))
    marks = quoted(view) if strict else []
    kept: list[Amount] = []
    for amount in found:
        if strict and _inside(marks, amount.start):
            continue
        # 安全第一 and 七台河 are words first.
        if not (strict and not is_word(view, amount) and read_rank(view, amount)):
            read_bounds(view, amount)
            if strict and reason_against(view, amount):
                continue
            if strict and amount.unit is None:
                _count_nouns(view, amount, kept[-1] if kept else None)
            if not strict and is_word(view, amount):
                continue
        kept.append(amount)
    if strict:
        share_bounds(view, kept)
    return [_quantity(text, start, amount, strict) for amount in kept]


def _nothing_else(view: str, found: list[Amount]) -> bool:
    """Whether the text holds numbers and no words, so that nothing around them can make them names."""
    end = 0
    for amount in [*found, None]:
        between = view[end : amount.start if amount else len(view)]
        if any(char.isalnum() and char not in _NO_WORDS for char in between):
            return False
        end = amount.end if amount else end
    return True


def _inside(marks: list[tuple[int, int]], position: int) -> bool:
    index = bisect_right(marks, (position, position)) - 1
    return index >= 0 and position < marks[index][1]


def _count_nouns(view: str, amount: Amount, previous: Amount | None) -> None:
    """A number right before a noun takes its measure: 6434万农村人口; people before the bodies that they belong to."""
    if previous and amount.scale >= 10**8 and previous.unit == _MONEY and lists(view, previous, amount):
        # 生产总值突破1000亿和2000亿大关
        amount.unit, amount.why["unit"] = _MONEY, f"{previous.why['unit']} of the list"
        return
    reach = _AHEAD if amount.scale >= 10000 else 2
    nouns = _nouns_ahead(view, amount.end, reach)
    if not nouns and amount.scale >= 10000:
        nouns = _nouns_behind(view, amount.start, amount.scale)
        spelled = not any(char.isdigit() for char in view[slice(*amount.number)])
        if not nouns and amount.scale >= (10**8 if spelled else 10**12):
            nouns = [("总量", "元")]  # 突破万亿, 跨越9万亿
    if nouns:
        word, unit = next((noun for noun in nouns if noun[1] in _COUNTED), nouns[0])
        amount.unit = _MONEY if unit == "元" else Unit(unit, "people")
        amount.why["unit"] = word


def _nouns_ahead(view: str, start: int, reach: int) -> list[tuple[str, str]]:
    nouns, quote = [], -1
    for position in range(start, min(len(view), start + reach)):
        if view[position] == "“":
            quote = view.find("”", position, start + reach)  # 41.9万“五保”对象
        elif view[position] in _STOPS and position != quote:
            break
        if noun := UNIT_NOUNS.at(view, position):
            nouns.append(noun)
    return nouns


def _nouns_behind(view: str, end: int, scale: Decimal) -> list[tuple[str, str]]:
    for position in range(end, max(0, end - _BEHIND), -1):
        if view[position - 1] in _STOPS:
            break
        noun = UNIT_NOUNS.before(view, position)
        if noun and (noun[1] in _COUNTED or (noun[1] == "元" and scale >= 10**8)):
            return [noun]
    return []


def _quantity(text: str, offset: int, amount: Amount, strict: bool) -> Quantity:
    start, end = offset + amount.start, offset + amount.end
    bound = amount.bound or ("range" if amount.high is not None else "eq")
    if amount.kind == "fraction":
        amount.value = plain(amount.value.quantize(Decimal("0.01"))) if strict else amount.value
    unit = amount.unit.unit if amount.unit else ""
    number = (offset + amount.number[0], offset + amount.number[1])
    amount.why.setdefault("value", text[slice(*number)])
    return Quantity(
        start, end, text[start:end], amount.value, amount.high, unit, bound, number, amount.kind, amount.why
    )
