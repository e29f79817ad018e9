"""Scoring labels and sentence boundaries, as counts by report that add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from policynlp.evaluate.facts import prf, ratio
from policynlp.evaluate.gold import GoldSentence
from policynlp.report import LABELS, Heading, Report, Sentence

# What a labelled sentence counts as that the library did not find as a sentence.
MISSING = "missing"
PREDICTED = (*LABELS, MISSING)
BINS = 15
SEGMENTATION = ("sentences", "exact", "as_heading", "unmatched", "checked", "whole", "whole_exact")
# From this share of labelled sentences on a report counts as labelled whole, so that what is not labelled is a heading.
_WHOLE = 0.9


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one labelled sentence.

    Attributes:
        gold: The labelled sentence.
        found: The sentence of the report that overlaps it most; None where none does.
        border: Whether the sentence before or after it is labelled otherwise.

    Example:
        >>> Outcome(GoldSentence("a", 0, 2, "other"), None).label
        'missing'
    """

    gold: GoldSentence
    found: Sentence | None
    border: bool = False

    @property
    def label(self) -> str:
        """The predicted label, or `MISSING`."""
        return (self.found.label or MISSING) if self.found else MISSING


@dataclass(slots=True)
class LabelCounts:
    """Counts of one report.

    Attributes:
        confusion: Labelled (rows, `LABELS`) against predicted (columns, `PREDICTED`).
        borders: Sentences at borders between runs of one label: right, all.
        calibration: For each bin of confidence the sum of confidence less right.
        scored: Sentences with scores, which calibration counts.
        segmentation: One number for each of `SEGMENTATION`.

    Example:
        >>> (LabelCounts() + LabelCounts()).confusion.sum()
        np.float64(0.0)
    """

    confusion: np.ndarray = field(default_factory=lambda: np.zeros((len(LABELS), len(PREDICTED))))
    borders: np.ndarray = field(default_factory=lambda: np.zeros(2))
    calibration: np.ndarray = field(default_factory=lambda: np.zeros(BINS))
    scored: np.ndarray = field(default_factory=lambda: np.zeros(1))
    segmentation: np.ndarray = field(default_factory=lambda: np.zeros(len(SEGMENTATION)))

    def __add__(self, other: LabelCounts) -> LabelCounts:
        return LabelCounts(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def outcomes(report: Report, gold: Sequence[GoldSentence]) -> list[Outcome]:
    """Join labelled sentences with those of a labelled report, each with the one that it overlaps most.

    Args:
        report: What the pipeline returned.
        gold: The labelled sentences of this report.

    Returns:
        One outcome for each of ``gold``, in the order of the text.

    Example:
        >>> from policynlp.segment import segment
        >>> report = segment(Report.from_text("增长5%。就业稳定。"))
        >>> [outcome.found.text for outcome in outcomes(report, [GoldSentence("a", 5, 10, "other")])]
        ['就业稳定。']
    """
    ordered = sorted(gold, key=lambda item: item.start)
    borders = borders_of(ordered)
    out, first = [], 0
    for item, border in zip(ordered, borders, strict=True):
        while first < len(report.sentences) and report.sentences[first].end <= item.start:
            first += 1
        best, most = None, 0
        for sentence in report.sentences[first:]:
            if sentence.start >= item.end:
                break
            common = min(sentence.end, item.end) - max(sentence.start, item.start)
            if common > most:
                best, most = sentence, common
        out.append(Outcome(item, best, border))
    return out


def borders_of(ordered: Sequence[GoldSentence]) -> list[bool]:
    """For each sentence whether the one before or after it is labelled otherwise.

    Args:
        ordered: Labelled sentences of one report, in the order of the text.

    Returns:
        One value a sentence.

    Example:
        >>> borders_of([GoldSentence("a", i, i + 1, label) for i, label in enumerate(["other", "other", "problem"])])
        [False, True, True]
    """
    changes = [a.label != b.label for a, b in pairwise(ordered)]
    return [before or after for before, after in zip([False, *changes], [*changes, False], strict=True)]


def label_counts(report: Report, results: Sequence[Outcome]) -> LabelCounts:
    """Count one report's outcomes.

    Args:
        report: What the pipeline returned.
        results: What `outcomes` made of it.

    Returns:
        The counts.

    Example:
        >>> from policynlp import load
        >>> report = load("linear")("今年，我们要新建学校五所。")
        >>> gold = [GoldSentence("a", 0, 13, "commitment")]
        >>> label_counts(report, outcomes(report, gold)).confusion.sum()
        np.float64(1.0)
    """
    counts = LabelCounts()
    for result in results:
        right = result.label == result.gold.label
        counts.confusion[LABELS.index(result.gold.label), PREDICTED.index(result.label)] += 1
        if result.border:
            counts.borders += (right, 1)
        if result.found and result.found.scores:
            confidence = max(result.found.scores.values())
            counts.calibration[min(int(confidence * BINS), BINS - 1)] += confidence - right
            counts.scored += 1
    counts.segmentation += _segmentation(report, results)
    return counts


def _segmentation(report: Report, results: Sequence[Outcome]) -> np.ndarray:
    """Sentences cut exactly, labelled sentences taken for headings; where a whole report is labelled, the reverse."""
    exact = sum(
        result.found is not None and (result.found.start, result.found.end) == (result.gold.start, result.gold.end)
        for result in results
    )
    as_heading = sum(result.found is None and _inside(result.gold, report.headings) for result in results)
    matched = {result.found.id for result in results if result.found is not None}
    whole = labelled_whole(report, results)
    counts = [len(results), exact, as_heading]
    counts += [len(report.sentences) - len(matched), len(report.sentences), len(results), exact] if whole else [0] * 4
    return np.array(counts, dtype=float)


def labelled_whole(report: Report, results: Sequence[Outcome]) -> bool:
    """Whether a report counts as labelled whole: nearly all sentences that were found in it are labelled.

    Args:
        report: What the pipeline returned.
        results: What `outcomes` made of it.

    Returns:
        False for a report without sentences.

    Example:
        >>> from policynlp.segment import segment
        >>> report = segment(Report.from_text("增长5%。就业稳定。"))
        >>> labelled_whole(report, outcomes(report, [GoldSentence("a", 0, 5, "other")]))
        False
    """
    matched = {result.found.id for result in results if result.found is not None}
    return len(report.sentences) > 0 and len(matched) >= _WHOLE * len(report.sentences)


def _inside(item: GoldSentence, headings: Sequence[Heading]) -> bool:
    return any(min(heading.end, item.end) > max(heading.start, item.start) for heading in headings)


def label_metrics(counts: LabelCounts) -> dict[str, Any]:
    """Turn counts into scores; leading dimensions (draws of the bootstrap) are kept.

    Matthews' correlation is that of Gorodkin (2004) for several classes; the expected calibration error that of Guo
    et al. (2017) with `BINS` bins of equal width.

    Args:
        counts: The sum over reports, or such sums stacked.

    Returns:
        Accuracy, macro-F1, Matthews' correlation, expected calibration error, accuracy at borders, and precision,
        recall and F1 by class.

    Example:
        >>> counts = LabelCounts()
        >>> counts.confusion[0, 0], counts.confusion[1, 0] = 3, 1
        >>> float(label_metrics(counts)["accuracy"])
        0.75
    """
    confusion = counts.confusion
    diagonal = confusion[..., range(len(LABELS)), range(len(LABELS))]
    predicted, gold = confusion.sum(axis=-2), confusion.sum(axis=-1)
    total = confusion.sum(axis=(-1, -2))
    precision, recall, f1 = prf(diagonal, predicted[..., : len(LABELS)], gold)
    scores = {
        "accuracy": ratio(diagonal.sum(axis=-1), total),
        "macro_f1": f1.mean(axis=-1),
        "mcc": _mcc(diagonal.sum(axis=-1), total, predicted, gold),
        "ece": ratio(np.abs(counts.calibration).sum(axis=-1), counts.scored[..., 0]),
        "border_accuracy": ratio(counts.borders[..., 0], counts.borders[..., 1]),
    }
    for index, label in enumerate(LABELS):
        scores[f"{label}.precision"] = precision[..., index]
        scores[f"{label}.recall"] = recall[..., index]
        scores[f"{label}.f1"] = f1[..., index]
    return scores


def _mcc(right: np.ndarray, total: np.ndarray, predicted: np.ndarray, gold: np.ndarray) -> np.ndarray:
    both = (predicted[..., : len(LABELS)] * gold).sum(axis=-1)
    spread = (total**2 - (predicted**2).sum(axis=-1)) * (total**2 - (gold**2).sum(axis=-1))
    return ratio(right * total - both, np.sqrt(np.maximum(spread, 0)))


def segmentation_metrics(counts: LabelCounts) -> dict[str, np.ndarray]:
    """Turn counts into scores of segmentation.

    Args:
        counts: As for `label_metrics`.

    Returns:
        The share of labelled sentences cut exactly and of those taken for headings. Over reports that are labelled
        whole, where there are some, also the share of found sentences that are cut exactly, F1 of both shares, and the
        share of found sentences that the labelled set does not have (headings taken for sentences).

    Example:
        >>> from policynlp.segment import segment
        >>> report = segment(Report.from_text("增长5%。就业稳定。"))
        >>> gold = [GoldSentence("a", 0, 5, "other"), GoldSentence("a", 5, 9, "other")]
        >>> counts = label_counts(report, outcomes(report, gold))
        >>> float(segmentation_metrics(counts)["boundary_exact"])
        0.5
    """
    column = {name: counts.segmentation[..., index] for index, name in enumerate(SEGMENTATION)}
    scores = {
        "boundary_exact": ratio(column["exact"], column["sentences"]),
        "taken_for_heading": ratio(column["as_heading"], column["sentences"]),
    }
    if column["checked"].any():
        scores["boundary_precision"], _, scores["boundary_f1"] = prf(
            column["whole_exact"], column["checked"], column["whole"]
        )
        scores["not_in_gold"] = ratio(column["unmatched"], column["checked"])
    return scores
