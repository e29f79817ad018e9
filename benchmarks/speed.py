"""Speed of reading, segmenting and facts, next to jieba's own segmentation of the same texts in the same run.

    python benchmarks/speed.py FOLDER [--reports 60]

Prints milliseconds per 1,000 characters on one core, and the ratio to `jieba.cut`, which only splits into words. The
classifier is timed too, but labels are set from section kinds before the facts, so that its time is not in theirs.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import jieba

from policynlp import load, read_report
from policynlp.facts import find_facts
from policynlp.read import find_files
from policynlp.segment import segment

T = TypeVar("T")


def timed(spent: dict[str, float], step: str, work: Callable[[], T]) -> T:
    start = time.perf_counter()
    result = work()
    spent[step] = spent.get(step, 0.0) + time.perf_counter() - start
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reports", type=int, default=60, help="sample size; the same reports every time")
    options = parser.parse_args()
    files = list(find_files([options.folder]))
    sample = sorted(random.Random(0).sample(files, min(options.reports, len(files))))
    nlp = load()
    jieba.initialize()
    nlp(read_report(sample[0]))  # tables and dictionaries are loaded once, outside the timing
    spent: dict[str, float] = {}
    characters = facts = 0
    for path in sample:
        report = timed(spent, "read", lambda path=path: read_report(path))
        report = timed(spent, "segment", lambda report=report: segment(report))
        (report,) = timed(spent, "classify", lambda report=report: nlp.classifier.label([report]))
        report = timed(spent, "facts", lambda report=report: find_facts(report))
        timed(spent, "jieba.cut", lambda report=report: sum(1 for _ in jieba.cut(report.text)))
        characters += len(report.text)
        facts += len(report.facts)
    per = {step: seconds * 1000 / (characters / 1000) for step, seconds in spent.items()}
    per["read + segment + facts"] = per["read"] + per["segment"] + per["facts"]
    print(f"{len(sample)} reports, {characters} characters, {facts} facts; model {nlp.name}")
    print("| step | ms per 1,000 characters | times jieba.cut |\n| --- | --: | --: |")
    for step, value in per.items():
        print(f"| {step} | {value:.2f} | {value / per['jieba.cut']:.2f} |")


if __name__ == "__main__":
    main()
