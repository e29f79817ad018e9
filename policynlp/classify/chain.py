"""Labels come in long runs: a linear-chain conditional random field over the sentences of a report.

It sees the evidence of a sentence classifier, the kind of section, and what lies between two sentences (nothing,
a paragraph mark, a heading, a change of section), and returns each sentence's marginal probabilities given the whole
report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from policynlp.classify.rows import Row
from policynlp.report import SECTION_KINDS

# What lies between a sentence and the one before it, from least to most.
BORDERS = ("sentence", "paragraph", "heading", "section")
# What a sentence's place says about its label, apart from its words.
PLACES = (*SECTION_KINDS, "opens section", "opens paragraph", "first", "last")


def borders(rows: Sequence[Row]) -> np.ndarray:
    """For each row the index into `BORDERS` of what lies before it (that of the first is never used).

    Args:
        rows: The rows of one report, in order.

    Returns:
        Of shape (sentences,).

    Example:
        >>> rows = [Row("一。"), Row("二。"), Row("三。", lead=""), Row("四。", section_kind="plan")]
        >>> [BORDERS[i] for i in borders(rows)]
        ['sentence', 'sentence', 'paragraph', 'section']
    """
    out = np.zeros(len(rows), dtype=np.intp)
    for index in range(1, len(rows)):
        row, before = rows[index], rows[index - 1]
        if row.section_kind != before.section_kind:
            out[index] = 3
        elif row.headings != before.headings:
            out[index] = 2
        elif row.lead == "":
            out[index] = 1
    return out


def places(rows: Sequence[Row]) -> np.ndarray:
    """For each row which of `PLACES` hold, as 0 and 1.

    Args:
        rows: Rows, of one report or of several.

    Returns:
        Of shape (sentences, places).

    Example:
        >>> [name for name, holds in zip(PLACES, places([Row("一。", section_kind="plan", previous="")])[0]) if holds]
        ['plan', 'first']
    """
    out = np.zeros((len(rows), len(PLACES)))
    column = {name: index for index, name in enumerate(PLACES)}
    for index, row in enumerate(rows):
        if row.section_kind in column:
            out[index, column[row.section_kind]] = 1
        out[index, column["opens section"]] = row.section_position == 0
        out[index, column["opens paragraph"]] = row.lead == ""
        out[index, column["first"]] = row.previous == ""
        out[index, column["last"]] = row.next == ""
    return out


class Chain:
    """A conditional random field with few parameters, so that a few thousand labelled sentences suffice.

    A linear chain: Lafferty, McCallum and Pereira, *Conditional Random Fields*, ICML 2001.

    Args:
        penalty: L2 penalty on how far the parameters move from "the classifier alone is right".
        max_iter: Most iterations of the solver.

    Attributes:
        mix_: Matrix that turns evidence into scores of the labels.
        place_: Score of each label in each of `PLACES`.
        follow_: Score of each label after each label, for each of `BORDERS`.

    Example:
        >>> evidence, rows = np.eye(2)[[0, 0, 1, 1]] * 2, [Row(f"第{i}句。") for i in range(4)]
        >>> chain = Chain().fit([evidence], [rows], [[0, 0, 1, 1]])
        >>> chain.marginals(evidence, rows).argmax(axis=1).tolist()
        [0, 0, 1, 1]
    """

    def __init__(self, penalty: float = 1.0, max_iter: int = 200) -> None:
        self.penalty = penalty
        self.max_iter = max_iter

    def fit(
        self, evidence: Sequence[np.ndarray], rows: Sequence[Sequence[Row]], labels: Sequence[Sequence[int | None]]
    ) -> Chain:
        """Learn from reports whose evidence comes from a classifier that has not seen their labels.

        Args:
            evidence: For each report one row a sentence; the first columns, one a label, are the classifier's logits.
            rows: For each report its rows.
            labels: For each report the column of each sentence's label; None where it is not labelled. Each unbroken
                stretch of labelled sentences is learnt from.

        Returns:
            The chain itself.

        Raises:
            ValueError: Without any labelled sentence.

        Example:
            >>> rows = [Row("一。"), Row("二。")]
            >>> Chain().fit([np.eye(2)], [rows], [[0, 1]]).follow_.shape
            (4, 2, 2)
        """
        stretches = _stretches(evidence, rows, labels)
        if not stretches:
            raise ValueError("no labelled sentence to learn from")
        size = 1 + max(int(stretch.labels.max()) for stretch in stretches)
        width = evidence[0].shape[1]
        batches = [_Batch(group, size) for group in _by_length(stretches)]
        start = np.concatenate([np.eye(width, size).ravel(), np.zeros((len(PLACES) + len(BORDERS) * size) * size)])

        def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
            parts = [batch.loss(*_unpack(flat, width, size)) for batch in batches]
            moved = flat - start
            value = sum(part[0] for part in parts) + self.penalty / 2 * float(moved @ moved)
            return value, np.sum([part[1] for part in parts], axis=0) + self.penalty * moved

        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": self.max_iter})
        self.mix_, self.place_, self.follow_ = _unpack(found.x, width, size)
        return self

    def marginals(self, evidence: np.ndarray, rows: Sequence[Row]) -> np.ndarray:
        """Probability of each label of each sentence, given all sentences of the report.

        Args:
            evidence: Of shape (sentences, columns), as in `fit`.
            rows: The report's rows.

        Returns:
            Of shape (sentences, labels), each row adding up to 1.

        Example:
            >>> rows = [Row("一。"), Row("二。")]
            >>> Chain().fit([np.eye(2)], [rows], [[0, 1]]).marginals(np.eye(2), rows).sum(axis=1).round(6).tolist()
            [1.0, 1.0]
        """
        if not len(rows):
            return np.zeros((0, self.mix_.shape[1]))
        emit = evidence @ self.mix_ + places(rows) @ self.place_
        step = self.follow_[borders(rows)]
        forward, backward = _sweep(emit[None], step[None])
        scores = forward[0] + backward[0]
        return np.exp(scores - logsumexp(scores, axis=1, keepdims=True))

    def single(self, evidence: np.ndarray, rows: Sequence[Row]) -> np.ndarray:
        """Probability of each label of each row by itself, whatever stands before and after it.

        Args:
            evidence: Of shape (sentences, columns), as in `fit`.
            rows: As many rows, not necessarily of one report.

        Returns:
            Of shape (sentences, labels), each row adding up to 1.

        Example:
            >>> rows = [Row("一。"), Row("二。")]
            >>> Chain().fit([np.eye(2)], [rows], [[0, 1]]).single(np.eye(2), rows).shape
            (2, 2)
        """
        return softmax(evidence @ self.mix_ + places(rows) @ self.place_, axis=1)


def _unpack(flat: np.ndarray, width: int, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mix, place, follow = np.split(flat, [width * size, (width + len(PLACES)) * size])
    return mix.reshape(width, size), place.reshape(len(PLACES), size), follow.reshape(len(BORDERS), size, size)


def _sweep(emit: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log forward and backward sums of many chains of one length: ``emit`` (chain, time, label)."""
    forward, backward = emit.copy(), np.zeros_like(emit)
    for time in range(1, emit.shape[1]):
        forward[:, time] += _logsum(forward[:, time - 1, :, None] + step[:, time], axis=1)
    for time in range(emit.shape[1] - 2, -1, -1):
        ahead = emit[:, time + 1] + backward[:, time + 1]
        backward[:, time] = _logsum(step[:, time + 1] + ahead[:, None, :], axis=2)
    return forward, backward


