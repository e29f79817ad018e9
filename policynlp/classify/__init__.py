"""Sentence classifiers behind the scikit-learn interface, and labelled reports.

``linear`` reads words and what is around a sentence, ``chain`` knows how labels follow each other, ``labeller`` puts
both to work on whole reports, ``store`` saves them without pickle, ``calibrate`` makes probabilities honest.
"""

from __future__ import annotations

from policynlp.classify.bert import BertLabeller
from policynlp.classify.calibrate import expected_calibration_error
from policynlp.classify.chain import Chain
from policynlp.classify.labeller import ReportClassifier, ReportLabeller, labelled
from policynlp.classify.linear import LinearClassifier
from policynlp.classify.load import load_classifier
from policynlp.classify.rows import Row, rows
from policynlp.classify.store import ModelError, save

__all__ = [
    "BertLabeller",
    "Chain",
    "LinearClassifier",
    "ModelError",
    "ReportClassifier",
    "ReportLabeller",
    "Row",
    "expected_calibration_error",
    "labelled",
    "load_classifier",
    "rows",
    "save",
]
