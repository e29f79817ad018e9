"""Where the report proper stands in its text: what is before is front matter, what is behind is appendix.

Nothing is cut. The body begins with the salutation (各位代表：) or, where that is missing, with the first line that is
no title, delivery, press or page-tool line; it ends with the closing call. The words are rows of ``clutter.tsv``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from policynlp.data import load_table

# A salutation later than this is not the one that opens the report.
_MAX_FRONT = 5000
# Lines longer than this are prose; only the patterns for calls look at them.
_LONG = 240
_SPACE = re.compile(r"[\s\u3000\u200b\ufeff]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text that is not blank.

    Attributes:
        start: Offset of its first character that is no white space.
        end: Offset after its last such character.
        bare: Its text without any white space.
    """

    start: int
    end: int
    bare: str


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    rows = load_table("clutter.tsv", ("kind", "pattern", "example"), ("kind", "pattern", "example"))
    return re.compile("|".join(f"(?:{row['pattern']})" for row in rows if row["kind"] == kind))


def is_kind(kind: str, bare: str) -> bool:
    """Whether a whole line without white space is of a kind of ``clutter.tsv``.

    Example:
        >>> is_kind("tool", "打印本页"), is_kind("salutation", "各位代表：")
        (True, True)
    """
    return len(bare) <= _LONG and _pattern(kind).fullmatch(bare) is not None


def lines_of(text: str, start: int = 0, end: int | None = None) -> Iterator[Line]:
    """Yield the lines that are not blank, with offsets into the text."""
    end = len(text) if end is None else end
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        raw = text[start:stop]
        left = raw.lstrip()
        if left:
            begin = start + len(raw) - len(left)
            core = left.rstrip()
            yield Line(begin, begin + len(core), _SPACE.sub("", core[: 4 * _LONG]))
        start = stop + 1


def find_body(text: str) -> tuple[int, int]:
    """Find the report proper.

    Args:
        text: The whole text.

    Returns:
        Start and end of the body.

    Example:
        >>> text = "打印\\n政府工作报告\\n各位代表：\\n报告工作。\\n让我们为云岭的明天努力奋斗！\\n名词解释\\n1.四好：略"
        >>> start, end = find_body(text)
        >>> text[start:end].splitlines()
        ['各位代表：', '报告工作。', '让我们为云岭的明天努力奋斗！']
    """
    start = _body_start(text)
    return start, max(start, _body_end(text, start))


def _body_start(text: str) -> int:
    front = list(lines_of(text, 0, min(len(text), _MAX_FRONT)))
    for line in front:
        if is_kind("salutation", line.bare) or (line.bare.startswith("各位代表") and is_kind("opening", line.bare[5:])):
            return line.start
    for line in front:
        if not (is_kind("front", line.bare) or is_kind("tool", line.bare)):
            return line.start
    return 0


def _body_end(text: str, start: int) -> int:
    lines = list(lines_of(text, start))
    if not lines:
        return len(text)
    last_call = next((i for i in reversed(range(len(lines))) if _is_call(text, lines[i])), None)
    if last_call is None or lines[last_call].end - start < 0.4 * (len(text) - start):
        return _end_without_call(lines)
    end = lines[last_call].end
    for line in lines[last_call + 1 : last_call + 3]:
        if not is_kind("after_call", line.bare):
            break
        end = line.end
    return end


def _is_call(text: str, line: Line) -> bool:
    """A closing line: it ends as an exclamation, begins or leads as a call and names what it calls for."""
    tail = text[max(line.start, line.end - 60) : line.end].rstrip("”\"' ")
    if not tail.endswith(("！", "!")):
        return False
    whole = text[max(line.start, line.end - 600) : line.end]
    return _pattern("call").search(tail) is not None and _pattern("call_start").search(whole) is not None


def _end_without_call(lines: list[Line]) -> int:
    """The end of the last line before an appendix in the last part of the text, page tools left out."""
    total = lines[-1].end - lines[0].start
    for before, line in zip(lines, lines[1:], strict=False):
        if line.start - lines[0].start > 0.6 * total and is_kind("appendix", line.bare):
            return before.end
    kept = len(lines)
    while kept > 1 and is_kind("tool", lines[kept - 1].bare):
        kept -= 1
    return lines[kept - 1].end
