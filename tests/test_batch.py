"""Many files: tables, resuming after a crash, one clear row for each bad file."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from policynlp.batch import RunError, RunOptions, engines, label_files
from policynlp.batch.job import model_sha256
from policynlp.batch.run import plan_inputs
from policynlp.batch.shards import Input, ShardWriter, find_shards, read_index
from policynlp.batch.state import RunState
from policynlp.batch.work import error_row
from policynlp.frames import arrow_table
from policynlp.read import read_report

TABLES = ("reports", "sentences", "facts", "commitments", "errors")


@pytest.fixture(scope="module")
def folder(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's five reports."""
    target = tmp_path_factory.mktemp("reports")
    for path in sorted(example.glob("*.txt")):
        shutil.copy(path, target)
    assert len(list(target.iterdir())) == 5
    return target


def read_tables(out: Path) -> dict[str, pa.Table]:
    return {table: pq.read_table(out / f"{table}.parquet") for table in TABLES}


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    out = tmp_path_factory.mktemp("undisturbed")
    label_files([folder], out, RunOptions(workers=1, model="linear"))
    return read_tables(out)


def test_every_table_leads_back_to_the_text(folder: Path, undisturbed: dict[str, pa.Table]) -> None:
    texts = {path.stem: read_report(path).text for path in folder.iterdir()}
    assert undisturbed["reports"]["report_id"].to_pylist() == sorted(texts)
    for table in ("sentences", "facts", "commitments"):
        rows = undisturbed[table].to_pylist()
        assert rows
        assert all(texts[row["report_id"]][row["start"] : row["end"]] == row["text"] for row in rows)
    assert undisturbed["errors"].num_rows == 0


def test_targets_of_commitments_are_facts(undisturbed: dict[str, pa.Table]) -> None:
    roles = {row["fact_id"]: row["role"] for row in undisturbed["facts"].to_pylist()}
    targets = [target for row in undisturbed["commitments"]["targets"].to_pylist() for target in row]
    assert targets
    assert {roles[target] for target in targets} == {"target"}


@pytest.mark.parametrize(("workers", "shard_files"), [(1, 1), (1, 2), (2, 1)])
def test_the_result_does_not_depend_on_how_it_was_cut_up(
    folder: Path, undisturbed: dict[str, pa.Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    workers: int, shard_files: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(engines, "SHARD_FILES", shard_files)
    label_files([folder], tmp_path, RunOptions(workers=workers, model="linear"))
    assert read_tables(tmp_path) == undisturbed


def test_the_order_of_paths_makes_no_difference(folder: Path, undisturbed: dict[str, pa.Table], tmp_path: Path) -> None:
    one, *others = sorted(folder.iterdir())
    for number, paths in enumerate(([*reversed(others), one], [others[2], folder, one])):
        label_files(paths, tmp_path / str(number), RunOptions(workers=1, model="linear"))
        assert read_tables(tmp_path / str(number)) == undisturbed


def test_of_two_files_with_one_name_the_same_is_labelled_in_any_order(folder: Path, tmp_path: Path) -> None:
    name = sorted(folder.iterdir())[0].name
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        shutil.copy(folder / name, tmp_path / place)
    for paths in ([tmp_path / "a", tmp_path / "b"], [tmp_path / "b", tmp_path / "a" / name]):
        inputs, refused = plan_inputs(paths)
        assert [source.path for source in inputs] == [str(tmp_path / "a" / name)]
        assert [row["path"] for row in refused] == [str(tmp_path / "b" / name)]


def test_the_hash_of_a_model_covers_the_folders_below_it(tmp_path: Path) -> None:
    (tmp_path / "companion").mkdir()
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "companion" / "config.json").write_text("1")
    before = model_sha256(str(tmp_path))
    (tmp_path / "companion" / "config.json").write_text("2")
    assert model_sha256(str(tmp_path)) != before


def test_a_shard_of_another_run_is_not_taken(folder: Path, undisturbed: dict[str, pa.Table], tmp_path: Path) -> None:
    """A worker elsewhere may still write after its run was given up and begun anew with other options."""
    late, out = tmp_path / "late", tmp_path / "out"
    label_files([folder], late, RunOptions(workers=1, model="linear", explain=True))
    alone = RunOptions(workers=1, model="linear")
    label_files([folder], out, alone)
    for shard in find_shards(out / ".policynlp" / "shards"):
        shutil.rmtree(shard)
    for shard in find_shards(late / ".policynlp" / "shards"):
        shutil.copytree(shard, out / ".policynlp" / "shards" / shard.name)
    assert label_files([folder], out, alone).resumed == 0
    assert read_tables(out) == undisturbed


def test_a_file_system_without_locks_is_used_without(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def missing(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", missing)
    with RunState(tmp_path).locked():
        pass


def test_a_changed_and_an_added_file_are_labelled_again(folder: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    shutil.copytree(folder, source)
    label_files([source], out, RunOptions(workers=1, model="linear"))
    first = sorted(source.iterdir())[0]
    first.write_text(first.read_text(encoding="utf-8") + "\n附件：无。\n", encoding="utf-8")
    shutil.copy(first, source / "a_new_one_2020.txt")
    result = label_files([source], out, RunOptions(workers=1, model="linear"))
    assert (result.files, result.resumed) == (6, 4)
    ids = read_tables(out)["reports"]["report_id"].to_pylist()
    assert ids == sorted(path.stem for path in source.iterdir())


def test_a_run_with_other_options_is_refused(folder: Path, tmp_path: Path) -> None:
    label_files([folder], tmp_path, RunOptions(workers=1, model="linear"))
    with pytest.raises(RunError, match="--restart"):
        label_files([folder], tmp_path, RunOptions(workers=1, model="linear", explain=True))
    result = label_files([folder], tmp_path, RunOptions(workers=1, model="linear", explain=True, restart=True))
    assert result.resumed == 0
    assert (tmp_path / "explanations.parquet").is_file()


def test_another_format_replaces_the_tables(folder: Path, tmp_path: Path, undisturbed: dict[str, pa.Table]) -> None:
    for kind in ("csv", "jsonl"):
        label_files([folder], tmp_path, RunOptions(workers=1, model="linear", format=kind))
        assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == sorted(
            f"{t}.{kind}" for t in TABLES
        )
    for table in TABLES:
        with (tmp_path / f"{table}.jsonl").open(encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream]
        assert len(rows) == undisturbed[table].num_rows
        for row, expected in zip(rows, undisturbed[table].to_pylist(), strict=True):
            expected.pop("delivered_on", None)
            row.pop("delivered_on", None)
            assert row == expected


def test_a_shard_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = ShardWriter(("errors",))
    errors = arrow_table("errors", [error_row("a.txt", "read", "empty", "no text")])
    writer.add(Input("a.txt", 1, 1), {"errors": errors}, failed=True)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr("policynlp.batch.shards.flush", full)
        writer.write(tmp_path, "mine")
    assert list(tmp_path.iterdir()) == []
    writer.write(tmp_path, "mine")
    (shard,) = find_shards(tmp_path)
    (entry,) = read_index(shard, "mine")
    assert (entry.input.path, entry.failed, entry.rows) == ("a.txt", True, {"errors": (0, 1)})
    assert list(read_index(shard, "another run's")) == []
