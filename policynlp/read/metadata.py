"""What a report is of: body, place, code, level, year, day of delivery, speaker."""

from __future__ import annotations

from policynlp.read.clutter import find_body
from policynlp.read.front import read_front
from policynlp.read.region import Region, find_region, region_from_code, region_from_name
from policynlp.read.years import find_year
from policynlp.report import Report


def describe(report: Report) -> Report:
    """Fill in the body and the metadata that a report lacks.

    What the report has stays. The text comes first, the file's name (``id``) only where the text tells nothing.

    Args:
        report: Any report; one from `Report.from_text` has nothing but its text.

    Returns:
        The report with ``body`` set, and with region, code, level, year, date and speaker where they can be told.

    Example:
        >>> text = "——2024年1月9日在云岭市第九届人民代表大会第三次会议上\\n云岭市市长 方正\\n各位代表：\\n我报告工作。"
        >>> report = describe(Report.from_text(text))
        >>> report.region, report.level, report.year, report.delivered_on.isoformat(), report.speaker
        ('云岭市', 'city', 2024, '2024-01-09', '方正')
        >>> describe(report) == report
        True
    """
    body = report.body or find_body(report.text)
    front = read_front(report.text, body[0])
    delivered_on = report.delivered_on or front.delivered_on
    year = report.year
    if year is None:
        year = find_year(report.text, body, delivered_on, front.title_years, report.id)
    region = _region(report, body, year)
    return report.with_(
        body=body,
        delivered_on=delivered_on,
        speaker=report.speaker or front.speaker,
        region=report.region or region.name,
        region_code=report.region_code or region.code,
        level=report.level or region.level,
        year=year,
    )


def _region(report: Report, body: tuple[int, int], year: int | None) -> Region:
    """The place that is given, else the one that the text tells, else the one in the file's name."""
    if report.region_code:
        return region_from_code(report.region_code)
    if report.region:
        return region_from_name(report.region)
    found = find_region(report.text, body, year)
    return found if found.name else region_from_name(report.id) if report.id else found
