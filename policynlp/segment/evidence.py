"""Evidence for section kinds: what each heading and sentence says about the section that it stands in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from policynlp.data import load_table
from policynlp.report import SECTION_KINDS, Report
from policynlp.segment.openings import Opening
from policynlp.segment.units import Unit

_HEADING_COLUMNS = ("kind", "depth", "weight", "pattern", "example")
_CUE_COLUMNS = ("kind", "where", "weight", "pattern", "example")
# What a sentence without any cue says: the short sections need words of their own to go on.
BASE: Mapping[str, float] = {
    "front": -3.0,
    "review": -0.1,
    "problems": -1.0,
    "plan": -0.1,
    "government": -0.5,
    "closing": -1.5,
    "appendix": 0.0,
    "other": -0.6,
}
_INDEX = {kind: index for index, kind in enumerate(SECTION_KINDS)}
_BASE = tuple(BASE[kind] for kind in SECTION_KINDS)
FORCED = 1000.0
# What a sentence inherits from the heading that it stands under, where the heading's words tell its kind.
INHERITED = 0.7
TELLING = 8.0
# The passage on problems stands under the heading of the review, the last sections often under that of the plan.
COVERS: Mapping[str, tuple[str, ...]] = {
    "review": ("review", "problems"),
    "plan": ("plan", "government", "closing"),
    "government": ("government", "closing"),
}
_INNER_KINDS = frozenset({"government", "problems"})
# The closing call stands in the last tenth; an appendix starts in the second half.
LATE, APPENDIX_FROM = 0.9, 0.5
_FRONT_KINDS = frozenset({"title", "delivered", "speaker", "salutation", "front"})
FRONT_LINE = 8.0
# A sentence that begins like a heading says less than a line of its own.
RUN_IN_TRUST = 0.7
_HALF_WIDTH = str.maketrans("０１２３４５６７８９％．", "0123456789%.")
_ADDRESS = re.compile("各位(?:代表|委员)|同志们")
_YEAR_IN_HEADING = re.compile(r"(?<!\d)((?:19|20)\d{2})年[^，。]{0,14}?(回顾|总结|任务|安排|目标|重点|部署|要求)")


@dataclass(slots=True)
class Evidence:
    """Scores for kinds, in the order of `SECTION_KINDS`, and the strongest cue for each.

    Attributes:
        scores: One number a kind; the higher, the more speaks for it. They add up.
        rules: Kind -> weight and name of its strongest cue.

    Example:
        >>> one = Evidence()
        >>> one.add("plan", 3.0, "cue_plan_any")
        >>> max(zip(one.scores, SECTION_KINDS))[1]
        'plan'
    """

    scores: list[float] = field(default_factory=lambda: list(_BASE))
    rules: dict[str, tuple[float, str]] = field(default_factory=dict)

    def add(self, kind: str, weight: float, rule: str) -> None:
        """Count one cue.

        Args:
            kind: A kind of section.
            weight: How much the cue says for it, or against it where negative.
            rule: Its name, for `policynlp.Report.explain`.

        Example:
            >>> one = Evidence()
            >>> one.add("problems", 2.5, "cue_problems_start")
            >>> one.rules
            {'problems': (2.5, 'cue_problems_start')}
        """
        self.scores[_INDEX[kind]] += weight
        if kind not in self.rules or self.rules[kind][0] < weight:
            self.rules[kind] = (weight, rule)

    def rule(self, kind: str) -> tuple[float, str]:
        """Weight and name of the strongest cue for a kind.

        Args:
            kind: A kind of section.

        Returns:
            ``(0.0, "neighbours")`` where no cue speaks for it: then only what stands beside it decides.

        Example:
            >>> Evidence().rule("plan")
            (0.0, 'neighbours')
        """
        return self.rules.get(kind, (0.0, "neighbours"))


@dataclass(frozen=True, slots=True)
class _Cue:
    kinds: tuple[str, ...]
    where: str
    weight: float
    pattern: re.Pattern[str]


@lru_cache(maxsize=256)
def _cues(year: int | None) -> tuple[_Cue, ...]:
    rows = load_table("section_cues.tsv", _CUE_COLUMNS, ("kind", "where", "weight", "pattern"))
    return tuple(_cue(row, row["where"], year) for row in rows)


@lru_cache(maxsize=256)
def _heading_cues(year: int | None) -> tuple[_Cue, ...]:
    rows = load_table("section_headings.tsv", _HEADING_COLUMNS, ("kind", "depth", "weight", "pattern"))
    return tuple(_cue(row, row["depth"], year) for row in rows)


def _cue(row: Mapping[str, str], where: str, year: int | None) -> _Cue:
    # Without a year its rows must not match anything.
    this, last = (str(year), str(year - 1)) if year else ("(?!)", "(?!)")
    pattern = row["pattern"].replace("{this}", this).replace("{last}", last)
    return _Cue(tuple(row["kind"].split()), where, float(row["weight"]), re.compile(pattern))


def own_words(sentence: str, year: int | None) -> dict[str, float]:
    """What a sentence says about its section by its own words alone, wherever it stands.

    Args:
        sentence: Its text.
        year: The report's year, where it is known.

    Returns:
        For each kind of section the sum of its cues' weights, 0 without any.

    Example:
        >>> said = own_words("存在的困难和问题还不少。", 2024)
        >>> max(said, key=said.get)
        'problems'
    """
    one = Evidence([0.0] * len(SECTION_KINDS))
    _hear_sentence(one, sentence.translate(_HALF_WIDTH), early=False, late=False, year=year)
    return dict(zip(SECTION_KINDS, one.scores, strict=True))


def collect_evidence(report: Report, units: Sequence[Unit], openings: Sequence[Opening | None]) -> list[Evidence]:
    """Return what each unit says about its section, in order.

    Args:
        report: The report.
        units: Its headings and sentences.
        openings: What each of them opens.

    Returns:
        One `Evidence` a unit.

    Example:
        >>> from policynlp.segment.units import find_units
        >>> report = Report.from_text("存在的困难和问题还不少。", year=2024)
        >>> (one,) = collect_evidence(report, find_units(report.text)[1], [None])
        >>> max(zip(one.scores, SECTION_KINDS))[1]
        'problems'
    """
    # A view of the same length for the patterns: ２０１０年 is 2010年 to them.
    text = report.text.translate(_HALF_WIDTH)
    year = report.year or _guess_year(units)
    start, end = report.body or (0, _end_of_report(text, units))
    late_from = start + LATE * (end - start)
    heard = _Heard()
    collected = []
    for unit, opening in zip(units, openings, strict=True):
        one = Evidence()
        collected.append(one)
        if unit.start < start:
            one.add("front", FORCED, "before_body")
        elif unit.start >= end:
            one.add("appendix", FORCED, "after_body")
        else:
            _hear(one, unit, opening, heard, text, unit.start >= late_from, year)
    return collected


def _hear(
    one: Evidence, unit: Unit, opening: Opening | None, heard: _Heard, text: str, late: bool, year: int | None
) -> None:
    if opening is not None:
        heard.early = False
        _hear_opening(one, opening, heard, year)
        heard.remember(one, opening)
    if unit.line is None:
        _hear_sentence(one, text[unit.start : unit.end], heard.early, late, year)
        heard.lend(one)
    elif heard.early and unit.line.kind in _FRONT_KINDS:
        one.add("front", FRONT_LINE, f"line_{unit.line.kind}")


@dataclass(slots=True)
class _Heard:
    """What the headings above a sentence said, and whether any has come."""

    early: bool = True
    outer: frozenset[str] = frozenset()
    inner: frozenset[str] = frozenset()

    def remember(self, one: Evidence, opening: Opening) -> None:
        kinds = frozenset(
            kind for kind, score, base in zip(SECTION_KINDS, one.scores, _BASE, strict=True) if score - base >= TELLING
        )
        if opening.outer:
            self.outer, self.inner = kinds, frozenset()
        else:
            self.inner = kinds & self.inner_kinds()

    def inner_kinds(self) -> frozenset[str]:
        """Kinds that an inner heading can tell: the government's building inside a review is part of the review."""
        return _INNER_KINDS - {"government"} if self.outer == {"review"} else _INNER_KINDS

    def lend(self, one: Evidence) -> None:
        for kind in {covered for heard in self.outer | self.inner for covered in COVERS.get(heard, (heard,))}:
            one.add(kind, INHERITED, "heading_above")


