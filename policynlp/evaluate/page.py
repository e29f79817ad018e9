"""A stand-alone page of errors in context, to be read by two people side by side; everything in it is escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from policynlp.evaluate.cases import Case, FactCase
from policynlp.evaluate.facts import FIELDS
from policynlp.evaluate.labels import PREDICTED
from policynlp.report import LABELS

if TYPE_CHECKING:
    from policynlp.evaluate.result import Result

# Contrast of 4.5 and more in light and dark (WCAG 2.2 AA).
_STYLE = """
:root { color-scheme: light dark; --ink: #222; --quiet: #5c5c5c; --line: #c8c8c8; --paper: #fff; --mark: #fff2b3; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --quiet: #a8a8a8; --line: #555; --paper: #1b1b1b; --mark: #5a4a00; }
}
body { font: 16px/1.6 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; max-width: 60em; margin: 2em auto;
       padding: 0 1em; color: var(--ink); background: var(--paper); overflow-wrap: break-word; }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin: 1em 0; }
td, th { padding: .2em .7em; border: 1px solid var(--line); text-align: right; }
th { font-weight: 600; } td.right { font-weight: 600; } details { margin: .6em 0; }
summary { cursor: pointer; font-weight: 600; padding: .3em 0; }
.case { border-left: 3px solid var(--line); padding: .3em .8em; margin: .8em 0; } .context { color: var(--quiet); }
mark { background: var(--mark); color: inherit; } .where { color: var(--quiet); font-size: .85em; }
pre { overflow-x: auto; font-size: .8em; } @media print { details { break-inside: auto; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
# Where this many errors of one kind are listed, the rest is only counted.
MOST = 200


def page(result: Result, title: str = "") -> str:
    """Write the page.

    Args:
        result: Of `evaluate`.
        title: Its heading; by default the model's name.

    Returns:
        HTML without any outside resource or script.

    Example:
        >>> from policynlp.evaluate.result import Result
        >>> "<h1>Errors of mine</h1>" in page(Result("mine"))
        True
    """
    name = escape(title or f"Errors of {result.model}")
    scores = f'<pre tabindex="0" aria-label="Scores 得分">{escape(str(result))}</pre>'
    parts = [f"<h1>{name}</h1>", scores]
    if result.cases:
        parts += ["<h2>Labels 标签</h2>", _confusion(result.confusion()), *_label_errors(result.cases)]
    if result.fact_cases:
        parts += ["<h2>Facts 数据</h2>", *_fact_errors(result.fact_cases)]
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{name}</title>'
    )
    body = f"<main>{''.join(parts)}</main>"
    return f'<!doctype html><html lang="zh"><head>{head}<style>{_STYLE}</style></head><body>{body}</body></html>\n'


def _confusion(table: dict[str, dict[str, int]]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in PREDICTED)
    rows = "".join(
        f'<tr><th scope="row">{label}</th>'
        + "".join(f"<td{' class=right' if name == label else ''}>{cells[name]}</td>" for name in PREDICTED)
        + "</tr>"
        for label, cells in table.items()
    )
    says = "<p>Labelled (rows) and predicted (columns). 行为标注，列为预测。</p>"
    return f'{says}<div class="wide" tabindex="0"><table><tr><td></td>{head}</tr>{rows}</table></div>'


def _label_errors(cases: Sequence[Case]) -> list[str]:
    out = []
    for gold in LABELS:
        for predicted in PREDICTED:
            some = [case for case in cases if case.gold == gold and case.predicted == predicted and not case.right]
            # The surest errors first: they teach most, about the model or about the labels.
            some.sort(key=lambda case: -(case.confidence or 0))
            if some:
                out.append(_fold(f"{gold} → {predicted}: {_count(len(some))}", map(_label_case, some[:MOST])))
    return out


def _label_case(case: Case) -> str:
    sure = "" if case.confidence is None else f", {case.confidence:.2f}"
    note = f"labelled {case.gold}, predicted {case.predicted}{sure}" + (", at a border" if case.border else "")
    return _case(case, note)


def _case(case: Case | FactCase, note: str) -> str:
    where = f"{escape(case.report_id)} [{case.start}, {case.end})" + (case.section_kind and f" {case.section_kind}")
    before, text, after = (escape(words) for words in (case.before, case.text, case.after))
    return (
        f'<div class="case"><div class="where">{where}: {escape(note)}</div>'
        f'<span class="context">{before}</span><mark>{text}</mark><span class="context">{after}</span></div>'
    )


def _fact_errors(cases: Sequence[FactCase]) -> list[str]:
    counts = Counter(name for case in cases for name in case.wrong)
    out = []
    for name, count in counts.most_common():
        some = [case for case in cases if name in case.wrong][:MOST]
        out.append(_fold(f"{name}: {_count(count)}", (_case(case, _difference(case, name)) for case in some)))
    return out


def _difference(case: FactCase, name: str) -> str:
    fact = case.gold or case.found
    if name in ("missed", "spurious"):
        shown = ", ".join(f"{key} {getattr(fact, key)}" for key in ("indicator", "value", "unit", *FIELDS[1:3]))
        return f"{name}: {shown}"
    return f"{name}: labelled {getattr(case.gold, name)!s}, found {getattr(case.found, name)!s}"


def _count(errors: int) -> str:
    return str(errors) if errors <= MOST else f"{errors}, of which {MOST} are shown 只列前 {MOST} 条"


def _fold(head: str, cases: Iterable[str]) -> str:
    return f"<details><summary>{escape(head)}</summary>{''.join(cases)}</details>"
