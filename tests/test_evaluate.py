"""Labelled sets, and scores against scikit-learn and the shared scorer on random inputs."""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

import policynlp
from policynlp.classify import expected_calibration_error
from policynlp.evaluate import GoldError, evaluate, read_gold
from policynlp.evaluate.facts import fact_counts, fact_metrics, like_indicator, match_facts
from policynlp.evaluate.gold import GoldFact, GoldSentence
from policynlp.evaluate.labels import MISSING, label_counts, label_metrics, outcomes
from policynlp.evaluate.result import Result
from policynlp.report import (
    BOUNDS,
    LABELS,
    MEASURES,
    MODALITIES,
    PERIODS,
    ROLES,
    Heading,
    NumericFact,
    Report,
    Sentence,
)

TEXT = "建成学校三所。今年新建五所。困难不少。"
SPANS = ((0, 7, "achievement"), (7, 14, "commitment"), (14, 19, "problem"))
SENTENCE: dict[str, Any] = {"report_id": "a", "start": 0, "end": 7, "text": TEXT[:7], "label": "achievement"}
FACT: dict[str, Any] = {
    "report_id": "a", "sentence_start": 0, "start": 4, "end": 6, "text": "三所", "indicator": "学校",
    "measure": "level", "value": 3, "value_high": None, "unit": "所", "bound": "eq", "modality": "firm",
    "period": "annual", "year": 2023, "role": "outcome",
}  # fmt: skip


def write(folder: Path, *records: object, name: str = "gold.jsonl") -> Path:
    path = folder / name
    lines = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def gold_of(report_id: str, text: str = TEXT) -> list[dict[str, Any]]:
    return [{"report_id": report_id, "start": a, "end": b, "text": text[a:b], "label": label} for a, b, label in SPANS]


def labeller(labels: dict[str, str] | None = None) -> Callable[[Report], Report]:
    """Cuts at 。 and labels by the first character; all else is ``other``."""
    chosen = labels or {"建": "achievement", "今": "commitment", "困": "problem"}

    def nlp(report: Report) -> Report:
        out, start = [], 0
        for index, mark in enumerate(report.text):
            if mark == "。":
                piece = report.text[start : index + 1]
                label = chosen.get(piece[0], "other")
                scores = {name: 0.7 if name == label else 0.1 for name in LABELS}
                out.append(Sentence(start, index + 1, piece, id=len(out), label=label, scores=scores))
                start = index + 1
        return report.with_(sentences=tuple(out))

    return nlp


# What is wrong with a line, and what the message must say beside file and line.
BAD_LINES = [
    ({**SENTENCE, "label": "promise"}, "unknown label 'promise'"),
    ({**SENTENCE, "label": ["other"]}, "unknown label"),
    ({**SENTENCE, "end": 0}, "no offsets"),
    ({**SENTENCE, "start": -1}, "no offsets"),
    ({**SENTENCE, "start": "0"}, "no offsets"),
    ({**SENTENCE, "start": True}, "no offsets"),
    ({**SENTENCE, "end": 8}, "text has 7 characters, start and end span 8"),
    ({**SENTENCE, "report_id": ""}, "no name"),
    ({key: value for key, value in SENTENCE.items() if key != "start"}, "field 'start' is missing"),
    ({"report_id": "a", "start": 0, "end": 7}, "neither a label"),
    ({**FACT, "measure": "size"}, "unknown measure 'size'"),
    ({**FACT, "bound": None}, "unknown bound None"),
    ({**FACT, "value": "3"}, "value '3' is no number"),
    ({**FACT, "value": None}, "only a qualitative fact"),
    ({**FACT, "year": "2023"}, "year '2023' is no number"),
    ({**FACT, "year": 2023.5}, "year 2023.5 is no whole number"),
    ({**FACT, "value": math.inf}, "value inf is not finite"),
    ({**FACT, "value_high": math.nan}, "value_high nan is not finite"),
    ({**FACT, "sentence_start": "0"}, "sentence_start '0' is no whole number"),
    ({**FACT, "report_id": "b", "sentence_start": 1}, "outside its sentence [1, 3)"),
    ({**FACT, "report_id": "b", "start": 1, "end": 3, "sentence_start": 0}, "no labelled sentence of b starts at 0"),
    ({**SENTENCE, "sha256": 5}, "sha256 5 is none"),
    ({**SENTENCE, "sha256": "AB" * 32}, "64 digits 0-9a-f are needed"),
    ({**SENTENCE, "report_id": "b", "start": 2, "end": 9}, "sentence at [2, 9) overlaps that at [1, 3)"),
    ({**SENTENCE, "report_id": "b", "sha256": "1" * 64}, "labels of two versions of its text"),
    ("{", "not one JSON object a line"),
    ("[1]", "a JSON object is needed, not list"),
]


