"""A BERT behind the scikit-learn interface, for sentences that a user has labelled."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from policynlp.classify.bert import BertLabeller
from policynlp.classify.linear import SentenceClassifier
from policynlp.train.finetune import FinetuneOptions, finetune_rows


class BertClassifier(SentenceClassifier):
    """Fine-tunes a BERT-like checkpoint on labelled sentences; works in `cross_val_score`, `clone` and `Pipeline`.

    X is a sequence of sentences (``str``), of `policynlp.classify.Row`, or of mappings with the fields of `Row`; what
    is known of headings and neighbours is read along. For whole reports `policynlp train` is the better way.

    Args:
        base: Folder or hub id of an encoder in the transformers format.
        epochs: Passes over the sentences.
        rate: Peak learning rate.
        batch: Full windows in one step; of single sentences as many more as fit.
        window: Tokens that are read of a sentence and its surroundings at most.
        device: ``"cpu"``, ``"cuda"`` …; ``"auto"`` takes a GPU where there is one.
        random_state: Seed of order, new head and dropout.

    Attributes:
        classes_: The labels, sorted.
        labeller_: The fitted `policynlp.classify.BertLabeller`.

    Example:
        >>> from sklearn.base import clone
        >>> clone(BertClassifier("models/mine", epochs=5)).get_params()["epochs"]
        5
    """

    def __init__(
        self,
        base: str = "",
        epochs: int = 3,
        rate: float = 1e-4,
        batch: int = 8,
        window: int = 128,
        device: str = "auto",
        random_state: int = 0,
    ) -> None:
        self.base = base
        self.epochs = epochs
        self.rate = rate
        self.batch = batch
        self.window = window
        self.device = device
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> BertClassifier:
        """Fine-tune on labelled sentences.

        Args:
            X: Sentences or rows.
            y: One label each.

        Returns:
            The classifier itself.

        Raises:
            ValueError: For lengths that differ, no rows, or fewer than two classes.
            policynlp.classify.ModelError: Where the base does not load.

        Example:
            >>> from policynlp.classify.load import shipped_folder
            >>> X, y = ["去年建成学校五所。", "今年要建学校五所。"] * 2, ["past", "future"] * 2
            >>> BertClassifier(str(shipped_folder("bert")), epochs=1, device="cpu").fit(X, y).classes_.tolist()
            ['future', 'past']
        """
        rows, labels = self._checked(X, y)
        options = FinetuneOptions(
            window=self.window, batch=self.batch, rate=self.rate, epochs=self.epochs, seed=self.random_state
        )
        names = [str(label) for label in labels]
        model, tokenizer = finetune_rows(self.base, rows, names, options, lambda _: None, self.device)
        self.labeller_ = BertLabeller(model, tokenizer, window=self.window, device=self.device)
        # The checkpoint names classes by their text; users get back what they gave.
        given = {str(label): label for label in np.unique(labels)}
        self.classes_ = np.array([given[name] for name in self.labeller_.classes_])
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class, one column a class in the order of ``classes_``.

        Args:
            X: Sentences or rows.

        Returns:
            Of shape (sentences, labels), each row adding up to 1.

        Raises:
            sklearn.exceptions.NotFittedError: Before `fit`.

        Example:
            >>> import pytest
            >>> from sklearn.exceptions import NotFittedError
            >>> with pytest.raises(NotFittedError):
            ...     BertClassifier("models/bert").predict_proba(["今年要建医院。"])
        """
        check_is_fitted(self, "labeller_")
        return self.labeller_.predict_proba(X)

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class of each sentence.

        Args:
            X: Sentences or rows.

        Returns:
            Of shape (sentences,).

        Raises:
            sklearn.exceptions.NotFittedError: Before `fit`.

        Example:
            >>> import pytest
            >>> from sklearn.exceptions import NotFittedError
            >>> with pytest.raises(NotFittedError):
            ...     BertClassifier("models/bert").predict(["今年要建医院。"])
        """
        best = self.predict_proba(X).argmax(axis=1)  # first, since it says so where nothing was fitted
        return self.classes_[best]
