"""Draws cells of the panels to be checked by reading the report, not the library's output.

    python benchmarks/panel_check.py PANELS_DIR TEXTS_DIR [--cells 200] [--seed 6]

Prints for each cell what the panel says and the report's own text around the offsets, the number in 【】. For the cells
that say nothing use the report itself. The verdicts of the reader are written down in docs/panels.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

BEFORE, BEHIND = 110, 25


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("panels", type=Path)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--cells", type=int, default=200)
    parser.add_argument("--seed", type=int, default=6)
    options = parser.parse_args()
    frames = [pd.read_csv(path) for path in sorted(options.panels.glob("*.csv"))]
    cells = pd.concat([_sides(frame) for frame in frames], ignore_index=True).drop_duplicates(["report", "start"])
    for number, cell in enumerate(cells.sample(options.cells, random_state=options.seed).itertuples(), 1):
        text = next(options.texts.rglob(f"{cell.report}.txt")).read_text(encoding="utf-8")
        start, end = int(cell.start), int(cell.end)
        context = f"{text[max(0, start - BEFORE) : start]}【{text[start:end]}】{text[end : end + BEHIND]}"
        said = f"{cell.region} {cell.year} {cell.indicator_id} {cell.side} {cell.bound} {cell.value:g}"
        print(f"{number} {said} {cell.report}: {context}".replace("\n", "/"))


def _sides(frame: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for side in ("target", "outcome"):
        part = frame[frame[side].notna()]
        names = {side: "value", f"{side}_bound": "bound", f"{side}_report_id": "report"}
        names |= {f"{side}_{end}": end for end in ("start", "end")}
        parts.append(part[["region", "year", "indicator_id", *names]].rename(columns=names).assign(side=side))
    return pd.concat(parts)


if __name__ == "__main__":
    main()
