"""The windows of the unlabelled archive in one file, so that a machine without the texts can learn from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from policynlp.train.finetune import Example


def save_examples(file: Path, parts: Mapping[str, Sequence[Example]]) -> None:
    """Write examples as three flat arrays a part: the archive has some 30 million tokens.

    Args:
        file: Of NumPy's format ``.npz``.
        parts: Examples by the name of the part.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "examples.npz"
        >>> save_examples(file, {"train": [((0, 5, 2), (-100, -100, 1))]})
        >>> [(ids.tolist(), marks.tolist()) for ids, marks in load_examples(file)["train"]]
        [([0, 5, 2], [-100, -100, 1])]
    """
    arrays = {}
    for part, found in parts.items():
        arrays[f"{part}/ids"] = np.fromiter((token for ids, _ in found for token in ids), np.uint16)
        arrays[f"{part}/marks"] = np.fromiter((mark for _, marks in found for mark in marks), np.int8)
        arrays[f"{part}/ends"] = np.cumsum([len(ids) for ids, _ in found], dtype=np.int64)
    np.savez_compressed(file, allow_pickle=False, **arrays)


def load_examples(file: Path) -> dict[str, list[Example]]:
    """Read what `save_examples` wrote.

    Args:
        file: The file.

    Returns:
        Examples by the name of the part.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "examples.npz"
        >>> save_examples(file, {"dev": []})
        >>> load_examples(file)
        {'dev': []}
    """
    saved = np.load(file)
    parts: dict[str, list[Example]] = {}
    for part in sorted({name.partition("/")[0] for name in saved.files}):
        ids, marks, ends = (saved[f"{part}/{name}"] for name in ("ids", "marks", "ends"))
        ids = ids.astype(np.int32)
        parts[part] = list(zip(np.split(ids, ends[:-1]), np.split(marks, ends[:-1]), strict=True)) if len(ends) else []
    return parts
