"""The contract's tables: which columns each has, and how a report becomes rows.

Rows are plain dicts, so that every format is written from the same source; pandas and pyarrow are imported where they
are used, which keeps ``import policynlp`` light.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from policynlp.report import LABELS, Report, Sentence

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Row = dict[str, Any]

# Column -> type, in the order of the contract. Values and bounds are float64: every figure of a report that double
# precision cannot hold exactly would need more than 15 digits; the exact Decimal stays on the Report.
_PLACE = {"report_id": "string", "region": "string", "region_code": "string", "level": "string", "year": "int32"}
SCHEMAS: Mapping[str, Mapping[str, str]] = {
    "reports": {
        "report_id": "string",
        "path": "string",
        "region": "string",
        "region_code": "string",
        "level": "string",
        "year": "int32",
        "delivered_on": "date32",
        "speaker": "string",
        "characters": "int64",
        "sha256": "string",
    },
    "sentences": {
        **_PLACE,
        "sentence_id": "int32",
        "section": "string",
        "section_kind": "string",
        "is_heading": "bool",
        "start": "int64",
        "end": "int64",
        "text": "string",
        "label": "string",
        **{f"score_{label}": "float64" for label in LABELS},
    },
    "facts": {
        "fact_id": "string",
        **_PLACE,
        "sentence_id": "int32",
        "sentence_start": "int64",
        "start": "int64",
        "end": "int64",
        "text": "string",
        "indicator": "string",
        "indicator_id": "string",
        "measure": "string",
        "value": "float64",
        "value_high": "float64",
        "unit": "string",
        "bound": "string",
        "modality": "string",
        "role": "string",
        "period": "string",
        "fact_year": "int32",
        "ambiguous": "bool",
    },
    "commitments": {
        **_PLACE,
        "sentence_id": "int32",
        "start": "int64",
        "end": "int64",
        "text": "string",
        "theme": "string",
        "targets": "list<string>",
    },
    "errors": {"path": "string", "stage": "string", "error": "string", "detail": "string"},
    "explanations": {
        "report_id": "string",
        "item": "string",
        "start": "int64",
        "end": "int64",
        "text": "string",
        "field": "string",
        "value": "string",
        "why": "string",
    },
}


@cache
def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a table of the contract.

    Args:
        table: A key of `SCHEMAS`.

    Returns:
        The schema; every column may be null.

    Raises:
        KeyError: For a table that does not exist.

    Example:
        >>> arrow_schema("errors").names
        ['path', 'stage', 'error', 'detail']
    """
    import pyarrow as pa

    types = {
        "string": pa.string(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "bool": pa.bool_(),
        "date32": pa.date32(),
        "list<string>": pa.list_(pa.string()),
    }
    return pa.schema([(name, types[kind]) for name, kind in SCHEMAS[table].items()])


def report_rows(report: Report) -> Iterator[Row]:
    """The one row of a report in the ``reports`` table.

    Args:
        report: Any report.

    Yields:
        One dict with the table's columns.

    Example:
        >>> next(report_rows(Report.from_text("好。", region="云岭市")))["characters"]
        2
    """
    yield {
        **_place(report),
        "path": report.path,
        "delivered_on": report.delivered_on,
        "speaker": report.speaker,
        "characters": len(report.text),
        "sha256": report.sha256,
    }


def sentence_rows(report: Report) -> Iterator[Row]:
    """Rows of the ``sentences`` table, headings included, in the order of the text.

    Args:
        report: A segmented report.

    Yields:
        One dict a heading or sentence.

    Example:
        >>> from policynlp.segment import segment
        >>> [row["is_heading"] for row in sentence_rows(segment(Report.from_text("一、工作回顾\\n增长5%。")))]
        [True, False]
    """
    place = _place(report)
    for unit in report.units:
        section = report.section_of(unit)
        sentence = unit if isinstance(unit, Sentence) else None
        scores = sentence.scores if sentence else {}
        yield {
            **place,
            "sentence_id": unit.id,
            "section": section.title if section else None,
            "section_kind": section.kind if section else None,
            "is_heading": sentence is None,
            "start": unit.start,
            "end": unit.end,
            "text": unit.text,
            "label": sentence.label if sentence else None,
            **{f"score_{label}": scores.get(label) for label in LABELS},
        }


def fact_id(report: Report, number: int) -> str:
    """The id of a fact across reports: the report's id and the fact's position in it.

    Args:
        report: The report.
        number: Position of the fact in ``report.facts``.

    Returns:
        What the column ``fact_id`` holds.

    Example:
        >>> fact_id(Report("", id="city_云岭市_2024"), 3)
        'city_云岭市_2024#3'
    """
    return f"{report.id}#{number}"


def fact_rows(report: Report) -> Iterator[Row]:
    """Rows of the ``facts`` table, in the order of the text.

    Args:
        report: A report with facts.

    Yields:
        One dict a fact.

    Example:
        >>> from policynlp import load
        >>> [row["indicator_id"] for row in fact_rows(load("linear")("去年，粮食产量达到30万吨。"))]
        ['grain_output']
    """
    place = _place(report)
    for fact in report.facts:
        yield {
            "fact_id": fact_id(report, fact.id),
            **place,
            "sentence_id": fact.sentence,
            "sentence_start": fact.sentence_start,
            "start": fact.start,
            "end": fact.end,
            "text": fact.text,
            "indicator": fact.indicator,
            "indicator_id": fact.indicator_id,
            "measure": fact.measure,
            "value": _number(fact.value),
            "value_high": _number(fact.value_high),
            "unit": fact.unit,
            "bound": fact.bound,
            "modality": fact.modality,
            "role": fact.role,
            "period": fact.period,
            "fact_year": fact.year,
            "ambiguous": fact.ambiguous,
        }


def commitment_rows(report: Report) -> Iterator[Row]:
    """Rows of the ``commitments`` table, in the order of the text.

    Args:
        report: A report with commitments.

    Yields:
        One dict a commitment.

    Example:
        >>> from policynlp import load
        >>> report = load("linear")(Report.from_text("今年，我们要新建学校5所。", id="a"))
        >>> [row["targets"] for row in commitment_rows(report)]
        [['a#0']]
    """
    place = _place(report)
    for commitment in report.commitments:
        yield {
            **place,
            "sentence_id": commitment.sentence.id,
            "start": commitment.sentence.start,
            "end": commitment.sentence.end,
            "text": commitment.sentence.text,
            "theme": commitment.theme,
            "targets": [fact_id(report, fact.id) for fact in commitment.targets],
        }


def explanation_rows(report: Report) -> Iterator[Row]:
    """One row for each decision that can say why: cuts, labels and every field of every fact.

    Args:
        report: A report with any layers.

    Yields:
        One dict a decision.

    Example:
        >>> from policynlp.segment import segment
        >>> [(row["field"], row["why"]) for row in explanation_rows(segment(Report.from_text("增长5%。")))][0]
        ('end', 'final_mark')
    """
    for unit in report.units:
        where = {"report_id": report.id, "start": unit.start, "end": unit.end, "text": unit.text}
        kind = "sentence" if isinstance(unit, Sentence) else "heading"
        yield {**where, "item": kind, "field": "end", "value": str(unit.end), "why": unit.rule}
        section = report.section_of(unit)
        if section is not None:
            yield {**where, "item": kind, "field": "section_kind", "value": section.kind, "why": section.rule}
        if isinstance(unit, Sentence) and unit.label:
            scores = json.dumps({label: round(score, 4) for label, score in unit.scores.items()})
            yield {**where, "item": kind, "field": "label", "value": unit.label, "why": f"{report.model} {scores}"}
    for fact in report.facts:
        where = {"report_id": report.id, "start": fact.start, "end": fact.end, "text": fact.text}
        for name, why in fact.why.items():
            yield {**where, "item": "fact", "field": name, "value": str(getattr(fact, name, "")), "why": why}


ROWS: Mapping[str, Callable[[Report], Iterator[Row]]] = {
    "reports": report_rows,
    "sentences": sentence_rows,
    "facts": fact_rows,
    "commitments": commitment_rows,
    "explanations": explanation_rows,
}


def sentences_frame(reports: Iterable[Report]) -> pd.DataFrame:
    """Sentences and headings of some reports as a pandas table.

    Args:
        reports: Segmented reports; labels are null where no classifier has been run.

    Returns:
        The contract's ``sentences`` columns, one row a sentence or heading, reports in the given order.

    Example:
        >>> sentences_frame([Report.from_text("各位代表：")]).columns[:4].tolist()
        ['report_id', 'region', 'region_code', 'level']
    """
    return _frame("sentences", reports)


def facts_frame(reports: Iterable[Report]) -> pd.DataFrame:
    """Numeric facts of some reports as a pandas table: the contract's ``facts`` columns, one row a fact.

    Args:
        reports: Reports with facts.

    Returns:
        The table.

    Example:
        >>> from policynlp import load
        >>> facts_frame([load("linear")("去年，粮食产量达到30万吨。")])["value"].tolist()
        [300000.0]
    """
    return _frame("facts", reports)


def commitments_frame(reports: Iterable[Report]) -> pd.DataFrame:
    """Commitments of some reports as a pandas table: the contract's ``commitments`` columns, one row a sentence.

    Args:
        reports: Reports with commitments.

    Returns:
        The table.

    Example:
        >>> from policynlp import load
        >>> commitments_frame([load("linear")("今年，我们要新建学校5所。")])["text"].tolist()
        ['今年，我们要新建学校5所。']
    """
    return _frame("commitments", reports)


def reports_frame(reports: Iterable[Report]) -> pd.DataFrame:
    """Metadata of some reports as a pandas table: the contract's ``reports`` columns, one row a report.

    Args:
        reports: Any reports.

    Returns:
        The table.

    Example:
        >>> reports_frame([Report.from_text("好。", region="云岭市")])["region"].tolist()
        ['云岭市']
    """
    return _frame("reports", reports)


def arrow_table(table: str, rows: Iterable[Row]) -> pa.Table:
    """Rows as an Arrow table with the contract's types.

    Args:
        table: A key of `SCHEMAS`.
        rows: Dicts with the table's columns; a missing column becomes null.

    Returns:
        The table.

    Raises:
        pyarrow.ArrowInvalid: Where a value does not fit its column.

    Example:
        >>> arrow_table("errors", [{"path": "a.txt", "stage": "read", "error": "empty"}]).num_rows
        1
    """
    import pyarrow as pa

    return pa.Table.from_pylist([_clean(row) for row in rows], schema=arrow_schema(table))


# A spreadsheet takes a cell that starts so for a formula (OWASP, CSV Injection); where Chinese or Japanese is the
# language of the system, the full-width forms count too. The apostrophe itself is here so that one can be taken off.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


def shielded(cell: Any) -> Any:
    """A cell of a CSV file that no spreadsheet takes for a formula: an apostrophe goes before a text that looks so.

    Args:
        cell: What the cell holds; only texts are changed.

    Returns:
        The cell, or the text behind an apostrophe.

    Example:
        >>> shielded("=1+1"), shielded("增长6%"), shielded(-1)
        ("'=1+1", '增长6%', -1)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def unshielded(cell: Any) -> Any:
    """What `shielded` was given.

    Args:
        cell: A cell as a CSV file holds it.

    Returns:
        The cell without the apostrophe at its head, if there is one.

    Example:
        >>> unshielded(shielded("=1+1")), unshielded(shielded("'96"))
        ('=1+1', "'96")
    """
    return cell[1:] if isinstance(cell, str) and cell.startswith("'") else cell


def _frame(table: str, reports: Iterable[Report]) -> pd.DataFrame:
    arrow = arrow_table(table, (row for report in reports for row in ROWS[table](report)))
    # Nullable integers keep a missing year from turning every other year into a float.
    import pandas as pd

    nullable = {"int32": pd.Int32Dtype(), "int64": pd.Int64Dtype()}
    return arrow.to_pandas(types_mapper=lambda kind: nullable.get(str(kind)))


def _place(report: Report) -> Row:
    return {
        "report_id": report.id,
        "region": report.region,
        "region_code": report.region_code,
        "level": report.level,
        "year": report.year,
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _clean(row: Row) -> Row:
    return {key: _storable(value) for key, value in row.items()}


def _storable(value: Any) -> Any:
    # A lone surrogate (from broken input, or from a file's name) has no UTF-8 form, and no table format takes it.
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-8", "replace").decode("utf-8")
