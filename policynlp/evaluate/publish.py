"""Publishing labels without the labelled texts: offsets, labels and facts, tied to a text by its SHA-256."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from policynlp.evaluate.corpus import MANIFEST, MANIFEST_COLUMNS
from policynlp.evaluate.gold import GoldError, GoldFact, GoldReport, GoldSentence, PathLike, TextFinder
from policynlp.report import Report


def publish(
    gold: Sequence[GoldReport],
    texts: PathLike | Report | Sequence[PathLike | Report],
    out: PathLike,
    split: Callable[[Report], str],
    reader: Callable[[str], str] = lambda report_id: "",
    coverage: Callable[[str], str] = lambda report_id: "whole",
) -> None:
    """Write labels by offset, without the words of the texts, with a manifest that names each text by its SHA-256.

    Args:
        gold: What is labelled; see `read_gold`.
        texts: Folders or files of reports, or `Report` objects.
        out: Folder to write: ``manifest.tsv`` and, in one folder a split, two files a report.
        split: Gives the name of a report's split.
        reader: Gives who labelled a report.
        coverage: Gives ``whole`` or ``passages``, what of the report is labelled.

    Raises:
        GoldError: Where a text is not at hand or is of another version than was labelled; nothing is written then.

    Example:
        >>> import tempfile
        >>> from policynlp.evaluate.gold import GoldSentence
        >>> gold = GoldReport("a", [GoldSentence("a", 0, 2, "other")])
        >>> out = Path(tempfile.mkdtemp())
        >>> publish([gold], Report.from_text("好。", id="a"), out, split=lambda report: "dev")
        >>> sorted(path.name for path in out.rglob("*.*"))
        ['a.sentences.jsonl', 'manifest.tsv']
    """
    finder = TextFinder(texts)
    joined = []
    for item in gold:
        report = finder.find(item)
        if report is None:
            raise GoldError(f"{next(item.spans).source}: no text of {item.report_id} at hand")
        joined.append((item, report))
    rows = []
    for item, report in sorted(joined, key=lambda pair: pair[0].report_id):
        part = split(report)
        for kind, spans in (("sentences", item.sentences), ("facts", item.facts)):
            if spans:
                path = Path(out) / part / f"{item.report_id}.{kind}.jsonl"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("".join(map(_line, sorted(spans, key=_order))), encoding="utf-8")
        rows.append(
            (
                *(item.report_id, report.level, report.region, report.region_code, report.year, report.sha256),
                *(part, coverage(item.report_id), reader(item.report_id), len(item.sentences), len(item.facts)),
            )
        )
    with open(Path(out) / MANIFEST, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(MANIFEST_COLUMNS)
        table.writerows(rows)


def _order(item: GoldSentence | GoldFact) -> tuple[int, int]:
    return item.start, item.end


def _line(item: GoldSentence | GoldFact) -> str:
    plain = {key: value for key, value in asdict(item).items() if key not in ("text", "source")}
    return json.dumps(plain, ensure_ascii=False) + "\n"
