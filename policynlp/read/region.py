"""The place that a report is of: what kind of place speaks, then which one of that kind.

The kind is told by the opening sentence (我代表市人民政府) or by the words that a place uses for itself (全市,
我县). The place is the one of that kind which the text names most; naming it before 人民政府 or 人民代表大会 counts
more, and so do mentions of the places inside it. Names are looked up with their history, so 徐水县 finds 徐水区.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache

from policynlp.data import load_table
from policynlp.read.places import NATION, Gazetteer, Place, gazetteer, level_of

# How much one mention says, by where it stands.
_FRONT, _OFFICE, _FULL, _SHORT, _CHILD, _PARENT = 10.0, 4.0, 2.0, 1.0, 1.0, 0.02
# A place named less than this in a whole report is not what the report is of.
_MIN_SCORE = 3.0
_MAX_NAME = 15
_ORDINAL = "[一二三四五六七八九十]{1,3}"
_OPENING = re.compile(
    rf"我[^。\n]{{0,16}}?(?:代表|受)([^。，,\n]{{0,30}}?)(?:第{_ORDINAL}届)?(国务院|(?:人民)?政府|人民委员会|行政公署|行署)"
)
_MEETING = re.compile(rf"([^。，,\n]{{0,30}}?(?:全国|[省市州县区旗盟]))(?:第{_ORDINAL}届)?人民(?:代表大会|政府)")
# What follows a place's name where the place itself acts.
_ANCHOR = re.compile(rf"(?:第{_ORDINAL}届)?人民(?:政府|代表大会|委员会)|第{_ORDINAL}届人大|委(?!员|托)|政府")
_BEFORE_NAME = re.compile(r"(?:^|[省市州区盟在日“（(，、。：\s—-]|代表|中共)$")
_UNKNOWN = re.compile(rf"([\u4e00-\u9fff]{{1,12}}?(?:省|市|州|县|区|旗|盟))(?:第{_ORDINAL}届)?人民(?:政府|代表大会)")


@dataclass(frozen=True, slots=True)
class Region:
    """A finding; each part None where nothing tells.

    Attributes:
        name: The place's present full name.
        code: Its six digits.
        level: ``national``, ``province``, ``city`` or ``county``.

    Example:
        >>> Region("襄阳市", "420600", "city").level
        'city'
    """

    name: str | None = None
    code: str | None = None
    level: str | None = None


@cache
def _kinds() -> dict[str, tuple[re.Pattern[str], str]]:
    rows = load_table("place_kinds.tsv", ("kind", "self", "level", "example"), ("kind", "self", "level"))
    return {row["kind"]: (re.compile(row["self"]), row["level"]) for row in rows}


def find_region(text: str, body: tuple[int, int], year: int | None = None) -> Region:
    """Find the place that a text is of.

    Args:
        text: The whole text.
        body: Where the report proper stands.
        year: The report's year, which tells former names from present ones.

    Returns:
        Name, code and level of the present place; a name without a code where no gazetteer has it.

    Example:
        >>> find_region("各位代表：现在，我代表襄樊市人民政府报告工作。全市上下开拓进取，襄樊发展很快。", (0, 40))
        Region(name='襄阳市', code='420600', level='city')
    """
    book = gazetteer()
    kind = _own_kind(text, body)
    if kind is None:
        return Region()
    if kind == "国务院":
        return Region("全国", NATION, "national")
    best = _best_place(kind, _scores(book, text, body[0]), text, year)
    if best is not None:
        return Region(best.name, best.code, best.level)
    name = _unlisted_name(text, body, kind)
    if name is not None and (former := book.by_name.get(name)):
        # A name that was out of use by the report's year is still better than none.
        return Region(former[0].name, former[0].code, former[0].level)
    return Region(name, None, _kinds()[kind][1])


def _own_kind(text: str, body: tuple[int, int]) -> str | None:
    """The kind of place that speaks: by the opening sentence, else by the words it uses for itself."""
    opening = _OPENING.search(text, body[0], min(body[0] + 800, len(text)))
    if opening:
        if opening[2] == "国务院":
            return "国务院"
        if kind := kind_of(opening[1] + ("行署" if "署" in opening[2] else "")):
            return kind
    if (meeting := _MEETING.search(text, 0, body[0])) and (kind := kind_of(meeting[1])):
        return "国务院" if meeting[1].endswith("全国") else kind
    counts = {kind: len(own.findall(text, *body)) for kind, (own, _) in _kinds().items()}
    # Only the front makes a report the nation's: every report speaks of the State Council.
    counts["国务院"] = 1000 * len(_kinds()["国务院"][0].findall(text, 0, body[0]))
    if counts["自治区"] and counts["区"] > counts["自治区"] and not counts["市"] > counts["区"]:
        counts["自治区"] += counts["区"] if _speaks_as_region(text) else 0
    kind = max(counts, key=lambda key: counts[key])
    return kind if counts[kind] > 0 else None


def _speaks_as_region(text: str) -> bool:
    """An autonomous region's report has a 自治区党委 above it; a district's has 区委."""
    return text.count("自治区党委") > text.count("区委")


def kind_of(name: str) -> str | None:
    """The kind that a name or a bare kind word ends with.

    Args:
        name: A place's name, or words such as 市 and 自治区.

    Returns:
        A kind of ``place_kinds.tsv``; None for none.

    Example:
        >>> [kind_of(name) for name in ("云岭县", "自治区", "市", "州", "云岭")]
        ['县', '自治区', '市', '自治州', None]
    """
    name = name.strip()
    if name.endswith(("地区", "行署")):
        return "地区"
    if name.endswith("州") and not name.endswith("自治州"):
        return "自治州" if name == "州" else None
    return next((kind for kind in _kinds() if name.endswith(kind)), None)


def _scores(book: Gazetteer, text: str, front: int) -> dict[str, float]:
    """How much the text speaks of each place, by code."""
    scores: dict[str, float] = defaultdict(float)
    for mention in book.mentions(text):
        weight = _FULL if mention.full else _SHORT
        if mention.start < front:
            weight = _FRONT
        for place in book.by_name.get(mention.name) or book.by_short[mention.name]:
            scores[place.code] += weight
    for anchor in _ANCHOR.finditer(text):
        for place in _named_before(book, text, anchor.start()):
            scores[place.code] += _FRONT if anchor.start() < front + 200 else _OFFICE
    return scores


def _named_before(book: Gazetteer, text: str, end: int) -> list[Place]:
    """Places whose full name ends here; one that is a word as well must stand where a name can begin."""
    for length in range(min(_MAX_NAME, end), 1, -1):
        name = text[end - length : end]
        if found := book.by_name.get(name):
            return found if name not in book.common or _BEFORE_NAME.search(text[: end - length][-2:]) else []
    return []


def _best_place(kind: str, scores: dict[str, float], text: str, year: int | None) -> Place | None:
    book = gazetteer()
    inside = Counter(parent for code in scores for parent in book.by_code[code].parents if parent in book.by_code)
    own = [code for code in {*scores, *inside} if _is_kind(book.by_code[code], kind, year)]

    def total(code: str) -> float:
        place = book.by_code[code]
        words = sum(text.count(short) for short in place.shorts if short in book.common) if code in scores else 0
        above = sum(min(scores.get(parent, 0), 50) for parent in place.parents)
        return scores.get(code, 0) + words * _SHORT + inside[code] * _CHILD + above * _PARENT

    def rank(code: str) -> tuple[float, int, int]:
        # Two places with one name: in a known year the one that was to end soon, else the one that lasts.
        until = book.by_code[code].names[0][1]
        return total(code), until if year is None else -until, code.count("0")

    best = max(own, key=rank, default=None)
    return book.by_code[best] if best and total(best) >= _MIN_SCORE else None


def _is_kind(place: Place, kind: str, year: int | None) -> bool:
    return any(kind_of(name) == kind for name in place.names_in(year))


def _unlisted_name(text: str, body: tuple[int, int], kind: str) -> str | None:
    """The name that the opening lines give a place which no gazetteer has."""
    for match in _UNKNOWN.finditer(text, 0, min(body[0] + 400, len(text))):
        name = re.sub(r".*(?:代表|在|日)", "", match[1])
        if kind_of(name) == kind and len(name) > 1 and not name.startswith("自治"):
            return name
    return None


def region_from_name(name: str) -> Region:
    """Find the place that a file name or a given region names.

    Args:
        name: A file's name without its ending, or a place's name.

    Returns:
        The place of today; name and level only where no gazetteer has it; all None where nothing in it is a place.

    Example:
        >>> region_from_name("county_徐水县_2013"), region_from_name("云岭县")
        (Region(name='徐水区', code='130609', level='county'), Region(name='云岭县', code=None, level='county'))
    """
    book = gazetteer()
    for part in re.split(r"[\W_\d]+", name):
        if places := book.named(part):
            place = places[0]
            return Region(place.name, place.code, level_of(place.code))
    mentions = list(book.mentions(name))
    if mentions:
        place = (book.by_name.get(mentions[-1].name) or book.by_short[mentions[-1].name])[0]
        return Region(place.name, place.code, place.level)
    for part in re.split(r"[\W_\d]+", name):
        if (kind := kind_of(part)) and len(part) > 1:
            return Region(part, None, _kinds()[kind][1])
    return Region()


def region_from_code(code: str) -> Region:
    """Find the place of a code, former codes included.

    Args:
        code: Six digits.

    Returns:
        The place of today; without a name where the code is unknown.

    Example:
        >>> region_from_code("130609").name
        '徐水区'
    """
    place = gazetteer().by_code.get(code)
    return Region(place.name, place.code, place.level) if place else Region(None, code, level_of(code))
