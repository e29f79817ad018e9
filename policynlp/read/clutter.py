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
# A call before this share of the text ends a part, not the report.
_MIN_BODY = 0.4
# More than this behind a call, and no heading of an appendix there: the report goes on.
_MIN_REST = 1000
# An item of a glossary or list.
_ITEM = re.compile(r"[\[［〔(（【①-⑳\-*]{0,2}\^?\d{0,3}[\]］〕)）】.、．:：]|[“\"]|-{3}")
_SMALL = "[一二三四五六七八九十]{1,3}"
# A heading of the report itself.
_CHAPTER = re.compile(rf"{_SMALL}、|（{_SMALL}）|第{_SMALL}部分")
# The longest text that stands run together behind a call.
_MAX_RUN_ON = 90
# A salutation in the middle of a line, behind the speaker's name.
_RUN_IN = re.compile(r"各位代表[：:，,！!]?\s{0,4}(?:现在|我代表)")
_SPACE = re.compile(r"[\s\u3000\u200b\ufeff]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text that is not blank.

    Attributes:
        start: Offset of its first character that is no white space.
        end: Offset after its last such character.
        bare: Its text without any white space.

    Example:
        >>> Line(2, 5, "各位好").bare
        '各位好'
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

    Args:
        kind: A kind of the table.
        bare: The line without any white space.

    Returns:
        True where a pattern of that kind takes all of the line; a long line is never clutter.

    Example:
        >>> is_kind("tool", "打印本页"), is_kind("salutation", "各位代表：")
        (True, True)
    """
    return len(bare) <= _LONG and _pattern(kind).fullmatch(bare) is not None


def lines_of(text: str, start: int = 0, end: int | None = None) -> Iterator[Line]:
    """Yield the lines that are not blank, with offsets into the text.

    Args:
        text: The whole text.
        start: Offset to begin at.
        end: Offset to stop at; None goes to the end of the text.

    Yields:
        One `Line` for each that is not blank, in order.

    Example:
        >>> list(lines_of("  各 位\\n\\n好。"))
        [Line(start=2, end=5, bare='各位'), Line(start=7, end=9, bare='好。')]
    """
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
        >>> text = "打印\\n政府工作报告\\n各位代表：\\n报告工作。\\n让我们为云岭的明天努力奋斗！\\n名词解释\\n1.略"
        >>> start, end = find_body(text)
        >>> text[start:end].splitlines()
        ['各位代表：', '报告工作。', '让我们为云岭的明天努力奋斗！']
    """
    start = _body_start(text)
    return start, max(start, _body_end(text, start))


def _body_start(text: str) -> int:
    front = list(lines_of(text, 0, min(len(text), _MAX_FRONT)))
    for line in front:
        if is_kind("salutation", line.bare):
            return line.start
        if run_in := _RUN_IN.search(text, line.start, min(line.end, line.start + _MAX_RUN_ON)):
            return run_in.start()
    for line in front:
        if not (is_kind("front", line.bare) or is_kind("tool", line.bare)):
            return line.start
    return 0


def _body_end(text: str, start: int) -> int:
    lines = list(lines_of(text, start))
    if not lines:
        return len(text)
    for i in reversed(range(len(lines))):
        if lines[i].end - start < _MIN_BODY * (len(text) - start):
            break
        if (end := _call_end(text, lines[i])) is not None and not _goes_on(text, lines, i, end):
            return end if end < lines[i].end else _with_thanks(lines, i)
    return _end_without_call(lines)


def _goes_on(text: str, lines: list[Line], call: int, end: int) -> bool:
    """Whether prose of some length stands behind a call, so that it ends a part and not the report."""
    last = lines[-1].end
    if end < lines[call].end or last - end < max(_MIN_REST, 0.1 * (last - lines[0].start)):
        return False
    for line in lines[call + 1 : call + 4]:
        head = line.bare.split("：")[0].split(":")[0]
        if _ITEM.match(line.bare) or is_kind("appendix", line.bare) or is_kind("appendix", head):
            return False
        if is_kind("tool", line.bare):
            return False
    loud = _is_loud(text[max(lines[call].start, end - 60) : end])
    return not loud or any(_CHAPTER.match(line.bare) for line in lines[call + 1 :])


def _call_end(text: str, line: Line) -> int | None:
    """Where the closing call ends, if this line is one.

    It ends as an exclamation or a statement, names what it calls for and begins as calls do. What is run together with
    it (附件1, a delivery line) is left out.
    """
    end = line.end
    rest = re.search(r"[^。！!]*$", text[max(line.start, end - _MAX_RUN_ON) : end])
    left_out = rest[0].strip("”\"'）) \t\u3000") if rest else ""
    if left_out:
        bare = _SPACE.sub("", left_out)
        if not any(is_kind(kind, bare) for kind in ("appendix", "front", "tool")):
            return None
        end -= len(rest[0]) if rest else 0
    tail = text[max(line.start, end - 60) : end]
    whole = text[max(line.start, end - 600) : end]
    if not _pattern("call").search(tail):
        return end if _is_loud(tail) and _pattern("call_start").search(whole) else None
    if _pattern("call_start").search(whole) or (_is_loud(tail) and _pattern("call_lead").search(whole)):
        return end
    return None


def _is_loud(tail: str) -> bool:
    return tail.rstrip("”\"'）) \t\u3000").endswith(("！", "!"))


def _with_thanks(lines: list[Line], call: int) -> int:
    """The end of the call with the thanks and cheers right behind it."""
    end = lines[call].end
    for line in lines[call + 1 : call + 6]:
        if not is_kind("after_call", line.bare):
            break
        end = line.end
    return end


def _end_without_call(lines: list[Line]) -> int:
    """The end of the last line before an appendix in the last part of the text, page tools left out."""
    total = lines[-1].end - lines[0].start
    kept = len(lines)
    for i, line in enumerate(lines):
        if line.start - lines[0].start > 0.6 * total and is_kind("appendix", line.bare):
            kept = i
            break
    while kept > 1 and is_kind("tool", lines[kept - 1].bare):
        kept -= 1
    return lines[max(kept, 1) - 1].end
