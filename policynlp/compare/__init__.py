"""Promises against outcomes, across years, places and tiers; attention to topics.

The package is itself callable: ``policynlp.compare(reports)`` works whether or not ``policynlp.compare`` has been
imported as a module before.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from policynlp.compare.attention import attention, shipped_topics
from policynlp.compare.errors import CompareError, CompareWarning
from policynlp.compare.panel import Panel, compare

__all__ = ["CompareError", "CompareWarning", "Panel", "attention", "compare", "shipped_topics"]


class _CallableModule(ModuleType):
    # Importing a submodule binds it on its parent package and so hides a function of the same name there.
    def __call__(self, *args: Any, **kwargs: Any) -> Panel:
        return compare(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
