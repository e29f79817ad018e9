"""Every labelled sentence and fact with what was predicted: for tables by any column and for reading errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from policynlp.evaluate.facts import (
    COUNTS,
    FIELDS,
    fact_counts,
    fact_metrics,
    like_indicator,
    match_facts,
    same_value,
)
from policynlp.evaluate.gold import GoldFact
from policynlp.evaluate.labels import LABELS, PREDICTED, LabelCounts, Outcome, label_metrics
from policynlp.report import NumericFact, Report

if TYPE_CHECKING:
    import pandas as pd

CONTEXT = 80
# Fewer reports than this in a group, and no interval is worth printing.
_FEW = 2


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled sentence and what was predicted.

    Attributes:
        report_id: Of the report.
        level: Its level; None where unknown, as are the next three.
        region: Its place.
        region_code: The place's code.
        year: Its year.
        section_kind: Of the section; empty where the sentence was not found.
        start: Offset of the labelled sentence.
        end: Offset after it.
        gold: The label given.
        predicted: The label predicted; ``missing`` where no sentence was found there.
        confidence: Probability of the predicted label, from 0 to 1; None without scores.
        border: Whether the sentence before or after it is labelled otherwise.
        text: The sentence.
        before: What stands before it.
        after: What stands behind it.

    Example:
        >>> place = ("a", "city", "云岭市", None, 2024)
        >>> Case(*place, "plan", 0, 2, "other", "other", 0.9, False, "好。", "", "").right
        True
    """

    report_id: str
    level: str | None
    region: str | None
    region_code: str | None
    year: int | None
    section_kind: str
    start: int
    end: int
    gold: str
    predicted: str
    confidence: float | None
    border: bool
    text: str
    before: str
    after: str

    @property
    def right(self) -> bool:
        """Whether the predicted label is the labelled one."""
        return self.gold == self.predicted


@dataclass(frozen=True, slots=True)
class FactCase:
    """A labelled fact, a found one, or both.

    Attributes:
        report_id: Of the report.
        level: Its level; None where unknown, as are the next three.
        region: Its place.
        region_code: The place's code.
        year: Its year.
        section_kind: Of the section; empty where unknown.
        start: Offset of the fact.
        end: Offset after it.
        measure: The labelled one, or that of a fact that is none.
        role: Likewise.
        wrong: What differs: ``missed``, ``spurious``, or names of fields; empty where all is right.
        text: The words.
        before: What stands before them.
        after: What stands behind them.
        gold: The labelled fact; None for one that is none.
        found: The found fact; None for one that was missed.

    Example:
        >>> place = ("a", "city", "云岭市", None, 2024)
        >>> FactCase(*place, "plan", 0, 2, "growth", "target", ("missed",), "5%", "", "", None, None).wrong
        ('missed',)
    """

    report_id: str
    level: str | None
    region: str | None
    region_code: str | None
    year: int | None
    section_kind: str
    start: int
    end: int
    measure: str
    role: str
    wrong: tuple[str, ...]
    text: str
    before: str
    after: str
    gold: GoldFact | None
    found: NumericFact | None


def cases_of(report: Report, results: Sequence[Outcome]) -> list[Case]:
    """One case a labelled sentence of a report.

    Args:
        report: What the pipeline returned.
        results: What `policynlp.evaluate.labels.outcomes` made of it.

    Returns:
        Cases in the order of ``results``.

    Example:
        >>> from policynlp import load
        >>> from policynlp.evaluate.gold import GoldSentence
        >>> from policynlp.evaluate.labels import outcomes
        >>> report = load("linear")("今年，我们要新建学校五所。")
        >>> (case,) = cases_of(report, outcomes(report, [GoldSentence("a", 0, 13, "commitment")]))
        >>> case.right, case.text
        (True, '今年，我们要新建学校五所。')
    """
    out = []
    for result in results:
        item, found = result.gold, result.found
        section = report.section_of(found) if found else None
        out.append(
            Case(
                *_place(report),
                section.kind if section else "",
                item.start,
                item.end,
                item.label,
                result.label,
                found.scores.get(found.label or "") if found else None,
                result.border,
                *_words(report, item.start, item.end),
            )
        )
    return out


