"""The words of the language, as commented tab-separated tables.

A table is UTF-8 text: lines that start with ``#`` are comments, the first other line names the columns, every
further line is one row. A column named in ``required`` must be filled; a column that the caller does not know is an
error, so a typing slip in a data file is found when it is loaded and not when a report is read wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

Row = dict[str, str]


class DataFileError(ValueError):
    """A data file that breaks its own rules; the message names file, line and what to do.

    Example:
        >>> import pytest
        >>> with pytest.raises(DataFileError, match="unknown column 'wrod'"):
        ...     parse_table("wrod\\n吨", "mine.tsv", ["word"])
    """


def parse_table(text: str, name: str, columns: Sequence[str], required: Sequence[str] = ()) -> list[Row]:
    """Parse one data table.

    Args:
        text: The whole file.
        name: What errors call it.
        columns: Every column that the caller knows, in any order.
        required: Columns that no row may leave empty.

    Returns:
        One dict a row, with every column of ``columns`` present (empty string where the file has none).

    Raises:
        DataFileError: For an unknown or missing column, a row of the wrong width, an empty required field.

    Example:
        >>> parse_table("# units\\nword\\tunit\\n吨\\t吨\\n", "units.tsv", ["word", "unit"])
        [{'word': '吨', 'unit': '吨'}]
    """
    lines = list(_content_lines(text))
    if not lines:
        raise DataFileError(f"{name}: no header line; the first line that is no comment names the columns")
    _, header_line = lines[0]
    header = header_line.split("\t")
    if unknown := [column for column in header if column not in columns]:
        raise DataFileError(f"{name}: unknown column {unknown[0]!r}; known are {', '.join(columns)}")
    if missing := [column for column in required if column not in header]:
        raise DataFileError(f"{name}: column {missing[0]!r} is missing from the header")
    rows = []
    for number, line in lines[1:]:
        cells = line.split("\t")
        if len(cells) > len(header):
            raise DataFileError(f"{name}, line {number}: {len(cells)} cells for {len(header)} columns; remove the rest")
        row = dict.fromkeys(columns, "")
        row.update(zip(header, (cell.strip() for cell in cells), strict=False))
        if empty := [column for column in required if not row[column]]:
            raise DataFileError(f"{name}, line {number}: column {empty[0]!r} is empty; fill it in or drop the line")
        rows.append(row)
    return rows


def _content_lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.rstrip("\r\n")


@cache
def load_table(name: str, columns: tuple[str, ...], required: tuple[str, ...] = ()) -> tuple[Row, ...]:
    """Load a table that ships with the library, once a process.

    Args:
        name: File name under ``policynlp/data``.
        columns: See `parse_table`.
        required: See `parse_table`.

    Returns:
        The rows; treat them as read-only.

    Raises:
        DataFileError: See `parse_table`.

    Example:
        >>> load_table("unit_scales.tsv", ("unit", "same_as", "factor", "example"))[0]["same_as"]
        '吨'
    """
    return tuple(parse_table(read_data(name), name, columns, required))


def read_data(name: str) -> str:
    """Return the text of a file that ships under ``policynlp/data``.

    Args:
        name: Its name there.

    Returns:
        All of it.

    Raises:
        FileNotFoundError: For an unknown name.

    Example:
        >>> "kind" in read_data("units.tsv")
        True
    """
    return (files(__name__) / name).read_text(encoding="utf-8")
