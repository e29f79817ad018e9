"""Scores `find_facts` on gold files by the annotation guide's own match, with the gold's labels.

    python benchmarks/facts_score.py TEXTS_DIR GOLD_DIR [GOLD_DIR ...] [--oracle] [--errors FIELD] [--report ID]

TEXTS_DIR holds ``REPORT_ID.txt`` (searched in its subfolders too). With ``--oracle`` the quantities are taken from the
gold, so that only what follows them is measured. ``--errors`` lists what went wrong in one field: missing, spurious,
unit, bound, measure, modality, period, year, role, indicator, exact.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from policynlp.facts import find_facts
from policynlp.facts.quantities import Quantity, find_quantities
from policynlp.report import Heading, NumericFact, Report, Sentence

FIELDS = ("unit", "bound", "measure", "modality", "period", "year", "role")
Fact = dict[str, Any]
Pair = tuple[Fact, Fact]


def load(folder: Path) -> dict[str, tuple[list[Fact], list[Fact]]]:
    """Report id -> its gold sentences and facts."""
    out = {}
    for path in sorted(folder.rglob("*.facts.jsonl")):
        name = path.name.removesuffix(".facts.jsonl")
        sentences = path.with_name(f"{name}.sentences.jsonl")
        out[name] = (read_lines(sentences), read_lines(path))
    return out


def read_lines(path: Path) -> list[Fact]:
    """The records of a JSON lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def labelled(text: str, name: str, sentences: Sequence[Fact]) -> Report:
    """A report cut and labelled as the gold has it; what lies between two sentences is a heading."""
    year = name.rsplit("_", 1)[-1]
    found: list[Sentence] = []
    headings: list[Heading] = []
    end = 0
    for number, row in enumerate(sentences):
        between = text[end : row["start"]]
        if between.strip():
            headings.append(Heading(end, row["start"], between, id=2 * number, depth=1, title=between.strip()))
        paragraph = text.count("\n", 0, row["start"])
        above = (headings[-1].id,) if headings else ()
        found.append(
            Sentence(
                row["start"], row["end"], text[row["start"] : row["end"]], id=2 * number + 1, paragraph=paragraph,
                headings=above, label=row["label"],
            )
        )  # fmt: skip
        end = row["end"]
    return Report(
        text, id=name, region=name.split("_")[1], level=name.split("_")[0],
        year=int(year) if year.isdigit() else None, sentences=tuple(found), headings=tuple(headings),
    )  # fmt: skip


def oracle(facts: Sequence[Fact]) -> Callable[[str, int, int], list[Quantity]]:
    """A finder that answers with the gold's own quantities."""
    spans: dict[tuple[int, int], Fact] = {(f["start"], f["end"]): f for f in facts if f["value"] is not None}

    def find(text: str, start: int, end: int) -> list[Quantity]:
        out: list[Quantity] = []
        for (a, b), fact in sorted(spans.items()):
            if start <= a < end and (not out or out[-1].end <= a):
                high = None if fact["value_high"] is None else abs(Decimal(str(fact["value_high"])))
                value = abs(Decimal(str(fact["value"])))
                out.append(Quantity(a, b, text[a:b], value, high, fact["unit"], fact["bound"]))
        return out

    return find


def same_value(p: Fact, g: Fact) -> bool:
    """Equal values, to one part in a million; both may be absent."""

    def equal(x: float | None, y: float | None) -> bool:
        if x is None or y is None:
            return x is y
        return abs(float(x) - float(y)) <= 1e-6 * max(1.0, abs(float(y)))

    return equal(p["value"], g["value"]) and equal(p["value_high"], g["value_high"])


def same_indicator(p: Fact, g: Fact) -> bool:
    """One name inside the other, or 60 % of the characters shared."""
    x, y = p["indicator"], g["indicator"]
    if not x:
        return False
    shared = sum(min(x.count(c), y.count(c)) for c in set(x))
    return x == y or 2 * shared / (len(x) + len(y)) >= 0.6 or (min(len(x), len(y)) >= 2 and (x in y or y in x))


def match(pred: Sequence[Fact], gold: Sequence[Fact]) -> list[Pair]:
    """Greedy one-to-one match on overlap; equal values first, then more overlap, then the like indicator."""
    pairs = []
    for i, g in enumerate(gold):
        for j, p in enumerate(pred):
            shared = min(p["end"], g["end"]) - max(p["start"], g["start"])
            if shared > 0:
                size = max(p["end"] - p["start"], g["end"] - g["start"])
                pairs.append((same_value(p, g), shared / size, same_indicator(p, g), i, j))
    taken_g, taken_p, out = set(), set(), []
    for *_, i, j in sorted(pairs, reverse=True):
        if i not in taken_g and j not in taken_p:
            taken_g.add(i)
            taken_p.add(j)
            out.append((gold[i], pred[j]))
    return out


