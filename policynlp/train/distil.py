"""Distil a fine-tuned model into one of fewer layers: the small one learns what the large one says of unlabelled text.

The large model's opinion of each sentence of the archive is a label with its doubts (Hinton et al., *Distilling the
Knowledge in a Neural Network*, 2015); no reader's label is used. What comes out is then fine-tuned like any encoder.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoModelForTokenClassification

from policynlp.classify.bert import choose_device
from policynlp.classify.focus import token_logits
from policynlp.classify.windows import ends
from policynlp.report import LABELS
from policynlp.train.finetune import Example, batches, with_new_head
from policynlp.train.mlm import attention_for

_IGNORE = -100


@dataclass(frozen=True)
class DistilOptions:
    """How a run trains.

    Attributes:
        windows: Unlabelled windows to learn from, at most.
        tokens: Tokens in one step.
        rate: Peak learning rate; rises over the first 5 % of the steps, then falls linearly to 0.
        temperature: What the logits of both are divided by, so that small doubts count too.
        seed: Of choice and order.

    Example:
        >>> DistilOptions().temperature
        2.0
    """

    windows: int = 32_000
    tokens: int = 16_384
    rate: float = 3e-4
    temperature: float = 2.0
    seed: int = 0


def distil(
    teacher: str | Path,
    base: str | Path,
    unlabelled: Sequence[Example],
    options: DistilOptions | None = None,
    tell: Callable[[str], None] = print,
    device: str = "auto",
) -> tuple[Any, Any]:
    """Teach a small encoder what a fine-tuned model says.

    Args:
        teacher: Folder of the fine-tuned model, with the labels of `policynlp.report.LABELS` in their order.
        base: Folder of the small encoder, with the same tokenizer.
        unlabelled: Windows with closing tokens marked; see `policynlp.train.finetune.examples`.
        options: See `DistilOptions`.
        tell: Is given a line at the end.
        device: ``"cpu"``, ``"cuda"`` …; ``"auto"`` takes a GPU where there is one.

    Returns:
        The small model (in evaluation mode, on the CPU) and its tokenizer.

    Raises:
        policynlp.classify.ModelError: Where the base does not load.

    Example:
        >>> from policynlp.classify.load import shipped_folder
        >>> bert, lines = shipped_folder("bert"), []
        >>> window = ((0, 11, 12, 2), (-100, -100, -100, -1))
        >>> model, _ = distil(bert, bert, [window] * 4, DistilOptions(tokens=8), lines.append, device="cpu")
        >>> model.config.num_hidden_layers, len(lines)
        (6, 1)
    """
    o, device = options or DistilOptions(), choose_device(device)
    torch.manual_seed(o.seed)
    rng = random.Random(o.seed)
    model, tokenizer = with_new_head(base, LABELS, device)
    model.to(device).train()
    large = AutoModelForTokenClassification.from_pretrained(
        teacher, dtype=torch.bfloat16, use_safetensors=True, attn_implementation=attention_for(device)
    )
    large.to(device).eval()
    closing = ends(tokenizer)[1]
    optimizer = torch.optim.AdamW(model.parameters(), lr=o.rate, weight_decay=0.01, fused=True)
    chosen = rng.sample(unlabelled, min(o.windows, len(unlabelled)))
    work = list(batches(chosen, o.tokens, tokenizer.pad_token_id or 0, rng, multiple=8))
    started, total = time.monotonic(), torch.zeros((), device=device)
    for step, batch in enumerate(work):
        for group in optimizer.param_groups:
            group["lr"] = o.rate * min((step + 1) / (0.05 * len(work)), 1 - step / len(work), 1.0)
        ids, mask, marks = (tensor.to(device) for tensor in batch)
        read = marks != _IGNORE
        with torch.no_grad():
            said = token_logits(large, ids, mask, closing)[read].float() / o.temperature
        with torch.autocast(ids.device.type, torch.bfloat16):
            logits = token_logits(model, ids, mask, closing)[read].float() / o.temperature
        loss = nn.functional.kl_div(
            logits.log_softmax(-1), said.log_softmax(-1), reduction="batchmean", log_target=True
        )
        (loss * o.temperature**2).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total += loss.detach()
    seconds = time.monotonic() - started
    tell(f"distilled from {len(chosen)} windows: divergence {total.item() / len(work):.4f}, {seconds:.0f} s")
    return model.to("cpu").eval(), tokenizer
