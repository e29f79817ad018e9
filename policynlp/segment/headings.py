"""Headings: which lines stand alone as one, what kind of heading each is, and how deep it lies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from policynlp.data import load_table
from policynlp.segment.lines import LONGEST_HEADING
from policynlp.segment.numbering import MARKUP, Numbering, numbering_of

NO_HEADING_END = frozenset("。！？；!?;…”）")
# Numbered lines may be longer than titles, and may close with a quotation: 一、打好“三大战役”.
LONGEST_NUMBERED = 100
SECTION_STYLES = frozenset({"part", "chapter", "han", "section", "han_paren"})
_COLUMNS = ("kind", "where", "section", "pattern", "example")
UNNUMBERED, NUMBERED, FRONT = "unnumbered", "numbered", "front"


@dataclass(frozen=True, slots=True)
class Line:
    """A block that is a heading.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last character.
        title: Its words without the number.
        kind: A kind of ``headings.tsv``, or ``numbered``, ``unnumbered``, ``front`` (unknown, before the report).
        number: Its numbering; None where it has none.
        opens: True where it opens a part, so that what follows stands under it.

    Example:
        >>> line = read_heading("（一）改善民生", 0, 7, in_front=False)
        >>> line.title, line.kind, line.number.style, line.opens
        ('改善民生', 'numbered', 'han_paren', True)
    """

    start: int
    end: int
    title: str
    kind: str
    number: Numbering | None
    opens: bool


@cache
def _kinds() -> tuple[tuple[str, bool, bool, re.Pattern[str]], ...]:
    rows = load_table("headings.tsv", _COLUMNS, ("kind", "where", "section", "pattern"))
    return tuple(
        (row["kind"], row["where"] == "front", row["section"] == "yes", re.compile(row["pattern"])) for row in rows
    )


def is_heading(text: str, start: int, end: int) -> bool:
    """Whether a block of a single sentence is a heading: short, or numbered, and without a final mark.

    Args:
        text: The whole text.
        start: Where the block starts.
        end: Where it ends.

    Returns:
        False for a line that says something rather than names it.

    Example:
        >>> is_heading("一、2023年工作回顾", 0, 11), is_heading("增长5%。", 0, 5)
        (True, False)
    """
    last = text[start:end].rstrip(MARKUP)[-1:]
    if last not in NO_HEADING_END and end - start < LONGEST_HEADING:
        return True
    if last in "。！？；!?;…" or end - start >= LONGEST_NUMBERED:
        return False
    number = numbering_of(text, start)
    return number is not None and number.style in SECTION_STYLES and number.end < end


def read_heading(text: str, start: int, end: int, in_front: bool) -> Line:
    """Say what kind of heading a block is that `is_heading` accepted.

    Args:
        text: The whole text.
        start: Where the block starts.
        end: Where it ends.
        in_front: True as long as neither the salutation nor a section heading has come.

    Returns:
        The heading.

    Example:
        >>> read_heading("一、重点工作", 0, 6, in_front=False).title
        '重点工作'
    """
    number = numbering_of(text, start)
    if number is not None and number.end < end:
        title = bare(text[number.end : end])
        kind = _kind_of(title, in_front=False)
        label = kind[0] if kind and kind[0] == "appendix" else NUMBERED
        return Line(start, end, title, label, number, True)
    title = bare(text[start:end])
    kind = _kind_of(title, in_front)
    if kind is None:
        return Line(start, end, title, FRONT if in_front else UNNUMBERED, None, not in_front)
    return Line(start, end, title, kind[0], None, kind[1])


def bare(title: str) -> str:
    """A title without the marks of Markdown around it.

    Args:
        title: A line's words.

    Returns:
        The words; the line as it is where nothing else would be left.

    Example:
        >>> bare("## 工作回顾 ##"), bare("**重点工作**")
        ('工作回顾', '重点工作')
    """
    return title.strip(MARKUP + " \t\u3000") or title


def is_salutation(line: str) -> bool:
    """Whether a line addresses the assembly: ``各位代表！``.

    Args:
        line: A line or sentence.

    Returns:
        True for one of the kind ``salutation`` of ``headings.tsv``.

    Example:
        >>> is_salutation("各位代表！"), is_salutation("各位代表的意见我们都听了。")
        (True, False)
    """
    kind = _kind_of(line, in_front=True)
    return kind is not None and kind[0] == "salutation"


def _kind_of(title: str, in_front: bool) -> tuple[str, bool] | None:
    words = "".join(title.split())
    for kind, front_only, section, pattern in _kinds():
        if (in_front or not front_only) and pattern.search(words):
            return kind, section
    return None


def depths(lines: Sequence[Line]) -> list[int]:
    """Return the depth of each heading: 1 for the outermost style that the report uses, 0 for what opens nothing.

    An unnumbered heading lies above the numbering that starts afresh behind it, and below the numbered heading before
    it where none does. An appendix stands beside the outermost parts.

    Args:
        lines: The headings of one report, in order.

    Returns:
        One depth a heading.

    Example:
        >>> text = ["一、重点工作", "（一）改善民生", "二、自身建设"]
        >>> depths([read_heading(line, 0, len(line), in_front=False) for line in text])
        [1, 2, 1]
    """
    ranks = _ranks(lines)
    used = sorted({rank for rank in ranks if rank not in (_NOTHING, _BESIDE)})
    return [0 if rank == _NOTHING else used.index(rank) + 1 if rank in used else 1 for rank in ranks]


_NOTHING, _BESIDE = -1.0, -2.0


def _ranks(lines: Sequence[Line]) -> list[float]:
    outer = {id(line) for line in _outer_unnumbered([line for line in lines if line.opens])}
    ranks: list[float] = []
    above = 0.0
    for line in lines:
        if not line.opens:
            ranks.append(_NOTHING)
        elif line.kind == "appendix":
            ranks.append(_BESIDE)
        elif line.number is not None:
            above = float(line.number.rank)
            ranks.append(above)
        elif id(line) in outer:
            above = 0.5
            ranks.append(above)
        else:
            ranks.append(above + 0.5)
    return ranks


def _outer_unnumbered(opening: Sequence[Line]) -> list[Line]:
    """The unnumbered headings that stand above a numbering of the report's outermost style."""
    styles = [line.number.rank for line in opening if line.number is not None]
    if not styles:
        return [line for line in opening if line.number is None]
    outermost = min(styles)
    firsts = [line for line in opening if line.number and line.number.rank == outermost and line.number.first]
    # One series over the whole report: its members are the parts, and no unnumbered heading stands above them.
    if len(firsts) < 2:
        return []
    return [line for line in opening if line.number is None]
