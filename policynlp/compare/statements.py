"""Every statement that can be a target or an outcome of the panel, with how much speaks against it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from policynlp.compare import scope
from policynlp.compare.source import Source
from policynlp.compare.spans import of_many_years, year_told
from policynlp.compare.statement_words import said
from policynlp.compare.units import unify_units
from policynlp.compare.worded import relative_start, with_flat_facts
from policynlp.compare.wordings import dated_names, find_indicator, led_by, lost_subject, subject_before
from policynlp.data import load_table
from policynlp.facts.catalogue import Catalogue

if TYPE_CHECKING:
    import pandas as pd

# What a statement is of: these columns together name one cell of the panel.
CELL = ["place", "thing", "measure", "unit_kind", "target_year"]
# Words in a wording that turn a positive rate into a fall: 能耗降低率3.1%.
_FALL_NAMES = re.compile(said("fall") + "$")
# Words that leave an indicator outside the catalogue the same thing.
_LOOSE = re.compile(f"^{said('around')}+")
# What stands behind 目标 where it is set.
_SET = r"目标(?:建议)?[，,]?(?:确?定|拟)?(?:是|为|：|:)"
_GOAL_SENTENCE = re.compile(f"{said('aim', 'work')}(?:的)?(?:预期)?(?:目标|指标)|{_SET}")
# No report plans within this first part of its text, whatever its sections are called.
_OPENING = 0.1
# Of so few characters is no whole report: an excerpt has no opening.
_SHORT = 1000
# A growth above this, in %, is seldom that of one year.
_YEARLY = 45
# In a passage on several years a growth above this, in %, is theirs and not the last year's.
_LARGE = 20
MANY_YEARS = 250
# Columns by which the words around a statement are weighed.
_CONTEXT = [
    *("start", "end", "sentence_start", "indicator", "level", "place"),
    *("side", "target_year", "bare_share", "bound", "many_years"),
]
# A number whose name stands before the last ； is less sure than one with its name beside it.
CARRIED = 25
_STATEMENT = re.compile(r"[；;。]")
_PART_OF = re.compile(rf"{said('share_of')}[^，；,;]*$|(?<!年)的[^，；]{{0,2}}$|[：∶:]\d*$")
# 3.6%的较低水平, 4%的预期目标之内 qualify the share itself; 50%的企业 is a part of another thing.
_PART_BEHIND = re.compile(rf"{said('spent_on')}|[：∶:]|的(?![^，；。、]{{0,7}}{said('own_level')})")
ADDS_UP = "|".join(re.escape(row["word"]) for row in load_table("adding_words.tsv", ("word", "example"), ("word",)))
# A growth since an earlier year goes on in the next ； of a paragraph on several years: 收入比2003年增长37%；增长9%.
_SINCE_BASE = re.compile(r"[比较](?P<base>\d{4})年[^，；。]{0,12}增长[\d.]+[^；]*；")
# Words at the head of a sentence or heading that open a passage on several years, or on one.
_HEAD = 24
_OPENS_MANY = rf"([五5四三]年{said('years')}|“[^”]{{1,3}}五”{said('plan')}|{said('term')})"
_OPENS_SINGLE = rf"((?:19|20)[0-9]{{2}}年(?:[^底末至到—-]|$)|{said('opens_single')})"
# 五年新增城镇就业250万人: a target of the term and not of its first year.
_TERM = re.compile(r"(?<!连续)(?<!前)(?:[三四五]年|(?<![0-9])[345]年)(?:内|间)?" + said("summed"))
_CLAUSE = re.compile(r"[，,；;。：:]")
_COLON = re.compile(r"[：:]")
# Words at the head of a sentence that put what follows in its paragraph into the past, in a plan too.
_OPENS_PAST = (
    f"^[^，。]{{0,8}}?{said('opens_past')}|^{said('heads_past')}"
    # 各项任务已圆满完成, 全面完成了年度目标任务: the year's tasks are behind.
    f"|{said('task')}[^，。；]{{0,4}}已[^，。；]{{0,4}}完成|{said('fully')}完成了[^，。；]{{0,30}}{said('task')}"
)
# Words that put a statement in a plan into the past.
_PAST = re.compile(said("past"))
_GOAL_ANNOUNCED = f"{said('aim')}{_SET}|今年[^，。；]{{2,14}}{said('plans')}"
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
    facts = _merge(source, catalogue)
    facts = facts[facts["period"] == "annual"]
    facts = _sides(facts, source)
    facts = _things(facts, catalogue, source)
    facts["bare_share"] = (facts["measure"] == "share") & (facts["unit"] == "%")
    facts["multiple"] = (facts["measure"] == "growth") & facts["unit"].isin(["倍", "番"])
    facts = unify_units(facts)
    facts = _as_rates(facts, catalogue)
    facts["order"] = facts["start"]
    return _penalties(facts, source)


def _merge(source: Source, catalogue: Catalogue) -> pd.DataFrame:
    import pandas as pd

    reports = source.reports[["report_id", "place", "region", "level", "year"]]
    facts = with_flat_facts(source, catalogue).merge(
        reports.astype({"report_id": "object"}), on="report_id", how="inner"
    )
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
    length = facts["report_id"].map(source.reports.set_index("report_id")["characters"]).astype("float64")
    opening = (facts["start"] <= _OPENING * length) & (length > _SHORT)
    # What the opening of a report promises is its review, taken for a plan by its heading (目标任务执行情况).
    reviewed = opening & (role == "target")
    fact_year = fact_year.where(~(reviewed & (fact_year == year)), year - 1.0)
    told |= reviewed
    told &= (facts["measure"].astype(object) != "qualitative") & (kind != "appendix")
    planned = told & kind.isin(["plan", "government"]) & ~opening
    planned &= ~_speaks_of_past(facts, planned, source) & ~facts["sentence_row"].isin(_told_of_past(source))
    target = (role == "target") & ~reviewed & (fact_year.isna() | (fact_year == year))
    slip = planned & (role == "outcome") | (role == "mention") & (kind == "plan") & _in_goal_sentence(facts, source)
    slip &= ~target & (facts["measure"].astype(object) != "rank")
    slip &= fact_year.isna() | (fact_year >= year - 1) & (fact_year <= year)
    outcome = told & ~planned & ~(fact_year >= year)
    facts = facts.assign(side="outcome", slip=slip, target_year=fact_year.fillna(year - 1))
    facts.loc[target | slip, "side"] = "target"
    facts.loc[target | slip, "target_year"] = year
    facts = facts[target | slip | outcome].copy()
    facts["target_year"] = facts["target_year"].astype("int64")
    return facts


def _in_goal_sentence(facts: pd.DataFrame, source: Source) -> pd.Series:
    """True for what stands in a sentence that announces the year's targets, whatever its label."""
    goals = source.sentences["text"].str.contains(_GOAL_ANNOUNCED)
    return facts["sentence_row"].map(dict(enumerate(goals))).eq(True)


