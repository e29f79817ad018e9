"""The year that a report plans for."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

_YEAR = r"(19[4-9]\d|20\d\d)"



def find_year(
    text: str, body: tuple[int, int], delivered_on: date | None, title_years: tuple[int, ...], name: str
) -> int | None:
    """Find the year that a report plans for.

    Args:
        text: The whole text.
        body: Where the report proper stands.
        delivered_on: The day it was read out, if known.
        title_years: Years in the title.
        name: The file's name, which counts last.

    Returns:
        The year; None where nothing tells.
    """
    if delivered_on is not None:
        return delivered_on.year + (delivered_on.month >= 11)
    years = Counter(int(y) for y in re.findall(_YEAR + "年", text[body[0] : body[1]]))
    if years:
        plan = re.search(_YEAR + r"年(?:[^。\n]{0,20})(?:预期目标|工作安排|主要任务|工作任务)", text[body[0] : body[1]])
        return int(plan[1]) if plan else years.most_common(1)[0][0]
    named = re.search(r"(?<!\d)" + _YEAR + r"(?!\d)", name)
    return int(named[1]) if named else None
