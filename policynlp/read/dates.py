"""Dates as reports write them: 2026年2月3日, 二〇二二年四月二十七日, full-width digits, stray blanks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_DIGITS = str.maketrans("０１２３４５６７８９〇○Ｏ零一二三四五六七八九", "01234567890000123456789")
_NUMBER = r"[\d０-９]{1,2}|[一二三四五六七八九十]{1,3}"
_BLANK = r"[ \t\u3000]{0,2}"
_YEAR = r"(?<!\d)[12１２][\d０-９]{3}|[一二][〇○Ｏ零一二三四五六七八九O0]{3}"
DATE = re.compile(
    f"({_YEAR}){_BLANK}年{_BLANK}({_NUMBER}){_BLANK}月{_BLANK}({_NUMBER}){_BLANK}日",
)


def find_dates(text: str) -> Iterator[tuple[int, int, date]]:
    """Yield start, end and value of each full date; impossible ones are passed over.

    Args:
        text: Any text.

    Yields:
        Offset of its start, offset of its end, and the day.

    Example:
        >>> [day.isoformat() for _, _, day in find_dates("二〇二二年四月二十七日；2010 年2 月3 日；2020年2月31日")]
        ['2022-04-27', '2010-02-03']
    """
    for match in DATE.finditer(text):
        year, month, day = (to_int(part) for part in match.groups())
        try:
            yield match.start(), match.end(), date(year, month, day)
        except ValueError:
            continue


def to_int(text: str) -> int:
    """Read an integer in ASCII, full-width or Chinese digits, up to 99 with 十.

    Args:
        text: Digits of one of these kinds, nothing else.

    Returns:
        Its value.

    Example:
        >>> [to_int(text) for text in ("２０２４", "二〇二四", "十二", "二十七", "三十")]
        [2024, 2024, 12, 27, 30]
    """
    if "十" not in text:
        return int(text.replace("O", "0").translate(_DIGITS))
    tens, ones = text.split("十")
    return int(tens.translate(_DIGITS) or 1) * 10 + int(ones.translate(_DIGITS) or 0)