def _follows(sentences: pd.DataFrame) -> pd.Series:
    """True for sentences that stand in one paragraph with the sentence before."""
    ends = sentences["start"] + sentences["text"].str.len()
    return (sentences["start"] == ends.shift()) & (sentences["report_id"] == sentences["report_id"].shift())


def _told_of_past(source: Source) -> list[int]:
    """Rows of the sentences that tell what was reached behind words like 过去一年, up to the paragraph's end."""
    sentences = source.sentences
    achieved = (sentences["label"] == "achievement").to_numpy(dtype=bool, na_value=False)
    opens = sentences["text"].str.contains(_OPENS_PAST).to_numpy(dtype=bool, na_value=False) & achieved
    goes_on = _follows(sentences).to_numpy(dtype=bool, na_value=False) & achieved & ~opens
    told = [False] * len(sentences)
    for row, (begins, continues) in enumerate(zip(opens.tolist(), goes_on.tolist(), strict=True)):
        told[row] = begins or (continues and told[row - 1])
    return [row for row, past in enumerate(told) if past]


def _speaks_of_past(facts: pd.DataFrame, asked: pd.Series, source: Source) -> pd.Series:
    import pandas as pd

    texts = source.sentences["text"]
    rows = facts[asked & (facts["sentence_row"] >= 0)]
    found = [
        bool(_PAST.search(_COLON.split(text[: max(0, start - origin)])[-1])) or f"{year - 1}年" in text
        for text, start, origin, year in zip(
            texts.iloc[rows["sentence_row"]].to_numpy(dtype=object),
            rows["start"],
            rows["sentence_start"],
            rows["year"],
            strict=True,
        )
    ]
    return pd.Series(found, index=rows.index, dtype=bool).reindex(facts.index, fill_value=False)


