"""How far readers agree: Cohen's and Fleiss' kappa, Krippendorff's alpha, with intervals by bootstrap over reports.

All coefficients are made of counts by report that add up, so that the bootstrap draws reports, not sentences: labels
within a report hang together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from policynlp.evaluate.facts import FIELDS, like_indicator, match_facts, same_value
from policynlp.evaluate.gold import GoldFact, GoldReport, PathLike, read_gold
from policynlp.evaluate.result import Score, draws, interval
from policynlp.report import LABELS

if TYPE_CHECKING:
    import pandas as pd

Readings = Sequence[str | None]


def krippendorff_alpha(units: Sequence[Readings], values: Sequence[str] | None = None) -> float:
    """Krippendorff's alpha for nominal values; any number of readers, gaps allowed.

    Args:
        units: For each unit what each reader chose; None where a reader left it out.
        values: All values; by default those that occur.

    Returns:
        1 for full agreement, 0 for chance; 1 where nobody ever disagrees, even with one value only.

    Example:
        >>> krippendorff_alpha([("a", "a"), ("b", "b"), ("a", "b"), ("b", "b")])
        0.533
    """
    known = list(values or sorted({value for unit in units for value in unit if value is not None}))
    return round(float(_alpha(_coincidences(units, known))), 3)


def cohen_kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Cohen's kappa of two readers.

    Args:
        first: What the first reader chose.
        second: What the second chose, in the same order.

    Returns:
        1 for full agreement, 0 for chance.

    Raises:
        ValueError: Where the two differ in length.

    Example:
        >>> cohen_kappa(["a", "b", "a", "b"], ["a", "b", "b", "b"])
        0.5
    """
    known = sorted({*first, *second})
    table = np.zeros((len(known), len(known)))
    for a, b in zip(first, second, strict=True):
        table[known.index(a), known.index(b)] += 1
    return round(float(_cohen(table)), 3)


def fleiss_kappa(units: Sequence[Sequence[str]]) -> float:
    """Fleiss' kappa: as many readings of every unit, not always by the same readers.

    Args:
        units: For each unit what its readers chose.

    Returns:
        1 for full agreement, 0 for chance.

    Raises:
        ValueError: Where units have different numbers of readings, or fewer than two.

    Example:
        >>> fleiss_kappa([("a", "a", "a"), ("b", "b", "a"), ("b", "b", "b")])
        0.55
    """
    if len(sizes := {len(unit) for unit in units}) != 1 or min(sizes) < 2:
        raise ValueError("Fleiss' kappa needs the same number of readings, two or more, of every unit")
    known = sorted({value for unit in units for value in unit})
    counts = np.array([[unit.count(value) for value in known] for unit in map(list, units)], dtype=float)
    return round(float(_fleiss(_fleiss_counts(counts), counts.shape[1], sizes.pop())), 3)


def _coincidences(units: Sequence[Readings], known: Sequence[str]) -> np.ndarray:
    total = np.zeros((len(known), len(known)))
    for unit in units:
        counts = np.array([sum(value == name for value in unit) for name in known], dtype=float)
        if counts.sum() > 1:
            total += (np.outer(counts, counts) - np.diag(counts)) / (counts.sum() - 1)
    return total


def _alpha(coincidences: np.ndarray) -> np.ndarray:
    """Alpha of one matrix of coincidences, or of a stack of them."""
    by_value = coincidences.sum(axis=-1)
    total = by_value.sum(axis=-1)
    agree = np.trace(coincidences, axis1=-2, axis2=-1)
    expected = total**2 - (by_value**2).sum(axis=-1)
    return np.where(expected > 0, 1 - (total - 1) * (total - agree) / np.where(expected > 0, expected, 1), 1.0)


def _cohen(table: np.ndarray) -> np.ndarray:
    total = table.sum(axis=(-1, -2))
    agree = np.trace(table, axis1=-2, axis2=-1)
    chance = (table.sum(axis=-1) * table.sum(axis=-2)).sum(axis=-1)
    room = total**2 - chance
    return np.where(room > 0, (total * agree - chance) / np.where(room > 0, room, 1), 1.0)


def _fleiss_counts(counts: np.ndarray) -> np.ndarray:
    """What adds up: pairs that agree, units, and how often each value was chosen."""
    return np.concatenate([[(counts * (counts - 1)).sum(), len(counts)], counts.sum(axis=0)])


