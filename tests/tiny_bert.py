"""Encoders of one or two layers for the tests, of several kinds, in the transformers format."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from transformers import (
    BertConfig,
    BertModel,
    ElectraConfig,
    ElectraModel,
    ErnieConfig,
    ErnieModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
)

KINDS = {
    "bert": (BertConfig, BertModel, 128),
    "roberta": (RobertaConfig, RobertaModel, 130),
    "electra": (ElectraConfig, ElectraModel, 128),
    "ernie": (ErnieConfig, ErnieModel, 128),
}


def make_tiny(folder: Path, alphabet: str, kind: str = "bert", layers: int = 2) -> Path:
    """Write an encoder with random weights and one token a character.

    Args:
        folder: Created where it is missing.
        alphabet: The characters it knows.
        kind: One of `KINDS`.
        layers: Of the encoder.

    Returns:
        The folder.
    """
    names = ("<s>", "<pad>", "</s>", "<unk>") if kind == "roberta" else ("[CLS]", "[PAD]", "[SEP]", "[UNK]")
    words = [*names, *sorted(set(alphabet)), "<mask>"]
    tokenizer = Tokenizer(WordLevel({word: index for index, word in enumerate(words)}, unk_token=names[3]))
    tokenizer.pre_tokenizer = Split("", "isolated")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, cls_token=names[0], pad_token=names[1], sep_token=names[2], unk_token=names[3],
        mask_token="<mask>",
    ).save_pretrained(folder)  # fmt: skip
    configuration, model, positions = KINDS[kind]
    torch.manual_seed(0)
    config = configuration(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=64,
        embedding_size=32, max_position_embeddings=positions, pad_token_id=1, bos_token_id=0, eos_token_id=2,
    )  # fmt: skip
    model(config).save_pretrained(folder)
    return folder
