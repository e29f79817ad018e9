"""The guide's worked examples hold what the guide and the library say."""

from __future__ import annotations

from pathlib import Path

import pytest

from policynlp.report import BOUNDS, LABELS, MEASURES, MODALITIES

GUIDE = Path(__file__).parents[1] / "corpus" / "GUIDE.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GUIDE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and line.split("|")[1].strip().isdigit()
]
LABEL_ROWS = [row for row in ROWS if len(row) == 5]
FACT_ROWS = [row for row in ROWS if len(row) == 10]


def test_examples_are_many_and_numbered() -> None:
    assert len(ROWS) >= 60
    assert [int(row[0]) for row in ROWS] == list(range(1, len(ROWS) + 1))
    assert len(LABEL_ROWS) + len(FACT_ROWS) == len(ROWS)
    sentences = [row[2] for row in LABEL_ROWS]
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("row", LABEL_ROWS, ids=[row[0] for row in LABEL_ROWS])
def test_labels(row: list[str]) -> None:
    assert row[3] in LABELS
    assert row[1] in ("front", "review", "problems", "plan", "closing", "appendix")


@pytest.mark.parametrize("row", FACT_ROWS, ids=[row[0] for row in FACT_ROWS])
def test_facts(row: list[str]) -> None:
    _, sentence, text, _, measure, value, _, bound, modality, _ = row
    assert text in sentence
    assert measure in MEASURES and bound in BOUNDS and modality in MODALITIES
    assert bool(value) is (measure != "qualitative")


def test_every_label_and_measure_has_examples() -> None:
    assert {row[3] for row in LABEL_ROWS} == set(LABELS)
    assert {row[4] for row in FACT_ROWS} == set(MEASURES)
    assert {row[7] for row in FACT_ROWS} == set(BOUNDS)
    assert {row[8] for row in FACT_ROWS} == set(MODALITIES)


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
    assert not copied
