"""Whether the time that is told before a number spans several years, by how far each word of it reaches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from policynlp.data import load_table

# Characters before a number in which its time is looked for.
_REACH = 80
_COUNT = r"(?:[三四五六七八九十两]|(?<![0-9.])[345])"
_PLAN = "“[一二三四五六七八九十]+五”"
# How far a word reaches, by what may follow it up to the number.
_TO_STATEMENT, _TO_CLAUSE = r"(?=[^；;]*$)", r"(?=[^，；,;]*$)"
_DOUBLED = r"翻[^，；,;]{0,3}番"
_OVER_TWO = r"(?=(?:[^，；,;]*[，,]){0,2}[^，；,;]*$)"
# 收入比2002年翻一番, 是“十五”末的2倍: what a figure is held against.
_BASE = r"[比较是为][^，；,;]{0,3}“[^”]{1,3}五”|是\d{4}年的|[比较]\d{4}年"
_HELD_AGAINST = re.compile(r"[比较]\d{4}年[^，；,;]*$")


@dataclass(frozen=True, slots=True)
class _Spans:
    """The patterns of the table: in a passage on one year, in one on several, what tells of one year only."""

    one: re.Pattern[str]
    several: re.Pattern[str]
    single: re.Pattern[str]
    own_behind: re.Pattern[str]
    to_number: re.Pattern[str]


@cache
def _spans() -> _Spans:
    rows = load_table(
        "span_words.tsv", ("word", "kind", "not_behind", "not_before", "example"), ("word", "kind", "example")
    )

    def of(kind: str) -> str:
        words = []
        for row in (row for row in rows if row["kind"] == kind):
            behind = "".join(f"(?<!{word})" for word in row["not_behind"].split())
            before = f"(?!{'|'.join(row['not_before'].split())})" if row["not_before"] else ""
            words.append(behind + re.escape(row["word"]) + before)
        return f"(?:{'|'.join(words)})"

    years = rf"(?<!连续)(?<!第){_COUNT}年(?!{of('name')}|来?的?{of('record')})"
    always = (
        f"{of('number')}|{years}|{_PLAN}{of('plan_time')}",
        rf"(?:{of('sum')}[^，；,;]*{of('summed')}|{_BASE}){_TO_STATEMENT}",
        f"{_DOUBLED}{_OVER_TWO}",
        rf"(?:{of('clause')}|连续[^，；,;]{{1,2}}年|{_PLAN}{of('plan_name')}){_TO_CLAUSE}",
    )
    ended = (f"{of('average')}{_TO_STATEMENT}", f"{of('sum')}{_TO_CLAUSE}")
    return _Spans(
        re.compile("|".join((*always, *ended))),
        re.compile("|".join((*always, of("average"), of("sum")))),
        re.compile(rf"\d{{4}}年|{of('single')}"),
        re.compile(rf"[，,、](?:{of('average')}{of('grows')}|是\d{{4}}年的)"),
        re.compile(always[0]),
    )


def year_told(words: str) -> bool:
    """True where words tell of one year: 去年, 同比, 2023年.

    Args:
        words: Of a sentence.

    Returns:
        Whether a number behind them is of one year.

    Example:
        >>> year_told("去年失业率"), year_told("失业率")
        (True, False)
    """
    return _spans().single.search(words) is not None


def of_many_years(sentence: str, start: int, end: int, year: int, many: bool) -> bool:
    """True where the last time that is told before a number spans several years.

    Args:
        sentence: The sentence.
        start: Where the number begins in it.
        end: Where it ends.
        year: The year that the number is taken to be of; named, the year before it is one year too.
        many: True in a passage on several years, where averages and sums reach further.

    Returns:
        Whether the number is of more than one year.

    Example:
        >>> of_many_years("财政收入年均增长5%；投资增长8%", 15, 17, 2023, many=False)
        False
        >>> of_many_years("财政收入年均增长5%；投资增长8%", 15, 17, 2023, many=True)
        True
    """
    spans = _spans()
    # 增长14%，年均增长12%; 增长14%，是2005年的2倍: what is told beside them is the year's own.
    # 五年来，产量增长12%，年均增长2%: the five years stay.
    own = spans.own_behind.match(sentence, end) and not _HELD_AGAINST.search(sentence[:start])
    words = spans.to_number if own else spans.several if many else spans.one
    before = sentence[:start][-_REACH:].replace(f"{year - 1}年", "上年")
    last = max((match.end() for match in words.finditer(before)), default=0)
    return last > 0 and not year_told(before[last:])
