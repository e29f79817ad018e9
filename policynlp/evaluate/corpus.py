"""The corpora that ship with the library: labels by offset, joined with the texts that a user has."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from policynlp.evaluate.gold import MANIFEST, GoldError, GoldFact, GoldReport, GoldSentence, misfit_of, read_gold
from policynlp.read import ReadError, find_files, read_report
from policynlp.report import NumericFact, Report, Sentence

if TYPE_CHECKING:
    import pandas as pd

PathLike = str | Path
MANIFEST_COLUMNS = (
    "report_id", "level", "region", "region_code", "year", "sha256",
    "split", "coverage", "reader", "sentences", "facts",
)  # fmt: skip
_METADATA = ("level", "region", "region_code", "year")
_NAMED = 8


class CorpusWarning(UserWarning):
    """Some labelled reports could not be joined with their texts.

    Example:
        >>> issubclass(CorpusWarning, UserWarning)
        True
    """


@dataclass(slots=True)
class Corpus:
    """A labelled corpus, joined with the texts at hand.

    Attributes:
        name: Its name or folder.
        gold: All that is labelled, by report id, with or without a text.
        manifest: One row a report: the columns of `MANIFEST_COLUMNS`; empty for a folder without a manifest.
        reports: The reports whose texts are at hand, with the labels and facts as layers.
        missing: Ids of the reports of which no text is at hand.
        different: For each report of which only another version of the text is at hand, the reason.

    Example:
        >>> corpus = load_corpus("example")
        >>> len(corpus.reports), corpus.missing
        (5, [])
    """

    name: str
    gold: dict[str, GoldReport]
    manifest: dict[str, dict[str, str]] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    different: dict[str, str] = field(default_factory=dict)

    def split(self, name: str) -> Corpus:
        """The part of one split.

        Args:
            name: ``train`` or ``dev``.

        Returns:
            A corpus with the reports of this split only.

        Raises:
            ValueError: Where the manifest knows no such split.

        Example:
            >>> row = {"split": "dev"}
            >>> Corpus("mine", {"a": GoldReport("a")}, {"a": row}).split("dev").name
            'mine/dev'
        """
        known = sorted({row["split"] for row in self.manifest.values()})
        if name not in known:
            raise ValueError(f"{self.name} has no split {name!r}; it has {', '.join(known) or 'none'}")
        ids = {report_id for report_id, row in self.manifest.items() if row["split"] == name}
        return Corpus(
            f"{self.name}/{name}",
            {key: item for key, item in self.gold.items() if key in ids},
            {key: row for key, row in self.manifest.items() if key in ids},
            [report for report in self.reports if report.id in ids],
            [report_id for report_id in self.missing if report_id in ids],
            {key: why for key, why in self.different.items() if key in ids},
        )

    def sentences_frame(self) -> pd.DataFrame:
        """Labelled sentences of the joined reports: the contract's ``sentences`` rows.

        Returns:
            One row a sentence, without scores.

        Example:
            >>> load_corpus("example").sentences_frame()["label"].nunique()
            4
        """
        from policynlp.frames import sentences_frame

        return sentences_frame(self.reports)

    def facts_frame(self) -> pd.DataFrame:
        """Labelled facts of the joined reports: the contract's ``facts`` rows.

        Returns:
            One row a fact.

        Example:
            >>> set(load_corpus("example").facts_frame()["role"]) <= {"target", "outcome", "mention"}
            True
        """
        from policynlp.frames import facts_frame

        return facts_frame(self.reports)

    def trouble(self) -> str:
        """Which texts are missing or differ, in full; empty where all are at hand.

        Returns:
            One line a report.

        Example:
            >>> Corpus("mine", {}, missing=["city_云岭市_2024"]).trouble()
            'city_云岭市_2024: no text at hand'
        """
        lines = [f"{report_id}: no text at hand" for report_id in self.missing]
        lines += [f"{report_id}: {why}" for report_id, why in self.different.items()]
        return "\n".join(lines)

    def __len__(self) -> int:
        return len(self.reports)

    def __iter__(self) -> Iterator[Report]:
        return iter(self.reports)

    def __str__(self) -> str:
        sentences = sum(len(item.sentences) for item in self.gold.values())
        facts = sum(len(item.facts) for item in self.gold.values())
        head = f"{self.name}: {len(self.gold)} reports, {sentences} sentences, {facts} facts; "
        state = f"{len(self.reports)} with text, {len(self.missing)} missing, {len(self.different)} of another version"
        return "\n".join([head + state, *self.trouble().splitlines()])


def load_corpus(
    name: PathLike = "annotations",
    texts: PathLike | Report | Sequence[PathLike | Report] | None = None,
    strict: bool = False,
) -> Corpus:
    """Load a labelled corpus and join it with its texts.

    The corpus ``annotations`` holds labels and facts by offset, without the words of the reports: get the reports from
    the publishers that its datasheet names and give their folder. ``example`` is invented and brings its texts.

    Args:
        name: ``annotations``, ``example``, or a folder of one's own.
        texts: Folders or files of reports, or `Report` objects, named by report id. Several versions of a text may
            lie there: the one whose SHA-256 fits is taken.
        strict: Raise where a text is missing or differs, instead of warning.

    Returns:
        The corpus; ``missing`` and ``different`` say exactly what could not be joined.

    Raises:
        GoldError: For an unknown name, a broken corpus, or, with ``strict``, texts that are missing or differ.

    Example:
        >>> corpus = load_corpus("example")
        >>> len(corpus), corpus.missing
        (5, [])
        >>> corpus.reports[0].sentences[0].label
        'other'
    """
    folder = _folder(name)
    gold = read_gold(folder)
    manifest = read_manifest(folder / MANIFEST) if (folder / MANIFEST).is_file() else {}
    if manifest and (odd := sorted(manifest.keys() ^ gold.keys())):
        raise GoldError(f"{folder / MANIFEST}: {odd[0]} stands in the manifest or in the labels, but not in both")
    for report_id, row in manifest.items():
        gold[report_id].sha256 = row["sha256"]
    corpus = Corpus(str(name), gold, manifest)
    candidates = _candidates(folder, texts, gold)
    for report_id, item in gold.items():
        _join(corpus, item, candidates.get(report_id, []))
    if trouble := corpus.trouble():
        if strict:
            raise GoldError(f"{name}: {len(gold) - len(corpus)} of {len(gold)} texts are missing or differ\n{trouble}")
        lines = trouble.splitlines()
        more = f"\n… and {len(lines) - _NAMED} more: print(corpus) lists all" if len(lines) > _NAMED else ""
        said = "\n".join(lines[:_NAMED])
        warnings.warn(f"{len(lines)} of {len(gold)} reports without text:\n{said}{more}", CorpusWarning, stacklevel=2)
    return corpus


def _folder(name: PathLike) -> Path:
    if Path(name).is_dir() and Path(name).name != str(name):
        return Path(name)
    if found := shipped(str(name)):
        return found
    if Path(name).is_dir():
        return Path(name)
    known = sorted({path.name for root in _roots() for path in root.iterdir() if any(path.rglob("*.jsonl"))})
    raise GoldError(f"{name}: no such corpus; give a folder or one of {', '.join(known) or 'none'}")


def shipped(name: str) -> Path | None:
    """The folder of a corpus, or a part of one (``annotations/dev``), that ships with the library.

    Args:
        name: ``annotations``, ``example``, or such a name with the name of a split.

    Returns:
        Its folder; None where there is none.

    Example:
        >>> shipped("annotations/dev").name, shipped("nothing")
        ('dev', None)
    """
    parts = Path(name).parts
    if not parts or len(parts) > 2 or ".." in parts or Path(name).is_absolute():
        return None
    return next((root / name for root in _roots() if (root / name).is_dir()), None)


def _roots() -> list[Path]:
    """An installed wheel carries the corpora as ``policynlp.corpus``; a checkout has them beside the package."""
    found = [Path(__file__).parents[1] / "corpus", Path(__file__).parents[2] / "corpus"]
    return [root for root in found if root.is_dir()]


def read_manifest(path: Path) -> dict[str, dict[str, str]]:
    """Read a manifest.

    Args:
        path: A tab-separated file with the columns of `MANIFEST_COLUMNS`.

    Returns:
        Its rows by report id.

    Raises:
        GoldError: For a missing column or a report that stands twice.

    Example:
        >>> rows = read_manifest(shipped("annotations") / "manifest.tsv")
        >>> {row["split"] for row in rows.values()} == {"train", "dev"}
        True
    """
    with open(path, encoding="utf-8", newline="") as lines:
        table = csv.DictReader(lines, delimiter="\t")
        if lacking := [name for name in MANIFEST_COLUMNS if name not in (table.fieldnames or ())]:
            raise GoldError(f"{path}, line 1: column {lacking[0]} is missing")
        rows: dict[str, dict[str, str]] = {}
        for row in table:
            if row["report_id"] in rows:
                raise GoldError(f"{path}, line {table.line_num}: {row['report_id']} stands a second time")
            rows[row["report_id"]] = row
    return rows


def _candidates(
    folder: Path, texts: PathLike | Report | Sequence[PathLike | Report] | None, wanted: Iterable[str]
) -> dict[str, list[Path | Report]]:
    """The texts at hand by report id; only those that are labelled."""
    given = [texts] if isinstance(texts, (str, Path, Report)) else list(texts or ())
    names, out = set(wanted), dict[str, list[Path | Report]]()
    for item in given:
        if isinstance(item, Report):
            out.setdefault(item.id, []).append(item)
        elif not Path(item).exists():
            raise GoldError(f"{item}: no such folder or file of texts")
    paths = [item for item in given if not isinstance(item, Report)]
    for file in find_files([*paths, folder]):
        if file.stem in names:
            out.setdefault(file.stem, []).append(file)
    return out


def _join(corpus: Corpus, item: GoldReport, candidates: Sequence[Path | Report]) -> None:
    trouble = ""
    for candidate in candidates:
        try:
            report = candidate if isinstance(candidate, Report) else read_report(candidate)
        except ReadError as error:
            trouble = trouble or str(error)
            continue
        misfit = misfit_of(report, item)
        if not misfit:
            corpus.reports.append(with_gold(report, item, corpus.manifest.get(item.report_id)))
            return
        trouble = trouble or misfit
    if trouble:
        corpus.different[item.report_id] = trouble
    else:
        corpus.missing.append(item.report_id)


def with_gold(report: Report, gold: GoldReport, row: dict[str, str] | None = None) -> Report:
    """Put labels and facts into a report as its layers.

    Args:
        report: The report that the labels fit.
        gold: What is labelled of it.
        row: Its row of the manifest, whose metadata win over what the text tells.

    Returns:
        The report with the labelled sentences and facts; without headings and sections.

    Raises:
        GoldError: For a fact of a sentence that is not labelled.

    Example:
        >>> gold = GoldReport("a", [GoldSentence("a", 0, 2, "other")])
        >>> with_gold(Report.from_text("好。", id="a"), gold).sentences[0].label
        'other'
    """
    ordered = sorted(gold.sentences, key=lambda item: item.start)
    sentences = tuple(_sentence(report, index, item) for index, item in enumerate(ordered))
    ids = {sentence.start: sentence.id for sentence in sentences}
    facts = []
    for index, fact in enumerate(sorted(gold.facts, key=lambda item: (item.start, item.end))):
        if fact.sentence_start not in ids:
            raise GoldError(f"{fact.source}: no labelled sentence starts at {fact.sentence_start}")
        facts.append(_fact(report, index, ids[fact.sentence_start], fact))
    metadata = {name: row[name] or None for name in _METADATA} if row else {}
    if metadata.get("year"):
        metadata["year"] = int(metadata["year"])  # type: ignore[arg-type, assignment]
    return report.with_(sentences=sentences, facts=tuple(facts), model="gold", **metadata)


def _sentence(report: Report, index: int, item: GoldSentence) -> Sentence:
    return Sentence(item.start, item.end, report.text[item.start : item.end], id=index, label=item.label)


def _fact(report: Report, index: int, sentence: int, item: GoldFact) -> NumericFact:
    return NumericFact(
        item.start,
        item.end,
        report.text[item.start : item.end],
        id=index,
        sentence=sentence,
        sentence_start=item.sentence_start or 0,
        indicator=item.indicator,
        indicator_id=None,
        measure=item.measure,
        value=None if item.value is None else Decimal(str(item.value)),
        value_high=None if item.value_high is None else Decimal(str(item.value_high)),
        unit=item.unit,
        bound=item.bound,
        modality=item.modality,
        role=item.role,
        period=item.period,
        year=item.year,
    )
