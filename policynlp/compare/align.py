"""Targets of a year beside the outcomes of the same year, out of all statements on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policynlp.compare.outside import pair_wordings
from policynlp.compare.scope import FOREIGN
from policynlp.compare.source import Source
from policynlp.compare.statements import ADDS_UP, CELL
from policynlp.compare.wordings import is_second_name
from policynlp.facts.catalogue import Catalogue

if TYPE_CHECKING:
    import pandas as pd

# Indicators of the contract: a place that ever speaks of one has a cell for it in every year that it reports on.
CORE = (
    "gdp",
    "budget_revenue",
    "fixed_investment",
    "retail_sales",
    "cpi",
    "urban_new_jobs",
    "surveyed_unemployment",
    "registered_unemployment",
    "resident_income",
    "urban_income",
    "rural_income",
    "trade",
    "exports",
    "utilized_fdi",
    "industrial_value_added",
    "energy_intensity",
    "carbon_intensity",
    "grain_output",
    "pm25",
    "air_quality_days",
    "rd_intensity",
    "high_tech_firms",
    "urbanization",
    "primary_industry",
    "secondary_industry",
    "tertiary_industry",
)
# Another wording than the target's speaks against an outcome, less than another section does.
OTHER_WORDING = 30
# An amount of a year is hardly this many times its target, or this small a part of it.
FAR = 3.3
# What is this many times its target in a passage on several years is their total.
TERM = 2.0
# How many years away a target can be that tells the size of an amount.
NEAR_YEARS = 3
# A number goes before a wording without one.
IN_WORDS = 120
_TARGET = {
    "value": "target",
    "value_high": "target_high",
    "bound": "target_bound",
    "modality": "target_modality",
    "text": "target_text",
    "report_id": "target_report_id",
    "start": "target_start",
    "end": "target_end",
}
_OUTCOME = {
    "value": "outcome",
    "value_high": "outcome_high",
    "bound": "outcome_bound",
    "text": "outcome_text",
    "report_id": "outcome_report_id",
    "start": "outcome_start",
    "end": "outcome_end",
}


def align(statements: pd.DataFrame, source: Source, catalogue: Catalogue) -> pd.DataFrame:
    """Choose one target and one outcome for each cell.

    The rule: of several statements the one with the least against it (see `policynlp.compare.statements`), among
    equals one in the place's usual wording, then in the indicator's own name (公共财政预算收入 before 地方财政收入),
    then the earliest report, then the first in the text. A target outside the catalogue meets the outcome of the same
    wording, or of the most similar one of the same head, digits, measure and
    kind of unit.

    Args:
        statements: All statements; the column ``chosen`` is set on it.
        source: The reports.
        catalogue: The indicators.

    Returns:
        One row a cell: the columns of `CELL` and the contract's, without gap and verdict.
    """
    statements["chosen"] = False
    known = statements["indicator_id"].notna()
    fit = statements[~known | (statements["penalty"] < FOREIGN)]
    targets = _best(fit[fit["side"] == "target"], fit["penalty"] + IN_WORDS * fit["qualitative"])
    # Targets in other units of one cell (人 and 个) are one cell already; ranks without a target tell nothing here.
    outcomes = fit[fit["side"] == "outcome"]
    outcomes = outcomes.assign(thing=pair_wordings(targets, outcomes))
    wanted = targets.set_index(CELL)[["core", "value"]]
    outcomes = outcomes.join(wanted.rename(columns={"core": "target_core", "value": "target_value"}), on=CELL)
    outcomes["target_value"] = outcomes["target_value"].where(
        outcomes["target_value"].notna(), _target_nearby(outcomes, targets)
    )
    outcomes = outcomes[~_another_scope(outcomes)]
    wanted = outcomes["target_core"].notna() | (outcomes["indicator_id"].notna() & (outcomes["measure"] != "rank"))
    outcomes = outcomes[wanted]
    other = outcomes["target_core"].notna() & (outcomes["target_core"] != outcomes["core"])
    outcomes = _best(outcomes, outcomes["penalty"] + OTHER_WORDING * other)
    statements.loc[targets.index.union(outcomes.index), "chosen"] = True
    return _rows(targets, outcomes, source, catalogue)


def _another_scope(outcomes: pd.DataFrame) -> pd.Series:
    """True for an amount so far from its target that it is of other years or of another place: 五年新增就业421万人."""
    ratio = outcomes["value"] / outcomes["target_value"].where(outcomes["target_value"] > 0)
    amount = (outcomes["measure"] == "level") & outcomes["indicator_id"].notna()
    # In a passage on several years what adds up needs a target that it is near to.
    total = amount & outcomes["many_years"] & outcomes["indicator"].str.contains(ADDS_UP)
    return amount & ((ratio > FAR) | (ratio < 1 / FAR)) | total & ~(ratio < TERM)


def _target_nearby(outcomes: pd.DataFrame, targets: pd.DataFrame) -> pd.Series:
    """The same place's target of the nearest year, for a year without one: 五年新增就业 shows as far off there too."""
    import pandas as pd

    key = [name for name in CELL if name != "target_year"]
    stated = targets.loc[targets["value"].notna() & targets["indicator_id"].notna(), [*CELL, "value"]]
    adding = outcomes["indicator_id"].notna() & (outcomes["measure"] == "level")
    adding &= outcomes["indicator"].str.contains(ADDS_UP)
    amounts = outcomes.loc[adding, CELL].astype(object)
    ordered = amounts.astype({"target_year": "int64"}).sort_values("target_year")
    stated = stated.astype(dict.fromkeys(key, object)).sort_values("target_year")
    near = pd.merge_asof(
        ordered.reset_index(), stated, on="target_year", by=key, direction="nearest", tolerance=NEAR_YEARS
    )
    return near.set_index("index")["value"].reindex(outcomes.index)