def _things(facts: pd.DataFrame, catalogue: Catalogue, source: Source) -> pd.DataFrame:
    """Name what each statement measures: a row of the catalogue, or the wording itself."""
    facts["indicator"] = facts["indicator"].astype(object).fillna("")
    wordings = facts["indicator"].unique()
    # Without a single statement the column would be one of floats.
    facts["core"] = facts["indicator"].map({wording: core_of(wording) for wording in wordings}).astype(object)
    names = {wording: find_indicator(wording, catalogue) for wording in wordings}
    facts["indicator_id"] = facts["indicator"].map(names).astype(object)
    # 带动固定资产投资增长5%: of a rate only, since 带动就业300人 counts what one project brings.
    led = facts["indicator_id"].isna() & (facts["measure"].astype(object) == "growth")
    followers = {wording: find_indicator(word, catalogue) for wording in wordings if (word := led_by(wording))}
    facts.loc[led, "indicator_id"] = facts.loc[led, "indicator"].map(followers).astype(object)
    for name in dated_names():
        if name.id in catalogue.by_id:
            meant = [wording for wording in wordings if names[wording] == name.now and name.holds(wording)]
            facts.loc[(facts["year"] <= name.until) & facts["indicator"].isin(meant), "indicator_id"] = name.id
    _find_lost(facts, catalogue, source)
    facts["indicator_id"] = facts["indicator_id"].where(facts["indicator_id"].notna(), None)
    facts["thing"] = facts["indicator_id"].where(facts["indicator_id"].notna(), "~" + facts["core"])
    # A target in words is about the growth that it speaks of; nothing else of it can be looked up.
    facts["qualitative"] = facts["measure"].astype(object) == "qualitative"
    _relative_to_words(facts, catalogue, source)
    default = facts["indicator_id"].map(lambda name: _default_measure(catalogue, name))
    facts["measure"] = facts["measure"].astype(object).where(~facts["qualitative"], default)
    unit = facts["unit"].astype(object).fillna("")
    facts["unit"] = unit.where(~facts["qualitative"], "%")
    return facts[(facts["core"].str.len() > 1) & (facts["indicator_id"].notna() | ~facts["slip"])]


def _find_lost(facts: pd.DataFrame, catalogue: Catalogue, source: Source) -> None:
    """Give a statement whose wording lost its subject the one that its sentence names before it."""
    without = {wording: lost_subject(wording) for wording in facts["indicator"].unique()}
    inside = facts["sentence_row"] >= 0
    amounts = facts["indicator_id"].notna() & inside & facts["measure"].astype(object).isin(["level", "growth"])
    behind = _named_behind(facts[amounts], source)
    facts.loc[behind, "indicator_id"] = None
    lost = facts["indicator_id"].isna() & (facts["indicator"].map(without) | facts.index.isin(behind)) & inside
    rows = facts[lost]
    texts = source.sentences["text"].iloc[rows["sentence_row"]].to_numpy(dtype=object)
    found = [
        subject_before(text[: max(0, start - origin)], catalogue)
        for text, start, origin in zip(texts, rows["start"], rows["sentence_start"], strict=True)
    ]
    if found:
        facts.loc[rows.index, "indicator_id"] = found
        titles = {row.id: row.names[0] for row in catalogue.rows}
        named = facts.loc[rows.index, "indicator_id"].map(titles)
        facts.loc[rows.index, "core"] = named.where(named.notna(), facts.loc[rows.index, "core"])


def _named_behind(facts: pd.DataFrame, source: Source) -> pd.Index:
    """Rows whose wording stands only behind the ； after their number: 生产总值达5万亿元、增长8%；财政收入增长12%。"""
    texts = source.sentences["text"].iloc[facts["sentence_row"]].to_numpy(dtype=object)
    found = [
        wording not in text[: max(0, start - origin)]
        and wording in text
        and wording not in _STATEMENT.split(text[max(0, end - origin) :])[0]
        for text, start, end, origin, wording in zip(
            texts, facts["start"], facts["end"], facts["sentence_start"], facts["indicator"], strict=True
        )
    ]
    return facts.index[found]


