"""The BERT behind the library's interface: loading, windows in and labels out, fine-tuning by users."""

from __future__ import annotations

import json
import logging
import shutil
import socket
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from safetensors.torch import load_file  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.model_selection import cross_val_score  # noqa: E402
from tiny_bert import KINDS, make_tiny  # noqa: E402
from transformers import AutoModelForTokenClassification, AutoTokenizer  # noqa: E402

import policynlp as pn  # noqa: E402
from policynlp.classify import (  # noqa: E402
    BertLabeller,
    Chain,
    LinearClassifier,
    ModelError,
    ReportLabeller,
    Row,
    load_classifier,
)
from policynlp.classify.bert import LENGTH_STEP  # noqa: E402
from policynlp.classify.bert_store import load, save  # noqa: E402
from policynlp.classify.focus import FLAG, attention_mask, focus, is_focused, seen, token_logits  # noqa: E402
from policynlp.classify.load import shipped_folder  # noqa: E402
from policynlp.classify.rows import rows  # noqa: E402
from policynlp.classify.store import save as save_linear  # noqa: E402
from policynlp.classify.windows import row_window  # noqa: E402
from policynlp.cli import run  # noqa: E402
from policynlp.report import LABELS, Report  # noqa: E402
from policynlp.segment import segment  # noqa: E402
from policynlp.train.bert import main as train_bert  # noqa: E402
from policynlp.train.estimator import BertClassifier  # noqa: E402
from policynlp.train.example_file import save_examples  # noqa: E402
from policynlp.train.weak import weak_labels  # noqa: E402

TEXT = """各位代表：
一、2023年工作回顾
建成学校三所。完成投资十亿元。
二、2024年工作任务
要加快建设学校。力争新增企业五家。"""
LETTERS = TEXT + "财政收支矛盾突出基础薄弱让我们携手前行谢大家困难问题。，、；"


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny(tmp_path_factory.mktemp("encoder"), LETTERS)


@pytest.fixture(scope="module")
def labeller(encoder: Path) -> BertLabeller:
    """An untrained token classifier: what it says is noise, but always the same noise."""
    torch.manual_seed(1)
    model = AutoModelForTokenClassification.from_pretrained(
        encoder, num_labels=4, id2label=dict(enumerate(LABELS)), label2id={label: i for i, label in enumerate(LABELS)}
    )
    return BertLabeller(model, AutoTokenizer.from_pretrained(encoder), window=64, context=16, precision="fp32")


@pytest.fixture(scope="module")
def report() -> Report:
    return segment(Report.from_text(TEXT, id="city_云岭市_2024", year=2024))


def test_labels_and_probabilities_of_a_report(labeller: BertLabeller, report: Report) -> None:
    (labelled,) = labeller.label([report])
    assert len(labelled.sentences) == len(report.sentences) == 4
    for sentence in labelled.sentences:
        assert list(sentence.scores) == list(LABELS)
        assert sum(sentence.scores.values()) == pytest.approx(1)
        assert sentence.label == max(sentence.scores, key=sentence.scores.get)
    assert labelled.model == labeller.name


@pytest.mark.parametrize("company", [1, 2, 7])
def test_what_is_labelled_along_changes_nothing(labeller: BertLabeller, report: Report, company: int) -> None:
    other = segment(Report.from_text("一、工作回顾\n" + "建成学校三所。" * 40))
    alone = labeller.probabilities(report)
    together = labeller.label([other] * company + [report])[-1]
    assert [list(s.scores.values()) for s in together.sentences] == [
        list(s.scores.values()) for s in labeller.label([report])[0].sentences
    ]
    assert np.array_equal(alone, labeller.probabilities(report))


