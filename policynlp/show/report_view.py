"""What a page says of a report, without any markup: sections, paragraphs, sentences in pieces, tips in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from policynlp.report import LABELS, Commitment, Heading, NumericFact, Report, Section, Sentence

# Each label is told by a letter as well as by its colour.
LABEL_NAMES = {"achievement": "成绩", "problem": "问题", "commitment": "承诺", "other": "其他"}
LABEL_SIGNS = {"achievement": "绩", "problem": "题", "commitment": "诺", "other": "他"}
KIND_NAMES = {
    "review": "回顾",
    "problems": "问题",
    "plan": "部署",
    "government": "政府建设",
    "front": "前文",
    "closing": "结语",
    "appendix": "附录",
    "other": "其他",
}
_BOUNDS = {
    "ge": "不低于 ≥",
    "gt": "超过 >",
    "le": "不超过 ≤",
    "lt": "不足 <",
    "about": "左右 ≈",
    "range": "区间 range",
    "eq": "",
}
MEASURE_NAMES = {
    "level": "总量 level",
    "growth": "增速 growth",
    "share": "占比 share",
    "change": "增减 change",
    "rank": "位次 rank",
    "qualitative": "定性 qualitative",
}
_ROLES = {"target": "目标 target", "outcome": "实绩 outcome", "mention": "提及 mention"}
_MODALITIES = {"firm": "", "strive": "力争 strive", "expected": "预期 expected"}
_PERIODS = {"annual": "", "average": "年均 average", "cumulative": "累计 cumulative"}
_MYRIADS = ((Decimal(10) ** 12, "万亿"), (Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万"))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sentence: plain words, or a number with the facts that it states.

    Attributes:
        text: The words.
        facts: What they state; empty for plain words.

    Example:
        >>> Piece("各位代表").role
        ''
    """

    text: str
    facts: tuple[NumericFact, ...] = ()

    @property
    def role(self) -> str:
        """The role that its underline shows: the first fact's."""
        return self.facts[0].role if self.facts else ""


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A sentence with its pieces and, where it promises something, the commitment.

    Attributes:
        sentence: The sentence.
        pieces: Put together they are its text.
        commitment: What it promises; None for nothing.

    Example:
        >>> SentenceView(Sentence(0, 2, "好。", 0), (Piece("好。"),), None).pieces[0].text
        '好。'
    """

    sentence: Sentence
    pieces: tuple[Piece, ...]
    commitment: Commitment | None

    @property
    def scores(self) -> list[tuple[str, float]]:
        """Labels with their probability, the likeliest first."""
        return sorted(self.sentence.scores.items(), key=lambda item: -item[1])


@dataclass(frozen=True, slots=True)
class HeadingView:
    """A heading and its level in the page, where a section's own title is level 2; no level is skipped.

    Attributes:
        heading: The heading.
        level: 3 to 6, as ``h3`` to ``h6``.

    Example:
        >>> HeadingView(Heading(0, 6, "一、重点工作", 0, 1, "重点工作"), 3).level
        3
    """

    heading: Heading
    level: int


Block = HeadingView | list[SentenceView]


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section with its blocks (headings, and paragraphs as lists of sentences) in the order of the text.

    Attributes:
        section: The section.
        number: Its position in ``report.sections``.
        blocks: Headings, and paragraphs as lists of sentences.
        counts: Label -> number of sentences; ``""`` before classification.

    Example:
        >>> SectionView(Section(0, 9, "plan"), 0, [], Counter()).name
        '部署'
    """

    section: Section
    number: int
    blocks: list[Block]
    counts: Counter[str]

    @property
    def name(self) -> str:
        """Its title, or the name of its kind where no heading opens it."""
        return self.section.title or KIND_NAMES[self.section.kind]


def section_views(report: Report) -> list[SectionView]:
    """The sections of a report with all their headings and sentences; empty ones are left out.

    Args:
        report: A segmented report, with or without labels and facts.

    Returns:
        One view a section that holds anything.

    Example:
        >>> from policynlp.segment import segment
        >>> report = segment(Report.from_text("一、2023年工作回顾\\n增长5%。\\n二、2024年重点工作\\n抓好生产。"))
        >>> [(view.name, len(view.blocks)) for view in section_views(report)]
        [('2023年工作回顾', 1), ('2024年重点工作', 1)]
    """
    promised = {commitment.sentence.id: commitment for commitment in report.commitments}
    facts: dict[int, list[NumericFact]] = {}
    for fact in report.facts:
        facts.setdefault(fact.sentence, []).append(fact)
    sections = report.sections or (Section(0, len(report.text), "other"),)
    views = [SectionView(section, number, [], Counter()) for number, section in enumerate(sections)]
    paragraph: tuple[int, int] | None = None
    for unit in report.units:
        view = views[min(unit.section, len(views) - 1)]
        if isinstance(unit, Heading):
            paragraph = None
            if not view.section.title or unit.title != view.section.title:
                view.blocks.append(HeadingView(unit, _level(view, unit)))
            continue
        here = (unit.section, unit.paragraph)
        if here != paragraph:
            view.blocks.append([])
            paragraph = here
        sentence = SentenceView(unit, tuple(_pieces(unit, facts.get(unit.id, []))), promised.get(unit.id))
        block = view.blocks[-1]
        assert isinstance(block, list)
        block.append(sentence)
        view.counts[unit.label or ""] += 1
    return [view for view in views if view.blocks]


