"""Attention: what share of its words, sentences and characters a report gives to a topic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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

    Words are jieba's; every word of the topics and of the user's dictionary is one word to it. A sentence is on a
    topic that holds one of its words; its characters count with it. Headings, front matter and appendices are left
    out.

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

    cut = _tokenizer([word for topic in topics for word in topic.words], user_dictionary)
    rows = []
    for text in texts:
        words = [word for word in cut(text) if _WORD.search(word)]
        rows.append([len(words), *(_on_topic(text, words, topic) for topic in topics)])
    return pd.DataFrame(rows, columns=["words", *(topic.name for topic in topics)])


def _tokenizer(words: Iterable[str], further: Iterable[str]) -> Any:
    import jieba

    jieba.setLogLevel(60)
    # A tokenizer of its own: the words of a topic change nothing outside this call.
    tokenizer = jieba.Tokenizer()
    for word in {*words, *further}:
        tokenizer.add_word(word)
    return tokenizer.lcut


def _on_topic(text: str, words: Sequence[str], topic: Topic) -> int:
    hits = [word for word in words if word in topic.words or any(_inside(word, topic))]
    if not hits:
        return 0
    found = 0
    for word in set(hits):
        key = word if word in topic.words else next(_inside(word, topic))
        other = sum(text.count(phrase) for phrase in topic.words[key])
        found += max(0, hits.count(word) - other)
    return found


def _inside(word: str, topic: Topic) -> Iterator[str]:
    """Words of the topic that a longer word of jieba's holds: 生态 in 生态环境."""
    return (key for key in _shorter(topic.name, frozenset(topic.words)).get(word[:1], ()) if word.startswith(key))


@cache
def _shorter(name: str, words: frozenset[str]) -> dict[str, tuple[str, ...]]:
    heads: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        heads.setdefault(word[:1], []).append(word)
    return {head: tuple(group) for head, group in heads.items()}


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
