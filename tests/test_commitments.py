"""Commitments: their targets, theme and year; roles; and, on the shared gold, how much of it is right."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from test_context import report_of

from policynlp.facts import find_facts

ROOT = Path(__file__).parents[1]


def test_targets_theme_and_year():
    report = find_facts(
        report_of(
            ("achievement", "去年生产总值增长5%。"),
            ("H", "（一）全力稳增长"),
            ("commitment", "在2022年增长5%的基础上，今年生产总值增长6%、财政收入增长7%。"),
            ("commitment", "提高服务水平。"),
            ("commitment", "到2030年森林覆盖率达到30%。"),
        )
    )
    first, second, third = report.commitments
    assert [(fact.indicator, fact.value) for fact in first.targets] == [("生产总值", 6), ("财政收入", 7)]
    assert (first.theme, first.year) == ("（一）全力稳增长", 2024)
    assert (second.targets, second.year) == ((), 2024)
    assert third.year == 2030
    assert [fact.role for fact in report.facts] == ["outcome", "mention", "target", "target", "target"]


def test_report_survives_json():
    report = find_facts(report_of(("commitment", "新建学校3所，居民收入与经济增长同步。")))
    again = type(report).from_json(report.to_json())
    assert again.facts == report.facts
    assert again.commitments == report.commitments


def test_shuffled_paragraphs_change_no_fact():
    lines = [("H", "甲"), ("achievement", "财政收入增长5%。"), ("H", "乙"), ("achievement", "建成学校3所，投资2亿元。")]
    one = find_facts(report_of(*lines)).facts
    other = find_facts(report_of(*lines[2:], *lines[:2])).facts

    def content(facts):
        return {(f.text, f.indicator, f.measure, f.value, f.unit, f.year, f.modality) for f in facts}

    assert content(one) == content(other)


@pytest.mark.shared
def test_shared_gold(shared):
    """The guide's own match on the shared gold; floors some way under what was measured when this was written."""
    spec = importlib.util.spec_from_file_location("facts_score", ROOT / "benchmarks" / "facts_score.py")
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    rows = []
    for name, (sentences, gold) in score.load(shared / "gold" / "dev").items():
        text = next((shared / "reports").rglob(f"{name}.txt")).read_bytes().decode("utf-8")
        done = find_facts(score.labelled(text, name, sentences), score.oracle(gold))
        rows.append(score.counts([score.plain(fact) for fact in done.facts], gold))
    total = score.scores(rows)
    assert sum(row["gold"] for row in rows) > 300
    floors = {"value_f1": 0.97, "measure": 0.97, "modality": 0.97, "year": 0.97, "indicator": 0.96, "full_f1": 0.94}
    assert {key: total[key] for key, floor in floors.items() if total[key] < floor} == {}