def _best(statements: pd.DataFrame, weight: pd.Series) -> pd.DataFrame:
    second = statements["core"].map({core: is_second_name(core) for core in statements["core"].unique()})
    ranked = statements.assign(
        weight=weight.reindex(statements.index), unusual=_unusual(statements), second=second.astype(bool)
    )
    ranked = ranked.sort_values(["weight", "unusual", "second", "year", "order"], kind="stable")
    return ranked.drop_duplicates(CELL)


def _unusual(statements: pd.DataFrame) -> pd.Series:
    """True for an amount that the place mostly words otherwise: 新增就业 of a trade where it speaks of 城镇新增就业."""
    import pandas as pd

    amounts = statements.loc[(statements["measure"] == "level") & statements["indicator_id"].notna()]
    # 城镇新增就业 and 新增城镇就业 are one wording.
    letters = amounts["core"].map({core: "".join(sorted(core)) for core in amounts["core"].unique()})
    said = pd.DataFrame({"place": amounts["place"].astype(object), "thing": amounts["thing"], "letters": letters})
    counts = said.value_counts(sort=True).reset_index()
    usual = counts.drop_duplicates(["place", "thing"]).set_index(["place", "thing"])["letters"]
    known = usual.reindex(pd.MultiIndex.from_frame(said[["place", "thing"]])).to_numpy()
    return (said["letters"] != known).reindex(statements.index, fill_value=False)


