"""Fine-tune the embedded BERT, score it by nested cross-validation over places, and write it with its card.

    python -m policynlp.train.bert --base FOLDER --gold GOLD… --texts FOLDER… --work FOLDER --out models/bert

Every trained network leaves its logits in ``--work`` (`policynlp.train.networks`), so a stopped run goes on. No step
that makes a report's labels has seen a label of its place: for each fold the network is trained on the other folds, and
the chain that weighs it against the linear model is fitted on logits of networks trained within those.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from transformers import HfArgumentParser

from policynlp.classify.bert import BertLabeller, evidence
from policynlp.classify.bert_store import COMPANION, save
from policynlp.classify.bert_store import load as load_checkpoint
from policynlp.classify.chain import Chain
from policynlp.classify.labeller import ReportLabeller, labelled
from policynlp.classify.load import shipped_folder
from policynlp.classify.rows import isolated
from policynlp.classify.store import load as load_linear
from policynlp.classify.store import save as save_linear
from policynlp.evaluate import Result, evaluate
from policynlp.evaluate.cases import cases_of
from policynlp.evaluate.labels import label_counts, outcomes
from policynlp.pipeline import Pipeline
from policynlp.train.example_file import load_examples
from policynlp.train.finetune import FinetuneOptions
from policynlp.train.linear import CLASSES, Item, fit_classifier, load_items
from policynlp.train.model_card import Scored, bert_card, unseen_section
from policynlp.train.networks import TEACHER_SEED, VIEWS, Averaged, Logits, School, Trainer, say, stretch

# Whose opinions a labeller weighs. The ablation costs nothing, since the logits are there.
SIDES: dict[str, tuple[str, ...]] = {"both": ("bert", "linear"), "bert": ("bert",), "linear": ("linear",)}


@dataclass(frozen=True)
class Chains:
    """What weighs the evidence.

    Attributes:
        report: Over a report.
        alone: For a sentence by itself.

    Example:
        >>> Chains(Chain(), Chain()).report.penalty
        1.0
    """

    report: Chain
    alone: Chain


def fit_chains(trainer: Trainer, folds: Sequence[int], side: str) -> Chains:
    """Fit the chains on logits of networks that have not seen the report's place.

    Args:
        trainer: Where the logits come from.
        folds: All that may be learnt from.
        side: One of `SIDES`.

    Returns:
        The chains.

    Raises:
        ValueError: Without any labelled sentence.

    Example:
        >>> import pytest, tempfile
        >>> work = Path(tempfile.mkdtemp())
        >>> for folds in ("12", "02", "01"):
        ...     np.savez(work / f"seed0-{folds}.npz")
        ...     np.savez(work / f"linear-{folds}.npz")
        >>> with pytest.raises(ValueError, match="no labelled sentence"):
        ...     fit_chains(Trainer(Path("base"), [], 3, FinetuneOptions(), work), range(3), "both")
    """
    proof: dict[str, list[np.ndarray]] = {view: [] for view in VIEWS}
    items: list[Item] = []
    # Networks are costly: of two folds, one is read by a network trained on the other, and not the other way round.
    for fold in folds if len(folds) > 2 else folds[1:]:
        made = trainer.logits([other for other in folds if other != fold])
        for number in trainer.part([fold]):
            items.append(trainer.items[number])
            for view in VIEWS:
                proof[view].append(weighed(made, number, view, side))
    stretches = [(item.rows[stretch(item)], item.labels[stretch(item)]) for item in items]
    over, marks = [each for each, _ in stretches], [labels for _, labels in stretches]
    report = _chain().fit(proof["report"], over, marks)
    # A sentence by itself is a report of one sentence, once with all that is known of it and once with nothing.
    seen, rows, labels = [], [], []
    for view in VIEWS:
        for (item_rows, item_labels), array in zip(stretches, proof[view], strict=True):
            for index, label in enumerate(item_labels):
                if label is not None:
                    seen.append(array[index : index + 1])
                    rows.append([item_rows[index] if view == "report" else isolated(item_rows[index])])
                    labels.append([label])
    return Chains(report, _chain().fit(seen, rows, labels))


def _chain() -> Chain:
    return Chain(penalty=10.0, max_iter=60)


def weighed(made: Mapping[str, Logits], number: int, view: str, side: str) -> np.ndarray:
    """What a chain weighs of one item.

    Args:
        made: Of `Trainer.logits`.
        number: Of the item.
        view: One of `VIEWS`.
        side: One of `SIDES`.

    Returns:
        See `policynlp.classify.bert.evidence`.

    Example:
        >>> made = {who: {view: [np.zeros((3, 4))] for view in VIEWS} for who in ("bert", "linear")}
        >>> weighed(made, 0, "alone", "both").shape
        (3, 8)
    """
    return evidence(*(made[who][view][number] for who in SIDES[side]))


def fit(trainer: Trainer) -> BertLabeller:
    """The model that ships: everything learnt from all reports, the chains on logits of the cross-validation.

    Args:
        trainer: With all reports.

    Returns:
        The labeller, not yet saved.

    Raises:
        ValueError: Without any labelled sentence.

    Example:
        >>> import pytest, tempfile
        >>> work = Path(tempfile.mkdtemp())
        >>> for folds in ("12", "02", "01"):
        ...     np.savez(work / f"seed0-{folds}.npz")
        ...     np.savez(work / f"linear-{folds}.npz")
        >>> with pytest.raises(ValueError, match="no labelled sentence"):
        ...     fit(Trainer(Path("base"), [], 3, FinetuneOptions(), work))
    """
    folds = range(trainer.folds)
    chains = fit_chains(trainer, folds, "both")
    trainer.network(folds)
    folder = trainer.folder(folds)
    # Not in the precision of this machine: what is saved would be rounded to it.
    labeller = load_checkpoint(folder, precision="fp32")
    labeller.companion = fit_classifier(trainer.items, {"min_df": 4, "random_state": 0})
    labeller.chain, labeller.alone = chains.report, chains.alone
    labeller.window = trainer.options.window
    labeller.name = f"bert-{digest_of(folder / 'model.safetensors', chains)[:8]}"
    return labeller


def digest_of(weights: Path, chains: Chains) -> str:
    """A SHA-256 that tells models apart that label differently: of the network's weights and of the chains.

    Args:
        weights: The file of the weights.
        chains: What weighs the evidence.

    Returns:
        64 hexadecimal digits.

    Example:
        >>> chain = Chain().fit([np.eye(2)], [load_items(["corpus/example"], [])[0].rows[:2]], [[0, 1]])
        >>> len(digest_of(shipped_folder("linear") / "config.json", Chains(chain, chain)))
        64
    """
    digest = hashlib.sha256(weights.read_bytes())
    for chain in (chains.report, chains.alone):
        for array in (chain.mix_, chain.place_, chain.follow_):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def cross_validate(trainer: Trainer) -> dict[str, Scored]:
    """Score every side by nested cross-validation.

    Args:
        trainer: Trains what is missing.

    Returns:
        For each of `SIDES` its scores by view.

    Example:
        >>> import tempfile
        >>> work = Path(tempfile.mkdtemp())
        >>> cross_validate(Trainer(Path("base"), [], 0, FinetuneOptions(), work)).keys() == SIDES.keys()
        True
    """
    scored = {side: Scored() for side in SIDES}
    for fold in range(trainer.folds):
        others = [other for other in range(trainer.folds) if other != fold]
        made = trainer.logits(others)
        for side in SIDES:
            chains = fit_chains(trainer, others, side)
            for number in trainer.part([fold]):
                proof = {view: weighed(made, number, view, side) for view in VIEWS}
                _score(scored[side], trainer.items[number], proof, chains)
        say(f"fold {fold + 1} of {trainer.folds}: " + _short(scored))
    return scored


def _score(scored: Scored, item: Item, proof: Mapping[str, np.ndarray], chains: Chains) -> None:
    here = stretch(item)
    rows = item.rows[here]
    views = {"whole" if item.whole else "passages": chains.report.marginals(proof["report"], rows)}
    if item.whole:
        views["rows"] = chains.alone.single(proof["report"], rows)
        views["alone"] = chains.alone.single(proof["alone"], [isolated(row) for row in rows])
    for view, probabilities in views.items():
        # Outside the stretch nothing is labelled, so nothing is scored.
        every = np.full((len(item.labels), len(CLASSES)), 1 / len(CLASSES))
        every[here] = probabilities
        report = labelled(item.report, every, CLASSES, "bert")
        results = outcomes(report, item.gold.sentences)
        scored.view(view).labels[item.gold.report_id] = label_counts(report, results)
        scored.view(view).cases += cases_of(report, results)


def _short(scored: Mapping[str, Scored]) -> str:
    parts = []
    for side, each in scored.items():
        for view, result in each.views.items():
            scores = result.scores()["labels"]
            parts.append(f"{side} {view} {scores['accuracy'].value:.4f} / {scores['macro_f1'].value:.4f}")
    return "; ".join(parts)


def _parser() -> HfArgumentParser:
    parser = HfArgumentParser(FinetuneOptions, description=__doc__.splitlines()[0])  # type: ignore[arg-type]
    parser.add_argument("--base", type=Path, required=True, help="encoder, from policynlp.train.weak")
    parser.add_argument("--gold", nargs="+", required=True, help="labelled sets: files or folders of JSON lines")
    parser.add_argument("--texts", nargs="+", required=True, help="folders with the reports' texts")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is kept between networks")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    parser.add_argument(
        "--unseen",
        nargs="*",
        default=[],
        help="labelled sets; those of their reports are scored that had no part in the training",
    )
    parser.add_argument(
        "--teachers", type=Path, help="--work of a run with a deeper --base: its networks are distilled first"
    )
    parser.add_argument("--unlabelled", type=Path, help="examples.npz of policynlp.train.weak, for --teachers")
    parser.add_argument(
        "--domain",
        type=Path,
        nargs="*",
        default=[],
        help="what policynlp.train.weak wrote on the way to --base, for the card; --base itself without it",
    )
    parser.add_argument("--machine", default="CPU", help="what the networks were fine-tuned on, for the card")
    parser.add_argument("--note", default="", help="a sentence for the card on what was special about the run")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--seeds", type=int, nargs="*", default=[], help="further seeds that are cross-validated too")
    parser.add_argument(
        "--average", action="store_true", help="ship the mean of all seeds' weights and not the first seed's"
    )
    parser.add_argument(
        "--seconds", type=int, default=0, help="of fine-tuning in runs before, whose networks are in --work"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; see the module.

    Args:
        arguments: What stands behind the module's name; None takes it from the process.

    Raises:
        SystemExit: For arguments that cannot be used; says why on stderr.
        ValueError: For an argument that there is not.

    Example:
        >>> import pytest
        >>> with pytest.raises(SystemExit):
        ...     main(["--base", "base"])  # the rest is missing
    """
    options, given = _parser().parse_args_into_dataclasses(arguments, look_for_args_file=False)
    items = load_items(given.gold, given.texts)
    say(f"{len(items)} labelled reports, {sum(item.whole for item in items)} of them whole")
    school = School(given.teachers, load_examples(given.unlabelled)["train"]) if given.teachers else None
    started = time.monotonic()
    trainers = [
        Trainer(given.base, items, given.folds, replace(options, seed=seed), given.work, school)
        for seed in (options.seed, *given.seeds)
    ]
    seeds = _by_seed(trainers)
    trainer, scored = trainers[0], seeds[options.seed]
    if given.average:
        say("the mean of their weights")
        trainer = Averaged(trainers)
        scored = cross_validate(trainer)
    seconds = time.monotonic() - started
    teacher = _score_teachers(trainers[0]) if school else None
    started = time.monotonic() - seconds
    labeller = fit(trainer)
    facts = {
        "folds": trainer.folds,
        "seed": options.seed,
        "seeds": seeds,
        "average": given.average,
        "note": given.note,
        "options": asdict(options),
        "seconds": round(time.monotonic() - started) if not given.seconds else given.seconds,
        "log": "; then ".join(map(log_of, given.domain or [given.base])),
        "machine": given.machine,
        "distilled": asdict(school.options) if school else None,
        "teacher": teacher,
    }
    publish(labeller, scored, trainer, given.out, facts)
    if given.unseen:
        _add_unseen(labeller, given.out / "README.md", given.unseen, given.texts)


