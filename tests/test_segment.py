"""Segmentation: tables of short phrases, properties over hostile text, and the shared gold."""

from __future__ import annotations

import json
import re
import tarfile
import time
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policynlp.report import SECTION_KINDS, Report
from policynlp.segment import segment
from policynlp.segment.clauses import clauses_of
from policynlp.segment.headings import is_heading
from policynlp.segment.lines import find_blocks
from policynlp.segment.marks import enclosed
from policynlp.segment.numbering import numbering_of
from policynlp.segment.sentences import cut

SHARED = Path(__file__).parents[1].parent / "shared"

# One line a case: | stands where a sentence ends, the rule that ended the first sentence behind it.
SENTENCES = [
    ("增长5%。|就业稳定。", "final_mark"),
    ("任务完成了吗？|完成了！", "final_mark"),
    ("“来吧！云岭”旅游季启动。|客流翻番。", "final_mark"),
    ("落实《关于办好“小事”！的意见》要求。|加强督查。", "final_mark"),
    ("（一期已完工。二期在建。）明年建成。|好。", "final_mark"),
    ("他说：“（好！）。”后来又说好。|完。", "final_mark"),
    ("大家说好。”|继续干。", "closing_mark"),
    ("引号“没有合上。|后面照样断句。|再来。", "final_mark"),
    ("书名《没有合上。|后面“有一对。还在里面”照样断句。", "final_mark"),
    ("“三化“行动不断深入。|建设加快。", "final_mark"),
    ("括号(半角）混用。|也算一对（好！)不断。", "final_mark"),
    ("云岭市市长?? 张某某", "line_end"),
    ("没有句末标点的一行", "line_end"),
    ("新增就业2万人；改造棚户区1万套。", "final_mark"),
    ("合格率达到18。1%。|就业稳定。", "final_mark"),
    ("预计增长4.2%.|投资增长28.5%.|就业稳定。", "final_mark"),
    ("新增企业18。|5月开工。", "final_mark"),
    ("GDP增长5.5%。|PM2.5下降。", "final_mark"),
    ("**经济增长。|**全年增长5%。", "final_mark"),
    ("**加快发展。**", "emphasis"),
]


@pytest.mark.parametrize(("marked", "rule"), SENTENCES)
def test_sentences(marked: str, rule: str) -> None:
    text = marked.replace("|", "")
    cuts = cut(text, 0, len(text))
    assert [text[c.start : c.end] for c in cuts] == marked.split("|")
    assert cuts[0].rule == rule


# What is enclosed, marked by < and >.
MARKS = [
    ("<“甲”>乙", "both there"),
    ("“甲乙", "left open"),
    ("甲”乙", "never opened"),
    ("“甲<（乙）>丙", "an inner pair under an open mark"),
    ("<“甲（乙”>丙）", "a bracket left open inside quotes"),
    ("<（甲)>乙", "brackets of two widths"),
    ("<“甲‘乙’丙”>", "nested"),
]


@pytest.mark.parametrize(("marked", "why"), MARKS)
def test_marks(marked: str, why: str) -> None:
    text = marked.replace("<", "").replace(">", "")
    pairs = enclosed(text, 0, len(text))
    shown = text
    for opening, closing in reversed(pairs):
        shown = f"{shown[:opening]}<{shown[opening : closing + 1]}>{shown[closing + 1 :]}"
    assert shown == marked, why


CLAUSES = ["增长5%；|就业稳定。", "一句。", "（甲；乙）丙；|丁。", "甲；|乙；|丙", "“甲；|乙"]


@pytest.mark.parametrize("marked", CLAUSES)
def test_clauses(marked: str) -> None:
    text = marked.replace("|", "")
    assert [text[a:b] for a, b in clauses_of(text, 0, len(text))] == marked.split("|")


