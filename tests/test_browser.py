"""The pages as a person uses them: in headless Chromium, by mouse and by keyboard, judged by axe-core."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import policynlp as pn
from policynlp.report import LABELS, Report

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install -e '.[test]'")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"wide": {"width": 1400, "height": 1000}, "narrow": {"width": 390, "height": 844}}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def report(example: Path) -> Report:
    return pn.load("linear")(pn.read_report(example / "city_云岭市_2024.txt"))


# Every kind of thing that a page shows, and little of it: axe-core's time grows with the page.
SHORT = """政府工作报告
各位代表：
一、2023年工作回顾
（一）产业升级
地区生产总值达到1668.2亿元、增长5.4%，总量居全省第四位。
二、存在的问题
民生领域还有不少短板，就业压力较大。
三、2024年工作安排
（一）主要目标
地区生产总值增长6%左右，城镇新增就业2万人以上，居民收入与经济增长同步。
谢谢大家！
"""


@pytest.fixture(scope="module")
def folder(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    report.to_html(folder / "report.html")
    short = pn.load("linear")(Report.from_text(SHORT, region="云岭市", year=2024))
    assert {s.label for s in short.sentences} == set(LABELS) and short.commitments
    short.to_html(folder / "short.html")
    notebook = f'<!DOCTYPE html><html lang="zh"><title>x</title><body><main>{short._repr_html_()}</main></body></html>'
    (folder / "short_notebook.html").write_text(notebook, encoding="utf-8")
    notebook = notebook.replace(short._repr_html_(), report._repr_html_())
    (folder / "notebook.html").write_text(notebook, encoding="utf-8")
    return folder


THEN = "二、2023年工作安排\n今年的主要预期目标是：地区生产总值增长6%左右，粮食产量30万吨以上。\n"
NOW = "一、2023年工作回顾\n2023年，地区生产总值增长5.1%，粮食产量达到31.2万吨。<script>alert(1)</script>\n"
SHOWN = ("panel", "attention", "result")


@pytest.fixture(scope="module")
def outputs(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a panel, attention and a result show of themselves, each in a light and in a dark notebook."""
    nlp, place = pn.load("linear"), '<b id="x">山&</b>'
    reports = [
        nlp(Report.from_text(text, id=str(year), region=place, year=year)) for year, text in ((2023, THEN), (2024, NOW))
    ]
    result = pn.evaluate(nlp, *sorted(example.glob("*云岭市_2024*.jsonl")), texts=example)
    result.notes.append(place)
    folder = tmp_path_factory.mktemp("outputs")
    panel = pn.compare(reports)
    panel.to_html(folder / "panel_page.html")
    for name, thing in zip(SHOWN, (panel, pn.attention(reports), result), strict=True):
        for scheme, theme in (("light", ""), ("dark", ' data-theme="dark" style="background:#14181d"')):
            page = f'<!DOCTYPE html><html lang="zh"{theme}><meta charset="utf-8"><title>x</title><body><main>'
            page += f"{thing._repr_html_()}</main></body></html>"
            (folder / f"{name}_{scheme}.html").write_text(page, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """One page, with everything it asked for and complained of."""

    def __init__(
        self, browser: Any, path: Path, size: str = "wide", scheme: str = "light", script: bool = True
    ) -> None:
        self.context = browser.new_context(viewport=SIZES[size], color_scheme=scheme, java_script_enabled=script)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())

    def __enter__(self) -> Any:
        return self.page

    def __exit__(self, *error: object) -> None:
        self.context.close()
        if error[0] is None:
            assert self.complaints == []
            assert len(self.requests) == 1, self.requests


def violations(page: Any) -> list[str]:
    axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    # Through the protocol, since the page's own policy lets no other script in.
    page.evaluate(f"() => {{ {axe} }}")
    found = page.evaluate("(tags) => axe.run(document, {runOnly: tags})", RULES)
    assert len(found["passes"]) > 15
    return [f"{item['id']}: {node['html'][:120]}" for item in found["violations"] for node in item["nodes"][:3]]


def shown(page: Any) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('main .s')].filter(s => s.checkVisibility()).map(s => s.id)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["short.html", "short_notebook.html"])
def test_wcag_aa(browser: Any, folder: Path, name: str, size: str, scheme: str) -> None:
    with Visit(browser, folder / name, size, scheme) as page:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.locator(".s.commitment:has(.tip a)").first.focus()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SHOWN)
