"""Fine-tuning a BERT-like encoder to label sentences in windows of their neighbours.

The result is a plain ``AutoModelForTokenClassification`` checkpoint. Context is dropped at random, so that one model
serves whole reports and isolated sentences.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import f1_score
from torch import nn
from transformers import AutoModelForTokenClassification, AutoTokenizer

from policynlp.classify.bert import BertLabeller, choose_device
from policynlp.classify.focus import focus, token_logits
from policynlp.classify.rows import Row
from policynlp.classify.store import ModelError
from policynlp.classify.windows import Window, ends, report_windows, row_window
from policynlp.report import LABELS, Report
from policynlp.train.mlm import attention_for

_IGNORE = -100
UNLABELLED = -1  # at the closing token of a sentence without a label


@dataclass(frozen=True)
class FinetuneOptions:
    """How a run trains.

    Attributes:
        window: Tokens in a window; see `policynlp.classify.windows.report_windows`.
        context: Tokens on both sides of what is learnt, half to twice as many. Few: what is read twice is learnt once.
        batch: Full windows in one step; of shorter ones as many more.
        rate: Peak learning rate of the head and the last layer; each layer below learns ``decay`` times as fast.
        decay: Ratio between one layer's learning rate and the one above it.
        epochs: Passes over the labelled windows.
        alone: Share of sentences that are also shown without any context.
        no_headings: Share of reports that are shown without headings.
        seed: Of order and dropped context.

    Example:
        >>> FinetuneOptions(epochs=8).window
        256
    """

    window: int = 256
    context: int = 16
    batch: int = 8
    rate: float = 1e-4
    decay: float = 0.9
    epochs: int = 3
    alone: float = 0.15
    no_headings: float = 0.2
    seed: int = 0


Labels = Mapping[int, str]  # position in Report.sentences -> label; sentences that are not in it are not labelled
# Token ids; at the closing token of a sentence its label, or `UNLABELLED`; -100 elsewhere.
Example = tuple[Sequence[int] | np.ndarray, Sequence[int] | np.ndarray]
MakeExamples = Callable[[Any, FinetuneOptions, random.Random], list[Example]]  # anew for each epoch


def examples(
    reports: Sequence[tuple[Report, Labels]],
    tokenizer: Any,
    options: FinetuneOptions,
    rng: random.Random,
    unlabelled: bool = False,
) -> list[Example]:
    """Windows with labels at their closing tokens, context dropped at random.

    Args:
        reports: Segmented reports with the labels of some or all of their sentences.
        tokenizer: The model's tokenizer.
        options: Window sizes and shares of dropped context.
        rng: Source of randomness.
        unlabelled: Take windows without any label too.

    Returns:
        One example a window.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> from policynlp.segment import segment
        >>> given = [(segment(Report.from_text("增长5%。就业稳定。")), {0: "achievement"})]
        >>> tokenizer = load_classifier("bert").tokenizer
        >>> ((ids, marks),) = examples(given, tokenizer, FinetuneOptions(alone=0.0), random.Random(0))
        >>> len(ids) == len(marks), [LABELS[mark] for mark in marks if mark > UNLABELLED]
        (True, ['achievement'])
    """
    out = []
    for report, labels in reports:
        seen = report
        if rng.random() < options.no_headings:
            seen = report.with_(headings=(), sentences=tuple(replace(s, headings=()) for s in report.sentences))
        # Windows that start elsewhere each epoch show every sentence in other company.
        windows = report_windows(
            seen, tokenizer, options.window, rng.randint(options.context // 2, options.context * 2)
        )
        out += [example for window in windows if (example := _example(window, labels, unlabelled))]
        for index, label in labels.items():
            if rng.random() < options.alone:
                alone = report.with_(headings=(), sentences=(replace(report.sentences[index], headings=()),))
                (window,) = report_windows(alone, tokenizer, options.window)
                out.append(_example(window, {0: label}) or ((), ()))
    return [example for example in out if example[0]]


def _example(window: Window, labels: Labels, unlabelled: bool = False) -> Example | None:
    marks = [_IGNORE] * len(window.ids)
    for closer, sentence in zip(window.closers, window.sentences, strict=True):
        marks[closer] = LABELS.index(labels[sentence]) if sentence in labels else UNLABELLED
    return (window.ids, tuple(marks)) if unlabelled or max(marks) > UNLABELLED else None


def batches(
    items: Sequence[Example], tokens: int, pad: int, rng: random.Random, multiple: int = 1
) -> Iterator[tuple[torch.Tensor, ...]]:
    """Shuffled batches of examples of like length.

    Args:
        items: Examples.
        tokens: Tokens in one batch at most, padding included; an example that is longer is a batch of its own.
        pad: Id of the padding token.
        rng: Source of randomness.
        multiple: Of which every length is one; a GPU's attention is faster with 8. Such padding is not in ``tokens``.

    Yields:
        Ids, attention mask and labels, each of shape (batch, length).

    Example:
        >>> (ids, mask, marks), = batches([((5, 6), (-100, 1)), ((7,), (0,))], tokens=8, pad=0, rng=random.Random(0))
        >>> ids.tolist(), marks.tolist()
        ([[5, 6], [7, 0]], [[-100, 1], [0, -100]])
    """
    order = sorted(range(len(items)), key=lambda i: len(items[i][0]) + rng.random() * 16, reverse=True)
    groups: list[list[int]] = []
    longest = 0
    for i in order:
        longest = max(longest, len(items[i][0]))
        if not groups or (len(groups[-1]) + 1) * longest > tokens:
            groups.append([])
            longest = len(items[i][0])
        groups[-1].append(i)
    rng.shuffle(groups)
    for group in groups:
        longest = -(-max(len(items[i][0]) for i in group) // multiple) * multiple
        ids, marks = np.full((len(group), longest), pad), np.full((len(group), longest), _IGNORE)
        for row, i in enumerate(group):
            ids[row, : len(items[i][0])] = items[i][0]
            marks[row, : len(items[i][1])] = items[i][1]
        yield torch.from_numpy(ids), torch.from_numpy(ids != pad).long(), torch.from_numpy(marks)


def finetune(
    base: str | Path,
    reports: Sequence[tuple[Report, Labels]],
    options: FinetuneOptions | None = None,
    tell: Callable[[str], None] = print,
    *,
    held_out: Sequence[tuple[Report, Labels]] = (),
    patience: int = 2,
    checkpoint: Path | None = None,
    device: str = "auto",
) -> tuple[Any, Any]:
    """Fine-tune a checkpoint.

    Args:
        base: Folder of an encoder in the transformers format, or a hub id that the user named.
        reports: Segmented reports with labels.
        options: See `FinetuneOptions`.
        tell: Is given a line an epoch.
        held_out: Reports of other places; the epoch with the best macro-F1 on them is kept, and training stops after
            ``patience`` epochs without a better one. Without any, the last epoch is kept.
        patience: See ``held_out``.
        checkpoint: A file for the state after each epoch, from which a stopped run goes on; None keeps none.
        device: ``"cpu"``, ``"cuda"`` …; ``"auto"`` takes a GPU where there is one.

    Returns:
        The model (in evaluation mode, on the CPU) and its tokenizer.

    Raises:
        policynlp.classify.ModelError: Where the base does not load, or has no closing token to read labels at.

    Example:
        >>> from policynlp.classify.load import shipped_folder
        >>> from policynlp.segment import segment
        >>> report, lines = segment(Report.from_text("去年建成学校五所。今年要建学校五所。")), []
        >>> labels = {0: "achievement", 1: "commitment"}
        >>> model, tokenizer = finetune(
        ...     shipped_folder("bert"), [(report, labels)], FinetuneOptions(epochs=1), lines.append, device="cpu"
        ... )
        >>> len(lines)
        1
    """
    run = _Run(base, partial(examples, reports), LABELS, options or FinetuneOptions(), choose_device(device))
    if checkpoint is not None and checkpoint.exists():
        run.resume(checkpoint)
        tell(f"goes on after epoch {run.epoch}")
    while run.epoch < run.options.epochs and run.worse < patience:
        line = run.learn_epoch()
        if held_out:
            line += f", held-out macro-F1 {run.judge(held_out):.4f}"
        tell(line)
        if checkpoint is not None:
            run.save(checkpoint)
    if run.best is not None:
        run.model.load_state_dict(run.best)
    return run.model.to("cpu").eval(), run.tokenizer


def finetune_rows(
    base: str | Path,
    rows: Sequence[Row],
    labels: Sequence[str],
    options: FinetuneOptions,
    tell: Callable[[str], None] = print,
    device: str = "auto",
) -> tuple[Any, Any]:
    """Fine-tune a checkpoint on single sentences, with what is known of their surroundings.

    Args:
        base: As for `finetune`.
        rows: The sentences.
        labels: One each; any names, at least two.
        options: See `FinetuneOptions`; what concerns whole reports is without effect.
        tell: Is given a line an epoch.
        device: As for `finetune`.

    Returns:
        The model (in evaluation mode, on the CPU) and its tokenizer.

    Raises:
        policynlp.classify.ModelError: Where the base does not load.

    Example:
        >>> import pytest
        >>> from policynlp.classify import ModelError
        >>> with pytest.raises(ModelError):
        ...     finetune_rows("no_such_folder", [Row("一。"), Row("二。")], ["a", "b"], FinetuneOptions())
    """
    classes = sorted(set(labels))
    marked = [(row, classes.index(label)) for row, label in zip(rows, labels, strict=True)]

    def make(tokenizer: Any, o: FinetuneOptions, _: random.Random) -> list[Example]:
        return [_row_example(row_window(row, tokenizer, o.window), mark) for row, mark in marked]

    run = _Run(base, make, classes, options, choose_device(device))
    while run.epoch < options.epochs:
        tell(run.learn_epoch())
    return run.model.to("cpu").eval(), run.tokenizer


def _row_example(window: Window, mark: int) -> Example:
    marks = [_IGNORE] * len(window.ids)
    marks[window.closers[0]] = mark
    return window.ids, tuple(marks)


class _Run:
    """One fine-tuning: the model, its optimizer, and where it stands."""

    def __init__(
        self, base: str | Path, make: MakeExamples, classes: Sequence[str], options: FinetuneOptions, device: str
    ) -> None:
        torch.manual_seed(options.seed)
        self.make, self.options, self.device = make, options, device
        self.model, self.tokenizer = with_new_head(base, classes, device)
        self.model.to(device)
        self.optimizer = torch.optim.AdamW(layer_groups(self.model, options), weight_decay=0.01, fused=True)
        self.peaks = [group["lr"] for group in self.optimizer.param_groups]
        self.budget = options.batch * options.window
        self.epoch = self.step = self.worse = 0
        self.best: dict[str, torch.Tensor] | None = None
        self.best_score = -1.0
        self.steps = options.epochs * sum(1 for _ in self._batches(0))

    def _batches(self, epoch: int) -> Iterator[tuple[torch.Tensor, ...]]:
        rng = random.Random(self.options.seed * 1000 + epoch)
        items = self.make(self.tokenizer, self.options, rng)
        return batches(items, self.budget, self.tokenizer.pad_token_id or 0, rng)

    def learn_epoch(self) -> str:
        """One pass over the labelled windows; returns what to tell of it."""
        total, count, started = 0.0, 0, time.monotonic()
        self.model.train()
        for batch in self._batches(self.epoch):
            scale = min(1.0, (self.step + 1) / (0.1 * self.steps), max(0.0, 1 - self.step / self.steps) / 0.9)
            for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
                group["lr"] = peak * scale
            there = (tensor.to(self.device) for tensor in batch)
            total += _learn(self.model, self.optimizer, ends(self.tokenizer)[1], *there)
            count, self.step = count + 1, self.step + 1
        self.epoch += 1
        return f"epoch {self.epoch}: loss {total / count:.4f}, {count} steps, {time.monotonic() - started:.0f} s"

    def judge(self, held_out: Sequence[tuple[Report, Labels]]) -> float:
        """Macro-F1 on held-out reports; remembers the best weights."""
        self.model.eval()
        logits = logits_of(self.model, self.tokenizer, [report for report, _ in held_out], self.options)
        truth = [label for _, labels in held_out for _, label in sorted(labels.items())]
        found = [
            LABELS[rows[i].argmax()] for rows, (_, labels) in zip(logits, held_out, strict=True) for i in sorted(labels)
        ]
        score = float(f1_score(truth, found, average="macro", labels=sorted(set(truth)), zero_division=0))
        self.worse = 0 if score > self.best_score else self.worse + 1
        if not self.worse:
            self.best_score = score
            self.best = {name: tensor.detach().cpu().clone() for name, tensor in self.model.state_dict().items()}
        return score

    def save(self, file: Path) -> None:
        """Write where the run stands, under a temporary name first."""
        temporary = file.with_suffix(".tmp")
        saved = {name: getattr(self, name) for name in ("epoch", "step", "worse", "best", "best_score")}
        torch.save({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), **saved}, temporary)
        temporary.replace(file)

    def resume(self, file: Path) -> None:
        """Go on where `save` left off. Only tensors and plain values are read: ``weights_only`` refuses all else."""
        saved = torch.load(file, weights_only=True, map_location=self.device)
        self.model.load_state_dict(saved.pop("model"))
        self.optimizer.load_state_dict(saved.pop("optimizer"))
        vars(self).update(saved)


def with_new_head(base: str | Path, classes: Sequence[str], device: str) -> tuple[Any, Any]:
    """An encoder with a head of as many outputs, ready to train; a head that is there and fits is kept.

    Args:
        base: Folder of an encoder in the transformers format, or a hub id that the user named.
        classes: Names of the outputs.
        device: Where it will train; it is not moved there yet.

    Returns:
        Model and tokenizer.

    Raises:
        policynlp.classify.ModelError: Where the base does not load, is a pickle, or has no token to read a label at.

    Example:
        >>> from policynlp.classify.load import shipped_folder
        >>> model, tokenizer = with_new_head(shipped_folder("bert"), LABELS, "cpu")
        >>> model.config.num_labels
        4
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(base)
        model = AutoModelForTokenClassification.from_pretrained(
            base,
            num_labels=len(classes),
            id2label=dict(enumerate(classes)),
            label2id={label: i for i, label in enumerate(classes)},
            dtype=torch.float32,
            use_safetensors=True,
            ignore_mismatched_sizes=True,
            attention_probs_dropout_prob=0.0,
            attn_implementation=attention_for(device),
        )
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(f"{base}: no encoder in the transformers format that loads: {reason}") from error
    if tokenizer.sep_token_id is None and tokenizer.eos_token_id is None:
        raise ModelError(f"{base}: its tokenizer has no closing token to read a label at; give a BERT-like encoder")
    focus(model)
    return model, tokenizer


