"""What annotation programs are given and give back: a text, or a stretch of one, with labels, facts and links."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from policynlp.evaluate import GoldError, GoldFact, GoldReport, GoldSentence
from policynlp.evaluate.gold import check_together
from policynlp.report import BOUNDS, LABELS, MEASURES, MODALITIES, PERIODS, ROLES, NumericFact, Report, Sentence

# Field of a fact -> its values; None where a fact's field is free text or a number.
FACT_CHOICES = {"measure": MEASURES, "bound": BOUNDS, "modality": MODALITIES, "period": PERIODS, "role": ROLES}
FACT_TEXTS = ("indicator", "unit")
FACT_NUMBERS = ("value", "value_high", "year")
FACT_FIELDS = ("indicator", "measure", "value", "value_high", "unit", "bound", "modality", "period", "year", "role")
GOLD = "gold"
# Browsers and databases change or refuse these: shown as one other character each, so that all offsets stay.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class AnnotationError(GoldError):
    """A file of an annotation program that cannot be used; the message names file, line and reason.

    Example:
        >>> str(AnnotationError("labels.json, task 2: unknown label 'promise'"))
        "labels.json, task 2: unknown label 'promise'"
    """


@dataclass(frozen=True, slots=True)
class Mark:
    """A sentence as it stands in the report, with its label and, from a model, the label's probability.

    Attributes:
        start: Offset into the report.
        end: Offset after its last character.
        label: One of `policynlp.report.LABELS`.
        score: From 0 to 1; None for a label by people.

    Example:
        >>> Mark(0, 5, "commitment", 0.93).score
        0.93
    """

    start: int
    end: int
    label: str
    score: float | None = None


@dataclass(slots=True)
class Document:
    """A report, or a stretch of one, as an annotation program shows it.

    Attributes:
        report_id: Of the report.
        text: The words shown, as long as the stretch; what cannot be shown is one U+FFFD or space each.
        offset: Where the stretch starts in the report; all other offsets here point into the report.
        sha256: Of the report's text; empty where unknown.
        sentences: Labelled sentences.
        facts: Numeric facts.
        by: `GOLD` for labels by people, else the model's name.
        reader: Who labelled it; empty before.
        where: File and line that it was read from.

    Example:
        >>> Document("city_云岭市_2024", "新建五所。", offset=120, sentences=[Mark(120, 125, "commitment")]).by == GOLD
        True
    """

    report_id: str
    text: str
    offset: int = 0
    sha256: str = ""
    sentences: list[Mark] = field(default_factory=list)
    facts: list[GoldFact] = field(default_factory=list)
    by: str = GOLD
    reader: str = ""
    where: str = ""

    @property
    def links(self) -> Iterator[tuple[int, int]]:
        """Commitments and their numeric targets, as positions in ``sentences`` and ``facts``."""
        at = {mark.start: index for index, mark in enumerate(self.sentences) if mark.label == "commitment"}
        for index, fact in enumerate(self.facts):
            if fact.role == "target" and fact.sentence_start in at:
                yield at[fact.sentence_start], index


def shown(text: str) -> str:
    """The text as it can be shown, of the same length.

    Args:
        text: Any text.

    Returns:
        The text; what HTML or JSON cannot hold is U+FFFD, a carriage return a space.

    Example:
        >>> shown("好\\x00。\\r\\n")
        '好�。 \\n'
    """
    return _UNSHOWABLE.sub(lambda found: " " if found[0] == "\r" else "\ufffd", text)


def documents(reports: Iterable[Report], chosen: Sequence[tuple[str, int]] | None = None) -> Iterator[Document]:
    """Turn labelled reports into documents.

    Args:
        reports: Reports with labels; with facts or without.
        chosen: Report id and start of the sentences to show, each with the sentence before and after it; None shows
            reports whole.

    Yields:
        One document a report, or one a chosen sentence in the order chosen.

    Raises:
        ValueError: For a chosen sentence that no report has.

    Example:
        >>> text = "今年新建五所。"
        >>> report = Report(text, id="a", sentences=(Sentence(0, 7, text, id=0, label="commitment"),))
        >>> [mark.label for mark in next(documents([report])).sentences]
        ['commitment']
    """
    if chosen is None:
        for report in reports:
            yield _document(report, 0, len(report.text), report.sentences)
        return
    by_id = {report.id: report for report in reports}
    for report_id, start in chosen:
        if report_id not in by_id:
            raise ValueError(f"no report {report_id!r} among those given")
        yield _window(by_id[report_id], start)


def _window(report: Report, start: int) -> Document:
    for index, sentence in enumerate(report.sentences):
        if sentence.start == start:
            first = report.sentences[max(0, index - 1)]
            last = report.sentences[min(len(report.sentences) - 1, index + 1)]
            return _document(report, first.start, last.end, [sentence])
    raise ValueError(f"no sentence of {report.id} starts at {start}")


def _document(report: Report, start: int, end: int, sentences: Sequence[Sentence]) -> Document:
    starts = {sentence.start for sentence in sentences}
    return Document(
        report.id,
        shown(report.text[start:end]),
        start,
        report.sha256,
        [Mark(s.start, s.end, s.label, s.scores.get(s.label)) for s in sentences if s.label],
        [_fact(report, fact) for fact in report.facts if fact.sentence_start in starts],
        report.model or GOLD,
    )


def _fact(report: Report, fact: NumericFact) -> GoldFact:
    values: dict[str, Any] = {name: getattr(fact, name) for name in FACT_FIELDS}
    for name in ("value", "value_high"):
        values[name] = None if values[name] is None else plain(float(values[name]))
    return GoldFact(report.id, fact.sentence_start, fact.start, fact.end, **values)


def plain(number: float) -> float:
    """An ``int`` where the number is whole, so that files hold 3, not 3.0.

    Args:
        number: A number.

    Returns:
        The same number.

    Example:
        >>> plain(3.0), plain(3.5)
        (3, 3.5)
    """
    return int(number) if float(number).is_integer() else number


def fact_from(values: dict[str, Any], where: str, **at: Any) -> GoldFact:
    """Build a fact from the fields that a program gave back as text.

    Args:
        values: Fields of `FACT_FIELDS`; numbers as text or number.
        where: File and line, for the message.
        **at: ``report_id, sentence_start, start, end, text``.

    Returns:
        The fact.

    Raises:
        AnnotationError: For a missing field, an unknown value or a number that is none.

    Example:
        >>> fields = {"indicator": "产值", "measure": "growth", "value": "5", "unit": "%", "bound": "ge"}
        >>> fields |= {"modality": "firm", "period": "annual", "role": "target"}
        >>> at = {"report_id": "a", "sentence_start": 0, "start": 4, "end": 8, "text": "5%以上"}
        >>> fact_from(fields, "line 1", **at).value
        5
    """
    made: dict[str, Any] = {name: str(values.get(name) or "") for name in FACT_TEXTS}
    for name in FACT_NUMBERS:
        made[name] = _number(values.get(name), name, where)
    for name, known in FACT_CHOICES.items():
        if not values.get(name):
            raise AnnotationError(f"{where}: the fact at [{at['start']}, {at['end']}) has no {name}")
        if values[name] not in known:
            raise AnnotationError(f"{where}: unknown {name} {values[name]!r}; known are {', '.join(known)}")
        made[name] = values[name]
    if not made["indicator"]:
        raise AnnotationError(f"{where}: the fact at [{at['start']}, {at['end']}) has no indicator")
    if made["value"] is None and made["measure"] != "qualitative":
        raise AnnotationError(f"{where}: the fact at [{at['start']}, {at['end']}) has no value")
    if made["year"] is not None and not isinstance(made["year"], int):
        raise AnnotationError(f"{where}: year {values['year']!r} is no whole number")
    return GoldFact(**at, **made, source=where)


def _number(value: Any, name: str, where: str) -> float | None:
    if value is None or value == "" or value != value:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.inf
    if not math.isfinite(number):
        raise AnnotationError(f"{where}: {name} {value!r} is no number")
    return plain(number)


def check_label(label: Any, where: str, version: str = "") -> str:
    """The label, where the guide knows it.

    Args:
        label: What the program gave.
        where: File and line, for the message.
        version: What else to say: of the program, for instance.

    Returns:
        The label.

    Raises:
        AnnotationError: For any other; ``version`` is said with it.

    Example:
        >>> check_label("problem", "line 1")
        'problem'
    """
    if label not in LABELS:
        raise AnnotationError(f"{where}: unknown label {label!r}; known are {', '.join(LABELS)}{version}")
    return str(label)


def check_span(document: Document, start: Any, end: Any, text: Any = None) -> tuple[int, int]:
    """Offsets into the report of a span that a program gave as offsets into what it showed.

    Args:
        document: What the program showed.
        start: Offset into it.
        end: Offset after the span.
        text: The words that the program says; None where it says none.

    Returns:
        Start and end in the report.

    Raises:
        AnnotationError: Where they are no offsets, or do not slice to the words that the program says.

    Example:
        >>> check_span(Document("a", "新建五所。", offset=120), 0, 2, "新建")
        (120, 122)
    """
    size = len(document.text)
    if any(isinstance(x, bool) or not isinstance(x, int) for x in (start, end)) or not 0 <= start < end <= size:
        raise AnnotationError(
            f"{document.where}: start {start!r} and end {end!r} are no offsets into {size} characters"
        )
    if text is not None and document.text[start:end] != text:
        raise AnnotationError(
            f"{document.where}: the text holds {document.text[start:end][:20]!r} at [{start}, {end}), not {text[:20]!r}"
        )
    return start + document.offset, end + document.offset


def sentence_of(document: Document, start: int, end: int) -> int:
    """Start of the labelled sentence around a fact.

    Args:
        document: What the program showed, with its labelled sentences.
        start: Offset of the fact into the report.
        end: Offset after the fact.

    Returns:
        Offset into the report.

    Raises:
        AnnotationError: Where no labelled sentence holds it.

    Example:
        >>> sentence_of(Document("a", "新建五所。", sentences=[Mark(0, 5, "commitment")]), 2, 4)
        0
    """
    for mark in document.sentences:
        if mark.start <= start and end <= mark.end:
            return mark.start
    raise AnnotationError(f"{document.where}: the fact at [{start}, {end}) stands in no labelled sentence")


def to_gold(given: Iterable[Document], reader: str | None = None) -> dict[str, GoldReport]:
    """Put documents together to a labelled set.

    Args:
        given: Documents that were read back.
        reader: Whose labels to take, where several labelled; see `readers_of`.

    Returns:
        What is labelled, by report id.

    Raises:
        AnnotationError: Where several readers labelled and none is chosen, a sentence or fact stands twice, or
            sentences overlap.

    Example:
        >>> gold = to_gold([Document("a", "新建五所。", sentences=[Mark(0, 5, "commitment")])])
        >>> [sentence.label for sentence in gold["a"].sentences]
        ['commitment']
    """
    everything = list(given)
    readers = sorted({document.reader for document in everything})
    if reader is None and len(readers) > 1:
        raise AnnotationError(
            f"{everything[0].where}: {len(readers)} readers labelled ({', '.join(readers)}); choose one with reader"
        )
    if reader is not None and reader not in readers:
        raise AnnotationError(f"no reader {reader!r} in the file; there are {', '.join(readers)}")
    out: dict[str, GoldReport] = {}
    seen: dict[tuple[Any, ...], str] = {}
    for document in everything:
        if reader is None or document.reader == reader:
            _add(out, seen, document)
    for report in out.values():
        try:
            check_together(report)
        except GoldError as error:
            raise AnnotationError(str(error)) from error
    return out


def _add(out: dict[str, GoldReport], seen: dict[tuple[Any, ...], str], document: Document) -> None:
    report = out.setdefault(document.report_id, GoldReport(document.report_id, sha256=document.sha256 or None))
    if document.sha256 and report.sha256 != document.sha256:
        raise AnnotationError(f"{document.where}: {document.report_id} stands here in another version of its text")
    for mark in document.sentences:
        key: tuple[Any, ...] = (document.report_id, mark.start)
        _once(seen, key, f"the sentence at {mark.start} of {document.report_id}", document.where)
        report.sentences.append(
            GoldSentence(document.report_id, mark.start, mark.end, mark.label, _words(document, mark), document.where)
        )
    for fact in document.facts:
        key = (
            document.report_id,
            *(getattr(fact, name) for name in ("start", "end", "indicator", "value", "value_high")),
        )
        _once(seen, key, f"the fact at {fact.start} of {document.report_id}", document.where)
        report.facts.append(replace(fact, text=_words(document, fact)))


def _once(seen: dict[tuple[Any, ...], str], key: tuple[Any, ...], what: str, where: str) -> None:
    if key in seen:
        raise AnnotationError(f"{where}: {what} is labelled a second time; it stands already in {seen[key]}")
    seen[key] = where


def _words(document: Document, span: Mark | GoldFact) -> str | None:
    """The words of a span; None where some could not be shown, so that they are not known."""
    words = document.text[span.start - document.offset : span.end - document.offset]
    return None if "\ufffd" in words else words


def readers_of(given: Iterable[Document]) -> dict[str, dict[str, GoldReport]]:
    """A labelled set for each reader, as `policynlp.evaluate.agreement` takes them.

    Args:
        given: Documents that were read back.

    Returns:
        Labelled sets by reader.

    Example:
        >>> both = [Document("a", "好。", sentences=[Mark(0, 2, "other")], reader=name) for name in ("甲", "乙")]
        >>> list(readers_of(both))
        ['乙', '甲']
    """
    everything = list(given)
    return {name: to_gold(everything, name) for name in sorted({document.reader for document in everything})}
