"""Probabilities that mean what they say: temperature scaling, and the error that remains."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature that makes out-of-sample logits most likely.

    Args:
        logits: One row a sentence, from a classifier that has not seen its label.
        labels: The column of each sentence's label.

    Returns:
        What to divide logits by: above 1 for a classifier too sure of itself.

    Raises:
        ValueError: Without any sentence.

    Example:
        >>> logits = np.array([[4.0, 0.0]] * 10)
        >>> round(fit_temperature(logits, np.array([0] * 8 + [1] * 2)), 1)
        2.9
    """
    if not len(labels):
        raise ValueError("no sentence to calibrate with")

    def loss(log_temperature: float) -> float:
        scores = log_softmax(logits / np.exp(log_temperature), axis=1)
        return -float(scores[np.arange(len(labels)), labels].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """How far confidence and accuracy lie apart, on average over bins of equal width of the top probability.

    Args:
        probabilities: One row a sentence.
        labels: The column of each sentence's label.
        bins: Number of bins.

    Returns:
        From 0 (confidence is accuracy in each bin) to 1; nan without sentences.

    Example:
        >>> expected_calibration_error(np.array([[0.8, 0.2]] * 5), np.array([0, 0, 0, 0, 1]))
        0.0
    """
    if not len(labels):
        return float("nan")
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gap = np.bincount(place, confidence - right, minlength=bins)
    return round(float(np.abs(gap).sum() / len(labels)), 12)
