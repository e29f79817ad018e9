"""Tables: columns and types of the contract, and every value that goes in comes out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from policynlp import frames
from policynlp.report import Commitment, Heading, NumericFact, Report, Section, Sentence

TEXT = "一、目标\n生产总值增长5%以上。"


@pytest.fixture
def report() -> Report:
    sentence = Sentence(5, 16, TEXT[5:16], id=1, headings=(0,), clauses=((5, 16),), rule="terminator")
    sentence = Sentence(
        **{name: getattr(sentence, name) for name in ("start", "end", "text", "id", "headings", "clauses", "rule")},
        label="commitment",
        scores={"achievement": 0.1, "problem": 0.1, "commitment": 0.7, "other": 0.1},
    )
    fact = NumericFact(
        start=11, end=15, text=TEXT[11:15], id=0, sentence=1, sentence_start=5, indicator="生产总值",
        indicator_id="gdp", measure="growth", value=Decimal(5), value_high=None, unit="%", bound="ge",
        modality="firm", role="target", period="annual", year=2025, why={"bound": "以上"},
    )  # fmt: skip
    return Report(
        TEXT, id="city_云岭市_2025", path="云岭.txt", region="云岭市", region_code="999900", level="city", year=2025,
        delivered_on=date(2025, 1, 9), speaker="某某", body=(0, 16),
        sections=(Section(0, 16, "plan", "目标", "heading"),),
        headings=(Heading(0, 4, TEXT[0:4], id=0, depth=1, title="目标", rule="numbered"),),
        sentences=(sentence,), facts=(fact,), commitments=(Commitment(sentence, (fact,), "目标", 2025),), model="test",
    )  # fmt: skip


CONTRACT = {
    "sentences": "report_id, region, region_code, level, year, sentence_id, section, section_kind, is_heading, start, "
    "end, text, label, score_achievement, score_problem, score_commitment, score_other",
    "facts": "fact_id, report_id, region, region_code, level, year, sentence_id, sentence_start, start, end, text, "
    "indicator, indicator_id, measure, value, value_high, unit, bound, modality, role, period, fact_year, ambiguous",
    "commitments": "report_id, region, region_code, level, year, sentence_id, start, end, text, theme, targets",
    "reports": "report_id, path, region, region_code, level, year, delivered_on, speaker, characters, sha256",
    "errors": "path, stage, error, detail",
}


@pytest.mark.parametrize("table", CONTRACT)
def test_columns_are_those_of_the_contract(table: str) -> None:
    assert frames.arrow_schema(table).names == CONTRACT[table].split(", ")


def test_sentences_hold_headings_and_labels(report: Report) -> None:
    rows = list(frames.sentence_rows(report))
    assert len(report.sentences_frame()) == len(rows)
    assert [(row["sentence_id"], row["is_heading"], row["label"]) for row in rows] == [
        (0, True, None),
        (1, False, "commitment"),
    ]
    assert [row["section_kind"] for row in rows] == ["plan", "plan"]
    assert rows[1]["score_commitment"] == 0.7
    assert all(TEXT[row["start"] : row["end"]] == row["text"] for row in rows)


def test_facts_and_commitments_are_linked_by_id(report: Report) -> None:
    (fact,) = report.facts_frame().to_dict("records")
    (commitment,) = report.commitments_frame().to_dict("records")
    assert list(commitment["targets"]) == [fact["fact_id"]]
    assert (fact["value"], fact["unit"], fact["bound"], fact["fact_year"]) == (5.0, "%", "ge", 2025)


def test_a_missing_year_leaves_the_others_whole(report: Report) -> None:
    years = frames.reports_frame([report, report.with_(year=None)])["year"]
    assert years.tolist()[0] == 2025
    assert years.isna().tolist() == [False, True]


def test_a_lone_surrogate_does_not_stop_a_table() -> None:
    assert frames.reports_frame([Report("正文", speaker="王\ud800")])["speaker"].tolist() == ["王?"]


def test_json_round_trip(report: Report) -> None:
    assert Report.from_json(report.to_json()) == report
    with pytest.raises(ValueError, match="not a report"):
        Report.from_json("{}")


def test_explain_names_words_and_rules(report: Report) -> None:
    assert "bound = ge: 以上" in report.explain(report.facts[0])
    assert "section plan: rule heading" in report.explain(report.sentences[0])
    rows = list(frames.explanation_rows(report))
    assert {"item": "fact", "field": "bound", "value": "ge", "why": "以上"}.items() <= rows[-1].items()
