"""A panel as a picture: targets as bars with their bound, outcomes as points, misses marked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from policynlp.compare.errors import CompareError
from policynlp.compare.panel import Panel
from policynlp.show.fonts import chinese_style

if TYPE_CHECKING:
    import pandas as pd

MOST = 12
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "about": "≈", "range": "–", "eq": ""}
_BAR, _POINT, _MISS = "#b8c9dc", "#1f4e79", "#b00020"


def plot_panel(panel: Panel, indicator: str, regions: Iterable[str] | None = None) -> Any:
    """Draw one indicator, one row of axes a place.

    Args:
        panel: The panel.
        indicator: Its id, or a name of it.
        regions: Names of the places; None takes all.

    Returns:
        The matplotlib figure.

    Raises:
        CompareError: Where the panel has nothing on the indicator, or more places than fit.
        ImportError: Without matplotlib; says which extra brings it.

    Example:
        >>> from policynlp import Report, compare, load
        >>> plan = load("linear")(Report.from_text("今年，粮食产量要达到30万吨以上。", region="云岭市", year=2024))
        >>> len(plot_panel(compare([plan]), "grain_output").axes)
        1
    """
    rows = panel.select(indicator)
    if regions is not None:
        wanted = set(regions)
        rows = rows[rows["region"].isin(wanted)]
    rows = rows[rows["target"].notna() | rows["outcome"].notna()]
    places = list(dict.fromkeys(rows["place"]))
    if not places:
        raise CompareError(f"the panel has no figure on {indicator!r}" + (" for these regions" if regions else ""))
    if len(places) > MOST:
        raise CompareError(f"{len(places)} places do not fit one picture; name at most {MOST} with regions=[…]")
    with chinese_style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 1.2 + 2.4 * len(places)))
        axes = figure.subplots(len(places), 1, squeeze=False, sharex=True)[:, 0]
        for axis, place in zip(axes, places, strict=True):
            _draw(axis, rows[rows["place"] == place])
        title = panel.catalogue.by_id[panel.id_of(indicator)].names[0]
        figure.suptitle(f"{title}：目标与实绩", x=0.01, ha="left")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=3)
        # Glyphs and layout are fixed while the font is in force.
        figure.draw_without_rendering()
    return figure


def _draw(axis: Any, rows: pd.DataFrame) -> None:
    years = rows["year"].astype(int)
    target, high = rows["target"], rows["target_high"].where(rows["target_high"].notna(), rows["target"])
    axis.bar(years, target, width=0.6, color=_BAR, label="目标")
    wide = rows["target_high"].notna()
    axis.bar(years[wide], (high - target)[wide], bottom=target[wide], width=0.6, color=_BAR, alpha=0.5, hatch="//")
    missed = rows["verdict"] == "missed"
    axis.scatter(years[~missed], rows["outcome"][~missed], color=_POINT, zorder=3, label="实绩")
    axis.scatter(years[missed], rows["outcome"][missed], color=_MISS, marker="X", s=60, zorder=3, label="未达目标")
    for year, value, bound in zip(years, high, rows["target_bound"], strict=True):
        if value == value:
            axis.annotate(_BOUNDS.get(bound, ""), (year, value), ha="center", va="bottom", color="#555555")
    axis.set_title(str(rows["region"].iloc[-1]))
    axis.set_ylabel(str(rows["unit"].iloc[0]))
    # A bar's end holds the axis to itself; the words above it need room.
    axis.use_sticky_edges = False
    axis.margins(y=0.15)
    if rows[["target", "outcome"]].min().min() >= 0:
        axis.set_ylim(bottom=0)
    axis.axhline(0, color="black", linewidth=0.8)
    axis.xaxis.get_major_locator().set_params(integer=True)
