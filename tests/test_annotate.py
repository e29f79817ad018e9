"""To annotation programs and back: what real Label Studio 1.23 and doccano 1.8 exported, bad files, the programs."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from annotation_programs import doccano, doccano_export, doccano_import, label_studio

import policynlp as pn
from policynlp.annotate import (
    FORMATS,
    AnnotationError,
    documents,
    export_documents,
    import_documents,
    readers_of,
    write_gold,
)
from policynlp.annotate.documents import shown
from policynlp.evaluate import Corpus, GoldReport, agreement, read_gold
from policynlp.report import Report, Sentence

# Recorded from the programs by the slow tests below (set POLICYNLP_RECORD=1): three sentences of the example corpus.
RECORDED = {"label-studio": "label_studio_1_23.json", "doccano": "doccano_1_8.jsonl"}
CASES = Path(__file__).parent / "cases"


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return pn.load_corpus("example")


def chosen(corpus: Corpus) -> list[tuple[str, int]]:
    """The sentence with most facts of each of three reports."""
    out = []
    for report in corpus.reports[:3]:
        starts = [fact.sentence_start for fact in report.facts]
        out.append((report.id, max(starts, key=starts.count)))
    return out


def plain(gold: dict[str, GoldReport]) -> list[str]:
    """Everything of a labelled set that must come back, in an order of its own."""
    names = (
        "start",
        "end",
        "indicator",
        "measure",
        "value",
        "value_high",
        "unit",
        "bound",
        "modality",
        "period",
        "year",
    )
    rows = []
    for report in gold.values():
        rows += [str((report.report_id, s.start, s.end, s.label, s.text)) for s in report.sentences]
        for fact in report.facts:
            rows.append(
                str([report.report_id, fact.sentence_start, fact.role, *(getattr(fact, name) for name in names)])
            )
    return sorted(rows)


def part(gold: dict[str, GoldReport], keys: list[tuple[str, int]]) -> dict[str, GoldReport]:
    return {
        name: GoldReport(
            name,
            [s for s in gold[name].sentences if s.start == start],
            [f for f in gold[name].facts if f.sentence_start == start],
        )
        for name, start in keys
    }


@pytest.mark.parametrize("name", FORMATS)
def test_round_trip_of_whole_reports(corpus: Corpus, tmp_path: Path, name: str) -> None:
    file = tmp_path / f"out{FORMATS[name].ending}"
    assert export_documents(corpus.reports, file, name) == 5
    back = import_documents(file, name)
    assert plain(back) == plain(corpus.gold)
    write_gold(back, tmp_path / "gold.jsonl")
    assert plain(read_gold(tmp_path / "gold.jsonl")) == plain(corpus.gold)
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize("name", FORMATS)
def test_round_trip_of_chosen_sentences(corpus: Corpus, tmp_path: Path, name: str) -> None:
    file = tmp_path / f"out{FORMATS[name].ending}"
    export_documents(corpus.reports, file, name, chosen(corpus))
    assert plain(import_documents(file, name, texts=corpus.reports)) == plain(part(corpus.gold, chosen(corpus)))


@pytest.mark.parametrize("name", RECORDED)
def test_what_the_programs_exported(corpus: Corpus, name: str) -> None:
    back = import_documents(CASES / RECORDED[name], name, texts=corpus.reports)
    assert plain(back) == plain(part(corpus.gold, chosen(corpus)))


# Astral characters, marks that browsers change, and an offset that differs by them in UTF-16.
ODD = "\ufeff𠮷县\r\n新建𠮷桥三座。\x00\ud800完成。"


@pytest.mark.parametrize("name", FORMATS)
def test_odd_characters_keep_their_offsets(tmp_path: Path, name: str) -> None:
    spans = ((5, 12, "commitment"), (12, 17, "achievement"))
    sentences = tuple(Sentence(a, b, ODD[a:b], id=i, label=label) for i, (a, b, label) in enumerate(spans))
    report = Report(ODD, id="odd", sentences=sentences)
    assert len(shown(ODD)) == len(ODD)
    file = tmp_path / f"out{FORMATS[name].ending}"
    export_documents([report], file, name)
    back = import_documents(file, name, texts=report)
    assert [(s.start, s.end, s.label) for s in back["odd"].sentences] == list(spans)


def test_predictions_carry_scores(tmp_path: Path) -> None:
    text = "今年新建五所。"
    scores = {"achievement": 0.1, "problem": 0.1, "commitment": 0.7, "other": 0.1}
    report = Report(
        text, id="a", sentences=(Sentence(0, 7, text, id=0, label="commitment", scores=scores),), model="m-1"
    )
    export_documents([report], tmp_path / "tasks.json", "label-studio")
    (task,) = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    (prediction,) = task["predictions"]
    assert prediction["model_version"] == "m-1" and prediction["score"] == 0.7
    assert prediction["result"][0]["score"] == 0.7
    assert (tmp_path / "tasks.config.xml").read_text(encoding="utf-8").startswith("<View>")
    with pytest.raises(AnnotationError, match="predictions alone are not labels"):
        import_documents(tmp_path / "tasks.json", "label-studio")


def first_task(change: Callable[[dict[str, Any]], Any]) -> Callable[[str], str]:
    def apply(text: str) -> str:
        tasks = json.loads(text)
        done = change(tasks[0])
        return json.dumps(tasks if done is None else done)

    return apply


def label_of(task: dict[str, Any]) -> dict[str, Any]:
    return next(item["value"] for item in task["annotations"][0]["result"] if item.get("from_name") == "label")


def field_of(task: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item["value"] for item in task["annotations"][0]["result"] if item.get("from_name") == name)


def twice(task: dict[str, Any]) -> None:
    """A second region from the second character of the sentence on."""
    result = task["annotations"][0]["result"]
    value = {"start": label_of(task)["start"] + 1, "end": label_of(task)["end"], "labels": ["other"]}
    result.append({"id": "x", "from_name": "label", "to_name": "text", "type": "labels", "value": value})


BAD_TASKS: list[tuple[str, Callable[[str], str], str]] = [
    ("unknown label", first_task(lambda t: label_of(t).update(labels=["promise"])), "task 1: unknown label 'promise'"),
    ("offset", first_task(lambda t: label_of(t).update(end=9999)), "task 1: start 0 and end 9999 are no offsets"),
    ("words", first_task(lambda t: label_of(t).update(text="其他")), "task 1: the text holds "),
    ("float", first_task(lambda t: label_of(t).update(start=0.5)), "task 1: start 0.5"),
    ("number", first_task(lambda t: field_of(t, "value").update(text=["many"])), "task 1: value 'many' is no number"),
    ("choice", first_task(lambda t: field_of(t, "bound").update(choices=["most"])), "task 1: unknown bound 'most'"),
    ("old", first_task(lambda t: t.update(completions=[])), "a Label Studio before 1.0"),
    ("min", first_task(lambda t: [{"text": "x", "label": []}]), "JSON-MIN"),
    ("summary", first_task(lambda t: t.update(annotations=[12])), "annotations are numbers"),
    ("foreign", first_task(lambda t: t["data"].pop("report_id") and None), "was not exported by policynlp"),
    ("twice", first_task(lambda t: [t, t]), "task 2: the sentence at"),
    ("broken", lambda text: text[:-5], "not a JSON file"),
    ("no list", lambda text: "{}", "a list of tasks is needed"),
    ("old, a file a task", first_task(lambda t: {**t, "completions": []}), "task 1: “completions” are of a Label"),
    ("no data", first_task(lambda t: t.update(data=None)), "task 1: data is no JSON object"),
    ("result", first_task(lambda t: t["annotations"][0].update(result=["x"])), "task 1: not in the form that Label"),
    ("value", first_task(lambda t: label_of(t).update(labels={"a": 1})), "task 1: not in the form that Label Studio"),
    (
        "infinite",
        first_task(lambda t: field_of(t, "value").update(text=["1e999"])),
        "task 1: value '1e999' is no number",
    ),
    (
        "year",
        first_task(lambda t: field_of(t, "year").update(text=["2024.5"])),
        "task 1: year '2024.5' is no whole number",
    ),
    ("overlap", first_task(twice), "task 1: the sentence at"),
]


@pytest.mark.parametrize(("change", "says"), [case[1:] for case in BAD_TASKS], ids=[case[0] for case in BAD_TASKS])
def test_bad_exports_of_label_studio(corpus: Corpus, tmp_path: Path, change: Callable[[str], str], says: str) -> None:
    file = tmp_path / "tasks.json"
    export_documents(corpus.reports, file, "label-studio", [chosen(corpus)[0]])
    tasks = json.loads(file.read_text(encoding="utf-8"))
    value = label_of(tasks[0])
    tasks[0]["data"]["text"], tasks[0]["data"]["offset"] = (  # the sentence alone, from 0
        tasks[0]["data"]["text"][value["start"] : value["end"]],
        tasks[0]["data"]["offset"] + value["start"],
    )
    base = value["start"]
    for item in tasks[0]["annotations"][0]["result"]:
        if "value" in item:
            item["value"]["start"] -= base
            item["value"]["end"] -= base
    file.write_text(json.dumps(tasks), encoding="utf-8")
    assert import_documents(file, "label-studio")
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(AnnotationError) as error:
        import_documents(file, "label-studio")
    assert str(error.value).startswith(str(file)) and says in str(error.value)


def line(**change: Any) -> str:
    record = {
        "id": 1, "text": "今年新建五所。", "report_id": "a", "offset": 10, "sha256": "", "facts": "[]",
        "entities": [{"id": 1, "start_offset": 0, "end_offset": 7, "label": "commitment"}], "relations": [],
    }  # fmt: skip
    return json.dumps({key: value for key, value in {**record, **change}.items() if value is not None})


def entity(label: Any, start: Any = 0, end: Any = 7) -> list[dict[str, Any]]:
    return [{"id": 1, "start_offset": start, "end_offset": end, "label": label}]


BAD_LINES = [
    (line(entities=entity("promise")), "unknown label 'promise'"),
    (line(entities=entity(12)), "unknown label 12"),
    (line(entities=entity("commitment", 0, 8)), "no offsets into 7 characters"),
    (line(entities=entity("commitment", "0")), "no offsets"),
    (line(entities=None, annotations=[{"label": 12, "start_offset": 0, "end_offset": 7}]), "a doccano before 1.3"),
    (line(entities=None, label=["commitment"]), "the kind Sequence Labeling"),
    (line(entities=None, label="commitment"), "the kind Sequence Labeling"),
    (line(entities=[12]), "12 in “entities” is no [start, end, label]"),
    (line(entities=[[0, 7, 12]]), "unknown label 12"),
    (line(entities=None), "neither “entities” nor “label”"),
    (line(report_id=None), "was not exported by policynlp"),
    (line(text=None), "a JSON object with a text"),
    (line(facts="x"), "metadata “facts” was changed"),
    (line(entities=[*entity("commitment"), *entity("fact", 4, 6)]), "'五所' at [14, 16) is marked as a fact"),
    (
        line(entities=entity("fact", 4, 6), facts=json.dumps([{"start": 14, "end": 16}])),
        "stands in no labelled sentence",
    ),
    (line() + "}", "not one JSON object a line"),
    (line(), "is labelled a second time"),
    (line(entities=entity("commitment", 1)), "overlaps that at [10, 17)"),
    (line(entities=[{"id": 1}]), "start None and end None are no offsets"),
]


@pytest.mark.parametrize(("bad", "says"), BAD_LINES, ids=[says for _, says in BAD_LINES])
def test_bad_exports_of_doccano(tmp_path: Path, bad: str, says: str) -> None:
    file = tmp_path / "reader.jsonl"
    file.write_text(f"{line()}\n\n{bad}\n", encoding="utf-8")
    with pytest.raises(AnnotationError) as error:
        import_documents(file, "doccano")
    assert str(error.value).startswith(f"{file}, line 3: ") and says in str(error.value)


MINE = {"report_id": "a", "offset": 10, "sha256": "", "facts": "[]"}
WORDS, SPANS = "今年新建五所。", [[0, 7, "commitment"]]
# What versions of doccano export: their pull request 46 (2018), their issues 1291 and 1522, their writer.py of 2021.
OLD_DOCCANO = {
    "before 1.0": {"doc_id": 1, "text": WORDS, "entities": SPANS, "username": "admin", **MINE},
    "to 1.2, text label": {"id": 1, "text": WORDS, "meta": MINE, "annotation_approver": None, "labels": SPANS},
    "to 1.2, metadata as text": {"id": 1, "text": WORDS, "meta": json.dumps(MINE), "labels": SPANS},
    "1.3 to 1.5": {"id": 1, "data": WORDS, "label": SPANS, **MINE},
    "1.6 and later, without relations": {"id": 1, "text": WORDS, "label": SPANS, "Comments": [], **MINE},
}


@pytest.mark.parametrize("exported", OLD_DOCCANO.values(), ids=OLD_DOCCANO)
def test_exports_of_older_doccanos(tmp_path: Path, exported: dict[str, Any]) -> None:
    file = tmp_path / "reader.jsonl"
    file.write_text(json.dumps(exported, ensure_ascii=False), encoding="utf-8")
    (sentence,) = import_documents(file, "doccano")["a"].sentences
    assert (sentence.start, sentence.end, sentence.label, sentence.text) == (10, 17, "commitment", WORDS)


HEAD = "report_id,start,end,label,text\n"
FACT_HEAD = (
    "report_id,sentence_start,start,end,indicator,measure,value,value_high,unit,bound,modality,period,year,role\n"
)
BAD_ROWS = [
    (HEAD + "a,0,7,,今年新建五所。\n", "line 2: no label; fill in achievement, problem, commitment, other"),
    (HEAD + "a,0.5,7,commitment,今年新建五所。\n", "line 2: start '0.5' is no offset"),
    (HEAD + "a,0,7,promise,今年新建五所。\n", "line 2: unknown label 'promise'"),
    (HEAD + "a,0,x,commitment,今年新建五所。\n", "line 2: end 'x' is no offset"),
    (HEAD + "a,0,9,commitment,今年新建五所。\n", "line 2: text has 7 characters, start and end span 9"),
    (HEAD + "a,0,7,commitment,\na,0,7,other,\n", "line 3: the sentence at 0 of a is labelled a second time"),
    (HEAD.replace(",label", ""), "line 1: column label is missing"),
]


@pytest.mark.parametrize(("rows", "says"), BAD_ROWS, ids=[says for _, says in BAD_ROWS])
def test_bad_tables(tmp_path: Path, rows: str, says: str) -> None:
    file = tmp_path / "sentences.csv"
    file.write_text(rows, encoding="utf-8")
    with pytest.raises(AnnotationError) as error:
        import_documents(file, "csv")
    assert str(error.value).startswith(str(file)) and says in str(error.value)
    file.write_bytes(rows.encode("utf-8") + "，".encode("gb18030"))
    with pytest.raises(AnnotationError, match="CSV UTF-8"):
        import_documents(file, "csv")
    shutil.copy(file, tmp_path / "book.xlsx")
    with pytest.raises(AnnotationError, match="not an Excel workbook"):
        import_documents(tmp_path / "book.xlsx", "excel")


@pytest.mark.parametrize(("comma", "mark"), [(",", "\ufeff"), (";", ""), ("\t", "")], ids=["comma", "semicolon", "tab"])
def test_tables_as_spreadsheets_and_pandas_save_them(tmp_path: Path, comma: str, mark: str) -> None:
    """Where the comma is the decimal mark, Excel parts cells by semicolons; pandas writes 7.0 where a row lacks it."""
    rows = [("report_id", "start", "end", "label", "text"), ("a", "0.0", "7.0", "commitment ", "今年新建五所。")]
    file = tmp_path / "sentences.csv"
    file.write_text(mark + "".join(comma.join(row) + "\n" for row in rows), encoding="utf-8")
    (sentence,) = import_documents(file, "csv")["a"].sentences
    assert (sentence.start, sentence.end, sentence.label) == (0, 7, "commitment")


@pytest.mark.parametrize("value", ["1.23457E+11", "1,23457E+11", "1.23457e+11"])
def test_values_that_a_spreadsheet_rounded_are_refused(tmp_path: Path, value: str) -> None:
    """Excel saves 123456789012 as 1.23457E+11: the value is lost, and nothing may pretend otherwise."""
    file = tmp_path / "sentences.csv"
    file.write_text(HEAD + "a,0,7,commitment,今年新建五所。\n", encoding="utf-8")
    cells = ["a", "0", "4", "6", "学校", "level", value, "", "元", "eq", "firm", "annual", "2024", "target"]
    facts = FACT_HEAD.replace(",", ";") + ";".join(cells) + "\n"
    (tmp_path / "sentences.facts.csv").write_text(facts, encoding="utf-8")
    with pytest.raises(AnnotationError, match=r"facts.csv, line 2: value '.*' was rounded by the spreadsheet"):
        import_documents(file, "csv")


@pytest.mark.parametrize("name", ["csv", "excel"])
def test_tables_hold_no_formulas(tmp_path: Path, name: str) -> None:
    text = "=1+1新建五所。"
    report = Report(text, id="a", sentences=(Sentence(0, len(text), text, id=0, label="commitment"),))
    file = tmp_path / f"out{FORMATS[name].ending}"
    export_documents([report], file, name)
    if name == "csv":
        assert "'=1+1" in file.read_text(encoding="utf-8-sig")
    assert import_documents(file, name)["a"].sentences[0].text == text


def test_a_workbook_is_no_csv(corpus: Corpus, tmp_path: Path) -> None:
    export_documents(corpus.reports[:1], tmp_path / "book.xlsx", "excel")
    with pytest.raises(AnnotationError, match=r"book.xlsx: an Excel workbook; import it in the format excel"):
        import_documents(tmp_path / "book.xlsx", "csv")


def test_an_archive_is_to_be_unpacked(tmp_path: Path) -> None:
    """doccano packs its export, one file a reader."""
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("reader.jsonl", line())
    for name in ("doccano", "label-studio", "csv"):
        with pytest.raises(
            AnnotationError, match=r"export.zip: an archive; unpack it and give a file of it: reader.jsonl"
        ):
            import_documents(tmp_path / "export.zip", name)


def test_another_version_of_the_text_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    export_documents(corpus.reports[:1], tmp_path / "out.jsonl", "doccano")
    other = corpus.reports[0].with_(text=corpus.reports[0].text + "完。")
    with pytest.raises(pn.evaluate.GoldError, match=r"out.jsonl, line 1: .*another version"):
        import_documents(tmp_path / "out.jsonl", "doccano", texts=other)
    with pytest.raises(AnnotationError, match="among the texts given"):
        import_documents(tmp_path / "out.jsonl", "doccano", texts=corpus.reports[1])


def test_several_readers(corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "tasks.json"
    export_documents(corpus.reports[:2], file, "label-studio")
    tasks = json.loads(file.read_text(encoding="utf-8"))
    for task in tasks:
        again = json.loads(json.dumps(task["annotations"][0]))
        label_of({"annotations": [again]})["labels"] = ["problem"]
        task["annotations"][0]["completed_by"], again["completed_by"] = {"email": "a@x"}, {"email": "b@x"}
        task["annotations"] += [again, {"was_cancelled": True, "result": []}]
    file.write_text(json.dumps(tasks), encoding="utf-8")
    with pytest.raises(AnnotationError, match=r"2 readers labelled \(a@x, b@x\)"):
        import_documents(file, "label-studio")
    assert plain(import_documents(file, "label-studio", reader="a@x"))
    with pytest.raises(AnnotationError, match="no reader 'c'"):
        import_documents(file, "label-studio", reader="c")
    both = agreement(readers_of(FORMATS["label-studio"].load(file)), facts=False)
    assert [row["b@x"] for row in both.disagreements] == ["problem", "problem"]


def test_unknown_formats_and_sentences(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="unknown format 'prodigy'; known are label-studio, doccano"):
        export_documents(corpus.reports, tmp_path / "x", "prodigy")
    with pytest.raises(AnnotationError, match="no such file"):
        import_documents(tmp_path / "x", "doccano")
    with pytest.raises(ValueError, match="starts at 1"):
        list(documents(corpus.reports, [(corpus.reports[0].id, 1)]))
    with pytest.raises(ValueError, match="no report 'nowhere'"):
        list(documents(corpus.reports, [("nowhere", 1)]))


def record(name: str, file: Path) -> None:
    if os.environ.get("POLICYNLP_RECORD"):
        shutil.copy(file, CASES / RECORDED[name])


@pytest.mark.slow
@pytest.mark.enable_socket
def test_real_label_studio(corpus: Corpus, tmp_path: Path) -> None:
    tasks = tmp_path / "tasks.json"
    with label_studio(tmp_path / "program") as client:
        config = {"title": "test", "label_config": export_config(corpus, tasks)}

        def exported(reports: list[Report], keys: list[tuple[str, int]] | None = None) -> tuple[int, Path]:
            project = client.json("POST", "/api/projects", config)["id"]
            export_documents(reports, tasks, "label-studio", keys)
            client.json("POST", f"/api/projects/{project}/import", json.loads(tasks.read_text(encoding="utf-8")))
            return project, fetch(project)

        def fetch(project: int) -> Path:
            file = tmp_path / f"export-{project}.json"
            file.write_bytes(client.send("GET", f"/api/projects/{project}/export?exportType=JSON"))
            return file

        assert plain(import_documents(exported(corpus.reports)[1], "label-studio")) == plain(corpus.gold)
        file = exported(corpus.reports, chosen(corpus))[1]
        assert plain(import_documents(file, "label-studio")) == plain(part(corpus.gold, chosen(corpus)))
        record("label-studio", file)
        # A reader accepts a model's prediction with one label changed.
        predicted = corpus.reports[0].with_(model="m-1")
        project, _ = exported([predicted])
        (task,) = client.json("GET", f"/api/tasks?project={project}&fields=all")["tasks"]
        result = task["predictions"][0]["result"]
        next(item for item in result if item.get("from_name") == "label")["value"]["labels"] = ["problem"]
        client.json("POST", f"/api/tasks/{task['id']}/annotations", {"result": result})
        back = import_documents(fetch(project), "label-studio")[predicted.id]
        assert [s.label for s in back.sentences] == ["problem", *(s.label for s in predicted.sentences[1:])]
        assert len(back.facts) == len(predicted.facts)


def export_config(corpus: Corpus, tasks: Path) -> str:
    export_documents(corpus.reports[:1], tasks, "label-studio")
    return tasks.with_suffix(".config.xml").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.enable_socket
def test_real_doccano(corpus: Corpus, tmp_path: Path) -> None:
    with doccano(tmp_path / "program") as client:
        for keys in (None, chosen(corpus)):
            file = tmp_path / "import.jsonl"
            export_documents(corpus.reports, file, "doccano", keys)
            project = doccano_import(client, file)
            ((name, content),) = doccano_export(client, project).items()
            (tmp_path / name).write_bytes(content)
            gold = corpus.gold if keys is None else part(corpus.gold, keys)
            assert plain(import_documents(tmp_path / name, "doccano")) == plain(gold)
        record("doccano", tmp_path / name)
        # A reader labels one sentence otherwise.
        label = client.json("POST", f"/v1/projects/{project}/span-types", {"text": "problem"})["id"]
        facts = next(
            kind["id"] for kind in client.json("GET", f"/v1/projects/{project}/span-types") if kind["text"] == "fact"
        )
        example = client.json("GET", f"/v1/projects/{project}/examples")["results"][0]
        path = f"/v1/projects/{project}/examples/{example['id']}/spans"
        span = next(span for span in client.json("GET", path) if span["label"] != facts)
        client.json("PATCH", f"{path}/{span['id']}", {"label": label})
        ((name, content),) = doccano_export(client, project).items()
        (tmp_path / name).write_bytes(content)
        labels = [s.label for report in import_documents(tmp_path / name, "doccano").values() for s in report.sentences]
        assert len(labels) == 3 and labels.count("problem") == 1


def run(*arguments: object) -> int:
    from policynlp.cli import run as command

    return command([str(argument) for argument in arguments])


def test_command_line_there_and_back(example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks, gold = tmp_path / "tasks.json", tmp_path / "gold.jsonl"
    assert run("annotate", "export", example, "--texts", example, "--out", tasks) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tasks.config.xml", "tasks.json"]
    assert run("annotate", "import", tasks, "--out", gold, "--texts", example) == 0
    assert plain(read_gold(gold)) == plain(read_gold(example))
    assert "5 documents" in capsys.readouterr().err


def test_command_line_next(example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "next.csv"
    text = next(example.glob("*.txt"))
    assert run("annotate", "export", text, "--model", "linear", "--out", out, "--format", "csv", "--next", 7) == 0
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == 8
    missing = (text, tmp_path / "none.txt")
    assert run("annotate", "export", *missing, "--model", "linear", "--out", out, "--format", "csv") == 1
    assert "none.txt" in capsys.readouterr().err
    lacking = ("--model", "linear", "--next", 7, "--by", "disagreement")
    assert run("annotate", "export", text, "--out", out, *lacking) == 2
    assert "--other" in capsys.readouterr().err


def test_command_line_imports_nothing_by_halves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, gold = tmp_path / "reader.jsonl", tmp_path / "gold.jsonl"
    file.write_text(f"{line()}\n{line(report_id='b', entities=entity('promise'))}\n", encoding="utf-8")
    assert run("annotate", "import", file, "--format", "doccano", "--out", gold) == 2
    assert "line 2: unknown label 'promise'" in capsys.readouterr().err
    assert not gold.exists()


def test_command_line_writes_a_page_of_errors(example: Path, tmp_path: Path) -> None:
    assert run("evaluate", example, "--model", "linear", "--html", tmp_path / "errors.html") == 0
    assert "<mark>" in (tmp_path / "errors.html").read_text(encoding="utf-8")


def test_command_line_compares_and_groups(capsys: pytest.CaptureFixture[str]) -> None:
    """A shipped corpus by name, a model against itself, tables by columns; all of it as JSON too."""
    options = ("--model", "linear", "--other", "linear", "--by", "level", "--by", "facts.measure")
    assert run("evaluate", "example", *options) == 0
    said = capsys.readouterr().out
    assert "paired bootstrap" in said and "labels.macro_f1" in said and "+0.000 [+0.000, +0.000]  p 1.000" in said
    assert "by level:" in said and "province" in said and "growth" in said
    assert run("evaluate", "example", *options, "--format", "json") == 0
    plain = json.loads(capsys.readouterr().out)
    assert {row["group"] for row in plain["by"]["level"]} == {"city", "province"}
    assert plain["compare"]["labels.mcc"]["p"] == 1 and plain["other"]["model"] == plain["model"]
    assert run("evaluate", "example", "--model", "linear", "--by", "weather") == 2
    assert "--by weather: unknown column 'weather'; known are decade" in capsys.readouterr().err
