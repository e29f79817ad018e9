"""What kind of statement a number makes: level, growth, share, change or rank, and in which direction."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policynlp.facts import catalogue
from policynlp.facts.phrases import Phrase
from policynlp.facts.sites import Number
from policynlp.facts.vocabulary import cue_words, heads, openers

_RATES = ("%", "‰", "％")
_TIMES = ("倍", "番")


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure with its direction.

    Attributes:
        measure: One of the report's measures.
        sign: -1 for a fall, else 1.
        why: The words and the rule.
    """

    measure: str
    sign: int
    why: str


def head_kind(indicator: str) -> str:
    """Kind of the longest head word that the indicator ends in; empty where none is known.

    Example:
        >>> head_kind("城镇登记失业率"), head_kind("居民消费价格涨幅")
        ('share', 'growth')
    """
    table = heads()
    indicator = indicator.removesuffix("目标").removesuffix("预期")
    return next((table[indicator[-n:]] for n in range(min(8, len(indicator)), 0, -1) if indicator[-n:] in table), "")


def measure_of(q: Number, phrase: Phrase, right: str, indicator: str, behind: bool = False) -> Measure:
    """Decide measure and direction of one number.

    Args:
        q: The number.
        phrase: What stands before it.
        right: What stands behind it.
        indicator: Its indicator.
        behind: True where the indicator stands behind the number.

    Returns:
        The measure.
    """
    unit = q.unit
    # 位 also counts people: 81位院士.
    moves = phrase.effect in ("rise", "fall", "lift") and "第" not in q.text and not q.text.startswith("前")
    if q.kind == "rank" and not moves:
        return Measure("rank", 1, f"unit 位, {phrase.cue}".rstrip(", "))
    sign, cue = _direction(phrase, right, indicator)
    if unit == "位" and moves:
        return Measure("change", sign, f"{cue} by places")
    if unit == "个百分点":
        return Measure("change", sign, f"个百分点, {cue}".rstrip(", "))
    if unit in _TIMES:
        return Measure("growth", sign, f"unit {unit}")
    if unit in _RATES:
        return _rate(phrase, sign, cue, right, indicator, behind or q.kind == "fraction")
    if behind and (phrase.noun or phrase.effect in ("lift", "better") or openers().get(cue) == "act"):
        return Measure("level", 1, f"counts what {phrase.cue} lifts")
    if cue and (phrase.lead or phrase.effect in ("rise", "fall", "better", "lift")):
        return Measure("change", sign, f"{cue} by an amount")
    return Measure("level", 1, "an amount or a count")


def _direction(phrase: Phrase, right: str, indicator: str) -> tuple[int, str]:
    if phrase.effect == "better":
        return (-1 if catalogue.better_low(indicator) else 1), phrase.cue
    if phrase.effect in ("rise", "fall", "lift"):
        return (-1 if phrase.effect == "fall" else 1), phrase.cue
    if phrase.lead and phrase.effect not in ("to", "from"):
        return (-1 if phrase.lead == "fall" else 1), phrase.verb
    return 1, ""


def _growth_behind(right: str) -> bool:
    noun = right.removeprefix("的")
    return any(heads().get(noun[:n]) == "growth" for n in range(2, 6))


_GROWTH = re.compile(cue_words("growth_word"))
_GROWTH_BEHIND = re.compile(f"的?(?:{cue_words('growth_behind')})")


def _rate(phrase: Phrase, sign: int, cue: str, right: str, indicator: str, behind: bool) -> Measure:
    head = head_kind(indicator)
    if phrase.effect in ("rise", "fall", "better", "lift"):
        return Measure("growth", sign, f"{cue} by a rate")
    if head == "growth":
        return Measure("growth", 1, f"{indicator} names a rate of change")
    if "占" in indicator or head == "share" or indicator.endswith("率"):
        return Measure("share", 1, f"{indicator} names a proportion")
    if _GROWTH_BEHIND.match(right) or _growth_behind(right):
        return Measure("growth", sign, f"{right[:4]} behind it")
    if phrase.lead:
        return Measure("growth", sign, f"{cue} by a rate")
    index = head == "index" and not catalogue.find(indicator)
    counted = phrase.of or behind or index or (right.startswith("的") and not _GROWTH.search(right, 0, 14))
    if not counted and catalogue.default_measure(indicator) == "growth":
        return Measure("growth", 1, f"{indicator} has no share of a whole")
    return Measure("share", 1, "a rate without a word of change")
