"""Verdicts: bounds, polarity, tolerance, falls, open outcomes, targets in words; one line a case in the table."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policynlp.compare.verdict import Amount, Rules, above_for, check_for, judge, judge_above, judge_wording
from policynlp.data import parse_table

CASES = Path(__file__).parent / "cases" / "verdicts.tsv"
COLUMNS = ("target", "target_bound", "outcome", "outcome_bound", "polarity", "verdict", "why")
ROWS = parse_table(CASES.read_text(encoding="utf-8"), CASES.name, COLUMNS, ("target", "outcome", "verdict", "why"))


def amount(text: str, bound: str) -> Amount:
    words, _, number = text.rpartition(" ")
    low, _, high = number.partition("~")
    return Amount(float(low), float(high) if high else None, bound or "eq", words)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['target']} {row['outcome']} {row['why']}")
def test_case(row: dict[str, str]) -> None:
    target, outcome = amount(row["target"], row["target_bound"]), amount(row["outcome"], row["outcome_bound"])
    assert judge(target, outcome, row["polarity"].replace("neither", "")) == row["verdict"]


def test_tolerance_is_a_parameter() -> None:
    target, outcome = Amount(6.5, bound="about"), Amount(6.0)
    assert judge(target, outcome) == "missed"
    assert judge(target, outcome, rules=Rules(tolerance=0.1)) == "met"


@pytest.mark.parametrize(
    ("wording", "growth", "references", "verdict"),
    [
        ("与经济增长基本同步", 5.7, {"gdp": 5.6}, "met"),
        ("与经济增长基本同步", 4.7, {"gdp": 5.6}, "met"),
        ("与经济增长基本同步", 4.5, {"gdp": 5.6}, "missed"),
        ("与经济增长同步", 5.0, {"gdp": 5.6}, "missed"),
        ("与经济增长同步", 5.0, {}, "unclear"),
        ("快于经济增长", 5.6, {"gdp": 5.6}, "missed"),
        ("与经济保持同步增长", 5.6, {"gdp": 5.6}, "met"),
        ("与经济增速基本同步", 4.7, {"gdp": 5.6}, "met"),
        ("高于地区生产总值增速", 5.6, {"gdp": 5.6}, "missed"),
        ("稳定增长", 0.3, {}, "met"),
        ("稳定增长", -0.3, {}, "missed"),
        ("稳中提质", 3.0, {}, "unclear"),
        ("完成省定任务", None, {}, "no_outcome"),
    ],
)
def test_wordings(wording: str, growth: float | None, references: dict[str, float], verdict: str) -> None:
    assert judge_wording(wording, growth, references) == verdict


@pytest.mark.parametrize(
    ("wording", "own", "other", "verdict"),
    [
        ("高于全国平均水平", 5.4, 5.2, "met"),
        ("高于全国平均水平", 5.2, 5.2, "missed"),
        ("高于全国平均水平1个百分点以上", 6.2, 5.2, "met"),
        ("比全国高2个百分点左右", 7.1, 5.2, "met"),
        ("快于全国1到2个百分点", 6.1, 5.2, "missed"),
        ("不低于全省平均水平", 5.2, 5.2, "met"),
        ("低于全国平均水平", 2.1, 2.3, "met"),
        ("比全国低0.5个百分点", 2.1, 2.3, "missed"),
        ("与全国保持同步", 4.8, 5.2, "met"),
        ("与全国持平", 4.6, 5.2, "missed"),
        ("高于全国", 5.4, None, "unclear"),
        ("高于全国", None, 5.2, "no_outcome"),
    ],
)
def test_against_a_place_above(wording: str, own: float | None, other: float | None, verdict: str) -> None:
    above = above_for(wording)
    assert above is not None
    assert judge_above(above, own, other) == verdict


@pytest.mark.parametrize(
    ("wording", "own", "verdict"),
    [("与全国持平", 5.9, "missed"), ("与全国持平", 4.0, "met"), ("好于全国", 4.9, "met"), ("高于全国", 4.9, "missed")],
)
def test_as_good_as_the_place_above_goes_by_what_is_better(wording: str, own: float, verdict: str) -> None:
    above = above_for(wording)
    assert above is not None
    assert judge_above(above, own, 5.1, "less") == verdict


@pytest.mark.parametrize(
    ("wording", "own", "verdict"),
    [
        # A ceiling leaves open how far below it the figure lies.
        ("与全国一致", Amount(5.5, bound="le"), "unclear"),
        ("与全国一致", Amount(5.0, bound="le"), "met"),
        ("与全国一致", Amount(5.3), "missed"),
        ("低于全国", Amount(5.1, bound="le"), "unclear"),
        ("低于全国", Amount(5.1, bound="lt"), "met"),
        ("不高于全国", Amount(6.0, bound="ge"), "missed"),
    ],
)
def test_the_bound_of_the_own_figure_beside_the_place_above(wording: str, own: Amount, verdict: str) -> None:
    above = above_for(wording)
    assert above is not None
    assert judge_above(above, own, 5.1, "less") == verdict


@pytest.mark.parametrize("wording", ["高于全省城镇居民", "与经济增长同步", "恢复到2019年水平", "高于全国经济增速"])
def test_no_comparison_with_a_place_above(wording: str) -> None:
    assert above_for(wording) is None


def test_every_check_is_reached_by_its_own_word() -> None:
    table = parse_table(
        (Path(__file__).parents[1] / "policynlp/data/qualitative_checks.tsv").read_text(encoding="utf-8"),
        "qualitative_checks.tsv",
        ("word", "check", "reference", "slack", "example"),
    )
    for row in table:
        check = check_for(row["example"])
        assert check is not None and check.kind == row["check"], row["example"]


numbers = st.floats(0.1, 1e12, allow_nan=False)


@given(numbers, numbers, st.sampled_from(["ge", "gt", "eq", "about"]))
def test_more_never_hurts_where_more_is_better(target: float, outcome: float, bound: str) -> None:
    if judge(Amount(target, bound=bound), Amount(outcome)) == "met":
        assert judge(Amount(target, bound=bound), Amount(outcome * 2)) == "met"


@given(numbers, st.sampled_from(["ge", "le", "eq", "about"]), st.sampled_from(["more", "less", ""]))
def test_the_target_itself_keeps_its_promise(target: float, bound: str, polarity: str) -> None:
    assert judge(Amount(target, bound=bound), Amount(target), polarity) == "met"
