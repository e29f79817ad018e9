"""Every statement that can be a target or an outcome of the panel, with how much speaks against it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from policynlp.compare import scope
from policynlp.compare.source import Source
from policynlp.compare.units import unify_units
from policynlp.data import load_table
from policynlp.facts.catalogue import Catalogue

if TYPE_CHECKING:
    import pandas as pd

# What a statement is of: these columns together name one cell of the panel.
CELL = ["place", "thing", "measure", "unit_kind", "target_year"]
# Words in a wording that turn a positive rate into a fall: 能耗降低率3.1%.
_FALL_NAMES = re.compile(r"(?:降低率|下降率|降幅|降低幅度|下降幅度|削减率)$")
# Words that leave an indicator outside the catalogue the same thing.
_LOOSE = re.compile(r"^(?:全年|全市|全省|全县|全区|全国|年内|实现|完成|计划|预计|力争|确保|累计)+")
_GOAL_SENTENCE = re.compile(
    r"(?:预期|主要|发展|奋斗|工作|调控)(?:的)?(?:预期)?(?:目标|指标)|目标(?:建议)?(?:是|为|：|:)"
)
# Words that put a statement in a plan into the past.
_PAST = re.compile(r"去年|上年|上一年|前年|近年|[过以一几三五]年来|目前|已经?|了")
# An index of prices or outputs with the former year as 100.
_INDEX_FROM, _INDEX_TO = 80, 130


def build_statements(source: Source, catalogue: Catalogue) -> pd.DataFrame:
    """Put together all statements on single years.

    Args:
        source: Reports, facts and sentences.
        catalogue: Which indicator a wording names.

    Returns:
        One row a fact that can be a target or an outcome, with ``side``, the columns of `CELL`, ``core`` (the wording
        without neutral words) and ``penalty``. Averages and totals over several years are not among them.
    """
    facts = _merge(source)
    facts = facts[facts["period"] == "annual"]
    facts = _sides(facts, source)
    facts = _things(facts, catalogue)
    facts = unify_units(facts)
    facts = _as_rates(facts, catalogue)
    facts["order"] = facts["start"]
    return _penalties(facts, source)


def _merge(source: Source) -> pd.DataFrame:
    import pandas as pd

    reports = source.reports[["report_id", "place", "region", "level", "year"]]
    facts = source.facts.merge(reports.astype({"report_id": "object"}), on="report_id", how="inner")
    sentences = source.sentences[["report_id", "sentence_id", "section_kind", "label"]]
    codes = pd.Categorical(facts["report_id"], categories=source.sentences["report_id"].cat.categories).codes
    key = codes.astype("int64") * 1_000_000 + facts["sentence_id"].astype("int64")
    of = sentences["report_id"].cat.codes.astype("int64") * 1_000_000 + sentences["sentence_id"].astype("int64")
    places = pd.Index(of).get_indexer(pd.Index(key))
    facts["sentence_row"] = places
    for name in ("section_kind", "label"):
        facts[name] = sentences[name].to_numpy(dtype=object)[places]
        facts.loc[places < 0, name] = None
    return facts


def _sides(facts: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Targets speak of the report's year, outcomes of an earlier one.

    In a plan the section goes before a slip of the label: what is told there without a word of the past is a target.
    """
    year, fact_year = facts["year"].astype("int64"), facts["fact_year"].astype("float64")
    role, kind = facts["role"].astype(object), facts["section_kind"]
    told = (role == "outcome") | ((role == "mention") & kind.isin(["review", "problems", "front"]))
    told &= (facts["measure"].astype(object) != "qualitative") & ~(fact_year >= year) & (kind != "appendix")
    planned = told & kind.isin(["plan", "government"])
    planned[planned] = ~_speaks_of_past(facts[planned], source)
    target = (role == "target") & (fact_year.isna() | (fact_year == year))
    slip = planned & (role == "outcome") & (fact_year.isna() | (fact_year == year - 1))
    outcome = told & ~planned
    facts = facts.assign(side="outcome", slip=slip, target_year=fact_year.fillna(year - 1))
    facts.loc[target | slip, "side"] = "target"
    facts.loc[target | slip, "target_year"] = year
    facts = facts[target | slip | outcome].copy()
    facts["target_year"] = facts["target_year"].astype("int64")
    return facts


def _speaks_of_past(facts: pd.DataFrame, source: Source) -> list[bool]:
    texts = source.sentences["text"].to_numpy(dtype=object)
    return [
        row >= 0 and bool(_PAST.search(texts[row][: max(0, start - origin)]) or f"{year - 1}年" in texts[row])
        for row, start, origin, year in zip(
            facts["sentence_row"], facts["start"], facts["sentence_start"], facts["year"], strict=True
        )
    ]


