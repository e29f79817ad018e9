"""A panel as a file: the ending says the format."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policynlp.compare.errors import CompareError
from policynlp.compare.panel import Panel, compare
from policynlp.frames import shielded
from policynlp.show.panel_html import write_html

if TYPE_CHECKING:
    import pandas as pd

# What a column holds, for Stata's variable labels and the workbook's header notes; at most 80 characters.
LABELS = {
    "region": "地区 place as named in the year",
    "region_code": "行政区划代码 administrative division code",
    "level": "层级 national, province, city or county",
    "indicator_id": "指标代码 id in the indicator catalogue",
    "indicator": "指标 indicator",
    "measure": "口径 level, growth, share, change or rank",
    "unit": "单位 unit of target, outcome and gap",
    "year": "年份 year promised for",
    "target": "目标值 target (low end of a range)",
    "target_high": "目标上限 high end of a target range",
    "target_bound": "目标界限 ge gt le lt about range eq",
    "target_modality": "目标语气 firm, strive or expected",
    "target_text": "目标原文 target as worded",
    "target_status": "目标状态 stated, qualitative or not_found",
    "target_report_id": "目标报告 report of the target",
    "target_start": "目标起点 offset in that report",
    "target_end": "目标终点 offset in that report",
    "outcome": "实绩值 outcome",
    "outcome_high": "实绩上限 high end of an outcome range",
    "outcome_bound": "实绩界限 ge gt le lt about range eq",
    "outcome_text": "实绩原文 outcome as worded",
    "outcome_report_id": "实绩报告 report of the outcome",
    "outcome_start": "实绩起点 offset in that report",
    "outcome_end": "实绩终点 offset in that report",
    "gap": "差距 outcome less target",
    "verdict": "判定 met, missed, no_outcome, no_target or unclear",
}
# Limits of the xlsx format.
_SHEET_ROWS = 1_048_576
_SHEET_LINKS = 65_530
_CELL_CHARACTERS = 32_767


def compare_files(
    directory: str | Path, out: str | Path, about: float = 0.05, catalogue: Iterable[str] | None = None
) -> Panel:
    """What ``policynlp compare DIR --out FILE`` does.

    Args:
        directory: The folder that ``policynlp label`` wrote.
        out: The panel's file; its ending says the format.
        about: What 左右 tolerates, as a share of the target.
        catalogue: Files or names of indicators; see `policynlp.facts.choose_catalogue`. Empty for the library's own.

    Returns:
        The panel that was written; its ``notes`` are for stderr.

    Raises:
        CompareError: For an ending that is not known (before any work is done), or a folder that cannot be compared.
        OSError: Where the file cannot be written.

    Example:
        >>> import tempfile
        >>> from policynlp.batch import RunOptions, label_files
        >>> from policynlp.evaluate.corpus import shipped
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = label_files([shipped("example")], folder, RunOptions(model="linear", workers=1))
        >>> panel = compare_files(folder, folder / "panel.csv")
        >>> (folder / "panel.csv").read_text(encoding="utf-8-sig").startswith("region,region_code,level")
        True
    """
    path = Path(out)
    _writer(path)
    if not path.absolute().parent.is_dir():
        raise CompareError(f"{path.parent}: no such folder; make it first")
    panel = compare(directory, about=about, catalogue=catalogue or None)
    write_panel(panel, path)
    return panel


def write_panel(panel: Panel, path: Path) -> None:
    """Write a panel, under a temporary name first.

    Args:
        panel: The panel.
        path: The file; its ending says the format.

    Raises:
        CompareError: For an ending that is not known.
        ImportError: Where the format needs an extra that is not installed; says which.
        OSError: Where the file cannot be written; an earlier file is then still whole.

    Example:
        >>> import tempfile
        >>> from policynlp import Report, compare, load
        >>> plan = load("linear")(Report.from_text("今年，粮食产量要达到30万吨以上。", region="云岭市", year=2024))
        >>> file = Path(tempfile.mkdtemp()) / "panel.jsonl"
        >>> write_panel(compare([plan]), file)
        >>> "grain_output" in file.read_text(encoding="utf-8")
        True
    """
    write = _writer(path)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        write(panel, temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _writer(path: Path) -> Callable[[Panel, Path], None]:
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise CompareError(f"{path.name}: no format for this ending; use one of {', '.join(WRITERS)}")
    return write


def _csv(panel: Panel, path: Path) -> None:
    frame = panel.to_frame()
    for name in frame.select_dtypes(object):
        frame[name] = frame[name].map(shielded, na_action="ignore")
    # The byte order mark makes Excel read UTF-8; pandas, R and Stata skip it.
    frame.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _jsonl(panel: Panel, path: Path) -> None:
    frame = panel.to_frame().astype(object)
    frame = frame.where(frame.notna(), None)
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for row in frame.to_dict("records"):
            stream.write(json.dumps(row, ensure_ascii=False, default=int) + "\n")


def _parquet(panel: Panel, path: Path) -> None:
    panel.to_frame().to_parquet(path, index=False, compression="zstd")


def _dta(panel: Panel, path: Path) -> None:
    frame = _plain(panel.to_frame())
    # Version 118 is the first that holds UTF-8; Stata 14 and later read it.
    frame.to_stata(path, write_index=False, version=118, variable_labels=LABELS, data_label="policynlp panel")


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Types that Stata has: no nullable integers, no missing strings."""
    import pandas as pd

    for name in frame:
        if isinstance(frame[name].dtype, pd.Int64Dtype):
            whole = frame[name].notna().all()
            frame[name] = frame[name].astype("int32" if whole else "float64")
        elif frame[name].dtype == object:
            frame[name] = frame[name].fillna("").map(lambda text: str(text).replace("\0", ""))
    return frame


