"""Which noun phrase a number measures: before it, behind it, or carried over from the statement before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from policynlp.facts import catalogue
from policynlp.facts.coordination import split_subjects
from policynlp.facts.phrases import Phrase, read_left, read_right, strip_head
from policynlp.facts.sites import Segment, Site
from policynlp.facts.vocabulary import cut, enders, heads, openers, predicates, tag, vague_nouns

_RATES = ("%", "‰", "％", "个百分点")
_NEVER_BEHIND = ("个百分点", "位", "倍", "番")
_JOINER = re.compile(r"^\s*(?:[、，,]\s*)?(?:和|与|及|以及)\s*|^\s*[、，,]\s*")
_FROM = re.compile(
    r"(?:由|从)(?:(?:\d{4}\s?|[一二][〇零一二三四五六七八九]{3}|上|去|前|五|三|十)年(?:底|末|初|前)?|年初|年底"
    r"|“[^”]{1,3}五”(?:期|初期)?末?|原来|原有|过去|当年|最初|同期|现在)?的?\s?$"
)
# What a number is reckoned per; no subject by itself.
_PER = ("人均", "月人均", "年人均", "户均", "平均", "月均", "日均")
_BEHIND = "the noun phrase behind the number"
# 是原来的2.6倍, 面积是“九五”时期的2倍
_COMPARED = re.compile(r"(?P<subject>.{0,40}?)(?:是|为|相当于)(?!主|民)[^，]{1,16}$")
# 由每月55元提高到70元: the words between are no time, so what follows must say that a change is told.
_FROM_LOOSE = re.compile(r"(?:由|从)[^，、；由从]{1,8}$")
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
        behind: True where the indicator stands behind the number.
        ambiguous: True where values and subjects do not match in number.
    """

    site: Site
    phrase: Phrase
    indicator: str
    rule: str
    run: int
    behind: bool = False
    ambiguous: bool = False


@dataclass(slots=True)
class Subjects:
    """What a report has been speaking of, from statement to statement.

    Attributes:
        last: The indicator of the last number.
        base: The subject that a bare head such as 总量 belongs to.
        kept: The 新增 of the list that is being read.
        topic: The subject of the sentence's first segment, where that holds no number.
        run: Index of the current run.
        links: The links of the sentence so far.
    """

    last: str = ""
    base: str = ""
    kept: str = ""
    topic: str = ""
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
    subjects.base = subjects.kept = ""
    opens = sites and sites[0].segment > 0 and not _DIGIT.search(text, segments[0].start, segments[0].end)
    subjects.topic = _subject_of(text, segments[0]) if opens else ""
    behind = ""  # the noun phrase read behind the number before, which a following number may go on with
    index = 0
    while index < len(sites):
        group = [sites[index]]
        while index + len(group) < len(sites) and sites[index + len(group)].chain:
            group.append(sites[index + len(group)])
        behind = _link_group(text, group, segments, subjects, behind)
        index += len(group)
    following = ""
    for link in reversed(subjects.links):
        if not link.indicator and following:
            # 在增长7%的基础上，生产总值增长8%
            link.indicator, link.rule = following, "elided, the subject comes with the next number"
        following = link.indicator
    once = {(link.site.quantity.start, link.indicator): link for link in reversed(subjects.links)}
    subjects.links = list(reversed(once.values()))
    return subjects.links


def _link_group(text: str, group: list[Site], segments: Sequence[Segment], subjects: Subjects, behind: str) -> str:
    site = group[0]
    phrase, noun_behind, run_on = _phrase_of(site, behind)
    if run_on and (phrase.spread or phrase.each):
        phrase.noun = run_on + phrase.noun
    several = phrase.spread or phrase.each or _only_heads(phrase.noun) or _whole_names(phrase)
    if len(group) == 1 and not several:
        indicator, rule = _indicator(text, site, phrase, noun_behind, run_on, segments, subjects)
        _add(subjects, site, phrase, indicator, rule)
        return noun_behind
    last_behind = _phrase_of(group[-1], "")[1]
    open_left = not phrase.noun or phrase.noun.endswith("等")
    if last_behind and not noun_behind and open_left and not phrase.spread and not phrase.each:
        # 540多万户、1200多万人的住房问题: one noun phrase behind them all.
        for member in group:
            indicator, rule = _from_behind(member, phrase, last_behind, subjects)
            _add(subjects, member, phrase, indicator, rule)
        return last_behind
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


