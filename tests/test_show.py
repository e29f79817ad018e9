"""A report as HTML: what it must say, that nothing of a text becomes markup, that it stands alone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

import policynlp as pn
from policynlp.report import Commitment, NumericFact, Report, Section, Sentence
from policynlp.show.report_page import notebook_html, page_html
from policynlp.show.report_view import fact_words, section_views, value_words

HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}{% raw %}</style><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def report(example: Path) -> Report:
    return pn.load()(pn.read_report(example / "city_云岭市_2024.txt"))


def fact(text: str, start: int = 0, **fields: object) -> NumericFact:
    names = ("measure", "value", "value_high", "unit", "bound", "modality", "role", "period", "year")
    values = ("level", Decimal(1), None, "元", "eq", "firm", "outcome", "annual", 2023)
    plain = NumericFact(start, start + len(text), text, 0, 0, 0, "产值", None, **dict(zip(names, values, strict=True)))
    return replace(plain, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": Decimal("166820000000")}, "1,668.2亿元"),
        ({"value": Decimal("21000"), "unit": "人"}, "2.1万人"),
        ({"value": Decimal("1E12")}, "1万亿元"),
        ({"value": Decimal("-3.3"), "unit": "%"}, "−3.3%"),
        ({"value": Decimal("5"), "value_high": Decimal("6"), "unit": "%"}, "5–6%"),
        ({"value": None, "unit": ""}, ""),
    ],
)
def test_values_in_words(fields: dict[str, object], words: str) -> None:
    assert value_words(fact("x", **fields)) == words


def test_a_tip_names_indicator_value_bound_measure_and_year() -> None:
    words = dict(fact_words(fact("5%以上", value=Decimal(5), unit="%", bound="ge", measure="growth", year=2024)))
    assert words["指标"] == "产值" and words["数值"] == "5%" and words["年份"] == "2024"
    assert "不低于" in words["界限"] and "growth" in words["口径"]


def sentence_of(text: str, *facts: NumericFact) -> list[tuple[str, int]]:
    one = Report(text, sentences=(Sentence(0, len(text), text, 0),), facts=facts)
    ((item,),) = section_views(one)[0].blocks
    return [(piece.text, len(piece.facts)) for piece in item.pieces]


def test_facts_that_share_a_span_share_an_underline() -> None:
    text = "营收和税收均居第一位。"
    assert sentence_of(text, fact("第一位", 7), fact("第一位", 7, id=1)) == [
        ("营收和税收均居", 0),
        ("第一位", 2),
        ("。", 0),
    ]
    assert sentence_of(text, fact("居第一", 6), fact("第一位", 7, id=1)) == [
        ("营收和税收均", 0),
        ("居第一位", 2),
        ("。", 0),
    ]


@given(st.lists(st.tuples(st.integers(-3, 25), st.integers(0, 9)), max_size=8))
def test_pieces_put_together_are_the_sentence(spans: list[tuple[int, int]]) -> None:
    text = "地区生产总值增长5%，就业2万人。"
    facts = [fact("x" * size, start, id=number) for number, (start, size) in enumerate(spans)]
    assert "".join(piece for piece, _ in sentence_of(text, *facts)) == text


def test_every_sentence_number_and_commitment_is_there(report: Report) -> None:
    tree = html.fromstring(page_html(report))
    assert len(tree.xpath("//span[@data-l]")) == len(report.sentences)
    for item in report.sentences:
        (node,) = tree.xpath(f"//*[@id='s{item.id}']")
        for extra in node.xpath(".//*[contains(@class,'tip') or @class='sign']"):
            extra.drop_tag() if extra.tag == "a" else extra.drop_tree()
        assert node.text_content() == item.text
        assert node.get("data-l") == item.label
    for number in report.facts:
        assert tree.xpath(f"//*[@id='f{number.id}']"), number
    links = {link.get("href") for link in tree.xpath("//details[@id='commitments']//a")}
    for commitment in report.commitments:
        assert {f"#s{commitment.sentence.id}", *(f"#f{target.id}" for target in commitment.targets)} <= links


@pytest.mark.parametrize("write", [notebook_html, page_html])
def test_every_link_and_tip_leads_to_one_place(report: Report, write: Callable[[Report], str]) -> None:
    tree = html.fromstring(write(report))
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    wanted = {link.removeprefix("#") for link in tree.xpath("//@href")} | set(tree.xpath("//@aria-describedby"))
    assert wanted and wanted <= set(ids)


def test_two_reports_in_one_notebook_share_no_id(report: Report) -> None:
    other = report.with_(text=report.text + "\n")
    first, second = (set(re.findall(r' id="([^"]+)"', notebook_html(r))) for r in (report, other))
    assert first and not first & second


def test_a_notebook_fragment_runs_no_script_and_styles_only_itself(report: Report) -> None:
    fragment = report._repr_html_()
    assert "<script" not in fragment and not re.search(r"\son\w+=", fragment)
    style = re.sub(r"/\*.*?\*/", "", re.search(r"<style>(.*?)</style>", fragment, re.S)[1], flags=re.S)  # type: ignore[index]
    selectors = [
        s for rule in re.findall(r"([^{};]+)\{", style) for s in rule.split(",") if not rule.strip().startswith("@")
    ]
    assert len(selectors) > 50
    assert [s.strip() for s in selectors if "pn-" not in s] == []


def test_a_page_asks_for_nothing_outside(report: Report) -> None:
    page = page_html(report)
    assert not re.search(r"\b(?:src|href)=(?![\"']#)|url\(|@import|https?://", page)
    assert "default-src 'none'" in page


def hostile_report(text: str) -> Report:
    sentence = Sentence(0, len(text), text, 0, label="commitment", scores={"commitment": 0.9, "other": 0.1})
    number = fact(text[:5], indicator=text, indicator_id=text, unit=text, role="target")
    return Report(
        text, id=text, region=text, speaker=text, model=text, sections=(Section(0, len(text), "plan", text),),
        sentences=(sentence,), facts=(number,), commitments=(Commitment(sentence, (number,), text, 2024),),
    )  # fmt: skip


@pytest.mark.parametrize("write", [notebook_html, page_html])
def test_no_text_becomes_markup(write: Callable[[Report], str]) -> None:
    hostile, tame = (html.fromstring(write(hostile_report(text))) for text in (HOSTILE, "甲" * len(HOSTILE)))
    assert [node.tag for node in hostile.iter(etree.Element)] == [node.tag for node in tame.iter(etree.Element)]
    assert not hostile.xpath("//img") and "{{7*7}}" in hostile.text_content()


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), min_size=1, max_size=40))
def test_any_text_is_shown_and_can_be_written(text: str) -> None:
    page = page_html(hostile_report(text))
    page.encode("utf-8")
    # Scripts are two at most: ours, and none from the text.
    assert page.count("<script>") == 1
    assert not re.search("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]", page)


def test_a_report_prints_in_a_line(report: Report) -> None:
    """It stands in lists, tracebacks and debuggers: which report, and how much of each layer, never its text."""
    words = repr(report.with_(id="city_云岭市_2024", region="云岭市", year=2024))
    assert words.startswith("<Report 'city_云岭市_2024' 云岭市 2024: ") and len(words) < 200
    assert f"{len(report.sentences)} sentences" in words and f"{len(report.facts)} facts" in words
    assert repr(Report("增长6%。" * 100_000)) == "<Report '': 500000 characters>"


def test_a_report_without_layers_shows_its_text() -> None:
    bare = Report.from_text("各位代表：\n<b>现在</b>报告工作。")
    assert "&lt;b&gt;现在" in bare._repr_html_()
    assert "&lt;b&gt;现在" in page_html(bare)


def test_a_segmented_report_without_labels_shows_itself(report: Report) -> None:
    plain = report.with_(sentences=tuple(replace(s, label=None, scores={}) for s in report.sentences), commitments=())
    assert "题" not in html.fromstring(plain._repr_html_()).xpath("string(//p)")
    assert page_html(plain).count('data-l=""') == len(report.sentences)


def test_writing_replaces_and_names_what_cannot_be_written(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "页.html"
    path.write_text("old")
    report.to_html(path)
    assert path.read_text(encoding="utf-8") == page_html(report)
    with pytest.raises(OSError, match="missing"):
        report.to_html(tmp_path / "missing" / "page.html")


def test_four_hundred_sentences_are_quick(report: Report) -> None:
    page_html(report)
    start = time.perf_counter()
    for _ in range(8):
        notebook_html(report)
    assert time.perf_counter() - start < 3
