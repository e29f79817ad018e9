"""How much near-duplicate sentences inflate scores: splits by sentence, report, place and year, with them and without.

python benchmarks/leakage.py TEXTS… [--folds 4] [--archive FOLDER]

Cross-validation of the sentence classifier over all labelled sentences of the corpus. With --archive also the
share of sentences that stand almost so in the same place's report of the year before.
"""

from __future__ import annotations

import argparse
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
from learning_curve import labelled_rows
from sklearn.metrics import f1_score

from policynlp.classify import LinearClassifier
from policynlp.evaluate import CorpusWarning, load_corpus, near_duplicates
from policynlp.evaluate.splits import group_of
from policynlp.read import find_files, read_report
from policynlp.report import LABELS
from policynlp.segment import segment


def main() -> None:
    """Print one row of a Markdown table a way to split."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", nargs="+")
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--archive", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore", CorpusWarning)
    corpus = load_corpus("annotations", texts=given.texts)
    X, y, groups = [], [], defaultdict(list)
    for report in corpus:
        rows, labels = labelled_rows(report)
        X += rows
        y += labels
        for by in ("report", "place", "year"):
            groups[by] += [group_of(report, by)] * len(rows)
    groups["sentence"] = list(range(len(X)))
    print("| split by | sentences | near-duplicates | macro-F1 with them | without | on them alone |")
    print("| --- | --: | --: | --: | --: | --: |")
    for by in ("sentence", "report", "place", "year"):
        measure(by, X, y, groups[by], given.folds)
    if given.archive:
        years(given.archive)


def measure(by: str, X: list, y: list[str], groups: list, folds: int) -> None:
    """Cross-validate with whole groups in one fold."""
    names = np.array(sorted(set(groups)), dtype=object)
    fold_of = {name: i % folds for i, name in enumerate(np.random.default_rng(0).permutation(names))}
    fold = np.array([fold_of[group] for group in groups])
    found, leaked = np.empty(len(X), dtype=object), np.zeros(len(X), dtype=bool)
    for number in range(folds):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        model = LinearClassifier(min_df=4).fit([X[i] for i in train], [y[i] for i in train])
        found[test] = model.predict([X[i] for i in test])
        for leak in near_duplicates([X[i].text for i in train], [X[i].text for i in test]):
            leaked[test[leak.test]] = True
    truth = np.array(y, dtype=object)

    def macro(mask: np.ndarray) -> float:
        return f1_score(list(truth[mask]), list(found[mask]), labels=list(LABELS), average="macro", zero_division=0)

    every = np.ones(len(X), dtype=bool)
    share = f"{leaked.sum()} ({leaked.mean():.1%})"
    print(
        f"| {by} | {len(X)} | {share} | {macro(every):.3f} | {macro(~leaked):.3f} | {macro(leaked):.3f} |", flush=True
    )


def years(folder: Path, places: int = 60) -> None:
    """Share of sentences that stand almost so in the same place's report of the year before."""
    files = {path.stem: path for path in find_files(folder)}
    pairs = []
    for name, path in files.items():
        place, _, year = name.rpartition("_")
        if year.isdigit() and (before := files.get(f"{place}_{int(year) - 1}")):
            pairs.append((before, path))
    drawn = np.random.default_rng(0).permutation(len(pairs))[:places]
    total = leaked = 0
    for number in drawn:
        before, now = ([s.text for s in segment(read_report(path)).sentences] for path in pairs[number])
        total += len(now)
        leaked += len(near_duplicates(before, now))
    print(f"\n{len(drawn)} pairs of consecutive years: {leaked} of {total} sentences ({leaked / total:.1%}) repeat")


if __name__ == "__main__":
    main()
