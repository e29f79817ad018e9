"""Where the words and the number of a statement part: no change is a growth of 0, points above the nation are none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from policynlp.compare.source import Source
from policynlp.compare.statement_words import said
from policynlp.compare.wordings import find_indicator
from policynlp.facts.catalogue import Catalogue

if TYPE_CHECKING:
    import pandas as pd

_FLAT = re.compile(f"[比与和同较]?{said('last_year')}(?:同期)?(?P<nearly>{said('nearly')})?持平")
_CLAUSE = re.compile(r"[，,；;。：:、\n]")
# 增幅与去年持平: the rate stays and not the amount.
_RATE = re.compile(said("rate") + "$")
_ENDS_IN_RATE = re.compile(r"(?:[%％‰]|百分点|左右|以上|以内)$")
# Where a clause's number begins, or the verb before it.
_VALUE = re.compile(rf"{said('takes_value')}|\d")
_RELATIVE = re.compile(
    rf"(?:{said('above')}|[比较](?=[^，；。]*[高快低]))[^，；。\d]{{0,6}}"
    rf"{said('yardstick')}[^，；。\d一二三四五六七八九两]{{0,10}}$"
)


def flat_facts(source: Source, catalogue: Catalogue) -> pd.DataFrame:
    """Find what is said to be as high as the year before: it grew by 0.

    Args:
        source: The reports' sentences.
        catalogue: Which indicator a wording names, and whether it is told by its growth.

    Returns:
        Rows of the columns of the facts: growth of 0 % (基本持平 is ``about``) where an indicator of the catalogue that
        is usually told by its growth is named in the clause; 增幅与上年持平 is none.
    """
    import pandas as pd

    texts = source.sentences["text"]
    asked = texts[texts.str.contains("持平") & source.sentences["label"].notna()]
    years = dict(zip(source.reports["report_id"].astype(object), source.reports["year"], strict=True))
    rows = []
    modal = _modalities(source)
    for sentence in source.sentences.loc[asked.index].to_dict("records"):
        text = str(sentence["text"])
        if sentence["report_id"] not in years:
            continue
        year, target = years[sentence["report_id"]], sentence["label"] == "commitment"
        modality = modal.get((sentence["report_id"], sentence["sentence_id"]), "firm") if target else "firm"
        for match in _FLAT.finditer(text):
            *_, last, wording = ("", *_CLAUSE.split(text[: match.start()]))
            # 投资9亿元，与上年持平: the clause before names it; 增长9%，与上年持平 is said of the rate.
            wording = wording or ("" if _ENDS_IN_RATE.search(last) else _VALUE.split(last)[0])
            name = None if _RATE.search(wording) else find_indicator(wording, catalogue)
            if name is None or (catalogue.by_id[name].measure or "growth") != "growth":
                continue
            rows.append(
                {
                    **{key: sentence[key] for key in ("report_id", "sentence_id")},
                    "sentence_start": sentence["start"],
                    "start": sentence["start"] + match.start(),
                    "end": sentence["start"] + match.end(),
                    "text": match.group(),
                    "indicator": wording,
                    "measure": "growth",
                    "value": 0.0,
                    "unit": "%",
                    "bound": "about" if match["nearly"] else "eq",
                    "modality": modality,
                    "role": "target" if target else "outcome",
                    "fact_year": year if target else year - 1,
                    "period": "annual",
                    "ambiguous": False,
                }
            )
    return pd.DataFrame(rows, columns=source.facts.columns)


def _modalities(source: Source) -> dict[tuple[str, int], str]:
    """The modality of the targets of each sentence, by the last of them: a list of targets has one."""
    targets = source.facts[source.facts["role"].astype(object) == "target"]
    keys = zip(targets["report_id"].astype(object), targets["sentence_id"], strict=True)
    return dict(zip(keys, targets["modality"].astype(object), strict=True))


def with_flat_facts(source: Source, catalogue: Catalogue) -> pd.DataFrame:
    """The facts of a source and those of `flat_facts`, in the types of the former.

    Args:
        source: The reports.
        catalogue: See `flat_facts`.

    Returns:
        The table of facts.
    """
    import pandas as pd

    facts, flat = source.facts, flat_facts(source, catalogue)
    if flat.empty:
        return facts
    typed: dict[str, Any] = {}
    for name in facts.columns:
        if isinstance(facts[name].dtype, pd.CategoricalDtype):
            values = facts[name].cat.categories.union(flat[name].dropna().unique(), sort=False)
            facts = facts.assign(**{name: facts[name].cat.set_categories(values)})
            typed[name] = pd.CategoricalDtype(values)
        else:
            typed[name] = facts[name].dtype
    return pd.concat([facts, flat.astype(typed)], ignore_index=True)


def relative_start(before: str) -> int | None:
    """Where the comparison begins that a number of points belongs to: 增速高于全国1个百分点 says nothing without 全国.

    Args:
        before: The sentence up to the number.

    Returns:
        An offset into it; None where the number stands for itself.

    Example:
        >>> relative_start("生产总值增速高于全国平均水平")
        6
        >>> relative_start("城镇化率提高") is None
        True
    """
    match = _RELATIVE.search(before)
    return match.start() if match else None
