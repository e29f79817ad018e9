"""The words that say how a panel reads the numbers of a sentence, as parts of patterns."""

from __future__ import annotations

import re
from functools import cache

from policynlp.data import load_table


@cache
def said(*kinds: str) -> str:
    """A pattern of the words of some kinds.

    Args:
        *kinds: Of ``statement_words.tsv``, whose head says what each is.

    Returns:
        A group without a number, for `re`.

    Raises:
        KeyError: For a kind that the table does not have.

    Example:
        >>> said("task")
        '(?:任务|目标|指标)'
    """
    rows = load_table("statement_words.tsv", ("word", "kind", "example"), ("word", "kind", "example"))
    if unknown := set(kinds) - {row["kind"] for row in rows}:
        raise KeyError(f"statement_words.tsv has no kind {', '.join(sorted(unknown))}")
    return f"(?:{'|'.join(re.escape(row['word']) for row in rows if row['kind'] in kinds)})"
