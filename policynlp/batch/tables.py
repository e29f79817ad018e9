"""The tables at the end of a run, put together from the shards in the order of the inputs, one format a writer."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policynlp.batch.shards import Entry, flush
from policynlp.frames import SCHEMAS, Row, arrow_schema, arrow_table, shielded

if TYPE_CHECKING:
    import pyarrow as pa

# Rows put into one Parquet row group: large enough to compress well, small enough to keep memory flat.
_GROUP_ROWS = 50_000

Part = tuple[Path, Entry]


def write_tables(
    out: Path, scratch: Path, parts: Sequence[Part], extra_errors: Iterable[Row], tables: Sequence[str], kind: str
) -> list[Path]:
    """Write every table of a run, each under a temporary name first.

    Args:
        out: The folder for the tables.
        scratch: A folder on the same file system, where tables stand until they are whole.
        parts: For each input, in order, its shard and its entry there.
        extra_errors: Rows for ``errors`` that belong to no shard.
        tables: Names of the tables.
        kind: ``parquet``, ``jsonl`` or ``csv``.

    Returns:
        The paths written.

    Raises:
        OSError: Where the disk is full or not writable; tables of an earlier run are then still whole.
    """
    write, written = WRITERS[kind], []
    for table in tables:
        path = out / f"{table}.{kind}"
        temporary = scratch / f"{path.name}.tmp"
        chunks = _chunks(table, parts)
        if table == "errors":
            chunks = iter([_sorted_errors([*chunks, arrow_table("errors", extra_errors)])])
        try:
            write(temporary, table, chunks)
            flush(temporary)
            os.replace(temporary, path)
            flush(out)
        finally:
            temporary.unlink(missing_ok=True)
        written.append(path)
    return written


def _sorted_errors(chunks: list[pa.Table]) -> pa.Table:
    import pyarrow as pa

    return pa.concat_tables(chunks).sort_by("path")


def _chunks(table: str, parts: Sequence[Part]) -> Iterator[pa.Table]:
    """The rows of a table in the order of the inputs; neighbours in one shard are cut out as one slice."""
    shard: Path | None = None
    first = count = 0
    for path, entry in parts:
        start, length = entry.rows[table]
        if path == shard and start == first + count:
            count += length
            continue
        if shard is not None and count:
            yield _shard_table(shard, table).slice(first, count)
        shard, first, count = path, start, length
    if shard is not None and count:
        yield _shard_table(shard, table).slice(first, count)


@lru_cache(maxsize=8)
def _shard_table(shard: Path, table: str) -> pa.Table:
    import pyarrow.parquet as pq

    return pq.read_table(shard / f"{table}.parquet", schema=arrow_schema(table))


def _write_parquet(path: Path, table: str, chunks: Iterator[pa.Table]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, arrow_schema(table), compression="zstd") as writer:
        held: list[pa.Table] = []
        for chunk in chunks:
            held.append(chunk)
            if sum(part.num_rows for part in held) >= _GROUP_ROWS:
                writer.write_table(pa.concat_tables(held))
                held = []
        if held:
            writer.write_table(pa.concat_tables(held))


def _write_jsonl(path: Path, table: str, chunks: Iterator[pa.Table]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for chunk in chunks:
            for row in chunk.to_pylist():
                plain = {key: _json_value(value) for key, value in row.items()}
                stream.write(json.dumps(plain, ensure_ascii=False) + "\n")


def _json_value(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.isoformat() if isinstance(value, date) else value


def _write_csv(path: Path, table: str, chunks: Iterator[pa.Table]) -> None:
    # The byte order mark makes Excel read UTF-8; pandas and R skip it.
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, SCHEMAS[table], lineterminator="\n")
        writer.writeheader()
        for chunk in chunks:
            writer.writerows({key: _csv_value(value) for key, value in row.items()} for row in chunk.to_pylist())


def _csv_value(value: Any) -> Any:
    if isinstance(value, list):
        value = " ".join(value)
    if isinstance(value, str):
        return shielded(value)
    if isinstance(value, bool):
        return str(value).lower()
    return _json_value(value)


WRITERS: dict[str, Callable[[Path, str, Iterator[pa.Table]], None]] = {
    "parquet": _write_parquet,
    "jsonl": _write_jsonl,
    "csv": _write_csv,
}
