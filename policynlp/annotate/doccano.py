"""doccano: one JSON object a line for a project of the kind Sequence Labeling with relations and overlapping spans.

Label names, not ids; offsets in characters. doccano has no fields of a span: those of our facts travel as metadata.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from policynlp.annotate.documents import (
    FACT_FIELDS,
    AnnotationError,
    Document,
    Mark,
    check_label,
    check_span,
    fact_from,
    sentence_of,
)

FACT, TARGET, META = "fact", "target", "facts"


def dump(documents: Iterable[Document], path: Path) -> None:
    """Write documents for import in doccano's format JSONL(relation).

    Args:
        documents: What to label.
        path: A ``.jsonl`` file.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "out.jsonl"
        >>> dump([Document("a", "新建五所。", sentences=[Mark(0, 5, "commitment")])], file)
        >>> json.loads(file.read_text(encoding="utf-8"))["text"]
        '新建五所。'
    """
    with open(path, "w", encoding="utf-8") as out:
        for document in documents:
            out.write(json.dumps(_record(document), ensure_ascii=False) + "\n")


def _record(document: Document) -> dict[str, Any]:
    entities: list[dict[str, Any]] = []
    for mark in document.sentences:
        entities.append(_entity(len(entities), document, mark.start, mark.end, mark.label))
    spans: dict[tuple[int, int], int] = {}
    for fact in document.facts:  # two facts on one span are one entity
        if (fact.start, fact.end) not in spans:
            spans[fact.start, fact.end] = len(entities)
            entities.append(_entity(len(entities), document, fact.start, fact.end, FACT))
    relations: list[dict[str, Any]] = []
    for sentence, index in document.links:
        to = spans[document.facts[index].start, document.facts[index].end]
        if (sentence, to) not in {(relation["from_id"], relation["to_id"]) for relation in relations}:
            relations.append({"id": len(relations), "from_id": sentence, "to_id": to, "type": TARGET})
    facts = [
        {"start": f.start, "end": f.end, **{name: getattr(f, name) for name in FACT_FIELDS}} for f in document.facts
    ]
    return {
        "text": document.text,
        "entities": entities,
        "relations": relations,
        "report_id": document.report_id,
        "offset": document.offset,
        "sha256": document.sha256,
        "by": document.by,
        META: json.dumps(facts, ensure_ascii=False),
    }


def _entity(key: int, document: Document, start: int, end: int, label: str) -> dict[str, Any]:
    return {"id": key, "start_offset": start - document.offset, "end_offset": end - document.offset, "label": label}


def load(path: Path) -> list[Document]:
    """Read an export of doccano in the format JSONL, with relations or without.

    Args:
        path: The file; doccano packs one a reader into an archive.

    Returns:
        One document a line; the file's name is its reader, as in doccano's archive.

    Raises:
        AnnotationError: For anything else; the message names line and reason.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "王明.jsonl"
        >>> dump([Document("a", "新建五所。", sentences=[Mark(0, 5, "commitment")])], file)
        >>> [(document.reader, document.sentences[0].label) for document in load(file)]
        [('王明', 'commitment')]
    """
    out = []
    try:
        # Not splitlines: a text may hold U+2028 and other marks that it takes for ends of lines.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise AnnotationError(f"{path}: not UTF-8 text; export from doccano in the format JSONL") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            out.append(_document(line, f"{path}, line {number}", path.stem))
    if not out:
        raise AnnotationError(f"{path}: no line in this file")
    return out


def _document(line: str, where: str, reader: str) -> Document:
    try:
        record = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise AnnotationError(f"{where}: not one JSON object a line: {error}") from error
    # doccano 1.3 to 1.5 called the text “data”.
    text = record.get("text", record.get("data")) if isinstance(record, dict) else None
    if not isinstance(text, str):
        raise AnnotationError(f"{where}: a JSON object with a text is needed; export in the format JSONL")
    meta = {**_meta(record.get("meta")), **record}
    if not isinstance(meta.get("report_id"), str) or not isinstance(meta.get("offset"), int):
        raise AnnotationError(f"{where}: report_id or offset is missing: this line was not exported by policynlp")
    document = Document(
        meta["report_id"], text, meta["offset"], str(meta.get("sha256") or ""), reader=reader, where=where
    )
    marks: list[tuple[int, int]] = []
    for start, end, label in _spans(record, where):
        a, b = check_span(document, start, end)
        if label == FACT:
            marks.append((a, b))
        else:
            document.sentences.append(Mark(a, b, check_label(label, where)))
    document.sentences.sort(key=lambda mark: mark.start)
    _add_facts(document, marks, _known(meta.get(META), where))
    return document


def _meta(given: Any) -> Mapping[str, Any]:
    """Metadata of a line, which doccano before 1.3 kept in a field of their own, at times as text."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except json.JSONDecodeError:
            return {}
    return given if isinstance(given, dict) else {}


# Fields of spans, newest first: doccano since 1.6 and before 1.0; 1.3 to 1.5; before 1.3.
_SPANS = ("entities", "label", "labels")


def _spans(record: Mapping[str, Any], where: str) -> Iterable[tuple[Any, Any, Any]]:
    """Spans of a line, in the forms that versions of doccano have."""
    if "annotations" in record:
        raise AnnotationError(
            f"{where}: “annotations” with label ids are of a doccano before 1.3: ids do not say which label is meant; "
            "export again in the format JSONL(Text label), or upgrade it and export in the format JSONL"
        )
    name = next((name for name in _SPANS if name in record), None)
    if name is None:
        raise AnnotationError(f"{where}: neither “entities” nor “label”: export in the format JSONL")
    spans = record[name]
    return [_span(span, name, where) for span in (spans if isinstance(spans, list) else [spans])]


def _span(span: Any, name: str, where: str) -> tuple[Any, Any, Any]:
    if isinstance(span, dict):
        return span.get("start_offset"), span.get("end_offset"), span.get("label")
    if isinstance(span, list) and len(span) == 3:
        return span[0], span[1], span[2]
    raise AnnotationError(
        f"{where}: {span!r} in “{name}” is no [start, end, label]: the project must be of the kind Sequence Labeling"
    )


def _known(given: Any, where: str) -> dict[tuple[int, int], list[dict[str, Any]]]:
    try:
        facts = json.loads(given) if isinstance(given, str) else given or []
        out: dict[tuple[int, int], list[dict[str, Any]]] = {}
        for fact in facts:
            out.setdefault((fact["start"], fact["end"]), []).append({**fact})
    except (json.JSONDecodeError, TypeError, KeyError) as error:
        raise AnnotationError(f"{where}: the metadata “{META}” was changed and cannot be read") from error
    return out


def _add_facts(
    document: Document, marks: Iterable[tuple[int, int]], known: dict[tuple[int, int], list[dict[str, Any]]]
) -> None:
    for start, end in sorted(set(marks)):
        if (start, end) not in known:
            words = document.text[start - document.offset : end - document.offset]
            raise AnnotationError(
                f"{document.where}: {words!r} at [{start}, {end}) is marked as a fact in doccano, which has no fields "
                "of facts; label new facts in Label Studio or in a table, or import the labels alone with facts=False"
            )
        for fact in known[start, end]:
            at = {"report_id": document.report_id, "sentence_start": sentence_of(document, start, end)}
            document.facts.append(fact_from(fact, document.where, **at, start=start, end=end))
