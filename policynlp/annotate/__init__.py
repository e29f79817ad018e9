"""Annotation: labelled or pre-labelled reports to and from annotation programs, and what to label next.

A format is one module with ``dump(documents, path)`` and ``load(path)`` and one row of `FORMATS`; a format of another
package comes in by an entry point (`policynlp.plugins`).
"""

from __future__ import annotations

from policynlp.annotate.documents import AnnotationError, Document, Mark, documents, readers_of, to_gold
from policynlp.annotate.exchange import FORMATS, Format, export_documents, import_documents, write_gold
from policynlp.annotate.next import Suspect, encoder, likely_errors, suggest

__all__ = [
    "FORMATS",
    "AnnotationError",
    "Document",
    "Format",
    "Mark",
    "Suspect",
    "documents",
    "encoder",
    "export_documents",
    "import_documents",
    "likely_errors",
    "readers_of",
    "suggest",
    "to_gold",
    "write_gold",
]
