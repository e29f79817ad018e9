"""The README is true: its commands are those that CI runs, its Python prints what it says."""

from __future__ import annotations

import doctest
import re

import pytest
from conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_both_languages_give_the_same_two_commands_and_ci_runs_the_second() -> None:
    commands = re.findall(r"```sh\n(.+)\n```", README)
    assert len(commands) == 4
    assert commands[:2] == commands[2:]
    assert "policynlp label corpus/example" in commands[0]
    assert commands[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_python_prints_what_the_readme_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("POLICYNLP_MODEL")  # the README speaks of the default
    test = doctest.DocTestParser().get_doctest(README, {}, "README.md", "README.md", 0)
    assert len(test.examples) >= 7
    results = doctest.DocTestRunner().run(test)
    assert results.failed == 0


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http|#)([^)#]+)", README):
        assert (ROOT / target).exists(), target
