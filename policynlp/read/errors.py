"""The one exception of this room."""

from __future__ import annotations

from pathlib import Path


class ReadError(Exception):
    """A file that cannot be read as a report.

    Attributes:
        path: The file, as the caller named it.
        stage: Always ``"read"``, so that the row of an ``errors`` table can be told from those of later steps.
        error: A short stable word for the kind of trouble, such as ``"empty"`` or ``"scanned_pdf"``.
        detail: One line: what is wrong and what to do.

    Example:
        >>> print(ReadError("云岭.txt", "empty", "the file has no content; fetch it again"))
        云岭.txt: the file has no content; fetch it again [empty]
    """

    stage = "read"

    def __init__(self, path: str | Path, error: str, detail: str) -> None:
        self.path = str(path)
        self.error = error
        self.detail = " ".join(detail.split())
        super().__init__(self.path, self.error, self.detail)

    def __str__(self) -> str:
        return f"{self.path}: {self.detail} [{self.error}]"


class FormatError(Exception):
    """What a format's reader raises: it knows the trouble, but not the file's name.

    Args:
        error: One word for the kind of trouble, as the column ``error`` of the table ``errors`` has it.
        detail: What is wrong and what to do, for people.

    Example:
        >>> FormatError("empty", "the file has no content; fetch it again").error
        'empty'
    """

    def __init__(self, error: str, detail: str) -> None:
        self.error = error
        self.detail = detail
        super().__init__(error, detail)
