"""How `policynlp label` uses cores and memory over many reports.

    python benchmarks/batch.py make ARCHIVE CORPUS --reports 20000 [--characters 3000]
    python benchmarks/batch.py run CORPUS --out OUT [--engine dask] [--workers 1 2] [--reports 400]
    python benchmarks/batch.py plain CORPUS [--reports 400]

``make`` recombines the archive: each new report takes the lines of two reports in turns, in their order; without
``--characters`` it is as long as the reports are. ``run`` times the command as a user starts it and samples the memory
of all its processes. ``plain`` times the steps themselves over the same files in one process, without shards or tables.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from itertools import chain, islice, zip_longest
from pathlib import Path

import psutil


def make(archive: Path, corpus: Path, reports: int, characters: int | None) -> None:
    """Write so many recombined reports."""
    sources, dice = sorted(archive.rglob("*.txt")), random.Random(0)
    for number in range(reports):
        one, other = (path.read_text(encoding="utf-8").splitlines() for path in dice.sample(sources, 2))
        lines = [line for line in chain.from_iterable(zip_longest(one[::2], other[1::2])) if line]
        text = "\n".join(lines)[:characters]
        folder = corpus / f"{number // 1000:03}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"county_第{number:06}县_{1990 + number % 35}.txt").write_text(text + "\n", encoding="utf-8")


class Memory(threading.Thread):
    """Samples the memory of a process and everything below it."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.root = psutil.Process(pid)
        self.samples: list[tuple[float, float, float]] = []  # seconds, largest process, all processes; in MB

    def run(self) -> None:
        begin = time.perf_counter()
        while self.root.is_running() and self.root.status() != psutil.STATUS_ZOMBIE:
            sizes = []
            for process in [self.root, *self.root.children(recursive=True)]:
                try:
                    sizes.append(process.memory_info().rss / 1e6)
                except psutil.Error:
                    continue
            if sizes:
                self.samples.append((time.perf_counter() - begin, max(sizes), sum(sizes)))
            time.sleep(0.25)

    def report(self) -> str:
        """The peak of each fifth of the run, which shows growth, and the peak of all processes together."""
        end = self.samples[-1][0]
        fifths = [
            max((s[1] for s in self.samples if part <= 5 * s[0] / end <= part + 1), default=0) for part in range(5)
        ]
        peaks = " ".join(f"{peak:.0f}" for peak in fifths)
        return f"{max(s[1] for s in self.samples):.0f} ({peaks}) | {max(s[2] for s in self.samples):.0f}"


def some_of(corpus: Path, reports: int, folder: Path) -> Path:
    """A folder with the first so many reports, as links."""
    for path in islice(sorted(corpus.rglob("*.txt")), reports):
        (folder / path.name).symlink_to(path.resolve())
    return folder


def run(corpus: Path, out: Path, engine: str, workers: int) -> None:
    """Time the command once and print a row of a table."""
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "policynlp.cli", "label", str(corpus), "--out", str(out), "--quiet"]
    begin = time.perf_counter()
    process = subprocess.Popen([*command, "--engine", engine, "--workers", str(workers)])
    memory = Memory(process.pid)
    memory.start()
    if process.wait() not in (0, 1):
        raise SystemExit(f"the run failed with status {process.returncode}")
    seconds = time.perf_counter() - begin
    memory.join()
    count = sum(1 for _ in corpus.rglob("*.txt"))
    each = f"{seconds / count * 1000:.0f}"
    print(f"| {engine} | {workers} | {count} | {seconds:.1f} | {each} | {memory.report()} |", flush=True)


def plain(corpus: Path) -> None:
    """Time the steps alone."""
    from policynlp import load, read_reports

    begin = time.perf_counter()
    nlp = load()
    loaded = time.perf_counter()
    count = sentences = facts = 0
    for report in nlp.pipe(read_reports(corpus)):
        count, sentences, facts = count + 1, sentences + len(report.sentences), facts + len(report.facts)
    seconds = time.perf_counter() - loaded
    print(
        f"{count} reports, {sentences} sentences, {facts} facts: {seconds:.1f} s, {seconds / count * 1000:.0f} ms each"
    )
    print(f"the model loads in {loaded - begin:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("archive", type=Path)
    making.add_argument("corpus", type=Path)
    making.add_argument("--reports", type=int, default=20_000)
    making.add_argument("--characters", type=int)
    for name in ("run", "plain"):
        command = commands.add_parser(name)
        command.add_argument("corpus", type=Path)
        command.add_argument("--reports", type=int)
    running = commands.choices["run"]
    running.add_argument("--out", type=Path, required=True)
    running.add_argument("--engine", choices=("local", "dask"), default="local")
    running.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    if options.command == "make":
        make(options.archive, options.corpus, options.reports, options.characters)
        return
    with tempfile.TemporaryDirectory() as folder:
        corpus = some_of(options.corpus, options.reports, Path(folder)) if options.reports else options.corpus
        if options.command == "plain":
            plain(corpus)
            return
        print(f"{os.cpu_count()} cores; memory in MB, in brackets the peaks of each fifth of the run\n")
        print("| engine | workers | reports | s | ms a report | largest process | all processes |")
        print("| --- | --: | --: | --: | --: | --- | --: |")
        for workers in options.workers:
            run(corpus, options.out, options.engine, workers)


if __name__ == "__main__":
    main()
