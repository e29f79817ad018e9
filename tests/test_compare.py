"""Comparison: the example corpus against its own account of promises, bad input, files, tiers."""

from __future__ import annotations

import json
import warnings
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import policynlp.compare as pc
from policynlp.compare.outside import ALIKE, likeness
from policynlp.compare.panel import COLUMNS
from policynlp.compare.tiers import superior_codes, target_number
from policynlp.compare.wordings import find_indicator, subject_before
from policynlp.data import DataFileError, parse_table
from policynlp.facts import find_facts
from policynlp.facts.catalogue import shipped
from policynlp.pipeline import load
from policynlp.read import read_report
from policynlp.report import Report
from policynlp.show.panel_files import WRITERS, compare_files

CASES = Path(__file__).parent / "cases" / "example_panel.tsv"
FIELDS = ("region", "indicator_id", "indicator", "measure", "year", "target", "outcome", "verdict")
EXPECTED = parse_table(CASES.read_text(encoding="utf-8"), CASES.name, FIELDS, ("region", "measure", "year", "verdict"))


def gold_labelled(path: Path) -> Report:
    """A report of the example corpus with its gold labels, so that no classifier's slip is measured here."""
    report = load().prepare(read_report(path))
    gold = path.with_suffix(".sentences.jsonl").read_text(encoding="utf-8").splitlines()
    labels = {row["start"]: row["label"] for row in map(json.loads, gold)}
    from dataclasses import replace

    return find_facts(
        report.with_(sentences=tuple(replace(s, label=labels.get(s.start, "other")) for s in report.sentences))
    )


@pytest.fixture(scope="module")
def reports(example: Path) -> list[Report]:
    return [gold_labelled(path) for path in sorted(example.glob("*_20*.txt"))]


@pytest.fixture(scope="module")
def panel(reports: list[Report]) -> pc.Panel:
    return pc.compare(reports)


@pytest.mark.parametrize(
    "row", EXPECTED, ids=lambda r: f"{r['region']}-{r['indicator_id']}{r['indicator']}-{r['year']}"
)
def test_example_corpus(panel: pc.Panel, row: dict[str, str]) -> None:
    frame = panel.to_frame()
    thing = (
        frame["indicator_id"] == row["indicator_id"] if row["indicator_id"] else frame["indicator"] == row["indicator"]
    )
    cell = frame[thing & (frame.region == row["region"]) & (frame.measure == row["measure"])]
    cell = cell[cell.year == int(row["year"])]
    assert len(cell) == 1
    found = cell.iloc[0]
    for name in ("target", "outcome"):
        wanted = float(row[name]) if row[name] else None
        assert (None if pd.isna(found[name]) else pytest.approx(found[name])) == wanted, name
    assert found.verdict == row["verdict"]


def labelled(text: str, label: str, **about: object) -> Report:
    """A report whose sentences all have one label, for rules that are not the classifier's."""
    from dataclasses import replace

    report = load("linear").prepare(Report.from_text(text, **about))  # type: ignore[arg-type]
    return find_facts(report.with_(sentences=tuple(replace(s, label=label) for s in report.sentences)))


OUTCOME_CASES = CASES.with_name("panel_outcomes.tsv")
OUTCOMES = parse_table(
    OUTCOME_CASES.read_text(encoding="utf-8"),
    OUTCOME_CASES.name,
    ("indicator", "outcomes", "text"),
    ("indicator", "text"),
)


