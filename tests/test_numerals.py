"""Numerals: the table of cases, and that any number written in Chinese or Arabic is read back exactly."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policynlp.facts import NumeralError, parse_numeral
from policynlp.facts.numerals import read_numeral

CASES = [
    line.split("\t")
    for line in (Path(__file__).parent / "cases" / "numerals.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("text", "number"), CASES)
def test_cases(text: str, number: str) -> None:
    assert parse_numeral(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "  ", "统一", "百分", "5G", "3.5.6点7点8", "1" * 65, "一" * 100])
def test_what_spells_no_number(text: str) -> None:
    with pytest.raises(NumeralError):
        parse_numeral(text)


def test_spoken_pairs_need_something_counted() -> None:
    assert read_numeral("三五", counted=True).high == 5
    assert read_numeral("三五").value == 35
    assert read_numeral("四五千").high == 5000


def chinese(number: int) -> str:
    """Write a number below 10**16 by the rules of the grammar."""
    if number == 0:
        return "零"
    written = ""
    for power, big in ((12, "万亿"), (8, "亿"), (4, "万"), (0, "")):
        section = number // 10**power % 10**4
        if section:
            gap = "零" if written and section < 1000 else ""
            written += gap + _section(section) + big
    return written


def _section(section: int) -> str:
    written, gap = "", False
    for power, scale in ((3, "千"), (2, "百"), (1, "十"), (0, "")):
        digit = section // 10**power % 10
        if digit:
            written += ("零" if gap and written else "") + "零一二三四五六七八九"[digit] + scale
        gap = not digit
    return written


@given(st.integers(0, 10**12 - 1))
def test_chinese_round_trip(number: int) -> None:
    assert parse_numeral(chinese(number)) == number


@given(st.decimals(min_value=0, max_value=10**12, places=4), st.sampled_from(["", "万", "亿", "万亿"]))
def test_arabic_is_exact(number: Decimal, scale: str) -> None:
    factor = {"": 1, "万": 10**4, "亿": 10**8, "万亿": 10**12}[scale]
    assert parse_numeral(f"{number:f}{scale}") == number * factor


@given(st.text())
def test_any_text_gives_a_number_or_the_error(text: str) -> None:
    with contextlib.suppress(NumeralError):
        assert parse_numeral(text).is_finite()
