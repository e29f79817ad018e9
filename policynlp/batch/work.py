"""What one worker does: read a few files, run the pipeline over them, write one shard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from policynlp.batch.shards import Input, ShardWriter, table_names
from policynlp.frames import ROWS, Row
from policynlp.pipeline import Pipeline, load
from policynlp.read import ReadError, read_report
from policynlp.report import Report


@lru_cache(maxsize=1)
def load_once(model: str | None) -> Pipeline:
    """The pipeline of this process: a worker loads its model for the first shard and keeps it."""
    return load(model)


def label_shard(inputs: Sequence[Input], folder: Path, model: str | None, explain: bool) -> tuple[int, int]:
    """Label some files and write their rows as one shard.

    Args:
        inputs: The files.
        folder: Where shards go.
        model: See `policynlp.load`.
        explain: Also write the table of explanations.

    Returns:
        How many files were done and how many of them failed.

    Raises:
        OSError: Where the shard could not be written.
        policynlp.classify.ModelError: Where the model cannot be loaded.
    """
    nlp = load_once(model)
    tables = table_names(explain)
    source_of: dict[str, Input] = {}
    errors: dict[str, Row] = {}
    labelled: dict[str, Report] = {}

    def readable() -> Iterator[Report]:
        for source in inputs:
            source_of[source.path] = source
            try:
                yield read_report(source.path)
            except ReadError as error:
                errors[source.path] = error_row(source.path, error.stage, error.error, error.detail)

    def failed(report: Report, stage: str, error: Exception) -> None:
        detail = f"{type(error).__name__}: {error}; please send the file with this line to the developers"
        errors[report.path] = error_row(report.path, stage, "internal", detail)

    for report in nlp.pipe(readable(), on_error=failed):
        labelled[report.path] = report

    writer = ShardWriter(tables)
    for path, source in source_of.items():
        if path in labelled:
            rows = {table: list(ROWS[table](labelled[path])) for table in tables if table in ROWS}
            rows["errors"] = list(doubts(labelled[path]))
            writer.add(source, rows, failed=False)
        else:
            writer.add(source, {"errors": [errors[path]]}, failed=True)
    writer.write(folder)
    return len(source_of), len(errors)


def error_row(path: str, stage: str, error: str, detail: str) -> Row:
    """One row of the ``errors`` table."""
    return {"path": path, "stage": stage, "error": error, "detail": detail}


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
