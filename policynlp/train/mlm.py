"""Masked-language-model training of the encoder on unlabelled reports, with checkpoints that a stopped run resumes.

Whole places are held out by a hash of their name, so the held-out loss speaks of places never seen. Windows are built
as the classifier will read them: consecutive sentences, each closed by ``</s>``. Masking after Devlin et al. (2019),
with the share raised to 20 % (Wettig et al., 2023, find more than 15 % better).

Run ``python -m policynlp.train.mlm --base FOLDER --texts FOLDER --out FOLDER --layers 6``.
"""

from __future__ import annotations

import json
import math
import re
import sys
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import AutoTokenizer, BertForMaskedLM, HfArgumentParser

from policynlp.classify.bert import choose_device

MASKED_SHARE = 0.2
_HELD_OUT_OF = 25  # one place in so many is held out
_DEV_WINDOWS = 256  # enough for a loss that is steady in its third digit
_PARTS = ("train", "dev")
_IGNORE = -100
# Borders need not be exact here: a window is only text.
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")


@dataclass(frozen=True)
class MlmOptions:
    """How a run trains.

    Attributes:
        window: Tokens in one window.
        batch: Windows in one step.
        rate: Peak learning rate; rises over the first 3 % of the steps, then falls linearly to 0.
        steps: Steps in all.
        seed: Of order and masks.
        every: Steps between two checkpoints, each with the held-out loss.

    Example:
        >>> MlmOptions(steps=100).rate
        0.0003
    """

    window: int = 192
    batch: int = 24
    rate: float = 3e-4
    steps: int = 6000
    seed: int = 0
    every: int = 250


def held_out(place: str) -> bool:
    """Whether a place's reports are kept from training.

    Args:
        place: Its name.

    Returns:
        The same for all its years.

    Example:
        >>> held_out("云岭市") == held_out("云岭市")
        True
    """
    return zlib.crc32(place.encode("utf-8")) % _HELD_OUT_OF == 0


def windows(texts: Iterable[str], tokenizer: Any, length: int) -> np.ndarray:
    """Token windows of consecutive sentences.

    Args:
        texts: Reports.
        tokenizer: A fast tokenizer.
        length: Tokens in a window.

    Returns:
        Token ids, shape (windows, length), int32; what does not fill a last window is dropped.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> windows(["增长5%。就业稳定。" * 20], load_classifier("bert").tokenizer, 32).shape[1]
        32
    """
    start, end = tokenizer.cls_token_id, tokenizer.sep_token_id
    rows: list[list[int]] = []
    for text in texts:
        row = [start]
        sentences = [match.group().strip() for match in _SENTENCE.finditer(text)]
        for ids in tokenizer([s for s in sentences if s], add_special_tokens=False)["input_ids"]:
            row += [*ids, end]
            while len(row) >= length:
                rows.append(row[:length])
                row = [start, *row[length:]]
    return np.asarray(rows, dtype=np.int32).reshape(-1, length)


