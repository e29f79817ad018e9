"""A shard: the finished rows of a few input files, on disk all together or not at all.

A shard is a folder with one Parquet file a table and an ``index.json`` that says which rows belong to which input. It
is written under a temporary name, flushed, and renamed; so whatever carries a shard's name is whole.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policynlp.frames import ROWS, arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

INDEX = "index.json"
_TEMPORARY = ".tmp-"


@dataclass(frozen=True, slots=True)
class Input:
    """A file to label, as it was when the run looked at it.

    Attributes:
        path: The path as found under what the user named.
        size: Bytes; with ``mtime_ns`` it tells a changed file from the one already labelled. -1 where unreadable.
        mtime_ns: Time of the last change, in nanoseconds.
    """

    path: str
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> Input:
        """Look at a file; one that cannot be looked at is still an input, and fails when it is read."""
        try:
            status = path.stat()
        except OSError:
            return cls(str(path), -1, -1)
        return cls(str(path), status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a shard holds of one input.

    Attributes:
        input: The file.
        failed: True where it could not be labelled; a resumed run tries it again.
        rows: For each table the position of its first row in the shard and how many there are.
    """

    input: Input
    failed: bool
    rows: Mapping[str, tuple[int, int]]


@dataclass
class ShardWriter:
    """Collects the rows of one shard and writes them at once.

    Args:
        tables: Names of the tables to write, ``errors`` among them.
    """

    tables: tuple[str, ...]
    entries: list[Entry] = field(default_factory=list)
    _rows: dict[str, list[pa.Table]] = field(default_factory=dict)

    def add(self, source: Input, rows: Mapping[str, pa.Table], failed: bool) -> None:
        """Add everything that came out of one input; a table that is not given has no rows."""
        where = {}
        for table in self.tables:
            held = self._rows.setdefault(table, [])
            before = sum(part.num_rows for part in held)
            if table in rows:
                held.append(rows[table])
            where[table] = (before, rows[table].num_rows if table in rows else 0)
        self.entries.append(Entry(source, failed, where))

    def write(self, folder: Path, stamp: str) -> Path:
        """Write the shard into ``folder``; returns the shard's own folder.

        Args:
            folder: Where shards lie.
            stamp: What made it; see `policynlp.batch.job.Job.stamp`.

        Raises:
            OSError: Where the disk is full or not writable; nothing that carries a shard's name is left behind.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        name = uuid.uuid4().hex
        temporary = folder / f"{_TEMPORARY}{name}"
        temporary.mkdir(parents=True)
        try:
            for table in self.tables:
                whole = pa.concat_tables([arrow_schema(table).empty_table(), *self._rows.get(table, [])])
                pq.write_table(whole, temporary / f"{table}.parquet")
            index = {"stamp": stamp, "files": [asdict(entry) for entry in self.entries]}
            (temporary / INDEX).write_text(json.dumps(index, ensure_ascii=True), encoding="ascii")
            for path in [*temporary.iterdir(), temporary]:
                flush(path)
            os.rename(temporary, folder / name)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        flush(folder)
        return folder / name


def flush(path: Path) -> None:
    """Force a file or folder to the disk, so that a power cut after a rename cannot leave an empty file."""
    flags = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) if path.is_dir() else os.O_RDONLY
    try:
        handle = os.open(path, flags)
    except PermissionError:  # Windows opens no folders; there the rename itself is all there is.
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_index(shard: Path, stamp: str) -> Iterator[Entry]:
    """The entries of a shard; none where another run made it.

    Raises:
        ValueError: Where the index is damaged, as after a fault of the disk; nothing of it is then given.
    """
    try:
        index: dict[str, Any] = json.loads((shard / INDEX).read_text(encoding="ascii"))
        rows: list[dict[str, Any]] = index["files"] if index["stamp"] == stamp else []
        entries = [
            Entry(Input(**row["input"]), row["failed"], {table: (first, count) for table, (first, count) in where})
            for row in rows
            for where in [row["rows"].items()]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{shard / INDEX}: damaged ({error!r})") from error
    return iter(entries)


def find_shards(folder: Path) -> list[Path]:
    """The whole shards in a folder, by name; leftovers of a run that was killed are removed."""
    if not folder.is_dir():
        return []
    for leftover in folder.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    return sorted(path for path in folder.iterdir() if (path / INDEX).is_file())


def table_names(explain: bool) -> tuple[str, ...]:
    """The tables that a run writes."""
    return tuple(name for name in [*ROWS, "errors"] if explain or name != "explanations")
