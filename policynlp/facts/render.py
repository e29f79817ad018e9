"""Writes a quantity back as text, so that reading it again gives the same quantity."""

from __future__ import annotations

from decimal import Decimal

from policynlp.facts.quantities import Quantity

_FRAMES = {
    "eq": "{}",
    "ge": "{}以上",
    "gt": "超过{}",
    "le": "控制在{}以内",
    "lt": "不足{}",
    "about": "{}左右",
}
_RANKS = {"eq": "第{}位", "le": "前{}位"}


def render(quantity: Quantity) -> str:
    """Write a quantity in the words of a report.

    Args:
        quantity: A quantity with a value.

    Returns:
        A text whose only quantity has the same value, upper end, unit and bound.

    Raises:
        ValueError: Where it has no value, or a bound that no words express.

    Example:
        >>> from policynlp.facts import find_quantities
        >>> render(find_quantities("新增就业二万一千人以上")[0])
        '21000人以上'
    """
    if quantity.value is None:
        raise ValueError("a quantity without a value cannot be written")
    if quantity.kind == "rank":
        if quantity.bound not in _RANKS:
            raise ValueError(f"no words for a rank with bound {quantity.bound!r}")
        return _RANKS[quantity.bound].format(_digits(quantity.value))
    verb = "翻" if quantity.unit == "番" else ""
    if quantity.value_high is not None:
        return f"{verb}{_digits(quantity.value)}—{_digits(quantity.value_high)}{quantity.unit}"
    if quantity.bound not in _FRAMES:
        raise ValueError(f"no words for bound {quantity.bound!r}; known are {', '.join(_FRAMES)}")
    return _FRAMES[quantity.bound].format(f"{_digits(quantity.value)}{quantity.unit}")


def _digits(value: Decimal) -> str:
    return format(value, "f")
