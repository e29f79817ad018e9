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
from policynlp.facts.subjects import named_in
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


def _core(state: str) -> str:
    return max((core for core in _cores() if state.endswith(core)), key=len, default="")


def _fits(state: str, noun: str) -> bool:
    """False where the core is said of other indicators only: 平衡 of 收支."""
    return noun.strip("“”").endswith(_only_of().get(_core(state), ("",)))


@cache
def _cores() -> tuple[str, ...]:
    return tuple(row["word"] for row in _rows() if row["part"] in ("core", "stated"))


@cache
def _stated() -> frozenset[str]:
    return frozenset(row["word"] for row in _rows() if row["part"] == "stated")


@cache
def _pattern() -> re.Pattern[str]:
    part = {name: alternation(frozenset(r["word"] for r in _rows() if r["part"] == name)) for name in _PARTS}
    core, adverb = f"{part['core']}|{part['stated']}", part["adverb"]
    between = "(?:全[国省市]、)?[^，；、。]{0,24}?"
    close = rf"(?:{part['close']}|\d{{4}}年)"
    # 供应量和融资规模增速与名义增速匹配: what 和 joins is no comparison where 与 opens one.
    joins = f"(?:{part['with']})(?<!和(?=[^，；、。]{{0,24}}(?:与|同(?!步))))"
    pairs = f"(?:{part['open']}){between}{close}|{joins}{between}(?:{part['agree']})"
    compared = f"(?:{adverb})?(?:{pairs})"
    # 下降率, 增长速度: a core inside a longer noun says nothing yet, so the wording must end its piece.
    return re.compile(
        f"(?:{compared}|(?:{adverb}){{0,4}}(?:{core}))(?=$|、(?!全[国省市])|[；，。及]|和(?![^，；。]*(?:同步|相适应|匹配)))"
    )


_PARTS = ("adverb", "core", "stated", "open", "close", "with", "agree")
# Alone and outside of the list these are what is to be done, not what is to be reached.
_TOO_LITTLE = 2
# How far before a wording its noun is looked for.
_FAR = 160
_SEGMENT = re.compile(r"[^，；;。：:！？,]+")
# 加强建设、保持物价基本稳定: what stands before 、 is a statement of its own.
_OWN_VERB = re.compile(rf"^.*、(?=确保|{cue_words('keeps')})")
_EDGE = "、 　的和及"
_TASK = re.compile(rf"(?P<verb>(?:{cue_words('wholly')})?完成)(?P<task>.{{4,}}(?:{cue_words('task')}))")
_KEEP = re.compile(rf"^(?:{cue_words('must')})?(?:{cue_words('efforts')})?(?:{cue_words('keeps')})")
# What is pledged to be so is a target; what is only furthered is a task.
_PLEDGES = re.compile(rf"(?:{cue_words('must')})?(?:{cue_words('efforts')})?(?:{cue_words('pledges')})")
_PRONOUN = re.compile(rf"(?:{cue_words('pronoun', 'pointed')})$")
# 能耗、排放总量等约束性指标，确保完成省下达的任务: the list is named, then what it shall be.
_AND_OTHERS = re.compile(rf"等?(?:{cue_words('and_others')})$")
_MANNER = re.compile(rf"(?:^|、)(?:{cue_words('manner')})$")
_EVENT = re.compile(rf"(?:{cue_words('event')})$")
_TRAILS = re.compile(rf"(?:{cue_words('trails')})+$")
_FURTHERS = re.compile(rf"(?:{cue_words('efforts')})?(?:{cue_words('furthers')})")


