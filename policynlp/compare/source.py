"""Where a comparison takes its facts from: labelled reports at hand, or the folder that ``policynlp label`` wrote."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policynlp.compare.errors import CompareError, CompareWarning
from policynlp.frames import ROWS, arrow_schema, arrow_table
from policynlp.read.places import gazetteer
from policynlp.report import Report

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# What the gazetteer gives for the last year of a name still in use.
_PRESENT = 9999
FORMATS = ("parquet", "jsonl", "csv")
FACT_COLUMNS = (
    "report_id",
    "sentence_id",
    "sentence_start",
    "start",
    "end",
    "text",
    "indicator",
    "measure",
    "value",
    "value_high",
    "unit",
    "bound",
    "modality",
    "role",
    "period",
    "fact_year",
    "ambiguous",
)
SENTENCE_COLUMNS = ("report_id", "sentence_id", "section_kind", "start", "text", "label")
REPORT_COLUMNS = ("report_id", "path", "region", "region_code", "level", "year", "characters", "sha256")


@dataclass
class Source:
    """The tables that a comparison works on.

    Attributes:
        reports: One row a report that takes part.
        facts: Their facts.
        sentences: Their sentences.
        notes: What the reader of the panel has to know, one line each.
    """

    reports: pd.DataFrame
    facts: pd.DataFrame
    sentences: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    def note(self, line: str) -> None:
        """Keep a line for the reader of the panel, and warn."""
        self.notes.append(line)
        warnings.warn(line, CompareWarning, stacklevel=4)

    def sentence(self, position: Any) -> str:
        """The sentence at a row of ``sentences``; empty for None, no number and -1, which stand for no sentence."""
        if position is None or position != position or position < 0:
            return ""
        return str(self.sentences["text"].iloc[int(position)])


def load_source(given: str | Path | Report | Iterable[Report]) -> Source:
    """Read facts and sentences of the reports to compare.

    Args:
        given: A folder that ``policynlp label`` wrote, or labelled reports.

    Returns:
        The tables, without the reports that cannot be placed; `Source.notes` names those.

    Raises:
        CompareError: Where there is nothing to compare, or what is given is no labelled report.
    """
    if isinstance(given, (str, Path)):
        tables = _from_folder(Path(given))
    else:
        tables = _from_reports([given] if isinstance(given, Report) else given)
    source = Source(*tables)
    _leave_out_unplaced(source)
    _leave_out_versions(source)
    if source.reports.empty:
        raise CompareError("no report is left to compare: each needs a region and a year; see the warnings above")
    return source


def _from_reports(reports: Iterable[Report]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    rows: dict[str, list[Any]] = {"reports": [], "facts": [], "sentences": []}
    count = 0
    for report in reports:
        count += 1
        if not isinstance(report, Report):
            raise CompareError(f"compare takes labelled Reports or a folder's path, not {type(report).__name__}")
        if not report.sentences:
            raise CompareError(f"report {report.id or count} is not labelled: give compare what nlp(report) returns")
        # A report given as a text has no file's name; place and year tell it from the others.
        report = report if report.id else report.with_(id=f"{report.level or 'report'}_{report.region}_{report.year}")
        for name, wanted in rows.items():
            wanted.extend(ROWS[name](report))
    if not count:
        raise CompareError("no reports given: compare takes labelled Reports or the folder of policynlp label")
    return (
        _frame(arrow_table("reports", rows["reports"]), REPORT_COLUMNS),
        _frame(arrow_table("facts", rows["facts"]), FACT_COLUMNS),
        _frame(arrow_table("sentences", rows["sentences"]), SENTENCE_COLUMNS),
    )


def _from_folder(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    if not folder.is_dir():
        raise CompareError(f"{folder}: no such folder; give the --out folder of policynlp label")
    kind = next((kind for kind in FORMATS if (folder / f"facts.{kind}").is_file()), None)
    if kind is None:
        raise CompareError(f"{folder}: no facts table in it; give the --out folder of policynlp label, or run it again")
    return (
        _read(folder, "reports", kind, REPORT_COLUMNS),
        _read(folder, "facts", kind, FACT_COLUMNS),
        _read(folder, "sentences", kind, SENTENCE_COLUMNS),
    )


def _read(folder: Path, table: str, kind: str, columns: Sequence[str]) -> pd.DataFrame:
    path = folder / f"{table}.{kind}"
    if not path.is_file():
        raise CompareError(f"{folder}: {path.name} is missing beside the facts; run policynlp label again")
    try:
        arrow = _READERS[kind](path, table, columns)
    except (ValueError, KeyError, OSError) as error:
        known = next((name for name in columns if name in str(error)), None)
        why = f"column {known!r} is missing or of another type" if known else f"it cannot be read ({error})"
        raise CompareError(
            f"{path}: {why}; it comes from another version of policynlp or is damaged: run policynlp label again"
        ) from error
    return _frame(arrow, columns)


def _read_parquet(path: Path, table: str, columns: Sequence[str]) -> pa.Table:
    import pyarrow.parquet as pq

    have = pq.read_schema(path).names
    if missing := [name for name in columns if name not in have]:
        raise KeyError(missing[0])
    return pq.read_table(path, columns=list(columns))


def _read_jsonl(path: Path, table: str, columns: Sequence[str]) -> pa.Table:
    with path.open(encoding="utf-8") as stream:
        rows = [{name: row[name] for name in columns} for row in map(json.loads, stream)]
    if table == "reports":
        rows = [{**row, "delivered_on": None} for row in rows]
    return arrow_table(table, rows)


def _read_csv(path: Path, table: str, columns: Sequence[str]) -> pa.Table:
    import pyarrow.compute as pc
    from pyarrow import csv

    schema = arrow_schema(table)
    options = csv.ConvertOptions(
        include_columns=list(columns),
        column_types={name: schema.field(name).type for name in columns},
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    parse = csv.ParseOptions(newlines_in_values=True)
    arrow = csv.read_csv(path, convert_options=options, parse_options=parse)
    # The writer shields a cell that a spreadsheet would take for a formula with an apostrophe.
    for name in ("text", "indicator"):
        if name in columns:
            bare = pc.replace_substring_regex(arrow[name], r"^'([=+\-@\t\r])", r"\1")
            arrow = arrow.set_column(arrow.schema.get_field_index(name), name, bare)
    return arrow


_READERS = {"parquet": _read_parquet, "jsonl": _read_jsonl, "csv": _read_csv}
# Columns with few values, which a category holds in a byte a row.
_CATEGORIES = ("measure", "unit", "bound", "modality", "role", "period", "section_kind", "label", "report_id")


def _frame(arrow: pa.Table, columns: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    arrow = arrow.select(list(columns))
    strings = pd.ArrowDtype(_string_type())
    frame = arrow.to_pandas(
        categories=[name for name in columns if name in _CATEGORIES and arrow.num_rows],
        types_mapper=lambda kind: strings if str(kind) in ("string", "large_string") else None,
    )
    frame["report_id"] = frame["report_id"].astype("category")
    return frame


def _string_type() -> pa.DataType:
    import pyarrow as pa

    return pa.string()


def _leave_out_unplaced(source: Source) -> None:
    reports = source.reports
    lost = reports[reports["region"].isna() | reports["year"].isna()]
    if len(lost):
        names = ", ".join(map(str, lost["report_id"][:5])) + (" …" if len(lost) > 5 else "")
        source.note(
            f"{len(lost)} reports without region or year are left out: {names}; "
            "name the file LEVEL_REGION_YEAR.txt or give Report.from_text(text, region=…, year=…)"
        )
    source.reports = reports.drop(lost.index).assign(year=lambda frame: frame["year"].astype("int64"))
    if source.reports["report_id"].duplicated().any():
        twice = source.reports.loc[source.reports["report_id"].duplicated(), "report_id"].iloc[0]
        raise CompareError(f"two reports have the id {twice!r}: rename one of the files and label again")


def _leave_out_versions(source: Source) -> None:
    """Keep one report a place and year, and say which."""
    reports = source.reports.assign(place=place_keys(source.reports))
    reports = reports.sort_values(["characters", "report_id"], ascending=[False, True], kind="stable")
    double = reports.duplicated(["place", "year"])
    for row in reports[double].itertuples():
        kept = reports[~double & (reports["place"] == row.place) & (reports["year"] == row.year)].iloc[0]
        same = "the same text" if kept["sha256"] == row.sha256 else "another text, shorter"
        source.note(
            f"{row.region} {row.year} has two reports: {kept['report_id']} is used, {row.report_id} ({same}) is set "
            "aside; give only the one that you want"
        )
    source.reports = reports[~double].sort_values(["place", "year"]).reset_index(drop=True)


def place_keys(reports: pd.DataFrame) -> pd.Series:
    """What tells places apart: the code, which outlives a change of name; without one, level and name."""
    named = reports["level"].astype(object).fillna("") + ":" + reports["region"].astype(object)
    return reports["region_code"].astype(object).where(reports["region_code"].notna(), named)


def note_changed_places(source: Source) -> None:
    """Note places that changed their name, and places that were merged into others: nothing is joined in silence.

    Args:
        source: The tables; one note each is added for what was renamed and for what was dissolved.

    Example:
        >>> from policynlp import compare, load_corpus
        >>> from dataclasses import replace
        >>> report = load_corpus("example").reports[0]
        >>> panel = compare([report.with_(region="崇文区", region_code="110103", year=2008)])
        >>> panel.notes[0].split(":")[0]
        '1 places no longer exist under their code'
    """
    named = source.reports[source.reports["region_code"].notna()].groupby("place")["region"]
    renamed = {str(code): list(dict.fromkeys(map(str, names))) for code, names in named if names.nunique() > 1}
    if renamed:
        shown = ", ".join(f"{code} {' → '.join(names)}" for code, names in list(renamed.items())[:3])
        source.note(
            f"{len(renamed)} places have reports under several names and are one place by their code: {shown}"
            f"{' …' if len(renamed) > 3 else ''}; give their reports different codes to keep them apart"
        )
    known = gazetteer().by_code
    ended = [known[str(code)] for code, _ in named if str(code) in known and known[str(code)].names[0][1] < _PRESENT]
    if ended:
        shown = ", ".join(f"{place.name} ({place.code}, to {place.names[0][1]})" for place in ended[:3])
        source.note(
            f"{len(ended)} places no longer exist under their code: {shown}{' …' if len(ended) > 3 else ''}; "
            "their reports are not joined with those of a successor: give both one code to join them"
        )


def note_gaps(source: Source) -> None:
    """Note reports without one of the year before or after: their targets or outcomes stay alone."""
    years = source.reports.groupby("place")["year"].agg(["min", "max", "count"])
    if len(years) == 1 and int(years["count"].iloc[0]) == 1:
        source.note("one report alone: its targets meet their outcomes only in the report of the year after")
    gaps = years[years["max"] - years["min"] + 1 > years["count"]]
    if len(gaps):
        missing = int((gaps["max"] - gaps["min"] + 1 - gaps["count"]).sum())
        names = {str(place): str(name) for place, name in source.reports.groupby("place")["region"].last().items()}
        source.note(
            f"{missing} reports are missing between the first and the last year of {len(gaps)} places "
            f"({', '.join(names[place] for place in gaps.index[:3])}{' …' if len(gaps) > 3 else ''}): "
            "outcomes of the years before the missing ones come from later reports or not at all"
        )
