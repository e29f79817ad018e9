"""What falls outside the catalogue: wordings of one thing brought together by likeness."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# How alike two wordings of one thing are at least (rapidfuzz ratio); below 85 新建农村公路 meets 新建农村学校.
ALIKE = 80.0
# Wordings that end otherwise speak of other things: 工业用地, 工业用电.
_HEAD_LENGTH = 2
_DIGITS = re.compile(r"[\d.]+|[一二三四五六七八九十百千万亿两]+(?=[级星类层]|亿元|万元)")


@lru_cache(maxsize=200_000)
def _frame_of(core: str) -> tuple[str, tuple[str, ...]]:
    return core[-_HEAD_LENGTH:], tuple(_DIGITS.findall(core))


def likeness(one: str, other: str) -> float:
    """How alike two wordings are, 0 to 100; 0 where their heads or their digits differ.

    Example:
        >>> likeness("增设既有住宅电梯", "既有住宅增设电梯") > ALIKE
        True
        >>> likeness("亿元以上项目", "10亿元以上项目")
        0.0
    """
    from rapidfuzz import fuzz

    if _frame_of(one) != _frame_of(other):
        return 0.0
    # 新 and 改 (新改建) are the words that reports add and drop most.
    return max(fuzz.ratio(one, other), fuzz.token_sort_ratio(" ".join(one), " ".join(other)) - 5)


def pair_wordings(targets: pd.DataFrame, outcomes: pd.DataFrame) -> pd.Series:
    """Give outcomes outside the catalogue the name of the target that they are alike to.

    Args:
        targets: Chosen targets, with the columns of a cell.
        outcomes: All outcomes.

    Returns:
        The ``thing`` of every outcome, changed where a target of the same place, year, measure and kind of unit has a
        similar wording and no outcome of its own.
    """
    cell = ["place", "target_year", "measure", "unit_kind"]
    loose_targets = targets[targets["indicator_id"].isna()]
    loose = outcomes[outcomes["indicator_id"].isna()]
    have = set(zip(*(loose[name] for name in [*cell, "thing"]), strict=True))
    # Only wordings of one head and the same digits can be alike, so that these are part of the key.
    wanted: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for key in zip(*(loose_targets[name] for name in [*cell, "thing"]), strict=True):
        if key not in have:
            whole = (*key[:-1], _frame_of(key[-1]))
            wanted[whole].append(key[-1])
    renamed: dict[object, str] = {}
    for index, *values in loose[[*cell, "thing"]].itertuples(name=None):
        names = wanted.get((*values[:-1], _frame_of(values[-1])))
        if names and (best := _most_alike(values[-1], names)):
            renamed[index] = best
    things = outcomes["thing"].copy()
    if renamed:
        things.loc[list(renamed)] = list(renamed.values())
    return things


def _most_alike(name: str, names: Sequence[str]) -> str:
    score, best = max((likeness(name[1:], other[1:]), other) for other in names)
    return best if score >= ALIKE else ""


def group_wordings(counts: pd.Series, most: int = 3000) -> pd.DataFrame:
    """Bring the wordings outside the catalogue together in groups.

    Args:
        counts: How often each wording occurs.
        most: How many of the most frequent wordings are compared; each further one is a group of its own.

    Returns:
        ``group`` (its most frequent wording), ``wordings``, ``count``, the most frequent group first.
    """
    import pandas as pd

    ordered = counts.sort_values(ascending=False, kind="stable")
    by_head: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    leader: dict[str, str] = {}
    for position, wording in enumerate(map(str, ordered.index)):
        found = ""
        if position < most:
            peers = by_head[_frame_of(wording)]
            found = next((name for name in peers if likeness(wording, name) >= ALIKE), "")
            if not found:
                peers.append(wording)
        leader[wording] = found or wording
    frame = pd.DataFrame({"wording": ordered.index, "count": ordered.to_numpy()})
    frame["group"] = frame["wording"].map(leader)
    grouped = frame.groupby("group", sort=False).agg(wordings=("wording", " ".join), count=("count", "sum"))
    return grouped.reset_index().sort_values("count", ascending=False, kind="stable").reset_index(drop=True)
