"""Extension points: the worked packages of examples/plugins, installed and used by a stranger; and broken ones."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from batch_tools import PROGRAM, environment

import policynlp as pn
from policynlp import Report
from policynlp.annotate import AnnotationError, Document, Format, Mark, documents, import_documents
from policynlp.batch import RunOptions, label_files
from policynlp.cli import run
from policynlp.data import DataFileError
from policynlp.evaluate import GoldFact
from policynlp.facts import catalogue_of, choose_catalogue
from policynlp.plugins import Plugin, PluginError, plugins
from policynlp.read import FormatError, ReadError, formats

EXAMPLES = Path(__file__).parents[1] / "examples" / "plugins"
NAMES = ("reader_rtf", "classifier_keywords", "indicators_forestry", "annotation_brat")

TEXT = """政府工作报告
各位代表：
一、2023年工作回顾
建成学校三所，森林蓄积量达到320万立方米，粮食产量30万吨。
二、存在的问题
民生还有短板。
三、2024年工作安排
完成造林12万亩以上，将新建医院一所。
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the four packages; nothing is fetched."""
    folder = tmp_path_factory.mktemp("plugins")
    # A copy: building leaves files beside the source.
    sources = [shutil.copytree(EXAMPLES / name, folder / "source" / name) for name in NAMES]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(folder / "site")]
    subprocess.run([*pip, *offline, *map(str, sources)], check=True)
    return folder / "site"


@pytest.fixture(autouse=True)
def looked_up_anew() -> Iterator[None]:
    """What is installed is looked up once a process, but here it changes with each test."""
    for cache in (plugins, formats._plugins):
        cache.cache_clear()
    yield
    for cache in (plugins, formats._plugins):
        cache.cache_clear()


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The four packages in this process."""
    monkeypatch.syspath_prepend(str(site))


def call(site: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, env=environment(site), check=False
    )


def rtf(text: str) -> bytes:
    """A document as WPS writes it: bytes of GBK in hex, some characters in Unicode."""
    body = "".join(
        rf"\u{ord(c)}?" if c in "一二三" else "".join(rf"\'{b:02x}" for b in c.encode("gbk")) if ord(c) > 127 else c
        for c in text
    ).replace("\n", "\\par\n")
    return (r"{\rtf1\ansi\ansicpg936{\fonttbl{\f0 SimSun;}}{\*\generator WPS;}\uc1 " + body + "}").encode("ascii")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "city_云岭市_2024.rtf").write_bytes(rtf(TEXT))
    (folder / "city_青岗市_2024.txt").write_text(TEXT, encoding="utf-8")
    return folder


def test_all_four_from_python(site: Path, reports: Path) -> None:
    code = (
        "import json, sys, policynlp as pn, policynlp.annotate as a\n"
        "nlp = pn.load('keywords', indicators=['shipped', 'forestry'])\n"
        "report = nlp(pn.read_report(sys.argv[1]))\n"
        "a.export_documents([report], sys.argv[2], 'brat')\n"
        "gold = a.import_documents(sys.argv[2], 'brat')[report.id]\n"
        "print(json.dumps([report.text, report.model, [s.label for s in report.sentences],\n"
        "    [f.indicator_id for f in report.facts], [s.label for s in gold.sentences], len(gold.facts)]))\n"
    )
    done = call(site, "-c", code, str(reports / "city_云岭市_2024.rtf"), str(reports / "x.zip"))
    assert done.stderr == ""
    text, model, labels, ids, back, facts = json.loads(done.stdout)
    assert text == TEXT
    assert model == "keywords-1.0"
    assert set(labels) == {"achievement", "problem", "commitment"} and back == labels
    assert {"forest_stock", "afforestation", "grain_output"} <= set(ids) and facts == len(ids)


