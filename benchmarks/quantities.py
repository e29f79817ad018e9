"""Speed of `find_quantities` next to recognizers-text and jionlp on the same text, in one run.

    python benchmarks/quantities.py REPORT.txt...

Without arguments it reads the reports of the shared gold beside the checkout. The peers go into an environment of their
own (``pip install recognizers-text-suite emoji==1.1.0 jionlp``); one that is absent is named as such and not measured.
recognizers-text reads currencies, dimensions, percentages and numbers in one pass each, as its users call it; jionlp
reads money only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from policynlp.facts import find_numbers, find_quantities

GOLD = Path(__file__).parents[1].parent / "shared" / "reports" / "gold"
Finder = Callable[[str], int]


def recognizers() -> Finder:
    from recognizers_number import NumberRecognizer
    from recognizers_number_with_unit import NumberWithUnitRecognizer
    from recognizers_text import Culture

    numbers, units = NumberRecognizer(Culture.Chinese), NumberWithUnitRecognizer(Culture.Chinese)
    models = [
        numbers.get_number_model(),
        numbers.get_percentage_model(),
        units.get_currency_model(),
        units.get_dimension_model(),
    ]
    return lambda text: sum(len(model.parse(text)) for model in models)


def jionlp_money() -> Finder:
    import jionlp

    extract = jionlp.ner.extract_money
    return lambda text: len(extract(text))


PEERS: dict[str, Callable[[], Finder]] = {"recognizers-text": recognizers, "jionlp (money)": jionlp_money}


def lines_of(paths: list[Path]) -> list[str]:
    texts = (path.read_text(encoding="utf-8") for path in paths)
    return [line for text in texts for line in text.splitlines() if line.strip()]


def measure(find: Finder, lines: list[str]) -> tuple[float, int]:
    """Milliseconds of one core per 1,000 characters, and how many were found; the first line warms up."""
    find(lines[0])
    begin = time.process_time()
    found = sum(map(find, lines))
    return (time.process_time() - begin) * 1e6 / sum(map(len, lines)), found


def main(arguments: list[str]) -> int:
    paths = [Path(argument) for argument in arguments] or sorted(GOLD.glob("*.txt"))
    if not paths:
        print("no text: name report files, or put the shared folder beside the checkout", file=sys.stderr)
        return 2
    lines = lines_of(paths)
    print(f"{len(paths)} reports, {sum(map(len, lines)):,} characters, one core\n")
    ours, found = measure(lambda text: len(find_quantities(text)), lines)
    print(f"{'policynlp':24}{ours:9.2f} ms per 1,000 characters{found:8,} found")
    permissive, found = measure(lambda text: len(find_numbers(text)), lines)
    print(f"{'policynlp, all numbers':24}{permissive:9.2f} ms per 1,000 characters{found:8,} found")
    for name, build in PEERS.items():
        try:
            peer = build()
        except ImportError as error:
            print(f"{name:24}absent, not measured: {error}")
            continue
        speed, found = measure(peer, lines)
        print(f"{name:24}{speed:9.2f} ms per 1,000 characters{found:8,} found   {speed / ours:8.1f} times our time")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
