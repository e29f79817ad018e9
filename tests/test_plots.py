"""Plots: what they draw, that every glyph is there, and that they stay vectors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import policynlp as pn
from policynlp.report import Report

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install 'policynlp[plot]'")
from policynlp.show.fonts import chinese_style, register  # noqa: E402
from policynlp.show.plots import plot_learning_curve, plot_places, plot_ribbon  # noqa: E402


@pytest.fixture(scope="module")
def report(example: Path) -> Report:
    return pn.load()(pn.read_report(example / "city_云岭市_2024.txt"))


def panel(*rows: tuple[str, float, float, float]) -> Any:
    frame = pd.DataFrame(rows, columns=["region", "target", "target_high", "outcome"])
    frame = frame.assign(year=2024, unit="%", indicator="地区生产总值", measure="growth")
    return SimpleNamespace(select=lambda indicator, measure: frame)


PLACES = panel(("甲省", 6.0, np.nan, 5.5), ("乙市", 5.0, 5.5, np.nan), ("丙自治区", 7.0, np.nan, 7.2))
RUNS = pd.DataFrame({"model": list("aabb"), "size": [1, 1, 1, 2], "score": [0.4, 0.6, 0.7, 0.8]})
FIGURES: dict[str, Callable[[Report], Any]] = {
    "ribbon": plot_ribbon,
    "places": lambda report: plot_places(PLACES, "gdp", 2024),
    "curve": lambda report: plot_learning_curve(RUNS),
}


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
@pytest.mark.parametrize("name", FIGURES)
def test_no_glyph_is_missing_and_vectors_stay_vectors(name: str, kind: str, report: Report, tmp_path: Path) -> None:
    path = tmp_path / f"figure.{kind}"
    with warnings.catch_warnings():
        # matplotlib warns of each glyph that no font has.
        warnings.filterwarnings("error", message="Glyph")
        FIGURES[name](report).savefig(path)
    if kind == "svg":
        assert "<image" not in path.read_text(encoding="utf-8")
    if kind == "pdf":
        assert b"/Subtype /Image" not in path.read_bytes()


def test_the_font_has_every_character_of_gb2312() -> None:
    from matplotlib import font_manager, ft2font

    known = ft2font.FT2Font(font_manager.findfont(register())).get_charmap()
    codes = [bytes([row, cell]) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF)]
    letters = set("".join(code.decode("gb2312", "ignore") for code in codes))
    assert len(letters) > 6700 and not {letter for letter in letters if ord(letter) not in known}
    assert all(ord(letter) in known for letter in "−–—…“”≥≤％")


def test_nothing_outside_the_style_changes() -> None:
    before = dict(matplotlib.rcParams)
    with chinese_style(font_size=7):
        assert matplotlib.rcParams["font.size"] == 7
    assert dict(matplotlib.rcParams) == before


def test_the_ribbon_shows_every_labelled_sentence_and_shares_of_a_hundred(report: Report) -> None:
    shares, sentences = plot_ribbon(report).axes
    assert sum(len(bars.get_paths()) for bars in sentences.collections) == len(report.sentences)
    top = shares.collections[-1].get_paths()[0].vertices[:, 1]
    assert top.max() == pytest.approx(100)
    assert {layer.get_hatch() or "" for layer in shares.collections} == {"", "////", "...."}
    assert [text.get_text() for text in shares.texts] == ["2023年工作回顾", "2024年工作安排", "2024年重点工作"]


def test_a_report_without_labels_says_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"policynlp\.load"):
        plot_ribbon(Report.from_text("各位代表："))


def test_places_are_sorted_by_what_was_reached() -> None:
    figure = plot_places(PLACES, "gdp", 2024)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["乙市", "甲省", "丙自治区"]
    assert figure.get_suptitle() == "2024年地区生产总值（增速）" and axes.get_xlabel() == "%"


@pytest.mark.parametrize("value", ["target", "outcome"])
def test_one_side_alone(value: str) -> None:
    (axes,) = plot_places(PLACES, "gdp", 2024, value=value).axes
    assert len(axes.get_yticks()) == (3 if value == "target" else 2)


def test_places_of_the_example(example: Path) -> None:
    nlp = pn.load()
    real = pn.compare([nlp(report) for report in pn.read_reports(example)])
    (axes,) = plot_places(real, "gdp", 2024).axes
    assert {label.get_text() for label in axes.get_yticklabels()} == {"云岭市", "沧岭省"}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plot_places(PLACES, "gdp", 1999), "1999"),
        (lambda: plot_places(PLACES, "gdp", 2024, value="gap"), "target, outcome or both"),
        (lambda: plot_learning_curve(pd.DataFrame({"size": [1]})), "score"),
        (lambda: plot_learning_curve(RUNS.iloc[:0]), "no row"),
    ],
)
def test_what_cannot_be_drawn_says_why(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_a_line_runs_through_the_means() -> None:
    lines = plot_learning_curve(RUNS).axes[0].lines
    assert [line.get_ydata().round(2).tolist() for line in lines] == [[0.5], [0.7, 0.8]]
