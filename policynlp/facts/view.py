"""A view of a text in which one character means one thing.

Full-width forms and traditional characters are replaced one for one, so that an offset in the view is the same offset
in the text and nothing has to be mapped back.
"""

from __future__ import annotations

import re

from policynlp.data import DataFileError, load_table


def _glyphs() -> dict[int, str]:
    table = {0xFF01 + i: chr(0x21 + i) for i in range(94) if chr(0x21 + i) not in ",:;!?()"}
    for row in load_table("glyphs.tsv", ("glyph", "reading", "example"), ("glyph", "reading")):
        if len(row["glyph"]) != 1 or len(row["reading"]) != 1:
            raise DataFileError(f"glyphs.tsv: {row['glyph']!r} and {row['reading']!r} must be one character each")
        table[ord(row["glyph"])] = row["reading"]
    return table


_TABLE = _glyphs()
# 增长18。1%: a full stop typed for a decimal point, where a unit of exact numbers follows the digits; where
# `policynlp.segment` ends no sentence.
_STOP_AS_POINT = re.compile(r"(?<=\d)。(?=\d{1,4} ?(?:[%‰倍]|个?百分点|[万亿]))", re.A)
# 增长l0%, 1O5亿元: letters that a scan or a typist put for digits, in a number with a unit.
_LETTERS_AS_DIGITS = re.compile(r"(?<![A-Za-z\d.])[\dlIO.]{1,12}(?= ?(?:[%‰万亿元家人]|个百分点))", re.A)
_LETTERS = str.maketrans("lIO", "110")
# 增长6.5%(年度目标6%以上)
BRACKETS = str.maketrans("()", "（）")


def _digits(match: re.Match[str]) -> str:
    number = match.group()
    return number.translate(_LETTERS) if any(char.isdigit() for char in number) else number


def normalise(text: str) -> str:
    """Replace full-width forms and traditional characters by their plain equals, one for one.

    Args:
        text: Any text.

    Returns:
        A text of the same length.

    Example:
        >>> normalise("３．５萬個，約５％")
        '3.5万个，约5%'
        >>> normalise("增长l0%，投资1O5亿元，O2O平台")
        '增长10%，投资105亿元，O2O平台'
    """
    view = text.translate(_TABLE)
    view = _STOP_AS_POINT.sub(".", view) if "。" in view else view
    return _LETTERS_AS_DIGITS.sub(_digits, view) if any(letter in view for letter in "lIO") else view
