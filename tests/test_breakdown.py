"""Tables by any column, the page of errors, pictures: what they say is what the sentences and facts say."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from sklearn import metrics

import policynlp as pn
from policynlp.evaluate import Corpus, Result, evaluate
from policynlp.evaluate.facts import fact_metrics
from policynlp.evaluate.page import page
from policynlp.report import LABELS, Report, Sentence


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return pn.load_corpus("example")


@pytest.fixture(scope="module")
def result(corpus: Corpus, example: Path) -> Result:
    return evaluate(pn.load("linear"), example)


@pytest.mark.parametrize("column", ["level", "region", "year", "decade", "section_kind", "border"])
def test_groups_agree_with_scikit_learn(result: Result, column: str) -> None:
    table = result.by(column).set_index("group")
    assert table["sentences"].sum() == len(result.cases)
    frame = result.cases_frame().assign(decade=lambda f: (f["year"] // 10 * 10).astype(str) + "s")
    for name, some in frame.groupby(column):
        row = table.loc[name]
        assert row["accuracy"] == pytest.approx(metrics.accuracy_score(some["gold"], some["predicted"]))
        f1 = metrics.f1_score(some["gold"], some["predicted"], labels=LABELS, average="macro", zero_division=0)
        assert row["macro_f1"] == pytest.approx(f1)
        assert row["reports"] == some["report_id"].nunique()


def test_groups_of_ones_own(result: Result) -> None:
    mine = {case.report_id: "treated" if "2024" in case.report_id else "control" for case in result.cases}
    table = result.by(mine).set_index("group")
    assert set(table.index) == {"treated", "control"}
    assert (table["accuracy_low"] <= table["accuracy"]).all() and (table["accuracy"] <= table["accuracy_high"]).all()
    assert result.by(pd.Series(mine)).equals(result.by(mine))
    by_length = result.by(lambda case: len(case.text) > 40)
    assert by_length["sentences"].sum() == len(result.cases)
    with pytest.raises(ValueError, match="unknown column 'province'; known are decade, report_id"):
        result.by("province")
    with pytest.raises(ValueError, match="unknown part"):
        result.by("level", part="sentences")


@pytest.mark.parametrize(
    "column", ["measure", "level", "role", "year", "decade", "section_kind", "unit", "bound", "period", "indicator"]
)
def test_fact_groups_add_up(result: Result, column: str) -> None:
    table = result.by(column, part="facts")
    counts = sum(result.facts.values())
    assert table["gold"].sum() == counts[0] and table["predicted"].sum() >= counts[0] * 0.5
    whole = result.by(lambda case: "all", part="facts").iloc[0]
    expected = {name: float(value) for name, value in fact_metrics(counts).items()}
    for name in ("value_precision", "value_recall", "value_f1", "unit_accuracy", "indicator_accuracy", "full_f1"):
        assert whole[name] == pytest.approx(expected[name]), name
    for name in ("value_f1", "full_f1"):
        score = result.scores()["facts"][name]
        assert (whole[f"{name}_low"], whole[f"{name}_high"]) == pytest.approx((score.low, score.high)), name


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attributes)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_escapes_what_reports_hold(tmp_path: Path) -> None:
    text = "<script>alert(1)</script>&amp;新建<img src=x onerror=y>三所。"
    name = 'a"><b>'
    line = {"report_id": name, "start": 0, "end": len(text), "label": "other"}
    (tmp_path / "gold.jsonl").write_text(json.dumps(line), encoding="utf-8")

    def nlp(report: Report) -> Report:
        return report.with_(sentences=(Sentence(0, len(text), text, id=0, label="problem", scores={"problem": 0.9}),))

    result = evaluate(nlp, tmp_path / "gold.jsonl", texts=Report(text, id=name))
    result.to_html(tmp_path / "page.html", title="<i>错误</i>")
    tags = Tags()
    tags.feed((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert not {"script", "img", "b", "i"} & set(tags.seen)
    assert text in tags.text and name in tags.text and "other → problem: 1" in tags.text


def test_the_page_lists_every_error(result: Result) -> None:
    tags = Tags()
    tags.feed(page(result))
    wrong = [case for case in result.cases if not case.right]
    fields = sum(len(case.wrong) for case in result.fact_cases)
    assert wrong and fields
    assert tags.seen.count("mark") == len(wrong) + fields
    for case in wrong:
        assert f"{case.report_id} [{case.start}, {case.end})" in tags.text


def test_plot_draws_each_part(result: Result) -> None:
    pytest.importorskip("matplotlib")
    figure = result.plot()
    assert [axes.get_title() for axes in figure.axes] == [
        "F1, 95 % over reports", "labelled (rows)", "calibration", "facts, 95 % over reports",
    ]  # fmt: skip
    figure.canvas.draw()


def test_left_out_sentences_are_not_scored(corpus: Corpus, result: Result, example: Path) -> None:
    report = corpus.reports[0]
    left_out = {(report.id, sentence.start) for sentence in report.sentences[:10]}

    def gold(given: Report) -> Report:
        return next(known for known in corpus if known.id == given.id)

    fewer = evaluate(gold, example, leave_out=left_out)
    assert fewer.support()["sentences"] == result.support()["sentences"] - 10
    assert fewer.scores()["labels"]["accuracy"].value == 1
    starts = {fact.start for fact in report.facts if fact.sentence in range(10)}
    assert starts and not starts & {case.start for case in fewer.fact_cases if case.report_id == report.id}
    assert fewer.scores()["facts"]["value_precision"].value == 1


def test_facts_are_scored_where_sentences_are_labelled(corpus: Corpus, example: Path, tmp_path: Path) -> None:
    """Passages labelled with their facts, as people do it: what is found elsewhere is not wrong, it was not read."""
    report = max(corpus.reports, key=lambda report: len(report.facts))
    keys = {sentence.start for sentence in report.sentences[20:30]}
    lines = [
        line
        for kind in ("sentences", "facts")
        for line in (example / f"{report.id}.{kind}.jsonl").read_text(encoding="utf-8").splitlines()
        if json.loads(line).get("sentence_start", json.loads(line)["start"]) in keys
    ]
    (tmp_path / "mine.jsonl").write_text("\n".join(lines), encoding="utf-8")
    result = evaluate(lambda given: given.with_(sentences=report.sentences, facts=report.facts), tmp_path, texts=report)
    assert result.support()["sentences"] == 10 and 0 < result.support()["facts"] < len(report.facts)
    scores = result.scores()["facts"]
    assert (scores["value_precision"].value, scores["value_recall"].value) == (1, 1)
    assert all(case.gold for case in result.fact_cases)


def test_without_texts_facts_are_listed_too(corpus: Corpus, example: Path, tmp_path: Path) -> None:
    for file in example.glob("*.jsonl"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    alone = evaluate(lambda given: given, tmp_path)
    facts = sum(len(report.facts) for report in corpus)
    assert [case.wrong for case in alone.fact_cases] == [("missed",)] * facts
    assert alone.by("measure", part="facts")["gold"].sum() == facts
    shown = {(fact.start, fact.text) for report in corpus for fact in report.facts}
    assert {(case.start, case.text) for case in alone.fact_cases} == shown
