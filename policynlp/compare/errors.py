"""What goes wrong in a comparison, and what is told although it goes on."""

from __future__ import annotations


class CompareError(ValueError):
    """An input that cannot be compared; the message says what to change.

    Example:
        >>> from policynlp import compare
        >>> try:
        ...     compare([])
        ... except CompareError as error:
        ...     print(type(error).__name__)
        CompareError
    """


class CompareWarning(UserWarning):
    """Something about the input that a reader of the panel has to know: a report set aside, years missing.

    Example:
        >>> issubclass(CompareWarning, UserWarning)
        True
    """
