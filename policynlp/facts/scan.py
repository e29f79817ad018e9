"""Finds the runs of characters that may spell a number: one pass, linear in the length of the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from policynlp.facts.numerals import BIG, DIGITS, POINT, SCALES
from policynlp.facts.wordlists import NUMBER_WORDS, UNITS

# Every repeat is bounded or cannot fail once begun, so a run of any length costs one look at each character.
_GAP = r"[ \u3000\xa0]{0,2}"
_DIGIT = "".join(digit for digit in DIGITS if digit != "两")


def _scales(glyphs: Iterable[str]) -> str:
    """The scale characters, each where it does not begin a unit: 万 takes no 千 from 千瓦, no 百 from 百分点."""
    guarded = []
    for glyph in glyphs:
        rests = {re.escape(word[1:]) for word in UNITS.words if word[0] == glyph and len(word) > 1}
        guarded.append(f"{glyph}(?!{'|'.join(sorted(rests))})" if rests else glyph)
    return "|".join(guarded)


def _falling(glyphs: Iterable[str]) -> str:
    """The small scales, each only after a larger one: 一百十六, but no 百 after the 十 of 七十百分位."""
    ranked = sorted(glyphs, key=lambda glyph: SCALES[glyph])
    smaller = {glyph: "".join(other for other in ranked if SCALES[other] <= SCALES[glyph]) for glyph in ranked}
    return "|".join(f"(?<![{smaller[glyph]}]){_scales(glyph)}" for glyph in ranked)


_SCALES = f"{_falling(SCALES)}|{_scales(BIG)}"
_SCALE = "".join(SCALES) + "".join(BIG)
_OPENING = _scales([*SCALES, *(glyph for glyph in BIG if glyph != "兆")])
# Blanks inside a number (PDF text): 达到2. 11亿元, 完成 3.6 2亿元; only after a Chinese character, where no list
# has its numbering.
_BROKEN = (
    r"(?:(?<=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff] ))\d{1,4}"
    r"(?:\. \d{1,3}|(?:\.\d)?(?: \d{1,3}){1,3}(?:\.\d{1,3})?)(?= ?[\u4e00-\u9fff%])"
)
_ARABIC = _BROKEN + r"|\d{1,3}(?:[,，]\d{3}){1,6}(?![\d,])(?:\.\d+)?|\d+(?:\.\d+)?(?!\.?\d)|\d+|(?<![\d.])\.\d+"
_FIRST = rf"(?:{_ARABIC}|[{_DIGIT}两]|{_OPENING}|几(?={_GAP}[{_SCALE}])|数(?=[{_SCALE}])|半(?=[百个亩]))"
_NEXT = (
    # 两 is a digit before a scale (三千两百), else the unit 两 (三十两); Arabic digits go on after a scale (5万4千).
    # 9万亿三个大台阶 is a number and three marks, 3万五千 one number.
    rf"(?:{_GAP}(?:(?<!\d[万亿])(?<!\d万亿)[{_DIGIT}]|[{_DIGIT}](?={_GAP}[{_SCALE}])|两(?={_GAP}[{_SCALE}])|{_SCALES}|几|[{''.join(POINT)}](?={_GAP}[\d{_DIGIT}])|[多余来](?={_GAP}[{_SCALE}]))"
    rf"|(?<=[{_SCALE}点])\d+(?:\.\d+)?|(?<=[{_SCALE}][零〇])\d+|(?<=[{_SCALE}]) {{1,2}}\d+(?={_GAP}[{_SCALE}]))*"
)
_PER = rf"[百千万佰仟]{_GAP}分{_GAP}之{_GAP}(?=[\d.{_DIGIT}两{_SCALE}负半])"
_WORDS = "|".join(sorted(map(re.escape, NUMBER_WORDS.words), key=len, reverse=True))
_RUN = re.compile(rf"(?P<per>{_PER})|(?P<word>{_WORDS})|(?P<number>{_FIRST}{_NEXT})", re.A)


def runs(view: str) -> Iterator[tuple[str, int, int]]:
    """Yield ``kind, start, end`` of everything that may be a number, in order and without overlap.

    Args:
        view: A normalised text.

    Yields:
        Kind ``number``, ``per`` (百分之 and its like, before a number) or ``word`` (两位数, 一半).

    Example:
        >>> list(runs("增长百分之五，达2.1万人"))
        [('per', 2, 5), ('number', 5, 6), ('number', 8, 12)]
    """
    for match in _RUN.finditer(view):
        yield str(match.lastgroup), match.start(), match.end()
