"""`find_facts`: the numeric facts of a report, and its commitments."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from policynlp.facts import catalogue, context, measures, qualitative
from policynlp.facts.commitments import commitments_of, role_of
from policynlp.facts.links import link_sites
from policynlp.facts.phrases import only_time
from policynlp.facts.quantities import Quantity, find_quantities
from policynlp.facts.readings import RATES
from policynlp.facts.sites import REACH, Number, Segment, Site, segments_of, sites_of
from policynlp.facts.subjects import Link, Subjects, growth_name
from policynlp.facts.vocabulary import cue_words
from policynlp.facts.years import YearScope, year_cues
from policynlp.report import NumericFact, Report, Sentence

# How far behind a rate the word may stand that makes a growth of it: 8.5%左右的中高速增长.
_GROWS = 8
# How far into a sentence a wording may stand that goes on with the list of main targets.
_NEAR = 20
# How many sentences without a target may stand within the list of main targets.
_BETWEEN = 1
# A report read out from this month on speaks of its own year as done.
_LATE = 10

# What opens the items of a list that stand on lines of their own.
_DASHES = ("——", "--", "―")
_LOOKS_BACK = re.compile(cue_words("looks_back"))

Finder = Callable[[str, int, int], Sequence[Quantity]]


def find_facts(
    report: Report, quantities: Finder = find_quantities, indicators: catalogue.Catalogue | None = None
) -> Report:
    """Find the numeric facts of a report and link its commitments to their targets.

    Headings hold no facts. In a report without labels every fact is a ``mention``.

    Args:
        report: A segmented report, labelled where roles and commitments are wanted.
        quantities: Finds the quantities between two offsets of a text.
        indicators: Where indicator ids are looked up; None takes the catalogue that ships with the library. One of
            your own comes from `policynlp.facts.read_catalogue` or `policynlp.facts.catalogue_of`.

    Returns:
        The report with ``facts`` and ``commitments``.

    Example:
        >>> text = "一般公共预算收入完成184.2亿元、增长6.5%。"
        >>> sentence = Sentence(0, len(text), text, id=0, label="achievement")
        >>> report = Report(text, year=2024, sentences=(sentence,))
        >>> for fact in find_facts(report).facts:
        ...     print(fact.indicator, fact.measure, fact.value, fact.unit, fact.year)
        一般公共预算收入 level 18420000000 元 2023
        一般公共预算收入 growth 6.5 % 2023
    """
    reader = _Reader(report, indicators or catalogue.shipped())
    facts: list[NumericFact] = []
    for unit in report.units:
        if not isinstance(unit, Sentence):
            reader.pass_heading(unit.text)
            continue
        found = quantities(report.text, unit.start, unit.end)
        facts.extend(reader.read(unit, found, len(facts)))
    return report.with_(facts=tuple(facts), commitments=commitments_of(report, facts))


class _Reader:
    """Reads one report sentence by sentence; keeps what carries over from one to the next."""

    def __init__(self, report: Report, indicators: catalogue.Catalogue) -> None:
        self.report, self.indicators = report, indicators
        self.subjects = Subjects()
        self.paragraph = -1
        self.listing: context.Cue | None = None
        self.announced = False
        self.item = False
        self.between = 0
        self.said = ""
        day = report.delivered_on
        late = day is not None and day.year == report.year and day.month >= _LATE
        self.years = YearScope(report.year, late)

    def pass_heading(self, text: str) -> None:
        """Take note of a heading: it may open a plan of several years, or announce the list of main targets."""
        self.years.pass_heading(text)
        self.listing = next((cue for cue in context.modal_cues(text) if cue.scope == "list"), None)
        self.announced = self.listing is not None

    def interrupt(self) -> None:
        """Take note of a sentence that is no item of the list of main targets; a few of them end it."""
        self.between += 1
        if self.between > _BETWEEN and not self.item:
            self.listing = None

    def _itemised(self, sentence: Sentence) -> bool:
        return self.report.text.startswith(_DASHES, sentence.start)

    def read(self, sentence: Sentence, found: Sequence[Quantity], first: int) -> list[NumericFact]:
        """The facts of one sentence, numbered from ``first``."""
        if sentence.paragraph != self.paragraph:
            self.paragraph, self.subjects = sentence.paragraph, Subjects()
            # ——生产总值增长7%; ——物价稳定: one item a line, with all its sentences.
            self.item = self._itemised(sentence)
            self.listing = self.listing if self.announced or self.item else None
        text = self.report.text[sentence.start : sentence.end]
        self.years.pass_sentence(text, sentence.paragraph, sentence.label)
        local = [_localise(q, sentence.start) for q in found]
        segments = segments_of(text, local)
        sites = sites_of(text, local, segments)
        links = link_sites(text, sites, segments, self.subjects)
        statement = _Statement(self, sentence, text, segments, links)
        # A number of which nothing tells what it measures is no fact.
        found_facts = [statement.fact(link) for link in links if link.indicator]
        if sentence.label == "commitment":
            found_facts += statement.qualitative_facts()
            found_facts.sort(key=lambda fact: (fact.start, fact.end))
        self.announced, self.said = text.endswith(("：", ":", "；", ";")), text
        return [replace(fact, id=first + n) for n, fact in enumerate(found_facts)]


def _localise(q: Quantity, offset: int) -> Number:
    start, end = q.start - offset, q.end - offset
    return Number(start, end, q.text, q.value, q.value_high, q.unit, q.bound, q.kind, q.why)


class _Statement:
    """One sentence with its links and the cues that govern them."""

    def __init__(
        self, reader: _Reader, sentence: Sentence, text: str, segments: Sequence[Segment], links: Sequence[Link]
    ) -> None:
        self.reader, self.sentence, self.text = reader, sentence, text
        self.segments, self.links = segments, links
        looks = bool(links) or sentence.label == "commitment"
        self.cues = context.modal_cues(text, sentence.label) if looks else []
        self.years = year_cues(text, reader.report.year) if looks else []
        self.listed_from = self._list_start()
        self.places = [self._place(cue) for cue in self.cues]

    def _list_start(self) -> int | None:
        """Where the list of main targets begins; it may go on from the sentence before."""
        for cue in self.cues:
            if cue.scope == "list":
                self.reader.listing, self.reader.between = cue, 0
                return cue.end
        if self.reader.listing is None or _LOOKS_BACK.search(self.text):
            self.reader.listing = None  # 实现上述目标，要…: the list is over
            return None
        planned = self.reader.report.year
        if self.sentence.label in (None, "problem") or any(cue.year < (planned or 0) for cue in self.years):
            self.reader.interrupt()
            return None
        first = self.links[0] if self.links else None
        if not self.reader.item and (first is None or first.site.segment > 1 or not catalogue.find(first.indicator)):
            # A sentence between only interrupts the list: 生产总值增长7%。产业结构继续改善。财政收入增长6%。
            state = next(iter(qualitative.states_of(self.text, 0, ())), None)
            if state is None or state.start > _NEAR or not catalogue.find(state.indicator):
                self.reader.interrupt()
                return None
        self.reader.between = 0
        self.cues.insert(0, replace(self.reader.listing, start=0, end=0))
        return 0

    def _place(self, cue: context.Cue) -> tuple[int, int, int]:
        """Segment, clause and run of a cue; run -1 where the subject that it governs has no number."""
        index = next(
            (n for n, segment in enumerate(self.segments) if segment.start <= cue.start < max(segment.end, 1)), 0
        )
        segment = self.segments[index]
        run = -1
        for n, link in enumerate(self.links):
            if link.site.quantity.start < cue.end:
                continue
            opens = (n > 0 and link.run != self.links[n - 1].run) or n == 0
            own = link.phrase.noun and not link.phrase.verb and not link.phrase.kept
            empty = only_time(self.text[cue.end : segment.end])
            if link.site.segment == index or not (opens and own) or empty:
                run = link.run
            break
        return index, segment.clause, run

    def fact(self, link: Link) -> NumericFact:
        """Turn one link into a fact."""
        site, label = link.site, self.sentence.label
        q = site.quantity
        if name := self._growth_name(link):
            link.indicator, link.rule = name, f"{link.rule}; the growth of {link.indicator}"
        measure = measures.measure_of(q, link.phrase, site.right, link.indicator, link.behind)
        place = (site.segment, site.clause, link.run)
        modality, modality_why = context.modality(self.text, q.start, place, self.cues, self.places, link.indicator)
        near = self.text[self._near(site) : q.start] + link.indicator
        period, period_why = context.period(near, measure.measure)
        start_of_change = link.phrase.cue if link.phrase.effect == "from" else ""
        year, year_why = self.reader.years.of(self.years, q.start, label, start_of_change)
        bare = self._fact(q.start, q.end, link.indicator, modality, year, known=not link.ambiguous)
        spelled = q.why.get("value", q.text)
        why = {
            "value": spelled if measure.sign > 0 else f"{spelled}, negative: {measure.why}",
            "indicator": link.rule,
            "measure": measure.why,
            "bound": q.why.get("bound", "no bound word"),
            "unit": q.why.get("unit", q.unit or "no unit"),
            "modality": modality_why,
            "period": period_why,
            "year": year_why,
        }
        return replace(
            bare,
            measure=measure.measure,
            value=_signed(q.value, measure.sign),
            value_high=_signed(q.value_high, measure.sign),
            unit=q.unit,
            bound=q.bound,
            period=period,
            ambiguous=link.ambiguous,
            why={**bare.why, **why},
        )

    def _growth_name(self, link: Link) -> str:
        """经济运行平稳，增长6%: the catalogue knows the growth and not what grows."""
        grows = link.phrase.effect in ("rise", "fall") or "增" in link.site.right[:_GROWS]
        return growth_name(link.indicator) if grows and link.site.quantity.unit in RATES[:3] else ""

    def _fact(
        self, begin: int, end: int, indicator: str, modality: str, year: int | None, known: bool = True
    ) -> NumericFact:
        """A fact without a number, as it stands in the report; one that is not ``known`` for sure has no id."""
        reader = self.reader
        row = reader.indicators.find(indicator, reader.report.region) if known else None
        role, role_why = role_of(self.sentence.label, year, reader.report.year)
        begin, end = self.sentence.start + begin, self.sentence.start + end
        return NumericFact(
            begin,
            end,
            reader.report.text[begin:end],
            id=0,
            sentence=self.sentence.id,
            sentence_start=self.sentence.start,
            indicator=indicator,
            indicator_id=row.id if row else None,
            measure="qualitative",
            value=None,
            value_high=None,
            unit="",
            bound="eq",
            modality=modality,
            role=role,
            period="annual",
            year=year,
            why={
                "value": "a wording without a number",
                "unit": "no unit",
                "bound": "no bound word",
                "period": "no word of average or total",
                "indicator_id": "the wording" if row else "in no row of the catalogue",
                "role": role_why,
            },
        )

    def qualitative_facts(self) -> list[NumericFact]:
        """The targets without a number."""
        taken = [(link.site.quantity.start, link.site.quantity.end) for link in self.links]
        states = qualitative.states_of(self.text, self.listed_from, taken, self.reader.said)
        return [self._qualitative(state) for state in states]

    def _qualitative(self, state: qualitative.State) -> NumericFact:
        cues = [cue for cue in self.cues if cue.start < state.end]
        near = max(self.text.rfind(mark, 0, state.start) for mark in "，；：。")
        cue = next((c for c in reversed(cues) if c.scope == "list" or c.start > near), None)
        year, year_why = self.reader.years.of(self.years, state.start, self.sentence.label, "")
        bare = self._fact(
            state.start, state.end, state.indicator, cue.says_of(state.indicator) if cue else "firm", year
        )
        why = {
            "indicator": "the noun phrase that the wording speaks of",
            "measure": "a state without a number",
            "modality": cue.word if cue else "no word of effort or expectation reaches it",
            "year": year_why,
        }
        return replace(bare, why={**bare.why, **why})

    def _near(self, site: Site) -> int:
        """Where the ， segment begins that the number stands in; 、 does not part it."""
        index, reach = site.segment, site.quantity.start - REACH
        while index and self.segments[index].mark == "、" and self.segments[index].start > reach:
            index -= 1
        return max(self.segments[index].start, reach, 0)


def _signed(value: Decimal | None, sign: int) -> Decimal | None:
    return None if value is None else value * sign
