"""Input made to do harm: what SECURITY.md promises, a test each."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import pickle
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lxml import html
from made_files import WORD_NAMESPACE, word_with, write

from policynlp import ReadError, Report, load, read_report
from policynlp.batch import RunError, RunOptions, label_files
from policynlp.classify import ModelError, load_classifier
from policynlp.classify.load import shipped_folder

SECRET = "机密内容不得外泄"
ALONE = RunOptions(workers=1, model="linear")


# ---- archives and XML


def laughs(levels: int = 9) -> str:
    """A document type whose entities grow tenfold at each level."""
    entities = [f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, levels + 1)]
    return f'<!DOCTYPE a [<!ENTITY l0 "哈哈哈哈哈哈哈哈哈哈">{"".join(entities)}]>'


def external(secret: Path) -> str:
    """A document type that asks for a file of the reader's machine."""
    return f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'


def body(text: str) -> str:
    return (
        f'<w:document xmlns:w="{WORD_NAMESPACE}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    )


BOMBS: dict[str, Callable[[], bytes]] = {
    "zeros.docx": lambda: word_with({"word/document.xml": b"0" * 50_000_000}),
    "many_parts.docx": lambda: word_with({f"word/{i}.xml": b"" for i in range(6000)}),
    "laughs.docx": lambda: word_with({"word/document.xml": (laughs() + body("&l9;")).encode()}),
    "laughs_in_styles.docx": lambda: word_with({"word/styles.xml": (laughs() + "<a>&l9;</a>").encode()}),
    "laughs_behind_a_comment.docx": lambda: word_with(
        {"word/document.xml": ("<!--" + "x" * 10_000 + "-->" + laughs() + body("&l9;")).encode()}
    ),
    "laughs_in_utf16.docx": lambda: word_with({"word/document.xml": (laughs() + body("&l9;")).encode("utf-16")}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_do_not_go_off(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, BOMBS[name]())
    begin, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ReadError) as caught:
        read_report(path)
    assert caught.value.error in ("bomb", "broken_docx")
    assert time.process_time() - begin < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kilobytes


def test_entities_in_a_page_do_not_grow(tmp_path: Path) -> None:
    page = laughs() + "<p>" + "各位代表，现在报告工作。" * 20 + "&l9;</p>"
    report = read_report(write(tmp_path, "laughs.html", page.encode()))
    assert len(report.text) < 2_000


def test_no_entity_reads_a_file(tmp_path: Path) -> None:
    secret = write(tmp_path, "secret.txt", SECRET.encode())
    page = external(secret) + "<p>" + "各位代表，现在报告工作。" * 20 + "&x;</p>"
    assert SECRET not in read_report(write(tmp_path, "x.html", page.encode())).text
    for part in ("word/document.xml", "[Content_Types].xml", "word/_rels/document.xml.rels"):
        for encoding in ("utf-8", "utf-16"):
            data = word_with({part: (external(secret) + body("&x;")).encode(encoding)})
            with pytest.raises(ReadError):
                read_report(write(tmp_path, "x.docx", data))


def test_no_page_reaches_for_the_network(tmp_path: Path) -> None:
    """The guard of these tests raises where a socket is opened."""
    page = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://192.0.2.1/x.dtd"><link href="http://192.0.2.1/a.css">'
        '<base href="http://192.0.2.1/"><img src="x.png"><iframe src="y"></iframe><p>' + "各位代表，报告工作。" * 20
    )
    assert "各位代表" in read_report(write(tmp_path, "x.html", page.encode())).text


# ---- names


def test_parts_of_an_archive_never_become_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    names = ("../evil.xml", "../../evil.xml", str(tmp_path / "evil.xml"), "..\\evil.xml", "word/../../evil.xml")
    path = write(folder, "x.docx", word_with(dict.fromkeys(names, b"<a/>")))
    assert "各位代表" in read_report(path).text
    assert sorted(entry.name for entry in tmp_path.rglob("*") if entry.is_file()) == ["x.docx"]


NAMES = (
    "a%2f..%2f..%2fevil.txt", "a...txt.txt", "=cmd|'calc'!A0.txt", "-rf.txt", "$(touch evil).txt", "`touch evil`.txt",
    "a;touch evil;.txt", "a\nb.txt", "a\tb.txt", "‮txt.exe.txt", "<script>alert(1)<", "con.txt",
    "云" * 80 + ".txt", "'\".txt",
    "{0}{x}%s%n.txt", "\udcff\udcfe.txt",
)  # fmt: skip


def test_names_of_files_do_nothing(tmp_path: Path, example: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    text = next(example.glob("*.txt")).read_bytes()
    names = [name if name.endswith(".txt") else name + ".txt" for name in NAMES]
    for name in names:
        (source / name).write_bytes(text)
    for kind in ("parquet", "csv", "jsonl"):
        result = label_files([source], out, RunOptions(workers=1, model="linear", format=kind))
        assert (result.files, result.errors) == (len(names), 0), list((out / f"errors.{kind}").open("rb"))
        assert {path.name for path in out.iterdir()} == {".policynlp", *(path.name for path in result.written)}
    with (out / "reports.jsonl").open(encoding="utf-8") as stream:
        ids = {json.loads(line)["report_id"] for line in stream}
    stems = {os.path.splitext(name)[0].encode("utf-8", "replace").decode() for name in names}
    assert ids == stems
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["in", "out"]


# ---- text that other programs might run

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://192.0.2.1")', "\t=1", "＝1+1", "=cmd|' /C calc'!A0")


def test_a_spreadsheet_gets_no_live_formula(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    lines = ["各位代表：", "一、2024年工作回顾", *(f"{formula}，生产总值增长5%。" for formula in FORMULAS)]
    lines += ["二、2025年工作安排", "=1+1。", *(f"（一）{formula}" for formula in FORMULAS), "-城镇新增就业1万人。"]
    (source / "=city_云岭市_2025.txt").write_text("\n".join(lines), encoding="utf-8")
    (source / "-empty.txt").touch()
    label_files([source], tmp_path / "out", RunOptions(workers=1, model="linear", format="csv", explain=True))
    cells, quoted = 0, 0
    for table in (tmp_path / "out").glob("*.csv"):
        with table.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.reader(stream):
                for cell in row:
                    cells += 1
                    quoted += cell.startswith("'")
                    live = cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
                    assert not live or is_number(cell), cell
    assert cells > 200
    assert quoted > 8


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


SCRIPTS = (
    "<script>document.title='x'</script>", "<img src=x onerror=alert(1)>", "\"'><svg/onload=alert(1)>",
    "</style><script>",
    "{{7*7}}{% raw %}", "javascript:alert(1)", "<!--", "]]>", "&lt;script&gt;",
)  # fmt: skip


def test_nothing_shown_runs(tmp_path: Path) -> None:
    """The browser itself is tried in tests/test_browser.py; here the elements are counted."""
    lines = ["各位代表：", "一、2024年工作回顾", *(f"{script}，生产总值增长5%。" for script in SCRIPTS)]
    lines += ["二、2025年工作安排", *(f"（一）{script}" for script in SCRIPTS), "力争增长5%。"]
    hostile = Report.from_text("\n".join(lines), id=SCRIPTS[0], region=SCRIPTS[1], speaker=SCRIPTS[2], year=2025)
    tame = Report.from_text(
        "各位代表：\n一、2024年工作回顾\n生产总值增长5%。", id="a", region="b", speaker="c", year=2025
    )
    pages = []
    for report in (load("linear")(hostile), load("linear")(tame)):
        report.to_html(tmp_path / "page.html")
        pages.append((report._repr_html_(), (tmp_path / "page.html").read_text(encoding="utf-8")))
    for shown, plain in zip(*pages, strict=True):
        trees = [html.fromstring(page) for page in (shown, plain)]
        scripts, ours = (tree.xpath("//script/text()") for tree in trees)
        assert scripts == ours
        assert not trees[0].xpath("//img|//svg[@onload]|//@*[starts-with(name(), 'on')]")
        assert "{{7*7}}" in trees[0].text_content()


# ---- models


class Evil:
    """What a pickle can do: run anything."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.marker), "w")


def copy_of_the_model(tmp_path: Path) -> Path:
    folder = shipped_folder("linear")
    assert folder is not None
    return Path(shutil.copytree(folder, tmp_path / "model"))


@pytest.mark.parametrize(
    "name", ["model.pkl", "model.joblib", "pytorch_model.bin", "model.pt", "model.safetensors", "x"]
)
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_pickle_is_never_loaded(tmp_path: Path, name: str, protocol: int) -> None:
    marker = tmp_path / "ran"
    path = write(tmp_path, name, pickle.dumps(Evil(marker), protocol=protocol))
    with pytest.raises(ModelError):
        load_classifier(path)
    assert not marker.exists()


def test_a_pickle_posing_as_weights_is_never_loaded(tmp_path: Path) -> None:
    folder, marker = copy_of_the_model(tmp_path), tmp_path / "ran"
    weights = pickle.dumps(Evil(marker))
    (folder / "model.safetensors").write_bytes(weights)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    # Even where the attacker has signed it.
    config["weights_sha256"] = hashlib.sha256(weights).hexdigest()
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelError):
        load_classifier(folder)
    assert not marker.exists()


def test_code_in_a_model_folder_is_never_run(tmp_path: Path) -> None:
    folder, marker = copy_of_the_model(tmp_path), tmp_path / "ran"
    code = f"open({str(marker)!r}, 'w')\n"
    for name in ("__init__.py", "modeling.py", "configuration.py", "tokenization.py", "setup.py", "conftest.py"):
        (folder / name).write_text(code)
    for name in ("jieba.py", "numpy.py", "safetensors.py", "sitecustomize.py"):
        (folder / name).write_text(code)
    write(folder, "pytorch_model.bin", pickle.dumps(Evil(marker)))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["auto_map"] = {"AutoModel": "modeling.Model", "AutoConfig": "configuration.Config"}
    config["trust_remote_code"] = True
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    program = "import sys, policynlp; print(policynlp.load(sys.argv[1])('力争增长5%。').sentences[0].label)"
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("commitment", "achievement", "problem", "other")
    assert not marker.exists()


CONFIGS: dict[str, Callable[[dict[str, object]], object]] = {
    "a list": lambda config: [],
    "deep": lambda config: None,
    "another format": lambda config: {**config, "format": "x"},
    "a class by name": lambda config: {**config, "options": {"__class__": "os.system"}},
    "an unknown option": lambda config: {**config, "options": {"min_df": 1, "evil": 1}},
    "no classes": lambda config: {**config, "classes": []},
    "no vocabulary": lambda config: {**config, "vocabularies": {}},
    "another group": lambda config: {**config, "vocabularies": {"evil": ["a"]}},
    "no temperature": lambda config: {**config, "temperature": "0; import os"},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_broken_model_is_one_line(tmp_path: Path, name: str) -> None:
    folder = copy_of_the_model(tmp_path)
    path = folder / "config.json"
    changed = CONFIGS[name](json.loads(path.read_text(encoding="utf-8")))
    path.write_text("[" * 100_000 if changed is None else json.dumps(changed), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        load_classifier(folder)
    assert "\n" not in str(caught.value)


def test_a_changed_model_is_not_mixed_with_the_old_one(tmp_path: Path, example: Path) -> None:
    folder, out = copy_of_the_model(tmp_path), tmp_path / "out"
    options = RunOptions(workers=1, model=str(folder))
    label_files([example], out, options)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["temperature"] *= 2
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(RunError, match="model_sha256"):
        label_files([example], out, options)
    before = pq.read_table(out / "sentences.parquet")
    assert pq.read_table(out / "reports.parquet").num_rows == 5
    # One process, as a notebook or a Dask worker is: what it has loaded is not the model of the new run.
    label_files([example], out, RunOptions(workers=1, model=str(folder), restart=True))
    assert pq.read_table(out / "sentences.parquet") != before


# ---- settings of the caller's machine


@pytest.mark.parametrize(
    "workers",
    [
        "1",
        pytest.param(
            "2", marks=pytest.mark.skipif(sys.version_info < (3, 11), reason="Python cannot be told before 3.11")
        ),
    ],
)
def test_a_folder_of_reports_brings_no_code_along(tmp_path: Path, example: Path, workers: str) -> None:
    """Running in a folder that someone else filled must import nothing from it, nor may the workers."""
    marker = tmp_path / "ran"
    beginning = next(example.glob("*.txt")).read_text(encoding="utf-8")[:500]
    for number in range(33):  # more than one shard
        (tmp_path / f"{number}.txt").write_text(beginning, encoding="utf-8")
    libraries = ("jieba", "sklearn", "pyarrow", "lxml", "tqdm", "typer", "policynlp", "sitecustomize")
    for name in (*libraries, "pickle", "struct", "signal", "multiprocessing", "random"):
        (tmp_path / f"{name}.py").write_text(f"open({str(marker)!r}, 'w')\n")
    command = shutil.which("policynlp")
    if command is None:
        pytest.skip("the command is not installed")
    arguments = [command, "label", ".", "--out", "out", "--quiet", "--workers", workers, "--model", "linear"]
    done = subprocess.run(arguments, cwd=tmp_path, check=False)
    assert not marker.exists()
    assert done.returncode == 0