def counts(pred: Sequence[Fact], gold: Sequence[Fact]) -> dict[str, int]:
    """What `scores` needs of one report, as numbers that add up."""
    numeric = [(g, p) for g, p in match(pred, gold) if same_value(p, g)]
    out = {"gold": len(gold), "pred": len(pred), "value": len(numeric)}
    for name in FIELDS:
        out[name] = sum(p[name] == g[name] for g, p in numeric)
    out["indicator"] = sum(same_indicator(p, g) for g, p in numeric)
    out["exact"] = sum(p["indicator"] == g["indicator"] for g, p in numeric)
    out["full"] = sum(
        same_indicator(p, g) and all(p[k] == g[k] for k in ("unit", "bound", "measure")) for g, p in numeric
    )
    return out


def scores(rows: Sequence[dict[str, int]]) -> dict[str, float]:
    """F1 of value and of everything together; accuracy of each field among matched values."""
    total: dict[str, int] = defaultdict(int)
    for row in rows:
        for key, value in row.items():
            total[key] += value
    both = max(1, total["gold"] + total["pred"])
    out = {"value_f1": 2 * total["value"] / both, "full_f1": 2 * total["full"] / both}
    for name in (*FIELDS, "indicator", "exact"):
        out[name] = total[name] / max(1, total["value"])
    return out


def interval(rows: Sequence[dict[str, int]], name: str) -> tuple[float, float]:
    """95 % interval by bootstrap over reports."""
    draw = random.Random(0)
    values = sorted(scores([draw.choice(rows) for _ in rows])[name] for _ in range(400))
    return values[10], values[389]


def errors(pred: Sequence[Fact], gold: Sequence[Fact], field: str, text: str) -> list[str]:
    """One line for each error in a field."""
    pairs = match(pred, gold)
    good = [(g, p) for g, p in pairs if same_value(p, g)]
    if field in ("missing", "spurious"):
        mine = gold if field == "missing" else pred
        hit = {id(pair[field == "spurious"]) for pair in good}
        return [f"{around(f, text)}  {f['indicator']} {f['value']} {f['unit']}" for f in mine if id(f) not in hit]
    if field == "indicator":
        wrong = [(g, p) for g, p in good if not same_indicator(p, g)]
    else:
        key = "indicator" if field == "exact" else field
        wrong = [(g, p) for g, p in good if p[key] != g[key]]
    key = "indicator" if field == "exact" else field
    return [f"{around(g, text)}  gold {g[key]} | got {p[key]} ({p['why'].get(key)})" for g, p in wrong]


def plain(fact: NumericFact) -> Fact:
    """A found fact as a record like the gold's."""
    return {name: getattr(fact, name) for name in fact.__dataclass_fields__}


def around(fact: Fact, text: str) -> str:
    """A fact's text between some words before and behind it."""
    start, end = fact["start"], fact["end"]
    return f"{text[max(0, start - 45) : start]}【{text[start:end]}】{text[end : end + 22]}".replace("\n", "¶")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path)
    parser.add_argument("gold", type=Path, nargs="+")
    parser.add_argument("--oracle", action="store_true")
    parser.add_argument("--errors")
    parser.add_argument("--report", default="")
    args = parser.parse_args()
    paths = {path.stem: path for path in args.texts.rglob("*.txt")}
    rows: list[dict[str, int]] = []
    seconds, characters = 0.0, 0
    for folder in args.gold:
        for name, (sentences, gold) in load(folder).items():
            if args.report not in name or name not in paths:
                continue
            text = paths[name].read_bytes().decode("utf-8")
            report = labelled(text, name, sentences)
            started = time.process_time()
            done = find_facts(report, oracle(gold) if args.oracle else find_quantities)
            seconds += time.process_time() - started if rows else 0.0
            characters += len(text) if rows else 0
            pred = [plain(fact) for fact in done.facts]
            row = counts(pred, gold)
            rows.append(row)
            line = scores([row])
            print(name, row["gold"], row["pred"], *(f"{key} {value:.3f}" for key, value in line.items()))
            if args.errors:
                print(*(f"   {line}" for line in errors(pred, gold, args.errors, text)), sep="\n")
    total = scores(rows)
    print(f"\n{len(rows)} reports, {sum(r['gold'] for r in rows)} gold facts, {sum(r['pred'] for r in rows)} found")
    for name, value in total.items():
        print(f"{name:10} {value:.4f}  [{interval(rows, name)[0]:.3f}, {interval(rows, name)[1]:.3f}]")
    if characters:
        print(f"{1e6 * seconds / characters:.2f} ms per 1,000 characters (first report left out)")


if __name__ == "__main__":
    main()
