"""CSV and Excel, for those who use no annotation program: a table of sentences and one of facts."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from policynlp.annotate.documents import (
    FACT_FIELDS,
    AnnotationError,
    Document,
    Mark,
    check_label,
    check_span,
    fact_from,
)
from policynlp.evaluate import GoldFact
from policynlp.frames import shielded, unshielded
from policynlp.report import LABELS

SENTENCES = ("report_id", "sha256", "start", "end", "label", "score", "text")
FACTS = ("report_id", "sentence_start", "start", "end", "text", *FACT_FIELDS)
MAX_CELL = 32_767
_DELIMITERS = (",", ";", "\t")
# 123456789012 as Excel shows it, and saves it as CSV.
_ROUNDED = re.compile(r"-?\d(?:[.,]\d+)?[eE]\+\d+")


def dump_csv(documents: Iterable[Document], path: Path) -> None:
    """Write sentences to ``path`` and facts beside it, ending ``.facts.csv``; UTF-8 with a mark for Excel.

    Args:
        documents: What to label.
        path: A ``.csv`` file.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "out.csv"
        >>> dump_csv([Document("a", "新建五所。", sentences=[Mark(0, 5, "commitment")])], file)
        >>> file.read_text(encoding="utf-8-sig").splitlines()[1]
        'a,,0,5,commitment,,新建五所。'
    """
    given = list(documents)
    for file, columns, rows in (
        (path, SENTENCES, _sentences(given)),
        (path.with_suffix(".facts.csv"), FACTS, _facts(given)),
    ):
        with open(file, "w", encoding="utf-8-sig", newline="") as out:
            table = csv.writer(out)
            table.writerow(columns)
            table.writerows([_safe(cell) for cell in row] for row in rows)


def dump_excel(documents: Iterable[Document], path: Path) -> None:
    """Write a workbook with the sheets ``sentences``, whose labels are picked from a list, and ``facts``.

    Args:
        documents: What to label.
        path: An ``.xlsx`` file.

    Raises:
        AnnotationError: Where openpyxl is not installed.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "out.xlsx"
        >>> dump_excel([Document("a", "新建五所。", sentences=[Mark(0, 5, "commitment")])], file)
        >>> load_excel(file)[0].sentences[0].label
        'commitment'
    """
    openpyxl = _openpyxl()
    given, book = list(documents), openpyxl.Workbook()
    book.remove(book.active)
    for name, columns, rows in (("sentences", SENTENCES, _sentences(given)), ("facts", FACTS, _facts(given))):
        sheet = book.create_sheet(name)
        sheet.append(columns)
        sheet.freeze_panes = "A2"
        for row in rows:
            sheet.append([_safe(cell) for cell in row])
    choice = openpyxl.worksheet.datavalidation.DataValidation(type="list", formula1=f'"{",".join(LABELS)}"')
    choice.add(f"E2:E{max(2, book['sentences'].max_row)}")
    book["sentences"].add_data_validation(choice)
    book["sentences"].column_dimensions["G"].width = 100
    book.save(path)


def _openpyxl() -> Any:
    try:
        import openpyxl
        import openpyxl.worksheet.datavalidation
    except ModuleNotFoundError as error:
        raise AnnotationError("Excel needs openpyxl: pip install 'policynlp[excel]', or use .csv") from error
    return openpyxl


def _sentences(documents: Sequence[Document]) -> Iterator[tuple[Any, ...]]:
    for document in documents:
        for mark in document.sentences:
            words = document.text[mark.start - document.offset : mark.end - document.offset]
            yield document.report_id, document.sha256, mark.start, mark.end, mark.label, mark.score, words


def _facts(documents: Sequence[Document]) -> Iterator[tuple[Any, ...]]:
    for document in documents:
        for fact in document.facts:
            words = document.text[fact.start - document.offset : fact.end - document.offset]
            yield (
                *(document.report_id, fact.sentence_start, fact.start, fact.end, words),
                *(getattr(fact, name) for name in FACT_FIELDS),
            )


def _safe(cell: Any) -> Any:
    return shielded(cell)[:MAX_CELL] if isinstance(cell, str) else cell


def load_csv(path: Path) -> list[Document]:
    """Read back what `dump_csv` wrote, after labels were changed, and the facts beside it where there are some.

    Args:
        path: The file of sentences.

    Returns:
        One document a sentence.

    Raises:
        AnnotationError: For a missing column, an unknown label or an offset that is none; the message names the line.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "out.csv"
        >>> dump_csv([Document("a", "新建五所。", sentences=[Mark(0, 5, "commitment")])], file)
        >>> load_csv(file)[0].sentences[0].label
        'commitment'
    """
    facts = path.with_suffix(".facts.csv")
    return _documents(_csv_rows(path, SENTENCES), _csv_rows(facts, FACTS) if facts.is_file() else [])


def load_excel(path: Path) -> list[Document]:
    """Read back what `dump_excel` wrote, after labels were changed.

    Args:
        path: The workbook.

    Returns:
        One document a sentence.

    Raises:
        AnnotationError: For what `load_csv` refuses, for another kind of file, and where openpyxl is not installed.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "out.xlsx"
        >>> dump_excel([Document("a", "新建五所。", sentences=[Mark(0, 5, "commitment")])], file)
        >>> load_excel(file)[0].report_id
        'a'
    """
    openpyxl = _openpyxl()
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises what zipfile and its XML parser raise
        raise AnnotationError(f"{path}: not an Excel workbook (.xlsx): {error}") from error
    out = []
    for name, columns in (("sentences", SENTENCES), ("facts", FACTS)):
        if name not in book.sheetnames:
            raise AnnotationError(f"{path}: no sheet {name!r}; it has {', '.join(book.sheetnames)}")
        out.append(_rows(book[name].iter_rows(values_only=True), columns, f"{path}, sheet {name}"))
    return _documents(*out)


Numbered = list[tuple[str, dict[str, Any]]]


def _csv_rows(path: Path, columns: Sequence[str]) -> Numbered:
    try:
        with open(path, encoding="utf-8-sig", newline="") as lines:
            head = lines.readline()
            lines.seek(0)
            # Excel parts cells by semicolons where the comma is the decimal mark; our names of columns hold neither.
            return _rows(csv.reader(lines, delimiter=max(_DELIMITERS, key=head.count)), columns, str(path))
    except UnicodeDecodeError as error:
        raise AnnotationError(f"{path}: not UTF-8; save it as “CSV UTF-8” in Excel") from error
    except csv.Error as error:
        raise AnnotationError(f"{path}: not a CSV file: {error}") from error


def _rows(cells: Iterable[Sequence[Any]], columns: Sequence[str], where: str) -> Numbered:
    rows = iter(cells)
    head = [str(cell) for cell in next(rows, ())]
    optional = ("score", "sha256", "text")
    if lacking := [name for name in columns if name not in head and name not in optional]:
        raise AnnotationError(f"{where}, line 1: column {lacking[0]} is missing")
    out: Numbered = []
    for number, row in enumerate(rows, 2):
        if any(cell not in (None, "") for cell in row):
            out.append(
                (f"{where}, line {number}", {name: unshielded(cell) for name, cell in zip(head, row, strict=False)})
            )
    return out


def _documents(sentences: Numbered, facts: Numbered) -> list[Document]:
    out: list[Document] = []
    by_sentence: dict[tuple[str, int], Document] = {}
    for where, row in sentences:
        start, end = (_offset(row, name, where) for name in ("start", "end"))
        text = str(row.get("text") or "")
        if text and len(text) != min(end - start, MAX_CELL):
            raise AnnotationError(f"{where}: text has {len(text)} characters, start and end span {end - start}")
        words = text if len(text) == end - start else "\ufffd" * max(0, end - start)
        document = Document(str(row["report_id"]), words, start, str(row.get("sha256") or ""), where=where)
        check_span(document, 0, end - start)
        label = str(row["label"] or "").strip()
        if not label:
            raise AnnotationError(f"{where}: no label; fill in {', '.join(LABELS)}, or leave the line out")
        document.sentences.append(Mark(start, end, check_label(label, where)))
        by_sentence[document.report_id, start] = document
        out.append(document)
    for where, row in facts:
        _add_fact(by_sentence, row, where)
    return out


def _add_fact(by_sentence: dict[tuple[str, int], Document], row: dict[str, Any], where: str) -> None:
    at = {name: _offset(row, name, where) for name in ("sentence_start", "start", "end")}
    for name in ("value", "value_high"):
        if isinstance(row.get(name), str) and _ROUNDED.fullmatch(row[name]):
            raise AnnotationError(
                f"{where}: {name} {row[name]!r} was rounded by the spreadsheet; use the format excel, or show the "
                "column as numbers without decimals before saving"
            )
    document = by_sentence.get((str(row["report_id"]), at["sentence_start"]))
    if document is None:
        raise AnnotationError(f"{where}: no sentence of {row['report_id']} starts at {at['sentence_start']}")
    inside = Document(document.report_id, document.text, document.offset, where=where)
    words = None if "\ufffd" in document.text else str(row.get("text") or "") or None
    check_span(inside, at["start"] - document.offset, at["end"] - document.offset, words)
    fact: GoldFact = fact_from(row, where, report_id=document.report_id, **at)
    document.facts.append(fact)


def _offset(row: dict[str, Any], name: str, where: str) -> int:
    try:
        number = float(row[name])  # 12.0 where a program filled a column with gaps
    except (TypeError, ValueError):
        number = math.nan
    if not number.is_integer():
        raise AnnotationError(f"{where}: {name} {row[name]!r} is no offset")
    return int(number)
