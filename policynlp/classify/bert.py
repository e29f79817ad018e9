"""A fine-tuned BERT behind the library's interface: windows in, calibrated probabilities of each sentence out.

The checkpoint is a plain ``AutoModelForTokenClassification`` that reads a sentence's label at its closing token. What
else may be at its side stays small: a linear classifier as a second opinion, and chains that weigh both and know how
labels follow each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import log_softmax, softmax

from policynlp.classify.chain import Chain
from policynlp.classify.focus import token_logits
from policynlp.classify.labeller import LabelsReports
from policynlp.classify.linear import LinearClassifier
from policynlp.classify.rows import Row, as_rows, rows
from policynlp.classify.windows import Window, ends, report_windows, row_window
from policynlp.report import Report

if TYPE_CHECKING:
    import torch

# Tokens in one forward pass. They are all of one report, so that nothing around a report can change its numbers.
BATCH_TOKENS = 2048
# Passes are padded to a multiple of this. PyTorch keeps what it compiled for each shape that it met: over 100 short
# reports 98 shapes and 140 MB more than with these 48, in the same time (3,000 characters each, one core).
LENGTH_STEP = 8
PRECISIONS = ("auto", "fp32", "bf16")


class BertLabeller(LabelsReports):
    """Labels reports and single sentences with a fine-tuned BERT.

    Args:
        model: An ``AutoModelForTokenClassification``.
        tokenizer: Its tokenizer.
        window: Tokens in a window at most.
        context: Tokens of text on both sides of what is read.
        temperature: What the logits are divided by where there is no chain.
        companion: A linear classifier with the same labels, as a second opinion.
        chain: Chain that weighs BERT and companion over a whole report; None takes each sentence by itself.
        alone: Chain for sentences without a report.
        name: What the tables record.
        card: What was saved with the model about its training.
        device: ``"cpu"``, ``"cuda"`` …; ``"auto"`` takes a GPU where there is one.
        precision: ``"fp32"``, ``"bf16"``, or ``"auto"``: bf16 where the processor computes in it, else fp32.

    Raises:
        ValueError: For an unknown precision.

    Example:
        >>> from policynlp.classify import load_classifier
        >>> bert = load_classifier("bert")
        >>> bert.predict(["去年，建成学校五所。", "今年，要新建学校五所。"]).tolist()
        ['achievement', 'commitment']
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        *,
        window: int = 256,
        context: int = 24,
        temperature: float = 1.0,
        companion: LinearClassifier | None = None,
        chain: Chain | None = None,
        alone: Chain | None = None,
        name: str = "bert",
        card: dict[str, Any] | None = None,
        device: str = "auto",
        precision: str = "auto",
    ) -> None:
        self.tokenizer = tokenizer
        self.window, self.context, self.temperature = window, context, temperature
        self.companion, self.chain, self.alone = companion, chain, alone
        self.name, self.card = name, card or {}
        labels = [str(model.config.id2label[i]) for i in range(model.config.num_labels)]
        self.classes_ = np.array(sorted(labels))
        self._columns = [labels.index(label) for label in self.classes_]
        self._closing = ends(tokenizer)[1]
        self.device, self.precision = choose_device(device), choose_precision(precision, choose_device(device))
        self.model = model.to(device=self.device, dtype=dtype_of(self.precision)).eval()

    def probabilities(self, report: Report) -> np.ndarray:
        """Calibrated probabilities of a report's sentences, a row each, a column for each of ``classes_``.

        Args:
            report: A segmented report.

        Returns:
            Of shape (sentences, labels), each row adding up to 1.

        Example:
            >>> from policynlp.classify import load_classifier
            >>> from policynlp.segment import segment
            >>> load_classifier("bert").probabilities(segment(Report.from_text("建成学校五所。今年要新建五所。"))).shape
            (2, 4)
        """
        logits = self.logits(report)
        if self.chain is None or self.companion is None:
            return softmax(logits / self.temperature, axis=1)
        seen = rows(report)
        return self.chain.marginals(evidence(logits, self.companion.decision_function(seen)), seen)

    def logits(self, report: Report, wanted: Collection[int] | None = None) -> np.ndarray:
        """The BERT's own logits for a report's sentences.

        Args:
            report: A segmented report.
            wanted: Positions in ``report.sentences`` that matter; None takes all.

        Returns:
            Of shape (sentences, labels), in the order of ``classes_``; zeros where a window held nothing wanted.

        Example:
            >>> from policynlp.classify import load_classifier
            >>> from policynlp.segment import segment
            >>> load_classifier("bert").logits(segment(Report.from_text("建成学校五所。今年要新建五所。"))).shape
            (2, 4)
        """
        windows = report_windows(report, self.tokenizer, self.window, self.context)
        if wanted is not None:
            windows = [window for window in windows if any(index in wanted for index in window.sentences)]
        return self._read(windows, len(report.sentences))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of single sentences.

        Args:
            X: Sentences or rows; see `policynlp.classify.LinearClassifier`.

        Returns:
            A row each, a column for each of ``classes_``.

        Example:
            >>> from policynlp.classify import load_classifier
            >>> load_classifier("bert").predict_proba(["建成学校五所。"]).sum().round(3)
            np.float64(1.0)
        """
        given = as_rows(X)
        logits = self.row_logits(given)
        if self.alone is None:
            return softmax(logits / self.temperature, axis=1)
        others = [] if self.companion is None else [self.companion.decision_function(given)]
        return self.alone.single(evidence(logits, *others), given)

    def row_logits(self, given: Sequence[Row]) -> np.ndarray:
        """The BERT's own logits for single rows, in the order of ``classes_``.

        Args:
            given: Sentences with what is known around them.

        Returns:
            Of shape (rows, labels).

        Example:
            >>> from policynlp.classify import load_classifier
            >>> load_classifier("bert").row_logits([Row("建成学校五所。")]).shape
            (1, 4)
        """
        windows = [row_window(row, self.tokenizer, self.window) for row in given]
        numbered = [Window(w.ids, w.closers, (i,)) for i, w in enumerate(windows)]
        return self._read(numbered, len(given))

    def _read(self, windows: Sequence[Window], count: int) -> np.ndarray:
        out = np.zeros((count, len(self.classes_)))
        for group in _batches(windows):
            for window, logits in zip(group, self._forward(group), strict=True):
                out[list(window.sentences)] = logits[list(window.closers)]
        return out

    def _forward(self, group: Sequence[Window]) -> np.ndarray:
        import torch

        longest = max(len(window.ids) for window in group)
        step = min(-(-longest // LENGTH_STEP) * LENGTH_STEP, self.window)
        ids, mask = padded([window.ids for window in group], self.tokenizer.pad_token_id or 0, step)
        with torch.inference_mode():
            logits = token_logits(self.model, ids.to(self.device), mask.to(self.device), self._closing)
        return logits.float().cpu().numpy()[..., self._columns]


def _batches(windows: Sequence[Window]) -> Iterator[list[Window]]:
    """Windows of like length together, as many as fill a pass."""
    group: list[Window] = []
    for window in sorted(windows, key=lambda window: len(window.ids)):
        if group and (len(group) + 1) * len(window.ids) > BATCH_TOKENS:
            yield group
            group = []
        group.append(window)
    if group:
        yield group


def padded(rows_of_ids: Sequence[Sequence[int]], pad: int, least: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids in one tensor, and which of them are no padding; both of shape (rows, longest or ``least``).

    Args:
        rows_of_ids: Token ids of each text, at least one text.
        pad: The id of the padding token.
        least: How many columns there are at least.

    Returns:
        Ids and mask, both integers of shape (texts, columns); the mask is 1 for what is no padding.

    Example:
        >>> ids, mask = padded([[5, 6], [7]], pad=0)
        >>> ids.tolist(), mask.tolist()
        ([[5, 6], [7, 0]], [[1, 1], [1, 0]])
    """
    import torch

    longest = max(least, *map(len, rows_of_ids))
    ids = torch.full((len(rows_of_ids), longest), pad)
    mask = torch.zeros_like(ids)
    for row, values in enumerate(rows_of_ids):
        ids[row, : len(values)] = torch.tensor(values)
        mask[row, : len(values)] = 1
    return ids, mask


