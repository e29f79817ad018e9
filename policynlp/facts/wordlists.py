"""The words that quantities are made of, loaded from the data tables and looked up by longest match."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from policynlp.data import DataFileError, Row, load_table
from policynlp.facts.numerals import DIGITS

UNIT_KINDS = {
    "percent", "permille", "permyriad", "points", "tenths", "multiple", "money", "change", "amount", "people", "count",
    "capacity", "duration", "designation", "calendar",
}  # fmt: skip
HANZI = {"yes", "no", "never"}
_Value = TypeVar("_Value")


class Lexicon(Generic[_Value]):
    """Words to values, looked up at a place in a text: the longest word that starts or ends there.

    Example:
        >>> units = Lexicon({"元": 1, "元/人": 2})
        >>> units.at("80元/人", 2), units.before("80元", 3)
        (('元/人', 2), ('元', 1))
    """

    def __init__(self, words: Mapping[str, _Value]) -> None:
        self.words = dict(words)
        self._starts: dict[str, tuple[int, ...]] = _lengths(self.words, 0)
        self._ends: dict[str, tuple[int, ...]] = _lengths(self.words, -1)

    def at(self, view: str, position: int) -> tuple[str, _Value] | None:
        """The longest word that starts at ``position``."""
        for length in self._starts.get(view[position : position + 1], ()):
            word = view[position : position + length]
            if word in self.words:
                return word, self.words[word]
        return None

    def before(self, view: str, position: int) -> tuple[str, _Value] | None:
        """The longest word that ends at ``position``."""
        if position <= 0:
            return None
        for length in self._ends.get(view[position - 1], ()):
            if length <= position and (word := view[position - length : position]) in self.words:
                return word, self.words[word]
        return None


def _lengths(words: Iterable[str], index: int) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for word in words:
        found.setdefault(word[index], set()).add(len(word))
    return {char: tuple(sorted(lengths, reverse=True)) for char, lengths in found.items()}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit word.

    Attributes:
        unit: What the fact carries.
        kind: One of `UNIT_KINDS`.
        hanzi: Whether a purely Chinese numeral with it is a count: yes, no or never.
        more: The word inside the unit that leaves the number open (个多月); empty for nearly all.
    """

    unit: str
    kind: str
    hanzi: str = "yes"
    more: str = ""


@dataclass(frozen=True, slots=True)
class BoundWord:
    """A bound word; ``needs`` is ``after:le`` or ``before:WORD`` where it counts only in company."""

    bound: str
    needs: str = ""


@dataclass(frozen=True, slots=True)
class NumberWord:
    """A word that is a whole quantity."""

    value: Decimal
    unit: str
    bound: str
    kind: str


def _checked(name: str, row: Row, column: str, known: set[str]) -> str:
    if row[column] not in known:
        raise DataFileError(f"{name}: unknown {column} {row[column]!r}; known are {', '.join(sorted(known))}")
    return row[column]


def _units() -> dict[str, Unit]:
    units = {}
    for row in load_table("measure_words.tsv", ("word", "unit", "hanzi", "example"), ("word", "unit", "hanzi")):
        hanzi = _checked("measure_words.tsv", row, "hanzi", HANZI)
        units[row["word"]] = Unit(row["unit"], "count" if hanzi != "never" else "calendar", hanzi)
    for row in load_table("units.tsv", ("word", "unit", "kind", "more", "hanzi", "example"), ("word", "unit", "kind")):
        kind, hanzi = _checked("units.tsv", row, "kind", UNIT_KINDS), row["hanzi"] or "yes"
        units[row["word"]] = Unit(row["unit"], kind, hanzi, row["more"])
    return units


def _bounds(side: str) -> dict[str, BoundWord]:
    known = {"ge", "gt", "le", "lt", "about", "none"}
    rows = load_table("bounds.tsv", ("word", "side", "bound", "needs", "example"), ("word", "side", "bound"))
    return {
        row["word"]: BoundWord(_checked("bounds.tsv", row, "bound", known), row["needs"])
        for row in rows
        if _checked("bounds.tsv", row, "side", {"before", "after"}) == side
    }


def _number_words() -> dict[str, NumberWord]:
    columns = ("word", "value", "value_high", "unit", "bound", "kind", "example")
    return {
        row["word"]: NumberWord(Decimal(row["value"]), row["unit"], row["bound"], row["kind"])
        for row in load_table("number_words.tsv", columns, ("word", "value", "unit", "bound", "kind"))
    }


def _words(name: str, columns: tuple[str, ...], value: str) -> dict[str, str]:
    return {row["word"]: row[value] for row in load_table(name, columns, ("word",))}


def _not_quantities(kind: str) -> Lexicon[str]:
    kinds = {
        "word",
        "split",
        "set",
        "listed",
        "index",
        "act",
        "deictic",
        "given",
        "verb",
        "serial",
        "mark",
        "around",
        "handled",
        "done",
        "length",
        "built",
        "works",
        "calibre",
    }
    rows = load_table("not_quantities.tsv", ("word", "kind", "example"), ("word", "kind"))
    return Lexicon({r["word"]: r["word"] for r in rows if _checked("not_quantities.tsv", r, "kind", kinds) == kind})


# From this length on a place's short name is its own word: 七台河, 三门峡, but 三台 is also three machines.
_PLACE_NAME = 3


def _names() -> Lexicon[str]:
    rows = load_table("places.tsv", ("code", "name", "short", "to", "now"))
    places = {name for row in rows for name in (row["name"], row["short"]) if len(name) >= _PLACE_NAME}
    numbered = {name for name in places if not DIGITS.keys().isdisjoint(name)}
    return Lexicon({**_not_quantities("word").words, **{name: name for name in numbered}})


UNITS = Lexicon(_units())
BEFORE = Lexicon(_bounds("before"))
AFTER = Lexicon(_bounds("after"))
NUMBER_WORDS = Lexicon(_number_words())
UNIT_NOUNS = Lexicon(_words("unit_nouns.tsv", ("word", "unit", "example"), "unit"))
SCOPES = Lexicon(_words("scopes.tsv", ("word", "example"), "word"))

RANK_WORDS = {
    row["word"]: _checked("rank_words.tsv", row, "kind", {"ranked", "priority", "tail", "top", "scoped"})
    for row in load_table("rank_words.tsv", ("word", "kind", "example"), ("word", "kind"))
}

# The kinds of not_quantities.tsv; the comment at its head tells what each is for.
NAMES = _names()
SPLITS = _not_quantities("split")
SETS = _not_quantities("set")
LISTED = _not_quantities("listed")
INDEXES = _not_quantities("index")
ACTS = _not_quantities("act")
MARKS = _not_quantities("mark")
AROUND = _not_quantities("around")
HANDLED = _not_quantities("handled")
DONE = _not_quantities("done")
LENGTHS = _not_quantities("length")
WORKS = _not_quantities("works")
CALIBRES = _not_quantities("calibre")
BUILT_UNITS = _not_quantities("built")
SERIALS = _not_quantities("serial")
VERBS = _not_quantities("verb")
GIVEN = _not_quantities("given")
DEICTICS = _not_quantities("deictic")
