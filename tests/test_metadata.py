"""Place, code, level, year, day and speaker from a text."""

from __future__ import annotations

import csv
import tarfile
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policynlp.read import describe
from policynlp.read.dates import find_dates
from policynlp.read.front import read_front
from policynlp.read.places import gazetteer, level_of
from policynlp.read.region import region_from_name
from policynlp.read.years import find_year
from policynlp.report import Report

SHARED = Path(__file__).parents[1].parent / "shared"


def opening(meeting: str, own: str, body: str = "") -> str:
    return f"——2024年1月9日在{meeting}第九届人民代表大会第三次会议上\n各位代表：\n我代表{own}人民政府报告工作。\n{body}"


@pytest.mark.parametrize(
    ("text", "region", "code", "level"),
    [
        (opening("徐水县", "县"), "徐水区", "130609", "county"),
        (opening("徐水县", "县").replace("2024", "2012"), "徐水区", "130609", "county"),
        (opening("巢湖市", "市").replace("2024", "2008"), "巢湖市", "341400", "city"),
        (opening("巢湖市", "市"), "巢湖市", "340181", "county"),
        (opening("襄樊市", "市"), "襄阳市", "420600", "city"),
        (opening("重庆市", "市"), "重庆市", "500000", "province"),
        (opening("重庆市渝中区", "区"), "渝中区", "500103", "county"),
        (opening("南京市鼓楼区", "区"), "鼓楼区", "320106", "county"),
        (opening("昆山市", "市"), "昆山市", "320583", "county"),
        (opening("易县", "县"), "易县", "130633", "county"),
        (opening("内蒙古自治区", "自治区"), "内蒙古自治区", "150000", "province"),
        (opening("黔西南布依族苗族自治州", "州"), "黔西南布依族苗族自治州", "522300", "city"),
        (opening("锡林郭勒盟", "盟"), "锡林郭勒盟", "152500", "city"),
        (opening("正蓝旗", "旗"), "正蓝旗", "152530", "county"),
        (opening("云岭市", "市"), "云岭市", None, "city"),
        (opening("云岭县", "县"), "云岭县", None, "county"),
        ("各位代表：\n现在，我代表国务院报告工作。", "全国", "100000", "national"),
        (
            "一、工作回顾\n全市生产总值增长5%，荆门化工发展很快，荆门港建成，全市就业稳定，荆门更美。",
            "荆门市",
            "420800",
            "city",
        ),
        ("我代表市人民政府报告工作。钟祥市、京山市、沙洋县、东宝区、掇刀区加快发展。", "荆门市", "420800", "city"),
        (
            "我代表区人民政府报告工作。秦淮河边的鼓楼区，南京的鼓楼，江苏的窗口，全区发展。",
            "鼓楼区",
            "320106",
            "county",
        ),
        ("我代表省人民政府报告工作。长沙市、岳阳市、衡阳市、湘潭市发展。", "湖南省", "430000", "province"),
    ],
)
def test_region(text: str, region: str, code: str | None, level: str) -> None:
    report = describe(Report.from_text(text))
    assert (report.region, report.region_code, report.level) == (region, code, level)


@pytest.mark.parametrize(
    ("name", "region", "level"),
    [
        ("county_南京市鼓楼区_2024", "鼓楼区", "county"),
        ("national_国务院_1999", "全国", "national"),
        ("province_四川省_2012", "四川省", "province"),
        ("2012年莱芜市政府工作报告", "莱芜市", "city"),
        ("notes", None, None),
    ],
)
def test_file_name_counts_where_the_text_tells_nothing(name: str, region: str | None, level: str | None) -> None:
    found = region_from_name(name)
    assert (found.name, found.level) == (region, level)