def _things(facts: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Name what each statement measures: a row of the catalogue, or the wording itself."""
    facts["indicator"] = facts["indicator"].astype(object).fillna("")
    names = {wording: catalogue.find(wording) for wording in facts["indicator"].unique()}
    cores = {wording: core_of(wording) for wording in names}
    facts["core"] = facts["indicator"].map(cores)
    facts["indicator_id"] = facts["indicator"].map(lambda wording: row.id if (row := names[wording]) else None)
    facts["thing"] = facts["indicator_id"].where(facts["indicator_id"].notna(), "~" + facts["core"])
    # A target in words is about the growth that it speaks of; nothing else of it can be looked up.
    facts["qualitative"] = facts["measure"].astype(object) == "qualitative"
    default = facts["indicator_id"].map(lambda name: _default_measure(catalogue, name))
    facts["measure"] = facts["measure"].astype(object).where(~facts["qualitative"], default)
    unit = facts["unit"].astype(object).fillna("")
    facts["unit"] = unit.where(~facts["qualitative"], "%")
    return facts[(facts["core"].str.len() > 1) & (facts["indicator_id"].notna() | ~facts["slip"])]


def _default_measure(catalogue: Catalogue, name: str | None) -> str:
    return (catalogue.by_id[name].measure if name in catalogue.by_id else "") or "growth"


@cache
def core_of(wording: str) -> str:
    """A wording without the words around it that leave it the same thing.

    Example:
        >>> core_of("全市新建高标准农田")
        '新建高标准农田'
    """
    return _LOOSE.sub("", wording.replace(" ", "").replace("　", ""))


def _as_rates(facts: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Falls worded as positive rates, and indices with the former year as 100, become growth."""
    names = facts["indicator_id"]
    fall = facts["indicator"].str.contains(_FALL_NAMES) & (facts["value"] > 0) & (facts["unit"] == "%")
    for column in ("value", "value_high"):
        facts[column] = facts[column].where(~fall, -facts[column])
    facts["measure"] = facts["measure"].where(~fall, "growth")
    growing = names.map(lambda name: _default_measure(catalogue, name) == "growth")
    bare = growing & names.notna() & facts["measure"].isin(["share", "level"]) & facts["unit"].isin(["%", ""])
    facts["measure"] = facts["measure"].where(~(bare & (facts["unit"] == "%") & (facts["value"] < 60)), "growth")
    index = names.isin(index_indicators()) & facts["value"].between(_INDEX_FROM, _INDEX_TO)
    index &= facts["unit"].isin(["%", ""])
    for column in ("value", "value_high"):
        facts[column] = facts[column].where(~index, (facts[column] - 100).round(6))
    facts["measure"] = facts["measure"].where(~index, "growth")
    facts["unit"] = facts["unit"].where(~index, "%")
    facts["unit_kind"] = facts["unit_kind"].where(~index, "%")
    return facts


@cache
def index_indicators() -> frozenset[str]:
    """Indicators that reports also give as an index with the former year as 100."""
    return frozenset(row["id"] for row in load_table("index_indicators.tsv", ("id", "example"), ("id", "example")))


def _penalties(facts: pd.DataFrame, source: Source) -> pd.DataFrame:
    """How much speaks against each statement; what the context of its sentence says is read for the catalogue only."""
    known = facts["indicator_id"].notna()
    same_sentence = ["report_id", "sentence_row", "side"]
    listed = facts[known].groupby(same_sentence, observed=True)["indicator_id"].transform("nunique")
    facts["listed"] = listed.reindex(facts.index).fillna(1)
    kind = facts["section_kind"].astype(object)
    target = facts["side"] == "target"
    total = (facts["ambiguous"].astype(bool)) * 150
    total += (target & ~kind.isin(["plan", "other"])) * 100 + facts["slip"] * 120
    total += (~target & ~kind.isin(["review", "problems"])) * 150
    total += (~target & (kind == "plan")) * 100
    total += (~target & (kind == "problems")) * 30
    total += (~target & (facts["role"].astype(object) == "mention")) * 60
    total += (facts["listed"] < 3) * 40
    total += (~target & (facts["bound"].astype(object) != "eq")) * 10
    total += (~target & (facts["year"] - facts["target_year"] > 1)) * 400
    facts["penalty"] = total.astype("int64")
    texts = source.sentences["text"].to_numpy(dtype=object)
    names = _names_of(source)
    rows = facts[known & (facts["sentence_row"] >= 0)]
    extra = [
        _context(texts[row], start - origin, end - origin, wording, level, names[place], side)
        for row, start, end, origin, wording, level, place, side in zip(
            rows["sentence_row"],
            rows["start"],
            rows["end"],
            rows["sentence_start"],
            rows["indicator"],
            rows["level"],
            rows["place"],
            rows["side"],
            strict=True,
        )
    ]
    facts.loc[rows.index, "penalty"] += extra
    return facts


def _context(sentence: str, start: int, end: int, wording: str, level: str, names: tuple[str, ...], side: str) -> int:
    total = scope.penalty(sentence, start, end, wording, level, names)
    if side == "target":
        # A target that quotes itself behind (6.5%左右的目标) is still the target.
        total -= scope.GOAL if total % scope.FOREIGN >= scope.GOAL else 0
        total += 0 if _GOAL_SENTENCE.search(sentence[:start]) else 50
    return total


def _names_of(source: Source) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for place, group in source.reports.groupby("place"):
        regions = [str(name) for name in group["region"].unique()]
        shorts = [name[:-1] for name in regions if len(name) > 2]
        names[str(place)] = (*regions, *shorts)
    return names
