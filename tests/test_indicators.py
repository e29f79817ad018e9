"""Which noun phrase a number measures: tables of constructions, and what must hold of any text."""

from __future__ import annotations

import pytest
from fact_cases import check, facts_of, read_cases
from hypothesis import given, settings
from hypothesis import strategies as st

from policynlp.facts import catalogue
from policynlp.facts.coordination import split_subjects
from policynlp.facts.vocabulary import cut

CASES = read_cases("facts_indicators.tsv")


@pytest.mark.parametrize(("label", "sentence", "expected"), CASES, ids=[case[1][:24] for case in CASES])
def test_construction(label, sentence, expected):
    check(sentence, label, expected)


WORDS = "一般公共预算收入 完成 增长 分别 和 等 新增 其中 项目 由 到 占 的"
NUMBERS = "12.5% 3亿元 5家 20个 100 全市第二"
PIECES = st.sampled_from([*WORDS.split(), *NUMBERS.split(), *"、，；（）“”。"])


@given(st.lists(PIECES, min_size=1, max_size=30))
@settings(max_examples=150, deadline=None)
def test_any_order_of_words(pieces):
    """Whatever the order of the words: offsets slice back, facts stand in order, every fact says why."""
    sentence = "".join(pieces)
    facts = facts_of(sentence)
    assert [fact.start for fact in facts] == sorted(fact.start for fact in facts)
    assert [fact.id for fact in facts] == list(range(len(facts)))
    for fact in facts:
        assert sentence[fact.start : fact.end] == fact.text
        assert {"indicator", "measure", "modality", "year", "role"} <= set(fact.why)
    seen = {(f.start, f.end, f.indicator, f.measure) for f in facts}
    assert len(seen) == len(facts), "two facts of one indicator and measure on one span"


@given(st.text(alphabet="甲乙丙丁、和与及产业收入率", min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_subjects_keep_their_words(noun):
    """Splitting adds shared words and drops none: every word between the marks is found in some subject."""
    together = "".join(split_subjects(noun))
    for word in cut(noun):
        if word not in ("、", "和", "与", "及", "以及"):
            assert word in together


def test_hostile_lines():
    """A line of a million characters without marks is read in bounded steps."""
    facts = facts_of("的" * 300_000 + "，财政收入增长5%" + "甲" * 300_000)
    assert [fact.value for fact in facts] == [5]


def test_catalogue_rows():
    """Every name finds its own row, unless one of the row's own excluded words forbids it."""
    for row in catalogue.indicators():
        for name in row.names:
            assert catalogue.find(name) is row, name
        assert row.polarity in ("", "more", "less")
        assert row.measure in ("", "level", "growth", "share")


CORE = (
    "gdp budget_revenue fixed_investment retail_sales cpi urban_new_jobs surveyed_unemployment registered_unemployment "
    "resident_income urban_income rural_income trade exports utilized_fdi industrial_value_added energy_intensity "
    "carbon_intensity grain_output pm25 air_quality_days rd_intensity high_tech_firms urbanization primary_industry "
    "secondary_industry tertiary_industry"
)


def test_core_ids():
    assert set(CORE.split()) <= {row.id for row in catalogue.indicators()}


@pytest.mark.parametrize(
    ("wording", "wanted"),
    [
        ("国民生产总值", "gdp"),
        ("全市地区生产总值", "gdp"),
        ("云岭县一般公共预算收入", "budget_revenue"),
        ("公共财政预算收入", "budget_revenue"),
        ("财政收入", "budget_revenue"),
        ("规上工业增加值增速", "industrial_value_added"),
        ("居民消费价格涨幅", "cpi"),
        ("鼓岭区一般公共预算收入", "budget_revenue"),
        ("高新区一般公共预算收入", None),
        ("人均地区生产总值", "per_capita_gdp"),
        ("单位地区生产总值能耗", "energy_intensity"),
        ("民营经济增加值", "private_economy"),
        ("工业固定资产投资", "industrial_investment"),
        ("高新技术产业增加值占规上工业增加值比重", None),
        ("", None),
    ],
)
def test_catalogue(wording, wanted):
    row = catalogue.find(wording)
    assert (row.id if row else None) == wanted
