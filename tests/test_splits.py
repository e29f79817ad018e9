"""Splits keep groups whole; the leakage check finds every near-duplicate and nothing else."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policynlp.evaluate.splits import LeakageError, check_leakage, group_of, near_duplicates, shingles, split, without
from policynlp.report import Report, Sentence

REPORTS = [Report("", id=f"city_{place}市_{year}") for place, year in product("甲乙丙丁戊己", range(2018, 2024))]


@pytest.mark.parametrize("by", ["report", "place", "year"])
@pytest.mark.parametrize("seed", [0, 7])
def test_groups_stay_whole_and_nothing_is_lost(by: str, seed: int) -> None:
    parts = split(REPORTS, by, {"train": 0.6, "dev": 0.2, "test": 0.2}, seed)
    assert sorted(r.id for part in parts.values() for r in part) == sorted(r.id for r in REPORTS)
    groups = [{group_of(report, by) for report in part} for part in parts.values()]
    assert all(not a & b for i, a in enumerate(groups) for b in groups[:i])
    assert all(groups)
    assert len(parts["train"]) >= len(REPORTS) / 2


def test_by_year_never_learns_from_the_future() -> None:
    parts = split(REPORTS, "year")
    years = {name: {int(group_of(report, "year")) for report in part} for name, part in parts.items()}
    assert max(years["train"]) < min(years["test"])


def test_draws_are_seeded() -> None:
    assert split(REPORTS, "place", seed=3) == split(REPORTS, "place", seed=3)
    assert len({str(split(REPORTS, "place", seed=seed)["test"]) for seed in range(8)}) > 1


def test_metadata_come_before_the_name() -> None:
    named = Report("", id="x", region="云岭市", region_code="990100", level="city", year=2024)
    assert [group_of(named, by) for by in ("report", "place", "year")] == ["x", "990100", "2024"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"by": "decade"}, "unknown split by 'decade'; known are report, place, year"),
        ({"parts": {"train": 1, "test": 0}}, "share above 0"),
        ({"reports": REPORTS[:6]}, "1 groups by place cannot fill 2 parts"),
        ({"reports": [Report("", id="a"), Report("", id="b")], "by": "year"}, "its year is not known"),
    ],
)
def test_impossible_splits(arguments: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        split(**{"reports": REPORTS, **arguments})  # type: ignore[arg-type]


SENTENCE = "城镇新增就业2.1万人以上，守住民生底线。"


@pytest.mark.parametrize(
    ("other", "leaks"),
    [
        (SENTENCE, True),
        ("城镇新增就业3万人以上、守住民生底线！", True),  # other figures, other marks
        ("全市城镇新增就业2.1万人以上，守住民生底线。", True),  # a word in front
        ("农村新增就业2.1万人以上，守住民生底线。", False),
        ("完成投资10亿元。", False),
        ("各位代表！", False),
    ],
)
def test_what_counts_as_a_near_duplicate(other: str, leaks: bool) -> None:
    assert bool(near_duplicates([SENTENCE, "各位代表！"], [other])) is leaks


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text("就业民生底线新增", min_size=8, max_size=16), max_size=12),
    st.lists(st.text("就业民生底线新增", min_size=8, max_size=16), max_size=12),
    st.sampled_from([0.3, 0.5, 0.8, 1.0]),
)
def test_the_index_finds_what_comparing_all_pairs_finds(train: list[str], test: list[str], threshold: float) -> None:
    found = {leak.test: leak.similarity for leak in near_duplicates(train, test, threshold)}
    expected = {}
    for number, text in enumerate(test):
        a = shingles(text)
        similar = [len(a & shingles(other)) / len(a | shingles(other)) for other in train]
        if similar and max(similar) >= threshold:
            expected[number] = max(similar)
    assert found == pytest.approx(expected)


def report(name: str, *texts: str) -> Report:
    sentences, start = [], 0
    for index, text in enumerate(texts):
        sentences.append(Sentence(start, start + len(text), text, id=index))
        start += len(text)
    return Report("".join(texts), id=name, sentences=tuple(sentences))


def test_leaks_are_refused_or_returned() -> None:
    train, test = [report("a_2023", SENTENCE)], [report("a_2024", "完成投资十亿元以上。", SENTENCE)]
    with pytest.raises(LeakageError, match="1 of 2 test sentences") as error:
        check_leakage(train, test)
    assert "a_2024 at 10 repeats a_2023 at 0 (1.00)" in str(error.value)
    assert check_leakage(train, test, refuse=False) == {("a_2024", 10)}
    assert check_leakage(train, [report("b", "完成投资十亿元以上。")]) == set()


def test_a_split_refuses_drops_or_keeps_what_repeats() -> None:
    own = ("完成投资十亿元以上。", "改造老旧小区三十个。", "森林覆盖率稳步提高。", "养老服务网络更加健全。")
    reports = [report(f"city_{place}_2024", text, SENTENCE) for place, text in zip("甲乙丙丁", own, strict=True)]
    with pytest.raises(LeakageError, match=r"of 2 test sentences.*\n.*repeats city_(?s:.*)leaks=\"drop\""):
        split(reports)
    kept, dropped = split(reports, leaks="keep"), split(reports, leaks="drop")
    assert [r.id for r in kept["test"]] == [r.id for r in dropped["test"]] and kept["train"] == dropped["train"]
    assert [len(r.sentences) for r in kept["test"]] == [2]
    assert [s.text for r in dropped["test"] for s in r.sentences] == [s.text for s in kept["test"][0].sentences[:1]]
    assert dropped["test"][0].text == kept["test"][0].text
    assert split(reports, parts={"all": 1.0})["all"] == reports
    with pytest.raises(ValueError, match="unknown leaks 'maybe'; known are refuse, drop, keep"):
        split(reports, leaks="maybe")


def test_facts_go_with_their_sentence() -> None:
    import policynlp as pn

    given = pn.load_corpus("example").reports[0]
    busiest = max({fact.sentence_start for fact in given.facts})
    left = without(given, {(given.id, busiest), ("another", given.sentences[0].start)})
    assert len(left.sentences) == len(given.sentences) - 1
    assert {fact.sentence_start for fact in given.facts} - {fact.sentence_start for fact in left.facts} == {busiest}