@cache
def outcomes() -> pd.DataFrame:
    """What one comparison takes from the reports of all cases, each that of a city of its own."""
    given = [
        labelled(
            f"一、工作回顾\n{row['text'].replace('¶', chr(10))}", "achievement", region=city(n), year=2024, id=str(n)
        )
        for n, row in enumerate(OUTCOMES)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = pc.compare(given).rows
    return rows[rows["year"] == 2023]


def city(number: int) -> str:
    """Names of cities that do not exist, told apart by their second character."""
    return f"云{chr(ord('一') + number)}市"


@pytest.mark.parametrize(("number", "row"), list(enumerate(OUTCOMES)), ids=[row["text"][:24] for row in OUTCOMES])
def test_outcomes_are_the_places_own_of_one_year(number: int, row: dict[str, str]) -> None:
    found = outcomes()
    found = found[(found["region"] == city(number)) & (found["indicator_id"] == row["indicator"])]
    assert sorted(found["outcome"].dropna()) == [float(value) for value in row["outcomes"].split()]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("生产总值增速高于全国平均水平1个百分点以上", "高于全国平均水平1个百分点以上"),
        ("地区生产总值增速快于全国1到2个百分点", "快于全国1到2个百分点"),
        ("地区生产总值增速比全国高1个百分点", "比全国高1个百分点"),
    ],
)
def test_points_above_another_place_are_words(target: str, words: str) -> None:
    text = f"一、主要目标\n今年的主要预期目标是：{target}，固定资产投资增长9%。"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = labelled(text, "commitment", region="云岭省", level="province", year=2024, id="r")
        row = pc.compare(given).select("gdp").query("year == 2024").iloc[0]
    assert (row.target_status, row.target_text) == ("qualitative", words)
    assert pd.isna(row.target) and given.text[row.target_start : row.target_end] == words