def _logsum(values: np.ndarray, axis: int) -> np.ndarray:
    top = values.max(axis=axis, keepdims=True)
    return np.log(np.exp(values - top).sum(axis=axis)) + top.squeeze(axis)


@dataclass(frozen=True)
class _Stretch:
    """Sentences in a row that are all labelled."""

    evidence: np.ndarray
    places: np.ndarray
    borders: np.ndarray
    labels: np.ndarray


def _stretches(
    evidence: Sequence[np.ndarray], rows: Sequence[Sequence[Row]], labels: Sequence[Sequence[int | None]]
) -> list[_Stretch]:
    out = []
    for seen, report, marks in zip(evidence, rows, labels, strict=True):
        place, border = places(report), borders(report)
        for here in _labelled(marks):
            out.append(_Stretch(seen[here], place[here], border[here], np.array(marks[here], dtype=np.intp)))
    return out


def _labelled(labels: Sequence[int | None]) -> Iterator[slice]:
    start = None
    for index, label in enumerate([*labels, None]):
        if label is not None and start is None:
            start = index
        elif label is None and start is not None:
            yield slice(start, index)
            start = None


def _by_length(stretches: Sequence[_Stretch]) -> list[list[_Stretch]]:
    """Stretches of like length together, so that little of a batch is padding."""
    groups: dict[int, list[_Stretch]] = {}
    for stretch in stretches:
        groups.setdefault(len(stretch.labels).bit_length(), []).append(stretch)
    return list(groups.values())