NUMBERS = [
    ("一、回顾", "han", True),
    ("十二、安排", "han", False),
    ("（一）稳增长", "han_paren", True),
    ("(三)促改革", "han_paren", False),
    ("1. 工业", "arabic", True),
    ("2、农业", "arabic", False),
    ("12．服务业", "arabic", False),
    ("3.5%的增长", None, False),
    ("2024年工作", None, False),
    ("第一部分 回顾", "part", True),
    ("第二章 目标", "chapter", False),
    ("（2）改造", "arabic_paren", False),
    ("①改造", "circled", True),
    ("## 一、回顾", "han", True),
    ("**（二）民生**", "han_paren", False),
    ("一是稳增长", None, False),
]


@pytest.mark.parametrize(("line", "style", "first"), NUMBERS)
def test_numbering(line: str, style: str | None, first: bool) -> None:
    number = numbering_of(line)
    assert (number.style if number else None, number.first if number else False) == (style, first)


HEADINGS = [
    ("一、2023年工作回顾", True),
    ("2023年工作回顾", True),
    ("重点抓好以下工作：", True),
    ("（一）现代化产业体系加快构建。", False),
    ("经济稳定增长", True),
    ("三、打好“三大战役”", True),
    ("打好“三大战役”", False),
    ("（2024年1月10日）", False),
    ("加快" * 30, False),
    ("一、" + "加快" * 32, True),
    ("**加快发展。**", False),
]


@pytest.mark.parametrize(("line", "expected"), HEADINGS)
def test_headings(line: str, expected: bool) -> None:
    assert is_heading(line, 0, len(line)) is expected


REPORT = """政府工作报告
——2024年1月10日在云岭市第三届人民代表大会第三次会议上
云岭市市长　李某某

各位代表：
　　现在，我代表市人民政府，向大会报告工作，请予审议。
　　一、2023年工作回顾
　　过去一年，地区生产总值增长5.2%；新增就业2万人。
　　（一）产业升级
　　入选国家试点。
　　（二）政府自身建设
　　办结提案130件，行政效能明显提升。
　　在此，我代表市人民政府，表示衷心的感谢！
　　在肯定成绩的同时，我们也清醒认识到，发展还面临不少困难和问题：产业结构不优，创新能力不强。对此，我们将认真加以解决。
　　二、2024年工作安排
　　今年是关键一年。主要预期目标是：地区生产总值增长6%左右，力争更好。
　　重点抓好以下工作：
　　（一）大力发展工业
　　加快新区建设，支持企业技改。
　　1.做强龙头
　　新增规上企业20家以上。
　　（二）改善民生
　　确保学校开学。
　　三、加强政府自身建设
　　自觉接受人大监督，推进依法行政。
　　各位代表！让我们携手前进，为建设美丽云岭而努力奋斗！
　　名词解释
　　1.云岭码：城市服务码。
"""

OUTLINE = [
    (0, "title"),
    (0, "delivered"),
    (0, "speaker"),
    (0, "salutation"),
    (1, "2023年工作回顾"),
    (2, "产业升级"),
    (2, "政府自身建设"),
    (1, "2024年工作安排"),
    (0, "lead_in"),
    (2, "大力发展工业"),
    (3, "做强龙头"),
    (2, "改善民生"),
    (1, "加强政府自身建设"),
    (1, "名词解释"),
]


def test_outline() -> None:
    report = segment(Report.from_text(REPORT, year=2024))
    assert [(h.depth, h.title if h.depth else h.rule) for h in report.headings] == OUTLINE
    jobs = next(s for s in report.sentences if s.text.startswith("新增规上"))
    assert [h.title for h in report.headings_of(jobs)] == ["2024年工作安排", "大力发展工业", "做强龙头"]
    assert [unit.id for unit in report.units] == list(range(len(report.headings) + len(report.sentences)))


@pytest.mark.parametrize("year", [2024, None])
def test_section_kinds(year: int | None) -> None:
    report = segment(Report.from_text(REPORT, year=year))
    kinds = ["front", "review", "problems", "plan", "government", "closing", "appendix"]
    assert [section.kind for section in report.sections] == kinds
    assert report.sections[1].title == "2023年工作回顾"
    assert all(section.rule for section in report.sections)


