"""Ties the numbers of a sentence to what they measure: one by one, or dealt out to several subjects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from policynlp.facts import catalogue
from policynlp.facts.coordination import split_subjects
from policynlp.facts.indicators import BARE, BEHIND, from_behind, indicator_of, own
from policynlp.facts.phrases import Phrase
from policynlp.facts.readings import RATES, Reading, read_site
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
    _complete_later_grades(subjects.links)
    _complete_totals(subjects.links)
    _complete_verbs(subjects.links)
    _part_counted(subjects.links)
    following = [*subjects.links[1:], None]
    subjects.links = [
        link for link, after in zip(subjects.links, following, strict=False) if not _names_a_set(link, after)
    ]
    once = {(link.site.quantity.start, link.indicator): link for link in reversed(subjects.links)}
    subjects.links = list(reversed(once.values()))
    return subjects.links


def _look_ahead(links: Sequence[Link]) -> None:
    """在增长7%的基础上，生产总值增长8%: the subject may come with the next number."""
    following, clause = "", 0
    for link in reversed(links):
        if not link.indicator and link.site.clause == clause:
            link.indicator, link.rule = following, "elided, the subject comes with the next number"
        following, clause = link.indicator, link.site.clause


def _complete_grades(links: Sequence[Link]) -> None:
    """新建4家国家级和50家省级示范园: a grade alone counts what the next number counts of another grade."""
    for link, following in pairwise(links):
        grade, other = without_new(link.indicator), without_new(following.indicator)
        named = cut(other)
        if not (link.behind and following.behind and _is_grade(grade) and len(named) > 1 and _is_grade(named[0])):
            continue
        link.indicator += other[len(named[0]) :]
        link.rule = f"{link.rule}, a grade of what the next number counts"


_GRADED = re.compile(rf"(?P<grade>[^、和与]{{1,4}}?(?:{cue_words('grade')}))(?P<things>.{{2,}})")


def _complete_later_grades(links: Sequence[Link]) -> None:
    """国家级龙头企业3家、省级5家: a grade alone counts what the number before counts of another grade."""
    for link, following in pairwise(links):
        grade = without_new(following.indicator)
        graded = _GRADED.fullmatch(without_new(link.indicator))
        same = link.site.quantity.unit == following.site.quantity.unit and link.site.clause == following.site.clause
        if graded and same and _is_grade(grade) and not (link.behind or following.behind):
            following.indicator += graded["things"]
            following.rule = f"{following.rule}, a grade of what the number before counts"


def _complete_totals(links: Sequence[Link]) -> None:
    """总投资60亿元的20个重点项目: the head stands before its number, what it belongs to behind the next one."""
    for link, following in pairwise(links):
        bare = heads().get(link.indicator) in ("count", "part", "total")
        if bare and link.site.right.strip() == "的" and following.behind and not following.phrase.noun:
            link.indicator = without_new(following.indicator) + link.indicator
            link.rule = f"{link.rule}, of what the next number counts"


def _complete_verbs(links: Sequence[Link]) -> None:
    """新建13个、修缮60个农村幸福院: what the first is done to stands behind the second."""
    for link, following in pairwise(links):
        alone = not link.behind and not link.site.right.strip() and link.phrase.noun == link.phrase.kept
        acts = bool(link.phrase.verb or link.phrase.kept) and bool(following.phrase.verb or following.phrase.kept)
        joined = following.site.mark == "、" and following.behind
        joined = joined and following.phrase.noun in ("", following.phrase.kept)
        same = link.site.quantity.unit == following.site.quantity.unit
        if alone and acts and joined and same and link.site.clause == following.site.clause:
            link.indicator = link.phrase.kept + without_new(following.indicator)
            link.rule = "the noun phrase behind the next number"


_COUNTED = re.compile(rf"(?P<things>.*(?:{cue_words('counted')}))(?P<figure>.+)")


def _part_counted(links: Sequence[Link]) -> None:
    """10个国考断面水质达标率100%: the sections are counted, their rate is what the next number tells."""
    for link in links:
        count = link.site.quantity.unit not in RATES and not link.site.quantity.unit.endswith("元")
        if not (link.behind and count):
            continue
        match = _COUNTED.fullmatch(link.indicator)
        kind = heads().get(head_of(match["figure"]), "generic") if match else "generic"
        if match and kind != "generic" and cut(match["figure"])[0] in cut(link.indicator):
            link.indicator = match["things"]
            link.rule = f"{link.rule}, without {match['figure']}, which is a figure of them"


def _names_a_set(link: Link, following: Link | None) -> bool:
    """120种药品价格平均降幅13%: the count only says whose figure is told, where nothing is done with what it counts."""
    if not link.behind or following is None:
        return False
    phrase = link.phrase
    unit, figure = link.site.quantity.unit, following.indicator.removeprefix(link.indicator)
    rated = following.site.quantity.unit in RATES or following.site.quantity.unit.endswith("元")
    alone = not (phrase.verb or phrase.kept or phrase.noun or phrase.lead or phrase.predicate)
    alone = alone or link.site.left.rstrip().endswith("的")  # 纳入目录的120种药品
    counts = unit not in RATES and not unit.endswith("元") and following.site.mark == "q"
    of = figure != following.indicator and ("占" in figure or heads().get(head_of(figure), "generic") != "generic")
    return alone and counts and rated and of and _NAMED_SET.search(link.site.left) is None


_NAMED_SET = re.compile(cue_words("at_hand"))
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
    if len(group) == 1 and not (shared or _only_heads(phrase.noun) or _whole_names(phrase, group[0].quantity.unit)):
        _link(first, line)
        return first.behind
    last = read_site(group[-1], "").behind
    beside = all(b.quantity.start == a.quantity.end for a, b in pairwise(group))  # 12件30项实事
    if last and not first.behind and not shared and (beside or not phrase.noun or phrase.noun.endswith("等")):
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


def _whole_names(phrase: Phrase, unit: str) -> bool:
    # 财政收入和税收收入增长15%, 集中处理率和绿化率达到85%: a rate of two complete indicators is a statement on each.
    parts = re.split("[和、]", phrase.noun)
    if len(parts) < 2 or catalogue.find(phrase.noun):
        return False
    rates = len(parts) == 2 and all(heads().get(head_of(part)) == "share" and len(part) > 3 for part in parts)
    changes = phrase.effect in ("rise", "fall", "lift") or unit in ("倍", "番")
    # 城镇和农村居民人均可支配收入增长7%: two of them, once both are spelt out.
    return rates or (changes and any(all(map(catalogue.find, each)) for each in (parts, split_subjects(phrase.noun))))


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


def _shares_of(first: Reading, wanted: int, line: Line) -> list[str]:
    """投资额、出口额达到6亿元、5亿元，占全市的26%、48%; 税收、就业分别占全市的51%、76%: as many shares as subjects."""
    owned, mark, whole = first.phrase.noun.partition("占")
    if not mark:
        return []
    if owned:
        names = split_subjects(owned.removesuffix("分别"), wanted) if owned.endswith("分别") else []
    else:
        chained = bool(line.subjects.links) and line.subjects.links[-1].site.chain == wanted - 1
        names = line.earlier(first.site, wanted) if chained else []
    return [name + mark + whole for name in names] if len(names) == wanted else []


def _names(first: Reading, wanted: int | None, line: Line) -> tuple[list[str], str]:
    """The subjects that values are dealt out to, and where they were found."""
    phrase, noun = first.phrase, first.phrase.noun
    if wanted and (shares := _shares_of(first, wanted, line)):
        return shares, f"{noun} of each of the subjects before"
    word = "分别" if phrase.spread else "均" if phrase.each else "the list"
    kind = heads().get(noun, "")
    per = kind == "per"
    if noun and not per and not (kind in (*BARE, "share") and len(noun) < 4):
        # 城乡居民收入达到3万元和1万元: as many values as the short form has parts deal it out without 分别 too.
        dealt = wanted is not None and first.site.quantity.kind != "ratio"
        short = phrase.spread or phrase.each or dealt or wanted is None
        names = split_subjects(noun, wanted, phrase.kept, short=short)
        if len(names) == 1 and (phrase.spread or phrase.each) and wanted is None:
            names = split_subjects(noun, 2, phrase.kept)  # 城乡居民收入分别增长10%以上, 均增长8%
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
    if first.site.quantity.kind == "ratio" and not noun and line.subjects.last:
        # 产业结构由20:41:39调整为20:43:37: the parts are those of what was named.
        return [line.subjects.last], "elided, the parts of the subject before"
    earlier = [] if per else line.earlier(first.site, wanted)
    if len(earlier) > 1 or (earlier and not noun):
        return [compose(name, noun) if noun else name for name in earlier], f"{word} over the numbers before it"
    subject = line.subject_before(first.site)
    if wanted and len(names := split_subjects(subject, wanted)) == wanted:
        return names, f"{word} over the subjects of a segment before"
    indicator, rule = indicator_of(Reading(first.site, phrase, "", ""), line)
    return split_subjects(indicator, wanted), rule
