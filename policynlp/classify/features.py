"""Words and marks of a row as sparse features, each group with its own vocabulary."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer

from policynlp.classify.rows import Row

if TYPE_CHECKING:
    import jieba

# A sentence says what it does at its two ends; the middle of a very long one (a table glued into a line) tells nothing
# more and only costs time.
_KEEP = 300
_DIGITS = re.compile(r"[0-9０-９]+(?:[.．][0-9０-９]+)?")
_CLAUSE_MARKS = "，,；;：:。！？!?"


@cache
def _tokenizer() -> jieba.Tokenizer:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    return tokenizer


@lru_cache(maxsize=16384)
def words(text: str) -> tuple[str, ...]:
    """Words of a text, numbers as one token ``0``, white space left out.

    Args:
        text: A sentence or title; of a very long one the beginning and the end are read.

    Returns:
        The words in order, cut by jieba without guessing new ones.

    Example:
        >>> words("新建学校12.5所。")
        ('新建', '学校', '0', '所', '。')
    """
    if len(text) > 2 * _KEEP:
        text = text[:_KEEP] + "…" + text[-_KEEP:]
    cut = _tokenizer().cut(_DIGITS.sub("0", text), HMM=False)
    return tuple(word for word in cut if not word.isspace())


def text_words(row: Row) -> list[str]:
    """Words and word pairs of the sentence.

    Args:
        row: The sentence.

    Returns:
        Features, repeated where they occur again.

    Example:
        >>> text_words(Row("新建学校。"))
        ['新建', '学校', '。', '新建 学校', '学校 。']
    """
    own = words(row.text)
    return [*own, *(f"{a} {b}" for a, b in pairwise(own))]


def edge_words(row: Row) -> list[str]:
    """How the sentence opens and what its last clause says, which is usually the main clause in Chinese.

    Args:
        row: The sentence.

    Returns:
        Features; ``^`` marks what opens it, ``$`` the last clause, ``{`` the first.

    Example:
        >>> edge_words(Row("新建学校。"))[:3]
        ['^新建', '^学校', '^。']
    """
    own = words(row.text)
    if not own:
        return []
    out = [f"^{word}" for word in own[:3]] + ["^^" + "".join(own[:2]), "$$" + "".join(own[-2:])]
    return out + [f"${word}" for word in _last_clause(own)] + [f"{{{word}" for word in _first_clause(own)]


def _last_clause(own: tuple[str, ...]) -> tuple[str, ...]:
    for index in range(len(own) - 2, -1, -1):
        if own[index] in _CLAUSE_MARKS:
            return own[index + 1 :]
    return own


def _first_clause(own: tuple[str, ...]) -> tuple[str, ...]:
    for index, word in enumerate(own):
        if word in _CLAUSE_MARKS:
            return own[:index]
    return own


def heading_words(row: Row) -> list[str]:
    """Words of the headings; those of the innermost one apart.

    Args:
        row: The sentence with its headings.

    Returns:
        Features; ``h:`` for any heading, ``i:`` for the innermost.

    Example:
        >>> heading_words(Row("好。", headings=("工作回顾",)))
        ['h:工作', 'h:回顾', 'i:工作', 'i:回顾']
    """
    out = [f"h:{word}" for title in row.headings for word in words(title)]
    if row.headings:
        out += [f"i:{word}" for word in words(row.headings[-1])]
    return out


def neighbour_words(row: Row) -> list[str]:
    """Words of the sentence before, of the one after, and of the one that opens the paragraph.

    Args:
        row: The sentence with its neighbours.

    Returns:
        Features; ``p:`` for the sentence before, ``n:`` for the one after, ``l:`` for the one that leads the paragraph.

    Example:
        >>> neighbour_words(Row("好。", previous="一是学校。"))
        ['p:一', 'p:是', 'p:学校', 'p:。']
    """
    return [
        f"{mark}:{word}"
        for mark, text in (("p", row.previous), ("n", row.next), ("l", row.lead))
        if text
        for word in words(text)
    ]


def place_marks(row: Row) -> list[str]:
    """Section kind, position, place in the paragraph, and the section's kind with how the sentence opens.

    Args:
        row: The sentence with what is known of its place.

    Returns:
        Features; none where nothing is known.

    Example:
        >>> place_marks(Row("好。", section_kind="plan"))[0]
        'plan'
    """
    return list(_place_marks(row))


def _place_marks(row: Row) -> Iterator[str]:
    kind = row.section_kind
    if kind:
        yield kind
        own = words(row.text)
        yield from (f"{kind}^{word}" for word in own[:2])
        # No set: its order changes from process to process, sums with it, and the solver would stop elsewhere.
        yield from (f"{kind} {word}" for word in dict.fromkeys(own))
    if row.position is not None:
        yield f"at {int(row.position * 20)}"
    if row.section_position is not None:
        yield f"{kind} at {int(row.section_position * 8)}"
    if row.lead is not None:
        yield "follows" if row.lead else "opens"
    for name, text in (("first", row.previous), ("last", row.next)):
        if text == "":
            yield name


GROUPS: dict[str, tuple[Callable[[Row], list[str]], float]] = {
    "words": (text_words, 1.0),
    "edges": (edge_words, 1.0),
    "headings": (heading_words, 0.7),
    "neighbours": (neighbour_words, 0.5),
    "place": (place_marks, 1.0),
}
"""Feature groups: what each reads from a row, and how much it weighs."""


class RowVectorizer(TransformerMixin, BaseEstimator):
    """Rows to a sparse matrix: a `TfidfVectorizer` a group, side by side, each with its group's weight.

    Unlike a `FeatureUnion` it leaves out a group that has nothing to read (no headings in a set of bare sentences).

    Args:
        min_df: A feature in fewer rows is left out.
        vocabularies: For each group the features to use; learnt from the rows by default.

    Attributes:
        groups_: The fitted vectorizer of each group that is used.

    Example:
        >>> matrix = RowVectorizer(min_df=1).fit_transform([Row("新建学校。"), Row("建成学校。")])
        >>> matrix.shape[0]
        2
    """

    def __init__(self, min_df: int = 2, vocabularies: Mapping[str, Sequence[str]] | None = None) -> None:
        self.min_df = min_df
        self.vocabularies = vocabularies

    def fit(self, X: Sequence[Row], y: Any = None) -> RowVectorizer:
        """Learn the vocabulary of each group and the weight of each feature.

        Args:
            X: Rows.
            y: Not used; scikit-learn gives it.

        Returns:
            The vectorizer itself.

        Raises:
            ValueError: Where no feature occurs often enough.

        Example:
            >>> sorted(RowVectorizer(min_df=1).fit([Row("新建学校。")]).groups_)
            ['edges', 'words']
        """
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: Sequence[Row], y: Any = None, **fit_params: Any) -> csr_matrix:
        """Learn as `fit` does and return the matrix.

        Args:
            X: Rows.
            y: Not used; scikit-learn gives it.
            **fit_params: Not used; scikit-learn gives them.

        Returns:
            Of shape (rows, features).

        Raises:
            ValueError: Where no feature occurs often enough.

        Example:
            >>> RowVectorizer(min_df=1).fit_transform([Row("新建学校。")]).shape[0]
            1
        """
        self.groups_: dict[str, TfidfVectorizer] = {}
        blocks = []
        for name in GROUPS if self.vocabularies is None else self.vocabularies:
            group = self._group(name)
            try:
                block = group.fit_transform(X)
            except ValueError:  # nothing to read here, or nothing often enough
                continue
            self.groups_[name] = group
            blocks.append(block * GROUPS[name][1])
        if not blocks:
            raise ValueError(f"no word occurs in {self.min_df} of the {len(X)} rows; give more rows or lower min_df")
        return hstack(blocks, format="csr")

    def transform(self, X: Sequence[Row]) -> csr_matrix:
        """The matrix of further rows.

        Args:
            X: Rows.

        Returns:
            Of shape (rows, features), with the columns of `fit_transform`.

        Example:
            >>> vectorizer = RowVectorizer(min_df=1).fit([Row("新建学校。")])
            >>> vectorizer.transform([Row("建成学校。"), Row("。")]).shape[0]
            2
        """
        return hstack([group.transform(X) * GROUPS[name][1] for name, group in self.groups_.items()], format="csr")

    def _group(self, name: str) -> TfidfVectorizer:
        return TfidfVectorizer(
            analyzer=GROUPS[name][0],
            vocabulary=self.vocabularies[name] if self.vocabularies else None,
            min_df=1 if self.vocabularies else self.min_df,
            lowercase=False,
            sublinear_tf=True,
            dtype=np.float32,
        )

    @classmethod
    def restore(cls, vocabularies: Mapping[str, Sequence[str]], idf: Mapping[str, np.ndarray]) -> RowVectorizer:
        """Build a fitted vectorizer from its vocabularies and weights, without any training rows.

        Args:
            vocabularies: For each group its features.
            idf: For each group one weight a feature.

        Returns:
            A vectorizer that can `transform`.

        Example:
            >>> vectorizer = RowVectorizer.restore({"words": ["学校"]}, {"words": np.ones(1)})
            >>> vectorizer.transform([Row("新建学校。")]).toarray().shape
            (1, 1)
        """
        self = cls(vocabularies=vocabularies)
        self.groups_ = {name: self._group(name) for name in vocabularies}
        for name, group in self.groups_.items():
            group.idf_ = idf[name].astype(np.float32)
        return self
