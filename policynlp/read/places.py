"""The gazetteer: places of China with their codes, parents and former names, and where a text mentions them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from policynlp.data import load_table

NATION = "100000"
_MUNICIPALITIES = ("11", "12", "31", "50")


@dataclass(frozen=True, slots=True)
class Place:
    """One administrative place.

    Attributes:
        code: Six digits; ``100000`` for the nation.
        name: Its present full name, or its last one where it exists no more.
        names: All full names it had, the last one first, each with the last year it was used, 9999 if it still is.
        shorts: Its names without the word for the kind.

    Example:
        >>> Place("420600", "襄阳市", (("襄阳市", 9999), ("襄樊市", 2010)), ("襄阳", "襄樊")).level
        'city'
    """

    code: str
    name: str
    names: tuple[tuple[str, int], ...]
    shorts: tuple[str, ...]

    @property
    def level(self) -> str:
        """One of the levels of `policynlp.report.LEVELS`."""
        return level_of(self.code)

    def names_in(self, year: int | None) -> tuple[str, ...]:
        """The names it had in a year or kept for later; all of them where the year is unknown.

        Args:
            year: A calendar year; None where nothing tells it.

        Returns:
            Full names, the one that lasted longest first.

        Example:
            >>> place = Place("420600", "襄阳市", (("襄阳市", 9999), ("襄樊市", 2010)), ("襄阳", "襄樊"))
            >>> place.names_in(2024), place.names_in(2009)
            (('襄阳市',), ('襄阳市', '襄樊市'))
        """
        return tuple(name for name, until in self.names if year is None or until >= year - 1)

    @property
    def parents(self) -> tuple[str, ...]:
        """Codes of the city (where there is one) and the province above it."""
        above = (self.code[:4] + "00", self.code[:2] + "0000")
        return tuple(code for code in dict.fromkeys(above) if code != self.code)


def level_of(code: str) -> str:
    """Level of a code; municipalities are provinces, and their districts counties.

    Args:
        code: Six digits of GB/T 2260, former codes included.

    Returns:
        ``national``, ``province``, ``city`` or ``county``.

    Example:
        >>> [level_of(code) for code in ("100000", "310000", "130600", "130609", "429004")]
        ['national', 'province', 'city', 'county', 'county']
    """
    if code == NATION:
        return "national"
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "county"


@dataclass(frozen=True, slots=True)
class Mention:
    """A place name in a text.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last character.
        name: The name as it stands there.
        full: Whether it is a full name (云岭县) and no short one (云岭).

    Example:
        >>> Mention(0, 3, "襄阳市", True).name
        '襄阳市'
    """

    start: int
    end: int
    name: str
    full: bool


class Gazetteer:
    """All places, by code and by any name they ever had.

    Read from ``places.tsv`` and ``places_extra.tsv``, whose heads name their sources; `gazetteer` keeps the one of
    this process.

    Attributes:
        by_code: Six digits, former ones included -> the place of today.
        by_name: Full name -> places that have or had it, the one that kept it longest first.
        by_short: The same for names without the word for the kind.
        common: Names that are ordinary words as well.

    Example:
        >>> gazetteer().by_code["420600"].name
        '襄阳市'
    """

    def __init__(self) -> None:
        columns = ("code", "name", "short", "to", "now")
        rows = [row for name in ("places.tsv", "places_extra.tsv") for row in load_table(name, columns, columns[:2])]
        versions: dict[str, list[dict[str, str]]] = defaultdict(list)
        corrected = {(r["code"], r["name"]): r for r in rows}
        for row in corrected.values():
            versions[row["now"] or row["code"]].append(row)
        self.by_code: dict[str, Place] = {}
        self.by_name: dict[str, list[Place]] = defaultdict(list)
        self.by_short: dict[str, list[Place]] = defaultdict(list)
        for code, group in versions.items():
            self._add(code, sorted(group, key=lambda row: row["to"] or "9999", reverse=True))
        for name, places in self.by_name.items():
            places.sort(key=lambda place: -dict(place.names)[name])

    def _add(self, code: str, versions: list[dict[str, str]]) -> None:
        names = {row["name"]: int(row["to"] or 9999) for row in reversed(versions)}
        shorts = tuple(dict.fromkeys(row["short"] for row in versions if row["short"]))
        place = Place(code, versions[0]["name"], tuple(reversed(names.items())), shorts)
        self.by_code[code] = place
        for name in names:
            self.by_name[name].append(place)
        for short in shorts:
            self.by_short[short].append(place)

    @cached_property
    def common(self) -> frozenset[str]:
        """Names that reports of other places use as well, mostly as ordinary words."""
        return frozenset(row["name"] for row in load_table("places_common.tsv", ("name", "example"), ("name",)))

    @cached_property
    def _by_head(self) -> dict[str, tuple[str, ...]]:
        """First two characters -> the names that begin so, the longest first."""
        heads: dict[str, list[str]] = defaultdict(list)
        for name in {*self.by_name, *self.by_short} - self.common:
            heads[name[:2]].append(name)
        return {head: tuple(sorted(names, key=len, reverse=True)) for head, names in heads.items()}

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield the place names in a text, the longest at each point, without overlaps.

        Args:
            text: Any text.

        Yields:
            `Mention`, in the order of the text.

        Example:
            >>> [mention.name for mention in gazetteer().mentions("襄阳市和武汉共同发展")]
            ['襄阳市', '武汉']
        """
        heads = self._by_head
        after = 0
        for i in [i for i in range(len(text) - 1) if text[i : i + 2] in heads]:
            if i < after:
                continue
            name = next((name for name in heads[text[i : i + 2]] if text.startswith(name, i)), None)
            if name is not None:
                after = i + len(name)
                yield Mention(i, after, name, name in self.by_name)

    def named(self, name: str) -> list[Place]:
        """Places that have or had this full or short name; 国务院 is the nation.

        Args:
            name: A full or short name.

        Returns:
            By full name where one has it, else by short name; empty for none.

        Example:
            >>> [place.name for place in gazetteer().named("襄樊市")]
            ['襄阳市']
        """
        if name in ("国务院", "中国", "中华人民共和国"):
            name = "全国"
        return list(self.by_name.get(name, ())) or list(self.by_short.get(name, ()))


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The one gazetteer of this process, loaded on first use.

    Returns:
        The same object at each call.

    Example:
        >>> gazetteer() is gazetteer()
        True
    """
    return Gazetteer()
