"""Scores with confidence intervals by bootstrap over reports, and the comparison of two models on one set."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from policynlp.evaluate.cases import Case, Column, FactCase, facts_by, frame, labels_by
from policynlp.evaluate.facts import COUNTS, fact_metrics
from policynlp.evaluate.labels import PREDICTED, LabelCounts, label_metrics, segmentation_metrics
from policynlp.report import LABELS

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 1000
LEVEL = 0.95
_HEADLINE = ("accuracy", "macro_f1", "mcc", "ece", "border_accuracy")


@dataclass(frozen=True, slots=True)
class Score:
    """One number, with the interval that holds it in 95 of 100 draws of reports.

    Attributes:
        value: The score on the set itself.
        low: Lower end of the interval; None with fewer than two reports.
        high: Upper end, likewise.

    Example:
        >>> print(Score(0.9, 0.85, 0.94))
        0.900 [0.850, 0.940]
    """

    value: float
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        interval = "" if self.low is None or self.high is None else f" [{self.low:.3f}, {self.high:.3f}]"
        return f"{self.value:.3f}{interval}"


@dataclass(slots=True)
class Result:
    """What `evaluate` measured.

    Attributes:
        model: Name of what was scored.
        labels: Counts by report of the labels; empty where the set has no labelled sentences.
        facts: Counts by report of the facts; empty where it has none.
        cases: Every labelled sentence with what was predicted.
        fact_cases: Every labelled or found fact with what differs.
        notes: What a reader of the scores must know.
        seed: Of the bootstrap.

    Example:
        >>> print(Result("none"))
        none: 0 reports, 0 sentences, 0 facts
    """

    model: str
    labels: dict[str, LabelCounts] = field(default_factory=dict)
    facts: dict[str, np.ndarray] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list, repr=False)
    fact_cases: list[FactCase] = field(default_factory=list, repr=False)
    notes: list[str] = field(default_factory=list)
    seed: int = 0

    def scores(self) -> dict[str, dict[str, Score]]:
        """All scores with their intervals, by part: ``labels``, ``segmentation``, ``facts``.

        Returns:
            For each part its scores by name.

        Example:
            >>> Result("none").scores()
            {}
        """
        parts: dict[str, dict[str, Score]] = {}
        for part, table in self._tables().items():
            point = table.metrics(table.sum(np.ones((1, table.reports))))
            drawn = table.metrics(table.sum(draws(table.reports, self.seed))) if table.reports > 1 else {}
            parts[part] = {name: interval(value[0], drawn.get(name)) for name, value in point.items()}
        return parts

    def confusion(self) -> dict[str, dict[str, int]]:
        """How often each label (outer) was given each label (inner); ``missing`` where no sentence was found.

        Returns:
            Counts; empty where no sentence was scored.

        Example:
            >>> Result("none").confusion()
            {}
        """
        if not self.labels:
            return {}
        total = sum((counts.confusion for counts in self.labels.values()), np.zeros((len(LABELS), len(PREDICTED))))
        return {
            label: {name: int(total[row, column]) for column, name in enumerate(PREDICTED)}
            for row, label in enumerate(LABELS)
        }

    def support(self) -> dict[str, int]:
        """How many reports, sentences (of each label) and facts were scored.

        Returns:
            Counts by name.

        Example:
            >>> Result("none").support()
            {'reports': 0, 'sentences': 0, 'facts': 0}
        """
        by_label = {label: sum(cells.values()) for label, cells in self.confusion().items()}
        facts = int(sum(counts[COUNTS.index("gold")] for counts in self.facts.values()))
        reports = len(self.labels.keys() | self.facts.keys())
        return {"reports": reports, "sentences": sum(by_label.values()), **by_label, "facts": facts}

    def by_report(self) -> dict[str, dict[str, float]]:
        """Accuracy, macro-F1 over all four labels and full F1 of the facts, for each report.

        Returns:
            Scores by report id.

        Example:
            >>> Result("none").by_report()
            {}
        """
        out: dict[str, dict[str, float]] = {}
        for name, counts in self.labels.items():
            scores = label_metrics(counts)
            out.setdefault(name, {}).update(
                sentences=int(counts.confusion.sum()),
                accuracy=float(scores["accuracy"]),
                macro_f1=float(scores["macro_f1"]),
            )
        for name, numbers in self.facts.items():
            out.setdefault(name, {}).update(
                facts=int(numbers[0]), facts_full_f1=float(fact_metrics(numbers)["full_f1"])
            )
        return out

    def compare(self, other: Result) -> dict[str, dict[str, float | None]]:
        """Paired bootstrap over the reports that both results scored.

        Args:
            other: The result of another model on the same labelled set.

        Returns:
            For each score ``difference`` (this less the other), ``low`` and ``high`` of its 95 % interval, and ``p``,
            twice the share of draws in which the difference is not on its side of zero, the set itself counted as one
            draw (Davison and Hinkley 1997, *Bootstrap Methods and their Application*, 4.2.1), so that it is never
            below 0.002. With one report there is nothing to draw, and these three are None.

        Raises:
            ValueError: Where the two were not scored on the same labels.

        Example:
            >>> Result("one").compare(Result("other"))
            {}
        """
        out: dict[str, dict[str, float | None]] = {}
        theirs = other._tables()
        for part, table in self._tables().items():
            if part not in theirs or not table.same_set(theirs[part]):
                raise ValueError(f"the two results have other {part}: evaluate both models on the same labelled set")
            point = _difference(table, theirs[part], np.ones((1, table.reports)))
            drawn = _difference(table, theirs[part], draws(table.reports, self.seed)) if table.reports > 1 else {}
            for name, value in point.items():
                score = interval(value[0], drawn.get(name))
                cells = {"difference": score.value, "low": score.low, "high": score.high}
                out[f"{part}.{name}"] = {**cells, "p": _two_sided(drawn[name]) if drawn else None}
        return out

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain JSON values.

        Returns:
            What `to_json` writes.

        Example:
            >>> Result("none").to_dict()["model"]
            'none'
        """
        return {
            "model": self.model,
            "support": self.support(),
            **{
                part: {name: {"value": s.value, "low": s.low, "high": s.high} for name, s in scores.items()}
                for part, scores in self.scores().items()
            },
            "confusion": self.confusion(),
            "by_report": self.by_report(),
            "notes": self.notes,
        }

    def to_json(self) -> str:
        """`to_dict` as one JSON object.

        Returns:
            One line of JSON.

        Example:
            >>> json.loads(Result("none").to_json())["notes"]
            []
        """
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def to_frame(self) -> pd.DataFrame:
        """Scores as a table with the columns ``part, score, value, low, high``.

        Returns:
            A pandas table, one row a score.

        Example:
            >>> Result("none").to_frame().columns.tolist()
            ['part', 'score', 'value', 'low', 'high']
        """
        import pandas as pd

        rows = [
            (part, name, score.value, score.low, score.high)
            for part, scores in self.scores().items()
            for name, score in scores.items()
        ]
        return pd.DataFrame(rows, columns=["part", "score", "value", "low", "high"])

    def cases_frame(self) -> pd.DataFrame:
        """One row a labelled sentence: where it stands, its label, what was predicted, how surely.

        Returns:
            A pandas table.

        Example:
            >>> len(Result("none").cases_frame())
            0
        """
        return frame(self.cases)

    def by(self, column: Column, part: str = "labels") -> pd.DataFrame:
        """Scores in each group of sentences or facts.

        Args:
            column: ``level``, ``region``, ``year``, ``decade``, ``section_kind``, ``border`` or another column of
                `cases_frame`; for facts also ``measure``, ``role``, ``unit`` and other fields; or a mapping or pandas
                Series from report id to a value of one's own (a province, a treatment), or a function of a case.
            part: ``labels`` or ``facts``.

        Returns:
            One row a group.

        Raises:
            ValueError: For an unknown column or part.

        Example:
            >>> Result("none").by("level", "tables")
            Traceback (most recent call last):
            ...
            ValueError: unknown part 'tables'; known are labels, facts
        """
        if part not in ("labels", "facts"):
            raise ValueError(f"unknown part {part!r}; known are labels, facts")
        if part == "facts":
            return facts_by(self.fact_cases, column, self._draws)
        return labels_by(self.cases, column, self._draws)

    def _draws(self, reports: int) -> np.ndarray:
        return draws(reports, self.seed)

    def plot(self) -> Any:
        """Scores with intervals, confusion and calibration as a matplotlib figure; see `policynlp.evaluate.plot`.

        Returns:
            The figure (extra ``policynlp[plot]``).

        Raises:
            ImportError: Where matplotlib is not installed.

        Example:
            >>> figure = Result("none").plot()  # doctest: +SKIP
        """
        from policynlp.evaluate.plot import plot

        return plot(self)

    def to_html(self, path: str | Path, title: str = "") -> None:
        """Write a stand-alone page of all errors in their context.

        Args:
            path: The file.
            title: The page's heading; by default the model's name.

        Example:
            >>> Result("none").to_html("/dev/null")
        """
        from policynlp.evaluate.page import page

        # Lone surrogates, which a broken report may hold, are no UTF-8.
        Path(path).write_text(page(self, title), encoding="utf-8", errors="replace")

    def _repr_html_(self) -> str:
        from policynlp.show.notebook import result_notebook

        return result_notebook(self)

    def __str__(self) -> str:
        support, scores = self.support(), self.scores()
        lines = [
            f"{self.model}: {support['reports']} reports, {support['sentences']} sentences, {support['facts']} facts",
        ]
        if "labels" in scores:
            lines += [f"  {name:<16} {scores['labels'][name]}" for name in _HEADLINE]
            lines.append(f"  {'':<12} {'precision':<22} {'recall':<22} {'f1':<22} support")
            for label in LABELS:
                cells = [str(scores["labels"][f"{label}.{name}"]) for name in ("precision", "recall", "f1")]
                lines.append(f"  {label:<12} " + " ".join(f"{cell:<22}" for cell in cells) + f" {support[label]}")
            lines += _confusion_lines(self.confusion())
        for part in ("segmentation", "facts"):
            lines += [f"  {part}.{name:<22} {score}" for name, score in scores.get(part, {}).items()]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

    def _tables(self) -> dict[str, _Table]:
        tables: dict[str, _Table] = {}
        if self.labels:
            names = sorted(self.labels)
            stacks = {
                slot: np.stack([getattr(self.labels[name], slot) for name in names]) for slot in LabelCounts.__slots__
            }
            labelled = stacks["confusion"].sum(axis=2)
            tables["labels"] = _Table(names, stacks, labelled, lambda sums: label_metrics(LabelCounts(**sums)))
            tables["segmentation"] = replace(
                tables["labels"], metrics=lambda sums: segmentation_metrics(LabelCounts(**sums))
            )
        if self.facts:
            names = sorted(self.facts)
            counts = np.stack([self.facts[name] for name in names])
            tables["facts"] = _Table(names, {"counts": counts}, counts[:, 0], lambda sums: fact_metrics(sums["counts"]))
        return tables


