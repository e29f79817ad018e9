"""What stands around one number, read: the phrase before it, the noun phrase behind it, and what runs on into it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policynlp.facts import catalogue
from policynlp.facts.behind import read_right
from policynlp.facts.phrases import Phrase, read_left, strip_head
from policynlp.facts.sites import Site
from policynlp.facts.subjects import head_of
from policynlp.facts.vocabulary import cue_words, cut, enders, heads, openers, predicates, tag

RATES = ("%", "‰", "％", "个百分点")
_NEVER_BEHIND = ("个百分点", "位", "倍", "番")
_CHANGES = ("rise", "fall", "lift", "better")
_JOINER = re.compile(r"^\s*(?:[、，,]\s*)?(?:和|与|及|以及)\s*|^\s*[、，,]\s*")
_FROM = re.compile(
    r"(?:由|从)(?:(?:\d{4}\s?|[一二][〇零一二三四五六七八九]{3}|上|去|前|五|三|十)年(?:底|末|初|前)?|(?:[一二三四五六七八九]十|\d0)年代"
    rf"|“[^”]{{1,3}}五”(?:期|初期)?末?|{cue_words('start')})?的?\s?$"
)
_CLAUSE_MARK = re.compile("[，,；;。：:！？]")
_CAUSE = re.compile(cue_words("cause"))
# 由每月55元提高到70元: the words between are no time, so what follows must say that a change is told.
_FROM_LOOSE = re.compile(r"(?:由|从)[^，、；由从]{1,8}$")


@dataclass(slots=True)
class Reading:
    """One number with what stands around it, taken apart.

    Attributes:
        site: The number.
        phrase: What stands before it.
        behind: The noun phrase behind it, where the number belongs to that.
        run_on: The noun phrase behind the number before, where it runs on into this one (301所学校完工298所).
    """

    site: Site
    phrase: Phrase
    behind: str
    run_on: str


def read_site(site: Site, before: str) -> Reading:
    """Read what stands around a number.

    Args:
        site: The number.
        before: The noun phrase read behind the number before.

    Returns:
        The reading.
    """
    left, run_on = site.left, ""
    if site.mark == "q" and before:
        rest = left.lstrip().removeprefix("的")
        if rest.startswith(before):
            joined = _JOINER.match(rest[len(before) :])
            left, run_on = (rest[len(before) + joined.end() :], "") if joined else (rest[len(before) :], before)
    elif site.mark == "q":
        left = _JOINER.sub("", left, count=1)
    if site.listed:
        # 由1个主城、9个新城构成: parts, and no starting point of a change.
        left = left.rstrip().removesuffix("由")
    source = _FROM.search(left) or (_FROM_LOOSE.search(left) if _goes_to(site.right) else None)
    phrase = read_left(left[: source.start()] if source else left, rank=site.quantity.unit == "位")
    if source:
        phrase.effect, phrase.cue = "from", source.group()
    if phrase.effect in ("lift", "better") and phrase.noun and _only_counts(site.quantity.unit, phrase):
        # 农房风貌提升26万户: what is done to so many, no difference.
        phrase.noun, phrase.effect = phrase.noun + phrase.cue, ""
    behind = _behind(site, phrase) if not run_on or not (phrase.noun or phrase.effect) else ""
    return Reading(site, phrase, behind, "" if behind else run_on)


def _only_counts(unit: str, phrase: Phrase) -> bool:
    measurable = head_of(phrase.noun) or catalogue.find(phrase.noun)
    return unit not in (*RATES, *_NEVER_BEHIND) and not unit.endswith("元") and not measurable


def _goes_to(right: str) -> bool:
    right = right.lstrip("、 ")
    return any(predicates().get(right[:n]) == "to" for n in range(2, 5))


def _behind(site: Site, phrase: Phrase) -> str:
    unit = site.quantity.unit
    counted = unit == "位" and site.quantity.kind != "rank"
    if (unit in _NEVER_BEHIND and not counted) or phrase.effect in ("to", "from", "rank"):
        return ""
    changes = phrase.effect in _CHANGES
    # 品质提升27项任务: what is lifted may stand behind its count.
    lifted = phrase.effect == "lift" and not unit.endswith("元")
    if (phrase.noun and (unit in RATES or (changes and not lifted))) or (unit in RATES and changes):
        return ""
    if unit.endswith("元") and _opens_verb(site.right):
        # 投资2.6亿元改扩建道路: what the money is for is another statement.
        return ""
    if site.left.rstrip().endswith("有") and _CAUSE.match(site.right):
        return ""  # 另有1所因征地受阻未能开工
    behind = read_right(site.right, keep_verb=_wants_object(unit, phrase))
    if unit in RATES and behind.endswith("目标"):
        # 略低于6%的预定目标, 6%的经济增长目标: what the goal is of, where it says so.
        goal = behind.removesuffix("目标").removesuffix("预期").removeprefix("预期")
        return goal if catalogue.find(goal) else ""
    return "" if phrase.noun and generic(behind, "growth") else behind


def _wants_object(unit: str, phrase: Phrase) -> bool:
    """True where nothing before the number can be measured, so that a verb behind it begins a noun phrase."""
    noun = phrase.noun
    if not noun or noun == phrase.kept or phrase.of or noun.endswith("等") or ends_in_verb(noun):
        return True
    # 整改完成46栋无水建筑整治: a verb that has its object behind the number, unless that is money.
    return phrase.predicate[:1] == ["完成"] and not unit.endswith("元")


def generic(noun: str, *more: str) -> bool:
    """True for what names no indicator: 目标, 任务, 发展速度; with ``more`` for heads of these kinds too."""
    head = head_of(noun)
    return bool(head) and heads()[head] in ("generic", *more) and len(noun) - len(head) < 3


def purpose(reading: Reading) -> str:
    """What an amount of money is for, where verb and object stand directly behind it: 400万元|用于前期工作."""
    right = reading.site.right.lstrip()
    if not reading.site.quantity.unit.endswith("元") or not _opens_verb(right):
        return ""
    phrase = Phrase()
    return read_right(strip_head(_CLAUSE_MARK.split(right, maxsplit=1)[0][:60], phrase)) if right else ""


def _opens_verb(right: str) -> bool:
    """True where a verb stands directly behind a number, or behind its adverb: 2亿元|精准落实."""
    words = cut(right[:8].lstrip())
    verbs = ("act", "rise", "fall", "keep")
    if words and openers().get(words[0]) in verbs:
        return True
    adverb = len(words) > 1 and (words[0] in enders() or tag(words[0]) in ("d", "ad", "vd"))
    return adverb and openers().get(words[1]) in verbs


def ends_in_verb(noun: str, effects: tuple[str, ...] = ("act", "keep")) -> str:
    """The verb that a phrase ends in, whose object stands behind the number: 国家重点实施, 中央新增; empty for none."""
    last = cut(noun[-8:])[-1]
    return last if openers().get(last) in effects else ""
