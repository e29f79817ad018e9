"""What the words around a number say about it beyond its measure: modality, period and year.

After ConText (medspaCy): a cue is data with what it says, how far it reaches and what ends it; the code only walks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from policynlp.data import load_table
from policynlp.facts import vocabulary


@dataclass(frozen=True, slots=True)
class Cue:
    """A word that governs numbers.

    Attributes:
        start: Offset in the sentence.
        end: Offset after it.
        word: The word.
        says: The modality.
        scope: How far it reaches: ``subject, segment, list, back``; ``none`` for what only looks like a cue.
        unless: Words that, between it and a number, make it no cue.
    """

    start: int
    end: int
    word: str
    says: str
    scope: str
    unless: tuple[str, ...] = ()


@cache
def _modal_rows() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    columns = ("word", "modality", "scope", "unless", "example")
    rows = load_table("modality.tsv", columns, ("word", "modality", "scope"))
    return {row["word"]: (row["modality"], row["scope"], tuple(row["unless"].split())) for row in rows}


@cache
def _modal_words() -> re.Pattern[str]:
    return re.compile(vocabulary.alternation(frozenset(_modal_rows())))


def modal_cues(sentence: str) -> list[Cue]:
    """Find the modality cues of a sentence, in order.

    Example:
        >>> [(cue.word, cue.scope) for cue in modal_cues("预计增长5%，力争达到6%")]
        [('预计', 'subject'), ('力争', 'subject')]
    """
    rows = _modal_rows()
    found = (Cue(m.start(), m.end(), m.group(), *rows[m.group()]) for m in _modal_words().finditer(sentence))
    return [cue for cue in found if cue.scope != "none"]


def modality(
    sentence: str,
    at: int,
    place: tuple[int, int, int],
    cues: Sequence[Cue],
    places: Sequence[tuple[int, int, int]],
) -> tuple[str, str]:
    """The modality of one number: that of the nearest word that reaches it.

    Args:
        sentence: The sentence.
        at: Offset of the number in it.
        place: Index of its ， segment, of its ； clause and of its run of facts with one subject.
        cues: The cues of the sentence.
        places: For each cue its segment, clause and the run of facts that it opens.

    Returns:
        The modality and why.
    """
    segment, clause, subject = place
    for cue, (cue_segment, cue_clause, cue_subject) in zip(reversed(cues), reversed(places), strict=True):
        if cue.scope == "back":
            if cue.start > at and cue_segment == segment:
                return cue.says, f"{cue.word} behind it"
            continue
        if cue.start > at or any(word in sentence[cue.end : at] for word in cue.unless):
            continue
        if cue.scope == "list":
            return cue.says, f"{cue.word}, which reaches over the whole list"
        if cue.scope == "segment" and cue_segment == segment:
            return cue.says, f"{cue.word} in the same segment"
        if cue.scope == "subject" and cue_clause == clause and cue_subject == subject:
            return cue.says, f"{cue.word}, whose subject goes on"
    return "firm", "no word of effort or expectation reaches it"


@cache
def _period_words() -> dict[str, str]:
    return dict(vocabulary.words("periods.tsv", "period"))


def period(near: str, measure: str) -> tuple[str, str]:
    """Tell an average and a running total from the figure of one year.

    Args:
        near: The words before the number in its ， segment, and its indicator.
        measure: The measure of the number; only a rate of change can be an average.

    Returns:
        The period and why.

    Example:
        >>> period("财政收入年均增长", "growth")[0], period("累计完成投资", "level")[0]
        ('average', 'cumulative')
    """
    for word, says in _period_words().items():
        if word in near and (says != "average" or measure == "growth"):
            return says, word
    return "annual", "no word of average or total"


@cache
def _year_rows() -> dict[str, tuple[str, int]]:
    rows = load_table("years.tsv", ("word", "kind", "value", "example"), ("word", "kind", "value"))
    return {row["word"]: (row["kind"], int(row["value"])) for row in rows}


_DIGITS = {c: str(n) for n, c in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}


@cache
def _year_words() -> re.Pattern[str]:
    words = vocabulary.alternation(frozenset(_year_rows()))
    return re.compile(
        rf"(?P<digits>(?:19|20)\d\d|[一二][〇○零一二三四五六七八九]{{3}})\s?年|(?P<word>{words})"
        rf"|(?:今后|未来|用|近|争取)?(?P<span>[一二两三四五六七八九十]|\d)年(?:之?内|左右)"
        rf"|(?:今后|未来)(?P<ahead>[一二两三四五六七八九十]|\d)年"
    )


_SMALL = {c: n for n, c in enumerate("一二三四五六七八九十", 1)} | {"两": 2} | {str(n): n for n in range(10)}


# Behind these a year is only what the number is measured against, or part of a name.
_AGAINST = re.compile(r"(?:比|较|超过|高于|低于|相当于|是|自)$")
_SINCE = re.compile(r"(?:以来|后)")


@dataclass(frozen=True, slots=True)
class YearCue:
    """A word that names a year; ``base`` where it stands in 由…到… as the starting point."""

    start: int
    end: int
    word: str
    year: int
    base: bool


def year_cues(sentence: str, report_year: int | None) -> list[YearCue]:
    """Find the years that a sentence names, in order, without those that only serve as a comparison.

    Example:
        >>> [(cue.word, cue.year) for cue in year_cues("去年增长5%，到2030年翻一番，比2010年多", 2024)]
        [('去年', 2023), ('2030年', 2030)]
    """
    out = []
    for match in _year_words().finditer(sentence):
        before = sentence[max(0, match.start() - 4) : match.start()]
        behind = sentence[match.end() : match.end() + 3]
        if _AGAINST.search(before) or (_SINCE.match(behind) and not before.endswith("到")):
            continue
        if digits := match["digits"]:
            year = int("".join(_DIGITS.get(c, c) for c in digits))
        elif span := match["span"] or match["ahead"]:
            if report_year is None:
                continue
            year = report_year + _SMALL[span] - 1
        else:
            kind, value = _year_rows()[match["word"]]
            if kind == "relative" and report_year is None:
                continue
            year = value if kind == "plan" else value + (report_year or 0)
        base = before.endswith(("由", "从")) and not behind.startswith(("起", "开始"))
        base = base or (before.endswith(("与", "同", "和")) and behind.startswith(("相比", "比")))
        out.append(YearCue(match.start(), match.end(), match.group(), year, base))
    return out
