"""Bytes to text, without guessing wrongly: what cannot be decoded with certainty is an error.

UTF-8 proves itself, and a byte order mark names its encoding. Everything else must also look like Chinese prose: the
share of the most frequent Chinese characters and marks separates a right decoding from a wrong one by a wide margin.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from policynlp.read.errors import FormatError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The commonest characters and marks of reports: about a third of any report, and next to none of a wrong decoding.
_FREQUENT = frozenset("的，、。一和在了是工作建设发展经济人民政府年全社会大加强市中国化新推进项目实现产业生提高以业为")
_MIN_FREQUENT = 0.12
_SAMPLE = 200_000
# Bytes that no text holds; tabs, line ends, form feeds and the end-of-file mark of DOS are none of them.
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")
_MAX_CONTROL = 0.001


def decode(data: bytes) -> str:
    """Decode the bytes of a text file.

    Args:
        data: The whole file.

    Returns:
        The text as it stands, line ends included; a byte order mark is dropped.

    Raises:
        FormatError: ``empty``, ``nul_bytes``, ``binary`` or ``encoding``.

    Example:
        >>> decode("各位代表".encode("utf-8-sig"))
        '各位代表'
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise FormatError("empty", "the file has no content; fetch it again")
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _decode_marked(data[len(mark) :], name)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _decode_unmarked(data, error)
    if "\x00" in text:
        return _decode_unmarked(data, None)
    return text


def _decode_marked(data: bytes, name: str) -> str:
    try:
        text = data.decode(name)
    except UnicodeDecodeError as error:
        raise FormatError("encoding", _broken(f"marked as {name.upper()}", error)) from error
    if not text.strip("\x00\ufeff \t\r\n"):
        raise FormatError("empty", "the file has no content behind its byte order mark; fetch it again")
    if "\x00" in text:
        raise FormatError("nul_bytes", _NUL)
    return text


_NUL = "the text holds NUL characters, as damaged or binary files do; fetch it again or remove them"


def _decode_unmarked(data: bytes, utf8_error: UnicodeDecodeError | None) -> str:
    for name in ("utf-16-le", "utf-16-be"):
        # Chinese in UTF-16 without a mark: half of the line ends' bytes are NUL, which no 8-bit text has.
        if b"\x00" in data and (text := _try(data, name)) is not None:
            return text
    if b"\x00" in data:
        raise FormatError("nul_bytes", _NUL) if _mostly_text(data) else _binary()
    if len(_CONTROL.findall(data[:_SAMPLE])) > _MAX_CONTROL * len(data[:_SAMPLE]):
        raise _binary()
    for candidate in ("gb18030", _guess(data)):
        if candidate and (text := _try(data, candidate)) is not None:
            return text
    if utf8_error is not None and _looks_utf8(data):
        raise FormatError("encoding", _broken("UTF-8 for the most part", utf8_error))
    raise FormatError("encoding", "neither UTF-8, UTF-16 nor GB18030 gives Chinese prose; save the file as UTF-8")


def _binary() -> FormatError:
    return FormatError("binary", "the file is binary and no text; give a .txt, .md, .html, .docx or .pdf file")


def _mostly_text(data: bytes) -> bool:
    return data[:_SAMPLE].count(b"\x00") * 20 < len(data[:_SAMPLE]) and _looks_utf8(data.replace(b"\x00", b""))


def _looks_utf8(data: bytes) -> bool:
    return is_chinese_prose(data[:_SAMPLE].decode("utf-8", "ignore"))


def _broken(what: str, error: UnicodeDecodeError) -> str:
    return (
        f"the file is {what}, but byte {error.start} is not: it mixes encodings or is damaged;"
        " save it in one encoding, UTF-8 for choice"
    )


def _guess(data: bytes) -> str | None:
    best = from_bytes(data[:_SAMPLE]).best()
    return best.encoding if best is not None else None


def _try(data: bytes, name: str) -> str | None:
    """The decoded text, if nothing fails and it is Chinese prose."""
    try:
        text = data.decode(name)
    except (UnicodeDecodeError, LookupError):
        return None
    return text if "\x00" not in text and is_chinese_prose(text) else None


def is_chinese_prose(text: str) -> bool:
    """True where the most frequent Chinese characters and marks make up the share that they have in any prose.

    Args:
        text: What a decoder made of a file.

    Returns:
        False too for a text without Chinese, and where more than 1 % are private or replacement characters.

    Example:
        >>> is_chinese_prose("我们要在发展中保障和改善民生，这是政府工作的重点。")
        True
        >>> is_chinese_prose("鎴戜滑瑕佸湪鍙戝睍涓")
        False
    """
    sample = [char for char in text[:_SAMPLE] if char > "\x7f"]
    if not sample:
        return False
    frequent = sum(char in _FREQUENT for char in sample)
    private = sum("\ue000" <= char <= "\uf8ff" or char == "\ufffd" for char in sample)
    return frequent >= _MIN_FREQUENT * len(sample) and private <= 0.01 * len(sample)
