"""Reading files: formats, encodings, folders, and each kind of bad input with the one line it gets."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import blank_pdf, word, write, zipped

from policynlp.read import ReadError, find_files, read_report, read_reports
from policynlp.read import formats as read_formats
from policynlp.read.encoding import decode
from policynlp.read.errors import FormatError
from policynlp.read.pdf import _inner, _margins, join_lines

TEXT = (
    "政府工作报告\r\n——2024年1月9日在云岭市第九届人民代表大会第三次会议上\r\n云岭市市长 方正\r\n各位代表：\r\n"
    "现在，我代表市人民政府报告工作。\r\n一、2023年工作回顾\r\n全市经济稳步增长，改革发展取得新成效。\r\n"
    "二、2024年重点工作\r\n主要预期目标是：地区生产总值增长5%。\r\n让我们为云岭的明天努力奋斗！\r\n"
)


def text_pdf() -> bytes:
    """A hand-written PDF of one page with a line of Latin text, which needs no embedded font."""
    line = b"BT /F1 12 Tf 20 100 Td (Government work report of the year 2024) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(line), line),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj%s endobj\n" % (i, o) for i, o in enumerate(objects, 1))
    return body + b"trailer<</Root 1 0 R/Size 6>>\n%%EOF"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_text_is_exactly_what_was_encoded(tmp_path: Path, encoding: str) -> None:
    report = read_report(write(tmp_path, "city_云岭市_2024.txt", TEXT.encode(encoding)))
    assert report.text == TEXT
    assert (report.id, report.region, report.level, report.year) == ("city_云岭市_2024", "云岭市", "city", 2024)
    assert (str(report.delivered_on), report.speaker) == ("2024-01-09", "方正")


def test_given_metadata_win(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", TEXT.encode())
    report = read_report(path, id="x", region="襄樊市", year=1999)
    assert (report.id, report.region, report.region_code, report.level) == ("x", "襄樊市", "420600", "city")
    assert report.year == 1999
    with pytest.raises(TypeError):
        read_report(path, place="云岭")


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \r\n\t", "empty"),
        ("indents_only.txt", "　\n \u3000\n".encode(), "empty"),
        ("mark_only.txt", b"\xff\xfe", "empty"),
        ("binary.txt", bytes(range(256)) * 40, "binary"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + os.urandom(5000), "binary"),
        ("nul.txt", "各位代表：现在报告工作，发展经济。\x00".encode() * 9, "nul_bytes"),
        ("mixed.txt", TEXT.encode() * 9 + TEXT.encode("gb18030"), "encoding"),
        ("cut_utf16.txt", b"\xff\xfe" + TEXT.encode("utf-16-le")[:-1], "encoding"),
        ("latin.txt", "caf\xe9 d\xe9j\xe0 vu ".encode("latin-1") * 50, "encoding"),
        ("report.xyz", TEXT.encode(), "wrong_ending"),
        ("report", TEXT.encode(), "wrong_ending"),
        ("words.pdf", TEXT.encode(), "wrong_ending"),
        ("page.txt", b"<!DOCTYPE html><p>" + TEXT.encode(), "wrong_ending"),
        ("print.txt", b"%PDF-1.7 \n", "wrong_ending"),
        ("word.md", b"PK\x03\x04", "wrong_ending"),
        ("broken.docx", b"PK\x03\x04 broken", "broken_docx"),
        ("text.docx", TEXT.encode(), "broken_docx"),
        ("other.docx", zipped({"a": b"x"}), "broken_docx"),
        ("old.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_doc"),
        ("locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted_docx"),
        ("bomb.docx", zipped({"word/document.xml": b"0" * 30_000_000}), "bomb"),
        ("entities.docx", zipped({"word/document.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"}), "bomb"),
        ("broken.pdf", b"%PDF-1.7 broken", "broken_pdf"),
        ("empty.html", b"<html><script>x</script></html>", "empty"),
    ],
)
def test_bad_input_gets_one_clear_line(tmp_path: Path, name: str, data: bytes, error: str) -> None:
    path = write(tmp_path, name, data)
    with pytest.raises(ReadError) as caught:
        read_report(path)
    assert (caught.value.error, caught.value.stage, caught.value.path) == (error, "read", str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(caught.value.detail) > 20


def test_a_lying_archive_is_stopped_while_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policynlp.read.docx.MAX_UNPACKED", 1000)
    with pytest.raises(ReadError, match="bomb"):
        read_report(write(tmp_path, "a.docx", word("各位代表：")))


def test_scanned_pdf_says_ocr(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="OCR") as caught:
        read_report(write(tmp_path, "scan.pdf", blank_pdf(3)))
    assert caught.value.error == "scanned_pdf"


def test_locked_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")

    def refuse(data: bytes) -> None:
        raise pypdfium2.PdfiumError("Failed to load document (PDFium: Incorrect password error).")

    monkeypatch.setattr(pypdfium2, "PdfDocument", refuse)
    with pytest.raises(ReadError) as caught:
        read_report(write(tmp_path, "locked.pdf", b"%PDF-1.7"))
    assert caught.value.error == "encrypted_pdf"


def test_pdf_text_layer(tmp_path: Path) -> None:
    pytest.importorskip("pypdfium2")
    report = read_report(write(tmp_path, "r.pdf", text_pdf()))
    assert report.text == "Government work report of the year 2024\n"


def test_missing_extra_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = word("各位代表：")
    for module, name, content in (("docx", "a.docx", data), ("pypdfium2", "a.pdf", b"%PDF-1.7")):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(ReadError, match=r"policynlp\[") as caught:
            read_report(write(tmp_path, name, content))
        assert caught.value.error == "missing_extra"


def test_docx_keeps_paragraphs_and_tables_in_order(tmp_path: Path) -> None:
    report = read_report(write(tmp_path, "r.docx", word("各位代表：", "报告工作。", table=("指标", "5%"))))
    assert report.text.splitlines() == ["各位代表：", "报告工作。", "指标\u20035%", "表后一段。"]


def test_html(tmp_path: Path) -> None:
    page = (
        "<!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><head><title>标题</title></head><body>"
        "<nav>首页</nav><style>p{}</style><p>各位代表：</p><p>报告<b>工作</b>&ldquo;好&rdquo;&x;<br>下一行</p>"
        "<table><tr><td>指标</td><td>5%</td></tr></table><!-- 注 --><script>x</script>尾"
    )
    lines = read_report(write(tmp_path, "r.html", page.encode())).text.splitlines()
    assert lines[0] == "各位代表："
    assert lines[1].startswith("报告工作“好”")
    assert lines[2:] == ["下一行", "指标\u20035%", "尾"]
    gbk = f'<meta charset="gb2312"><p>{"云岭的发展。" * 30}'.encode("gb18030")
    assert "云岭的发展" in read_report(write(tmp_path, "g.htm", gbk)).text
    deep = b"<div>" * 30_000 + "云岭".encode()
    try:
        assert "云岭" in read_report(write(tmp_path, "deep.html", deep)).text
    except ReadError as error:
        assert error.error in ("empty", "broken_html")


def test_too_large_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = write(tmp_path, "big.txt", "云".encode() * 1000)
    with pytest.raises(ReadError, match="max_bytes") as caught:
        read_report(path, max_bytes=2000)
    assert caught.value.error == "too_large"


def test_a_text_that_is_no_report_is_read(tmp_path: Path) -> None:
    report = read_report(write(tmp_path, "poem.txt", "床前明月光，疑是地上霜。\n".encode()))
    assert (report.level, report.year, report.region) == (None, None, None)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", TEXT.encode())
    path.chmod(0)
    with pytest.raises(ReadError) as caught:
        read_report(path)
    assert caught.value.error == "permission"


def test_permission_error_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, "a.txt", TEXT.encode())
    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(ReadError) as caught:
        read_report(path)
    assert caught.value.error == "permission"


def folder_of_reports(tmp_path: Path) -> Path:
    (tmp_path / "b").mkdir()
    for name in ("z.txt", "a.md", "b/a.md", ".hidden.txt", "photo.jpg", "~$open.docx"):
        write(tmp_path, name, TEXT.encode())
    write(tmp_path, "empty.txt", b"")
    (tmp_path / "b" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    return tmp_path


def test_folders_are_walked_sorted_and_loops_survived(tmp_path: Path) -> None:
    folder = folder_of_reports(tmp_path)
    found = [str(path.relative_to(folder)) for path in find_files(folder)]
    assert found == ["a.md", str(Path("b") / "a.md"), "empty.txt", "z.txt"]
    assert len(list(find_files([folder, folder / "z.txt"]))) == 4
    assert [path.name for path in find_files(folder / "photo.jpg")] == ["photo.jpg"]


def test_on_error(tmp_path: Path) -> None:
    folder = folder_of_reports(tmp_path)
    errors: list[ReadError] = []
    assert len(list(read_reports([folder, tmp_path / "gone"], on_error=errors.append))) == 3
    assert [error.error for error in errors] == ["empty", "not_found"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(list(read_reports(folder, on_error="skip"))) == 3
    assert "empty.txt" in str(caught[0].message)
    with pytest.raises(ReadError):
        list(read_reports(folder))
    with pytest.raises(ValueError, match="on_error"):
        read_reports(folder, on_error="ignore")


def test_a_user_adds_a_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry:
        def load(self) -> object:
            return lambda data: data.decode().upper()

    monkeypatch.setattr(read_formats, "_plugins", lambda: {".shout": Entry()})
    assert read_report(write(tmp_path, "a.shout", b"abc")).text == "ABC"


def test_reading_text_imports_no_heavy_library() -> None:
    code = (
        "import sys, policynlp.read; heavy = {'torch', 'transformers', 'spacy', 'pandas', 'docx', 'pypdfium2'};"
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_text_or_a_named_error(data: bytes) -> None:
    try:
        text = decode(data)
    except FormatError as error:
        assert error.error in ("empty", "encoding", "binary", "nul_bytes")
    else:
        assert isinstance(text, str)


@given(st.lists(st.text(alphabet="云岭市的发展。，一、 ", min_size=1, max_size=30), max_size=20))
def test_joining_lines_loses_no_character(lines: list[str]) -> None:
    squeeze = str.maketrans("", "", " \n")
    assert join_lines(lines).translate(squeeze) == "".join(lines).translate(squeeze)


# Lines as a page breaks them (| marks the break), and the lines that come of them.
FULL = "全市各级各部门要坚持稳中求进工作总基调，扎实推进各项重点工作落地见效，支出占比达到"
PAGES = [
    (f"{FULL}|40.9%。", [f"{FULL}40.9%。"]),
    (f"{FULL[:-4]}“山海云岭”|博览会，参展企业千家。", [f"{FULL[:-4]}“山海云岭”博览会，参展企业千家。"]),
    (f"{FULL[:-2]}完成。”|二、重点工作", [f"{FULL[:-2]}完成。”", "二、重点工作"]),
    (f"{FULL}|1.推进项目建设", [FULL, "1.推进项目建设"]),
]


@pytest.mark.parametrize(("page", "lines"), PAGES)
def test_lines_that_the_page_broke_are_joined(page: str, lines: list[str]) -> None:
    assert join_lines([*page.split("|"), FULL + "。", FULL + "。"]).splitlines()[: len(lines)] == lines


def test_running_heads_and_feet_go_whatever_their_number() -> None:
    bodies = ["发展稳中有进。", "改革不断深化。", "民生持续改善。", "治理更加有效。"]
    pages = [
        [f"1/9/25, 3:{n} PM 云岭市", body, f"https://example.invalid/report {n}/4"] for n, body in enumerate(bodies, 1)
    ]
    margins = _margins(pages)
    assert [line for page in pages for line in _inner(page, margins)] == bodies
