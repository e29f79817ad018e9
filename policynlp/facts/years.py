"""Which year a number speaks of: the words that name a year, and what holds where none does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from policynlp.data import load_table
from policynlp.facts import vocabulary
from policynlp.facts.view import BRACKETS, normalise
from policynlp.facts.vocabulary import cue_words


@cache
def _year_rows() -> dict[str, tuple[str, int]]:
    rows = load_table("years.tsv", ("word", "kind", "value", "example"), ("word", "kind", "value"))
    return {row["word"]: (row["kind"], int(row["value"])) for row in rows}


_DIGITS = {c: str(n) for n, c in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}


@cache
def _year_words() -> re.Pattern[str]:
    words = vocabulary.alternation(frozenset(_year_rows()))
    return re.compile(
        rf"(?P<digits>(?:19|20)\d\d|[一二][〇○零一二三四五六七八九]{{3}})\s?年|(?P<word>{words})"
        rf"|(?:今后|未来|用|近|争取)?(?P<span>[一二两三四五六七八九十]|\d)年(?:之?内|左右|的?时间)"
        rf"|(?:今后|未来|(?:力争|争取|计划)(?=.年累计))(?P<ahead>[一二两三四五六七八九十]|\d)年"
    )


_SMALL = {c: n for n, c in enumerate("一二三四五六七八九十", 1)} | {"两": 2} | {str(n): n for n in range(10)}


# Behind these a year is only what the number is measured against, or part of a name.
_AGAINST = re.compile(rf"(?:{cue_words('against')})$")
_LEVEL_WITH = re.compile(cue_words("level_with"))
_SINCE = re.compile(rf"(?:\d{{1,2}}月)?(?:{cue_words('since')})")
_LEVEL_OF = re.compile(r"[^，。；\d]{0,12}基础上")
_BEFORE = re.compile(rf"(?:\d{{1,2}}月)?(?:\d{{1,2}}日)?(?:{cue_words('before')})")
# “十四五”规划 is the name of a plan, “十四五”期间 a time.
_TIME_OF_PLAN = re.compile(rf"(?:{cue_words('plan_time')}|[，,：:、])")


@dataclass(frozen=True, slots=True)
class YearCue:
    """A year that is named for what stands before ``until``; ``base`` where it is the starting point of a change."""

    start: int
    end: int
    word: str
    year: int
    base: bool
    until: int
    ahead: bool


def year_cues(sentence: str, report_year: int | None) -> list[YearCue]:
    """Find the years that a sentence names, in order, without those that only serve as a comparison.

    Example:
        >>> [(cue.word, cue.year) for cue in year_cues("去年增长5%，到2030年翻一番，比2010年多", 2024)]
        [('去年', 2023), ('2030年', 2030)]
    """
    sentence = normalise(sentence)  # ２００５年 is a year too, and no offset moves
    return [cue for match in _year_words().finditer(sentence) if (cue := _cue(sentence, match, report_year))]


def _cue(sentence: str, match: re.Match[str], report_year: int | None) -> YearCue | None:
    before = sentence[max(0, match.start() - 5) : match.start()].rstrip()
    behind = sentence[match.end() : match.end() + 3]
    beside = before.endswith(("与", "同", "和"))
    if beside and _LEVEL_WITH.match(sentence, match.end()):
        return None
    if _AGAINST.search(before) or (_SINCE.match(behind) and not before.endswith("到")):
        return None
    year = _named_year(sentence, match, report_year)
    if year is None or _is_background(sentence, match.end(), year, report_year):
        return None
    base = before.endswith(("由", "从")) and not behind.startswith(("起", "开始"))
    base = base or (beside and behind.startswith(("相比", "比")))
    ahead = bool(match["span"] or match["ahead"])
    # 五年内 and “十五”期间 speak of their own statement, a year of all that follows.
    own = ahead or (match["word"] or "").startswith("“")
    ends = re.search("[；;]", sentence[match.end() :]) if own or _is_within(sentence, match.start()) else None
    if before.endswith("在") and match["word"] and report_year is not None and year < report_year:
        ends = re.search("[，,；;]", sentence[match.end() :])  # 控制在去年涨幅4.8%以内，失业率控制在4.5%以内
    until = match.end() + ends.start() if ends else len(sentence)
    until = _closing_bracket(sentence, match.start(), until)
    return YearCue(match.start(), match.end(), match.group(), year, base, until, ahead)


def _is_within(sentence: str, at: int) -> bool:
    """X增长5%，是1950年到2002年的总和；…: a year further on in its statement says nothing of the next one."""
    clause = sentence[max(0, at - 80) : at]
    clause = clause[max(clause.rfind("；"), clause.rfind(";")) + 1 :]
    return "，" in clause and any(char.isdigit() for char in clause)


def _named_year(sentence: str, match: re.Match[str], report_year: int | None) -> int | None:
    if digits := match["digits"]:
        return int("".join(_DIGITS.get(c, c) for c in digits))
    if span := match["span"] or match["ahead"]:
        return None if report_year is None else report_year + _SMALL[span] - 1
    kind, value = _year_rows()[match["word"]]
    if kind == "plan":
        is_time = match["word"][0] != "“" or _TIME_OF_PLAN.match(sentence, match.end())
        return value if is_time else None
    return None if report_year is None else report_year + value


def _is_background(sentence: str, end: int, year: int, report_year: int | None) -> bool:
    """将1988年10月前的人纳入保障, 在去年安排的基础上: a year of what the statement builds on."""
    if report_year is None:
        return False
    if year < report_year - 1 and _BEFORE.match(sentence, end):
        return True
    if year < report_year and _LEVEL_OF.match(sentence, end):
        return True  # 在2010年水平的基础上压缩20%
    return year == report_year - 1 and "基础上" in sentence[end : end + 30].split("，")[0]


def _closing_bracket(sentence: str, at: int, until: int) -> int:
    # （2023年经核实为16亿元）: a year in brackets holds in them.
    before = sentence[max(0, at - 60) : at].translate(BRACKETS)
    opening = before.rfind("（")
    if opening < 0 or "）" in before[opening:]:
        return until
    closing = sentence[at:until].translate(BRACKETS).find("）")
    return until if closing < 0 else at + closing


_SPAN = r"[一二两三四五六七八九十]|\d"
# A plan of several years is opened by these; from here on targets are of its last year.
_HORIZON = re.compile(
    rf"(?:{cue_words('ahead')})(?P<ahead>{_SPAN})年|(?P<plan>“[^“”]{{1,3}}五”)(?:{cue_words('horizon')})"
)
_PLAN_NAME = re.compile(r"“[^“”]{1,3}五”")
_GOAL = re.compile(rf"(?:{cue_words('sets_goal')})[^。]{{0,24}}目标|目标(?:{cue_words('sets_goal')})")
_NUMBERED = re.compile(r"[一二三四五六七八九十]{1,3}、|第[一二三四五六]部分")
_AIM = re.compile(cue_words("aim"))
_REVIEW = re.compile(
    rf"(?:{cue_words('review')})的?(?P<n>[五四三543])年|(?P<m>[五四三543])年来|(?P<plan>“[^“”]{{1,3}}五”)(?:时期|期间|以来|的五年)"
)
_ONE_YEAR = re.compile(cue_words("one_year"))


class YearScope:
    """What year holds where a number names none: kept from unit to unit of one report.

    Args:
        report_year: The year that the report plans for; None where it is not known.
        late: True where it was read out at the end of that year, so that it tells of it and plans for the next.
    """

    def __init__(self, report_year: int | None, late: bool = False) -> None:
        self.report_year = report_year
        self.late = late
        self.horizon: int | None = None
        self.review: int | None = None
        self.base: int | None = None
        self._base_paragraph = -1
        self._explains = False

    def pass_heading(self, text: str) -> None:
        """Take note of a heading: it ends what the one before opened, and may open a plan of several years."""
        text = normalise(text)
        self.horizon = None if _NUMBERED.match(text.strip()) else self.horizon
        self._pass(text, opens=True)
        if (match := _PLAN_NAME.search(text)) and _AIM.search(text) and self.report_year is not None:
            end = _plan_end(match.group())
            self.horizon = end if end is not None and end > self.report_year else self.horizon

    def pass_sentence(self, text: str, paragraph: int, label: str | None) -> None:
        """Take note of a sentence before its numbers are read."""
        text = normalise(text)
        if paragraph != self._base_paragraph:
            self.base, self._base_paragraph = None, paragraph
        self._explains = label == "other" and _GOAL.search(text) is not None
        self._pass(text, opens=label != "achievement" and _HORIZON.match(text) is not None)

    def _pass(self, text: str, opens: bool) -> None:
        year = self.report_year
        if year is None:
            return
        if "今年" in text or f"{year}年" in text:
            self.horizon = None
        if opens and (match := _HORIZON.search(text)):
            end = year + _SMALL[match["ahead"]] - 1 if match["ahead"] else _plan_end(match["plan"])
            self.horizon = end if end is not None and end > year else self.horizon
        if match := _REVIEW.search(text):
            start = (match["n"] or match["m"]) or "五"
            ended = match["plan"] is None or (_plan_end(match["plan"]) or year) < year
            self.review = year - 1 - _SMALL[start] if ended else self.review
        elif _ONE_YEAR.search(text) or f"{year - 1}年" in text:
            self.review = None

    def default(self, label: str | None) -> tuple[int | None, str]:
        """The year of a number that names none."""
        if self.report_year is None:
            return None, "the report's year is not known"
        if self._explains:
            return self.report_year, "the report's year, whose targets are explained"
        if self.late:
            ahead = label == "commitment" and self.horizon is None
            return self.horizon or self.report_year + ahead, "the report is read out at the end of its year"
        if label != "commitment":
            return self.report_year - 1, "the year before the report's"
        if self.horizon is not None:
            return self.horizon, "the last year of the plan that is spoken of"
        return self.report_year, "the report's year"

    def of(self, cues: Sequence[YearCue], at: int, label: str | None, start_of_change: str) -> tuple[int | None, str]:
        """The year of one number.

        Args:
            cues: The years that its sentence names.
            at: Where it stands in the sentence.
            label: Label of the sentence.
            start_of_change: The 由 or 从 before it with its time, where it is the starting point of a change.

        Returns:
            The year and the words or the rule behind it.
        """
        before = [cue for cue in cues if cue.start < at < cue.until]
        if start_of_change:
            return self._start(before, label, start_of_change)
        # 五年内 looks ahead only in what is promised.
        before = [cue for cue in before if not cue.base and not (cue.ahead and label == "achievement")]
        if before:
            return before[-1].year, before[-1].word
        return self.default(label)

    def _start(self, before: Sequence[YearCue], label: str | None, words: str) -> tuple[int | None, str]:
        year, why = self.default(label)
        if words.startswith(("由上年", "从上年", "由前一年")) and year is not None:
            self.base = year - 1  # 由上年的3.3%上升到4.1%，…由28.8%上升到32%
            return self.base, words
        if bases := [cue for cue in before if cue.base and cue.word != "上年"]:
            self.base = bases[-1].year
            return self.base, f"{bases[-1].word}, where the change began"
        if self.base is not None:
            return self.base, "the last year that a change began in"
        if "年初" in words or year is None:
            return year, words
        if self.review is not None and label != "commitment":
            return self.review, "the year before the years reviewed"
        return year - 1, f"the year before {why}"


def _plan_end(words: str) -> int | None:
    kind, value = _year_rows().get(words, ("", 0))
    return value if kind == "plan" else None
