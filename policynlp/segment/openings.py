"""Openings: headings, and sentences that start with the words of one.

A numbered run-in heading (``（六）加强政府自身建设。``) is a sentence, and so is a heading that lost its line end
(``二、2024年工作 今年是…``); they tell the section all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policynlp.segment.headings import SECTION_STYLES
from policynlp.segment.numbering import numbering_of
from policynlp.segment.units import Unit

# Longer run-in titles are sentences that happen to carry a number.
LONGEST_TITLE = 40
_TITLE_END = re.compile(r"[\s。！？]")


@dataclass(frozen=True, slots=True)
class Opening:
    """What a unit opens.

    Attributes:
        title: The words of the heading.
        outer: True where it is one of the outermost headings.
        line: True where the heading has a line of its own.

    Example:
        >>> Opening("重点工作", outer=True, line=True).title
        '重点工作'
    """

    title: str
    outer: bool
    line: bool


def find_openings(text: str, units: Sequence[Unit], depth_of: Mapping[int, int]) -> list[Opening | None]:
    """Return what each unit opens; None for most.

    Args:
        text: The whole text.
        units: Its headings and sentences.
        depth_of: Depth of each heading by the id of its unit.

    Returns:
        One entry a unit.

    Example:
        >>> from policynlp.segment.units import find_units
        >>> text = "一、重点工作\\n抓好生产。"
        >>> find_openings(text, find_units(text)[1], {0: 1})
        [Opening(title='重点工作', outer=True, line=True), None]
    """
    openings: list[Opening | None] = []
    ranks: dict[int, int] = {}
    for unit in units:
        if unit.line is not None:
            opens = unit.line.opens
            openings.append(Opening(unit.line.title, depth_of[unit.id] == 1, True) if opens else None)
            continue
        openings.append(None)
        if (unit.first or unit.rule == "line_end") and (found := _run_in(text, unit)):
            ranks[unit.id], title = found
            openings[-1] = Opening(title, False, False)
    outermost = min([*ranks.values(), *(_outer_rank(unit, depth_of) for unit in units)], default=0)
    for index, rank in ranks.items():
        opening = openings[index]
        if rank == outermost and opening is not None:
            openings[index] = Opening(opening.title, True, False)
    return openings


def _outer_rank(unit: Unit, depth_of: Mapping[int, int]) -> int:
    """Rank of an outermost heading; an unnumbered one lies above every number."""
    if unit.line is None or not unit.line.opens or depth_of[unit.id] != 1:
        return 99
    return 0 if unit.line.number is None else unit.line.number.rank


def _run_in(text: str, unit: Unit) -> tuple[int, str] | None:
    number = numbering_of(text, unit.start)
    if number is None or number.style not in SECTION_STYLES:
        return None
    end = _TITLE_END.search(text, number.end, unit.end)
    title = text[number.end : end.start() if end else unit.end]
    return (number.rank, title) if 0 < len(title) <= LONGEST_TITLE else None
