"""Domain training on weak labels: the kind of section that a sentence stands in, together with masked tokens.

No reader's label is used. A sentence of the review counts as an achievement, one of the plan as a commitment, and so
on; a sentence whose own words speak for another kind of section is left out. Headings are dropped at random and
sentences shown alone, so that the encoder must learn what the words say and not only the section's name. Run

    python -m policynlp.train.weak --base FOLDER --texts FOLDER --without corpus/annotations --out FOLDER
"""

from __future__ import annotations

import itertools
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
from transformers import AutoTokenizer, HfArgumentParser

from policynlp.classify.bert import choose_device
from policynlp.read import describe, read_report
from policynlp.report import Report
from policynlp.segment import segment
from policynlp.segment.evidence import own_words
from policynlp.train.example_file import load_examples, save_examples
from policynlp.train.finetune import Example, FinetuneOptions, batches, examples
from policynlp.train.mlm import held_out, load_masked, shrink
from policynlp.train.two_heads import STATE, TwoHeads, load_two_heads

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


@dataclass(frozen=True)
class WeakOptions:
    """How a run trains.

    Attributes:
        reports: Reports to draw from, at most; those of held-out places come on top, for the held-out loss.
        windows: Windows drawn from each.
        alone: Sentences drawn from each and shown alone.
        rate: Peak learning rate; rises over the first 3 % of the steps, then falls linearly to 0.
        tokens: Tokens in one step.
        epochs: Passes over all that was drawn.
        seconds: Train so long instead, by the clock from the end of the first step, as on a machine that is lent; 0
            makes ``epochs`` passes.
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
    epochs: int = 1
    seconds: float = 0.0
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
    found = examples([(report, labels)], tokenizer, window_options, rng, unlabelled=True)
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


class WeakRun:
    """Passes over the examples; `run` continues from the last checkpoint in ``out``.

    Args:
        base: Folder that `policynlp.train.mlm` wrote, or, where ``layers`` is given, an earlier run's ``out``.
        parts: Examples to learn from, ``train``, and for the held-out loss, ``dev``.
        out: Folder for checkpoints and log.
        options: How to train.
        layers: Distil the model in ``base`` into so many layers, evenly spaced ones of its own; 0 trains it as it is.
        device: ``"cpu"``, ``"cuda"`` …; ``"auto"`` takes a GPU where there is one.
        fuse: Compile the encoder's layers (`torch.compile`): worth its half minute on a GPU only.

    Example:
        >>> import tempfile
        >>> from transformers import BertConfig, BertForMaskedLM
        >>> from policynlp.classify import load_classifier
        >>> base, tokenizer = Path(tempfile.mkdtemp()), load_classifier("bert").tokenizer
        >>> tiny = BertConfig(vocab_size=len(tokenizer), hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
        >>> BertForMaskedLM(tiny).save_pretrained(base)
        >>> _ = tokenizer.save_pretrained(base)
        >>> WeakRun(base, {"train": [], "dev": []}, Path(tempfile.mkdtemp()), WeakOptions()).step
        0
    """

    def __init__(
        self,
        base: Path,
        parts: Mapping[str, Sequence[Example]],
        out: Path,
        options: WeakOptions,
        layers: int = 0,
        device: str = "auto",
        fuse: bool = False,
    ) -> None:
        self.options, self.out, self.parts = options, out, parts
        self.device = choose_device(device)
        torch.manual_seed(options.seed)
        self.tokenizer = AutoTokenizer.from_pretrained(base)
        self.teacher: TwoHeads | None = None
        if layers:
            self.teacher = load_two_heads(base, self.device).eval()
            self.model = load_two_heads(base, self.device)
            shrink(self.model.mlm, layers)
        else:
            self.model = TwoHeads(load_masked(base, self.device)).to(self.device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=options.rate, weight_decay=0.01, fused=True)
        self.step, self.spent, self.state = 0, 0.0, out / STATE
        if self.state.exists():
            saved = torch.load(self.state, weights_only=True, map_location=self.device)
            self.model.load_state_dict(saved["model"])
            self.optimizer.load_state_dict(saved["optimizer"])
            self.step, self.spent = saved["step"], saved["spent"]
        if fuse:
            for model in filter(None, (self.model, self.teacher)):
                for layer in model.mlm.bert.encoder.layer:
                    layer.compile(dynamic=True)

    def run(self) -> None:
        """Train to the end; the order hangs on the seed only, so a resumed run sees what an undisturbed one would.

        Example:
            >>> import tempfile
            >>> from transformers import BertConfig, BertForMaskedLM
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
        o = self.options
        started, total, since = time.monotonic(), torch.zeros(2, device=self.device), 0
        self.model.train()
        for epoch, share, batch in self._work():
            for group in self.optimizer.param_groups:
                group["lr"] = o.rate * min(share / 0.03, (1 - share) / 0.97)
            label, word = self._losses(batch, self.step)
            (label + o.mlm * word).backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            total += torch.stack([label, word]).detach()  # asking for the numbers would wait for the GPU
            self.step, since = self.step + 1, since + 1
            if self.step % o.every == 0:
                self._checkpoint(epoch, (total / since).tolist(), time.monotonic() - started)
                started, since = time.monotonic(), 0
                total.zero_()
        if since:
            self._checkpoint(epoch, (total / since).tolist(), time.monotonic() - started)

    def _work(self) -> Iterator[tuple[int, float, tuple[torch.Tensor, ...]]]:
        """Pass, share of the training that is done, and batch, from the step where the run stands."""
        o, first, before = self.options, self.step, 0
        for epoch in range(o.epochs) if not o.seconds else itertools.count():
            begun = time.monotonic()
            work = list(self._batches("train", epoch))
            if not work:
                return
            for at in range(max(0, self.step - before), len(work)):
                share = self.spent / o.seconds if o.seconds else (epoch + at / len(work)) / o.epochs
                if share >= 1:
                    return
                yield epoch, share, work[at]
                if self.step > first + 1:  # the first step compiles
                    self.spent += time.monotonic() - begun
                begun = time.monotonic()
            before += len(work)

    def _batches(self, part: str, epoch: int = 0) -> Iterator[tuple[torch.Tensor, ...]]:
        rng = random.Random(self.options.seed * 1000 + epoch)
        return batches(self.parts[part], self.options.tokens, self.tokenizer.pad_token_id, rng, multiple=8)

    def _losses(
        self, batch: tuple[torch.Tensor, ...], seed: int, alone: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor]:
        ids, mask, marks = (tensor.to(self.device, non_blocking=True) for tensor in batch)
        given = ids, mask, marks, (self.tokenizer.mask_token_id, self.tokenizer.sep_token_id), seed
        if self.teacher is None or alone:
            return self.model.losses(*given)
        return self.model.losses_of_pupil(self.teacher, *given)

    def _checkpoint(self, epoch: int, means: Sequence[float], seconds: float) -> None:
        self.model.eval()
        # Too little to be worth compiling the layers for; as they are, they say the same.
        with torch.no_grad(), torch.compiler.set_stance("force_eager"):
            # What a teacher says is no part of it, so that runs with and without one can be compared.
            held = [
                [loss.item() for loss in self._losses(batch, -i, alone=True)]
                for i, batch in enumerate(self._batches("dev"))
            ]
        self.model.train()
        line = {
            "step": self.step,
            "epoch": epoch + 1,
            "train": [round(value, 4) for value in means],
            "held_out": [round(float(value), 4) for value in np.mean(held, axis=0)],
            "seconds": round(seconds, 1),
        }
        self.model.save(self.out)
        self.tokenizer.save_pretrained(self.out)
        temporary = self.state.with_suffix(".tmp")
        stand = {"step": self.step, "spent": self.spent}
        torch.save({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), **stand}, temporary)
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
        ValueError: For an argument that there is not.

    Example:
        >>> import pytest
        >>> with pytest.raises(SystemExit):
        ...     main(["--base", "models/bert"])  # --texts and --out are missing
    """
    parser = HfArgumentParser(WeakOptions, description=__doc__.splitlines()[0])  # type: ignore[arg-type]
    parser.add_argument(
        "--base", type=Path, required=True, help="folder that policynlp.train.mlm or this command wrote"
    )
    parser.add_argument(
        "--layers", type=int, default=0, help="distil what this command wrote into --base into so many layers"
    )
    parser.add_argument("--device", default="auto", help="cpu, cuda …; a GPU where there is one")
    parser.add_argument("--fuse", action="store_true", help="compile the encoder's layers: faster on a GPU")
    parser.add_argument("--texts", type=Path, required=True, help="folder of .txt files named LEVEL_PLACE_YEAR.txt")
    parser.add_argument("--without", nargs="*", default=[], help="labelled sets whose reports are left out")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and log; resumes")
    options, given = parser.parse_args_into_dataclasses(arguments, look_for_args_file=False)
    given.out.mkdir(parents=True, exist_ok=True)
    # Names only: what a labelled set says about its reports is not read.
    without = {path.name.split(".")[0] for folder in given.without for path in Path(folder).rglob("*.jsonl")}
    cached = given.out / "examples.npz"
    if not cached.exists():
        save_examples(cached, draw_all(given.texts, without, given.base, options))
    parts = load_examples(cached)
    print({part: len(found) for part, found in parts.items()}, file=sys.stderr, flush=True)
    WeakRun(given.base, parts, given.out, options, given.layers, given.device, given.fuse).run()


if __name__ == "__main__":
    main()
