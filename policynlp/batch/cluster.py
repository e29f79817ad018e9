"""The Dask engine: shards are labelled by the workers of a Dask cluster.

Only paths travel. Every worker must see the inputs and the folder for the tables under the same absolute paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from policynlp.batch.engines import Engine, Group, cores, safe_path
from policynlp.batch.job import Job, RunError
from policynlp.batch.work import label_shard

if TYPE_CHECKING:
    from distributed import Client

# How long a scheduler may take to answer.
_PATIENCE = "20s"


def dask_engine(scheduler: str | None, workers: int) -> Engine:
    """An engine over a Dask cluster.

    Args:
        scheduler: Address of a running scheduler, such as ``tcp://10.0.0.5:8786``; None starts a cluster here.
        workers: Processes of a cluster started here; 0 takes one a core.

    Returns:
        The engine.

    Raises:
        RunError: Where Dask is not installed.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise RunError("--engine dask needs Dask: pip install 'policynlp[dask]'") from error

    def engine(groups: Sequence[Group], job: Job, at_once: int) -> Iterator[tuple[Group, bool]]:
        with _connected(scheduler, workers or cores()) as client:
            yield from _label(client, groups, job, at_once)

    return engine


@contextmanager
def _connected(scheduler: str | None, workers: int) -> Iterator[Client]:
    from distributed import Client, LocalCluster

    if scheduler is None:
        with (
            safe_path(),
            _plain_malloc(),
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                # Dask's own limit is the machine's memory over the workers, and a worker near it is paused for good:
                # with eight cores and 8 GB that is below what the embedded BERT takes (docs/batch.md).
                memory_limit=0,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        remote = Client(scheduler, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        raise RunError(f"no Dask scheduler answers at {scheduler} ({error}); check --scheduler") from error
    with remote as client:
        yield client


@contextmanager
def _plain_malloc() -> Iterator[None]:
    """Workers that start meanwhile give memory back to the system as other processes do.

    Dask has them give back at once whatever is free, which costs a BERT a third more processor time.
    """
    import dask

    key = "distributed.nanny.pre-spawn-environ"
    plain = {name: value for name, value in dask.config.get(key).items() if not name.startswith("MALLOC_")}
    with dask.config.set({key: plain}):
        yield


def _label(client: Client, groups: Sequence[Group], job: Job, at_once: int) -> Iterator[tuple[Group, bool]]:
    """Keep some groups at work; Dask itself gives the group of a worker that died to another one."""
    from concurrent.futures import CancelledError

    from distributed import KilledWorker, as_completed

    waiting = list(reversed(groups))
    running: dict[str, Group] = {}
    finished = as_completed()

    def submit() -> None:
        # Not pure: the same files are labelled again where an earlier attempt has failed.
        future = client.submit(label_shard, waiting[-1], job, pure=False)
        running[str(future.key)] = waiting.pop()
        finished.add(future)

    while waiting and len(running) < at_once:
        submit()
    while running:
        future = next(finished)
        group = running.pop(str(future.key))
        try:
            future.result()
        except KilledWorker:
            yield group, False
        except CancelledError as error:
            raise RunError("the Dask scheduler is gone; start it again, the same command continues") from error
        else:
            yield group, True
        if waiting:
            submit()
