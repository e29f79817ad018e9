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
    """A sentence with the words in it that a cell was read from.

    Attributes:
        side: Whether it stands behind the target or the outcome, in words.
        where: The report's id and the offset.
        before: The sentence up to the words.
        words: The words themselves.
        after: The rest of the sentence.

    Example:
        >>> Quote("目标", "city_云岭市_2024 @ 12", "增长", "5%", "。").words
        '5%'
    """

    side: str
    where: str
    before: str
    words: str
    after: str


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One row of a panel in words.

    Attributes:
        indicator: The report's wording.
        measure: What is measured, in Chinese and English.
        year: The year promised for and reached.
        target: The target's own words; a dash where no report of that year was read.
        outcome: The outcome's own words; a dash where there is none.
        gap: Outcome less target with its unit; empty where one of them is missing.
        verdict: A verdict of the contract.
        quotes: The sentences behind both.

    Example:
        >>> PanelRow("粮食产量", "总量 level", "2024", "30万吨以上", "—", "", "no_outcome", ()).verdict
        'no_outcome'
    """

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
    """A place with its rows.

    Attributes:
        name: The place's name.
        level: Its level.
        rows: Its rows, as many as were asked for.
        verdicts: Verdict and how many rows have it, those with none left out.

    Example:
        >>> PlaceView("云岭市", "city", [], [("met", 3)]).verdicts
        [('met', 3)]
    """

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

    Example:
        >>> from policynlp import Report, compare, load
        >>> plan = load("linear")(Report.from_text("今年，粮食产量要达到30万吨以上。", region="云岭市", year=2024))
        >>> [(place.name, place.verdicts) for place in place_views(compare([plan]), 10)]
        [('云岭市', [('no_outcome', 1), ('no_target', 1)])]
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
    """One row of ``panel.rows`` in words.

    Args:
        panel: The panel.
        row: A row of it, as ``itertuples`` gives it.

    Returns:
        The row with its quotes.

    Example:
        >>> from policynlp import Report, compare, load
        >>> plan = load("linear")(Report.from_text("今年，粮食产量要达到30万吨以上。", region="云岭市", year=2024))
        >>> panel = compare([plan])
        >>> row_in_words(panel, next(panel.select("grain_output").itertuples())).target
        '30万吨以上'
    """
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