def _only_heads(noun: str) -> bool:
    # 总量和增幅保持全市第一: both belong to the subject before.
    parts = split_subjects(noun)
    return len(parts) > 1 and all(heads().get(part) in ("part", "count", "growth") for part in parts)


def _whole_names(phrase: Phrase) -> bool:
    # 财政收入和税收收入增长15%: a rate of two complete indicators is a statement on each.
    if phrase.effect not in ("rise", "fall", "lift") or "和" not in phrase.noun:
        return False
    parts = phrase.noun.split("和")
    return len(parts) == 2 and all(catalogue.find(part) for part in parts) and not catalogue.find(phrase.noun)


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
    source = _FROM.search(left) or (_FROM_LOOSE.search(left) if _goes_to(site.right) else None)
    phrase = read_left(left[: source.start()] if source else left, rank=site.quantity.unit == "位")
    if source:
        phrase.effect, phrase.cue = "from", source.group()
    if run_on and not phrase.noun and not phrase.effect and (behind := _behind(site, phrase)):
        return phrase, behind, ""
    return phrase, "" if run_on else _behind(site, phrase), run_on


def _goes_to(right: str) -> bool:
    right = right.lstrip("、 ")
    return any(predicates().get(right[:n]) == "to" for n in range(2, 5))


def _behind(site: Site, phrase: Phrase) -> str:
    """The noun phrase behind a number, where the number belongs to that and not to what stands before it."""
    unit = site.quantity.unit
    if unit in _NEVER_BEHIND or phrase.effect in ("to", "from", "rank"):
        return ""
    changes = phrase.effect in ("rise", "fall", "lift", "better")
    # 品质提升27项任务: what is lifted may stand behind its count.
    counted = phrase.effect == "lift" and not unit.endswith("元")
    if (phrase.noun and (unit in _RATES or (changes and not counted))) or (unit in _RATES and changes):
        return ""
    counts = (
        not phrase.noun
        or phrase.noun == phrase.kept
        or phrase.of
        or phrase.noun.endswith("等")
        or _ends_in_verb(phrase.noun)
    )
    # 整改完成46栋无水建筑整治: a verb that has its object behind the number, unless that is money.
    counts = counts or (phrase.predicate[:1] == ["完成"] and not unit.endswith("元"))
    if unit.endswith("元") and openers().get(_first_word(site.right)) in ("act", "rise", "fall", "keep"):
        # 投资2.6亿元改扩建道路: what the money is for is another statement.
        return ""
    behind = read_right(site.right, keep_verb=counts)
    return "" if phrase.noun and _generic(behind, "growth") else behind


def _generic(noun: str, *more: str) -> bool:
    # 保持16%的发展速度, 完成20万亩的任务: the indicator stands before the number.
    head = head_of(noun)
    return bool(head) and heads()[head] in ("generic", *more) and len(noun) - len(head) < 3


def _first_word(text: str) -> str:
    return next(iter(cut(text[:8].lstrip())), "")


def _ends_in_verb(noun: str) -> bool:
    # 国家重点实施, 中央新增: a verb that has its object behind the number.
    return openers().get(cut(noun[-8:])[-1]) in ("act", "keep")


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
    return _elided(text, site, phrase, segments, subjects)


def _elided(text: str, site: Site, phrase: Phrase, segments: Sequence[Segment], subjects: Subjects) -> tuple[str, str]:
    if subject := _subject_before(text, site, segments, measurable=True):
        subjects.base = subject
        return subject, "the subject of a segment before"
    if same := _same_unit(site, subjects):
        return same, "elided, carried over from the last number with the same unit"
    if subjects.last:
        return _whole(subjects.last, phrase), "elided, carried over from the number before"
    if subject := _subject_before(text, site, segments):
        return subject, "the subject of a segment before"
    # 实现15%的增长速度: where nothing else is named, the rate itself is.
    named = site.right.removeprefix("的")[:4]
    return (named if heads().get(named) == "growth" else phrase.verb), "the only noun or verb beside the number"


def _whole(indicator: str, phrase: Phrase) -> str:
    # 新增友城4个、累计达31个; 新建公厕7座、改造1座: the second number does not count what is new.
    if phrase.verb or (phrase.effect == "link" and phrase.cue.endswith(("达", "达到"))):
        for prefix in ("新增", "净增", "新建", "新认定", "新引进", "新登记"):
            indicator = indicator.removeprefix(prefix)
    return indicator


