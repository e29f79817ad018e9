"""Finding a model by name or folder."""

from __future__ import annotations

import os
from pathlib import Path

from policynlp.classify.labeller import ReportClassifier
from policynlp.classify.store import ModelError, load, refuse_pickle
from policynlp.plugins import CLASSIFIERS, Plugin, plugins

DEFAULT = "linear"


def load_classifier(model: str | os.PathLike[str] | None = None) -> ReportClassifier:
    """Load a classifier.

    Args:
        model: Name of a model that ships with the library (``"linear"``), of one that an installed package adds
            (`policynlp.plugins`), or a folder with a saved one; None takes the default. Nothing is downloaded.

    Returns:
        An object with ``name`` and ``label(reports)``.

    Raises:
        ModelError: Where there is no such model, or it is broken, of an unknown version, or a pickle.
        PluginError: Where an installed package adds it, and it is broken.

    Example:
        >>> load_classifier("linear").classes_.tolist()
        ['achievement', 'commitment', 'other', 'problem']
    """
    name = os.fspath(model) if model is not None else DEFAULT
    path = Path(name)
    refuse_pickle(path)
    if path.is_dir():
        return load(path)
    shipped = shipped_folder(name)
    if shipped is not None:
        return load(shipped)
    added = plugins(CLASSIFIERS)
    if name in added:
        return _from_plugin(added[name])
    known = ", ".join([*shipped_models(), *added]) or "none"
    raise ModelError(f"{name}: no such model; give a folder or one of {known}")


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
    """Names of the models that ship with the library."""
    return sorted(path.name for root in _roots() for path in root.iterdir() if (path / "config.json").is_file())


def shipped_folder(name: str) -> Path | None:
    """Where a shipped model lies; None for an unknown name."""
    if Path(name).name != name:
        return None
    return next((root / name for root in _roots() if (root / name / "config.json").is_file()), None)


def _roots() -> list[Path]:
    """An installed wheel carries the models inside the package; a checkout has them beside it."""
    package = Path(__file__).parents[1]
    return [root for root in (package / "models", package.parent / "models") if root.is_dir()]
