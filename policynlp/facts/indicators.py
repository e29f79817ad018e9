"""Which noun phrase one number measures: before it, behind it, or carried over from the statement before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policynlp.facts import catalogue
from policynlp.facts.phrases import Phrase
from policynlp.facts.readings import RATES, Reading, ends_in_verb, generic, purpose
from policynlp.facts.sites import Site
from policynlp.facts.subjects import Line, Link, compose, growing_at_head, head_of, without_new, without_vague
from policynlp.facts.vocabulary import cue_words, cut, enders, heads, openers, tag

BEHIND = "the noun phrase behind the number"
BARE = ("part", "count", "total", "growth")
# 是原来的2.6倍, 面积是“九五”时期的2倍
_COMPARED = re.compile(rf"(?P<subject>.{{0,40}}?)(?:{cue_words('compared')})(?!主|民)[^，]{{1,16}}$")
# 占支出的5%, 完成计划的142%: what the number is a share of.
_SPENDING = re.compile(cue_words("spend"))
_BATCH = re.compile(r"第[一二三四五六七八九十\d]{1,2}批")
_DONE = re.compile(cue_words("done"))
_SHARED_VERB = re.compile(cue_words("shared_verb"))
_SHARE_OF = re.compile(rf"[，、 ]*(?:{cue_words('share_of')})")


def indicator_of(reading: Reading, line: Line) -> tuple[str, str]:
    """Find what a number measures.

    Args:
        reading: The number with what stands around it.
        line: Its sentence; what is spoken of there is updated.

    Returns:
        The indicator and the rule that found it.
    """
    if reading.behind:
        return from_behind(reading, line)
    if reading.run_on:
        line.subjects.base = reading.run_on
        return reading.run_on + reading.phrase.noun, "runs on from the noun phrase behind the number before"
    if reading.phrase.noun:
        return own(reading, line)
    return _elided(reading, line)


def from_behind(reading: Reading, line: Line) -> tuple[str, str]:
    """The noun phrase behind the number, with what before the number belongs to it."""
    site, phrase, behind, subjects = reading.site, reading.phrase, reading.behind, line.subjects
    if site.right.lstrip().startswith("的") and heads().get(phrase.noun) in ("part", "count"):
        # 投资162亿元的汽车项目: the head stands before the number, what it belongs to behind.
        subjects.base = behind
        return behind + phrase.noun, f"{phrase.noun} of the noun phrase behind the number"
    listed = site.mark in ("、", "q")
    if tag(behind) == "v" and not phrase.noun and not phrase.verb and _same_unit(site, subjects.links):
        # 80个公司中，已有60个撤并: the verb of what was counted before.
        return without_new(subjects.last), f"elided, {behind} is said of what the number before counts"
    if _BATCH.fullmatch(phrase.noun):
        subjects.base = phrase.noun + behind
        return subjects.base, BEHIND  # 第三批674个中心村
    kept = phrase.kept if phrase.noun in ("", phrase.kept) else ends_in_verb(phrase.noun, ("keep",))
    if not kept and listed and not phrase.noun and not phrase.verb:
        kept = subjects.kept
    if phrase.noun.startswith(("每", "人均", "户均")) and len(phrase.noun) <= 8:
        kept = phrase.noun
    subjects.kept = phrase.kept.removeprefix("累计") or (kept if listed else "")
    subjects.base = kept + behind
    if not phrase.verb and not kept and not listed:
        subjects.run += 1
    return kept + behind, BEHIND


def own(reading: Reading, line: Line) -> tuple[str, str]:
    """The noun phrase before the number, completed where it says too little alone."""
    noun, phrase, subjects, site = reading.phrase.noun, reading.phrase, line.subjects, reading.site
    if phrase.pronoun and (owner := line.antecedent(site)):
        # 扩大民营经济，使其增加值达到5亿元
        subjects.base = owner = without_vague(owner) if heads().get(noun) in BARE else owner
        return compose(owner, noun), f"{phrase.pronoun} is what was named before"
    if generic(noun):
        return _elided(reading, line)
    if noun.endswith("等") and (field := line.field()):
        # 高速公路方面，新开工云海至平川等14条: only examples stand before the number.
        subjects.base = phrase.kept + field
        return subjects.base, "what the sentence is about, with examples before the number"
    if noun == phrase.kept:
        # 达到10家、新增2家: what is new is what the number before counts.
        subject = (
            subjects.base or (line.object_before(site, any_noun=True) if not subjects.links else "") or subjects.last
        )
        return (noun + without_new(subject) if subject else noun), f"{noun} of the subject before"
    if phrase.of and (compared := _COMPARED.match(noun)):
        noun = compared["subject"]
        if not noun:
            return subjects.last, f"{compared.group()} is what the number before is measured against"
    if subjects.links and tag(noun) == "v" and noun in enders() and (of := _without_event(subjects.last)):
        # 项目开工97个，竣工36个: another stage of the same things.
        return of + noun, f"{noun} of the subject before"
    if _DONE.fullmatch(noun) and site.mark in ("、", "q") and subjects.base and _same_unit(site, subjects.links):
        # 制定规章5件、修改32件、废止84件: what else is done to the same things.
        return subjects.base + noun, f"{noun} of the subject before"
    if part := _part_of(noun, reading, line):
        return part
    kind = heads().get(noun, "")
    if kind == "per" and (subject := _owner(kind, reading, line)):
        # 国内生产总值达到2500亿元，人均达到5500美元
        return noun + subject, f"{noun} of the subject before"
    if (kind in BARE and not _whole(noun, phrase)) or (kind == "share" and len(noun) < 4):
        subject = _owner(kind, reading, line)
        if subject and subject not in heads():
            return compose(subject, noun), f"{noun} of the subject before"
    return _full(noun, reading, line)


def _same_unit(site: Site, links: Sequence[Link]) -> bool:
    return bool(links) and links[-1].site.quantity.unit == site.quantity.unit


def _whole(noun: str, phrase: Phrase) -> bool:
    # 财政收入100亿元，其中税收80亿元: one of the parts is an indicator of its own.
    return "其中" in phrase.dropped and catalogue.find(noun) is not None


def _without_event(indicator: str) -> str:
    """An indicator without the stage at its end: 项目 of 项目开工; empty where it ends in none."""
    last = cut(indicator)[-1] if indicator else ""
    return indicator.removesuffix(last) if tag(last) == "v" and last in enders() else ""


def _part_of(noun: str, reading: Reading, line: Line) -> tuple[str, str] | None:
    """占一般公共预算支出, 增加值占生产总值的比重: a share, whose subject may stand before."""
    site, subjects = reading.site, line.subjects
    if noun.startswith("占"):
        return (line.subject_before(site) or subjects.last) + noun, f"{noun} of the subject before"
    if reading.phrase.of and site.quantity.unit in RATES and _SHARE_OF.match(site.left):
        whole = site.left.strip("，、 ").removesuffix("的")
        return (line.subject_before(site) or subjects.last) + whole, f"{whole} of the subject before"
    if "占" in noun and heads().get(noun.split("占", 1)[0]) in ("part", "count"):
        return (line.subject_before(site) or subjects.base) + noun, f"{noun} of the subject before"
    return None


def _owner(kind: str, reading: Reading, line: Line) -> str:
    """Whose 总量 or 产值 it is."""
    subjects = line.subjects
    if subject := line.subject_before(reading.site):
        return subject
    if kind == "part" and (subject := line.object_before(reading.site)):
        return subject
    if reading.phrase.noun.endswith("率") and len(listed := line.listed_before(reading.site)) > 1:
        # 办理建议54件、提案34件，办结率100%: the rate is that of both.
        return "、".join(listed)
    if kind == "part" and subjects.kept and subjects.base.startswith(subjects.kept) and subjects.topic:
        # 医药制造稳步增长，新增单品40个，实现产值229亿元: not the output of what is new.
        return subjects.topic
    # 经济发展贡献新担当。增长5%、总量达到5万亿元: only the sentence before says of what.
    alone = kind in ("total", "growth") and not any(link.indicator for link in subjects.links)
    return subjects.base or (growing_at_head(line.said) if alone else "")


def _states(reading: Reading) -> bool:
    """True where a subject has a predicate of its own, so that an effort named before ends: 里程突破9公里."""
    q = reading.site.quantity
    bound = q.why.get("bound", "")
    return (
        bool(reading.phrase.predicate) or "其中" in reading.phrase.dropped or bool(bound and q.text.startswith(bound))
    )


def _full(noun: str, reading: Reading, line: Line) -> tuple[str, str]:
    """A noun phrase that names an indicator by itself; a list shares its 新增 and its 增加."""
    site, phrase, subjects = reading.site, reading.phrase, line.subjects
    indicator, rule = noun, "the noun phrase before the number"
    listed = site.mark == "、" and not phrase.verb
    if phrase.kept:
        subjects.kept = phrase.kept.removeprefix("累计")
    elif listed and subjects.links and subjects.links[-1].phrase.lead:
        # 增加森林面积175万亩、森林蓄积1450万立方米: the verb reaches over the list.
        phrase.lead, phrase.verb = subjects.links[-1].phrase.lead, subjects.links[-1].phrase.verb
    elif listed and subjects.kept and site.quantity.kind != "percent":
        indicator, rule = subjects.kept + noun, f"{rule}, with the {subjects.kept} of its list"
    elif site.mark in ("、", "；", ";") and not phrase.verb and (verb := _shared_verb(noun, site, subjects.links)):
        indicator, rule = verb + noun, f"{rule}, with the {verb} of its list"
    else:
        subjects.kept = ""
    if not phrase.verb and not phrase.kept and not phrase.held and site.mark not in ("、", "q") and _states(reading):
        subjects.run += 1
    subjects.base = indicator
    return indicator, rule


def _shared_verb(noun: str, site: Site, links: Sequence[Link]) -> str:
    """The verb at the head of an item before, of the same kind of thing: 参加养老保险5万人、医疗保险8万人."""
    for link in reversed(links[-4:]):
        same = link.site.quantity.unit == site.quantity.unit and not link.behind and link.site.mark != "q"
        if not same or len(noun) < 4 or noun[-2:] != link.indicator[-2:] or cut(noun)[0] in openers():
            continue
        if shared := _SHARED_VERB.match(link.indicator):
            return shared.group()
    return ""


def _elided(reading: Reading, line: Line) -> tuple[str, str]:
    site, phrase, subjects = reading.site, reading.phrase, line.subjects
    if phrase.pronoun and (owner := line.antecedent(site)):
        subjects.base = owner
        return owner, f"{phrase.pronoun} is what was named before"
    verb = phrase.verb or (phrase.predicate[-1] if phrase.predicate else "")
    if _SPENDING.fullmatch(verb) and (aim := purpose(reading)):
        # 安排400万元用于前期工作: no amount of what was spoken of before.
        subjects.base = aim + (verb if verb in heads() else "")
        return subjects.base, f"what the money is for, {verb} before it"
    if subject := line.subject_before(site, measurable=True):
        subjects.base = subject
        return subject, "the subject of a segment before"
    acted_on = line.object_before(site, any_noun=True) if site.quantity.kind == "percent" else ""
    if heads().get(head_of(acted_on)) == "share":
        subjects.base = acted_on
        return acted_on, "what the segment before acts on"  # 提高服务业占比，由50%提高到60%
    if same := line.same_unit(site):
        return same, "elided, carried over from the last number with the same unit"
    if not subjects.links and phrase.among:
        return phrase.among, "what the rank is one of"
    if not subjects.links and (subject := line.subject_before(site)):
        # 科研经费，从2020年的12亿元增加到36亿元: not what the sentence before was about.
        subjects.base = subject
        return subject, "the subject of a segment before"
    if site.quantity.unit.endswith("元") and _SPENDING.fullmatch(phrase.verb):
        # 投入2亿元，新建泵站: the money is for what follows, no amount of what was spoken of before.
        return phrase.verb, "the verb that the money is of"
    if subjects.base and subjects.last.startswith(f"{subjects.base}占") and _of_amount(reading):
        # 民生支出5亿元，占支出的80%，增长15%: the amount grows, not its share.
        return subjects.base, "elided, the amount before its share"
    if subjects.last:
        counts_all = phrase.verb or (phrase.effect == "link" and phrase.cue.endswith(("达", "达到")))
        # 新增友城4个、累计达31个; 新建公厕7座、改造1座: the second number does not count what is new.
        last = without_new(subjects.last) if counts_all else subjects.last
        return last, "elided, carried over from the number before"
    if subject := line.subject_before(site):
        return subject, "the subject of a segment before"
    if site.quantity.unit != "位" and (subject := line.object_before(site, any_noun=True)):
        return subject, "what the segment before acts on"
    return _beside(phrase, site.right) or phrase.pronoun, "the only noun or verb beside the number"


def _of_amount(reading: Reading) -> bool:
    unit, effect = reading.site.quantity.unit, reading.phrase.effect
    return unit in ("倍", "番") or (unit in RATES and unit != "个百分点" and effect in ("rise", "fall"))


def _beside(phrase: Phrase, right: str) -> str:
    # 实现15%的增长速度: where nothing else is named, the rate itself is.
    named = right.removeprefix("的")[:4]
    if "排名" in phrase.predicate:
        return "排名"
    return named if heads().get(named) == "growth" else phrase.verb
