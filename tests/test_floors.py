"""The house's shape: which room may import which, and what importing the package costs."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

import policynlp
from policynlp.data import load_table

PACKAGE = Path(policynlp.__file__).parent
ROOT = PACKAGE.parent

# Room -> floor; a room imports only rooms of lower floors, and on floors 2 and below no other room of its own floor
# (but `frames`, which only knows `report`).
FLOORS = {
    "_version": 0,
    "report": 1,
    "data": 1,
    "plugins": 1,
    "read": 2,
    "segment": 2,
    "classify": 2,
    "facts": 2,
    "frames": 2,
    "pipeline": 3,
    "compare": 3,
    "evaluate": 3,
    "annotate": 4,
    "batch": 4,
    "train": 4,
    "show": 4,
    "spacy_component": 4,
    "cli": 5,
}
# Things show themselves as tables and pages: these methods import their room when they are called, and only then.
ALLOWED_UP = {("report", "frames"), ("report", "show"), ("compare", "show"), ("evaluate", "show")}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def dotted(path: Path) -> str:
    return ".".join(path.parts)


def imports_of(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        rooms |= {name.split(".")[1] for name in names if name.startswith("policynlp.") and name.count(".")}
    return rooms & set(FLOORS)


SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem != "__init__")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    room = room_of(path)
    assert room in FLOORS, f"{room} has no floor yet: add it to FLOORS and to docs/ARCHITECTURE.md"
    for other in imports_of(path) - {room}:
        if (room, other) not in ALLOWED_UP:
            assert FLOORS[other] < FLOORS[room], f"{room} (floor {FLOORS[room]}) imports {other} ({FLOORS[other]})"


def test_importing_the_package_is_light() -> None:
    heavy = ("torch", "transformers", "spacy", "pandas", "pyarrow", "sklearn", "jieba", "lxml")
    code = f"import policynlp, sys; print([name for name in {heavy!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_every_public_name_resolves() -> None:
    for name in policynlp.__all__:
        assert getattr(policynlp, name) is not None
    with pytest.raises(AttributeError, match="no attribute"):
        policynlp.nothing  # noqa: B018


def test_setup_lists_every_package() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = set(setup["options"]["packages"].split())
    here = {dotted(path.parent.relative_to(ROOT)) for path in PACKAGE.rglob("__init__.py")}
    for carried in ("models", "corpus"):
        folders = [ROOT / carried, *(path for path in (ROOT / carried).rglob("*") if path.is_dir())]
        here |= {
            "policynlp." + dotted(path.relative_to(ROOT)) for path in folders if any(map(Path.is_file, path.iterdir()))
        }
    assert listed == here


def test_the_index_of_tables_is_true() -> None:
    rows = re.findall(r"^\| `(.+?)\.tsv` \| .+ \| (.+) \|$", (PACKAGE / "data" / "README.md").read_text("utf-8"), re.M)
    assert sorted(name for name, _ in rows) == sorted(path.stem for path in (PACKAGE / "data").glob("*.tsv"))
    for name, readers in rows:
        wanted = {path for path in SOURCES if f'"{name}.tsv"' in path.read_text("utf-8") and room_of(path) != "data"}
        assert {PACKAGE / reader for reader in re.findall(r"`(.+?)`", readers)} == wanted, name


def test_the_answers_to_twenty_questions_are_still_there() -> None:
    text = (ROOT / "docs" / "twenty_questions.md").read_text("utf-8")
    # A bare file name is a guess that went wrong; a place has its folder or a name in the file.
    found = re.findall(r"`([\w/]+\.\w+)(?::(\w+))?`", text)
    places = [(path, name) for path, name in found if "/" in path or name]
    assert len(places) >= 20
    for path, name in places:
        file = next((root / path for root in (PACKAGE, ROOT) if (root / path).is_file()), None)
        assert file is not None, path
        assert name in file.read_text("utf-8"), f"{path} has no {name}"


def test_every_kind_of_statement_word_is_asked_for() -> None:
    rows = load_table("statement_words.tsv", ("word", "kind", "example"), ("word", "kind", "example"))
    assert [row["word"] for row in rows if row["word"] not in row["example"]] == []
    code = "".join(
        path.read_text("utf-8") for path in (PACKAGE / "compare").glob("*.py") if path.stem != "statement_words"
    )
    asked = {kind for call in re.findall(r"said\((.+?)\)", code) for kind in re.findall(r"['\"](\w+)['\"]", call)}
    assert asked == {row["kind"] for row in rows}


@pytest.mark.parametrize(
    "name", ["cue_words", "span_words", "scope_words", "statement_words", "openers", "predicates", "indicator_heads"]
)
def test_the_head_of_a_table_tells_of_every_kind(name: str) -> None:
    text = (PACKAGE / "data" / f"{name}.tsv").read_text("utf-8")
    head = "\n".join(line for line in text.splitlines() if line.startswith("#"))
    header, *rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    kinds = {row[next(i for i, column in enumerate(header) if column in ("kind", "effect"))] for row in rows}
    assert [kind for kind in sorted(kinds) if not re.search(rf"\b{kind}\b", head)] == []