def _rows(targets: pd.DataFrame, outcomes: pd.DataFrame, source: Source, catalogue: Catalogue) -> pd.DataFrame:
    left = targets[[*CELL, "indicator_id", "indicator", "unit", "qualitative", "sentence_row", *_TARGET]]
    left = left.rename(columns={**_TARGET, "sentence_row": "target_sentence"})
    right = outcomes[[*CELL, "indicator_id", "indicator", "unit", "sentence_row", *_OUTCOME]]
    right = right.rename(columns={**_OUTCOME, "sentence_row": "outcome_sentence"})
    rows = left.merge(right, on=CELL, how="outer", suffixes=("", "_of_outcome"))
    for name in ("indicator_id", "indicator", "unit"):
        rows[name] = rows[name].where(rows[name].notna(), rows.pop(f"{name}_of_outcome"))
    rows = rows.rename(columns={"target_year": "year"})
    rows = _fill(rows, source, catalogue)
    titles = {row.id: row.names[0] for row in catalogue.rows}
    rows["indicator"] = rows["indicator_id"].map(titles).where(rows["indicator_id"].notna(), rows["indicator"])
    return _status(_places(rows, source), source)


def _fill(rows: pd.DataFrame, source: Source, catalogue: Catalogue) -> pd.DataFrame:
    """Add the empty cells of the core indicators, so that what is not found can be seen."""
    import pandas as pd

    years = source.reports[["place", "year"]]
    spoken = rows.loc[rows["indicator_id"].isin(CORE), ["place", "indicator_id"]].drop_duplicates()
    spoken = pd.concat([spoken, years[["place"]].drop_duplicates().assign(indicator_id="gdp")]).drop_duplicates()
    grid = years.merge(spoken, on="place")
    grid = grid[grid["indicator_id"].isin(catalogue.by_id)]
    grid["measure"] = grid["indicator_id"].map(lambda name: catalogue.by_id[name].measure or "growth")
    # What is usually promised in its own unit (jobs, grain) has that for its measure.
    usual = rows[rows["target"].notna() & rows["indicator_id"].notna()]
    usual = usual.groupby(["indicator_id", "measure", "unit"], observed=True).size().reset_index(name="count")
    usual = usual.sort_values("count", ascending=False).drop_duplicates("indicator_id").set_index("indicator_id")
    stated = grid["indicator_id"].isin(usual.index)
    grid["measure"] = grid["indicator_id"].map(usual["measure"]).where(stated, grid["measure"])
    unit = grid["indicator_id"].map(usual["unit"])
    grid["unit"] = unit.where(unit.notna(), "%")
    have = rows.loc[rows["indicator_id"].notna(), ["place", "indicator_id", "year", "measure"]].drop_duplicates()
    grid = grid.merge(have.assign(have=True), on=["place", "indicator_id", "year", "measure"], how="left")
    grid = grid[grid["have"].isna()].drop(columns="have")
    return pd.concat([rows, grid.assign(thing=grid["indicator_id"], qualitative=False)], ignore_index=True)


def _places(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The place as it is called in the row's year, or in the nearest report."""
    reports = source.reports.sort_values("year")
    last = reports.drop_duplicates("place", keep="last").set_index("place")
    for name in ("region", "region_code", "level"):
        rows[name] = rows["place"].map(last[name].astype(object))
    own = reports[["place", "year", "region"]].rename(columns={"region": "own"}).astype({"own": object})
    rows = rows.merge(own, on=["place", "year"], how="left")
    rows["region"] = rows["own"].where(rows["own"].notna(), rows["region"])
    return rows.drop(columns="own")


def _status(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    import pandas as pd

    words = rows["qualitative"].astype("boolean").fillna(False).astype(bool)
    rows["target_status"] = "not_found"
    rows.loc[rows["target"].notna(), "target_status"] = "stated"
    rows.loc[words & rows["target_text"].notna(), "target_status"] = "qualitative"
    # A report without the target is named, so that silence can be told from a missing report.
    ids = source.reports.set_index(["place", "year"])["report_id"].astype(object)
    silent = rows["target_report_id"].isna()
    of = ids.reindex(pd.MultiIndex.from_frame(rows.loc[silent, ["place", "year"]])).to_numpy()
    rows["target_report_id"] = rows["target_report_id"].astype(object)
    rows.loc[silent, "target_report_id"] = of
    return rows
