"""The noun phrase directly behind a number: 4个|标准化就业服务站|建成."""

from __future__ import annotations

import re

from policynlp.facts.vocabulary import actors, bare_words, compounds, cue_words, cut, enders, long_enders, tag

_OUTER = " \t\r\u3000\xa0\u2002\u2003\u200b\ufeff，。；：、,;:—-·…"
_JOINERS = ("和", "与", "及", "以及", "、", "并", "或")
# Examples without 和: the number is that of all of them together.
_LISTED = re.compile(r"[^和与及]*、[^和与及]*")
# 30套（间）: another measure word for the same number.
_OTHER_UNIT = re.compile(r"^[（(][^（）()]{1,20}[）)]")
_OPENS, _CLOSING = "“（《(", "”）》)"
_CLOSES = frozenset("、）)”》（(")
_MODIFIERS = ("d", "ad", "a", "vd")
_PREDICATES = ("v", "vd", "ad", "d", "p", "c")
_OWNER = re.compile(cue_words("owner"))
_PART = re.compile(r"[，,；;。：:！？!?]")
_ONES = frozenset("村县镇乡市区户人所校社组家")


def read_right(right: str, keep_verb: bool = True) -> str:
    """The noun phrase directly behind a number; empty where none stands there.

    Args:
        right: The words of the segment behind the number.
        keep_verb: False where a verb directly behind the number is its predicate, because its subject stands before.

    Returns:
        The noun phrase.

    Example:
        >>> read_right("小学全部纳入集团化管理")
        '小学'
    """
    text = bare_words(_PART.split(right, maxsplit=1)[0]).lstrip()
    text = _OTHER_UNIT.sub("", text)
    owned = text.startswith("的")
    if owned:
        text, keep_verb = text[1:], True
    if not text or text[0] in _CLOSES:
        return ""
    tokens = cut(text[:80])
    if not keep_verb and tag(tokens[0]) in _PREDICATES:
        return ""
    position, count = _end_of_noun(text, tokens, owned)
    if position < 0:
        # 20个工业、建筑等领域项目: what the examples are of is counted.
        return read_right(text[-position:], keep_verb=True)
    noun = text[:position].strip(_OUTER).removesuffix("的")
    if len(noun) > 1 or not keep_verb or (noun and noun not in _ONES):
        return noun
    return _what_they_do(text, tokens, position, count) + noun


def _end_of_noun(text: str, tokens: list[str], owned: bool) -> tuple[int, int]:
    """Where the noun phrase ends, and after how many words; minus the place behind 等, where it begins anew."""
    tail = _predicate_at(tokens)
    position = depth = 0
    for count, token in enumerate(tokens):
        depth += sum(map(token.count, _OPENS)) - sum(map(token.count, _CLOSING))
        if depth <= 0:
            if token == "等" and _LISTED.fullmatch(text, 0, position) and position < len(text) - 2:
                return -(position + 1), count
            acts = count > 0 and _acts(tokens, count)
            if count == tail or acts or (_ends(token, text, position) and (count or not (owned or token == "中"))):
                return position, count
        position += len(token)
    count = len(tokens)
    while count and position == len(text) and tokens[count - 1] in _JOINERS:
        # What joins the next number's noun to this one belongs to neither.
        count -= 1
        position -= len(tokens[count])
    if position == len(text) and count > 2 and tokens[count - 2] in _JOINERS and _OWNER.fullmatch(tokens[count - 1]):
        # 39户企业|和省200户重点企业: whose the next number's are.
        position -= len(tokens[count - 1]) + len(tokens[count - 2])
        count -= 2
    return position, count


def _predicate_at(tokens: list[str]) -> int:
    """Where adverb and verb close the segment (项目|扎实推进, 平台|高效运营); -1 where they do not."""
    at = len(tokens)
    while at > 1 and tag(tokens[at - 1])[:1] in ("v", "d", "a"):
        at -= 1
    modified = any(tag(token) in _MODIFIERS for token in tokens[at : len(tokens) - 1])
    if not modified or tag(tokens[-1])[:1] != "v" or tag(tokens[at - 1])[:1] != "n":
        return -1
    while tag(tokens[at]) not in _MODIFIERS:
        at += 1
    return at


def _ends(token: str, text: str, position: int) -> bool:
    # The cutter keeps 全面完成 whole and cuts 重点支持 in two.
    if token in enders() or (len(token) > 3 and token[:2] in enders()):
        return True
    return token not in compounds() and text.startswith(long_enders(), position)


def _acts(tokens: list[str], count: int) -> bool:
    """True for the verb of those who are counted (干部|深入一线, 考生|考入名校), and for any verb before 了."""
    following = tokens[count + 1] if count + 1 < len(tokens) else ""
    return following == "了" or (following != "" and tag(tokens[count]) == "v" and tokens[count - 1].endswith(actors()))


def _what_they_do(text: str, tokens: list[str], position: int, count: int) -> str:
    """389个村实现垃圾市场化处理, 11.4万人领取失业保险金: what they do says what is counted."""
    first = count
    while count < len(tokens) and tokens[count] in enders() and (first or count == first):
        position += len(tokens[count])
        count += 1
    return read_right(text[position:]) if count > first else ""