def _xlsx(panel: Panel, path: Path) -> None:
    try:
        import xlsxwriter
    except ImportError as error:
        raise ImportError("Excel files need XlsxWriter: pip install 'policynlp[excel]'") from error
    frame = panel.to_frame()
    if len(frame) >= _SHEET_ROWS:
        raise CompareError(f"{len(frame)} rows are more than an Excel sheet holds; write .csv, .dta or .parquet")
    # Text is written as text: nothing from a report becomes a formula or an outside link.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        bold, link = book.add_format({"bold": True}), book.add_format({"font_color": "blue", "underline": 1})
        sheet, notes = book.add_worksheet("panel"), book.add_worksheet("sentences")
        _header(sheet, list(map(str, frame)), bold, len(frame))
        _header(notes, ["report_id", "start", "sentence"], bold, 0)
        notes.set_column(2, 2, 120)
        _cells(sheet, notes, panel, frame, link)


def _header(sheet: Any, names: list[str], bold: Any, rows: int) -> None:
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
        if name in LABELS:
            sheet.write_comment(0, column, LABELS[name])
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, rows, len(names) - 1)
        sheet.set_column(0, len(names) - 1, 13)


def _cells(sheet: Any, notes: Any, panel: Panel, frame: pd.DataFrame, link: Any) -> None:
    import pandas as pd

    places: dict[int, int] = {}
    links = 0
    positions = {f"{side}_text": panel.rows[f"{side}_sentence"].to_numpy() for side in ("target", "outcome")}
    for row, values in enumerate(frame.itertuples(index=False, name=None)):
        for column, (name, value) in enumerate(zip(frame.columns, values, strict=True)):
            if pd.isna(value):
                continue
            if not isinstance(value, str):
                sheet.write_number(row + 1, column, float(value))
                continue
            position = positions[name][row] if name in positions else -1
            if position >= 0 and links < _SHEET_LINKS:
                line = _noted(notes, panel, places, int(position), frame.iloc[row][name.replace("text", "report_id")])
                sheet.write_url(row + 1, column, f"internal:'sentences'!C{line + 1}", link, string=value[:255])
                links += 1
            else:
                sheet.write_string(row + 1, column, value[:_CELL_CHARACTERS])


def _noted(notes: Any, panel: Panel, places: dict[int, int], position: int, report: str) -> int:
    """The line of a sentence on its own sheet, written there on first use."""
    if position not in places:
        line = places[position] = len(places) + 1
        notes.write_string(line, 0, str(report))
        notes.write_number(line, 1, panel.sentence_start(position))
        notes.write_string(line, 2, panel.sentence(position)[:_CELL_CHARACTERS])
    return places[position]


WRITERS: dict[str, Callable[[Panel, Path], None]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".dta": _dta,
    ".parquet": _parquet,
    ".jsonl": _jsonl,
    ".html": write_html,
}
