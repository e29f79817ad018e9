"""The data model: a report and the layers that the steps add to it.

A `Report` never changes. Every step takes one and returns a new one with one more layer, and every layer addresses the
text by half-open character offsets, so that ``report.text[x.start:x.end] == x.text`` holds for everything here.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

LABELS = ("achievement", "problem", "commitment", "other")
SECTION_KINDS = ("review", "problems", "plan", "government", "front", "closing", "appendix", "other")
LEVELS = ("national", "province", "city", "county")
MEASURES = ("level", "growth", "share", "change", "rank", "qualitative")
BOUNDS = ("ge", "gt", "le", "lt", "about", "range", "eq")
MODALITIES = ("firm", "strive", "expected")
PERIODS = ("annual", "average", "cumulative")
ROLES = ("target", "outcome", "mention")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a report's text.

    Attributes:
        start: Offset of the first character in ``Report.text``.
        end: Offset after the last character.
        text: ``Report.text[start:end]``.

    Example:
        >>> Span(0, 2, "好。").end
        2
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Heading(Span):
    """A line of its own that names what follows.

    Attributes:
        id: Position among all headings and sentences of the report, from 0.
        depth: 1 for 一、 or 第一部分, 2 for （一）, 3 for 1. and so on; 0 for the report's own title.
        title: The heading without its numbering.
        rule: Name of the rule that recognised it.
        section: Index of its section in ``Report.sections``.

    Example:
        >>> Heading(0, 8, "一、过去一年工作", id=0, depth=1, title="过去一年工作").title
        '过去一年工作'
    """

    id: int
    depth: int
    title: str
    rule: str = ""
    section: int = 0


@dataclass(frozen=True, slots=True)
class Sentence(Span):
    """One sentence, with its label once a classifier has seen it.

    Attributes:
        id: Position among all headings and sentences of the report, from 0.
        section: Index of its section in ``Report.sections``.
        paragraph: Index of its paragraph in ``Report.paragraphs``.
        headings: Ids of the headings that it stands under, outermost first.
        clauses: Offsets of its clauses, which ；and the end of the sentence close.
        rule: Name of the rule that ended it.
        label: One of `LABELS`; None before classification.
        scores: Calibrated probability of each label; empty before classification.

    Example:
        >>> sentence = Sentence(0, 8, "新建学校三十所。", id=0, label="achievement", scores={"achievement": 0.98})
        >>> sentence.label, sentence.scores["achievement"]
        ('achievement', 0.98)
    """

    id: int
    section: int = 0
    paragraph: int = 0
    headings: tuple[int, ...] = ()
    clauses: tuple[tuple[int, int], ...] = ()
    rule: str = ""
    label: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report with one purpose.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last character; the next section starts there.
        kind: One of `SECTION_KINDS`.
        title: The words of the heading that opens it; empty where none does.
        rule: Name of the rule that gave the kind.

    Example:
        >>> Section(0, 120, "review", title="2023年工作回顾").kind
        'review'
    """

    start: int
    end: int
    kind: str
    title: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A block of lines that belong together.

    Attributes:
        start: Offset of its first character that is no white space.
        end: Offset after its last such character.

    Example:
        >>> Paragraph(0, 2).end
        2
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NumericFact(Span):
    """One value that the report states for one indicator.

    Attributes:
        id: Position among the facts of the report, from 0.
        sentence: Id of its sentence.
        sentence_start: Offset of that sentence.
        indicator: What is measured, as the report words it.
        indicator_id: Its id in the indicator catalogue; None where none fits.
        measure: One of `MEASURES`.
        value: Exact number in ``unit``; None for a qualitative target.
        value_high: The upper end of a range; None otherwise.
        unit: ``%``, ``个百分点`` or the report's unit with 万 and 亿 resolved into the number.
        bound: One of `BOUNDS`.
        modality: One of `MODALITIES`.
        role: One of `ROLES`.
        period: One of `PERIODS`.
        year: The year that the value speaks of; None where nothing tells.
        ambiguous: True where values and subjects do not match in number, so that the link is not to be trusted.
        why: For each decided field the words or the rule behind it.

    Example:
        >>> from policynlp import load_corpus
        >>> fact = load_corpus("example").reports[0].facts[0]
        >>> isinstance(fact, NumericFact), fact.role in ROLES, fact.bound in BOUNDS
        (True, True, True)
    """

    id: int
    sentence: int
    sentence_start: int
    indicator: str
    indicator_id: str | None
    measure: str
    value: Decimal | None
    value_high: Decimal | None
    unit: str
    bound: str
    modality: str
    role: str
    period: str
    year: int | None
    ambiguous: bool = False
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Commitment:
    """A sentence that promises something, with the numbers that it promises.

    Attributes:
        sentence: The sentence, label ``commitment``.
        targets: Its facts with role ``target``, in the order of the text.
        theme: Title of the nearest heading that it stands under; empty where there is none.
        year: The year promised for.

    Example:
        >>> pledge = Sentence(0, 8, "要新建学校三所。", id=0, label="commitment")
        >>> Commitment(pledge, targets=(), theme="办好民生实事", year=2024).theme
        '办好民生实事'
    """

    sentence: Sentence
    targets: tuple[NumericFact, ...]
    theme: str
    year: int | None


