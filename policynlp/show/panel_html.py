"""A panel as one page that needs nothing else: every cell opens on its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from policynlp.compare.panel import Panel
from policynlp.show.panel_view import VERDICTS, Quote, row_in_words

_HEAD = """<!DOCTYPE html>
<html lang="zh"><head><meta charset="utf-8"><title>policynlp panel</title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<style>
body{font:14px/1.5 "Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif;margin:1.5em}
table{border-collapse:collapse}th,td{padding:.2em .6em;text-align:left;vertical-align:top}
thead th{position:sticky;top:0;background:#fff;border-bottom:2px solid #444}tbody tr{border-bottom:1px solid #ddd}
tbody tr:has(details){cursor:pointer}
.missed{color:#b00020;font-weight:bold}.met{color:#1b6e3c}.n{text-align:right}summary{cursor:pointer}
mark{background:#ffe9a8}.notes{color:#8a4b00}input{font:inherit;padding:.2em .5em;margin:.5em 0;width:22em}
details p{max-width:60em;margin:.2em 0}
</style></head><body>
<h1>目标与实绩 Targets and outcomes</h1>
"""
_TABLE = """<input id="q" placeholder="筛选 filter: 地区, 指标, 年份 …" aria-label="filter">
<table><thead><tr><th>地区 place</th><th>指标 indicator</th><th>口径 measure</th><th>年份 year</th><th>目标 target</th>
<th>实绩 outcome</th><th>差距 gap</th><th>判定 verdict</th><th>原文 sentences</th></tr></thead><tbody>
"""
_TAIL = """</tbody></table>
<script>
const rows=[...document.querySelectorAll('tbody tr')];
document.getElementById('q').addEventListener('input',e=>{const words=e.target.value.trim().split(/\\s+/);
rows.forEach(r=>{const t=r.dataset.k;r.hidden=!words.every(w=>t.includes(w))})});
document.querySelector('tbody').addEventListener('click',e=>{if(e.target.closest('details')||String(getSelection()))return;
const d=e.target.closest('tr').querySelector('details');if(d)d.open=!d.open});
</script></body></html>
"""


def write_html(panel: Panel, path: Path) -> None:
    """Write a panel as one stand-alone page; every text in it is escaped.

    Args:
        panel: The panel.
        path: The file.

    Example:
        >>> import tempfile
        >>> from policynlp import Report, compare, load
        >>> plan = load("linear")(Report.from_text("今年，粮食产量要达到30万吨以上。", region="云岭市", year=2024))
        >>> file = Path(tempfile.mkdtemp()) / "panel.html"
        >>> write_html(compare([plan]), file)
        >>> "30万吨以上" in file.read_text(encoding="utf-8")
        True
    """
    with path.open("w", encoding="utf-8", newline="\n", errors="replace") as stream:
        stream.write(_HEAD)
        for note in panel.notes:
            stream.write(f'<p class="notes">{escape(note)}</p>\n')
        stream.write(_TABLE)
        for row in panel.rows.itertuples():
            stream.write(_row(panel, row))
        stream.write(_TAIL)


def _row(panel: Panel, row: Any) -> str:
    key = f"{row.region} {row.indicator} {row.measure} {row.year} {row.verdict}"
    words = row_in_words(panel, row)
    sign, name = VERDICTS[words.verdict]
    cells = [
        f"<td>{escape(str(row.region))}</td>",
        f"<td>{escape(words.indicator)}</td>",
        f"<td>{escape(words.measure)}</td>",
        f"<td>{escape(words.year)}</td>",
        f"<td>{escape(words.target)}</td>",
        f"<td>{escape(words.outcome)}</td>",
        f'<td class="n">{escape(words.gap)}</td>',
        f'<td class="{escape(words.verdict)}">{sign} {name} {escape(words.verdict)}</td>',
        f"<td>{_sentences(words.quotes)}</td>",
    ]
    return f'<tr data-k="{escape(key, quote=True)}">{"".join(cells)}</tr>\n'


def _sentences(quotes: Sequence[Quote]) -> str:
    parts = [
        f"<p><b>{q.side}</b> <small>{escape(q.where)}</small> "
        f"{escape(q.before)}<mark>{escape(q.words)}</mark>{escape(q.after)}</p>"
        for q in quotes
    ]
    return f"<details><summary>原文</summary>{''.join(parts)}</details>" if parts else ""
