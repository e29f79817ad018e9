"""Scoring facts: which of the predicted are the labelled ones, and which of their fields are right.

The guide's match: a predicted and a labelled fact of one report belong together where their spans overlap, one to one,
first those with the same value, then those that overlap most, then those with a like indicator.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from policynlp.evaluate.gold import GoldFact
from policynlp.report import NumericFact

FIELDS = ("unit", "bound", "measure", "modality", "period", "year", "role")
# Per report, in this order, so that reports add up and can be drawn again by the bootstrap.
COUNTS = ("gold", "predicted", "value", *FIELDS, "indicator", "indicator_exact", "full")
_TOLERANCE = 1e-6
# Indicators are alike from this share of common characters on.
_ALIKE = 0.6

# What is held against the labelled facts: found ones, or those of another reader.
Found = TypeVar("Found", NumericFact, GoldFact)


def match_facts(predicted: Sequence[Found], gold: Sequence[GoldFact]) -> list[tuple[GoldFact, Found]]:
    """Pair the facts of one report.

    Args:
        predicted: Facts that the library, or another reader, found.
        gold: Facts that were labelled.

    Returns:
        Pairs of a labelled and a found fact; each fact is in one pair at most.

    Example:
        >>> from policynlp import load
        >>> found = load("linear")("去年，产值增长5%。").facts
        >>> right = GoldFact("a", 0, 7, 9, "产值", "growth", 5, None, "%", "eq", "firm", "annual", "outcome", 2023)
        >>> [(fact.indicator, other.indicator) for fact, other in match_facts(found, [right])]
        [('产值', '产值')]
    """
    candidates = []
    for i, right in enumerate(gold):
        for j, found in enumerate(predicted):
            common = min(found.end, right.end) - max(found.start, right.start)
            if common > 0:
                share = common / max(found.end - found.start, right.end - right.start)
                candidates.append((same_value(found, right), share, like_indicator(found, right), i, j))
    pairs: list[tuple[GoldFact, Found]] = []
    used_gold: set[int] = set()
    used_found: set[int] = set()
    for *_, i, j in sorted(candidates, reverse=True):
        if i not in used_gold and j not in used_found:
            used_gold.add(i)
            used_found.add(j)
            pairs.append((gold[i], predicted[j]))
    return pairs


def same_value(found: NumericFact | GoldFact, right: GoldFact) -> bool:
    """Whether value and upper end agree to one part in a million.

    Args:
        found: A found fact.
        right: The labelled one.

    Returns:
        True too where both have no number.

    Example:
        >>> right = GoldFact("a", 0, 7, 9, "产值", "growth", 5, None, "%", "eq", "firm", "annual", "outcome", 2023)
        >>> same_value(right, right)
        True
    """
    return _equal(found.value, right.value) and _equal(found.value_high, right.value_high)


def _equal(found: Any, right: Any) -> bool:
    if found is None or right is None:
        return found is None and right is None
    return abs(float(found) - float(right)) <= _TOLERANCE * max(1.0, abs(float(right)))


def like_indicator(found: NumericFact | GoldFact, right: GoldFact) -> bool:
    """Whether two wordings name one indicator: equal, one inside the other, or mostly the same characters.

    Args:
        found: A found fact.
        right: The labelled one.

    Returns:
        False where one of them names none.

    Example:
        >>> from dataclasses import replace
        >>> right = GoldFact("a", 0, 7, 9, "地区产值", "growth", 5, None, "%", "eq", "firm", "annual", "outcome", 2023)
        >>> [like_indicator(replace(right, indicator=words), right) for words in ("产值", "人口")]
        [True, False]
    """
    a, b = found.indicator or "", right.indicator
    if not a or not b:
        return False
    if a == b or (min(len(a), len(b)) >= 2 and (a in b or b in a)):
        return True
    common = sum((Counter(a) & Counter(b)).values())
    return 2 * common / (len(a) + len(b)) >= _ALIKE


def fact_counts(predicted: Sequence[NumericFact], gold: Sequence[GoldFact]) -> np.ndarray:
    """Count one report's facts.

    Args:
        predicted: Facts that the library found.
        gold: Facts that were labelled.

    Returns:
        One number for each of `COUNTS`: ``value`` are the pairs with the same value, the fields count among these,
        ``full`` those whose indicator is alike and whose unit, bound and measure are right too.

    Example:
        >>> right = GoldFact("a", 0, 7, 9, "产值", "growth", 5, None, "%", "eq", "firm", "annual", "outcome", 2023)
        >>> counts = dict(zip(COUNTS, fact_counts([], [right])))
        >>> float(counts["gold"]), float(counts["predicted"])
        (1.0, 0.0)
    """
    pairs = [(right, found) for right, found in match_facts(predicted, gold) if same_value(found, right)]
    count = dict.fromkeys(COUNTS, 0)
    count |= {"gold": len(gold), "predicted": len(predicted), "value": len(pairs)}
    for right, found in pairs:
        agrees = {name: getattr(right, name) == getattr(found, name) for name in FIELDS}
        alike = like_indicator(found, right)
        for name, value in agrees.items():
            count[name] += value
        count["indicator"] += alike
        count["indicator_exact"] += found.indicator == right.indicator
        count["full"] += alike and agrees["unit"] and agrees["bound"] and agrees["measure"]
    return np.array([count[name] for name in COUNTS], dtype=float)


def fact_metrics(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Turn counts into scores.

    Args:
        counts: The sum over reports, or one such sum a row.

    Returns:
        Precision, recall and F1 of the values, the share of right fields among facts with the right value, and the F1
        of facts that are right in everything; each as many numbers as rows.

    Example:
        >>> counts = np.array([{"gold": 4, "predicted": 4, "value": 3}.get(name, 0) for name in COUNTS], dtype=float)
        >>> float(fact_metrics(counts)["value_f1"])
        0.75
    """
    column = {name: counts[..., index] for index, name in enumerate(COUNTS)}
    precision, recall, f1 = prf(column["value"], column["predicted"], column["gold"])
    scores = {"value_precision": precision, "value_recall": recall, "value_f1": f1}
    for name in (*FIELDS, "indicator"):
        scores[f"{name}_accuracy"] = ratio(column[name], column["value"])
    scores["indicator_exact"] = ratio(column["indicator_exact"], column["value"])
    scores["full_f1"] = prf(column["full"], column["predicted"], column["gold"])[2]
    return scores


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part by whole, 0 where there is nothing.

    Args:
        part: Any shape.
        whole: The same shape.

    Returns:
        The same shape.

    Example:
        >>> ratio(np.array([1, 0]), np.array([4, 0])).tolist()
        [0.25, 0.0]
    """
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def prf(right: np.ndarray, predicted: np.ndarray, gold: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1, 0 where undefined.

    Args:
        right: How many are right; any shape.
        predicted: How many were found; the same shape.
        gold: How many there are; the same shape.

    Returns:
        Three arrays of that shape.

    Example:
        >>> [float(score) for score in prf(np.array(3), np.array(4), np.array(6))]
        [0.75, 0.5, 0.6]
    """
    return ratio(right, predicted), ratio(right, gold), ratio(2 * right, predicted + gold)
