"""Was a target met? By its own bound, by which direction is better, and as far as the outcome's own bound tells."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from policynlp.data import load_table

VERDICTS = ("met", "missed", "no_outcome", "no_target", "unclear")
# Rates are printed with one or two decimals: what differs by less is equal.
_SAME = 1e-9
_NEARLY = ("近", "接近", "将近", "几乎")
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the verdict leaves to the user.

    Attributes:
        tolerance: What 左右 tolerates, as a share of the target.
        nearly: How far below its number an outcome worded 近 can lie, as a share of it.
    """

    tolerance: float = 0.05
    nearly: float = 0.1


@dataclass(frozen=True, slots=True)
class Amount:
    """A value with its bound.

    Attributes:
        value: The number; for a range its low end.
        high: The high end of a range; None otherwise.
        bound: One of the bounds of a fact.
        text: As worded.
    """

    value: float
    high: float | None = None
    bound: str = "eq"
    text: str = ""


def judge(target: Amount, outcome: Amount, polarity: str = "more", rules: Rules | None = None) -> str:
    """Judge one target by one outcome.

    Args:
        target: What was promised. The bound of a fall is about its size: 下降3%以上 is −3 with ``ge``.
        outcome: What was reached.
        polarity: ``more`` or ``less`` is better; empty where neither is.
        rules: Tolerances; the defaults of `Rules` where None.

    Returns:
        ``met``, ``missed``, or ``unclear`` where the outcome's own bound leaves it open.

    Example:
        >>> judge(Amount(6.5, bound="about"), Amount(5.4))
        'missed'
        >>> judge(Amount(-3, bound="ge"), Amount(-3.3), "less")
        'met'
        >>> judge(Amount(28, bound="le"), Amount(28.5, bound="lt"), "less")
        'unclear'
    """
    rules = rules or Rules()
    wanted, reached = _wanted(target, polarity, rules), _reached(outcome, rules)
    # gt and lt leave their own number out; a hair's breadth stands for that.
    low, high = wanted[0] - _slack(wanted[0]), wanted[1] + _slack(wanted[1])
    if low <= reached[0] and reached[1] <= high:
        return "met"
    return "missed" if reached[1] < low or reached[0] > high else "unclear"


def _slack(value: float) -> float:
    return 0.0 if math.isinf(value) else _SAME * max(1.0, abs(value))


def _beyond(value: float, up: bool) -> float:
    step = 3 * _slack(value)
    return value + step if up else value - step


def _wanted(target: Amount, polarity: str, rules: Rules) -> Interval:
    """The outcomes that keep the promise."""
    value, high = target.value, target.high if target.high is not None else target.value
    # A fall promised is kept by a larger fall, whatever its bound is about.
    up = value >= 0 if polarity != "less" else False
    if value < 0:
        up = False
    tolerance = rules.tolerance * abs(value)
    bound = target.bound
    if bound in ("ge", "gt", "le", "lt"):
        rising = (bound in ("ge", "gt")) == (value >= 0)
        if bound in ("gt", "lt"):
            value = _beyond(value, rising)
        return (value, math.inf) if rising else (-math.inf, value)
    low, top = min(value, high), max(value, high)
    if bound == "about":
        low, top = low - tolerance, top + tolerance
    if polarity == "" and value >= 0:
        return low, top
    return (low, math.inf) if up else (-math.inf, top)


def _reached(outcome: Amount, rules: Rules) -> Interval:
    """Where the outcome can lie."""
    value = outcome.value
    if outcome.bound == "range" and outcome.high is not None:
        return min(value, outcome.high), max(value, outcome.high)
    if outcome.bound == "about":
        room = rules.tolerance * abs(value)
        return value - room, value + room
    if outcome.bound in ("ge", "gt", "le", "lt"):
        rising = (outcome.bound in ("ge", "gt")) == (value >= 0)
        edge = _beyond(value, rising) if outcome.bound in ("gt", "lt") else value
        if outcome.bound == "lt" and outcome.text.startswith(_NEARLY):
            far = value * (1 - rules.nearly)
            return min(far, edge), max(far, edge)
        return (edge, math.inf) if rising else (-math.inf, edge)
    return value, value


@dataclass(frozen=True, slots=True)
class Check:
    """How a wording without a number is checked."""

    word: str
    kind: str
    reference: str
    slack: float


@cache
def _checks() -> tuple[Check, ...]:
    columns = ("word", "check", "reference", "slack", "example")
    rows = load_table("qualitative_checks.tsv", columns, ("word", "check", "slack", "example"))
    return tuple(Check(row["word"], row["check"], row["reference"], float(row["slack"])) for row in rows)


def check_for(wording: str) -> Check | None:
    """The first check whose words stand in a wording; None where nothing can be looked up."""
    return next((check for check in _checks() if check.word in wording), None)


