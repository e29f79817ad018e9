"""Quantities: the table of cases, and what must hold for any text."""

from __future__ import annotations

import json
import tarfile
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policynlp.facts import Quantity, find_numbers, find_quantities, render
from policynlp.facts.wordlists import UNITS
from policynlp.report import BOUNDS

SHARED = Path(__file__).parents[1].parent / "shared"
CASES = [
    line.split("\t")
    for line in (Path(__file__).parent / "cases" / "quantities.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
ALPHABET = (
    "0123456789.,，、。；%一二三四五六十百千万亿两几数多余半点分之第前年月个家元人以上内左右超近约不低于过至到"
    "-—:∶“”（）\n GP全市位"
)


@pytest.mark.parametrize("row", CASES, ids=lambda row: row[0][:20])
def test_cases(row: list[str]) -> None:
    text, *expected = row
    found = [
        f"{q.text}|{q.value}|{'' if q.value_high is None else q.value_high}|{q.unit}|{q.bound}"
        for q in find_quantities(text)
    ]
    assert found == [cell for cell in expected if cell]


def test_the_call_of_the_contract() -> None:
    first, second = find_quantities("力争达到5%—6%，新增就业2.1万人以上")
    assert (first.start, first.end, first.value, first.value_high, first.unit, first.bound) == (
        4,
        9,
        5,
        6,
        "%",
        "range",
    )
    assert (second.text, second.value, second.unit, second.bound) == ("2.1万人以上", 21000, "人", "ge")


def test_offsets_point_into_the_whole_text() -> None:
    text = "前言。增长6.5%以上。"
    (found,) = find_quantities(text, start=3)
    assert text[found.start : found.end] == found.text == "6.5%以上"
    assert text[slice(*found.number)] == "6.5"
    assert find_quantities(text, 0, 3) == []


@pytest.mark.parametrize("text", [None, 5, b"5%"])
def test_what_is_no_text(text: Any) -> None:
    with pytest.raises(TypeError, match="str"):
        find_quantities(text)


def test_reasons_name_the_words() -> None:
    (found,) = find_quantities("新增就业不少于200人。")
    assert found.why == {"value": "200", "unit": "人", "bound": "不少于"}


@given(st.text(alphabet=ALPHABET, max_size=60) | st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_spans_slice_back_in_order(text: str) -> None:
    for find in (find_quantities, find_numbers):
        last = 0
        for found in find(text):
            assert text[found.start : found.end] == found.text
            assert last <= found.number[0] < found.number[1] <= found.end
            assert found.bound in BOUNDS
            assert found.value is not None and found.value.is_finite()
            assert (found.bound == "range") <= (found.value_high is not None)
            last = found.number[1]


AMOUNT_UNITS = sorted(
    {unit.unit for unit in UNITS.words.values() if unit.kind in ("money", "count", "people", "percent")}
)


@given(
    st.decimals(min_value=2, max_value=10**9, places=2),
    st.sampled_from(AMOUNT_UNITS),
    st.sampled_from(["eq", "ge", "gt", "le", "lt", "about", "range"]),
)
@settings(max_examples=100, deadline=None)
def test_what_is_rendered_is_read_back(value: Decimal, unit: str, bound: str) -> None:
    high = value + 1 if bound == "range" else None
    written = render(Quantity(0, 0, "", value, high, unit, bound))
    (found,) = find_quantities(f"达到{written}。")
    assert (found.value, found.value_high, found.unit, found.bound) == (value, high, unit, bound)


@given(st.integers(1, 99), st.sampled_from(["eq", "le"]))
def test_ranks_are_read_back(value: int, bound: str) -> None:
    written = render(Quantity(0, 0, "", Decimal(value), None, "位", bound, kind="rank"))
    (found,) = find_quantities(f"居全省{written}。")
    assert (found.value, found.unit, found.bound, found.kind) == (value, "位", bound, "rank")


@given(st.decimals(min_value=0, max_value=10**6, places=1), st.sampled_from(["%", "亿元", "万人", "个"]))
def test_full_width_gives_the_same(value: Decimal, unit: str) -> None:
    plain = f"达到{value:f}{unit}。"
    wide = plain.translate({0x2E: "．", 0x25: "％", **{0x30 + digit: chr(0xFF10 + digit) for digit in range(10)}})
    assert [q.value for q in find_quantities(plain)] == [q.value for q in find_quantities(wide)]


# Runs of one character or short pattern that a careless expression would read again and again.
RUNS = [
    *"1１一万百十点两几数半零负第前上超%个位“《(-.,a \u3000\x00\ud800\u202e",
    *("，1", "1,", "1.", "1-", "1:", "1、", "1到", "1个", "第1", "1 ", "12 34 ", "1. 2 ", "点1", "由1到"),
    *("百分之", "三分之", "一个", "新建一", "控制在", "不低于", "全国"),
]


def seconds(text: str) -> float:
    """Processor time, the best of three: what is asked is the shape of the growth, not how busy the machine is."""
    took = []
    for _ in range(3):
        begin = time.process_time()
        find_quantities(text)
        took.append(time.process_time() - begin)
    return min(took)


@pytest.mark.parametrize("run", RUNS, ids=ascii)
def test_time_is_linear_on_hostile_runs(run: str) -> None:
    short, long = run * (5_000 // len(run)), run * (30_000 // len(run))
    # Six times the text: linear growth takes about 6 times as long, quadratic growth 36 times.
    assert seconds(long) < 18 * max(seconds(short), 0.005)


def gold() -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Sentences of the shared gold with their facts, by report and offset."""
    sentences: dict[str, tuple[str, list[dict[str, Any]]]] = {}
    facts = defaultdict(list)
    for path in sorted((SHARED / "gold").glob("*/*.facts.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            fact = json.loads(line)
            if fact["value"] is not None:
                facts[f"{fact['report_id']} {fact['sentence_start']}"].append(fact)
    for path in sorted((SHARED / "gold").glob("*/*.sentences.jsonl")):
        if path.parent.name == "problem_passages":
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            key = f"{row['report_id']} {row['start']}"
            sentences[key] = (row["text"], facts[key])
    return sentences


def score() -> dict[str, float]:
    """Recall and precision of values, and how often the other fields of a matched fact are right."""
    count: dict[str, int] = defaultdict(int)
    for key, (text, facts) in gold().items():
        offset = int(key.rpartition(" ")[2])
        found = find_quantities(text)
        count["found"] += len(found)
        count["gold"] += len(facts)
        hit = set()
        for fact in facts:
            for index, q in enumerate(found):
                overlap = q.start + offset < fact["end"] and fact["start"] < q.end + offset
                if overlap and abs(abs(float(q.value or 0)) - abs(fact["value"])) <= 1e-6 * max(1, abs(fact["value"])):
                    hit.add(index)
                    count["hit"] += 1
                    for field in ("unit", "bound", "text"):
                        count[field] += getattr(q, field) == fact[field]
                    break
        count["matched"] += len(hit)
    shares = {field: count[field] / count["hit"] for field in ("unit", "bound", "text")}
    return {"recall": count["hit"] / count["gold"], "precision": count["matched"] / count["found"], **shares}


@pytest.mark.shared
def test_the_shared_gold(capsys: pytest.CaptureFixture[str]) -> None:
    if not (SHARED / "gold").exists():
        pytest.skip("the shared gold is not beside this checkout")
    figures = score()
    with capsys.disabled():
        print("\nshared gold: " + "  ".join(f"{name} {value:.4f}" for name, value in figures.items()))
    assert figures["recall"] >= 0.985
    assert figures["precision"] >= 0.96
    assert figures["unit"] >= 0.99
    assert figures["bound"] >= 0.98
    assert figures["text"] >= 0.95


@pytest.mark.shared
def test_nothing_breaks_on_reports_of_the_archive() -> None:
    archives = sorted((SHARED / "reports" / "archive").glob("*.tar*"))
    if not archives:
        pytest.skip("the shared archive is not beside this checkout")
    with tarfile.open(archives[0]) as archive:
        for _ in range(15):
            member = archive.next()
            if member is None:
                break
            if member.isfile() and (file := archive.extractfile(member)):
                text = file.read().decode("utf-8", "replace")
                for found in find_quantities(text):
                    assert text[found.start : found.end] == found.text
