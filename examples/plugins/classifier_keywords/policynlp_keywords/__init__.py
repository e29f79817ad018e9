"""A classifier that knows nothing but a table of words: the least that `policynlp.load` takes, and a floor to beat.

A classifier is any object with ``name`` and ``label(reports)``; the entry point leads to what makes one. The words
stand in keywords.tsv, where a reader of Chinese can extend them.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

import numpy as np

from policynlp import Report
from policynlp.classify import labelled
from policynlp.data import parse_table
from policynlp.report import LABELS

# What a sentence without any of the words is: most sentences of a part are of its kind.
_BY_SECTION = {"review": "achievement", "problems": "problem", "plan": "commitment", "government": "commitment"}
_COLUMNS = ("word", "label", "example")


class KeywordClassifier:
    """Labels a sentence by the words that it holds, and by its section where it holds none."""

    name = "keywords-1.0"

    def __init__(self) -> None:
        text = (files(__package__) / "keywords.tsv").read_text(encoding="utf-8")
        self.words = [(row["word"], row["label"]) for row in parse_table(text, "keywords.tsv", _COLUMNS, _COLUMNS[:2])]

    def label(self, reports: Sequence[Report]) -> list[Report]:
        """Return each report with a label and scores on every sentence."""
        return [labelled(report, self._scores(report), LABELS, self.name) for report in reports]

    def _scores(self, report: Report) -> np.ndarray:
        kinds = [report.sections[s.section].kind if report.sections else "" for s in report.sentences]
        votes = [self._votes(s.text, kind) for s, kind in zip(report.sentences, kinds, strict=True)]
        table = np.array(votes, dtype=float).reshape(-1, len(LABELS))
        return table / table.sum(axis=1, keepdims=True)

    def _votes(self, text: str, kind: str) -> list[float]:
        votes = dict.fromkeys(LABELS, 0.1)
        votes[_BY_SECTION.get(kind, "other")] += 0.5
        for word, label in self.words:
            votes[label] += text.count(word)
        return [votes[label] for label in LABELS]
