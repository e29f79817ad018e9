"""What the classifier reads: scores where headings are taken away, paragraphs shuffled, or sentences stand alone.

python benchmarks/context_test.py TEXTS… [--model bert] [--labels benchmarks/unseen_passages]

Scored are the labelled sentences of reports whose labels the model has not learnt from. *Shuffled* exchanges the
paragraphs of a report that carry no heading with one another, all over the report, so that most of them stand under a
section that is not theirs. The readers' labels stay as they are, though a reader would now and then give another one:
what rests on the section alone must fall, so no model can reach its usual score. *Section alone* gives each sentence
the label that its section stands for, without reading it.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from sklearn.metrics import f1_score

import policynlp as pn
from policynlp.report import LABELS, Report
from policynlp.train.linear import load_items
from policynlp.train.weak import SECTION_LABELS

Truth = dict[int, str]  # start of a sentence -> its label
Case = tuple[Report, Truth]
REPEATS = 500


def shuffled(report: Report, truth: Truth, seed: int = 0) -> Case:
    """The report's text with paragraphs exchanged, and where its labelled sentences stand now."""
    headed = [heading.start for heading in report.headings]
    loose = [p for p in report.paragraphs if not any(p.start <= start < p.end for start in headed)]
    order = random.Random(seed).sample(loose, len(loose))
    moved = dict(zip(loose, order, strict=True))
    text, new, last = [], {}, 0
    for paragraph in report.paragraphs:
        source = moved.get(paragraph, paragraph)
        text.append(report.text[last : paragraph.start])
        begins = sum(map(len, text))
        text.append(report.text[source.start : source.end])
        new |= {begins + s - source.start: label for s, label in truth.items() if source.start <= s < source.end}
        last = paragraph.end
    text.append(report.text[last:])
    return Report("".join(text), region=report.region, level=report.level, year=report.year), new


def without_headings(report: Report) -> Report:
    """A segmented report whose headings nobody sees."""
    return report.with_(headings=(), sentences=tuple(replace(s, headings=()) for s in report.sentences))


def main() -> None:
    """Print one row of a Markdown table a view."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", nargs="+")
    parser.add_argument("--model", default=None)
    parser.add_argument(
        "--labels", default="benchmarks/unseen_passages", help="labelled sets: a file or a folder of JSON lines"
    )
    given = parser.parse_args()
    nlp = pn.load(given.model)
    items = [item for item in load_items([given.labels], given.texts) if item.report.sha256 not in nlp.trained_on]
    truths = (
        {item.report.sentences[position].start: label for position, label in item.labels_by_sentence.items()}
        for item in items
    )
    cases = [(nlp.prepare(item.report), truth) for item, truth in zip(items, truths, strict=True)]
    mixed = [(nlp.prepare(report), truth) for report, truth in (shuffled(*case) for case in cases)]
    print(f"{nlp.name}: {len(cases)} reports without part in its training\n")
    print("| view | sentences | accuracy | macro-F1 |\n| --- | --: | --- | --- |")
    show("as it stands", cases, lambda report, _: in_context(nlp, report))
    show("headings removed", cases, lambda report, _: in_context(nlp, without_headings(report)))
    show("paragraphs shuffled", mixed, lambda report, _: in_context(nlp, report))
    show("isolated sentences", cases, lambda report, truth: isolated(nlp, report, truth))
    show("section alone", cases, lambda report, _: by_section(report))
    show("section alone, paragraphs shuffled", mixed, lambda report, _: by_section(report))


def _truth(report: Report) -> Truth:
    return {sentence.start: sentence.label for sentence in report.sentences if sentence.label}


def in_context(nlp: pn.Pipeline, report: Report) -> Truth:
    """Labels that the model gives to a report's sentences."""
    return _truth(nlp.classifier.label([report])[0])


def isolated(nlp: pn.Pipeline, report: Report, truth: Truth) -> Truth:
    """Labels that the model gives to each labelled sentence by itself."""
    asked = [sentence for sentence in report.sentences if sentence.start in truth]
    found = nlp.classifier.predict([sentence.text for sentence in asked]) if asked else []
    return {sentence.start: label for sentence, label in zip(asked, found, strict=True)}


def by_section(report: Report) -> Truth:
    """The label that each sentence's section stands for."""
    return {s.start: SECTION_LABELS.get(report.sections[s.section].kind, "other") for s in report.sentences}


def show(name: str, cases: list[Case], label: Callable[[Report, Truth], Truth]) -> None:
    """Print a row: scores with 95 % intervals by bootstrap over reports."""
    rows = []
    for report, truth in cases:
        found = label(report, truth)
        rows.append([(truth[start], found[start]) for start in truth if start in found])
    rng = np.random.default_rng(0)
    draws = [[pair for i in rng.integers(0, len(rows), len(rows)) for pair in rows[i]] for _ in range(REPEATS)]
    every = [pair for row in rows for pair in row]
    cells = []
    for metric in (accuracy, macro_f1):
        low, high = np.percentile([metric(draw) for draw in draws], [2.5, 97.5])
        cells.append(f"{metric(every):.3f} [{low:.3f}, {high:.3f}]")
    print(f"| {name} | {len(every)} | {cells[0]} | {cells[1]} |", flush=True)


def accuracy(pairs: list[tuple[str, str]]) -> float:
    """Share of pairs that agree."""
    return sum(a == b for a, b in pairs) / len(pairs)


def macro_f1(pairs: list[tuple[str, str]]) -> float:
    """Mean F1 over the labels."""
    truth, found = zip(*pairs, strict=True)
    return float(f1_score(truth, found, labels=list(LABELS), average="macro", zero_division=0))


if __name__ == "__main__":
    main()