def _fleiss(sums: np.ndarray, values: int, readers: int) -> np.ndarray:
    pairs, units, chosen = sums[..., 0], sums[..., 1], sums[..., 2 : 2 + values]
    share = chosen / np.maximum(chosen.sum(axis=-1, keepdims=True), 1)
    seen, chance = pairs / np.maximum(units * readers * (readers - 1), 1), (share**2).sum(axis=-1)
    return np.where(chance < 1, (seen - chance) / np.where(chance < 1, 1 - chance, 1), 1.0)


@dataclass(slots=True)
class Agreement:
    """How far readers of the same reports agree.

    Attributes:
        readers: Their names.
        reports: The reports that at least two of them read.
        labels: Coefficients over sentences: ``agreement`` (share of pairs alike), ``cohen`` (two readers only),
            ``fleiss`` (where all read the same), ``alpha``, and ``LABEL.alpha`` (this label against the rest).
        facts: Over characters inside or outside a fact ``span_cohen`` (two readers only), ``span_fleiss`` (where all
            read the same) and ``span_alpha``; over all pairs of readers ``f1`` of facts found by both with the same
            value, and the share of these in which each field agrees. Counted are readers who marked facts, and
            reports in which one of them did.
        disagreements: One row a sentence or fact on which they differ: ``what`` (``label`` or ``fact``), ``field``
            (``label``; ``cut`` for a sentence that others cut otherwise; ``fact`` for a fact that others lack; else a
            field of the fact), and what each reader has; None where a reader has none.
        sentences: How many sentences two or more readers labelled.

    Example:
        >>> Agreement(["甲", "乙"], ["city_云岭市_2024"], labels={"alpha": Score(0.82)}).labels["alpha"].value
        0.82
    """

    readers: list[str]
    reports: list[str]
    labels: dict[str, Score] = field(default_factory=dict)
    facts: dict[str, Score] = field(default_factory=dict)
    disagreements: list[dict[str, Any]] = field(default_factory=list)
    sentences: int = 0

    def to_frame(self) -> pd.DataFrame:
        """Coefficients as a table with the columns ``part, score, value, low, high``.

        Returns:
            One row a coefficient; ``part`` is ``labels`` or ``facts``.

        Example:
            >>> Agreement(["甲", "乙"], [], labels={"alpha": Score(0.82)}).to_frame()["value"].tolist()
            [0.82]
        """
        import pandas as pd

        rows = [
            (part, name, score.value, score.low, score.high)
            for part, scores in (("labels", self.labels), ("facts", self.facts))
            for name, score in scores.items()
        ]
        return pd.DataFrame(rows, columns=["part", "score", "value", "low", "high"])

    def disagreements_frame(self) -> pd.DataFrame:
        """What the readers differ on, one row each.

        Returns:
            The columns of ``disagreements``.

        Example:
            >>> len(Agreement(["甲", "乙"], []).disagreements_frame())
            0
        """
        import pandas as pd

        return pd.DataFrame(self.disagreements)

    def __str__(self) -> str:
        lines = [f"{', '.join(self.readers)}: {len(self.reports)} reports, {self.sentences} sentences"]
        lines += [f"  labels.{name:<22} {score}" for name, score in self.labels.items()]
        lines += [f"  facts.{name:<23} {score}" for name, score in self.facts.items()]
        return "\n".join([*lines, f"  {len(self.disagreements)} disagreements"])


def agreement(
    readings: Mapping[str, PathLike | Mapping[str, GoldReport]], facts: bool = True, seed: int = 0
) -> Agreement:
    """Measure the agreement of two or more readers.

    Args:
        readings: For each reader the labelled set, as `read_gold` reads or returns it.
        facts: Whether to compare facts too.
        seed: Of the bootstrap.

    Returns:
        The coefficients, with 95 % intervals by bootstrap over reports where there are two reports or more.

    Raises:
        ValueError: For fewer than two readers, or where no report was read twice.
        GoldError: For an unusable labelled set.

    Example:
        >>> from policynlp.evaluate.gold import GoldSentence
        >>> def reading(*labels):
        ...     return {"r": GoldReport("r", [GoldSentence("r", i, i + 1, label) for i, label in enumerate(labels)])}
        >>> both = agreement({"A": reading("other", "problem"), "B": reading("other", "achievement")})
        >>> both.labels["agreement"].value, len(both.disagreements)
        (0.5, 1)
    """
    sets = {name: given if isinstance(given, Mapping) else read_gold(given) for name, given in readings.items()}
    if len(sets) < 2:
        raise ValueError("agreement needs the sets of two readers or more")
    reports = sorted(
        {key for given in sets.values() for key in given if sum(key in other for other in sets.values()) > 1}
    )
    if not reports:
        raise ValueError("no report was read by two readers: the sets have no report id in common")
    out = Agreement(list(sets), reports)
    _labels(out, sets, seed)
    if facts:
        _facts(out, sets, seed)
    return out


