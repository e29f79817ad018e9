"""Where a cell of the panel comes from, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policynlp.compare.source import Source
from policynlp.compare.tiers import superior_at
from policynlp.compare.verdict import above_for, check_for

if TYPE_CHECKING:
    import pandas as pd


def explain_row(row: Any, statements: pd.DataFrame, source: Source) -> str:
    """Both sentences, the rule behind the verdict, and the statements that were not taken.

    Args:
        row: A row of the panel with its inner columns.
        statements: All statements.
        source: The sentences.

    Returns:
        A few lines.
    """
    lines = [f"{row['region']} {row['year']} {row['indicator']} ({row['measure']}, {row['unit'] or 'no unit'})"]
    for side in ("target", "outcome"):
        text = row[f"{side}_text"]
        if text is None:
            report = row["target_report_id"] if side == "target" else None
            lines.append(f"  {side}: none found" + (f" in {report}" if report else ""))
            continue
        where = f"{row[f'{side}_report_id']} [{row[f'{side}_start']}, {row[f'{side}_end']})"
        lines.append(f"  {side}: {text} in {where}: {source.sentence(row[f'{side}_sentence'])}")
    lines.append(f"  verdict: {row['verdict']}, {_reason(row)}")
    return "\n".join(lines + _above(row, statements, source) + _others(row, statements))


def _reason(row: Any) -> str:
    if row["verdict"] == "no_target":
        return "no target to judge by"
    if row["verdict"] == "no_outcome":
        return "no later report tells what was reached"
    if row["target_status"] == "qualitative":
        if above := above_for(row["target_text"]):
            points = f" by {above.points:g} points" if above.points else ""
            return f"the words {above.word} are checked as {above.kind}{points} against the {above.level} figure"
        check = check_for(row["target_text"])
        if check is None:
            return "the target's words name nothing that can be looked up"
        other = f" {check.reference} less {check.slack:g} points" if check.reference else " the year before"
        return f"the words {check.word} are checked as {check.kind} against{other}"
    return f"outcome {row['outcome']:g} ({row['outcome_bound']}) by target {row['target']:g} ({row['target_bound']})"


def _above(row: Any, statements: pd.DataFrame, source: Source) -> list[str]:
    """The sentence that a target set against a place above is checked by."""
    above = above_for(row["target_text"]) if row["target_status"] == "qualitative" else None
    code = superior_at(row["region_code"], above.level) if above else None
    found = statements[
        (statements["place"] == code)
        & (statements["thing"] == row["thing"])
        & (statements["measure"] == row["measure"])
        & (statements["target_year"] == row["year"])
        & (statements["side"] == "outcome")
        & statements["chosen"]
    ]
    return [
        f"  above: {other.text} in {other.report_id} [{other.start}, {other.end}): "
        f"{source.sentence(other.sentence_row)}"
        for other in found.itertuples()
    ]


def _others(row: Any, statements: pd.DataFrame) -> list[str]:
    same = statements[
        (statements["place"] == row["place"])
        & (statements["thing"] == row["thing"])
        & (statements["target_year"] == row["year"])
        & ~statements["chosen"]
    ]
    return [
        f"  not taken as {other.side}: {other.text} in {other.report_id} [{other.start}, {other.end}), "
        f"{other.measure}, {other.penalty} against it"
        for other in same.sort_values("penalty").head(8).itertuples()
    ]
