"""Several subjects before one predicate: split them, and give each the head or the prefix that they share."""

from __future__ import annotations

from functools import cache

from policynlp.data import load_table
from policynlp.facts import catalogue
from policynlp.facts.vocabulary import cut, heads, tag

_SEPARATORS = ("、", "和", "与", "及", "以及")
_OPEN, _CLOSE = "“（《(「", "”）》)」"


@cache
def _short_forms() -> tuple[tuple[str, tuple[str, ...]], ...]:
    rows = load_table("coordinations.tsv", ("word", "parts", "example"), ("word", "parts"))
    return tuple((row["word"], tuple(row["parts"].split())) for row in rows)


def split_subjects(noun: str, count: int | None = None, kept: str = "", short: bool = True) -> list[str]:
    """Split coordinated subjects.

    Args:
        noun: The noun phrase.
        count: How many are wanted; None for as many as there are.
        kept: A 新增 at its head that counts for all.
        short: False where a short form (三次产业) is the name of one thing and not to be spelt out.

    Returns:
        The subjects, complete each; a single one where the phrase cannot be split so.

    Example:
        >>> split_subjects("城乡居民人均可支配收入", 2)
        ['城镇居民人均可支配收入', '农村居民人均可支配收入']
        >>> split_subjects("生产安全事故起数、死亡人数", 2)
        ['生产安全事故起数', '生产安全事故死亡人数']
    """
    whole = _pieces(cut(noun), ("和", "与", "及", "、"))
    dealt = count is not None and len(whole) == count
    for word, parts in _short_forms() if short else ():
        joined = any(mark in word for mark in _SEPARATORS)
        if dealt and not joined:
            # 存、贷款余额 is spelt out, though its 、 alone would give as many: its first piece is no noun.
            continue
        if word in noun and (count == len(parts) or (count is None and joined)):
            before, behind = noun.split(word, 1)
            behind = behind.removeprefix("产业") if parts[0].endswith("产业") else behind
            return [before + part + behind for part in parts]
    if not any(mark in noun for mark in _SEPARATORS):
        return [noun]
    tokens = cut(noun)
    for marks in (_SEPARATORS, ("、", "和", "与"), ("、",), ("和", "与", "以及"), ("及",)):
        pieces = _pieces(tokens, marks)
        if len(pieces) > 1 and count in (None, len(pieces)):
            return _share(pieces, kept)
    return [noun]


def _pieces(tokens: list[str], marks: tuple[str, ...]) -> list[str]:
    pieces, depth = [""], 0
    for token in tokens:
        depth += sum(token.count(c) for c in _OPEN) - sum(token.count(c) for c in _CLOSE)
        if depth <= 0 and token in marks:
            pieces.append("")
        else:
            pieces[-1] += token
    return [piece for piece in pieces if piece]


def _head(piece: str) -> str:
    table = heads()
    return next((piece[-n:] for n in range(min(8, len(piece)), 0, -1) if piece[-n:] in table), "")


def _share(pieces: list[str], kept: str) -> list[str]:
    last = pieces[-1]
    rate = _head(last)
    if heads().get(rate) == "growth" and rate != last and _head(last[: -len(rate)]):
        # 事故起数和死亡人数降幅: the rate is that of both.
        return [piece + rate for piece in _share([*pieces[:-1], last[: -len(rate)]], kept)]
    tail = cut(last)
    out = []
    front = _front(pieces, kept)
    for n, piece in enumerate(pieces[:-1]):
        words = cut(piece)
        piece = front + piece if n else piece
        # 行政权力事项和行政审批项目: a noun phrase of two words and more lacks nothing.
        full = not _head(last) and len(piece) > 5 and len(words) > 1 and tag(words[-1]) == "n"
        if full or _head(piece) or catalogue.find(piece) or words[-1] == tail[-1] or len(tail) < 2:
            out.append(piece)
        else:
            skip = min(max(1, len(words)), len(tail) - 1)
            skip -= len(tail[-1]) == 1 and skip == len(tail) - 1 and skip > 1
            out.append(piece + "".join(tail[skip:]).removeprefix("的"))
    out.append(front + last)
    first_head = _head(pieces[0])
    prefix = out[0][: -len(first_head)] if first_head else ""
    if len(prefix) > 2:
        out[1:] = [_after(prefix, piece) + piece if _bare(piece) else piece for piece in out[1:]]
    return [piece if not kept or piece.startswith(kept) else kept + piece for piece in out]


def _after(prefix: str, piece: str) -> str:
    """A prefix without the word that the piece begins with: 企业|亩均 before 亩均增加值."""
    word = cut(piece)[0]
    return prefix.removesuffix(word)


def _front(pieces: list[str], kept: str) -> str:
    # 城镇职工养老、失业、医疗保险覆盖面: what stands before the first of three or more stands before all.
    longer = len(pieces[0]) - len(pieces[1])
    if len(pieces) < 3 or kept or _head(pieces[1]) or longer < 4:
        return ""
    front = ""
    for word in cut(pieces[0]):
        if abs(len(front) - longer) < 2:
            return front
        front += word
    return ""


def _bare(piece: str) -> bool:
    # 死亡人数, 增幅: a head, with no more than one word before it. 固定资产投资 lacks nothing.
    head, known = _head(piece), catalogue.find(piece)
    if head and known and (heads()[head] != "count" or known.unit == "元"):
        return False
    return bool(head) and len(cut(piece)) <= (2 if heads()[head] in ("amount", "count", "total", "part") else 1)
