"""A panel as one page that needs nothing else: every row opens on its sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from policynlp.compare.panel import Panel
from policynlp.show.panel_view import VERDICTS, PanelRow, row_in_words
from policynlp.show.templating import asset, digest, stream


def write_html(panel: Panel, path: Path) -> None:
    """Write a panel as one stand-alone page with search and filters; every text in it is escaped.

    Args:
        panel: The panel.
        path: The file.

    Raises:
        OSError: Where the file cannot be written.

    Example:
        >>> import tempfile
        >>> from policynlp import Report, compare, load
        >>> plan = load("linear")(Report.from_text("今年，粮食产量要达到30万吨以上。", region="云岭市", year=2024))
        >>> file = Path(tempfile.mkdtemp()) / "panel.html"
        >>> write_html(compare([plan]), file)
        >>> "30万吨以上" in file.read_text(encoding="utf-8")
        True
    """
    counts = panel.rows["verdict"].value_counts()
    known = panel.rows.dropna(subset=["indicator_id"]).groupby("indicator_id", sort=False)["indicator"]
    script = asset("panel.js")
    parts = stream(
        "panel_page.html",
        panel=panel,
        rows=_rows(panel),
        indicators=[(id, names.mode().iloc[0], len(names)) for id, names in known],
        counts=[(name, int(counts[name])) for name in VERDICTS if name in counts],
        verdicts=VERDICTS,
        style=asset("report.css") + asset("notebook.css"),
        script=script,
        digest=digest(script),
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:
        # A panel of the archive has a quarter of a million rows: they are written as they are made.
        file.writelines(parts)


def _rows(panel: Panel) -> Iterator[tuple[str, str, PanelRow]]:
    """Place, indicator id and words of each row."""
    for row in panel.rows.itertuples():
        yield str(row.region), row.indicator_id if isinstance(row.indicator_id, str) else "", row_in_words(panel, row)