def _relative_to_words(facts: pd.DataFrame, catalogue: Catalogue, source: Source) -> None:
    """Turn targets in points above another place (增速高于全国1个百分点) into targets in words: they name no number."""
    growing = facts["indicator_id"].map(lambda name: name is not None and _default_measure(catalogue, name) == "growth")
    asked = growing & (facts["side"] == "target") & (facts["measure"].astype(object) == "change")
    rows = facts[asked & (facts["unit"].astype(object) == "个百分点") & (facts["sentence_row"] >= 0)]
    texts = source.sentences["text"].iloc[rows["sentence_row"]].to_numpy(dtype=object)
    for index, text, start, end, origin in zip(
        rows.index, texts, rows["start"], rows["end"], rows["sentence_start"], strict=True
    ):
        at = relative_start(text[: start - origin])
        if at is not None:
            facts.loc[index, ["start", "text", "qualitative"]] = [origin + at, text[at : end - origin], True]
            facts.loc[index, ["value", "value_high"]] = float("nan")


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
    total += (target & ~kind.isin(["plan", "other"])) * 100
    # A list of targets that the classifier took for a review is still the list.
    total += facts["slip"] * 120 - (facts["slip"] & _in_goal_sentence(facts, source)) * 100
    total += (~target & ~kind.isin(["review", "problems"])) * 150
    total += (~target & (kind == "plan")) * 100
    total += (~target & (kind == "problems")) * 30
    total += (~target & (facts["role"].astype(object) == "mention")) * 60
    total += (facts["listed"] < 3) * 40
    # 比2007年翻一番: a growth by multiples is seldom that of one year.
    total += (facts["measure"] == "growth") * (facts["value"].abs() > _YEARLY) * 300
    total += (~target & known & facts["multiple"]) * scope.FOREIGN
    total += (~target & (facts["bound"].astype(object) != "eq")) * 10
    total += (~target & (facts["year"] - facts["target_year"] > 1)) * 400
    many = facts["sentence_row"].isin(_told_of_many_years(source)) & ~target
    total += many * MANY_YEARS + (many & (facts["measure"] == "growth") & (facts["value"] > _LARGE)) * scope.FOREIGN
    facts["penalty"] = total.astype("int64")
    facts["many_years"] = many
    carried = _base_carried(
        facts[known & ~target & (facts["measure"] == "growth") & (facts["sentence_row"] >= 0)], source
    )
    facts.loc[carried, "penalty"] += scope.FOREIGN
    return _with_context(facts, known, source)


def _with_context(facts: pd.DataFrame, known: pd.Series, source: Source) -> pd.DataFrame:
    """Add what the words of its sentence say against each statement of a known indicator."""
    names = _names_of(source)
    rows = facts[known & (facts["sentence_row"] >= 0)]
    texts = source.sentences["text"].iloc[rows["sentence_row"]].to_numpy(dtype=object)
    extra = [
        _context(text, row, names[row.place])
        for text, row in zip(texts, rows[_CONTEXT].itertuples(index=False), strict=True)
    ]
    facts.loc[rows.index, "penalty"] += extra
    carried, of_part = _carried_from_part(rows, names, source)
    facts.loc[carried, "penalty"] += scope.PART
    facts.loc[of_part, "penalty"] += scope.FOREIGN
    return facts


def _carried_from_part(
    rows: pd.DataFrame, names: dict[str, tuple[str, ...]], source: Source
) -> tuple[list[Any], list[Any]]:
    """Outcomes whose sentence names no subject and follows one on a part: 临澜新区进入新阶段。生产总值增长23%。

    Returns:
        Their rows, and the rows of those whose paragraph begins with the part: 临澜新区是全市的重要组成部分。
    """
    sentences = source.sentences
    follows = _follows(sentences)
    heading = sentences["label"].shift().isna() & (sentences["report_id"] == sentences["report_id"].shift())
    on_part = sentences["text"].str.contains(scope.part_words()).shift(fill_value=False)
    suspects = set((on_part & (follows | heading)).to_numpy().nonzero()[0].tolist())
    starts = (~follows.to_numpy(dtype=bool, na_value=False)).nonzero()[0]
    found, of_part = [], []
    for row in rows[(rows["side"] == "outcome") & rows["sentence_row"].isin(suspects)].itertuples():
        level = row.level if isinstance(row.level, str) else ""
        before = source.sentence(row.sentence_row)[: row.start - row.sentence_start]
        last = source.sentence(row.sentence_row - 1)
        if not scope.own_subject(before, level) and scope.about_part(last, level, names[row.place]):
            found.append(row.Index)
            first = int(starts[starts.searchsorted(row.sentence_row, side="right") - 1])
            if first < row.sentence_row and scope.begins_with_part(source.sentence(first), level, names[row.place]):
                of_part.append(row.Index)
    return found, of_part


