"""Units: the headings and sentences of a text, in order, before sections are known."""

from __future__ import annotations

from dataclasses import dataclass

from policynlp.segment.headings import Line, is_heading, is_salutation, read_heading
from policynlp.segment.lines import Block, find_blocks
from policynlp.segment.sentences import cut

# So many sentences can stand before the report proper: a cover letter, a line of the press.
LONGEST_FRONT = 5


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
    """

    id: int
    start: int
    end: int
    rule: str
    paragraph: int
    first: bool
    line: Line | None


def find_units(text: str) -> tuple[list[Block], list[Unit]]:
    """Return the blocks of a text and the units in them; together the units hold all that is no white space."""
    blocks = find_blocks(text)
    units: list[Unit] = []
    in_front = True
    spoken = 0
    for paragraph, block in enumerate(blocks):
        cuts = cut(text, block.start, block.end)
        if len(cuts) == 1 and is_heading(text, block.start, block.end):
            line = read_heading(text, block.start, block.end, in_front)
            in_front = in_front and line.kind != "salutation" and not line.opens
            units.append(Unit(len(units), block.start, block.end, line.kind, paragraph, True, line))
            continue
        spoken += len(cuts)
        in_front = in_front and spoken < LONGEST_FRONT and not is_salutation(text[cuts[0].start : cuts[0].end])
        for position, piece in enumerate(cuts):
            units.append(Unit(len(units), piece.start, piece.end, piece.rule, paragraph, position == 0, None))
    return blocks, units
