"""Windows of consecutive sentences: what a token classifier reads, and where it reads off each sentence's label.

A window is ``<s>``, the headings that its first sentence stands under, and then headings and sentences in the order of
the text, each closed by ``</s>``. The label of a sentence is read at the token that closes it. Windows overlap, and a
sentence is read off where it has most context on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from policynlp.classify.rows import Row
from policynlp.report import Report, Sentence


@dataclass(frozen=True, slots=True)
class Window:
    """Token ids and where to read.

    Attributes:
        ids: Token ids, at most the length asked for.
        closers: Positions in ``ids`` of the closing tokens to read, ascending.
        sentences: For each closer the position of its sentence in ``Report.sentences``.

    Example:
        >>> Window((0, 11, 12, 2), (3,), (0,)).closers
        (3,)
    """

    ids: tuple[int, ...]
    closers: tuple[int, ...]
    sentences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A tokenised heading or sentence; ``sentence`` is None for a heading."""

    ids: tuple[int, ...]
    sentence: int | None
    path: tuple[int, ...]


def report_windows(report: Report, tokenizer: Any, length: int = 256, context: int = 64) -> list[Window]:
    """Cut a segmented report into windows, so that each sentence is read exactly once.

    Args:
        report: A report with sentences and headings.
        tokenizer: A transformers tokenizer with an opening and a closing token.
        length: Tokens in a window at most; the model's own limit must not be lower.
        context: Tokens of text before and after what is read, as far as the report has them.

    Returns:
        Windows in the order of the text.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> from policynlp.segment import segment
        >>> report = segment(Report.from_text("建成学校五所。今年要新建五所。"))
        >>> (window,) = report_windows(report, load_classifier("bert").tokenizer)
        >>> window.sentences, len(window.closers)
        ((0, 1), 2)
    """
    units = _tokenise(report, tokenizer, length // 3)
    opening, closing = ends(tokenizer)
    start, windows = 0, []
    while start < len(units):
        # Whatever the context takes, the unit to read next must fit in behind it.
        room = length - length // 4 - len(units[start].ids) - 2
        first = _back(units, start, min(context, room))
        ids = [opening, *_path_ids(units, first, closing, length // 4)]
        closers: list[int] = []
        sentences: list[int] = []
        at = first
        while at < len(units) and len(ids) + len(units[at].ids) + 1 <= length:
            ids += [*units[at].ids, closing]
            sentence = units[at].sentence
            if at >= start and sentence is not None:
                closers.append(len(ids) - 1)
                sentences.append(sentence)
            at += 1
        # What stands near the window's end has little behind it: the next window reads it, with more context.
        following = at if at == len(units) else max(start + 1, _back(units, at, context))
        count = sum(unit.sentence is not None for unit in units[start:following])
        if count:
            windows.append(Window(tuple(ids), tuple(closers[:count]), tuple(sentences[:count])))
        start = following
    return windows


def row_window(row: Row, tokenizer: Any, length: int = 256) -> Window:
    """The window of a single row: what is known of its headings and neighbours stands around the sentence.

    Args:
        row: A sentence with or without context.
        tokenizer: As in `report_windows`.
        length: Tokens in the window at most.

    Returns:
        A window with one closer.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> len(row_window(Row("建成学校五所。"), load_classifier("bert").tokenizer).closers)
        1
    """
    opening, closing = ends(tokenizer)
    parts = [*row.headings, row.previous or "", row.text, row.next or ""]
    encoded = tokenizer(parts, add_special_tokens=False, verbose=False)["input_ids"]
    *headings, before, text, after = (_shorten(ids, length // 4) for ids in encoded)
    text = _shorten(encoded[-2], length // 3)
    ids = [opening]
    for piece in headings:
        if piece and len(ids) + len(piece) < length // 4:
            ids += [*piece, closing]
    ids += [*before, closing] if before and len(ids) + len(before) < length // 2 else []
    ids += [*text, closing]
    closer = len(ids) - 1
    ids += [*after, closing] if after and len(ids) + len(after) < length else []
    return Window(tuple(ids), (closer,), (0,))


def _shorten(ids: Sequence[int], longest: int) -> Sequence[int]:
    """Of a very long piece the beginning and the end say most about its label."""
    return ids if len(ids) <= longest else [*ids[: longest // 2], *ids[-(longest - longest // 2) :]]


def _tokenise(report: Report, tokenizer: Any, longest: int) -> list[_Unit]:
    units = list(report.units)
    if not units:
        return []
    encoded = tokenizer([unit.text for unit in units], add_special_tokens=False, verbose=False)["input_ids"]
    position = {heading.id: index for index, heading in enumerate(units) if not isinstance(heading, Sentence)}
    out, sentence = [], 0
    for unit, ids in zip(units, encoded, strict=True):
        kept = _shorten(ids, longest)
        if isinstance(unit, Sentence):
            path = tuple(position[i] for i in unit.headings if i in position)
            out.append(_Unit(tuple(kept), sentence, path))
            sentence += 1
        else:
            out.append(_Unit(tuple(kept), None, ()))
    return out


def ends(tokenizer: Any) -> tuple[int, int]:
    """Ids of the tokens that open a window and close each of its pieces.

    Args:
        tokenizer: A transformers tokenizer.

    Returns:
        Opening and closing token; of tokenizers that name none, those of the beginning and the end.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> ends(load_classifier("bert").tokenizer)
        (0, 2)
    """
    opening = tokenizer.cls_token_id if tokenizer.cls_token_id is not None else tokenizer.bos_token_id
    closing = tokenizer.sep_token_id if tokenizer.sep_token_id is not None else tokenizer.eos_token_id
    return opening, closing


def _path_ids(units: Sequence[_Unit], first: int, closing: int, longest: int) -> list[int]:
    """The headings above the window's first sentence that stand before the window."""
    owner = next((unit for unit in units[first:] if unit.sentence is not None), None)
    ids: list[int] = []
    for index in owner.path if owner is not None else ():
        if index < first and len(ids) + len(units[index].ids) < longest:
            ids += [*units[index].ids, closing]
    return ids


def _back(units: Sequence[_Unit], at: int, tokens: int) -> int:
    """The unit that stands at most so many tokens before ``at``."""
    while at > 0 and (tokens := tokens - len(units[at - 1].ids) - 1) >= 0:
        at -= 1
    return at
