"""A report as HTML: a fragment for a notebook, which runs no script, and a page that stands alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from policynlp.report import Report
from policynlp.show import report_view as view
from policynlp.show.templating import asset, digest, render


def notebook_html(report: Report) -> str:
    """A report for a notebook: everything under one element, no script, no outside request.

    Args:
        report: The report, with whatever layers it has.

    Returns:
        HTML with its own style, which touches nothing else in the notebook.

    Example:
        >>> "云岭市" in notebook_html(Report.from_text("各位代表：", region="云岭市"))
        True
    """
    return _render("report_notebook.html", report, f"pn-{report.sha256[:8]}-")


def page_html(report: Report) -> str:
    """A report as one page: `notebook_html` with search, filters and keys, and a policy that forbids any request.

    Args:
        report: The report, with whatever layers it has.

    Returns:
        The whole page.

    Example:
        >>> page_html(Report.from_text("各位代表：")).startswith("<!DOCTYPE html>")
        True
    """
    script = asset("report.js")
    return _render("report_page.html", report, "", script=script, digest=digest(script))


def write_page(report: Report, path: str | Path) -> None:
    """Write `page_html` to a file, in UTF-8.

    Args:
        report: The report.
        path: The file; its folder must exist.

    Raises:
        OSError: Where the file cannot be written.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "report.html"
        >>> write_page(Report.from_text("各位代表：", region="云岭市", year=2024), file)
        >>> "云岭市2024年政府工作报告" in file.read_text(encoding="utf-8")
        True
    """
    Path(path).write_text(page_html(report), encoding="utf-8", newline="\n")


def _render(template: str, report: Report, prefix: str, **more: Any) -> str:
    return render(
        template,
        report=report,
        prefix=prefix,
        title=title(report),
        sections=view.section_views(report),
        shares=view.label_shares(report),
        indicators=view.indicators(report),
        style=asset("report.css"),
        **more,
    )


def title(report: Report) -> str:
    """What a report is called where it has no title of its own: place and year, or its id.

    Args:
        report: Any report.

    Returns:
        A title for people.

    Example:
        >>> title(Report.from_text("", region="云岭市", year=2024))
        '云岭市2024年政府工作报告'
    """
    words = [report.region or "", f"{report.year}年" if report.year else ""]
    return "".join(words) + "政府工作报告" if any(words) else report.id or "政府工作报告"
