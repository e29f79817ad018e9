"""What to label next, and which labels to look at again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from policynlp.classify import LinearClassifier, rows
from policynlp.classify.bert import BertLabeller, padded
from policynlp.evaluate.splits import group_of
from policynlp.report import LABELS, Report, Sentence
from policynlp.segment import segment

WAYS = ("uncertainty", "diversity", "disagreement")
# Diversity picks among this many times as many of the least sure sentences.
_POOL = 10
# Sentences that the encoder reads in one pass.
_BATCH = 32
Embed = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that is likely wrong: what the model says instead, and how sure it is of the label and of that.

    Attributes:
        report_id: Of the report.
        start: Offset of the sentence.
        text: The sentence.
        label: The label that it carries.
        suggested: The label that the model thinks likely.
        label_score: The model's probability of the first, from 0 to 1.
        suggested_score: The same of the second.

    Example:
        >>> Suspect("a", 0, "要新建学校。", "achievement", "commitment", 0.04, 0.91).suggested
        'commitment'
    """

    report_id: str
    start: int
    text: str
    label: str
    suggested: str
    label_score: float
    suggested_score: float


def suggest(
    reports: Sequence[Report],
    count: int,
    by: str = "diversity",
    other: Sequence[Report] | None = None,
    embed: Embed | None = None,
    seed: int = 0,
) -> list[tuple[str, int]]:
    """Choose the sentences whose labels would teach a model most.

    Args:
        reports: Reports that the model labelled, with scores; none of them labelled by people yet.
        count: How many sentences to choose, at most.
        by: ``uncertainty`` (the two best labels are closest), ``diversity`` (the least sure sentence of each of
            ``count`` clusters, so that not all are of one kind), or ``disagreement`` (two models differ most).
        other: For ``disagreement``: the same reports, labelled by another model.
        embed: For ``diversity``: gives a vector for each sentence, as `encoder` does; by default characters, TF-IDF,
            SVD.
        seed: Of the clusters.

    Returns:
        Report id and start of each sentence, most wanted first; what `policynlp.annotate.documents` takes.

    Raises:
        ValueError: For an unknown way, sentences without scores, or ``other`` missing or of other reports.

    Example:
        >>> scores = [(0.9, 0.0, 0.1, 0.0), (0.5, 0.0, 0.4, 0.1)]
        >>> sentences = tuple(
        ...     Sentence(4 * i, 4 * i + 4, "新建三所", id=i, label="achievement", scores=dict(zip(LABELS, row)))
        ...     for i, row in enumerate(scores)
        ... )
        >>> suggest([Report("新建三所新建三所", id="a", sentences=sentences)], 1, by="uncertainty")
        [('a', 4)]
    """
    if by not in WAYS:
        raise ValueError(f"unknown way {by!r}; known are {', '.join(WAYS)}")
    pool = [(report.id, sentence) for report in reports for sentence in report.sentences]
    if not pool or count < 1:
        return []
    scores = _scores(pool)
    if by == "disagreement":
        if other is None:
            raise ValueError("disagreement needs the same reports labelled by another model: give them as other")
        wanted = _divergence(scores, _scores(_aligned(pool, other)))
        order = np.argsort(-wanted, kind="stable")
        return [(pool[i][0], pool[i][1].start) for i in order[:count] if wanted[i] > 0]
    order = np.argsort(_margin(scores), kind="stable")
    if by == "diversity":
        order = _diverse(pool, order[: _POOL * count], count, embed or _characters(seed), seed)
    return [(pool[i][0], pool[i][1].start) for i in order[:count]]


def _scores(pool: Sequence[tuple[str, Sentence]]) -> np.ndarray:
    for report_id, sentence in pool:
        if not sentence.scores:
            raise ValueError(
                f"{report_id}: the sentence at {sentence.start} has no scores; label the report by a model"
            )
    return np.array([[sentence.scores.get(label, 0.0) for label in LABELS] for _, sentence in pool])


def _margin(scores: np.ndarray) -> np.ndarray:
    best = np.sort(scores, axis=1)
    return best[:, -1] - best[:, -2]


def _aligned(pool: Sequence[tuple[str, Sentence]], other: Sequence[Report]) -> list[tuple[str, Sentence]]:
    theirs = {(report.id, sentence.start): sentence for report in other for sentence in report.sentences}
    out = []
    for report_id, sentence in pool:
        if (report_id, sentence.start) not in theirs:
            raise ValueError(f"{report_id}: no sentence at {sentence.start} in the reports of the other model")
        out.append((report_id, theirs[report_id, sentence.start]))
    return out


def _divergence(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Jensen-Shannon divergence of two models' probabilities, a row a sentence."""
    middle = (a + b) / 2

    def part(p: np.ndarray) -> np.ndarray:
        safe = np.where(p > 0, p, 1)
        return np.where(p > 0, p * np.log(safe / np.where(middle > 0, middle, 1)), 0).sum(axis=1)

    return (part(a) + part(b)) / 2


def _characters(seed: int) -> Embed:
    def embed(texts: Sequence[str]) -> np.ndarray:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        table = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True).fit_transform(texts)
        size = min(64, min(table.shape) - 1)
        return table.toarray() if size < 2 else TruncatedSVD(size, random_state=seed).fit_transform(table)

    return embed


