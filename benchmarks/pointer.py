"""A trained pointer against the rules: which words does a number measure?

    python benchmarks/pointer.py TEXTS_DIR GOLD_DIR… --base ENCODER_DIR [--folds 3] [--epochs 3]

The pointer is `BertForQuestionAnswering` on an encoder of ours (`policynlp.train.weak`): the sentence that holds the
number, and the one before it, with the number's tokens marked by their token type; it answers with the first and the
last token of the indicator's name. Cross-validated over places, so that no report is read by a network that learnt
from its place. Both sides get the gold's own quantities, both are scored by the guide's match of names. Where the gold
composes a name of words that do not stand together, the pointer cannot be taught it, and is scored on it all the same.

The rules were written with sight of some of these reports, which flatters them; ``--report`` shows a part of them.
"""

from __future__ import annotations

import argparse
import random
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from facts_score import Fact, labelled, load, match, oracle, plain, same_indicator
from sklearn.model_selection import GroupKFold
from torch import nn
from transformers import AutoTokenizer, BertForQuestionAnswering

from policynlp.facts import find_facts

LONGEST = 256  # tokens; what stands furthest before the number is cut
NAME = 24  # tokens of an indicator's name at most
BATCH = 16


@dataclass(frozen=True)
class Question:
    """One number of the gold, what surrounds it as tokens, and where its indicator's name stands."""

    report: str
    gold: Fact
    rule: str | None  # the rules' name, None where they give none
    text: str
    ids: tuple[int, ...]
    types: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]  # of each token in text
    answer: tuple[int, int] | None  # first and last token of the name; None where it does not stand in the text


def questions(texts: Path, gold: Sequence[Path], tokenizer: Any) -> Iterator[Question]:
    """Every number of the gold that the rules were asked for, too."""
    paths = {path.stem: path for path in texts.rglob("*.txt")}
    for folder in gold:
        for name, (sentences, facts) in load(folder).items():
            if name not in paths:
                continue
            text = paths[name].read_bytes().decode("utf-8")
            report = labelled(text, name, sentences)
            found = [plain(fact) for fact in find_facts(report, oracle(facts)).facts]
            starts = [row["start"] for row in sentences]
            for fact, mine in match(found, [fact for fact in facts if fact["value"] is not None]):
                at = starts.index(fact["sentence_start"]) if fact["sentence_start"] in starts else None
                if at is None:
                    continue
                start, end = sentences[max(0, at - 1)]["start"], sentences[at]["end"]
                yield question(name, fact, mine["indicator"], text[start:end], start, tokenizer)


def question(report: str, fact: Fact, rule: str | None, text: str, start: int, tokenizer: Any) -> Question:
    """The tokens around one number, at most `LONGEST` of them."""
    made = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    first, last = fact["start"] - start, fact["end"] - start
    marked = [int(a < last and b > first) for a, b in made["offset_mapping"]]
    # What stands behind the number explains it less often than what stands before it.
    stop = min(len(marked), max(i for i, mark in enumerate(marked) if mark) + 60)
    here = slice(max(0, stop - LONGEST + 2), stop)
    ids = (tokenizer.cls_token_id, *made["input_ids"][here], tokenizer.sep_token_id)
    offsets = ((0, 0), *made["offset_mapping"][here], (0, 0))
    answer = None
    if (span := nearest(text, fact["indicator"] or "", first, last)) is not None:
        inside = [i for i, (a, b) in enumerate(offsets) if a < span[1] and b > span[0]]
        answer = (inside[0], inside[-1]) if inside else None
    return Question(report, fact, rule, text, ids, (0, *marked[here], 0), offsets, answer)


def nearest(text: str, name: str, start: int, end: int) -> tuple[int, int] | None:
    """Where a name stands closest to a number, before it rather than behind."""
    if not name:
        return None
    before, behind = text.rfind(name, 0, start), text.find(name, end)
    at = before if before >= 0 else behind
    return None if at < 0 else (at, at + len(name))


