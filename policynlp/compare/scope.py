"""Whose figure and which time a number is: what stands around it in its sentence says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from policynlp.data import load_table
from policynlp.facts.subjects import subject_of
from policynlp.report import LEVELS

# How much a circumstance speaks against a statement as the place's own figure of the whole year.
FOREIGN = 1000
GOAL = 500
PARTIAL = 300
COMPARED = 300
PART = 200
_BREAK = re.compile(r"[；;。！？：:\n]")
# Characters at the start of a statement in which its subject stands.
_START = 4
_STOP = re.compile(r"[，,；;。、]")
_IN_BRACKET = re.compile(r"[（(][^（）()]*$")
_COMMA = re.compile(r"[，,]")
_DIGIT = re.compile(r"\d")
# One month, and no span of months or day of one.
_MONTH = re.compile(
    r"(?<![\d至到—\-~～－、和前])(?:1[0-2]|[1-9])月(?:份|当月)?(?![\d底末初前上中下以起至到—\-~～－、和])"
)
# 脱贫地区 is a head, 地区 in 预计地区生产总值 none.
_HEAD = re.compile(r"^(?P<head>[^，、]{1,10}?(?:省|市|县|(?<!地)区|(?<=.地)区(?!生产总值|GDP|国内生产)|州|旗|盟))(?=.)")
_OWN_HEADS = re.compile(r"(?:全|我|本)(?:省|市|县|区|州|旗|盟)$|^(?:城市|城镇)")
# 完成9亿元 is no comparison, 完成年度计划的105% is one.
_GAP = re.compile(
    r"(?:高于|低于|高出|快于|慢于|好于|优于|超过?|(?<![同环占])比(?![重例率])|较|距离?|完成(?=[^，,；;]*(?:目标|计划|任务|预算)))"
    r"[^，,；;]{0,16}$"
)
_YEAR_HEAD = re.compile(r"^(?:\d{4}年|去年|上年)")
_YEAR_OFTEN = re.compile(r"(?:比|较)(?:上年|去年|上一年|年初|\d{4}年)")


@dataclass(frozen=True, slots=True)
class Words:
    """The table of scope words as it holds for one level."""

    above: tuple[str, ...]
    ahead: tuple[str, ...]
    own: tuple[str, ...]
    own_heads: tuple[str, ...]
    beside: tuple[str, ...]
    part: re.Pattern[str]
    parts: tuple[str, ...]
    counted: re.Pattern[str]
    faring: re.Pattern[str]
    partial: tuple[str, ...]
    goal: tuple[str, ...]
    whole: tuple[str, ...]
    beginning: tuple[str, ...]
    within: tuple[str, ...]
    base: tuple[str, ...]
    condition: tuple[str, ...]
    equated: tuple[str, ...]


@cache
def words(level: str) -> Words:
    """The scope words for reports of a level."""
    rows = load_table("scope_words.tsv", ("word", "kind", "levels", "example"), ("word", "kind", "example"))
    holds = [row for row in rows if not row["levels"] or level in row["levels"].split()]

    def of(kind: str) -> tuple[str, ...]:
        return tuple(row["word"] for row in holds if row["kind"] == kind)

    part = re.compile("^[^，、；]{0,12}?(?:" + "|".join(map(re.escape, of("part"))) + ")(?![的内])")
    faring = re.compile(f"(?:{'|'.join(map(re.escape, of('part')))})(?:{'|'.join(map(re.escape, of('fares')))})?$")
    # 44个县生产总值增长18%、财政收入增长30%: the second figure is theirs too.
    # 8个县脱贫、新增就业5万人: nothing is told of the counties that a figure could go on with.
    places = "|".join(map(re.escape, of("counted"))) or "(?!)"
    counted = re.compile(
        rf"^(?:其中)?(?:\d{{4}}年)?\d+[多余]?个[^，、；\d]{{0,6}}?(?:{places})(?:[（(][^（）()]*[）)])?(?:[^、]*$|[^、]*\d)"
    )
    return Words(
        above=of("above"),
        ahead=("", *of("ahead")),
        own=of("own"),
        own_heads=of("own_head"),
        beside=of("beside"),
        part=part,
        parts=of("part"),
        counted=counted,
        faring=faring,
        partial=of("partial"),
        goal=of("goal"),
        whole=of("whole"),
        beginning=of("beginning"),
        within=of("within"),
        base=of("base"),
        condition=of("condition"),
        equated=of("is"),
    )


def penalty(sentence: str, start: int, end: int, indicator: str, level: str, names: Iterable[str]) -> int:
    """How much speaks against a number as the reporting place's own figure of the whole year; 0 where nothing does.

    Args:
        sentence: The sentence.
        start: Where the number begins in it.
        end: Where the number ends.
        indicator: What it measures, as worded.
        level: Level of the report.
        names: Names of the reporting place.

    Returns:
        A sum of the weights of this module; `FOREIGN` and more is another place's figure.

    Example:
        >>> penalty("全国经济增长5.2%", 6, 10, "经济增长", "province", ["云岭省"]) >= FOREIGN
        True
        >>> penalty("经济增长5.2%，高于全国0.2个百分点", 4, 8, "经济增长", "province", ["云岭省"])
        0
    """
    names = tuple(names)
    kept = words(level if level in LEVELS else "county")
    statement = _BREAK.split(sentence[:start])[-1]
    before = _COMMA.split(statement)[-1]
    total = FOREIGN if _other_head(indicator, names, kept) or _above(statement, kept) else 0
    # In the number's own clause a part or a half-year leaves no doubt; further away it may have been left.
    if kept.part.match(_bare(before, names)) or kept.counted.match(before) or _on_part(statement, kept, names):
        total += FOREIGN
    elif kept.part.match(_bare(statement, names)):
        total += PART
    # 上半年增长5%，全年增长6%: the time told last counts.
    if (at := _last_of(kept.partial, statement)) > max(map(statement.rfind, kept.whole)):
        near = at >= len(statement) - len(before) and not statement[:at].endswith(kept.beginning)
        # 前三季度，收入达到9元，增长6.8%: the time of all that follows.
        near = near or _YEAR_HEAD.sub("", statement).startswith(tuple(f"{word}，" for word in kept.partial))
        total += FOREIGN if near else PARTIAL
    # 12月份价格涨幅已降至2.2% is the month's; 7月以来 and 截至12月底 are other times.
    if any(
        match.end() >= len(statement) - len(before) - 1 and not statement[: match.start()].endswith(kept.beginning)
        for match in _MONTH.finditer(statement)
        if not any(word in statement[match.end() :] for word in kept.whole)
    ):
        total += FOREIGN
    # 增长6.5%（年度目标6%以上）: what the bracket quotes is another number.
    quoted = _IN_BRACKET.search(before)
    behind = "" if sentence[end : end + 1] in ("(", "（") else _STOP.split(sentence[end : end + 9])[0]
    if behind.removeprefix("的").startswith(kept.base):
        total += FOREIGN  # 在上年增长15.7%的基础上又增长14.5%
    if any(word in behind for word in kept.goal) or any(word in before[-6:] for word in kept.goal[:2]):
        total += GOAL
    elif quoted and any(word in quoted.group() for word in kept.goal):
        total += FOREIGN
    if any(word in before for word in kept.condition):
        total += FOREIGN  # 只要分别增长6%和8%，就可以翻一番
    if _GAP.search(before) and not _YEAR_OFTEN.search(before):
        total += COMPARED
    return total


def _last_of(words: tuple[str, ...], text: str) -> int:
    """Where the last of some words begins, a longer one before one inside it (前三季度, 三季度); -1 without any."""
    found = [(at + len(word), len(word)) for word in words if (at := text.rfind(word)) >= 0]
    end, length = max(found, default=(0, 1))
    return end - length


def _on_part(statement: str, kept: Words, names: tuple[str, ...]) -> bool:
    """True where the last clause without a number says how a part fares: 临澜新区实力增强，生产总值增长7%."""
    clauses = _COMMA.split(statement)
    last = next((n for n in range(len(clauses) - 2, -1, -1) if not _DIGIT.search(clauses[n])), None)
    if last is None or any(word in clause for clause in clauses[last + 1 :] for word in kept.own):
        return False
    if clauses[last].startswith(kept.within):
        return False  # 其中市本级收入与经济同步增长，失业率控制在4%以内: what is told of the part ends at its ，
    clause = _bare(clauses[last], names)
    # 加快临澜新区建设 acts on the part and says nothing of it.
    return kept.part.match(clause) is not None and kept.faring.search(subject_of(clause)) is not None


@cache
def part_words() -> str:
    """A pattern of the words for parts of a place and bodies in it, for a first look."""
    return "|".join(sorted({re.escape(word) for level in LEVELS for word in words(level).parts}))


def about_part(sentence: str, level: str, names: Iterable[str]) -> bool:
    """True where a clause of the sentence has a part of the place for its subject: 临澜新区进入新阶段.

    Args:
        sentence: The sentence.
        level: Level of the report.
        names: Names of the reporting place.

    Returns:
        Whether a figure without a subject in the sentence behind it is the part's.

    Example:
        >>> about_part("临澜新区进入全面建设新阶段。", "city", ["云岭市"])
        True
    """
    kept, names = words(level if level in LEVELS else "county"), tuple(names)
    return any(kept.part.match(_bare(clause, names)) for clause in _STOP.split(sentence))


def begins_with_part(sentence: str, level: str, names: Iterable[str]) -> bool:
    """True where the subject of a sentence is a part of the place: 临澜新区是全市的重要组成部分。

    Example:
        >>> begins_with_part("临澜新区是全市的重要组成部分。", "city", ["云岭市"])
        True
    """
    kept = words(level if level in LEVELS else "county")
    clause = _STOP.split(_bare(sentence, tuple(names)))[0]
    match = kept.part.match(clause)
    if match is None:
        return False
    return clause[match.end() :].startswith(kept.equated) or kept.faring.search(subject_of(clause)) is not None


def own_subject(before: str, level: str) -> bool:
    """True where the words before a number name the reporting place (全省) since the start of the sentence.

    Example:
        >>> own_subject("全市生产总值", "city")
        True
    """
    return any(word in before for word in words(level if level in LEVELS else "county").own)


def _bare(statement: str, names: tuple[str, ...]) -> str:
    for name in names:
        statement = statement.removeprefix(name)
    return statement


def _other_head(indicator: str, names: tuple[str, ...], kept: Words) -> bool:
    """True where the wording itself names another place."""
    match = _HEAD.match(indicator.replace(" ", ""))
    if not match:
        return False
    head = match["head"]
    own = head in kept.own_heads or _OWN_HEADS.search(head)
    return not (own or any(head in name or name in head for name in names))


def _above(statement: str, kept: Words) -> bool:
    """True where the statement's subject is the place above: named at its start or right before the number."""
    last, above = -1, False
    near = max(statement.rfind("，"), statement.rfind(",")) + 1
    for word in kept.above:
        at = statement.rfind(word)
        opens = at < _START and statement[:at].rstrip("，,") in kept.ahead
        if at > last and (at >= near or opens) and not statement[:at].endswith(kept.beside):
            last, above = at, True
    for word in kept.own:
        if statement.rfind(word) > last:
            last, above = statement.rfind(word), False
    return above
