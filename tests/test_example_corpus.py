"""The example corpus is legal, complete and consistent with itself."""

import json
from collections import Counter
from pathlib import Path

import pytest

from policynlp.data import load_table
from policynlp.report import BOUNDS, LABELS, MEASURES, MODALITIES, PERIODS, ROLES

FOLDER = Path(__file__).parents[1] / "corpus" / "example"
NAMES = (
    "city_云岭市_2023",
    "city_云岭市_2024",
    "city_云岭市_2025",
    "province_沧岭省_2024",
    "province_沧岭省_2025",
)
INVENTED = [
    "沧岭省",
    "云岭市",
    "临澜市",
    "沧阳市",
    "望溪区",
    "北屏区",
    "青屏县",
    "石渡县",
    "雁坪县",
    "澜川县",
    "松陂县",
    "临澜新区",
]
SENTENCE_KEYS = {"report_id", "start", "end", "text", "label"}
FACT_KEYS = {
    "report_id",
    "sentence_start",
    "start",
    "end",
    "text",
    "indicator",
    "measure",
    "value",
    "value_high",
    "unit",
    "bound",
    "modality",
    "period",
    "year",
    "role",
}
# (report, report of the year before, indicator there, indicator here): the level grew by the growth that is stated.
GROWN = (
    ("city_云岭市_2024", "city_云岭市_2023", "地方一般公共预算收入", "一般公共预算收入"),
    ("city_云岭市_2025", "city_云岭市_2024", "一般公共预算收入", "一般公共预算收入"),
    ("city_云岭市_2024", "city_云岭市_2023", "社会消费品零售总额", "社会消费品零售总额"),
    ("city_云岭市_2025", "city_云岭市_2024", "社会消费品零售总额", "社会消费品零售总额"),
    ("city_云岭市_2024", "city_云岭市_2023", "进出口总额", "进出口总额"),
    ("city_云岭市_2024", "city_云岭市_2023", "城镇居民人均可支配收入", "城镇居民人均可支配收入"),
    ("city_云岭市_2024", "city_云岭市_2023", "农村居民人均可支配收入", "农村居民人均可支配收入"),
    ("province_沧岭省_2025", "province_沧岭省_2024", "一般公共预算收入", "一般公共预算收入"),
    ("province_沧岭省_2025", "province_沧岭省_2024", "进出口总额", "进出口总额"),
    ("province_沧岭省_2025", "province_沧岭省_2024", "社会消费品零售总额", "社会消费品零售总额"),
    ("province_沧岭省_2025", "province_沧岭省_2024", "城镇居民人均可支配收入", "城镇居民人均可支配收入"),
    ("province_沧岭省_2025", "province_沧岭省_2024", "农村居民人均可支配收入", "农村居民人均可支配收入"),
)


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_bytes().decode("utf-8")