def _labels(out: Agreement, sets: Mapping[str, Mapping[str, GoldReport]], seed: int) -> None:
    units: dict[str, list[Readings]] = {}
    for report in out.reports:
        table: dict[tuple[int, int], list[str | None]] = defaultdict(lambda: [None] * len(sets))
        for index, given in enumerate(sets.values()):
            for item in given[report].sentences if report in given else ():
                table[item.start, item.end][index] = item.label
        rows = {key: row for key, row in sorted(table.items()) if sum(value is not None for value in row) > 1}
        units[report] = list(rows.values())
        for (start, end), row in sorted(table.items()):
            chosen = dict(zip(out.readers, row, strict=True))
            where = {"report_id": report, "what": "label", "start": start, "end": end}
            if len({value for value in row if value is not None}) > 1:
                out.disagreements.append({**where, "field": "label", **chosen})
            if any(chosen[name] is None and _overlaps(given.get(report), start, end) for name, given in sets.items()):
                out.disagreements.append({**where, "field": "cut", **chosen})
    out.sentences = sum(map(len, units.values()))
    if not out.sentences:
        return
    score = _scorer(len(units), seed)
    matrices = np.stack([_coincidences(rows, LABELS) for rows in units.values()])
    out.labels["agreement"] = score(matrices, lambda m: np.trace(m, axis1=-2, axis2=-1) / m.sum(axis=(-1, -2)).clip(1))
    full = [row for rows in units.values() for row in rows]
    if len(sets) == 2:
        out.labels["cohen"] = score(np.stack([_table(rows) for rows in units.values()]), _cohen)
    if all(None not in row for row in full):
        counts = [np.array([[row.count(x) for x in LABELS] for row in map(list, rows)]) for rows in units.values()]
        sums = np.stack([_fleiss_counts(c.reshape(-1, len(LABELS)).astype(float)) for c in counts])
        out.labels["fleiss"] = score(sums, lambda m: _fleiss(m, len(LABELS), len(sets)))
    out.labels["alpha"] = score(matrices, _alpha)
    for index, label in enumerate(LABELS):
        out.labels[f"{label}.alpha"] = score(np.stack([_against_rest(m, index) for m in matrices]), _alpha)


def _overlaps(given: GoldReport | None, start: int, end: int) -> bool:
    return given is not None and any(item.start < end and start < item.end for item in given.sentences)


def _table(rows: Sequence[Readings]) -> np.ndarray:
    table = np.zeros((len(LABELS), len(LABELS)))
    for first, second in rows:
        table[LABELS.index(str(first)), LABELS.index(str(second))] += 1
    return table


def _against_rest(matrix: np.ndarray, index: int) -> np.ndarray:
    own, row = matrix[index, index], matrix[index].sum()
    return np.array([[own, row - own], [row - own, matrix.sum() - 2 * row + own]])


def _scorer(reports: int, seed: int) -> Callable[[np.ndarray, Callable[[np.ndarray], np.ndarray]], Score]:
    weights = draws(reports, seed)

    def score(stack: np.ndarray, metric: Callable[[np.ndarray], np.ndarray]) -> Score:
        point = metric(stack.sum(axis=0)[None])[0]
        return interval(float(point), metric(np.tensordot(weights, stack, axes=1)) if reports > 1 else None)

    return score


_FACT_COUNTS = ("first", "second", "value", *FIELDS, "indicator", "indicator_exact")
_COMPARED = ("start", "end", "value", "value_high", *FIELDS, "indicator")
_UNREAD = -1


