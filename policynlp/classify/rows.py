"""What a classifier sees of a sentence: its words, and as much of where it stands as is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from policynlp.report import Report


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence with its context. What is not known stays None (or empty): an isolated sentence is ``Row(text)``.

    Attributes:
        text: The sentence.
        headings: Titles of the headings that it stands under, outermost first.
        section_kind: One of `policynlp.report.SECTION_KINDS`; empty where unknown.
        position: Where it stands in the report, from 0 (first sentence) to 1 (last).
        section_position: The same within its section.
        previous: The sentence before it; empty at the start of the report.
        next: The sentence after it; empty at the end.
        lead: The sentence that opens its paragraph; empty where this one does.

    Example:
        >>> Row("新建学校五所。", section_kind="plan").previous is None
        True
    """

    text: str
    headings: tuple[str, ...] = ()
    section_kind: str = ""
    position: float | None = None
    section_position: float | None = None
    previous: str | None = None
    next: str | None = None
    lead: str | None = None


_FIELDS = tuple(field.name for field in fields(Row))


def rows(report: Report) -> list[Row]:
    """One row for each sentence of a segmented report, in order.

    Args:
        report: A report with sentences; sections and headings are used where it has them.

    Returns:
        As many rows as ``report.sentences``.

    Example:
        >>> from policynlp.report import Sentence
        >>> report = Report("各位代表：现在报告工作。", sentences=(Sentence(0, 12, "各位代表：现在报告工作。", id=0),))
        >>> rows(report)[0].position
        0.0
    """
    sentences = report.sentences
    titles = {heading.id: heading.title or heading.text for heading in report.headings}
    first_of_section: dict[int, int] = {}
    size_of_section: dict[int, int] = {}
    first_of_paragraph: dict[int, int] = {}
    for index, sentence in enumerate(sentences):
        first_of_section.setdefault(sentence.section, index)
        size_of_section[sentence.section] = index - first_of_section[sentence.section]
        first_of_paragraph.setdefault(sentence.paragraph, index)
    out = []
    for index, sentence in enumerate(sentences):
        opener = first_of_paragraph[sentence.paragraph] if report.paragraphs else index
        section = report.section_of(sentence)
        out.append(
            Row(
                sentence.text,
                headings=tuple(titles[i] for i in sentence.headings if i in titles),
                section_kind=section.kind if section else "",
                position=index / max(1, len(sentences) - 1),
                section_position=(index - first_of_section[sentence.section])
                / max(1, size_of_section[sentence.section])
                if section
                else None,
                previous=sentences[index - 1].text if index else "",
                next=sentences[index + 1].text if index + 1 < len(sentences) else "",
                lead="" if opener == index else sentences[opener].text,
            )
        )
    return out


def as_rows(X: Any) -> list[Row]:
    """Turn what users have into rows.

    Args:
        X: A sequence of sentences (``str``), of `Row`, or of mappings with the fields of `Row`; or a pandas
            frame with such columns.

    Returns:
        One row each.

    Raises:
        TypeError: For one bare string, or an element that is none of these; the message names its position.
        ValueError: For an unknown field.

    Example:
        >>> as_rows(["好。", {"text": "好。", "headings": ["回顾"]}])[1].headings
        ('回顾',)
    """
    if isinstance(X, (str, bytes, Mapping, Row)):
        raise TypeError(f"X must be a sequence of sentences or rows, not one {type(X).__name__}; wrap it in a list")
    if hasattr(X, "columns") and hasattr(X, "to_dict"):
        X = X.to_dict("records")
    if not isinstance(X, Iterable):
        raise TypeError(f"X must be a sequence of sentences or rows, not {type(X).__name__}")
    return [_as_row(item, index) for index, item in enumerate(X)]


def _as_row(item: Any, index: int) -> Row:
    if isinstance(item, Row):
        return item
    if isinstance(item, str):
        return Row(str(item))
    if not isinstance(item, Mapping):
        raise TypeError(f"X[{index}] is {type(item).__name__}; a sentence (str), a Row or a mapping is needed")
    if unknown := [key for key in item if key not in _FIELDS]:
        raise ValueError(f"X[{index}] has the unknown field {unknown[0]!r}; known are {', '.join(_FIELDS)}")
    if not isinstance(item.get("text"), str):
        raise ValueError(f"X[{index}] has no text; it is the one field that a row needs")
    values = {key: value for key, value in item.items() if value is not None}
    return Row(**{**values, "headings": tuple(values.get("headings", ()))})


def isolated(row: Row) -> Row:
    """The sentence alone, without anything around it.

    Args:
        row: A sentence with its context.

    Returns:
        A new row.

    Example:
        >>> isolated(Row("好。", previous="一是学校。")).previous is None
        True
    """
    return Row(row.text)


def without_section(row: Row) -> Row:
    """The sentence with its neighbours, but without headings, section and position.

    Args:
        row: A sentence with its context.

    Returns:
        A new row.

    Example:
        >>> row = without_section(Row("好。", headings=("回顾",), previous="一是学校。"))
        >>> row.headings, row.previous
        ((), '一是学校。')
    """
    return replace(row, headings=(), section_kind="", position=None, section_position=None)
