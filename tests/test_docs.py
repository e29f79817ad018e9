"""The documentation is true: links lead somewhere, code runs, commands exist, every public name is explained."""

from __future__ import annotations

import ast
import doctest
import importlib.util
import inspect
import pkgutil
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

import policynlp

DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md"))
PROSE = [*PAGES, ROOT / "CONTRIBUTING.md"]
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_RAISES = re.compile(r"^\s+raise \w", re.MULTILINE)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _blocks(path: Path, *languages: str) -> Iterator[str]:
    for _, language, body in _FENCE.findall(path.read_text(encoding="utf-8")):
        if language in languages:
            yield body


def _commands(path: Path) -> Iterator[list[str]]:
    """Every line of a code block that calls policynlp, without comments."""
    for block in _blocks(path, "sh", ""):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True) if line.startswith("policynlp ") else []
            if words:
                yield words[1:]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run a page in, with the example corpus where the pages expect it."""
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(path: Path) -> None:
    """Run a page from top to bottom: Python as doctest, and what policynlp is told to do between it."""
    from typer.testing import CliRunner

    from policynlp.cli import app

    names: dict[str, Any] = {}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for _, language, body in _FENCE.findall(path.read_text(encoding="utf-8")):
        if language == "python" and ">>>" in body:
            test = doctest.DocTestParser().get_doctest(body, names, _name(path), str(path), 0)
            assert runner.run(test, clear_globs=False).failed == 0
            names = test.globs
        elif language == "sh" and path.name == "tutorial.md":
            for line in body.splitlines():
                if line.startswith("policynlp "):
                    result = CliRunner().invoke(app, shlex.split(line)[1:])
                    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("path", [page for page in PROSE if ">>>" in page.read_text(encoding="utf-8")], ids=_name)
def test_code_runs_as_shown(path: Path, folder: Path) -> None:
    _run(path)


@pytest.mark.parametrize("path", PROSE, ids=_name)
def test_other_python_is_python(path: Path) -> None:
    for block in _blocks(path, "python"):
        if ">>>" not in block:
            ast.parse(block)


@pytest.mark.parametrize("path", [*PROSE, ROOT / "README.md"], ids=_name)
def test_commands_and_their_options_exist(path: Path) -> None:
    from typer.main import get_command

    from policynlp.cli import app

    for words in _commands(path):
        command: Any = get_command(app)
        while getattr(command, "commands", None) and words and not words[0].startswith("-"):
            assert words[0] in command.commands, f"policynlp has no command {words[0]}"
            command, words = command.commands[words[0]], words[1:]
        known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        unknown = [word for word in words if word.startswith("--") and word not in known | {"--help", "--version"}]
        assert not unknown, f"no option {unknown[0]} of {command.name}"


@pytest.mark.parametrize("path", PROSE, ids=_name)
def test_links_lead_somewhere(path: Path) -> None:
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    for target, anchor in re.findall(r"\]\((?!https?:|#)([^)#\s]+)(?:#([^)\s]+))?\)", text):
        linked = path.parent / target
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"\W+", "-", heading.lower()).strip("-") for heading in headings}, anchor


def test_every_page_is_in_the_nav_and_every_entry_is_a_page() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]
    entries = re.findall(r": (\S+\.md)$", nav, re.MULTILINE)
    assert len(entries) == len(set(entries))
    assert sorted(entries) == sorted(page.relative_to(DOCS).as_posix() for page in PAGES)


def test_citation_is_valid() -> None:
    yaml = pytest.importorskip("yaml")
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()
    assert cited["cff-version"] == "1.2.0" and cited["type"] == "software"
    assert cited["version"] == policynlp.__version__ and cited["license"] == "MIT"
    assert all("name" in author or "family-names" in author for author in cited["authors"])
    assert f"version = {{{policynlp.__version__}}}" in (DOCS / "howto" / "cite.md").read_text(encoding="utf-8")


def test_ci_builds_the_site_with_warnings_as_errors() -> None:
    assert "mkdocs build --strict" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_site_builds_and_asks_no_other_server(tmp_path: Path) -> None:
    if not all(importlib.util.find_spec(name) for name in ("mkdocs", "material", "mkdocstrings")):
        pytest.skip("the site needs the extra policynlp[docs]")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert built.returncode == 0, built.stdout + built.stderr
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert len(pages) >= len(PAGES)
    for page in pages:
        html = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?([^\s\">]+)", html)
        loaded += re.findall(
            r"<link\b(?=[^>]*rel=\"?(?:stylesheet|preconnect|preload|icon))[^>]*href=\"?([^\s\">]+)", html
        )
        assert loaded
        assert not [address for address in loaded if re.match(r"(?:https?:)?//", address)], page.name
    for sheet in (tmp_path / "site").rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//|@import", sheet.read_text(encoding="utf-8")), sheet.name


# --- docstrings


# Rooms in which every public name of every module is explained whole; of the others, what `__all__` names is.
WHOLE = ("annotate", "classify", "data", "evaluate", "frames", "plugins", "read", "report", "segment", "show",
         "spacy_component", "train")  # fmt: skip
NAMED = ("", ".batch", ".compare", ".facts")


def _named(room: str) -> dict[str, Any]:
    module = importlib.import_module(f"policynlp{room}")
    things = {name: getattr(module, name) for name in module.__all__ if name != "__version__"}
    return {name: _function(thing) for name, thing in things.items() if callable(thing)}


def _whole(room: str) -> dict[str, Any]:
    package = importlib.import_module(f"policynlp.{room}")
    inner = pkgutil.walk_packages(getattr(package, "__path__", ()), f"{package.__name__}.")
    things = {}
    for module in (package, *(importlib.import_module(info.name) for info in inner)):
        own = {name: thing for name, thing in vars(module).items() if name[0] != "_" and callable(thing)}
        things |= {f"{module.__name__}.{name}": thing for name, thing in own.items() if _home(thing) == module.__name__}
    return things


def _members(things: dict[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """Functions and classes, and the public methods and properties of the classes; whether it is a property."""
    for name, thing in things.items():
        yield name, thing, False
        for member, value in vars(thing).items() if inspect.isclass(thing) else ():
            function = _method(value)
            if not member.startswith("_") and function and _home(function) == _home(thing):
                yield f"{name}.{member}", function, not callable(value) and not hasattr(value, "__func__")


def _home(thing: Any) -> str | None:
    return getattr(thing, "__module__", None)


def _function(thing: Any) -> Any:
    # `evaluate` and `compare` are callable packages that may stand in the place of their function.
    return getattr(thing, thing.__name__.rpartition(".")[2]) if inspect.ismodule(thing) else thing


def _method(value: Any) -> Any:
    value = getattr(value, "__func__", value)
    value = getattr(value, "fget", None) or getattr(value, "func", value)
    return value if inspect.isfunction(value) else None


def _lacking(thing: Any, is_property: bool) -> list[str]:
    doc = inspect.getdoc(thing) or ""
    if is_property:  # the example of its class shows it
        return [] if doc else ["docstring"]
    missing = [] if ">>>" in doc else ["Example"]
    if inspect.isclass(thing):
        attributes = getattr(thing, "__dataclass_fields__", None) and not issubclass(thing, Exception)
        return missing + (["Attributes"] if attributes and "Attributes:" not in doc else [])
    arguments = [key for key in inspect.signature(thing).parameters if key not in ("self", "cls")]
    section = doc.partition("Args:")[2].partition("\n\n")[0]
    missing += [f"Args: {key}" for key in arguments if not re.search(rf"^\s+\**{key}:", section, re.MULTILINE)]
    result = inspect.signature(thing).return_annotation
    if result not in (None, "None", "NoReturn") and not re.search(r"^(Returns|Yields):", doc, re.M):
        missing.append("Returns")
    if _RAISES.search(inspect.getsource(thing)) and "Raises:" not in doc:
        missing.append("Raises")
    return missing


@pytest.mark.parametrize(
    ("things", "room"),
    [*((_whole, room) for room in WHOLE), *((_named, room) for room in NAMED)],
    ids=lambda given: given if isinstance(given, str) else given.__name__,
)
def test_public_docstrings_are_whole(things: Callable[[str], dict[str, Any]], room: str) -> None:
    found = list(_members(things(room)))
    lacking = [f"{name} lacks {', '.join(gaps)}" for name, thing, own in found if (gaps := _lacking(thing, own))]
    assert found and not lacking, "\n".join(lacking)


def test_every_public_name_is_in_the_reference() -> None:
    reference = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^::: \S+\.(\w+)$", reference, re.MULTILINE))
    assert set(policynlp.__all__) - {"__version__"} <= shown


def test_columns_are_those_of_the_tables() -> None:
    from policynlp.compare.panel import COLUMNS
    from policynlp.frames import arrow_schema

    page = (DOCS / "reference" / "tables.md").read_text(encoding="utf-8")
    shown = {
        name: re.findall(r"`(\w+)`", line) for name, line in re.findall(r"^## `(\w+)`\n\n(.+)$", page, re.MULTILINE)
    }
    assert shown["panel"] == list(COLUMNS)
    for table in ("reports", "sentences", "facts", "commitments", "errors"):
        assert shown[table] == arrow_schema(table).names