class _Batch:
    """Stretches padded to one length, so that one sweep serves them all."""

    def __init__(self, stretches: Sequence[_Stretch], classes: int) -> None:
        self.classes = classes
        self.lengths = np.array([len(stretch.labels) for stretch in stretches])
        self.inside = np.arange(self.lengths.max()) < self.lengths[:, None]
        self.evidence = _pad([stretch.evidence for stretch in stretches])
        self.places = _pad([stretch.places for stretch in stretches])
        self.borders = _pad([stretch.borders for stretch in stretches])
        labels = _pad([stretch.labels for stretch in stretches])
        self.true = np.eye(classes)[labels] * self.inside[..., None]

    def loss(self, mix: np.ndarray, place: np.ndarray, follow: np.ndarray) -> tuple[float, np.ndarray]:
        """Negative log-likelihood and its gradient by all parameters."""
        # Behind its end a chain runs on with scores of zero: that adds a constant to its sum, taken off again.
        emit = (self.evidence @ mix + self.places @ place) * self.inside[..., None]
        step = follow[self.borders] * self.inside[..., None, None]
        forward, backward = _sweep(emit, step)
        total = logsumexp(forward[:, -1], axis=1)
        node = np.exp(forward + backward - total[:, None, None]) * self.inside[..., None]
        ahead = (emit + backward)[:, 1:, None, :]
        edge = np.exp(forward[:, :-1, :, None] + step[:, 1:] + ahead - total[:, None, None, None])
        edge *= self.inside[:, 1:, None, None]
        seen = self.true[:, :-1, :, None] * self.true[:, 1:, None, :]
        padding = (self.inside.shape[1] - self.lengths) * np.log(self.classes)
        value = (total - padding).sum() - (self.true * emit).sum() - (seen * step[:, 1:]).sum()
        off, off_edge = node - self.true, edge - seen
        by_follow = np.zeros_like(follow)
        np.add.at(by_follow, self.borders[:, 1:].ravel(), off_edge.reshape(-1, self.classes, self.classes))
        by_mix = np.einsum("ctk,ctl->kl", self.evidence, off)
        by_place = np.einsum("ctp,ctl->pl", self.places, off)
        return float(value), np.concatenate([by_mix.ravel(), by_place.ravel(), by_follow.ravel()])


def _pad(pieces: Sequence[np.ndarray]) -> np.ndarray:
    out = np.zeros((len(pieces), max(map(len, pieces)), *pieces[0].shape[1:]), dtype=pieces[0].dtype)
    for index, piece in enumerate(pieces):
        out[index, : len(piece)] = piece
    return out
