"""Files that the tests of reading, of bad files and of hostile input make, so that none has to be shipped."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

# The namespace of the text in a Word document.
WORD_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def write(folder: Path, name: str, data: bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(data)
    return path


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """A zip archive with parts by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def word(*paragraphs: str, table: tuple[str, ...] = ()) -> bytes:
    """A whole Word document, with a table of one row behind its paragraphs where one is given."""
    docx = pytest.importorskip("docx")
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if table:
        row = document.add_table(rows=1, cols=len(table)).rows[0]
        for cell, text in zip(row.cells, table, strict=True):
            cell.text = text
        document.add_paragraph("表后一段。")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def word_with(changes: Mapping[str, bytes]) -> bytes:
    """A Word document in which some parts are replaced or added."""
    with zipfile.ZipFile(io.BytesIO(word("各位代表："))) as archive:
        parts = {member.filename: archive.read(member) for member in archive.infolist()}
    return zipped({**parts, **changes})


def blank_pdf(pages: int = 1) -> bytes:
    """A PDF of blank pages, as a scan is to a reader of text."""
    pypdfium2 = pytest.importorskip("pypdfium2")
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(200, 200)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
