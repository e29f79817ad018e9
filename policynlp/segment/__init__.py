"""Segmentation: sections, paragraphs, headings, sentences and clauses of a report.

``lines`` joins what a page width broke, ``sentences`` cuts, ``headings`` tells lines that name from lines that say,
``sections`` tiles the text by purpose, ``clauses`` divides at semicolons.
"""

from __future__ import annotations

from policynlp.report import Heading, Paragraph, Report, Section, Sentence
from policynlp.segment.clauses import clauses_of
from policynlp.segment.headings import depths
from policynlp.segment.sections import find_sections
from policynlp.segment.units import Unit, find_units

__all__ = ["segment"]


def segment(report: Report) -> Report:
    """Divide a report into sections, paragraphs, headings and sentences.

    Args:
        report: A report; its ``body`` tells front matter and appendix where it is known.

    Returns:
        The report with these layers; labels, facts and commitments of an earlier run are dropped.

    Example:
        >>> report = segment(Report.from_text("各位代表：\\n一、2023年工作回顾\\n经济增长5%。就业稳定。"))
        >>> [heading.title for heading in report.headings], [sentence.text for sentence in report.sentences]
        (['各位代表：', '2023年工作回顾'], ['经济增长5%。', '就业稳定。'])
        >>> [section.kind for section in report.sections]
        ['front', 'review']
    """
    blocks, units = find_units(report.text)
    levels = depths([unit.line for unit in units if unit.line is not None])
    depth_of = dict(zip((unit.id for unit in units if unit.line is not None), levels, strict=True))
    sections = find_sections(report, units, depth_of)
    headings, sentences = _layers(report.text, units, depth_of, sections)
    return report.with_(
        sections=sections,
        paragraphs=tuple(Paragraph(block.start, block.end) for block in blocks),
        headings=tuple(headings),
        sentences=tuple(sentences),
        facts=(),
        commitments=(),
        model="",
    )


def _layers(
    text: str, units: list[Unit], depth_of: dict[int, int], sections: tuple[Section, ...]
) -> tuple[list[Heading], list[Sentence]]:
    headings: list[Heading] = []
    sentences: list[Sentence] = []
    above: list[Heading] = []
    index = 0
    for unit in units:
        while index + 1 < len(sections) and unit.start >= sections[index + 1].start:
            index += 1
        piece = text[unit.start : unit.end]
        if unit.line is None:
            clauses = clauses_of(text, unit.start, unit.end)
            stack = tuple(heading.id for heading in above)
            sentence = Sentence(unit.start, unit.end, piece, unit.id, index, unit.paragraph, stack, clauses, unit.rule)
            sentences.append(sentence)
            continue
        depth = depth_of[unit.id]
        heading = Heading(unit.start, unit.end, piece, unit.id, depth, unit.line.title, unit.rule, index)
        headings.append(heading)
        if unit.line.opens:
            above = [*(upper for upper in above if upper.depth < depth), heading]
    return headings, sentences
