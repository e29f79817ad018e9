"""The panel: targets against outcomes, by place, indicator and year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from policynlp.compare.align import align
from policynlp.compare.errors import CompareError
from policynlp.compare.explain import explain_row
from policynlp.compare.outside import group_wordings
from policynlp.compare.source import Source, load_source, note_changed_places, note_gaps
from policynlp.compare.statements import build_statements
from policynlp.compare.tiers import amplification, superior_at, target_number
from policynlp.compare.verdict import Amount, Rules, above_for, check_for, judge, judge_above, judge_wording
from policynlp.facts.catalogue import Catalogue, CatalogueName, better_low, choose_catalogue
from policynlp.report import Report

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "region",
    "region_code",
    "level",
    "indicator_id",
    "indicator",
    "measure",
    "unit",
    "year",
    "target",
    "target_high",
    "target_bound",
    "target_modality",
    "target_text",
    "target_status",
    "target_report_id",
    "target_start",
    "target_end",
    "outcome",
    "outcome_high",
    "outcome_bound",
    "outcome_text",
    "outcome_report_id",
    "outcome_start",
    "outcome_end",
    "gap",
    "verdict",
)
_INTEGERS = ("year", "target_start", "target_end", "outcome_start", "outcome_end")
_NUMBERS = ("target", "target_high", "outcome", "outcome_high", "gap")


class Panel:
    """Targets and outcomes of some places over some years; `compare` makes it.

    Attributes:
        rows: The contract's columns and, behind them, what the methods need.
        statements: All statements that were weighed, chosen or not: revised and repeated figures with their source.
        notes: What a reader has to know about the input, one line each.

    Example:
        >>> from policynlp import load_corpus
        >>> panel = compare(load_corpus("example").reports)
        >>> sorted(panel.reports["region"].unique())
        ['云岭市', '沧岭省']
    """

    def __init__(self, rows: pd.DataFrame, statements: pd.DataFrame, source: Source, catalogue: Catalogue) -> None:
        self.rows = rows
        self.statements = statements
        self.notes = source.notes
        self.catalogue = catalogue
        self._source = source

    @property
    def reports(self) -> pd.DataFrame:
        """The reports that take part, one row each; ``place`` tells places apart.

        Example:
            >>> from policynlp import load_corpus
            >>> panel = compare(load_corpus("example").reports)
            >>> len(panel.reports)
            5
        """
        return self._source.reports

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        places, years = self.rows["place"].nunique(), self.rows["year"]
        span = f"{years.min()}-{years.max()}" if len(self) else "no years"
        return f"<Panel: {len(self)} rows, {places} places, {span}>"

    def _repr_html_(self) -> str:
        from policynlp.show.notebook import panel_notebook

        return panel_notebook(self)

    def to_frame(self) -> pd.DataFrame:
        """The panel as a pandas table with exactly the contract's columns.

        Returns:
            One row a place, indicator, measure and year.

        Example:
            >>> from policynlp import load_corpus
            >>> panel = compare(load_corpus("example").reports)
            >>> panel.to_frame().columns[-2:].tolist()
            ['gap', 'verdict']
        """
        return self.rows[list(COLUMNS)].copy()

    def id_of(self, indicator: str) -> str:
        """The id of an indicator given by id or by any of its names.

        Args:
            indicator: Its id, or a name of it.

        Returns:
            The id.

        Raises:
            CompareError: Where the catalogue knows neither.

        Example:
            >>> from policynlp import load_corpus
            >>> compare(load_corpus("example").reports).id_of("地区生产总值")
            'gdp'
        """
        if indicator in self.catalogue.by_id:
            return indicator
        row = self.catalogue.find(indicator)
        if row is None:
            raise CompareError(
                f"{indicator!r} is neither an id nor a name of the catalogue; ids are "
                f"{', '.join(list(self.catalogue.by_id)[:8])}, …; for wordings outside it see panel.outside()"
            )
        return row.id

    def select(self, indicator: str, measure: str | None = None) -> pd.DataFrame:
        """The rows of one indicator in one measure.

        Args:
            indicator: Its id, or a name of it.
            measure: A measure of the facts; None takes the one that most targets have.

        Returns:
            Rows of the panel, by place and year.

        Example:
            >>> from policynlp import load_corpus
            >>> panel = compare(load_corpus("example").reports)
            >>> panel.select("gdp")["target"].dropna().tolist()
            [6.5, 6.5, 5.5, 5.5, 5.0]
        """
        rows = self.rows[self.rows["indicator_id"] == self.id_of(indicator)]
        if measure is None and len(rows):
            stated = rows[rows["target"].notna()]
            measure = str((stated if len(stated) else rows)["measure"].mode().iloc[0])
        rows = rows[rows["measure"] == measure]
        return rows.sort_values(["place", "year"]).drop_duplicates(["place", "year"])

    def wide(self, rule: str = "low") -> pd.DataFrame:
        """One row a place and year, for regressions: ``gdp_target``, ``gdp_outcome`` … beside the merging keys.

        Args:
            rule: How a worded target becomes one number; see `policynlp.compare.tiers.target_number`.

        Returns:
            ``region_code, region, level, year`` and for each indicator of the catalogue ``ID_target`` (one number by
            the rule), ``ID_target_bound``, ``ID_target_text``, ``ID_outcome``, ``ID_verdict``.

        Example:
            >>> from policynlp import load_corpus
            >>> panel = compare(load_corpus("example").reports)
            >>> wide = panel.wide()
            >>> wide.loc[(wide["region"] == "云岭市") & (wide["year"] == 2024), "gdp_outcome"].item()
            5.6
        """
        import pandas as pd

        parts = []
        for name in self.rows["indicator_id"].dropna().unique():
            rows = self.select(str(name)).set_index(["place", "year"])
            part = rows[["target_bound", "target_text", "outcome", "verdict"]]
            part.insert(0, "target", target_number(rows, rule))
            parts.append(part.add_prefix(f"{name}_"))
        keys = self.rows.drop_duplicates(["place", "year"]).set_index(["place", "year"])
        table = pd.concat([keys[["region_code", "region", "level"]], *parts], axis=1)
        # Hundreds of columns: inserting the index one column at a time, as reset_index does, is slow and warns.
        table = pd.concat([table.index.to_frame(index=False), table.reset_index(drop=True)], axis=1)
        front = ["region_code", "region", "level", "year"]
        table = table.sort_values(["place", "year"]).drop(columns="place").reset_index(drop=True)
        # The copy puts the columns of one type together; without it a merge with the table warns of their number.
        return table[front + [name for name in table.columns if name not in front]].copy()

    def pivot(self, indicator: str, values: str = "target", measure: str | None = None) -> pd.DataFrame:
        """Places down, years across.

        Args:
            indicator: Its id, or a name of it.
            values: A column of the panel.
            measure: See `select`.

        Returns:
            One row a place.

        Raises:
            CompareError: For a column that the panel does not have.

        Example:
            >>> from policynlp import load_corpus
            >>> panel = compare(load_corpus("example").reports)
            >>> panel.pivot("gdp", "verdict").loc["云岭市", 2024]
            'missed'
        """
        if values not in COLUMNS:
            raise CompareError(f"the panel has no column {values!r}; columns are {', '.join(COLUMNS)}")
        rows = self.select(indicator, measure)
        last = rows.drop_duplicates("place", keep="last").set_index("place")["region"]
        table = rows.assign(region=rows["place"].map(last)).set_index(["place", "region", "year"])[values].unstack()
        return table.droplevel("place")

    def amplification(
        self, indicator: str = "gdp", rule: str = "low", superiors: Mapping[str, str] | None = None
    ) -> pd.DataFrame:
        """How far each place's target tops that of the place above it, for the same year.

        Args:
            indicator: Its id, or a name of it.
            rule: How a worded target becomes one number: ``low``, ``middle`` or ``as_worded``.
            superiors: Region -> region above it, for places whose code says nothing.

        Returns:
            ``region, region_code, level, year, target, target_bound, target_text, superior, superior_level,
            superior_target, superior_bound, superior_text, amplification``; a place without a target of its own or
            above it is not in it.

        Example:
            >>> from policynlp import load_corpus
            >>> panel = compare(load_corpus("example").reports)
            >>> panel.amplification(superiors={"云岭市": "沧岭省"})["amplification"].tolist()
            [1.0, 0.5]
        """
        return amplification(self.select(indicator), rule, superiors or {})

    def outside(self, least: int = 2) -> pd.DataFrame:
        """What falls outside the catalogue, in groups of similar wordings.

        Args:
            least: How often a wording occurs at least.

        Returns:
            ``group, wordings, count``.

        Example:
            >>> from policynlp import load_corpus
            >>> panel = compare(load_corpus("example").reports)
            >>> panel.outside(least=1).columns.tolist()
            ['group', 'wordings', 'count']
        """
        counts = self.statements.loc[self.statements["indicator_id"].isna(), "core"].value_counts()
        return group_wordings(counts[counts >= least])

    def explain(self, row: Any) -> str:
        """Say where a cell comes from: both sentences, the rule behind the verdict, the statements not taken.

        Args:
            row: A row of `to_frame` (a Series), or its index label.

        Returns:
            A few lines of text.

        Raises:
            CompareError: For a row that the panel does not have.

        Example:
            >>> from policynlp import load_corpus
            >>> panel = compare(load_corpus("example").reports)
            >>> print(panel.explain(panel.select("gdp").index[1]).splitlines()[0])
            云岭市 2023 地区生产总值 (growth, %)
        """
        index = row.name if hasattr(row, "name") and not isinstance(row, (int, str)) else row
        if index not in self.rows.index:
            raise CompareError(f"the panel has no row {index!r}; give a row of panel.to_frame() or its index label")
        return explain_row(self.rows.loc[index], self.statements, self._source)

    def plot(self, indicator: str, regions: Iterable[str] | None = None) -> Any:
        """Targets as bars with their bound, outcomes as points, misses marked (extra ``policynlp[plot]``).

        Args:
            indicator: Its id, or a name of it.
            regions: Names of the places; None takes all, at most twelve.

        Returns:
            The matplotlib figure.

        Example:
            >>> from policynlp import load_corpus
            >>> panel = compare(load_corpus("example").reports)
            >>> figure = panel.plot("gdp", regions=["云岭市"])  # doctest: +SKIP
        """
        from policynlp.show.panel_plot import plot_panel

        return plot_panel(self, indicator, regions)

    def to_html(self, path: str | Path) -> None:
        """Write the panel as one stand-alone page.

        Args:
            path: The file; an existing one is replaced.

        Raises:
            OSError: Where the file cannot be written.

        Example:
            >>> from policynlp import load_corpus
            >>> panel = compare(load_corpus("example").reports)
            >>> import tempfile
            >>> file = Path(tempfile.mkdtemp()) / "panel.html"
            >>> panel.to_html(file)
            >>> file.exists()
            True
        """
        from policynlp.show.panel_html import write_html

        write_html(self, Path(path))

    def write(self, path: str | Path) -> None:
        """Write the panel; the file's ending says the format: .csv .xlsx .dta .parquet .jsonl .html.

        Args:
            path: The file; an existing one is replaced whole or not at all.

        Raises:
            CompareError: For an ending that is not known.
            ImportError: Where the format needs an extra that is not installed.
            OSError: Where the file cannot be written.

        Example:
            >>> from policynlp import load_corpus
            >>> panel = compare(load_corpus("example").reports)
            >>> import tempfile
            >>> file = Path(tempfile.mkdtemp()) / "panel.csv"
            >>> panel.write(file)
            >>> file.exists()
            True
        """
        from policynlp.show.panel_files import write_panel

        write_panel(self, Path(path))

    def sentence(self, position: Any) -> str:
        """The sentence at a row of the sentences table; empty where there is none.

        Args:
            position: As in the panel's column ``target_sentence`` or ``outcome_sentence``.

        Returns:
            Its text.

        Example:
            >>> from policynlp import load_corpus
            >>> panel = compare(load_corpus("example").reports)
            >>> panel.sentence(None)
            ''
        """
        return self._source.sentence(position)

    def sentence_start(self, position: int) -> int:
        """Where the sentence at a row of the sentences table begins in its report.

        Args:
            position: As for `sentence`.

        Returns:
            An offset.

        Example:
            >>> from policynlp import load_corpus
            >>> panel = compare(load_corpus("example").reports)
            >>> panel.sentence_start(0)
            63
        """
        return int(self._source.sentences["start"].iloc[position])


def compare(
    reports: str | Path | Report | Iterable[Report],
    *,
    about: float = 0.05,
    catalogue: CatalogueName | Iterable[CatalogueName] | None = None,
) -> Panel:
    """Set targets against outcomes, over years and places.

    Args:
        reports: Labelled reports, or the folder that ``policynlp label`` wrote.
        about: What 左右 tolerates, as a share of the target.
        catalogue: A file of indicators, a name, or several of them; see `policynlp.facts.choose_catalogue`.

    Returns:
        The panel.

    Raises:
        CompareError: Where there is nothing to compare; the message says what to change.
        DataFileError: Where the catalogue breaks the rules of its table.

    Example:
        >>> from policynlp import Report, load
        >>> nlp = load()
        >>> text = "二、2023年工作安排\\n今年的主要预期目标是：地区生产总值增长6%左右，粮食产量30万吨。"
        >>> then = nlp(Report.from_text(text, region="云岭市", year=2023))
        >>> now = nlp(Report.from_text("各位代表：\\n2023年，地区生产总值增长5.1%。", region="云岭市", year=2024))
        >>> compare([then, now]).pivot("gdp", "verdict")[2023].item()
        'missed'
    """
    known = choose_catalogue(catalogue)
    if not 0 <= about < 1:
        raise CompareError(f"about is a share of the target between 0 and 1, not {about}")
    source = load_source(reports)
    note_changed_places(source)
    note_gaps(source)
    statements = build_statements(source, known)
    rows = align(statements, source, known)
    rows = _judged(rows, known, Rules(tolerance=about))
    return Panel(_typed(rows), statements, source, known)


def _judged(rows: pd.DataFrame, catalogue: Catalogue, rules: Rules) -> pd.DataFrame:
    rows["gap"] = (rows["outcome"] - rows["target"]).round(9)
    told = rows[(rows["unit_kind"] == "%") & rows["indicator_id"].notna() & rows["outcome"].notna()]
    cells = zip(told["place"], told["year"], told["indicator_id"], told["measure"], strict=True)
    reached = dict(zip(cells, told["outcome"], strict=True))
    stated, worded = rows["target_status"] == "stated", rows["target_status"] == "qualitative"
    told = rows["outcome"].notna()
    rows["verdict"] = "no_target"
    rows.loc[stated & ~told, "verdict"] = "no_outcome"
    needed = rows.loc[stated & told, _JUDGED]
    rows.loc[needed.index, "verdict"] = [_verdict(cast(Any, row), catalogue, rules) for row in needed.itertuples()]
    needed = rows.loc[worded, _JUDGED]
    rows.loc[needed.index, "verdict"] = [
        _worded_verdict(cast(Any, row), reached, catalogue) for row in needed.itertuples()
    ]
    return rows


_JUDGED = ["place", "region_code", "year", "indicator_id", "indicator", "measure"]
_JUDGED += [f"{side}{part}" for side in ("target", "outcome") for part in ("", "_high", "_bound", "_text")]


def _worded_verdict(row: Any, reached: Mapping[Any, float], catalogue: Catalogue) -> str:
    if above := above_for(row.target_text):
        code = superior_at(row.region_code, above.level)
        other = reached.get((code, row.year, row.indicator_id, row.measure))
        polarity = polarity_of(row.indicator_id, row.indicator, row.measure, catalogue)
        return judge_above(above, _outcome(row), other, polarity)
    check = check_for(row.target_text)
    other = reached.get((row.place, row.year, check.reference, "growth")) if check else None
    return judge_wording(row.target_text, row.outcome, {check.reference: other} if check and other is not None else {})


def _outcome(row: Any) -> Amount:
    return Amount(row.outcome, _high(row.outcome_high), row.outcome_bound, row.outcome_text)


def _verdict(row: Any, catalogue: Catalogue, rules: Rules) -> str:
    target = Amount(row.target, _high(row.target_high), row.target_bound, row.target_text)
    return judge(target, _outcome(row), polarity_of(row.indicator_id, row.indicator, row.measure, catalogue), rules)


def polarity_of(indicator_id: str | None, indicator: str, measure: str, catalogue: Catalogue) -> str:
    """Which direction is better; a rank is better low, and so is a change or growth of what is better low."""
    if measure == "rank":
        return "less"
    if indicator_id in catalogue.by_id:
        return catalogue.by_id[indicator_id].polarity
    return "less" if better_low(indicator) else "more"


def _high(value: float) -> float | None:
    return None if value != value else value


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    order = {name: position for position, name in enumerate(("national", "province", "city", "county"))}
    rows["rank"] = rows["level"].map(order).fillna(9)
    rows["known"] = rows["indicator_id"].isna()
    rows = rows.sort_values(["rank", "place", "known", "thing", "measure", "unit_kind", "year"], kind="stable")
    rows = rows.reset_index(drop=True)
    for name in _INTEGERS:
        rows[name] = rows[name].astype("Float64").astype(pd.Int64Dtype())
    for name in _NUMBERS:
        rows[name] = rows[name].astype("float64")
    for name in COLUMNS:
        if name not in _INTEGERS and name not in _NUMBERS:
            text = rows[name].astype(object)
            rows[name] = text.where(text.notna(), None)
    return rows.drop(columns=["rank", "known"])
