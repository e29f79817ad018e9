"""Speed of the embedded BERTs against a text-classification pipeline on a model of bert-base-chinese's size.

    python benchmarks/bert_speed.py [--sentences N] [TEXT…]

The other side is ``transformers.pipeline("text-classification")`` on a randomly initialised model (12 layers, 768 wide,
21,128 pieces, one token a character), fp32, at the best of several batch sizes, on the same sentences in the same run.
Without texts, the example corpus is read.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import time
from pathlib import Path

import policynlp as pn
from policynlp.classify import load_classifier
from policynlp.report import Report
from policynlp.segment import segment

EXAMPLE = Path(__file__).parents[1] / "corpus" / "example"


def base_size_pipeline(sentences: list[str]) -> object:
    """A pipeline as a user would build it from a downloaded bert-base-chinese."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Split
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, pipeline

    words = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", *sorted(set("".join(sentences)))]
    tokenizer = Tokenizer(WordLevel({word: index for index, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Split("", "isolated")
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, cls_token="[CLS]", pad_token="[PAD]", sep_token="[SEP]", unk_token="[UNK]"
    )
    model = BertForSequenceClassification(BertConfig(vocab_size=21128, num_labels=4, pad_token_id=1)).eval()
    return pipeline("text-classification", model=model, tokenizer=fast, device="cpu")


def seconds_of(work: object, repeat: int = 1) -> float:
    """The shortest of some runs."""
    best = float("inf")
    for _ in range(repeat):
        started = time.perf_counter()
        work()  # type: ignore[operator]
        best = min(best, time.perf_counter() - started)
    return best


def main() -> None:
    """Print rates and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", nargs="*", type=Path)
    parser.add_argument("--sentences", type=int, default=128, help="for the base-size pipeline, which is slow")
    given = parser.parse_args()
    reports: list[Report] = [segment(pn.read_report(path)) for path in given.texts or sorted(EXAMPLE.glob("*.txt"))]
    every = [sentence.text for report in reports for sentence in report.sentences]
    sample = every[:: max(1, len(every) // given.sentences)][: given.sentences]
    print(f"{len(reports)} reports, {len(every)} sentences; {len(sample)} of them for the base-size pipeline")

    other = base_size_pipeline(sample)
    rates = {}
    for batch in (1, 8, 32):
        rates[batch] = len(sample) / seconds_of(lambda b=batch: other(sample, batch_size=b))  # type: ignore[operator]
        print(f"transformers.pipeline, base size, fp32, batch {batch:2d}: {rates[batch]:7.1f} sentences/s")
    reference = max(rates.values())
    for name, precision in itertools.product(("bert", "bert_fast"), ("fp32", "bf16")):
        started = time.perf_counter()
        bert = load_classifier(name, precision=precision, device="cpu")
        loaded = time.perf_counter() - started
        rate = len(every) / seconds_of(lambda b=bert: b.label(reports), 2)
        only = len(every) / seconds_of(lambda b=bert: [b.logits(report) for report in reports], 2)
        print(
            f"policynlp {name}, {precision}: {rate:7.1f} sentences/s in whole reports ({rate / reference:.1f} x), "
            f"network alone {only:.1f} ({only / reference:.1f} x), loaded in {loaded:.2f} s"
        )
    auto = load_classifier("bert", device="cpu").precision
    linear = load_classifier("linear")
    rate = len(every) / seconds_of(lambda: linear.label(reports), 2)
    print(f"policynlp linear: {rate:7.1f} sentences/s ({rate / reference:.1f} x); auto precision here: {auto}")
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
