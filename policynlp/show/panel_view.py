"""What is said of a panel, without any markup: a row in words, with the sentences behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from policynlp.compare.panel import Panel
from policynlp.show.report_view import MEASURE_NAMES

# Each verdict is told by a sign and a word as well as by its colour.
VERDICTS = {
    "met": ("✓", "达到"),
    "missed": ("✗", "未达"),
    "unclear": ("?", "不明"),
    "no_outcome": ("…", "未见实绩"),
    "no_target": ("–", "无目标"),
}


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence with the words in it that a cell was read from."""

    side: str
    where: str
    before: str
    words: str
    after: str


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One row of a panel in words."""

    indicator: str
    measure: str
    year: str
    target: str
    outcome: str
    gap: str
    verdict: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place with its rows."""

    name: str
    level: str
    rows: Sequence[PanelRow]
    verdicts: Sequence[tuple[str, int]]


def place_views(panel: Panel, most: int) -> Iterator[PlaceView]:
    """The places of a panel in its order, until there are enough rows.

    Args:
        panel: The panel.
        most: How many rows to give in all.

    Yields:
        Places; the verdicts of the last one count all its rows, even where not all are given.
    """
    for _, rows in panel.rows.groupby("place", sort=False):
        if most <= 0:
            return
        last = rows.iloc[-1]
        counts = Counter(rows["verdict"])
        given = [row_in_words(panel, row) for row in rows.head(most).itertuples()]
        most -= len(given)
        yield PlaceView(
            _text(last["region"]), _text(last["level"]), given, [(v, counts[v]) for v in VERDICTS if counts[v]]
        )


def row_in_words(panel: Panel, row: Any) -> PanelRow:
    """One row of ``panel.rows`` in words."""
    return PanelRow(
        indicator=_text(row.indicator),
        measure=MEASURE_NAMES.get(row.measure, _text(row.measure)),
        year=_text(row.year),
        target=_text(row.target_text) or ("—" if row.target_report_id is None else "未见 not found"),
        outcome=_text(row.outcome_text) or "—",
        gap="" if row.gap != row.gap else f"{row.gap:+g} {row.unit or ''}".strip(),
        verdict=_text(row.verdict),
        quotes=tuple(_quotes(panel, row)),
    )


def _quotes(panel: Panel, row: Any) -> Iterator[Quote]:
    for side, name in (("target", "目标"), ("outcome", "实绩")):
        position = getattr(row, f"{side}_sentence")
        if sentence := panel.sentence(position):
            first = panel.sentence_start(int(position))
            start, end = (int(getattr(row, f"{side}_{part}")) - first for part in ("start", "end"))
            where = f"{getattr(row, f'{side}_report_id')} [{getattr(row, f'{side}_start')}]"
            yield Quote(name, where, sentence[:start], sentence[start:end], sentence[end:])


def _text(value: Any) -> str:
    """A cell in words; missing values of all of pandas' kinds are nothing."""
    return "" if value is None or value != value or str(value) == "<NA>" else str(value)
