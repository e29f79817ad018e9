"""Which files a path, folder or list of both stands for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from policynlp.read.errors import ReadError
from policynlp.read.formats import known_endings

PathLike = str | os.PathLike[str]


def find_files(
    paths: PathLike | Iterable[PathLike], on_missing: Callable[[ReadError], None] | None = None
) -> Iterator[Path]:
    """Walk paths to the files that hold reports.

    Folders are walked recursively, sorted by name at each depth; hidden files and endings that no reader knows are
    passed over there. A file named directly always comes, whatever its ending, so that reading it can say what is
    wrong. Each file comes once, even if links or the list name it twice.

    Args:
        paths: A file, a folder, or a list of both.
        on_missing: Called with a `ReadError` for a path that does not exist or a folder that cannot be listed.
            Without it the error is raised.

    Yields:
        Paths of files.

    Raises:
        ReadError: ``not_found`` or ``permission``, unless ``on_missing`` takes it.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name in ("b.txt", "a.md", ".hidden.txt", "photo.jpg"):
        ...     _ = (folder / name).write_text("各位代表")
        >>> [path.name for path in find_files(folder)]
        ['a.md', 'b.txt']
    """

    def report(error: ReadError) -> None:
        if on_missing is None:
            raise error
        on_missing(error)

    seen: set[str] = set()
    for path in [paths] if isinstance(paths, (str, os.PathLike)) else paths:
        for file in _expand(Path(path), report):
            real = os.path.realpath(file)
            if real not in seen:
                seen.add(real)
                yield file


def _expand(path: Path, report: Callable[[ReadError], None]) -> Iterator[Path]:
    if path.is_dir():
        yield from _walk(path, report, set())
    elif path.exists() or path.is_symlink():
        yield path
    else:
        report(ReadError(path, "not_found", "there is no such file or folder; check the path"))


def _walk(folder: Path, report: Callable[[ReadError], None], above: set[str]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in above:  # a link back to a folder that we are in
        return
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        report(ReadError(folder, "permission", f"the folder cannot be listed ({error.strerror}); check its rights"))
        return
    for entry in entries:
        if entry.name.startswith((".", "~$")):
            continue
        if entry.is_dir():
            yield from _walk(entry, report, above | {real})
        elif entry.suffix.lower() in known_endings() and (entry.is_file() or _leads_nowhere(entry)):
            yield entry


def _leads_nowhere(entry: Path) -> bool:
    """A broken link: a report is missing here, and reading it says so."""
    return entry.is_symlink() and not entry.exists()
