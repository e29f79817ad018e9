"""Reads the tables of fact cases: a label, a sentence, and the facts that it states."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from policynlp.facts import find_facts
from policynlp.report import NumericFact, Report, Sentence

CASES = Path(__file__).parent / "cases"
YEAR = 2024


@dataclass(frozen=True)
class Expected:
    """One fact as a table words it; only what is named is compared."""

    indicator: str
    measure: str
    value: Decimal | None
    unit: str
    more: dict[str, str]


def read_cases(name: str) -> list[tuple[str, str, list[Expected]]]:
    """The rows of one table: label, sentence, facts."""
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")][1:]
    return [
        (label, sentence, [_expected(f) for f in facts.split(" / ") if f.strip()]) for label, sentence, facts in rows
    ]


def _expected(words: str) -> Expected:
    indicator, measure, value, unit, *more = words.split(" ")
    return Expected(
        indicator,
        measure,
        None if value == "None" else Decimal(value),
        "" if unit == "-" else unit,
        dict(item.split("=") for item in more),
    )


def facts_of(sentence: str, label: str | None = "achievement", year: int | None = YEAR) -> tuple[NumericFact, ...]:
    """The facts of a report that consists of one sentence."""
    one = Sentence(0, len(sentence), sentence, id=0, label=label)
    return find_facts(Report(sentence, id="case", year=year, sentences=(one,))).facts


def check(sentence: str, label: str, expected: list[Expected]) -> None:
    """Compare what is found with what a table expects."""
    found = facts_of(sentence, label)
    shown = [(f.indicator, f.measure, f.value, f.unit) for f in found]
    assert shown == [(e.indicator, e.measure, e.value, e.unit) for e in expected]
    for fact, wanted in zip(found, expected, strict=True):
        values = {name: str(getattr(fact, "indicator_id" if name == "id" else name)) for name in wanted.more}
        assert values == wanted.more, fact
        assert sentence[fact.start : fact.end] == fact.text
