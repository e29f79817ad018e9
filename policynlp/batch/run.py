"""One run over many files: what is left to do, who does it, and what the folder holds afterwards."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policynlp._version import __version__
from policynlp.batch.shards import Input, find_shards, flush, read_index, table_names
from policynlp.batch.tables import WRITERS, Part, write_tables
from policynlp.batch.work import error_row, label_shard, load_once
from policynlp.frames import Row
from policynlp.read import find_files

# Files in one shard: a killed run loses at most this much work for each worker.
SHARD_FILES = 32
# How often a pool that lost a worker is started anew before the run gives up.
_POOL_RESTARTS = 3
_STATE = ".policynlp"
_MANIFEST = "manifest.json"


class RunError(ValueError):
    """A run that cannot start as asked; the message is one line that says what to change."""


@dataclass(frozen=True)
class RunOptions:
    """What a run is asked to do.

    Attributes:
        format: ``parquet``, ``jsonl`` or ``csv``.
        model: See `policynlp.load`.
        workers: Worker processes; 1 works in this process, 0 takes one a core.
        explain: Also write ``explanations``: the words and rules behind every decision.
        restart: Discard what an earlier run left in the folder.
        progress: Show a bar with rate and time left on stderr.
    """

    format: str = "parquet"
    model: str | None = None
    workers: int = 0
    explain: bool = False
    restart: bool = False
    progress: bool = False


@dataclass(frozen=True)
class RunResult:
    """What a run did.

    Attributes:
        files: Input files in all.
        resumed: How many of them an earlier run had done already.
        errors: How many rows the ``errors`` table has.
        written: The tables.
    """

    files: int
    resumed: int
    errors: int
    written: tuple[Path, ...]


def label_files(paths: Iterable[str | Path], out: str | Path, options: RunOptions | None = None) -> RunResult:
    """Label files and folders and write the tables of the contract; continue what an interrupted run left.

    Args:
        paths: Files or folders.
        out: Folder for the tables; made where it is missing.
        options: See `RunOptions`.

    Returns:
        Counts and the paths written.

    Raises:
        RunError: Where the arguments cannot be used, or the folder holds a run with another version or options.
        OSError: Where the disk is full or not writable; finished shards stay and the next call continues.
    """
    options = options or RunOptions()
    out = Path(out)
    if options.format not in WRITERS:
        raise RunError(f"--format {options.format} is not known; choose one of {', '.join(WRITERS)}")
    inputs, refused = plan_inputs(paths)
    state = _open_state(out, options)
    shards = state / "shards"
    done = _finished(shards, inputs)
    todo = [source for source in inputs if source.path not in done]
    _work(todo, shards, options, already=len(done), total=len(inputs))
    parts = list(_finished(shards, inputs, with_failed=True).values())
    tables = table_names(options.explain)
    written = write_tables(out, parts, refused, tables, options.format)
    _forget_other_formats(state, out, written)
    errors = sum(entry.rows["errors"][1] for _, entry in parts) + len(refused)
    return RunResult(len(inputs) + len(refused), len(done), errors, tuple(written))


def plan_inputs(paths: Iterable[str | Path]) -> tuple[list[Input], list[Row]]:
    """The files to label, in order, and an error row for each that cannot be told from another.

    A report's id is its file's name without ending, so of two files with one name only the first is labelled.

    Raises:
        RunError: Where a path does not exist or nothing can be read under it.
    """
    named = [Path(path) for path in paths]
    if missing := [path for path in named if not path.exists()]:
        raise RunError(f"{missing[0]}: no such file or folder; check the path")
    inputs: list[Input] = []
    refused: list[Row] = []
    first: dict[str, str] = {}
    for path in find_files(named):
        if path.stem in first:
            detail = f"same name as {first[path.stem]}, and a report's id is its file's name: rename one of them"
            refused.append(error_row(str(path), "read", "duplicate_id", detail))
        else:
            first[path.stem] = str(path)
            inputs.append(Input.of(path))
    if not inputs:
        raise RunError(f"no report found under {', '.join(map(str, named))}; known endings: .txt .md .html .docx .pdf")
    return inputs, refused


def _open_state(out: Path, options: RunOptions) -> Path:
    """The folder for shards, checked against what made the shards that are there."""
    out.mkdir(parents=True, exist_ok=True)
    state = out / _STATE
    if options.restart:
        shutil.rmtree(state, ignore_errors=True)
    manifest = state / _MANIFEST
    wanted = {"version": __version__, "model": load_once(options.model).name, "explain": options.explain}
    if manifest.is_file():
        found = json.loads(manifest.read_text(encoding="utf-8"))
        for key, value in wanted.items():
            if found.get(key) != value:
                raise RunError(
                    f"{out} holds a run with {key} {found.get(key)!r}, this one has {value!r}; "
                    "give another --out, or --restart to discard that run"
                )
        return state
    state.mkdir(exist_ok=True)
    _replace_json(manifest, {**wanted, "written": []})
    return state


def _replace_json(path: Path, data: dict[str, Any]) -> None:
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    flush(temporary)
    os.replace(temporary, path)


def _forget_other_formats(state: Path, out: Path, written: Sequence[Path]) -> None:
    """Remove tables that an earlier call of this run wrote in another format: they would go stale unnoticed."""
    manifest = state / _MANIFEST
    data = json.loads(manifest.read_text(encoding="utf-8"))
    names = [path.name for path in written]
    for name in data["written"]:
        if name not in names:
            (out / name).unlink(missing_ok=True)
    _replace_json(manifest, {**data, "written": names})


def _finished(shards: Path, inputs: Sequence[Input], with_failed: bool = False) -> dict[str, Part]:
    """For each input that is done its shard and entry, in the order of the inputs."""
    latest: dict[str, tuple[float, Part]] = {}
    for shard in find_shards(shards):
        made = shard.stat().st_mtime_ns
        for entry in read_index(shard):
            known = latest.get(entry.input.path)
            if known is None or known[0] < made:
                latest[entry.input.path] = (made, (shard, entry))
    done = {}
    for source in inputs:
        if source.path in latest:
            part = latest[source.path][1]
            # A changed file is read again, and so is a failed one: its cause may lie outside the file.
            if part[1].input == source and (with_failed or not part[1].failed):
                done[source.path] = part
    return done


def _work(todo: Sequence[Input], shards: Path, options: RunOptions, already: int, total: int) -> None:
    from tqdm import tqdm

    groups = [list(todo[at : at + SHARD_FILES]) for at in range(0, len(todo), SHARD_FILES)]
    workers = min(options.workers or os.cpu_count() or 1, len(groups))
    engine = _in_process if workers <= 1 else _in_pool
    with tqdm(total=total, initial=already, unit="report", disable=not options.progress) as bar:
        for count, _ in engine(groups, shards, options, workers):
            bar.update(count)


def _in_process(
    groups: Sequence[Sequence[Input]], shards: Path, options: RunOptions, workers: int
) -> Iterator[tuple[int, int]]:
    for group in groups:
        yield label_shard(group, shards, options.model, options.explain)


def _in_pool(
    groups: Sequence[Sequence[Input]], shards: Path, options: RunOptions, workers: int
) -> Iterator[tuple[int, int]]:
    """Label groups in worker processes; a worker that dies takes only its unfinished group along, which is redone."""
    # Spawned, not forked: a forked child of a process with threads (Arrow's, torch's) can hang.
    context = multiprocessing.get_context("spawn")
    left = list(groups)
    for attempt in range(_POOL_RESTARTS + 1):
        finished: list[Sequence[Input]] = []
        try:
            with ProcessPoolExecutor(workers, mp_context=context) as pool:
                submit: Callable[[Sequence[Input]], Future[tuple[int, int]]] = lambda group: pool.submit(  # noqa: E731
                    label_shard, group, shards, options.model, options.explain
                )
                for group, result in _as_completed(left, submit, workers):
                    finished.append(group)
                    yield result
            return
        except BrokenProcessPool as error:
            left = [group for group in left if group not in finished]
            if attempt == _POOL_RESTARTS:
                raise RunError(
                    "a worker process died again and again, most likely for want of memory; run the same command with "
                    "--workers 1 to continue"
                ) from error


def _as_completed(
    groups: Sequence[Sequence[Input]],
    submit: Callable[[Sequence[Input]], Future[tuple[int, int]]],
    workers: int,
) -> Iterator[tuple[Sequence[Input], tuple[int, int]]]:
    """Results as they come, with only a few groups submitted ahead, so that Ctrl-C does not wait for all of them."""
    waiting = list(reversed(groups))
    running: dict[Future[tuple[int, int]], Sequence[Input]] = {}
    while waiting or running:
        while waiting and len(running) < workers + 1:
            group = waiting.pop()
            running[submit(group)] = group
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            group = running.pop(future)
            yield group, future.result()
