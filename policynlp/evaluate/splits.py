"""Splits into train and test by report, place or year, and the check that no test sentence was learnt by heart.

Reports repeat themselves: openings, closing calls and whole tasks come again every year, and neighbours copy. A test
sentence that stands almost so in the training set measures memory, not understanding.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from policynlp.report import Report

BY = ("report", "place", "year")
LEAKS = ("refuse", "drop", "keep")
THRESHOLD = 0.8
_SHINGLE = 3
# Below this many characters a sentence repeats by chance (各位代表！).
_SHORT = 8
_DIGITS = re.compile(r"[0-9０-９]+(?:[.．][0-9０-９]+)?")
_SILENT = re.compile(r"\W+")


class LeakageError(ValueError):
    """Sentences of the test set stand almost so in the training set.

    Example:
        >>> issubclass(LeakageError, ValueError)
        True
    """


@dataclass(frozen=True, slots=True)
class Leak:
    """A test sentence and the training sentence that it repeats.

    Attributes:
        test: Position of the one.
        train: Position of the other.
        similarity: Share of their character trigrams in common (Jaccard), from 0 to 1.

    Example:
        >>> Leak(0, 3, 0.92).similarity
        0.92
    """

    test: int
    train: int
    similarity: float


def group_of(report: Report, by: str) -> str:
    """What may not stand on both sides of a split.

    Args:
        report: A report with ``id``; place and year as far as they are known, else taken from the id.
        by: One of `BY`.

    Returns:
        The report's id, its level and place, or its year.

    Raises:
        ValueError: For an unknown ``by``, or a report whose year nothing tells.

    Example:
        >>> report = Report("", id="city_云岭市_2024")
        >>> [group_of(report, by) for by in BY]
        ['city_云岭市_2024', 'city_云岭市', '2024']
    """
    if by not in BY:
        raise ValueError(f"unknown split by {by!r}; known are {', '.join(BY)}")
    if by == "report":
        return report.id
    head, _, tail = report.id.rpartition("_")
    if by == "place":
        return report.region_code or f"{report.level or ''}_{report.region}" if report.region else head or report.id
    if report.year is None and not tail.isdigit():
        raise ValueError(f"report {report.id!r}: its year is not known; give it, or split by report or place")
    return str(report.year if report.year is not None else tail)


def split(
    reports: Sequence[Report],
    by: str = "place",
    parts: Mapping[str, float] | None = None,
    seed: int = 0,
    leaks: str = "refuse",
) -> dict[str, list[Report]]:
    """Deal reports out, whole groups together, and look for sentences that stand almost so in two parts.

    Args:
        reports: Reports; what is labelled of them does not matter.
        by: ``report``, ``place`` (all years of a place together) or ``year`` (the earliest years in the first part,
            so that the model never sees the future).
        parts: Names and shares of the parts; by default ``train`` 0.8 and ``test`` 0.2.
        seed: Of the draw; ``year`` draws nothing.
        leaks: What to do about sentences that repeat one of the first part (see `check_leakage`): ``refuse`` the
            split, ``drop`` them from the other parts with their facts, or ``keep`` them.

    Returns:
        For each part its reports, in their order.

    Raises:
        ValueError: For an unknown ``by`` or ``leaks``, shares that are none, or fewer groups than parts.
        LeakageError: Where sentences repeat and ``leaks`` is ``refuse``; reports without sentences have none.

    Example:
        >>> reports = [Report("", id=f"city_{place}_{year}") for place in "甲乙丙丁戊" for year in (2023, 2024)]
        >>> {name: len(part) for name, part in split(reports).items()}
        {'train': 8, 'test': 2}
    """
    shares = dict(parts or {"train": 0.8, "test": 0.2})
    if leaks not in LEAKS:
        raise ValueError(f"unknown leaks {leaks!r}; known are {', '.join(LEAKS)}")
    if not shares or any(share <= 0 for share in shares.values()):
        raise ValueError("each part needs a share above 0")
    sizes = Counter(group_of(report, by) for report in reports)
    order = sorted(sizes)
    if by != "year":
        order = [str(name) for name in np.random.default_rng(seed).permutation(order)]
    if len(order) < len(shares):
        raise ValueError(f"{len(order)} groups by {by} cannot fill {len(shares)} parts")
    home = _deal(order, sizes, shares)
    out: dict[str, list[Report]] = {name: [] for name in shares}
    for report in reports:
        out[home[group_of(report, by)]].append(report)
    first, *others = shares
    if leaks == "keep" or not others:
        return out
    later = [report for name in others for report in out[name]]
    found = check_leakage(out[first], later, refuse=leaks == "refuse")
    return {name: part if name == first else [without(report, found) for report in part] for name, part in out.items()}


def without(report: Report, left_out: Collection[tuple[str, int]]) -> Report:
    """The report less some sentences and their facts.

    Args:
        report: A report with sentences.
        left_out: Report id and start of sentences, as `check_leakage` returns them.

    Returns:
        The report; the other sentences keep their ids.

    Example:
        >>> from policynlp.segment import segment
        >>> report = segment(Report.from_text("增长5%。就业稳定。", id="a"))
        >>> [sentence.text for sentence in without(report, {("a", 0)}).sentences]
        ['就业稳定。']
    """
    gone = {start for name, start in left_out if name == report.id}
    if not gone:
        return report
    return report.with_(
        sentences=tuple(sentence for sentence in report.sentences if sentence.start not in gone),
        facts=tuple(fact for fact in report.facts if fact.sentence_start not in gone),
    )


def _deal(order: Sequence[str], sizes: Mapping[str, int], shares: Mapping[str, float]) -> dict[str, str]:
    """Fill one part after the other; each gets one group at least, and leaves one for each part behind it."""
    total, left = sum(shares.values()), sum(sizes[name] for name in order)
    home: dict[str, str] = {}
    queue, names = list(order), list(shares)
    for position, name in enumerate(names):
        behind = len(names) - position - 1
        goal = left * shares[name] / total if behind else math.inf
        taken = 0
        while queue and len(queue) > behind and (not taken or taken + sizes[queue[0]] / 2 <= goal):
            taken += sizes[queue[0]]
            home[queue.pop(0)] = name
        left, total = left - taken, total - shares[name]
    return home


def shingles(text: str) -> frozenset[str]:
    """Character trigrams of a sentence without punctuation, every number alike: what repeats between years.

    Args:
        text: A sentence.

    Returns:
        Its trigrams; one shorter piece for a text of fewer than three characters.

    Example:
        >>> sorted(shingles("增长12.5%。"))
        ['增长0']
    """
    plain = _SILENT.sub("", _DIGITS.sub("0", text))
    return frozenset(plain[i : i + _SHINGLE] for i in range(max(1, len(plain) - _SHINGLE + 1)))


def near_duplicates(train: Sequence[str], test: Sequence[str], threshold: float = THRESHOLD) -> list[Leak]:
    """For each test sentence the most similar training sentence, where it is similar enough; exact, no sampling.

    Args:
        train: Sentences of the training set.
        test: Sentences of the test set.
        threshold: Share of trigrams in common (Jaccard) from which on two sentences count as one.

    Returns:
        One leak a test sentence that has one, in the order of ``test``.

    Raises:
        ValueError: For a threshold that is no share above 0.

    Example:
        >>> near_duplicates(["新增就业2.1万人以上，守住底线。"], ["新增就业3万人以上，守住底线。", "建成学校。"])
        [Leak(test=0, train=0, similarity=1.0)]
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold {threshold!r} is no share above 0")
    left, right = [shingles(text) for text in train], [shingles(text) for text in test]
    frequency = Counter(gram for grams in (*left, *right) for gram in grams)

    def prefix(grams: frozenset[str]) -> list[str]:
        # Two sets as similar as the threshold share one of these: their rarest, as many as could all be missing + 1.
        keep = len(grams) - math.ceil(threshold * len(grams)) + 1
        return sorted(grams, key=lambda gram: (frequency[gram], gram))[:keep]

    index: dict[str, list[int]] = defaultdict(list)
    for number, grams in enumerate(left):
        for gram in prefix(grams):
            index[gram].append(number)
    out = []
    for number, grams in enumerate(right):
        if len(test[number]) < _SHORT:
            continue
        best = Leak(number, -1, 0.0)
        for other in {other for gram in prefix(grams) for other in index.get(gram, ())}:
            common = len(grams & left[other])
            similarity = common / (len(grams) + len(left[other]) - common)
            if similarity >= threshold and (similarity, -other) > (best.similarity, -best.train):
                best = Leak(number, other, similarity)
        if best.train >= 0:
            out.append(best)
    return out