def _base_carried(growths: pd.DataFrame, source: Source) -> list[Any]:
    """Rows of growths without a time of their own behind one since an earlier year, in a paragraph on several years."""
    sentences = source.sentences
    opens = sentences["text"].str.slice(0, _HEAD).str.extract(_OPENS_MANY, expand=False).notna().to_numpy()
    starts = (~_follows(sentences).to_numpy(dtype=bool, na_value=False)).nonzero()[0]
    texts = sentences["text"].to_numpy(dtype=object)
    found = []
    columns = ("sentence_row", "start", "sentence_start", "target_year")
    for index, row, start, origin, year in zip(growths.index, *(growths[name] for name in columns), strict=True):
        before = texts[row][: max(0, start - origin)]
        base = next(_SINCE_BASE.finditer(before), None)
        if base is None or int(base["base"]) >= year - 1 or year_told(before[base.end() :]):
            continue
        first = int(starts[starts.searchsorted(row, side="right") - 1])
        if opens[first : row + 1].any():
            found.append(index)
    return found


def _told_of_many_years(source: Source) -> set[int]:
    """Rows of the sentences table whose passage, by the last opening words before it, is on several years."""
    heads = source.sentences["text"].str.slice(0, _HEAD)
    many = heads.str.extract(_OPENS_MANY, expand=False).notna()
    single = heads.str.extract(_OPENS_SINGLE, expand=False).notna()
    state = (many & ~single).astype("float64").where(many | single)
    state = state.groupby(source.sentences["report_id"].cat.codes).ffill()
    return set(state.reset_index(drop=True).eq(1).to_numpy().nonzero()[0].tolist())


def _context(sentence: str, row: Any, names: tuple[str, ...]) -> int:
    """What the sentence says against a statement, a row with the columns of `_CONTEXT`."""
    start, end = row.start - row.sentence_start, row.end - row.sentence_start
    before = sentence[:start]
    level = row.level if isinstance(row.level, str) else ""
    total = scope.penalty(sentence, start, end, row.indicator, level, names)
    # Named in an earlier statement only: 生产总值增长13%；财政收入完成2261亿元，增长25%。
    if row.indicator in before and row.indicator not in _STATEMENT.split(before)[-1]:
        total += CARRIED
    # 占财政收入的50%, 财政收入八成以上用于民生: a part of it, no growth.
    behind = sentence[end : end + 6]
    if behind.startswith("用于") or (row.bare_share and (_PART_OF.search(before) or _PART_BEHIND.match(behind))):
        total += scope.FOREIGN
    if row.side == "outcome":
        # In a passage on several years a ceiling of a share is that of all of them.
        ceiling = row.many_years and row.bare_share and row.bound in ("le", "lt") and not year_told(before)
        spans = ceiling or of_many_years(sentence, start, end, row.target_year, row.many_years)
        return total + (scope.FOREIGN if spans else 0)
    if _TERM.search(_CLAUSE.split(before)[-1]):
        total += scope.FOREIGN
    # A target that quotes itself behind (6.5%左右的目标) is still the target.
    total -= scope.GOAL if total % scope.FOREIGN >= scope.GOAL else 0
    return total + (0 if _GOAL_SENTENCE.search(before) else 50)


def _names_of(source: Source) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for place, group in source.reports.groupby("place"):
        regions = [str(name) for name in group["region"].unique()]
        shorts = [name[:-1] for name in regions if len(name) > 2]
        names[str(place)] = (*regions, *shorts)
    return names