def fact_cases_of(report: Report, gold: Sequence[GoldFact]) -> list[FactCase]:
    """One case a labelled fact of a report, and one a found fact that is none.

    Args:
        report: What the pipeline returned.
        gold: The labelled facts of this report.

    Returns:
        The labelled facts in their order, then the facts that are none.

    Example:
        >>> from policynlp import load
        >>> [case.wrong for case in fact_cases_of(load("linear")("去年，粮食产量达到30万吨。"), [])]
        [('spurious',)]
    """
    pairs = match_facts(report.facts, gold)
    matched, used = {id(right): found for right, found in pairs}, {id(found) for _, found in pairs}
    out = [_fact_case(report, right, matched.get(id(right))) for right in gold]
    return out + [_fact_case(report, None, found) for found in report.facts if id(found) not in used]


def _fact_case(report: Report, right: GoldFact | None, found: NumericFact | None) -> FactCase:
    span = right or found
    assert span is not None
    sentence = next((s for s in report.sentences if s.start < span.end and span.start < s.end), None)
    section = report.section_of(sentence) if sentence else None
    return FactCase(
        *_place(report), section.kind if section else "", span.start, span.end, span.measure, span.role,
        _wrong(right, found), *_words(report, span.start, span.end), right, found,
    )  # fmt: skip


def _wrong(right: GoldFact | None, found: NumericFact | None) -> tuple[str, ...]:
    if found is None:
        return ("missed",)
    if right is None:
        return ("spurious",)
    wrong = [name for name in FIELDS if getattr(right, name) != getattr(found, name)]
    if not same_value(found, right):
        wrong.insert(0, "value")
    if not like_indicator(found, right):
        wrong.append("indicator")
    return tuple(wrong)


def _place(report: Report) -> tuple[str, str | None, str | None, str | None, int | None]:
    return report.id, report.level, report.region, report.region_code, report.year


def _words(report: Report, start: int, end: int) -> tuple[str, str, str]:
    text = report.text
    return text[start:end], text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]


# Fields by which facts can be grouped too: of the labelled fact, or, where there is none, of the found one.
_OF_THE_FACT = ("indicator", "unit", "bound", "modality", "period")
Column = str | Mapping[str, Any] | Callable[[Any], Any]


def grouper(by: Column, kind: type) -> Callable[[Any], Any]:
    """What a case is grouped by.

    Args:
        by: A column of the cases, ``decade``, a mapping or pandas Series by report id (one's own columns), or a
            function of a case.
        kind: `Case` or `FactCase`.

    Returns:
        A function of a case.

    Raises:
        ValueError: For an unknown column.

    Example:
        >>> place = ("a", "city", "云岭市", None, 2024)
        >>> case = Case(*place, "plan", 0, 2, "other", "other", 0.9, False, "好。", "", "")
        >>> grouper("decade", Case)(case), grouper({"a": "沿海"}, Case)(case)
        ('2020s', '沿海')
    """
    if callable(by):
        return by
    if hasattr(by, "to_dict"):  # a column of a pandas table whose index is the report id
        by = by.to_dict()
    if isinstance(by, Mapping):
        return lambda case: by.get(case.report_id)
    if by == "decade":
        return lambda case: None if case.year is None else f"{case.year // 10 * 10}s"
    if kind is FactCase and by in _OF_THE_FACT:
        return lambda case: getattr(case.gold or case.found, by)
    columns = (*kind.__slots__, *(_OF_THE_FACT if kind is FactCase else ()))  # type: ignore[attr-defined]
    if not isinstance(by, str) or by not in columns:
        raise ValueError(f"unknown column {by!r}; known are decade, {', '.join(columns)}")
    return lambda case: getattr(case, by)


