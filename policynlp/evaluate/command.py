"""What ``policynlp evaluate`` does, apart from its arguments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policynlp.evaluate.gold import GoldError
from policynlp.evaluate.result import Result
from policynlp.evaluate.run import Step, evaluate

if TYPE_CHECKING:
    import pandas as pd

_FACTS = "facts."


def evaluate_files(
    gold: Sequence[Path],
    nlp: Step,
    texts: Path | None = None,
    html: Path | None = None,
    other: Step | None = None,
    by: Sequence[str] = (),
    unseen: bool = False,
) -> tuple[str, dict[str, Any]]:
    """Score a model, and what else is asked for.

    Args:
        gold: Labelled sets: files, folders, or names of corpora that ship with the library.
        nlp: See `evaluate`.
        texts: Folder of the texts.
        html: Where to write a page of all errors; None writes none.
        other: Another pipeline, to compare with.
        by: Columns to group by, see `Result.by`; ``facts.COLUMN`` groups the facts.
        unseen: See `evaluate`.

    Returns:
        The same as readable text and as plain JSON values.

    Raises:
        GoldError: For an unusable labelled set or an unknown column.

    Example:
        >>> from policynlp import load
        >>> from policynlp.evaluate.corpus import shipped
        >>> folder = shipped("example")
        >>> text, values = evaluate_files([folder / "city_云岭市_2024.sentences.jsonl"], load("linear"), folder)
        >>> values["support"]["reports"]
        1
    """
    result = evaluate(nlp, *gold, texts=texts, unseen=unseen)
    lines, plain = [str(result)], result.to_dict()
    if other is not None:
        theirs = evaluate(other, *gold, texts=texts, unseen=unseen)
        differences = result.compare(theirs)
        lines += ["", f"{result.model} less {theirs.model}, paired bootstrap over reports:"]
        lines += [_difference(name, cells) for name, cells in differences.items()]
        plain["other"], plain["compare"] = theirs.to_dict(), differences
    if by:
        tables = {column: _table(result, column) for column in by}
        for column, table in tables.items():
            lines += ["", f"by {column}:", table.round(3).to_string(index=False)]
        plain["by"] = {column: json.loads(table.to_json(orient="records")) for column, table in tables.items()}
    if html is not None:
        result.to_html(html)
    return "\n".join(lines), plain


def _table(result: Result, column: str) -> pd.DataFrame:
    try:
        if column.startswith(_FACTS):
            return result.by(column[len(_FACTS) :], part="facts")
        return result.by(column)
    except ValueError as error:
        raise GoldError(f"--by {column}: {error}") from error


def _difference(name: str, cells: dict[str, float | None]) -> str:
    line = f"  {name:<30} {cells['difference']:+.3f}"
    if cells["p"] is None:
        return line
    return f"{line} [{cells['low']:+.3f}, {cells['high']:+.3f}]  p {cells['p']:.3f}"
