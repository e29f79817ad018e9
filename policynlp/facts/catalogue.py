"""The indicator catalogue: which known indicator a wording names, over four decades of wordings."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from policynlp.data import DataFileError, Row, load_table, parse_table
from policynlp.plugins import INDICATORS, Plugin, plugins

# Wordings whose row is remembered: enough for many reports, bounded for a corpus of any size.
_REMEMBERED = 50_000
COLUMNS = ("id", "names", "not", "polarity", "measure", "unit", "example")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of the catalogue.

    Attributes:
        id: The ``indicator_id`` of the tables.
        names: Its wordings.
        excluded: Words that a wording of it never holds.
        polarity: ``more`` or ``less`` is better; empty where neither.
        measure: The measure that its rate has where no word of change stands by it.
        unit: The unit of its level.

    Example:
        >>> Indicator("tea", ("茶叶产量",), (), "more", "growth", "吨").names
        ('茶叶产量',)
    """

    id: str
    names: tuple[str, ...]
    excluded: tuple[str, ...]
    polarity: str
    measure: str
    unit: str


class Catalogue:
    """Indicators by their wordings.

    Args:
        rows: The indicators; where two share a name the later one has it.

    Raises:
        DataFileError: Where two rows have one id.

    Example:
        >>> Catalogue([Indicator("tea", ("茶叶产量",), (), "more", "growth", "吨")]).find("茶叶产量").id
        'tea'
    """

    def __init__(self, rows: Sequence[Indicator]) -> None:
        self.rows = tuple(rows)
        self.by_id = {row.id: row for row in self.rows}
        if len(self.by_id) < len(self.rows):
            ids = [row.id for row in self.rows]
            twice = next(name for name in ids if ids.count(name) > 1)
            raise DataFileError(f"indicator catalogue: two rows have the id {twice!r}; join their names in one row")
        self.by_name = {name: row for row in self.rows for name in row.names}
        self._found: dict[tuple[str, str | None], Indicator | None] = {}

    @property
    def sha256(self) -> str:
        """Of all rows, so that a run is not continued with others."""
        return hashlib.sha256(repr(self.rows).encode()).hexdigest()

    def find(self, wording: str, region: str | None = None) -> Indicator | None:
        """Find the row that a wording names; see the function `find`.

        Args:
            wording: As the report has it.
            region: Name of the report's place, which a wording may begin with.

        Returns:
            The row; None where the wording names none.

        Example:
            >>> shipped().find("云岭市粮食产量", "云岭市").id
            'grain_output'
        """
        key = wording[:80], region
        if key not in self._found:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[key] = self._find(*key)
        return self._found[key]

    def _find(self, wording: str, region: str | None) -> Indicator | None:
        for core in _cores(_INNER.sub("", wording), region):
            row = self.by_name.get(core)
            if row and not any(word in wording for word in row.excluded):
                return row
        return None


