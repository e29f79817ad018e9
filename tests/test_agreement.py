"""Agreement: published examples of the coefficients, independent references on random readings, and what is listed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from policynlp.evaluate import agreement
from policynlp.evaluate.agree import cohen_kappa, fleiss_kappa, krippendorff_alpha
from policynlp.evaluate.gold import GoldFact, GoldReport, GoldSentence
from policynlp.report import LABELS

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, C: four observers, twelve units, gaps; alpha 0.743.
KRIPPENDORFF = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


def units_of(rows: tuple[str, ...]) -> list[list[str | None]]:
    return [[None if value == "." else value for value in column] for column in zip(*map(str.split, rows), strict=True)]


def test_krippendorffs_own_example() -> None:
    assert krippendorff_alpha(units_of(KRIPPENDORFF)) == 0.743


# Fleiss' worked example as it stands in Wikipedia: fourteen raters, ten subjects, five categories; kappa 0.210.
TEN = [
    (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
]  # fmt: skip


def test_fleiss_worked_example() -> None:
    units = [[str(value) for value, count in enumerate(row) for _ in range(count)] for row in TEN]
    assert fleiss_kappa(units) == 0.21


@pytest.mark.parametrize("seed", range(10))
def test_cohen_agrees_with_scikit_learn(seed: int) -> None:
    generator = np.random.default_rng(seed)
    first = generator.choice(LABELS, 60).tolist()
    second = [a if generator.random() < 0.6 else str(generator.choice(LABELS)) for a in first]
    assert cohen_kappa(first, second) == pytest.approx(cohen_kappa_score(first, second), abs=6e-4)


@pytest.mark.parametrize("seed", range(10))
def test_alpha_agrees_with_its_definition(seed: int) -> None:
    """One less the share of unequal pairs within units over that among all readings, written out as loops."""
    generator = np.random.default_rng(seed)
    units = [
        [None if generator.random() < 0.2 else str(generator.choice(LABELS, p=(0.5, 0.2, 0.2, 0.1))) for _ in range(3)]
        for _ in range(30)
    ]
    kept = [[value for value in unit if value is not None] for unit in units]
    kept = [unit for unit in kept if len(unit) > 1]
    everything = [value for unit in kept for value in unit]
    n = len(everything)
    seen = sum(sum(a != b for a in unit for b in unit) / (len(unit) - 1) for unit in kept) / n
    chance = sum(a != b for a in everything for b in everything) / (n * (n - 1))
    assert krippendorff_alpha(units) == pytest.approx(1 - seen / chance, abs=6e-4)


@pytest.mark.parametrize("seed", range(10))
def test_coefficients_agree_with_libraries(seed: int) -> None:
    """The packages krippendorff (its licence keeps it out of what we depend on) and statsmodels, where installed."""
    generator = np.random.default_rng(seed)
    table = [[str(generator.choice(LABELS, p=(0.5, 0.2, 0.2, 0.1))) for _ in range(4)] for _ in range(50)]
    gaps = [[None if generator.random() < 0.3 else value for value in row] for row in table]
    raters = pytest.importorskip("statsmodels.stats.inter_rater", reason="statsmodels is not installed")
    counts, _ = raters.aggregate_raters(np.array([[LABELS.index(value) for value in row] for row in table]), n_cat=4)
    assert fleiss_kappa(table) == pytest.approx(raters.fleiss_kappa(counts), abs=6e-4)
    first, second = [row[0] for row in table], [row[1] for row in table]
    square = np.array([[sum(p == (a, b) for p in zip(first, second, strict=True)) for b in LABELS] for a in LABELS])
    assert cohen_kappa(first, second) == pytest.approx(raters.cohens_kappa(square).kappa, abs=6e-4)
    theirs = pytest.importorskip("krippendorff", reason="krippendorff is not installed")
    data = [[np.nan if row[i] is None else LABELS.index(str(row[i])) for row in gaps] for i in range(4)]
    alpha = theirs.alpha(reliability_data=data, level_of_measurement="nominal", value_domain=range(4))
    assert krippendorff_alpha(gaps) == pytest.approx(alpha, abs=6e-4)


@pytest.mark.parametrize("seed", range(3))
def test_intervals_agree_with_drawing_reports_and_calling_scikit_learn(seed: int) -> None:
    generator = np.random.default_rng(seed)
    readings: dict[str, list[tuple[str, str]]] = {}
    for name in (f"r{i}" for i in range(8)):
        alike = generator.uniform(0.5, 1)
        pairs = [(str(generator.choice(LABELS)), str(generator.choice(LABELS))) for _ in range(30)]
        readings[name] = [(a, a if generator.random() < alike else b) for a, b in pairs]
    marks = {label: label[0] for label in LABELS}
    sets = {
        reader: {n: reading("".join(marks[p[i]] for p in pairs), name=n) for n, pairs in readings.items()}
        for i, reader in enumerate("AB")
    }
    ours = agreement(sets, facts=False).labels["cohen"]
    names, drawn = list(readings), []
    for _ in range(400):
        pairs = [pair for i in generator.integers(0, len(names), len(names)) for pair in readings[names[i]]]
        drawn.append(cohen_kappa_score([a for a, _ in pairs], [b for _, b in pairs]))
    assert (ours.low, ours.high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.03)


def test_unequal_numbers_of_readings() -> None:
    with pytest.raises(ValueError, match="same number of readings"):
        fleiss_kappa([("a", "b"), ("a", "b", "b")])
    with pytest.raises(ValueError, match="same number of readings"):
        fleiss_kappa([("a",), ("b",)])


FACT = GoldFact("r", 0, 4, 6, "学校", "level", 3, None, "所", "eq", "firm", "annual", "outcome", 2023)


def reading(labels: str, *facts: GoldFact, name: str = "r") -> GoldReport:
    known = {label[0]: label for label in LABELS}
    sentences = [GoldSentence(name, 10 * i, 10 * i + 10, known[mark]) for i, mark in enumerate(labels)]
    return GoldReport(name, sentences, list(facts))


def test_what_readers_differ_on_is_listed() -> None:
    a = reading("aapc", FACT, replace(FACT, start=14, end=16))
    b = reading("aaoc", replace(FACT, bound="gt", start=3), replace(FACT, start=24, end=27))
    both = agreement({"A": {"r": a}, "B": {"r": b}})
    listed = {(row["what"], row["field"], row["start"], row["A"], row["B"]) for row in both.disagreements}
    assert listed == {
        ("label", "label", 20, "problem", "other"),
        ("fact", "start", 4, 4, 3),
        ("fact", "bound", 4, "eq", "gt"),
        ("fact", "fact", 14, "学校", None),
        ("fact", "fact", 24, None, "学校"),
    }
    assert both.labels["agreement"].value == 0.75
    assert both.facts["f1"].value == 0.5
    assert both.facts["bound"].value == 0
    assert both.facts["unit"].value == 1
    assert len(both.disagreements_frame()) == 5
    assert set(both.to_frame()["part"]) == {"labels", "facts"}
    assert "5 disagreements" in str(both)


def test_reports_without_facts_do_not_widen_the_intervals_of_facts() -> None:
    """Eight reports read for labels, of two the facts too: a draw of the other six says nothing about facts."""
    facts = [replace(FACT, start=i, end=i + 2, value=i) for i in (4, 14, 24)]
    a = {f"r{i}": reading("aapc", *(facts if i < 2 else ()), name=f"r{i}") for i in range(8)}
    b = {f"r{i}": reading("aapc", *(facts[: 3 - i] if i < 2 else ()), name=f"r{i}") for i in range(8)}
    score = agreement({"A": a, "B": b}).facts["f1"]
    assert (score.value, score.low, score.high) == pytest.approx((10 / 11, 0.8, 1))


def test_three_readers_of_facts() -> None:
    """Spans of all three at once, facts by pairs of readers, one row for what any of them has otherwise."""
    second = replace(FACT, start=14, end=16, sentence_start=10)
    sets = {
        "A": {"r": reading("aa", FACT, second)},
        "B": {"r": reading("aa", replace(FACT, bound="gt"), second)},
        "C": {"r": reading("aa", replace(FACT, unit="座"))},
    }
    three = agreement(sets)
    listed = [(row["start"], row["field"], row["A"], row["B"], row["C"]) for row in three.disagreements]
    assert listed == [(4, "unit", "所", "所", "座"), (4, "bound", "eq", "gt", "eq"), (14, "fact", "学校", "学校", None)]
    # Pairs: A and B share 2 facts of 4, A and C 1 of 3, B and C 1 of 3: 8 of 10.
    assert three.facts["f1"].value == pytest.approx(0.8)
    assert three.facts["bound"].value == pytest.approx(2 / 4)
    inside = [[int(a <= i < b) for i in range(20) for a, b in [(4, 6)]] for _ in range(3)]
    for row in inside[:2]:
        row[14:16] = [1, 1]
    units = [[str(value) for value in column] for column in zip(*inside, strict=True)]
    assert three.facts["span_alpha"].value == pytest.approx(krippendorff_alpha(units), abs=6e-4)
    assert three.facts["span_fleiss"].value == pytest.approx(fleiss_kappa(units), abs=6e-4)
    two = agreement({name: sets[name] for name in "AC"})
    expected = cohen_kappa_score(inside[0], inside[2])
    assert two.facts["span_cohen"].value == pytest.approx(expected)


def test_what_a_reader_did_not_read_is_no_disagreement_on_spans() -> None:
    """B labelled the first sentence only; C labelled no facts at all."""
    a = reading("aa", FACT, replace(FACT, start=14, end=16, sentence_start=10))
    sets = {"A": {"r": a}, "B": {"r": reading("a", FACT)}, "C": {"r": reading("aa")}}
    both = agreement(sets)
    assert both.facts["span_alpha"].value == 1
    assert "span_fleiss" not in both.facts
    assert [(row["field"], row["start"]) for row in both.disagreements] == []


def test_sentences_cut_otherwise_are_listed() -> None:
    a = GoldReport("r", [GoldSentence("r", 0, 10, "other"), GoldSentence("r", 10, 20, "problem")])
    b = GoldReport("r", [GoldSentence("r", 0, 4, "other"), GoldSentence("r", 4, 10, "other"), a.sentences[1]])
    both = agreement({"A": {"r": a}, "B": {"r": b}})
    listed = [(row["field"], row["start"], row["end"], row["A"], row["B"]) for row in both.disagreements]
    assert listed == [("cut", 0, 4, None, "other"), ("cut", 0, 10, "other", None), ("cut", 4, 10, None, "other")]
    assert both.sentences == 1


def test_intervals_draw_reports() -> None:
    names = [f"r{i}" for i in range(12)]
    a = {name: reading("aaccpo" * 5, name=name) for name in names}
    b = {name: reading(("aaccpo" if i % 2 else "acccoo") * 5, name=name) for i, name in enumerate(names)}
    score = agreement({"A": a, "B": b}).labels["alpha"]
    assert score.low is not None and score.high is not None
    assert score.low < score.value < score.high
    alone = agreement({"A": {"r0": a["r0"]}, "B": {"r0": b["r0"]}}).labels["alpha"]
    assert alone.low is None


def test_three_readers_with_a_gap() -> None:
    sets = {name: {"r": reading(labels)} for name, labels in (("A", "aacp"), ("B", "aacp"), ("C", "aac"))}
    three = agreement(sets)
    assert three.labels["alpha"].value == 1
    assert "fleiss" not in three.labels and "cohen" not in three.labels
    assert three.sentences == 4


def test_nothing_in_common() -> None:
    with pytest.raises(ValueError, match="no report was read by two"):
        agreement({"A": {"r": reading("a")}, "B": {"s": reading("a", name="s")}})
    with pytest.raises(ValueError, match="two readers"):
        agreement({"A": {"r": reading("a")}})
