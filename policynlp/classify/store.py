"""Saving and loading a linear model without pickle: ``model.safetensors`` holds numbers, ``config.json`` all else."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from policynlp.classify.chain import BORDERS, PLACES, Chain
from policynlp.classify.features import GROUPS, RowVectorizer
from policynlp.classify.labeller import ReportLabeller
from policynlp.classify.linear import LinearClassifier

FORMAT = "policynlp-linear"
FORMAT_VERSION = 1
CONFIG, WEIGHTS = "config.json", "model.safetensors"
_PICKLE_ENDINGS = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".bin", ".ckpt", ".npy")


class ModelError(ValueError):
    """A model that is missing, broken, of an unknown format, or stored in a format that could run code.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> import pytest
        >>> with pytest.raises(ModelError, match="no such model"):
        ...     load_classifier("nothing")
    """


def save(labeller: ReportLabeller, folder: str | os.PathLike[str], card: Mapping[str, Any] | None = None) -> Path:
    """Write a labeller into a folder.

    Args:
        labeller: What to save; its classifier must be fitted.
        folder: Created where it is missing; files of an earlier save are replaced.
        card: What to record about the training (data with hashes, scores); JSON values only.

    Returns:
        The folder.

    Example:
        >>> import tempfile
        >>> X = ["建成学校三所。", "完成投资。", "将建学校。", "要加快投资。"]
        >>> y = ["achievement"] * 2 + ["commitment"] * 2
        >>> labeller = ReportLabeller(LinearClassifier(min_df=1).fit(X, y), name="mine")
        >>> load(save(labeller, tempfile.mkdtemp())).predict(["将建医院。"]).tolist()
        ['commitment']
    """
    from safetensors.numpy import save as to_bytes

    classifier, chain = labeller.classifier, labeller.chain
    regression, features = classifier.pipeline_["classify"], classifier.pipeline_["features"]
    tensors = {
        "coefficients": regression.coef_.astype(np.float16),
        "intercepts": regression.intercept_.astype(np.float32),
        **{f"idf.{name}": group.idf_.astype(np.float16) for name, group in features.groups_.items()},
    }
    if chain is not None:
        tensors |= {
            f"chain.{name}": getattr(chain, f"{name}_").astype(np.float32) for name in ("mix", "place", "follow")
        }
    weights = to_bytes({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()})
    config = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "name": labeller.name,
        "classes": [str(label) for label in classifier.classes_],
        "options": classifier.get_params(),
        "temperature": float(classifier.temperature_),
        "chain": None if chain is None else {"borders": BORDERS, "places": PLACES, "penalty": chain.penalty},
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "card": dict(card or labeller.card),
        "vocabularies": {name: list(group.get_feature_names_out()) for name, group in features.groups_.items()},
    }
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS).write_bytes(weights)
    (folder / CONFIG).write_text(json.dumps(config, ensure_ascii=False, default=str), encoding="utf-8")
    return folder


def load(folder: str | os.PathLike[str]) -> ReportLabeller:
    """Read what `save` wrote.

    Args:
        folder: The model's folder.

    Returns:
        The labeller, ready to use.

    Raises:
        ModelError: Where the folder holds no such model, the model is of another format or version, or is damaged.

    Example:
        >>> from policynlp.classify.load import shipped_folder
        >>> load(shipped_folder("linear")).classes_.tolist()
        ['achievement', 'commitment', 'other', 'problem']
    """
    folder = Path(folder)
    config = read_config(folder)
    try:
        weights = (folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise ModelError(f"{folder / WEIGHTS}: {error.strerror or error}; the model is incomplete") from error
    if hashlib.sha256(weights).hexdigest() != config.get("weights_sha256"):
        raise ModelError(f"{folder / WEIGHTS}: does not belong to {CONFIG} (sha256 differs); copy the model again")
    try:
        return _build(config, weights)
    except (KeyError, TypeError, ValueError, AttributeError, SafetensorError) as error:
        raise ModelError(f"{folder / CONFIG}: not a whole model: {error!r}; copy or train it again") from error


def read_config(folder: Path) -> dict[str, Any]:
    """Read and check the part of a model that says what it is.

    Args:
        folder: The model's folder.

    Returns:
        Format, version, name, options, vocabularies and the card.

    Raises:
        ModelError: See `load`.

    Example:
        >>> from policynlp.classify.load import shipped_folder
        >>> read_config(shipped_folder("linear"))["format"]
        'policynlp-linear'
    """
    refuse_pickle(folder)
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such model folder")
    if not (folder / CONFIG).exists():
        raise ModelError(f"{folder}: no {CONFIG} in it; give a folder that policynlp saved")
    return read_description(folder / CONFIG, FORMAT, FORMAT_VERSION)


def read_description(file: Path, format: str, version: int) -> dict[str, Any]:
    """Read the JSON file that says what a model is.

    Args:
        file: The file.
        format: What it must name as its format.
        version: The version that this library reads.

    Returns:
        What is in it.

    Raises:
        ModelError: Where it is no JSON, or of another format or version.

    Example:
        >>> from policynlp.classify.load import shipped_folder
        >>> read_description(shipped_folder("linear") / CONFIG, FORMAT, FORMAT_VERSION)["format_version"]
        1
    """
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{file}: cannot be read as JSON: {error}") from error
    if not isinstance(config, dict) or config.get("format") != format:
        raise ModelError(f"{file}: not a {format} model")
    if config.get("format_version") != version:
        raise ModelError(
            f"{file}: format version {config.get('format_version')!r}, not {version}; "
            "update policynlp or train the model again"
        )
    return config


def refuse_pickle(path: Path) -> None:
    """Refuse a file in a format whose loading can run code.

    Args:
        path: A file; folders and what does not exist pass.

    Raises:
        ModelError: For a pickle, joblib or torch file, by its ending or its first bytes.

    Example:
        >>> import pytest, tempfile
        >>> file = Path(tempfile.mkdtemp()) / "model.pkl"
        >>> _ = file.write_bytes(b"any")
        >>> with pytest.raises(ModelError, match="pickle"):
        ...     refuse_pickle(file)
    """
    if not path.is_file():
        return
    with open(path, "rb") as file:
        start = file.read(2)
    if path.suffix.lower() in _PICKLE_ENDINGS or (start[:1] == b"\x80" and start[1:] <= b"\x05"):
        raise ModelError(f"{path}: a pickle can run any code when loaded and is refused; give a folder policynlp saved")


def _build(config: Mapping[str, Any], weights: bytes) -> ReportLabeller:
    from safetensors.numpy import load as from_bytes

    tensors = from_bytes(weights)
    vocabularies = config["vocabularies"]
    if unknown := set(vocabularies) - set(GROUPS):
        raise ValueError(f"unknown feature group {min(unknown)!r}")
    features = RowVectorizer.restore(vocabularies, {name: tensors[f"idf.{name}"] for name in vocabularies})
    classifier = LinearClassifier(**config["options"])
    regression = LogisticRegression(C=classifier.C, max_iter=classifier.max_iter)
    regression.classes_ = np.array(config["classes"])
    regression.coef_ = tensors["coefficients"].astype(np.float64)
    regression.intercept_ = tensors["intercepts"].astype(np.float64)
    regression.n_features_in_ = sum(map(len, vocabularies.values()))
    shape = (len(config["classes"]), regression.n_features_in_)
    if regression.coef_.shape != shape and (shape[0] != 2 or regression.coef_.shape != (1, shape[1])):
        raise ValueError(f"weights of shape {regression.coef_.shape} for {shape[0]} classes and {shape[1]} features")
    classifier.pipeline_ = Pipeline([("features", features), ("classify", regression)])
    classifier.classes_ = regression.classes_
    classifier.temperature_ = float(config["temperature"])
    return ReportLabeller(classifier, _chain(config["chain"], tensors), config["name"], config["card"])


def _chain(config: Mapping[str, Any] | None, tensors: Mapping[str, np.ndarray]) -> Chain | None:
    if config is None:
        return None
    if config["borders"] != list(BORDERS) or config["places"] != list(PLACES):
        raise ValueError("the chain knows other borders or places than this version of policynlp")
    chain = Chain(penalty=config["penalty"])
    for name in ("mix", "place", "follow"):
        setattr(chain, f"{name}_", tensors[f"chain.{name}"].astype(np.float64))
    return chain
