"""Draws cells of the panels to be checked by reading the reports, not the library's output.

    python benchmarks/panel_check.py PANELS_DIR TEXTS_DIR [--found 160] [--empty 40] [--seed 6]

Prints for each cell what the panel says of target and outcome, and the report's own text around the offsets, the number
in 【】. What a cell does not say is looked for in the report itself. The readers' verdicts are in docs/panels.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

BEFORE, BEHIND = 130, 70
SIDES = {"target": ("target_bound", "target_modality", "target_status"), "outcome": ("outcome_bound",)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("panels", type=Path)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--found", type=int, default=160, help="cells with a target or an outcome")
    parser.add_argument("--empty", type=int, default=40, help="cells with neither")
    parser.add_argument("--seed", type=int, default=6)
    options = parser.parse_args()
    frames = [pd.read_csv(path, dtype=str).assign(panel=path.stem) for path in sorted(options.panels.glob("*.csv"))]
    cells = pd.concat(frames, ignore_index=True).fillna("")
    empty = (cells["target_status"] == "not_found") & (cells["outcome"] == "")
    drawn = pd.concat(
        part.sample(min(size, len(part)), random_state=options.seed)
        for part, size in ((cells[~empty], options.found), (cells[empty], options.empty))
    )
    for number, (_, cell) in enumerate(drawn.sample(frac=1, random_state=options.seed).iterrows()):
        print(f"### {number} {cell.panel} {cell.region} {cell.year} {cell.indicator_id} {cell.measure} [{cell.unit}]")
        for side, columns in SIDES.items():
            value = "~".join(filter(None, (cell[side], cell[f"{side}_high"])))
            print(f"{side}: {value or '-'} {' '.join(cell[column] for column in columns)} {cell[f'{side}_report_id']}")
            print("    " + _around(cell, side, options.texts))
        print(f"verdict: {cell.verdict}\n")


def _around(cell: Any, side: str, texts: Path) -> str:
    """The report's text around the number of one side, on one line; a dash where there is none."""
    if not cell[f"{side}_start"]:
        return "-"
    text = next(texts.rglob(f"{cell[f'{side}_report_id']}.txt")).read_bytes().decode("utf-8")
    start, end = (int(float(cell[f"{side}_{name}"])) for name in ("start", "end"))
    around = f"{text[max(0, start - BEFORE) : start]}【{text[start:end]}】{text[end : end + BEHIND]}"
    return " ".join(around.split())


if __name__ == "__main__":
    main()