@pytest.mark.parametrize(("line", "says"), BAD_LINES, ids=[says for _, says in BAD_LINES])
def test_bad_lines_are_named(tmp_path: Path, line: object, says: str) -> None:
    # A line of another report, which the bad one may contradict, and a blank one.
    first = {"report_id": "b", "start": 1, "end": 3, "label": "other", "sha256": "0" * 64}
    path = write(tmp_path, first, "", line)
    with pytest.raises(GoldError) as error:
        read_gold(path)
    assert f"{path}, line 3: " in str(error.value)
    assert says in str(error.value)


@pytest.mark.parametrize("record", [SENTENCE, FACT], ids=["sentence", "fact"])
def test_nothing_stands_twice(tmp_path: Path, record: dict[str, Any]) -> None:
    first = write(tmp_path, record, name="1.jsonl")
    second = write(tmp_path, record, name="2.jsonl")
    with pytest.raises(GoldError, match="second time") as error:
        read_gold(tmp_path)
    assert f"{second}, line 1" in str(error.value)
    assert f"{first}, line 1" in str(error.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="no such file"):
        read_gold(tmp_path / "missing.jsonl")
    with pytest.raises(GoldError, match=r"no \.jsonl file"):
        read_gold(tmp_path)
    with pytest.raises(GoldError, match="no labelled sentence"):
        read_gold(write(tmp_path, ""))
    (tmp_path / "gbk.jsonl").write_bytes("成绩".encode("gb18030"))
    with pytest.raises(GoldError, match="not UTF-8"):
        read_gold(tmp_path / "gbk.jsonl")


def test_two_facts_on_one_span_are_allowed(tmp_path: Path) -> None:
    gold = read_gold(write(tmp_path, FACT, {**FACT, "indicator": "校舍"}))
    assert [fact.indicator for fact in gold["a"].facts] == ["学校", "校舍"]


