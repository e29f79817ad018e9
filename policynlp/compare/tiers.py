"""A place against the one above it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from policynlp.compare.errors import CompareError

if TYPE_CHECKING:
    import pandas as pd

RULES = ("low", "middle", "as_worded")
NATION = "100000"


def target_number(rows: pd.DataFrame, rule: str) -> pd.Series:
    """Turn worded targets into one number each.

    Args:
        rows: Rows of a panel.
        rule: ``low`` takes the low end of a range, ``middle`` its middle, ``as_worded`` only what is one number:
            a range has none.

    Returns:
        The numbers; missing where there is no target in numbers.

    Raises:
        CompareError: For a rule that does not exist.
    """
    if rule not in RULES:
        raise CompareError(f"no rule {rule!r} for targets; rules are {', '.join(RULES)}")
    target, high = rows["target"].astype("float64"), rows["target_high"].astype("float64")
    if rule == "middle":
        return target.where(high.isna(), (target + high) / 2)
    return target if rule == "low" else target.where(high.isna())


def superior_codes(code: str) -> tuple[str, ...]:
    """Codes of the places above a place, the nearest first.

    Example:
        >>> superior_codes("320106"), superior_codes("310000"), superior_codes("100000")
        (('320100', '320000', '100000'), ('100000',), ())
    """
    if code == NATION:
        return ()
    above = [code[:4] + "00", code[:2] + "0000", NATION]
    return tuple(name for name in dict.fromkeys(above) if name != code)


def superior_at(code: object, level: str) -> str | None:
    """Code of the place of a level above a place; None where there is none, or the place has no code.

    Example:
        >>> superior_at("320106", "province"), superior_at("320000", "national"), superior_at("320000", "province")
        ('320000', '100000', None)
    """
    # A place without a code has none, or a missing value out of a table.
    if not isinstance(code, str) or not code:
        return None
    at = {"national": NATION, "province": code[:2] + "0000", "city": code[:4] + "00"}[level]
    return at if at in superior_codes(code) else None


def amplification(rows: pd.DataFrame, rule: str, superiors: Mapping[str, str]) -> pd.DataFrame:
    """Each place's target less that of the nearest place above it that has one for the same year.

    Args:
        rows: One row a place and year.
        rule: See `target_number`.
        superiors: Region -> region above it, for places without a code.

    Returns:
        See `policynlp.compare.panel.Panel.amplification`.

    Raises:
        CompareError: Where no place has a code and none is named in ``superiors``.
    """
    rows = rows.assign(number=target_number(rows, rule))
    rows = rows[rows["number"].notna()]
    if len(rows) and rows["region_code"].isna().all() and not superiors:
        raise CompareError(
            "no place has a 行政区划代码: say which is above which with superiors={region: region above}"
        )
    by_code: dict[Any, Any] = {(row.region_code, row.year): row for row in rows.itertuples() if row.region_code}
    by_name: dict[Any, Any] = {(row.region, row.year): row for row in rows.itertuples()}
    out = []
    row: Any
    for row in rows.itertuples():
        if row.region in superiors:
            above = by_name.get((superiors[row.region], row.year))
        else:
            codes = superior_codes(row.region_code) if row.region_code else ()
            above = next((by_code[code, row.year] for code in codes if (code, row.year) in by_code), None)
        if above is not None:
            out.append(_pair(row, above))
    import pandas as pd

    return pd.DataFrame(out, columns=_COLUMNS)


_COLUMNS = [
    "region",
    "region_code",
    "level",
    "year",
    "target",
    "target_bound",
    "target_text",
    "superior",
    "superior_level",
    "superior_target",
    "superior_bound",
    "superior_text",
    "amplification",
]
_OWN = ("region", "region_code", "level", "year", "number", "target_bound", "target_text")
_ABOVE = ("region", "level", "number", "target_bound", "target_text")


def _pair(row: Any, above: Any) -> list[object]:
    mine, theirs = [getattr(row, name) for name in _OWN], [getattr(above, name) for name in _ABOVE]
    return [*mine, *theirs, round(row.number - above.number, 9)]
