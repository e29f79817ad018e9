"""The corpora that ship: labels by offset, joined with texts, and what is said of texts that are not at hand."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path

import pytest

import policynlp as pn
from policynlp.evaluate import CorpusWarning, GoldError, load_corpus, publish, read_gold
from policynlp.evaluate.corpus import MANIFEST, read_manifest
from policynlp.report import LABELS, Report

ROOT = Path(__file__).parents[1]
ANNOTATIONS = ROOT / "corpus" / "annotations"
TEXT = "建成学校三所。今年新建五所。困难不少。"
SPANS = ((0, 7, "achievement"), (7, 14, "commitment"), (14, 19, "problem"))


def gold_file(folder: Path, report_id: str = "city_云岭市_2024") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [{"report_id": report_id, "start": a, "end": b, "text": TEXT[a:b], "label": label} for a, b, label in SPANS]
    fact = {
        "report_id": report_id, "sentence_start": 7, "start": 11, "end": 13, "text": "五所", "indicator": "学校",
        "measure": "level", "value": 5, "value_high": None, "unit": "所", "bound": "eq", "modality": "firm",
        "period": "annual", "year": 2024, "role": "target",
    }  # fmt: skip
    path = folder / f"{report_id}.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in [*lines, fact]), encoding="utf-8")
    return path


def published(folder: Path) -> Path:
    gold = read_gold(gold_file(folder / "gold"))
    text = Report(TEXT, id="city_云岭市_2024", region="云岭市", region_code="990100", level="city", year=2024)
    publish(list(gold.values()), text, folder / "out", lambda report: "train")
    return folder / "out"


def test_published_labels_hold_no_words_and_join_again(tmp_path: Path) -> None:
    out = published(tmp_path)
    everything = "".join(path.read_text(encoding="utf-8") for path in out.rglob("*") if path.is_file())
    assert "建成" not in everything and '"text"' not in everything
    corpus = load_corpus(out, texts=Report(TEXT, id="city_云岭市_2024"))
    (report,) = corpus
    assert [(s.text, s.label) for s in report.sentences] == [(TEXT[a:b], label) for a, b, label in SPANS]
    (fact,) = report.facts
    assert (fact.text, fact.sentence, fact.value, fact.role) == ("五所", 1, 5, "target")
    assert (report.region_code, report.year, report.level) == ("990100", 2024, "city")
    assert len(corpus.sentences_frame()) == 3 and len(corpus.facts_frame()) == 1
    assert len(corpus.split("train")) == 1
    with pytest.raises(ValueError, match="no split 'test'; it has train"):
        corpus.split("test")


def test_missing_and_different_texts_are_named(tmp_path: Path) -> None:
    out = published(tmp_path)
    with pytest.warns(CorpusWarning, match="city_云岭市_2024: no text at hand"):
        corpus = load_corpus(out)
    assert (corpus.missing, corpus.different, len(corpus)) == (["city_云岭市_2024"], {}, 0)
    assert "1 missing" in str(corpus)
    other = Report(TEXT.replace("三", "四"), id="city_云岭市_2024")
    with pytest.warns(CorpusWarning, match="sha256 differs"):
        corpus = load_corpus(out, texts=other)
    assert list(corpus.different) == ["city_云岭市_2024"] and not corpus.missing
    assert len(load_corpus(out, texts=[other, Report(TEXT, id="city_云岭市_2024")])) == 1
    with pytest.raises(GoldError, match="1 of 1 texts are missing or differ"):
        load_corpus(out, texts=other, strict=True)


def test_broken_corpora(tmp_path: Path) -> None:
    out = published(tmp_path)
    with pytest.raises(GoldError, match=r"no such corpus; give a folder or one of annotations, example"):
        load_corpus("annotation")
    with pytest.raises(GoldError, match="no such folder"):
        load_corpus(out, texts=tmp_path / "nowhere")
    manifest = out / MANIFEST
    lines = manifest.read_text(encoding="utf-8").splitlines()
    manifest.write_text("\n".join([*lines, lines[1]]), encoding="utf-8")
    with pytest.raises(GoldError, match="line 3: city_云岭市_2024 stands a second time"):
        load_corpus(out)
    manifest.write_text("\n".join([*lines, lines[1].replace("云岭", "沧阳")]), encoding="utf-8")
    with pytest.raises(GoldError, match="not in both"):
        load_corpus(out)
    manifest.write_text(lines[0].replace("sha256", "hash"), encoding="utf-8")
    with pytest.raises(GoldError, match="line 1: column sha256 is missing"):
        load_corpus(out)


def test_nothing_is_published_without_its_text(tmp_path: Path) -> None:
    gold = read_gold(gold_file(tmp_path / "gold"))
    with pytest.raises(GoldError, match="no text of city_云岭市_2024"):
        publish(list(gold.values()), [], tmp_path / "out", lambda report: "train")
    assert not (tmp_path / "out").exists()


def test_example_is_whole() -> None:
    corpus = pn.load_corpus("example")
    assert len(corpus) == 5 and not corpus.trouble()
    assert all(report.facts and report.sentences for report in corpus)


def test_annotations_fit_their_manifest() -> None:
    manifest = read_manifest(ANNOTATIONS / MANIFEST)
    gold = read_gold(ANNOTATIONS)
    assert manifest.keys() == gold.keys()
    for report_id, row in manifest.items():
        assert int(row["sentences"]) == len(gold[report_id].sentences)
        assert int(row["facts"]) == len(gold[report_id].facts)
        assert all(item.text is None for item in gold[report_id].spans)
        starts = {item.start for item in gold[report_id].sentences}
        assert all(fact.sentence_start in starts for fact in gold[report_id].facts)
    assert {item.label for report in gold.values() for item in report.sentences} == set(LABELS)
    # 341.9 times 亿 is 34190000000, not what binary fractions make of it.
    values = [value for report in gold.values() for fact in report.facts for value in (fact.value, fact.value_high)]
    assert [value for value in values if value is not None and float(f"{value:.12g}") != value] == []


def test_no_place_stands_in_both_splits() -> None:
    manifest = read_manifest(ANNOTATIONS / MANIFEST)
    places = Counter((row["level"], row["region"], row["split"]) for row in manifest.values())
    assert len({place[:2] for place in places}) == len(places)


@pytest.mark.shared
def test_annotations_join_with_the_archive(shared: Path) -> None:
    wanted = {row["report_id"]: row["sha256"] for row in read_manifest(ANNOTATIONS / MANIFEST).values()}
    texts = [shared / "reports" / "gold", shared / "reports" / "as_found"]
    reports = []
    for level in ("national", "county"):
        with tarfile.open(shared / "reports" / "archive" / f"{level}.tar.xz") as archive:
            for member in archive:
                if Path(member.name).stem in wanted and (stream := archive.extractfile(member)):
                    reports.append(Report(stream.read().decode("utf-8"), id=Path(member.name).stem))
    with pytest.warns(CorpusWarning):
        corpus = pn.load_corpus("annotations", texts=[*texts, *reports])
    assert len(corpus) >= 20
    for report in corpus:
        assert hashlib.sha256(report.text.encode()).hexdigest() == wanted[report.id]
    assert not any(name.startswith(("national", "county")) for name in [*corpus.missing, *corpus.different])


@pytest.mark.slow
def test_an_installed_wheel_carries_the_corpora(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", str(tmp_path)]
    subprocess.run([*build, str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    target = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "-q", "--target", str(target), str(wheel)]
    subprocess.run(install, check=True)
    code = "import policynlp as pn; print(len(pn.load_corpus('example')), len(pn.load_corpus('annotations').gold))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(target)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["5", str(len(read_manifest(ANNOTATIONS / MANIFEST)))]
