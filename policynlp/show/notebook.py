"""What a panel, a result of `evaluate` and a table of `attention` show of themselves in a notebook.

Each is one element with its own style, without a script or an outside request, as a report is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from policynlp.compare.panel import Panel
from policynlp.evaluate.result import Result, Score
from policynlp.report import LABELS
from policynlp.show.panel_view import VERDICTS, place_views
from policynlp.show.templating import asset, render

if TYPE_CHECKING:
    import pandas as pd

# Rows that a notebook shows; the rest is told of.
MOST_ROWS = 200
_SCORE_NAMES = {
    "accuracy": "准确率 accuracy",
    "macro_f1": "宏平均 macro-F1",
    "mcc": "马修斯系数 MCC",
    "ece": "校准误差 ECE",
    "border_accuracy": "难分句准确率 at borders",
}
_CLASS_SCORES = {"precision": "精确率 precision", "recall": "召回率 recall", "f1": "F1"}


def panel_notebook(panel: Panel) -> str:
    """A panel for a notebook: places to unfold, each row with its verdict and the sentences behind it.

    Args:
        panel: Of `policynlp.compare`.

    Returns:
        HTML.

    Example:
        >>> from policynlp import Report, compare, load
        >>> nlp = load("linear")
        >>> plan = nlp(Report.from_text("今年，粮食产量要达到30万吨以上。", region="云岭市", year=2024))
        >>> "30万吨以上" in panel_notebook(compare([plan]))
        True
    """
    places = list(place_views(panel, MOST_ROWS))
    shown = sum(len(place.rows) for place in places)
    return render(
        "panel_notebook.html", panel=panel, places=places, more=len(panel) - shown, verdicts=VERDICTS, style=_style()
    )


def result_notebook(result: Result) -> str:
    """A result of `evaluate` for a notebook: scores with their intervals, each label, confusion, facts, notes.

    Args:
        result: Of `policynlp.evaluate`.

    Returns:
        HTML.

    Example:
        >>> "准确率" in result_notebook(Result("mine"))
        False
    """
    scores = result.scores()
    labels = scores.get("labels", {})
    further = {part: scores[part] for part in ("segmentation", "facts") if part in scores}
    return render(
        "result_notebook.html",
        result=result,
        support=result.support(),
        headline=[(name, labels[key]) for key, name in _SCORE_NAMES.items() if key in labels],
        classes=[(label, [(word, labels[f"{label}.{key}"]) for key, word in _CLASS_SCORES.items()]) for label in LABELS]
        if labels
        else [],
        confusion=_shaded(result.confusion()),
        further=further,
        words=_score_words,
        place=_place,
        style=_style(),
    )


def attention_notebook(table: pd.DataFrame) -> str:
    """A table of `attention` for a notebook: a row a group, a column a topic, shares of words with a bar.

    Args:
        table: With the columns that `policynlp.attention` gives.

    Returns:
        HTML.

    Example:
        >>> from policynlp import Report, attention, load
        >>> report = load("linear")(Report.from_text("加强环境保护，治理大气污染。", region="云岭市", year=2024))
        >>> "云岭市" in attention_notebook(attention([report]))
        True
    """
    keys = list(table.columns[: list(table.columns).index("topic")])
    for name in ("region_code", "level", "report_id"):
        rest = [key for key in keys if key != name]
        if name in keys and rest and not table.duplicated([*rest, "topic"]).any():
            keys = rest
    topics = list(dict.fromkeys(table["topic"]))
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in table.to_dict("records"):
        rows.setdefault(tuple(row[key] for key in keys), {})[row["topic"]] = row
    top = float(table["word_share"].max()) if len(table) and table["word_share"].notna().any() else 0.0
    return render(
        "attention_notebook.html",
        keys=keys,
        topics=topics,
        rows=list(rows.items())[:MOST_ROWS],
        more=max(0, len(rows) - MOST_ROWS),
        top=top or 1.0,
        missing=_missing,
        style=_style(),
    )


def _style() -> Markup:
    return asset("report.css") + asset("notebook.css")


def _missing(value: Any) -> bool:
    return value is None or value != value or str(value) == "<NA>"


def _score_words(score: Score) -> str:
    return "—" if math.isnan(score.value) else str(score)


def _place(score: Score) -> tuple[float, float, float]:
    """Where value and interval stand on a scale from 0 to 100."""
    low, high = (score.value if end is None else end for end in (score.low, score.high))
    return _percent(score.value), _percent(low), _percent(high)


def _percent(share: float) -> float:
    return 0.0 if math.isnan(share) else 100 * min(1.0, max(0.0, share))


def _shaded(table: dict[str, dict[str, int]]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Cells of the confusion with how dark they are: by their share of the row."""
    out = []
    for label, cells in table.items():
        total = sum(cells.values()) or 1
        shades = ["much" if n / total >= 0.5 else "some" if n / total >= 0.05 else "" for n in cells.values()]
        out.append((label, list(zip(cells.values(), shades, strict=True))))
    return out
