"""Closing tokens that look at their own sentence: how a window of many sentences is read.

The label of a sentence is read at the token that closes it. Left to itself such a token looks at the whole window: a
BERT fine-tuned on some 20,000 sentences labelled a sentence no better at its own closing token than at its neighbour's.
So a closing token is shown its own sentence and the other closing tokens only; all other tokens see the whole window,
so what they tell their closing token they have read in context. The checkpoint stays a plain one: its ``config.json``
says that it was trained so, and transformers takes such a mask as an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

# The name in ``config.json``.
FLAG = "focused_closing_tokens"
# Architectures that take a mask for each pair of tokens.
MODEL_TYPES = frozenset({"bert", "electra", "ernie", "roberta", "xlm-roberta"})


def focus(model: Any) -> None:
    """Mark a model as one whose closing tokens look at their own sentence, where its architecture allows it.

    Args:
        model: A token classifier, before it is trained.

    Example:
        >>> from transformers import AutoModelForTokenClassification, BertConfig
        >>> tiny = BertConfig(vocab_size=9, hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
        >>> model = AutoModelForTokenClassification.from_config(tiny)
        >>> is_focused(model)
        False
        >>> focus(model)
        >>> is_focused(model)
        True
    """
    if model.config.model_type in MODEL_TYPES:
        setattr(model.config, FLAG, True)


def is_focused(model: Any) -> bool:
    """Whether a model was trained with closing tokens that look at their own sentence.

    Args:
        model: A token classifier.

    Returns:
        What its configuration says; False where it says nothing.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> is_focused(load_classifier("bert").model)
        True
    """
    return bool(getattr(model.config, FLAG, False))


def token_logits(model: Any, ids: torch.Tensor, mask: torch.Tensor, closing: int) -> torch.Tensor:
    """A model's logits for every token, with the attention that it was trained with.

    Args:
        model: A token classifier.
        ids: Token ids, shape (windows, length), on the model's device.
        mask: 1 for what is no padding; the same shape.
        closing: Id of the closing token.

    Returns:
        Of shape (windows, length, labels).

    Example:
        >>> from policynlp.classify import load_classifier
        >>> import torch
        >>> bert, ids = load_classifier("bert", device="cpu"), torch.tensor([[0, 11, 2, 12, 2]])
        >>> token_logits(bert.model, ids, torch.ones_like(ids), closing=2).shape
        torch.Size([1, 5, 4])
    """
    logits: torch.Tensor = model(input_ids=ids, attention_mask=attention_mask(model, ids, mask, closing)).logits
    return logits


def attention_mask(model: Any, ids: torch.Tensor, mask: torch.Tensor, closing: int) -> torch.Tensor:
    """The mask that a model takes with some windows.

    Args:
        model: Any model of transformers.
        ids: Token ids, shape (windows, length), on the model's device.
        mask: 1 for what is no padding; the same shape.
        closing: Id of the closing token.

    Returns:
        What `seen` says, in the form that transformers takes; ``mask`` itself where the model was not trained so.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> import torch
        >>> bert, ids = load_classifier("bert", device="cpu"), torch.tensor([[0, 11, 2, 12, 2]])
        >>> attention_mask(bert.model, ids, torch.ones_like(ids), closing=2).shape[-2:]
        torch.Size([5, 5])
    """
    if not is_focused(model):
        return mask
    import torch
    import transformers

    allowed = seen(ids, mask, closing)
    # Version 5 takes what is added to the scores, for all heads; version 4 takes ones and zeros.
    if int(transformers.__version__.partition(".")[0]) < 5:
        return allowed.long()
    added = torch.zeros(allowed.shape, dtype=model.dtype, device=allowed.device)
    return added.masked_fill(~allowed, torch.finfo(model.dtype).min)[:, None]


def seen(ids: torch.Tensor, mask: torch.Tensor, closing: int) -> torch.Tensor:
    """Which token looks at which.

    Args:
        ids: Token ids, shape (windows, length).
        mask: 1 for what is no padding; the same shape.
        closing: Id of the closing token.

    Returns:
        Truth values, shape (windows, length of who looks, length of what is looked at).

    Example:
        >>> import torch
        >>> ids = torch.tensor([[0, 11, 2, 12, 2, 1]])
        >>> seen(ids, (ids != 1).long(), closing=2)[0, 4].tolist()  # the second closing token: 12 and both closing ones
        [False, False, True, True, True, False]
        >>> seen(ids, (ids != 1).long(), closing=2)[0, 3].tolist()  # the token before it: all but the padding
        [True, True, True, True, True, False]
    """
    real = mask.bool()
    closers = (ids == closing) & real
    piece = closers.cumsum(1) - closers.long()
    own = piece[:, :, None] == piece[:, None, :]
    return (own | closers[:, None, :] | ~closers[:, :, None]) & real[:, None, :]