def test_text_beside_the_gold_in_a_folder_or_as_report(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "gold", tmp_path / "texts"
    folder.mkdir()
    elsewhere.mkdir()
    path = write(folder, *({**line, "text": None} for line in gold_of("a")))
    (elsewhere / "a.txt").write_text(TEXT, encoding="utf-8")
    for texts in (elsewhere, elsewhere / "a.txt", [elsewhere], Report(TEXT, id="a")):
        result = evaluate(labeller(), path, texts=texts)
        assert result.scores()["labels"]["accuracy"].value == 1
        assert not any("without context" in note for note in result.notes)
    with pytest.raises(GoldError, match="no text of a"):
        evaluate(labeller(), path)
    with pytest.raises(GoldError, match="no such folder"):
        evaluate(labeller(), path, texts=tmp_path / "nowhere")
    (folder / "a.txt").write_text(TEXT, encoding="utf-8")
    assert evaluate(labeller(), path).support()["sentences"] == 3


@pytest.mark.parametrize("other", [TEXT.replace("三", "四"), TEXT[:10]], ids=["words", "length"])
def test_another_version_of_the_text_is_refused(tmp_path: Path, other: str) -> None:
    path = write(tmp_path, *gold_of("a"))
    with pytest.raises(GoldError, match="another version") as error:
        evaluate(labeller(), path, texts=Report(other, id="a"))
    assert str(path) in str(error.value)
    # The version that fits is taken where both are at hand.
    result = evaluate(labeller(), path, texts=[Report(other, id="a"), Report(TEXT, id="a")])
    assert result.support()["sentences"] == 3


def test_sha256_ties_labels_to_a_text(tmp_path: Path) -> None:
    path = write(tmp_path, *({**line, "sha256": Report(TEXT).sha256} for line in gold_of("a")))
    assert evaluate(labeller(), path, texts=Report(TEXT, id="a")).support()["sentences"] == 3
    with pytest.raises(GoldError, match=r"gold.jsonl, line 1: .*sha256 differs"):
        evaluate(labeller(), path, texts=Report(TEXT + "完。", id="a"))


def test_a_manifest_ties_published_labels_to_a_text(tmp_path: Path) -> None:
    """Labels without words and without a hash in the line: the manifest beside the splits tells the version."""
    (tmp_path / "train").mkdir()
    path = write(tmp_path / "train", *({**line, "text": None} for line in gold_of("a")))
    (tmp_path / "manifest.tsv").write_text(f"report_id\tsha256\na\t{Report(TEXT).sha256}\n", encoding="utf-8")
    other = Report(TEXT.replace("三", "四"), id="a")
    for given in (path, path.parent, tmp_path):
        assert evaluate(labeller(), given, texts=Report(TEXT, id="a")).support()["sentences"] == 3
        with pytest.raises(GoldError, match="sha256 differs"):
            evaluate(labeller(), given, texts=other)


def test_without_texts_sentences_are_labelled_alone(tmp_path: Path) -> None:
    fact = {**FACT, "start": 11, "end": 13, "sentence_start": 7, "text": "五所", "value": 5}
    path = write(tmp_path, *gold_of("a"), fact)

    def nlp(report: Report) -> Report:
        found = replace(FOUND, start=4, end=6, value=Decimal(5), text="五所")
        return labeller()(report).with_(facts=(found,) if "五所" in report.text else ())

    result = evaluate(nlp, path)
    scores = result.scores()
    assert scores["labels"]["accuracy"].value == 1
    assert scores["labels"]["border_accuracy"].value == 1
    assert scores["facts"]["full_f1"].value == 1
    assert any("without context" in note for note in result.notes)
    assert scores["labels"]["macro_f1"].value == 0.75
    assert any("no sentence is labelled other" in note for note in result.notes)


def _random_report(generator: np.random.Generator) -> tuple[Report, list[GoldSentence]]:
    """Cuts of gold and of prediction differ at times; some labelled sentences stand in headings."""
    text, gold, sentences, headings = "", [], [], []
    for index in range(int(generator.integers(1, 40))):
        start, length = len(text), int(generator.integers(4, 9))
        text += "字" * length
        gold.append(GoldSentence("r", start, start + length, str(generator.choice(LABELS))))
        if generator.random() < 0.1:
            headings.append(Heading(start, start + length, text[start:], id=index, depth=1, title=""))
            continue
        scores = dict(zip(LABELS, generator.dirichlet(np.ones(4)).tolist(), strict=True))
        label = max(scores, key=lambda name: scores[name])
        end = start + length - int(generator.random() < 0.2)
        sentences.append(Sentence(start, end, text[start:end], id=index, label=label, scores=scores))
    return Report(text, id="r", sentences=tuple(sentences), headings=tuple(headings)), gold


@pytest.mark.parametrize("seed", range(12))
def test_label_scores_agree_with_scikit_learn(seed: int) -> None:
    report, gold = _random_report(np.random.default_rng(seed))
    results = outcomes(report, gold)
    counts = label_counts(report, results)
    ours = {name: float(value) for name, value in label_metrics(counts).items()}
    truth, predicted = [r.gold.label for r in results], [r.label for r in results]
    assert ours["accuracy"] == pytest.approx(metrics.accuracy_score(truth, predicted))
    assert ours["mcc"] == pytest.approx(metrics.matthews_corrcoef(truth, predicted))
    table = metrics.precision_recall_fscore_support(truth, predicted, labels=LABELS, zero_division=0)
    for row, name in zip(table, ("precision", "recall", "f1"), strict=False):
        for value, label in zip(row, LABELS, strict=True):
            assert ours[f"{label}.{name}"] == pytest.approx(value)
    assert ours["macro_f1"] == pytest.approx(table[2].mean())
    matrix = metrics.confusion_matrix(truth, predicted, labels=[*LABELS, MISSING])
    np.testing.assert_array_equal(counts.confusion, matrix[: len(LABELS)])
    scored = [r for r in results if r.found]
    if scored:
        probabilities = np.array([[r.found.scores[label] for label in LABELS] for r in scored if r.found])
        error = expected_calibration_error(probabilities, np.array([LABELS.index(r.gold.label) for r in scored]))
        assert ours["ece"] == pytest.approx(error)


def test_borders_are_both_sides_of_a_change() -> None:
    text = "。" * 5
    gold = [GoldSentence("r", i, i + 1, label) for i, label in enumerate(["other"] * 3 + ["problem"] * 2)]
    found = tuple(Sentence(i, i + 1, "。", id=i, label="other") for i in range(5))
    results = outcomes(Report(text, sentences=found), gold)
    assert [result.border for result in results] == [False, False, True, True, False]
    assert label_metrics(label_counts(Report(text, sentences=found), results))["border_accuracy"] == 0.5


FOUND = NumericFact(
    4, 6, "三所", id=0, sentence=0, sentence_start=0, indicator="学校", indicator_id=None, measure="level",
    value=Decimal(3), value_high=None, unit="所", bound="eq", modality="firm", role="outcome", period="annual",
    year=2023,
)  # fmt: skip


INDICATORS = ("地区生产总值", "生产总值", "财政收入", "公共财政收入", "就业", "粮食产量")


def _random_facts(generator: np.random.Generator) -> tuple[list[NumericFact], list[GoldFact]]:
    def fields() -> dict[str, Any]:
        start = int(generator.integers(0, 120))
        return {
            "start": start,
            "end": start + int(generator.integers(1, 7)),
            "indicator": str(generator.choice(INDICATORS)),
            "measure": str(generator.choice(MEASURES[:2])),
            "value": None if generator.random() < 0.1 else float(generator.integers(0, 4)),
            "value_high": 5.0 if generator.random() < 0.2 else None,
            "unit": str(generator.choice(["%", "元"])),
            "bound": str(generator.choice(BOUNDS[:2])),
            "modality": str(generator.choice(MODALITIES)),
            "period": str(generator.choice(PERIODS)),
            "year": int(generator.integers(2023, 2025)),
            "role": str(generator.choice(ROLES)),
        }

    def number(value: float | None) -> Decimal | None:
        return None if value is None else Decimal(str(value))

    found = []
    for index in range(int(generator.integers(0, 30))):
        made = fields()
        made |= {"value": number(made["value"]), "value_high": number(made["value_high"])}
        found.append(replace(FOUND, id=index, **made))
    gold = [GoldFact("r", 0, **fields()) for _ in range(int(generator.integers(0, 30)))]
    return found, gold


@pytest.fixture(scope="module")
def scorer(shared: Path) -> ModuleType:
    """The shared scorer, loaded from its file."""
    import sys

    sys.path.insert(0, str(shared / "gold"))
    try:
        spec = importlib.util.spec_from_file_location("shared_gold", shared / "gold" / "gold.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(shared / "gold"))
    return module


@pytest.mark.shared
@pytest.mark.parametrize("seed", range(25))
def test_fact_scores_agree_with_the_shared_scorer(scorer: ModuleType, seed: int) -> None:
    found, gold = _random_facts(np.random.default_rng(seed))
    names = ("start", "end", "indicator", "measure", "unit", "bound", "modality", "year", "role")

    def plain(item: Any) -> dict[str, Any]:
        values = {name: getattr(item, name) for name in names}
        numbers = {name: None if getattr(item, name) is None else float(getattr(item, name)) for name in VALUES}
        return {**values, **numbers, "report_id": "r"}

    theirs = scorer.fact_scores([plain(item) for item in found], [plain(item) for item in gold])
    ours = {name: float(value) for name, value in fact_metrics(fact_counts(found, gold)).items()}
    same = {"value_p": "value_precision", "value_r": "value_recall", "value_f1": "value_f1", "full_f1": "full_f1"}
    same |= {"indicator_acc": "indicator_accuracy", "indicator_exact": "indicator_exact"}
    same |= {f"{name}_acc": f"{name}_accuracy" for name in ("unit", "bound", "measure", "modality", "year", "role")}
    for their_name, our_name in same.items():
        assert ours[our_name] == pytest.approx(theirs[their_name]), our_name


VALUES = ("value", "value_high")


def _exact_spans(generator: np.random.Generator) -> tuple[list[NumericFact], list[GoldFact], list[list[str]]]:
    """Facts on whole cells of a grid, so that two overlap only where they are the same span; and as IOB tags."""
    cells, rows = 40, []
    for _ in range(2):
        rows.append([str(generator.integers(0, 3)) if generator.random() < 0.4 else None for _ in range(cells)])
    found = [
        replace(FOUND, id=i, start=3 * i, end=3 * i + 3, value=Decimal(value), text="字" * 3)
        for i, value in enumerate(rows[0])
        if value is not None
    ]
    gold = [replace(GOLD, start=3 * i, end=3 * i + 3, value=float(v)) for i, v in enumerate(rows[1]) if v is not None]
    tags = [
        [tag for value in row for tag in (["O"] * 3 if value is None else [f"B-{value}", f"I-{value}", f"I-{value}"])]
        for row in rows
    ]
    return found, gold, tags


def _entities(tags: list[str]) -> set[tuple[str, int, int]]:
    """Entities of IOB tags as seqeval reads them in its strict mode: B- begins, the same I- goes on."""
    out, start = set(), None
    for index, tag in enumerate([*tags, "O"]):
        if start is not None and tag != f"I-{tags[start][2:]}":
            out.add((tags[start][2:], start, index))
            start = None
        if tag.startswith("B-"):
            start = index
    return out


@pytest.mark.parametrize("seed", range(20))
def test_span_scores_agree_with_seqeval(seed: int) -> None:
    """Value and span together are seqeval's type and span: precision, recall and F1 must be the same."""
    found, gold, (predicted, truth) = _exact_spans(np.random.default_rng(seed))
    ours = {name: float(value) for name, value in fact_metrics(fact_counts(found, gold)).items()}
    a, b = _entities(truth), _entities(predicted)
    expected = (len(a & b) / len(b), len(a & b) / len(a), 2 * len(a & b) / (len(a) + len(b)))
    names = ("value_precision", "value_recall", "value_f1")
    assert tuple(ours[name] for name in names) == pytest.approx(expected)
    seqeval = pytest.importorskip("seqeval.metrics", reason="seqeval is not installed; its rule is written out above")
    scheme = pytest.importorskip("seqeval.scheme").IOB2
    for name, score in zip(names, (seqeval.precision_score, seqeval.recall_score, seqeval.f1_score), strict=True):
        assert ours[name] == pytest.approx(score([truth], [predicted], mode="strict", scheme=scheme)), name


@pytest.mark.parametrize("seed", range(12))
def test_boundaries_agree_with_entities(seed: int) -> None:
    """Sentences cut exactly are the entities of one type that gold and prediction share."""
    report, gold = _random_report(np.random.default_rng(200 + seed))

    def tags(spans: list[tuple[int, int]]) -> list[str]:
        out = ["O"] * len(report.text)
        for start, end in spans:
            out[start:end] = ["B-s", *["I-s"] * (end - start - 1)]
        return out

    truth = _entities(tags([(g.start, g.end) for g in gold]))
    predicted = _entities(tags([(s.start, s.end) for s in report.sentences]))
    counts = label_counts(report, outcomes(report, gold))
    scores = Result("m", labels={"r": counts}).scores()["segmentation"]
    both = len(truth & predicted)
    assert scores["boundary_exact"].value == pytest.approx(both / len(truth))
    if report.sentences:  # labelled whole
        assert scores["boundary_precision"].value == pytest.approx(both / len(predicted))
        assert scores["boundary_f1"].value == pytest.approx(2 * both / (len(truth) + len(predicted)))


def test_passages_tell_nothing_of_what_was_cut_too_often() -> None:
    """Of ten sentences found two are labelled: how many of the others are none, nobody knows."""
    gold = [GoldSentence("r", i, i + 1, "other") for i in range(2)]
    found = tuple(Sentence(i, i + 1, "。", id=i, label="other") for i in range(10))
    report = Report("。" * 10, sentences=found)
    passages = Result("m", labels={"r": label_counts(report, outcomes(report, gold))})
    assert set(passages.scores()["segmentation"]) == {"boundary_exact", "taken_for_heading"}
    gold = [GoldSentence("r", i, i + 1, "other") for i in range(10)]
    whole = Result("m", labels={"r": label_counts(report, outcomes(report, gold))})
    assert whole.scores()["segmentation"]["boundary_f1"].value == 1
    both = Result("m", labels={**passages.labels, "s": whole.labels["r"]})
    assert "segmentation.boundary_f1" in both.compare(both)


@pytest.mark.shared
@pytest.mark.parametrize("seed", range(8))
def test_label_scores_agree_with_the_shared_scorer(scorer: ModuleType, seed: int) -> None:
    report, gold = _random_report(np.random.default_rng(100 + seed))
    predicted = [{"report_id": "r", "start": s.start, "end": s.end, "label": s.label} for s in report.sentences]
    labelled = [{"report_id": "r", "start": g.start, "end": g.end, "label": g.label} for g in gold]
    theirs = scorer.label_scores(predicted, labelled)
    counts = label_counts(report, outcomes(report, gold))
    scores = Result("m", labels={"r": counts}).scores()
    assert scores["labels"]["accuracy"].value == pytest.approx(theirs["accuracy"])
    assert scores["labels"]["macro_f1"].value == pytest.approx(theirs["macro_f1"])
    assert scores["segmentation"]["boundary_exact"].value == pytest.approx(theirs["boundary_exact"])


GOLD = GoldFact("r", 0, 4, 6, "学校", "level", 3, None, "所", "eq", "firm", "annual", "outcome")


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        ("财政收入", "财政收入", True),
        ("一般公共预算收入", "预算收入", True),
        ("城镇新增就业", "新增城镇就业", True),
        ("粮食产量", "财政收入", False),
        ("", "财政收入", False),
    ],
)
def test_like_indicators(a: str, b: str, alike: bool) -> None:
    gold = replace(GOLD, indicator=b)
    assert like_indicator(replace(FOUND, indicator=a), gold) is alike


