"""The command line: exit status, one line for what cannot be used, data and messages kept apart."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from policynlp import __version__
from policynlp.cli import run

UNUSABLE = [
    (["label"], "Missing argument"),
    (["label", "x.txt"], "--out"),
    (["label", "no_such_file.txt", "--out", "{out}"], "no such file or folder"),
    (["label", "{empty}", "--out", "{out}"], "no report found"),
    (["label", "{empty}", "--out", "{out}", "--format", "doc"], "'doc' is not one of"),
    (["label", "{empty}", "--out", "{out}", "--workers", "-1"], "--workers"),
    (["label", "{example}", "--out", "{out}", "--model", "no_such_model"], "no_such_model"),
    (["evaluate", "{empty}"], "{empty}"),
    (["compare", "{empty}", "--out", "{out}.csv"], "{empty}"),
    (["compare", "{empty}", "--out", "{out}.doc"], "no format for this ending"),
    (["fly"], "fly"),
]


@pytest.mark.parametrize(("arguments", "message"), UNUSABLE, ids=lambda value: " ".join(value)[:40])
def test_unusable_arguments_get_one_line(
    arguments: list[str], message: str, tmp_path: Path, example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"out": str(tmp_path / "out"), "empty": str(tmp_path / "empty"), "example": str(example)}
    (tmp_path / "empty").mkdir()
    assert run([argument.format(**places) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.strip().splitlines()) == 1
    assert message.format(**places) in captured.err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


def test_label_the_example(example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["label", str(example), "--out", str(tmp_path), "--workers", "1", "--format", "jsonl"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "5 files; 0 rows in errors" in captured.err
    assert "report/s" in captured.err
    facts = [json.loads(line) for line in (tmp_path / "facts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(facts) > 150
    assert run(["label", str(example), "--out", str(tmp_path), "--workers", "1", "--format", "jsonl"]) == 0
    assert "5 of them done before" in capsys.readouterr().err


def test_evaluate_prints_one_json_object(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(example), "--format", "json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["labels"]["macro_f1"]["value"] > 0.8


def test_a_bad_file_is_status_one(example: Path, tmp_path: Path) -> None:
    shutil.copy(sorted(example.glob("*.txt"))[0], tmp_path)
    (tmp_path / "empty.txt").touch()
    assert run(["label", str(tmp_path), "--out", str(tmp_path / "out"), "--workers", "1", "--quiet"]) == 1


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl", "dta", "html"])
def test_compare_what_label_wrote(example: Path, tmp_path: Path, ending: str, labelled: Path) -> None:
    panel = tmp_path / f"panel.{ending}"
    assert run(["compare", str(labelled), "--out", str(panel)]) == 0
    assert panel.stat().st_size > 1000


@pytest.fixture(scope="module")
def labelled(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `policynlp label` writes for the example corpus."""
    out = tmp_path_factory.mktemp("labelled")
    assert run(["label", str(example), "--out", str(out), "--workers", "1", "--quiet"]) == 0
    return out


def test_compare_says_once_what_a_reader_has_to_know(
    example: Path, tmp_path: Path, labelled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import pandas as pd

    for name in ("reports", "facts", "sentences"):
        table = pd.read_parquet(labelled / f"{name}.parquet")
        table[table["report_id"] == "city_云岭市_2023"].to_parquet(tmp_path / f"{name}.parquet")
    capsys.readouterr()
    assert run(["compare", str(tmp_path), "--out", str(tmp_path / "panel.csv")]) == 0
    told = capsys.readouterr().err
    assert told.count("one report alone") == 1 and "CompareWarning" not in told


def test_a_missing_extra_is_named(
    labelled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    assert run(["compare", str(labelled), "--out", str(labelled / "panel.xlsx")]) == 2
    assert "policynlp[" in capsys.readouterr().err