def labels_by(cases: Sequence[Case], by: Column, draws: Callable[[int], np.ndarray]) -> pd.DataFrame:
    """Scores of the labels in each group, with intervals over the reports in it.

    Args:
        cases: Of a result.
        by: See `grouper`.
        draws: Gives for a number of reports how often each is drawn.

    Returns:
        One row a group: ``group, reports, sentences``; accuracy, macro-F1 and MCC with ``_low`` and ``_high``; F1 by
        label.

    Example:
        >>> place = ("a", "city", "云岭市", None, 2024)
        >>> case = Case(*place, "plan", 0, 2, "other", "other", 0.9, False, "好。", "", "")
        >>> labels_by([case], "level", lambda reports: np.ones((10, reports)))["accuracy"].tolist()
        [1.0]
    """
    import pandas as pd

    group = grouper(by, Case)
    tables: dict[Any, dict[str, np.ndarray]] = {}
    for case in cases:
        table = tables.setdefault(group(case), {}).setdefault(case.report_id, np.zeros((len(LABELS), len(PREDICTED))))
        table[LABELS.index(case.gold), PREDICTED.index(case.predicted)] += 1
    rows = []
    for name, reports in sorted(tables.items(), key=lambda item: str(item[0])):
        stack = np.stack([reports[report] for report in sorted(reports)])
        point = label_metrics(LabelCounts(confusion=stack.sum(axis=0)))
        row = {"group": name, "reports": len(stack), "sentences": int(stack.sum())}
        drawn = {}
        if len(stack) >= _FEW:
            sums = np.tensordot(draws(len(stack)), stack, axes=1)
            empty = {slot: np.zeros((len(sums), 2)) for slot in ("borders", "calibration", "scored", "segmentation")}
            drawn = label_metrics(LabelCounts(confusion=sums, **empty))
        for score in ("accuracy", "macro_f1", "mcc"):
            row[score] = float(point[score])
            low, high = np.quantile(drawn[score], [0.025, 0.975]) if drawn else (None, None)
            row |= {f"{score}_low": low, f"{score}_high": high}
        rows.append(row | {f"{label}.f1": float(point[f"{label}.f1"]) for label in LABELS})
    return pd.DataFrame(rows)


def facts_by(cases: Sequence[FactCase], by: Column, draws: Callable[[int], np.ndarray]) -> pd.DataFrame:
    """Scores of the facts in each group; found facts that are none count in the group of what was found.

    Args:
        cases: Of a result.
        by: See `grouper`; ``measure`` and ``level`` are the usual ones.
        draws: Gives for a number of reports how often each is drawn.

    Returns:
        One row a group: ``group, reports, gold, predicted``, and the scores of `fact_metrics`, the two F1 with
        ``_low`` and ``_high``.

    Example:
        >>> place = ("a", "city", "云岭市", None, 2024)
        >>> gold = GoldFact("a", 0, 0, 2, "产值", "growth", 5, None, "%", "eq", "firm", "annual", "target", 2024)
        >>> case = FactCase(*place, "plan", 0, 2, "growth", "target", ("missed",), "5%", "", "", gold, None)
        >>> table = facts_by([case], "measure", lambda reports: np.ones((10, reports)))
        >>> table[["group", "gold", "predicted"]].to_numpy().tolist()
        [['growth', 1, 0]]
    """
    import pandas as pd

    group = grouper(by, FactCase)
    tables: dict[Any, dict[str, np.ndarray]] = {}
    for case in cases:
        table = tables.setdefault(group(case), {})
        table[case.report_id] = table.get(case.report_id, 0) + _counts(case)
    rows = []
    for name, reports in sorted(tables.items(), key=lambda item: str(item[0])):
        stack = np.stack([reports[report] for report in sorted(reports)])
        total = stack.sum(axis=0)
        row: dict[str, Any] = {"group": name, "reports": len(stack)}
        row |= {column: int(total[COUNTS.index(column)]) for column in ("gold", "predicted")}
        drawn = fact_metrics(draws(len(stack)) @ stack) if len(stack) >= _FEW else {}
        for score, value in fact_metrics(total).items():
            row[score] = float(value)
            if score in ("value_f1", "full_f1"):
                low, high = np.quantile(drawn[score], [0.025, 0.975]) if drawn else (None, None)
                row |= {f"{score}_low": low, f"{score}_high": high}
        rows.append(row)
    return pd.DataFrame(rows)


def _counts(case: FactCase) -> np.ndarray:
    return fact_counts([case.found] if case.found else [], [case.gold] if case.gold else [])


def frame(cases: Sequence[Case]) -> pd.DataFrame:
    """One row a labelled sentence.

    Args:
        cases: Of a result.

    Returns:
        The fields of `Case` and ``right``.

    Example:
        >>> place = ("a", "city", "云岭市", None, 2024)
        >>> frame([Case(*place, "plan", 0, 2, "other", "problem", 0.9, False, "好。", "", "")])["right"].tolist()
        [False]
    """
    import pandas as pd

    return pd.DataFrame([asdict(case) | {"right": case.right} for case in cases])
