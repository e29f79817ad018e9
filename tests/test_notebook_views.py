"""What a panel, a result of `evaluate` and a table of `attention` show of themselves, without a browser."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

import policynlp as pn
from policynlp.compare.attention import shipped_topics
from policynlp.compare.attention_table import AttentionTable
from policynlp.evaluate.result import Result
from policynlp.report import Report, Sentence
from policynlp.show import notebook

# A place and words that would be markup, and characters that HTML cannot hold.
NASTY = '<b id="x">山&</b>'
THEN = "二、2023年工作安排\n今年的主要预期目标是：地区生产总值增长6%左右，粮食产量30万吨以上。\n"
NOW = "一、2023年工作回顾\n2023年，地区生产总值增长5.1%，粮食产量达到31.2万吨。<script>alert(1)</script>\x00。\n"


class Elements(HTMLParser):
    """Every element and text of a fragment."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    nlp = pn.load("linear")
    return [
        nlp(Report.from_text(text, id=f"{place}{year}", region=place, year=year, level="city"))
        for place in ("云岭市", NASTY)
        for year, text in ((2023, THEN), (2024, NOW))
    ]


@pytest.fixture(scope="module")
def shown(reports: list[Report], example: Path) -> dict[str, Elements]:
    gold = sorted(example.glob("*云岭市_2024*.jsonl"))
    result = pn.evaluate(pn.load("linear"), *gold, texts=example)
    result.notes.append(NASTY)
    things = {"panel": pn.compare(reports), "attention": pn.attention(reports), "result": result}
    return {name: Elements(thing._repr_html_() or "") for name, thing in things.items()}


@pytest.mark.parametrize("name", ["panel", "attention", "result"])
def test_nothing_from_a_report_becomes_markup(shown: dict[str, Elements], name: str) -> None:
    seen = shown[name]
    assert not {"script", "link", "img", "iframe"} & set(seen.tags)
    assert "x" not in seen.ids
    assert NASTY in seen.text and "\x00" not in seen.text


def test_a_panel_shows_verdicts_and_the_sentences_behind_them(shown: dict[str, Elements]) -> None:
    text = shown["panel"].text
    assert all(word in text for word in ("6%左右", "5.1%", "✗ 未达 missed", "✓ 达到 met", "31.2万吨"))
    assert shown["panel"].tags.count("mark") >= 8


def test_a_result_shows_scores_confusion_and_facts(shown: dict[str, Elements]) -> None:
    text = shown["result"].text
    assert all(word in text for word in ("宏平均 macro-F1", "精确率 precision", "未切出", "full_f1"))


def test_attention_shows_shares(shown: dict[str, Elements]) -> None:
    text = shown["attention"].text
    assert all(topic in text for topic in shipped_topics())
    assert "%" in text and "云岭市" in text


def test_long_panels_are_cut_and_say_so(reports: list[Report], monkeypatch: pytest.MonkeyPatch) -> None:
    panel = pn.compare(reports)
    monkeypatch.setattr(notebook, "MOST_ROWS", 3)
    seen = Elements(panel._repr_html_())
    assert seen.tags.count("tr") == 3 + 1  # a head and three rows
    assert f"另有 {len(panel) - 3} 行" in seen.text


def test_empty_things_show_themselves() -> None:
    assert "0 份报告" in Elements(Result("nothing")._repr_html_()).text
    sentence = Sentence(0, 5, "各位代表。", id=0, label="other")
    table = pn.attention(Report("各位代表。", id="a", region="云岭市", year=2024, sentences=(sentence,)), "environment")
    assert "0.00%" in Elements(table._repr_html_() or "").text
    assert Elements(table.iloc[:0]._repr_html_() or "").tags


def test_what_is_made_of_the_table_is_a_plain_table(reports: list[Report]) -> None:
    table = pn.attention(reports)
    assert isinstance(table, AttentionTable)
    assert type(table[table["topic"] == "environment"]) is pd.DataFrame
    assert type(table.groupby("topic").sum(numeric_only=True)) is pd.DataFrame
    table["mine"] = 1
    assert "mine" in (table._repr_html_() or "")


def test_columns_that_tell_nothing_apart_are_left_out(reports: list[Report]) -> None:
    text = Elements(pn.attention(reports)._repr_html_() or "").text
    assert "region_code" not in text and "report_id" not in text
    by_label = pn.attention(reports, by=["report_id", "label"])
    assert "report_id" in Elements(by_label._repr_html_() or "").text
