"""Exact numerals: Arabic, Chinese, formal and mixed, to `decimal.Decimal`.

Nothing here goes through a binary float, so 16.4亿 is 1640000000 and not 1639999999.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

from policynlp.data import DataFileError, load_table
from policynlp.facts.view import normalise

# The longest numeral that is taken for a number; what is longer is a serial number, a table or an attack.
MAX_LENGTH = 64
# Wide enough that no product or sum of two numerals of MAX_LENGTH digits is rounded.
EXACT = Context(prec=4 * MAX_LENGTH)

_ATOM = re.compile(r"\d+(?:\.\d+)?|\.\d+|.", re.S | re.A)
_SPACE = re.compile(r"\s+")
_COMMA = re.compile(r"(?<=\d)[,，](?=\d{3}(?!\d))", re.A)
_PLAIN = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)\Z", re.A)


class NumeralError(ValueError):
    """A text that spells no number; the message says what stands in the way.

    Example:
        >>> issubclass(NumeralError, ValueError)
        True
    """


@dataclass(frozen=True, slots=True)
class Numeral:
    """What a numeral spells.

    Attributes:
        value: The number; the lower one for 两三 and 四五千.
        high: The upper one for 两三 and 四五千; None otherwise.
        more: The word that leaves it open upwards (多, 余, 几, 数, 来); empty otherwise.
        scale: The closing 万, 亿 or 万亿 as a factor, which numbers of a range or list in front of it may share.
        mantissa: ``value`` without that factor.

    Example:
        >>> Numeral(Decimal(20000), scale=Decimal(10000)).mantissa
        Decimal('2')
    """

    value: Decimal
    high: Decimal | None = None
    more: str = ""
    scale: Decimal = Decimal(1)

    @property
    def mantissa(self) -> Decimal:
        """The value in units of the closing 万, 亿 or 万亿."""
        with localcontext(EXACT):
            return self.value / self.scale


def _load() -> tuple[dict[str, dict[str, Decimal]], str]:
    kinds: dict[str, dict[str, Decimal]] = {"digit": {}, "scale": {}, "big": {}, "open": {}, "point": {}, "zero": {}}
    words = ""
    for row in load_table("numerals.tsv", ("glyph", "kind", "value", "alone", "example"), ("glyph", "kind", "value")):
        if row["kind"] not in kinds:
            raise DataFileError(f"numerals.tsv: unknown kind {row['kind']!r}; known are {', '.join(kinds)}")
        kinds[row["kind"]][row["glyph"]] = Decimal(row["value"])
        words += row["glyph"] if row["alone"] == "no" else ""
    return kinds, words


# Characters that are a word by themselves (大陆, 队伍): numerals only beside others.
_KINDS, WORDS = _load()
DIGITS = {**_KINDS["digit"], **_KINDS["zero"]}
ZEROS = _KINDS["zero"]
SCALES = _KINDS["scale"]
BIG = _KINDS["big"]
OPEN = _KINDS["open"]
POINT = _KINDS["point"]
_COUNTING = "".join(glyph for glyph, value in DIGITS.items() if value)
_PAIR = re.compile(rf"(?<![{_COUNTING}])([{_COUNTING}])([{_COUNTING}])(?![{_COUNTING}零〇])")


def parse_numeral(text: str) -> Decimal:
    """Read one numeral, exactly.

    Args:
        text: Arabic, Chinese, formal or mixed: ``1,234.5``, ``二百三十余万``, ``壹佰``, ``5万4千``, ``负三点五``.
            Full-width and traditional characters are fine, and so is white space inside.

    Returns:
        The number; for an open numeral (余, 多, 几) its certain part, for 两三 or 四五千 the lower one.

    Raises:
        NumeralError: Where the text spells no number, or is longer than 64 characters. It is a `ValueError`.

    Example:
        >>> parse_numeral("二百三十余万"), parse_numeral("16.4亿"), parse_numeral("负三点五")
        (Decimal('2300000'), Decimal('1640000000'), Decimal('-3.5'))
    """
    view = normalise(text).strip()
    sign = 1
    if view[:1] in ("-", "+", "负"):
        sign = -1 if view[0] != "+" else 1
        view = view[1:]
    value = read_numeral(view.lstrip()).value
    return -value if sign < 0 else value


def read_numeral(view: str, counted: bool = False) -> Numeral:
    """Read an unsigned numeral in a normalised view.

    Args:
        view: The numeral and nothing else.
        counted: Whether a unit follows, so that 三五 means three to five and not 35.

    Returns:
        The number with what makes it open or double.

    Raises:
        NumeralError: Where it spells no number.

    Example:
        >>> read_numeral("四五千").high
        Decimal('5000')
    """
    if view in DIGITS:
        return Numeral(DIGITS[view])
    if _PLAIN.match(view) and len(view) <= MAX_LENGTH:
        return Numeral(plain(Decimal(view)))
    if not view or len(view) > MAX_LENGTH:
        raise NumeralError(f"{view[:20]!r} is {'empty' if not view else 'too long for a number'}")
    view = _COMMA.sub("", _SPACE.sub("", view))
    if _PLAIN.match(view):
        return Numeral(plain(Decimal(view)))
    more = "".join(char for char in view if char in OPEN)[:1]
    pair = None if "点" in view else _PAIR.search(view)
    if pair and (counted or len(view) > 2 or view[0] == "两") and _is_pair(*pair.groups()):
        low = _evaluate(view[: pair.start(2)] + view[pair.end(2) :])
        high = _evaluate(view[: pair.start(1)] + view[pair.end(1) :])
        return Numeral(low[0], high[0], more, low[1])
    value, scale = _evaluate(view)
    return Numeral(value, None, more, scale)


def _is_pair(first: str, second: str) -> bool:
    # 两三 and 三五 are spoken ranges; 十一 or 二五 are not.
    step = DIGITS[second] - DIGITS[first]
    return step == 1 or (DIGITS[first], step) == (3, 2)


def plain(value: Decimal) -> Decimal:
    """The same number without an exponent and without trailing zeros.

    Args:
        value: A number.

    Returns:
        An equal number.

    Example:
        >>> plain(Decimal("1.8420E+10")), plain(Decimal("6.50"))
        (Decimal('18420000000'), Decimal('6.5'))
    """
    with localcontext(EXACT):
        if value == value.to_integral_value():
            return value.quantize(Decimal(1))
        return value.normalize()


def _evaluate(view: str) -> tuple[Decimal, Decimal]:
    with localcontext(EXACT):
        reader = _Reader()
        for atom in _ATOM.findall(view):
            reader.feed(atom)
        return plain(reader.result()), reader.closing


class _Reader:
    """Adds up the atoms of one numeral from the left: digits, 十百千, 万亿, 点."""

    def __init__(self) -> None:
        self.total = Decimal(0)  # what a 万 or 亿 has closed
        self.section = Decimal(0)  # below the next 万 or 亿
        self.number: Decimal | None = None  # digits not yet scaled
        self.unit = Decimal(1)  # the last scale read
        self.big = Decimal("Infinity")  # the last 万 or 亿 read
        self.closing = Decimal(1)  # the 万, 亿 or 万亿 that the numeral ends in
        self.point: Decimal | None = None  # place of the next digit after 点
        self.zero = False  # a 零 stands between the last scale and the digits
        self.spoken = True  # digits so far are one Chinese digit

    def feed(self, atom: str) -> None:
        if atom in DIGITS or atom[0] in "0123456789" or (atom[0] == "." and len(atom) > 1):
            self._digit(atom)
        elif atom in SCALES:
            self._scale(SCALES[atom])
        elif atom in BIG:
            self._big(BIG[atom])
        elif atom in POINT:
            self._start_point()
        elif atom in OPEN:
            self._open(atom)
        elif atom == "半" and self.number is None:
            self.number = self.unit / 2
        else:
            raise NumeralError(f"{atom!r} is no part of a number")

    def _digit(self, atom: str) -> None:
        if self.point is not None:
            for char in atom:
                digit = DIGITS[char] if char in DIGITS else Decimal(char)
                self.number = (self.number or 0) + digit * self.point
                self.point /= 10
            return
        digit = DIGITS[atom] if atom in DIGITS else Decimal(atom)
        if atom in ZEROS and self.number is None:
            self.zero = True
            if self.unit == 1 and not self.total:
                self.number = Decimal(0)
        elif self.number is None or self.number == 0:
            self.number = digit
            self.spoken = atom in DIGITS
        elif "." in atom:
            raise NumeralError(f"two numbers stand side by side before {atom!r}")
        else:
            self.number = self.number * 10 ** len(atom) + digit
            self.spoken = False
        self.closing = Decimal(1)

    def _scale(self, scale: Decimal) -> None:
        number = Decimal(1) if self.number is None or (self.number == 0 and self.zero) else self.number
        self.section += number * scale
        self._scaled(scale)

    def _big(self, big: Decimal) -> None:
        self.section += self.number or 0
        if self.number is None and self.unit == 1 and not self.section and not self.total:
            self.section = Decimal(1)
        if self.big <= big or not self.section:
            self.total = (self.total + self.section) * big
        else:
            self.total += self.section * big
        self.section = Decimal(0)
        self.closing *= big
        closing = self.closing
        self._scaled(big)
        self.closing, self.big = closing, big

    def _scaled(self, scale: Decimal) -> None:
        self.number, self.unit, self.zero, self.spoken = None, scale, False, True
        self.point = None
        self.closing = Decimal(1)

    def _start_point(self) -> None:
        if self.point is not None:
            raise NumeralError("two decimal points")
        self.number = self.number or Decimal(0)
        self.section += self.number
        self.number, self.point = Decimal(0), Decimal("0.1")
        self.closing = Decimal(1)

    def _open(self, atom: str) -> None:
        # 几十 is ten and more, 十几 too: 几 stands for a digit that is not told.
        if atom in "几数" and self.unit == 1 and self.number is None and not self.total:
            self.number = Decimal(1)

    def result(self) -> Decimal:
        number = self.number or Decimal(0)
        if self.point is None and self.spoken and not self.zero and 0 < number < 10 and self.unit > 10:
            number *= self.unit / 10  # 四百五 is 450, 十三万五 is 135000
        return self.total + self.section + number
