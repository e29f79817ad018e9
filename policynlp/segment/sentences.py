"""Sentences: candidate cuts, then an ordered list of small named rules that accept or refuse each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from policynlp.segment.marks import CLOSERS, enclosed

TERMINATORS = "。！？!?"
# Marks of Markdown that close behind a sentence: **加快发展。**
EMPHASIS = "*_"
# 增长4.2%.投资增长9%: a half-width full stop that no number goes on behind.
_TERMINATOR = re.compile(rf"[{TERMINATORS}]|(?<=[%％])\.(?=[\u4e00-\u9fff])")
# 18。1%: a full stop typed for a decimal point, between digits and before a unit that whole numbers seldom carry.
_DECIMAL = re.compile(r"(?<=[0-9０-９])。[0-9０-９]{1,4} ?(?:[%％‰倍]|个百分点|万|亿)")
_RUN = re.compile(f"[{TERMINATORS}][{re.escape(TERMINATORS + CLOSERS)}]*")


@dataclass(frozen=True, slots=True)
class Cut:
    """A sentence of a block.

    Attributes:
        start: Offset of its first character that is no white space.
        end: Offset after its last such character.
        rule: Name of the rule that ended it.

    Example:
        >>> cut("增长5%。就业稳定。", 0, 10)[0]
        Cut(start=0, end=5, rule='final_mark')
    """

    start: int
    end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where a sentence may end.

    Attributes:
        marks: The terminators there and the closing marks right behind them.
        inside: True between an opening mark and its partner.
        at_end: True where the block ends there.
        decimal: True where a full stop stands for a decimal point.

    Example:
        >>> Candidate("。", inside=False, at_end=True).decimal
        False
    """

    marks: str
    inside: bool
    at_end: bool
    decimal: bool = False


def inside_marks(candidate: Candidate) -> bool | None:
    """``“来吧！云岭”`` is one phrase: a terminator inside paired marks ends nothing.

    Args:
        candidate: Where a sentence may end.

    Returns:
        False, it ends nothing; None, the next rule decides.

    Example:
        >>> inside_marks(Candidate("！", inside=True, at_end=False))
        False
    """
    return False if candidate.inside else None


def lost_characters(candidate: Candidate) -> bool | None:
    """``市长?? 张三``: two and more half-width question marks stand for characters that a scraper lost.

    Args:
        candidate: Where a sentence may end.

    Returns:
        False, it ends nothing; None, the next rule decides.

    Example:
        >>> lost_characters(Candidate("??", inside=False, at_end=False))
        False
    """
    return False if len(candidate.marks) > 1 and set(candidate.marks) == {"?"} and not candidate.at_end else None


def decimal_point(candidate: Candidate) -> bool | None:
    """``增长18。1%``: a full stop typed for a decimal point ends nothing.

    Args:
        candidate: Where a sentence may end.

    Returns:
        False, it ends nothing; None, the next rule decides.

    Example:
        >>> decimal_point(Candidate("。", inside=False, at_end=False, decimal=True))
        False
    """
    return False if candidate.decimal else None


def closing_mark(candidate: Candidate) -> bool | None:
    """``（见附件。）`` left open before: the closing mark behind a terminator belongs to the sentence before it.

    Args:
        candidate: Where a sentence may end.

    Returns:
        True, a sentence ends behind it; None, the next rule decides.

    Example:
        >>> closing_mark(Candidate("。）", inside=False, at_end=False))
        True
    """
    return True if candidate.marks[-1] in CLOSERS else None


def final_mark(candidate: Candidate) -> bool | None:
    """``增长5%。`` ends a sentence.

    Args:
        candidate: Where a sentence may end.

    Returns:
        True: the last rule takes what no other decided.

    Example:
        >>> final_mark(Candidate("。", inside=False, at_end=False))
        True
    """
    return True


Rule = Callable[[Candidate], "bool | None"]
RULES: tuple[Rule, ...] = (inside_marks, lost_characters, decimal_point, closing_mark, final_mark)


def cut(text: str, start: int, end: int) -> list[Cut]:
    """Cut a block into sentences.

    Args:
        text: The whole text.
        start: Where the block starts.
        end: Where it ends.

    Returns:
        Sentences that hold every character of the block that is no white space.

    Example:
        >>> [(c.start, c.end, c.rule) for c in cut("稳增长。“好！”企业", 0, 9)]
        [(0, 4, 'final_mark'), (4, 9, 'line_end')]
    """
    cuts: list[Cut] = []
    begin = start
    for candidate, stop in _candidates(text, start, end):
        rule = _decide(candidate)
        if rule is not None:
            cuts.append(_stripped(text, begin, stop, rule))
            begin = stop
    rest = text[begin:end].strip()
    if cuts and rest and not rest.strip(EMPHASIS):
        cuts[-1] = _stripped(text, cuts[-1].start, end, "emphasis")
    elif rest:
        cuts.append(_stripped(text, begin, end, "line_end"))
    return cuts


def _candidates(text: str, start: int, end: int) -> Iterator[tuple[Candidate, int]]:
    """Each terminator of a block with the offset after it and the marks behind it."""
    pairs = enclosed(text, start, end)
    index = 0
    position = start
    while match := _TERMINATOR.search(text, position, end):
        while index < len(pairs) and pairs[index][1] < match.start():
            index += 1
        inside = index < len(pairs) and pairs[index][0] < match.start()
        run = match if inside else _RUN.match(text, match.start(), end) or match
        decimal = _DECIMAL.match(text, match.start(), end) is not None
        yield Candidate(run.group(), inside, run.end() == end, decimal), run.end()
        position = pairs[index][1] if inside else run.end()


def _decide(candidate: Candidate) -> str | None:
    for rule in RULES:
        verdict = rule(candidate)
        if verdict is not None:
            return rule.__name__ if verdict else None
    return None


def _stripped(text: str, start: int, end: int, rule: str) -> Cut:
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    return Cut(left, left + len(piece.strip()), rule)
