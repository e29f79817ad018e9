"""Files to reports: one module a format, then where the body stands, and what the report is of."""

from __future__ import annotations

import errno
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from policynlp.read.errors import FormatError, ReadError
from policynlp.read.files import PathLike, find_files
from policynlp.read.formats import check_signature, reader_for
from policynlp.read.metadata import describe
from policynlp.report import Report

__all__ = ["FormatError", "ReadError", "describe", "find_files", "read_report", "read_reports"]

MAX_BYTES = 50_000_000


def read_report(path: PathLike, max_bytes: int = MAX_BYTES, **metadata: Any) -> Report:
    """Read one report.

    Args:
        path: A ``.txt``, ``.md``, ``.html``, ``.docx`` or ``.pdf`` file, or one with an ending that a plug-in takes.
        max_bytes: The largest file to read.
        **metadata: Any of ``id, region, region_code, level, year, delivered_on, speaker``. What is given wins over
            what the text or the file's name tells.

    Returns:
        The report with its text exactly as decoded, its metadata, and ``body``.

    Raises:
        ReadError: Where the file cannot be read; the message names the file, what is wrong and what to do.
        TypeError: For a keyword that names no metadata field.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "county_云岭县_2024.txt"
        >>> _ = file.write_text("各位代表：\\n现在，我代表县人民政府报告工作。\\n一、2023年工作回顾\\n")
        >>> report = read_report(file)
        >>> report.id, report.level, report.year, report.body[0]
        ('county_云岭县_2024', 'county', 2024, 0)
    """
    path = Path(path)
    try:
        read, data = reader_for(path.suffix), _read_bytes(path, max_bytes)
        check_signature(path.suffix, data)
        text = read(data)
        if not text.strip():
            raise FormatError("empty", "there is nothing but white space in the file; fetch it again")
    except FormatError as error:
        raise ReadError(path, error.error, error.detail) from error
    except MemoryError as error:
        raise ReadError(path, "too_large", "the file needs more memory than there is; split it") from error
    return describe(Report.from_text(text, path=str(path), **{"id": path.stem, **metadata}))


def _read_bytes(path: Path, max_bytes: int) -> bytes:
    try:
        if path.is_dir():
            raise FormatError("wrong_ending", "this is a folder; give it to read_reports")
        with open(path, "rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise _os_error(error) from error
    if len(data) > max_bytes:
        limit = f"{max_bytes / 1e6:.0f} MB"
        raise FormatError("too_large", f"the file is larger than {limit}; split it, or raise max_bytes")
    if not data:
        raise FormatError("empty", "the file has no content; fetch it again")
    return data


def _os_error(error: OSError) -> FormatError:
    if isinstance(error, FileNotFoundError):
        return FormatError("not_found", "there is no such file; check the path")
    if isinstance(error, PermissionError):
        return FormatError("permission", "the file may not be read; change its permissions")
    if error.errno == errno.ELOOP:
        return FormatError("not_found", "the link leads back to itself; remove it")
    return FormatError("unreadable", f"the system cannot read it ({error.strerror}); check the disk and the path")


def read_reports(
    paths: PathLike | Iterable[PathLike],
    on_error: str | Callable[[ReadError], None] = "raise",
) -> Iterator[Report]:
    """Read many reports, one at a time.

    Args:
        paths: A file, a folder, or a list of both; folders are walked as `find_files` does.
        on_error: ``"raise"``; ``"skip"`` to warn and go on; or a function that is called with each `ReadError`.

    Returns:
        An iterator over the reports, sorted by name within each folder.

    Raises:
        ReadError: For the first bad file, with ``on_error="raise"``.
        ValueError: For an ``on_error`` that is none of these.

    Example:
        >>> list(read_reports([], on_error="skip"))
        []
    """
    handle = _handler(on_error)
    return _read_each(paths, handle)


def _read_each(paths: PathLike | Iterable[PathLike], handle: Callable[[ReadError], None]) -> Iterator[Report]:
    for path in find_files(paths, on_missing=handle):
        try:
            report = read_report(path)
        except ReadError as error:
            handle(error)
        else:
            yield report


def _handler(on_error: str | Callable[[ReadError], None]) -> Callable[[ReadError], None]:
    if callable(on_error):
        return on_error
    if on_error == "skip":
        return lambda error: warnings.warn(str(error), stacklevel=3)
    if on_error == "raise":
        return _raise
    raise ValueError(f"on_error must be 'raise', 'skip' or a function, not {on_error!r}")


def _raise(error: ReadError) -> None:
    raise error