# The same report, laid out as files come: every layout must give the same sections and the same sentences.
LAYOUTS = {
    "crlf": REPORT.replace("\n", "\r\n"),
    "old mac": REPORT.replace("\n", "\r"),
    "line separators": REPORT.replace("\n", "\u2028"),
    "blank lines": REPORT.replace("\n", "\n\n"),
    "no indents": REPORT.replace("　　", ""),
    "markdown": re.sub(r"(?m)^　*(?=[一二三]、|（[一二]）)", "## ", REPORT),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str) -> None:
    plain = segment(Report.from_text(REPORT, year=2024))
    report = segment(Report.from_text(LAYOUTS[layout], year=2024))
    assert [s.text for s in report.sentences] == [s.text for s in plain.sentences]
    assert [h.title for h in report.headings] == [h.title for h in plain.headings]
    assert [s.kind for s in report.sections] == [s.kind for s in plain.sections]


def test_full_width_digits() -> None:
    text = REPORT.translate(str.maketrans("0123456789%", "０１２３４５６７８９％"))
    kinds = [section.kind for section in segment(Report.from_text(REPORT)).sections]
    assert [section.kind for section in segment(Report.from_text(text)).sections] == kinds


def test_a_heading_is_of_the_kind_of_what_it_opens() -> None:
    text = REPORT.replace("三、加强政府自身建设", "三、加快推进治理创新，全力抓好落实")
    report = segment(Report.from_text(text, year=2024))
    heading = next(h for h in report.headings if h.title.startswith("加快推进治理"))
    after = next(s for s in report.sentences if s.start > heading.end)
    assert heading.section == after.section


def test_body_is_kept_to() -> None:
    text = "下载打印\n" + REPORT + "责任编辑：某某\n"
    report = segment(Report.from_text(text, year=2024).with_(body=(5, 5 + len(REPORT))))
    assert report.sections[0].kind == "front" and report.sections[-1].kind == "appendix"


PARAGRAPH = "我们坚持稳中求进的工作总基调，加快新旧动能转换，推动经济社会持续健康发展，全面完成年初确定的各项目标任务，"


def wrap(text: str, width: int) -> str:
    lines = []
    for paragraph in text.split("\n"):
        lines += [paragraph[i : i + width] for i in range(0, len(paragraph), width)] or [""]
    return "\n".join(lines)


@pytest.mark.parametrize("width", [28, 35, 42, 75])
def test_hard_wrapped_lines_are_joined(width: int) -> None:
    body = "\n".join(f"　　{PARAGRAPH}第{n}个项目建成。{PARAGRAPH}第{n}批企业投产。" for n in range(12))
    text = "一、2023年工作回顾\n" + body + "\n二、2024年工作安排\n" + body
    plain = segment(Report.from_text(text))
    wrapped = segment(Report.from_text(wrap(text, width)))
    joined = [re.sub(r"\s", "", s.text) for s in wrapped.sentences]
    assert joined == [s.text for s in plain.sentences]
    assert [h.text for h in wrapped.headings] == [h.text for h in plain.headings]


def test_a_line_end_ends_a_sentence_in_normal_text() -> None:
    text = (
        f"一、回顾\n{PARAGRAPH * 2}没有句末标点\n第二段。\n第三段。\n第四段。\n第五段。\n第六段。\n第七段。\n第八段。"
    )
    assert len(find_blocks(text)) == 9


