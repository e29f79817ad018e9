"""HTML pages to text: a line for every block, cells in order, nothing of scripts, styles and navigation.

The parser fetches nothing, resolves no external entity and is told the size it may grow to.
"""

from __future__ import annotations

import re

from lxml import etree, html

from policynlp.read.encoding import decode
from policynlp.read.errors import FormatError

_DROPPED = frozenset(
    ("script", "style", "nav", "noscript", "template", "iframe", "object", "svg", "head", "select", "button", "video")
)
_BLOCKS = frozenset(
    (
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    )
)
_CELLS = frozenset(("td", "th"))
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s{0,4}=\s{0,4}[\"']?([\w-]{2,20})", re.IGNORECASE)
# A document type with its own declarations, which the parser would take for text.
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]{0,300}(?:\[[^\]]{0,5000}\]\s{0,9})?>", re.IGNORECASE)
# White space that HTML folds into one blank; ideographic and no-break spaces stay.
_FOLD = re.compile(r"[ \t\r\n\f]+")


def html_to_text(data: bytes) -> str:
    """Turn a page into text.

    Args:
        data: The file.

    Returns:
        One line a block element.

    Raises:
        FormatError: ``empty``, ``encoding``, ``binary``, or ``broken_html`` where no parser makes sense of it.

    Example:
        >>> html_to_text("<p>各位代表：</p><script>x()</script><p>报告&ldquo;工作&rdquo;。".encode())
        '各位代表：\\n报告“工作”。\\n'
    """
    source = _decode(data)
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = html.document_fromstring(_without_declaration(source), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise FormatError("broken_html", f"the page cannot be parsed ({error}); save it again or as text") from error
    text = _text_of(root)
    if not text.strip():
        raise FormatError("empty", "the page holds no text; it may load its content by script: save it from a browser")
    return text


def _decode(data: bytes) -> str:
    """Decode as any text, unless that fails and the page names an encoding that works."""
    try:
        return decode(data)
    except FormatError:
        named = _CHARSET.search(data[:4096])
        if named is None:
            raise
        name = named[1].decode("ascii").lower()
        try:
            # gb2312 pages use characters that only its superset has.
            return data.decode("gb18030" if name in ("gb2312", "gbk") else name)
        except (UnicodeDecodeError, LookupError):
            raise FormatError("encoding", f"the page says {name} but is not; save it as UTF-8") from None


def _without_declaration(source: str) -> str:
    # lxml refuses a str with an encoding declaration; NUL would end the page.
    return _DOCTYPE.sub("", re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", source), count=1).replace("\x00", "")


class _Lines:
    """Collects pieces of text into lines, folding white space as a browser does."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._parts: list[str] = []

    def add(self, text: str | None) -> None:
        if text:
            self._parts.append(text)

    def add_cell(self) -> None:
        if any(part.strip() for part in self._parts):
            self._parts.append("\u2003")

    def close(self) -> None:
        line = _FOLD.sub(" ", "".join(self._parts)).strip(" \u2003")
        self._parts.clear()
        if line:
            self._lines.append(line)

    def text(self) -> str:
        self.close()
        return "".join(line + "\n" for line in self._lines)


def _text_of(root: html.HtmlElement) -> str:
    """Walk the tree without recursion, since pages may nest deeper than Python's stack."""
    lines = _Lines()
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _BLOCKS or tag == "br":
            lines.close()
        if event == "start" and tag in _DROPPED:
            walk.skip_subtree()
        elif event == "start":
            if tag in _CELLS:
                lines.add_cell()
            lines.add(element.text)
        else:
            lines.add(element.tail)
    return lines.text()