@pytest.mark.parametrize(
    ("text", "day", "year"),
    [
        ("", date(2024, 1, 9), 2024),
        ("", date(2023, 12, 28), 2024),
        ("", date(2023, 11, 25), 2024),
        ("", date(1999, 10, 8), 1999),
        ("一、2023年工作回顾\n二、2024年重点工作\n", None, 2024),
        ("一、“十三五”和2020年工作回顾\n二、2021年工作安排\n三、展望到2035年\n", None, 2021),
        ("刚刚过去的2019年，成绩很大。", None, 2020),
        ("到2035年远景目标是：强。2020年任务完成，做好2021年各项工作。", None, 2021),
        ("一、一九八六年工作回顾\n", None, 1987),
        ("２０１０年主要任务\n", None, 2010),
        ("今年是“十二五”规划的开局之年。", None, 2011),
        ("今年是全面贯彻党的十八大精神的第一年。", None, 2013),
        ("没有年份。", None, None),
    ],
)
def test_year(text: str, day: date | None, year: int | None) -> None:
    assert find_year(text, (0, len(text)), day, (), "") == year


def test_year_of_the_name_counts_last() -> None:
    assert find_year("没有年份。", (0, 5), None, (), "county_云岭县_2013") == 2013
    assert find_year("一、2023年工作回顾\n", (0, 12), None, (), "county_云岭县_2013") == 2024


@pytest.mark.parametrize(
    ("front", "day", "speaker"),
    [
        ("——2024年1月9日在云岭市人大会议上\n市长 方正", "2024-01-09", "方正"),
        ("——二〇二二年四月二十七日在云岭市人大会议上\n云岭市人民政府代市长 何 雄", "2022-04-27", "何雄"),
        ("2006年1月\n6日在云岭市人大会议上\n市长 方正", "2006-01-06", "方正"),
        ("（2010 年2 月3 日）\n云岭县人民政府县长????尤明", "2010-02-03", "尤明"),
        ("时间：2024年2月9日\n——2024年1月9日在云岭市人大会议上\n方正", "2024-01-09", "方正"),
        ("自治区主席 艾山·吐尼亚", None, "艾山·吐尼亚"),
        ("方正作政府工作报告。", None, None),
    ],
)
def test_front(front: str, day: str | None, speaker: str | None) -> None:
    found = read_front(front, len(front))
    assert (found.delivered_on and found.delivered_on.isoformat(), found.speaker) == (day, speaker)


def test_describe_is_idempotent_and_keeps_what_is_given() -> None:
    report = describe(Report.from_text(opening("徐水县", "县"), year=1990, speaker="方正"))
    assert (report.year, report.speaker, report.region) == (1990, "方正", "徐水区")
    assert describe(report) == report


def test_every_place_has_a_level_and_its_code() -> None:
    book = gazetteer()
    assert len(book.by_code) > 3000
    for code, place in book.by_code.items():
        assert len(code) == 6
        assert code.isdigit()
        assert place.level == level_of(code)
        assert place in book.by_name[place.name]


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_is_described(text: str) -> None:
    report = describe(Report.from_text(text))
    assert report.text == text
    assert list(find_dates(text)) == list(find_dates(text))


def test_mentions_slice_back() -> None:
    text = "在荆门市、徐水县和南京鼓楼区之间，云岭一带。"
    mentions = list(gazetteer().mentions(text))
    assert [m.name for m in mentions] == ["荆门市", "徐水县", "南京", "鼓楼区"]
    assert all(text[m.start : m.end] == m.name for m in mentions)


def test_hostile_text_takes_linear_time() -> None:
    began = time.process_time()
    for text in ("北京市" * 30_000, "2024年" * 30_000, "我代表" * 30_000, "一" * 90_000, "人民政府" * 20_000):
        describe(Report.from_text(text))
    assert time.process_time() - began < 10


@pytest.mark.shared
def test_counties_of_the_archive_from_the_text_alone() -> None:
    if not SHARED.is_dir():
        pytest.skip("the shared archive is not beside the checkout")
    with open(SHARED / "reports" / "manifest.tsv", encoding="utf-8", newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
    wrong = []
    with tarfile.open(SHARED / "reports" / "archive" / "county.tar.xz") as archive:
        for member in (member for member in archive if member.isfile()):
            row = rows[Path(member.name).name]
            report = describe(Report.from_text(archive.extractfile(member).read().decode("utf-8")))
            codes = {place.code for place in gazetteer().named(row["region"])}
            if report.level != "county" or str(report.year) != row["year"] or report.region_code not in codes:
                wrong.append((row["file"], report.region, report.year))
    # Three files of 唐县 hold reports of 高唐县.
    assert len(wrong) <= 3, wrong