def encoder(nlp: Any) -> Embed | None:
    """The vectors that a model's own encoder gives sentences: its first layer's mean over the tokens, of length 1.

    The last layer of an encoder that was fine-tuned on labels tells hardly more than the label: of 24 invented
    sentences on six topics the nearest neighbour was of the same topic for 14 by the first layer of the embedded
    BERT, for as many by characters, and for 3 by its last.

    Args:
        nlp: As `policynlp.load` returns it.

    Returns:
        What `suggest` takes as ``embed``; None for a model without an encoder.

    Example:
        >>> from policynlp import load
        >>> encoder(load("bert"))(["新建小学三所。", "空气质量改善。"]).shape[0]
        2
    """
    bert = getattr(nlp, "classifier", None)
    if not isinstance(bert, BertLabeller):
        return None

    def embed(texts: Sequence[str]) -> np.ndarray:
        import torch

        out: list[np.ndarray] = [np.zeros(0)] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # like lengths together: little padding
        for first in range(0, len(order), _BATCH):
            group = order[first : first + _BATCH]
            ids = [bert.tokenizer(texts[i], truncation=True, max_length=bert.window)["input_ids"] for i in group]
            tokens, mask = (part.to(bert.device) for part in padded(ids, bert.tokenizer.pad_token_id or 0))
            with torch.inference_mode():
                read = bert.model.base_model(input_ids=tokens, attention_mask=mask, output_hidden_states=True)
            means = (read.hidden_states[1].float() * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)
            for i, vector in zip(group, torch.nn.functional.normalize(means).cpu().numpy(), strict=True):
                out[i] = vector
        return np.stack(out)

    return embed


def _diverse(
    pool: Sequence[tuple[str, Sentence]], order: np.ndarray, count: int, embed: Embed, seed: int
) -> np.ndarray:
    """The least sure sentence of each cluster, least sure first."""
    from sklearn.cluster import KMeans

    if len(order) <= count:
        return order
    vectors = np.asarray(embed([pool[i][1].text for i in order]))
    clusters = KMeans(count, n_init=1, random_state=seed).fit_predict(vectors)
    _, first = np.unique(clusters, return_index=True)
    chosen = np.sort(first)
    # Sentences alike give fewer clusters than asked for: fill up with the least sure of the rest.
    rest = np.setdiff1d(np.arange(len(order)), chosen)
    return order[np.concatenate([chosen, rest])]


def likely_errors(reports: Sequence[Report], folds: int = 5, seed: int = 0) -> list[Suspect]:
    """Labels that a model, which has seen no report of the same place, does not believe.

    A label is suspect where another label is at least as probable as it is, on average, for the sentences that carry
    it, and more probable than the given one: confident learning, after Northcutt, Jiang and Chuang, *Confident
    Learning: Estimating Uncertainty in Dataset Labels*, JAIR 70 (2021).

    Args:
        reports: Labelled by people; whole reports of several places, as `policynlp.load_corpus` returns them.
        folds: Folds over places.
        seed: Of the folds.

    Returns:
        Suspects, least believed first.

    Raises:
        ValueError: For reports of fewer than two places.

    Example:
        >>> from policynlp import load_corpus
        >>> suspects = likely_errors(load_corpus("corpus/example").reports, folds=2)
        >>> all(suspect.label != suspect.suggested for suspect in suspects)
        True
    """
    cut = [segment(report.with_(sentences=(), facts=(), model="")) for report in reports]
    labels = [{(s.start, s.end): s.label for s in report.sentences if s.label} for report in reports]
    places = [group_of(report, "place") for report in reports]
    names = np.random.default_rng(seed).permutation(sorted(set(places)))
    if len(names) < 2:
        raise ValueError("labels are judged by a model of other places: give reports of two places or more")
    fold = {str(name): index % min(folds, len(names)) for index, name in enumerate(names)}
    items = []
    for report, known, place in zip(cut, labels, places, strict=True):
        for row, sentence in zip(rows(report), report.sentences, strict=True):
            if label := known.get((sentence.start, sentence.end)):
                items.append((fold[place], row, report.id, sentence, label))
    scores = np.zeros((len(items), len(LABELS)))
    for number in sorted(set(fold.values())):
        train = [item for item in items if item[0] != number]
        test = [index for index, item in enumerate(items) if item[0] == number]
        model = LinearClassifier(min_df=2).fit([item[1] for item in train], [item[4] for item in train])
        columns = [LABELS.index(str(label)) for label in model.classes_]
        scores[np.ix_(test, columns)] = model.predict_proba([items[index][1] for index in test])
    given = np.array([LABELS.index(item[4]) for item in items])
    return [
        Suspect(
            items[i][2],
            items[i][3].start,
            items[i][3].text,
            items[i][4],
            LABELS[j],
            float(scores[i, given[i]]),
            float(scores[i, j]),
        )
        for i, j in confident(scores, given)
    ]


def confident(scores: np.ndarray, given: np.ndarray) -> list[tuple[int, int]]:
    """Rows whose given label is suspect, with the label that is likely instead.

    Args:
        scores: Out-of-sample probabilities, a row an item, a column a label.
        given: The column of each item's label.

    Returns:
        Row and likely column, the rows with the least probable given label first.

    Example:
        >>> confident(np.array([[0.9, 0.1], [0.1, 0.9], [0.3, 0.7]]), np.array([0, 0, 1]))
        [(1, 1)]
    """
    columns = scores.shape[1]
    threshold = np.array([scores[given == k, k].mean() if (given == k).any() else np.inf for k in range(columns)])
    believed = np.where(scores >= threshold, scores, -1)
    likely = believed.argmax(axis=1)
    rows_ = np.arange(len(given))
    suspect = (believed.max(axis=1) > 0) & (likely != given) & (scores[rows_, likely] > scores[rows_, given])
    order = rows_[suspect][np.argsort(scores[rows_, given][suspect], kind="stable")]
    return [(int(i), int(likely[i])) for i in order]
