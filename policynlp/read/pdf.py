"""PDF files to text: the text layer, with the lines of a paragraph joined where that is certain."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from policynlp.read.errors import FormatError

_MAX_PAGES = 2_000
# Less than this on a page in the mean is no text layer but page numbers over pictures.
_MIN_PER_PAGE = 20
# Heads and feet are looked for in so many lines at either end of a page: browsers print two.
_EDGE = 2
# A line is full, and may go on in the next, from this share of the longest lines on.
_FULL = 0.88
# A closing mark ends a line only behind a full stop: 召开首届“云岭” may go on.
_ENDS = (*"。！？；：!?;:…", *(stop + mark for stop in "。！？" for mark in "”）」"))
_OPENS = re.compile(
    r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,3}[.．、](?!\d)|第[一二三四五六七八九十]{1,3}[部章节条]"
    r"|——|--|各位代表|[ \u3000]{2}|\u3000"
)
_PAGE_NUMBER = re.compile(r"\s*[-—–─·]?\s*(?:第\s?)?\d{1,4}(?:\s?页)?\s*[-—–─·]?\s*")


def pdf_to_text(data: bytes) -> str:
    """Take the text layer of a PDF.

    Args:
        data: The file.

    Returns:
        One line a paragraph where the layout tells, else one line a line.

    Raises:
        FormatError: ``missing_extra``, ``encrypted_pdf``, ``scanned_pdf``, ``broken_pdf`` or ``too_large``.

    Example:
        >>> import pytest
        >>> with pytest.raises(FormatError) as caught:
        ...     pdf_to_text(b"no PDF at all")
        >>> caught.value.error
        'broken_pdf'
    """
    try:
        import pypdfium2
    except ImportError as error:
        raise FormatError("missing_extra", "reading .pdf needs pypdfium2: pip install 'policynlp[pdf]'") from error
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            detail = "the PDF is protected by a password; save it without one"
            raise FormatError("encrypted_pdf", detail) from error
        raise FormatError("broken_pdf", f"the PDF is damaged ({error}); fetch it again") from error
    try:
        if len(document) > _MAX_PAGES:
            raise FormatError("too_large", f"the PDF has more than {_MAX_PAGES} pages; split it")
        pages = [_page_text(document[i]) for i in range(len(document))]
    except pypdfium2.PdfiumError as error:
        raise FormatError("broken_pdf", f"a page of the PDF is damaged ({error}); fetch it again") from error
    finally:
        document.close()
    if sum(len(line) for page in pages for line in page) < _MIN_PER_PAGE * len(pages):
        raise FormatError("scanned_pdf", "the PDF holds pictures of pages and no text; run OCR on it first")
    margins = _margins(pages)
    return join_lines([line for page in pages for line in _inner(page, margins)])


def _page_text(page: Any) -> list[str]:
    text = page.get_textpage().get_text_range()
    return [line.rstrip() for line in text.replace("\ufffe", "").splitlines() if line.strip()]


def _shape(line: str) -> str:
    # A date, a page's number or its address changes from page to page only in its digits.
    return re.sub(r"\d+", "0", line.strip())


def _margins(pages: list[list[str]]) -> frozenset[str]:
    """Running heads and feet: lines of one shape among the outermost lines of most of the pages."""
    edges = Counter(shape for page in pages for shape in {_shape(line) for line in [*page[:_EDGE], *page[-_EDGE:]]})
    return frozenset(shape for shape, count in edges.items() if count > 2 and count * 2 > len(pages))


def _inner(page: list[str], margins: frozenset[str]) -> list[str]:
    while page and (_shape(page[0]) in margins or _PAGE_NUMBER.fullmatch(page[0])):
        page = page[1:]
    while page and (_shape(page[-1]) in margins or _PAGE_NUMBER.fullmatch(page[-1])):
        page = page[:-1]
    return page


def join_lines(lines: list[str]) -> str:
    """Join the lines that only the width of the page broke.

    A line goes on in the next if it is as long as full lines are, does not end as a sentence does, and the next line
    does not begin as a heading or paragraph does. Everything else stays a line of its own.

    Args:
        lines: The lines of a page's text layer.

    Returns:
        The text; each line that is left ends in a line feed.

    Example:
        >>> join_lines(["今年要办好二十件实事，新建学校十所，改造道", "路三条。", "二、重点工作"])
        '今年要办好二十件实事，新建学校十所，改造道路三条。\\n二、重点工作\\n'
    """
    lengths = sorted(len(line) for line in lines)
    full = _FULL * lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0
    joined: list[str] = []
    goes_on = False
    for line in lines:
        if goes_on and not _OPENS.match(line):
            joined[-1] += line.lstrip()
        else:
            joined.append(line)
        goes_on = len(line) >= full and not line.endswith(_ENDS)
    return "".join(line + "\n" for line in joined)
