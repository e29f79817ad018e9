"""Runs that die, for real: processes killed, disks full, Ctrl-C. What comes after equals an undisturbed run."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from batch_tools import copy_example, environment, read_tables, shards_of, start

from policynlp.batch import RunError, RunOptions, engines, label_files
from policynlp.batch.shards import INDEX
from policynlp.batch.state import RunState
from policynlp.cli import run as cli

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")
ALONE = RunOptions(workers=1, model="linear")


@pytest.fixture(scope="module")
def folder(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifteen reports and a bad file."""
    target = copy_example(example, tmp_path_factory.mktemp("reports") / "in", times=3)
    (target / "empty.txt").touch()
    return target


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    out = tmp_path_factory.mktemp("undisturbed")
    label_files([folder], out, ALONE)
    return read_tables(out)


@pytest.fixture(scope="module")
def duration(folder: Path, undisturbed: object, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long a run takes once it has begun, so that moments to die at fall into it on any machine."""
    out = tmp_path_factory.mktemp("timed")
    process = start(folder, out, 1)
    wait_until(lambda: begun_by(out) == process.pid, process)
    begin = time.monotonic()
    process.communicate()
    return time.monotonic() - begin


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "SHARD_FILES", 1)


def wait_until(true: Callable[[], object], process: subprocess.Popen[str], seconds: float = 240) -> None:
    """Wait for something that a run does, or for its end."""
    deadline = time.monotonic() + seconds
    while not true() and process.poll() is None:
        assert time.monotonic() < deadline, "the run does not get on"
        time.sleep(0.002)


def alive(group: int) -> bool:
    """Whether any process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def ends(group: int, seconds: float = 10) -> bool:
    """Whether all processes of a group end soon."""
    deadline = time.monotonic() + seconds
    while alive(group):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def begun_by(out: Path) -> int:
    """The process that has begun a run in a folder; 0 where none has."""
    lock = out / ".policynlp" / "lock"
    return int(lock.read_text() or 0) if lock.exists() else 0


def kill_and_compare(
    folder: Path, out: Path, undisturbed: dict[str, pa.Table], deaths: int, duration: float, dice: random.Random
) -> list[int]:
    """Kill a run at random moments, each time let it go on, and compare; returns the shards found at each death."""
    found: list[int] = []
    while len(found) < deaths:
        workers = 2 if len(found) % 3 == 2 else 1
        process, before = start(folder, out, workers), len(shards_of(out))
        wait_until(lambda process=process: begun_by(out) == process.pid, process)
        if workers == 2:  # seconds pass before its workers begin
            wait_until(lambda before=before: len(shards_of(out)) > before, process)
        time.sleep(dice.uniform(0, duration / 2))
        process.kill()
        process.communicate()
        assert ends(process.pid), "workers outlive their run"
        if process.returncode != -signal.SIGKILL:
            break  # it was done before it could be killed
        found.append(len(shards_of(out)))
    assert found == sorted(found), "finished shards were lost"
    label_files([folder], out, ALONE)
    assert read_tables(out) == undisturbed
    assert not list((out / ".policynlp").glob("**/.tmp-*"))
    return found


def test_kill_at_random_moments(
    folder: Path, undisturbed: dict[str, pa.Table], duration: float, tmp_path: Path
) -> None:
    dice, deaths = random.Random(1), 0
    while deaths < 3:  # a hundred: the slow test below
        deaths += len(kill_and_compare(folder, tmp_path / str(deaths), undisturbed, 3 - deaths, duration, dice))


@pytest.mark.slow
def test_kill_at_a_hundred_random_moments(
    folder: Path, undisturbed: dict[str, pa.Table], duration: float, tmp_path: Path
) -> None:
    dice, found = random.Random(8), list[int]()
    while len(found) < 100:
        found += kill_and_compare(folder, tmp_path / str(len(found)), undisturbed, 4, duration, dice)
    print("shards found at each death:", *found)
    assert len(set(found)) > 8, "the moments are all alike"


CRASHING = """
import os, pathlib, signal
def read(data):
    once = pathlib.Path(data.decode().split()[0])
    if once.name == "always" or not once.exists():
        once.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return once.with_name("report.txt").read_text(encoding="utf-8")
"""


def test_a_worker_killed_loses_nothing_and_a_file_that_kills_is_left_out(
    folder: Path, undisturbed: dict[str, pa.Table], tmp_path: Path, example: Path
) -> None:
    plugin, source, out = tmp_path / "plugin", tmp_path / "in", tmp_path / "out"
    info = plugin / "crashing-1.0.dist-info"
    info.mkdir(parents=True)
    (plugin / "crashing.py").write_text(CRASHING)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: crashing\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[policynlp.readers]\ncrash = crashing:read\n")
    shutil.copytree(folder, source)
    shutil.copy(next(example.glob("*.txt")), tmp_path / "report.txt")
    (source / "b_always.crash").write_text(str(tmp_path / "always"))
    (source / "z_once.crash").write_text(str(tmp_path / "once"))
    process = start(source, out, 2, path=plugin)
    _, messages = process.communicate(timeout=300)
    assert process.returncode == 1, messages
    assert "Traceback" not in messages
    assert ends(process.pid)
    tables = read_tables(out)
    errors = {Path(row["path"]).name: row for row in tables["errors"].to_pylist()}
    assert sorted(errors) == ["b_always.crash", "empty.txt"]
    assert errors["b_always.crash"]["error"] == "crashed"
    assert "z_once" in tables["reports"]["report_id"].to_pylist()
    for table in ("sentences", "facts", "commitments"):
        kept = [row for row in tables[table].to_pylist() if row["report_id"] != "z_once"]
        assert kept == undisturbed[table].to_pylist()


def test_ctrl_c_stops_at_once_and_says_how_to_go_on(
    folder: Path, undisturbed: dict[str, pa.Table], tmp_path: Path
) -> None:
    process = start(folder, tmp_path, 2)
    wait_until(lambda: shards_of(tmp_path), process)
    os.killpg(process.pid, signal.SIGINT)
    _, messages = process.communicate(timeout=10)
    assert process.returncode == 130
    assert messages == "policynlp: stopped; the same command continues where it was\n"
    assert ends(process.pid)
    done = len(shards_of(tmp_path))
    assert 0 < done < 16
    result = label_files([folder], tmp_path, ALONE)
    assert result.resumed >= done - 1  # the bad file is tried again
    assert read_tables(tmp_path) == undisturbed


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A file system of a few kilobytes, which can be made larger."""
    place = tmp_path / "disk"
    place.mkdir()

    def size(kilobytes: int) -> Path:
        options = f"size={kilobytes}k" + (",remount" if os.path.ismount(place) else "")
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        try:
            done = subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            done = False
        if not done:
            pytest.skip("no file system can be mounted here")
        return place

    yield size
    if os.path.ismount(place):
        # Lazily: where something still looks at it, as an indexer may, a plain one fails.
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.parametrize("kilobytes", [8, 100, 400, 800, 900])
def test_disk_full(
    folder: Path, undisturbed: dict[str, pa.Table], small_disk: Callable[[int], Path], kilobytes: int,
    small_shards: None, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = small_disk(kilobytes)
    command = ["label", str(folder), "--out", str(out), "--workers", "1", "--model", "linear", "--quiet"]
    assert cli(command) == 2
    message = capsys.readouterr().err
    assert "o space left" in message
    assert "make room" in message
    assert len(message.splitlines()) == 1
    small_disk(50_000)
    assert cli(command) == 1
    assert read_tables(out) == undisturbed


def test_two_runs_do_not_share_a_folder(folder: Path, tmp_path: Path) -> None:
    with RunState(tmp_path).locked(), pytest.raises(RunError, match="another run"):
        label_files([folder], tmp_path, ALONE)
    label_files([folder], tmp_path, ALONE)


def test_a_damaged_index_is_done_again(
    folder: Path, undisturbed: dict[str, pa.Table], tmp_path: Path, small_shards: None
) -> None:
    label_files([folder], tmp_path, ALONE)
    for shard, damage in zip(sorted(shards_of(tmp_path)), ("", "[{", '[{"input": 3}]', '{"a": 1}'), strict=False):
        (shard / INDEX).write_text(damage)
    assert label_files([folder], tmp_path, ALONE).resumed < 15
    assert read_tables(tmp_path) == undisturbed


def test_shards_of_unknown_origin_are_not_taken(folder: Path, undisturbed: dict[str, pa.Table], tmp_path: Path) -> None:
    label_files([folder], tmp_path, ALONE)
    manifest = tmp_path / ".policynlp" / "manifest.json"
    for damage in (None, "", "[]", "{"):
        manifest.unlink() if damage is None else manifest.write_text(damage)
        assert label_files([folder], tmp_path, ALONE).resumed == 0
    assert read_tables(tmp_path) == undisturbed


DASK = """
import json, os, signal, sys, threading, time
from pathlib import Path
from distributed import Client, LocalCluster
from policynlp.batch import RunOptions, engines, label_files
from policynlp.batch.work import load_once

def loads():
    return load_once.cache_info().misses

if __name__ == "__main__":
    folder, out = sys.argv[1:]
    engines.SHARD_FILES = 1
    shards = Path(out) / ".policynlp" / "shards"

    def kill_one(pid):
        while not shards.is_dir() or not any(path.name[0] != "." for path in shards.iterdir()):
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)

    os.chdir(Path(folder).parent)
    with LocalCluster(n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            client.wait_for_workers(2)
            pid = next(iter(client.run(os.getpid).values()))
            killer = threading.Thread(target=kill_one, args=(pid,))
            killer.start()
            options = RunOptions(engine="dask", model="linear", scheduler=cluster.scheduler_address)
            result = label_files([folder], out, options)
            killer.join()
            print(json.dumps({"files": result.files, "loads": list(client.run(loads).values())}))
"""


def test_dask_equals_local_though_a_worker_is_killed(
    folder: Path, undisturbed: dict[str, pa.Table], tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    program = tmp_path / "program.py"
    program.write_text(DASK)
    command = [sys.executable, str(program), str(folder), str(tmp_path / "out")]
    # In a process of its own: the guard of these tests lets no socket through.
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment())
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["files"] == 16
    assert max(found["loads"]) == 1
    assert read_tables(tmp_path / "out") == undisturbed


def test_dask_lets_workers_have_their_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own limit, on a small machine, pauses a worker for good; its setting of malloc costs a BERT a third."""
    distributed, dask = pytest.importorskip("distributed"), pytest.importorskip("dask")
    key = "distributed.nanny.pre-spawn-environ"
    before, asked = dict(dask.config.get(key)), dict[str, object]()

    def start(**options: object) -> None:
        asked.update(options, environ=dask.config.get(key))
        raise RunError("far enough")

    monkeypatch.setattr(distributed, "LocalCluster", start)
    (tmp_path / "a.txt").write_text("各位代表：\n推进改革。", encoding="utf-8")
    with pytest.raises(RunError, match="far enough"):
        label_files([tmp_path / "a.txt"], tmp_path / "out", RunOptions(engine="dask", model="linear", workers=8))
    assert asked["memory_limit"] == 0
    assert asked["environ"] == {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1}
    assert dask.config.get(key) == before


def test_dask_missing_is_one_line(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RunError, match=r"policynlp\[dask\]"):
        label_files([folder], tmp_path, RunOptions(engine="dask", model="linear"))
    with pytest.raises(RunError, match="--engine dask"):
        label_files([folder], tmp_path, RunOptions(scheduler="tcp://127.0.0.1:1"))
