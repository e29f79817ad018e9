"""Measure, direction, modality, period and year: tables of constructions, and the scope of words over sentences."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from fact_cases import check, facts_of, read_cases

from policynlp.facts import find_facts
from policynlp.facts.context import modal_cues
from policynlp.facts.years import year_cues
from policynlp.report import Heading, Report, Sentence

CASES = read_cases("facts_context.tsv")


@pytest.mark.parametrize(("label", "sentence", "expected"), CASES, ids=[case[1][:24] for case in CASES])
def test_construction(label, sentence, expected):
    check(sentence, label, expected)


def report_of(*units: tuple[str, str], year: int = 2024) -> Report:
    """A report of lines; each a label (or H for a heading) and its text, all in one paragraph where they say so."""
    text, sentences, headings, above, paragraph = "", [], [], (), 0
    for number, (label, words) in enumerate(units):
        start = len(text)
        text += words
        if label == "H":
            headings.append(Heading(start, len(text), words, id=number, depth=1, title=words))
            above = (number,)
            paragraph += 1
        else:
            sentences.append(
                Sentence(start, len(text), words, id=number, label=label, headings=above, paragraph=paragraph)
            )
    return Report(text, id="case", year=year, sentences=tuple(sentences), headings=tuple(headings))


def test_list_goes_on_in_the_next_sentence():
    report = report_of(
        ("commitment", "主要预期目标是：生产总值增长7%。"),
        ("commitment", "城镇登记失业率控制在4.5%以内。"),
        ("commitment", "新建学校3所。"),
    )
    assert [fact.modality for fact in find_facts(report).facts] == ["expected", "expected", "firm"]


def test_list_goes_on_behind_a_sentence_without_a_figure():
    report = report_of(
        ("commitment", "主要预期目标是：生产总值增长7%。"),
        ("commitment", "产业结构继续改善。"),
        ("commitment", "城镇登记失业率控制在4.5%以内。"),
        ("commitment", "实现上述目标，财政收入要增长6%。"),
        ("commitment", "固定资产投资增长9%。"),
    )
    modalities = [fact.modality for fact in find_facts(report).facts if fact.measure != "qualitative"]
    assert modalities == ["expected", "expected", "firm", "firm"]


def test_list_does_not_go_on_behind_two_sentences_on_other_things():
    report = report_of(
        ("commitment", "主要预期目标是：生产总值增长7%。"),
        ("commitment", "推动云海项目签约落地。"),
        ("commitment", "建好平川园区。"),
        ("commitment", "固定资产投资增长9%。"),
    )
    assert [fact.modality for fact in find_facts(report).facts if fact.value] == ["expected", "firm"]


def test_list_reaches_over_all_items_and_their_sentences():
    units = [
        (0, "建议主要预期目标为："),
        (1, "——保持物价稳定。"),
        (1, "城市价格总指数控制在104。"),
        (2, "——提高收入水平。"),
        (2, "农民人均纯收入增长5.5%。"),
        (2, "新建住房300套。"),
        (3, "生产总值增长9%。"),
    ]
    report = report_of(*(("commitment", words) for _, words in units))
    numbered = zip(report.sentences, units, strict=True)
    report = report.with_(sentences=tuple(replace(s, paragraph=paragraph) for s, (paragraph, _) in numbered))
    found = [(fact.value, fact.modality) for fact in find_facts(report).facts if fact.value is not None]
    assert found[-3:] == [(Decimal("5.5"), "expected"), (300, "expected"), (9, "firm")]


def test_plan_of_several_years_reaches_to_the_next_heading():
    report = report_of(
        ("H", "二、今后五年的主要目标"),
        ("commitment", "森林覆盖率达到30%。"),
        ("H", "三、工作安排"),
        ("commitment", "新建学校3所。"),
    )
    assert [fact.year for fact in find_facts(report).facts] == [2028, 2024]


def test_start_of_change_in_a_review_of_five_years():
    report = report_of(("achievement", "过去五年，我们迈上新台阶。"), ("achievement", "财政收入由10亿元提高到20亿元。"))
    assert [fact.year for fact in find_facts(report).facts] == [2018, 2023]


def test_headings_hold_no_facts():
    report = report_of(("H", "一、完成投资30亿元"), ("achievement", "建成学校3所。"))
    assert [fact.indicator for fact in find_facts(report).facts] == ["学校"]


def test_report_without_year_or_labels():
    (fact,) = facts_of("今年生产总值增长5%。", label=None, year=None)
    assert (fact.year, fact.role) == (None, "mention")


def test_what_only_looks_like_a_cue():
    assert modal_cues("经济增长好于预期，人均预期寿命提高") == []
    assert [cue.word for cue in modal_cues("全力争取，力争增长")] == ["力争"]


@pytest.mark.parametrize(
    ("sentence", "years"),
    [
        ("比2010年增长5%", []),
        ("落实“十四五”规划", []),
        ("“十四五”期间增长5%", [2025]),
        ("将1988年10月前的人纳入保障", []),
        ("从2015年开始救助100人", []),
        ("到 2030 年增长5%", [2030]),
        ("二〇三〇年增长5%", [2030]),
        ("今后三年新增300家", [2026]),
    ],
)
def test_years_named(sentence, years):
    assert [cue.year for cue in year_cues(sentence, 2024)] == years


def test_a_pronoun_reaches_into_the_sentence_before():
    report = report_of(("commitment", "加快发展民营经济。"), ("commitment", "力争其增加值占比达到60%。"))
    report = report.with_(sentences=tuple(replace(s, paragraph=0) for s in report.sentences))
    assert [fact.indicator for fact in find_facts(report).facts] == ["民营经济增加值占比"]


def test_a_list_of_targets_on_lines_of_its_own():
    report = report_of(
        ("commitment", "今年的主要预期目标是："),
        ("commitment", "——生产总值增长7%；"),
        ("commitment", "——城乡居民消费水平继续有所提高。"),
        ("commitment", "新建学校3所。"),
    )
    report = report.with_(sentences=tuple(replace(s, paragraph=n) for n, s in enumerate(report.sentences)))
    found = [(fact.indicator, fact.measure, fact.modality) for fact in find_facts(report).facts]
    assert found == [
        ("生产总值", "growth", "expected"),
        ("城乡居民消费水平", "qualitative", "expected"),
        ("新建学校", "level", "firm"),
    ]
