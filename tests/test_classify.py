"""The linear classifier, the chain over a report, calibration, and models stored without pickle."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.utils import estimator_checks as checks

from policynlp.classify import (
    Chain,
    LinearClassifier,
    ModelError,
    ReportClassifier,
    ReportLabeller,
    Row,
    expected_calibration_error,
    load_classifier,
    rows,
    save,
)
from policynlp.classify.calibrate import fit_temperature
from policynlp.classify.chain import BORDERS, PLACES, _Batch, _by_length, _stretches
from policynlp.classify.features import place_marks
from policynlp.classify.features import words as words_of
from policynlp.classify.rows import as_rows, isolated
from policynlp.report import LABELS, Report
from policynlp.segment import segment

SENTENCES = {
    "achievement": ["建成学校三所。", "全年完成投资十亿元。", "新增就业五千人。", "改造老旧小区十个。"],
    "commitment": ["要加快项目建设。", "今年将新建学校三所。", "力争新增就业六千人。", "必须守住安全底线。"],
    "problem": ["发展不平衡的问题仍然突出。", "一些企业经营困难。", "财政收支矛盾加剧。", "服务意识不强。"],
    "other": ["各位代表，请予审议。", "向大家表示衷心感谢！", "现在，我代表政府报告工作。", "请各位委员提出意见。"],
}
X = [sentence for group in SENTENCES.values() for sentence in group]
Y = [label for label, group in SENTENCES.items() for _ in group]
TEXT = "各位代表：\n一、2023年工作回顾\n全年完成投资十亿元。建成学校三所。\n二、2024年工作安排\n今年将新建学校三所。"


@pytest.fixture(scope="module")
def fitted() -> LinearClassifier:
    return LinearClassifier(min_df=1).fit(X, Y)


@pytest.fixture
def chain() -> Chain:
    chain = Chain()
    generator = np.random.default_rng(0)
    chain.mix_ = generator.normal(size=(4, 4))
    chain.place_ = generator.normal(size=(len(PLACES), 4))
    chain.follow_ = generator.normal(size=(len(BORDERS), 4, 4))
    return chain


# `check_estimator` feeds tables of numbers and passes over estimators of text; these of its checks need no X.
@pytest.mark.parametrize(
    "check",
    [
        checks.check_estimator_cloneable,
        checks.check_estimator_repr,
        checks.check_estimator_tags_renamed,
        checks.check_get_params_invariance,
        checks.check_no_attributes_set_in_init,
        checks.check_parameters_default_constructible,
        checks.check_set_params,
        checks.check_valid_tag_types,
    ],
)
def test_estimator_checks(check: Callable[[str, LinearClassifier], None]) -> None:
    check("LinearClassifier", LinearClassifier())


def test_unfitted_says_so() -> None:
    with pytest.raises(NotFittedError):
        LinearClassifier().predict(X)


def test_scikit_learn_surfaces(fitted: LinearClassifier) -> None:
    assert fitted.classes_.tolist() == sorted(LABELS)
    assert clone(fitted).get_params() == fitted.get_params()
    scores = cross_val_score(Pipeline([("model", LinearClassifier(min_df=1))]), X, Y, cv=2)
    assert scores.shape == (2,)
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (len(X), 4)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (fitted.classes_[probabilities.argmax(axis=1)] == fitted.predict(X)).all()
    assert fitted.score(X, Y) == 1.0
    assert fitted.predict([]).shape == (0,)


def test_rows_mappings_and_frames_are_the_same(fitted: LinearClassifier) -> None:
    pandas = pytest.importorskip("pandas")
    table = [{"text": text, "section_kind": "plan", "previous": None} for text in X]
    expected = fitted.predict_proba([Row(text, section_kind="plan") for text in X])
    np.testing.assert_array_equal(fitted.predict_proba(table), expected)
    np.testing.assert_array_equal(fitted.predict_proba(pandas.DataFrame(table)), expected)


@pytest.mark.parametrize(
    ("bad", "error", "says"),
    [
        ("一句话。", TypeError, "wrap it in a list"),
        (Row("一句话。"), TypeError, "wrap it in a list"),
        (7, TypeError, "not int"),
        (["好。", 7], TypeError, r"X\[1\] is int"),
        ([{"text": "好。", "words": 1}], ValueError, "unknown field 'words'"),
        ([{"previous": "好。"}], ValueError, "has no text"),
    ],
)
def test_wrong_input_is_named(bad: object, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        as_rows(bad)


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [(["好。"], [], "1 rows for 0 labels"), (["好。", "坏。"], ["a", "a"], "only the class"), ([], [], "0 rows")],
)
def test_unusable_training_sets(x: list[str], y: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        LinearClassifier(min_df=1).fit(x, y)


def test_too_few_occurrences_says_what_to_change() -> None:
    with pytest.raises(ValueError, match="lower min_df"):
        LinearClassifier(min_df=50).fit(X, Y)


def test_context_decides_where_words_do_not() -> None:
    kinds = {"achievement": "review", "commitment": "plan"}
    words = ["推进城市更新。", "扩大对外开放。", "优化营商环境。", "加强生态保护。"]
    train = [Row(word, section_kind=kind) for word in words for kind in kinds.values()]
    labels = [label for _ in words for label in kinds]
    model = LinearClassifier(min_df=1).fit(train, labels)
    asked = [Row("推进城市更新。", section_kind=kind) for kind in kinds.values()]
    assert model.predict(asked).tolist() == list(kinds)
    assert abs(model.predict_proba(["推进城市更新。"])[0, 0] - 0.5) < 0.1  # alone nothing tells


def test_max_features_keeps_the_strongest() -> None:
    model = LinearClassifier(min_df=1, max_features=40).fit(X, Y)
    assert model.pipeline_["classify"].coef_.shape == (4, 40)
    assert model.score(X, Y) > 0.7


def test_same_seed_same_model() -> None:
    context = [Row(text, section_kind="plan", previous="") for text in X]
    first, second = (LinearClassifier(min_df=1, random_state=3).fit(context, Y) for _ in range(2))
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=6))
def test_any_text_gets_probabilities(fitted: LinearClassifier, texts: list[str]) -> None:
    probabilities = fitted.predict_proba(texts)
    assert probabilities.shape == (len(texts), 4)
    assert np.isfinite(probabilities).all()


@pytest.mark.parametrize("text", ["", "\x00" * 50, "\ud800", "\u202e好", "字" * 1_000_000, "9" * 1_000_000])
def test_hostile_sentences(fitted: LinearClassifier, text: str) -> None:
    assert np.isfinite(fitted.predict_proba([text])).all()


def test_rows_of_a_report() -> None:
    report = segment(Report.from_text(TEXT, year=2024))
    made = rows(report)
    assert [row.text for row in made] == [sentence.text for sentence in report.sentences]
    assert made[0].previous == "" and made[-1].next == ""
    assert made[1].lead == made[0].text and made[0].lead == ""
    assert made[0].headings[-1] == "2023年工作回顾"
    assert (made[0].section_kind, made[-1].section_kind) == ("review", "plan")
    assert made[0].position == 0 and made[-1].position == 1
    assert rows(Report("")) == []


@pytest.mark.parametrize("with_chain", [False, True])
def test_labelled_reports(fitted: LinearClassifier, chain: Chain, with_chain: bool) -> None:
    labeller = ReportLabeller(fitted, chain if with_chain else None, name="mine")
    assert isinstance(labeller, ReportClassifier)
    reports = [segment(Report.from_text(TEXT)), Report.from_text("")]
    full, empty = labeller.label(reports)
    assert (full.model, empty.sentences) == ("mine", ())
    for sentence in full.sentences:
        assert list(sentence.scores) == list(LABELS)
        assert sentence.label == max(sentence.scores, key=lambda label: sentence.scores[label])
        assert sum(sentence.scores.values()) == pytest.approx(1)
    # Together or alone, a report gets the same labels.
    assert labeller.label(reports[:1])[0] == full


def _brute_marginals(chain: Chain, logits: np.ndarray, report: list[Row]) -> np.ndarray:
    from policynlp.classify.chain import borders, places

    emit = logits @ chain.mix_ + places(report) @ chain.place_
    border = borders(report)
    total = np.zeros_like(logits)
    for path in product(range(4), repeat=len(report)):
        score = sum(emit[i, label] for i, label in enumerate(path))
        score += sum(chain.follow_[border[i], path[i - 1], path[i]] for i in range(1, len(path)))
        total[range(len(path)), path] += np.exp(score)
    return total / total.sum(axis=1, keepdims=True)


REPORT = [
    Row("甲。", section_kind="review", previous="", lead="", section_position=0),
    Row("乙。", section_kind="review", lead="甲。"),
    Row("丙。", section_kind="review", headings=("一",), lead=""),
    Row("丁。", section_kind="plan", headings=("二",), lead="", section_position=0),
    Row("戊。", section_kind="plan", headings=("二",), lead="", next=""),
]


def test_marginals_agree_with_all_paths_summed(chain: Chain) -> None:
    logits = np.random.default_rng(1).normal(size=(5, 4))
    np.testing.assert_allclose(chain.marginals(logits, REPORT), _brute_marginals(chain, logits, REPORT), atol=1e-12)


def test_gradient_agrees_with_differences(chain: Chain) -> None:
    generator = np.random.default_rng(2)
    logits = [generator.normal(size=(5, 4)) for _ in range(3)]
    labels: list[list[int | None]] = [[0, 0, 1, None, 3], [1, 1, 2, 2, 3], [None, 2, None, 0, 0]]
    groups = _by_length(_stretches(logits, [REPORT] * 3, labels))
    assert sum(map(len, groups)) == 5
    parts = (chain.mix_, chain.place_, chain.follow_)
    flat = np.concatenate([part.ravel() for part in parts])
    for batch in (_Batch(group, 4) for group in groups):

        def loss(at: np.ndarray, batch: _Batch = batch) -> tuple[float, np.ndarray]:
            cuts = np.split(at, np.cumsum([part.size for part in parts])[:-1])
            return batch.loss(*(cut.reshape(part.shape) for cut, part in zip(cuts, parts, strict=True)))

        for index in generator.choice(len(flat), 25, replace=False):
            step = np.zeros_like(flat)
            step[index] = 1e-5
            slope = (loss(flat + step)[0] - loss(flat - step)[0]) / 2e-5
            assert loss(flat)[1][index] == pytest.approx(slope, abs=1e-6)


def test_chain_learns_runs() -> None:
    generator = np.random.default_rng(3)
    truth = np.repeat([0, 1, 0, 1], 15)
    noisy = 1.2 * np.eye(2)[truth] + generator.normal(size=(60, 2))
    report = [Row("。", lead="x")] * 60
    chain = Chain(penalty=0.1).fit([noisy], [report], [truth.tolist()])
    alone, together = noisy.argmax(axis=1), chain.marginals(noisy, report).argmax(axis=1)
    assert (together == truth).mean() > (alone == truth).mean()


def test_chain_needs_labels() -> None:
    with pytest.raises(ValueError, match="no labelled sentence"):
        Chain().fit([np.zeros((5, 4))], [REPORT], [[None] * 5])


def test_temperature_repairs_confidence() -> None:
    generator = np.random.default_rng(4)
    honest = generator.normal(size=(4000, 4)) * 2
    weights = np.exp(honest) / np.exp(honest).sum(axis=1, keepdims=True)
    truth = np.array([generator.choice(4, p=row) for row in weights])
    assert fit_temperature(honest * 3, truth) == pytest.approx(3, rel=0.1)
    assert expected_calibration_error(weights, truth) < 0.03
    assert np.isnan(expected_calibration_error(np.zeros((0, 4)), np.zeros(0)))
    with pytest.raises(ValueError, match="no sentence"):
        fit_temperature(np.zeros((0, 4)), np.zeros(0, dtype=int))


def test_saved_and_loaded_is_the_same(fitted: LinearClassifier, chain: Chain, tmp_path: Path) -> None:
    saved = ReportLabeller(fitted, chain, "mine")
    loaded = load_classifier(save(saved, tmp_path / "model", {"data": {}}))
    assert isinstance(loaded, ReportLabeller)
    assert (loaded.name, loaded.card) == ("mine", {"data": {}})
    np.testing.assert_allclose(loaded.predict_proba(X), saved.predict_proba(X), atol=0.01)
    report = segment(Report.from_text(TEXT))
    np.testing.assert_allclose(loaded.probabilities(report), saved.probabilities(report), atol=0.02)
    # Stored once more nothing changes.
    again = load_classifier(save(loaded, tmp_path / "again"))
    assert isinstance(again, ReportLabeller)
    np.testing.assert_array_equal(again.probabilities(report), loaded.probabilities(report))


def _damage(folder: Path, how: str) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    weights = folder / "model.safetensors"
    if how == "version":
        config["format_version"] = 99
    elif how == "format":
        config["format"] = "something-else"
    elif how == "vocabulary":
        config["vocabularies"]["words"] = config["vocabularies"]["words"][:-1]
    elif how == "group":
        config["vocabularies"]["sounds"] = []
    elif how == "weights":
        weights.write_bytes(weights.read_bytes()[:-4])
    elif how == "no weights":
        weights.unlink()
    (folder / "config.json").write_text("{" if how == "json" else json.dumps(config), encoding="utf-8")


def test_features_come_in_the_order_of_the_words() -> None:
    """In the order of a set, which differs from process to process, the same data gave two models."""
    row = Row("新建学校、医院、公园、道路、桥梁、码头、机场和车站。", section_kind="plan")
    words = dict.fromkeys(words_of(row.text))
    assert len(words) > 8
    assert [mark for mark in place_marks(row) if mark.startswith("plan ")] == [f"plan {word}" for word in words]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("version", "format version 99"),
        ("format", "not a policynlp-linear model"),
        ("vocabulary", "not a whole model"),
        ("group", "unknown feature group 'sounds'"),
        ("weights", "sha256 differs"),
        ("no weights", "incomplete"),
        ("json", "cannot be read as JSON"),
    ],
)
def test_damaged_models_are_refused(fitted: LinearClassifier, tmp_path: Path, how: str, says: str) -> None:
    folder = save(ReportLabeller(fitted, name="mine"), tmp_path / "model")
    _damage(folder, how)
    with pytest.raises(ModelError, match=says):
        load_classifier(folder)


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model"])
def test_pickles_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(ModelError, match="pickle"):
        load_classifier(path)


@pytest.mark.parametrize("name", ["no-such-model", "../linear", "a/b"])
def test_unknown_models_are_named(name: str) -> None:
    with pytest.raises(ModelError, match=name):
        load_classifier(name)
    with pytest.raises(ModelError):
        load_classifier("")


def test_empty_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no config\.json"):
        load_classifier(tmp_path)


def test_shipped_model() -> None:
    folder = Path(__file__).parents[1] / "models" / "linear"
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 10_000_000
    model = load_classifier("linear")
    assert isinstance(model, ReportLabeller)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert model.name in card
    for name in ("Data", "Procedure", "Scores", "Use and limits"):
        assert f"## {name}" in card
    data = model.card["data"]
    assert all(len(entry["text_sha256"]) == 64 for entry in data)
    assert model.card["scores"]["whole"]["macro_f1"][0] > 0.86  # what a plain linear model reached with 7 reports


def test_isolated_drops_everything_else() -> None:
    assert isolated(replace(REPORT[0], headings=("一",))) == Row("甲。")