def rows_of(name: str, kind: str) -> list[dict]:
    lines = (FOLDER / f"{name}.{kind}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def all_facts() -> list[dict]:
    return [fact for name in NAMES for fact in rows_of(name, "facts")]


def test_folder_holds_these_reports_and_no_other() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == sorted(NAMES)
    assert len(list(FOLDER.glob("*.jsonl"))) == 2 * len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_report_has_its_size_and_all_labels(name: str) -> None:
    assert len(text_of(name)) >= 2500
    assert "\r" not in text_of(name)
    assert {row["label"] for row in rows_of(name, "sentences")} == set(LABELS)
    assert len(rows_of(name, "facts")) >= 30


@pytest.mark.parametrize("name", NAMES)
def test_sentences_slice_back_in_order_without_overlap(name: str) -> None:
    text, end = text_of(name), 0
    for row in rows_of(name, "sentences"):
        assert set(row) == SENTENCE_KEYS and row["report_id"] == name
        assert text[row["start"] : row["end"]] == row["text"] == row["text"].strip()
        assert end <= row["start"] < row["end"]
        assert "\n" not in row["text"]
        end = row["end"]


@pytest.mark.parametrize("name", NAMES)
def test_what_no_sentence_covers_is_whole_lines(name: str) -> None:
    text = text_of(name)
    covered = bytearray(len(text))
    for row in rows_of(name, "sentences"):
        covered[row["start"] : row["end"]] = b"\1" * (row["end"] - row["start"])
    position = 0
    for line in text.splitlines(keepends=True):
        body = covered[position : position + len(line.rstrip("\n"))]
        assert all(body) or not any(body), line
        assert any(body) or line.rstrip()[-1] not in "。！？；", line
        position += len(line)


@pytest.mark.parametrize("name", NAMES)
def test_facts_slice_back_and_lie_in_their_sentence(name: str) -> None:
    text = text_of(name)
    sentences = {row["start"]: row for row in rows_of(name, "sentences")}
    for fact in rows_of(name, "facts"):
        assert set(fact) == FACT_KEYS and fact["report_id"] == name
        assert text[fact["start"] : fact["end"]] == fact["text"] != ""
        sentence = sentences[fact["sentence_start"]]
        assert sentence["start"] <= fact["start"] < fact["end"] <= sentence["end"]
        inside_number = text[fact["start"]].isdigit() and text[fact["start"] - 1] in "0123456789."
        assert not inside_number, text[fact["start"] - 8 : fact["end"]]


@pytest.mark.parametrize("name", NAMES)
def test_facts_have_legal_values(name: str) -> None:
    labels = {row["start"]: row["label"] for row in rows_of(name, "sentences")}
    plan_year = int(name[-4:])
    for fact in rows_of(name, "facts"):
        assert fact["measure"] in MEASURES and fact["bound"] in BOUNDS and fact["modality"] in MODALITIES
        assert fact["period"] in PERIODS and fact["role"] in ROLES and fact["indicator"]
        assert (fact["value"] is None) == (fact["measure"] == "qualitative")
        assert (fact["value_high"] is None) == (fact["bound"] != "range")
        assert not set(fact["unit"]) & set("万亿")
        assert 2019 < fact["year"] <= plan_year + 2
        label = labels[fact["sentence_start"]]
        role = {"achievement": "outcome", "commitment": "target"}.get(label, "mention")
        if label == "commitment" and fact["year"] < plan_year:
            role = "mention"
        assert fact["role"] == role, fact


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("measure", MEASURES),
        ("bound", BOUNDS),
        ("modality", MODALITIES),
        ("role", ROLES),
        ("period", PERIODS),
        ("unit", ("%", "个百分点", "位", "番", "倍", "‰", "元", "美元", "人", "")),
    ],
)
def test_every_value_occurs(field: str, values: tuple[str, ...]) -> None:
    seen = Counter(fact[field] for fact in all_facts())
    assert [value for value in values if not seen[value]] == []


def test_a_total_within_one_year_is_annual() -> None:
    periods = {fact["indicator"]: fact["period"] for fact in all_facts() if "累计" in fact["indicator"]}
    assert periods == {
        "累计退税减税降费": "annual",
        "累计新增城镇就业": "cumulative",
        "累计淘汰落后煤电机组": "cumulative",
    }


def test_two_facts_can_share_a_span_but_none_is_twice() -> None:
    spans = Counter((fact["report_id"], fact["start"], fact["end"]) for fact in all_facts())
    facts = Counter((fact["report_id"], fact["start"], fact["end"], fact["indicator"]) for fact in all_facts())
    assert max(spans.values()) == 2
    assert max(facts.values()) == 1


def test_invented_places_are_not_real() -> None:
    places = load_table("places.tsv", ("code", "name", "short", "to", "now"))
    names, shorts = {row["name"] for row in places}, {row["short"] for row in places}
    readme = (FOLDER.parent / "EXAMPLE.md").read_text(encoding="utf-8")
    for place in INVENTED:
        assert place in readme
        assert place not in names
        assert place[:2] not in names | shorts
    for name in NAMES:
        text = text_of(name)
        assert [real for real in names if len(real) > 2 and real in text] == []


@pytest.mark.parametrize(("later", "earlier", "then", "now"), GROWN)
def test_levels_and_growth_agree_between_years(later: str, earlier: str, then: str, now: str) -> None:
    def value(name: str, indicator: str, measure: str) -> float:
        found = [
            fact["value"]
            for fact in rows_of(name, "facts")
            if (fact["indicator"], fact["measure"], fact["role"], fact["period"], fact["bound"])
            == (indicator, measure, "outcome", "annual", "eq")
            and fact["year"] == int(name[-4:]) - 1
        ]
        assert len(found) == 1, (name, indicator, found)
        return found[0]

    growth = 100 * (value(later, now, "level") / value(earlier, then, "level") - 1)
    assert growth == pytest.approx(value(later, now, "growth"), abs=0.06)
