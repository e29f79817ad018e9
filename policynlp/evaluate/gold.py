"""Labelled sets: JSON lines of sentences and facts, checked line by line, joined with their reports."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from policynlp.read import ReadError, find_files, read_report
from policynlp.report import BOUNDS, LABELS, MEASURES, MODALITIES, PERIODS, ROLES, Report

PathLike = str | Path
_CHOICES = {"measure": MEASURES, "bound": BOUNDS, "modality": MODALITIES, "period": PERIODS, "role": ROLES}
_NUMBERS = ("value", "value_high", "year")
_SHA256 = re.compile("[0-9a-f]{64}")
MANIFEST = "manifest.tsv"


class GoldError(ValueError):
    """A labelled set that cannot be used; the message names file, line and reason.

    Example:
        >>> import pytest
        >>> with pytest.raises(GoldError, match="no such"):
        ...     read_gold("nothing.jsonl")
    """


@dataclass(frozen=True, slots=True)
class GoldSentence:
    """One labelled sentence.

    Attributes:
        report_id: Of the report.
        start: Offset of its first character.
        end: Offset after its last character.
        label: One of `policynlp.report.LABELS`.
        text: The words; None where the file leaves them to the report.
        source: File and line, for messages.

    Example:
        >>> GoldSentence("city_云岭市_2024", 733, 781, "achievement").text is None
        True
    """

    report_id: str
    start: int
    end: int
    label: str
    text: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class GoldFact:
    """One labelled numeric fact; what the values mean is the guide's (``corpus/GUIDE.md``).

    Attributes:
        report_id: Of the report.
        sentence_start: Offset of the sentence that it stands in; None where the file does not say.
        start: Offset of its first character.
        end: Offset after its last character.
        indicator: The report's wording of what is measured.
        measure: ``level``, ``growth``, ``share``, ``change``, ``rank`` or ``qualitative``.
        value: In ``unit``; None for a qualitative one.
        value_high: The upper end of a range; else None.
        unit: With 万 and 亿 resolved: 元, 吨, %, 个百分点 …
        bound: ``ge``, ``gt``, ``le``, ``lt``, ``about``, ``range`` or ``eq``.
        modality: ``firm``, ``strive`` or ``expected``.
        period: ``annual``, ``average`` or ``cumulative``.
        role: ``target``, ``outcome`` or ``mention``.
        year: The year that it speaks of; None where nothing tells.
        text: The words; None where the file leaves them to the report.
        source: File and line, for messages.

    Example:
        >>> GoldFact("a", 0, 7, 9, "产值", "growth", 5, None, "%", "eq", "firm", "annual", "outcome", 2023).unit
        '%'
    """

    report_id: str
    sentence_start: int | None
    start: int
    end: int
    indicator: str
    measure: str
    value: float | None
    value_high: float | None
    unit: str
    bound: str
    modality: str
    period: str
    role: str
    year: int | None = None
    text: str | None = None
    source: str = ""


@dataclass(slots=True)
class GoldReport:
    """All that a labelled set says of one report.

    Attributes:
        report_id: Of the report.
        sentences: Labelled sentences.
        facts: Labelled facts.
        folders: The folders of the files that say it, where its text may lie.
        sha256: Of the text that was labelled; None where the files do not say.

    Example:
        >>> len(list(GoldReport("a", [GoldSentence("a", 0, 2, "other")]).spans))
        1
    """

    report_id: str
    sentences: list[GoldSentence] = field(default_factory=list)
    facts: list[GoldFact] = field(default_factory=list)
    folders: set[Path] = field(default_factory=set)
    sha256: str | None = None

    @property
    def spans(self) -> Iterator[GoldSentence | GoldFact]:
        """Sentences and facts."""
        yield from self.sentences
        yield from self.facts


def read_gold(*paths: PathLike) -> dict[str, GoldReport]:
    """Read labelled sets in the contract's format.

    Args:
        *paths: ``.jsonl`` files, or folders that hold some (searched through). A line with ``label`` is a sentence,
            one with ``indicator`` a fact; one file may hold both.

    Returns:
        What is labelled, by report id, in the order read.

    Raises:
        GoldError: For a missing file, a line that is no JSON object, a missing field, an unknown label or value, an
            offset that is none, two labels for one sentence, sentences that overlap, one fact twice or outside its
            sentence, or lines of one report that name different texts by their SHA-256.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "mine.jsonl"
        >>> _ = file.write_text('{"report_id": "a", "start": 0, "end": 4, "text": "现在报告", "label": "other"}')
        >>> read_gold(file)["a"].sentences[0].label
        'other'
    """
    gold: dict[str, GoldReport] = {}
    seen: dict[tuple[Any, ...], str] = {}
    for path in _gold_files(paths):
        for number, record in _records(path):
            where = f"{path}, line {number}"
            try:
                item = _sentence(record, where) if "label" in record else _fact(record, where)
            except (KeyError, TypeError, ValueError) as error:
                raise GoldError(f"{where}: {_reason(error)}") from error
            key = _identity(item)
            if key in seen:
                what = "sentence is labelled" if isinstance(item, GoldSentence) else "fact is given"
                raise GoldError(f"{where}: this {what} a second time; it stands already in {seen[key]}")
            seen[key] = where
            _add(gold, item, record.get("sha256"), path)
    if not gold:
        raise GoldError("no labelled sentence or fact in what was given; give .jsonl files or folders with some")
    for report in gold.values():
        check_together(report)
        # Labels that are published without the words are tied to their text by the manifest beside them.
        report.sha256 = report.sha256 or _hash_in_manifest(report)
    return gold


def check_together(report: GoldReport) -> None:
    """Check what no line shows alone.

    Args:
        report: What is labelled of a report.

    Raises:
        GoldError: For sentences that overlap, and for facts outside the sentence that they name.

    Example:
        >>> import pytest
        >>> twice = GoldReport("a", [GoldSentence("a", 0, 9, "other"), GoldSentence("a", 5, 12, "other")])
        >>> with pytest.raises(GoldError, match="overlaps"):
        ...     check_together(twice)
    """
    ordered = sorted(report.sentences, key=lambda item: item.start)
    for before, after in pairwise(ordered):
        if after.start < before.end:
            raise GoldError(
                f"{after.source}: the sentence at [{after.start}, {after.end}) overlaps that at "
                f"[{before.start}, {before.end}) of {before.source}"
            )
    ends = {item.start: item.end for item in ordered}
    for fact in report.facts:
        start = fact.sentence_start
        if start is None or not ends:
            continue
        if start not in ends:
            raise GoldError(f"{fact.source}: no labelled sentence of {report.report_id} starts at {start}")
        if not (start <= fact.start and fact.end <= ends[start]):
            raise GoldError(
                f"{fact.source}: the fact at [{fact.start}, {fact.end}) stands outside its sentence "
                f"[{start}, {ends[start]})"
            )


def _hash_in_manifest(report: GoldReport) -> str | None:
    """The SHA-256 that the manifest beside the files, or one folder up, gives for a report's text."""
    for folder in sorted(report.folders):
        for manifest in (folder / MANIFEST, folder.parent / MANIFEST):
            if found := _hashes(manifest).get(report.report_id):
                return found
    return None


