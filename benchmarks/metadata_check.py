"""Measure the metadata found in the text alone against the manifest of the shared archive.

Level, region (by code, since the manifest has present names) and year of all reports, each read from its text with the
file's name hidden, and of the ``as_found`` files read as files. Writes the wrong ones, each with the reason that
``metadata_reasons.tsv`` gives, to ``docs/metadata_errors.md``.

Usage: ``python benchmarks/metadata_check.py [SHARED] [--step N]``; SHARED is the folder ``shared`` beside the checkout.
"""

from __future__ import annotations

import argparse
import csv
import re
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from policynlp.data import parse_table
from policynlp.read import describe, read_report
from policynlp.read.clutter import find_body
from policynlp.read.places import gazetteer
from policynlp.report import Report

ROOT = Path(__file__).parents[1]
FIELDS = ("level", "region", "year")
Row = dict[str, str]


def manifest(shared: Path) -> dict[str, Row]:
    with open(shared / "reports" / "manifest.tsv", encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}


def archived(shared: Path, step: int) -> Iterator[tuple[str, str]]:
    """Name and text of every ``step``-th archived report."""
    for path in sorted((shared / "reports" / "archive").glob("*.tar.xz")):
        with tarfile.open(path) as archive:
            for i, member in enumerate(member for member in archive if member.isfile()):
                if i % step == 0:
                    yield Path(member.name).name, archive.extractfile(member).read().decode("utf-8")


def wrong_fields(report: Report, row: Row) -> Iterator[tuple[str, str, str]]:
    """Field, expected and found value of each wrong one."""
    codes = {place.code for place in gazetteer().named(row["region"])}
    if report.level != row["level"]:
        yield "level", row["level"], str(report.level)
    if report.region_code not in codes or (report.level != row["level"]):
        yield "region", row["region"], f"{report.region} ({report.region_code})"
    if str(report.year) != row["year"]:
        yield "year", row["year"], str(report.year)


def body_is_right(text: str, row: Row) -> bool | None:
    """Whether the body ends where the manifest's note says; None without a note."""
    note = re.search(r"report body ends at char ([\d,]+) of", row["notes"])
    if note is None:
        return None
    end, told = find_body(text)[1], int(note[1].replace(",", ""))
    return not text[min(end, told) : max(end, told)].strip(" \n\r\t-")


def check_archive(shared: Path, step: int) -> tuple[list[tuple[str, ...]], Counter[str]]:
    rows, wrong, counts = manifest(shared), [], Counter()
    for name, text in archived(shared, step):
        began = time.process_time()
        report = describe(Report.from_text(text))
        counts["microseconds"] += int(1e6 * (time.process_time() - began))
        counts["reports"] += 1
        counts["characters"] += len(text)
        counts["speaker"] += report.speaker is not None
        row = rows[name]
        if re.fullmatch(r"\d{4}-\d\d-\d\d", row["delivered"]):
            counts["dated"] += 1
            counts["date right"] += str(report.delivered_on) == row["delivered"]
        if (right := body_is_right(text, row)) is not None:
            counts["bodies"] += 1
            counts["body right"] += right
        wrong += [(name, *found) for found in wrong_fields(report, row)]
    return wrong, counts


def check_as_found(shared: Path) -> tuple[list[tuple[str, ...]], int]:
    """The messy files, read as files; their names tell place and year."""
    wrong, files = [], sorted((shared / "reports" / "as_found").glob("*.txt"))
    for path in files:
        level, region, year = path.stem.split("_")
        row = {"level": level, "region": region.removeprefix("南京市"), "year": year}
        report = read_report(path)
        wrong += [(f"as_found/{path.name}", *found) for found in wrong_fields(report, row)]
    return wrong, len(files)


def page(wrong: list[tuple[str, ...]], counts: Counter[str], found: int) -> str:
    table = parse_table(
        (ROOT / "benchmarks" / "metadata_reasons.tsv").read_text(encoding="utf-8"),
        "metadata_reasons.tsv",
        ("file", "reason"),
    )
    reasons = {row["file"]: row["reason"] for row in table}
    total, per_field = counts["reports"], Counter(item[1] for item in wrong if not item[0].startswith("as_found"))
    shares = "; ".join(f"{f} {100 - 100 * per_field[f] / total:.2f} % ({per_field[f]} wrong)" for f in FIELDS)
    lines = [
        "# Metadata read from the text alone: what is wrong and why",
        "",
        "Written by `python benchmarks/metadata_check.py`; do not edit. Every text of the shared archive is read with",
        "its file name hidden and compared with the manifest; regions are compared by code.",
        "",
        f"{total} reports: {shares}.",
        f"Day of delivery: right in {counts['date right']} of {counts['dated']} reports whose day the manifest knows.",
        f"Speaker: found in {counts['speaker']}.",
        f"End of the body: right in {counts['body right']} of {counts['bodies']} reports whose end the manifest notes.",
        f"`as_found`: {found} files, read as files, {sum(i[0].startswith('as_found') for i in wrong)} wrong fields.",
        "",
        "| file | field | expected | got | why |",
        "| --- | --- | --- | --- | --- |",
        *(f"| {' | '.join(item)} | {reasons.get(item[0], 'not explained yet')} |" for item in wrong),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", nargs="?", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--step", type=int, default=1, help="take every N-th report and write nothing")
    options = parser.parse_args()
    wrong, counts = check_archive(options.shared, options.step)
    messy, found = check_as_found(options.shared)
    text = page(wrong + messy, counts, found)
    if options.step == 1:
        (ROOT / "docs" / "metadata_errors.md").write_text(text, encoding="utf-8")
    print(text)
    print(f"describe: {counts['microseconds'] / counts['characters']:.3f} ms per 1,000 characters")


if __name__ == "__main__":
    main()
