"""What must hold for facts whatever the words: they explain themselves, survive other glyphs, use any catalogue."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from fact_cases import facts_of, read_cases
from hypothesis import given, settings
from hypothesis import strategies as st

from policynlp.data import DataFileError, load_table
from policynlp.facts import Quantity, catalogue_of, find_facts, find_quantities, read_catalogue, render
from policynlp.facts.wordlists import UNITS
from policynlp.report import Report, Sentence

EXPLAINED = {"value", "unit", "bound", "measure", "modality", "indicator", "indicator_id", "period", "year", "role"}
TABLES = ("facts_context.tsv", "facts_indicators.tsv")
SENTENCES = [(label, sentence) for name in TABLES for label, sentence, _ in read_cases(name)]
# Units that read as themselves: 吨标准煤/万元, 平方公里, 千瓦时, 元/人, 微克/立方米 …
MEASURED = ("amount", "money", "people", "percent", "points", "multiple", "capacity")
PLAIN_UNITS = sorted({unit.unit for word, unit in UNITS.words.items() if unit.kind in MEASURED and word == unit.unit})
TRADITIONAL = {
    row["reading"]: row["glyph"]
    for row in load_table("glyphs.tsv", ("glyph", "reading", "example"), ("glyph", "reading"))
    if "\u4e00" <= row["reading"] <= "\u9fff"
}
WIDE = {str(digit): chr(0xFF10 + digit) for digit in range(10)} | {".": "．", "%": "％"}


@pytest.mark.parametrize(("label", "sentence"), SENTENCES, ids=[sentence[:20] for _, sentence in SENTENCES])
def test_every_field_is_explained(label, sentence):
    """Each fact names the words or the rule behind each of its fields."""
    one = Sentence(0, len(sentence), sentence, id=0, label=label)
    report = find_facts(Report(sentence, year=2024, sentences=(one,)))
    for fact in report.facts:
        assert set(fact.why) >= EXPLAINED
        assert all(fact.why[name] for name in EXPLAINED)
        shown = report.explain(fact)
        assert all(f"  {name} = " in shown for name in EXPLAINED)


def test_explanations_say_something():
    """Pinned to one sentence, so that an explanation of everything by nothing is seen."""
    (fact,) = facts_of("废水排放量力争年均下降25%以上。", "commitment")
    assert (fact.why["value"].split(",")[0], fact.why["unit"], fact.why["bound"]) == ("25", "%", "以上")
    assert fact.why["modality"].startswith("力争") and fact.why["period"] == "年均" and "下降" in fact.why["measure"]


@given(
    st.decimals(min_value=Decimal("0.1"), max_value=10**6, places=2),
    st.none() | st.decimals(min_value=Decimal("0.1"), max_value=10**4, places=1),
    st.sampled_from(PLAIN_UNITS),
    st.sampled_from(["eq", "ge", "gt", "le", "lt", "about"]),
)
@settings(max_examples=250, deadline=None)
def test_every_unit_is_rendered_and_read_back(value, more, unit, bound):
    """Ranges, rates, areas, energy and amounts per something."""
    high, bound = (None, bound) if more is None else (value + more, "range")
    written = render(Quantity(0, 0, "", value, high, unit, bound))
    found = find_quantities(f"达到{written}。")
    assert [(q.value, q.value_high, q.unit, q.bound) for q in found] == [(value, high, unit, bound)]


@pytest.mark.parametrize("glyphs", [TRADITIONAL, WIDE], ids=["traditional", "full-width"])
@pytest.mark.parametrize(("label", "sentence"), SENTENCES, ids=[sentence[:20] for _, sentence in SENTENCES])
def test_other_glyphs_give_the_same_quantities(label, sentence, glyphs):
    """The glyphs of the table and full-width forms: one character for one, the same values at the same places."""
    other = "".join(glyphs.get(char, char) for char in sentence)
    plain = [(q.start, q.end, q.value, q.value_high, q.unit, q.bound) for q in find_quantities(sentence)]
    assert [(q.start, q.end, q.value, q.value_high, q.unit, q.bound) for q in find_quantities(other)] == plain


def test_a_catalogue_of_ones_own(tmp_path: Path):
    """From a file or from rows; its ids stand where those of the shipped one would."""
    text = "茶叶产量5万吨，地区生产总值增长6%。"
    file = tmp_path / "mine.tsv"
    file.write_text("id\tnames\ntea\t茶叶产量 茶产量\n", encoding="utf-8")
    one = Sentence(0, len(text), text, id=0, label="achievement")
    report = Report(text, year=2024, sentences=(one,))
    for mine in (read_catalogue(file), catalogue_of([{"id": "tea", "names": "茶叶产量"}])):
        assert [fact.indicator_id for fact in find_facts(report, indicators=mine).facts] == ["tea", None]
    with pytest.raises(DataFileError, match="two rows"):
        catalogue_of([{"id": "tea", "names": "茶"}, {"id": "tea", "names": "茶叶"}])
    with pytest.raises(DataFileError, match="id and names"):
        catalogue_of([{"id": "tea"}])


def test_another_place_before_the_name():
    """The figure of a place within or beside the reporting one is not the reporting place's."""
    text = "青岗市生产总值达到90亿元，云岭省生产总值达到900亿元，全省生产总值增长6%。"
    one = Sentence(0, len(text), text, id=0, label="achievement")
    facts = find_facts(Report(text, year=2024, region="云岭省", sentences=(one,))).facts
    assert [fact.indicator_id for fact in facts] == [None, "gdp", "gdp"]
