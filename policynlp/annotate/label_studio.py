"""Label Studio: tasks with labels and facts as regions, fields of facts by region, commitment → target as relations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from policynlp.annotate.documents import (
    FACT_CHOICES,
    FACT_FIELDS,
    GOLD,
    AnnotationError,
    Document,
    Mark,
    check_label,
    check_span,
    fact_from,
    sentence_of,
)
from policynlp.report import LABELS

# Names of the controls in the labelling configuration.
LABEL, FACT, TEXT, TARGET = "label", "fact", "text", "target"
_COLOURS = {"achievement": "#2e7d32", "problem": "#c62828", "commitment": "#1565c0", "other": "#757575"}


def config() -> str:
    """The labelling configuration of the project that takes our tasks: paste it under Settings, Labeling Interface.

    Returns:
        XML.

    Example:
        >>> config().splitlines()[0]
        '<View>'
    """
    lines = [
        "<View>",
        f'  <Relations><Relation value="{TARGET}"/></Relations>',
        f'  <Labels name="{LABEL}" toName="{TEXT}">',
    ]
    lines += [f'    <Label value="{name}" background="{_COLOURS[name]}"/>' for name in LABELS]
    lines += [
        "  </Labels>",
        f'  <Labels name="{FACT}" toName="{TEXT}"><Label value="{FACT}" background="#f9a825"/></Labels>',
    ]
    lines.append(f'  <Text name="{TEXT}" value="${TEXT}"/>')
    for name in FACT_FIELDS:
        shared = f'name="{name}" toName="{TEXT}" perRegion="true" whenTagName="{FACT}" whenLabelValue="{FACT}"'
        if name in FACT_CHOICES:
            choices = "".join(f"<Choice value={quoteattr(value)}/>" for value in FACT_CHOICES[name])
            lines.append(f'  <Choices {shared} choice="single" showInline="true">{choices}</Choices>')
        else:
            lines.append(f'  <TextArea {shared} maxSubmissions="1" editable="true" placeholder="{name}"/>')
    return "\n".join([*lines, "</View>", ""])


def dump(documents: Iterable[Document], path: Path) -> None:
    """Write tasks: labels by people as annotations, labels by a model as predictions with scores.

    Args:
        documents: What to label.
        path: A ``.json`` file; the configuration is written beside it, ending ``.config.xml``.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "out.json"
        >>> dump([Document("a", "新建五所。", sentences=[Mark(0, 5, "commitment")])], file)
        >>> len(json.loads(file.read_text(encoding="utf-8"))), file.with_suffix(".config.xml").is_file()
        (1, True)
    """
    tasks = [_task(document) for document in documents]
    path.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")
    path.with_suffix(".config.xml").write_text(config(), encoding="utf-8")


def _task(document: Document) -> dict[str, Any]:
    data = {
        TEXT: document.text,
        "report_id": document.report_id,
        "offset": document.offset,
        "sha256": document.sha256,
    }
    result = list(_results(document))
    if document.by == GOLD:
        return {"data": data, "annotations": [{"result": result}] if result else []}
    scores = [mark.score for mark in document.sentences if mark.score is not None]
    score = sum(scores) / len(scores) if scores else None
    return {"data": data, "predictions": [{"model_version": document.by, "score": score, "result": result}]}


def _results(document: Document) -> Iterator[dict[str, Any]]:
    for index, mark in enumerate(document.sentences):
        region = _region(document, f"s{index}", LABEL, "labels", mark.start, mark.end, {"labels": [mark.label]})
        yield region if mark.score is None else {**region, "score": mark.score}
    for index, fact in enumerate(document.facts):
        yield _region(document, f"f{index}", FACT, "labels", fact.start, fact.end, {"labels": [FACT]})
        for name in FACT_FIELDS:
            value = getattr(fact, name)
            if value is None or value == "":
                continue
            kind, held = ("choices", value) if name in FACT_CHOICES else ("textarea", str(value))
            key = "choices" if kind == "choices" else "text"
            yield _region(document, f"f{index}", name, kind, fact.start, fact.end, {key: [held]})
    for sentence, index in document.links:
        yield {
            "type": "relation",
            "from_id": f"s{sentence}",
            "to_id": f"f{index}",
            "direction": "right",
            "labels": [TARGET],
        }


def _region(
    document: Document, key: str, control: str, kind: str, start: int, end: int, held: Mapping[str, Any]
) -> Any:
    a, b = start - document.offset, end - document.offset
    value: dict[str, Any] = {"start": a, "end": b, **held}
    if kind == "labels":
        value["text"] = document.text[a:b]
    return {"id": key, "from_name": control, "to_name": TEXT, "type": kind, "value": value}


def load(path: Path) -> list[Document]:
    """Read an export in Label Studio's format JSON.

    Args:
        path: The file.

    Returns:
        One document an annotation that was not cancelled.

    Raises:
        AnnotationError: For anything else; the message names the task and the reason.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "out.json"
        >>> dump([Document("a", "新建五所。", sentences=[Mark(0, 5, "commitment")])], file)
        >>> load(file)[0].sentences[0].label
        'commitment'
    """
    tasks = _tasks(path)
    out: list[Document] = []
    for number, task in enumerate(tasks, 1):
        out += _documents(task, f"{path}, task {number}")
    if not out:
        raise AnnotationError(f"{path}: no task has an annotation; predictions alone are not labels: submit them first")
    return out


def _tasks(path: Path) -> Sequence[Any]:
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AnnotationError(
            f"{path}: not a JSON file: {error}; export from Label Studio in the format JSON"
        ) from error
    if isinstance(tasks, dict) and "data" in tasks:  # Label Studio before 1.0 kept a file a task
        tasks = [tasks]
    if not isinstance(tasks, list):
        raise AnnotationError(f"{path}: a list of tasks is needed; export from Label Studio in the format JSON")
    return tasks


def _documents(task: Any, where: str) -> Iterator[Document]:
    if not isinstance(task, dict):
        raise AnnotationError(f"{where}: a JSON object is needed, not {type(task).__name__}")
    if "completions" in task:
        raise AnnotationError(
            f"{where}: “completions” are of a Label Studio before 1.0; upgrade it and export again in the format JSON"
        )
    if "data" not in task:
        raise AnnotationError(f"{where}: no “data”: this is the format JSON-MIN or another; export in the format JSON")
    data = task["data"]
    if not isinstance(data, dict):
        raise AnnotationError(f"{where}: data is no JSON object but {type(data).__name__}")
    for name, kind in ((TEXT, str), ("report_id", str), ("offset", int)):
        if not isinstance(data.get(name), kind):
            raise AnnotationError(f"{where}: data.{name} is missing: this task was not exported by policynlp")
    for annotation in task.get("annotations") or ():
        if not isinstance(annotation, dict):
            raise AnnotationError(f"{where}: annotations are numbers: this is a summary; export in the format JSON")
        if not annotation.get("was_cancelled"):
            by = annotation.get("completed_by")
            by = by.get("email") or by.get("id") if isinstance(by, dict) else by
            document = Document(
                data["report_id"],
                data[TEXT],
                data["offset"],
                str(data.get("sha256") or ""),
                reader=str(by or ""),
                where=where,
            )
            try:
                _fill(document, annotation.get("result") or [])
            except (AttributeError, KeyError, TypeError) as error:
                raise AnnotationError(f"{where}: not in the form that Label Studio exports: {error}") from error
            yield document


def _fill(document: Document, result: Sequence[Mapping[str, Any]]) -> None:
    regions: dict[str, dict[str, Any]] = {}
    targets: set[str] = set()
    for item in result:
        if item.get("type") == "relation":
            targets.add(str(item.get("to_id")))
            continue
        value = item.get("value") or {}
        start, end = check_span(
            document, value.get("start"), value.get("end"), value.get("text") if _words(item) else None
        )
        control, region = (
            item.get("from_name"),
            regions.setdefault(str(item.get("id")), {"at": (start, end), "fields": {}}),
        )
        if control == LABEL:
            label = check_label((value.get("labels") or [None])[0], document.where)
            document.sentences.append(Mark(start, end, label))
        elif control == FACT:
            region["fact"] = True
        elif control in FACT_FIELDS:
            held = value.get("choices") or value.get("text") or [None]
            region["fields"][control] = held[0] if isinstance(held, list) else held
        else:
            raise AnnotationError(f"{document.where}: unknown control {control!r}; use the configuration of the export")
    for key, region in regions.items():
        if region.get("fact"):
            _add_fact(document, region, key in targets)


def _words(item: Mapping[str, Any]) -> bool:
    return item.get("type") == "labels"


def _add_fact(document: Document, region: dict[str, Any], linked: bool) -> None:
    start, end = region["at"]
    sentence = sentence_of(document, start, end)
    if linked:
        region["fields"].setdefault("role", "target")
    at = {"report_id": document.report_id, "sentence_start": sentence, "start": start, "end": end}
    document.facts.append(fact_from(region["fields"], document.where, **at))
