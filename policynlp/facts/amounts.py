"""One number with its unit: the smallest piece that quantities are put together from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Context, Decimal, Inexact, localcontext

from policynlp.facts.numerals import EXACT, MAX_LENGTH, WORDS, NumeralError, plain, read_numeral
from policynlp.facts.scan import runs
from policynlp.facts.wordlists import NUMBER_WORDS, SPLITS, UNITS, Unit

_OPEN = "多余来几"
_ROUND = Context(prec=28)
_DOUBLE = re.compile(r"翻了?\Z")
_FRACTION = re.compile(r"[ ]{0,2}(?:(?P<word>分[ ]{0,2}之)|/)[ ]{0,2}")
_MINUS = re.compile(r"(?:(?<![\w%)）%-])-|(?<=[长为到至达降率])-|(?<![\u4e00-\u9fff])负[ ]{0,2}的?)\Z")
_OTHER_UNIT = re.compile(r"[（(]((?![市区县乡镇村])[\u4e00-\u9fff]{1,2})[）)]")
PER_UNITS = {"百": Unit("%", "percent"), "千": Unit("‰", "permille"), "万": Unit("‱", "permyriad")}
PER_FORMAL = {"佰": "百", "仟": "千"}


@dataclass(slots=True)
class Amount:
    """A number as it stands in the text, before bounds are read.

    Attributes:
        start: Offset of the number (with a leading 百分之 or minus).
        end: Offset after number and unit.
        number: Offsets of the bare number.
        value: The number; ``high`` the upper end of a range or of 两三.
        unit: The unit; None for a bare number.
        more: The word that leaves the number open upwards (多, 余, 几).
        scale: The closing 万 or 亿, which neighbours may share.
        hanzi: Whether the number is written in Chinese characters only.
        kind: See `policynlp.facts.quantities.Quantity`.
        bound: A bound that the words of the number itself state (两位数).
        unit_word: The unit as written.
        shared: Whether the unit comes from a later number of a list.
        before: The bound word in front; ``after`` the one behind.
        why: Words behind the fields.
    """

    start: int
    end: int
    number: tuple[int, int]
    value: Decimal
    high: Decimal | None = None
    unit: Unit | None = None
    more: str = ""
    scale: Decimal = Decimal(1)
    hanzi: bool = False
    kind: str = "amount"
    bound: str = ""
    unit_word: str = ""
    shared: bool = False
    before: str = ""
    after: str = ""
    why: dict[str, str] = field(default_factory=dict)


KINDS = {"percent": "percent", "permille": "percent", "permyriad": "percent", "tenths": "percent",
         "points": "points", "multiple": "multiple"}  # fmt: skip


def amounts(view: str) -> Iterator[Amount]:
    """Yield every number of a normalised text with the unit that follows it."""
    pending: list[tuple[str, int, int]] = list(runs(view))
    index = taken = 0
    while index < len(pending):
        kind, start, end = pending[index]
        index += 1
        if start < taken:
            continue  # the 百 of 百分点
        amount: Amount | None
        if kind == "word":
            split = SPLITS.at(view, start)
            amount = None if split and len(split[0]) > end - start else _word(view, start, end)
        elif kind == "per":
            amount = None
            if index < len(pending) and pending[index][1] == end:
                amount = _per(view, start, pending[index])
                index += 1
        else:
            amount = _number(view, start, end)
            if amount and index < len(pending) and pending[index][0] == "number":
                fraction = _fraction(view, amount, pending[index])
                if fraction is not None:
                    amount, index = fraction, index + 1
        if amount is not None:
            taken = amount.end
            yield amount


def _word(view: str, start: int, end: int) -> Amount:
    word = NUMBER_WORDS.words[view[start:end]]
    unit = Unit(word.unit, word.kind)
    why = {"value": view[start:end], "bound": view[start:end]}
    return Amount(start, end, (start, end), word.value, None, unit, kind=word.kind, bound=word.bound, why=why)


def _number(view: str, start: int, end: int, alone: bool = True) -> Amount | None:
    if end - start > MAX_LENGTH or (alone and view[start:end] in WORDS):
        return None
    spelled = view[start:end]
    more, unit_start = "", _skip(view, end)
    if view[unit_start : unit_start + 1] in _OPEN and unit_start < len(view):
        more = view[unit_start]
        unit_start = _skip(view, unit_start + 1)
    found = _unit(view, unit_start)
    if more and not found and more != "余" and more != "多":
        more, unit_start = "", end
    try:
        numeral = read_numeral(spelled, counted=found is not None)
    except NumeralError:
        return None
    amount = Amount(start, end, (start, end), numeral.value, numeral.high, scale=numeral.scale)
    amount.more = more or numeral.more
    amount.hanzi = not any(char.isdigit() and char.isascii() for char in spelled)
    if more and not found:
        amount.end = _skip(view, end) + 1
    _sign(view, amount)
    if found:
        _attach(view, amount, unit_start, *found)
    return amount


def _unit(view: str, position: int) -> tuple[str, Unit] | None:
    """The unit at a position; none where a longer word only begins like one: 市民, 人口, 部分."""
    found = UNITS.at(view, position)
    if found and (split := SPLITS.at(view, position)) and len(split[0]) > len(found[0]):
        return None
    return found


def _skip(view: str, position: int) -> int:
    limit = position + 2
    while position < limit and view[position : position + 1] in (" ", "\u3000", "\xa0"):
        position += 1
    return position


def _sign(view: str, amount: Amount) -> None:
    if match := _MINUS.search(view, max(0, amount.start - 4), amount.start):
        amount.value = -amount.value
        amount.start = match.start()


def _attach(view: str, amount: Amount, start: int, word: str, unit: Unit) -> None:
    end = start + len(word)
    if unit.kind == "count" and (other := _OTHER_UNIT.match(view, end)) and other[1] in UNITS.words:
        # 件（套）: one measure word and another for the same count.
        unit, end = replace(unit, unit=unit.unit + other.group()), other.end()
    amount.unit, amount.unit_word, amount.end = unit, word, end
    amount.more = amount.more or unit.more
    amount.kind = KINDS.get(unit.kind, "amount")
    amount.why["unit"] = word
    if unit.kind == "tenths":
        _tenths(view, amount)
    elif word == "番" and (verb := _DOUBLE.search(view, max(0, amount.start - 2), amount.start)):
        amount.start = verb.start()
    elif view[amount.end : amount.end + 1] == "半" and unit.kind in ("amount", "capacity"):
        amount.value += Decimal("0.5")
        amount.end += 1


def _tenths(view: str, amount: Amount) -> None:
    # 三成 is 30 %, 三成五 and 三成半 are 35 %.
    with localcontext(EXACT):
        amount.value = plain(amount.value * 10)
        amount.high = None if amount.high is None else plain(amount.high * 10)
        tail = view[_skip(view, amount.end) : _skip(view, amount.end) + 1]
        if tail == "半" or (tail in "一二三四五六七八九" and tail):
            amount.value += Decimal(5) if tail == "半" else read_numeral(tail).value
            amount.end = _skip(view, amount.end) + 1


def _per(view: str, start: int, run: tuple[str, int, int]) -> Amount | None:
    number = _number(view, run[1], run[2], alone=False)
    if number is None:
        return None
    base = view[start]
    unit = PER_UNITS[PER_FORMAL.get(base, base)]
    word = view[start : run[1]]
    amount = Amount(start, run[2], (run[1], run[2]), number.value, number.high, unit, number.more, hanzi=number.hanzi)
    amount.kind, amount.unit_word = "percent", word
    amount.why["unit"] = word.strip()
    _sign(view, amount)
    return amount


def _fraction(view: str, below: Amount, run: tuple[str, int, int]) -> Amount | None:
    # 三分之二, 1/4: the denominator stands first in Chinese, last in Arabic notation.
    match = _FRACTION.match(view, below.number[1])
    if not match or match.end() != run[1] or (below.unit is not None and not match["word"]):
        return None
    above = _number(view, run[1], run[2])
    if above is None:
        return None
    first, second = below.value, above.value
    over, under = (second, first) if match["word"] else (first, second)
    if not under or (not match["word"] and (over >= under or under > 100)):
        return None
    amount = Amount(below.start, run[2], (below.number[0], run[2]), share(over, under), hanzi=below.hanzi)
    amount.unit, amount.kind = Unit("%", "percent"), "fraction"
    amount.why["value"] = view[below.start : run[2]]
    return amount


def share(over: Decimal, under: Decimal) -> Decimal:
    """A fraction in %, exact where it ends, else to 28 places.

    Example:
        >>> share(Decimal(1), Decimal(8)), share(Decimal(2), Decimal(3))
        (Decimal('12.5'), Decimal('66.66666666666666666666666667'))
    """
    with localcontext(EXACT) as context:
        context.clear_flags()
        percent = over * 100 / under
        return plain(percent if not context.flags[Inexact] else _ROUND.divide(over * 100, under))