def tensors(batch: Sequence[Question], pad: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, attention mask and token types, each of shape (batch, length)."""
    ids, types = (
        nn.utils.rnn.pad_sequence([torch.tensor(each) for each in rows], batch_first=True, padding_value=value)
        for rows, value in (([q.ids for q in batch], pad), ([q.types for q in batch], 0))
    )
    return ids, (ids != pad).long(), types


def train(base: Path, asked: Sequence[Question], pad: int, epochs: int) -> BertForQuestionAnswering:
    """A pointer fine-tuned on the questions that have an answer in the text."""
    torch.manual_seed(0)
    model = BertForQuestionAnswering.from_pretrained(
        base,
        id2label={0: "first", 1: "last"},  # the head over the labels is left behind
        dtype=torch.float32,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",
        use_safetensors=True,
    )
    learnt = [q for q in asked if q.answer is not None]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.5e-4, weight_decay=0.01, fused=True)
    steps = epochs * -(-len(learnt) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.5e-4, total_steps=steps, pct_start=0.1)
    for epoch in range(epochs):
        total, groups = 0.0, list(batches(learnt, random.Random(epoch)))
        for batch in groups:
            ids, mask, types = tensors(batch, pad)
            ends = torch.tensor([q.answer for q in batch])
            with torch.autocast("cpu", torch.bfloat16):
                out = model(input_ids=ids, attention_mask=mask, token_type_ids=types)
            logits = (out.start_logits.float(), out.end_logits.float())
            first, last = (nn.functional.cross_entropy(each, ends[:, side]) for side, each in enumerate(logits))
            loss = first + last
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            total += loss.item()
        print(f"  epoch {epoch + 1}: loss {total / len(groups):.3f}", flush=True)
    return model.eval()


def batches(asked: Sequence[Question], rng: random.Random) -> Iterator[list[Question]]:
    """Shuffled batches of questions of like length."""
    order = sorted(asked, key=lambda q: len(q.ids) + rng.random() * 8)
    groups = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    rng.shuffle(groups)
    yield from groups


@torch.no_grad()
def answers(model: BertForQuestionAnswering, asked: Sequence[Question], pad: int) -> list[tuple[str, float]]:
    """The likeliest name for each question, and how sure the pointer is of it."""
    found: dict[int, tuple[str, float]] = {}
    order = sorted(range(len(asked)), key=lambda i: len(asked[i].ids))
    for at in range(0, len(order), 32):
        chosen = order[at : at + 32]
        ids, mask, types = tensors([asked[i] for i in chosen], pad)
        out = model(input_ids=ids, attention_mask=mask, token_type_ids=types)
        for row, i in enumerate(chosen):
            length = len(asked[i].ids)
            first = out.start_logits[row, :length].log_softmax(-1)
            last = out.end_logits[row, :length].log_softmax(-1)
            both = (first[:, None] + last[None, :]).triu().tril(NAME - 1)
            both = both.masked_fill(both == 0, -torch.inf)
            a, b = divmod(int(both.argmax()), length)
            name = asked[i].text[asked[i].offsets[a][0] : asked[i].offsets[b][1]].strip()
            found[i] = name, float(both.max().exp())
    return [found[i] for i in range(len(asked))]


def share(hits: np.ndarray, reports: np.ndarray) -> str:
    """Share of hits with a 95 % interval by bootstrap over reports."""
    rng, names = np.random.default_rng(0), np.unique(reports)
    by_report = [hits[reports == name] for name in names]
    drawn = [np.concatenate([by_report[i] for i in rng.integers(len(names), size=len(names))]) for _ in range(1000)]
    low, high = np.quantile([each.mean() for each in drawn], [0.025, 0.975])
    return f"{hits.mean():.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path)
    parser.add_argument("gold", type=Path, nargs="+")
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()
    warnings.filterwarnings("ignore", message=".*sequence length.*")
    tokenizer = AutoTokenizer.from_pretrained(args.base)
    pad = tokenizer.pad_token_id
    asked = list(questions(args.texts, args.gold, tokenizer))
    reports = np.array([q.report for q in asked])
    places = [q.report.split("_")[1] for q in asked]
    taught = sum(q.answer is not None for q in asked)
    print(f"{len(set(reports))} reports, {len(asked)} numbers, {taught} with their indicator's name in the text")
    given: dict[int, tuple[str, float]] = {}
    for fold, (learn, test) in enumerate(GroupKFold(args.folds).split(asked, groups=places)):
        print(f"fold {fold + 1} of {args.folds}: {len(learn)} numbers to learn from, {len(test)} to answer", flush=True)
        model = train(args.base, [asked[i] for i in learn], pad, args.epochs)
        given |= dict(zip(test.tolist(), answers(model, [asked[i] for i in test], pad), strict=True))
    rule = np.array([same_indicator({"indicator": q.rule}, q.gold) for q in asked])
    pointer = np.array([same_indicator({"indicator": given[i][0]}, q.gold) for i, q in enumerate(asked)])
    exact = [np.array([name == q.gold["indicator"] for name, q in zip(names, asked, strict=True)])
             for names in ([q.rule for q in asked], [given[i][0] for i in range(len(asked))])]  # fmt: skip
    silent = np.array([not q.rule for q in asked])
    sure = np.array([given[i][1] for i in range(len(asked))])
    print(f"rules              {share(rule, reports)}   letter for letter {share(exact[0], reports)}")
    print(f"pointer            {share(pointer, reports)}   letter for letter {share(exact[1], reports)}")
    print(f"rules silent on {silent.sum()}; the pointer right on {int(pointer[silent].sum())} of them")
    for least in (0.5, 0.8, 0.95):
        take = silent & (sure >= least)
        both = np.where(take, pointer, rule)
        print(f"rules, else pointer at {least}: {share(both, reports)}, {take.sum()} filled in")
    for least in (0.8, 0.95, 0.99):
        take = (sure >= least) | silent
        print(f"pointer at {least}, else rules: {share(np.where(take, pointer, rule), reports)}, {take.sum()} taken")
    apart = rule != pointer
    print(f"apart on {apart.sum()}: rules right {int(rule[apart].sum())}, pointer right {int(pointer[apart].sum())}")


if __name__ == "__main__":
    main()
