"""Builds the panels that ship under corpus/panels out of a labelled archive, and measures time and memory.

    python benchmarks/compare.py LABELLED_DIR OUT_DIR

LABELLED_DIR is the folder that ``policynlp label`` wrote over the shared archive. Prints seconds and peak memory of
``compare``, then the coverage of each panel. The files hold numbers, bounds, report ids and offsets, and no text.
"""

from __future__ import annotations

import itertools
import resource
import sys
import time
import warnings
from pathlib import Path

import pandas as pd

from policynlp.compare import Panel, compare

INDICATORS = (
    "gdp",
    "budget_revenue",
    "fixed_investment",
    "retail_sales",
    "cpi",
    "urban_new_jobs",
    "surveyed_unemployment",
    "registered_unemployment",
    "resident_income",
    "urban_income",
    "rural_income",
)
TEXTS = ("target_text", "outcome_text")
UNBROKEN_YEARS = 22


def main(labelled: str, out: str) -> None:
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        panel = compare(labelled)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    reports = len(panel.reports)
    print(f"compare: {reports} reports, {len(panel)} rows, {seconds:.1f} s, peak {peak:.0f} MB")
    Path(out).mkdir(parents=True, exist_ok=True)
    for name, rows in panels(panel).items():
        rows.to_csv(Path(out) / f"{name}.csv", index=False, lineterminator="\n")
        stated, outcomes = rows["target_status"].value_counts().to_dict(), int(rows["outcome"].notna().sum())
        print(f"{name}: {len(rows)} cells, {rows['region'].nunique()} places, targets {stated}, outcomes {outcomes}")
        print(f"  verdicts {rows['verdict'].value_counts().to_dict()}")


def panels(panel: Panel) -> dict[str, pd.DataFrame]:
    """The four panels, without the words of the reports."""
    picked = pd.concat([panel.select(name) for name in INDICATORS])
    years = panel.reports[panel.reports["level"] == "city"].groupby("place")["year"]
    cities = [place for place, group in years if _longest_run(sorted(group)) >= UNBROKEN_YEARS]
    chosen = {
        "provinces_2005_2026": picked[(picked["level"] == "province") & (picked["year"] >= 2005)],
        "nation_1978_2026": picked[(picked["level"] == "national") & (picked["year"] >= 1978)],
        "cities_22_years": picked[picked["place"].isin(cities)],
        "counties": picked[picked["level"] == "county"],
    }
    columns = [name for name in panel.to_frame().columns if name not in TEXTS]
    order = ["region_code", "indicator_id", "year"]
    return {name: rows.sort_values(order)[columns] for name, rows in chosen.items()}


def _longest_run(years: list[int]) -> int:
    longest = run = 1
    for before, year in itertools.pairwise(years):
        run = run + 1 if year == before + 1 else 1
        longest = max(longest, run)
    return longest


if __name__ == "__main__":
    main(*sys.argv[1:])
