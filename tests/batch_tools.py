"""What the tests of batch runs share: folders of reports, tables read back, runs in processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

TABLES = ("reports", "sentences", "facts", "commitments", "errors")

# One file a shard, so that a handful of files has as many moments to die at as a corpus. A shell starts what runs in
# its background deaf to Ctrl-C, and the tests with it; a user's command is not.
PROGRAM = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from policynlp.batch import engines; engines.SHARD_FILES = 1; from policynlp.cli import run;"
    "sys.exit(run(sys.argv[1:]))"
)


def read_tables(out: Path) -> dict[str, pa.Table]:
    """The tables of a finished run."""
    return {table: pq.read_table(out / f"{table}.parquet") for table in TABLES}


def copy_example(example: Path, target: Path, times: int = 1) -> Path:
    """The example's five reports, several times under other names."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(example.glob("*.txt")):
        for number in range(times):
            shutil.copy(path, target / (path.name if number == 0 else f"{path.stem}_{number}.txt"))
    return target


def environment(*folders: Path) -> dict[str, str]:
    """What a child process needs to import what this one does, and what lies in some more folders."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, folders), *sys.path])}


def start(folder: Path, out: Path, workers: int, path: Path | None = None) -> subprocess.Popen[str]:
    """Start `policynlp label` as a user does, in a process group of its own.

    Args:
        folder: The reports.
        out: The folder for the tables.
        workers: Worker processes.
        path: A folder with more modules, for plug-ins.
    """
    arguments = ["label", str(folder), "--out", str(out), "--workers", str(workers), "--model", "linear", "--quiet"]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=environment(path) if path else environment(),
    )


def shards_of(out: Path) -> list[Path]:
    """The shards that stand under their final name."""
    folder = out / ".policynlp" / "shards"
    return [path for path in folder.glob("*") if not path.name.startswith(".")]
