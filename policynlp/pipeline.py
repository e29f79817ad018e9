"""The order of the steps: describe, segment, classify, find facts. Nothing else knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from policynlp.facts import Catalogue, choose_catalogue, find_facts
from policynlp.read import describe
from policynlp.report import Report
from policynlp.segment import segment

if TYPE_CHECKING:
    from policynlp.classify import ReportClassifier
    from policynlp.facts.catalogue import CatalogueName

# Told of a report that a step could not handle: the report, the step's name, what the step raised.
OnError = Callable[[Report, str, Exception], None]

# Reports that are classified together. Enough to fill a model's batches, few enough to keep memory flat.
BATCH_REPORTS = 16


class Pipeline:
    """All steps from a report's text to its labels, facts and commitments.

    Args:
        classifier: Gives each sentence its label; see `policynlp.classify`.
        indicators: Where indicator ids are looked up; None takes the catalogue that ships with the library.

    Example:
        >>> nlp = load("linear")
        >>> report = nlp(Report.from_text("各位代表：\\n2024年，全市生产总值增长6%。", region="云岭市", year=2025))
        >>> [(fact.indicator, fact.text) for fact in report.facts]
        [('生产总值', '6%')]
    """

    def __init__(self, classifier: ReportClassifier, indicators: Catalogue | None = None) -> None:
        self.classifier = classifier
        self.indicators = indicators

    @property
    def name(self) -> str:
        """The classifier's name with its version or hash, as the tables record it.

        Example:
            >>> load("linear").name.partition("-")[0]
            'linear'
        """
        return self.classifier.name

    @property
    def trained_on(self) -> frozenset[str]:
        """SHA-256 of the texts whose labels the classifier has learnt from; empty where it does not say.

        Example:
            >>> Report("各位代表：").sha256 in load("linear").trained_on
            False
        """
        return getattr(self.classifier, "trained_on", frozenset())

    def __call__(self, report: Report | str) -> Report:
        """Run all steps over one report.

        Args:
            report: A report, with or without metadata, or just its text.

        Returns:
            The report with all layers.

        Raises:
            TypeError: For anything that is neither a report nor a text.

        Example:
            >>> load("linear")("2024年，全市生产总值增长6%。").facts[0].text
            '6%'
        """
        return next(self.pipe([report]))

    def pipe(
        self,
        reports: Iterable[Report | str],
        *,
        progress: bool = False,
        batch_size: int = BATCH_REPORTS,
        on_error: OnError | None = None,
    ) -> Iterator[Report]:
        """Run all steps over many reports, lazily and in order.

        Args:
            reports: Reports or texts; an iterator is read as it is needed.
            progress: Show a bar with rate and time left on stderr.
            batch_size: Reports that are classified together; changes speed, never a result.
            on_error: Called for a report that a step could not handle, which is then left out; None lets the step's
                exception through.

        Yields:
            Each report with all layers, in the order given.

        Raises:
            TypeError: For anything that is neither a report nor a text, unless ``on_error`` is given.

        Example:
            >>> texts = ["2024年，全市生产总值增长6%。", "新建学校30所。"]
            >>> [report.facts[0].text for report in load("linear").pipe(texts)]
            ['6%', '30所']
        """
        if progress:
            from tqdm import tqdm

            reports = tqdm(reports, unit="report", total=len(reports) if isinstance(reports, Sequence) else None)
        source = iter(reports)
        while batch := list(islice(source, batch_size)):
            prepared = _each("segment", self.prepare, batch, on_error)
            labelled = self._label(list(prepared), on_error)
            yield from _each("facts", partial(find_facts, indicators=self.indicators), labelled, on_error)

    def _label(self, batch: list[Report], on_error: OnError | None) -> Iterable[Report]:
        try:
            return self.classifier.label(batch)
        except Exception:
            if on_error is None:
                raise
            # One report in the batch is to blame: alone, only that one fails.
            return _each("classify", lambda report: self.classifier.label([report])[0], batch, on_error)

    def prepare(self, report: Report | str) -> Report:
        """The steps that come before the classifier: missing metadata, then segmentation.

        Args:
            report: A report, with or without metadata, or just its text.

        Returns:
            The report with its sections, headings and sentences, which have no label yet.

        Raises:
            TypeError: For anything that is neither a report nor a text.

        Example:
            >>> report = load("linear").prepare("各位代表：\\n新建学校30所。")
            >>> [(sentence.text, sentence.label) for sentence in report.sentences]
            [('新建学校30所。', None)]
        """
        if isinstance(report, str):
            report = Report.from_text(report)
        if not isinstance(report, Report):
            raise TypeError(f"expected a Report or its text, not {type(report).__name__}; files: policynlp.read_report")
        return segment(describe(report))


def _each(
    stage: str, step: Callable[[Report], Report], reports: Iterable[Report | str], on_error: OnError | None
) -> Iterator[Report]:
    for report in reports:
        try:
            yield step(report)  # type: ignore[arg-type]
        except Exception as error:
            if on_error is None:
                raise
            on_error(report if isinstance(report, Report) else Report(report), stage, error)


def load(
    model: str | None = None,
    *,
    indicators: CatalogueName | Iterable[CatalogueName] | None = None,
    device: str = "auto",
    precision: str = "auto",
) -> Pipeline:
    """Load the pipeline with the embedded model or another.

    Args:
        model: Name of an embedded model (``"bert"``, ``"bert_fast"``, ``"linear"``) or of one that an installed package
            adds, a folder with a model that `policynlp` saved or with a token classification checkpoint in the
            transformers format, or a hub id; None takes the embedded default. Nothing is downloaded unless a hub id is
            given.
        indicators: A file of indicators of one's own, the name of a catalogue, or several of them: of
            ``["shipped", "mine.tsv"]`` the later rows win. See `policynlp.facts.choose_catalogue`.
        device: Where a BERT computes: ``"cpu"``, ``"cuda"`` …; ``"auto"`` takes a GPU where there is one.
        precision: In what a BERT computes: ``"fp32"``, ``"bf16"``, or ``"auto"`` by what the processor can.

    Returns:
        The pipeline, ready to be called with a report.

    Raises:
        policynlp.classify.ModelError: Where the model is missing, broken, or stored in a format that could run code.
        policynlp.data.DataFileError: Where the indicators are missing or break the rules of their table.
        policynlp.PluginError: Where an installed package adds what is named, and it is broken.

    Example:
        >>> nlp = load("linear")
        >>> report = nlp("一、2023年工作回顾\\n2023年，全市生产总值增长6%。")
        >>> [(fact.indicator, fact.text) for fact in report.facts]
        [('生产总值', '6%')]
    """
    from policynlp.classify import load_classifier

    catalogue = None if indicators is None else choose_catalogue(indicators)
    return Pipeline(load_classifier(model, device=device, precision=precision), catalogue)
