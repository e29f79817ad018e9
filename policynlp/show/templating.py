"""HTML out of the templates beside this file: everything escaped, and nothing in it that HTML cannot hold."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from policynlp.show import report_view as view

# Characters that HTML cannot hold: NUL and other controls (but tab and line ends), surrogates, non-characters.
_UNPRINTABLE = dict.fromkeys(
    (*range(0x09), 0x0B, *range(0x0E, 0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd"
)


def render(template: str, **values: Any) -> str:
    """Fill a template.

    Args:
        template: Its name.
        **values: What it shows; every text is escaped.

    Returns:
        HTML.

    Raises:
        jinja2.UndefinedError: Where the template needs a value that is not given.

    Example:
        >>> import pytest
        >>> with pytest.raises(Exception, match="undefined"):
        ...     render("attention_notebook.html")
    """
    return "".join(stream(template, **values))


def stream(template: str, **values: Any) -> Iterator[str]:
    """Fill a template piece by piece, for pages too long to hold in memory.

    Args:
        template: Its name.
        **values: What it shows; every text is escaped.

    Yields:
        HTML, a few lines at a time.

    Raises:
        jinja2.UndefinedError: Where the template needs a value that is not given.

    Example:
        >>> import pytest
        >>> with pytest.raises(Exception, match="undefined"):
        ...     list(stream("attention_notebook.html"))
    """
    pieces = _environment().get_template(template).stream(**values)
    pieces.enable_buffering(64)
    return (piece.translate(_UNPRINTABLE) for piece in pieces)


def digest(script: str) -> str:
    """What a page's policy calls a script, so that no other runs.

    Args:
        script: The script as it stands in the page.

    Returns:
        Its SHA-256 in base64, as Content Security Policy wants it.

    Example:
        >>> digest("")
        '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def asset(name: str) -> Markup:
    """A style or script beside the templates, which stands in the page as it is.

    Args:
        name: Its file name.

    Returns:
        Its text, which templates do not escape.

    Raises:
        FileNotFoundError: For an unknown name.

    Example:
        >>> ".pn-report" in asset("report.css")
        True
    """
    return Markup((files("policynlp.show") / "templates" / name).read_text(encoding="utf-8"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("policynlp.show"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        label_names=view.LABEL_NAMES,
        label_signs=view.LABEL_SIGNS,
        kind_names=view.KIND_NAMES,
        fact_words=view.fact_words,
        value_words=view.value_words,
        indicator_key=view.indicator_key,
    )
    environment.tests["heading"] = lambda block: not isinstance(block, list)
    return environment
