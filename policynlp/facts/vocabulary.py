"""The words around numbers, compiled from their tables once a process, and the word cutter behind them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from policynlp.data import DataFileError, load_table


@cache
def words(table: str, value: str = "effect", extra: tuple[str, ...] = ()) -> Mapping[str, str]:
    """Map the words of a table to one of its columns; the first row of a word counts."""
    out: dict[str, str] = {}
    for row in load_table(table, ("word", value, *extra, "example"), ("word", value)):
        out.setdefault(row["word"], row[value])
    return out


@cache
def predicates() -> Mapping[str, str]:
    """Words directly before a number -> effect."""
    return words("predicates.tsv")


@cache
def openers() -> Mapping[str, str]:
    """Words at the head of what stands before a number -> effect; 新 before a verb says what is counted: 新落户."""
    known = words("openers.tsv", extra=("mid",))
    new = {f"新{word}": "keep" for word, effect in known.items() if effect == "act" and len(word) == 2}
    return {**new, **known}


@cache
def inner_verbs() -> frozenset[str]:
    """Openers that may also stand further inside."""
    rows = load_table("openers.tsv", ("word", "effect", "mid", "example"), ("word", "effect"))
    return frozenset(row["word"] for row in rows if row["mid"] == "y")


@cache
def heads() -> Mapping[str, str]:
    """Heads of indicators -> kind."""
    return words("indicator_heads.tsv", "kind")


@cache
def enders() -> frozenset[str]:
    """Words at which a noun phrase behind a number ends."""
    return frozenset(row["word"] for row in load_table("enders.tsv", ("word", "example"), ("word",)))


@cache
def long_enders() -> tuple[str, ...]:
    """The enders that the word cutter may cut in two."""
    return tuple(word for word in enders() if len(word) > 2)


@cache
def actors() -> tuple[str, ...]:
    """Endings of words for people, who are counted and then said to do something."""
    return tuple(row["word"] for row in load_table("actors.tsv", ("word", "example"), ("word",)))


@cache
def producers() -> tuple[str, ...]:
    """Endings of words for what has an output, a capacity or a revenue."""
    return tuple(row["word"] for row in load_table("producers.tsv", ("word", "example"), ("word",)))


@cache
def compounds() -> frozenset[str]:
    """Words that are kept whole."""
    return frozenset(row["word"] for row in load_table("compounds.tsv", ("word", "example"), ("word",)))


@cache
def vague_nouns() -> frozenset[str]:
    """Last words of a subject that say how it fares and not what it is."""
    return frozenset(row["word"] for row in load_table("vague_nouns.tsv", ("word", "example"), ("word",)))


@cache
def longest(table_words: frozenset[str]) -> int:
    """Length of the longest word, which bounds every search."""
    return max(map(len, table_words))


@cache
def reach(table: str) -> int:
    """Length of the longest word of ``predicates`` or ``openers``."""
    return max(map(len, {"predicates": predicates, "openers": openers}[table]()))


def ends_in_predicate(text: str) -> bool:
    """True where the last words of a text are a predicate."""
    text = text.rstrip()
    return any(text[-n:] in predicates() for n in range(2, 5))


def alternation(table: frozenset[str]) -> str:
    """A regular expression for any of the words, longest first."""
    return "|".join(sorted(map(re.escape, table), key=len, reverse=True))


@cache
def cue_words(*kinds: str) -> str:
    """A regular expression for the cue words of some kinds; the head of the table says what each kind does."""
    rows = load_table("cue_words.tsv", ("word", "kind", "example"), ("word", "kind"))
    found = frozenset(row["word"] for row in rows if row["kind"] in kinds)
    if not found:
        raise DataFileError(f"cue_words.tsv: no word of the kinds {', '.join(kinds)}")
    return alternation(found)


# A line broken in the middle of a sentence parts no words, and the mark of a footnote is none.
_NO_WORDS = re.compile(r"[\r\n]+[ \u3000]*|[〔［\[【（(]\d{1,2}[〕］\]】）)]|[①-⑳]")


def bare_words(text: str) -> str:
    """The words of a text without broken lines and marks of footnotes.

    Example:
        >>> bare_words("老旧小区〔7〕改\\n造")
        '老旧小区改造'
    """
    return _NO_WORDS.sub("", text)


@cache
def _cutter() -> Any:
    # jieba reads its dictionary on first use, so it is met no earlier than the first number is.
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    cutter = jieba.Tokenizer()
    for word in (*openers(), *predicates(), *heads(), *compounds()):
        if " " in word:
            cutter.del_word(word.replace(" ", ""))
        elif len(word) > 1:
            cutter.add_word(word)
    return cutter


@cache
def _tags() -> Mapping[str, str]:
    tags = {}
    with _cutter().get_dict_file() as lines:
        for line in lines:
            word, _, tag = line.decode("utf-8").rstrip().split(" ")
            tags[word] = tag
    return tags


def cut(text: str) -> list[str]:
    """Cut a phrase into words; nothing is lost.

    Example:
        >>> cut("垃圾收集点")
        ['垃圾', '收集', '点']
    """
    return list(_cutter().cut(text, HMM=False))


def tag(word: str) -> str:
    """The commonest part of speech of a word in jieba's dictionary; empty where it is not listed."""
    return _tags().get(word, "")
