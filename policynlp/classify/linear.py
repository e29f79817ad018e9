"""A linear sentence classifier behind the scikit-learn interface: weighted words of a sentence and its context."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from policynlp.classify.features import RowVectorizer
from policynlp.classify.rows import Row, as_rows, isolated, without_section


class SentenceClassifier(ClassifierMixin, BaseEstimator):
    """What scikit-learn must know of any classifier of sentences here, and what each checks before it learns.

    Example:
        >>> issubclass(LinearClassifier, SentenceClassifier)
        True
    """

    @staticmethod
    def _checked(X: Any, y: Any) -> tuple[list[Row], np.ndarray]:
        rows, labels = as_rows(X), column_or_1d(y)
        check_classification_targets(labels)
        if not rows or len(rows) != len(labels):
            raise ValueError(f"{len(rows)} rows for {len(labels)} labels; as many are needed, at least one")
        if len(np.unique(labels)) < 2:
            raise ValueError(f"only the class {labels[0]!r} is in y; a classifier needs samples of at least 2 classes")
        return rows, labels

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


class LinearClassifier(SentenceClassifier):
    """Logistic regression on TF-IDF weighted words of a sentence, its headings, its neighbours and its place.

    X is a sequence of sentences (``str``), of `Row`, or of mappings with the fields of `Row`. One model serves
    sentences with and without context: each row is learnt from a second time with its context dropped.

    Args:
        C: Inverse strength of the L2 penalty.
        min_df: A feature seen in fewer training rows is left out.
        max_features: Keep so many features, those with the largest weights in a first fit; None keeps all.
        dropped_weight: Weight of the copy without context against 1 for the row itself; 0 trains without copies.
        class_weight: As in `sklearn.linear_model.LogisticRegression`.
        max_iter: Most iterations of the solver.
        random_state: Seed for which part of the context each copy loses.

    Attributes:
        classes_: The labels, sorted.
        pipeline_: The fitted scikit-learn `Pipeline` of features and logistic regression.
        temperature_: What the logits are divided by; 1 until calibrated.

    Example:
        >>> X = ["全年完成投资十亿元。", "建成学校三所。", "明年要加快项目建设。", "今年将新建学校三所。"]
        >>> y = ["achievement", "achievement", "commitment", "commitment"]
        >>> LinearClassifier(min_df=1).fit(X, y).predict(["今年要完成投资。"]).tolist()
        ['commitment']
    """

    def __init__(
        self,
        C: float = 10.0,
        min_df: int = 2,
        max_features: int | None = None,
        dropped_weight: float = 0.5,
        class_weight: Any = None,
        max_iter: int = 300,
        random_state: Any = 0,
    ) -> None:
        self.C = C
        self.min_df = min_df
        self.max_features = max_features
        self.dropped_weight = dropped_weight
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LinearClassifier:
        """Learn from labelled sentences.

        Args:
            X: Sentences or rows.
            y: One label each.
            sample_weight: One weight each; 1 by default.

        Returns:
            The classifier itself.

        Raises:
            ValueError: For lengths that differ, no rows, or fewer than two classes.

        Example:
            >>> model = LinearClassifier(min_df=1)
            >>> model.fit(["建成学校。", "要建学校。"], ["achievement", "commitment"]).classes_.tolist()
            ['achievement', 'commitment']
        """
        rows, labels = self._checked(X, y)
        weights = np.ones(len(rows)) if sample_weight is None else column_or_1d(sample_weight).astype(float)
        rows, labels, weights = self._with_copies(rows, labels, weights)
        self.pipeline_ = self._pipeline(RowVectorizer(self.min_df))
        self.pipeline_.fit(rows, labels, classify__sample_weight=weights)
        if self.max_features is not None:
            kept = _strongest(self.pipeline_, self.max_features)
            self.pipeline_ = self._pipeline(RowVectorizer(vocabularies=kept))
            self.pipeline_.fit(rows, labels, classify__sample_weight=weights)
        self.classes_ = self.pipeline_.classes_
        self.temperature_ = 1.0
        return self

    def _pipeline(self, features: RowVectorizer) -> Pipeline:
        regression = LogisticRegression(C=self.C, max_iter=self.max_iter, class_weight=self.class_weight)
        return Pipeline([("features", features), ("classify", regression)])

    def _with_copies(
        self, rows: list[Row], labels: np.ndarray, weights: np.ndarray
    ) -> tuple[list[Row], np.ndarray, np.ndarray]:
        """Add a copy of each row that has context, mostly of the bare sentence, else without headings and section."""
        index = [i for i, row in enumerate(rows) if row != isolated(row)] if self.dropped_weight else []
        bare = check_random_state(self.random_state).random_sample(len(index)) < 0.75
        copies = [isolated(rows[i]) if b else without_section(rows[i]) for i, b in zip(index, bare, strict=True)]
        return (
            rows + copies,
            np.concatenate([labels, labels[index]]) if index else labels,
            np.concatenate([weights, self.dropped_weight * weights[index]]) if index else weights,
        )

    def decision_function(self, X: Any) -> np.ndarray:
        """Logits, one column a class in the order of ``classes_``, already divided by the temperature.

        Args:
            X: Sentences or rows.

        Returns:
            Of shape (sentences, labels).

        Raises:
            sklearn.exceptions.NotFittedError: Before `fit`.

        Example:
            >>> model = LinearClassifier(min_df=1).fit(["建成学校。", "要建学校。"], ["achievement", "commitment"])
            >>> model.decision_function(["要建医院。"]).shape
            (1, 2)
        """
        check_is_fitted(self, "pipeline_")
        rows = as_rows(X)
        if not rows:
            return np.zeros((0, len(self.classes_)))
        logits = self.pipeline_.decision_function(rows).astype(np.float64)
        if logits.ndim == 1:  # two classes: scikit-learn gives one column
            logits = np.column_stack([np.zeros_like(logits), logits])
        return logits / self.temperature_

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class, one column a class in the order of ``classes_``.

        Args:
            X: Sentences or rows.

        Returns:
            Of shape (sentences, labels), each row adding up to 1.

        Example:
            >>> model = LinearClassifier(min_df=1).fit(["建成学校。", "要建学校。"], ["achievement", "commitment"])
            >>> model.predict_proba(["要建医院。"]).sum(axis=1).round(6).tolist()
            [1.0]
        """
        logits = self.decision_function(X)
        weights = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        return weights / weights.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class of each row.

        Args:
            X: Sentences or rows.

        Returns:
            Of shape (sentences,).

        Example:
            >>> model = LinearClassifier(min_df=1).fit(["建成学校。", "要建学校。"], ["achievement", "commitment"])
            >>> model.predict(["要建医院。"]).tolist()
            ['commitment']
        """
        logits = self.decision_function(X)
        return self.classes_[logits.argmax(axis=1)]


def _strongest(pipeline: Pipeline, count: int) -> dict[str, list[str]]:
    """The ``count`` features with the largest weights, by group."""
    strength = np.abs(pipeline["classify"].coef_).max(axis=0)
    keep = np.zeros(len(strength), dtype=bool)
    keep[np.argsort(-strength, kind="stable")[:count]] = True
    kept, offset = {}, 0
    for name, group in pipeline["features"].groups_.items():
        names = group.get_feature_names_out()
        kept[name] = list(names[keep[offset : offset + len(names)]])
        offset += len(names)
    return kept
