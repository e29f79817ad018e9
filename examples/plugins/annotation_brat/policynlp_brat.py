"""brat: a collection as one .zip, with a .txt and an .ann a document and annotation.conf, which names labels and links.

A sentence is a text-bound annotation of its label's type, a fact one of type Fact with its fields as the annotator's
note. brat knows no documents that are stretches of others: where each comes from stands in documents.json.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from policynlp.annotate import AnnotationError, Document, Format, Mark
from policynlp.annotate.documents import FACT_FIELDS, check_label, check_span, fact_from, sentence_of
from policynlp.report import LABELS

INDEX, FACT = "documents.json", "Fact"
_TYPES = {label: label.capitalize() for label in LABELS}
_LABELS = {name: label for label, name in _TYPES.items()}
CONFIGURATION = f"""[entities]
{chr(10).join(_TYPES.values())}
{FACT}
[relations]
Target\tArg1:{_TYPES["commitment"]}, Arg2:{FACT}
<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>
[events]
[attributes]
"""


def dump(documents: Iterable[Document], path: Path) -> None:
    """Write a collection.

    Args:
        documents: What to label.
        path: A ``.zip`` file.
    """
    index = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("annotation.conf", CONFIGURATION)
        for number, document in enumerate(documents, 1):
            # A report's id may hold what a file's name may not.
            name = f"{number:05d}"
            index[name] = {"report_id": document.report_id, "offset": document.offset, "sha256": document.sha256}
            out.writestr(f"{name}.txt", document.text)
            out.writestr(f"{name}.ann", "".join(f"{line}\n" for line in _lines(document)))
        out.writestr(INDEX, json.dumps(index, ensure_ascii=False, indent=1))


def _lines(document: Document) -> Iterator[str]:
    for number, mark in enumerate(document.sentences):
        yield _bound(document, f"T{number + 1}", _TYPES[mark.label], mark.start, mark.end)
    first = len(document.sentences) + 1
    for number, fact in enumerate(document.facts):
        key = f"T{first + number}"
        yield _bound(document, key, FACT, fact.start, fact.end)
        fields = {name: getattr(fact, name) for name in FACT_FIELDS}
        yield f"#{number + 1}\tAnnotatorNotes {key}\t{json.dumps(fields, ensure_ascii=False)}"
    for number, (sentence, fact_number) in enumerate(document.links, 1):
        yield f"R{number}\tTarget Arg1:T{sentence + 1} Arg2:T{first + fact_number}"


def _bound(document: Document, key: str, kind: str, start: int, end: int) -> str:
    start, end = start - document.offset, end - document.offset
    # An annotation of brat holds no line end: it is given in pieces around it.
    pieces = [(start + m.start(), start + m.end()) for m in re.finditer(r"[^\n]+", document.text[start:end])]
    spans = ";".join(f"{a} {b}" for a, b in pieces)
    return f"{key}\t{kind} {spans}\t{' '.join(document.text[a:b] for a, b in pieces)}"


def load(path: Path) -> list[Document]:
    """Read a collection back.

    Args:
        path: A ``.zip`` file that `dump` wrote and brat changed.

    Returns:
        One document a text.

    Raises:
        AnnotationError: For anything else; the message names file, line and reason.
    """
    try:
        with zipfile.ZipFile(path) as file:
            # Packed from outside, a collection may lie in a folder.
            index_name = next(name for name in file.namelist() if name.split("/")[-1] == INDEX)
            folder = index_name[: -len(INDEX)]
            index = json.loads(file.read(index_name))
            texts = {
                name: [file.read(f"{folder}{name}{ending}").decode("utf-8") for ending in (".txt", ".ann")]
                for name in index
            }
        return [_document(path, name, index[name], *texts[name]) for name in sorted(index)]
    except StopIteration:
        raise AnnotationError(f"{path}: no {INDEX} in it: this collection was not exported by policynlp") from None
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        if isinstance(error, AnnotationError):
            raise
        raise AnnotationError(f"{path}: not a collection of brat in a .zip: {error}") from error


def _document(path: Path, name: str, known: dict[str, object], text: str, annotations: str) -> Document:
    where = f"{path}, {name}.ann"
    document = Document(str(known["report_id"]), text, int(str(known["offset"])), str(known["sha256"]), where=where)
    notes: dict[str, str] = {}
    facts: dict[str, tuple[int, int]] = {}
    for number, line in enumerate(annotations.split("\n"), 1):
        cells = line.split("\t")
        if line.startswith("#") and cells[1].startswith("AnnotatorNotes "):
            notes[cells[1].split()[1]] = cells[2]
        elif line.startswith("T"):
            kind, start, end = _span(cells, f"{where}, line {number}")
            at = check_span(document, start, end)
            if kind == FACT:
                facts[cells[0]] = at
            else:
                label = check_label(_LABELS.get(kind, kind), f"{where}, line {number}")
                document.sentences.append(Mark(*at, label))
    document.sentences.sort(key=lambda mark: mark.start)
    for key, (start, end) in facts.items():
        if key not in notes:
            raise AnnotationError(f"{where}: the fact {key} has no note with its fields; label facts in a table")
        at_sentence = sentence_of(document, start, end)
        place = {"report_id": document.report_id, "sentence_start": at_sentence, "start": start, "end": end}
        document.facts.append(fact_from(json.loads(notes[key]), where, **place))
    return document


def _span(cells: list[str], where: str) -> tuple[str, int, int]:
    found = re.fullmatch(r"(\S+) ([0-9]+) (?:[0-9]+;[0-9]+ )*([0-9]+)", cells[1] if len(cells) == 3 else "")
    if not found:
        raise AnnotationError(f"{where}: not an annotation of brat: {' '.join(cells)[:60]!r}")
    return found[1], int(found[2]), int(found[3])


FORMAT = Format(".zip", dump, load)