def _level(view: SectionView, heading: Heading) -> int:
    above = [block for block in view.blocks if isinstance(block, HeadingView)]
    for block in reversed(above):
        if block.heading.depth < heading.depth:
            return min(block.level + 1, 6)
        if block.heading.depth == heading.depth:
            return block.level
    return 3


def _pieces(sentence: Sentence, facts: Iterable[NumericFact]) -> Iterator[Piece]:
    at = sentence.start
    for start, end, group in _clusters(facts, sentence.start, sentence.end):
        if at < start:
            yield Piece(_slice(sentence, at, start))
        yield Piece(_slice(sentence, start, end), tuple(group))
        at = end
    if at < sentence.end:
        yield Piece(_slice(sentence, at, sentence.end))


def _clusters(facts: Iterable[NumericFact], low: int, high: int) -> list[tuple[int, int, list[NumericFact]]]:
    # Two facts may share or overlap in one span (one value of two indicators): they share one underline.
    clusters: list[tuple[int, int, list[NumericFact]]] = []
    for fact in sorted(facts, key=lambda item: (item.start, item.end)):
        start, end = max(fact.start, low), min(fact.end, high)
        if start >= end:
            continue
        if clusters and start < clusters[-1][1]:
            first, last, group = clusters[-1]
            clusters[-1] = (first, max(last, end), [*group, fact])
        else:
            clusters.append((start, end, [fact]))
    return clusters


def _slice(sentence: Sentence, start: int, end: int) -> str:
    return sentence.text[start - sentence.start : end - sentence.start]


def label_shares(report: Report) -> list[tuple[str, int]]:
    """How many sentences each label has, in the order of the labels; empty before classification.

    Args:
        report: A segmented report.

    Returns:
        Label and number of sentences.

    Example:
        >>> label_shares(Report("好。", sentences=(Sentence(0, 2, "好。", 0, label="other"),)))[-1]
        ('other', 1)
    """
    counts = Counter(sentence.label for sentence in report.sentences)
    return [(label, counts[label]) for label in LABELS] if any(counts[label] for label in LABELS) else []


def indicators(report: Report) -> list[tuple[str, str, int]]:
    """Key, name and number of facts of each indicator, the most frequent first.

    Facts of one catalogue id come together under the wording that the report uses most.

    Args:
        report: A report with facts.

    Returns:
        One row an indicator; the key is that of `indicator_key`.

    Example:
        >>> from policynlp import load
        >>> indicators(load("linear")("去年，粮食产量达到30万吨，增长5%。"))
        [('grain_output', '粮食产量', 2)]
    """
    names: dict[str, Counter[str]] = {}
    for fact in report.facts:
        names.setdefault(indicator_key(fact), Counter())[fact.indicator] += 1
    rows = [(key, words.most_common(1)[0][0], words.total()) for key, words in names.items()]
    return sorted(rows, key=lambda row: (-row[2], row[1]))


def indicator_key(fact: NumericFact) -> str:
    """What tells a fact's indicator from others in a page: its catalogue id, or its wording.

    Args:
        fact: A fact.

    Returns:
        A text that facts of one indicator share.

    Example:
        >>> from policynlp import load
        >>> [indicator_key(fact) for fact in load("linear")("去年，粮食产量达到30万吨，种植香草20亩。").facts]
        ['grain_output', '种植香草']
    """
    return fact.indicator_id or fact.indicator


def value_words(fact: NumericFact) -> str:
    """A fact's value as a person writes it: in 万 and 亿, a range with its upper end.

    Args:
        fact: A fact.

    Returns:
        Value and unit; empty where the fact has no number.

    Example:
        >>> from policynlp import NumericFact
        >>> fact = NumericFact(0, 3, "162亿元", 0, 0, 0, "产值", None, "level", Decimal(16200000000), None, "元", "eq",
        ...     "firm", "outcome", "annual", 2023)
        >>> value_words(fact)
        '162亿元'
    """
    if fact.value is None:
        return ""
    if fact.value_high is not None:
        return f"{_number(fact.value)}–{_number(fact.value_high)}{fact.unit}"
    return f"{_number(fact.value)}{fact.unit}"


def _number(value: Decimal) -> str:
    for size, word in _MYRIADS:
        if abs(value) >= size:
            return f"{value / size:,.6f}".rstrip("0").rstrip(".").replace("-", "−") + word
    return f"{value:f}".replace("-", "−")


def fact_words(fact: NumericFact) -> list[tuple[str, str]]:
    """What a tip says of a fact: name and value of each field that says something.

    Args:
        fact: A fact.

    Returns:
        Rows of the tip.

    Example:
        >>> from policynlp import load
        >>> (fact,) = load("linear")("去年，粮食产量达到30万吨。").facts
        >>> fact_words(fact)[:2]
        [('指标', '粮食产量'), ('数值', '30万吨')]
    """
    role = " · ".join(word for word in (_ROLES[fact.role], _MODALITIES[fact.modality]) if word)
    measure = " · ".join(word for word in (MEASURE_NAMES[fact.measure], _PERIODS[fact.period]) if word)
    rows = [
        ("指标", fact.indicator),
        ("数值", value_words(fact) or fact.text),
        ("界限", _BOUNDS[fact.bound]),
        ("口径", measure),
        ("年份", str(fact.year) if fact.year is not None else "未说明"),
        ("性质", role),
        ("注意", "数与指标对应不明 ambiguous" if fact.ambiguous else ""),
    ]
    return [(name, value) for name, value in rows if value]
