"""The registry of file formats: an ending, and the function that turns such a file's bytes into text.

A package adds a format with one function ``bytes -> str`` and one entry point in the group ``policynlp.readers`` whose
name is the ending without its dot (`policynlp.plugins`); nothing is imported before a file of that kind is read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from policynlp.plugins import READERS, Plugin, PluginError, plugins
from policynlp.read.errors import FormatError

Reader = Callable[[bytes], str]

# Ending -> "module:function" of the reader.
_BUILT_IN = {
    ".txt": "policynlp.read.encoding:decode",
    ".md": "policynlp.read.encoding:decode",
    ".html": "policynlp.read.html:html_to_text",
    ".htm": "policynlp.read.html:html_to_text",
    ".docx": "policynlp.read.docx:docx_to_text",
    ".pdf": "policynlp.read.pdf:pdf_to_text",
}

# How files of a kind begin, the ending that they should have, and what they are; endings of one kind stand together.
_SIGNATURES = (
    (b"%pdf-", (".pdf",), "a PDF"),
    (b"pk\x03\x04", (".docx",), "a zip file, perhaps a Word document"),
    (b"<!doctype html", (".html", ".htm"), "a web page"),
    (b"<html", (".html", ".htm"), "a web page"),
)
_PDF_HEAD = 1024  # a PDF may carry some bytes before its signature


@cache
def _plugins() -> dict[str, Plugin]:
    return {f".{name.lower().lstrip('.')}": plugin for name, plugin in plugins(READERS).items()}


def known_endings() -> frozenset[str]:
    """Endings, with their dot and in lower case, that some reader takes.

    Returns:
        Those of the library and of installed plug-ins.

    Example:
        >>> {".txt", ".md", ".html", ".docx", ".pdf"} <= known_endings()
        True
    """
    return frozenset(_BUILT_IN) | frozenset(_plugins())


def reader_for(ending: str) -> Reader:
    """Find the reader of a file ending; entry points win over the built-in readers.

    Args:
        ending: With its dot, in any case.

    Returns:
        A function from bytes to text.

    Raises:
        FormatError: ``wrong_ending`` where no reader takes it, ``plugin`` where a plug-in takes it and is broken.

    Example:
        >>> reader_for(".TXT")("各位代表".encode())
        '各位代表'
    """
    ending = ending.lower()
    if ending in _plugins():
        return _guarded(_plugins()[ending])
    if ending in _BUILT_IN:
        module, function = _BUILT_IN[ending].split(":")
        return getattr(import_module(module), function)
    known = ", ".join(sorted(known_endings()))
    raise FormatError("wrong_ending", f"no reader for files that end in {ending or 'nothing'}; known are {known}")


def _guarded(plugin: Plugin) -> Reader:
    """A plug-in's reader whose faults are told from faults of the file and of this library."""
    try:
        read = plugin.load()
    except PluginError as error:
        raise FormatError("plugin", str(error)) from error

    def reader(data: bytes) -> str:
        try:
            text = read(data)
        except (FormatError, MemoryError):
            raise
        except Exception as error:  # whatever a stranger's code raises
            trouble = plugin.error(f"failed on this file ({type(error).__name__}: {error})")
            raise FormatError("plugin", str(trouble)) from error
        if not isinstance(text, str):
            raise FormatError("plugin", str(plugin.error(f"gave {type(text).__name__}, not text")))
        return text

    return reader


def check_signature(ending: str, data: bytes) -> None:
    """Refuse a file whose content is plainly of another kind than its ending says.

    Args:
        ending: With its dot, in any case.
        data: The file's content.

    Raises:
        FormatError: ``wrong_ending``.

    Example:
        >>> check_signature(".txt", "各位代表".encode())
    """
    ending = ending.lower()
    if ending not in _BUILT_IN or ending in _plugins():
        return
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for signature, endings, what in _SIGNATURES:
        if head.startswith(signature) and ending not in endings:
            raise FormatError("wrong_ending", f"the content is {what}; rename the file to end in {endings[0]}")
    if ending == ".pdf" and b"%pdf-" not in data[:_PDF_HEAD].lower():
        raise FormatError("wrong_ending", "the content is no PDF; give the file the ending of what it is, such as .txt")