def _score_teachers(pupils: Trainer) -> dict[str, Scored]:
    say("the larger networks, only to score")
    assert pupils.school is not None
    folder, same = pupils.school.teachers, replace(pupils.options, seed=TEACHER_SEED)
    # Their folder stands for a base too: what is missing there is an error, and not trained from the small one.
    return cross_validate(Trainer(folder, pupils.items, pupils.folds, same, folder))


def _by_seed(trainers: Sequence[Trainer]) -> dict[int, dict[str, Scored]]:
    scored = {}
    for trainer in trainers:
        say(f"seed {trainer.options.seed}")
        scored[trainer.options.seed] = cross_validate(trainer)
    return scored


def _add_unseen(labeller: BertLabeller, card: Path, gold: Sequence[str], texts: Sequence[str]) -> None:
    """Add the scores on what had no part in the training, beside those of the linear model, to the card."""
    say("scoring on what had no part in the training")
    linear = load_linear(shipped_folder("linear") or "linear")
    section = unseen_section(*(unseen(model, gold, texts) for model in (labeller, linear)))
    with card.open("a", encoding="utf-8") as file:
        file.write("\n" + section)


def unseen(model: BertLabeller | ReportLabeller, gold: Sequence[str], texts: Sequence[str]) -> Result:
    """Scores on those reports of some labelled sets whose labels the model has not learnt from.

    Args:
        model: A labeller whose card names what it has learnt from.
        gold: Labelled sets.
        texts: Folders with the texts.

    Returns:
        The result.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> gold = ["corpus/example/city_云岭市_2024.sentences.jsonl"]
        >>> unseen(load_classifier("linear"), gold, ["corpus/example"]).support()["reports"]
        1
    """
    return evaluate(Pipeline(model), *gold, texts=list(texts), unseen=True)


