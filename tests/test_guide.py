"""The guide's worked examples hold what the guide and the library say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from policynlp.report import BOUNDS, LABELS, MEASURES, MODALITIES, PERIODS, ROLES

GUIDE = Path(__file__).parents[1] / "corpus" / "GUIDE.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GUIDE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and line.split("|")[1].strip().isdigit()
]
LABEL_ROWS = [row for row in ROWS if len(row) == 5]
FACT_ROWS = [row for row in ROWS if len(row) == 10]
TIME_ROWS = [row for row in ROWS if len(row) == 8]
RULINGS = GUIDE.read_text(encoding="utf-8").split("## 4.")[1].split("## 5.")[0]
PARTS = ("front", "review", "problems", "plan", "closing", "appendix")
CHINESE, ENGLISH = re.compile("[\u4e00-\u9fff]"), re.compile("[A-Za-z]{2}")


def test_examples_are_many_and_numbered() -> None:
    assert len(ROWS) >= 60
    assert [int(row[0]) for row in ROWS] == list(range(1, len(ROWS) + 1))
    assert len(LABEL_ROWS) + len(FACT_ROWS) + len(TIME_ROWS) == len(ROWS)
    sentences = [row[2] for row in LABEL_ROWS]
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("row", LABEL_ROWS, ids=[row[0] for row in LABEL_ROWS])
def test_labels(row: list[str]) -> None:
    assert row[3] in LABELS
    assert row[1] in PARTS


@pytest.mark.parametrize("row", FACT_ROWS, ids=[row[0] for row in FACT_ROWS])
def test_facts(row: list[str]) -> None:
    _, sentence, text, _, measure, value, _, bound, modality, _ = row
    assert text in sentence
    assert measure in MEASURES and bound in BOUNDS and modality in MODALITIES
    assert bool(value) is (measure != "qualitative")


@pytest.mark.parametrize("row", TIME_ROWS, ids=[row[0] for row in TIME_ROWS])
def test_roles_periods_and_years(row: list[str]) -> None:
    _, part, sentence, text, role, period, year, _ = row
    assert text in sentence and part in PARTS
    assert role in ROLES and period in PERIODS and 1949 < int(year) < 2100


def test_every_ruling_stands_in_both_languages() -> None:
    rulings = [part.strip() for part in re.split(r"^\d+\. ", RULINGS, flags=re.MULTILINE)[1:]]
    assert len(rulings) == 18
    for ruling in rulings:
        lines = [re.sub(r"`[^`]*`", "", line) for line in ruling.splitlines()]
        assert any(len(ENGLISH.findall(line)) > 4 for line in lines), ruling
        assert any(len(CHINESE.findall(line)) > 2 * len(ENGLISH.findall(line)) + 8 for line in lines), ruling


def test_every_label_and_measure_has_examples() -> None:
    assert {row[3] for row in LABEL_ROWS} == set(LABELS)
    assert {row[4] for row in FACT_ROWS} == set(MEASURES)
    assert {row[7] for row in FACT_ROWS} == set(BOUNDS)
    assert {row[8] for row in FACT_ROWS} == set(MODALITIES)
    assert {row[4] for row in TIME_ROWS} == set(ROLES)
    assert {row[5] for row in TIME_ROWS} == set(PERIODS)


@pytest.mark.shared
def test_no_example_is_copied(shared: Path) -> None:
    texts = "\n".join(
        path.read_text(encoding="utf-8", errors="replace")
        for folder in ("gold", "as_found")
        for path in (shared / "reports" / folder).glob("*.txt")
    )
    # Set phrases of the genre are nobody's; longer examples must be ours.
    copied = [row[2] for row in LABEL_ROWS if len(row[2]) > 14 and row[2] in texts]
    copied += [row[1] for row in FACT_ROWS if len(row[1]) > 14 and row[1] in texts]
    copied += [row[2] for row in TIME_ROWS if len(row[2]) > 14 and row[2] in texts]
    assert not copied