def _end_of_report(text: str, units: Sequence[Unit]) -> int:
    """Where the appendix starts, as far as headings tell; notes before the closing call are none."""
    last = end = units[-1].end
    for unit in reversed(units):
        if unit.start < APPENDIX_FROM * last or _ADDRESS.match(text, unit.start):
            break
        if unit.line is not None and unit.line.kind == "appendix":
            end = unit.start
    return end


def _guess_year(units: Sequence[Unit]) -> int | None:
    for unit in units:
        if unit.line is not None and (match := _YEAR_IN_HEADING.search(unit.line.title.translate(_HALF_WIDTH))):
            return int(match.group(1)) + (match.group(2) in ("回顾", "总结"))
    return None


def _hear_opening(one: Evidence, opening: Opening, heard: _Heard, year: int | None) -> None:
    trust = 1.0 if opening.line else RUN_IN_TRUST
    title = opening.title.translate(_HALF_WIDTH)
    for cue in _heading_cues(year):
        if (cue.where == "any" or opening.outer) and cue.pattern.search(title):
            for kind in cue.kinds:
                if kind == "government" and not opening.outer and kind not in heard.inner_kinds():
                    continue
                one.add(kind, trust * cue.weight, f"heading_{kind}")


def _hear_sentence(one: Evidence, sentence: str, early: bool, late: bool, year: int | None) -> None:
    for cue in _cues(year):
        if (cue.where == "late" and not late) or (cue.where == "early" and not early):
            continue
        found = cue.pattern.match(sentence) if cue.where == "start" else cue.pattern.search(sentence)
        if found:
            for kind in cue.kinds:
                one.add(kind, cue.weight, f"cue_{kind}_{cue.where}")
