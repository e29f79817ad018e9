"""Many files: tables, resuming after a crash, one clear row for each bad file."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from policynlp.batch import RunError, RunOptions, label_files, run
from policynlp.batch.shards import Input, ShardWriter, find_shards, read_index
from policynlp.batch.work import error_row
from policynlp.cli import run as cli
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
    label_files([folder], out, RunOptions(workers=1))
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
    monkeypatch.setattr(run, "SHARD_FILES", shard_files)
    label_files([folder], tmp_path, RunOptions(workers=workers))
    assert read_tables(tmp_path) == undisturbed


def test_a_run_that_fails_midway_continues(
    folder: Path, undisturbed: dict[str, pa.Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "SHARD_FILES", 2)
    real, calls = run.label_shard, []

    def failing(*arguments: object) -> tuple[int, int]:
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(run, "label_shard", failing)
    with pytest.raises(OSError, match="No space left"):
        label_files([folder], tmp_path, RunOptions(workers=1))
    result = label_files([folder], tmp_path, RunOptions(workers=1))
    assert (result.files, result.resumed) == (5, 2)
    assert read_tables(tmp_path) == undisturbed


def test_a_killed_process_continues(folder: Path, undisturbed: dict[str, pa.Table], tmp_path: Path) -> None:
    code = (
        "import sys\nfrom policynlp.batch import RunOptions, label_files, run\nrun.SHARD_FILES = 1\n"
        "label_files([sys.argv[1]], sys.argv[2], RunOptions(workers=1))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(folder), str(tmp_path)])
    shards, deadline = tmp_path / ".policynlp" / "shards", time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if shards.is_dir() and any(not path.name.startswith(".") for path in shards.iterdir()):
            process.send_signal(signal.SIGKILL)
            process.wait()
        time.sleep(0.005)
    (shards / ".tmp-left").mkdir(exist_ok=True)
    label_files([folder], tmp_path, RunOptions(workers=1))
    assert read_tables(tmp_path) == undisturbed
    assert not (shards / ".tmp-left").exists()


def test_a_changed_and_an_added_file_are_labelled_again(folder: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    shutil.copytree(folder, source)
    label_files([source], out, RunOptions(workers=1))
    first = sorted(source.iterdir())[0]
    first.write_text(first.read_text(encoding="utf-8") + "\n附件：无。\n", encoding="utf-8")
    shutil.copy(first, source / "a_new_one_2020.txt")
    result = label_files([source], out, RunOptions(workers=1))
    assert (result.files, result.resumed) == (6, 4)
    ids = read_tables(out)["reports"]["report_id"].to_pylist()
    assert ids == sorted(path.stem for path in source.iterdir())


def test_a_run_with_other_options_is_refused(folder: Path, tmp_path: Path) -> None:
    label_files([folder], tmp_path, RunOptions(workers=1))
    with pytest.raises(RunError, match="--restart"):
        label_files([folder], tmp_path, RunOptions(workers=1, explain=True))
    result = label_files([folder], tmp_path, RunOptions(workers=1, explain=True, restart=True))
    assert result.resumed == 0
    assert (tmp_path / "explanations.parquet").is_file()


def test_another_format_replaces_the_tables(folder: Path, tmp_path: Path, undisturbed: dict[str, pa.Table]) -> None:
    for kind in ("csv", "jsonl"):
        label_files([folder], tmp_path, RunOptions(workers=1, format=kind))
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


def test_a_spreadsheet_gets_no_live_formula(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    lines = [
        "各位代表：",
        "一、2024年工作回顾",
        '=HYPERLINK("x")，生产总值增长5%。',
        "二、2025年工作安排",
        "-城镇新增就业1万人。",
    ]
    (source / "city_云岭市_2025.txt").write_text("\n".join(lines), encoding="utf-8")
    label_files([source], tmp_path / "out", RunOptions(workers=1, format="csv"))
    with (tmp_path / "out" / "sentences.csv").open(encoding="utf-8-sig", newline="") as stream:
        texts = [row["text"] for row in csv.DictReader(stream)]
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@"))]
    assert '\'=HYPERLINK("x")，生产总值增长5%。' in texts


def test_a_shard_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = ShardWriter(("errors",))
    writer.add(Input("a.txt", 1, 1), {"errors": [error_row("a.txt", "read", "empty", "no text")]}, failed=True)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr("policynlp.batch.shards.flush", full)
        writer.write(tmp_path)
    assert list(tmp_path.iterdir()) == []
    writer.write(tmp_path)
    (shard,) = find_shards(tmp_path)
    (entry,) = read_index(shard)
    assert (entry.input.path, entry.failed, entry.rows) == ("a.txt", True, {"errors": (0, 1)})


# What a user finds in a folder of reports, and the row that it gets: file, content, error, a word of the detail.
PLAN = "各位代表：\n一、2024年工作回顾\n经济平稳增长。\n二、2025年工作安排\n推进城市更新。\n"
BAD_FILES = {
    "empty.txt": (b"", "empty", ""),
    "blank.txt": ("　\n \n".encode(), "empty", ""),
    "binary.txt": (bytes(range(256)) * 40, "binary", ""),
    "nul.txt": (PLAN.encode() + b"\x00" * 9 + PLAN.encode(), "nul_bytes", "NUL"),
    "mixed.txt": (PLAN.encode() * 3 + PLAN.encode("gb18030") * 3, "encoding", ""),
    "broken.docx": (b"PK\x03\x04 not a zip", "broken_docx", ""),
    "words.pdf": (PLAN.encode(), "wrong_ending", ""),
    "no_numbers.txt": (PLAN.replace("2024", "上").replace("2025", "今").encode(), "no_numbers", "no number"),
    "story.txt": ("从前有一座山，山里有一座庙。庙里有个老和尚。\n".encode() * 20, "not_a_report", "hardly"),
}


def test_every_bad_file_gets_one_row_and_the_batch_goes_on(folder: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    shutil.copytree(folder, source)
    good = sorted(path.stem for path in source.iterdir())
    for name, (content, _, _) in BAD_FILES.items():
        (source / name).write_bytes(content)
    (source / "again").mkdir()
    shutil.copy(source / f"{good[0]}.txt", source / "again")
    os.symlink(source, source / "loop", target_is_directory=True)
    assert cli(["label", str(source), "--out", str(out), "--workers", "1", "--quiet"]) == 1
    errors = {Path(row["path"]).name: row for row in read_tables(out)["errors"].to_pylist()}
    for name, (_, error, word) in BAD_FILES.items():
        assert errors[name]["error"] == error, errors[name]
        assert word in errors[name]["detail"]
        assert "\n" not in errors[name]["detail"]
    assert errors[f"{good[0]}.txt"]["error"] == "duplicate_id"
    assert len(errors) == read_tables(out)["errors"].num_rows == len(BAD_FILES) + 1
    assert set(good) <= set(read_tables(out)["reports"]["report_id"].to_pylist())


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "locked.txt"
    path.write_text(PLAN, encoding="utf-8")
    path.chmod(0)
    label_files([path], tmp_path / "out", RunOptions(workers=1))
    (row,) = read_tables(tmp_path / "out")["errors"].to_pylist()
    assert row["error"] == "permission"
