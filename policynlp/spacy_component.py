"""The pipeline as a component of spaCy: ``nlp.add_pipe("policynlp")``; needs the extra ``policynlp[spacy]``.

What the library found stands in span groups, which `DocBin` keeps: ``doc.spans["sentences"]`` (labelled by label),
``["headings"]`` (by depth), ``["sections"]`` (by kind) and ``["facts"]`` (by role). ``doc.sents`` begins where the
library's sentences and headings begin. All offsets are the library's own: a token that a boundary would cut is split.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc, Span, SpanGroup

from policynlp.pipeline import load
from policynlp.report import NumericFact, Report, Section

SENTENCES, HEADINGS, SECTIONS, FACTS = "sentences", "headings", "sections", "facts"


class PolicyComponent(Pipe):
    """Runs all steps of the library over a document.

    Args:
        model: What `policynlp.load` takes; None for the embedded model.
        name: Of the component in its pipeline.

    Example:
        >>> import spacy
        >>> nlp = spacy.blank("zh")
        >>> component = nlp.add_pipe("policynlp")
        >>> doc = nlp("过去一年，地区生产总值增长6%。今年，我们要力争地区生产总值增长5%以上。")
        >>> [sentence._.policy_label for sentence in doc.sents]
        ['achievement', 'commitment']
        >>> [(span.text, span._.policy_fact.indicator) for span in doc.spans["facts"]]
        [('6%', '地区生产总值'), ('5%以上', '地区生产总值')]
    """

    def __init__(self, model: str | None = None, name: str = "policynlp") -> None:
        self.name = name
        self._pipeline = load(model)

    def __call__(self, doc: Doc) -> Doc:
        """Add sentences, labels, sections and facts to a document.

        Args:
            doc: The document; ``doc._.policy_metadata`` may hold what `Report.from_text` takes (region, year, …).

        Returns:
            The same document.

        Raises:
            TypeError: For metadata that no report has.
        """
        report = self._pipeline(Report.from_text(doc.text, **(doc._.policy_metadata or {})))
        _split_tokens(doc, _boundaries(report))
        _set_sentence_starts(doc, {unit.start for unit in report.units}, self.name)
        _set_spans(doc, report)
        return doc


@Language.factory(
    "policynlp", default_config={"model": None}, assigns=["token.is_sent_start", "doc.spans"], retokenizes=True
)
def make_policynlp(nlp: Language, name: str, model: str | None) -> PolicyComponent:
    """Make the component; spaCy calls this through its entry point.

    Args:
        nlp: The pipeline that it is made for.
        name: What the pipeline calls it.
        model: What `policynlp.load` takes; None for the default model.

    Returns:
        The component.

    Raises:
        ModelError: Where the model cannot be loaded.

    Example:
        >>> import spacy
        >>> nlp = spacy.blank("zh")
        >>> make_policynlp(nlp, "policynlp", "linear").name
        'policynlp'
    """
    return PolicyComponent(model, name)


def _boundaries(report: Report) -> set[int]:
    parts: list[Iterable[Any]] = [report.units, _sections(report), report.facts]
    return {offset for part in parts for item in part for offset in (item.start, item.end)}


def _sections(report: Report) -> list[Section]:
    """The sections without the white space at their ends, which spaCy may hold in no token; empty ones left out."""
    sections = []
    for section in report.sections:
        text = report.text[section.start : section.end]
        start = section.start + len(text) - len(text.lstrip())
        if words := text.strip():
            sections.append(replace(section, start=start, end=start + len(words)))
    return sections


def _split_tokens(doc: Doc, boundaries: set[int]) -> None:
    """Split each token that a boundary falls into, so that every span of the library is a span of tokens."""
    with doc.retokenize() as retokenizer:
        for token in doc:
            inside = [offset for offset in range(1, len(token)) if token.idx + offset in boundaries]
            if not inside:
                continue
            parts = [token.text[a:b] for a, b in zip([0, *inside], [*inside, len(token)], strict=True)]
            # Each part is its own head: how a parser would have it is not ours to say.
            retokenizer.split(token, parts, heads=[(token, number) for number in range(len(parts))])


def _set_sentence_starts(doc: Doc, starts: set[int], name: str) -> None:
    if len(doc) and doc.has_annotation("DEP"):
        warnings.warn(
            f"{name}: a parser before it has set doc.sents, which stay as they are; "
            f'doc.spans["{SENTENCES}"] has the sentences of this library. Add {name} before the parser.',
            stacklevel=3,
        )
        return
    for token in doc:
        token.is_sent_start = token.i == 0 or token.idx in starts


def _set_spans(doc: Doc, report: Report) -> None:
    def group(name: str, items: Sequence[Any], labels: Sequence[str], attributes: Mapping[str, Any]) -> None:
        spans = []
        for number, (item, label) in enumerate(zip(items, labels, strict=True)):
            span = doc.char_span(item.start, item.end, label=label, span_id=str(getattr(item, "id", number)))
            assert span is not None, f"tokens were split at every boundary, but {name} {number} is no span of tokens"
            spans.append(span)
        doc.spans[name] = SpanGroup(doc, name=name, attrs=dict(attributes), spans=spans)

    targets = {str(c.sentence.id): [str(fact.id) for fact in c.targets] for c in report.commitments}
    scores = {str(sentence.id): dict(sentence.scores) for sentence in report.sentences}
    group(
        SENTENCES,
        report.sentences,
        [sentence.label or "" for sentence in report.sentences],
        {"model": report.model, "scores": scores, "targets": targets},
    )
    group(HEADINGS, report.headings, [str(heading.depth) for heading in report.headings], {})
    sections = _sections(report)
    titles = {str(number): section.title for number, section in enumerate(sections)}
    group(SECTIONS, sections, [section.kind for section in sections], {"titles": titles})
    facts = {str(fact.id): _plain(fact) for fact in report.facts}
    group(FACTS, report.facts, [fact.role for fact in report.facts], {"facts": facts})


def _plain(fact: NumericFact) -> dict[str, Any]:
    # Decimals travel as text, so that they are exact when they come back from bytes.
    row = asdict(fact)
    return {key: str(value) if isinstance(value, Decimal) else value for key, value in row.items()}


def _holder(span: Span, name: str) -> Span | None:
    """The span of a group that holds the first token of a span; None where none does."""
    group = span.doc.spans.get(name)
    if not group:
        return None
    at = bisect_right(group, span.start, key=lambda item: item.start) - 1
    return group[at] if at >= 0 and span.start < group[at].end else None


def _label(span: Span) -> str | None:
    sentence = _holder(span, SENTENCES)
    return sentence.label_ or None if sentence is not None else None


def _scores(span: Span) -> dict[str, float]:
    sentence = _holder(span, SENTENCES)
    return {} if sentence is None else dict(span.doc.spans[SENTENCES].attrs["scores"][sentence.id_])


def _section(span: Span) -> str | None:
    section = _holder(span, SECTIONS)
    return None if section is None else section.label_


def _fact(span: Span) -> NumericFact | None:
    group = span.doc.spans.get(FACTS)
    row = group.attrs["facts"].get(span.id_) if group is not None else None
    # Only a span of the group itself is a fact: other spans may carry ids of their own.
    if row is None or (row["start"], row["end"]) != (span.start_char, span.end_char):
        return None
    numbers = {key: None if row[key] is None else Decimal(row[key]) for key in ("value", "value_high")}
    return NumericFact(**{**row, **numbers})


def _targets(span: Span) -> list[Span]:
    sentence = _holder(span, SENTENCES)
    if sentence is None:
        return []
    wanted = set(span.doc.spans[SENTENCES].attrs["targets"].get(sentence.id_, ()))
    return [fact for fact in span.doc.spans[FACTS] if fact.id_ in wanted]


Doc.set_extension("policy_metadata", default=None, force=True)
for _name, _getter in {
    "policy_label": _label,
    "policy_scores": _scores,
    "policy_section": _section,
    "policy_fact": _fact,
    "policy_targets": _targets,
}.items():
    Span.set_extension(_name, getter=_getter, force=True)
