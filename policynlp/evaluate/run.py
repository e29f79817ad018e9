"""Running a pipeline over a labelled set and counting what comes out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from policynlp.evaluate.cases import cases_of, fact_cases_of
from policynlp.evaluate.corpus import shipped
from policynlp.evaluate.facts import fact_counts
from policynlp.evaluate.gold import GoldError, GoldReport, GoldSentence, PathLike, TextFinder, read_gold
from policynlp.evaluate.labels import LabelCounts, borders_of, label_counts, labelled_whole, outcomes
from policynlp.evaluate.result import Result
from policynlp.report import NumericFact, Report

Step = Callable[[Report], Report]


def evaluate(
    nlp: Step,
    *gold: PathLike,
    texts: PathLike | Report | Sequence[PathLike | Report] | None = None,
    seed: int = 0,
    leave_out: Collection[tuple[str, int]] = (),
    unseen: bool = False,
) -> Result:
    """Score a pipeline on a labelled set.

    Each report of the set is looked for by its id beside the gold files and in ``texts``, labelled as a whole, and
    compared by offsets. Where a text is not at hand, its labelled sentences are labelled one by one without context
    (they then need ``text``), and a note says so.

    Args:
        nlp: `policynlp.load()`, or any callable that takes a report and returns it with labels and facts.
        *gold: Files or folders of JSON lines, see `read_gold`, or the name of a set that comes with the library:
            ``annotations``, ``example``.
        texts: Folders or files of reports, or `Report` objects.
        seed: Of the bootstrap.
        leave_out: Report id and start of sentences not to score, with their facts: see `check_leakage`.
        unseen: Leave out the reports whose labels the model says that it has learnt from (``nlp.trained_on``).

    Returns:
        The scores. Labels are scored over the reports with labelled sentences, facts over those with facts; where only
        some sentences of a report are labelled, facts found elsewhere do not count.

    Raises:
        GoldError: Where the set is unusable or belongs to other versions of the texts; the message names file and line.
            With ``unseen``, where the model has learnt from all of it.

    Example:
        >>> import json, tempfile
        >>> from pathlib import Path
        >>> from policynlp.report import Sentence
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "a.txt").write_text("明年要新建学校三所。", encoding="utf-8")
        >>> line = {"report_id": "a", "start": 0, "end": 10, "label": "commitment"}
        >>> _ = (folder / "gold.jsonl").write_text(json.dumps(line))
        >>> def nlp(report):
        ...     return report.with_(sentences=(Sentence(0, 10, report.text, id=0, label="commitment"),))
        >>> result = evaluate(nlp, folder / "gold.jsonl")
        >>> result.scores()["labels"]["accuracy"].value
        1.0
    """
    everything = read_gold(*(path if Path(path).exists() else shipped(str(path)) or path for path in gold))
    labelled = {name: _without(item, set(leave_out)) for name, item in everything.items()}
    labelled = {name: item for name, item in labelled.items() if item.sentences or item.facts}
    finder = TextFinder(texts)
    result = Result(getattr(nlp, "name", "") or getattr(nlp, "__name__", type(nlp).__name__), seed=seed)
    whole, alone = [], []
    trained_on: Collection[str] = getattr(nlp, "trained_on", ()) if unseen else ()
    for item in labelled.values():
        report = finder.find(item)
        if (report.sha256 if report else item.sha256) in trained_on:
            continue
        if report is None:
            alone.append(item)
        else:
            whole.append((item, report))
    if unseen and not whole and not alone:
        raise GoldError(f"{', '.join(map(str, gold))}: the model has learnt from all of these reports; none is unseen")
    for (item, _), report in zip(whole, _pipe(nlp, [report for _, report in whole]), strict=True):
        gone = {s.start: s.end for s in everything[item.report_id].sentences if (item.report_id, s.start) in leave_out}
        _count(result, item, report, gone)
    for item in alone:
        _count_alone(result, nlp, item)
    _note_trained(result, nlp, [*(report.sha256 for _, report in whole), *(item.sha256 for item in alone)])
    if alone:
        names = ", ".join(item.report_id for item in alone[:3]) + (" …" if len(alone) > 3 else "")
        result.notes.append(
            f"{len(alone)} of {len(labelled)} reports had no text at hand ({names}); their sentences were labelled one "
            "by one, without context"
        )
    _note_absent(result)
    return result


def _without(item: GoldReport, left_out: set[tuple[str, int]]) -> GoldReport:
    return replace(
        item,
        sentences=[s for s in item.sentences if (item.report_id, s.start) not in left_out],
        facts=[f for f in item.facts if (item.report_id, f.sentence_start) not in left_out],
    )


def _pipe(nlp: Step, reports: list[Report]) -> Iterable[Report]:
    if hasattr(nlp, "pipe"):
        return nlp.pipe(reports)
    return map(nlp, reports)


def _count(result: Result, item: GoldReport, report: Report, gone: dict[int, int]) -> None:
    results = outcomes(report, item.sentences)
    if item.sentences:
        result.labels[item.report_id] = label_counts(report, results)
        result.cases += cases_of(report, results)
    if item.facts:
        facts = _outside(report.facts, gone)
        if item.sentences and not labelled_whole(report, results):
            # Of passages nobody has read what stands around them.
            facts = _inside(facts, {sentence.start: sentence.end for sentence in item.sentences})
        result.facts[item.report_id] = fact_counts(facts, item.facts)
        result.fact_cases += fact_cases_of(report.with_(facts=facts), item.facts)


def _inside(facts: Iterable[NumericFact], spans: dict[int, int]) -> tuple[NumericFact, ...]:
    return tuple(f for f in facts if any(f.start < end and start < f.end for start, end in spans.items()))


def _outside(facts: Iterable[NumericFact], spans: dict[int, int]) -> tuple[NumericFact, ...]:
    inside = {id(fact) for fact in _inside(facts, spans)}
    return tuple(fact for fact in facts if id(fact) not in inside)


def _count_alone(result: Result, nlp: Step, item: GoldReport) -> None:
    """Label the sentences of a report whose text is not at hand, each as a little report of its own."""
    ordered = sorted(item.sentences, key=lambda sentence: sentence.start)
    if not ordered or any(sentence.text is None for sentence in ordered):
        where = next(item.spans).source
        raise GoldError(
            f"{where}: no text of {item.report_id} beside the gold or in texts, and its sentences carry no text; "
            "give the folder with the reports as texts"
        )
    little = [Report.from_text(sentence.text or "", id=item.report_id) for sentence in ordered]
    counts, facts = LabelCounts(), list[NumericFact]()
    for sentence, border, report in zip(ordered, borders_of(ordered), _pipe(nlp, little), strict=True):
        (alone,) = outcomes(report, [replace(sentence, start=0, end=len(report.text))])
        counts += label_counts(report, [replace(alone, border=border)])
        case = cases_of(report, [replace(alone, border=border)])[0]
        result.cases.append(replace(case, start=sentence.start, end=sentence.end))
        facts += [_shifted(fact, sentence.start) for fact in report.facts]
    result.labels[item.report_id] = counts
    if item.facts:
        result.facts[item.report_id] = fact_counts(facts, item.facts)
        result.fact_cases += fact_cases_of(_pieced(item.report_id, ordered, facts), item.facts)


def _pieced(report_id: str, ordered: Sequence[GoldSentence], facts: Iterable[NumericFact]) -> Report:
    """A report of the sentences at hand, each where it stood, with blanks for the rest."""
    text = ""
    for sentence in ordered:
        text = text.ljust(sentence.start) + (sentence.text or "")
    return Report.from_text(text, id=report_id).with_(facts=tuple(facts))


def _shifted(fact: NumericFact, by: int) -> NumericFact:
    return replace(fact, start=fact.start + by, end=fact.end + by, sentence_start=by)


def _note_trained(result: Result, nlp: Step, texts: Sequence[str | None]) -> None:
    if seen := sum(text in getattr(nlp, "trained_on", ()) for text in texts):
        result.notes.append(
            f"the model was trained on labels of {seen} of these {len(texts)} reports, so its label scores flatter; "
            "honest ones are the cross-validated ones of its card"
        )


def _note_absent(result: Result) -> None:
    """A class that the set does not hold counts as F1 0 in the macro mean, as in scikit-learn with all labels named."""
    absent = [label for label, cells in result.confusion().items() if not sum(cells.values())]
    if absent:
        result.notes.append(f"no sentence is labelled {', '.join(absent)}: its F1 counts as 0 in macro_f1")
    if len(result.labels.keys() | result.facts.keys()) < 2:
        result.notes.append("one report only: no intervals")
