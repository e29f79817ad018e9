"""What ``policynlp annotate export`` does, apart from its arguments."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from policynlp.annotate.documents import AnnotationError
from policynlp.annotate.exchange import export_documents
from policynlp.annotate.next import encoder, suggest
from policynlp.evaluate import GoldError, TextFinder, read_gold
from policynlp.evaluate.corpus import with_gold
from policynlp.pipeline import load
from policynlp.read import ReadError, find_files, read_report
from policynlp.report import Report


def export(
    paths: Sequence[Path],
    out: Path,
    format: str,
    texts: Path | None = None,
    model: str | None = None,
    count: int | None = None,
    by: str = "diversity",
    other: str | None = None,
    facts: bool = True,
) -> tuple[int, list[str]]:
    """Export reports that a model labels, or, with ``texts``, labelled sets.

    Args:
        paths: Reports or labelled sets.
        out: The file to write; it appears whole or not at all.
        format: One of `policynlp.annotate.FORMATS`.
        texts: Folder of the texts of labelled sets.
        model: See `policynlp.load`.
        count: How many sentences to choose; None exports all.
        by: How they are chosen; see `suggest`.
        other: The other model of ``disagreement``.
        facts: Whether to export facts.

    Returns:
        How many documents were written, and a line for each input that could not be read.

    Raises:
        GoldError: For an unusable labelled set, or where nothing could be read.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "city_云岭市_2024.txt").write_text("今年，我们要新建学校五所。\\n", encoding="utf-8")
        >>> export([folder], folder / "out.json", "label-studio", model="linear")
        (1, [])
    """
    if count is not None and by == "disagreement" and other is None:
        raise AnnotationError("--by disagreement needs the other model: give --other")
    if texts is not None:
        if count is not None:
            raise AnnotationError("--next chooses among unlabelled reports: give reports, without --texts")
        reports, trouble = list(_labelled(paths, texts)), list[str]()
    else:
        read, trouble = _read(paths)
        if not read:
            raise AnnotationError("; ".join(trouble) or "no report among the paths given")
        nlp = load(model)
        reports = list(nlp.pipe(read))
    chosen = None
    if count is not None:
        theirs = list(load(other).pipe(read)) if by == "disagreement" else None
        chosen = suggest(reports, count, by, theirs, encoder(nlp))
    return _write(reports, out, format, chosen, facts), trouble


def _labelled(paths: Sequence[Path], texts: Path) -> Iterable[Report]:
    finder = TextFinder(texts)
    for report_id, item in read_gold(*paths).items():
        report = finder.find(item)
        if report is None:
            raise GoldError(f"{next(item.spans).source}: no text of {report_id} in {texts}")
        yield with_gold(report, item)


def _read(paths: Sequence[Path]) -> tuple[list[Report], list[str]]:
    reports, trouble = [], []
    for file in find_files(paths, on_missing=lambda error: trouble.append(str(error))):
        try:
            reports.append(read_report(file))
        except ReadError as error:
            trouble.append(str(error))
    return reports, trouble


def _write(reports: Sequence[Report], out: Path, format: str, chosen: list[tuple[str, int]] | None, facts: bool) -> int:
    # Beside the target under another name first: a full disk leaves no half file behind that name.
    partial = out.with_name(f".{out.stem}.partial{out.suffix}")
    count = export_documents(reports, partial, format, chosen, facts)
    for made in sorted(out.parent.glob(f".{out.stem}.partial*")):
        os.replace(made, made.with_name(made.name.replace(f".{out.stem}.partial", out.stem, 1)))
    return count
