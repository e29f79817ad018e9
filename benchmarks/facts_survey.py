"""What the facts of many reports are made of, by frequency, and which numbers gave none: to be read, not kept.

    python benchmarks/facts_survey.py REPORTS_DIR OUT_FILE [--sample 600] [--top 300] [--seed 0]

OUT_FILE lists the most frequent units, bound words, indicator names, the words that modality, period and year rest on,
and the most frequent surroundings of numbers that gave no fact, each with its count and one place to look at.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import policynlp as pn
from policynlp.facts import find_facts, find_numbers
from policynlp.report import Report, Sentence
from policynlp.segment import segment

FIELDS = ("unit", "bound", "indicator", "modality", "period", "year", "measure")
Tables = dict[str, Counter[str]]


def add(report: Report, tables: Tables, places: dict[tuple[str, str], str]) -> None:
    """Count what one report holds."""
    for fact in report.facts:
        keys = {"unit": fact.unit, "indicator": fact.indicator, "indicator without id": fact.indicator}
        keys |= {name: fact.why.get(name, "") for name in FIELDS if name not in keys}
        if fact.indicator_id:
            del keys["indicator without id"]
        for name, key in keys.items():
            count(tables, places, name, key, f"{report.id} {fact.start}")
    for sentence in report.sentences:
        for start, pattern in unread(report, sentence):
            count(tables, places, "number without fact", pattern, f"{report.id} {start}")


def count(tables: Tables, places: dict[tuple[str, str], str], table: str, key: str, place: str) -> None:
    """Count one key, and note the first place that it was seen at."""
    tables.setdefault(table, Counter())[key] += 1
    places.setdefault((table, key), place)


def unread(report: Report, sentence: Sentence) -> Iterator[tuple[int, str]]:
    """The numbers of a sentence that gave no fact, each with the words next to it."""
    taken = [(f.start, f.end) for f in report.facts if f.sentence == sentence.id]
    for number in find_numbers(report.text, sentence.start, sentence.end):
        if any(start < number.end and number.start < end for start, end in taken):
            continue
        before = report.text[max(sentence.start, number.start - 2) : number.start]
        behind = report.text[number.end : min(sentence.end, number.end + 3)]
        yield number.start, f"{before}<{number.unit or '-'}>{behind}".replace("\n", "¶").replace("\t", " ")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sample", type=int, default=600)
    parser.add_argument("--top", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    paths = sorted(args.reports.rglob("*.txt"))
    paths = random.Random(args.seed).sample(paths, min(args.sample, len(paths)))
    tables: Tables = {}
    places: dict[tuple[str, str], str] = {}
    started = time.perf_counter()
    for path in paths:
        # Without labels: what is counted here does not hang on them, and labelling takes most of the time.
        add(find_facts(segment(pn.read_report(path))), tables, places)
    print(f"{len(paths)} reports in {time.perf_counter() - started:.0f} s, {tables['unit'].total()} facts")
    with args.out.open("w", encoding="utf-8") as out:
        for name, counter in tables.items():
            print(f"\n== {name}: {len(counter)} different, {counter.total()} in all", file=out)
            for key, n in counter.most_common(args.top):
                print(f"{n}\t{key}\t{places[name, key]}", file=out)


if __name__ == "__main__":
    main()
