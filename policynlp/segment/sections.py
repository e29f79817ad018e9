"""Sections: the parts of a report by purpose, without gaps.

Each heading and sentence speaks for kinds of section (`evidence`); the tiling that agrees best with all of them, at a
price for every change of kind that is lower where a heading or paragraph starts, is found by dynamic programming.
Thus a heading without telling words, or none at all, does not swallow a section into the one before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from operator import sub

from policynlp.report import SECTION_KINDS, Report, Section
from policynlp.segment.evidence import Evidence, collect_evidence
from policynlp.segment.openings import Opening, find_openings
from policynlp.segment.units import Unit

# What changing the kind costs at an outermost heading, another heading, a paragraph's start, inside a paragraph.
COST_OUTER, COST_HEADING, COST_PARAGRAPH, COST_INSIDE = 1.0, 4.0, 5.0, 9.0
# Changes against the usual order of a report cost extra; what is not listed here costs `UNUSUAL`.
UNUSUAL = 8.0
USUAL: Mapping[tuple[str, str], float] = {
    ("front", "review"): 0.0,
    ("front", "plan"): 3.0,
    ("front", "other"): 2.0,
    ("review", "problems"): 0.0,
    ("review", "plan"): 0.0,
    ("problems", "plan"): 0.0,
    ("problems", "review"): 5.0,
    ("plan", "problems"): 4.0,
    ("plan", "review"): 5.0,
    ("plan", "government"): 0.0,
    ("plan", "closing"): 0.0,
    ("government", "closing"): 0.0,
    ("government", "plan"): 4.0,
    ("problems", "government"): 3.0,
    ("closing", "appendix"): 0.0,
    ("government", "appendix"): 2.0,
    ("plan", "appendix"): 2.0,
    ("review", "appendix"): 4.0,
    ("review", "closing"): 4.0,
}
# A review turns into a plan, or back, where an outermost heading says so; anywhere else it is most often only a
# sentence that sounds like the other.
DRIFT: Mapping[tuple[str, str], float] = {
    ("review", "plan"): 5.0,
    ("plan", "review"): 20.0,
    ("review", "government"): 20.0,
}
_OUTSIDE = frozenset({"front", "appendix"})
FIRST_NOT_FRONT = 2.0
NEVER = 1e9


def find_sections(report: Report, units: Sequence[Unit], depth_of: Mapping[int, int]) -> tuple[Section, ...]:
    """Tile a report's text with sections.

    Args:
        report: The report; ``body`` and ``year`` are used where they are known.
        units: Its headings and sentences.
        depth_of: Depth of each heading by the id of its unit.

    Returns:
        Sections from offset 0 to the end of the text; none for an empty text.

    Example:
        >>> from policynlp.segment.units import find_units
        >>> report = Report.from_text("一、2023年工作回顾\\n增长5%。\\n二、2024年重点工作\\n抓好生产。", year=2024)
        >>> sections = find_sections(report, find_units(report.text)[1], {0: 1, 2: 1})
        >>> [(section.start, section.end, section.kind) for section in sections]
        [(0, 18, 'review'), (18, 35, 'plan')]
    """
    text = report.text
    if not units:
        return (Section(0, len(text), "other", rule="empty"),) if text else ()
    openings = find_openings(text, units, depth_of)
    evidence = collect_evidence(report, units, openings)
    kinds = _with_headings(_best_tiling(units, openings, evidence), openings)
    starts = [i for i in range(len(units)) if i == 0 or kinds[i] != kinds[i - 1] or _opens_section(openings[i])]
    sections = []
    for position, index in enumerate(starts):
        start = 0 if position == 0 else units[index].start
        stop = starts[position + 1] if position + 1 < len(starts) else len(units)
        end = units[stop].start if stop < len(units) else len(text)
        opening = openings[index]
        title = opening.title if opening is not None and opening.line else ""
        sections.append(Section(start, end, kinds[index], title, _rule(evidence[index:stop], kinds[index])))
    return tuple(sections)


def _opens_section(opening: Opening | None) -> bool:
    return opening is not None and opening.outer and opening.line


def _with_headings(kinds: list[str], openings: Sequence[Opening | None]) -> list[str]:
    """Give a heading the kind of what it opens: its own words may sound like the section before."""
    for index in range(len(kinds) - 2, -1, -1):
        opening = openings[index]
        if opening is not None and opening.line and not {kinds[index], kinds[index + 1]} & _OUTSIDE:
            kinds[index] = kinds[index + 1]
    return kinds


def _rule(evidence: Sequence[Evidence], kind: str) -> str:
    """Name of the strongest evidence for the kind within a section."""
    return max(one.rule(kind) for one in evidence)[1]


def _change_cost(unit: Unit, opening: Opening | None) -> float:
    if opening is not None:
        return COST_OUTER if opening.outer else COST_HEADING
    return COST_PARAGRAPH if unit.first else COST_INSIDE


def _best_tiling(units: Sequence[Unit], openings: Sequence[Opening | None], evidence: Sequence[Evidence]) -> list[str]:
    """Viterbi's algorithm: the sequence of kinds with the highest sum of evidence less the price of its changes."""
    first = zip(SECTION_KINDS, evidence[0].scores, strict=True)
    best = [score - (0.0 if kind == "front" else FIRST_NOT_FRONT) for kind, score in first]
    trace: list[bytes] = []
    for unit, opening, one in zip(units[1:], openings[1:], evidence[1:], strict=True):
        came: list[int] = []
        now: list[float] = []
        for score, prices in zip(one.scores, _prices(_change_cost(unit, opening)), strict=True):
            values = list(map(sub, best, prices))
            highest = max(values)
            came.append(values.index(highest))
            now.append(highest + score)
        trace.append(bytes(came))
        best = now
    index = best.index(max(best))
    path = [index]
    for origins in reversed(trace):
        index = origins[index]
        path.append(index)
    return [SECTION_KINDS[index] for index in reversed(path)]


@cache
def _prices(cost: float) -> tuple[tuple[float, ...], ...]:
    """For each kind, what coming to it from each kind costs."""
    return tuple(tuple(_price(before, after, cost) for before in SECTION_KINDS) for after in SECTION_KINDS)


def _price(before: str, after: str, cost: float) -> float:
    if before == after:
        return 0.0
    if before == "appendix" or after == "front":
        return NEVER
    drift = DRIFT.get((before, after), 0.0) if cost > COST_OUTER else 0.0
    return cost + USUAL.get((before, after), UNUSUAL) + drift
