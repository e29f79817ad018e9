"""Train the linear model, score it by cross-validation over places, and write it with its card.

python -m policynlp.train.linear --gold GOLD… --texts FOLDER… --out models/linear
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from policynlp.classify.calibrate import fit_temperature
from policynlp.classify.chain import Chain
from policynlp.classify.labeller import ReportLabeller, labelled
from policynlp.classify.linear import LinearClassifier
from policynlp.classify.rows import Row, isolated, rows
from policynlp.classify.store import save
from policynlp.evaluate.gold import GoldError, GoldReport, TextFinder, read_gold
from policynlp.evaluate.labels import label_counts, outcomes
from policynlp.evaluate.result import Result
from policynlp.report import LABELS, Report, Sentence
from policynlp.segment import segment
from policynlp.train.model_card import Scored, write_linear_card

CLASSES = sorted(LABELS)
# From this share of labelled sentences on a report counts as labelled whole.
WHOLE = 0.9
# Folds within each fold, for what is fitted on out-of-sample logits.
INNER_FOLDS = 3


@dataclass(frozen=True)
class Item:
    """One labelled report.

    Attributes:
        report: The report, segmented.
        gold: What is labelled of it.
        rows: One row a sentence.
        labels: The position in `CLASSES` of each sentence's label; None where it is not labelled.

    Example:
        >>> item = load_items(["corpus/example/city_云岭市_2024.sentences.jsonl"], [])[0]
        >>> item.whole, len(item.rows) == len(item.labels)
        (True, True)
    """

    report: Report
    gold: GoldReport
    rows: list[Row]
    labels: list[int | None]

    @property
    def place(self) -> str:
        """What may never stand on both sides of a split: the id without its year."""
        return self.gold.report_id.rpartition("_")[0] or self.gold.report_id

    @property
    def labels_by_sentence(self) -> dict[int, str]:
        """Position of a labelled sentence in ``report.sentences`` -> its label."""
        return {index: CLASSES[label] for index, label in enumerate(self.labels) if label is not None}

    @property
    def whole(self) -> bool:
        """Whether all of the report is labelled, or passages only."""
        return sum(label is not None for label in self.labels) >= WHOLE * len(self.labels)


def load_items(gold: Sequence[str | Path], texts: Sequence[str | Path]) -> list[Item]:
    """Read labelled sets and join them with their texts; a sentence labelled in two sets is taken from the first.

    Args:
        gold: Labelled sets: files or folders of JSON lines.
        texts: Folders with the reports' texts, where they are not beside the labels.

    Returns:
        One item a report; where its text is not at hand, one a sentence.

    Raises:
        GoldError: See `read_gold` and `TextFinder.find`; and where a text is not at hand and the sentences carry none.

    Example:
        >>> len(load_items(["corpus/example"], []))
        5
    """
    finder = TextFinder(list(texts))
    items: list[Item] = []
    seen: set[tuple[str, int]] = set()
    for path in gold:
        for item in read_gold(path).values():
            report = finder.find(item)
            if report is None:
                items += _items_without_text(item, path)
                continue
            report = segment(report)
            fresh = [s for s in item.sentences if (report.sha256, s.start) not in seen]
            seen |= {(report.sha256, s.start) for s in fresh}
            if fresh:
                items.append(_item(report, replace(item, sentences=fresh)))
    return items


def _items_without_text(gold: GoldReport, path: str | Path) -> list[Item]:
    """Each sentence a little report of its own, where the set carries the sentences but the report is not at hand."""
    if any(sentence.text is None for sentence in gold.sentences):
        raise GoldError(f"{path}: no text of {gold.report_id}, and its sentences carry none; add its folder to texts")
    items = []
    for sentence in gold.sentences:
        text = sentence.text or ""
        report = Report(text, sentences=(Sentence(0, len(text), text, id=0),), id=gold.report_id)
        one = replace(gold, sentences=[replace(sentence, start=0, end=len(text))])
        items.append(Item(report, one, rows(report), [CLASSES.index(sentence.label)]))
    return items


def _item(report: Report, gold: GoldReport) -> Item:
    labels: dict[int, int] = {}
    for outcome in outcomes(report, gold.sentences):
        if outcome.found is not None:
            labels[outcome.found.id] = CLASSES.index(outcome.gold.label)
    return Item(report, gold, rows(report), [labels.get(sentence.id) for sentence in report.sentences])


def folds_of(items: Sequence[Item], count: int, seed: int) -> list[int]:
    """A fold for each item: all of one place in one fold, whole reports spread evenly, then the passages.

    Args:
        items: Labelled reports.
        count: How many folds.
        seed: Of the draw.

    Returns:
        From 0 to ``count`` - 1, one an item.

    Example:
        >>> items = load_items(["corpus/example"], [])
        >>> len(set(zip(folds_of(items, 2, seed=0), [item.place for item in items])))  # each place in one fold
        2
    """
    generator = np.random.default_rng(seed)
    whole = sorted({item.place for item in items if item.whole})
    rest = sorted({item.place for item in items} - set(whole))
    order = [*generator.permutation(whole), *generator.permutation(rest)]
    fold = {str(place): index % count for index, place in enumerate(order)}
    return [fold[item.place] for item in items]


def fit_classifier(items: Sequence[Item], options: dict[str, object]) -> LinearClassifier:
    """Fit the sentence classifier on all labelled sentences of some reports.

    Args:
        items: Labelled reports.
        options: Arguments of `LinearClassifier`.

    Returns:
        The classifier, not yet calibrated.

    Example:
        >>> items = load_items(["corpus/example/city_云岭市_2024.sentences.jsonl"], [])
        >>> fit_classifier(items, {"min_df": 4}).classes_.tolist()
        ['achievement', 'commitment', 'other', 'problem']
    """
    pairs = [
        (row, CLASSES[y]) for item in items for row, y in zip(item.rows, item.labels, strict=True) if y is not None
    ]
    X, y = zip(*pairs, strict=True)
    return LinearClassifier(**options).fit(X, y)  # type: ignore[arg-type]


def out_of_fold(items: Sequence[Item], folds: int, seed: int, options: dict[str, object]) -> list[np.ndarray]:
    """Logits of each report, from a classifier that has seen no report of its place.

    Args:
        items: Labelled reports of at least ``folds`` places.
        folds: How many folds.
        seed: Of the folds.
        options: Arguments of `LinearClassifier`.

    Returns:
        One array of shape (sentences, labels) an item.

    Example:
        >>> gold = [f"corpus/example/{name}_2024.sentences.jsonl" for name in ("city_云岭市", "province_沧岭省")]
        >>> items = load_items(gold, [])
        >>> [len(logits) == len(item.rows) for logits, item in zip(out_of_fold(items, 2, 0, {"min_df": 4}), items)]
        [True, True]
    """
    fold = folds_of(items, folds, seed)
    logits: list[np.ndarray] = [np.zeros((0, len(CLASSES)))] * len(items)
    for index in range(folds):
        classifier = fit_classifier([item for item, f in zip(items, fold, strict=True) if f != index], options)
        for number, (item, f) in enumerate(zip(items, fold, strict=True)):
            if f == index:
                logits[number] = classifier.decision_function(item.rows)
    return logits


def fit(items: Sequence[Item], folds: int, seed: int, options: dict[str, object]) -> ReportLabeller:
    """Fit classifier, temperature and chain; the latter two on logits of classifiers that have not seen the report.

    Args:
        items: Labelled reports of at least ``folds`` places.
        folds: For the logits that temperature and chain are fitted on.
        seed: Of the folds.
        options: Arguments of `LinearClassifier`.

    Returns:
        The labeller, named by its weights.

    Example:
        >>> gold = [f"corpus/example/{name}_2024.sentences.jsonl" for name in ("city_云岭市", "province_沧岭省")]
        >>> labeller = fit(load_items(gold, []), folds=2, seed=0, options={"min_df": 4})
        >>> labeller.predict(["今年，我们要新建学校五所。"]).tolist()
        ['commitment']
    """
    classifier = fit_classifier(items, options)
    logits = out_of_fold(items, folds, seed, options)
    inside = [np.array([y is not None for y in item.labels]) for item in items]
    truth = np.array([y for item in items for y in item.labels if y is not None])
    classifier.temperature_ = fit_temperature(np.vstack([a[m] for a, m in zip(logits, inside, strict=True)]), truth)
    chain = Chain(penalty=3.0, max_iter=60).fit(
        [a / classifier.temperature_ for a in logits], [item.rows for item in items], [item.labels for item in items]
    )
    digest = hashlib.sha256(classifier.pipeline_["classify"].coef_.tobytes()).hexdigest()
    return ReportLabeller(classifier, chain, f"linear-{digest[:8]}")


def cross_validate(items: Sequence[Item], folds: int, seed: int, options: dict[str, object]) -> Scored:
    """Score by nested cross-validation: no step that made a report's labels has seen a report of its place.

    Args:
        items: Labelled reports.
        folds: Outer folds; the inner ones are `INNER_FOLDS`.
        seed: Of the folds.
        options: Arguments of `LinearClassifier`.

    Returns:
        Scores by view.

    Example:
        >>> cross_validate([], folds=0, seed=0, options={}).views
        {}
    """
    fold = folds_of(items, folds, seed)
    scored = Scored()
    for index in range(folds):
        labeller = fit(
            [item for item, f in zip(items, fold, strict=True) if f != index], INNER_FOLDS, seed + 1, options
        )
        for item, f in zip(items, fold, strict=True):
            if f == index:
                _score(scored, item, labeller)
        print(f"fold {index + 1} of {folds} scored", file=sys.stderr, flush=True)
    return scored


def _score(scored: Scored, item: Item, labeller: ReportLabeller) -> None:
    alone = [isolated(row) for row in item.rows]
    views = {
        "whole" if item.whole else "passages": labeller.probabilities(item.report),
        "alone" if item.whole else "": labeller.predict_proba(alone),
        "rows" if item.whole else "": labeller.predict_proba(item.rows),
    }
    for view, probabilities in views.items():
        if view:
            report = labelled(item.report, probabilities, labeller.classes_, labeller.name)
            counts = label_counts(report, outcomes(report, item.gold.sentences))
            scored.view(view).labels[item.gold.report_id] = counts


def main(arguments: Sequence[str] | None = None) -> Result:
    """Run the command; see the module.

    Args:
        arguments: What stands behind the module's name; None takes it from the process.

    Returns:
        The cross-validated scores on whole reports.

    Raises:
        SystemExit: For arguments that cannot be used; says why on stderr.

    Example:
        >>> import pytest
        >>> with pytest.raises(SystemExit):
        ...     main(["--gold", "corpus/example"])  # --texts and --out are missing
    """
    parser = argparse.ArgumentParser(prog="policynlp.train.linear", description=__doc__.splitlines()[0])
    parser.add_argument("--gold", nargs="+", required=True, help="labelled sets: files or folders of JSON lines")
    parser.add_argument("--texts", nargs="+", required=True, help="folders with the reports' texts")
    parser.add_argument("--out", required=True, type=Path, help="folder of the model")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--min-df", type=int, default=4, help="rows and their copies that a feature must occur in")
    given = parser.parse_args(arguments)
    options: dict[str, object] = {"random_state": given.seed, "min_df": given.min_df}
    items = load_items(given.gold, given.texts)
    print(f"{len(items)} labelled reports, {sum(item.whole for item in items)} of them whole", file=sys.stderr)
    scored = cross_validate(items, given.folds, given.seed, options)
    labeller = fit(items, given.folds, given.seed, options)
    data = [
        {
            "report_id": item.gold.report_id,
            "text_sha256": item.report.sha256,
            "sentences": len(item.gold.sentences),
            "whole": item.whole,
        }
        for item in items
    ]
    card = {"folds": given.folds, "seed": given.seed, "data": data, "scores": scored.to_dict()}
    save(labeller, given.out, card)
    write_linear_card(given.out, labeller, scored, given.folds)
    print(scored.view("whole"))
    return scored.view("whole")


if __name__ == "__main__":
    main()