def test_the_pair_with_the_same_value_wins() -> None:
    gold = replace(GOLD, end=8)
    near = replace(FOUND, id=1, end=8, value=Decimal(4))
    assert match_facts([near, FOUND], [gold]) == [(gold, FOUND)]


def _result(shares: list[float], seed: int, model: str = "m") -> Result:
    generator = np.random.default_rng(seed)
    result = Result(model)
    for index, share in enumerate(shares):
        gold = [GoldSentence("r", i, i + 1, LABELS[i % 4]) for i in range(40)]
        labels = [g.label if generator.random() < share else "other" for g in gold]
        found = tuple(Sentence(i, i + 1, "。", id=i, label=label) for i, label in enumerate(labels))
        report = Report("。" * 40, sentences=found)
        result.labels[f"place_{index}"] = label_counts(report, outcomes(report, gold))
    return result


def test_intervals_hold_the_value_and_shrink_with_reports() -> None:
    few, many = (_result(np.random.default_rng(0).uniform(0.5, 1, n).tolist(), 0) for n in (5, 80))
    widths = []
    for result in (few, many):
        score = result.scores()["labels"]["accuracy"]
        assert score.low is not None and score.high is not None
        assert score.low <= score.value <= score.high
        widths.append(score.high - score.low)
    assert widths[1] < widths[0]
    assert few.to_dict() == few.to_dict()  # seeded
    assert _result([0.9], 0).scores()["labels"]["accuracy"].low is None