def _learn(
    model: Any,
    optimizer: torch.optim.Optimizer,
    closing: int,
    ids: torch.Tensor,
    mask: torch.Tensor,
    marks: torch.Tensor,
) -> float:
    """One step of the optimizer; returns the loss before it."""
    with torch.autocast(ids.device.type, torch.bfloat16):
        logits = token_logits(model, ids, mask, closing)
    read = marks > UNLABELLED
    loss = nn.functional.cross_entropy(logits.float()[read], marks[read])
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss.item()


def layer_groups(model: Any, options: FinetuneOptions) -> list[dict[str, Any]]:
    """Parameter groups with layer-wise learning rates: the lower a layer, the more general, the slower it moves.

    Args:
        model: A token classifier.
        options: Rate and decay.

    Returns:
        One group a layer, as the optimizer takes them.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> groups = layer_groups(load_classifier("bert").model, FinetuneOptions(rate=1e-4, decay=0.5))
        >>> [f"{group['lr']:.1e}" for group in groups][-2:]
        ['5.0e-05', '1.0e-04']
    """
    layers = model.config.num_hidden_layers
    groups: dict[int, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        depth = next((int(part) + 1 for part in name.split(".") if part.isdigit()), 0)
        groups.setdefault(layers + 1 if name.startswith("classifier") else depth, []).append(parameter)
    return [
        {"params": parameters, "lr": options.rate * options.decay ** (layers + 1 - depth)}
        for depth, parameters in groups.items()
    ]


def logits_of(model: Any, tokenizer: Any, reports: Sequence[Report], options: FinetuneOptions) -> list[np.ndarray]:
    """The model's logits for every sentence of some reports.

    Args:
        model: A token classifier with the labels of `LABELS`.
        tokenizer: Its tokenizer.
        reports: Segmented reports.
        options: The window.

    Returns:
        One array of shape (sentences, labels) a report, the columns in the order of `LABELS`.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> from policynlp.segment import segment
        >>> bert = load_classifier("bert")
        >>> reports = [segment(Report.from_text("增长5%。"))]
        >>> logits_of(bert.model, bert.tokenizer, reports, FinetuneOptions())[0].shape
        (1, 4)
    """
    labeller = BertLabeller(model, tokenizer, window=options.window, device=str(model.device), precision="fp32")
    columns = [labeller.classes_.tolist().index(label) for label in LABELS]
    return [labeller.logits(report)[:, columns] for report in reports]
