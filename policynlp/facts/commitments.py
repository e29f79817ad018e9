"""Roles of facts, and commitments with the targets that they promise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from policynlp.report import Commitment, NumericFact, Report


def role_of(label: str | None, year: int | None, report_year: int | None) -> tuple[str, str]:
    """The role of a fact by the label of its sentence.

    Args:
        label: Label of the sentence; None before classification.
        year: The year that the fact speaks of.
        report_year: The year that the report plans for.

    Returns:
        The role and why.

    Example:
        >>> role_of("commitment", 2023, 2024)[0], role_of("achievement", 2023, 2024)[0]
        ('mention', 'outcome')
    """
    if label == "commitment":
        if year is not None and report_year is not None and year < report_year:
            return "mention", "a past year inside a commitment"
        return "target", "stands in a commitment"
    if label == "achievement":
        return "outcome", "stands in an achievement"
    return "mention", f"stands in a sentence labelled {label}" if label else "the sentence has no label"


def commitments_of(report: Report, facts: Sequence[NumericFact]) -> tuple[Commitment, ...]:
    """Link every commitment of a labelled report to its targets.

    Args:
        report: The labelled report.
        facts: Its facts.

    Returns:
        One commitment a sentence labelled ``commitment``, in order.
    """
    targets = defaultdict(list)
    for fact in facts:
        if fact.role == "target":
            targets[fact.sentence].append(fact)
    titles = {heading.id: heading.title for heading in report.headings}
    out = []
    for sentence in report.sentences:
        if sentence.label != "commitment":
            continue
        own = tuple(targets[sentence.id])
        theme = titles.get(sentence.headings[-1], "") if sentence.headings else ""
        years = [fact.year for fact in own if fact.year is not None]
        year = max(years) if years else report.year
        out.append(Commitment(sentence, own, theme, year))
    return tuple(out)
