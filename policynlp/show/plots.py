"""Plots of reports, panels and learning curves; need the extra ``policynlp[plot]``.

Each returns a matplotlib ``Figure`` whose ``savefig`` writes ``.svg`` and ``.pdf`` as vectors. Colours are told apart
by the colour-blind, and never alone: hatches, markers and words go with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from policynlp.report import LABELS, Report
from policynlp.show.fonts import chinese_style
from policynlp.show.report_page import title
from policynlp.show.report_view import LABEL_NAMES, MEASURE_NAMES

if TYPE_CHECKING:
    import pandas as pd

    from policynlp.compare import Panel

COLOURS = {"achievement": "#3b7fb8", "problem": "#e08a1e", "commitment": "#8763c4", "other": "#d5d9de"}
HATCHES = {"achievement": "", "problem": "////", "commitment": "....", "other": ""}
# A share is that of the characters within this part of the text to either side.
_REACH = 0.04
_STEPS = 400


def plot_ribbon(report: Report) -> Any:
    """Draw the ribbon of a report: the share of each label along the text, and under it every sentence.

    Args:
        report: A labelled report.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: For a report without labels.
        ImportError: Without matplotlib; says which extra brings it.

    Example:
        >>> from policynlp import load
        >>> figure = plot_ribbon(load()("各位代表：\\n去年，生产总值增长6%。今年，我们要增长5%以上。"))
        >>> len(figure.axes)
        2
    """
    labelled = [sentence for sentence in report.sentences if sentence.label]
    if not labelled:
        raise ValueError("the report has no labels; run it through policynlp.load() first")
    spans = np.array([(sentence.start, sentence.end) for sentence in labelled], dtype=float) / len(report.text) * 100
    labels = np.array([sentence.label for sentence in labelled])
    with chinese_style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 3.4))
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[6, 1])
        _draw_shares(above, spans, labels)
        for label in LABELS:
            own = spans[labels == label]
            bars = [(start, end - start) for start, end in own]
            below.broken_barh(bars, (0, 1), facecolors=COLOURS[label], edgecolor="white", linewidth=0.3)
        below.set(ylim=(0, 1), yticks=[], xlabel="在报告中的位置（%）")
        below.spines["left"].set_visible(False)
        _mark_sections(above, report)
        figure.suptitle(title(report), x=0.01, ha="left")
        figure.legend(*above.get_legend_handles_labels(), loc="outside upper right", ncols=4)
        figure.draw_without_rendering()
    return figure


def _draw_shares(axes: Any, spans: np.ndarray, labels: np.ndarray) -> None:
    at = np.linspace(spans[0, 0], spans[-1, 1], _STEPS)[:, None]
    reach = _REACH * 100
    inside = np.clip(np.minimum(spans[:, 1], at + reach) - np.maximum(spans[:, 0], at - reach), 0, None)
    shares = [100 * inside[:, labels == label].sum(axis=1) / np.maximum(inside.sum(axis=1), 1e-9) for label in LABELS]
    layers = axes.stackplot(
        at[:, 0], shares, colors=[COLOURS[label] for label in LABELS], labels=[LABEL_NAMES[label] for label in LABELS]
    )
    for layer, label in zip(layers, LABELS, strict=True):
        layer.set(hatch=HATCHES[label], edgecolor="white", linewidth=0.5)
    axes.set(ylim=(0, 100), xlim=(0, 100), ylabel="字数占比（%）")
    axes.tick_params(bottom=False)


def _mark_sections(axes: Any, report: Report) -> None:
    # A title stands over its section where there is room for it: about four characters for each two percent.
    for section in report.sections:
        start, end = (100 * offset / len(report.text) for offset in (section.start, section.end))
        if section.start:
            axes.axvline(start, color="black", linewidth=0.8, linestyle=(0, (4, 3)))
        room = int((end - start) * 0.62)
        if section.title and room > 3:
            name = section.title if len(section.title) <= room else section.title[: room - 1] + "…"
            axes.text((start + end) / 2, 102, name, ha="center", va="bottom", fontsize=8.5)


def plot_places(panel: Panel, indicator: str, year: int, *, value: str = "both", measure: str | None = None) -> Any:
    """Compare places for one indicator and year: a dot a place, sorted, with no map.

    Args:
        panel: Of `policynlp.compare`.
        indicator: Its id, or a name of it.
        year: The year promised for and reached.
        value: ``target``, ``outcome`` or ``both``.
        measure: ``growth``, ``level`` …; None takes the one that most targets are stated in.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: Where the panel has no such figure, or for another ``value``.
        ImportError: Without matplotlib; says which extra brings it.

    Example:
        >>> from policynlp import Report, compare, load
        >>> nlp = load("linear")
        >>> texts = {"云岭市": "今年，粮食产量要达到30万吨。", "青禾市": "今年，粮食产量要达到20万吨。"}
        >>> plans = [nlp(Report.from_text(text, region=place, year=2024)) for place, text in texts.items()]
        >>> figure = plot_places(compare(plans), "grain_output", 2024)
        >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
        ['青禾市', '云岭市']
    """
    if value not in ("target", "outcome", "both"):
        raise ValueError(f"value must be target, outcome or both, not {value!r}")
    names = ("target", "outcome") if value == "both" else (value,)
    rows = panel.select(indicator, measure)
    rows = rows[(rows["year"] == year) & rows[list(names)].notna().any(axis=1)]
    if rows.empty:
        raise ValueError(f"the panel has no figure on {indicator!r} for {year}")
    rows = rows.assign(order=rows[names[-1]].fillna(rows[names[0]])).sort_values("order", kind="stable")
    with chinese_style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7, 1.3 + 0.27 * len(rows)))
        axes = figure.subplots()
        _draw_places(axes, rows, names)
        axes.set_xlabel("".join(rows["unit"].dropna().mode()[:1]))
        measure_name = MEASURE_NAMES[rows["measure"].iloc[0]].split()[0]
        figure.suptitle(f"{year}年{rows['indicator'].mode().iloc[0]}（{measure_name}）", x=0.01, ha="left")
        figure.draw_without_rendering()
    return figure


def _draw_places(axes: Any, rows: pd.DataFrame, names: Sequence[str]) -> None:
    marks = {"target": ("目标", "D", "none", "#8763c4"), "outcome": ("实绩", "o", "#1f4e79", "#1f4e79")}
    places = np.arange(len(rows))
    if len(names) == 2:
        axes.hlines(places, rows["target"], rows["outcome"], color="#b9c1ca", linewidth=1.5, zorder=1)
    for name in names:
        label, marker, face, edge = marks[name]
        axes.scatter(rows[name], places, marker=marker, s=38, facecolor=face, edgecolor=edge, label=label, zorder=2)
    if "target" in names:
        ends = rows["target_high"].fillna(rows["target"])
        axes.hlines(places, rows["target"], ends, color="#8763c4", linewidth=4, alpha=0.5, zorder=1)
    axes.set_yticks(places, rows["region"])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(axis="x", color="#e3e6ea")
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.tick_params(left=False)
    if len(names) == 2:
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)


def plot_learning_curve(curves: pd.DataFrame, *, score: str = "macro F1", unit: str = "报告数") -> Any:
    """Draw how a score grows with what was learned from.

    Args:
        curves: Columns ``size`` and ``score``, one row a run; ``model`` tells curves apart where it is there. Runs of
            one size are drawn as points, their mean as the line.
        score: What the score is called.
        unit: What the sizes count.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: Where a column is missing or there is no row.
        ImportError: Without matplotlib; says which extra brings it.

    Example:
        >>> import pandas as pd
        >>> runs = pd.DataFrame({"size": [5, 5, 10, 10], "score": [0.70, 0.74, 0.78, 0.80]})
        >>> [line.get_ydata().round(2).tolist() for line in plot_learning_curve(runs).axes[0].lines]
        [[0.72, 0.79]]
    """
    if missing := {"size", "score"} - set(curves.columns):
        raise ValueError(f"curves lack the column {sorted(missing)[0]!r}")
    if curves.empty:
        raise ValueError("curves have no row")
    groups: Iterable[tuple[Any, Any]] = curves.groupby("model") if "model" in curves else [("", curves)]
    styles = zip(["#1f4e79", "#c05f00", "#6b46b0", "#4d5661"] * 9, ["o", "s", "^", "D"] * 9, strict=True)
    with chinese_style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6, 3.8))
        axes = figure.subplots()
        for (name, runs), (colour, marker) in zip(groups, styles, strict=False):
            mean = runs.groupby("size")["score"].mean()
            axes.plot(mean.index, mean, color=colour, marker=marker, label=str(name))
            axes.scatter(runs["size"], runs["score"], color=colour, marker=marker, s=14, alpha=0.45)
        axes.set(xlabel=unit, ylabel=score)
        axes.grid(color="#e3e6ea")
        if "model" in curves:
            axes.legend(loc="lower right")
        figure.draw_without_rendering()
    return figure
