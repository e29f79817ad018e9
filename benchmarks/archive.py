"""One run of `policynlp label` over a folder of reports, and what came out of it, as a Markdown page.

    python benchmarks/archive.py FOLDER --out OUT > docs/archive_run.md

The command itself runs in a process of its own, so that its time and its peak memory are the user's.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from policynlp import __version__


def run_label(folder: Path, out: Path, workers: int) -> tuple[float, float]:
    """Run the command; returns wall seconds and the largest process's peak memory in MB."""
    command = [sys.executable, "-m", "policynlp.cli", "label", str(folder), "--out", str(out), "--restart"]
    started = time.perf_counter()
    process = subprocess.Popen([*command, "--workers", str(workers)])
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"the run failed with status {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def counts(frame: pd.DataFrame, by: str) -> str:
    """How many rows of each level have each value of a column."""
    found = frame.groupby(["level", by], dropna=False).size().unstack(fill_value=0)
    found.loc["all"] = found.sum()
    return table(
        ["level", *found.columns], ([level, *row] for level, row in zip(found.index, found.values, strict=True))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    seconds, memory = run_label(options.folder, options.out, options.workers)
    reports, sentences, facts, commitments, errors = (
        pd.read_parquet(options.out / f"{name}.parquet")
        for name in ("reports", "sentences", "facts", "commitments", "errors")
    )
    characters = int(reports["characters"].sum())
    targets = commitments["targets"].map(len)
    real = sentences[~sentences["is_heading"]]
    kinds = errors.groupby(["stage", "error"]).size()
    figures = [
        ("reports labelled", f"{len(reports):,}"),
        ("characters", f"{characters:,}"),
        ("sentences", f"{len(real):,}"),
        ("headings", f"{len(sentences) - len(real):,}"),
        ("numeric facts", f"{len(facts):,}"),
        ("of them marked ambiguous", f"{int(facts['ambiguous'].sum()):,}"),
        ("of them with an indicator of the catalogue", f"{int(facts['indicator_id'].notna().sum()):,}"),
        ("commitments", f"{len(commitments):,}"),
        ("commitments with at least one target", f"{int((targets > 0).sum()):,}"),
        ("rows in errors", f"{len(errors):,}"),
        ("wall time", f"{seconds:.0f} s ({seconds / len(reports) * 1000:.0f} ms a report)"),
        ("peak memory of the largest process", f"{memory:.0f} MB"),
    ]
    reports["decade"] = reports["year"] // 10 * 10
    print("# One run over the shared archive\n")
    print(f"Made by `python benchmarks/archive.py FOLDER --out OUT` with policynlp {__version__}, Python", end=" ")
    print(f"{platform.python_version()}, {options.workers} worker processes on {os.cpu_count()} cores.\n")
    print(table(["what", "figure"], figures))
    print("\n## Errors\n")
    print(table(["stage", "error", "rows"], ([*kind, count] for kind, count in kinds.items())), end="\n\n")
    for row in errors.itertuples():
        print(f"- `{Path(row.path).name}`: {row.detail}")
    for title, frame, by in (
        ("Reports by level and decade", reports, "decade"),
        ("Sentences by level and label", real, "label"),
        ("Sentences by level and kind of section", real, "section_kind"),
        ("Facts by level and measure", facts, "measure"),
        ("Facts by level and role", facts, "role"),
    ):
        print(f"\n## {title}\n\n{counts(frame, by)}")


if __name__ == "__main__":
    main()
