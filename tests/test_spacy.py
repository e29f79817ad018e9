"""The component in spaCy: the library's own offsets, with every segmenter, however spaCy moves its documents."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policynlp as pn
from policynlp.report import Report

spacy = pytest.importorskip("spacy", reason="spaCy is not installed: pip install 'policynlp[spacy]'")
from spacy import displacy  # noqa: E402
from spacy.tokens import Doc, DocBin  # noqa: E402

SEGMENTERS = ("char", "jieba")
# Boundaries inside of what a segmenter takes for one word: a number, a run of blanks, a heading without a mark.
ODD = [
    "各位代表：\n\n  现在报告工作。",
    "一、2023年工作回顾\n地区生产总值增长5.4%左右，就业2.1万人以上。\n二、今年工作\n力争增长6%。",
    "GDP增长6%。2024年GDP增长5%以上。",
    "增长5%—6%\r\n\r\n谢谢大家！",
    "　　全市　增长\u00a05%。",
]


def chinese(segmenter: str) -> Any:
    nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": segmenter}}})
    nlp.add_pipe("policynlp")
    return nlp


@pytest.fixture(scope="module")
def pipelines() -> dict[str, Any]:
    return {segmenter: chinese(segmenter) for segmenter in SEGMENTERS}


@pytest.fixture(scope="module")
def text(example: Path) -> str:
    return (example / "city_云岭市_2024.txt").read_text(encoding="utf-8")


def spans(doc: Doc, name: str) -> list[tuple[int, int, str]]:
    return [(span.start_char, span.end_char, span.text) for span in doc.spans[name]]


def same(doc: Doc, report: Report) -> None:
    """The document holds exactly what the library found."""
    assert doc.text == report.text
    for name, items in (("sentences", report.sentences), ("headings", report.headings), ("facts", report.facts)):
        assert spans(doc, name) == [(item.start, item.end, item.text) for item in items]
    assert [span._.policy_fact for span in doc.spans["facts"]] == list(report.facts)
    assert [span._.policy_label for span in doc.spans["sentences"]] == [s.label for s in report.sentences]
    assert [span._.policy_scores for span in doc.spans["sentences"]] == [dict(s.scores) for s in report.sentences]
    sections = [(report.text[s.start : s.end].strip(), s.kind) for s in report.sections]
    assert [(s.text, s.label_) for s in doc.spans["sections"]] == [section for section in sections if section[0]]
    targets = {c.sentence.id: [fact.text for fact in c.targets] for c in report.commitments}
    for span, sentence in zip(doc.spans["sentences"], report.sentences, strict=True):
        assert [fact.text for fact in span._.policy_targets] == targets.get(sentence.id, [])


def test_registered_through_entry_points() -> None:
    assert "policynlp" in {point.name for point in entry_points(group="spacy_factories")}


@pytest.mark.parametrize("segmenter", SEGMENTERS)
def test_offsets_are_the_librarys(pipelines: dict[str, Any], segmenter: str, text: str) -> None:
    doc = pipelines[segmenter](text)
    report = pn.load()(text)
    same(doc, report)
    starts = [sentence.start_char for sentence in doc.sents]
    assert set(starts) - {0} == {unit.start for unit in report.units} - {0}
    by_start = {sentence.start: sentence.label for sentence in report.sentences}
    assert [s._.policy_label for s in doc.sents] == [by_start.get(start) for start in starts]


@pytest.mark.parametrize("segmenter", SEGMENTERS)
@pytest.mark.parametrize("odd", ODD)
def test_boundaries_inside_tokens(pipelines: dict[str, Any], segmenter: str, odd: str) -> None:
    same(pipelines[segmenter](odd), pn.load()(odd))


@settings(max_examples=40, deadline=None)
@given(st.text("一二年（）；。\n 增长5%—6.2万人以上GDP力争左右，\t", min_size=1, max_size=40))
def test_any_text(pipelines: dict[str, Any], text: str) -> None:
    same(pipelines["jieba"](text), pn.load()(text))


@pytest.mark.parametrize("segmenter", SEGMENTERS)
def test_an_empty_text(pipelines: dict[str, Any], segmenter: str) -> None:
    doc = pipelines[segmenter]("")
    assert [len(doc.spans[name]) for name in ("sentences", "headings", "sections", "facts")] == [0, 0, 0, 0]


def test_metadata_reach_the_report(pipelines: dict[str, Any]) -> None:
    nlp = pipelines["char"]
    doc = nlp.make_doc("今年，地区生产总值增长5%以上。")
    doc._.policy_metadata = {"region": "云岭市", "year": 2031}
    assert nlp(doc).spans["facts"][0]._.policy_fact.year == 2031
    doc = nlp.make_doc("今年。")
    doc._.policy_metadata = {"place": "云岭市"}
    with pytest.raises(TypeError, match="unknown metadata 'place'"):
        nlp(doc)


def test_pipe_keeps_order_and_gives_the_same(pipelines: dict[str, Any]) -> None:
    nlp = pipelines["jieba"]
    for doc, text in zip(nlp.pipe(ODD, batch_size=2), ODD, strict=True):
        same(doc, pn.load()(text))
    contexts = [context for _, context in nlp.pipe(((text, number) for number, text in enumerate(ODD)), as_tuples=True)]
    assert contexts == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("user_data", [True, False])
def test_docbin_keeps_everything(pipelines: dict[str, Any], text: str, user_data: bool) -> None:
    doc = pipelines["jieba"](text)
    stored = DocBin(docs=[doc], store_user_data=user_data).to_bytes()
    (again,) = DocBin().from_bytes(stored).get_docs(spacy.blank("zh").vocab)
    same(again, pn.load()(text))
    assert [s.start_char for s in again.sents] == [s.start_char for s in doc.sents]


def test_bytes_of_a_doc(pipelines: dict[str, Any]) -> None:
    doc = pipelines["char"](ODD[1])
    same(Doc(spacy.blank("zh").vocab).from_bytes(doc.to_bytes()), pn.load()(ODD[1]))


def test_displacy_draws_the_facts(pipelines: dict[str, Any]) -> None:
    doc = pipelines["jieba"](ODD[1])
    html = displacy.render(doc, style="span", options={"spans_key": "facts"}, jupyter=False)
    assert doc.spans["facts"] and all(span.label_ in html for span in doc.spans["facts"])
    assert displacy.render(doc, style="span", options={"spans_key": "sentences"}, jupyter=False)


def test_beside_other_components(text: str) -> None:
    nlp = spacy.blank("zh")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PLACE", "pattern": [{"TEXT": "云"}, {"TEXT": "岭"}, {"TEXT": "市"}]}])
    nlp.add_pipe("policynlp")
    spans_after = nlp.add_pipe("span_ruler", config={"spans_key": "mine"})
    spans_after.add_patterns([{"label": "GDP", "pattern": [{"TEXT": letter} for letter in "地区生产总值"]}])
    doc = nlp(text)
    assert {entity.text for entity in doc.ents} == {"云岭市"} and doc.ents[0].sent is not None
    assert {span._.policy_label for span in doc.spans["mine"]} >= {"achievement", "commitment"}
    assert {span._.policy_section for span in doc.spans["mine"]} >= {"review", "plan"}
    assert all(span._.policy_fact is None for span in doc.spans["mine"])
    assert nlp.analyze_pipes()["problems"]["policynlp"] == []


def test_sentences_of_a_parser_before_it_stay() -> None:
    nlp = spacy.blank("zh")
    nlp.add_pipe("policynlp")
    doc = Doc(nlp.vocab, words=list("增长六成。就业好。"), spaces=[False] * 9, heads=[0] * 9, deps=["dep"] * 9)
    with pytest.warns(UserWarning, match="before the parser"):
        doc = nlp(doc)
    assert len(list(doc.sents)) == 1 and len(doc.spans["sentences"]) == 2


def test_configs_and_folders_come_back(tmp_path: Path) -> None:
    nlp = chinese("jieba")
    assert nlp.config["components"]["policynlp"] == {"factory": "policynlp", "model": None}
    again = spacy.util.load_model_from_config(spacy.Config().from_str(nlp.config.to_str()))
    assert again.pipe_names == ["policynlp"]
    nlp.to_disk(tmp_path / "pipeline")
    same(spacy.load(tmp_path / "pipeline")(ODD[1]), pn.load()(ODD[1]))


def test_a_model_that_is_not_there_says_so() -> None:
    from policynlp.classify import ModelError

    with pytest.raises(ModelError):
        spacy.blank("zh").add_pipe("policynlp", config={"model": "no/such/model"})
