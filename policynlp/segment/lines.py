"""Lines and blocks: which line ends of a text are ends, and which only the width of a page.

A block is what one paragraph was before anything broke it: usually one line, several where the text is hard-wrapped.
Whether a text is hard-wrapped is decided once a document, from its line lengths: in a report that is not, a line end
always ends the block, save where markup broke the line: before a mark that starts no line, after 的, and around a
subscript (``PM⏎2.5⏎浓度``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from policynlp.segment.numbering import numbering_of

LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
FINAL_MARKS = frozenset("。！？!?；;：:…”’）)》」』】|")
OPEN_ENDS = frozenset("，、,")
_INNER_END = re.compile("[。！？!?]")
# What starts no line, so that the line before goes on.
_NO_START = re.compile("是[：:]|[，、；。！？）》”’：,;%％]")
# What ends no line: 今年经济社会发展的⏎主要预期目标. A predicate does: 这是不可避免的.
_NO_END = re.compile("(?:^|[，。；：！？])[^是，。；：！？]{2,}的$")
_ELEMENT = re.compile("[A-Z]$")
_SUBSCRIPT = re.compile(r"[0-9](?:\.[0-9])?")
_REACH = 40

# A line this long without a final mark is no heading (the longest lines of titles and headings stay below it).
LONGEST_HEADING = 60
# Share of the lines that must be of one width before a text counts as wrapped at that width.
WIDTH_SHARE = 0.4
WIDEST_PAGE = 120
# Broken lines needed (at least so many, and this share of the long lines) before line ends lose their meaning.
MIN_BROKEN = 4
BROKEN_SHARE = 0.06


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines that make one paragraph.

    Attributes:
        start: Offset of the first character that is no white space.
        end: Offset after the last such character.

    Example:
        >>> Block(2, 6).end - Block(2, 6).start
        4
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Wrapping:
    """How a text is broken: lines of ``full`` characters or more are cut by the page, not by the writer."""

    full: int
    fixed: bool


def find_lines(text: str) -> list[Block]:
    """Return the lines that hold anything, without the white space around them.

    Args:
        text: The whole text.

    Returns:
        One block a line, in order; joins nothing.

    Example:
        >>> find_lines("  一、回顾 \\r\\n\\n好。")
        [Block(start=2, end=6), Block(start=10, end=12)]
    """
    lines = []
    start = 0
    for match in (*LINE_END.finditer(text), None):
        end = len(text) if match is None else match.start()
        line = text[start:end]
        if stripped := line.strip():
            left = start + len(line) - len(line.lstrip())
            lines.append(Block(left, left + len(stripped)))
        start = end if match is None else match.end()
    return lines


def find_blocks(text: str) -> list[Block]:
    """Return the blocks of a text, in order.

    Args:
        text: The whole text of a report.

    Returns:
        Blocks that hold every character that is no white space.

    Example:
        >>> find_blocks("现在报告工作。\\n一、回顾")
        [Block(start=0, end=7), Block(start=8, end=12)]
    """
    lines = find_lines(text)
    wrapping = _wrapping_of(text, lines)
    blocks: list[Block] = []
    parts = 0
    last: Block | None = None
    for line in lines:
        goes_on = last is not None and (
            _is_broken(text, last, line, parts) or _goes_on(text, blocks[-1], parts, last, wrapping)
        )
        if goes_on and not _starts_anew(text, line):
            blocks[-1] = Block(blocks[-1].start, line.end)
            parts += 1
        else:
            blocks.append(line)
            parts = 1
        last = line
    return blocks


def _wrapping_of(text: str, lines: Sequence[Block]) -> _Wrapping | None:
    lengths = sorted(line.end - line.start for line in lines)
    if len(lengths) < 2 * MIN_BROKEN:
        return None
    width = lengths[int(0.95 * (len(lengths) - 1))]
    open_lines = [line for line in lines if _is_open(text, line) and not numbering_of(text, line.start)]
    near = sum(0.85 * width <= length <= width + 2 for length in lengths)
    cut = sum(line.end - line.start >= 0.85 * width for line in open_lines)
    if width <= WIDEST_PAGE and near >= WIDTH_SHARE * len(lengths) and cut >= max(MIN_BROKEN, 0.3 * near):
        return _Wrapping(int(0.85 * width), fixed=True)
    long = sum(length >= LONGEST_HEADING for length in lengths)
    broken = sum(line.end - line.start >= LONGEST_HEADING or text[line.end - 1] in OPEN_ENDS for line in open_lines)
    if broken >= max(MIN_BROKEN, BROKEN_SHARE * long):
        return _Wrapping(LONGEST_HEADING, fixed=False)
    return None


def _is_open(text: str, line: Block) -> bool:
    return text[line.end - 1] not in FINAL_MARKS


def _is_broken(text: str, last: Block, line: Block, parts: int) -> bool:
    """Whether markup, not the writer, put the line end between ``last`` and ``line``."""
    if _INNER_END.match(text, last.end - 1):
        return False
    if _NO_START.match(text, line.start, line.end):
        return True
    tail = text[max(last.start, last.end - _REACH) : last.end]
    if _SUBSCRIPT.fullmatch(text, line.start, line.end):
        return _ELEMENT.search(tail) is not None
    return _NO_END.search(tail) is not None or (parts > 1 and _SUBSCRIPT.fullmatch(tail) is not None)


def _goes_on(text: str, block: Block, parts: int, last: Block, wrapping: _Wrapping | None) -> bool:
    """Whether the sentence at the end of ``last``, the block's last line, is still waiting for its end."""
    if wrapping is None or not _is_open(text, last):
        return False
    if parts > 1 or text[last.end - 1] in OPEN_ENDS or _INNER_END.search(text, last.start, last.end):
        return True
    numbered_heading = not wrapping.fixed and numbering_of(text, last.start) is not None
    return last.end - last.start >= wrapping.full and not numbered_heading


def _starts_anew(text: str, line: Block) -> bool:
    number = numbering_of(text, line.start)
    return number is not None and number.style != "arabic"
