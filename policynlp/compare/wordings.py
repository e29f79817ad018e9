"""Which indicator a wording names, where more or less than its name has been taken for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from policynlp.data import load_table
from policynlp.facts.catalogue import Catalogue

# Numbers of list items and notes: （1）国内生产总值, [1]全省生产总值.
_NUMBERS = re.compile(
    r"^(?:[（(\[［〔]?[\d一二三四五六七八九十]{1,2}[）)\]］〕.、]|[（(])+(?:\d{4}年)?|[\[［]\d{1,3}[\]］]|^(?:省|市|县)(?=生产总值)"
)
# What may stand between a name and its number in one statement: other numbers, 台阶, 比上年, 按可比价格计算.
_BETWEEN = re.compile(
    r"^[\d.．,，、—\-~～%％万亿千百元美左右多余近约超首次（）()以上达到为完成实现总量迈突破跨过越跃登站新大台阶关增长"
    r"同比年按可不变价格口径计算预下数快报折合人民币首超一二两三四五六七八九十个名义初步核"
    r"涨幅连续回落月全基本保持平稳由从的加到至速最低高时逐步升]{0,60}$"
)
_REACH = 75
_PART = re.compile(r"占|相当|比|每|均")


@cache
def _noise(kind: str) -> re.Pattern[str]:
    rows = load_table("wording_noise.tsv", ("word", "kind", "example"), ("word", "kind", "example"))
    words = sorted((row["word"] for row in rows if row["kind"] == kind), key=len, reverse=True)
    before = "(?<=率)" if kind == "rate" else ""
    return re.compile(f"{before}(?:{'|'.join(map(re.escape, words))})")


def find_indicator(wording: str, catalogue: Catalogue) -> str | None:
    """The id of the indicator that a wording names; None where none fits.

    Example:
        >>> from policynlp.facts.catalogue import shipped
        >>> find_indicator("（1）国内生产总值", shipped()), find_indicator("初步核算全省地区生产总值", shipped())
        ('gdp', 'gdp')
        >>> find_indicator("数字经济占地区生产总值比重", shipped())
    """
    row = catalogue.find(wording)
    if row is None:
        bare = _NUMBERS.sub("", wording[:60])
        # 增加值占全省生产总值: what stands before is another subject.
        heads = [match.end() for match in _noise("head").finditer(bare) if not _PART.search(bare[: match.start()])]
        for head in dict.fromkeys([0, *heads[-1:]]):
            rest = bare[head:]
            tails = [match.start() for kind in ("tail", "rate") for match in _noise(kind).finditer(rest)]
            tails = [start for start in tails if start > 1]
            row = next((found for end in [len(rest), *tails] if (found := catalogue.find(rest[:end]))), None)
            if row:
                break
    return row.id if row else None


@dataclass(frozen=True, slots=True)
class DatedName:
    """A name that meant another indicator up to a year.

    Attributes:
        word: What the wording holds.
        excluded: What it does not hold.
        now: Id of the indicator that it names today.
        id: Id of the indicator that it named.
        until: Year of the last report in which it did.
    """

    word: str
    excluded: str
    now: str
    id: str
    until: int

    def holds(self, wording: str) -> bool:
        """True where a wording has the name."""
        return self.word in wording and not (self.excluded and self.excluded in wording)


@cache
def dated_names() -> tuple[DatedName, ...]:
    """The names that meant another indicator up to a year."""
    columns = ("word", "not", "now", "id", "until", "example")
    rows = load_table("dated_names.tsv", columns, ("word", "now", "id", "until", "example"))
    return tuple(DatedName(row["word"], row["not"], row["now"], row["id"], int(row["until"])) for row in rows)


def led_by(wording: str) -> str:
    """The figure that another one is said to lead (带动固定资产投资); empty where none is.

    Example:
        >>> led_by("带动全市固定资产投资"), led_by("固定资产投资")
        ('全市固定资产投资', '')
    """
    match = _noise("led").match(wording)
    return wording[match.end() :] if match else ""


def is_second_name(core: str) -> bool:
    """True for a name that yields to another one of its indicator: 地方财政收入 beside 公共财政预算收入.

    Args:
        core: A wording without neutral words.

    Returns:
        Whether it is such a name.

    Example:
        >>> is_second_name("地方财政收入"), is_second_name("公共财政预算收入")
        (True, False)
    """
    return _noise("second").fullmatch(core) is not None


def lost_subject(wording: str) -> bool:
    """True where a wording is what stood between the subject and its number: 新台阶, （预计数."""
    return len(wording) < 16 and _noise("lost").search(wording) is not None


def subject_before(text: str, catalogue: Catalogue) -> str | None:
    """The indicator named last before a number, where nothing but numbers and fillers stand between.

    Args:
        text: The sentence up to the number.
        catalogue: The indicators.

    Returns:
        Its id, or None.

    Example:
        >>> from policynlp.facts.catalogue import shipped
        >>> subject_before("全省地区生产总值迈上5万亿元新台阶，达5.38万亿元、增长", shipped())
        'gdp'
        >>> subject_before("数字经济占地区生产总值的比重提高，增长", shipped())
    """
    window = text[-_REACH:]
    best = max(
        ((at + len(name), len(name), name) for name in catalogue.by_name if (at := window.rfind(name)) >= 0),
        default=None,
    )
    if best is None or not _BETWEEN.match(window[best[0] :]):
        return None
    end, length, name = best
    clause = re.split(r"[，,；;。：:]", window[: end - length])[-1]
    return find_indicator(clause[-12:] + name, catalogue) or find_indicator(name, catalogue)
