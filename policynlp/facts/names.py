"""What carries a number and still is no quantity: names, dates, ordinals, size classes, set names.

Each check answers with the reason in words, or with nothing; the first reason wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from policynlp.facts.amounts import Amount
from policynlp.facts.vocabulary import cue_words, predicates
from policynlp.facts.wordlists import (
    ACTS,
    AROUND,
    BUILT_UNITS,
    CALIBRES,
    DEICTICS,
    DONE,
    GIVEN,
    HANDLED,
    INDEXES,
    LENGTHS,
    LISTED,
    MARKS,
    NAMES,
    SERIALS,
    SETS,
    SPLITS,
    UNIT_NOUNS,
    UNITS,
    VERBS,
    WORKS,
    Lexicon,
)

_QUOTED = re.compile(r"“[^“”\n]{0,60}”|‘[^‘’\n]{0,60}’|「[^「」\n]{0,60}」|《[^《》\n]{0,60}》|〈[^〈〉\n]{0,60}〉")
_CLAUSE_END = re.compile(r"[,，。；;：:、！？!?\n“”《》（）()]")
_CLAUSE = re.compile(r"[^,，。；;：:！？!?\n“”]*\Z")
_NOUN_BEHIND = 4
_ROUND = re.compile(r"[百千万亿]{1,3}元?")
_STATED = re.compile(r"[,，。；;！？!?\n]|\Z|不是|却是|[这那]")
_LONGEST = max(map(len, NAMES.words))
_REACH = 10  # how far a noun phrase after a number is looked through
_UNDER = ("以下", "以内")
_CLASSING = ("以上", *_UNDER)
_AFTER_LETTERS = ("money", "percent", "permille", "points", "multiple")  # 实现GDP470亿元
_NTH = re.compile(r"第[一二三四五六七八九十\d]{1,3}[个座条处]\Z")
# 1000万吨和950万吨煤矿: another capacity, before the noun of both.
_ANOTHER = re.compile(r" ?(?:、|和|与|及|以及) ?\d+(?:\.\d+)?[百千万亿]{0,2}", re.A)
_JOINS = ("、", "和", "及")
# 在5%以上的贫困村, yet no 在80%以上的水平.
_OF_THOSE = re.compile(rf"的(?!(?:{cue_words('plane')}))[\u4e00-\u9fff]")
_NO_NOUN = ("的", "和", "与", "及", "或")
_PRECISE = ("percent", "points", "multiple", "fraction", "ratio")


def quoted(view: str) -> list[tuple[int, int]]:
    """The stretches of a text between paired marks, which name things."""
    return [match.span() for match in _QUOTED.finditer(view)]


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def _next(view: str, amount: Amount) -> str:
    return view[amount.end : amount.end + 1]


def _previous(view: str, amount: Amount) -> str:
    return view[amount.start - 1] if amount.start else ""


@cache
def _links() -> Lexicon[str]:
    """Words between a subject and the number that it has: 指数为101.5, 指数控制在104."""
    return Lexicon({word: effect for word, effect in predicates().items() if effect in ("link", "to", "at")})


def _skip_back(view: str, position: int) -> int:
    while position > 0:
        if view[position - 1] == " ":
            position -= 1
        elif link := _links().before(view, position):
            position -= len(link[0])
        else:
            break
    return position


def _measured_by_index(view: str, amount: Amount) -> bool:
    """综合指数6.14, 受教育年限提高到11.3年: an index in front; for a whole number right in front."""
    if amount.hanzi:
        return False
    if INDEXES.before(view, _skip_back(view, amount.start)):
        return True
    if "." not in view[amount.number[0] : amount.number[1]]:
        return False
    clause = _CLAUSE.search(view, max(0, amount.start - 40), amount.start)
    return clause is not None and any(word in clause.group() for word in INDEXES.words)


def _calendar(view: str, amount: Amount) -> str:
    if amount.unit is None or amount.unit.kind not in ("calendar", "designation"):
        return ""
    if amount.unit.unit == "年" and _measured_by_index(view, amount):
        return ""
    return "date, span of years or designation"


def _letters(view: str, amount: Amount) -> str:
    before, after = _previous(view, amount), _next(view, amount)
    measured = amount.scale >= 10000 or (amount.unit is not None and amount.unit.kind in _AFTER_LETTERS)
    if before and ((before.isascii() and before.isalpha() and not measured) or before in "+×*&#_@"):
        return "part of a name"
    if before and before in ".-/" and (further := view[max(0, amount.start - 2)]).isascii() and further.isalnum():
        return "part of a name"
    if after and (after in "+×*&_@" or (amount.unit is None and after.isascii() and after.isalpha())):
        return "part of a name"
    return ""


def _ordinal(view: str, amount: Amount) -> str:
    before = _previous(view, amount)
    if _NTH.search(view, max(0, amount.start - 6), amount.start):
        return "part of a name that is numbered"  # 第二个十万亩大枣基地
    return "ordinal" if before == "第" or (before == "前" and amount.kind == "percent") else ""


def _counted_noun(view: str, amount: Amount) -> bool:
    return UNIT_NOUNS.at(view, amount.end + (_next(view, amount) == " ")) is not None


def _bare(view: str, amount: Amount) -> str:
    if amount.unit is not None:
        return ""
    if view[amount.number[0] : amount.number[1]] in SERIALS.words:
        return "a telephone number"
    if amount.scale >= 10000:
        split = SPLITS.at(view, amount.end)
        return f"the word {split[0]}" if split and not UNIT_NOUNS.at(view, amount.end) else ""
    if len(amount.before) > 1 or amount.before in ("≥", "≤", ">", "<"):
        return ""
    if _measured_by_index(view, amount) or (not amount.hanzi and _counted_noun(view, amount)):
        return ""
    return "" if _said_to_be(view, amount) else "a bare number"


def _said_to_be(view: str, amount: Amount) -> bool:
    """答案是四，这不是五这是六: a number that closes its statement is what is said."""
    return _previous(view, amount) == "是" and _STATED.match(view, amount.end) is not None


def _word(view: str, amount: Amount) -> str:
    """A name that holds the whole numeral and does not end inside its unit: 统一, 十四五, not 三公 in 三公里."""
    if not amount.hanzi or amount.kind in ("fraction", "percent"):
        return ""
    start, end = amount.number
    unit_end = end + len(amount.unit_word) if not amount.shared else end
    for left in range(max(0, start - 4), start + 1):
        for length in range(_LONGEST, end - left - 1, -1):
            right = left + length
            if view[left:right] in NAMES.words and not end < right < unit_end:
                return f"the word {view[left:right]}"
    return ""


def _small_hanzi(view: str, amount: Amount) -> str:
    """两座水厂 counts; 统一, 四里河, 这三项 and 一个新台阶 do not."""
    if not amount.hanzi or amount.unit is None or amount.value >= 100 or amount.kind in _PRECISE:
        return ""
    if amount.unit.hanzi != "yes" and not amount.shared:
        return "a Chinese small numeral without a measure word"
    if amount.value < 1 and amount.unit.kind == "count":
        return "half of a thing"
    if amount.before or amount.after or amount.unit.kind not in ("count", "people"):
        return ""
    if (word := DEICTICS.before(view, amount.start)) and not ACTS.before(view, amount.start):
        return f"{word[0]} points at what is known"
    if amount.value == 1 and not _built(view, amount):
        return "一 as an article"
    return _listed(view, amount.end)


def _given(view: str, amount: Amount) -> str:
    """以22个示范镇为重点, 发挥8个基地作用: what is counted is at hand, and the clause is about something else."""
    if amount.unit is None or amount.unit.kind != "count" or amount.before or not _is_han(_next(view, amount)):
        return ""
    word = GIVEN.before(view, amount.start)
    if word and (len(word[0]) > 1 or _CLAUSE_END.match(view, amount.start - 2) or amount.start == 1):
        return f"{word[0]} points at what is at hand"
    return ""


def _rank_word(view: str, amount: Amount) -> str:
    return "no rank here" if amount.kind == "rank" else ""


def _built(view: str, amount: Amount) -> bool:
    """Whether 一 counts: after a verb of building, in a list after one, or behind its noun (建泵站一座)."""
    clause = _CLAUSE.search(view, max(0, amount.start - 40), amount.start)
    before = clause.group() if clause else ""
    if ACTS.before(view, amount.start) or any(verb + "一" in before for verb in ACTS.words):
        return True
    return len(before.rpartition("、")[2]) >= _NOUN_BEHIND and _CLAUSE_END.match(view, amount.end) is not None


def _listed(view: str, start: int) -> str:
    """The reason where the noun phrase after a count ends in a word of lists."""
    for position in range(start, min(start + _REACH, len(view))):
        if _CLAUSE_END.match(view, position):
            break
        if DONE.at(view, position) and view[position + 2 : position + 3] not in ("：", ":"):
            return ""
        found = LISTED.at(view, position)
        if found and not _goes_on(view, position + len(found[0])):
            return f"counts {found[0]} that are only listed"
    return ""


def _goes_on(view: str, position: int) -> bool:
    char = view[position : position + 1]
    return _is_han(char) and char not in "的为和与及是中上来之基"


def _positional(view: str, amount: Amount) -> str:
    digits = view[amount.number[0] : amount.number[1]]
    bare = (
        amount.hanzi and len(digits) > 1 and amount.high is None and not any(char in digits for char in "十百千万亿点")
    )
    return "digits spelled one by one" if bare and amount.kind == "amount" else ""


def _set(view: str, amount: Amount) -> str:
    found = SETS.at(view, amount.end)
    return f"counts {found[0]} that are only listed" if found and amount.kind == "amount" else ""


def _duration(view: str, amount: Amount) -> str:
    if amount.unit is None or amount.unit.kind != "duration":
        return ""
    if _previous(view, amount) in ("由", "从") and VERBS.at(view, amount.end):
        return ""  # 由30天压缩到10天
    return f"time that goes with {_next(view, amount)}" if _is_han(_next(view, amount)) and not amount.more else ""


def _time_limits(view: str, amount: Amount) -> str:
    """在1、3、7个工作日内办结: the limits of a rule, unless 分别 deals them out."""
    if amount.unit is None or not amount.unit_word.endswith("工作日"):
        return ""
    clause = _CLAUSE.search(view, max(0, amount.start - 40), amount.start)
    listed = amount.shared or _previous(view, amount) in ("、", "和", "或")
    return "the time limits of a rule" if listed and clause and "分别" not in clause.group() else ""


def _size_class(view: str, amount: Amount) -> str:
    """亿元楼宇, 超百亿元企业, 5000万元以上项目, 万亩基地: an amount that tells what class a thing is of."""
    after = _next(view, amount)
    if amount.unit and amount.unit.kind == "money" and CALIBRES.at(view, amount.end):
        return "a size class"  # 500万元口径固定资产投资
    if amount.after in _CLASSING and _previous(view, amount) == "在" and _OF_THOSE.match(view, amount.end):
        return "a size class"  # 人口在5000人以上的县
    if after == "级":
        return "a size class"
    if amount.unit and amount.unit.kind == "count" and amount.value < 100:
        mark = _ROUND.match(view, amount.end)
        if MARKS.at(view, mark.end() if mark else amount.end):
            return "counts marks of size"  # 一个万亿台阶, 跃上一个新台阶
    kind = amount.unit.kind if amount.unit else "none"
    if amount.kind in _PRECISE or kind == "duration":
        return ""
    round_number = not view[amount.number[0] : amount.number[1]].strip("百千万亿")
    if kind == "count":
        if round_number and amount.value >= 10000 and not amount.before and not amount.more:
            return "a round number in a slogan"
        return "a size class" if amount.after.endswith(_UNDER) and _is_han(after) else ""
    attributive = _is_han(after) and not MARKS.at(view, amount.end)
    if amount.after and _ANOTHER.match(view, amount.end):
        attributive = False  # 172万亩以上和14亿斤以上
    if amount.after == "以上" and attributive and _made(view, amount):
        return ""  # 新增1500公里以上污水管网
    if round_number and not amount.before and (attributive or (after.isascii() and after.isalpha())):
        return "a size class"
    if kind == "none" and amount.before and _counted_noun(view, amount):
        return ""
    if round_number and kind == "none" and not (amount.before and not attributive):
        return "a size class"
    if attributive and (
        amount.after in ("以上", "及以上", "以下", "以内") or amount.before in ("超", "过", "超过", "上")
    ):
        return "a size class" if kind not in ("people",) or amount.after in ("以下", "以内") else ""
    return ""


def _handled_list(view: str, amount: Amount) -> bool:
    """退出330万吨煤炭、291万吨钢铁产能: the same verb over a list."""
    clause = _CLAUSE.search(view, max(0, amount.start - 40), amount.start)
    first = re.search(r"\d", clause.group()) if clause else None
    return first is not None and clause is not None and HANDLED.before(view, clause.start() + first.start()) is not None


_NO_MORE_NUMBERS = re.compile(r"[^，。；、\d]*(?:[，。；]|\Z)")


def _made(view: str, amount: Amount) -> bool:
    """Whether a length or an area is what is built, and not the class of what another number counts."""
    measured = amount.unit is not None and amount.unit.unit in BUILT_UNITS.words
    return (
        measured
        and ACTS.before(view, amount.start) is not None
        and _NO_MORE_NUMBERS.match(view, amount.end) is not None
    )


def _designation(view: str, amount: Amount) -> str:
    """10万吨甲醇, 80兆瓦光伏发电: a capacity right before a noun belongs to the name of the plant."""
    if amount.unit is None or amount.unit.kind != "capacity" or amount.before or amount.more:
        return ""
    end = amount.end
    while (further := _ANOTHER.match(view, end)) and (unit := UNITS.at(view, further.end())):
        end = further.end() + len(unit[0])
    after = view[end : end + 1]
    acted = ACTS.before(view, amount.start) is not None and end == amount.end
    if not _is_han(after) or after in _NO_NOUN or VERBS.at(view, end) or acted or _worked_on(view, amount):
        return ""
    if amount.unit.unit in LENGTHS.words:
        return "the capacity in the name of a plant"
    if HANDLED.before(view, amount.start) or (_previous(view, amount) in ("、", "和") and _handled_list(view, amount)):
        return ""
    return "the capacity in the name of a plant"


def _worked_on(view: str, amount: Amount) -> bool:
    """完成河道疏浚和370米护墙建设: a length at the end of a list of works."""
    if (
        amount.unit is None
        or amount.unit.unit not in LENGTHS.words
        or _previous(view, amount) not in ("、", "和", "及")
    ):
        return False
    clause = _CLAUSE.search(view, max(0, amount.start - 40), amount.start)
    acts = clause is not None and any(verb in clause.group() for verb in ACTS.words)
    end = _CLAUSE_END.search(view, amount.end, amount.end + 2 * _REACH)
    return acts and end is not None and WORKS.before(view, end.start()) is not None


_SPEED = re.compile(rf"(?:{cue_words('speed')})\Z")


def _distance(view: str, amount: Amount) -> str:
    """方圆20公里内, 上游5公里处: where something is, and no figure of anything."""
    if amount.unit is None or amount.unit.unit not in LENGTHS.words or amount.after:
        return ""
    if _SPEED.search(view, max(0, amount.start - 6), amount.start) and _next(view, amount) in ("的", ""):
        return "a speed that describes a thing"  # 时速350公里的高速铁路
    found, split = AROUND.at(view, amount.end), SPLITS.at(view, amount.end)
    return f"a distance, {found[0]}" if found and not (split and len(split[0]) > len(found[0])) else ""


def is_word(view: str, amount: Amount) -> bool:
    """Whether a numeral is none in any text: the 一 of 一切, a 万 by itself."""
    lone = amount.unit is None and amount.number[1] - amount.number[0] == 1 and view[amount.number[0]] in "百千万亿"
    return lone or bool(_word(view, amount))


CHECKS: tuple[Callable[[str, Amount], str], ...] = (
    _rank_word,
    _calendar,
    _letters,
    _ordinal,
    _bare,
    _word,
    _positional,
    _small_hanzi,
    _given,
    _set,
    _duration,
    _time_limits,
    _size_class,
    _designation,
    _distance,
)


def reason_against(view: str, amount: Amount) -> str:
    """Why a number is no quantity of a report.

    Returns:
        The reason in words; empty where it is one.
    """
    for check in CHECKS:
        if reason := check(view, amount):
            return reason
    return ""
