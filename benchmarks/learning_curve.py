"""How much labelling buys: macro-F1 of the linear model against the number of labelled reports.

python benchmarks/learning_curve.py TEXTS… [--draws 3] [--picture FILE]

Trains on N whole reports of the corpus's train split, drawn at random, on N of its passages, and on all of both, and
scores the whole reports of its dev split (other places). The sentence classifier alone, without the chain over the
report, so that one report is enough to learn from.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score

from policynlp.classify import LinearClassifier, Row, rows
from policynlp.evaluate import Corpus, CorpusWarning, load_corpus
from policynlp.report import LABELS, Report
from policynlp.segment import segment

SIZES = {"whole": (1, 2, 4, 8, 16), "passages": (26, 52, 105)}
# A model that learns from fewer sentences than this counts rare features too.
_FEW = 2500
Labelled = tuple[list[Row], list[str]]


def labelled_rows(report: Report) -> Labelled:
    """Rows of the segmented report that have a label, with it."""
    labels = {(s.start, s.end): s.label for s in report.sentences}
    cut = segment(report.with_(sentences=(), facts=(), model=""))
    pairs = [(row, labels.get((s.start, s.end))) for row, s in zip(rows(cut), cut.sentences, strict=True)]
    kept = [(row, label) for row, label in pairs if label]
    return [row for row, _ in kept], [label for _, label in kept]


def covered(corpus: Corpus, split: str, coverage: str) -> list[Labelled]:
    """The reports of a split that are labelled whole, or in passages."""
    part = corpus.split(split)
    return [labelled_rows(report) for report in part if part.manifest[report.id]["coverage"] == coverage]


def fit(data: Sequence[Labelled]) -> LinearClassifier:
    """The classifier as the shipped model has it; with few sentences rare features count too."""
    X = [row for some, _ in data for row in some]
    y = [label for _, labels in data for label in labels]
    return LinearClassifier(min_df=4 if len(y) >= _FEW else 2).fit(X, y)


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
    parser.add_argument("--picture", type=Path, help="draw macro-F1 against labelled sentences into this file")
    given = parser.parse_args()
    warnings.simplefilter("ignore", CorpusWarning)
    corpus = load_corpus("annotations", texts=given.texts)
    pools = {coverage: covered(corpus, "train", coverage) for coverage in SIZES}
    dev = covered(corpus, "dev", "whole")
    sizes = {name: f"{len(pool)} {name}" for name, pool in pools.items()}
    print(f"{', '.join(sizes.values())} to learn from, {len(dev)} of other places to score, {given.draws} draws\n")
    print("| learnt from | sentences | macro-F1 | lowest | highest | " + " | ".join(LABELS) + " |")
    print("| --- | --: | --: | --: | --: |" + " --: |" * len(LABELS))
    generator = np.random.default_rng(0)
    runs: list[tuple[str, float, float]] = []
    for coverage, pool in pools.items():
        for size in (*(size for size in SIZES[coverage] if size < len(pool)), len(pool)):
            drawn = [generator.permutation(len(pool))[:size] for _ in range(given.draws if size < len(pool) else 1)]
            parts = [[pool[i] for i in numbers] for numbers in drawn]
            sentences, macro = measured(f"{size} {coverage}", parts, dev)
            runs += [(coverage, sentences, score) for score in macro]
    measured("all", [[item for pool in pools.values() for item in pool]], dev)
    if given.picture:
        draw(runs, given.picture)


def measured(name: str, parts: Sequence[Sequence[Labelled]], dev: Sequence[Labelled]) -> tuple[float, list[float]]:
    """Learn from each of some draws, print the mean of their scores as one row.

    Returns:
        How many sentences a draw has on average, and the macro-F1 of each.
    """
    table = np.stack([scores(fit(part), dev) for part in parts])
    sentences = float(np.mean([sum(len(labels) for _, labels in part) for part in parts]))
    mean = table.mean(axis=0)
    cells = [f"{x:.3f}" for x in (mean[0], table[:, 0].min(), table[:, 0].max(), *mean[1:])]
    print(f"| {name} | {sentences:.0f} | " + " | ".join(cells) + " |", flush=True)
    return sentences, table[:, 0].tolist()


def draw(runs: Sequence[tuple[str, float, float]], file: Path) -> None:
    """Macro-F1 against labelled sentences, one curve for whole reports and one for passages."""
    from policynlp.show.plots import plot_learning_curve

    frame = pd.DataFrame(runs, columns=["model", "size", "score"])
    figure = plot_learning_curve(frame, score="macro-F1", unit="标注句数 labelled sentences")
    figure.savefig(file, dpi=110, bbox_inches="tight")


if __name__ == "__main__":
    main()