def publish(
    labeller: BertLabeller, scored: Mapping[str, Scored], trainer: Trainer, out: Path, facts: dict[str, Any]
) -> None:
    """Write the model, its second opinion, its card and the picture of its scores.

    Args:
        labeller: The model, with its second opinion.
        scored: Of `cross_validate`.
        trainer: Whose reports were learnt from.
        out: The model's folder.
        facts: What the card says of the run; see `policynlp.train.model_card.bert_card`.

    Raises:
        OSError: Where the folder cannot be written.

    Example:
        >>> import pytest, tempfile
        >>> from policynlp.classify import load_classifier
        >>> file = Path(tempfile.mkdtemp()) / "a_file"
        >>> _ = file.write_text("no folder")
        >>> with pytest.raises(OSError):
        ...     publish(load_classifier("bert"), {}, None, file, {})
    """
    name = f"{labeller.name}-companion"
    assert labeller.companion is not None
    save_linear(ReportLabeller(labeller.companion, name=name), out / COMPANION)
    data = [
        {
            "report_id": item.gold.report_id,
            "text_sha256": item.report.sha256,
            "sentences": len(item.gold.sentences),
            "whole": item.whole,
        }
        for item in trainer.items
    ]
    labeller.card = {"data": data}
    scores = {side: each.to_dict() for side, each in scored.items()}
    spread = {seed: {side: each.to_dict() for side, each in sides.items()} for seed, sides in facts["seeds"].items()}
    teacher = {side: each.to_dict() for side, each in (facts["teacher"] or {}).items()}
    save(labeller, out, {**facts, "data": data, "scores": scores, "seeds": spread, "teacher": teacher})
    megabytes = sum(file.stat().st_size for file in out.rglob("*") if file.suffix in {".json", ".safetensors"}) / 1e6
    card = bert_card(labeller, scored, {**facts, "megabytes": megabytes})
    (out / "README.md").write_text(card, encoding="utf-8")
    scored["both"].view("whole").plot().savefig(out / "scores.svg")
    say(f"{labeller.name} and its card in {out}, {megabytes:.1f} MB")


def log_of(base: Path) -> str:
    """Layers, and held-out losses by step, of the domain training, as far as the base's folder tells.

    Args:
        base: Folder that `policynlp.train.weak` wrote.

    Returns:
        One line; ``not recorded`` where the folder has no log.

    Example:
        >>> log_of(Path("models/bert"))
        'not recorded'
    """
    file = base / "log.jsonl"
    if not file.exists():
        return "not recorded"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    layers = json.loads((base / "config.json").read_text())["num_hidden_layers"]
    steps = "; ".join(f"{line['step']}: {', '.join(map(str, line['held_out']))}" for line in lines)
    return f"{layers} layers, {steps} ({sum(line['seconds'] for line in lines):.0f} s)"


if __name__ == "__main__":
    main()