def test_reader_classifier_and_indicators_on_the_command_line(site: Path, reports: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    label = ["-c", PROGRAM, "label", str(reports), "--out", str(out), "--model", "keywords", "--quiet"]
    own = ["--indicators", "shipped", "--indicators", "forestry"]
    done = call(site, *label, *own, "--workers", "2")
    assert (done.returncode, done.stderr) == (0, "")
    tables = {name: pq.read_table(out / f"{name}.parquet").to_pylist() for name in ("sentences", "facts")}
    assert json.loads((out / ".policynlp" / "manifest.json").read_text())["model"].startswith("keywords")
    assert {row["label"] for row in tables["sentences"]} >= {"achievement", "problem", "commitment"}
    ids: dict[str, set[str]] = {}
    for row in tables["facts"]:
        ids.setdefault(row["report_id"], set()).add(row["indicator_id"])
    assert set(ids) == {"city_云岭市_2024", "city_青岗市_2024"}
    assert all({"forest_stock", "afforestation", "grain_output"} <= found for found in ids.values())
    other = call(site, *label, "--indicators", "forestry", "--workers", "1")
    assert other.returncode == 2 and "holds a run with indicators" in other.stderr
    panel = tmp_path / "panel.jsonl"
    compared = call(site, "-m", "policynlp.cli", "compare", str(out), "--out", str(panel), "--catalogue", "forestry")
    assert compared.returncode == 0, compared.stderr
    assert "forest_stock" in panel.read_text(encoding="utf-8")


def test_annotation_format_on_the_command_line(site: Path, reports: Path, tmp_path: Path) -> None:
    file, gold = tmp_path / "for_brat.zip", tmp_path / "gold.jsonl"
    command = ["-m", "policynlp.cli", "annotate"]
    done = call(site, *command, "export", str(reports), "--out", str(file), "--format", "brat", "--model", "keywords")
    assert (done.returncode, "2 documents" in done.stderr) == (0, True), done.stderr
    done = call(site, *command, "import", str(file), "--out", str(gold), "--format", "brat", "--texts", str(reports))
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    assert {row["report_id"] for row in rows} == {"city_云岭市_2024", "city_青岗市_2024"}


def test_without_the_packages_there_is_nothing_of_theirs(reports: Path, tmp_path: Path, capsys: Any) -> None:
    for asked, says in (
        (["label", str(reports / "city_青岗市_2024.txt"), "--model", "keywords"], "keywords: no such model"),
        (["label", str(reports), "--model", "linear", "--indicators", "forestry"], "forestry: no such file"),
        (["annotate", "export", str(reports), "--format", "brat", "--model", "linear"], "unknown format 'brat'"),
    ):
        assert run([*asked, "--out", str(tmp_path / "out")]) == 2
        said = capsys.readouterr().err
        assert says in said.splitlines()[-1]


# --- broken packages, in this process: a process of its own costs seconds --------------------------------------------

# What a package may get wrong: its module, its entry, what stands there, what it does.
BROKEN = [
    ("broken:missing", "AttributeError"),
    ("no_such_module:x", "ModuleNotFoundError"),
    ("raising:x", "RuntimeError: half installed"),
    ("broken:number", ""),
    ("broken:fails", ""),
]
ASKED: dict[str, tuple[Callable[[Path], object], type[Exception]]] = {
    "policynlp.readers": (lambda file: pn.read_report(file), ReadError),
    "policynlp.classifiers": (lambda file: pn.load("bad"), PluginError),
    "policynlp.indicators": (lambda file: pn.load("linear", indicators="bad"), PluginError),
    "policynlp.annotation_formats": (lambda file: import_documents(file, "bad"), PluginError),
}


def install(folder: Path, name: str, entries: str) -> None:
    info = folder / f"{name}-1.5.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
    (info / "entry_points.txt").write_text(entries)
    (folder / "broken.py").write_text("number = 7\n\n\ndef fails(*given):\n    raise KeyError('left')\n")
    (folder / "raising.py").write_text("raise RuntimeError('half installed')\n")


@pytest.fixture
def half_baked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts broken packages where this process finds them; gives a file that the broken reader takes."""

    def put(entries: str, *names: str) -> Path:
        for name in names or ("half-baked",):
            install(tmp_path / "site", name, entries)
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        for module in ("broken", "raising"):
            monkeypatch.delitem(sys.modules, module, raising=False)
        (tmp_path / "a.bad").write_text("各位代表：", encoding="utf-8")
        return tmp_path / "a.bad"

    return put


@pytest.mark.parametrize("group", ASKED)
@pytest.mark.parametrize(("entry", "says"), BROKEN)
def test_a_broken_plugin_names_its_package(half_baked: Callable[..., Path], group: str, entry: str, says: str) -> None:
    file = half_baked(f"[{group}]\nbad = {entry}\n")
    asked, error = ASKED[group]
    with pytest.raises(error) as caught:
        asked(file)
    message = str(caught.value)
    assert "half-baked 1.5" in message and group in message and says in message


def test_two_packages_with_one_name(half_baked: Callable[..., Path]) -> None:
    half_baked("[policynlp.classifiers]\nbad = broken:number\n", "first", "second")
    with pytest.raises(PluginError, match=r"first 1\.5 and second 1\.5 both add 'bad'"):
        pn.load("bad")


def test_a_broken_reader_is_a_row_and_no_end(half_baked: Callable[..., Path], reports: Path, tmp_path: Path) -> None:
    shutil.copy(half_baked("[policynlp.readers]\nbad = broken:fails\n"), reports)
    (reports / "city_云岭市_2024.rtf").unlink()
    result = label_files([reports], tmp_path / "out", RunOptions(model="linear", workers=1))
    (row,) = pq.read_table(tmp_path / "out" / "errors.parquet").to_pylist()
    assert (result.files, row["stage"], row["error"]) == (2, "read", "plugin") and "half-baked 1.5" in row["detail"]


def test_a_broken_plugin_is_one_line_on_the_command_line(
    half_baked: Callable[..., Path], reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half_baked("[policynlp.classifiers]\nbad = broken:fails\n")
    assert run(["label", str(reports), "--out", str(tmp_path / "out"), "--model", "bad"]) == 2
    said = capsys.readouterr().err
    assert "half-baked 1.5" in said.splitlines()[-1] and "Traceback" not in said


# --- indicators of one's own -----------------------------------------------------------------------------------------

TEA = {"id": "tea", "names": "茶叶产量"}


@pytest.mark.parametrize(
    ("names", "tea", "grain"),
    [
        (None, None, "grain_output"),
        ("shipped", None, "grain_output"),
        ([catalogue_of([TEA])], "tea", None),
        (["shipped", catalogue_of([TEA])], "tea", "grain_output"),
        (["shipped", catalogue_of([{"id": "my_grain", "names": "粮食产量"}])], None, "my_grain"),
        ([catalogue_of([{"id": "my_grain", "names": "粮食产量"}]), "shipped"], None, "grain_output"),
    ],
)
def test_catalogues_join_and_the_later_wins(names: Any, tea: str | None, grain: str | None) -> None:
    chosen = choose_catalogue(names)
    found = [chosen.find(wording) for wording in ("茶叶产量", "粮食产量")]
    assert [row.id if row else None for row in found] == [tea, grain]


def test_a_catalogue_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"mine\.tsv: no such file of indicators; give a file or one of shipped"):
        choose_catalogue("mine.tsv")
    (tmp_path / "a.tsv").write_bytes("id\tnames\n茶\t茶叶产量\n".encode("gbk"))
    with pytest.raises(DataFileError, match="not UTF-8"):
        choose_catalogue(tmp_path / "a.tsv")


def test_another_catalogue_has_another_hash() -> None:
    assert catalogue_of([TEA]).sha256 == catalogue_of([TEA]).sha256 != choose_catalogue().sha256


# --- the examples themselves -----------------------------------------------------------------------------------------

HEAD = rb"{\rtf1\ansi\ansicpg936 "
RTF = [
    (HEAD + rb"\'d5\'fe\'b8\'ae}", "政府"),
    (HEAD + rb"\'d5\'5c}", "誠"),  # the second byte is a backslash
    (HEAD + b"\\'d5\n\\'fe}", "政"),  # a line end in the file means nothing
    (HEAD + rb"\uc1\u25919?\u24220?}", "政府"),
    (HEAD + rb"\uc2\u25919\'d5\'fe\u24220??\uc0\u25919}", "政府政"),
    (HEAD + rb"\u-3874?}", "\uf0de"),  # numbers are signed
    (HEAD + rb"\u-10179?\u-8704?}", "😀"),
    (HEAD + rb"a\par b\tab c\line d}", "a\nb\tc\nd"),
    (HEAD + rb"{\fonttbl{\f0 SimSun;}}{\*\generator WPS}{\info{\title x}}a{\b b}c}", "abc"),
    (HEAD + rb"\{a\}\\}", "{a}\\"),
    (HEAD + b"}}}}a", "a"),
    (HEAD + b"{" * 50_000, ""),
]


@pytest.mark.parametrize(("data", "text"), RTF)
def test_rtf(installed: None, data: bytes, text: str) -> None:
    from policynlp_rtf import rtf_to_text

    assert rtf_to_text(data) == text


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", rb"{\rtf1\ansicpg99999 a}"])
def test_no_rtf(installed: None, data: bytes) -> None:
    from policynlp_rtf import rtf_to_text

    with pytest.raises(FormatError):
        rtf_to_text(data)


def brat() -> Format:
    from policynlp_brat import FORMAT

    return FORMAT


def document(text: str, *marks: Mark, offset: int = 0, facts: tuple[GoldFact, ...] = ()) -> Document:
    return Document("云岭市/2024", text, offset, "ab" * 32, list(marks), list(facts))


FIELDS = {"measure": "growth", "bound": "ge", "modality": "strive", "period": "annual", "role": "target"}
FACT = GoldFact("云岭市/2024", 100, 104, 106, indicator="增长", value=5, value_high=None, unit="%", year=2024, **FIELDS)


@pytest.mark.parametrize(
    "given",
    [
        document("建成学校。", Mark(0, 5, "achievement")),
        document("建成\n学校。", Mark(0, 6, "achievement")),  # a hard wrap in a sentence
        document("甲。力争增长5%\n", Mark(98, 100, "other"), Mark(100, 106, "commitment"), offset=98, facts=(FACT,)),
        document("😀好。", Mark(0, 3, "other")),
        document("没有标注"),
    ],
)
def test_brat_gives_back_what_it_was_given(installed: None, tmp_path: Path, given: Document) -> None:
    brat().dump([given], tmp_path / "a.zip")
    (back,) = brat().load(tmp_path / "a.zip")
    assert (back.report_id, back.text, back.offset, back.sha256) == (
        given.report_id,
        given.text,
        given.offset,
        given.sha256,
    )
    assert back.sentences == given.sentences
    assert [(f.start, f.end, f.indicator, f.value) for f in back.facts] == [
        (f.start, f.end, f.indicator, f.value) for f in given.facts
    ]


def test_brat_says_what_is_wrong(installed: None, tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "a.zip"
    path.write_bytes(b"no zip")
    with pytest.raises(AnnotationError, match="not a collection of brat"):
        brat().load(path)
    for line, says in (
        ("T1\tProblem 0 99\t建成学校。", "no offsets into 5 characters"),
        ("T1\tMaybe 0 5\t建成学校。", "line 1: unknown label 'Maybe'"),
        ("T1\tProblem zero", "line 1: not an annotation of brat"),
    ):
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("c/documents.json", json.dumps({"1": {"report_id": "a", "offset": 0, "sha256": ""}}))
            file.writestr("c/1.txt", "建成学校。")
            file.writestr("c/1.ann", line + "\n")
        with pytest.raises(AnnotationError, match=says):
            brat().load(path)


def test_documents_of_a_report_pass_through_brat(installed: None, tmp_path: Path, example: Path) -> None:
    report: Report = pn.load("linear")(pn.read_report(example / "city_云岭市_2024.txt"))
    given = list(documents([report]))
    brat().dump(given, tmp_path / "a.zip")
    (back,) = brat().load(tmp_path / "a.zip")
    assert [(m.start, m.end, m.label) for m in back.sentences] == [
        (m.start, m.end, m.label) for m in given[0].sentences
    ]
    assert len(back.facts) == len(given[0].facts)


def test_a_fingerprint_changes_with_the_package() -> None:
    from importlib.metadata import EntryPoint

    one, other = (Plugin("a", "g", (EntryPoint("a", value, "g"),)) for value in ("x:y", "x:z"))
    assert one.fingerprint != other.fingerprint
    assert plugins("g") == {}
    with pytest.raises(PluginError, match="an unnamed package"):
        one.load()
