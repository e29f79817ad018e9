"""One run over many files: what is left to do, who does it, and what the folder holds afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from policynlp.batch.engines import Engine, cores, cut_groups, in_pool, in_process, label_groups
from policynlp.batch.job import Job, RunError, RunOptions
from policynlp.batch.shards import Input, table_names
from policynlp.batch.state import RunState
from policynlp.batch.tables import WRITERS, write_tables
from policynlp.batch.work import error_row, pipeline_of
from policynlp.frames import Row
from policynlp.read import find_files

# A worker takes seconds to start; with fewer files than that for each it is not worth it.
_FILES_A_WORKER = 16
ENGINES = ("local", "dask")


@dataclass(frozen=True)
class RunResult:
    """What a run did.

    Attributes:
        files: Input files in all.
        resumed: How many of them an earlier run had done already.
        errors: How many rows the ``errors`` table has.
        written: The tables.

    Example:
        >>> RunResult(files=5, resumed=0, errors=0, written=()).files
        5
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

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "city_云岭市_2024.txt").write_text("今年，我们要新建学校五所。\\n", encoding="utf-8")
        >>> result = label_files([folder], folder / "out", RunOptions(format="csv", model="linear", workers=1))
        >>> result.files, result.errors, sorted(path.name for path in result.written)[0]
        (1, 0, 'commitments.csv')
    """
    options = options or RunOptions()
    _check(options)
    state = RunState(Path(out))
    inputs, refused = plan_inputs(paths)
    with state.locked():
        job = Job.of(options, state.shards)
        if not job.model_sha256:
            # A model of the hub is fetched once, not by every worker; an unknown one stops here, nothing discarded.
            pipeline_of(job)
            job = Job.of(options, state.shards)
        state.open(job, options.restart)
        done = state.finished(inputs, job.stamp)
        _work([source for source in inputs if source.path not in done], job, options, len(done), len(inputs))
        parts = list(state.finished(inputs, job.stamp, with_failed=True).values())
        if missing := len(inputs) - len(parts):
            raise RunError(
                f"the shards of {missing} files are not under {state.shards}; all workers must see that folder"
            )
        written = write_tables(state.out, state.folder, parts, refused, table_names(options.explain), options.format)
        state.record(written)
    errors = sum(entry.rows["errors"][1] for _, entry in parts) + len(refused)
    return RunResult(len(inputs) + len(refused), len(done), errors, tuple(written))


def _check(options: RunOptions) -> None:
    if options.format not in WRITERS:
        raise RunError(f"--format {options.format} is not known; choose one of {', '.join(WRITERS)}")
    if options.engine not in ENGINES:
        raise RunError(f"--engine {options.engine} is not known; choose one of {', '.join(ENGINES)}")
    if options.scheduler is not None and options.engine != "dask":
        raise RunError("--scheduler is for --engine dask; give both or neither")


def plan_inputs(paths: Iterable[str | Path]) -> tuple[list[Input], list[Row]]:
    """The files to label, in order, and an error row for each that cannot be told from another.

    A report's id is its file's name without ending, so of two files with one name only the first is labelled. The order
    in which paths are given makes no difference.

    Args:
        paths: Files or folders.

    Returns:
        Inputs, and rows of the table ``errors``.

    Raises:
        RunError: Where a path does not exist or nothing can be read under it.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name in ("a.txt", "a.md"):
        ...     _ = (folder / name).write_text("好。", encoding="utf-8")
        >>> inputs, refused = plan_inputs([folder])
        >>> len(inputs), [row["error"] for row in refused]
        (1, ['duplicate_id'])
    """
    named = [Path(path) for path in paths]
    if missing := [path for path in named if not path.exists()]:
        raise RunError(f"{missing[0]}: no such file or folder; check the path")
    inputs: list[Input] = []
    refused: list[Row] = []
    first: dict[str, str] = {}
    # Sorted as `find_files` walks a folder: by the names at each depth.
    for path in sorted(find_files(sorted(named))):
        if path.stem in first:
            detail = f"same name as {first[path.stem]}, and a report's id is its file's name: rename one of them"
            refused.append(error_row(str(path), "read", "duplicate_id", detail))
        else:
            first[path.stem] = str(path)
            inputs.append(Input.of(path))
    if not inputs:
        raise RunError(f"no report found under {', '.join(map(str, named))}; known endings: .txt .md .html .docx .pdf")
    return inputs, refused


def _work(todo: Sequence[Input], job: Job, options: RunOptions, already: int, total: int) -> None:
    from tqdm import tqdm

    groups = cut_groups(todo)
    engine, workers = _engine(options, todo, groups)
    with tqdm(total=total, initial=already, unit="report", disable=not options.progress) as bar:
        for count in label_groups(groups, job, engine, workers) if groups else ():
            bar.update(count)


def _engine(options: RunOptions, todo: Sequence[Input], groups: Sequence[Sequence[Input]]) -> tuple[Engine, int]:
    """The engine, and how many groups it keeps at work at once."""
    if options.engine == "dask":
        from policynlp.batch.cluster import dask_engine

        return dask_engine(options.scheduler, options.workers), len(groups)
    workers = options.workers or min(cores(), len(todo) // _FILES_A_WORKER)
    workers = min(workers, len(groups))
    return (in_process, 1) if workers <= 1 else (in_pool, workers)
