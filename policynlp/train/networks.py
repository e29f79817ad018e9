"""Networks and linear models trained on subsets of the labelled reports, and what they say of all others.

What the cross-validation of `policynlp.train.bert` stands on. Every trained network leaves itself and its logits in a
folder, so a stopped run goes on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from torch.optim.swa_utils import AveragedModel

from policynlp.classify.bert import BertLabeller
from policynlp.classify.bert_store import load as load_checkpoint
from policynlp.classify.linear import LinearClassifier
from policynlp.classify.rows import isolated
from policynlp.train.distil import DistilOptions, distil
from policynlp.train.finetune import Example, FinetuneOptions, finetune
from policynlp.train.linear import CLASSES, Item, fit_classifier, folds_of

# What is known of a sentence: all of its report, or nothing.
VIEWS = ("report", "alone")
# Sentences around a labelled passage that are read with it; further off nothing changes a label in it.
AROUND = 15
# Teachers are the same for all seeds of their pupils: these differ in how they are fine-tuned.
TEACHER_SEED = 0
Logits = dict[str, list[np.ndarray]]  # by view, for each item an array of shape (sentences, labels)


@dataclass(frozen=True)
class School:
    """Where networks are distilled before they are fine-tuned.

    Attributes:
        teachers: The ``--work`` of an earlier run with a deeper base over the same folds.
        unlabelled: Windows of other reports; see `policynlp.train.distil`.
        options: How to distil.

    Example:
        >>> School(Path("work12"), []).options.temperature
        2.0
    """

    teachers: Path
    unlabelled: Sequence[Example]
    options: DistilOptions = field(default_factory=DistilOptions)


class Trainer:
    """Trains networks and linear classifiers on subsets of the folds, and remembers their logits on the others.

    Args:
        base: Folder of the encoder.
        items: Labelled reports.
        folds: How many folds over places.
        options: See `policynlp.train.finetune.FinetuneOptions`.
        work: Folder for what is kept between networks.
        school: Where the networks are distilled before they are fine-tuned; None fine-tunes the base.

    Example:
        >>> import tempfile
        >>> trainer = Trainer(Path("base"), [], 3, FinetuneOptions(), Path(tempfile.mkdtemp()))
        >>> trainer.folds
        3
    """

    def __init__(
        self,
        base: Path,
        items: Sequence[Item],
        folds: int,
        options: FinetuneOptions,
        work: Path,
        school: School | None = None,
    ) -> None:
        self.base, self.items, self.options, self.work = base, list(items), options, work
        self.school = school
        # The folds are those of any seed: what differs between seeds is then the training alone.
        self.fold = folds_of(items, folds, seed=0)
        self.folds = folds
        work.mkdir(parents=True, exist_ok=True)

    def part(self, folds: Sequence[int]) -> list[int]:
        """Numbers of the items in some folds.

        Args:
            folds: Numbers of folds.

        Returns:
            Positions in ``items``.

        Example:
            >>> import tempfile
            >>> Trainer(Path("base"), [], 3, FinetuneOptions(), Path(tempfile.mkdtemp())).part([0, 1])
            []
        """
        return [number for number, fold in enumerate(self.fold) if fold in folds]

    def network(self, folds: Sequence[int]) -> tuple[Any, Any]:
        """A model fine-tuned on some folds, with its tokenizer.

        Args:
            folds: Numbers of the folds to learn from.

        Returns:
            Model and tokenizer.

        Raises:
            ModelError: Where the base does not load.

        Example:
            >>> import pytest, tempfile
            >>> from policynlp.classify.store import ModelError
            >>> trainer = Trainer(Path("nothing"), [], 3, FinetuneOptions(), Path(tempfile.mkdtemp()))
            >>> with pytest.raises(ModelError):
            ...     trainer.network([0, 1])
        """
        folder = self.folder(folds)
        if not (folder / "config.json").exists():
            keep(*self._learn(folds), folder)
        labeller = load_checkpoint(folder, precision="fp32")
        return labeller.model, labeller.tokenizer

    def _learn(self, folds: Sequence[int]) -> tuple[Any, Any]:
        labelled = [(self.items[i].report, self.items[i].labels_by_sentence) for i in self.part(folds)]
        name = self.name_of(folds)
        say(f"network on folds {name}: {len(labelled)} reports")
        base = self._distilled(name) if self.school else self.base
        checkpoint = self.folder(folds).with_suffix(".pt")
        learnt = finetune(base, labelled, self.options, say, checkpoint=checkpoint)
        checkpoint.unlink(missing_ok=True)
        return learnt

    @property
    def run(self) -> str:
        """What the names of its files in ``work`` begin with.

        Example:
            >>> import tempfile
            >>> Trainer(Path("base"), [], 3, FinetuneOptions(seed=1), Path(tempfile.mkdtemp())).run
            'seed1'
        """
        return f"seed{self.options.seed}"

    def folder(self, folds: Sequence[int]) -> Path:
        """Where a network is kept.

        Args:
            folds: Numbers of the folds that it learns from.

        Returns:
            A folder in ``work``; it may not be there yet.

        Example:
            >>> import tempfile
            >>> Trainer(Path("base"), [], 3, FinetuneOptions(), Path(tempfile.mkdtemp())).folder([0, 2]).name
            'seed0-02'
        """
        return self.work / f"{self.run}-{self.name_of(folds)}"

    def name_of(self, folds: Sequence[int]) -> str:
        """What a network is called in ``work``.

        Args:
            folds: Numbers of the folds that it learns from.

        Returns:
            The numbers, or ``all``.

        Example:
            >>> import tempfile
            >>> trainer = Trainer(Path("base"), [], 3, FinetuneOptions(), Path(tempfile.mkdtemp()))
            >>> trainer.name_of([0, 2]), trainer.name_of(range(3))
            ('02', 'all')
        """
        return "all" if len(folds) == self.folds else "".join(map(str, folds))

    def _distilled(self, name: str) -> Path:
        """The base after it has learnt what the larger network on the same folds says of the archive.

        It is the same for all seeds: these differ in how it is fine-tuned.
        """
        assert self.school is not None
        folder = self.work / f"distilled-{name}"
        if not (folder / "config.json").exists():
            say(f"distilling the larger network on folds {name}")
            teacher = self.school.teachers / f"seed{TEACHER_SEED}-{name}"
            keep(*distil(teacher, self.base, self.school.unlabelled, self.school.options, say), folder)
        return folder

    def logits(self, folds: Sequence[int]) -> dict[str, Logits]:
        """Logits of ``bert`` and ``linear``, trained on some folds, for the items of all others.

        Args:
            folds: Numbers of the folds to learn from.

        Returns:
            For ``bert`` and ``linear`` an array a view and item; empty for items that were learnt from.

        Example:
            >>> import tempfile
            >>> work = Path(tempfile.mkdtemp())
            >>> np.savez(work / "seed0-01.npz"), np.savez(work / "linear-01.npz")  # what an earlier run left
            (None, None)
            >>> sorted(Trainer(Path("base"), [], 3, FinetuneOptions(), work).logits([0, 1]))
            ['bert', 'linear']
        """
        name = self.name_of(folds)
        return {
            "bert": self._kept(f"{self.run}-{name}.npz", folds, bert_views, self._bert),
            "linear": self._kept(f"linear-{name}.npz", folds, linear_views, self._linear),
        }

    def _bert(self, folds: Sequence[int]) -> BertLabeller:
        return BertLabeller(*self.network(folds), window=self.options.window)

    def _linear(self, folds: Sequence[int]) -> LinearClassifier:
        return fit_classifier([self.items[i] for i in self.part(folds)], {"min_df": 4, "random_state": 0})

    def _kept(
        self,
        name: str,
        folds: Sequence[int],
        views: Callable[[Item, Any], dict[str, np.ndarray]],
        learn: Callable[[Sequence[int]], Any],
    ) -> Logits:
        """Logits out of a file, which is made first where it is not there."""
        file, learnt = self.work / name, set(self.part(folds))
        if not file.exists():
            model = learn(folds)
            found = {
                f"{view}/{i}": array
                for i, item in enumerate(self.items)
                if i not in learnt
                for view, array in views(item, model).items()
            }
            np.savez_compressed(file, allow_pickle=False, **found)
        saved = np.load(file)
        empty = np.zeros((0, len(CLASSES)))
        return {view: [saved.get(f"{view}/{i}", empty) for i in range(len(self.items))] for view in VIEWS}


class Averaged(Trainer):
    """Networks whose weights are the mean of those of networks that differ in their seeds alone.

    All start from one base, so they lie near enough for their mean to be a network as good as the best of them or
    better, and as fast as one (Wortsman et al., *Model soups*, 2022).

    Args:
        trainers: One a seed, over the same base, items, folds and ``work``.

    Example:
        >>> import tempfile
        >>> work = Path(tempfile.mkdtemp())
        >>> seeds = [Trainer(Path("base"), [], 3, FinetuneOptions(seed=seed), work) for seed in (0, 1, 2)]
        >>> Averaged(seeds).folder([0, 2]).name
        'seeds0+1+2-02'
    """

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        first = trainers[0]
        super().__init__(first.base, first.items, first.folds, first.options, first.work)
        self.trainers = list(trainers)

    @property
    def run(self) -> str:
        """See `Trainer.run`.

        Example:
            >>> import tempfile
            >>> Averaged([Trainer(Path("base"), [], 3, FinetuneOptions(), Path(tempfile.mkdtemp()))]).run
            'seeds0'
        """
        return "seeds" + "+".join(str(trainer.options.seed) for trainer in self.trainers)

    def _learn(self, folds: Sequence[int]) -> tuple[Any, Any]:
        networks = [trainer.network(folds) for trainer in self.trainers]
        averaged = AveragedModel(networks[0][0])
        for model, _ in networks:
            averaged.update_parameters(model)
        return averaged.module, networks[0][1]


def keep(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write a network under a temporary name first, so that what is there is complete.

    Args:
        model: The network.
        tokenizer: Its tokenizer.
        folder: Its folder.

    Example:
        >>> import tempfile
        >>> from policynlp.classify.load import shipped_folder
        >>> bert, folder = load_checkpoint(shipped_folder("bert")), Path(tempfile.mkdtemp()) / "kept"
        >>> keep(bert.model, bert.tokenizer, folder)
        >>> (folder / "model.safetensors").exists()
        True
    """
    temporary = folder.with_suffix(".tmp")
    model.save_pretrained(temporary)
    tokenizer.save_pretrained(temporary)
    temporary.replace(folder)


