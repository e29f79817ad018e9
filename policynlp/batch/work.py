"""What one worker does: read a few files, run the pipeline over them, write one shard."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from policynlp.batch.job import Job
from policynlp.batch.shards import Input, ShardWriter, table_names
from policynlp.frames import ROWS, Row, arrow_table
from policynlp.pipeline import Pipeline, load
from policynlp.read import ReadError, read_report
from policynlp.report import Report

if TYPE_CHECKING:
    import pyarrow as pa

# A Dask worker may run several threads; PDF and word libraries below are not made for that, and one model is enough.
_ONE_AT_A_TIME = threading.Lock()


@lru_cache(maxsize=1)
def load_once(model: str | None, precision: str, indicators: tuple[str, ...], hashes: tuple[str, str]) -> Pipeline:
    """The pipeline of this process: a worker loads its model for the first shard and keeps it.

    With the hashes of both, since a model may be trained anew into the same folder.
    """
    return load(model, indicators=indicators or None, precision=precision)


@lru_cache(maxsize=1)
def pipeline_of(job: Job) -> Pipeline:
    """The pipeline for a job, once this process is known to have the code and model that the run began with.

    Raises:
        RunError: Where it has not.
        policynlp.classify.ModelError: Where the model cannot be loaded.
    """
    job.check_worker()
    return load_once(job.model, job.precision, job.indicators, (job.model_sha256, job.indicators_sha256))


def label_shard(inputs: Sequence[Input], job: Job) -> None:
    """Label some files and write their rows as one shard.

    Args:
        inputs: The files.
        job: What the run asks of every worker.

    Raises:
        OSError: Where the shard could not be written.
        RunError: Where this process has other code or another model than the run began with.
        policynlp.classify.ModelError: Where the model cannot be loaded.
    """
    with _ONE_AT_A_TIME:
        finished, failed = _label(inputs, pipeline_of(job), job)
    writer = ShardWriter(table_names(job.explain))
    for source in inputs:
        if source.path in finished:
            writer.add(source, finished[source.path], failed=False)
        else:
            writer.add(source, {"errors": arrow_table("errors", [failed[source.path]])}, failed=True)
    writer.write(Path(job.shards), job.stamp)


def _label(
    inputs: Sequence[Input], nlp: Pipeline, job: Job
) -> tuple[dict[str, Mapping[str, pa.Table]], dict[str, Row]]:
    """For each file either its tables or its row for ``errors``."""
    finished: dict[str, Mapping[str, pa.Table]] = {}
    failed: dict[str, Row] = {}

    def fail(report: Report, stage: str, error: Exception) -> None:
        failed[report.path] = internal_error(report.path, stage, error)

    def readable() -> Iterator[Report]:
        for source in inputs:
            try:
                report = read_report(os.path.join(job.base, source.path))
            except ReadError as error:
                failed[source.path] = error_row(source.path, error.stage, error.error, error.detail)
            except Exception as error:
                failed[source.path] = internal_error(source.path, "read", error)
            else:
                # The tables show the path as the user gave it, wherever the worker read it.
                yield report.with_(path=source.path)

    for report in nlp.pipe(readable(), on_error=fail):
        try:
            finished[report.path] = report_tables(report, job.explain)
        except Exception as error:
            fail(report, "tables", error)
    return finished, failed


def report_tables(report: Report, explain: bool) -> dict[str, pa.Table]:
    """All tables of one report; a value that does not fit its column fails this report and no other."""
    tables = {name: arrow_table(name, ROWS[name](report)) for name in table_names(explain) if name in ROWS}
    return {**tables, "errors": arrow_table("errors", doubts(report))}


def error_row(path: str, stage: str, error: str, detail: str) -> Row:
    """One row of the ``errors`` table."""
    return {"path": path, "stage": stage, "error": error, "detail": " ".join(detail.split())}


def internal_error(path: str, stage: str, error: Exception) -> Row:
    """The row for a file that met a fault of this library."""
    detail = f"{type(error).__name__}: {error}"
    detail = f"{detail[:300]}; please send the file with this line to the developers"
    return error_row(path, stage, "internal", detail)


def write_crashed(source: Input, job: Job) -> None:
    """Write the shard of a file that takes its worker process down, so that the run goes on without it."""
    detail = "the process that worked on it died, even with nothing else to do: the file needs more memory than "
    detail += "there is, or it makes a reader crash; split it, or save it as plain text"
    writer = ShardWriter(table_names(job.explain))
    row = error_row(source.path, "run", "crashed", detail)
    writer.add(source, {"errors": arrow_table("errors", [row])}, failed=True)
    writer.write(Path(job.shards), job.stamp)


def doubts(report: Report) -> Iterator[Row]:
    """Rows for a file that was read and labelled but is hardly what the user meant to give."""
    kinds = {section.kind for section in report.sections}
    if not kinds & {"review", "plan"}:
        detail = "neither a review nor a plan was found, so this is hardly a government work report; its rows were "
        detail += "written all the same: check the file, or leave it out"
        yield error_row(report.path, "segment", "not_a_report", detail)
    elif not report.facts:
        detail = "no number was found in the whole report; its rows were written all the same: check that the text "
        detail += "is complete"
        yield error_row(report.path, "facts", "no_numbers", detail)
