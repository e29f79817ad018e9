"""From a sentence classifier to labelled reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from policynlp.classify.chain import Chain
from policynlp.classify.linear import LinearClassifier
from policynlp.classify.rows import rows
from policynlp.report import LABELS, Report


@runtime_checkable
class ReportClassifier(Protocol):
    """What the pipeline needs of a classifier. A class with these two is one; nothing is to be inherited.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> isinstance(load_classifier("linear"), ReportClassifier)
        True
    """

    @property
    def name(self) -> str:
        """Name with version or hash, as the tables record it."""
        ...

    def label(self, reports: Sequence[Report]) -> list[Report]:
        """Return each report with a label and scores on every sentence.

        Args:
            reports: Segmented reports.

        Returns:
            The same reports in order.

        Example:
            >>> from policynlp.classify import load_classifier
            >>> from policynlp.segment import segment
            >>> (report,) = load_classifier("linear").label([segment(Report.from_text("今年，我们要新建学校五所。"))])
            >>> report.sentences[0].label
            'commitment'
        """
        ...


class LabelsReports:
    """What every labeller of this library does with the probabilities that it gives.

    Attributes:
        name: What the tables record.
        classes_: The labels, in the order of the columns of `predict_proba`.
        card: What was saved with the model about its training.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> isinstance(load_classifier("linear"), LabelsReports)
        True
    """

    name: str
    classes_: np.ndarray
    card: dict[str, Any]

    def probabilities(self, report: Report) -> np.ndarray:
        """Calibrated probabilities of a report's sentences, a row each, a column for each of ``classes_``.

        Args:
            report: A segmented report.

        Returns:
            Of shape (sentences, labels), each row adding up to 1.

        Raises:
            NotImplementedError: Here; each labeller has its own.

        Example:
            >>> from policynlp.classify import load_classifier
            >>> from policynlp.segment import segment
            >>> load_classifier("linear").probabilities(segment(Report.from_text("新建学校五所。"))).shape
            (1, 4)
        """
        raise NotImplementedError

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of single sentences or rows, a row each, a column for each of ``classes_``.

        Args:
            X: Sentences or rows; see `policynlp.classify.LinearClassifier`.

        Returns:
            Of shape (sentences, labels), each row adding up to 1.

        Raises:
            NotImplementedError: Here; each labeller has its own.

        Example:
            >>> from policynlp.classify import load_classifier
            >>> load_classifier("linear").predict_proba(["新建学校五所。"]).shape
            (1, 4)
        """
        raise NotImplementedError

    def predict(self, X: Any) -> np.ndarray:
        """The most probable label of each of some sentences or rows.

        Args:
            X: Sentences or rows; see `policynlp.classify.LinearClassifier`.

        Returns:
            Of shape (sentences,).

        Example:
            >>> from policynlp.classify import load_classifier
            >>> load_classifier("linear").predict(["今年，我们要新建学校五所。"]).tolist()
            ['commitment']
        """
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    @property
    def trained_on(self) -> frozenset[str]:
        """SHA-256 of the texts whose labels it has learnt from, so that nobody scores it on them unawares."""
        return frozenset(report["text_sha256"] for report in self.card.get("data", ()))

    def label(self, reports: Sequence[Report]) -> list[Report]:
        """Label every sentence.

        Args:
            reports: Segmented reports.

        Returns:
            The same reports in order, with ``label`` and ``scores`` on every sentence and the model's name. Facts and
            commitments of an earlier run are dropped, since their roles hang on the labels.

        Example:
            >>> from policynlp.classify import load_classifier
            >>> from policynlp.segment import segment
            >>> (report,) = load_classifier("linear").label([segment(Report.from_text("今年，我们要新建学校五所。"))])
            >>> report.model.startswith("linear-")
            True
        """
        return [labelled(report, self.probabilities(report), self.classes_, self.name) for report in reports]


class ReportLabeller(LabelsReports):
    """Labels whole reports: the sentence classifier first, then the chain that knows how labels follow each other.

    Args:
        classifier: A fitted sentence classifier.
        chain: A fitted `Chain`; None takes each sentence by itself.
        name: What the tables record.
        card: What was saved with the model about its training.

    Example:
        >>> X = ["全年完成投资十亿元。", "建成学校三所。", "明年要加快项目建设。", "今年将新建学校三所。"]
        >>> y = ["achievement", "achievement", "commitment", "commitment"]
        >>> labeller = ReportLabeller(LinearClassifier(min_df=1).fit(X, y), name="mine")
        >>> from policynlp.report import Sentence
        >>> report = Report("今年将新建学校。", sentences=(Sentence(0, 8, "今年将新建学校。", id=0),))
        >>> [sentence.label for sentence in labeller.label([report])[0].sentences]
        ['commitment']
    """

    def __init__(
        self,
        classifier: LinearClassifier,
        chain: Chain | None = None,
        name: str = "linear",
        card: dict[str, Any] | None = None,
    ) -> None:
        self.classifier = classifier
        self.classes_ = classifier.classes_
        self.chain = chain
        self.name = name
        self.card = card or {}

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of single sentences or rows; see `LinearClassifier`.

        Args:
            X: Sentences or rows.

        Returns:
            Of shape (sentences, labels), each row adding up to 1.

        Example:
            >>> from policynlp.classify import load_classifier
            >>> load_classifier("linear").predict_proba(["新建学校五所。"]).shape
            (1, 4)
        """
        return self.classifier.predict_proba(X)

    def probabilities(self, report: Report) -> np.ndarray:
        """Calibrated probabilities of a report's sentences, a row each, a column for each of ``classes_``.

        Args:
            report: A segmented report.

        Returns:
            Of shape (sentences, labels), each row adding up to 1.

        Example:
            >>> from policynlp.classify import load_classifier
            >>> from policynlp.segment import segment
            >>> load_classifier("linear").probabilities(segment(Report.from_text("新建学校五所。"))).shape
            (1, 4)
        """
        report_rows = rows(report)
        if self.chain is None:
            return self.predict_proba(report_rows)
        return self.chain.marginals(self.classifier.decision_function(report_rows), report_rows)


def labelled(report: Report, probabilities: np.ndarray, classes: Sequence[str] | np.ndarray, name: str) -> Report:
    """Write probabilities into a report: the most probable class is the label.

    Args:
        report: A segmented report.
        probabilities: One row a sentence.
        classes: The names of the columns.
        name: The classifier's name.

    Returns:
        The labelled report.

    Example:
        >>> from policynlp.segment import segment
        >>> report = segment(Report.from_text("新建学校五所。"))
        >>> labelled(report, np.array([[0.2, 0.8]]), ["other", "commitment"], "mine").sentences[0].label
        'commitment'
    """
    classes = [str(label) for label in classes]
    order = [classes.index(label) for label in LABELS if label in classes]
    order += [index for index, label in enumerate(classes) if label not in LABELS]
    best = probabilities.argmax(axis=1) if len(probabilities) else []
    sentences = tuple(
        replace(sentence, label=classes[top], scores={classes[i]: float(row[i]) for i in order})
        for sentence, row, top in zip(report.sentences, probabilities, best, strict=True)
    )
    return report.with_(sentences=sentences, facts=(), commitments=(), model=name)
