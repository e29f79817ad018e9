"""Pictures of a result: scores with intervals, confusion, calibration; needs the extra ``policynlp[plot]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from policynlp.evaluate.labels import PREDICTED
from policynlp.report import LABELS

if TYPE_CHECKING:
    from policynlp.evaluate.result import Result

_BINS = 10
# Share of a row from which its cell is so dark that black digits are hard to read.
_DARK = 0.55


def plot(result: Result) -> Any:
    """Draw a result.

    Args:
        result: Of `evaluate`.

    Returns:
        A matplotlib ``Figure``; where the set has labels: F1 by label with intervals, the confusion matrix by rows, and
        how often the model is right at each confidence; where it has facts: their scores.

    Raises:
        ModuleNotFoundError: Where matplotlib is not installed.

    Example:
        >>> from policynlp import evaluate, load
        >>> from policynlp.evaluate.corpus import shipped
        >>> gold = shipped("example") / "city_云岭市_2024.sentences.jsonl"
        >>> len(plot(evaluate(load("linear"), gold)).axes)
        3
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("plot needs matplotlib: pip install 'policynlp[plot]'") from error
    scores = result.scores()
    panels = [_forest, _confusion, _calibration] if "labels" in scores else []
    panels += [_facts] if "facts" in scores else []
    figure = Figure(figsize=(4.6 * max(1, len(panels)), 4.2), layout="constrained")
    for number, draw in enumerate(panels, 1):
        draw(figure.add_subplot(1, len(panels), number), result)
    figure.suptitle(result.model)
    return figure


def _bars(axes: Any, named: dict[str, Any]) -> None:
    names = list(named)[::-1]
    values = [named[name].value for name in names]
    off = [(s.value - s.low, s.high - s.value) if s.low is not None else (0, 0) for s in (named[n] for n in names)]
    error = np.clip(np.array(off).T, 0, None)
    axes.errorbar(values, range(len(names)), xerr=error, fmt="o", capsize=3)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlim(0, 1.02)
    axes.grid(axis="x", alpha=0.3)


def _forest(axes: Any, result: Result) -> None:
    scores = result.scores()["labels"]
    _bars(axes, {"macro F1": scores["macro_f1"], **{label: scores[f"{label}.f1"] for label in LABELS}})
    axes.set_title("F1, 95 % over reports")


def _facts(axes: Any, result: Result) -> None:
    _bars(axes, result.scores()["facts"])
    axes.set_title("facts, 95 % over reports")


def _confusion(axes: Any, result: Result) -> None:
    table = np.array([[cells[name] for name in PREDICTED] for cells in result.confusion().values()], dtype=float)
    shares = table / table.sum(axis=1, keepdims=True).clip(1)
    axes.imshow(shares, vmin=0, vmax=1, cmap="Blues", aspect="auto")
    axes.set_xticks(range(len(PREDICTED)), PREDICTED, rotation=30, ha="right")
    axes.set_yticks(range(len(LABELS)), LABELS)
    for row, cells in enumerate(table):
        for column, count in enumerate(cells):
            ink = "white" if shares[row, column] > _DARK else "black"
            axes.text(column, row, int(count), ha="center", va="center", fontsize=9, color=ink)
    axes.set_xlabel("predicted")
    axes.set_title("labelled (rows)")


def _calibration(axes: Any, result: Result) -> None:
    known = [(case.confidence, case.right) for case in result.cases if case.confidence is not None]
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    if known:
        confidence, right = np.array(known, dtype=float).T
        place = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
        bins = [place == number for number in range(_BINS) if (place == number).any()]
        axes.plot([confidence[b].mean() for b in bins], [right[b].mean() for b in bins], marker="o")
    axes.set_xlabel("confidence")
    axes.set_ylabel("share right")
    axes.set_title("calibration")
