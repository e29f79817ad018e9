"""Writes the reference of the command line from what ``policynlp --help`` is made of."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

MARK = "<!-- command line -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the reference in the place of its mark; mkdocs calls this for each page."""
    return markdown.replace(MARK, reference()) if MARK in markdown else markdown


def reference() -> str:
    """All commands with their arguments and options, as Markdown."""
    from typer.main import get_command

    from policynlp.cli import app

    return "\n".join(_pages(get_command(app), "policynlp"))


def _pages(command: Any, path: str) -> Iterator[str]:
    commands = getattr(command, "commands", {})
    if not commands:
        yield from _page(command, path)
    for name, sub in commands.items():
        yield from _pages(sub, f"{path} {name}")


def _page(command: Any, path: str) -> Iterator[str]:
    yield f"## `{path}`\n\n{command.help}\n"
    yield "| argument or option | what it is | default |\n| --- | --- | --- |"
    for parameter in command.params:
        names = parameter.opts if parameter.param_type_name == "option" else [_shown(parameter)]
        needed = "required" if parameter.required else _default(parameter)
        yield f"| {', '.join(f'`{name}`' for name in names)} | {_cell(_help(parameter))} | {needed} |"
    yield ""


def _shown(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name)


def _help(parameter: Any) -> str:
    text = getattr(parameter, "help", None) or ""
    if not isinstance(parameter.default, Enum):
        return text
    return f"{text} One of {', '.join(f'`{choice.value}`' for choice in type(parameter.default))}."


def _default(parameter: Any) -> str:
    value = parameter.default
    if value is None or value is False or callable(value) or type(value).__name__ == "Sentinel":
        return ""
    return f"`{getattr(value, 'value', value)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