def states_of(sentence: str, listed_from: int | None, taken: Sequence[tuple[int, int]], said: str = "") -> list[State]:
    """Find the targets without a number in a commitment.

    Args:
        sentence: The commitment.
        listed_from: Where the list of the year's main targets begins; None outside of it. There every item counts,
            elsewhere only what a statistic could check.
        taken: Spans of the sentence's numbers.
        said: The sentence before, in which a pronoun's noun may stand.

    Returns:
        One state an indicator, in order.

    Example:
        >>> [(s.indicator, s.start) for s in states_of("进出口、实际使用外资稳中提质", 0, ())]
        [('进出口', 10), ('实际使用外资', 10)]
    """
    out: list[State] = []
    pledged = False
    for segment in _SEGMENT.finditer(sentence):
        begin = segment.start()
        # 使今年的涨幅低于去年，以后的涨幅进一步下降: the pledge reaches over ，.
        pledged = pledged and sentence[begin - 1 : begin] in ("，", ",")
        pledged = pledged or _PLEDGES.match(segment.group().lstrip(_EDGE)) is not None
        for match in _pattern().finditer(sentence, segment.start(), segment.end()):
            if any(start < match.end() and match.start() <= end for start, end in taken):
                continue  # 两位数增长 is a number's own wording
            in_list = listed_from is not None and match.start() >= listed_from
            begin = max([begin, *(end for _, end in taken if end <= match.start())])
            subject = _OWN_VERB.sub("", sentence[begin : match.start()])
            if not in_list and len(match.group()) <= _TOO_LITTLE and not _only_of().get(match.group()):
                continue
            own = pledged or _PLEDGES.match(subject.lstrip(_EDGE)) is not None
            names = _subjects(subject, _Standing(in_list, own, _compares(match.group()), _core(match.group())))
            names = names or _named_before(
                subject, sentence[:begin], sentence[: segment.start()][-_FAR:] or said, pledged
            )
            names = [name for name in names if in_list or _fits(match.group(), name)]
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


def _named_before(subject: str, before: str, spoken_of: str, pledged: bool) -> list[str]:
    """The indicators that a pronoun stands for, or that a pledge without a subject takes from the list before it."""
    if _PRONOUN.fullmatch(_bare(_KEEP.sub("", _bare(subject)))):
        name = named_in(spoken_of, True)
        return [name] if name else []
    bare_pledge = pledged and before and _KEEP_ONLY.fullmatch(subject.strip(_EDGE))
    return _listed_before(before[-_FAR:]) if bare_pledge else []


def _compares(state: str) -> bool:
    return state.startswith(_opens()) and len(state) > 4


def _bare(text: str) -> str:
    return strip_head(text.strip(_EDGE), Phrase()).strip(_EDGE)


@dataclass(frozen=True, slots=True)
class _Standing:
    """How a wording stands: in the list of main targets, under a pledge, as a comparison; and its core."""

    in_list: bool
    pledged: bool
    compares: bool
    core: str


_KEEP_ONLY = re.compile(rf"(?:要)?(?:{cue_words('efforts', 'pledges')})+")


def _listed_before(text: str) -> list[str]:
    """The indicators that the segment before lists."""
    listed = _AND_OTHERS.sub("", _SEGMENT.findall(text)[-1].strip(_EDGE)) if text.strip(_EDGE) else ""
    if not listed or len(listed) > 60 or any(char.isdigit() for char in listed):
        return []
    return [name for name in split_subjects(_bare(listed)) if measurable(name, True)]


def _subjects(text: str, standing: _Standing) -> list[str]:
    in_list = standing.in_list
    if len(text) > 60 or (not in_list and _FURTHERS.match(text.lstrip(_EDGE))):
        return []
    noun = _TRAILS.sub("", _bare(_KEEP.sub("", _bare(text))))
    if not measurable(noun, True):
        noun = noun.removesuffix("增长")
    if not measurable(noun, True) and len(shorter := _EVENT.sub("", noun)) > 3:
        noun = shorter  # 排放总量削减|完成省下达任务
    if _MANNER.search(noun) or len(noun) < 2 or any(c.isdigit() for c in noun.replace("PM2.5", "").replace("PM10", "")):
        return []
    # 粮、棉等农产品的产量 is one figure, 生产总值、财政收入等指标 are several.
    whole = catalogue.find(noun) or ("等" in noun[1:-1] and "指标" not in noun and measurable(noun, True))
    names = [noun] if whole else split_subjects(noun)
    names = [name for name in names if len(name) > 1]
    if standing.core in _stated():
        return [name for name in names if name.strip("“”").endswith(_only_of()[standing.core])]
    anyhow = in_list or standing.pledged or standing.compares
    if standing.compares and standing.pledged and any(measurable(name) for name in names):
        return names  # 力争旅游人数和消费恢复至2019年水平
    return [name for name in names if measurable(name, anyhow)]


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
        return kind in ("amount", "part", "count", "total", "share", "growth", "state", "index", "quality")
    # 产值占工业的比重: a share that says what it is a share of.
    return kind in ("amount", "state", "index") or (kind == "share" and "占" in noun)
