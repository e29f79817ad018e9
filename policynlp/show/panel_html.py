"""A panel as one page that needs nothing else: every cell opens on its sentences."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from policynlp.compare.panel import Panel

_HEAD = """<!DOCTYPE html>
<html lang="zh"><head><meta charset="utf-8"><title>policynlp panel</title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<style>
body{font:14px/1.5 "Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif;margin:1.5em}
table{border-collapse:collapse}th,td{padding:.2em .6em;text-align:left;vertical-align:top}
thead th{position:sticky;top:0;background:#fff;border-bottom:2px solid #444}tbody tr{border-bottom:1px solid #ddd}
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
</script></body></html>
"""


def write_html(panel: Panel, path: Path) -> None:
    """Write a panel as one stand-alone page; every text in it is escaped.

    Args:
        panel: The panel.
        path: The file.
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
    unit = row.unit or ""
    key = f"{row.region} {row.indicator} {row.measure} {row.year} {row.verdict}"
    target = row.target_text or ("—" if row.target_report_id is None else "未见 not found")
    gap = "" if row.gap != row.gap else f"{row.gap:g} {unit}"
    cells = [
        f"<td>{escape(str(row.region))}</td>",
        f"<td>{escape(str(row.indicator))}</td>",
        f"<td>{escape(str(row.measure))}</td>",
        f"<td>{row.year}</td>",
        f"<td>{escape(str(target))}</td>",
        f"<td>{escape(str(row.outcome_text or '—'))}</td>",
        f'<td class="n">{escape(gap)}</td>',
        f'<td class="{escape(str(row.verdict))}">{escape(str(row.verdict))}</td>',
        f"<td>{_sentences(panel, row)}</td>",
    ]
    return f'<tr data-k="{escape(key, quote=True)}">{"".join(cells)}</tr>\n'


def _sentences(panel: Panel, row: Any) -> str:
    parts = []
    for side, name in (("target", "目标"), ("outcome", "实绩")):
        position = getattr(row, f"{side}_sentence")
        sentence = panel.sentence(position)
        if not sentence:
            continue
        start = getattr(row, f"{side}_start") - panel.sentence_start(int(position))
        end = getattr(row, f"{side}_end") - panel.sentence_start(int(position))
        marked = f"{escape(sentence[:start])}<mark>{escape(sentence[start:end])}</mark>{escape(sentence[end:])}"
        where = escape(f"{getattr(row, f'{side}_report_id')} [{getattr(row, f'{side}_start')}]")
        parts.append(f"<p><b>{name}</b> <small>{where}</small> {marked}</p>")
    return f"<details><summary>原文</summary>{''.join(parts)}</details>" if parts else ""
