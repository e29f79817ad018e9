"""Evaluation: labelled sets in the contract's format, scores with intervals, comparison of models.

The package is itself callable: ``policynlp.evaluate(nlp, …)`` works whether or not ``policynlp.evaluate`` has been
imported as a module before.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from policynlp.evaluate.agree import Agreement, agreement
from policynlp.evaluate.cases import Case, FactCase
from policynlp.evaluate.corpus import Corpus, CorpusWarning, load_corpus
from policynlp.evaluate.gold import GoldError, GoldFact, GoldReport, GoldSentence, TextFinder, read_gold
from policynlp.evaluate.publish import publish
from policynlp.evaluate.result import Result, Score
from policynlp.evaluate.run import evaluate
from policynlp.evaluate.splits import Leak, LeakageError, check_leakage, near_duplicates, split

__all__ = [
    "Agreement",
    "Case",
    "Corpus",
    "CorpusWarning",
    "FactCase",
    "GoldError",
    "GoldFact",
    "GoldReport",
    "GoldSentence",
    "Leak",
    "LeakageError",
    "Result",
    "Score",
    "TextFinder",
    "agreement",
    "check_leakage",
    "evaluate",
    "load_corpus",
    "near_duplicates",
    "publish",
    "read_gold",
    "split",
]


class _CallableModule(ModuleType):
    # Importing a submodule binds it on its parent package and so hides a function of the same name there.
    def __call__(self, *args: Any, **kwargs: Any) -> Result:
        return evaluate(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