def test_outputs_wcag_aa(browser: Any, outputs: Path, name: str, size: str, scheme: str) -> None:
    with Visit(browser, outputs / f"{name}_{scheme}.html", size) as page:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
        assert page.evaluate(
            "[...document.querySelectorAll('.scroll')].every(box => box.scrollWidth <= box.clientWidth)"
        ), "something scrolls sideways"
        assert page.locator("main script, #x").count() == 0
        dark = page.evaluate("getComputedStyle(document.querySelector('.pn-report')).backgroundColor")
        assert (dark == "rgb(20, 24, 29)") == (scheme == "dark")


def test_a_panel_opens_on_its_sentences(browser: Any, outputs: Path) -> None:
    with Visit(browser, outputs / "panel_light.html", script=False) as page:
        row = page.locator("tr:has(.verdict.missed)")
        assert row.locator("mark:visible").count() == 0
        row.locator("summary").click()
        assert row.locator("mark:visible").all_inner_texts() == ["6%左右", "5.1%"]


def test_a_cell_of_the_panel_page_opens_on_both_sentences(browser: Any, outputs: Path) -> None:
    with Visit(browser, outputs / "panel_page.html") as page:
        row = page.locator("tr:has(.verdict.missed)")
        assert row.locator("mark:visible").count() == 0
        row.locator(".verdict.missed").click()
        assert row.locator("mark:visible").all_inner_texts() == ["6%左右", "5.1%"]
        assert "今年的主要预期目标是" in row.inner_text() and "2023年，地区生产总值增长" in row.inner_text()
        row.locator(".verdict.missed").click()
        assert row.locator("mark:visible").count() == 0
        everything = page.locator("tbody tr").count()
        page.locator("#q").fill("粮食")
        assert 0 < page.locator("tbody tr:visible").count() < everything
        page.locator("#q").fill("")
        page.locator("#v").select_option("missed")
        assert page.locator("tbody tr:visible .verdict").all_inner_texts() == ["✗ 未达 missed"]
        page.locator("#i").select_option("grain_output")
        assert page.locator("tbody tr:visible").count() == 0
        assert page.locator("#found").inner_text() == f"0 / {everything}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_panel_page_wcag_aa(browser: Any, outputs: Path, size: str, scheme: str) -> None:
    with Visit(browser, outputs / "panel_page.html", size, scheme) as page:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]


def test_axe_would_notice(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "short.html") as page:
        page.evaluate(
            "document.querySelector('.about').style.color = '#ccc'; document.getElementById('q').ariaLabel = ''"
        )
        assert any(line.startswith("color-contrast") for line in violations(page))


@pytest.mark.parametrize("script", [True, False])
def test_a_tip_shows_on_hover(browser: Any, folder: Path, report: Report, script: bool) -> None:
    name = "report.html" if script else "notebook.html"
    with Visit(browser, folder / name, script=script) as page:
        number = page.locator(".f.target").first
        number.scroll_into_view_if_needed()
        number.hover()
        tips = page.locator(".tip:visible")
        assert tips.count() == 1
        assert all(word in tips.inner_text() for word in ("指标", "数值", "口径", "年份"))
        box, frame = tips.bounding_box(), page.locator("p:has(.f.target)").first.bounding_box()
        assert box["x"] >= frame["x"] - 1 and box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
        page.mouse.move(0, 0)
        assert page.locator(".tip:visible").count() == 0


def test_labels_filter_by_click(browser: Any, folder: Path, report: Report) -> None:
    with Visit(browser, folder / "report.html") as page:
        page.locator(".label.achievement").click()
        kept = [f"s{s.id}" for s in report.sentences if s.label != "achievement"]
        assert shown(page) == kept
        assert page.locator("#found").inner_text() == f"{len(kept)} / {len(report.sentences)} 句"
        page.locator(".label.achievement").click()
        assert len(shown(page)) == len(report.sentences)
        assert page.locator("#found").inner_text() == ""


def test_search_section_and_indicator_narrow_together(browser: Any, folder: Path, report: Report) -> None:
    with Visit(browser, folder / "report.html") as page:
        page.locator("#q").fill("就业")
        assert shown(page) == [f"s{s.id}" for s in report.sentences if "就业" in s.text]
        page.locator("#i").select_option("urban_new_jobs")
        with_jobs = {f.sentence for f in report.facts if f.indicator_id == "urban_new_jobs"}
        wanted = [s for s in report.sentences if "就业" in s.text and s.id in with_jobs]
        assert shown(page) == [f"s{s.id}" for s in wanted]
        section = wanted[-1].section
        page.locator("#c").select_option(str(section))
        assert shown(page) == [f"s{s.id}" for s in wanted if s.section == section]
        headings = page.locator("main h3:visible, main h4:visible").all_inner_texts()
        assert len(headings) <= len(wanted)
        page.locator("#q").fill("没有这样的词")
        assert shown(page) == []