@pytest.mark.parametrize(
    "opening",
    [
        "过去一年，各项工作取得新成绩。",
        "各位代表，2023年人代会确定的各项任务已圆满完成。",
        "我们全面完成了市人代会确定的年度目标任务。",
    ],
)
def test_what_a_plan_tells_of_the_year_before_is_an_outcome(opening: str) -> None:
    from dataclasses import replace

    told = f"{opening}地区生产总值增长6.9%，居民消费价格上涨1.2%。"
    text = f"一、五年回顾\n{'五年来，工作扎实推进。' * 90}\n二、2024年重点任务\n2024年十分重要。{told}\n坚持稳中求进。"
    given = labelled(text, "achievement", region="云岭市", year=2024, id="r")
    assert {s.kind for s in given.sections if s.start <= text.index(told) < s.end} == {"plan"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = pc.compare(given)
        given = given.with_(sentences=tuple(replace(s, label="commitment") for s in given.sentences))
        promised = pc.compare(find_facts(given))
    for indicator, value in (("gdp", 6.9), ("cpi", 1.2)):
        rows = found.select(indicator).set_index("year")
        assert rows["outcome"].dropna().to_dict() == {2023: value} and rows["target"].isna().all()
        assert promised.select(indicator)["outcome"].isna().all()


@pytest.mark.parametrize(
    ("year", "wording", "wanted"),
    [
        (1997, "物价涨幅控制在6%", "rpi"),
        (1999, "物价涨幅控制在6%", "cpi"),
        (1997, "居民消费物价涨幅控制在6%", "cpi"),
    ],
)
def test_names_that_meant_another_indicator(year: int, wording: str, wanted: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = f"一、{year}年主要目标\n今年的主要预期目标是：生产总值增长8%，{wording}。"
        panel = pc.compare(labelled(text, "commitment", region="云岭市", year=year, id="r"))
    told = panel.rows[panel.rows["target"].eq(6)]
    assert told["indicator_id"].tolist() == [wanted]


@pytest.mark.parametrize(
    "heading", ["四次会议确定的目标任务执行情况", "2023年计划的执行情况", "全面落实上次会议决议，“十二五”发展开局良好"]
)
def test_a_section_on_how_targets_were_carried_out_is_a_review(heading: str) -> None:
    tasks = "开展项目建设，完善设施，推进改革，加强管理。" * 9
    text = f"各位代表：\n一、{heading}\n{tasks}\n二、2024年的目标任务\n抓好工作。"
    report = load("linear").prepare(Report.from_text(text, region="云岭市", year=2024))
    assert [s.kind for s in report.sections if s.title == heading] == ["review"]


def test_a_target_set_against_the_place_above() -> None:
    def report(region: str, code: str, level: str, year: int, text: str, label: str) -> Report:
        return labelled(text, label, region=region, region_code=code, level=level, year=year, id=f"{region}{year}")

    given = [
        report(
            "云岭省",
            "530000",
            "province",
            2023,
            "一、主要目标\n今年的主要预期目标是：生产总值增速高于全国平均水平。",
            "commitment",
        ),
        report("云岭省", "530000", "province", 2024, "一、2023年工作回顾\n生产总值增长6%。", "achievement"),
        report("全国", "100000", "national", 2024, "一、2023年工作回顾\n国内生产总值增长5.2%。", "achievement"),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        panel, alone = pc.compare(given), pc.compare(given[:2])
    row = panel.select("gdp").query("year == 2023 and region == '云岭省'").iloc[0]
    assert row.verdict == "met"
    said = panel.explain(row.name)
    assert "checked as exceed" in said and "above: 5.2% in 全国2024" in said and "国内生产总值增长5.2%" in said
    assert alone.select("gdp").query("year == 2023").iloc[0].verdict == "unclear"


@pytest.mark.parametrize("named", ["公共财政预算收入", "地方财政一般预算收入"])
def test_the_own_name_goes_before_another_name_of_one_list(named: str) -> None:
    for items in (f"地方财政收入增长9%，{named}增长8%", f"{named}增长8%，地方财政收入增长9%"):
        text = f"一、主要目标\n今年的主要预期目标是：生产总值增长7%；{items}。"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            panel = pc.compare(labelled(text, "commitment", region="云岭市", year=2024, id="r"))
        assert panel.select("budget_revenue")["target"].dropna().tolist() == [8]


def test_a_target_of_a_term_is_no_target_of_its_first_year() -> None:
    text = "一、今年的主要目标\n五年新增城镇就业250万人。今年新增城镇就业45万人。"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        panel = pc.compare(labelled(text, "commitment", region="云岭市", year=2024, id="r"))
    assert panel.select("urban_new_jobs")["target"].dropna().tolist() == [450000]


def test_totals_of_a_term_are_told_by_the_targets_of_years_nearby() -> None:
    plans = [
        labelled(
            f"一、主要目标\n今年的主要预期目标是：{what}。", "commitment", region="云岭市", year=year, id=f"p{year}"
        )
        for year, what in ((2022, "新增城镇就业40万人"), (2023, "粮食产量30万吨"))
    ]
    review = labelled(
        "一、工作回顾\n民生持续改善。新增城镇就业246万人。", "achievement", region="云岭市", year=2024, id="r"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = pc.compare([*plans, review]).rows
    jobs = rows[(rows["indicator_id"] == "urban_new_jobs") & (rows["year"] == 2023)]
    assert jobs["outcome"].dropna().empty


def test_columns_and_offsets(panel: pc.Panel, reports: list[Report]) -> None:
    frame = panel.to_frame()
    assert tuple(frame.columns) == COLUMNS
    texts = {report.id: report.text for report in reports}
    for side in ("target", "outcome"):
        for row in frame[frame[f"{side}_text"].notna()].to_dict("records"):
            text = texts[row[f"{side}_report_id"]]
            assert text[row[f"{side}_start"] : row[f"{side}_end"]] == row[f"{side}_text"]


def test_one_cell_once(panel: pc.Panel) -> None:
    assert not panel.rows.duplicated(["place", "thing", "measure", "unit_kind", "year"]).any()


def test_status_tells_silence_from_words(panel: pc.Panel) -> None:
    rows = panel.select("resident_income").set_index(["region", "year"])
    assert rows.loc[("云岭市", 2024), "target_status"] == "qualitative"
    assert rows.loc[("云岭市", 2023), "target_status"] == "not_found"
    assert rows.loc[("云岭市", 2023), "target_report_id"] == "city_云岭市_2023"


def test_no_average_meets_a_single_year(panel: pc.Panel) -> None:
    gdp = panel.select("gdp")
    assert not gdp.outcome_text.isin(["5.9%", "5.6%"])[gdp.year == 2023].any()
    assert (panel.statements.period == "annual").all()


def test_revised_figures_are_kept(panel: pc.Panel) -> None:
    said = panel.statements
    levels = said[(said.indicator_id == "gdp") & (said.measure == "level") & (said.target_year == 2023)]
    assert {"1668.2亿元", "1671.6亿元"} <= set(levels[levels.region == "云岭市"].text)


def test_explain_shows_both_sentences(panel: pc.Panel) -> None:
    row = panel.select("gdp").query("region == '云岭市' and year == 2023").iloc[0]
    text = panel.explain(panel.to_frame().loc[row.name])
    assert "city_云岭市_2023" in text and "city_云岭市_2024" in text and "missed" in text
    with pytest.raises(pc.CompareError, match="no row"):
        panel.explain(10**9)


def test_amplification(panel: pc.Panel) -> None:
    found = panel.amplification("gdp", superiors={"云岭市": "沧岭省"}).set_index("year")
    assert found.amplification.to_dict() == {2024: 1.0, 2025: 0.5}
    with pytest.raises(pc.CompareError, match="superiors"):
        panel.amplification("gdp")
    with pytest.raises(pc.CompareError, match="no rule"):
        panel.amplification("gdp", rule="high", superiors={"云岭市": "沧岭省"})


@pytest.mark.parametrize(
    ("places", "wanted"),
    [
        # Renamed: 县 became 市 under its old code, and stays one place with its superior.
        ([("云岭县", "539901", 2023, 7), ("云岭市", "539901", 2024, 8), ("沧岭省", "530000", 2024, 6)], {2024: 2.0}),
        # Merged: the city above is gone, and the province stands above.
        ([("云岭区", "539901", 2023, 7), ("沧岭省", "530000", 2023, 6)], {2023: 1.0}),
        # A place that starts in the year of the split has nothing before it.
        ([("云岭市", "539900", 2024, 7), ("沧岭省", "530000", 2023, 6)], {}),
    ],
)
def test_amplification_over_renamed_and_merged_places(
    places: list[tuple[str, str, int, int]], wanted: dict[int, float]
) -> None:
    levels = {True: "province", False: "county"}
    reports = [
        labelled(
            f"一、主要目标\n今年的主要预期目标是：地区生产总值增长{value}%。",
            "commitment",
            region=name,
            region_code=code,
            level=levels[name.endswith("省")],
            year=year,
            id=f"{name}_{year}",
        )
        for name, code, year, value in places
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        panel = pc.compare(reports)
    found = panel.amplification("gdp").set_index("year").amplification.to_dict()
    assert found == wanted
    assert panel.rows.loc[panel.rows["region_code"] == places[0][1], "place"].nunique() == 1


def test_shapes(panel: pc.Panel) -> None:
    assert panel.pivot("地区生产总值").loc["云岭市", 2023] == 6.5
    wide = panel.wide()
    assert wide.loc[(wide.region == "云岭市") & (wide.year == 2024), "budget_revenue_target"].item() == 5
    assert not wide.duplicated(["region", "year"]).any()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of columns by the hundred
        wide.merge(pd.DataFrame({"year": [2024], "population": [3102000]}), on="year", indicator=True)
    with pytest.raises(pc.CompareError, match="neither an id nor a name"):
        panel.pivot("云岭山歌")
    assert {"group", "wordings", "count"} == set(panel.outside(1).columns)


def test_target_numbers() -> None:
    rows = pd.DataFrame({"target": [5.0, 6.0], "target_high": [6.0, None]})
    assert target_number(rows, "low").tolist() == [5, 6]
    assert target_number(rows, "middle").tolist() == [5.5, 6]
    assert target_number(rows, "as_worded").isna().tolist() == [True, False]


def test_codes_above() -> None:
    assert superior_codes("320106") == ("320100", "320000", "100000")
    assert superior_codes("310000") == ("100000",)


def test_public_name_is_callable_however_it_was_imported(reports: list[Report]) -> None:
    import policynlp as pn

    for _ in range(2):
        assert isinstance(pn.compare(reports), pn.Panel)
    assert len(pn.attention(reports, "safety")) == len(reports)


# Bad input: each a clear message.


def test_one_report_alone(reports: list[Report]) -> None:
    with pytest.warns(pc.CompareWarning, match="one report alone"):
        panel = pc.compare(reports[0])
    assert not (panel.to_frame().verdict == "met").any()


def test_reports_without_a_number_give_a_panel_without_one() -> None:
    silent = [Report.from_text("各位代表！我们要抓好生产。", region="云岭市", year=year) for year in (2023, 2024)]
    panel = pc.compare(map(load(), silent))
    assert set(panel.rows["verdict"]) <= {"no_target"} and panel.rows["target"].isna().all()
    assert "云岭市" in panel._repr_html_()


def test_two_versions(reports: list[Report]) -> None:
    other = reports[0].with_(id="city_云岭市_2023-draft")
    with pytest.warns(pc.CompareWarning, match="has two reports: .* is set aside"):
        panel = pc.compare([*reports, other])
    assert len(panel.notes) == 1


def test_years_missing(reports: list[Report]) -> None:
    with pytest.warns(pc.CompareWarning, match=r"1 reports are missing .*\(云岭市\)"):
        pc.compare([r for r in reports if r.id != "city_云岭市_2024"])


@pytest.mark.parametrize(
    ("places", "note"),
    [
        ([("云岭县", "539901", 2023), ("云岭市", "539901", 2024)], "one place by their code: 539901 云岭县 → 云岭市"),
        # 崇文区 was merged into another district at the end of 2009.
        (
            [("崇文区", "110103", 2008), ("崇文区", "110103", 2009)],
            "no longer exist .*: 崇文区 .*to 2009",
        ),
    ],
)
def test_places_that_changed(places: list[tuple[str, str, int]], note: str) -> None:
    given = [
        labelled("一、主要目标\n生产总值增长6%。", "commitment", region=name, region_code=code, year=year, id=str(year))
        for name, code, year in places
    ]
    with pytest.warns(pc.CompareWarning, match=note):
        assert pc.compare(given).rows["place"].nunique() == 1


def test_without_place(reports: list[Report]) -> None:
    with (
        pytest.warns(pc.CompareWarning, match="without region or year"),
        pytest.raises(pc.CompareError, match="no report"),
    ):
        pc.compare([reports[0].with_(region=None)])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "no reports given"),
        ([Report("text")], "not labelled"),
        (["text"], "not str"),
        ("nowhere/at/all", "no such folder"),
    ],
)
def test_unusable(given: object, message: str) -> None:
    with pytest.raises(pc.CompareError, match=message):
        pc.compare(given)  # type: ignore[arg-type]


def test_two_files_of_one_name(reports: list[Report]) -> None:
    with pytest.raises(pc.CompareError, match="two reports have the id"):
        pc.compare([reports[0], reports[1].with_(id=reports[0].id)])


def tables(folder: Path, reports: list[Report], kind: str = "parquet") -> Path:
    from policynlp import frames

    for name in ("reports", "facts", "sentences"):
        frame = getattr(frames, f"{name}_frame")(reports)
        if kind == "parquet":
            frame.to_parquet(folder / f"{name}.parquet")
        elif kind == "jsonl":
            frame.to_json(folder / f"{name}.jsonl", orient="records", lines=True, force_ascii=False, date_format="iso")
        else:
            frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
    return folder


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv"])
def test_folder_gives_what_reports_give(tmp_path: Path, reports: list[Report], panel: pc.Panel, kind: str) -> None:
    read = pc.compare(tables(tmp_path, reports, kind))
    pd.testing.assert_frame_equal(read.to_frame(), panel.to_frame())


def test_folder_of_another_version(tmp_path: Path, reports: list[Report]) -> None:
    tables(tmp_path, reports)
    facts = pd.read_parquet(tmp_path / "facts.parquet").drop(columns="period")
    facts.to_parquet(tmp_path / "facts.parquet")
    with pytest.raises(pc.CompareError, match=r"'period' is missing.*run policynlp label again"):
        pc.compare(tmp_path)
    (tmp_path / "facts.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(pc.CompareError, match="damaged"):
        pc.compare(tmp_path)
    (tmp_path / "facts.parquet").unlink()
    with pytest.raises(pc.CompareError, match="no facts table"):
        pc.compare(tmp_path)


# Files.


@pytest.mark.parametrize("ending", sorted(WRITERS))
def test_files(tmp_path: Path, reports: list[Report], panel: pc.Panel, ending: str) -> None:
    out = tmp_path / f"panel{ending}"
    compare_files(tables(tmp_path, reports), out)
    readers = {
        ".csv": pd.read_csv,
        ".dta": pd.read_stata,
        ".parquet": pd.read_parquet,
        ".jsonl": lambda path: pd.read_json(path, lines=True),
    }
    if ending in readers:
        frame = readers[ending](out)
        assert tuple(frame.columns) == COLUMNS
        assert len(frame) == len(panel)
        assert frame["target"].sum() == pytest.approx(panel.to_frame()["target"].sum())
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_unknown_ending_comes_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(pc.CompareError, match="no format for this ending; use one of"):
        compare_files(tmp_path / "nothing", tmp_path / "panel.doc")


def test_stata_labels(tmp_path: Path, panel: pc.Panel) -> None:
    panel.write(tmp_path / "panel.dta")
    with pd.io.stata.StataReader(tmp_path / "panel.dta") as reader:
        assert reader.variable_labels()["target"].startswith("目标值")


def test_workbook_is_inert(tmp_path: Path, panel: pc.Panel) -> None:
    import zipfile

    panel.write(tmp_path / "panel.xlsx")
    with zipfile.ZipFile(tmp_path / "panel.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "<autoFilter" in sheet and 'state="frozen"' in sheet
    assert "'sentences'!C2" in sheet.replace("&apos;", "'")


def test_page_escapes(tmp_path: Path, example: Path) -> None:
    text = "一、2023年工作回顾\n<script>alert(1)</script>地区生产总值增长5%。"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        panel = pc.compare(load()(Report.from_text(text, region="<b>岭市", year=2024, id='x"><i>')))
    panel.to_html(tmp_path / "panel.html")
    page = (tmp_path / "panel.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page and "<b>岭市" not in page and "<i>" not in page
    assert "http://" not in page and "https://" not in page


def test_plot(panel: pc.Panel) -> None:
    pytest.importorskip("matplotlib")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = panel.plot("gdp", ["云岭市"])
    assert len(figure.axes) == 1
    with pytest.raises(pc.CompareError, match="no figure"):
        panel.plot("gdp", ["别处"])


# Words.


def test_user_catalogue(tmp_path: Path, reports: list[Report]) -> None:
    own = tmp_path / "mine.tsv"
    own.write_text("id\tnames\tpolarity\tmeasure\tunit\nlift\t增设既有住宅电梯\tmore\tgrowth\t部\n", encoding="utf-8")
    panel = pc.compare(reports, catalogue=own)
    assert panel.pivot("lift", "verdict").loc["云岭市", 2023] == "missed"
    own.write_text("id\tname\n", encoding="utf-8")
    with pytest.raises(DataFileError, match="unknown column"):
        pc.compare(reports, catalogue=own)


@pytest.mark.parametrize(
    ("wording", "wanted"),
    [
        ("（1）国内生产总值", "gdp"),
        ("初步核算全省地区生产总值", "gdp"),
        ("生产总值要力保", "gdp"),
        ("经济增长预期目标", "gdp"),
        ("城镇调查失业率平均", "surveyed_unemployment"),
        ("城镇登记失业率处于", "registered_unemployment"),
        ("物价上涨幅度", "cpi"),
        ("万元地区生产总值平均耗水量", None),
        ("国内生产总值平均每", None),
        ("增加值占全省生产总值", None),
        ("单位地区生产总值能耗", "energy_intensity"),
    ],
)
def test_wordings(wording: str, wanted: str | None) -> None:
    assert find_indicator(wording, shipped()) == wanted


def test_lost_subjects() -> None:
    assert subject_before("全省生产总值6.5万亿元，总量折合超过1万亿美元，比上年增长", shipped()) == "gdp"
    assert subject_before("占全省生产总值的比重提高，文旅消费增长", shipped()) is None


def test_a_place_of_unknown_level_is_compared() -> None:
    then = "一、2023年工作安排\n今年的主要预期目标是：地区生产总值增长6%左右。\n"
    now = "一、2023年工作回顾\n2023年，地区生产总值增长5.1%。\n"
    nlp = load("linear")
    given = [nlp(Report.from_text(t, id=str(y), region="某地", year=y)) for t, y in ((then, 2023), (now, 2024))]
    assert all(report.level is None for report in given)
    frame = pc.compare(given).to_frame()
    assert frame[(frame["indicator_id"] == "gdp") & (frame["year"] == 2023)]["verdict"].tolist() == ["missed"]


def test_likeness() -> None:
    assert likeness("新建农村公路", "新改建农村公路") >= ALIKE
    assert likeness("新建农村公路", "新建农村学校") == 0
    assert likeness("亿元以上项目", "10亿元以上项目") == 0