def read_catalogue(path: str | Path) -> Catalogue:
    """Read a catalogue of one's own: one tab-separated file with the columns of ``policynlp/data/indicators.tsv``.

    Args:
        path: The file.

    Returns:
        The catalogue.

    Raises:
        DataFileError: For an unknown column, an empty id or name, an id that stands twice, a file that is not UTF-8.
        OSError: Where the file cannot be read.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "mine.tsv"
        >>> _ = file.write_text("id\\tnames\\ntea\\t茶叶产量 茶产量\\n", encoding="utf-8")
        >>> read_catalogue(file).find("茶产量").id
        'tea'
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataFileError(f"{Path(path).name}: not UTF-8; save it as UTF-8 text, tab-separated") from error
    return _catalogue(parse_table(text, Path(path).name, COLUMNS, ("id", "names")))


# What `choose_catalogue` takes; the name of the library's own catalogue.
CatalogueName = str | Path | Catalogue
SHIPPED = "shipped"


def choose_catalogue(names: CatalogueName | Iterable[CatalogueName] | None = None) -> Catalogue:
    """The catalogue that a user names.

    Args:
        names: A file with the columns of ``policynlp/data/indicators.tsv``, the name of a catalogue that an installed
            package adds (`policynlp.plugins`), ``"shipped"`` for the library's own, or a catalogue; or several of them.
            Of several, a later one's rows win over an earlier one's with the same id or name. None takes the library's.

    Returns:
        The catalogue; where several are named, all their rows.

    Raises:
        DataFileError: Where there is no such file or name, or a file breaks the rules of its table.
        PluginError: Where an installed package adds it, and it is broken.

    Example:
        >>> own = catalogue_of([{"id": "tea", "names": "茶叶产量"}])
        >>> choose_catalogue(own).find("粮食产量") is None, choose_catalogue(["shipped", own]).find("粮食产量").id
        (True, 'grain_output')
    """
    if names is None:
        return shipped()
    chosen = [_chosen(name) for name in ([names] if isinstance(names, (str, Path, Catalogue)) else names)]
    if len(chosen) == 1:
        return chosen[0]
    return Catalogue(list({row.id: row for catalogue in chosen for row in catalogue.rows}.values()))


def _chosen(name: CatalogueName) -> Catalogue:
    if isinstance(name, Catalogue):
        return name
    if name == SHIPPED:
        return shipped()
    if Path(name).is_file():
        return read_catalogue(name)
    added = plugins(INDICATORS)
    if str(name) in added:
        return _from_plugin(added[str(name)])
    raise DataFileError(f"{name}: no such file of indicators; give a file or one of {', '.join([SHIPPED, *added])}")


def _from_plugin(plugin: Plugin) -> Catalogue:
    given = plugin.load()
    if isinstance(given, Catalogue):
        return given
    try:
        return read_catalogue(given)
    except (DataFileError, OSError, TypeError) as error:
        raise plugin.error(f"has no usable catalogue ({error})") from error


def catalogue_of(rows: Iterable[Mapping[str, str]]) -> Catalogue:
    """Make a catalogue of rows that are already at hand.

    Args:
        rows: Mappings with ``id`` and ``names`` (parted by blanks); ``not, polarity, measure, unit`` may be left out.

    Returns:
        The catalogue.

    Raises:
        DataFileError: For a row without id or names, an id that stands twice.

    Example:
        >>> catalogue_of([{"id": "tea", "names": "茶叶产量 茶产量"}]).find("全县茶叶产量").id
        'tea'
    """
    full = [{column: str(row.get(column, "")) for column in COLUMNS} for row in rows]
    if empty := next((row for row in full if not (row["id"] and row["names"].strip())), None):
        raise DataFileError(f"indicator catalogue: the row {empty} needs an id and names")
    return _catalogue(full)


def _catalogue(rows: Iterable[Row]) -> Catalogue:
    return Catalogue(
        [
            Indicator(
                row["id"],
                tuple(row["names"].split()),
                tuple(row["not"].split()),
                row["polarity"],
                row["measure"],
                row["unit"],
            )
            for row in rows
        ]
    )


@cache
def shipped() -> Catalogue:
    """The catalogue that ships with the library.

    Returns:
        The same object at each call.

    Example:
        >>> "gdp" in shipped().by_id
        True
    """
    return _catalogue(load_table("indicators.tsv", COLUMNS, ("id", "names")))


def indicators() -> tuple[Indicator, ...]:
    """The rows of the catalogue that ships with the library.

    Returns:
        Rows of ``indicators.tsv``, in its order.

    Example:
        >>> len({row.id for row in indicators()}) == len(indicators())
        True
    """
    return shipped().rows


@cache
def names_ending_in(word: str) -> tuple[str, ...]:
    """The names of the catalogue that end in a word which elsewhere is a predicate: 经济增长.

    Args:
        word: The word.

    Returns:
        Names that are longer than the word.

    Example:
        >>> "经济增长" in names_ending_in("增长")
        True
    """
    return tuple(name for name in shipped().by_name if name.endswith(word) and name != word)


# Words around a name that leave it the same indicator.
_NEUTRAL_HEAD = re.compile(
    r"^(?:全(?:市|省|县|区|国|州|旗|社会|口径|部)|地方|地区|属地|实现|完成|累计|年度|年末|当年|我(?:市|省|县|区|国)|本级|总体|市属|省属|区域|城乡|辖区|市(?=一般公共预算|地方财政|公共财政|财政一般))"
)
# The reporting place before the name is neutral; another place, a park or a quarter (开发区, 城区) is another subject.
_PLACE = re.compile(r"^[^，、]{1,8}?(?:省|市|县|(?<![发新园城郊社片范景税口])区|州|旗|盟)")
# 城镇居民年人均可支配收入, 城镇累计新增就业.
_INNER = re.compile(r" |年(?=人均)|(?<=人均)年|(?<=居民)家庭(?=人均)|(?<=.)累计(?=新增)")
_NEUTRAL_TAIL = re.compile(
    r"(?:总量|总额|总值|总数|完成|规模|增幅|增速|涨幅|增长率|增长速度|人数|数量|家数|同比|水平|总水平|平均值|预期目标|目标)$"
)


def find(wording: str, region: str | None = None) -> Indicator | None:
    """Find the catalogue row that a wording names.

    Args:
        wording: An indicator as a report words it.
        region: The reporting place, so that another one before the name is told apart; None takes any for it.

    Returns:
        The row, or None: a sector's, a park's or a per-head figure is not the place's own.

    Example:
        >>> find("青岗市经济总量", "云岭省"), find("云岭省经济总量", "云岭省").id
        (None, 'gdp')
        >>> find("全市国民生产总值").id, find("人均地区生产总值").id, find("单位地区生产总值能耗").id
        ('gdp', 'per_capita_gdp', 'energy_intensity')
    """
    return shipped().find(wording, region)


def _is_own(place: str, region: str | None) -> bool:
    # Former and full names share their first characters: 清苑县 and 清苑区.
    return region is None or (len(place) > 1 and place[:2] in region)


def _cores(wording: str, region: str | None) -> list[str]:
    heads = [wording]
    while match := _NEUTRAL_HEAD.match(heads[-1]) or _PLACE.match(heads[-1]):
        if match.end() >= len(heads[-1]) or (match.re is _PLACE and not _is_own(match.group(), region)):
            break
        heads.append(heads[-1][match.end() :])
    out = []
    for head in heads:
        while True:
            out.append(head)
            match = _NEUTRAL_TAIL.search(head)
            if not match or not match.start():
                break
            head = head[: match.start()]
    return out


def better_low(wording: str) -> bool:
    """True where less is better: 改善0.4 is a fall then.

    Args:
        wording: As the report has it.

    Returns:
        By the catalogue's polarity, else by the words of ``less_is_better.tsv``.

    Example:
        >>> better_low("城镇登记失业率"), better_low("粮食产量")
        (True, False)
    """
    row = find(wording)
    return row.polarity == "less" if row else any(word in wording for word in _low_words())


@cache
def _low_words() -> tuple[str, ...]:
    rows: Sequence[dict[str, str]] = load_table("less_is_better.tsv", ("word", "example"), ("word",))
    return tuple(row["word"] for row in rows)


def default_measure(wording: str) -> str:
    """The measure of a bare rate of this indicator: ``growth`` for what has no whole to be a share of.

    Args:
        wording: As the report has it.

    Returns:
        ``growth``, ``share`` …; empty where nothing tells.

    Example:
        >>> default_measure("地区生产总值")
        'growth'
    """
    row = find(wording)
    if row:
        return row.measure
    return "growth" if wording.endswith(_money_heads()) else ""


@cache
def _money_heads() -> tuple[str, ...]:
    rows = load_table("indicator_heads.tsv", ("word", "kind", "example"), ("word", "kind"))
    return tuple(
        row["word"] for row in rows if row["kind"] in ("amount", "part", "total") and not row["word"].endswith("率")
    )
