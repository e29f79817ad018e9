"""Targets without a number: ``居民人均可支配收入与经济增长基本同步``, ``实际使用外资稳中提质``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from policynlp.data import load_table
from policynlp.facts import catalogue
from policynlp.facts.coordination import split_subjects
from policynlp.facts.phrases import Phrase, strip_head
from policynlp.facts.vocabulary import alternation, cue_words, heads


@dataclass(frozen=True, slots=True)
class State:
    """What is said of one indicator; offsets are the sentence's.

    Attributes:
        start: Where the wording begins.
        end: Where it ends.
        indicator: What it is said of.
    """

    start: int
    end: int
    indicator: str


@cache
def _rows() -> tuple[dict[str, str], ...]:
    return load_table("states.tsv", ("word", "part", "of", "example"), ("word", "part"))


@cache
def _only_of() -> dict[str, tuple[str, ...]]:
    return {row["word"]: tuple(row["of"].split()) for row in _rows() if row["of"]}


def _fits(state: str, noun: str) -> bool:
    """False where the core is said of other indicators only: 平衡 of 收支."""
    core = max((core for core in _cores() if state.endswith(core)), key=len, default="")
    return noun.endswith(_only_of().get(core, ("",)))


@cache
def _cores() -> tuple[str, ...]:
    return tuple(row["word"] for row in _rows() if row["part"] == "core")


@cache
def _pattern() -> re.Pattern[str]:
    part = {name: alternation(frozenset(r["word"] for r in _rows() if r["part"] == name)) for name in _PARTS}
    core, adverb, between = part["core"], part["adverb"], "(?:全[国省市]、)?[^，；、。]{0,24}?"
    pairs = f"(?:{part['open']}){between}(?:{part['close']})|(?:{part['with']}){between}(?:{part['agree']})"
    compared = f"(?:{adverb})?(?:{pairs})"
    # 下降率, 增长速度: a core inside a longer noun says nothing yet, so the wording must end its piece.
    return re.compile(
        f"(?:{compared}|(?:{adverb}){{0,4}}(?:{core}))(?=$|、(?!全[国省市])|[；，。及]|和(?![^，；。]*(?:同步|相适应|匹配)))"
    )


_PARTS = ("adverb", "core", "open", "close", "with", "agree")
# Alone and outside of the list these are what is to be done, not what is to be reached.
_TOO_LITTLE = 2
_SEGMENT = re.compile(r"[^，；;。：:！？,]+")
# 加强建设、保持物价基本稳定: what stands before 、 is a statement of its own.
_OWN_VERB = re.compile(rf"^.*、(?=确保|{cue_words('keeps')})")
_EDGE = "、 　的和及"
_TASK = re.compile(rf"(?P<verb>(?:全面)?完成)(?P<task>.{{4,}}(?:{cue_words('task')}))")
_KEEP = re.compile(rf"^(?:要)?(?:{cue_words('efforts')})?(?:{cue_words('keeps')})")
# What is pledged to be so is a target; what is only furthered is a task.
_PLEDGES = re.compile(cue_words("pledges"))
_FURTHERS = re.compile(rf"(?:{cue_words('efforts')})?(?:{cue_words('furthers')})")


def states_of(sentence: str, listed_from: int | None, taken: Sequence[tuple[int, int]]) -> list[State]:
    """Find the targets without a number in a commitment.

    Args:
        sentence: The commitment.
        listed_from: Where the list of the year's main targets begins; None outside of it. There every item counts,
            elsewhere only what a statistic could check.
        taken: Spans of the sentence's numbers.

    Returns:
        One state an indicator, in order.

    Example:
        >>> [(s.indicator, s.start) for s in states_of("进出口、实际使用外资稳中提质", 0, ())]
        [('进出口', 10), ('实际使用外资', 10)]
    """
    out: list[State] = []
    for segment in _SEGMENT.finditer(sentence):
        begin = segment.start()
        for match in _pattern().finditer(sentence, segment.start(), segment.end()):
            if any(start < match.end() and match.start() <= end for start, end in taken):
                continue  # 两位数增长 is a number's own wording
            in_list = listed_from is not None and match.start() >= listed_from
            subject = _OWN_VERB.sub("", sentence[begin : match.start()])
            if not in_list and len(match.group()) <= _TOO_LITTLE and not _only_of().get(match.group()):
                continue
            names = [name for name in _subjects(subject, in_list) if in_list or _fits(match.group(), name)]
            if not in_list and not _compares(match.group()):
                names = [name for name in names if not _VAGUE.search(name) or catalogue.find(name)]
            out.extend(State(match.start(), match.end(), name) for name in names)
            task = _TASK.fullmatch(match.group())
            if task and not _bare(subject) and (in_list or measurable(task["task"])):
                # 完成国家下达的减排任务: the verb says it of what follows.
                out.append(State(match.start(), match.start() + len(task["verb"]), task["task"]))
            begin = match.end()
    return out


# Outside of the list 生活水平 and its like are measured only where they are held against something.
_VAGUE = re.compile(rf"(?:{cue_words('vague_level')})$")


@cache
def _opens() -> tuple[str, ...]:
    return tuple(row["word"] for row in _rows() if row["part"] in ("open", "with"))


def _compares(state: str) -> bool:
    return state.startswith(_opens()) and len(state) > 4


def _bare(text: str) -> str:
    return strip_head(text.strip(_EDGE), Phrase()).strip(_EDGE)


def _subjects(text: str, in_list: bool) -> list[str]:
    if len(text) > 60 or (not in_list and _FURTHERS.match(text.lstrip(_EDGE))):
        return []
    pledged = _PLEDGES.match(text.lstrip(_EDGE)) is not None
    noun = _bare(_KEEP.sub("", _bare(text))).removesuffix("力争")
    noun = noun.removesuffix("增长")
    if len(noun) < 2 or any(c.isdigit() for c in noun.replace("PM2.5", "").replace("PM10", "")):
        return []
    # 粮、棉等农产品的产量 is one figure, 生产总值、财政收入等指标 are several.
    whole = catalogue.find(noun) or ("等" in noun[1:-1] and "指标" not in noun and measurable(noun, True))
    names = [noun] if whole else split_subjects(noun)
    return [name for name in names if len(name) > 1 and measurable(name, in_list or pledged)]


def measurable(noun: str, in_list: bool = False) -> bool:
    """True where a statistic could measure it: a row of the catalogue, or the head of an indicator at its end.

    Example:
        >>> measurable("断面水质"), measurable("科技创新能力")
        (True, False)
    """
    noun = noun.strip("“”")
    if catalogue.find(noun):
        return True
    kind = next((heads()[noun[-n:]] for n in range(min(8, len(noun)), 0, -1) if noun[-n:] in heads()), "")
    if in_list:
        return kind in ("amount", "part", "count", "total", "share", "growth", "state")
    return kind in ("amount", "state")
