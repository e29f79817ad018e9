"""An encoder with two heads, one over masked tokens and one over labels: what `policynlp.train.weak` trains."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import AutoModelForMaskedLM, BertConfig, BertForMaskedLM, BertForTokenClassification

from policynlp.classify.focus import attention_mask, focus
from policynlp.report import LABELS
from policynlp.train.finetune import UNLABELLED
from policynlp.train.mlm import attention_for, mask_tokens

_IGNORE = -100
STATE = "state.pt"
Specials = tuple[int, int]


class TwoHeads(nn.Module):
    """An encoder with two heads: masked tokens, and the label at each closing token.

    Args:
        mlm: The encoder with its head over the vocabulary.

    Example:
        >>> from transformers import BertConfig
        >>> tiny = BertConfig(vocab_size=9, hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
        >>> TwoHeads(BertForMaskedLM(tiny)).head.out_features
        4
    """

    def __init__(self, mlm: BertForMaskedLM) -> None:
        super().__init__()
        self.mlm = mlm
        focus(mlm)
        self.head = nn.Linear(mlm.config.hidden_size, len(LABELS))

    def losses(
        self, ids: torch.Tensor, mask: torch.Tensor, marks: torch.Tensor, special: Specials, seed: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss of labels and of masked tokens, from one pass over the masked text.

        Args:
            ids: Token ids, shape (batch, length).
            mask: 1 for what is no padding; the same shape.
            marks: The label's position in `LABELS` at closing tokens, less than 0 elsewhere; the same shape.
            special: Ids of the mask token and of the closing token.
            seed: Of the masks.

        Returns:
            Two scalars, in nats; 0 where nothing was to be guessed.

        Example:
            >>> from transformers import BertConfig
            >>> tiny = BertConfig(vocab_size=9, hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
            >>> ids, marks = torch.full((1, 20), 7), torch.tensor([[-100] * 19 + [1]])
            >>> losses = TwoHeads(BertForMaskedLM(tiny)).losses(ids, torch.ones_like(ids), marks, (8, 2), seed=0)
            >>> [loss.shape for loss in losses]
            [torch.Size([]), torch.Size([])]
        """
        changed, answers = self.masked(ids, special[0], seed)
        mask = attention_mask(self.mlm, ids, mask, special[1])
        with torch.autocast(ids.device.type, torch.bfloat16):
            hidden = self.mlm.bert(input_ids=changed, attention_mask=mask).last_hidden_state
            chosen, read = answers != _IGNORE, marks > UNLABELLED
            words = self.mlm.cls(hidden[chosen])
            labels = self.head(hidden[read])
        return mean_loss(labels, marks[read]), mean_loss(words, answers[chosen])

    def masked(self, ids: torch.Tensor, mask_id: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The text with tokens masked, and what they were.

        Args:
            ids: Token ids, shape (batch, length).
            mask_id: Id of the mask token.
            seed: Of the masks.

        Returns:
            See `policynlp.train.mlm.mask_tokens`.

        Example:
            >>> from transformers import BertConfig
            >>> tiny = BertConfig(vocab_size=9, hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
            >>> TwoHeads(BertForMaskedLM(tiny)).masked(torch.full((1, 20), 7), 8, seed=0)[0].shape
            torch.Size([1, 20])
        """
        generator = torch.Generator(ids.device).manual_seed(seed)
        # Padding is among the special ids, so it is never chosen.
        return mask_tokens(ids, mask_id, self.mlm.config.vocab_size, 4, generator)

    def losses_of_pupil(
        self,
        teacher: TwoHeads,
        ids: torch.Tensor,
        mask: torch.Tensor,
        marks: torch.Tensor,
        special: Specials,
        seed: int,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """As `losses`, where half of what is learnt is what a deeper model says.

        The three losses are those of Sanh et al., *DistilBERT* (2019): what the token was, which tokens the teacher
        holds possible, and the direction of its last hidden states. Of labels alike, the first two.

        Args:
            teacher: The deeper model.
            ids: Token ids, shape (batch, length).
            mask: 1 for what is no padding; the same shape.
            marks: See `losses`; here every sentence's closing token counts, with or without a label.
            special: Ids of the mask token and of the closing token.
            seed: Of the masks.

        Returns:
            Two scalars: of labels, and of masked tokens and hidden states.

        Example:
            >>> from transformers import BertConfig
            >>> tiny = BertConfig(vocab_size=9, hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
            >>> ids, marks = torch.full((1, 20), 7), torch.tensor([[-100] * 19 + [1]])
            >>> model = TwoHeads(BertForMaskedLM(tiny)).eval()
            >>> losses = model.losses_of_pupil(model, ids, torch.ones_like(ids), marks, (8, 2), seed=0)
            >>> [loss.shape for loss in losses]
            [torch.Size([]), torch.Size([])]
        """
        changed, answers = self.masked(ids, special[0], seed)
        real, mask = mask.bool(), attention_mask(self.mlm, ids, mask, special[1])
        chosen, read, known = answers != _IGNORE, marks != _IGNORE, marks > UNLABELLED
        with torch.autocast(ids.device.type, torch.bfloat16):
            with torch.no_grad():
                model_states = teacher.mlm.bert(input_ids=changed, attention_mask=mask).last_hidden_state
                likely_words = teacher.mlm.cls(model_states[chosen]).float().softmax(-1)
                likely_labels = teacher.head(model_states[read]).float().softmax(-1)
            hidden = self.mlm.bert(input_ids=changed, attention_mask=mask).last_hidden_state
            words = self.mlm.cls(hidden[chosen])
            labels = self.head(hidden[read])
            weak = self.head(hidden[known])
        far = 1 - nn.functional.cosine_similarity(hidden[real].float(), model_states[real].float(), dim=-1).mean()
        label = mean_loss(weak, marks[known]) + mean_loss(labels, likely_labels)
        word = mean_loss(words, answers[chosen]) + mean_loss(words, likely_words)
        return label / 2, word / 2 + far

    def save(self, folder: Path) -> None:
        """Write encoder and label head as a plain token classification checkpoint.

        Args:
            folder: Created where it is missing.

        Example:
            >>> import tempfile
            >>> from transformers import BertConfig
            >>> tiny = BertConfig(vocab_size=9, hidden_size=4, num_attention_heads=1, num_hidden_layers=1)
            >>> folder = Path(tempfile.mkdtemp())
            >>> TwoHeads(BertForMaskedLM(tiny)).save(folder)
            >>> BertForTokenClassification.from_pretrained(folder).num_labels
            4
        """
        config = self.mlm.config
        config.num_labels = len(LABELS)
        config.id2label = dict(enumerate(LABELS))
        config.label2id = {label: index for index, label in enumerate(LABELS)}
        plain = BertForTokenClassification(config)
        plain.bert.load_state_dict(self.mlm.bert.state_dict())
        plain.classifier.load_state_dict(self.head.state_dict())
        plain.save_pretrained(folder)


def mean_loss(logits: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy, and 0 where there is nothing to guess: `nn.functional.cross_entropy` makes that no number.

    Args:
        logits: Shape (items, classes).
        answers: Classes, shape (items,), or their probabilities, of the shape of ``logits``.

    Returns:
        A scalar, in nats.

    Example:
        >>> mean_loss(torch.zeros(0, 4), torch.zeros(0, dtype=torch.long)).item()
        0.0
        >>> round(mean_loss(torch.zeros(1, 4), torch.tensor([2])).item(), 3)
        1.386
    """
    return nn.functional.cross_entropy(logits.float(), answers, reduction="sum") / max(1, len(logits))


def load_two_heads(folder: Path, device: str = "cpu") -> TwoHeads:
    """The model with both heads as `WeakRun` left it.

    Args:
        folder: Its ``out``.
        device: Where it computes.

    Returns:
        The model in 32 bits.

    Example:
        >>> import pytest
        >>> with pytest.raises(OSError):
        ...     load_two_heads(Path("no_such_folder"))
    """
    config = BertConfig.from_json_file(folder / "config.json")
    model = TwoHeads(AutoModelForMaskedLM.from_config(config, attn_implementation=attention_for(device)))
    model.load_state_dict(torch.load(folder / STATE, weights_only=True, map_location="cpu")["model"])
    return model.to(device)
