"""Fine-tuning a BERT of the user's choice on the user's labelled set: what ``policynlp train`` does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from policynlp._version import __version__
from policynlp.classify.bert import BertLabeller
from policynlp.classify.bert_store import save
from policynlp.classify.calibrate import fit_temperature
from policynlp.classify.labeller import labelled
from policynlp.evaluate import GoldError, Result
from policynlp.evaluate.labels import label_counts, outcomes
from policynlp.train.finetune import FinetuneOptions, finetune
from policynlp.train.linear import CLASSES, Item, load_items
from policynlp.train.model_card import user_card

# One place in so many is held out, to choose the epoch and the temperature.
HELD_OUT_OF = 6
PROGRESS = "training.pt"


def train(
    gold: Sequence[str | Path],
    base: str,
    out: str | Path,
    *,
    texts: Sequence[str | Path] = (),
    options: FinetuneOptions | None = None,
    patience: int = 2,
    device: str = "auto",
    tell: Callable[[str], None] = print,
) -> Result:
    """Fine-tune any BERT-like checkpoint on labelled reports, and write it with a card.

    A run that was stopped goes on after its last whole epoch when called again with the same folder.

    Args:
        gold: Labelled sets: files or folders of JSON lines.
        base: Folder or hub id of an encoder in the transformers format (BERT, RoBERTa, ELECTRA, ERNIE …).
        out: Folder of the model; `policynlp.load` takes it.
        texts: Folders with the reports' texts. A set whose sentences carry their text needs none; its sentences are
            then learnt one by one, without context.
        options: See `FinetuneOptions`.
        patience: Epochs without a better macro-F1 on the held-out places before training stops.
        device: ``"cpu"``, ``"cuda"`` …; ``"auto"`` takes a GPU where there is one.
        tell: Is given a line for each thing done.

    Returns:
        The scores on the held-out places. They chose the epoch and the temperature, so they flatter a little.

    Raises:
        policynlp.evaluate.GoldError: Where the set is unusable, its texts are missing, or all of it is of one place.
        policynlp.classify.ModelError: Where the base does not load.

    Example:
        >>> import pytest, tempfile
        >>> one_place = "corpus/example/city_云岭市_2024.sentences.jsonl"
        >>> with pytest.raises(GoldError, match="at least two places"):
        ...     train([one_place], "models/bert", tempfile.mkdtemp(), tell=lambda line: None)
    """
    out = Path(out)
    chosen = options or FinetuneOptions(epochs=8)
    items = load_items([str(path) for path in gold], [str(path) for path in texts])
    learn, held_out = split_places(items, chosen.seed)
    tell(f"{len(learn)} reports to learn from, {len(held_out)} of other places held out; base {base}")
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    model, tokenizer = finetune(
        base,
        [(item.report, item.labels_by_sentence) for item in learn],
        chosen,
        tell,
        held_out=[(item.report, item.labels_by_sentence) for item in held_out],
        patience=patience,
        checkpoint=_checkpoint(out, base, chosen, items),
        device=device,
    )
    name = f"{Path(base).name}-tuned"
    # Not in the precision of this machine: what is saved would be rounded to it.
    labeller = BertLabeller(model, tokenizer, window=chosen.window, name=name, device=device, precision="fp32")
    logits = [labeller.logits(item.report) for item in held_out]
    labeller.temperature = _temperature(held_out, logits)
    result = _score(labeller, held_out, logits)
    card = {
        "base": str(base),
        "policynlp": __version__,
        "options": asdict(chosen),
        "seconds": round(time.monotonic() - started),
        "data": [_entry(item, held_out=False) for item in learn] + [_entry(item, held_out=True) for item in held_out],
    }
    _publish(labeller, out, card, result)
    tell(f"model and card in {out}")
    return result


def _publish(labeller: BertLabeller, out: Path, card: dict[str, Any], result: Result) -> None:
    """Write model and card; what only a stopped run needs goes."""
    scores = {name: [score.value, score.low, score.high] for name, score in result.scores()["labels"].items()}
    save(labeller, out, {**card, "scores": scores})
    (out / "README.md").write_text(user_card(labeller.name, card, result), encoding="utf-8")
    (out / PROGRESS).unlink(missing_ok=True)


def split_places(items: Sequence[Item], seed: int) -> tuple[list[Item], list[Item]]:
    """Reports to learn from, and those of held-out places, chosen at random.

    Args:
        items: Labelled reports.
        seed: Of the draw.

    Returns:
        The two parts; no place is in both.

    Raises:
        GoldError: Where all reports are of one place.

    Example:
        >>> learn, held_out = split_places(load_items(["corpus/example"], []), seed=0)
        >>> {item.place for item in learn}.isdisjoint(item.place for item in held_out)
        True
    """
    places = sorted({item.place for item in items})
    if len(places) < 2:
        raise GoldError(
            f"{len(items)} labelled reports, all of {places[0] if places else 'nowhere'}; training needs reports of at "
            "least two places, since whole places are held out"
        )
    order = np.random.default_rng(seed).permutation(places)
    apart = set(order[: max(1, len(places) // HELD_OUT_OF)])
    return [i for i in items if i.place not in apart], [i for i in items if i.place in apart]


def _checkpoint(out: Path, base: str, options: FinetuneOptions, items: Sequence[Item]) -> Path:
    """Where the state lies; one that belongs to another base, other options or data is discarded."""
    mark, file = out / "training.json", out / PROGRESS
    wanted = {"base": str(base), **asdict(options), "texts": sorted(item.report.sha256 for item in items)}
    if not mark.exists() or json.loads(mark.read_text(encoding="utf-8")) != wanted:
        file.unlink(missing_ok=True)
        mark.write_text(json.dumps(wanted), encoding="utf-8")
    return file


def _temperature(items: Sequence[Item], logits: Sequence[np.ndarray]) -> float:
    pairs = [
        (row, label)
        for item, rows in zip(items, logits, strict=True)
        for row, label in zip(rows, item.labels, strict=True)
        if label is not None
    ]
    return fit_temperature(np.array([row for row, _ in pairs]), np.array([label for _, label in pairs]))


def _score(labeller: BertLabeller, items: Sequence[Item], logits: Sequence[np.ndarray]) -> Result:
    result = Result(labeller.name)
    for item, rows in zip(items, logits, strict=True):
        scaled = np.exp((rows - rows.max(axis=1, keepdims=True)) / labeller.temperature)
        report = labelled(item.report, scaled / scaled.sum(axis=1, keepdims=True), CLASSES, labeller.name)
        result.labels[item.gold.report_id] = label_counts(report, outcomes(report, item.gold.sentences))
    return result


def _entry(item: Item, held_out: bool) -> dict[str, Any]:
    return {
        "report_id": item.gold.report_id,
        "text_sha256": item.report.sha256,
        "sentences": len(item.gold.sentences),
        "held_out": held_out,
    }


def options_with(**changes: Any) -> FinetuneOptions:
    """Options with what the command line gave; what is None keeps its default.

    Args:
        **changes: Fields of `FinetuneOptions`.

    Returns:
        The options.

    Raises:
        TypeError: For another field.

    Example:
        >>> options_with(epochs=2, rate=None).epochs
        2
    """
    return replace(FinetuneOptions(epochs=8), **{name: value for name, value in changes.items() if value is not None})
