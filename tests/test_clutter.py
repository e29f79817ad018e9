"""Where the body stands between front matter and appendix. A ‖ marks its two ends."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policynlp.read.clutter import find_body, is_kind, lines_of

SHARED = Path(__file__).parents[1].parent / "shared"
BODY = "各位代表：\n" + "全市工作稳步推进，各项任务顺利完成。\n" * 30
CALL = "让我们为云岭的明天努力奋斗！"

CASES = [
    f"‖{BODY}{CALL}‖",
    f"下载\n全屏\n【字号：\n大\n】\n2024年政府工作报告\n来源：云岭日报\n云岭市市长 方正\n‖{BODY}{CALL}‖\n相关报道：",
    f"区政府关于印发工作报告的通知\n各部门：\n现予印发，请认真贯彻执行。\n政府工作报告\n‖{BODY}{CALL}‖\n\n抄送：区委各部门。",
    f"‖{BODY}{CALL}‖\n名词解释\n1.四好：略。\n2.五新：略。",
    f"‖{BODY}{CALL}‖\n附件1\n2024年十件民生实事\n一、新建学校十所。",
    f"‖{BODY}{CALL}‖附件1\n2024年十件民生实事",
    f"‖{BODY}{CALL}\n谢谢大家！‖\n扫一扫在手机打开当前页\n打印本页\n关闭窗口",
    f"‖{BODY}在市委坚强领导下，以优异成绩迎接建市50周年。‖\n注释：\n[1]三清：略。".replace("在市委", "让我们在市委"),
    f"——2024年1月9日在云岭市第九届人民\n代表大会第三次会议上\n市长 方正\n‖{BODY}{CALL}‖\n（责任编辑：方圆）",
    f"政府工作报告\n（2024年1月9日）\n‖一、2023年工作回顾\n{'工作稳步推进。' * 60}\n{CALL}‖\n附注\n[1]略",
    f"‖{BODY}{CALL}\n三、今年重点工作\n{BODY * 4}‖",
    f"代市长 方正‖各位代表：现在，我代表市政府报告工作。\n{BODY}{CALL}‖",
]


@pytest.mark.parametrize("marked", CASES)
def test_body(marked: str) -> None:
    before, body, after = marked.split("‖")
    text = before + body + after
    start, end = find_body(text)
    assert (text[:start], text[start:end].rstrip("\n"), text[end:].lstrip("\n")) == (
        before,
        body.rstrip("\n"),
        after.lstrip("\n"),
    )


@pytest.mark.parametrize(
    ("kind", "line", "is_it"),
    [
        ("salutation", "各位代表：", True),
        ("salutation", "各位代表、同志们：", True),
        ("salutation", "代表大会第三次会议上", False),
        ("tool", "责任编辑：方圆", True),
        ("tool", "今年的工作", False),
        ("front", "云岭市人民政府代市长 方正".replace(" ", ""), True),
        ("appendix", "名词解释和说明", True),
        ("appendix", "（五）办好民生实事", False),
        ("appendix", "六、坚持人民至上，用心办好民生实事", False),
    ],
)
def test_lines(kind: str, line: str, is_it: bool) -> None:
    assert is_kind(kind, line) is is_it


@given(st.text(max_size=400))
def test_body_and_lines_stay_inside_any_text(text: str) -> None:
    start, end = find_body(text)
    assert 0 <= start <= end <= len(text)
    lines = list(lines_of(text))
    assert "".join("".join(text[line.start : line.end].split()) for line in lines) == "".join(
        "".join(piece.split()) for piece in text.split("\n")
    )


def test_hostile_lines_take_linear_time() -> None:
    for line in ("（" * 200_000, "各位代表" * 100_000, "1" * 500_000, "年月日" * 100_000, "让我们" * 100_000 + "！"):
        find_body(line)


@pytest.mark.shared
def test_body_ends_where_the_archive_notes_it() -> None:
    if not SHARED.is_dir():
        pytest.skip("the shared archive is not beside the checkout")
    manifest = (SHARED / "reports" / "manifest.tsv").read_text(encoding="utf-8")
    ends = dict(re.findall(r"^(county_\S+)\t.*report body ends at char ([\d,]+) of", manifest, re.MULTILINE))
    right = 0
    with tarfile.open(SHARED / "reports" / "archive" / "county.tar.xz") as archive:
        for member in archive:
            name = Path(member.name).name
            if name in ends:
                text = archive.extractfile(member).read().decode("utf-8")
                end, told = find_body(text)[1], int(ends[name].replace(",", ""))
                right += not text[min(end, told) : max(end, told)].strip()
    assert right >= 0.8 * len(ends) > 0