def _confusion_lines(table: Mapping[str, Mapping[str, int]]) -> list[str]:
    lines = [f"  {'confusion':<12} " + " ".join(f"{name:>11}" for name in PREDICTED) + "  (predicted)"]
    return lines + [
        f"  {label:<12} " + " ".join(f"{cells[name]:>11}" for name in PREDICTED) for label, cells in table.items()
    ]


@dataclass(frozen=True, slots=True)
class _Table:
    """Counts with one row a report, how much is labelled in each, and what makes scores of their sums."""

    names: Sequence[str]
    stacks: Mapping[str, np.ndarray]
    labelled: np.ndarray
    metrics: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]

    @property
    def reports(self) -> int:
        return len(self.names)

    def same_set(self, other: _Table) -> bool:
        """Whether both count the same labels (facts) of the same reports."""
        return self.names == other.names and np.array_equal(self.labelled, other.labelled)

    def sum(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """Sums for each row of weights, which say how often each report is drawn."""
        return {name: np.tensordot(weights, stack, axes=1) for name, stack in self.stacks.items()}


def draws(reports: int, seed: int) -> np.ndarray:
    """How often each of some reports is drawn, a row a draw.

    Args:
        reports: How many reports there are.
        seed: Of the bootstrap.

    Returns:
        Of shape (`DRAWS`, reports); each row adds up to ``reports``.

    Example:
        >>> set(draws(3, seed=0).sum(axis=1).tolist())
        {3.0}
    """
    generator = np.random.default_rng(seed)
    return generator.multinomial(reports, np.full(reports, 1 / reports), size=DRAWS).astype(float)


def _difference(a: _Table, b: _Table, weights: np.ndarray) -> dict[str, np.ndarray]:
    ours, theirs = a.metrics(a.sum(weights)), b.metrics(b.sum(weights))
    # What only one of the two can be scored by has no difference.
    return {name: value - theirs[name] for name, value in ours.items() if name in theirs}


def _two_sided(drawn: np.ndarray) -> float:
    beyond = min((drawn <= 0).sum(), (drawn >= 0).sum())
    return min(1.0, 2 * float(beyond + 1) / (len(drawn) + 1))


def interval(value: float, drawn: np.ndarray | None) -> Score:
    """A score with the interval that its draws give: the percentile bootstrap of Efron and Tibshirani (1993), 95 %.

    Args:
        value: The score on the set itself.
        drawn: The score of each draw; None where there are none.

    Returns:
        The score, without an interval where there are no draws.

    Example:
        >>> round(interval(0.5, np.linspace(0, 1, 101)).low, 3)
        0.025
    """
    if drawn is None:
        return Score(float(value))
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Score(float(value), float(low), float(high))
