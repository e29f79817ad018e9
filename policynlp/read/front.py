"""What the lines before the salutation tell: title, day of delivery, speaker."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from policynlp.read.clutter import is_kind, lines_of
from policynlp.read.dates import find_dates, to_int

_OFFICE = r"(?:总理|省长|市长|区长|县长|州长|旗长|盟长|主席|专员|行署专员|管委会主任|计划委员会主任|部长)"
# A name is two to four characters, with a dot between the parts of some peoples' names.
_NAME = r"[\u4e00-\u9fff]{1,12}[·•‧][\u4e00-\u9fff]{1,12}(?:[·•‧][\u4e00-\u9fff]{1,12})?|[\u4e00-\u9fff]{2,4}"
_SPEAKER = re.compile(rf"{_OFFICE}[^\u4e00-\u9fff]{{0,12}}({_NAME})[（(]?[）)]?$")
_BARE_NAME = re.compile(rf"({_NAME})$")
_TITLE_YEAR = re.compile(r"([12]\d{3}|[一二][〇○零一二三四五六七八九]{3})年?.{0,16}(?:工作报告)")
_LOST = re.compile(r"[?？\s\u3000]+")


@dataclass(frozen=True, slots=True)
class Front:
    """The findings; None or empty where the front tells nothing.

    Attributes:
        delivered_on: The day on which the report was read out.
        speaker: Who read it out, without office.
        title_years: Years that the title's lines name, in their order.

    Example:
        >>> Front(date(2024, 1, 9), "王明", (2024,)).delivered_on.month
        1
    """

    delivered_on: date | None
    speaker: str | None
    title_years: tuple[int, ...]


def read_front(text: str, end: int) -> Front:
    """Read the lines before the body.

    Args:
        text: The whole text.
        end: Where the body begins.

    Returns:
        Day, speaker and the years that titles name.

    Example:
        >>> text = "2024年政府工作报告\\n（2024年1月9日在云岭市第五届人民代表大会上）\\n市长 王明\\n各位代表：\\n"
        >>> front = read_front(text, text.index("各位"))
        >>> front.delivered_on.isoformat(), front.speaker, front.title_years
        ('2024-01-09', '王明', (2024,))
    """
    # Tool lines carry the day of publication and the press's names, never the day of delivery.
    lines = [line.bare for line in lines_of(text, 0, end) if not is_kind("tool", line.bare)]
    # A date that the layout broke over two lines is only seen when they are joined.
    dates = [(bare, day) for bare in [*lines, "".join(lines)] for _, _, day in find_dates(bare)]
    # The line of delivery names the meeting; a bare date only counts where no line does.
    dates.sort(key=lambda item: "会" not in item[0])
    years = tuple(to_int(m[1]) for bare in lines if (m := _TITLE_YEAR.search(bare.translate(_FULL_WIDTH))))
    return Front(dates[0][1] if dates else None, _speaker(lines), years)


_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


def _speaker(lines: list[str]) -> str | None:
    for bare in lines:
        if match := _SPEAKER.search(_LOST.sub("", bare)):
            return match[1]
    for before, bare in pairwise(lines):
        if "会议" in before and (match := _BARE_NAME.fullmatch(_LOST.sub("", bare))):
            return match[1]
    return None
