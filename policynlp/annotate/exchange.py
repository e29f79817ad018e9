"""Export to and import from files of annotation programs: all checks before anything is written."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from policynlp.annotate import doccano, label_studio, tables
from policynlp.annotate.documents import AnnotationError, Document, documents, to_gold
from policynlp.evaluate import GoldFact, GoldReport, GoldSentence, TextFinder
from policynlp.plugins import ANNOTATION_FORMATS, plugins
from policynlp.report import Report

PathLike = str | Path


@dataclass(frozen=True, slots=True)
class Format:
    """A format of an annotation program.

    Attributes:
        ending: Of its files.
        dump: Writes documents to a file; further files beside it must begin with the file's name without its ending.
        load: Reads back what people made of it; raises `AnnotationError` with file, line and reason.

    Example:
        >>> FORMATS["doccano"].ending
        '.jsonl'
    """

    ending: str
    dump: Callable[[Iterable[Document], Path], None]
    load: Callable[[Path], list[Document]]


FORMATS = {
    "label-studio": Format(".json", label_studio.dump, label_studio.load),
    "doccano": Format(".jsonl", doccano.dump, doccano.load),
    "csv": Format(".csv", tables.dump_csv, tables.load_csv),
    "excel": Format(".xlsx", tables.dump_excel, tables.load_excel),
}


def export_documents(
    reports: Iterable[Report],
    path: PathLike,
    format: str,
    chosen: Sequence[tuple[str, int]] | None = None,
    facts: bool = True,
) -> int:
    """Write labelled or pre-labelled reports for an annotation program.

    Args:
        reports: Reports with labels: of a corpus (written as labels) or of a model (written as predictions).
        path: The file to write; for Label Studio the configuration of the project comes beside it.
        format: One of `FORMATS`, or one that an installed package adds (`policynlp.plugins`).
        chosen: Report id and start of the sentences to show; None shows reports whole.
        facts: Whether to write facts too.

    Returns:
        How many documents were written.

    Raises:
        AnnotationError: For an unknown format.
        ValueError: For a chosen sentence that no report has.

    Example:
        >>> import tempfile
        >>> from policynlp import load
        >>> report = load("linear")(Report.from_text("今年，我们要新建学校五所。", id="a"))
        >>> export_documents([report], Path(tempfile.mkdtemp()) / "out.csv", "csv")
        1
    """
    given = list(documents(reports, chosen))
    if not facts:
        given = [replace(document, facts=[]) for document in given]
    _format(format).dump(given, Path(path))
    return len(given)


def import_documents(
    path: PathLike,
    format: str,
    reader: str | None = None,
    texts: PathLike | Report | Sequence[PathLike | Report] | None = None,
    facts: bool = True,
) -> dict[str, GoldReport]:
    """Read what an annotation program exported, as a labelled set.

    Args:
        path: The file.
        format: One of `FORMATS`, or one that an installed package adds (`policynlp.plugins`).
        reader: Whose labels to take, where several labelled.
        texts: Folders or files of reports to hold the labels against; None trusts the words in the file.
        facts: Whether to take facts too.

    Returns:
        What is labelled, by report id.

    Raises:
        AnnotationError: For a file that cannot be used whole; the message names line and reason.
        GoldError: Where a text of ``texts`` is another version than was labelled.

    Example:
        >>> import tempfile
        >>> from policynlp import load
        >>> file = Path(tempfile.mkdtemp()) / "out.csv"
        >>> _ = export_documents([load("linear")(Report.from_text("今年，我们要新建学校五所。", id="a"))], file, "csv")
        >>> gold = import_documents(file, "csv")
        >>> [(sentence.start, sentence.end, sentence.label) for sentence in gold["a"].sentences]
        [(0, 13, 'commitment')]
    """
    file = Path(path)
    if not file.is_file():
        raise AnnotationError(f"{file}: no such file")
    if format in ("label-studio", "doccano", "csv") and zipfile.is_zipfile(file):
        raise AnnotationError(f"{file}: {_packed(file)}")
    gold = to_gold(_format(format).load(file), reader)
    if not facts:
        gold = {key: replace(item, facts=[]) for key, item in gold.items()}
    if texts is not None:
        finder = TextFinder(texts)
        for report_id, item in gold.items():
            if finder.find(item) is None:
                raise AnnotationError(f"{next(item.spans).source}: no text of {report_id} among the texts given")
    return gold


def _packed(file: Path) -> str:
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    if "xl/workbook.xml" in names:
        return "an Excel workbook; import it in the format excel"
    return f"an archive; unpack it and give a file of it: {', '.join(names)}"


def write_gold(gold: Mapping[str, GoldReport], path: PathLike) -> None:
    """Write a labelled set in the contract's format: all of it or nothing.

    Args:
        gold: What is labelled, by report id.
        path: A ``.jsonl`` file.

    Raises:
        OSError: Where the file cannot be written; an earlier one is then still whole.

    Example:
        >>> import tempfile
        >>> from policynlp.evaluate import GoldSentence
        >>> file = Path(tempfile.mkdtemp()) / "mine.jsonl"
        >>> write_gold({"a": GoldReport("a", [GoldSentence("a", 0, 2, "other", text="好。")])}, file)
        >>> file.read_text(encoding="utf-8")
        '{"report_id": "a", "start": 0, "end": 2, "label": "other", "text": "好。"}\\n'
    """
    lines = []
    for item in gold.values():
        for span in sorted(item.spans, key=lambda span: (span.start, isinstance(span, GoldFact), span.end)):
            lines.append(json.dumps(_record(span, item.sha256), ensure_ascii=False))
    target = Path(path)
    partial = target.with_name(target.name + ".partial")
    partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    os.replace(partial, target)


def _record(span: GoldSentence | GoldFact, sha256: str | None) -> dict[str, object]:
    plain = {key: value for key, value in asdict(span).items() if key != "source"}
    if plain["text"] is None:
        del plain["text"]
    return {**plain, "sha256": sha256} if sha256 else plain


def _format(name: str) -> Format:
    added = plugins(ANNOTATION_FORMATS)
    if name in FORMATS:
        return FORMATS[name]
    if name not in added:
        raise AnnotationError(f"unknown format {name!r}; known are {', '.join([*FORMATS, *added])}")
    given = added[name].load()
    if not isinstance(given, Format):
        raise added[name].error(f"is a {type(given).__name__}, not a policynlp.annotate.Format")
    return given
