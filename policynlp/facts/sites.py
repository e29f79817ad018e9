"""Where a quantity stands: the words on either side of it, up to the marks that part it from its neighbours.

A sentence is read as *segments*, which ，；：。 close. 、 closes one too, but only behind a quantity: in
``完成184.2亿元、增长6.5%`` it parts two statements, in ``机械、食品产业实现增加值227.8亿元`` it joins a noun
phrase. What stands in brackets and quotation marks is one piece and parts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from policynlp.facts.view import BRACKETS
from policynlp.facts.vocabulary import cue_words

# Nothing that names an indicator is longer; a line without marks must not make every rule scan megabytes.
REACH = 160

_HARD = "；;。！？!?"
_SOFT = "，,：:"
_PAIRS = {"（": "）", "(": ")", "“": "”", "《": "》", "「": "」", "【": "】", "[": "]", "〔": "〕", "‘": "’"}
_MARK = re.compile(r"[；;。！？!?\n，,：:、（(“《「【\[〔‘）)”》」】\]〕’]")
_JOIN = re.compile(r"\s*(?:、\s*(?:和|与|及|以及)?|和|与|及|以及|(?<=\d)[∶:：])\s*")


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity with offsets into its sentence; what stands around numbers is read sentence by sentence."""

    start: int
    end: int
    text: str
    value: Decimal | None
    value_high: Decimal | None
    unit: str
    bound: str
    kind: str
    why: Mapping[str, str]


@dataclass(slots=True)
class Segment:
    """A stretch of a sentence without a parting mark.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last character.
        mark: The mark before it; ``^`` at the beginning of the sentence.
        clause: How many ； stand before it.
    """

    start: int
    end: int
    mark: str
    clause: int


@dataclass(slots=True)
class Site:
    """One quantity with the words around it.

    Attributes:
        quantity: The quantity.
        segment: Index of its segment.
        mark: What stands before ``left``: the segment's mark, or ``q`` where another quantity does.
        clause: How many ； stand before it in the sentence.
        left: The words of its segment before it.
        right: The words of its segment behind it, up to the next quantity.
        closed: True where the segment ends behind ``right``; False where another quantity follows.
        chain: 0 for a quantity of its own, n for the nth further one of a chain such as ``3.5%、6%和5%``.
        listed: True where its noun stands behind it and a list of such numbers goes on: 1个主城、9个新城.
    """

    quantity: Number
    segment: int
    mark: str
    clause: int
    left: str
    right: str
    closed: bool
    chain: int = 0
    listed: bool = False


def segments_of(text: str, quantities: Sequence[Number]) -> list[Segment]:
    """Cut a sentence into segments.

    Args:
        text: The sentence.
        quantities: Its quantities in order, with offsets into ``text``.

    Returns:
        The segments in order; the marks themselves belong to none.
    """
    out: list[Segment] = []
    start, mark, clause, seen, last = 0, "^", 0, False, 0
    ends = iter(sorted((q.start, q.end) for q in quantities))
    current = next(ends, None)
    closing = ""
    for match in _MARK.finditer(text):
        at, char = match.start(), match.group()
        while current is not None and current[1] <= at:
            seen, last, current = True, current[1], next(ends, None)
        if current is not None and current[0] <= at < current[1]:
            continue
        if char in "：:" and _RATIO.match(text, at - 1):
            continue
        if closing:
            closing = "" if char == closing else closing
        elif char in _PAIRS:
            closing = _PAIRS[char] if text.find(_PAIRS[char], at, at + REACH) > 0 else ""
        elif char in _HARD or char in _SOFT or (char == "、" and seen and _number_follows(text, at, current, last)):
            out.append(Segment(start, at, mark, clause))
            clause += char in _HARD
            start, mark, seen = at + 1, char, False
    out.append(Segment(start, len(text), mark, clause))
    return out


_SHARED = re.compile(cue_words("deals"))
_RATIO = re.compile(r"\d[：:]\d")
_NEXT_MARK = re.compile(r"[；;。！？!?\n，,：:]")


def _left(text: str, start: int, at: int) -> str:
    """What stands before a number; where a bracket with numbers ends there, also what stands before the bracket."""
    left = text[start:at]
    plain = left.translate(BRACKETS)
    closing = plain.find("）")
    if closing < 0 or "（" in plain[:closing]:
        return left
    begin = max(0, start - REACH)
    opening = text[begin:start].translate(BRACKETS).rfind("（")
    opening += begin if opening >= 0 else 0
    before = text[max(0, opening - REACH) : max(0, opening)]
    before = before[max(map(before.rfind, _HARD + _SOFT)) + 1 :]
    return left[closing + 1 :] if any(char.isdigit() for char in before) else before + left[closing + 1 :]


def _number_follows(text: str, at: int, current: tuple[int, int] | None, last: int) -> bool:
    # 41所中小学、幼儿园，: without a number behind it the list is still that of the number before.
    if current is None:
        return False
    if _NEXT_MARK.search(text, at, current[0]):
        return False
    # 200家企业营业收入、利税分别增长: what is listed are the subjects of what follows.
    return not (text[last:at].strip() and _SHARED.search(text, at, current[0]))


_HEADS = re.compile(cue_words("heads"))


def _twice(first: Number, second: Number) -> bool:
    """260户530名居民: the same people by households and by heads."""
    counts = first.unit != second.unit and "元" not in first.unit + second.unit
    return first.end == second.start and counts and _HEADS.fullmatch(second.unit) is not None


def sites_of(text: str, quantities: Sequence[Number], segments: Sequence[Segment]) -> list[Site]:
    """Give every quantity the words around it.

    Args:
        text: The sentence.
        quantities: Its quantities in order, with offsets into ``text``.
        segments: What `segments_of` returned.

    Returns:
        One site a quantity, in order.
    """
    out: list[Site] = []
    index = 0
    for n, quantity in enumerate(quantities):
        while index + 1 < len(segments) and segments[index].end <= quantity.start:
            index += 1
        segment = segments[index]
        previous = quantities[n - 1] if n else None
        following = quantities[n + 1] if n + 1 < len(quantities) else None
        inside = previous is not None and previous.end > segment.start
        left_start = previous.end if previous is not None and inside else segment.start
        closed = following is None or following.start >= segment.end
        right_end = segment.end if following is None or closed else following.start
        site = Site(
            quantity,
            index,
            "q" if inside else segment.mark,
            segment.clause,
            _left(text, max(left_start, quantity.start - REACH), quantity.start),
            text[quantity.end : min(right_end, quantity.end + REACH)],
            closed,
        )
        noun = text[quantity.end : right_end].rstrip()
        site.listed = following is not None and len(noun) > 1 and (noun[-1] in "和及" or text[right_end] == "、")
        if previous is not None and (_JOIN.fullmatch(text, previous.end, quantity.start) or _twice(previous, quantity)):
            site.chain = out[-1].chain + 1
        out.append(site)
    return out
