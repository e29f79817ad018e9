"""Numbering at the start of a line: 一、（一）1. 第一部分 and their like, from the table ``numbering.tsv``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from policynlp.data import load_table

_COLUMNS = ("style", "rank", "pattern", "first", "example")


# Marks of Markdown that may stand before a number or around a title.
MARKUP = "#*_>-"
_MARKUP = re.compile(rf"[{re.escape(MARKUP)}]{{1,6}}[ \t]*")


@dataclass(frozen=True, slots=True)
class Numbering:
    """A number in front of a heading.

    Attributes:
        style: Row of the table.
        rank: Nesting order among styles, outermost lowest.
        end: Offset after the number and the white space behind it.
        first: True for the first member of a series (一、).

    Example:
        >>> numbering_of("一、工作回顾").first
        True
    """

    style: str
    rank: int
    end: int
    first: bool


@cache
def _styles() -> tuple[re.Pattern[str], dict[str, tuple[int, re.Pattern[str]]]]:
    rows = load_table("numbering.tsv", _COLUMNS, ("style", "rank", "pattern", "first"))
    union = "|".join(f"(?P<{row['style']}>{row['pattern']})" for row in rows)
    return re.compile(union), {row["style"]: (int(row["rank"]), re.compile(row["first"])) for row in rows}


def numbering_of(text: str, start: int = 0) -> Numbering | None:
    """Return the numbering that stands at ``start``, behind marks of Markdown if there are any; None for none.

    Args:
        text: The whole text.
        start: Offset at which the line starts.

    Returns:
        The numbering by ``numbering.tsv``; None where the line has none.

    Example:
        >>> numbering_of("（二）改善民生")
        Numbering(style='han_paren', rank=5, end=3, first=False)
        >>> numbering_of("3.5%的增长") is None
        True
    """
    union, styles = _styles()
    behind = _MARKUP.match(text, start)
    begin = behind.end() if behind else start
    match = union.match(text, begin)
    if match is None or match.lastgroup is None:
        return None
    rank, first = styles[match.lastgroup]
    return Numbering(match.lastgroup, rank, match.end(), first.match(text, begin) is not None)
