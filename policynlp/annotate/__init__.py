"""Annotation: labelled or pre-labelled reports to and from annotation programs, and what to label next.

A format is one module with ``dump(documents, path)`` and ``load(path)`` and one row of `FORMATS`.
"""

from __future__ import annotations

from policynlp.annotate.documents import AnnotationError, Document, Mark, documents, readers_of, to_gold
from policynlp.annotate.exchange import FORMATS, Format, export_documents, import_documents, write_gold

__all__ = [
    "FORMATS",
    "AnnotationError",
    "Document",
    "Format",
    "Mark",
    "documents",
    "export_documents",
    "import_documents",
    "readers_of",
    "to_gold",
    "write_gold",
]
