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
        scope: How far it reaches: ``subject, segment, list, back, both``; ``none`` for what only looks like a cue.
        unless: Words that, between it and a number, make it no cue.
        spares: True where it also announces constraints, which stay firm: 预期目标和约束性指标.
    """

    start: int
    end: int
    word: str
    says: str
    scope: str
    unless: tuple[str, ...] = ()
    spares: bool = False

    def says_of(self, indicator: str) -> str:
        """The modality that it gives to one indicator."""
        return "firm" if self.spares and _CONSTRAINED.search(indicator) else self.says


@cache
def _modal_rows() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    columns = ("word", "modality", "scope", "unless", "example")
    rows = load_table("modality.tsv", columns, ("word", "modality", "scope"))
    return {row["word"]: (row["modality"], row["scope"], tuple(row["unless"].split())) for row in rows}


@cache
def _modal_words() -> re.Pattern[str]:
    return re.compile(vocabulary.alternation(frozenset(_modal_rows())))


_WON = re.compile(vocabulary.cue_words("won"))
# 预期的主要经济指标是：, 主要预期和调控目标是：, 约束性指标：: the words of a clause before its ： announce a list.
_ANNOUNCES = re.compile(
    rf"(?:(?P<expected>{vocabulary.cue_words('expects')})|(?P<bound>{vocabulary.cue_words('constrains')}))"
    r"[^，,。；;：:]{0,30}(?P<manner>[，,]按[^，,。；;：:]{2,30})?[：:]"  # 预期目标，按稳中求进的原则安排：
)
_CLAUSE_START = re.compile(r"[，,。；;：:]")
_ANNOUNCED = re.compile(vocabulary.cue_words("announced"))
_CONSTRAINS = re.compile(vocabulary.cue_words("constrains"))
_CONSTRAINED = re.compile(vocabulary.cue_words("constrained"))


def modal_cues(sentence: str, label: str | None = None) -> list[Cue]:
    """Find the modality cues of a sentence, in order; in an achievement what was striven for (争取) is won.

    Example:
        >>> [(cue.word, cue.scope) for cue in modal_cues("预计增长5%，力争达到6%")]
        [('预计', 'subject'), ('力争', 'subject')]
    """
    rows = _modal_rows()
    found = (Cue(m.start(), m.end(), m.group(), *rows[m.group()]) for m in _modal_words().finditer(sentence))
    won = label == "achievement"
    cues = [cue for cue in found if not (won and _WON.fullmatch(cue.word))]
    for head in _list_heads(sentence):
        # 社会预期： and 超预期： are none, whatever stands behind them.
        inside = [cue for cue in cues if head.start < cue.end and cue.start < head.end]
        if not any(cue.scope == "none" and not _ANNOUNCED.search(cue.word + head.word) for cue in inside):
            cues = [*(cue for cue in cues if cue not in inside), head]
    return sorted((cue for cue in cues if cue.scope != "none"), key=lambda cue: cue.start)


def _list_heads(sentence: str) -> list[Cue]:
    """The clauses of a sentence that announce a list of targets, up to their ：."""
    heads = []
    for match in _ANNOUNCES.finditer(sentence):
        # A scraper's blank can stand anywhere: 主要预期目 标是：
        end = match.start("manner") if match["manner"] else match.end() - 1
        clause = _CLAUSE_START.split(sentence[:end])[-1].replace(" ", "")
        if _ANNOUNCED.search(clause):
            spares = match["expected"] is not None and _CONSTRAINS.search(clause) is not None
            says = "expected" if match["expected"] else "firm"
            heads.append(Cue(match.start(), match.end(), match.group()[:-1], says, "list", spares=spares))
    return heads


def modality(
    sentence: str,
    at: int,
    place: tuple[int, int, int],
    cues: Sequence[Cue],
    places: Sequence[tuple[int, int, int]],
    indicator: str = "",
) -> tuple[str, str]:
    """The modality of one number: that of the nearest word that reaches it.

    Args:
        sentence: The sentence.
        at: Offset of the number in it.
        place: Index of its ， segment, of its ； clause and of its run of facts with one subject.
        cues: The cues of the sentence.
        places: For each cue its segment, clause and the run of facts that it opens.
        indicator: What the number measures; a list of targets may spare its constraints.

    Returns:
        The modality and why.
    """
    segment, clause, subject = place
    for cue, (cue_segment, cue_clause, cue_subject) in zip(reversed(cues), reversed(places), strict=True):
        if cue.scope == "back" or (cue.scope == "both" and cue.start > at):
            if cue.start > at and cue_segment == segment:
                return cue.says, f"{cue.word} behind it"
            continue
        if cue.start > at or any(word in sentence[cue.end : at] for word in cue.unless):
            continue
        if cue.scope in ("list", "both"):
            return cue.says_of(indicator), f"{cue.word}, which reaches over the whole list"
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
