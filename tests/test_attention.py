"""Attention: hand-counted shares, negative lists, user words, bad input."""

from __future__ import annotations

from pathlib import Path

import pytest

from policynlp.compare import CompareError, attention, shipped_topics
from policynlp.data import DataFileError, load_table
from policynlp.pipeline import load
from policynlp.report import Report

TEXT = "一、2023年工作回顾\n打好污染防治攻坚战，优化创新生态。财政收入增长5%。\n二、2024年工作安排\n新建学校三所。"


@pytest.fixture(scope="module")
def report() -> Report:
    return load("linear")(Report.from_text(TEXT, region="云岭市", year=2024, id="r"))


def test_shares_counted_by_hand(report: Report) -> None:
    row = attention(report, "environment").iloc[0]
    # 污染 counts; 生态 is inside 创新生态, which the list leaves out.
    assert (row.words_on_topic, row.sentences_on_topic, row.sentences) == (1, 1, 3)
    assert row.characters_on_topic == len("打好污染防治攻坚战，优化创新生态。")
    assert row.word_share == pytest.approx(1 / row.words)


@pytest.mark.parametrize(
    ("sentence", "topic", "count"),
    [
        # One word to jieba that begins or ends with the topic's.
        ("改善生态环境", "environment", 1),
        ("治理大气污染和土壤污染", "environment", 2),
        ("办好学前教育", "livelihood", 1),
        # 创新 only happens to stand in it.
        ("外贸规模再创新高", "innovation", 0),
        # Named in the column `not`, once for all words that hold the same topic's word.
        ("优化创新生态，改善生态环境，推进生态建设", "environment", 2),
        ("财政收入和居民收入稳定增长", "livelihood", 1),
        ("开展国防教育", "livelihood", 0),
        ("开通绿色通道", "environment", 0),
    ],
)
def test_longer_words_and_negative_lists(sentence: str, topic: str, count: int) -> None:
    text = f"一、2023年工作回顾\n{sentence}。"
    row = attention(load("linear")(Report.from_text(text, region="云岭市", year=2024, id="r")), topic).iloc[0]
    assert (row.words_on_topic, row.sentences_on_topic) == (count, int(count > 0))


def test_groups(report: Report) -> None:
    rows = attention(report, ["environment", "livelihood"], by=["section_kind"])
    assert set(rows.topic) == {"environment", "livelihood"}
    whole = attention(report, ["environment", "livelihood"]).set_index("topic")
    assert rows.groupby("topic")["words"].sum().to_dict() == whole["words"].to_dict()
    with pytest.raises(CompareError, match="no column 'place'"):
        attention(report, by=["place"])


def test_own_words_and_dictionary(report: Report, tmp_path: Path) -> None:
    assert attention(report, {"battle": ["攻坚战"]}).iloc[0].words_on_topic == 1
    words = attention(report, {"battle": ["攻坚战"]}, user_dictionary=["污染防治攻坚战"]).iloc[0]
    assert words.words_on_topic == 0
    (tmp_path / "battle.tsv").write_text("word\tnot\n攻坚战\t污染防治攻坚战\n", encoding="utf-8")
    assert attention(report, tmp_path / "battle.tsv").iloc[0].words_on_topic == 0
    (tmp_path / "bad.tsv").write_text("words\n攻坚战\n", encoding="utf-8")
    with pytest.raises(DataFileError, match="unknown column"):
        attention(report, tmp_path / "bad.tsv")


def test_unusable_topics(report: Report) -> None:
    with pytest.raises(CompareError, match="no topic 'love'; shipped are"):
        attention(report, "love")
    with pytest.raises(CompareError, match="as a list"):
        attention(report, {"battle": "攻坚战"})


@pytest.mark.parametrize("name", shipped_topics())
def test_lists(name: str) -> None:
    rows = load_table(f"attention/{name}.tsv", ("word", "not"), ("word",))
    words = [row["word"] for row in rows]
    assert len(set(words)) == len(words)
    for row in rows:
        assert all(row["word"] in phrase for phrase in row["not"].split())


def test_topics_leave_jieba_alone(report: Report) -> None:
    import jieba

    before = jieba.lcut("污染防治攻坚战")
    attention(report, {"battle": ["污染防治攻坚战"]})
    assert jieba.lcut("污染防治攻坚战") == before
