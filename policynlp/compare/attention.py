"""Attention: what share of its words, sentences and characters a report gives to a topic."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policynlp.compare.errors import CompareError
from policynlp.compare.source import load_source
from policynlp.data import load_table, parse_table
from policynlp.report import Report

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("report_id", "region", "region_code", "level", "year", "section_kind", "label")
DEFAULT_BY = ("report_id", "region", "region_code", "level", "year")
_COLUMNS = ("word", "not")
_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Topic:
    """A topic's words.

    Attributes:
        name: Its name in the results.
        words: Word -> phrases in which it does not speak of the topic.
    """

    name: str
    words: Mapping[str, tuple[str, ...]]


@cache
def shipped_topics() -> tuple[str, ...]:
    """Names of the topics that ship with the library.

    Returns:
        What `attention` takes as topics, sorted.

    Example:
        >>> shipped_topics()
        ('digital_economy', 'environment', 'innovation', 'livelihood', 'safety')
    """
    folder = files("policynlp.data") / "attention"
    return tuple(sorted(path.name.removesuffix(".tsv") for path in folder.iterdir() if path.name.endswith(".tsv")))


def attention(
    reports: str | Path | Report | Iterable[Report],
    topics: str | Path | Sequence[str | Path] | Mapping[str, Iterable[str]] | None = None,
    *,
    by: Sequence[str] = DEFAULT_BY,
    user_dictionary: Iterable[str] = (),
) -> pd.DataFrame:
    """Measure how much of each report is about a topic.

    Words are jieba's; every word of the topics and of the user's dictionary is one word to it. A longer word of jieba's
    that begins or ends with a topic's word counts too (大气污染 for 污染), unless it is one of the user's dictionary or
    the list's column ``not`` names it. A sentence is on a topic that holds one of its words; its characters count with
    it. Headings, front matter and appendices are left out.

    Args:
        reports: Labelled reports, or the folder that ``policynlp label`` wrote.
        topics: Names of shipped topics (see `shipped_topics`), files with the columns ``word`` and ``not``, or
            ``{name: words}``; None takes all shipped topics.
        by: What the rows are: some of ``report_id, region, region_code, level, year, section_kind, label``.
        user_dictionary: Further words that jieba shall not cut.

    Returns:
        One row a group and topic: the columns of ``by``, ``topic``, ``words_on_topic``, ``words``, ``word_share``,
        ``sentences_on_topic``, ``sentences``, ``sentence_share``, ``characters_on_topic``, ``characters``,
        ``character_share``.

    Raises:
        CompareError: For an unknown topic or column.
        DataFileError: Where a file of words breaks the rules of its table.

    Example:
        >>> from policynlp import Report, load
        >>> text = "一、2023年工作回顾\\n全面加强污染防治。财政收入增长5%。"
        >>> report = load()(Report.from_text(text, region="云岭市", year=2024))
        >>> attention(report, "environment")[["topic", "words_on_topic", "sentence_share"]].values.tolist()
        [['environment', 1, 0.5]]
    """
    known = [_topic(topic) for topic in _listed(topics)] if not isinstance(topics, Mapping) else _own(topics)
    if wrong := [name for name in by if name not in KEYS]:
        raise CompareError(f"no column {wrong[0]!r} to group by; columns are {', '.join(KEYS)}")
    source = load_source(reports)
    sentences = source.sentences.merge(
        source.reports[["report_id", "region", "region_code", "level", "year"]].astype({"report_id": object}),
        on="report_id",
    )
    body = sentences["label"].notna() & ~sentences["section_kind"].astype(object).isin(["front", "appendix"])
    sentences = sentences[body]
    counts = _count(sentences["text"], known, user_dictionary)
    return _grouped(sentences, counts, known, list(by))


def _listed(topics: Any) -> Sequence[str | Path]:
    if topics is None:
        return shipped_topics()
    return [topics] if isinstance(topics, (str, Path)) else list(topics)


def _own(topics: Mapping[str, Iterable[str]]) -> list[Topic]:
    for name, words in topics.items():
        if isinstance(words, str):
            raise CompareError(f"topic {name!r}: give its words as a list, not as one text")
    return [Topic(name, dict.fromkeys(words, ())) for name, words in topics.items()]


@cache
def _topic(name: str | Path) -> Topic:
    if str(name) in shipped_topics():
        rows = load_table(f"attention/{name}.tsv", _COLUMNS, ("word",))
    elif Path(name).is_file():
        rows = tuple(parse_table(Path(name).read_text(encoding="utf-8-sig"), Path(name).name, _COLUMNS, ("word",)))
    else:
        raise CompareError(
            f"no topic {str(name)!r}; shipped are {', '.join(shipped_topics())}; or give a file of words"
        )
    return Topic(Path(name).stem, {row["word"]: tuple(row["not"].split()) for row in rows})


def _count(texts: Iterable[str], topics: Sequence[Topic], user_dictionary: Iterable[str]) -> pd.DataFrame:
    """Words of each sentence, and those on each topic."""
    import pandas as pd

    whole = set(user_dictionary)
    cut = _tokenizer({word for topic in topics for word in topic.words} | whole)
    # Reports use few different words often: what a word says is looked up once.
    hits = _Hits(topics, whole)
    rows = []
    for text in texts:
        found = [hits[word] for word in cut(text)]
        speaking = Counter(key for keys in found if keys for key in keys)
        counts = [0] * len(topics)
        for (topic, key), count in speaking.items():
            other = sum(text.count(phrase) for phrase in topics[topic].words[key])
            counts[topic] += max(0, count - other)
        rows.append([len(found) - found.count(None), *counts])
    return pd.DataFrame(rows, columns=["words", *(topic.name for topic in topics)])


def _tokenizer(words: Iterable[str]) -> Any:
    import jieba

    jieba.setLogLevel(60)
    # A tokenizer of its own: the words of a topic change nothing outside this call.
    tokenizer = jieba.Tokenizer()
    for word in words:
        tokenizer.add_word(word)
    return tokenizer.lcut


class _Hits(dict[str, "tuple[tuple[int, str], ...] | None"]):
    """Word of jieba's -> (number of the topic, its word) for each topic it speaks of; None for what is no word."""

    def __init__(self, topics: Sequence[Topic], whole: set[str]) -> None:
        super().__init__()
        self._topics, self._whole = topics, whole

    def __missing__(self, word: str) -> tuple[tuple[int, str], ...] | None:
        # 生态环境 and 大气污染 are one word to jieba; 再创新高 only happens to hold 创新. The longest part goes first.
        sizes = range(len(word), 0, -1) if word not in self._whole else (len(word),)
        parts = [part for size in sizes for part in (word[:size], word[-size:])]
        found = [
            (number, key)
            for number, topic in enumerate(self._topics)
            if (key := next((part for part in parts if part in topic.words), None))
        ]
        self[word] = tuple(found) if _WORD.search(word) else None
        return self[word]


def _grouped(sentences: pd.DataFrame, counts: pd.DataFrame, topics: Sequence[Topic], by: list[str]) -> pd.DataFrame:
    import pandas as pd

    from policynlp.compare.attention_table import AttentionTable

    keys = sentences[by].reset_index(drop=True).astype(object)
    keys = keys.where(keys.notna(), None)
    length = sentences["text"].str.len().reset_index(drop=True).astype("int64")
    parts = []
    for topic in topics:
        on = counts[topic.name]
        part = keys.assign(
            topic=topic.name,
            words_on_topic=on,
            words=counts["words"],
            sentences_on_topic=(on > 0).astype("int64"),
            sentences=1,
            characters_on_topic=length.where(on > 0, 0),
            characters=length,
        )
        parts.append(part.groupby([*by, "topic"], dropna=False, sort=True).sum().reset_index())
    table = pd.concat(parts, ignore_index=True)
    for name in ("word", "sentence", "character"):
        share = table[f"{name}s_on_topic"] / table[f"{name}s"].where(table[f"{name}s"] > 0)
        table.insert(table.columns.get_loc(f"{name}s") + 1, f"{name}_share", share)
    return AttentionTable(table)
