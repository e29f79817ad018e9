"""Fine-tuning a BERT-like encoder to label sentences in windows of their neighbours.

The result is a plain ``AutoModelForTokenClassification`` checkpoint. Context is dropped at random, so that one model
serves whole reports and isolated sentences.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import AutoModelForTokenClassification, AutoTokenizer

from policynlp.classify.windows import Window, report_windows
from policynlp.report import LABELS, Report

_IGNORE = -100


@dataclass(frozen=True)
class FinetuneOptions:
    """How a run trains.

    Attributes:
        window, context: See `policynlp.classify.windows.report_windows`.
        batch: Full windows in one step; of shorter ones as many more.
        rate: Peak learning rate of the head and the last layer; each layer below learns ``decay`` times as fast.
        decay: Ratio between one layer's learning rate and the one above it.
        epochs: Passes over the labelled windows.
        alone: Share of sentences that are also shown without any context.
        no_headings: Share of reports that are shown without headings.
        seed: Of order and dropped context.
    """

    window: int = 256
    context: int = 64
    batch: int = 8
    rate: float = 1e-4
    decay: float = 0.9
    epochs: int = 4
    alone: float = 0.1
    no_headings: float = 0.2
    seed: int = 0


Labels = Mapping[int, str]  # position in Report.sentences -> label; sentences that are not in it are not labelled
Example = tuple[tuple[int, ...], tuple[int, ...]]  # token ids; label at each, -100 where there is none


def examples(
    reports: Sequence[tuple[Report, Labels]], tokenizer: Any, options: FinetuneOptions, rng: random.Random
) -> list[Example]:
    """Windows with labels at their closing tokens, context dropped at random.

    Args:
        reports: Segmented reports with the labels of some or all of their sentences.
        tokenizer: The model's tokenizer.
        options: Window sizes and shares of dropped context.
        rng: Source of randomness.

    Returns:
        One example a window that has a label.
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
        out += [example for window in windows if (example := _example(window, labels))]
        for index, label in labels.items():
            if rng.random() < options.alone:
                alone = report.with_(headings=(), sentences=(replace(report.sentences[index], headings=()),))
                (window,) = report_windows(alone, tokenizer, options.window)
                out.append(_example(window, {0: label}) or ((), ()))
    return [example for example in out if example[0]]


def _example(window: Window, labels: Labels) -> Example | None:
    marks = [_IGNORE] * len(window.ids)
    for closer, sentence in zip(window.closers, window.sentences, strict=True):
        if sentence in labels:
            marks[closer] = LABELS.index(labels[sentence])
    return (window.ids, tuple(marks)) if any(mark != _IGNORE for mark in marks) else None


def batches(items: Sequence[Example], tokens: int, pad: int, rng: random.Random) -> Iterator[tuple[torch.Tensor, ...]]:
    """Shuffled batches of examples of like length.

    Args:
        items: Examples.
        tokens: Tokens in one batch at most, padding included; an example that is longer is a batch of its own.
        pad: Id of the padding token.
        rng: Source of randomness.

    Yields:
        Ids, attention mask and labels, each of shape (batch, length).
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
        longest = max(len(items[i][0]) for i in group)
        ids = torch.full((len(group), longest), pad)
        marks = torch.full((len(group), longest), _IGNORE)
        for row, i in enumerate(group):
            ids[row, : len(items[i][0])] = torch.tensor(items[i][0])
            marks[row, : len(items[i][1])] = torch.tensor(items[i][1])
        yield ids, (ids != pad).long(), marks


def finetune(
    base: str | Path,
    reports: Sequence[tuple[Report, Labels]],
    options: FinetuneOptions | None = None,
    tell: Callable[[str], None] = print,
) -> tuple[Any, Any]:
    """Fine-tune a checkpoint.

    Args:
        base: Folder of an encoder in the transformers format.
        reports: Segmented reports with labels.
        options: See `FinetuneOptions`.
        tell: Is given a line an epoch.

    Returns:
        The model (in evaluation mode) and its tokenizer.
    """
    o = options or FinetuneOptions()
    torch.manual_seed(o.seed)
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = _with_new_head(base)
    optimizer = torch.optim.AdamW(layer_groups(model, o), weight_decay=0.01)
    peaks = [group["lr"] for group in optimizer.param_groups]
    budget = o.batch * o.window
    first = examples(reports, tokenizer, o, random.Random(o.seed))
    steps = o.epochs * sum(1 for _ in batches(first, budget, tokenizer.pad_token_id, random.Random(o.seed)))
    step = 0
    for epoch in range(o.epochs):
        rng = random.Random(o.seed * 1000 + epoch)
        items = examples(reports, tokenizer, o, rng)
        total, count, started = 0.0, 0, time.monotonic()
        model.train()
        for ids, mask, marks in batches(items, budget, tokenizer.pad_token_id, rng):
            scale = min(1.0, (step + 1) / (0.1 * steps), max(0.0, 1 - step / steps) / 0.9)
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * scale
            total += _learn(model, optimizer, ids, mask, marks)
            count, step = count + 1, step + 1
        tell(f"epoch {epoch + 1}: loss {total / count:.4f}, {count} steps, {time.monotonic() - started:.0f} s")
    return model.eval(), tokenizer


def _with_new_head(base: str | Path) -> Any:
    return AutoModelForTokenClassification.from_pretrained(
        base,
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={label: i for i, label in enumerate(LABELS)},
        dtype=torch.float32,
        attention_probs_dropout_prob=0.0,
        hidden_dropout_prob=0.1,
        classifier_dropout=0.1,
    )


def _learn(
    model: Any, optimizer: torch.optim.Optimizer, ids: torch.Tensor, mask: torch.Tensor, marks: torch.Tensor
) -> float:
    """One step of the optimizer; returns the loss before it."""
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(input_ids=ids, attention_mask=mask).logits
    loss = nn.functional.cross_entropy(logits.float().flatten(0, 1), marks.flatten(), ignore_index=_IGNORE)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss.item()


def layer_groups(model: Any, options: FinetuneOptions) -> list[dict[str, Any]]:
    """Parameter groups with layer-wise learning rates: the lower a layer, the more general, the slower it moves."""
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
    """The model's logits for every sentence of some reports, one array of shape (sentences, labels) a report."""
    out = [np.zeros((len(report.sentences), len(LABELS)), dtype=np.float32) for report in reports]
    work = [
        (window, number)
        for number, report in enumerate(reports)
        for window in report_windows(report, tokenizer, options.window, options.context)
    ]
    work.sort(key=lambda item: len(item[0].ids))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for at in range(0, len(work), 16):
            group = work[at : at + 16]
            longest = max(len(window.ids) for window, _ in group)
            ids = torch.full((len(group), longest), tokenizer.pad_token_id)
            for row, (window, _) in enumerate(group):
                ids[row, : len(window.ids)] = torch.tensor(window.ids)
            logits = model(input_ids=ids, attention_mask=(ids != tokenizer.pad_token_id).long()).logits.float()
            for row, (window, number) in enumerate(group):
                out[number][list(window.sentences)] = logits[row, list(window.closers)].numpy()
    return out
