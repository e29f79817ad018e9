"""What a run leaves in its folder besides the tables: the lock, the manifest, the finished shards."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policynlp.batch.job import Job, RunError
from policynlp.batch.shards import Input, find_shards, flush, read_index
from policynlp.batch.tables import Part

_FOLDER = ".policynlp"
# What file systems without locks answer, such as Lustre mounted without them: there the user keeps runs apart.
_NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)


@dataclass(frozen=True)
class RunState:
    """The folder in which a run keeps what it needs to go on after a crash.

    Attributes:
        out: The folder for the tables.
    """

    out: Path

    @property
    def folder(self) -> Path:
        """Where everything but the tables lies, on the same file system as they."""
        return self.out / _FOLDER

    @property
    def shards(self) -> Path:
        """Where finished shards lie."""
        return self.folder / "shards"

    @property
    def manifest(self) -> Path:
        """What made the shards."""
        return self.folder / "manifest.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out of the folder; the system lifts the lock when this process ends, however it ends.

        Raises:
            RunError: Where another process is at work in the folder.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("a+b") as handle:
            try:
                _lock(handle.fileno())
            except OSError as error:
                handle.seek(0)
                other = handle.read(20).decode("ascii", "replace") or "unknown"
                raise RunError(
                    f"another run (process {other}) is at work in {self.out}; wait for it, or give another --out"
                ) from error
            handle.truncate(0)
            handle.write(str(os.getpid()).encode())
            handle.flush()
            yield

    def open(self, job: Job, restart: bool) -> None:
        """Begin a run, or go on with one that has the same version, model and options.

        Raises:
            RunError: Where the folder holds a run with others.
        """
        wanted = job.identity
        found = {} if restart else self._read()
        if not found:
            # The manifest goes first and comes last: shards without one are of unknown origin.
            self.manifest.unlink(missing_ok=True)
            shutil.rmtree(self.shards, ignore_errors=True)
            self.shards.mkdir(parents=True, exist_ok=True)
            _replace_json(self.manifest, {**wanted, "model": job.model, "written": []})
            return
        for key, value in wanted.items():
            if found.get(key) != value:
                raise RunError(
                    f"{self.out} holds a run with {key} {found.get(key)!r}, this one has {value!r}; "
                    "give another --out, or --restart to discard that run"
                )

    def finished(self, inputs: Sequence[Input], stamp: str, with_failed: bool = False) -> dict[str, Part]:
        """For each input that is done its shard and entry, in the order of the inputs.

        Args:
            inputs: The files of the run.
            stamp: What made the shards; see `policynlp.batch.job.Job.stamp`.
            with_failed: Also those that ended as a row of ``errors``.
        """
        wanted = {source.path: source for source in inputs}
        best: dict[str, tuple[tuple[bool, int], Part]] = {}
        for shard in find_shards(self.shards):
            made = shard.stat().st_mtime_ns
            try:
                entries = read_index(shard, stamp)
            except ValueError:
                continue  # its files are done again
            for entry in entries:
                # A changed file is read again, and so is a failed one: its cause may lie outside the file.
                if wanted.get(entry.input.path) != entry.input or (entry.failed and not with_failed):
                    continue
                rank = (not entry.failed, made)
                if entry.input.path not in best or best[entry.input.path][0] < rank:
                    best[entry.input.path] = (rank, (shard, entry))
        return {path: best[path][1] for path in wanted if path in best}

    def record(self, written: Iterable[Path]) -> None:
        """Note which tables were written, and remove those of another format: they would go stale unnoticed."""
        data = self._read()
        names = [path.name for path in written]
        for name in data["written"]:
            if name not in names:
                (self.out / name).unlink(missing_ok=True)
        _replace_json(self.manifest, {**data, "written": names})

    def _read(self) -> Mapping[str, Any]:
        try:
            data = json.loads(self.manifest.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}


def _replace_json(path: Path, data: Mapping[str, Any]) -> None:
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    flush(temporary)
    os.replace(temporary, path)
    flush(path.parent)


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
