"""Domain training on weak labels: the kind of section that a sentence stands in, together with masked tokens.

No reader's label is used. A sentence of the review counts as an achievement, one of the plan as a commitment, and so
on; a sentence whose own words speak for another kind of section is left out. Headings are dropped at random and
sentences shown alone, so that the encoder must learn what the words say and not only the section's name. Run

    python -m policynlp.train.weak --base FOLDER --texts FOLDER --without corpus/annotations --out FOLDER
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import AutoTokenizer, BertForMaskedLM, BertForTokenClassification

from policynlp.read import describe, read_report
from policynlp.report import LABELS, Report
from policynlp.segment import segment
from policynlp.segment.evidence import own_words
from policynlp.train.finetune import Example, FinetuneOptions, batches, examples
from policynlp.train.mlm import held_out, load_masked, mask_tokens

SECTION_LABELS: Mapping[str, str] = {
    "review": "achievement",
    "problems": "problem",
    "plan": "commitment",
    "government": "commitment",
    "front": "other",
    "closing": "other",
}
# So much more must speak for another kind before a sentence is left out; the plan and 政府自身建设 are alike here.
_CONTRADICTION = 1.0
_IGNORE = -100
_PARTS = ("train", "dev")


@dataclass(frozen=True)
class WeakOptions:
    """How a run trains.

    Attributes:
        reports: Reports to draw from, at most; those of held-out places come on top, for the held-out loss.
        windows: Windows drawn from each.
        alone: Sentences drawn from each and shown alone.
        rate: Peak learning rate; rises over the first 3 % of the steps, then falls linearly to 0.
        tokens: Tokens in one step.
        mlm: Weight of the masked tokens' loss against that of the labels.
        every: Steps between two checkpoints.
        seed: Of everything random.

    Example:
        >>> WeakOptions(reports=100).mlm
        0.5
    """

    reports: int = 1300
    windows: int = 11
    alone: int = 12
    rate: float = 2e-4
    tokens: int = 3072
    mlm: float = 0.5
    every: int = 200
    seed: int = 0


def weak_labels(report: Report) -> dict[int, str]:
    """Labels by section, without the sentences whose own words contradict it.

    Args:
        report: A segmented report.

    Returns:
        Position in ``report.sentences`` -> label.

    Example:
        >>> report = segment(Report("一、2023年工作回顾\\n经济增长5%。\\n二、2024年工作任务\\n加快建设学校。"))
        >>> weak_labels(report)
        {0: 'achievement', 1: 'commitment'}
    """
    found = {}
    for index, sentence in enumerate(report.sentences):
        kind = report.sections[sentence.section].kind
        if kind not in SECTION_LABELS:
            continue
        label = SECTION_LABELS[kind]
        said = own_words(sentence.text, report.year)
        mine = max(score for other, score in said.items() if SECTION_LABELS.get(other) == label)
        theirs = max(score for other, score in said.items() if SECTION_LABELS.get(other, label) != label)
        if theirs - mine < _CONTRADICTION:
            found[index] = label
    return found


def draw(path: Path, base: Path, options: WeakOptions) -> list[Example]:
    """Draw windows and single sentences from one report file.

    Args:
        path: The report.
        base: Folder of the tokenizer.
        options: How much to draw.

    Returns:
        Examples; none where no section tells a label.

    Example:
        >>> from policynlp.classify.load import shipped_folder
        >>> file = Path("corpus/example/city_云岭市_2024.txt")
        >>> 0 < len(draw(file, shipped_folder("bert"), WeakOptions(windows=1, alone=1))) <= 2
        True
    """
    tokenizer = _tokenizer(base)
    rng = random.Random(f"{options.seed} {path.stem}")
    report = segment(describe(read_report(path)))
    labels = weak_labels(report)
    if not labels:
        return []
    window_options = FinetuneOptions(alone=0.0, no_headings=0.4, context=16)
    found = examples([(report, labels)], tokenizer, window_options, rng)
    found = rng.sample(found, min(options.windows, len(found)))
    for index in rng.sample(sorted(labels), min(options.alone, len(labels))):
        alone = report.with_(headings=(), sentences=(replace(report.sentences[index], headings=()),))
        found += examples([(alone, {0: labels[index]})], tokenizer, replace(window_options, no_headings=0.0), rng)
    return found


_TOKENIZERS: dict[Path, object] = {}


def _tokenizer(base: Path) -> object:
    """One tokenizer a worker process."""
    if base not in _TOKENIZERS:
        _TOKENIZERS[base] = AutoTokenizer.from_pretrained(base)
    return _TOKENIZERS[base]


def draw_all(texts: Path, without: set[str], base: Path, options: WeakOptions) -> dict[str, list[Example]]:
    """Examples of the training places and of held-out places.

    Args:
        texts: Folder of report texts named LEVEL_PLACE_YEAR.txt.
        without: Report ids to leave out.
        base: Folder of the tokenizer.
        options: How much to draw.

    Returns:
        ``train`` and ``dev``.

    Example:
        >>> import tempfile
        >>> draw_all(Path(tempfile.mkdtemp()), set(), Path("base"), WeakOptions())  # an empty folder
        {'train': [], 'dev': []}
    """
    files = sorted(path for path in texts.rglob("*.txt") if path.stem not in without)
    random.Random(options.seed).shuffle(files)
    parts = {
        "train": [path for path in files if not held_out(path.stem.split("_")[1])][: options.reports],
        "dev": [path for path in files if held_out(path.stem.split("_")[1])][:40],
    }
    with ProcessPoolExecutor() as pool:
        work = partial(draw, base=base, options=options)
        return {
            part: [example for found in pool.map(work, paths, chunksize=8) for example in found]
            for part, paths in parts.items()
        }


class WeakModel(nn.Module):
    """An encoder with two heads: masked tokens, and the label at each closing token.

    Args:
        mlm: The encoder with its head over the vocabulary.

    Example:
        >>> from transformers import BertConfig
        >>> tiny = BertConfig(vocab_size=9, hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
        >>> WeakModel(BertForMaskedLM(tiny)).head.out_features
        4
    """

    def __init__(self, mlm: BertForMaskedLM) -> None:
        super().__init__()
        self.mlm = mlm
        self.head = nn.Linear(mlm.config.hidden_size, len(LABELS))

    def losses(
        self, ids: torch.Tensor, mask: torch.Tensor, marks: torch.Tensor, mask_id: int, seed: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss of labels and of masked tokens, from one pass over the masked text.

        Args:
            ids: Token ids, shape (batch, length).
            mask: 1 for what is no padding; the same shape.
            marks: The label's position in `LABELS` at closing tokens, -100 elsewhere; the same shape.
            mask_id: Id of the mask token.
            seed: Of the masks.

        Returns:
            Two scalars, in nats.

        Example:
            >>> from transformers import BertConfig
            >>> tiny = BertConfig(vocab_size=9, hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
            >>> ids, marks = torch.full((1, 20), 7), torch.tensor([[-100] * 19 + [1]])
            >>> losses = WeakModel(BertForMaskedLM(tiny)).losses(ids, torch.ones_like(ids), marks, 8, seed=0)
            >>> [loss.shape for loss in losses]
            [torch.Size([]), torch.Size([])]
        """
        generator = torch.Generator().manual_seed(seed)
        vocabulary = self.mlm.config.vocab_size
        changed, hidden_ids = mask_tokens(ids, mask_id, vocabulary, 4, generator)
        # Padding is among the special ids, so it is never chosen.
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.mlm.bert(input_ids=changed, attention_mask=mask).last_hidden_state
            chosen, read = hidden_ids != _IGNORE, marks != _IGNORE
            words = self.mlm.cls(hidden[chosen])
            labels = self.head(hidden[read])
        return (
            nn.functional.cross_entropy(labels.float(), marks[read]),
            nn.functional.cross_entropy(words.float(), hidden_ids[chosen]),
        )

    def save(self, folder: Path) -> None:
        """Write encoder and label head as a plain token classification checkpoint.

        Args:
            folder: Created where it is missing.

        Example:
            >>> import tempfile
            >>> from transformers import BertConfig
            >>> tiny = BertConfig(vocab_size=9, hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
            >>> folder = Path(tempfile.mkdtemp())
            >>> WeakModel(BertForMaskedLM(tiny)).save(folder)
            >>> json.loads((folder / "config.json").read_text())["architectures"]
            ['BertForTokenClassification']
        """
        config = self.mlm.config
        config.num_labels = len(LABELS)
        config.id2label = dict(enumerate(LABELS))
        config.label2id = {label: index for index, label in enumerate(LABELS)}
        plain = BertForTokenClassification(config)
        plain.bert.load_state_dict(self.mlm.bert.state_dict())
        plain.classifier.load_state_dict(self.head.state_dict())
        plain.save_pretrained(folder)


class WeakRun:
    """One pass over the examples; `run` continues from the last checkpoint in ``out``.

    Args:
        base: Folder that `policynlp.train.mlm` wrote.
        parts: Examples to learn from, ``train``, and for the held-out loss, ``dev``.
        out: Folder for checkpoints and log.
        options: How to train.

    Example:
        >>> import tempfile
        >>> from transformers import BertConfig
        >>> from policynlp.classify import load_classifier
        >>> base, tokenizer = Path(tempfile.mkdtemp()), load_classifier("bert").tokenizer
        >>> tiny = BertConfig(vocab_size=len(tokenizer), hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
        >>> BertForMaskedLM(tiny).save_pretrained(base)
        >>> _ = tokenizer.save_pretrained(base)
        >>> WeakRun(base, {"train": [], "dev": []}, Path(tempfile.mkdtemp()), WeakOptions()).step
        0
    """

    def __init__(self, base: Path, parts: Mapping[str, Sequence[Example]], out: Path, options: WeakOptions) -> None:
        self.options, self.out, self.parts = options, out, parts
        torch.manual_seed(options.seed)
        self.tokenizer = AutoTokenizer.from_pretrained(base)
        self.model = WeakModel(load_masked(base))
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=options.rate, weight_decay=0.01, fused=True)
        self.step, self.state = 0, out / "state.pt"
        if self.state.exists():
            saved = torch.load(self.state, weights_only=True)
            self.model.load_state_dict(saved["model"])
            self.optimizer.load_state_dict(saved["optimizer"])
            self.step = saved["step"]

    def run(self) -> None:
        """Train to the end; the order hangs on the seed only, so a resumed run sees what an undisturbed one would.

        Example:
            >>> import tempfile
            >>> from transformers import BertConfig
            >>> from policynlp.classify import load_classifier
            >>> base, tokenizer = Path(tempfile.mkdtemp()), load_classifier("bert").tokenizer
            >>> tiny = BertConfig(vocab_size=len(tokenizer), hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
            >>> BertForMaskedLM(tiny).save_pretrained(base)
            >>> _ = tokenizer.save_pretrained(base)
            >>> part, out = [((0, *[9] * 30, 2), (*[-100] * 31, 1))], Path(tempfile.mkdtemp())
            >>> WeakRun(base, {"train": part, "dev": part}, out, WeakOptions()).run()
            >>> json.loads((out / "log.jsonl").read_text())["step"]
            1
        """
        work = list(self._batches("train"))
        started, total = time.monotonic(), np.zeros(2)
        self.model.train()
        for step in range(self.step, len(work)):
            share = step / len(work)
            for group in self.optimizer.param_groups:
                group["lr"] = self.options.rate * min(share / 0.03, (1 - share) / 0.97)
            label, word = self._losses(work[step], step)
            (label + self.options.mlm * word).backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            total += [label.item(), word.item()]
            self.step = step + 1
            if self.step % self.options.every == 0 or self.step == len(work):
                self._checkpoint(len(work), total / self.options.every, time.monotonic() - started)
                started, total = time.monotonic(), np.zeros(2)

    def _batches(self, part: str) -> Iterator[tuple[torch.Tensor, ...]]:
        rng = random.Random(self.options.seed)
        return batches(self.parts[part], self.options.tokens, self.tokenizer.pad_token_id, rng)

    def _losses(self, batch: tuple[torch.Tensor, ...], seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        ids, mask, marks = batch
        return self.model.losses(ids, mask, marks, self.tokenizer.mask_token_id, seed)

    def _checkpoint(self, steps: int, means: np.ndarray, seconds: float) -> None:
        self.model.eval()
        with torch.no_grad():
            held = [[loss.item() for loss in self._losses(batch, -i)] for i, batch in enumerate(self._batches("dev"))]
        self.model.train()
        line = {
            "step": self.step,
            "of": steps,
            "train": [round(float(value), 4) for value in means],
            "held_out": [round(float(value), 4) for value in np.mean(held, axis=0)],
            "seconds": round(seconds, 1),
        }
        self.model.save(self.out)
        self.tokenizer.save_pretrained(self.out)
        temporary = self.state.with_suffix(".tmp")
        saved = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "step": self.step}
        torch.save(saved, temporary)
        temporary.replace(self.state)
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of the training.

    Args:
        arguments: What stands behind the module's name; None takes it from the process.

    Raises:
        SystemExit: For arguments that cannot be used; says why on stderr.

    Example:
        >>> import pytest
        >>> with pytest.raises(SystemExit):
        ...     main(["--base", "models/bert"])  # --texts and --out are missing
    """
    parser = argparse.ArgumentParser(prog="python -m policynlp.train.weak", description=__doc__.splitlines()[0])
    parser.add_argument("--base", type=Path, required=True, help="folder that policynlp.train.mlm wrote")
    parser.add_argument("--texts", type=Path, required=True, help="folder of .txt files named LEVEL_PLACE_YEAR.txt")
    parser.add_argument("--without", nargs="*", default=[], help="labelled sets whose reports are left out")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and log; resumes")
    for name, default in WeakOptions.__dataclass_fields__.items():
        parser.add_argument(f"--{name}", type=type(default.default), default=default.default)
    given = vars(parser.parse_args(arguments))
    options = WeakOptions(**{name: given[name] for name in WeakOptions.__dataclass_fields__})
    given["out"].mkdir(parents=True, exist_ok=True)
    # Names only: what a labelled set says about its reports is not read.
    without = {path.name.split(".")[0] for folder in given["without"] for path in Path(folder).rglob("*.jsonl")}
    cached = given["out"] / "examples.json"
    if not cached.exists():
        parts = draw_all(given["texts"], without, given["base"], options)
        cached.write_text(json.dumps(parts), encoding="utf-8")
    parts = json.loads(cached.read_text(encoding="utf-8"))
    print({part: len(found) for part, found in parts.items()}, file=sys.stderr, flush=True)
    WeakRun(given["base"], parts, given["out"], options).run()


if __name__ == "__main__":
    main()
