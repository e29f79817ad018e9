"""policynlp: segment, classify and measure Chinese government work reports (政府工作报告).

Importing this package imports no heavy library; each surface loads what it needs on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from policynlp._version import __version__
from policynlp.report import Commitment, Heading, NumericFact, Report, Section, Sentence

# Public name -> the room that owns it.
_LAZY = {
    "read_report": "policynlp.read",
    "read_reports": "policynlp.read",
    "ReadError": "policynlp.read",
    "load": "policynlp.pipeline",
    "Pipeline": "policynlp.pipeline",
    "find_quantities": "policynlp.facts",
    "Quantity": "policynlp.facts",
    "evaluate": "policynlp.evaluate",
    "compare": "policynlp.compare",
    "attention": "policynlp.compare",
    "Panel": "policynlp.compare",
    "CompareError": "policynlp.compare",
    "load_corpus": "policynlp.evaluate",
    "PluginError": "policynlp.plugins",
}

__all__ = [
    "Commitment",
    "Heading",
    "NumericFact",
    "Report",
    "Section",
    "Sentence",
    "__version__",
    *_LAZY,
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'policynlp' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
