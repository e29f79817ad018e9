"""How much labelling buys: macro-F1 of the linear model against the number of labelled reports.

python benchmarks/learning_curve.py TEXTS… [--draws 3]

Trains on N whole reports of the corpus's train split, drawn at random, and scores its dev split (other places). The
sentence classifier alone, without the chain over the report, so that one report is enough to learn from.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.metrics import f1_score

from policynlp.classify import LinearClassifier, Row, rows
from policynlp.evaluate import Corpus, CorpusWarning, load_corpus
from policynlp.report import LABELS, Report
from policynlp.segment import segment

SIZES = (1, 2, 4, 8, 16)
Labelled = tuple[list[Row], list[str]]


def labelled_rows(report: Report) -> Labelled:
    """Rows of the segmented report that have a label, with it."""
    labels = {(s.start, s.end): s.label for s in report.sentences}
    cut = segment(report.with_(sentences=(), facts=(), model=""))
    pairs = [(row, labels.get((s.start, s.end))) for row, s in zip(rows(cut), cut.sentences, strict=True)]
    kept = [(row, label) for row, label in pairs if label]
    return [row for row, _ in kept], [label for _, label in kept]


def whole(corpus: Corpus, split: str) -> list[Labelled]:
    """The whole reports of a split."""
    part = corpus.split(split)
    return [labelled_rows(report) for report in part if part.manifest[report.id]["coverage"] == "whole"]


def fit(data: Sequence[Labelled]) -> LinearClassifier:
    """The classifier as the shipped model has it; with few reports rare features count too."""
    X = [row for some, _ in data for row in some]
    y = [label for _, labels in data for label in labels]
    return LinearClassifier(min_df=4 if len(data) >= 8 else 2).fit(X, y)


def scores(model: LinearClassifier, data: Sequence[Labelled]) -> np.ndarray:
    """Macro-F1, then F1 by label."""
    truth = [label for _, labels in data for label in labels]
    found = [str(label) for some, _ in data for label in model.predict(some)]
    by_label = f1_score(truth, found, labels=list(LABELS), average=None, zero_division=0)
    return np.array([by_label.mean(), *by_label])


def main() -> None:
    """Print one row of a Markdown table a size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", nargs="+")
    parser.add_argument("--draws", type=int, default=3)
    given = parser.parse_args()
    warnings.simplefilter("ignore", CorpusWarning)
    corpus = load_corpus("annotations", texts=given.texts)
    train, dev = whole(corpus, "train"), whole(corpus, "dev")
    print(f"{len(train)} reports to learn from, {len(dev)} of other places to score, {given.draws} draws\n")
    print("| reports | sentences | macro-F1 | lowest | highest | " + " | ".join(LABELS) + " |")
    print("| --: | --: | --: | --: | --: |" + " --: |" * len(LABELS))
    generator = np.random.default_rng(0)
    for size in (*(size for size in SIZES if size < len(train)), len(train)):
        drawn = [generator.permutation(len(train))[:size] for _ in range(given.draws if size < len(train) else 1)]
        parts = [[train[i] for i in numbers] for numbers in drawn]
        table = np.stack([scores(fit(part), dev) for part in parts])
        sentences = np.mean([sum(len(labels) for _, labels in part) for part in parts])
        mean = table.mean(axis=0)
        spread = f"{table[:, 0].min():.3f} | {table[:, 0].max():.3f}"
        print(
            f"| {size} | {sentences:.0f} | {mean[0]:.3f} | {spread} | "
            + " | ".join(f"{x:.3f}" for x in mean[1:])
            + " |",
            flush=True,
        )


if __name__ == "__main__":
    main()