def mask_tokens(
    ids: torch.Tensor, mask_id: int, vocabulary: int, special: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Choose tokens to guess: of `MASKED_SHARE`, 80 % become the mask, 10 % a random token, 10 % stay.

    The shares are those of Devlin et al., *BERT* (2019).

    Args:
        ids: Token ids, shape (batch, length).
        mask_id: Id of the mask token.
        vocabulary: Number of ids.
        special: Ids below this one are never chosen.
        generator: Source of randomness, on the device of ``ids``.

    Returns:
        The changed ids and the labels (the original id where chosen, -100 elsewhere), both of the shape of ``ids``.

    Example:
        >>> ids = torch.full((1, 1000), 7)
        >>> changed, labels = mask_tokens(ids, 4, 100, 5, torch.Generator().manual_seed(0))
        >>> 100 < int((labels == 7).sum()) < 600, bool((changed[labels == -100] == 7).all())
        (True, True)
    """
    draw = torch.rand(ids.shape, generator=generator, device=ids.device)
    chosen = (draw < MASKED_SHARE) & (ids >= special)
    kind = torch.rand(ids.shape, generator=generator, device=ids.device)
    random = torch.randint(special, vocabulary, ids.shape, generator=generator, device=ids.device)
    changed = torch.where(chosen & (kind < 0.8), torch.full_like(ids, mask_id), ids)
    changed = torch.where(chosen & (kind >= 0.9), random, changed)
    return changed, torch.where(chosen, ids, torch.full_like(ids, _IGNORE))


def masked_loss(model: BertForMaskedLM, ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy at the chosen positions only: the vocabulary's logits are the most expensive part.

    Args:
        model: The encoder with its head over the vocabulary.
        ids: Token ids, shape (windows, length).
        labels: The original id where a token is to be guessed, -100 elsewhere; the same shape.

    Returns:
        A scalar, in nats a token.

    Example:
        >>> from transformers import BertConfig
        >>> model = BertForMaskedLM(BertConfig(vocab_size=9, hidden_size=4, num_attention_heads=1, num_hidden_layers=1))
        >>> masked_loss(model, torch.tensor([[1, 2]]), torch.tensor([[-100, 2]])).shape
        torch.Size([])
    """
    hidden = model.bert(input_ids=ids).last_hidden_state
    chosen = labels != _IGNORE
    logits = model.cls(hidden[chosen])
    return nn.functional.cross_entropy(logits.float(), labels[chosen])


def attention_for(device: str) -> str:
    """How attention is computed in training.

    Step by step on CPUs: there PyTorch's fused attention is faster forwards and much slower backwards (0.74 against
    0.62 s a step of 3,072 tokens with 6 layers, 2 cores).

    Args:
        device: A device of PyTorch.

    Returns:
        What transformers takes as ``attn_implementation``.

    Example:
        >>> attention_for("cpu")
        'eager'
    """
    return "eager" if device == "cpu" else "sdpa"


def load_masked(folder: Path, device: str = "cpu") -> BertForMaskedLM:
    """The encoder with its head over the vocabulary, ready to train.

    Without dropout: far fewer passes are made than would overfit.

    Args:
        folder: A checkpoint in safetensors.
        device: Where it trains.

    Returns:
        The model in 32 bits.

    Example:
        >>> import tempfile
        >>> from transformers import BertConfig
        >>> folder = Path(tempfile.mkdtemp())
        >>> tiny = BertConfig(vocab_size=9, hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
        >>> BertForMaskedLM(tiny).save_pretrained(folder)
        >>> load_masked(folder).config.hidden_dropout_prob
        0.0
    """
    model = BertForMaskedLM.from_pretrained(
        folder,
        dtype=torch.float32,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation=attention_for(device),
        trust_remote_code=False,
        use_safetensors=True,
    )
    return model.to(device)  # type: ignore[arg-type]


def shrink(model: BertForMaskedLM, layers: int) -> None:
    """Keep evenly spaced layers of the encoder, the last one among them.

    Args:
        model: Changed in place.
        layers: How many to keep.

    Example:
        >>> from transformers import BertConfig
        >>> model = BertForMaskedLM(BertConfig(vocab_size=9, hidden_size=4, num_attention_heads=1, num_hidden_layers=4))
        >>> shrink(model, 2)
        >>> len(model.bert.encoder.layer)
        2
    """
    have = model.config.num_hidden_layers
    keep = [round((i + 1) * have / layers) - 1 for i in range(layers)]
    model.bert.encoder.layer = nn.ModuleList(model.bert.encoder.layer[i] for i in keep)
    model.config.num_hidden_layers = layers


class MlmRun:
    """One training run; `run` continues from the last checkpoint in ``out``.

    Args:
        base: Folder of the encoder to start from, with its tokenizer.
        layers: Layers to keep.
        train: Token windows to learn from, shape (windows, length).
        dev: Token windows for the held-out loss.
        out: Folder for checkpoints and log.
        o: How to train.
        device: ``"cpu"``, ``"cuda"`` …; ``"auto"`` takes a GPU where there is one.

    Example:
        >>> import tempfile
        >>> from transformers import BertConfig
        >>> from policynlp.classify import load_classifier
        >>> base, tokenizer = Path(tempfile.mkdtemp()), load_classifier("bert").tokenizer
        >>> tiny = BertConfig(vocab_size=len(tokenizer), hidden_size=4, num_attention_heads=1, num_hidden_layers=2)
        >>> BertForMaskedLM(tiny).save_pretrained(base)
        >>> _ = tokenizer.save_pretrained(base)
        >>> rows = np.full((2, 16), 9, dtype=np.int32)
        >>> run = MlmRun(base, 1, rows, rows, Path(tempfile.mkdtemp()), MlmOptions(steps=1, batch=1))
        >>> run.run()
        >>> run.step
        1
    """

    def __init__(
        self,
        base: Path,
        layers: int,
        train: np.ndarray,
        dev: np.ndarray,
        out: Path,
        o: MlmOptions,
        device: str = "auto",
    ) -> None:
        self.options, self.out, self.train, self.dev = o, out, train, dev
        self.device = choose_device(device)
        torch.manual_seed(o.seed)  # the head over the vocabulary starts at random
        self.tokenizer = AutoTokenizer.from_pretrained(base)
        self.state = out / "state.pt"
        source = out if self.state.exists() else base
        self.model = load_masked(source, self.device)
        if source == base and layers < self.model.config.num_hidden_layers:
            shrink(self.model, layers)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=o.rate, weight_decay=0.01, betas=(0.9, 0.98), fused=True
        )
        self.step = 0
        if self.state.exists():
            saved = torch.load(self.state, weights_only=True, map_location=self.device)
            self.optimizer.load_state_dict(saved["optimizer"])
            self.step = saved["step"]

    def run(self) -> None:
        """Train to the last step; writes a checkpoint and a line of ``log.jsonl`` every few steps.

        Example:
            >>> import tempfile
            >>> from transformers import BertConfig
            >>> from policynlp.classify import load_classifier
            >>> base, tokenizer = Path(tempfile.mkdtemp()), load_classifier("bert").tokenizer
            >>> tiny = BertConfig(vocab_size=len(tokenizer), hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
            >>> BertForMaskedLM(tiny).save_pretrained(base)
            >>> _ = tokenizer.save_pretrained(base)
            >>> rows, out = np.full((2, 16), 9, dtype=np.int32), Path(tempfile.mkdtemp())
            >>> MlmRun(base, 1, rows, rows, out, MlmOptions(steps=1, batch=1)).run()
            >>> len((out / "log.jsonl").read_text().splitlines())
            1
        """
        o = self.options
        self.model.train()
        total, started = 0.0, time.monotonic()
        for step, rows in self._batches():
            for group in self.optimizer.param_groups:
                group["lr"] = o.rate * _schedule(step / o.steps)
            loss = self._loss(rows, seed=step)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            self.step = step + 1
            total += loss.item()
            if self.step % o.every == 0 or self.step == o.steps:
                seconds = time.monotonic() - started
                self._checkpoint(total / o.every, seconds)
                total, started = 0.0, time.monotonic()

    def _batches(self) -> Iterator[tuple[int, np.ndarray]]:
        """Batches from the step where the run stands, in an order that depends on seed and epoch only.

        So a resumed run sees what an undisturbed one would have seen.
        """
        o = self.options
        per_epoch = len(self.train) // o.batch
        if per_epoch == 0:
            raise ValueError(f"{len(self.train)} windows are fewer than one batch of {o.batch}; give more texts")
        for step in range(self.step, o.steps):
            epoch, at = divmod(step, per_epoch)
            order = np.random.default_rng([o.seed, epoch]).permutation(len(self.train))
            yield step, self.train[order[at * o.batch : (at + 1) * o.batch]]

    def _loss(self, rows: np.ndarray, seed: int) -> torch.Tensor:
        generator = torch.Generator(self.device).manual_seed(self.options.seed * 1_000_003 + seed)
        ids = torch.tensor(rows, dtype=torch.long, device=self.device)
        ids, labels = mask_tokens(ids, self.tokenizer.mask_token_id, len(self.tokenizer), 4, generator)
        with torch.autocast(self.model.device.type, torch.bfloat16):
            return masked_loss(self.model, ids, labels)

    def held_out_loss(self) -> float:
        """Mean loss over the held-out windows, with the same masks every time.

        Returns:
            In nats a token.

        Example:
            >>> import tempfile
            >>> from transformers import BertConfig
            >>> from policynlp.classify import load_classifier
            >>> base, tokenizer = Path(tempfile.mkdtemp()), load_classifier("bert").tokenizer
            >>> tiny = BertConfig(vocab_size=len(tokenizer), hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
            >>> BertForMaskedLM(tiny).save_pretrained(base)
            >>> _ = tokenizer.save_pretrained(base)
            >>> rows = np.full((2, 16), 9, dtype=np.int32)
            >>> MlmRun(base, 1, rows, rows, Path(tempfile.mkdtemp()), MlmOptions()).held_out_loss() > 0
            True
        """
        self.model.eval()
        with torch.no_grad():
            losses = [self._loss(self.dev[i : i + 32], seed=-i).item() for i in range(0, len(self.dev), 32)]
        self.model.train()
        return math.fsum(losses) / len(losses)

    def _checkpoint(self, train_loss: float, seconds: float) -> None:
        line = {
            "step": self.step,
            "tokens": self.step * self.options.batch * self.options.window,
            "train_loss": round(train_loss, 4),
            "held_out_loss": round(self.held_out_loss(), 4),
            "seconds": round(seconds, 1),
        }
        self.model.save_pretrained(self.out)
        self.tokenizer.save_pretrained(self.out)
        temporary = self.state.with_suffix(".tmp")
        torch.save({"optimizer": self.optimizer.state_dict(), "step": self.step}, temporary)
        temporary.replace(self.state)
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        print(line, file=sys.stderr, flush=True)


