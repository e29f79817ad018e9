"""Whose figure and which time a number is: what stands around it in its sentence says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from policynlp.data import load_table
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
_COMMA = re.compile(r"[，,]")
_HEAD = re.compile(r"^(?P<head>[^，、]{1,10}?(?:省|市|县|(?<!地)区|州|旗|盟))(?=.)")
_OWN_HEADS = re.compile(r"(?:全|我|本)(?:省|市|县|区|州|旗|盟)$|^(?:地|城)区$|^(?:城市|城镇)")
_GAP = re.compile(r"(?:高于|低于|高出|快于|慢于|好于|优于|超过?|比|较|距离?|完成)[^，,；]{0,16}$")
_YEAR_OFTEN = re.compile(r"(?:比|较)(?:上年|去年|上一年|年初|\d{4}年)")


@dataclass(frozen=True, slots=True)
class Words:
    """The table of scope words as it holds for one level."""

    above: tuple[str, ...]
    own: tuple[str, ...]
    beside: tuple[str, ...]
    part: re.Pattern[str]
    partial: tuple[str, ...]
    goal: tuple[str, ...]


@cache
def words(level: str) -> Words:
    """The scope words for reports of a level."""
    rows = load_table("scope_words.tsv", ("word", "kind", "levels", "example"), ("word", "kind", "example"))
    holds = [row for row in rows if not row["levels"] or level in row["levels"].split()]

    def of(kind: str) -> tuple[str, ...]:
        return tuple(row["word"] for row in holds if row["kind"] == kind)

    part = re.compile("^[^，、；]{1,12}?(?:" + "|".join(map(re.escape, of("part"))) + ")(?![的内])")
    return Words(of("above"), of("own"), of("beside"), part, of("partial"), of("goal"))


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
    total = FOREIGN if _other_head(indicator, names) or _above(statement, kept) else 0
    if kept.part.match(_bare(statement, names)):
        total += PART
    if any(word in statement for word in kept.partial):
        total += PARTIAL
    behind = _STOP.split(sentence[end : end + 9])[0]
    if any(word in behind for word in kept.goal) or any(word in before[-6:] for word in kept.goal[:2]):
        total += GOAL
    if _GAP.search(before) and not _YEAR_OFTEN.search(before):
        total += COMPARED
    return total


def _bare(statement: str, names: tuple[str, ...]) -> str:
    for name in names:
        statement = statement.removeprefix(name)
    return statement


def _other_head(indicator: str, names: tuple[str, ...]) -> bool:
    """True where the wording itself names another place."""
    match = _HEAD.match(indicator)
    if not match:
        return False
    head = match["head"]
    return not (_OWN_HEADS.search(head) or any(head in name or name in head for name in names))


def _above(statement: str, kept: Words) -> bool:
    """True where the statement's subject is the place above: named at its start or right before the number."""
    last, above = -1, False
    near = max(statement.rfind("，"), statement.rfind(",")) + 1
    for word in kept.above:
        at = statement.rfind(word)
        if at > last and (at >= near or at < _START) and not statement[:at].endswith(kept.beside):
            last, above = at, True
    for word in kept.own:
        if statement.rfind(word) > last:
            last, above = statement.rfind(word), False
    return above