def stretch(item: Item) -> slice:
    """The sentences to score: all of a whole report, or a passage with what stands around it.

    Args:
        item: A labelled report.

    Returns:
        Positions in its sentences.

    Example:
        >>> from policynlp.classify.rows import Row
        >>> from policynlp.evaluate import GoldReport
        >>> from policynlp.report import Report
        >>> stretch(Item(Report(""), GoldReport("a"), [Row("好。")] * 60, [None] * 40 + [0] + [None] * 19))
        slice(25, 56, None)
    """
    inside = [index for index, label in enumerate(item.labels) if label is not None]
    if item.whole or not inside:
        return slice(0, len(item.labels))
    return slice(max(0, inside[0] - AROUND), inside[-1] + 1 + AROUND)


def bert_views(item: Item, bert: BertLabeller) -> dict[str, np.ndarray]:
    """Logits of a BERT for the sentences of `stretch`, with and without everything around them.

    Args:
        item: A labelled report.
        bert: The BERT.

    Returns:
        For each of `VIEWS` an array of shape (sentences, labels).

    Example:
        >>> from policynlp.train.linear import load_items
        >>> (item,) = load_items(["corpus/example/city_云岭市_2023.sentences.jsonl"], [])
        >>> passage = item.report.with_(sentences=item.report.sentences[:2])
        >>> short = Item(passage, item.gold, item.rows[:2], item.labels[:2])
        >>> from policynlp.classify.load import shipped_folder
        >>> bert_views(short, load_checkpoint(shipped_folder("bert")))["alone"].shape
        (2, 4)
    """
    here = stretch(item)
    return {
        "report": bert.logits(item.report, range(len(item.rows))[here])[here],
        "alone": bert.row_logits([isolated(row) for row in item.rows[here]]),
    }


def linear_views(item: Item, linear: LinearClassifier) -> dict[str, np.ndarray]:
    """As `bert_views`, of a linear model.

    Args:
        item: A labelled report.
        linear: The linear model.

    Returns:
        For each of `VIEWS` an array of shape (sentences, labels).

    Example:
        >>> from policynlp.train.linear import load_items
        >>> (item,) = load_items(["corpus/example/city_云岭市_2023.sentences.jsonl"], [])
        >>> from policynlp.classify import load_classifier
        >>> linear = load_classifier("linear").classifier
        >>> linear_views(item, linear)["report"].shape == (len(item.rows), 4)
        True
    """
    rows = item.rows[stretch(item)]
    return {
        "report": linear.decision_function(rows),
        "alone": linear.decision_function([isolated(row) for row in rows]),
    }


def say(message: str) -> None:
    """Print one line with the time to stderr.

    Args:
        message: What to say.

    Example:
        >>> say("fold 1 of 3")  # to stderr, with the time before it
    """
    print(time.strftime("%H:%M:%S"), message, file=sys.stderr, flush=True)
