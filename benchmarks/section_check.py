"""Check sections on the shared archive by reading the texts another way.

The segmenter weighs the words of every heading and sentence. This check knows nothing of that: it looks for three
fixed phrases whose place in a report is beyond doubt (the thanks that end a review, the year's list of expected
targets, the call at the very end) and asks which section they fell into, and it compares how often verbs of the
future and figures of growth stand in the parts called review and plan.

    python benchmarks/section_check.py ../shared/reports [--every N] [--verbose]
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

from policynlp.report import Report
from policynlp.segment import segment

NOT_FULL = re.compile("incomplete|abridged|摘要|press version|short|no closing call|part by the source")
TARGETS = re.compile(
    "(?:经济社会发展|经济和社会发展|经济发展|今年|明年|{year}年|全[市省县区]|今后五年)[^。]{{0,30}}"
    "(?:预期目标|主要目标|预期性?指标|奋斗目标)[^。]{{0,12}}(?:是|为|：|确定)"
)
THANKS = re.compile("表示(?:最|由)?(?:衷心|崇高|诚挚|亲切)[^。]{0,12}(?:感谢|敬意|问候)")
FUTURE = re.compile("必须|应当|[，。；]要|力争|确保|，加快|，加强|，支持|，鼓励|，推动|抓好")
PAST = re.compile("增长[0-9.]+%|荣获|入选|完成[^，。]{0,12}[0-9]|比上年|了[^解]|成效|顺利|累计")


def read_archive(shared: Path, every: int) -> Iterator[tuple[str, str]]:
    for archive in sorted((shared / "archive").glob("*.tar.xz")):
        with tarfile.open(archive) as tar:
            for number, member in enumerate(tar):
                data = tar.extractfile(member) if member.isfile() else None
                if data is not None and number % every == 0:
                    yield Path(member.name).stem, data.read().decode("utf-8")


def full_reports(shared: Path) -> set[str]:
    with (shared / "manifest.tsv").open(encoding="utf-8") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {Path(row["file"]).stem for row in rows if not NOT_FULL.search(row["notes"] or "")}


def kind_at(report: Report, offset: int) -> str:
    return next(section.kind for section in report.sections if section.start <= offset < section.end)


def faults_of(report: Report) -> list[str]:
    """What is wrong with a report's sections, as far as this check can see."""
    kinds = {section.kind for section in report.sections}
    faults = [f"no {kind}" for kind in ("review", "plan") if kind not in kinds]
    targets = re.compile(TARGETS.pattern.format(year=report.year))
    anchors = [m.start() for m in targets.finditer(report.text) if not re.search("完成|实现", m.group())]
    if anchors and all(kind_at(report, anchor) != "plan" for anchor in anchors):
        faults.append(f"targets stand in {kind_at(report, anchors[0])}")
    half = [m.start() for m in THANKS.finditer(report.text) if m.start() < 0.7 * len(report.text)]
    if half and all(kind_at(report, anchor) not in ("review", "problems") for anchor in half):
        faults.append(f"thanks stand in {kind_at(report, half[-1])}")
    words = {kind: "".join(report.text[s.start : s.end] for s in report.sections if s.kind == kind) for kind in kinds}
    if "review" in words and _future_share(words["review"]) > 0.5:
        faults.append("the review speaks of the future")
    if "plan" in words and _future_share(words["plan"]) < 0.4:
        faults.append("the plan speaks of the past")
    return faults


def _future_share(text: str) -> float:
    future, past = len(FUTURE.findall(text)), len(PAST.findall(text))
    return (future + 1) / (future + past + 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take one report in so many")
    parser.add_argument("--verbose", action="store_true", help="print each failure")
    options = parser.parse_args()
    full = full_reports(options.shared)
    counts: Counter[str] = Counter()
    seconds = characters = 0.0
    for name, text in read_archive(options.shared, options.every):
        report = Report.from_text(text, id=name, year=int(name.rsplit("_", 1)[1][:4]))
        begin = time.process_time()
        report = segment(report)
        seconds += time.process_time() - begin
        characters += len(text)
        faults = faults_of(report)
        group = "full" if name in full else "not full"
        counts[f"{group}: reports"] += 1
        counts[f"{group}: with a fault"] += bool(faults)
        counts[f"{group}: without review or plan"] += any(fault.startswith("no ") for fault in faults)
        for fault in faults:
            counts[f"{group}: {fault}"] += 1
        if faults and options.verbose:
            print(f"{name}\t{group}\t{'; '.join(faults)}")
    for key, count in sorted(counts.items()):
        print(f"{count:6}  {key}")
    print(f"{1e6 * seconds / characters:.2f} ms per 1,000 characters ({characters:.0f} characters)")


if __name__ == "__main__":
    main()
