"""Cases from peers (MIT, Apache-2.0, BSD-3-Clause; licences in ../shared/peers/README.md), read from the shared folder.

A case passes where every expected value is among what we return, each at its place, and where a case that expects
nothing gets nothing. Cases with a ``caution`` carry a reading that is not to be taken over and are left out. Peers were
measured on values only, on their full files; part of those is kept back, so rates are compared. Both functions must
reach the best peer: `find_numbers`, which like the peers returns every number, and `find_quantities`, which leaves out
what a report uses as a name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from policynlp.facts import Quantity, find_numbers, find_quantities

PEERS = Path(__file__).parents[1].parent / "shared" / "peers"
# File -> cases that the best peer passes, of how many (ANCHORS.md).
BEST = {
    "recognizers_zh": (474, 539),
    "duckling_zh": (147, 176),
    "minlp_duckling_zh": (116, 131),
    "cn2an": (95, 106),
    "jionlp_money": (52, 68),
    "issues_zh": (30, 42),
}
# Peers give some values in a base unit; these are the same quantities: (their unit, our unit) -> factor.
CONVERSIONS = {
    ("分", "角"): 10,
    ("分", "元"): 100,
    ("元", "角"): Decimal("0.1"),
    ("克", "千克"): 1000,
    ("克", "公斤"): 1000,
    ("克", "斤"): 500,
}
SAME_UNIT = {"平方千米": "平方公里", "公里": "千米", "公斤": "千克", "百分点": "个百分点", "None": ""}

Finder = Callable[[str], list[Quantity]]


def close(ours: Decimal, theirs: str) -> bool:
    wanted = Decimal(theirs)
    return abs(ours - wanted) <= abs(wanted) * Decimal("1e-9") + Decimal("1e-12") or (
        "." in theirs and round(ours, len(theirs.partition(".")[2])) == wanted
    )


def same_value(quantity: Quantity, expected: dict[str, Any]) -> bool:
    """Value, or both ends of a range; open ends are a bound and a value."""
    if expected.get("low") is not None or expected.get("high") is not None:
        low, high = expected.get("low"), expected.get("high")
        if low is not None and high is not None:
            ends = (quantity.value, quantity.value_high)
            return None not in ends and close(ends[0], low) and close(ends[1], high)
        return quantity.value is not None and close(quantity.value, low if low is not None else high)
    value = expected.get("value")
    if value is None:
        return True
    if isinstance(value, list):
        open_end = quantity.value_high is None and quantity.bound == "gt" and close(quantity.value, value[0])
        return open_end or same_value(quantity, {"low": value[0], "high": value[1]})
    return any(close(ours, value.rstrip("%")) for ours in readings(quantity, expected, value))


def readings(quantity: Quantity, expected: dict[str, Any], value: str) -> list[Decimal]:
    """Our value in the terms of the peer: 60 % is their 0.6, unless they write 60%; ‰ and ‱ are their %."""
    ours = quantity.value
    if ours is None:
        return []
    scale = {"%": 100, "‰": 1000, "‱": 10000}.get(quantity.unit)
    factor = CONVERSIONS.get((str(expected.get("unit")), quantity.unit), 1)
    if scale is None:
        return [ours * factor]
    share = ours / scale
    return [share * 100] if value.endswith("%") else [share, ours]


def place(expected: dict[str, Any], text: str) -> tuple[int, int]:
    """Where the peer saw it; the whole text where it does not say."""
    if "start" in expected:
        return expected["start"], expected["end"]
    return 0, len(text)


def matches(case: dict[str, Any], find: Finder) -> list[tuple[dict[str, Any], Quantity | None]]:
    found = find(case["input"])
    paired = []
    for expected in case["expected"]:
        start, end = place(expected, case["input"])
        hits = [q for q in found if q.start < end and start < q.end and same_value(q, expected)]
        paired.append((expected, hits[0] if hits else None))
        if hits:
            found.remove(hits[0])
    return paired


def passes(case: dict[str, Any], find: Finder) -> bool:
    expected = [e for e in case["expected"] if {"value", "low", "high"} & set(e) and e.get("value", "") is not None]
    if not case["expected"]:
        return not find(case["input"])
    return all(hit is not None for _, hit in matches({**case, "expected": expected}, find))


def cases(name: str) -> list[dict[str, Any]]:
    if not (PEERS / f"{name}.jsonl").exists():
        pytest.skip("the shared peers' cases are not beside this checkout")
    lines = (PEERS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [case for case in map(json.loads, lines) if not case.get("caution")]


def unit_rate(name: str) -> tuple[int, int]:
    right = total = 0
    for case in cases(name):
        for expected, hit in matches(case, find_numbers):
            if hit is None or not expected.get("unit") or expected["unit"] == "None":
                continue
            theirs = SAME_UNIT.get(expected["unit"], expected["unit"])
            ours = SAME_UNIT.get(hit.unit, hit.unit)
            right += theirs == ours or (expected["unit"], hit.unit) in CONVERSIONS
            total += 1
    return right, total


@pytest.mark.shared
@pytest.mark.parametrize("name", BEST)
def test_at_least_the_best_peer(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = cases(name)
    numbers = sum(passes(case, find_numbers) for case in rows)
    quantities = sum(passes(case, find_quantities) for case in rows)
    right, total = unit_rate(name)
    best, of = BEST[name]
    with capsys.disabled():
        print(
            f"\n{name:18} cases {len(rows):3}   best peer {best / of:.3f}   "
            f"find_quantities {quantities / len(rows):.3f}   "
            f"find_numbers {numbers / len(rows):.3f}   units {right}/{total}"
        )
    assert numbers / len(rows) >= best / of
    assert quantities / len(rows) >= best / of
