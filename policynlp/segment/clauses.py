"""Clauses: what semicolons divide inside a sentence."""

from __future__ import annotations

import re

from policynlp.segment.marks import enclosed

_SEMICOLON = re.compile("[；;]+")


def clauses_of(text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return the offsets of a sentence's clauses; a semicolon belongs to the clause that it closes.

    Args:
        text: The whole text.
        start: Where the sentence starts.
        end: Where it ends.

    Returns:
        At least one clause; together they hold all of the sentence but white space between them.

    Example:
        >>> clauses_of("增长5%；新增就业2万人。", 0, 13)
        ((0, 5), (5, 13))
    """
    ends = [match.end() for match in _SEMICOLON.finditer(text, start, end)]
    if not ends:
        return ((start, end),)
    pairs = enclosed(text, start, end)
    spans = []
    begin = start
    index = 0
    for stop in (*ends, end):
        while index < len(pairs) and pairs[index][1] < stop:
            index += 1
        inside = stop < end and index < len(pairs) and pairs[index][0] < stop
        piece = text[begin:stop]
        if inside or not piece.strip():
            continue
        left = begin + len(piece) - len(piece.lstrip())
        spans.append((left, left + len(piece.strip())))
        begin = stop
    return tuple(spans)