def test_bootstrap_agrees_with_drawing_reports_again() -> None:
    result = _result([0.2, 0.9, 0.6, 1.0], 1)
    counts = [result.labels[name].confusion for name in sorted(result.labels)]
    generator = np.random.default_rng(9)
    drawn = []
    for _ in range(3000):
        total = sum(counts[i] for i in generator.integers(0, 4, 4))
        drawn.append(np.trace(total[:, :4]) / total.sum())
    score = result.scores()["labels"]["accuracy"]
    assert score.low == pytest.approx(np.quantile(drawn, 0.025), abs=0.03)
    assert score.high == pytest.approx(np.quantile(drawn, 0.975), abs=0.03)


def test_comparison_is_paired() -> None:
    good, bad = _result([0.95] * 20, 2), _result([0.7] * 20, 3)
    difference = good.compare(bad)["labels.accuracy"]
    assert difference["low"] > 0 and difference["p"] < 0.01
    assert bad.compare(good)["labels.accuracy"]["difference"] == pytest.approx(-difference["difference"])
    nothing = good.compare(good)["labels.accuracy"]
    assert (nothing["difference"], nothing["p"]) == (0, 1)
    with pytest.raises(ValueError, match="same labelled set"):
        good.compare(_result([0.9] * 19, 2))
    other = _result([0.7] * 20, 3)
    for counts in other.labels.values():  # as many sentences of the same reports, labelled otherwise
        counts.confusion[0] += counts.confusion[1]
        counts.confusion[1] = 0
    with pytest.raises(ValueError, match="other labels: evaluate both models on the same labelled set"):
        good.compare(other)