def evidence(*opinions: np.ndarray) -> np.ndarray:
    """What the chain weighs: the log-probabilities of several opinions side by side.

    Args:
        *opinions: Logits, each of shape (sentences, labels).

    Returns:
        Of shape (sentences, opinions × labels).

    Example:
        >>> np.exp(evidence(np.zeros((1, 2)), np.zeros((1, 4)))).round(2).tolist()
        [[0.5, 0.5, 0.25, 0.25, 0.25, 0.25]]
    """
    return np.hstack([log_softmax(logits, axis=1) for logits in opinions])


def choose_device(device: str) -> str:
    """``"auto"`` is a GPU where PyTorch finds one, else the CPU.

    Args:
        device: ``"auto"``, or a device of PyTorch.

    Returns:
        A device of PyTorch.

    Example:
        >>> choose_device("cpu"), choose_device("auto") in ("cpu", "cuda")
        ('cpu', True)
    """
    import torch

    return ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device


def choose_precision(precision: str, device: str) -> str:
    """``"auto"`` is bf16 where the device computes in it, else fp32.

    Args:
        precision: One of `PRECISIONS`.
        device: A device of PyTorch.

    Returns:
        ``"fp32"`` or ``"bf16"``.

    Raises:
        ValueError: For an unknown precision.

    Example:
        >>> choose_precision("fp32", "cpu")
        'fp32'
    """
    import torch

    if precision not in PRECISIONS:
        raise ValueError(f"precision {precision!r}; known are {', '.join(PRECISIONS)}")
    if precision != "auto":
        return precision
    if device.startswith("cuda"):
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    # Without such instructions bf16 is emulated, slower than fp32. PyTorch has no public name for the question yet.
    questions = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return "bf16" if any(ask is not None and ask() for ask in questions) else "fp32"


def dtype_of(precision: str) -> torch.dtype:
    """PyTorch's name for ``"fp32"`` or ``"bf16"``.

    Args:
        precision: Of `choose_precision`.

    Returns:
        The type that weights are held in.

    Example:
        >>> dtype_of("bf16")
        torch.bfloat16
    """
    import torch

    return torch.bfloat16 if precision == "bf16" else torch.float32
