"""Who does the work: this process, worker processes, or the workers of a Dask cluster.

An engine takes groups of files and yields each group with True once its shard is written, or with False where the
process that worked on it died. `label_groups` finds the file that is to blame.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from typing import Any

from policynlp.batch.job import Job, RunError
from policynlp.batch.shards import Input
from policynlp.batch.work import label_shard, pipeline_of, write_crashed

Group = Sequence[Input]
# Groups, the job, how many workers; yields (group, whether it was written).
Engine = Callable[[Sequence[Group], Job, int], Iterator[tuple[Group, bool]]]

# Files in one shard: a killed run loses at most this much work for each worker.
SHARD_FILES = 32
# Fewer than that many bytes in one shard, so that a folder of large files does not fill the memory.
SHARD_BYTES = 8_000_000
# How often workers may die before they have done anything at all.
_STARTS = 3


def cut_groups(inputs: Sequence[Input]) -> list[list[Input]]:
    """Cut files into groups of at most `SHARD_FILES` files and about `SHARD_BYTES` bytes, in order."""
    groups: list[list[Input]] = []
    size = 0
    for source in inputs:
        if not groups or len(groups[-1]) >= SHARD_FILES or size + source.size > SHARD_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(source)
        size += max(0, source.size)
    return groups


def label_groups(groups: Sequence[Group], job: Job, engine: Engine, workers: int) -> Iterator[int]:
    """Label all groups; a file that crashes whatever works on it ends as a row of ``errors``.

    Args:
        groups: Files, as `cut_groups` gives them.
        job: What the run asks of every worker.
        engine: One of this module's engines or `policynlp.batch.cluster`'s.
        workers: How many processes.

    Yields:
        How many more files are done.

    Raises:
        OSError: Where the disk is full or not writable.
        RunError: Where no worker can be brought to work.
    """
    suspects: list[Input] = []
    for group, written in engine(groups, job, workers):
        if written:
            yield len(group)
        else:
            suspects.extend(group)
    # Alone with its worker, a file that is not to blame gets through.
    for group, written in engine([[source] for source in suspects], job, 1) if suspects else ():
        if not written:
            write_crashed(group[0], job)
        yield 1


def in_process(groups: Sequence[Group], job: Job, workers: int = 1) -> Iterator[tuple[Group, bool]]:
    """Label groups one after the other in this process."""
    for group in groups:
        label_shard(group, job)
        yield group, True


def in_pool(groups: Sequence[Group], job: Job, workers: int) -> Iterator[tuple[Group, bool]]:
    """Label groups in worker processes, as many at once as there are workers."""
    # Spawned, not forked: a forked child of a process with threads (Arrow's, torch's) can hang.
    context = multiprocessing.get_context("spawn")
    threads = max(1, cores() // workers)
    waiting, idle_deaths = list(reversed(groups)), 0
    while waiting:
        running: dict[Future[None], Group] = {}
        started = False
        try:
            with _pool(context, workers, threads) as pool:
                _submit(pool, _warm, job).result()
                started = True
                while waiting or running:
                    # No group waits inside the pool: when a worker dies, only those at work are suspect.
                    while waiting and len(running) < workers:
                        future = _submit(pool, label_shard, waiting[-1], job)
                        running[future] = waiting.pop()
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        future.result()
                        yield running.pop(future), True
        except BrokenProcessPool as error:
            idle_deaths = 0 if started else idle_deaths + 1
            if idle_deaths == _STARTS:
                raise RunError(
                    "worker processes die before they begin, most likely for want of memory; give --workers 1"
                ) from error
            for future, group in running.items():
                yield group, future.done() and future.exception() is None


def _submit(pool: ProcessPoolExecutor, work: Callable[..., None], *arguments: Any) -> Future[None]:
    """Hand work to a pool, which may start a process for it.

    Ctrl-C is held back meanwhile, and a new process inherits that until `start_worker`: it would end with a traceback
    out of the imports it is at. Nothing is lost, only late.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        return pool.submit(work, *arguments)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(work, *arguments)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _pool(context: SpawnContext, workers: int, threads: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose workers end at once when this process is stopped or killed: their shards are done again."""
    reader, writer = context.Pipe(duplex=False)
    starting = (workers, context, start_worker, (threads, reader))
    with safe_path(), reader, writer, ProcessPoolExecutor(*starting) as pool:
        try:
            yield pool
        except BaseException:
            writer.close()
            raise


def cores() -> int:
    """Cores that this process may use, which on a shared machine are fewer than it has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def safe_path() -> Iterator[None]:
    """While processes are started: none of them imports from the current folder, which others may have filled.

    From Python 3.11 on; before, a starting process cannot be told.
    """
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


def start_worker(threads: int, run: Connection) -> None:
    """Prepare a worker process: its share of the cores, and an end when the run ends.

    Args:
        threads: How many threads numerical libraries may use; processes times threads should be the cores.
        run: A pipe that the run keeps open; the system closes it when the run is killed.
    """
    import threadpoolctl

    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if threads > 1 else "false"
    threadpoolctl.threadpool_limits(threads)
    # Ctrl-C reaches every process of a terminal: a worker ends without a word, and its shard is done again.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with, args=(run,), daemon=True).start()


def _end_with(run: Connection) -> None:
    run.poll(None)
    os._exit(1)


def _warm(job: Job) -> None:
    pipeline_of(job)
