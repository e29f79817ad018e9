"""Saving and loading a fine-tuned BERT: a plain transformers checkpoint, and beside it ``policynlp.json``.

The checkpoint loads with ``AutoModelForTokenClassification`` alone. ``policynlp.json`` adds how windows are cut, the
chain, and what was recorded about the training. Any other token classification checkpoint loads too, without these.
Only safetensors are read, and no code that lies in a model's folder is ever run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from policynlp.classify.bert import BertLabeller, choose_device, choose_precision, dtype_of
from policynlp.classify.chain import BORDERS, PLACES, Chain
from policynlp.classify.store import CONFIG, WEIGHTS, ModelError, read_description
from policynlp.classify.store import load as load_linear

FORMAT, FORMAT_VERSION = "policynlp-bert", 1
EXTRAS = "policynlp.json"
COMPANION = "companion"
_CHAINS = ("chain", "alone")
_MATRICES = ("mix", "place", "follow")


def save(labeller: BertLabeller, folder: str | os.PathLike[str], card: Mapping[str, Any] | None = None) -> Path:
    """Write a labeller into a folder, its weights in 16 bits.

    Args:
        labeller: What to save. Its second opinion, where it has one, must be in ``folder/companion`` already.
        folder: Created where it is missing; files of an earlier save are replaced.
        card: What to record about the training (data with hashes, scores); JSON values only.

    Returns:
        The folder.

    Example:
        >>> import tempfile
        >>> from policynlp.classify import load_classifier
        >>> bert = load_classifier("bert")
        >>> bert.companion = bert.chain = bert.alone = None
        >>> sorted(path.name for path in save(bert, tempfile.mkdtemp()).iterdir())[:3]
        ['config.json', 'model.safetensors', 'policynlp.json']
    """
    import torch

    folder = Path(folder)
    labeller.model.to(torch.float16).save_pretrained(folder)
    labeller.model.to(torch.bfloat16 if labeller.precision == "bf16" else torch.float32)
    labeller.tokenizer.save_pretrained(folder)
    _name_the_tokenizer(folder / "tokenizer_config.json")
    chains = {name: getattr(labeller, name) for name in _CHAINS}
    extras = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "name": labeller.name,
        "window": labeller.window,
        "context": labeller.context,
        "temperature": labeller.temperature,
        "companion": labeller.companion is not None,
        "borders": BORDERS,
        "places": PLACES,
        **{name: chain and {m: getattr(chain, f"{m}_").tolist() for m in _MATRICES} for name, chain in chains.items()},
        "weights_sha256": hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest(),
        "card": dict(card or labeller.card),
    }
    (folder / EXTRAS).write_text(json.dumps(extras, ensure_ascii=False), encoding="utf-8")
    return folder


def _name_the_tokenizer(path: Path) -> None:
    """Give the class of a tokenizer the name that every version of transformers knows; 5 writes one that 4 does not."""
    config = json.loads(path.read_text(encoding="utf-8"))
    if config.get("tokenizer_class") == "TokenizersBackend":
        config["tokenizer_class"] = "PreTrainedTokenizerFast"
        path.write_text(json.dumps(config, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def is_checkpoint(folder: Path) -> bool:
    """Whether a folder holds a checkpoint in the transformers format.

    Args:
        folder: Any folder.

    Returns:
        True where its ``config.json`` names a ``model_type``.

    Example:
        >>> from policynlp.classify.load import shipped_folder
        >>> is_checkpoint(shipped_folder("bert")), is_checkpoint(shipped_folder("linear"))
        (True, False)
    """
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(config, dict) and "model_type" in config


def load(source: str | os.PathLike[str], device: str = "auto", precision: str = "auto") -> BertLabeller:
    """Read a token classification checkpoint, ours or any other.

    Args:
        source: A folder, or a hub id that the user named.
        device: See `BertLabeller`.
        precision: See `BertLabeller`.

    Returns:
        The labeller, ready to use.

    Raises:
        ModelError: Where it is incomplete, damaged, a pickle, of an unknown version, or no token classifier.
        ImportError: Without PyTorch and transformers.

    Example:
        >>> from policynlp.classify.load import shipped_folder
        >>> load(shipped_folder("bert"), device="cpu", precision="fp32").precision
        'fp32'
    """
    folder = Path(source)
    if folder.is_dir():
        if not (folder / WEIGHTS).is_file():
            raise ModelError(
                f"{folder}: no {WEIGHTS} in it; save the model with safe_serialization=True (a pickle is refused)"
            )
        extras = _extras(folder)
    else:
        extras = {}
    model, tokenizer = _checkpoint(source, choose_precision(precision, choose_device(device)))
    try:
        return BertLabeller(
            model,
            tokenizer,
            window=extras.get("window", min(256, _limit(model))),
            context=extras.get("context", 24),
            temperature=extras.get("temperature", 1.0),
            companion=load_linear(folder / COMPANION).classifier if extras.get("companion") else None,
            **{name: _chain(extras.get(name)) for name in _CHAINS},
            name=extras.get("name", str(source)),
            card=extras.get("card"),
            device=device,
            precision=precision,
        )
    except (KeyError, TypeError) as error:
        raise ModelError(f"{folder / EXTRAS}: not a whole model: {error!r}; copy or train it again") from error


def _extras(folder: Path) -> dict[str, Any]:
    file = folder / EXTRAS
    if not file.exists():
        return {}
    extras = read_description(file, FORMAT, FORMAT_VERSION)
    if extras.get("borders") != list(BORDERS) or extras.get("places") != list(PLACES):
        raise ModelError(f"{file}: its chain knows other borders or places than this version of policynlp")
    if hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest() != extras.get("weights_sha256"):
        raise ModelError(f"{folder / WEIGHTS}: does not belong to {EXTRAS} (sha256 differs); copy the model again")
    return extras


def _checkpoint(source: str | os.PathLike[str], precision: str) -> tuple[Any, Any]:
    try:
        from transformers import AutoModelForTokenClassification, AutoTokenizer
        from transformers.utils import logging
    except ImportError as error:
        raise ImportError(f"{source}: a BERT needs PyTorch and transformers: pip install torch transformers") from error
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        # Code in the folder is not run: trust_remote_code stays off, and pickles are not read.
        model = AutoModelForTokenClassification.from_pretrained(
            source, dtype=dtype_of(precision), use_safetensors=True, trust_remote_code=False
        )
        return model, AutoTokenizer.from_pretrained(source, trust_remote_code=False)
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(f"{source}: no token classification checkpoint that loads: {reason}") from error
    finally:
        if bars:
            logging.enable_progress_bar()


def _limit(model: Any) -> int:
    """Tokens that a model takes; RoBERTa's positions begin behind its padding id."""
    reserved = 2 if "roberta" in model.config.model_type else 0
    return int(getattr(model.config, "max_position_embeddings", 512)) - reserved


def _chain(matrices: Mapping[str, Any] | None) -> Chain | None:
    if matrices is None:
        return None
    chain = Chain()
    for name in _MATRICES:
        setattr(chain, f"{name}_", np.array(matrices[name], dtype=np.float64))
    return chain
