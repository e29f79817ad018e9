"""Speed and finds of quantities and whole facts next to recognizers-text and jionlp, on labelled reports, in one run.

    python benchmarks/facts_peers.py TEXTS_DIR GOLD_DIR [GOLD_DIR ...]

The gold's numeric facts are the measure: a tool has a fact where it finds its value (without sign) at an overlapping
place. Peers go into an environment of their own (``pip install recognizers-text-suite emoji==1.1.0 jionlp``); one that
is absent is named as such. They give no indicator, measure, modality, period or year, so whole facts are ours alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from facts_score import Fact, counts, labelled, load, plain

from policynlp.facts import find_facts, find_quantities

Found = tuple[int, int, Decimal]
Finder = Callable[[str], list[Found]]


def ours() -> Finder:
    """`find_quantities` of this library."""
    return lambda text: [(q.start, q.end, q.value) for q in find_quantities(text) if q.value is not None]


def recognizers() -> Finder:
    """Numbers, percentages, currencies and dimensions, one pass each, as its users call it."""
    from recognizers_number import NumberRecognizer
    from recognizers_number_with_unit import NumberWithUnitRecognizer
    from recognizers_text import Culture

    numbers, units = NumberRecognizer(Culture.Chinese), NumberWithUnitRecognizer(Culture.Chinese)
    models: list[Any] = [
        numbers.get_number_model(),
        numbers.get_percentage_model(),
        units.get_currency_model(),
        units.get_dimension_model(),
    ]
    return lambda text: list(
        readable((r.start, r.end + 1, str((r.resolution or {}).get("value"))) for m in models for r in m.parse(text))
    )


def jionlp_money() -> Finder:
    """Amounts of money, the one kind that it finds in a text."""
    import jionlp

    def find(text: str) -> list[Found]:
        rows = jionlp.ner.extract_money(text, with_parsing=True)
        return list(readable((*row["offset"], str(row["detail"]["num"])) for row in rows))

    return find


def readable(rows: Iterator[tuple[int, int, str]]) -> Iterator[Found]:
    """Rows whose value is a number."""
    for start, end, value in rows:
        try:
            yield start, end, Decimal(value.rstrip("%"))
        except InvalidOperation:
            continue


def has(found: Sequence[Found], fact: Fact) -> bool:
    """Whether the fact's value was found at an overlapping place."""
    wanted = abs(Decimal(str(fact["value"])))
    near = (value for start, end, value in found if start < fact["end"] and fact["start"] < end)
    return any(abs(abs(value) - wanted) <= wanted * Decimal("1e-6") for value in near)


def run(find: Finder, text: str) -> tuple[list[Found], float]:
    """What is found line by line, with offsets into the text, and the seconds of one core that it took."""
    found: list[Found] = []
    begin, position = time.process_time(), 0
    for line in text.splitlines(keepends=True):
        found += [(position + start, position + end, value) for start, end, value in find(line)]
        position += len(line)
    return found, time.process_time() - begin


def whole_facts(texts: dict[str, str], gold: dict[str, tuple[list[Fact], list[Fact]]]) -> tuple[int, int, int, float]:
    """Facts found, values right, everything right together, and seconds."""
    total, seconds = {"pred": 0, "value": 0, "full": 0}, 0.0
    for name, text in texts.items():
        report = labelled(text, name, gold[name][0])
        begin = time.process_time()
        facts = find_facts(report).facts
        seconds += time.process_time() - begin
        row = counts([plain(fact) for fact in facts], gold[name][1])
        total = {key: total[key] + row[key] for key in total}
    return total["pred"], total["value"], total["full"], seconds


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path)
    parser.add_argument("gold", type=Path, nargs="+")
    args = parser.parse_args()
    gold = {name: rows for folder in args.gold for name, rows in load(folder).items()}
    texts = {p.stem: p.read_bytes().decode("utf-8") for p in args.texts.rglob("*.txt") if p.stem in gold}
    size = sum(map(len, texts.values()))
    numeric = [(name, fact) for name in texts for fact in gold[name][1] if fact["value"] is not None]
    print(f"{len(texts)} reports, {size:,} characters, {len(numeric)} numeric facts in the gold, one core\n")
    for title, build in (
        ("find_quantities", ours),
        ("recognizers-text", recognizers),
        ("jionlp (money)", jionlp_money),
    ):
        try:
            find = build()
        except ImportError as error:
            print(f"{title:18} absent, not measured: {error}")
            continue
        find("增长5%")
        runs = {name: run(find, text) for name, text in texts.items()}
        hits = sum(has(runs[name][0], fact) for name, fact in numeric)
        found, seconds = sum(len(rows) for rows, _ in runs.values()), sum(took for _, took in runs.values())
        print(
            f"{title:18} {1e6 * seconds / size:7.2f} ms per 1,000 characters  {found:6} found  {hits:5} facts' values"
        )
    whole_facts(dict(list(texts.items())[:1]), gold)
    found, values, full, seconds = whole_facts(texts, gold)
    speed = 1e6 * seconds / size
    print(f"{'find_facts':18} {speed:7.2f} ms per 1,000 characters  {found:6} found  {values:5} facts' values")
    print(
        f"\n{full} of these are whole (value, unit, bound, measure, indicator by the guide's match); "
        "targets without a number are among them"
    )


if __name__ == "__main__":
    main()