def _facts(out: Agreement, sets: Mapping[str, Mapping[str, GoldReport]], seed: int) -> None:
    # Who marked no fact at all labelled sentences only; a report without any fact tells nothing of facts.
    marked = {
        name: given for name, given in sets.items() if any(given[key].facts for key in out.reports if key in given)
    }
    counts, alphas, tables, fleiss = [], [], [], []
    for report in out.reports:
        readings = {name: given[report] for name, given in marked.items() if report in given}
        if len(readings) < 2 or not any(given.facts for given in readings.values()):
            continue
        inside = _inside(list(readings.values()))
        _list_differences(out, report, readings, inside)
        pairs = [_pair_counts(a.facts, b.facts) for a, b in combinations(readings.values(), 2)]
        counts.append(np.sum(pairs, axis=0))
        # How many readers have each character outside and inside.
        votes = np.stack([(inside == value).sum(axis=0) for value in (0, 1)], axis=1).astype(float)
        alphas.append(_coincidences_of(votes))
        tables.append(np.array([[((inside[0] == i) & (inside[1] == j)).sum() for j in (0, 1)] for i in (0, 1)], float))
        read_by = votes.sum(axis=1)
        whole = len(readings) == len(marked) and bool(np.isin(read_by, (0, len(marked))).all())
        fleiss.append(_fleiss_counts(votes[read_by > 0]) if whole else None)
    if not counts:
        return
    score, stack = _scorer(len(counts), seed), np.array(counts, dtype=float)
    if len(marked) == 2:
        out.facts["span_cohen"] = score(np.stack(tables), _cohen)
    if all(row is not None for row in fleiss):
        out.facts["span_fleiss"] = score(np.stack(fleiss), lambda m: _fleiss(m, 2, len(marked)))  # type: ignore[arg-type]
    out.facts["span_alpha"] = score(np.stack(alphas), _alpha)
    out.facts["f1"] = score(stack, lambda m: 2 * m[:, 2] / (m[:, 0] + m[:, 1]).clip(1))
    for index, name in enumerate(_FACT_COUNTS[3:], 3):
        out.facts[name] = score(stack, lambda m, i=index: m[:, i] / m[:, 2].clip(1))  # type: ignore[misc]


def _inside(readings: Sequence[GoldReport]) -> np.ndarray:
    """For each reader (row) and character 1 inside a fact, 0 outside, `_UNREAD` where the reader labelled nothing."""
    spans = [(item.start, item.end) for given in readings for item in given.spans]
    out = np.full((len(readings), max(end for _, end in spans)), _UNREAD)
    for row, given in zip(out, readings, strict=True):
        # Who labelled facts alone has read what the others read.
        for start, end in [(item.start, item.end) for item in given.sentences] or spans:
            row[start:end] = 0
        for fact in given.facts:
            row[fact.start : fact.end] = 1
    return out


def _coincidences_of(votes: np.ndarray) -> np.ndarray:
    """`_coincidences` of units given as numbers of readers by value."""
    kept = votes[votes.sum(axis=1) > 1]
    weighted = kept / (kept.sum(axis=1, keepdims=True) - 1)
    return np.asarray(weighted.T @ kept - np.diag(weighted.sum(axis=0)))


def _pair_counts(a: Sequence[GoldFact], b: Sequence[GoldFact]) -> list[int]:
    count = dict.fromkeys(_FACT_COUNTS, 0) | {"first": len(a), "second": len(b)}
    for right, found in match_facts(b, a):
        if same_value(found, right):
            count["value"] += 1
            count["indicator"] += like_indicator(found, right)
            count["indicator_exact"] += found.indicator == right.indicator
            for name in FIELDS:
                count[name] += getattr(right, name) == getattr(found, name)
    return list(count.values())


def _list_differences(out: Agreement, report: str, readings: Mapping[str, GoldReport], inside: np.ndarray) -> None:
    for unit in _together({name: given.facts for name, given in readings.items()}):
        first = next(iter(unit.values()))
        where = {"report_id": report, "what": "fact", "start": first.start, "end": first.end}
        lacking = [name for name in readings if name not in unit]
        rows = dict(zip(readings, inside, strict=True))
        if any((rows[name][first.start : first.end] != _UNREAD).any() for name in lacking):
            out.disagreements.append({**where, "field": "fact", **_chosen(out, unit, "indicator")})
        for name in _COMPARED:
            if len({getattr(fact, name) for fact in unit.values()}) > 1:
                out.disagreements.append({**where, "field": name, **_chosen(out, unit, name)})


def _chosen(out: Agreement, unit: Mapping[str, GoldFact], name: str) -> dict[str, Any]:
    return {reader: getattr(unit[reader], name) if reader in unit else None for reader in out.readers}


def _together(readings: Mapping[str, Sequence[GoldFact]]) -> list[dict[str, GoldFact]]:
    """The facts of several readers that are one, by reader; each is held against the first reader's that has it."""
    units: list[dict[str, GoldFact]] = []
    for name, facts in readings.items():
        heads = [next(iter(unit.values())) for unit in units]
        home = {id(head): unit for head, unit in zip(heads, units, strict=True)}
        taken = set()
        for head, fact in match_facts(facts, heads):
            home[id(head)][name] = fact
            taken.add(id(fact))
        units += [{name: fact} for fact in facts if id(fact) not in taken]
    return sorted(units, key=lambda unit: next(iter(unit.values())).start)