def test_a_thousand_draws_tell_no_smaller_p_and_one_report_none() -> None:
    """No draw on the other side of zero is no proof (Davison and Hinkley 1997, 4.2.1); one report has no interval."""
    better = _result([1.0] * 20, 2).compare(_result([0.3] * 20, 3))["labels.accuracy"]
    assert better["p"] == pytest.approx(2 / 1001)
    alone = _result([1.0], 2).compare(_result([0.3], 3))["labels.accuracy"]
    assert alone["difference"] > 0 and (alone["low"], alone["high"], alone["p"]) == (None, None, None)


def test_result_as_table_text_and_json(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.txt").write_text(TEXT, encoding="utf-8")
    result = evaluate(labeller(), write(tmp_path, *gold_of("a"), *gold_of("b")))
    plain = json.loads(result.to_json())
    support = {"reports": 2, "sentences": 6, "achievement": 2, "problem": 2, "commitment": 2, "other": 0, "facts": 0}
    assert plain["support"] == support
    assert plain["labels"]["accuracy"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert plain["confusion"]["problem"] == {"achievement": 0, "problem": 2, "commitment": 0, "other": 0, "missing": 0}
    frame = result.to_frame()
    assert list(frame.columns) == ["part", "score", "value", "low", "high"]
    assert not frame["value"].map(math.isnan).any()
    assert "macro_f1" in str(result) and "note: " in str(result)
    row = next(line for line in str(result).splitlines() if line.split()[:1] == ["problem"] and "[" not in line)
    assert row.split() == ["problem", "0", "2", "0", "0", "0"]
    assert set(plain["by_report"]) == {"a", "b"}


def test_package_is_callable_however_it_was_imported(tmp_path: Path) -> None:
    import policynlp.evaluate.gold  # binds the module on the package

    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    path = write(tmp_path, *gold_of("a"))
    for _ in range(2):
        assert policynlp.evaluate(labeller(), path).support()["sentences"] == 3


def test_example_corpus() -> None:
    nlp = policynlp.load("linear")
    result = policynlp.evaluate(nlp, "example")
    scores = result.scores()
    assert scores["segmentation"]["boundary_exact"].value == 1
    assert scores["labels"]["accuracy"].value > 0.85
    assert not any("without context" in note for note in result.notes)


def test_scores_on_what_was_trained_on_say_so(tmp_path: Path) -> None:
    """A model's card names its training texts; evaluating on one of them is no measurement, and the note says so."""

    class Step:
        def __init__(self, *texts: str) -> None:
            self.trained_on = frozenset(texts)

        def __call__(self, report: Report) -> Report:
            return report.with_(
                sentences=tuple(Sentence(a, b, TEXT[a:b], id=i, label=y) for i, (a, b, y) in enumerate(SPANS))
            )

    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    lines = [json.dumps({"report_id": "a", "start": a, "end": b, "label": y}) for a, b, y in SPANS]
    (tmp_path / "a.sentences.jsonl").write_text("\n".join(lines), encoding="utf-8")
    seen = evaluate(Step(Report(TEXT).sha256), tmp_path).notes
    assert any("trained on labels of 1 of these 1 reports" in note for note in seen)
    assert not any("trained on" in note for note in evaluate(Step("0" * 64), tmp_path).notes)


def test_unseen_leaves_out_what_the_model_has_learnt_from(tmp_path: Path) -> None:
    for name in ("甲", "乙"):
        (tmp_path / f"{name}.txt").write_text(f"明年要新建学校{name}所。", encoding="utf-8")
        line = {"report_id": name, "start": 0, "end": 10, "label": "commitment"}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(line), encoding="utf-8")
    texts = {name: policynlp.read_report(tmp_path / f"{name}.txt").sha256 for name in ("甲", "乙")}

    class Learnt:
        name = "learnt"

        def __init__(self, *names: str) -> None:
            self.trained_on = frozenset(texts[name] for name in names)

        def __call__(self, report: Report) -> Report:
            return policynlp.load("linear")(report)

    assert evaluate(Learnt("甲"), tmp_path).support()["reports"] == 2
    assert list(evaluate(Learnt("甲"), tmp_path, unseen=True).labels) == ["乙"]
    with pytest.raises(GoldError, match="none is unseen"):
        evaluate(Learnt("甲", "乙"), tmp_path, unseen=True)


def test_the_embedded_model_owns_up_to_the_shipped_corpus() -> None:
    manifest = Path(__file__).parents[1] / "corpus" / "annotations" / "manifest.tsv"
    texts = {line.split("\t")[5] for line in manifest.read_text(encoding="utf-8").splitlines()[1:]}
    assert len(texts) > 100
    assert policynlp.load("linear").trained_on == policynlp.load("bert").trained_on == texts
