"""Ties the numbers of a sentence to what they measure: one by one, or dealt out to several subjects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from policynlp.facts import catalogue
from policynlp.facts.coordination import split_subjects
from policynlp.facts.indicators import BARE, BEHIND, from_behind, indicator_of, own
from policynlp.facts.phrases import Phrase
from policynlp.facts.readings import Reading, read_site
from policynlp.facts.sites import Segment, Site
from policynlp.facts.subjects import Line, Link, Subjects, compose, head_of, without_new
from policynlp.facts.vocabulary import cue_words, cut, heads


def link_sites(text: str, sites: Sequence[Site], segments: Sequence[Segment], subjects: Subjects) -> list[Link]:
    """Tie every number of a sentence to what it measures.

    Args:
        text: The sentence.
        sites: Its numbers.
        segments: Its segments.
        subjects: What was spoken of before; updated.

    Returns:
        The links in order; a number with two subjects has two.
    """
    line = Line(text, segments, subjects)
    line.begin(sites)
    behind = ""  # the noun phrase read behind the number before, which a following number may go on with
    index = 0
    while index < len(sites):
        group = [sites[index]]
        while index + len(group) < len(sites) and sites[index + len(group)].chain:
            group.append(sites[index + len(group)])
        behind = _link_group(group, line, behind)
        index += len(group)
    _look_ahead(subjects.links)
    _complete_grades(subjects.links)
    once = {(link.site.quantity.start, link.indicator): link for link in reversed(subjects.links)}
    subjects.links = list(reversed(once.values()))
    return subjects.links


def _look_ahead(links: Sequence[Link]) -> None:
    """在增长7%的基础上，生产总值增长8%: the subject may come with the next number."""
    following = ""
    for link in reversed(links):
        if not link.indicator and following:
            link.indicator, link.rule = following, "elided, the subject comes with the next number"
        following = link.indicator


def _complete_grades(links: Sequence[Link]) -> None:
    """新建4家国家级和50家省级示范园: a grade alone counts what the next number counts of another grade."""
    for link, following in pairwise(links):
        grade, other = without_new(link.indicator), without_new(following.indicator)
        named = cut(other)
        if not (link.behind and following.behind and _is_grade(grade) and len(named) > 1 and _is_grade(named[0])):
            continue
        link.indicator += other[len(named[0]) :]
        link.rule = f"{link.rule}, a grade of what the next number counts"


_GRADE = re.compile(rf"(?:{cue_words('grade')})$")


def _is_grade(word: str) -> bool:
    return len(word) < 5 and _GRADE.search(word) is not None


def _link_group(group: list[Site], line: Line, before: str) -> str:
    """Link a number, or a chain of numbers; return the noun phrase that stands behind the last."""
    first = read_site(group[0], before)
    phrase = first.phrase
    shared = phrase.spread or phrase.each
    if first.run_on and shared:
        phrase.noun = first.run_on + phrase.noun
    if len(group) == 1 and not (shared or _only_heads(phrase.noun) or _whole_names(phrase)):
        _link(first, line)
        return first.behind
    last = read_site(group[-1], "").behind
    if last and not first.behind and not shared and (not phrase.noun or phrase.noun.endswith("等")):
        # 540多万户、1200多万人的住房问题: one noun phrase behind them all.
        for site in group:
            _link(Reading(site, phrase, last, ""), line)
        return last
    if first.behind and not phrase.spread:
        # 8612名学生和4131名教师 is no chain: each number has its own noun behind it.
        for site in group:
            reading = read_site(site, before)
            _link(reading, line)
            before = reading.behind
        return before
    _deal(first, group, line)
    return ""


def _link(reading: Reading, line: Line) -> None:
    indicator, rule = from_behind(reading, line) if reading.behind else indicator_of(reading, line)
    line.add(reading.site, reading.phrase, indicator, rule, behind=rule == BEHIND)


def _only_heads(noun: str) -> bool:
    # 总量和增幅保持全市第一: both belong to the subject before.
    parts = split_subjects(noun)
    return len(parts) > 1 and all(heads().get(part) in BARE for part in parts)


def _whole_names(phrase: Phrase) -> bool:
    # 财政收入和税收收入增长15%, 集中处理率和绿化率达到85%: a rate of two complete indicators is a statement on each.
    parts = phrase.noun.split("和")
    if len(parts) != 2 or catalogue.find(phrase.noun):
        return False
    rates = all(heads().get(head_of(part)) == "share" and len(part) > 3 for part in parts)
    return rates or (phrase.effect in ("rise", "fall", "lift") and all(catalogue.find(part) for part in parts))


def _deal(first: Reading, group: Sequence[Site], line: Line) -> None:
    """Give several values, or one value for several subjects, to their subjects."""
    phrase = first.phrase
    names, rule = _names(first, len(group) if len(group) > 1 else None, line)
    if len(group) == 1:
        for name in dict.fromkeys(names):
            line.add(group[0], phrase, name, rule)
        return
    fits = len(names) == len(group)
    if not fits and phrase.spread:
        rule = "values and subjects differ in number"
    for index, site in enumerate(group):
        line.add(site, phrase, names[index if fits else 0], rule, ambiguous=phrase.spread and not fits)


def _owners(first: Reading, wanted: int, line: Line) -> list[str]:
    """养老、医疗保险覆盖面扩大，参保人数分别增长3%和5%: the subjects before, as many as there are values."""
    names = split_subjects(line.subject_before(first.site), wanted)
    return [name.removesuffix(head_of(name)) or name for name in names] if len(names) == wanted else []


def _names(first: Reading, wanted: int | None, line: Line) -> tuple[list[str], str]:
    """The subjects that values are dealt out to, and where they were found."""
    phrase, noun = first.phrase, first.phrase.noun
    word = "分别" if phrase.spread else "均" if phrase.each else "the list"
    kind = heads().get(noun, "")
    per = kind == "per"
    if noun and not per and not (kind in (*BARE, "share") and len(noun) < 4):
        names = split_subjects(noun, wanted, phrase.kept, short=phrase.spread or phrase.each)
        if len(names) == 1:
            if wanted and kind in BARE and (owners := _owners(first, wanted, line)):
                return [compose(owner, noun) for owner in owners], f"{noun} of the subjects of a segment before"
            indicator, rule = own(first, line)
            return [indicator], rule
        subject = line.subjects.base or line.subject_before(first.site)
        if subject and _only_heads(noun):
            return [compose(subject, name) for name in names], f"{noun} of the subject before"
        line.subjects.base = noun
        if not phrase.verb and not phrase.kept and first.site.mark not in ("、", "q"):
            line.subjects.run += 1
        return names, f"{word} over the subjects before it"
    earlier = [] if per else line.earlier(first.site, wanted)
    if len(earlier) > 1 or (earlier and not noun):
        return [compose(name, noun) if noun else name for name in earlier], f"{word} over the numbers before it"
    subject = line.subject_before(first.site)
    if wanted and len(names := split_subjects(subject, wanted)) == wanted:
        return names, f"{word} over the subjects of a segment before"
    indicator, rule = indicator_of(Reading(first.site, phrase, "", ""), line)
    return split_subjects(indicator, wanted), rule
