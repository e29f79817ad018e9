"""Every failure speaks: a folder with forty kinds of bad file, one row each in ``errors``, and the good ones labelled.

The table is the specification: what a user may have in a folder, and the word and the advice that the row gives.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from made_files import WORD_NAMESPACE, blank_pdf, word, word_with, zipped

from policynlp.batch import RunOptions, label_files
from policynlp.cli import run as cli

PLAN = "各位代表：\n一、2024年工作回顾\n经济增长5%。\n二、2025年工作安排\n推进城市更新，新建学校3所。\n"
STORY = "从前有一座山，山里有一座庙。庙里有个老和尚，在给小和尚讲故事。\n"
ENTITIES = f'<!DOCTYPE a [<!ENTITY b "c">]><w:document xmlns:w="{WORD_NAMESPACE}"/>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def bad_stream() -> bytes:
    """A Word document whose directory is whole and whose text does not unpack."""
    data, name = bytearray(zipped({"word/document.xml": b"0123456789" * 99})), b"word/document.xml"
    data[data.index(name) + len(name)] = 0xFF  # a kind of block that deflate does not have
    return bytes(data)


def locked_pdf() -> bytes:
    """A PDF whose trailer asks for a password."""
    return blank_pdf(1).replace(b"trailer\r\n<<", b"trailer\r\n<</Encrypt<</Filter/Standard/V 1/R 2/P -4/O("
                           + b"x" * 32 + b")/U(" + b"y" * 32 + b")>>/ID[<00><00>]")  # fmt: skip


# File -> content, word of the row, stage, a part of the advice.
BAD: dict[str, tuple[Callable[[], bytes], str, str, str]] = {
    "empty.txt": (lambda: b"", "empty", "read", "fetch it again"),
    "empty_notes.md": (lambda: b"", "empty", "read", "fetch it again"),
    "empty_page.html": (lambda: b"", "empty", "read", "fetch it again"),
    "empty_word.docx": (lambda: b"", "empty", "read", "fetch it again"),
    "empty_print.pdf": (lambda: b"", "empty", "read", "fetch it again"),
    "blank.txt": (lambda: b" \r\n\t \n", "empty", "read", "fetch it again"),
    "indents.txt": (lambda: "　　\n　\n".encode(), "empty", "read", "fetch it again"),
    "mark_only.txt": (lambda: b"\xef\xbb\xbf", "empty", "read", "fetch it again"),
    "mark16_only.txt": (lambda: b"\xff\xfe", "empty", "read", "fetch it again"),
    "zeros.txt": (lambda: b"\x00" * 4096, "empty", "read", "fetch it again"),
    "binary.txt": (lambda: bytes(range(256)) * 40, "binary", "read", "give a .txt"),
    "picture.txt": (lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 9, "binary", "read", "give a"),
    "nul.txt": (lambda: PLAN.encode() + b"\x00" * 9 + PLAN.encode(), "nul_bytes", "read", "remove them"),
    "mixed.txt": (lambda: PLAN.encode() * 3 + PLAN.encode("gb18030") * 3, "encoding", "read", "UTF-8"),
    "cut_utf16.txt": (lambda: b"\xff\xfe" + PLAN.encode("utf-16-le")[:-1], "encoding", "read", "save it"),
    "latin.txt": (lambda: "caf\xe9 d\xe9j\xe0 vu ".encode("latin-1") * 50, "encoding", "read", "UTF-8"),
    "false_mark.txt": (lambda: b"\xef\xbb\xbf" + PLAN.encode("gb18030"), "encoding", "read", "save it"),
    "print.txt": (lambda: b"%PDF-1.7 \n%%EOF", "wrong_ending", "read", ".pdf"),
    "page.txt": (lambda: b"<!DOCTYPE html><p>" + PLAN.encode(), "wrong_ending", "read", ".html"),
    "word.md": (lambda: zipped({"a": b"x"}), "wrong_ending", "read", ".docx"),
    "word_in.html": (lambda: zipped({"a": b"x"}), "wrong_ending", "read", ".docx"),
    "words.pdf": (PLAN.encode, "wrong_ending", "read", ".txt"),
    "script_only.html": (lambda: b"<html><script>load()</script></html>", "empty", "read", "browser"),
    "false_charset.html": (
        lambda: b'<meta charset="utf-8"><p>' + PLAN.encode("gb18030")[1:] + b"\xff\xff\x81",
        "encoding", "read", "UTF-8",
    ),
    "broken_word.docx": (lambda: b"PK\x03\x04 not a zip", "broken_docx", "read", "open it in Word"),
    "cut_word.docx": (lambda: word("各位代表：")[:3000], "broken_docx", "read", "open it in Word"),
    "text.docx": (PLAN.encode, "broken_docx", "read", "save it again"),
    "bad_stream.docx": (bad_stream, "broken_docx", "read", "open it in Word"),
    "other_zip.docx": (lambda: zipped({"a": b"x"}), "broken_docx", "read", "save it again"),
    "broken_xml.docx": (
        lambda: word_with({"word/document.xml": b"<w:document"}),
        "broken_docx",
        "read",
        "save it again",
    ),
    "no_text.docx": (lambda: word(""), "empty", "read", "OCR"),
    "old.docx": (lambda: OLE + b"\0" * 600, "old_doc", "read", "save it as .docx"),
    "locked_word.docx": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted_docx", "read", "without one"),
    "bomb.docx": (lambda: zipped({"word/document.xml": b"0" * 30_000_000}), "bomb", "read", "do not trust it"),
    "entities.docx": (
        lambda: word_with({"word/document.xml": ENTITIES.encode()}),
        "bomb", "read", "do not trust it",
    ),
    "broken.pdf": (lambda: b"%PDF-1.7 broken", "broken_pdf", "read", "fetch it again"),
    "cut.pdf": (lambda: blank_pdf(3)[:200], "broken_pdf", "read", "fetch it again"),
    "scan.pdf": (lambda: blank_pdf(3), "scanned_pdf", "read", "OCR"),
    "locked.pdf": (locked_pdf, "encrypted_pdf", "read", "password"),
    "book.pdf": (lambda: blank_pdf(2001), "too_large", "read", "split it"),
    "huge.txt": (lambda: PLAN.encode() * 400_000, "too_large", "read", "split it"),
    "story.txt": (lambda: STORY.encode() * 20, "not_a_report", "segment", "leave it out"),
    "no_numbers.txt": (
        lambda: PLAN.replace("2024", "上").replace("2025", "今").replace("5%", "").replace("3所", "").encode(),
        "no_numbers", "facts", "check that the text",
    ),
}  # fmt: skip
STILL_LABELLED = {"not_a_report", "no_numbers"}


def test_forty_kinds_of_bad_file(tmp_path: Path, example: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for name, (content, *_) in BAD.items():
        (source / name).write_bytes(content())
    good = sorted(example.glob("*.txt"))[:2]
    for path in good:
        shutil.copy(path, source)
    (source / "again").mkdir()
    shutil.copy(good[0], source / "again")
    os.symlink(source, source / "loop", target_is_directory=True)
    os.symlink(source / "itself.txt", source / "itself.txt")
    os.symlink(source / "gone" / "report.txt", source / "moved.txt")

    assert cli(["label", str(source), "--out", str(out), "--workers", "1", "--model", "linear", "--quiet"]) == 1

    rows = pq.read_table(out / "errors.parquet").to_pylist()
    found = {os.path.relpath(row["path"], source): row for row in rows}
    assert len(found) == len(rows), "more than one row for a file"
    expected = {name: tuple(rest) for name, (_, *rest) in BAD.items()}
    expected["itself.txt"] = ("not_found", "read", "remove it")
    expected["moved.txt"] = ("not_found", "read", "check the path")
    # By name the one in the folder "again" comes first, and it is labelled.
    expected[good[0].name] = ("duplicate_id", "read", "rename one of them")
    assert len(expected) >= 40
    wrong = {
        name: (row["error"], row["stage"], row["detail"])
        for name, row in found.items()
        if (row["error"], row["stage"]) != expected[name][:2] or expected[name][2] not in row["detail"]
    }
    assert wrong == {}
    assert sorted(found) == sorted(expected)
    assert not [row for row in rows if "\n" in row["detail"] or row["error"] == "internal"]

    ids = set(pq.read_table(out / "reports.parquet")["report_id"].to_pylist())
    labelled = {Path(name).stem for name, (error, *_) in expected.items() if error in STILL_LABELLED}
    assert ids == labelled | {path.stem for path in good}


def test_a_fault_of_a_step_is_a_row_and_names_the_step(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in a step must not stop the others' work."""
    source = tmp_path / "in"
    source.mkdir()
    for path in sorted(example.glob("*.txt"))[:3]:
        shutil.copy(path, source)
    victim = sorted(source.iterdir())[1]
    steps = {
        "read": "policynlp.batch.work.read_report",
        "segment": "policynlp.pipeline.segment",
        "facts": "policynlp.pipeline.find_facts",
        "tables": "policynlp.batch.work.report_tables",
    }
    for stage, name in steps.items():
        module, function = name.rsplit(".", 1)
        real = getattr(__import__(module, fromlist=[function]), function)

        def failing(given: object, *rest: object, real: Callable[..., object] = real, **named: object) -> object:
            if victim.name in (str(getattr(given, "path", given)).split("/")[-1]):
                raise ZeroDivisionError("two\nlines")
            return real(given, *rest, **named)

        with monkeypatch.context() as patch:
            patch.setattr(name, failing)
            out = tmp_path / stage
            label_files([source], out, RunOptions(workers=1, model="linear"))
        (row,) = pq.read_table(out / "errors.parquet").to_pylist()
        assert (row["path"], row["stage"], row["error"]) == (str(victim), stage, "internal")
        assert "ZeroDivisionError: two lines" in row["detail"]
        assert pq.read_table(out / "reports.parquet").num_rows == 2