def test_search_reaches_over_a_number(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "report.html") as page:
        page.locator("#q").fill("增长5.4%，略低")
        assert len(shown(page)) == 1
        assert page.evaluate("[...CSS.highlights.get('pn-found')].map(String).join()").startswith("增长5.4%")


def test_keys_walk_through_sentences_and_numbers(browser: Any, folder: Path, report: Report) -> None:
    focused = "document.activeElement.id"
    with Visit(browser, folder / "report.html") as page:
        page.locator(f"#s{report.sentences[0].id}").focus()
        page.keyboard.press("ArrowDown")
        assert page.evaluate(focused) == f"s{report.sentences[1].id}"
        assert page.locator(".tip:visible").count() == (1 if report.sentences[1].label else 0)
        page.keyboard.press("End")
        assert page.evaluate(focused) == f"s{report.sentences[-1].id}"
        first = report.facts[0]
        page.locator(f"#s{first.sentence}").focus()
        page.keyboard.press("Tab")
        assert page.evaluate(focused) == f"f{first.id}"
        assert page.locator(f"#t{first.id}").is_visible()
        page.keyboard.press("Escape")
        assert page.locator(".tip:visible").count() == 0


def test_one_tab_stop_in_the_text(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "report.html") as page:
        assert page.locator("main .s[tabindex='0']").count() == 1


def test_a_commitment_leads_to_its_target(browser: Any, folder: Path, report: Report) -> None:
    commitment = next(c for c in report.commitments if c.targets)
    with Visit(browser, folder / "report.html") as page:
        page.locator("#commitments > summary").click()
        page.locator(f"#commitments a[href='#f{commitment.targets[0].id}']").click()
        assert page.evaluate("document.activeElement.id") == f"f{commitment.targets[0].id}"
        assert page.locator(f"#t{commitment.targets[0].id}").is_visible()


def test_a_section_folds_by_key(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "report.html") as page:
        before = len(shown(page))
        page.locator("details.section summary").nth(1).focus()
        page.keyboard.press("Enter")
        assert len(shown(page)) < before


def test_light_and_dark_by_hand(browser: Any, folder: Path) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    with Visit(browser, folder / "report.html", scheme="dark") as page:
        dark = page.evaluate(paper)
        page.locator("#theme").click()
        light = page.evaluate(paper)
        page.locator("#theme").click()
        assert light == "rgb(255, 255, 255)" and page.evaluate(paper) == dark != light


def test_paper_shows_all_text_and_no_tools(browser: Any, folder: Path, report: Report) -> None:
    with Visit(browser, folder / "report.html") as page:
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert page.locator(".tools:visible, .tip:visible").count() == 0
        assert len(shown(page)) == len(report.sentences)
        assert page.locator("#facts tbody tr:visible").count() == len(report.facts)


def test_labels_are_told_apart_without_colour(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "report.html") as page:
        signs = page.evaluate(
            "['achievement','problem','commitment','other'].map(l =>"
            " document.querySelector('.s.'+l+' .sign').textContent)"
        )
        assert len(set(signs)) == 4
        patterns = page.evaluate(
            "['achievement','problem','commitment'].map(l =>"
            " getComputedStyle(document.querySelector('.ribbon .'+l)).backgroundImage)"
        )
        assert len(set(patterns)) == 3


def test_four_hundred_sentences_without_lag(browser: Any, report: Report, tmp_path: Path) -> None:
    times = -(-400 // len(report.sentences))
    text = "\n".join([report.text] * times)
    large = pn.load("linear")(Report.from_text(text, region=report.region, year=report.year))
    assert len(large.sentences) >= 400
    large.to_html(tmp_path / "large.html")
    start = time.perf_counter()
    with Visit(browser, tmp_path / "large.html") as page:
        page.locator("#q").wait_for()
        assert time.perf_counter() - start < 5
        typed = page.evaluate(
            "() => { const q = document.getElementById('q'); const start = performance.now(); q.value = '增长';"
            " q.dispatchEvent(new Event('input')); document.body.offsetHeight; return performance.now() - start; }"
        )
        # A key stroke that filters all sentences; 100 ms feel instant, and the machine of the tests may be busy.
        assert typed < 500