def _schedule(done: float, warm: float = 0.03) -> float:
    return done / warm if done < warm else (1 - done) / (1 - warm)


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
    parser = HfArgumentParser(MlmOptions, description=__doc__)  # type: ignore[arg-type]
    parser.add_argument("--base", type=Path, required=True, help="folder of the encoder to start from")
    parser.add_argument("--texts", type=Path, required=True, help="folder of .txt files named LEVEL_PLACE_YEAR.txt")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and log; resumes")
    parser.add_argument("--layers", type=int, default=12, help="layers to keep")
    parser.add_argument("--device", default="auto", help="cpu, cuda …; a GPU where there is one")
    options, given = parser.parse_args_into_dataclasses(arguments, look_for_args_file=False)
    given.out.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(given.base)
    parts = {
        name: _cached_windows(given.out / f"{name}.npy", given.texts, tokenizer, options.window)
        for name in ("train", "dev")
    }
    print({name: part.shape for name, part in parts.items()}, file=sys.stderr, flush=True)
    MlmRun(given.base, given.layers, parts["train"], parts["dev"][:256], given.out, options, given.device).run()


def _cached_windows(path: Path, texts: Path, tokenizer: Any, length: int) -> np.ndarray:
    if not path.exists():
        files = sorted(texts.rglob("*.txt"))
        wanted = [f for f in files if held_out(f.stem.split("_")[1]) == (path.stem == "dev")]
        rows = windows((f.read_text(encoding="utf-8") for f in wanted), tokenizer, length)
        np.save(path, np.random.default_rng(0).permutation(rows))
    return np.load(path, mmap_mode="r")


if __name__ == "__main__":
    main()