# Lines that markup broke in a text that is not wrapped: | stands for a line end that ends nothing, / for one that does.
BROKEN_LINES = [
    ("以PM|2.5|浓度下降为主线。/好。", "a subscript"),
    ("CO|2|排放下降。", "a subscript"),
    ("今年经济社会发展的|主要预期目标|是：地区生产总值增长5%。/好。", "emphasised words"),
    ("“十五五”时期经济社会发展的|主要目标|是：增长5%。", "emphasised words"),
    ("果品、蔬菜|、中药材产值分别达到1亿元。", "no line starts with a mark"),
    ("改革“投洽会”、“台交会|”办会方式。", "nor with a closing one"),
    ("财政收入增长 28|%。/好。", "nor with a percent sign"),
    ("好。/。", "but what has ended has ended"),
    ("一、回顾/是一年。", "a title does not go on"),
    ("说资本主义复辟是不可避免的/毛主席说。", "nor does a predicate"),
    ("重点工作/2.5/好。", "a number alone"),
    ("经济发展的/二、计划", "a numbered line starts anew"),
]


@pytest.mark.parametrize(("marked", "why"), BROKEN_LINES)
def test_lines_that_markup_broke_are_joined(marked: str, why: str) -> None:
    text = marked.replace("|", "\n").replace("/", "\n")
    expected = [part.replace("|", "\n") for part in marked.split("/")]
    assert [text[block.start : block.end] for block in find_blocks(text)] == expected, why


def test_a_report_on_one_line() -> None:
    fill = "经济社会发展取得新进步，全市就业稳定。" * 90
    plan = fill.replace("取得", "力争取得")
    text = f"各位代表：现在报告工作。 一、2018年工作回顾 2018年{fill} 二、2019年工作安排 今年{plan}"
    report = segment(Report.from_text(text, year=2019))
    assert [h.title for h in report.headings] == ["各位代表：", "2018年工作回顾", "2019年工作安排"]
    assert [s.kind for s in report.sections] == ["front", "review", "plan"]


def test_notes_before_the_closing_call_are_no_appendix() -> None:
    text = REPORT.replace("　　三、加强", "　　有关情况说明\n　　1.云岭码：城市服务码。\n　　三、加强")
    report = segment(Report.from_text(text, year=2024))
    assert [section.kind for section in report.sections].count("appendix") == 1
    assert "government" in {section.kind for section in report.sections}


def test_old_layers_go() -> None:
    report = segment(Report.from_text(REPORT, year=2024))
    again = segment(report.with_(model="m", sentences=tuple(report.sentences)))
    assert again.sentences == report.sentences and again.model == "" and again.facts == ()


# --- properties -------------------------------------------------------------------------------------------------

ALPHABET = [
    *"一二三四十、（）()“”‘’《》「」【】。！？!?；;：，…—*#_|%.0123456789市年工作回顾任务代表各位自身建设政府了将",
    *["\n", "\r\n", "\r", " ", "\u3000", "\t", "\x0b", "\x0c", "\x85", "\u2028", "\x00", "\ud800", "\u202e", "\ufeff"],
    *["各位代表：", "一、工作回顾", "（一）", "名词解释", "今年", "增长5%。", "加快" * 20, "清醒认识到"],
]
TEXTS = st.lists(st.sampled_from(ALPHABET), max_size=60).map("".join) | st.text(max_size=40)


def check_lossless(report: Report) -> None:
    text = report.text
    units = list(report.units)
    position = 0
    for number, unit in enumerate(units):
        assert unit.id == number and unit.start >= position and unit.end > unit.start
        assert text[unit.start : unit.end] == unit.text == unit.text.strip()
        assert not text[position : unit.start].strip(), "something between two units"
        position = unit.end
    assert not text[position:].strip(), "something behind the last unit"
    starts, ends = [s.start for s in report.sections], [s.end for s in report.sections]
    assert [*starts, len(text)] == [0, *ends]
    for unit in units:
        section = report.section_of(unit)
        assert section is not None and section.start <= unit.start and unit.end <= section.end
    for sentence in report.sentences:
        paragraph = report.paragraphs[sentence.paragraph]
        assert paragraph.start <= sentence.start and sentence.end <= paragraph.end
        spans = sentence.clauses
        assert spans[0][0] == sentence.start and spans[-1][1] == sentence.end
        assert all(a[1] <= b[0] and not text[a[1] : b[0]].strip() for a, b in pairwise(spans))
        depths = [heading.depth for heading in report.headings_of(sentence)]
        assert depths == sorted(set(depths)) and 0 not in depths
    assert {section.kind for section in report.sections} <= set(SECTION_KINDS)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_nothing_is_lost(text: str) -> None:
    check_lossless(segment(Report.from_text(text)))


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.data())
def test_nothing_is_lost_with_a_body(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    check_lossless(segment(Report.from_text(text, year=2024).with_(body=(start, end))))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(ALPHABET), min_size=300, max_size=400).map(lambda parts: "".join(parts) * 8))
def test_nothing_is_lost_in_long_lines(text: str) -> None:
    check_lossless(segment(Report.from_text(text)))


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_json_round_trip(text: str) -> None:
    report = segment(Report.from_text(text))
    assert Report.from_json(report.to_json()) == report