def check_leakage(
    train: Iterable[Report], test: Iterable[Report], threshold: float = THRESHOLD, refuse: bool = True
) -> set[tuple[str, int]]:
    """Look for test sentences that stand almost so in the training set.

    Args:
        train: Reports with sentences.
        test: Reports with sentences.
        threshold: See `near_duplicates`.
        refuse: Raise where there are some; False returns them, to be left out with ``evaluate(…, leave_out=…)``.

    Returns:
        Report id and start of each such test sentence.

    Raises:
        LeakageError: With the share and three examples.

    Example:
        >>> from policynlp.segment import segment
        >>> old = segment(Report.from_text("新增就业2.1万人以上，守住底线。", id="a"))
        >>> new = segment(Report.from_text("新增就业3万人以上，守住底线。", id="b"))
        >>> check_leakage([old], [new], refuse=False)
        {('b', 0)}
    """
    learnt = [(report.id, s) for report in train for s in report.sentences]
    asked = [(report.id, s) for report in test for s in report.sentences]
    leaks = near_duplicates([s.text for _, s in learnt], [s.text for _, s in asked], threshold)
    if leaks and refuse:
        lines = [
            f"  {asked[leak.test][0]} at {asked[leak.test][1].start} repeats {learnt[leak.train][0]} at "
            f"{learnt[leak.train][1].start} ({leak.similarity:.2f})"
            for leak in leaks[:3]
        ]
        raise LeakageError(
            f"{len(leaks)} of {len(asked)} test sentences stand almost so in the training set:\n"
            + "\n".join(lines)
            + "\n"
            'leave them out (split(…, leaks="drop"); check_leakage(…, refuse=False) returns them), or keep them and '
            "report scores with and without them"
        )
    return {(asked[leak.test][0], asked[leak.test][1].start) for leak in leaks}
