"""Speed and size of the linear model on segmented reports, next to jieba's own time for the same text.

python benchmarks/linear.py FOLDER [--reports 50]
"""

from __future__ import annotations

import argparse
import resource
import time
from itertools import islice
from pathlib import Path

import jieba

from policynlp.classify import load_classifier
from policynlp.classify.load import shipped_folder
from policynlp.read import find_files, read_report
from policynlp.segment import segment


def main() -> None:
    """Print one line a measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reports", type=int, default=50)
    given = parser.parse_args()
    reports = [segment(read_report(path)) for path in islice(find_files(given.folder), given.reports)]
    thousands = sum(len(report.text) for report in reports) / 1000
    sentences = sum(len(report.sentences) for report in reports)
    started = time.perf_counter()
    model = load_classifier("linear")
    loaded = time.perf_counter()
    jieba.lcut("各位代表", HMM=False)  # its dictionary is not what is measured
    model.label(reports[:1])
    begin = time.perf_counter()
    for report in reports:
        jieba.lcut(report.text, HMM=False)
    cut = time.perf_counter()
    model.label(reports)
    end = time.perf_counter()
    folder = shipped_folder("linear")
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6 if folder else 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{model.name}: {size:.1f} MB, loads in {loaded - started:.2f} s, peak memory {peak:.0f} MB")
    print(f"{len(reports)} reports, {sentences} sentences, {thousands:.0f} thousand characters")
    print(f"labels {1000 * (end - cut) / thousands:.2f} ms and {sentences / (end - cut):.0f} sentences/s; ", end="")
    print(f"jieba alone {1000 * (cut - begin) / thousands:.2f} ms per 1,000 characters")


if __name__ == "__main__":
    main()
