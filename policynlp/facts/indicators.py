"""Which noun phrase a number measures: before it, behind it, or carried over from the statement before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from policynlp.facts.coordination import split_subjects
from policynlp.facts.phrases import Phrase, read_left, read_right, strip_head
from policynlp.facts.sites import Segment, Site
from policynlp.facts.vocabulary import cut, enders, heads, predicates, tag

_RATES = ("%", "‰", "％", "个百分点")
_NEVER_BEHIND = ("个百分点", "位", "倍", "番")
_JOINER = re.compile(r"^\s*(?:[、，,]\s*)?(?:和|与|及|以及)\s*|^\s*[、，,]\s*")
_FROM = re.compile(r"(?:由|从)(?P<when>[^由从，]{0,12}?(?:年|年底|年末|期末|末|初)?的?)$")
_TOTALS = ("总数", "总量", "总规模", "总额", "总数量")


@dataclass(slots=True)
class Link:
    """One number tied to one indicator.

    Attributes:
        site: The number with the words around it.
        phrase: What stands before it, taken apart.
        indicator: What it measures; empty where nothing tells.
        rule: The rule that tied it.
        run: Index of its run: consecutive numbers whose subject stays the same.
        ambiguous: True where values and subjects do not match in number.
    """

    site: Site
    phrase: Phrase
    indicator: str
    rule: str
    run: int
    ambiguous: bool = False


@dataclass(slots=True)
class Subjects:
    """What a report has been speaking of, from statement to statement.

    Attributes:
        last: The indicator of the last number.
        base: The subject that a bare head such as 总量 belongs to.
        kept: The 新增 of the list that is being read.
        run: Index of the current run.
        links: The links of the sentence so far.
    """

    last: str = ""
    base: str = ""
    kept: str = ""
    run: int = 0
    links: list[Link] = field(default_factory=list)


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
    subjects.links = []
    subjects.run += 1
    behind = ""  # the noun phrase read behind the number before, which a following number may go on with
    index = 0
    while index < len(sites):
        group = [sites[index]]
        while index + len(group) < len(sites) and sites[index + len(group)].chain:
            group.append(sites[index + len(group)])
        behind = _link_group(text, group, segments, subjects, behind)
        index += len(group)
    return subjects.links


def _link_group(text: str, group: list[Site], segments: Sequence[Segment], subjects: Subjects, behind: str) -> str:
    site = group[0]
    phrase, noun_behind, run_on = _phrase_of(site, behind)
    if len(group) == 1 and not phrase.spread and not phrase.each:
        indicator, rule = _indicator(text, site, phrase, noun_behind, run_on, segments, subjects)
        _add(subjects, site, phrase, indicator, rule)
        return noun_behind
    if noun_behind and not phrase.spread:
        # A chain of counted nouns (8612名学生和4131名教师) is no chain: each has its own noun behind it.
        for member in group:
            phrase, noun_behind, run_on = _phrase_of(member, behind)
            indicator, rule = _indicator(text, member, phrase, noun_behind, run_on, segments, subjects)
            _add(subjects, member, phrase, indicator, rule)
            behind = noun_behind
        return behind
    _deal(text, group, phrase, segments, subjects)
    return ""


def _phrase_of(site: Site, behind: str) -> tuple[Phrase, str, str]:
    """The phrase before a number, the noun phrase behind it, and the one that runs on from the number before."""
    left, run_on = site.left, ""
    if site.mark == "q" and behind:
        rest = left.lstrip().removeprefix("的")
        if rest.startswith(behind):
            joined = _JOINER.match(rest[len(behind) :])
            left, run_on = (rest[len(behind) + joined.end() :], "") if joined else (rest[len(behind) :], behind)
    elif site.mark == "q":
        left = _JOINER.sub("", left, count=1)
    source = _FROM.search(left)
    phrase = read_left(left[: source.start()] if source else left)
    if source:
        phrase.effect, phrase.cue = "from", source.group()
    if site.quantity.unit in _NEVER_BEHIND or phrase.effect in ("rise", "fall", "better", "to", "from", "rank"):
        return phrase, "", run_on
    if site.quantity.unit in _RATES and (phrase.noun or run_on):
        return phrase, "", run_on
    return phrase, read_right(site.right, keep_verb=not phrase.noun), run_on


def _indicator(
    text: str,
    site: Site,
    phrase: Phrase,
    behind: str,
    run_on: str,
    segments: Sequence[Segment],
    subjects: Subjects,
) -> tuple[str, str]:
    if behind:
        return _from_behind(site, phrase, behind, subjects)
    if run_on:
        indicator = run_on + phrase.noun
        subjects.base = run_on
        return indicator, "runs on from the noun phrase behind the number before"
    if phrase.noun:
        return _own(text, site, phrase, segments, subjects)
    subject = _subject_before(text, site, segments)
    if subject and head_of(subject):
        subjects.base = subject
        return subject, "the subject of the segment before"
    if subjects.last:
        return subjects.last, "elided, carried over from the number before"
    return subject or phrase.verb, "the subject of the segment before"


def _from_behind(site: Site, phrase: Phrase, behind: str, subjects: Subjects) -> tuple[str, str]:
    if site.right.lstrip().startswith("的") and heads().get(phrase.noun) in ("part", "count"):
        # 投资162亿元的汽车项目: the head stands before the number, what it belongs to behind.
        subjects.base = behind
        return behind + phrase.noun, f"{phrase.noun} of the noun phrase behind the number"
    kept = phrase.kept if phrase.noun == phrase.kept or not phrase.noun else ""
    if not kept and site.mark in ("、", "q") and not phrase.noun and not phrase.verb:
        kept = subjects.kept
    if phrase.noun.startswith(("每", "人均", "户均")) and len(phrase.noun) <= 8:
        kept = phrase.noun
    subjects.kept = phrase.kept or (kept if site.mark in ("、", "q") else "")
    subjects.base = kept + behind
    if not phrase.verb and not kept and site.mark not in ("、", "q"):
        subjects.run += 1
    return kept + behind, "the noun phrase behind the number"


def _own(text: str, site: Site, phrase: Phrase, segments: Sequence[Segment], subjects: Subjects) -> tuple[str, str]:
    noun = phrase.noun
    if noun.startswith("占") or (phrase.of and site.quantity.unit in _RATES and _is_part_of(site.left)):
        whole = noun if noun.startswith("占") else site.left.strip("，、 ").removesuffix("的")
        subject = _subject_before(text, site, segments) or subjects.last
        return subject + whole, f"{whole} of the subject before"
    kind = heads().get(noun, "")
    if kind in ("part", "count", "growth") or (kind == "share" and len(noun) < 4):
        subject = _subject_before(text, site, segments) or subjects.base
        if subject:
            return _compose(subject, noun, kind), f"{noun} of the subject before"
    indicator = noun
    rule = "the noun phrase before the number"
    if phrase.kept:
        subjects.kept = phrase.kept
    elif site.mark == "、" and subjects.kept and not phrase.verb:
        indicator, rule = (
            subjects.kept + noun,
            f"the noun phrase before the number, with the {subjects.kept} of its list",
        )
    else:
        subjects.kept = ""
    if not phrase.verb and not phrase.kept and site.mark not in ("、", "q"):
        subjects.run += 1
    subjects.base = indicator
    return indicator, rule


def _is_part_of(left: str) -> bool:
    return left.strip("，、 ").startswith(("占", "完成", "为", "是", "相当于", "达到", "超"))


def _compose(subject: str, noun: str, kind: str) -> str:
    if noun in _TOTALS:
        for prefix in ("新增", "净增", "新认定", "新引进", "累计", "认定"):
            subject = subject.removeprefix(prefix)
    if kind == "part":
        head = head_of(subject)
        if head and heads()[head] in ("part", "amount") and len(head) < len(subject):
            subject = subject[: -len(head)]
    return subject + noun


def head_of(noun: str) -> str:
    """The longest known head word that a phrase ends in; empty where it ends in none."""
    table = heads()
    return next((noun[-n:] for n in range(min(8, len(noun)), 0, -1) if noun[-n:] in table), "")


def _subject_before(text: str, site: Site, segments: Sequence[Segment]) -> str:
    """The subject of the segment directly before, where that holds no number of its own."""
    if site.mark not in ("，", ",") or not site.segment:
        return ""
    segment = segments[site.segment - 1]
    if any(link_end > segment.start for link_end in _ends(text, segment)):
        return ""
    phrase = Phrase()
    rest = strip_head(text[segment.start : segment.end].strip(), phrase)
    if phrase.verb:
        return ""
    out = ""
    for token in cut(rest[:60]):
        word_class = tag(token)
        if (
            token in enders()
            or token in predicates()
            or (word_class[:1] in ("v", "d", "a", "p") and word_class != "vn")
        ):
            break
        out += token
    return out if len(out) > 1 else ""


_DIGIT = re.compile(r"\d")


def _ends(text: str, segment: Segment) -> list[int]:
    return [match.end() for match in _DIGIT.finditer(text, segment.start, segment.end)]


def _add(subjects: Subjects, site: Site, phrase: Phrase, indicator: str, rule: str, ambiguous: bool = False) -> None:
    subjects.links.append(Link(site, phrase, indicator, rule, subjects.run, ambiguous))
    subjects.last = indicator or subjects.last


def _deal(text: str, group: list[Site], phrase: Phrase, segments: Sequence[Segment], subjects: Subjects) -> None:
    """Give several values, or one value for several subjects, to their subjects."""
    wanted = len(group) if len(group) > 1 else None
    names, rule = _names(text, group[0], phrase, wanted, segments, subjects)
    if len(group) == 1:
        for name in names:
            _add(subjects, group[0], phrase, name, rule)
        return
    if len(names) == len(group):
        for site, name in zip(group, names, strict=True):
            _add(subjects, site, phrase, name, rule)
        return
    mismatch = (phrase.spread and len(names) != 1) or phrase.spread
    for site in group:
        _add(subjects, site, phrase, names[0], "values and subjects differ in number" if mismatch else rule, mismatch)


def _names(
    text: str, site: Site, phrase: Phrase, wanted: int | None, segments: Sequence[Segment], subjects: Subjects
) -> tuple[list[str], str]:
    word = "分别" if phrase.spread else "均" if phrase.each else "the list"
    noun = phrase.noun
    if noun and not (heads().get(noun) in ("part", "count", "growth", "share") and len(noun) < 4):
        names = split_subjects(noun, wanted, phrase.kept)
        if len(names) > 1:
            subjects.base = names[-1]
            return names, f"{word} over the subjects before it"
        indicator, rule = _own(text, site, phrase, segments, subjects)
        return [indicator], rule
    earlier = _earlier(site, wanted, subjects)
    if len(earlier) > 1 or (earlier and not noun):
        kind = heads().get(noun, "")
        return [_compose(name, noun, kind) if noun else name for name in earlier], f"{word} over the numbers before it"
    indicator, rule = _indicator(text, site, phrase, "", "", segments, subjects)
    return split_subjects(indicator, wanted), rule


def _earlier(site: Site, wanted: int | None, subjects: Subjects) -> list[str]:
    """The last distinct indicators of the sentence: as many as wanted, or those of the list directly before."""
    names: list[str] = []
    for link in reversed(subjects.links):
        if link.indicator not in names:
            names.insert(0, link.indicator)
        if wanted is not None and len(names) == wanted:
            return names
        if wanted is None and link.site.mark != "、":
            break
    return names