@dataclass(frozen=True, slots=True)
class Above:
    """A target set against the figure of a place above: 高于全国1个百分点.

    Attributes:
        word: The words of the comparison with the place.
        kind: ``exceed``, ``at_least``, ``below`` or ``at_most``; ``better`` or ``follow`` (as good) where the direction
            that is better of the indicator tells which.
        level: Level of the place above: ``national``, ``province`` or ``city``.
        points: How many points above or below it at least.
        slack: How many points it may fall short.
    """

    word: str
    kind: str
    level: str
    points: float
    slack: float


@cache
def _comparisons(kind: str) -> Mapping[str, str]:
    columns = ("word", "kind", "means", "example")
    return {
        row["word"]: row["means"]
        for row in load_table("place_comparisons.tsv", columns, columns)
        if row["kind"] == kind
    }


@cache
def _above_pattern() -> re.Pattern[str]:
    how, place, filler = (
        "|".join(sorted(map(re.escape, _comparisons(kind)), key=len, reverse=True))
        for kind in ("how", "place", "filler")
    )
    return re.compile(
        rf"(?P<how>{how})[^，、；。\d]{{0,6}}?(?P<place>{place})(?P<between>(?:{filler})*)"
        r"(?:(?P<points>\d+(?:\.\d+)?)[^，；。]*个百分点)?(?:以上|左右)?$"
    )


def above_for(wording: str) -> Above | None:
    """The comparison with a place above that a wording makes; None where it makes none.

    Example:
        >>> above = above_for("高于全国平均水平1个百分点以上")
        >>> above.kind, above.level, above.points
        ('exceed', 'national', 1.0)
        >>> above_for("稳中提质") is None, above_for("高于全省城镇居民") is None
        (True, True)
    """
    match = _above_pattern().search(wording)
    if not match:
        return None
    turns = (_comparisons("turn")[word] for word in _comparisons("turn") if word in match["between"])
    slack = _comparisons("slack")
    room = next((slack[word] for word in sorted(slack, key=len, reverse=True) if word in match.group()), "0")
    return Above(
        match["how"] + match["place"],
        next(turns, _comparisons("how")[match["how"]]),
        _comparisons("place")[match["place"]],
        float(match["points"] or 0),
        float(room),
    )


def judge_above(above: Above, reached: Amount | float | None, other: float | None, polarity: str = "more") -> str:
    """Judge a target that is set against the figure of a place above.

    Args:
        above: The comparison.
        reached: The place's own figure of the year, with its bound where it has one; None where no report tells.
        other: The figure of the place above, of the same year.
        polarity: ``more`` or ``less`` is better.

    Returns:
        As `judge_wording`; ``unclear`` also where the bound of the own figure leaves it open.

    Example:
        >>> judge_above(above_for("高于全国1个百分点"), 6.3, 5.2), judge_above(above_for("高于全国"), 5.0, None)
        ('met', 'unclear')
        >>> judge_above(above_for("与全国一致"), Amount(5.5, bound="le"), 5.1, "less")
        'unclear'
    """
    own = reached if isinstance(reached, Amount) or reached is None else Amount(reached)
    if own is None or math.isnan(own.value):
        return "no_outcome"
    if other is None or math.isnan(other):
        return "unclear"
    more = above.kind in ("exceed", "at_least") or (above.kind in ("better", "follow") and polarity != "less")
    # 高于 without points leaves the same figure out.
    strict = above.kind in ("exceed", "below", "better") and not above.points and not above.slack
    kept = set()
    for end in _reached(own, Rules()):
        ahead = end - other if more else other - end
        kept.add(ahead >= above.points - above.slack - _SAME and not (strict and ahead <= _SAME))
    if len(kept) > 1:
        return "unclear"
    return "met" if kept.pop() else "missed"


def judge_wording(wording: str, growth: float | None, references: Mapping[str, float]) -> str:
    """Judge a target without a number by the growth reached and by that of what it names.

    Args:
        wording: The target's words.
        growth: The indicator's own growth in the year; None where no report tells.
        references: Growth of other indicators in the same year, by id.

    Returns:
        ``met``, ``missed``, ``no_outcome`` where the own growth is missing, ``unclear`` where the words name nothing
        that can be looked up or the other figure is missing.

    Example:
        >>> judge_wording("与经济增长基本同步", 5.7, {"gdp": 5.6})
        'met'
        >>> judge_wording("稳中提质", 3.0, {})
        'unclear'
    """
    if growth is None or math.isnan(growth):
        return "no_outcome"
    check = check_for(wording)
    if check is None:
        return "unclear"
    if check.kind in ("follow", "exceed"):
        other = references.get(check.reference)
        if other is None or math.isnan(other):
            return "unclear"
        kept = growth > other if check.kind == "exceed" else growth >= other - check.slack - _SAME
    else:
        kept = {"rise": growth > 0, "steady": growth >= 0, "fall": growth < 0}[check.kind]
    return "met" if kept else "missed"
