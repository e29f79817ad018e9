"""What a report is speaking of, from number to number: subjects that are named once and then left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from policynlp.facts import catalogue
from policynlp.facts.phrases import Phrase, strip_head
from policynlp.facts.sites import Segment, Site
from policynlp.facts.vocabulary import cue_words, cut, enders, heads, openers, predicates, producers, tag, vague_nouns

_DIGIT = re.compile(r"\d")
_COMMAS = ("，", ",")
# How many segments without a number a subject is looked for in.
_BACK = 4
_REACH = 160
_NO_NOUNS = ("v", "d", "p", "c")
_LONGEST_TOPIC = 30
_LONGEST_TITLE = 16
_SOWN = re.compile(rf"(?:{cue_words('sown')})?面积$")
_GOODS = re.compile(cue_words("goods"))


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
    """What is being spoken of; kept from sentence to sentence of a paragraph.

    Attributes:
        last: The indicator of the last number.
        base: The subject that a bare head such as 总量 belongs to.
        kept: The 新增 of the list that is being read.
        topic: The subject of the sentence's first segment, where that holds no number.
        run: Index of the current run.
        said: The sentence before, in which a pronoun's noun may stand.
        links: The links of the sentence so far.
    """

    last: str = ""
    base: str = ""
    kept: str = ""
    topic: str = ""
    run: int = 0
    said: str = ""
    links: list[Link] = field(default_factory=list)


@dataclass(slots=True)
class Line:
    """One sentence that is being read.

    Attributes:
        text: The sentence.
        segments: Its segments.
        subjects: What is being spoken of; updated while it is read.
        numbers: Where its numbers begin.
        said: The sentence before it in its paragraph.
    """

    text: str
    segments: Sequence[Segment]
    subjects: Subjects
    numbers: Sequence[int] = ()
    said: str = ""

    def begin(self, sites: Sequence[Site]) -> None:
        """Forget what does not outlive a sentence, and note what the sentence is about."""
        subjects = self.subjects
        subjects.links, subjects.base, subjects.kept = [], "", ""
        subjects.run += 1
        self.said, subjects.said = subjects.said, self.text
        self.numbers = [site.quantity.start for site in sites]
        opens = bool(sites) and sites[0].segment > 0 and not self._has_number(self.segments[0])
        subjects.topic = subject_of(self._words(self.segments[0])) if opens else ""

    def add(self, site: Site, phrase: Phrase, indicator: str, rule: str, **flags: bool) -> None:
        """Tie a number to an indicator."""
        self.subjects.links.append(Link(site, phrase, indicator, rule, self.subjects.run, **flags))
        self.subjects.last = indicator or self.subjects.last

    def subject_before(self, site: Site, measurable: bool = False) -> str:
        """The subject of the nearest segment before that has one, among those without a number directly before.

        Args:
            site: The number whose subject is left out.
            measurable: Only what ends in the head of an indicator counts.

        Returns:
            The subject; empty where there is none.
        """
        if site.mark in ("：", ":"):
            return self._titled(site)
        if site.mark not in _COMMAS:
            return ""
        for index in range(site.segment - 1, max(-1, site.segment - 1 - _BACK), -1):
            segment = self.segments[index]
            if self._has_number(segment) or segment.clause != site.clause:
                return ""
            subject = subject_of(self._words(segment))
            whole = subject.count("“") == subject.count("”")
            if not whole or _DIGIT.search(subject.replace("PM2.5", "").replace("PM10", "")):
                return ""
            if subject and (not measurable or head_of(subject) or catalogue.find(subject) or growth_name(subject)):
                return subject
            if segment.mark not in _COMMAS:
                return ""
        return ""

    def _titled(self, site: Site) -> str:
        """What a list of figures gives before ：, where it can be measured: 粮食产量：达到12万吨."""
        title = self._words(self.segments[site.segment - 1]).strip(" 　—-·") if site.segment else ""
        known = head_of(title) or catalogue.find(title) or _GOODS.fullmatch(title)
        return title if known and len(title) < _LONGEST_TITLE and heads().get(title) != "generic" else ""

    def object_before(self, site: Site, any_noun: bool = False) -> str:
        """What the segment directly before acts on, where that has an output: 壮大合金产业，产值达到12亿元.

        Args:
            site: The number whose subject is left out.
            any_noun: Also what has no output: 推进大枣基地建设，新发展1万亩.

        Returns:
            The object; empty where there is none.
        """
        if site.mark not in _COMMAS or site.segment == 0:
            return ""
        segment = self.segments[site.segment - 1]
        if segment.clause != site.clause or self._has_number(segment):
            return ""
        phrase = Phrase()
        noun = strip_head(self._words(segment).strip()[:60], phrase)
        return noun if phrase.verb and len(noun) > 2 and (any_noun or noun.endswith(producers())) else ""

    def field(self) -> str:
        """What a sentence says it is about, before its first ，: 高速公路 of 高速公路方面; empty for none."""
        match = _FIELD.fullmatch(self._words(self.segments[0]).strip())
        return match["field"] if match else ""

    def antecedent(self, site: Site) -> str:
        """What 其 or 这一指标 before a number stands for: named in its sentence, or in the one before.

        Args:
            site: The number.

        Returns:
            The noun phrase; empty where none is found.
        """
        near = [link for link in self.subjects.links if link.site.segment >= site.segment - 1]
        if near and near[-1].indicator:
            return near[-1].indicator
        named = self.subject_before(site) or self.object_before(site, any_noun=True)
        if not named and site.segment and not self._has_number(self.segments[site.segment - 1]):
            named = named_in(self._words(self.segments[site.segment - 1]), measurable=True)
        return named or (self.subjects.last if self.subjects.links else named_in(self.said))

    def earlier(self, site: Site, wanted: int | None) -> list[str]:
        """The last distinct indicators: as many as wanted, or those of the clause that the number stands in."""
        names: list[str] = []
        for link in reversed(self.subjects.links):
            if wanted is None and names and link.site.clause != site.clause:
                break
            if link.indicator not in names:
                names.insert(0, link.indicator)
            if wanted is not None and len(names) == wanted:
                return names
            if wanted is None and len(names) > 5:
                break
        return names

    def listed_before(self, site: Site) -> list[str]:
        """What the segments of one 、 list directly before count in one unit; empty for no list."""
        names: list[str] = []
        unit, first = "", 0
        links = [link for link in self.subjects.links if link.site.clause == site.clause]
        for link in reversed(links):
            if names and (link.site.quantity.unit != unit or link.site.segment < first - 1):
                break
            unit, first = link.site.quantity.unit, link.site.segment
            names.insert(0, link.indicator)
            if link.site.mark not in ("、", "q"):
                break
        return names if unit not in ("%", "") else []

    def same_unit(self, site: Site) -> str:
        """What the last number with the same unit measures, for 其中2022年完成111户."""
        if "其中" not in site.left:
            return ""
        unit = site.quantity.unit
        links = reversed(self.subjects.links)
        return next((link.indicator for link in links if link.site.quantity.unit == unit), "")

    def _has_number(self, segment: Segment) -> bool:
        return any(segment.start <= start < segment.end for start in self.numbers)

    def _words(self, segment: Segment) -> str:
        return self.text[segment.start : segment.end]


def subject_of(words: str) -> str:
    """The subject of a statement without a number; empty for a verb and its object.

    Example:
        >>> subject_of("畜牧业发展势头强劲"), subject_of("着力增强核心竞争力"), subject_of("消费在国民收入中的比重")
        ('畜牧业', '', '消费在国民收入中的比重')
    """
    phrase = Phrase()
    rest = strip_head(words.strip()[:80], phrase)[:60]
    tokens = cut(rest)
    if phrase.verb or not tokens:
        return ""
    if (
        heads().get(head_of(rest), "growth") != "growth"
        and tag(tokens[0]) not in _NO_NOUNS
        and len(rest) < _LONGEST_TOPIC
    ):
        # 消费在国民收入中的比重, 研究与实验发展经费: what ends in a head is one noun phrase.
        return rest
    out: list[str] = []
    told = False
    for token in tokens:
        if token in enders() or token in predicates() or tag(token)[:1] in ("d", "a", "p") or _adverb_in(token):
            told = True
            break
        out.append(token)
    while out and (_vague(out[-1]) or (not told and tag(out[-1]) == "v")):
        out.pop()
    subject = "".join(out)
    measured = heads().get(head_of(subject), "growth") != "growth" or catalogue.find(subject)
    if tag(tokens[0]) in ("v", "d", "p") and not measured:
        return ""  # 克服二季度增速|回落影响
    return subject if len(subject) > 1 else ""


_FIELD = re.compile(rf"(?P<field>.{{2,12}})(?:{cue_words('field_end')})")
_CLAUSES = re.compile("[，；。：,;:]")


def named_in(said: str, measurable: bool = False) -> str:
    """The noun phrase that the last statement of a text is about; what a pronoun behind it stands for.

    Args:
        said: Statements without a number.
        measurable: Only what ends in the head of an indicator counts.

    Returns:
        The noun phrase; empty where the last statements hold none.

    Example:
        >>> named_in("压缩固定资产投资规模，"), named_in("民营经济不断壮大。")
        ('固定资产投资规模', '民营经济')
    """
    clauses = [clause for clause in _CLAUSES.split(said[-2 * _REACH :]) if clause.strip()]
    for clause in reversed(clauses[-_BACK:]):
        phrase = Phrase()
        noun = subject_of(clause) or strip_head(clause.strip()[:60], phrase)
        first = next(iter(cut(noun)), "")
        if tag(first) == "v" and (head_of(noun[len(first) :]) or catalogue.find(noun[len(first) :])):
            return noun[len(first) :]  # 稳住|外贸进出口
        told = len(noun) > 2 and not _DIGIT.search(noun)
        if told and (head_of(noun) or catalogue.find(noun) or (phrase.verb and not measurable)):
            return noun
        if told and not phrase.verb and not measurable:
            return noun
    return ""


def _vague(word: str) -> bool:
    # The cutter keeps 发展势头 whole.
    return word in vague_nouns() or (len(word) == 4 and word[:2] in vague_nouns() and word[2:] in vague_nouns())


def _adverb_in(word: str) -> bool:
    # The cutter keeps 明显提高 whole.
    return len(word) > 3 and tag(word[:2])[:1] in ("d", "a") and tag(word[2:]) in ("v", "vn")


def head_of(noun: str) -> str:
    """The longest known head word that a phrase ends in; empty where it ends in none.

    Example:
        >>> head_of("城镇居民人均可支配收入")
        '可支配收入'
    """
    table = heads()
    return next((noun[-n:] for n in range(min(8, len(noun)), 0, -1) if noun[-n:] in table), "")


def growth_name(subject: str) -> str:
    """The catalogue's name for the growth of what has no other figure there: the economy's is 经济增长.

    Args:
        subject: Of whom a growth is told; 运行, 发展 and their like behind it say nothing else.

    Returns:
        The name; empty where the subject has a row of its own, or its growth none.

    Example:
        >>> growth_name("经济运行"), growth_name("数字经济"), growth_name("固定资产投资")
        ('经济增长', '', '')
    """
    bare = next((subject.removesuffix(word) for word in vague_nouns() if subject.endswith(word)), subject)
    name = f"{bare}增长"
    return name if len(bare) > 1 and catalogue.find(name) and not catalogue.find(bare) else ""


def growing_at_head(sentence: str) -> str:
    """The subject that a sentence without a number begins with, where `growth_name` knows it.

    Example:
        >>> growing_at_head("——经济发展展现新担当。"), growing_at_head("农业再获丰收。")
        ('经济', '')
    """
    if _DIGIT.search(sentence):
        return ""
    words = cut(strip_head(sentence.strip()[:_LONGEST_TITLE], Phrase()))
    heads_of = ("".join(words[:n]) for n in range(min(2, len(words)), 0, -1))
    return next((growth_name(head).removesuffix("增长") for head in heads_of if growth_name(head)), "")


def without_vague(subject: str) -> str:
    """A subject without the word at its end that says how it fares: 民营经济 of 民营经济规模.

    Example:
        >>> without_vague("民营经济发展"), without_vague("发展")
        ('民营经济', '发展')
    """
    words = cut(subject)
    while len(words) > 1 and _vague(words[-1]):
        words.pop()
    return "".join(words)


def without_new(indicator: str) -> str:
    """An indicator without the 新增 or 净增 at its head, for numbers that count all and not only what is new."""
    table = openers()
    for length in range(min(5, len(indicator) - 1), 1, -1):
        if table.get(indicator[:length]) == "keep":
            return indicator[length:]
    return indicator


def _without_rate(subject: str, rate: str) -> str:
    """What a rate is of: 工业 of 工业产销率; empty where the name says no more than the rate."""
    words = cut(subject)
    while words and len(rate) > 0:
        word = words.pop()
        if word != rate or len(rate) > 1:
            break
        rate = ""  # 产销|率: the rate is named by the word before
        if words:
            words.pop()
    return "".join(words)


def compose(subject: str, head: str) -> str:
    """Join a subject and the bare head that says what of it is measured.

    Example:
        >>> compose("金融机构存款余额", "贷款余额"), compose("新增上市公司", "总数"), compose("规上服务业营收", "增幅")
        ('金融机构贷款余额', '上市公司总数', '规上服务业营收增幅')
    """
    kind = heads().get(head, "")
    if subject.endswith(head):
        return subject
    if kind == "total":
        subject = without_new(subject)
        if subject.endswith(("总量", "总额", "总值", "总数")):
            return subject
    if kind == "part":
        old = head_of(subject)
        if old and head != old and head.endswith(old) and len(subject) > len(head):
            # 存款余额, 贷款余额: the one takes the place of the other.
            return subject[: -len(head)] + head
        if len(head) > 3 and old and (subject == old or catalogue.find(subject)):
            # 固定资产投资600亿元，销售收入4800亿元: two indicators, neither is the other's.
            return head
        if old and heads()[old] == "share" and (owner := _without_rate(subject, old)):
            # 工业产销率达到96%，利税增长8%: both are of the industry.
            return owner + head
        if head.endswith("产量") and (sown := _SOWN.search(subject)):
            # 粮食播种面积12万亩，产量30万吨
            return subject[: sown.start()] + head
        if old and heads()[old] in ("part", "amount") and len(old) < len(subject):
            subject = subject[: -len(old)]
    return subject + head