def _same_unit(site: Site, subjects: Subjects) -> str:
    # 完成改制1403户，引入投资26亿元，其中2005年完成1113户
    unit = site.quantity.unit
    if "其中" not in site.left:
        return ""
    return next((link.indicator for link in reversed(subjects.links) if link.site.quantity.unit == unit), "")


def _from_behind(site: Site, phrase: Phrase, behind: str, subjects: Subjects) -> tuple[str, str]:
    if site.right.lstrip().startswith("的") and heads().get(phrase.noun) in ("part", "count"):
        # 投资162亿元的汽车项目: the head stands before the number, what it belongs to behind.
        subjects.base = behind
        return behind + phrase.noun, f"{phrase.noun} of the noun phrase behind the number"
    kept = phrase.kept if phrase.noun == phrase.kept or not phrase.noun else ""
    if phrase.noun and openers().get(last := cut(phrase.noun[-8:])[-1]) == "keep":
        kept = last
    if not kept and site.mark in ("、", "q") and not phrase.noun and not phrase.verb:
        kept = subjects.kept
    if phrase.noun.startswith(("每", "人均", "户均")) and len(phrase.noun) <= 8:
        kept = phrase.noun
    subjects.kept = phrase.kept.removeprefix("累计") or (kept if site.mark in ("、", "q") else "")
    subjects.base = kept + behind
    if not phrase.verb and not kept and site.mark not in ("、", "q"):
        subjects.run += 1
    return kept + behind, _BEHIND


def _own(text: str, site: Site, phrase: Phrase, segments: Sequence[Segment], subjects: Subjects) -> tuple[str, str]:
    noun = phrase.noun
    if _generic(noun):
        return _elided(text, site, phrase, segments, subjects)
    if noun == phrase.kept and noun:
        # 达到10家、新增2家: what is new is what the number before counts.
        subject = subjects.base or subjects.last
        return (noun + subject.removeprefix(noun) if subject else noun), f"{noun} of the subject before"
    if phrase.of and (compared := _COMPARED.match(noun)):
        noun = compared["subject"]
        if not noun:
            return subjects.last, f"{compared.group()} is what the number before is measured against"
    if noun.startswith("占") or (phrase.of and site.quantity.unit in _RATES and _is_part_of(site.left)):
        whole = noun if noun.startswith("占") else site.left.strip("，、 ").removesuffix("的")
        subject = _subject_before(text, site, segments) or subjects.last
        return subject + whole, f"{whole} of the subject before"
    kind = heads().get(noun, "")
    if "占" in noun and heads().get(noun.split("占", 1)[0]) in ("part", "count"):
        # 增加值占生产总值的比重: whose 增加值, the segment before says.
        subject = _subject_before(text, site, segments) or subjects.base
        return subject + noun, f"{noun} of the subject before"
    if kind in ("part", "count", "growth") or (kind == "share" and len(noun) < 4):
        subject = _subject_before(text, site, segments)
        if not subject and kind == "part" and subjects.kept and subjects.base.startswith(subjects.kept):
            # 医药制造稳步增长，新增单品40个，实现产值229亿元: not the output of what is new.
            subject = subjects.topic
        subject = subject or subjects.base
        if subject and subject not in heads():
            return _compose(subject, noun, kind), f"{noun} of the subject before"
    indicator = noun
    rule = "the noun phrase before the number"
    if phrase.kept:
        subjects.kept = phrase.kept.removeprefix("累计")
    elif site.mark == "、" and not phrase.verb and subjects.links and subjects.links[-1].phrase.lead:
        # 增加森林面积175万亩、森林蓄积1450万立方米: the verb reaches over the list.
        phrase.lead, phrase.verb = subjects.links[-1].phrase.lead, subjects.links[-1].phrase.verb
    elif site.mark == "、" and subjects.kept and not phrase.verb:
        indicator, rule = (
            subjects.kept + noun,
            f"the noun phrase before the number, with the {subjects.kept} of its list",
        )
    else:
        subjects.kept = ""
    if not phrase.verb and not phrase.kept and not phrase.held and site.mark not in ("、", "q"):
        subjects.run += 1
    subjects.base = indicator
    return indicator, rule


def _is_part_of(left: str) -> bool:
    return left.strip("，、 ").startswith(("占", "完成", "为", "是", "相当于", "达到", "超"))