@pytest.mark.parametrize("piece", ["“", "”", "（一）", "加快。", "？", "；", "困难", "在肯定", "年" * 50, "一、"])
def test_hostile_lines_take_linear_time(piece: str) -> None:
    text = piece * (300_000 // len(piece))
    begin = time.process_time()
    segment(Report.from_text(text, year=2024))
    assert time.process_time() - begin < 10


# --- the shared gold --------------------------------------------------------------------------------------------


def gold_reports() -> Iterator[tuple[str, list[dict[str, object]]]]:
    for path in sorted(SHARED.glob("gold/[td]*/*.sentences.jsonl")):
        name = path.name.removesuffix(".sentences.jsonl")
        for folder in ("gold", "as_found"):
            source = SHARED / "reports" / folder / f"{name}.txt"
            if source.exists():
                rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
                yield source.read_bytes().decode("utf-8"), rows
                break


@pytest.mark.shared
def test_gold_sentences_headings_and_sections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SHARED / "gold"))
    from split_report import sentences as gold_units

    right = total = tp = wrong = 0
    inside: dict[str, list[bool]] = {"achievement": [], "commitment": []}
    for text, rows in gold_reports():
        report = segment(Report.from_text(text, year=int(str(rows[0]["report_id"]).rsplit("_", 1)[1])))
        check_lossless(report)
        found = {(s.start, s.end): report.section_of(s) for s in report.sentences}
        for row in rows:
            section = found.get((row["start"], row["end"]))  # type: ignore[arg-type]
            total += 1
            right += section is not None
            if section is not None and row["label"] in inside:
                kinds = ("review",) if row["label"] == "achievement" else ("plan", "government")
                inside[str(row["label"])].append(section.kind in kinds)
        gold = {(start, end) for start, end, heading, _ in gold_units(text) if heading}
        mine = {(h.start, h.end) for h in report.headings}
        tp += len(gold & mine)
        wrong += len(gold ^ mine)
    assert total > 3000 and right / total >= 0.995
    assert 2 * tp / (2 * tp + wrong) >= 0.99
    assert sum(inside["achievement"]) / len(inside["achievement"]) >= 0.94
    assert sum(inside["commitment"]) / len(inside["commitment"]) >= 0.98


@pytest.mark.shared
@pytest.mark.parametrize("level", ["city", "province", "county"])
def test_archive_reports_have_a_review_and_a_plan(level: str) -> None:
    missing = total = 0
    with tarfile.open(SHARED / "reports" / "archive" / f"{level}.tar.xz", "r|xz") as tar:
        for member in islice((member for member in tar if member.isfile()), 25):
            data = tar.extractfile(member)
            assert data is not None
            report = segment(Report.from_text(data.read().decode("utf-8")))
            check_lossless(report)
            total += 1
            missing += not {"review", "plan"} <= {section.kind for section in report.sections}
    # The counties' archive holds abridged reports without a plan.
    assert total == 25 or level == "county"
    assert missing <= (2 if level == "county" else 0)
