"""Values in units that meet: 斤 and 吨, 番 and %, and the measure words of counted things."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from policynlp.data import load_table

if TYPE_CHECKING:
    import pandas as pd

COUNTED = "件"


@cache
def scales() -> dict[str, tuple[str, float]]:
    """Unit -> the unit that it is turned into, and by what factor."""
    columns = ("unit", "same_as", "factor", "example")
    rows = load_table("unit_scales.tsv", columns, columns)
    return {row["unit"]: (row["same_as"], float(row["factor"])) for row in rows}


@cache
def counted() -> frozenset[str]:
    """Measure words of counted things."""
    return frozenset(row["unit"] for row in load_table("count_units.tsv", ("unit", "example"), ("unit",)))


def unify_units(facts: pd.DataFrame) -> pd.DataFrame:
    """Turn values into units that meet.

    Args:
        facts: With ``value, value_high, unit, measure``.

    Returns:
        The same rows with the values and units changed, and ``unit_kind``, which is one for all measure words.
    """
    facts = facts.copy()
    unit = facts["unit"].astype(object).fillna("")
    growth = facts["measure"] == "growth"
    for name in ("value", "value_high"):
        value = facts[name].astype("float64")
        value = value.where(~(growth & (unit == "番")), (2.0 ** value.clip(upper=30.0) - 1) * 100)
        value = value.where(~(growth & (unit == "倍")), value * 100)
        facts[name] = value * unit.map(lambda u: scales().get(u, ("", 1.0))[1])
    unit = unit.where(~(growth & unit.isin(["番", "倍"])), "%")
    facts["unit"] = unit.map(lambda u: scales().get(u, (u, 1.0))[0])
    facts["unit_kind"] = facts["unit"].where(~facts["unit"].isin(counted()), COUNTED)
    return facts