@lru_cache(maxsize=8)
def _read_hashes(manifest: Path, changed: float) -> dict[str, str]:
    with open(manifest, encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return {row["report_id"]: row["sha256"] for row in rows if row.get("report_id") and row.get("sha256")}


def _hashes(manifest: Path) -> dict[str, str]:
    return _read_hashes(manifest, manifest.stat().st_mtime) if manifest.is_file() else {}


def _gold_files(paths: Iterable[PathLike]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            found = sorted(path.rglob("*.jsonl"))
            if not found:
                raise GoldError(f"{path}: no .jsonl file in this folder")
            yield from found
        elif path.is_file():
            yield path
        else:
            raise GoldError(f"{path}: no such file or folder")


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with open(path, encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    record = json.loads(line)
                except (json.JSONDecodeError, RecursionError) as error:
                    raise GoldError(f"{path}, line {number}: not one JSON object a line: {error}") from error
                if not isinstance(record, dict):
                    raise GoldError(f"{path}, line {number}: a JSON object is needed, not {type(record).__name__}")
                yield number, record
    except UnicodeDecodeError as error:
        raise GoldError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    except OSError as error:
        raise GoldError(f"{path}: {error.strerror or error}") from error


def _sentence(record: Mapping[str, Any], where: str) -> GoldSentence:
    label = record["label"]
    if label not in LABELS:
        raise ValueError(f"unknown label {label!r}; known are {', '.join(LABELS)}")
    return GoldSentence(**_span(record), label=label, source=where)


def _fact(record: Mapping[str, Any], where: str) -> GoldFact:
    if "indicator" not in record:
        raise ValueError("neither a label (sentence) nor an indicator (fact)")
    for name, known in _CHOICES.items():
        value = record[name]
        if value not in known:
            raise ValueError(f"unknown {name} {value!r}; known are {', '.join(known)}")
    for name in _NUMBERS:
        value = record.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise ValueError(f"{name} {value!r} is no number")
        if value is not None and not math.isfinite(value):
            raise ValueError(f"{name} {value!r} is not finite")
    if record.get("value") is None and record["measure"] != "qualitative":
        raise ValueError("value is null, which only a qualitative fact may have")
    for name in ("sentence_start", "year"):
        if record.get(name) is not None and not isinstance(record[name], int):
            raise ValueError(f"{name} {record[name]!r} is no whole number")
    if not isinstance(record["indicator"], str) or not isinstance(record.get("unit") or "", str):
        raise ValueError("indicator and unit must be strings")
    return GoldFact(
        **_span(record),
        sentence_start=record.get("sentence_start"),
        indicator=record["indicator"],
        measure=record["measure"],
        value=record.get("value"),
        value_high=record.get("value_high"),
        unit=record.get("unit") or "",
        bound=record["bound"],
        modality=record["modality"],
        period=record["period"],
        year=record.get("year"),
        role=record["role"],
        source=where,
    )


def _span(record: Mapping[str, Any]) -> dict[str, Any]:
    report_id, start, end, text = record["report_id"], record["start"], record["end"], record.get("text")
    if not isinstance(report_id, str) or not report_id:
        raise ValueError(f"report_id {report_id!r} is no name")
    if any(isinstance(x, bool) or not isinstance(x, int) for x in (start, end)) or not 0 <= start < end:
        raise ValueError(f"start {start!r} and end {end!r} are no offsets; 0 <= start < end is needed")
    if text is not None and (not isinstance(text, str) or len(text) != end - start):
        raise ValueError(f"text has {len(str(text))} characters, start and end span {end - start}")
    sha256 = record.get("sha256")
    if sha256 and not (isinstance(sha256, str) and _SHA256.fullmatch(sha256)):
        raise ValueError(f"sha256 {sha256!r} is none: 64 digits 0-9a-f are needed")
    return {"report_id": report_id, "start": start, "end": end, "text": text}


def _reason(error: Exception) -> str:
    return f"field {error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)


def _identity(item: GoldSentence | GoldFact) -> tuple[Any, ...]:
    if isinstance(item, GoldSentence):
        return ("sentence", item.report_id, item.start)
    return ("fact", item.report_id, item.start, item.end, item.indicator, item.value, item.value_high)


def _add(gold: dict[str, GoldReport], item: GoldSentence | GoldFact, sha256: Any, path: Path) -> None:
    report = gold.setdefault(item.report_id, GoldReport(item.report_id))
    (report.sentences if isinstance(item, GoldSentence) else report.facts).append(item)  # type: ignore[arg-type]
    report.folders.add(path.parent)
    if sha256 and report.sha256 not in (None, sha256):
        raise GoldError(
            f"{item.source}: sha256 differs from that of earlier lines of {item.report_id}: labels of two versions of "
            "its text"
        )
    report.sha256 = sha256 or report.sha256


class TextFinder:
    """Finds the text that a labelled report speaks of.

    Args:
        texts: Folders or files of reports, or `Report` objects, or None; the folders of the gold files are looked
            through in any case.

    Raises:
        GoldError: For a path that does not exist.

    Example:
        >>> TextFinder([Report.from_text("好。", id="a")]).find(GoldReport("a")).text
        '好。'
    """

    def __init__(self, texts: PathLike | Report | Sequence[PathLike | Report] | None = None) -> None:
        given = [texts] if isinstance(texts, (str, Path, Report)) else list(texts or ())
        self._reports = [item for item in given if isinstance(item, Report)]
        self._files: dict[str, list[Path]] = {}
        for path in (item for item in given if not isinstance(item, Report)):
            if not Path(path).exists():
                raise GoldError(f"{path}: no such folder or file of texts")
            self._index(Path(path))
        self._beside: set[Path] = set()

    def _index(self, folder: Path) -> None:
        for file in find_files(folder):
            self._files.setdefault(Path(file).stem, []).append(Path(file))

    def find(self, gold: GoldReport) -> Report | None:
        """The report whose text the labels fit.

        Args:
            gold: What is labelled of it.

        Returns:
            The report as read, without layers; None where no text of that name is at hand.

        Raises:
            GoldError: Where texts of that name are at hand and the labels fit none of them.

        Example:
            >>> TextFinder().find(GoldReport("a")) is None
            True
        """
        for folder in gold.folders - self._beside:
            self._beside.add(folder)
            self._index(folder)
        reports = [partial(_same, report) for report in self._reports if report.id == gold.report_id]
        files = [partial(read_report, file) for file in self._files.get(gold.report_id, ())]
        trouble = ""
        for get in [*reports, *files]:
            try:
                report = get()
            except ReadError as error:
                trouble = trouble or str(error)
                continue
            misfit = misfit_of(report, gold)
            if not misfit:
                return report
            trouble = trouble or misfit
        if trouble:
            raise GoldError(trouble)
        return None


def _same(report: Report) -> Report:
    return report


def misfit_of(report: Report, gold: GoldReport) -> str:
    """Say why labels do not belong to this version of a text; empty where they do.

    Args:
        report: A report at hand.
        gold: Labels by offset.

    Returns:
        One line that names file, line and reason.

    Example:
        >>> report = Report.from_text("好。", id="a")
        >>> misfit_of(report, GoldReport("a", [GoldSentence("a", 0, 2, "other", "好。")]))
        ''
        >>> misfit_of(report, GoldReport("a", [GoldSentence("a", 0, 9, "other", source="a.jsonl, line 1")]))
        'a.jsonl, line 1: end 9 lies behind the end of report a, another version of the text'
    """
    name = report.path or f"report {report.id}"
    if gold.sha256 and gold.sha256 != report.sha256:
        where = next((f"{item.source}: " for item in gold.spans if item.source), "")
        return f"{where}{name} is another version of the text than was labelled (sha256 differs)"
    for item in gold.spans:
        if item.end > len(report.text):
            return f"{item.source}: end {item.end} lies behind the end of {name}, another version of the text"
        if item.text is not None and report.text[item.start : item.end] != item.text:
            return f"{item.source}: {name} holds other words at [{item.start}, {item.end}), another version of the text"
    return ""
