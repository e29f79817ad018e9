"""Finding a model by name or folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

from policynlp.classify.bert_store import is_checkpoint
from policynlp.classify.bert_store import load as load_bert
from policynlp.classify.labeller import ReportClassifier
from policynlp.classify.store import ModelError, load, refuse_pickle
from policynlp.plugins import CLASSIFIERS, Plugin, plugins

DEFAULT = "bert"
# Names another default, a small machine's "linear" say; every table records the model that labelled.
DEFAULT_VARIABLE = "POLICYNLP_MODEL"
# owner/name; a path that does not exist looks different, or is one: the hub's answer then says that it knows no such.
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def load_classifier(
    model: str | os.PathLike[str] | None = None, *, device: str = "auto", precision: str = "auto"
) -> ReportClassifier:
    """Load a classifier.

    Args:
        model: Name of a model that ships with the library (``"bert"``, ``"bert_fast"``, ``"linear"``), of one that an
            installed package adds (`policynlp.plugins`), a folder with a saved one or with a token classification
            checkpoint in the transformers format, or the hub id of such a checkpoint (``owner/name``); None takes the
            default. Nothing is downloaded unless a hub id is given.
        device: Where a BERT computes: ``"cpu"``, ``"cuda"`` …; ``"auto"`` takes a GPU where there is one.
        precision: In what a BERT computes: ``"fp32"``, ``"bf16"``, or ``"auto"`` by what the processor can.

    Returns:
        An object with ``name`` and ``label(reports)``.

    Raises:
        ModelError: Where there is no such model, or it is broken, of an unknown version, or a pickle.
        PluginError: Where an installed package adds it, and it is broken.

    Example:
        >>> load_classifier("linear").classes_.tolist()
        ['achievement', 'commitment', 'other', 'problem']
    """
    name = os.fspath(model) if model is not None else default_model()
    path = Path(name)
    refuse_pickle(path)
    folder = path if path.is_dir() else shipped_folder(name)
    if folder is not None:
        return load_bert(folder, device, precision) if is_checkpoint(folder) else load(folder)
    added = plugins(CLASSIFIERS)
    if name in added:
        return _from_plugin(added[name])
    if _HUB_ID.fullmatch(name):
        return load_bert(name, device, precision)
    known = ", ".join([*shipped_models(), *added]) or "none"
    raise ModelError(f"{name}: no such model; give a folder or one of {known}")


def default_model() -> str:
    """What is loaded where no model is named: the embedded BERT, or what the environment's POLICYNLP_MODEL names.

    Returns:
        What `load_classifier` takes.

    Example:
        >>> default_model() in ("bert", os.environ.get("POLICYNLP_MODEL"))
        True
    """
    return os.environ.get(DEFAULT_VARIABLE) or DEFAULT


def _from_plugin(plugin: Plugin) -> ReportClassifier:
    make = plugin.load()
    try:
        classifier = make()
    except Exception as error:  # whatever a stranger's code raises
        raise plugin.error(f"cannot be made ({type(error).__name__}: {error})") from error
    if not isinstance(classifier, ReportClassifier):
        raise plugin.error(f"makes a {type(classifier).__name__}, which has no name and label(reports)")
    return classifier


def shipped_models() -> list[str]:
    """Names of the models that ship with the library.

    Returns:
        Names that `load_classifier` takes.

    Example:
        >>> shipped_models()
        ['bert', 'bert_fast', 'linear']
    """
    return sorted(path.name for root in _roots() for path in root.iterdir() if (path / "config.json").is_file())


def shipped_folder(name: str) -> Path | None:
    """Where a shipped model lies; None for an unknown name.

    Args:
        name: A name of `shipped_models`.

    Returns:
        Its folder.

    Example:
        >>> shipped_folder("linear").name, shipped_folder("nothing")
        ('linear', None)
    """
    if Path(name).name != name:
        return None
    return next((root / name for root in _roots() if (root / name / "config.json").is_file()), None)


def _roots() -> list[Path]:
    """An installed wheel carries the models inside the package; a checkout has them beside it."""
    package = Path(__file__).parents[1]
    return [root for root in (package / "models", package.parent / "models") if root.is_dir()]