@dataclass(frozen=True)
class Report:
    """One government work report.

    Attributes:
        text: The decoded text, exactly as read; all offsets point into it.
        id: The file's name without its ending.
        path: Where it was read from; empty for a text given directly.
        region: Name of the place, 全国 for the national report; None where nothing tells.
        region_code: Six-digit administrative division code (行政区划代码); ``100000`` for the nation.
        level: One of `LEVELS`.
        year: The year that the report plans for.
        delivered_on: The day it was read out.
        speaker: Who read it out.
        body: Offsets of the report proper; what stands before is front matter, what stands behind is appendix. None
            until the clutter around it has been looked for.
        sections: The parts, without gaps; empty before segmentation.
        paragraphs: The paragraphs of the whole text.
        headings: The headings of the whole text.
        sentences: The sentences of the whole text, without headings.
        facts: The numeric facts.
        commitments: The commitments with their targets.
        model: Name of the classifier that gave the labels; empty before classification.

    Example:
        >>> report = Report.from_text("各位代表：\\n现在报告工作。", region="云岭市", year=2024)
        >>> report.region, report.year, len(report.text)
        ('云岭市', 2024, 13)
        >>> report
        <Report '' 云岭市 2024: 13 characters>
    """

    text: str
    id: str = ""
    path: str = ""
    region: str | None = None
    region_code: str | None = None
    level: str | None = None
    year: int | None = None
    delivered_on: date | None = None
    speaker: str | None = None
    body: tuple[int, int] | None = None
    sections: tuple[Section, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    headings: tuple[Heading, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    facts: tuple[NumericFact, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    model: str = ""

    def __repr__(self) -> str:
        # The text and its layers run to megabytes; a list of reports, a traceback and a debugger print this.
        about = [repr(self.id), *(str(known) for known in (self.region, self.year) if known is not None)]
        layers = ("sections", "headings", "sentences", "facts", "commitments")
        counts = [f"{len(getattr(self, name))} {name}" for name in layers if getattr(self, name)]
        return f"<Report {' '.join(about)}: {', '.join([f'{len(self.text)} characters', *counts])}>"

    @classmethod
    def from_text(cls, text: str, **metadata: Any) -> Report:
        """Wrap a text that is already at hand.

        Args:
            text: The report.
            **metadata: Any of ``id, path, region, region_code, level, year, delivered_on, speaker``; what is not given
                is read from the text by the pipeline.

        Returns:
            A report without layers.

        Raises:
            TypeError: For a keyword that names no metadata field, or a text that is no ``str``.

        Example:
            >>> Report.from_text("各位代表：", region="云岭市", year=2024).year
            2024
        """
        if not isinstance(text, str):
            raise TypeError(f"text must be a str, not {type(text).__name__}; for a file use policynlp.read_report")
        known = ("id", "path", "region", "region_code", "level", "year", "delivered_on", "speaker")
        if unknown := sorted(set(metadata) - set(known)):
            raise TypeError(f"unknown metadata {unknown[0]!r}; known are {', '.join(known)}")
        return cls(text, **metadata)

    def with_(self, **layers: Any) -> Report:
        """Return a copy with some attributes replaced.

        Args:
            **layers: Attributes of the report with their new values.

        Returns:
            The new report; this one stays as it is.

        Raises:
            TypeError: For a name that is no attribute.

        Example:
            >>> Report("各位代表：").with_(year=2024).year
            2024
        """
        return replace(self, **layers)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the text in UTF-8, in hexadecimal; ties labels by offset to one version of a text.

        Example:
            >>> Report("各位代表：").sha256[:8]
            '67086a72'
        """
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def units(self) -> Iterator[Heading | Sentence]:
        """Headings and sentences together, in the order of the text.

        Example:
            >>> report = Report.from_text("增长6%。").with_(sentences=(Sentence(0, 5, "增长6%。", id=0),))
            >>> [unit.text for unit in report.units]
            ['增长6%。']
        """
        return heapq.merge(self.headings, self.sentences, key=lambda unit: unit.start)

    @cached_property
    def _heading_by_id(self) -> dict[int, Heading]:
        return {heading.id: heading for heading in self.headings}

    def headings_of(self, sentence: Sentence) -> tuple[Heading, ...]:
        """The headings that a sentence stands under, outermost first.

        Args:
            sentence: A sentence of this report.

        Returns:
            The headings; none before segmentation.

        Example:
            >>> report = Report.from_text("增长6%。").with_(sentences=(Sentence(0, 5, "增长6%。", id=0),))
            >>> report.headings_of(report.sentences[0])
            ()
        """
        return tuple(self._heading_by_id[i] for i in sentence.headings)

    def section_of(self, unit: Heading | Sentence) -> Section | None:
        """The section of a sentence or heading; None before segmentation.

        Args:
            unit: A sentence or heading of this report.

        Returns:
            Its section.

        Example:
            >>> sentence = Sentence(0, 5, "增长6%。", id=0)
            >>> Report("增长6%。", sections=(Section(0, 5, "plan"),)).section_of(sentence).kind
            'plan'
        """
        return self.sections[unit.section] if self.sections else None

    def sentences_frame(self) -> pd.DataFrame:
        """Sentences and headings as a table: the contract's ``sentences`` rows.

        Returns:
            A pandas table, one row a sentence or heading.

        Example:
            >>> report = Report.from_text("增长6%。").with_(sentences=(Sentence(0, 5, "增长6%。", id=0),))
            >>> report.sentences_frame()["text"].tolist()
            ['增长6%。']
        """
        from policynlp.frames import sentences_frame

        return sentences_frame([self])

    def facts_frame(self) -> pd.DataFrame:
        """Numeric facts as a table: the contract's ``facts`` rows.

        Returns:
            A pandas table, one row a fact.

        Example:
            >>> "fact_year" in Report("各位代表：").facts_frame().columns
            True
        """
        from policynlp.frames import facts_frame

        return facts_frame([self])

    def commitments_frame(self) -> pd.DataFrame:
        """Commitments as a table: the contract's ``commitments`` rows.

        Returns:
            A pandas table, one row a commitment.

        Example:
            >>> len(Report("各位代表：").commitments_frame())
            0
        """
        from policynlp.frames import commitments_frame

        return commitments_frame([self])

    def explain(self, item: NumericFact | Sentence | Heading) -> str:
        """Say why: the words or the rule behind each field of a fact, or behind a cut and a label.

        Args:
            item: A fact, sentence or heading of this report.

        Returns:
            One line a field.

        Example:
            >>> sentence = Sentence(0, 5, "增长6%。", id=0, rule="final_mark")
            >>> print(Report("增长6%。", sentences=(sentence,)).explain(sentence))
            增长6%。  [0, 5)
              cut by rule final_mark
        """
        if isinstance(item, NumericFact):
            head = f"{item.text}  [{item.start}, {item.end})"
            body = [f"  {key} = {getattr(item, key, '')}: {value}" for key, value in item.why.items()]
            return "\n".join([head, *body])
        section = self.section_of(item)
        lines = [f"{item.text}  [{item.start}, {item.end})", f"  cut by rule {item.rule or 'none'}"]
        if section is not None:
            lines.append(f"  section {section.kind}: rule {section.rule or 'none'}, {section.title or 'no heading'}")
        if isinstance(item, Sentence) and item.label:
            scores = ", ".join(f"{label} {score:.3f}" for label, score in item.scores.items())
            lines.append(f"  label {item.label} by {self.model}: {scores}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The report as a notebook shows it: sentences coloured by label, numbers underlined."""
        from policynlp.show.report_page import notebook_html

        return notebook_html(self)

    def to_html(self, path: str | Path) -> None:
        """Write the report as one page that needs nothing else: search, filters, tips.

        Args:
            path: The file; an existing one is replaced.

        Raises:
            OSError: Where the file cannot be written.

        Example:
            >>> Report.from_text("各位代表：").to_html("/dev/null")
        """
        from policynlp.show.report_page import write_page

        write_page(self, path)

    def to_json(self) -> str:
        """All metadata and layers as one JSON object; `from_json` reads it back unchanged.

        Returns:
            One line of JSON.

        Example:
            >>> report = Report.from_text("各位代表：", region="云岭市")
            >>> Report.from_json(report.to_json()) == report
            True
        """
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in ("sections", "paragraphs", "headings", "sentences", "facts"):
            plain[name] = [_plain(item) for item in plain[name]]
        plain["commitments"] = [
            {
                "sentence": c.sentence.id,
                "targets": [fact.id for fact in c.targets],
                "theme": c.theme,
                "year": c.year,
            }
            for c in self.commitments
        ]
        return json.dumps(plain, ensure_ascii=False, default=str)

    @classmethod
    def from_json(cls, line: str) -> Report:
        """Read what `to_json` wrote.

        Args:
            line: One line of JSON.

        Returns:
            The report with all its layers.

        Raises:
            ValueError: Where the JSON is broken or lacks a field.

        Example:
            >>> Report.from_json(Report("各位代表：").to_json()).text
            '各位代表：'
        """
        try:
            return _from_plain(json.loads(line))
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"not a report written by Report.to_json: {error!r}") from error


def _plain(item: Any) -> dict[str, Any]:
    # Texts of spans are the report's own text again; they are sliced back on reading.
    return {key: value for key, value in asdict(item).items() if key != "text"}


def _from_plain(data: dict[str, Any]) -> Report:
    text = data["text"]

    def spans(kind: type, rows: Sequence[dict[str, Any]]) -> Iterator[Any]:
        for row in rows:
            yield kind(text=text[row["start"] : row["end"]], **row)

    for row in data["sentences"]:
        row["clauses"] = tuple(tuple(clause) for clause in row["clauses"])
        row["headings"] = tuple(row["headings"])
    for row in data["facts"]:
        for key in ("value", "value_high"):
            row[key] = None if row[key] is None else Decimal(row[key])
    data["sections"] = tuple(Section(**row) for row in data["sections"])
    data["paragraphs"] = tuple(Paragraph(**row) for row in data["paragraphs"])
    data["headings"] = tuple(spans(Heading, data["headings"]))
    data["sentences"] = tuple(spans(Sentence, data["sentences"]))
    data["facts"] = tuple(spans(NumericFact, data["facts"]))
    sentences = {sentence.id: sentence for sentence in data["sentences"]}
    facts = {fact.id: fact for fact in data["facts"]}
    data["commitments"] = tuple(
        Commitment(sentences[c["sentence"]], tuple(facts[i] for i in c["targets"]), c["theme"], c["year"])
        for c in data["commitments"]
    )
    data["delivered_on"] = date.fromisoformat(data["delivered_on"]) if data["delivered_on"] else None
    data["body"] = tuple(data["body"]) if data["body"] else None
    return Report(**data)
