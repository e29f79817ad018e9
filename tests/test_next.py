"""What to label next: the least sure, of different kinds, where models differ; labels that are likely wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import policynlp as pn
from policynlp.annotate import export_documents, import_documents, likely_errors, suggest
from policynlp.annotate.next import confident, encoder
from policynlp.classify import LinearClassifier, ReportLabeller, rows, save
from policynlp.cli import run as command
from policynlp.report import LABELS, Report, Sentence
from policynlp.segment import segment

EXAMPLE = sorted((Path(__file__).parents[1] / "corpus" / "example").glob("*.txt"))


def report(name: str, *given: tuple[str, tuple[float, ...]]) -> Report:
    sentences, start = [], 0
    for index, (text, scores) in enumerate(given):
        label = LABELS[int(np.argmax(scores))]
        named = dict(zip(LABELS, scores, strict=True))
        sentences.append(Sentence(start, start + len(text), text, id=index, label=label, scores=named))
        start += len(text)
    return Report("".join(text for text, _ in given), id=name, sentences=tuple(sentences), model="m")


SURE, UNSURE, TORN = (0.97, 0.01, 0.01, 0.01), (0.5, 0.1, 0.3, 0.1), (0.45, 0.05, 0.45, 0.05)


def test_the_least_sure_first() -> None:
    one = report("a", ("建成学校三所。", SURE), ("推进学校建设。", UNSURE), ("加快学校建设。", TORN))
    assert suggest([one], 2, by="uncertainty") == [("a", 14), ("a", 7)]
    assert len(suggest([one], 9, by="uncertainty")) == 3
    assert suggest([one], 0) == []


def test_diversity_takes_one_of_each_kind() -> None:
    kinds = ("推进学校建设工程", "粮食产量增加万吨", "空气质量优良天数")
    pairs = [(f"{kind}{mark}。", UNSURE if mark else TORN) for kind in kinds for mark in ("", "一", "二", "三")]
    one = report("a", *pairs)
    chosen = suggest([one], 3, by="diversity")
    texts = [next(s.text for s in one.sentences if s.start == start) for _, start in chosen]
    assert {text[:4] for text in texts} == {kind[:4] for kind in kinds}
    given = []

    def embed(some: list[str]) -> np.ndarray:
        given.extend(some)
        return np.array([[kinds.index(text[:8])] for text in some], dtype=float)

    assert len(suggest([one], 3, embed=embed)) == 3 and given  # type: ignore[arg-type]


def test_a_models_own_encoder_gives_the_vectors() -> None:
    """Sentences of one topic lie together, and who else is in the batch changes nothing."""
    embed = encoder(pn.load("bert"))
    assert embed is not None and encoder(pn.load("linear")) is None
    schools, air = ("新建小学三所。", "改扩建中学五所，新建小学一所。"), ("空气质量稳步改善。", "优化空气质量。")
    vectors = embed([*schools, *air])
    alike = vectors @ vectors.T
    np.testing.assert_allclose(np.diag(alike), 1, atol=1e-4)
    assert min(alike[0, 1], alike[2, 3]) > alike[:2, 2:].max()
    np.testing.assert_allclose(embed(schools[:1]), vectors[:1], atol=1e-2)


def test_the_command_line_clusters_by_the_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labelled = list(pn.load("linear").pipe([pn.read_report(file) for file in EXAMPLE[:1]]))
    given: list[str] = []

    class Nlp:
        pipe = staticmethod(lambda reports: labelled)

    def embed(texts: list[str]) -> np.ndarray:
        given.extend(texts)
        return np.array([[len(text)] for text in texts], dtype=float)

    monkeypatch.setattr("policynlp.annotate.command.load", lambda model: Nlp)
    monkeypatch.setattr("policynlp.annotate.command.encoder", lambda nlp: embed if nlp is Nlp else None)
    assert command(["annotate", "export", str(EXAMPLE[0]), "--out", str(tmp_path / "next.json"), "--next", "3"]) == 0
    assert len(given) == 30  # ten times as many of the least sure


def test_disagreement_of_two_models() -> None:
    ours = report("a", ("建成学校三所。", SURE), ("推进学校建设。", SURE))
    theirs = report("a", ("建成学校三所。", SURE), ("推进学校建设。", SURE[::-1]))
    assert suggest([ours], 5, by="disagreement", other=[theirs]) == [("a", 7)]
    with pytest.raises(ValueError, match="labelled by another model"):
        suggest([ours], 5, by="disagreement")
    with pytest.raises(ValueError, match="no sentence at 0"):
        suggest([ours], 5, by="disagreement", other=[report("b", ("建", SURE))])


@pytest.mark.parametrize("seed", range(5))
def test_confident_learning_agrees_with_cleanlab(seed: int) -> None:
    cleanlab = pytest.importorskip("cleanlab.filter", reason="cleanlab is not installed")
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 4, 600)
    scores = generator.dirichlet(np.ones(4), 600) * 0.5
    scores[np.arange(600), truth] += 0.5
    given = np.where(generator.random(600) < 0.05, generator.integers(0, 4, 600), truth)
    options = {"filter_by": "confident_learning", "return_indices_ranked_by": "self_confidence", "n_jobs": 1}
    theirs = cleanlab.find_label_issues(given, scores, **options)
    assert {index for index, _ in confident(scores, given)} == set(theirs.tolist())


@pytest.fixture(scope="module")
def two_models() -> tuple[ReportLabeller, ReportLabeller]:
    """Two linear models, one trained on the example corpus, one on two of its five reports."""
    reports = list(pn.load_corpus("example"))

    def trained(some: list[Report], name: str) -> ReportLabeller:
        X, y = [], []
        for given in some:
            labels = {(s.start, s.end): s.label for s in given.sentences}
            cut = segment(given.with_(sentences=(), facts=(), model=""))
            pairs = zip(rows(cut), cut.sentences, strict=True)
            kept = [(row, labels[s.start, s.end]) for row, s in pairs if (s.start, s.end) in labels]
            X += [row for row, _ in kept]
            y += [label for _, label in kept]
        return ReportLabeller(LinearClassifier(min_df=2).fit(X, y), name=name)

    return trained(reports, "whole"), trained(reports[:2], "half")


def test_disagreement_of_two_trained_models(two_models: tuple[ReportLabeller, ReportLabeller]) -> None:
    """On real probabilities: most wanted is where the models give other labels, and there the lesser one errs most."""
    corpus = pn.load_corpus("example")
    truth = {(r.id, s.start): s.label for r in corpus for s in r.sentences}
    cut = [segment(r.with_(sentences=(), facts=(), model="")) for r in corpus]
    whole, half = (list(model.label(cut)) for model in two_models)
    chosen = suggest(whole, 40, by="disagreement", other=half)
    assert chosen == suggest(half, 40, by="disagreement", other=whole)  # neither is preferred
    assert len(chosen) == 40 == len(set(chosen))
    labels = [{(r.id, s.start): s.label for r in model for s in r.sentences} for model in (whole, half)]
    differ = {key for key in labels[0] if labels[0][key] != labels[1][key]}
    assert len(differ & set(chosen)) >= 0.8 * min(40, len(differ)) > 0
    wrong = {key for key, label in labels[1].items() if key in truth and label != truth[key]}
    assert len(wrong & set(chosen)) / 40 > 3 * len(wrong) / len(truth)
    assert suggest(whole, 40, by="disagreement", other=whole) == []


def test_disagreement_from_the_command_line(
    two_models: tuple[ReportLabeller, ReportLabeller], example: Path, tmp_path: Path
) -> None:
    """Any two models that `policynlp.load` takes: here one that ships and one in a folder."""
    folder, out = save(two_models[1], tmp_path / "half"), tmp_path / "next.csv"
    text = next(example.glob("province*.txt"))
    options = ["--model", "linear", "--other", folder, "--by", "disagreement", "--next", 5]
    given = ["annotate", "export", text, "--out", out, "--format", "csv", *options]
    assert command([str(item) for item in given]) == 0
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == 6


def test_the_other_model_is_asked_for_before_anything_is_labelled(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("policynlp.annotate.command.load", lambda *_: pytest.fail("a model was loaded"))
    given = ["annotate", "export", example, "--out", tmp_path / "next.csv", "--by", "disagreement", "--next", 5]
    assert command([str(item) for item in given]) == 2
    assert "give --other" in capsys.readouterr().err


def test_unusable_reports() -> None:
    with pytest.raises(ValueError, match="unknown way 'luck'; known are uncertainty"):
        suggest([], 3, by="luck")
    with pytest.raises(ValueError, match="has no scores"):
        suggest([Report("建", id="a", sentences=(Sentence(0, 1, "建", id=0, label="other"),))], 3)


def test_confident_learning_on_planted_errors() -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 4, 400)
    scores = np.full((400, 4), 0.05)
    scores[np.arange(400), truth] = 0.85
    given = truth.copy()
    planted = generator.choice(400, 20, replace=False)
    given[planted] = (given[planted] + 1) % 4
    found = dict(confident(scores, given))
    assert set(found) == set(planted.tolist())
    assert all(found[i] == truth[i] for i in planted)
    assert confident(scores, truth) == []


def test_planted_label_errors_in_the_example() -> None:
    reports = list(pn.load_corpus("example"))
    wrong = []
    for index, given in enumerate(reports):
        sentences = list(given.sentences)
        tasks = [i for i, sentence in enumerate(sentences) if sentence.label == "commitment"]
        position = tasks[len(tasks) // 2]
        sentences[position] = replace(sentences[position], label="problem")
        reports[index] = given.with_(sentences=tuple(sentences))
        wrong.append((given.id, sentences[position].start))
    suspects = likely_errors(reports)
    # Five small reports teach a model little: what it names is often right, but it misses much.
    assert len(set(wrong) & {(s.report_id, s.start) for s in suspects}) >= 2
    assert len(suspects) < 0.02 * sum(len(r.sentences) for r in reports)
    with pytest.raises(ValueError, match="two places or more"):
        likely_errors(reports[:1])


def test_chosen_sentences_reach_the_annotators(tmp_path: Path) -> None:
    nlp = pn.load("linear")
    labelled = [nlp(given) for given in list(pn.load_corpus("example"))[:2]]
    chosen = suggest(labelled, 10)
    assert export_documents(labelled, tmp_path / "next.jsonl", "doccano", chosen) == 10
    back = import_documents(tmp_path / "next.jsonl", "doccano", texts=labelled)
    assert {(s.report_id, s.start) for item in back.values() for s in item.sentences} == set(chosen)
