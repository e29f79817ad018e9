"""The model card of the linear model, written from the run that trained it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policynlp.classify.labeller import ReportLabeller
from policynlp.evaluate.result import Result
from policynlp.report import LABELS

VIEWS = {
    "whole": "Whole reports",
    "passages": "Passages (neighbourhood of the part on problems; the rest of these reports is not labelled)",
    "rows": "Whole reports, each sentence by itself with its context (no chain)",
    "alone": "The same sentences, isolated: no heading, section, position or neighbour",
}
_METRICS = ("accuracy", "macro_f1", "mcc", "border_accuracy", "ece")


@dataclass
class Scored:
    """Cross-validated results by view; see `VIEWS`."""

    views: dict[str, Result] = field(default_factory=dict)

    def view(self, name: str) -> Result:
        """The result of one view, empty at first."""
        return self.views.setdefault(name, Result(f"linear, {VIEWS[name]}"))

    def to_dict(self) -> dict[str, Any]:
        """Point values and intervals of the labels' scores, as JSON values."""
        return {
            name: {key: [score.value, score.low, score.high] for key, score in result.scores()["labels"].items()}
            for name, result in self.views.items()
        }


def write_card(folder: Path, labeller: ReportLabeller, scored: Scored, folds: int) -> Path:
    """Write ``README.md`` beside the model.

    Args:
        folder: The model's folder, already saved.
        labeller: The model.
        scored: Its cross-validated scores.
        folds: Of the cross-validation.

    Returns:
        The card's path.
    """
    megabytes = sum(file.stat().st_size for file in folder.iterdir() if file.suffix != ".md") / 1e6
    features = sum(len(group.vocabulary_) for group in labeller.classifier.pipeline_["features"].groups_.values())
    sections = [
        _INTRODUCTION.format(name=labeller.name, megabytes=megabytes, features=features),
        _data(scored),
        _PROCEDURE.format(
            folds=folds, temperature=labeller.classifier.temperature_, options=labeller.classifier.get_params()
        ),
        "## Scores\n\nCross-validated over places, with 95 % intervals by bootstrap over reports.",
        *(_view(name, scored.views[name]) for name in VIEWS if name in scored.views),
        _subgroups(scored.view("whole")),
        _LIMITS,
    ]
    path = folder / "README.md"
    path.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
    return path


def _data(scored: Scored) -> str:
    lines = [
        "## Data",
        "Labelled by reading after the annotation guide. `config.json` names each report with the SHA-256 of its text.",
        "| part | reports | sentences | " + " | ".join(LABELS) + " |\n| --- |" + " --: |" * (2 + len(LABELS)),
    ]
    for name in ("whole", "passages"):
        support = scored.view(name).support() if name in scored.views else {}
        if support:
            cells = [support["reports"], support["sentences"], *(support[label] for label in LABELS)]
            lines[-1] += f"\n| {name} | " + " | ".join(map(str, cells)) + " |"
    return "\n\n".join(lines)


def _view(name: str, result: Result) -> str:
    scores, support = result.scores()["labels"], result.support()
    lines = [f"### {VIEWS[name]}", ""]
    lines += ["| score | value |", "| --- | --- |"] + [f"| {metric} | {scores[metric]} |" for metric in _METRICS]
    lines += ["", "| label | precision | recall | F1 | sentences |", "| --- | --- | --- | --- | --: |"]
    for label in LABELS:
        cells = [str(scores[f"{label}.{part}"]) for part in ("precision", "recall", "f1")]
        lines.append(f"| {label} | {' | '.join(cells)} | {support[label]} |")
    confusion = result.confusion()
    columns = list(next(iter(confusion.values())))
    lines += ["", "Labelled (rows) and predicted (columns):", ""]
    lines += ["| | " + " | ".join(columns) + " |", "| --- |" + " --: |" * len(columns)]
    lines += [f"| {label} | " + " | ".join(str(cells[c]) for c in columns) + " |" for label, cells in confusion.items()]
    return "\n".join(lines)


def _subgroups(result: Result) -> str:
    by: dict[str, Callable[[str], str]] = {
        "level": lambda report: report.split("_")[0],
        "decade": lambda report: report.rpartition("_")[2][:3] + "0s",
    }
    lines = ["### Whole reports by level and decade", "", "| group | reports | accuracy | macro-F1 | ECE |"]
    lines.append("| --- | --: | --- | --- | --- |")
    for group in by.values():
        for value in sorted({group(name) for name in result.labels}):
            part = Result(value, {name: counts for name, counts in result.labels.items() if group(name) == value})
            scores = part.scores()["labels"]
            cells = [str(scores[metric]) for metric in ("accuracy", "macro_f1", "ece")]
            lines.append(f"| {value} | {len(part.labels)} | {' | '.join(cells)} |")
    return "\n".join(lines)


_INTRODUCTION = """\
# {name}

Written by `python -m policynlp.train.linear`; do not edit.

Labels each sentence of a Chinese government work report (政府工作报告) `achievement`, `problem`, `commitment` or
`other`. Logistic regression on TF-IDF weighted jieba words and word pairs of the sentence, its first words and last
clause, its headings, its neighbours, and the kind of its section; then, over whole reports, a linear-chain conditional
random field.
{features} features, {megabytes:.1f} MB (`model.safetensors`, `config.json`; no pickle). Licence: MIT."""

_PROCEDURE = """\
## Procedure

- Sentences are joined to the segmented report by offsets. Each row is learnt from twice: with its context, and with its
  context dropped (three times in four all of it, else headings, section and position), so that isolated sentences work.
- Options: `{options}`.
- The temperature ({temperature:.2f}) and the chain are fitted on logits of classifiers that have seen no report of the
  same place ({folds} folds).
- Scores: nested cross-validation, {folds} folds over places; for each fold features, weights, temperature and chain
  are fitted anew without any report of its places. A sentence that the segmenter did not find counts as wrong.
- C, the groups' weights and the chain's penalty were chosen by plain cross-validation on 24 to 35 of the same reports,
  and the segmenter's tables were written with sight of some of them: the scores flatter a little."""

_LIMITS = """\
## Use and limits

- For reports of this genre from the central government down to counties; other texts were not measured.
- Readers are alike in training, so their agreement is no independent measure of how certain a label is.
- Section kinds come from the segmenter: where it mistakes one, sentences without telling words follow it.
- Reports of the 1980s and 1990s mix review, problems and tasks within paragraphs; see the decades above.
- Scores by report count more than scores by sentence: labels come in long runs."""
