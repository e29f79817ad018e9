"""The place that a report is of."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from policynlp.read.places import Place, gazetteer
from policynlp.report import Report


@dataclass(frozen=True, slots=True)
class Region:
    """A finding; each part None where nothing tells."""

    name: str | None = None
    code: str | None = None
    level: str | None = None


_SPOKEN = re.compile(r"(?:代表|在)([\u4e00-\u9fff]{1,20}?)(?:第[一二三四五六七八九十]{1,3}届)?(?:人民政府|人民代表大会|国务院)")


def find_region(report: Report, body: tuple[int, int]) -> Region:
    """Find the place that a report is of, from its text, then from its name."""
    text = report.text
    scores: Counter[str] = Counter()
    book = gazetteer()
    for mention in book.mentions(text):
        places = book.by_name[mention.name] if mention.full else book.by_short[mention.name]
        weight = 3 if mention.full else 1
        if mention.full and text.startswith(("人民政府", "第", "委"), mention.end):
            weight = 10
        for place in places:
            scores[place.code] += weight
    if not scores:
        return Region()
    place: Place = book.by_code[max(scores, key=lambda code: scores[code])]
    return Region(place.name, place.code, place.level)
