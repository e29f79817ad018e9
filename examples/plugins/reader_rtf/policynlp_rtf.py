"""A reader for .rtf, the files that old versions of Word and WPS saved: bytes in, text out, nothing else to do.

What it is given and must do is told in ``policynlp.read.formats``. Where the file is to blame, it raises `FormatError`
with one stable word and one line that says what to do; the path is added by the caller.
"""

from __future__ import annotations

import codecs
import re

from policynlp.read import FormatError

# A control word with its number and the blank that ends it, a byte in hex, a control sign, a brace, or plain text.
_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
# Groups that hold no text of the document.
_ASIDE = {b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"header", b"footer", b"footnote"}
_SIGNS = {b"par": "\n", b"line": "\n", b"row": "\n", b"page": "\n", b"tab": "\t", b"cell": "\t"}
_SIGNS |= {b"ldblquote": "“", b"rdblquote": "”", b"lquote": "‘", b"rquote": "’", b"emdash": "—", b"endash": "–"}
# RTF numbers code pages as Windows does.
_CODE_PAGES = {936: "gb18030", 950: "cp950", 65001: "utf-8"}


def rtf_to_text(data: bytes) -> str:
    """The text of an RTF document.

    Args:
        data: The file.

    Returns:
        Its text, a line a paragraph.

    Raises:
        FormatError: Where the file is no RTF, or its code page is not known.
    """
    if not data.lstrip().startswith(b"{\\rtf"):
        raise FormatError("wrong_ending", "the content is no RTF; give the file the ending of what it is")
    return _Document(data).text()


class _Document:
    """One pass over the tokens of a document."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.encoding = "cp1252"
        self.parts: list[str] = []
        self.bytes = bytearray()
        self.high = 0  # the first half of a character that RTF writes in two
        # Of each open group: whether it is passed over, and how many characters stand in for one of Unicode.
        self.groups: list[tuple[bool, int]] = []
        self.aside, self.fallback = False, 1
        self.pass_over = 0

    def text(self) -> str:
        """Read all tokens."""
        for token in _TOKEN.finditer(self.data):
            word, number, byte, sign, brace, plain = token.groups()
            if brace:
                self._brace(brace)
            elif word:
                self._word(word, int(number) if number else None)
            elif byte:
                self._add_bytes(bytes([int(byte, 16)]))
            elif sign == b"*":
                self.aside = True
            elif sign == b"~":
                self._add("\u00a0")
            elif sign and sign in b"\\{}":
                self._add_bytes(sign)
            elif sign in (b"\n", b"\r"):
                self._add("\n")
            elif plain:
                self._add_bytes(plain)
        self._decode()
        return "".join(self.parts)

    def _brace(self, brace: bytes) -> None:
        self.pass_over = 0
        if brace == b"{":
            self.groups.append((self.aside, self.fallback))
        elif self.groups:
            self.aside, self.fallback = self.groups.pop()

    def _word(self, word: bytes, number: int | None) -> None:
        if word == b"ansicpg" and number is not None:
            self.encoding = _encoding(number)
        elif word == b"uc":
            self.fallback = max(0, number or 0)
        elif word == b"u" and number is not None:
            self._add_unit(number % 0x10000)
            self.pass_over = self.fallback
        elif word in _ASIDE:
            self.aside = True
        elif word in _SIGNS:
            self._add(_SIGNS[word])

    def _add_bytes(self, data: bytes) -> None:
        passed = min(self.pass_over, len(data))
        self.pass_over -= passed
        if not self.aside:
            self.bytes += data[passed:]

    def _add_unit(self, unit: int) -> None:
        if 0xD800 <= unit < 0xDC00:
            self.high = unit
            return
        if 0xDC00 <= unit < 0xE000:
            unit = 0x10000 + ((self.high - 0xD800) << 10) + unit - 0xDC00 if self.high else 0xFFFD
        self.high = 0
        self._add(chr(unit))

    def _add(self, text: str) -> None:
        self._decode()
        if not self.aside:
            self.parts.append(text)

    def _decode(self) -> None:
        # Characters of two bytes are spread over tokens, so bytes are decoded only where something else follows.
        if self.bytes:
            self.parts.append(self.bytes.decode(self.encoding, "replace"))
            self.bytes.clear()


def _encoding(number: int) -> str:
    name = _CODE_PAGES.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise FormatError("encoding", f"code page {number} is not known; save the file as .docx or .txt") from None
