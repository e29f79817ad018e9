"""The year that a report plans for.

The day of delivery decides where it is known: a report read out in November or December plans for the year to come,
unless its own headings say otherwise. Without a day the headings and phrases of ``year_words.tsv`` vote, together with
how often a year and the one before it are named side by side: a report reviews one year and plans the next.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import islice
from math import sqrt

from policynlp.data import DataFileError, load_table
from policynlp.read.dates import to_int

_YEAR = r"(?<!\d)[12１２][\d０-９]{3}|[一二][〇○Ｏ零一二三四五六七八九]{3}"
# Years that a goal reaches to (到2035年) are left out.
_YEARS = re.compile(f"(?<![到至])({_YEAR})年")
_SMALL = "[一二三四五六七八九十]{1,3}"
# What a pattern of the table may hold -> group and words.
_MARKS = (("{Y}", "year", _YEAR), ("{P}", "plan", _SMALL), ("{C}", "congress", _SMALL))
# The first years of plans, from the third on, lie five years apart; so do party congresses, from the twelfth on.
_THIRD_PLAN, _TWELFTH_CONGRESS = 1966, 1982
_BLANKS = re.compile(r"[ \t\u3000]+")
_MAX_HEAD = 60
_FIRST, _LAST = 1949, 2100
# How much one year named beside its predecessor says against the words of the table.
_PAIR = 1.0
# How much a year named says for the next one, of which the report may speak as 今年 only.
_REVIEWED = 0.3
_TITLE = 2.0
# Less than this is what a year gets that is named in passing.
_NAMED_ONCE = 1.0
# So many votes for another year and none for the day's own tell a slip in the day.
_SLIP = 10.0
# Reports read out this late in the year plan for the next.
_LATE_MONTH = 11


@cache
def _words(where: str) -> tuple[tuple[re.Pattern[str], int, float], ...]:
    columns = ("where", "pattern", "offset", "weight", "example")
    rows = [row for row in load_table("year_words.tsv", columns, columns) if row["where"] == where]
    return tuple((_compile(row["pattern"]), int(row["offset"]), float(row["weight"])) for row in rows)


def _compile(pattern: str) -> re.Pattern[str]:
    for mark, name, words in _MARKS:
        if mark in pattern:
            return re.compile(pattern.replace(mark, f"(?P<{name}>{words})"))
    raise DataFileError(f"year_words.tsv: {pattern!r} names no year; put {{Y}}, {{P}} or {{C}} into it")


def find_year(
    text: str, body: tuple[int, int], delivered_on: date | None, title_years: tuple[int, ...], name: str
) -> int | None:
    """Find the year that a report plans for.

    Args:
        text: The whole text.
        body: Where the report proper stands.
        delivered_on: The day it was read out, if known.
        title_years: Years that its title names.
        name: The file's name, which counts last.

    Returns:
        The year; None where nothing tells.

    Example:
        >>> text = "一、2023年工作回顾\\n一年来成绩显著。\\n二、2024年重点工作\\n主要预期目标是：增长5%。"
        >>> find_year(text, (0, len(text)), None, (), ""), find_year(text, (0, len(text)), date(2023, 12, 28), (), "")
        (2024, 2024)
    """
    votes = _votes(text, body, title_years)
    best = max(votes, key=lambda year: (votes[year], year), default=None)
    if delivered_on is not None:
        this, coming = votes.get(delivered_on.year, 0.0), votes.get(delivered_on.year + 1, 0.0)
        if best is not None and this == 0 and coming < _NAMED_ONCE and votes[best] >= _SLIP:
            return best
        return delivered_on.year + (delivered_on.month >= _LATE_MONTH and (coming >= this or this < _NAMED_ONCE))
    if best is not None:
        return best
    named = [int(part) for part in re.findall(r"(?<!\d)\d{4}(?!\d)", name) if _FIRST <= int(part) <= _LAST]
    return named[-1] if named else None


def _votes(text: str, body: tuple[int, int], title_years: tuple[int, ...]) -> dict[int, float]:
    bare = _BLANKS.sub("", text[body[0] : body[1]])
    votes: dict[int, float] = defaultdict(float)
    named = Counter(to_int(match[1]) for match in _YEARS.finditer(bare))
    for year in named:
        if named[year - 1]:
            votes[year] += _PAIR * sqrt(named[year] * named[year - 1])
        votes[year + 1] += _REVIEWED * sqrt(named[year])
    # Headings count in an appendix too: 2024年民生实事.
    for line in text[body[0] :].split("\n"):
        if len(line) <= _MAX_HEAD and "。" not in line.strip():
            for year, weight in islice(_found("head", _BLANKS.sub("", line)), 1):
                votes[year] += weight
    for year, weight in _found("text", bare):
        votes[year] += weight
    for year in title_years:
        votes[year] += _TITLE
    return {year: votes[year] for year in votes if _FIRST <= year <= _LAST}


def _found(where: str, text: str) -> Iterator[tuple[int, float]]:
    """Each year that a row of the table finds, with its weight; the first row of the table comes first."""
    for pattern, offset, weight in _words(where):
        for match in pattern.finditer(text):
            if (year := _named_year(match)) is not None:
                yield year + offset, weight


def _named_year(match: re.Match[str]) -> int | None:
    """The year that a match holds, as digits, as a plan (“十四五” is 2021) or as a party congress (二十大 is 2022)."""
    groups = match.groupdict()
    if groups.get("year"):
        return to_int(groups["year"])
    if groups.get("plan"):
        return _THIRD_PLAN + 5 * (to_int(groups["plan"]) - 3)
    return _TWELFTH_CONGRESS + 5 * (to_int(groups["congress"]) - 12)
