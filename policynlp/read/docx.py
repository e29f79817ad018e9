"""Word documents to text: paragraphs and table rows in the order of the document."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from policynlp.read.errors import FormatError

# A report of 100,000 characters unpacks to a few MB; a bomb to gigabytes.
MAX_UNPACKED = 200_000_000
_MAX_RATIO = 200
_MAX_MEMBERS = 5_000
_BLOCK = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The parts that hold text or that python-docx parses; pictures are none of them.
_PARSED = (".xml", ".rels")


def docx_to_text(data: bytes) -> str:
    """Turn a Word document into text.

    Args:
        data: The file.

    Returns:
        One line a paragraph; a table row is one line, its cells apart by an em space.

    Raises:
        FormatError: ``missing_extra``, ``encrypted_docx``, ``old_doc``, ``broken_docx``, ``bomb`` or ``empty``.

    Example:
        >>> from io import BytesIO
        >>> import docx
        >>> document, file = docx.Document(), BytesIO()
        >>> _ = document.add_paragraph("各位代表：")
        >>> document.save(file)
        >>> docx_to_text(file.getvalue())
        '各位代表：\\n'
    """
    document = _open(data)
    text = "".join(line + "\n" for line in _lines(document))
    if not text.strip():
        raise FormatError("empty", "the document holds no text, only pictures perhaps; use OCR first")
    return text


def _open(data: bytes) -> Any:
    if data.startswith(_OLE):
        if b"E\x00n\x00c\x00r\x00y\x00p\x00t" in data[:65536]:
            raise FormatError("encrypted_docx", "the document is protected by a password; save it without one")
        raise FormatError("old_doc", "this is an old .doc under the ending .docx; save it as .docx")
    _check_archive(data)
    try:
        import docx
    except ImportError as error:
        raise FormatError("missing_extra", "reading .docx needs python-docx: pip install 'policynlp[docx]'") from error
    try:
        return docx.Document(io.BytesIO(data))
    except Exception as error:  # python-docx lets zipfile's, lxml's and its own errors through
        raise _broken(error) from error


def _broken(error: object) -> FormatError:
    return FormatError("broken_docx", f"the document is damaged ({error}); open it in Word and save it again")


def _check_archive(data: bytes) -> None:
    """Refuse bombs by the sizes that the archive declares and by those that unpacking gives, and any DTD."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            declared = sum(member.file_size for member in members)
            if len(members) > _MAX_MEMBERS or declared > MAX_UNPACKED or declared > _MAX_RATIO * len(data) + _BLOCK:
                raise _bomb()
            if "word/document.xml" not in archive.namelist():
                raise _broken("it has no word/document.xml")
            _unpack(archive, members)
    except FormatError:
        raise
    except Exception as error:  # zipfile lets its own errors, the decompressors' and the system's through
        raise _broken(error) from error


def _unpack(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    unpacked = 0
    for member in members:
        if not member.filename.lower().endswith(_PARSED):
            continue
        with archive.open(member) as part:
            head = b""
            while block := part.read(_BLOCK):
                unpacked += len(block)
                head = head or block[:4096]
                if unpacked > MAX_UNPACKED:
                    raise _bomb()
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise FormatError(
                "bomb", "the document declares XML entities, which no Word document does; do not trust it"
            )


def _bomb() -> FormatError:
    return FormatError("bomb", "the document unpacks to far more than its size, as bombs do; do not trust it")


def _lines(document: Any) -> Iterator[str]:
    """Text of paragraphs and rows in order; a merged cell comes once."""
    from docx.table import Table

    for block in document.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                cells = dict.fromkeys((cell._tc, cell.text.replace("\n", " ").strip()) for cell in row.cells)
                yield "\u2003".join(text for _, text in cells)
        else:
            yield block.text
