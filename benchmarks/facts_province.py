"""Writes the targets and outcomes of one place's core indicators over the years as a table in Markdown, to be read.

    python benchmarks/facts_province.py REPORTS_DIR PLACE OUT.md [--last 22] [--model linear]

One row a report, indicator and measure: the first target and the first outcome that the report states for its own year
and the year before, each with its words and its offset, so that a reader can look it up. Short phrases only.
"""

from __future__ import annotations

import argparse
from decimal import Decimal
from pathlib import Path

import policynlp as pn
from policynlp.report import NumericFact, Report

CORE = (
    "gdp", "budget_revenue", "fixed_investment", "retail_sales", "trade", "utilized_fdi", "urban_income",
    "rural_income", "cpi", "urban_new_jobs", "registered_unemployment", "surveyed_unemployment", "urbanization",
    "energy_intensity",
)  # fmt: skip
MEASURES = ("level", "growth", "share", "change", "qualitative")


def first(report: Report, indicator: str, measure: str, role: str, year: int) -> NumericFact | None:
    """The first fact of this kind in the report."""
    for fact in report.facts:
        if (fact.indicator_id, fact.measure, fact.role, fact.year) == (indicator, measure, role, year):
            return fact
    return None


def cells(fact: NumericFact | None) -> str:
    """Value, unit, bound and modality, words and offset of one fact, as table cells."""
    if fact is None:
        return " | | "
    high = "" if fact.value_high is None else f"–{fact.value_high}"
    value = "" if fact.value is None else f"{_short(fact)}{high} {fact.unit}"
    relation = " ".join(word for word in (fact.bound, fact.modality) if word not in ("eq", "firm"))
    return f"{value} {relation}".strip() + f" | {fact.text} | {fact.start}"


def _short(fact: NumericFact) -> str:
    value = fact.value or Decimal(0)
    return f"{value / 10**8}亿" if abs(value) >= 10**8 else str(value)


def rows(report: Report) -> list[str]:
    """The rows of one report."""
    out = []
    year = report.year or 0
    for indicator in CORE:
        for measure in MEASURES:
            target = first(report, indicator, measure, "target", year)
            outcome = first(report, indicator, measure, "outcome", year - 1)
            if target or outcome:
                out.append(f"| {year} | {indicator} | {measure} | {cells(target)} | {cells(outcome)} |")
    return out


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", type=Path)
    parser.add_argument("place")
    parser.add_argument("out", type=Path)
    parser.add_argument("--last", type=int, default=22, help="how many years, the last ones")
    parser.add_argument("--model", default="bert", help="the classifier that gives the labels, and with them the roles")
    args = parser.parse_args()
    nlp = pn.load(args.model)
    lines = [
        "| report | indicator | measure | target | words | at | outcome of the year before | words | at |",
        "| --- | --- | --- | --- | --- | --: | --- | --- | --: |",
    ]
    for path in sorted(args.reports.rglob(f"*_{args.place}_*.txt"))[-args.last :]:
        lines += rows(nlp(pn.read_report(path)))
    args.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
