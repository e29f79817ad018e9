"""How `policynlp label` uses cores and memory over many reports.

    python benchmarks/batch.py make ARCHIVE CORPUS --reports 20000 [--characters 3000]
    python benchmarks/batch.py run CORPUS --out OUT [--engine dask] [--workers 1 2] [--reports 400] [--model linear]
    python benchmarks/batch.py plain CORPUS [--reports 400] [--model linear]
    python benchmarks/batch.py borders CORPUS [--reports 64]

``make`` recombines the archive: each new report takes the lines of two reports in turns, in their order; without
``--characters`` it is as long as the reports are. ``run`` times the command as a user starts it and samples the memory
of all its processes. ``plain`` times each step over the same files in one process, without shards or tables.
``borders`` asks what a BERT would gain if its batches crossed the borders of reports.

Where other work shares the machine, the seconds of a clock say little; so processor seconds are printed beside them.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import TypeVar

import psutil

T = TypeVar("T")


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
        # Seconds; in MB the largest process, all processes, and the same with shared pages counted once.
        self.samples: list[tuple[float, float, float, float]] = []

    def run(self) -> None:
        begin = time.perf_counter()
        while self.root.is_running() and self.root.status() != psutil.STATUS_ZOMBIE:
            sizes = []
            for process in [self.root, *self.root.children(recursive=True)]:
                try:
                    size = process.memory_full_info()
                except psutil.Error:
                    continue
                sizes.append((size.rss / 1e6, getattr(size, "pss", size.rss) / 1e6))
            if sizes:
                resident, proportional = zip(*sizes, strict=True)
                self.samples.append((time.perf_counter() - begin, max(resident), sum(resident), sum(proportional)))
            time.sleep(1)

    def report(self) -> str:
        """The peak of each fifth of the run, which shows growth, and the peaks of all processes together."""
        end = self.samples[-1][0]
        fifths = [
            max((s[1] for s in self.samples if part <= 5 * s[0] / end <= part + 1), default=0) for part in range(5)
        ]
        peaks = " ".join(f"{peak:.0f}" for peak in fifths)
        largest, resident, proportional = (max(s[column] for s in self.samples) for column in (1, 2, 3))
        return f"{largest:.0f} ({peaks}) | {resident:.0f} | {proportional:.0f}"


def some_of(corpus: Path, reports: int, folder: Path) -> Path:
    """A folder with the first so many reports, as links."""
    for path in islice(sorted(corpus.rglob("*.txt")), reports):
        (folder / path.name).symlink_to(path.resolve())
    return folder


def run(corpus: Path, out: Path, engine: str, workers: int, model: str | None) -> None:
    """Time the command once and print a row of a table."""
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "policynlp.cli", "label", str(corpus), "--out", str(out), "--quiet"]
    command += ["--engine", engine, "--workers", str(workers), *(["--model", model] if model else [])]
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(command)
    memory = Memory(process.pid)
    memory.start()
    if process.wait() not in (0, 1):
        raise SystemExit(f"the run failed with status {process.returncode}")
    seconds, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    memory.join()
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    count = sum(1 for _ in corpus.rglob("*.txt"))
    each = f"{seconds / count * 1000:.0f} | {spent / count * 1000:.0f}"
    print(f"| {engine} | {workers} | {count} | {seconds:.1f} | {each} | {memory.report()} |", flush=True)


def plain(corpus: Path, model: str | None) -> None:
    """Time each step alone."""
    from policynlp import load, read_reports
    from policynlp.facts import find_facts

    begin = time.perf_counter()
    nlp = load(model)
    print(f"{nlp.name} loads in {time.perf_counter() - begin:.1f} s")
    clock, processor = dict[str, float](), dict[str, float]()

    def timed(step: str, work: Callable[[], T]) -> T:
        began, had = time.perf_counter(), time.process_time()
        result = work()
        clock[step] = clock.get(step, 0.0) + time.perf_counter() - began
        processor[step] = processor.get(step, 0.0) + time.process_time() - had
        return result

    count = sentences = facts = 0
    reports = read_reports(corpus)
    while (report := timed("read", lambda: next(reports, None))) is not None:
        report = timed("segment", lambda report=report: nlp.prepare(report))
        (report,) = timed("classify", lambda report=report: nlp.classifier.label([report]))
        report = timed("facts", lambda report=report: find_facts(report, indicators=nlp.indicators))
        count, sentences, facts = count + 1, sentences + len(report.sentences), facts + len(report.facts)
    print(f"{count} reports, {sentences} sentences, {facts} facts")
    for spent in (clock, processor):
        spent["all"] = sum(spent.values())
    print("| step | ms a report | processor ms a report | times classify |\n| --- | --: | --: | --: |")
    for step, seconds in clock.items():
        times = processor[step] / processor["classify"]
        print(f"| {step} | {seconds / count * 1000:.1f} | {processor[step] / count * 1000:.1f} | {times:.2f} |")


def borders(corpus: Path, model: str | None) -> None:
    """What batches over several reports would save: padding, passes and time, and what they would change."""
    import numpy as np

    from policynlp import load, read_reports
    from policynlp.classify.bert import BertLabeller, _batches
    from policynlp.classify.windows import Window, report_windows

    nlp = load(model)
    bert = nlp.classifier
    if not isinstance(bert, BertLabeller):
        raise SystemExit(f"{nlp.name} is no BERT")
    windows = [
        report_windows(nlp.prepare(report), bert.tokenizer, bert.window, bert.context)
        for report in read_reports(corpus)
    ]
    print("| reports a batch | passes | tokens | padding | s | processor s | logits that differ | largest |")
    print("| --: | --: | --: | --: | --: | --: | --: | --: |")
    reference = None
    for together in (1, 8, 32):
        groups, first = [], 0
        for start in range(0, len(windows), together):
            pooled = [
                Window(window.ids, window.closers, (first + place,))
                for place, window in enumerate(chain.from_iterable(windows[start : start + together]))
            ]
            first += len(pooled)
            groups += list(_batches(pooled))
        began, had = time.perf_counter(), time.process_time()
        read: dict[int, np.ndarray] = {}
        for group in groups:
            for window, logits in zip(group, bert._forward(group), strict=True):
                read[window.sentences[0]] = logits[list(window.closers)]
        seconds, spent = time.perf_counter() - began, time.process_time() - had
        logits = np.concatenate([read[place] for place in range(first)])
        reference = logits if reference is None else reference
        apart = np.abs(logits - reference).max(axis=1)
        tokens = sum(len(window.ids) for group in groups for window in group)
        computed = sum(len(group) * max(len(window.ids) for window in group) for group in groups)
        print(
            f"| {together} | {len(groups)} | {tokens} | {computed / tokens - 1:.1%} | {seconds:.1f} | {spent:.1f} "
            f"| {(apart > 0).mean():.1%} | {apart.max():.3f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("archive", type=Path)
    making.add_argument("corpus", type=Path)
    making.add_argument("--reports", type=int, default=20_000)
    making.add_argument("--characters", type=int)
    for name in ("run", "plain", "borders"):
        command = commands.add_parser(name)
        command.add_argument("corpus", type=Path)
        command.add_argument("--reports", type=int)
        command.add_argument("--model")
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
            plain(corpus, options.model)
            return
        if options.command == "borders":
            borders(corpus, options.model)
            return
        print(f"{os.cpu_count()} cores; memory in MB, in brackets the peaks of each fifth of the run\n")
        print("| engine | workers | reports | s | ms | processor ms | largest process | all, resident | all, once |")
        print("| --- | --: | --: | --: | --: | --: | --- | --: | --: |")
        for workers in options.workers:
            run(corpus, options.out, options.engine, workers, options.model)


if __name__ == "__main__":
    main()
