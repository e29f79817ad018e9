"""Promises against outcomes, across years, places and tiers; attention to topics."""

from policynlp.compare.attention import attention, shipped_topics
from policynlp.compare.errors import CompareError, CompareWarning
from policynlp.compare.panel import Panel, compare

__all__ = ["CompareError", "CompareWarning", "Panel", "attention", "compare", "shipped_topics"]
