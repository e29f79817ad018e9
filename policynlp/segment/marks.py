"""Paired marks: what stands inside quotation marks, titles and brackets.

An opening mark counts only where its partner follows in the same block. A mark left open therefore protects nothing,
and cannot swallow the rest of its paragraph.
"""

from __future__ import annotations

import re

PAIRS = {"“": "”", "‘": "’", "《": "》", "（": "）", "(": ")", "「": "」", "『": "』", "【": "】"}
CLOSERS = "”’》）)」』】"
# Full-width and half-width brackets close one another: reports mix them.
_FAMILY = {mark: opener.replace("(", "（") for opener, closer in PAIRS.items() for mark in (opener, closer)}
_MARK = re.compile("[" + re.escape("".join(PAIRS) + CLOSERS) + "]")


def enclosed(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the outermost stretches of ``text[start:end]`` between an opening mark and its partner.

    Args:
        text: The whole text.
        start: Where the block starts.
        end: Where it ends.

    Returns:
        ``(offset of the opening mark, offset of the closing mark)``, in order, never overlapping.

    Example:
        >>> enclosed("“甲（乙）”《丙", 0, 8)
        [(0, 5)]
    """
    stack: list[tuple[str, int]] = []
    waiting: dict[str, int] = {}
    pairs: list[tuple[int, int]] = []
    for match in _MARK.finditer(text, start, end):
        mark = match.group()
        family = _FAMILY[mark]
        if mark in PAIRS:
            stack.append((family, match.start()))
            waiting[family] = waiting.get(family, 0) + 1
        elif waiting.get(family):
            # Marks opened since and never closed lie on top: they are left open for good.
            while True:
                opened, position = stack.pop()
                waiting[opened] -= 1
                if opened == family:
                    break
            while pairs and pairs[-1][0] > position:
                pairs.pop()
            pairs.append((position, match.start()))
    return pairs