def test_transformers_4_knows_the_tokenizer(labeller: BertLabeller, tmp_path: Path) -> None:
    """transformers 5 writes a class of its own; what ships is tried with 4.56 in benchmarks/install_check.sh."""
    save(labeller, tmp_path)
    shipped = shipped_folder("bert")
    assert shipped is not None
    for folder in (tmp_path, shipped):
        config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        assert config["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert load(tmp_path, precision="fp32").tokenizer("建成")["input_ids"] == labeller.tokenizer("建成")["input_ids"]


def test_a_model_meets_few_shapes(labeller: BertLabeller, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch keeps what it compiled for each shape; lengths go no further than the model reads."""
    shapes = set()
    forward = labeller.model.forward
    monkeypatch.setattr(labeller.model, "forward", lambda **x: shapes.add(tuple(x["input_ids"].shape)) or forward(**x))
    for length in range(1, 70):
        labeller.predict_proba(["建" * length])
    assert {columns for _, columns in shapes} <= set(range(LENGTH_STEP, 65, LENGTH_STEP))
    shapes.clear()
    monkeypatch.setattr(labeller, "window", 61)
    labeller.logits(segment(Report.from_text("一、工作回顾\n" + "建成路。" * 40)))
    assert max(columns for _, columns in shapes) == 61


def test_a_long_sentence_is_read_without_a_word(labeller: BertLabeller, caplog: pytest.LogCaptureFixture) -> None:
    """It is shortened to its window; the tokenizer's own warning that it will not fit would be wrong."""
    log = logging.getLogger("transformers")  # which does not hand its records on
    log.addHandler(caplog.handler)
    try:
        labeller.tokenizer.model_max_length = 64
        labeller.logits(segment(Report.from_text("建" * 200 + "。")))
        labeller.predict_proba(["设" * 200])
    finally:
        log.removeHandler(caplog.handler)
    assert "longer than the specified" not in caplog.text


def test_a_report_without_sentences(labeller: BertLabeller) -> None:
    assert labeller.label([segment(Report(""))])[0].sentences == ()
    assert labeller.predict_proba([]).shape == (0, 4)


@pytest.mark.parametrize(
    ("row", "pieces"),
    [
        (Row("建成学校。"), ["建成学校。"]),
        (Row("建成学校。", headings=("工作回顾",)), ["工作回顾", "建成学校。"]),
        (Row("建成学校。", previous="完成投资。", next="新增企业。"), ["完成投资。", "建成学校。", "新增企业。"]),
        (Row("建成学校。", previous="", next=""), ["建成学校。"]),
    ],
)
def test_the_window_of_a_single_sentence(labeller: BertLabeller, row: Row, pieces: list[str]) -> None:
    window = row_window(row, labeller.tokenizer, 64)
    told = labeller.tokenizer.convert_ids_to_tokens(list(window.ids))
    assert "".join(told) == "[CLS]" + "".join(piece + "[SEP]" for piece in pieces)
    (closer,) = window.closers
    assert told[closer] == "[SEP]" and "".join(told[:closer]).endswith(row.text)


@pytest.mark.parametrize("length", [16, 64, 500])
def test_a_very_long_sentence_still_fits(labeller: BertLabeller, length: int) -> None:
    row = Row("学校" * length, headings=("回顾" * length,), previous="投资" * length, next="企业" * length)
    window = row_window(row, labeller.tokenizer, 64)
    assert len(window.ids) <= 64
    assert labeller.predict([row, row]).shape == (2,)


def test_saved_and_loaded_it_says_the_same(labeller: BertLabeller, report: Report, tmp_path: Path) -> None:
    labeller.temperature = 1.5
    save(labeller, tmp_path, {"data": [{"text_sha256": "a"}]})
    again = load(tmp_path, precision="fp32")
    assert (again.name, again.window, again.context, again.temperature) == (labeller.name, 64, 16, 1.5)
    assert again.trained_on == {"a"}
    assert np.allclose(again.probabilities(report), labeller.probabilities(report), atol=2e-3)  # 16-bit weights
    # The checkpoint is plain: transformers alone reads it.
    plain = AutoModelForTokenClassification.from_pretrained(tmp_path)
    assert [plain.config.id2label[i] for i in range(4)] == list(LABELS)


def test_a_chain_weighs_the_logits(labeller: BertLabeller, report: Report, tmp_path: Path) -> None:
    labels = ["achievement", "commitment", "other", "problem"]
    companion = LinearClassifier(min_df=1).fit([f"{label}甲。" for label in labels], labels)
    chains = {name: Chain().fit([np.zeros((4, 8))], [rows(report)], [[0, 0, 1, 3]]) for name in ("chain", "alone")}
    whole = BertLabeller(labeller.model, labeller.tokenizer, companion=companion, precision="fp32", **chains)
    found = whole.probabilities(report)
    assert np.allclose(found.sum(axis=1), 1)
    save_linear(ReportLabeller(companion), tmp_path / "companion")
    save(whole, tmp_path)
    assert np.allclose(load(tmp_path, precision="fp32").probabilities(report), found, atol=2e-2)
    assert whole.predict_proba(["建成学校。"]).shape == (1, 4)


# A window, who looks, and what it sees: . is the opening token, | a closing token, - padding.
LOOKS = [
    (".ab|cd|", "first |", ".ab|  |"),
    (".ab|cd|", "last |", "   |cd|"),
    (".ab|cd|", "a", ".ab|cd|"),
    (".ab|cd|", ".", ".ab|cd|"),
    (".ab|c|d|--", "last |", "   | |d|  "),
    (".ab|c|d|--", "d", ".ab|c|d|  "),
    # What a window's end cuts off has no closing token, and none looks at it.
    (".ab|cd", "first |", ".ab|  "),
]


@pytest.mark.parametrize(("window", "who", "sees"), LOOKS)
def test_a_closing_token_sees_its_own_sentence_and_other_closing_tokens(window: str, who: str, sees: str) -> None:
    ids = torch.tensor([[ord(letter) for letter in window]])
    at = {"first |": window.find("|"), "last |": window.rfind("|")}.get(who, window.find(who))
    found = seen(ids, (ids != ord("-")).long(), ord("|"))[0, at].tolist()
    assert "".join(letter if look else " " for letter, look in zip(window, found, strict=True)) == sees


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("focused", [False, True])
def test_with_one_layer_a_focused_model_reads_only_the_sentence(kind: str, focused: bool, tmp_path: Path) -> None:
    """With more layers the sentence's own tokens have read their surroundings, and tell of them."""
    model = AutoModelForTokenClassification.from_pretrained(make_tiny(tmp_path, LETTERS, kind, layers=1)).eval()
    if focused:
        focus(model)
    ids = torch.tensor([[0, 5, 6, 2, 7, 8, 2, 1], [0, 9, 9, 2, 7, 8, 2, 1]])
    with torch.inference_mode():
        logits = token_logits(model, ids, (ids != 1).long(), closing=2)
    assert torch.allclose(logits[0, 6], logits[1, 6], atol=1e-6) == focused  # whatever stands before its neighbour
    assert not torch.allclose(logits[0, 3], logits[1, 3], atol=1e-6)


def test_the_focus_is_saved_with_the_checkpoint(labeller: BertLabeller, tmp_path: Path) -> None:
    model = AutoModelForTokenClassification.from_config(deepcopy(labeller.model.config))
    focus(model)
    save(BertLabeller(model, labeller.tokenizer), tmp_path)
    assert is_focused(load(tmp_path).model) and not is_focused(labeller.model)


def test_an_architecture_without_such_masks_stays_as_it_is(labeller: BertLabeller) -> None:
    class Other:
        class config:
            model_type = "deberta-v2"

    focus(Other)
    assert not hasattr(Other.config, FLAG)


def test_each_version_of_transformers_is_given_its_mask(
    labeller: BertLabeller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That both give the same logits is seen in benchmarks/install_check.sh, with the versions themselves."""
    model = AutoModelForTokenClassification.from_config(deepcopy(labeller.model.config))
    focus(model)
    ids = torch.tensor([[0, 5, 2, 6, 2]])
    monkeypatch.setattr("transformers.__version__", "4.56.2")
    ones = attention_mask(model, ids, torch.ones_like(ids), 2)
    monkeypatch.setattr("transformers.__version__", "5.0.0")
    added = attention_mask(model, ids, torch.ones_like(ids), 2)
    assert ones.shape == (1, 5, 5) and added.shape == (1, 1, 5, 5)
    assert torch.equal(ones.bool(), added[:, 0] == 0)


def _break_sha(folder: Path) -> None:
    file = folder / "policynlp.json"
    file.write_text(file.read_text().replace('"weights_sha256": "', '"weights_sha256": "0'))


def _break_version(folder: Path) -> None:
    file = folder / "policynlp.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "format_version": 99}))


DAMAGE = {
    "the weights are of another model": (_break_sha, "sha256 differs"),
    "a later format": (_break_version, "format version 99"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "no model.safetensors"),
    "only a pickle": (
        lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"),
        "a pickle is refused",
    ),
    "cut off weights": (lambda folder: (folder / "model.safetensors").write_bytes(b"\x08" * 40), "sha256 differs"),
    "no JSON": (lambda folder: (folder / "policynlp.json").write_text("{"), "cannot be read as JSON"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_model_says_what_is_wrong(labeller: BertLabeller, tmp_path: Path, case: str) -> None:
    save(labeller, tmp_path)
    damage, message = DAMAGE[case]
    damage(tmp_path)
    with pytest.raises(ModelError, match=message):
        load_classifier(tmp_path)


def test_code_in_a_models_folder_is_not_run(labeller: BertLabeller, tmp_path: Path) -> None:
    save(labeller, tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["auto_map"] = {"AutoModelForTokenClassification": "evil.Model", "AutoConfig": "evil.Config"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    load_classifier(tmp_path)
    assert not (tmp_path / "ran").exists()


def test_a_hub_id_that_cannot_be_had_is_one_clear_error() -> None:
    with pytest.raises(ModelError, match="no-such-owner/no-such-model"):
        load_classifier("no-such-owner/no-such-model")


def test_an_unknown_precision() -> None:
    from policynlp.classify.bert import choose_precision

    with pytest.raises(ValueError, match="known are auto, fp32, bf16"):
        choose_precision("int4", "cpu")
    assert choose_precision("auto", "cpu") in {"fp32", "bf16"}


WEAK = [
    ("一、2023年工作回顾\n建成学校三所。", {0: "achievement"}),
    ("二、2024年工作任务\n要加快建设学校。", {0: "commitment"}),
    # Its own words speak for another kind of section than the one that it stands in.
    ("一、2023年工作回顾\n建成学校三所。\n存在的困难和问题还不少，差距明显，矛盾突出。", {0: "achievement"}),
]


@pytest.mark.parametrize(("text", "labels"), WEAK)
def test_weak_labels_leave_out_what_contradicts_them(text: str, labels: dict[int, str]) -> None:
    found = weak_labels(segment(Report.from_text(text, year=2024)))
    assert {index: found.get(index) for index in labels} == labels
    assert all(label in LABELS for label in found.values())


SENTENCES = [
    "建成学校三所。",
    "完成投资十亿元。",
    "新增企业五家。",
    "要建设学校。",
    "要加快投资。",
    "力争新增企业。",
] * 6
ANSWERS = (["achievement"] * 3 + ["commitment"] * 3) * 6


def test_the_classifier_is_scikit_learns(encoder: Path) -> None:
    classifier = BertClassifier(str(encoder), epochs=8, rate=5e-3, batch=1, window=64)
    assert clone(classifier).get_params() == classifier.get_params()
    assert cross_val_score(classifier, SENTENCES, ANSWERS, cv=2).mean() > 0.9
    classifier.fit(SENTENCES, ANSWERS)
    assert classifier.classes_.tolist() == ["achievement", "commitment"]
    probabilities = classifier.predict_proba(["要完成学校。"])
    assert probabilities.shape == (1, 2) and probabilities.sum() == pytest.approx(1)
    again = clone(classifier).fit(SENTENCES, ANSWERS)
    assert np.allclose(again.predict_proba(SENTENCES), classifier.predict_proba(SENTENCES), atol=1e-3)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([], [], "0 rows"),
        (["甲。"], ["a", "b"], "1 rows for 2 labels"),
        (["甲。", "乙。"], ["a", "a"], "at least 2 classes"),
    ],
)
def test_the_classifier_refuses_what_it_cannot_learn(encoder: Path, X: list[str], y: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BertClassifier(str(encoder)).fit(X, y)


@pytest.mark.parametrize("kind", KINDS)
def test_users_fine_tune_encoders_of_every_kind(
    kind: str, example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = make_tiny(tmp_path / kind, LETTERS, kind, layers=1)
    gold = sorted(str(path) for path in example.glob("*.sentences.jsonl"))
    arguments = ["train", "--train", *gold, "--base", base, "--out", tmp_path / "out", "--epochs", 1, "--window", 128]
    assert run([str(argument) for argument in arguments]) == 0
    said = capsys.readouterr()
    assert "held out" in said.err and "macro" in said.out.lower()
    nlp = pn.load(str(tmp_path / "out"))
    report = nlp(pn.read_report(example / "city_云岭市_2024.txt"))
    assert all(sentence.label in LABELS for sentence in report.sentences)
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "held-out places" in card and str(base) in card
    weights = load_file(tmp_path / "out" / "model.safetensors")["classifier.weight"]
    assert not torch.equal(weights, weights.bfloat16().half())  # not rounded to what the processor computes in
    assert len(nlp.trained_on) == len(gold)


def test_a_stopped_training_goes_on(encoder: Path, example: Path, tmp_path: Path) -> None:
    from policynlp.train.command import options_with, train

    told: list[str] = []

    def stop(line: str) -> None:
        told.append(line)
        if line.startswith("epoch 2"):
            raise KeyboardInterrupt

    options = options_with(epochs=3, window=64, rate=1e-3)
    gold = [example]
    with pytest.raises(KeyboardInterrupt):
        train(gold, str(encoder), tmp_path, options=options, patience=9, tell=stop)
    train(gold, str(encoder), tmp_path, options=options, patience=9, tell=told.append)
    assert "goes on after epoch 1" in told
    assert not (tmp_path / "training.pt").exists()


def test_training_needs_two_places(
    encoder: Path, example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = example / "city_云岭市_2024.sentences.jsonl"
    assert run(["train", "--train", str(gold), "--base", str(encoder), "--out", str(tmp_path)]) == 2
    assert "at least two places" in capsys.readouterr().err


@pytest.mark.skipif(shipped_folder("bert") is None, reason="no embedded BERT in this build")
@pytest.mark.parametrize(("name", "layers"), [("bert", 6), ("bert_fast", 4)])
class TestEmbedded:
    """The models that ship."""

    def test_both_precisions_give_the_same_labels(self, example: Path, name: str, layers: int) -> None:
        same = []
        for path in sorted(example.glob("*.txt")):
            report = segment(pn.read_report(path))
            found = [load_classifier(name, precision=p).label([report])[0].sentences for p in ("fp32", "bf16")]
            same += [a.label == b.label for a, b in zip(*found, strict=True)]
        assert len(same) > 200
        assert np.mean(same) >= 0.995

    def test_it_is_small_and_plain(self, name: str, layers: int) -> None:
        folder = shipped_folder(name)
        assert folder is not None
        assert (folder / "model.safetensors").stat().st_size <= 45e6
        plain = AutoModelForTokenClassification.from_pretrained(folder)
        assert {plain.config.id2label[i] for i in range(4)} == set(LABELS)
        assert plain.config.num_hidden_layers == layers
        assert not list(folder.rglob("*.bin")) and not list(folder.rglob("*.py"))

    def test_it_needs_no_network(self, example: Path, monkeypatch: pytest.MonkeyPatch, name: str, layers: int) -> None:
        """Nobody even asks for an address; benchmarks/install_check.sh does the same with the network taken away."""
        asked: list[object] = []
        monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: asked.append(address))
        monkeypatch.setattr(socket.socket, "connect", lambda _, address: asked.append(address))
        assert len(pn.load(name)(pn.read_report(example / "city_云岭市_2024.txt")).sentences) > 20
        assert asked == []


def cut_reports(example: Path, folder: Path, length: int = 2000) -> None:
    """The beginnings of four labelled reports, one of them the first in the name of a third place."""
    folder.mkdir()
    names = ("云岭市_2023", "云岭市_2024", "沧岭省_2024", "临澜市_2023")
    for name in names:
        (text_path,) = example.glob(f"*{name.replace('临澜', '云岭')}.txt")
        text = text_path.read_text(encoding="utf-8")
        text = text.replace("云岭", "临澜") if "临澜" in name else text
        lines = text_path.with_suffix(".sentences.jsonl").read_text(encoding="utf-8").splitlines()
        kept = [row for row in map(json.loads, lines) if row["end"] <= length]
        target = folder / f"{text_path.stem.partition('_')[0]}_{name}"
        target.with_suffix(".txt").write_text(text[: kept[-1]["end"]], encoding="utf-8")
        rows = [{**row, "report_id": target.name, "text": text[row["start"] : row["end"]]} for row in kept]
        target.with_suffix(".sentences.jsonl").write_text(
            "\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8"
        )


def test_the_embedded_model_is_trained_scored_by_seed_and_carded(example: Path, tmp_path: Path) -> None:
    """The whole run of `policynlp.train.bert` on a tiny encoder and three places."""
    cut_reports(example, tmp_path / "gold")
    base, out = make_tiny(tmp_path / "base", LETTERS, "bert", layers=1), tmp_path / "out"
    arguments = ["--base", base, "--gold", tmp_path / "gold", "--texts", tmp_path / "gold", "--work", tmp_path / "work"]
    train_bert(
        [*map(str, arguments), "--out", str(out), "--epochs", "1", "--window", "128", "--seeds", "1", "--average"]
    )
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "| view | score | side | seed 0 | seed 1 | mean | range | mean weights |" in card
    folders = (out, *(tmp_path / "work" / name for name in ("seeds0+1-all", "seed0-all", "seed1-all")))
    shipped, mean, *seeds = (load_file(folder / "model.safetensors")["classifier.weight"] for folder in folders)
    assert torch.equal(shipped, mean.to(shipped.dtype))
    assert torch.allclose(mean, (seeds[0] + seeds[1]) / 2, rtol=0, atol=1e-7)
    assert not any(torch.allclose(mean, seed, rtol=0, atol=1e-4) for seed in seeds)
    assert len(list((tmp_path / "work").glob("linear-*.npz"))) == len(list((tmp_path / "work").glob("seed1-*.npz"))) > 0
    nlp = pn.load(str(out))
    assert nlp.name.startswith("bert-") and len(nlp.trained_on) == 4
    # The same once more, each network now a pupil of the one on the same folds.
    save_examples(tmp_path / "archive.npz", {"train": [((0, 5, 2, 6, 2), (-100, -100, -1, -100, -1))] * 3})
    arguments[-1] = tmp_path / "pupils"
    (tmp_path / "pupils").mkdir()
    for logits in (tmp_path / "work").glob("linear-*.npz"):  # they hang on the folds only
        shutil.copy(logits, tmp_path / "pupils")
    arguments += ["--teachers", tmp_path / "work", "--unlabelled", tmp_path / "archive.npz", "--epochs", "1"]
    train_bert([*map(str, arguments), "--out", str(tmp_path / "pupil"), "--window", "128"])
    names = {folder.name.rpartition("-")[2] for folder in (tmp_path / "work").glob("seed0-*") if folder.is_dir()}
    assert names == {folder.name.rpartition("-")[2] for folder in (tmp_path / "pupils").glob("distilled-*")}
    assert "all" in names
    card = (tmp_path / "pupil" / "README.md").read_text(encoding="utf-8")
    assert "| view | score | this model | larger model | difference, paired | p |" in card
