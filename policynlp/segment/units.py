"""Units: the headings and sentences of a text, in order, before sections are known."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policynlp.segment.headings import Line, is_heading, is_salutation, read_heading
from policynlp.segment.lines import Block, find_blocks
from policynlp.segment.sentences import cut

# So many sentences can stand before the report proper: a cover letter, a line of the press.
LONGEST_FRONT = 5
# No paragraph is as long as this; a line that is holds the whole report.
WHOLE_REPORT = 3000
_INLINE_HEADING = re.compile(
    r"(?<![^\s。！？!?])(?:第[一二三四五六七八九十]{1,3}[部章][分]?|[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）)"
    r"[^\s。！？!?；;]{2,50}(?=\s)|各位(?:代表|委员)[：:]"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A heading or a sentence.

    Attributes:
        id: Running number.
        start: Offset of its first character.
        end: Offset after its last character.
        rule: Name of the rule that made it.
        paragraph: Index of its block.
        first: True where it starts its block.
        line: What kind of heading it is; None for a sentence.

    Example:
        >>> find_units("就业稳定。")[1][0].rule
        'final_mark'
    """

    id: int
    start: int
    end: int
    rule: str
    paragraph: int
    first: bool
    line: Line | None


def find_units(text: str) -> tuple[list[Block], list[Unit]]:
    """Return the blocks of a text and the units in them; together the units hold all that is no white space.

    Args:
        text: The whole text.

    Returns:
        Blocks and units, both in the order of the text.

    Example:
        >>> blocks, units = find_units("一、工作回顾\\n增长5%。就业稳定。")
        >>> len(blocks), [(unit.start, unit.end, unit.line is not None) for unit in units]
        (2, [(0, 6, True), (7, 12, False), (12, 17, False)])
    """
    blocks = find_blocks(text)
    units: list[Unit] = []
    in_front = True
    spoken = 0
    for paragraph, block in enumerate(blocks):
        for part in split_long(text, block):
            cuts = cut(text, part.start, part.end)
            if len(cuts) == 1 and is_heading(text, part.start, part.end):
                line = read_heading(text, part.start, part.end, in_front)
                in_front = in_front and line.kind != "salutation" and not line.opens
                units.append(Unit(len(units), part.start, part.end, line.kind, paragraph, True, line))
                continue
            spoken += len(cuts)
            in_front = in_front and spoken < LONGEST_FRONT and not is_salutation(text[cuts[0].start : cuts[0].end])
            for position, piece in enumerate(cuts):
                units.append(Unit(len(units), piece.start, piece.end, piece.rule, paragraph, position == 0, None))
    return blocks, units


def split_long(text: str, block: Block) -> list[Block]:
    """Part a block that holds a whole report on one line at the headings and the salutation inside it.

    Args:
        text: The whole text.
        block: A block of it.

    Returns:
        The parts in order; the block itself where it is of an ordinary length.

    Example:
        >>> split_long("就业稳定。", Block(0, 5))
        [Block(start=0, end=5)]
    """
    if block.end - block.start < WHOLE_REPORT:
        return [block]
    parts: list[Block] = []
    begin = block.start
    for match in _INLINE_HEADING.finditer(text, block.start, block.end):
        parts += [_stripped(text, begin, match.start()), _stripped(text, match.start(), match.end())]
        begin = match.end()
    return [part for part in (*parts, _stripped(text, begin, block.end)) if part.start < part.end]


def _stripped(text: str, start: int, end: int) -> Block:
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    return Block(left, left + len(piece.strip()))