def _compose(subject: str, noun: str, kind: str) -> str:
    if noun in _TOTALS:
        for prefix in ("新增", "净增", "新认定", "新引进", "累计", "认定"):
            subject = subject.removeprefix(prefix)
    if noun in _TOTALS and subject.endswith(("总量", "总额", "总值", "总数")):
        return subject
    if kind == "part":
        head = head_of(subject)
        if head and noun != head and noun.endswith(head) and len(subject) > len(noun):
            # 存款余额, 贷款余额: the one takes the place of the other.
            return subject[: -len(noun)] + noun
        if head and heads()[head] in ("part", "amount") and len(head) < len(subject):
            subject = subject[: -len(head)]
    return subject + noun


def head_of(noun: str) -> str:
    """The longest known head word that a phrase ends in; empty where it ends in none."""
    table = heads()
    return next((noun[-n:] for n in range(min(8, len(noun)), 0, -1) if noun[-n:] in table), "")


def _subject_before(text: str, site: Site, segments: Sequence[Segment], measurable: bool = False) -> str:
    """The subject of the nearest segment before that has one, among those without a number directly before.

    With ``measurable`` only what ends in the head of an indicator counts.
    """
    if site.mark not in ("，", ","):
        return ""
    for index in range(site.segment - 1, max(-1, site.segment - 5), -1):
        segment = segments[index]
        if _DIGIT.search(text, segment.start, segment.end) or segment.clause != site.clause:
            return ""
        subject = _subject_of(text, segment)
        if subject and (not measurable or head_of(subject)):
            return subject
        if segment.mark not in ("，", ","):
            return ""
    return ""


def _subject_of(text: str, segment: Segment) -> str:
    """The subject of a segment without a number: 畜牧业 of 畜牧业发展势头强劲; empty for a verb and its object."""
    phrase = Phrase()
    rest = strip_head(text[segment.start : segment.end].strip(), phrase)
    words = cut(rest[:60])
    if phrase.verb or not words:
        return ""
    out: list[str] = []
    told = False
    for word in words:
        if word in enders() or word in predicates() or tag(word)[:1] in ("d", "a", "p") or _adverb_in(word):
            told = True
            break
        out.append(word)
    while out and (_vague(out[-1]) or (not told and tag(out[-1]) == "v")):
        out.pop()
    subject = "".join(out)
    if tag(words[0]) in ("v", "d", "p") and not head_of(subject):
        return ""
    return subject if len(subject) > 1 else ""


def _vague(word: str) -> bool:
    # The cutter keeps 发展势头 whole.
    return word in vague_nouns() or (len(word) == 4 and word[:2] in vague_nouns() and word[2:] in vague_nouns())


def _adverb_in(word: str) -> bool:
    # The cutter keeps 明显提高 whole.
    return len(word) > 3 and tag(word[:2])[:1] in ("d", "a") and tag(word[2:]) in ("v", "vn")


_DIGIT = re.compile(r"\d")


def _add(subjects: Subjects, site: Site, phrase: Phrase, indicator: str, rule: str, ambiguous: bool = False) -> None:
    subjects.links.append(Link(site, phrase, indicator, rule, subjects.run, rule == _BEHIND, ambiguous))
    subjects.last = indicator or subjects.last


def _deal(text: str, group: list[Site], phrase: Phrase, segments: Sequence[Segment], subjects: Subjects) -> None:
    """Give several values, or one value for several subjects, to their subjects."""
    wanted = len(group) if len(group) > 1 else None
    names, rule = _names(text, group[0], phrase, wanted, segments, subjects)
    if len(group) == 1:
        for name in dict.fromkeys(names):
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
    bare = heads().get(noun) in ("part", "count", "growth", "share") and len(noun) < 4
    if noun and not bare and noun not in _PER:
        names = split_subjects(noun, wanted, phrase.kept, short=phrase.spread or phrase.each)
        subject = subjects.base or _subject_before(text, site, segments)
        if len(names) > 1 and subject and _only_heads(noun):
            return [_compose(subject, name, heads()[name]) for name in names], f"{noun} of the subject before"
        if len(names) > 1:
            subjects.base = noun
            return names, f"{word} over the subjects before it"
        indicator, rule = _own(text, site, phrase, segments, subjects)
        return [indicator], rule
    earlier = _earlier(site, wanted, subjects) if noun not in _PER else []
    if len(earlier) > 1 or (earlier and not noun):
        kind = heads().get(noun, "")
        return [_compose(name, noun, kind) if noun else name for name in earlier], f"{word} over the numbers before it"
    subject = _subject_before(text, site, segments)
    if wanted and len(names := split_subjects(subject, wanted)) == wanted:
        return names, f"{word} over the subjects of a segment before"
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
        if wanted is None and (link.site.clause != site.clause or len(names) > 5):
            break
    return names
