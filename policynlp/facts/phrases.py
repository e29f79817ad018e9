"""From the words around a number to the noun phrase they hold: what is stripped from either end, and what it meant."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from policynlp.facts import catalogue, vocabulary
from policynlp.facts.view import BRACKETS
from policynlp.facts.vocabulary import bare_words, cue_words, cut, heads, tag

_SPACE = " \t\r\u3000\xa0\u2002\u2003\u200b\ufeff"
_OUTER = _SPACE + "，。；：、,;:—-·…"
_YEAR = r"(?:\d{4}\s?|[一二]\d?[〇○零一二三四五六七八九]{3})年"
# A time in front of the subject; each alternative starts with its own character class.
_TIME = re.compile(
    rf"(?:{cue_words('until')})?\s?(?:{_YEAR}(?:{cue_words('of_year')})?(?:\d{{1,2}}月(?:份|底|末)?(?:\d{{1,2}}日)?)?"
    rf"|“[一二三四五六七八九十]{{1,3}}五”(?:{cue_words('of_plan')})?(?:五年)?|\d{{1,2}}月(?:份|底|末)"
    r"|(?:今年|去年)?\d{1,2}(?:至|到|-|—)\d{1,2}月份?|第?[一二三四1-4]季度|用?[一两二三四五\d]{1,2}年(?:左右)?的?时间"
    r"|(?:前|上|下)?[一二三四五六七八九十两]{1,3}(?:年|个月|季度)(?:来|间|内|以来)?(?:累计)?"
    r"|\d{1,2}年(?:来|间|(?=累计))|连续[\d两一二三四五六七八九十]{1,3}(?:年|个月|个季度)|\d{4}[-—~～至]\d{4}年"
    rf"|从(?:{cue_words('from_now')}|\d{{4}}年)起|本?世纪末|[^，、]{{2,12}}?(?:期间|以来))(?:，|,)?"
)
# 比上年同期, 较2010年底, 比全国平均水平: what a change is measured against.
_AGAINST = re.compile(r"(?:比(?![重例率值])|较(?![大多高好快强低小少重])|与)[^，、；比较]{1,18}$")
# 扣除食品和能源价格: without these goods the price index is another one.
_FACTOR = re.compile(
    rf"(?:{cue_words('factor')})(?!{cue_words('basket')})[^，、；]{{1,14}}(?:{cue_words('factor_of')})(?:后|计算)?$"
)
_STRETCH = re.compile(
    r"(?<![\d〇零一二三四五六七八九])(?:连续)?[\d两一二三四五六七八九十]{1,3}(?:年|个月|个季度)(?:来|间|内)?$"
)
# 一是城镇新增就业4000人
_ITEM = re.compile(r"[一二三四五六七八九十]{1,3}(?:是|要)(?=.)")
# （一）经济较快增长　生产总值: a numbering and a run-in heading, parted by wide blanks.
_LAST_LINE = re.compile(r"^.*(?:\u3000|[ \u3000]{2,})|^ ?[（(\[](?:\d{1,3}|[一二三四五六七八九十]{1,3})[）)\]]")
# 在经济大省中增速第1: the field of a rank, before its subject.
_FIELD_BEFORE = re.compile(r"^在[^，、在]{2,14}?中(?![心国央等小学部医药高])")
_AMONG = re.compile(rf"在(?P<field>[^，、；在]{{2,20}})(?:{cue_words('among')})$")
# 生产总值一季度、上半年、前三季度分别增长: times that values are dealt out to.
_PART_OF_YEAR = rf"(?:第?[一二三四]季度|前[一二三]季度|{cue_words('part_of_year')}|\d{{1,2}}月(?:份)?)"
_TIMES = re.compile(rf"{_PART_OF_YEAR}(?:[、和及与]{_PART_OF_YEAR})+$")
_PLAN = rf"|超额?(?=(?:{cue_words('plan_word')}|$))"
_BEYOND = re.compile(
    rf"(?<!不)(?P<word>{cue_words('above')}|领先(?=于|全|平均)|(?P<below>{cue_words('below')}|落后(?=于|全|平均))"
    + _PLAN
    + r")(?P<than>[^，、；]{0,18})$"
)
# 提高到每人每年380元; 企业分别新增4家和5家
_PER = re.compile(rf"(?:{cue_words('per')})$")
_ADDED = re.compile(rf"(?P<how>分别|均)(?:{cue_words('added')})$")
_INNER_TIME = re.compile(rf"(?<=.)(?:{cue_words('inner_time')}|[三四五]年(?=累计))(?=.)")
_SUMMED = re.compile(r"[^“”]{2,40}、[^“”、]{2,20}?(?P<sum>[两二三四五六七八九十]大.{2,})$")
_FIELD = re.compile(rf"(?P<word>{cue_words('field')})[^，、；。]{{0,14}}$")
# 财政收入在大幅减税的情况下增长5%
_CIRCUMSTANCE = re.compile(rf"在[^在，,；;。]{{2,20}}(?:{cue_words('circumstance')})$")
_THAN_YEAR = re.compile(rf"(?:比|较)\s?(?:{_YEAR}|上年|去年)(?:{cue_words('than_year')})?$")
_LAST_YEAR = re.compile(rf"(?:{_YEAR}(?:底|末|年底|年末)?|{cue_words('now')}|第?[一二三四1-4]季度)的?$")
_JOINED = re.compile(cue_words("joins"))
# 其产值, 这一比例: what they are of was named before; 其中 and 其他 point at nothing.
_POINTS = re.compile(rf"(?:{cue_words('pointed')})(?:均|都|双双)?$|(?:{cue_words('pronoun')})(?![中他它余实次间后])")
_PER_HEAD, _EARNS = re.compile(cue_words("per_head")), re.compile(cue_words("earns"))
_GOODS = re.compile(cue_words("goods"))
_NOTE = re.compile(r"[（(\[〔【][^（）()\[\]〔〕【】]{0,40}[）)\]〕】]$")


_CHANGES = ("rise", "fall", "better", "lift")
_ENDS_NAME = re.compile(rf"(?:{cue_words('share_name')})$")


@dataclass(slots=True)
class Phrase:
    """What stands before a number, taken apart.

    Attributes:
        noun: The noun phrase, without predicate, hedge, time and bare verb; empty where the subject is elided.
        kept: The 新增 or 净增 at its head, which a joined list shares.
        held: True where it begins with a verb that stays (转移农村劳动力): no subject of its own.
        verb: The bare verb that was stripped from its head.
        effect: What the nearest deciding word says: ``rise, fall, better, to, from, rank, link`` or empty.
        cue: That word.
        lead: ``rise`` or ``fall`` where a verb at the head makes the amount a change.
        spread: True where 分别 stands in the predicate.
        each: True where 均 stands in it.
        of: True where 的 stands directly before the number (占全省的5%).
        among: What a rank is one of (在测评中居首位), where that stands before the predicate.
        per: What the number is reckoned per (每人每年), where that stands behind the predicate.
        against: The comparison that was stripped (比上年).
        predicate: The stripped predicate words, nearest first.
        dropped: Everything stripped from the head.
        pronoun: The word at its head that points at what was named before (其产值, 这一指标).
    """

    noun: str = ""
    kept: str = ""
    held: bool = False
    verb: str = ""
    effect: str = ""
    cue: str = ""
    lead: str = ""
    spread: bool = False
    each: bool = False
    of: bool = False
    against: str = ""
    among: str = ""
    per: str = ""
    predicate: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    pronoun: str = ""


def only_time(text: str) -> bool:
    """True where a stretch of text names no more than a time.

    Example:
        >>> only_time("到2030年"), only_time("高速公路建成通车")
        (True, False)
    """
    text = text.strip(_OUTER)
    match = _TIME.match(text)
    return len(text) < 3 or (match is not None and len(text) - match.end() < 2)


def read_left(left: str, rank: bool = False) -> Phrase:
    """Take apart what stands before a number.

    Args:
        left: The words of the segment before the number.
        rank: True where the number is a rank, so that what 居 or 位列 names is the field and not the subject.

    Returns:
        The phrase.

    Example:
        >>> phrase = read_left("预计全年一般公共预算收入同比增长")
        >>> phrase.noun, phrase.effect
        ('一般公共预算收入', 'rise')
    """
    phrase = Phrase()
    left = _LAST_LINE.sub("", bare_words(left)).strip(_OUTER)
    plain = left.translate(BRACKETS)
    left = left[plain.rfind("（") + 1 :] if plain.rfind("（") > plain.rfind("）") else left
    if rank and (match := _FIELD.search(left)):
        phrase.effect, phrase.cue = "rank", match["word"]
        left = left[: match.start()]
    rest = _strip_predicate(left, phrase)
    if rest and _JOINED.fullmatch(cut(rest[-4:])[-1]):
        # 育苗工厂和20栋大棚投用: what is joined to it stands behind the number.
        rest = ""
    rest = strip_head(_FIELD_BEFORE.sub("", rest.lstrip(_OUTER)) if rank else rest, phrase)
    rest = _last_statement(_INNER_TIME.sub("", rest))
    noun = _without_examples(_after_inner_verb(rest, phrase), phrase).strip(_OUTER)
    if pointed := _POINTS.match(noun):
        phrase.pronoun, noun = pointed.group(), noun[pointed.end() :].removeprefix("的")
    # 年增长17%, 两年平均增长6%: one character names nothing, but for some goods.
    phrase.noun = noun if len(noun) > 1 or _GOODS.fullmatch(noun) else ""
    if _PER_HEAD.fullmatch(phrase.noun):
        phrase.noun += next((word for word in phrase.predicate if _EARNS.fullmatch(word)), "")
    return phrase


def _last_statement(noun: str) -> str:
    # 水质保持全省前列、优良天数比例稳定在98%: what stands before 、 has a predicate of its own.
    before, mark, behind = noun.rpartition("、")
    if not mark or not any(vocabulary.predicates().get(word) in ("link", "rank", "rise", "to") for word in cut(before)):
        return noun
    return behind


_TELLING = 4


def _without_examples(noun: str, phrase: Phrase) -> str:
    # 新开通海口至悉尼、莫斯科等国际航线: the examples before 等 are not what is counted; nor are those before 三大.
    if match := _SUMMED.match(noun):
        return match["sum"]
    if "等" not in noun[1:-1]:
        return noun
    tokens = cut(noun)
    etc = [n for n, token in enumerate(tokens[1:-1], 1) if token in ("等", "等地")]
    if not etc:
        return noun
    at = etc[-1]
    behind = strip_head("".join(tokens[at + 1 :]), phrase)
    if "、" not in noun and (len(behind) < _TELLING or any(behind[-n:] in heads() for n in range(1, 5))):
        return noun  # 低保等资金, 玉米等作物面积: one example says more than what it is one of
    if "、" in behind or len(behind) < 2 or behind in heads() or cut(behind)[0] in vocabulary.vague_nouns():
        return noun
    return behind if not phrase.kept or behind.startswith(phrase.kept) else phrase.kept + behind


def _strip_predicate(rest: str, phrase: Phrase) -> str:
    table, reach = vocabulary.predicates(), vocabulary.reach("predicates")
    if match := _ADDED.search(rest):
        phrase.spread, phrase.each = match["how"] == "分别", match["how"] == "均"
        rest = rest[: match.start()]
    if (match := _PER.search(rest)) and vocabulary.ends_in_predicate(rest[: match.start()]):
        phrase.per = match.group()
        rest = rest[: match.start()]
    while rest:
        rest = rest.rstrip(_OUTER)
        if note := _NOTE.search(rest):
            rest = rest[: note.start()]
            continue
        word = next((rest[-n:] for n in range(min(reach, len(rest)), 0, -1) if rest[-n:] in table), "")
        if word and phrase.predicate[-1:] == ["控制在"] and table[word] in _CHANGES:
            break  # 用能减少控制在3%: what is kept in bounds is the change
        if word and not (len(word) == 1 and not _stands_alone(rest, word)) and not _ends_a_name(rest, word):
            _note_predicate(word, table[word], phrase)
            rest = rest[: -len(word)]
            continue
        shorter = _strip_comparison(rest, phrase)
        if shorter == rest and (year := _LAST_YEAR.search(rest)):
            shorter = rest[: year.start()]
        if shorter == rest:
            break
        rest = shorter
    return rest


def _strip_comparison(rest: str, phrase: Phrase) -> str:
    if phrase.effect in _CHANGES and not phrase.against and (match := _AGAINST.search(rest)):
        phrase.against = match.group()
        return rest[: match.start()]
    if times := _TIMES.search(rest):
        phrase.spread = False
        return rest[: times.start()]
    if among := _AMONG.search(rest):
        if not among["field"].endswith("基础"):
            phrase.among = among["field"]
        return rest[: among.start()]
    if match := _CIRCUMSTANCE.search(rest) or _THAN_YEAR.search(rest) or _FACTOR.search(rest) or _STRETCH.search(rest):
        return rest[: match.start()]
    if not phrase.effect and (match := _BEYOND.search(rest)):
        phrase.effect = "fall" if match["below"] else "rise"
        phrase.cue, phrase.against = match["word"], match.group()
        return rest[: match.start()]
    return rest


def _stands_alone(rest: str, word: str) -> bool:
    # A single character may be the end of a word of its own: 共 in 公共, 高 in 提高, 是 in 但是.
    tail = cut(rest[-8:])
    before = tail[-1][: -len(word)] if tail else ""
    # 占比达: the cutter knows a name 比达.
    known = before in vocabulary.predicates() or _ENDS_NAME.search(rest[:-1]) is not None
    return bool(tail) and (tail[-1] == word or known)


def _ends_a_name(rest: str, word: str) -> bool:
    # 增速 in 产值增速 and 增长 in 经济增长 are part of the name.
    if heads().get(word, "per") != "per" and rest[: -len(word)].strip(_OUTER):
        return True
    return any(rest.endswith(name) for name in catalogue.names_ending_in(word))


def _note_predicate(word: str, effect: str, phrase: Phrase) -> None:
    phrase.predicate.append(word)
    if effect == "spread":
        phrase.spread = True
    elif effect == "each":
        phrase.each = True
    elif effect == "of":
        phrase.of = not phrase.effect
    elif effect not in ("skip", "at") and (not phrase.effect or (phrase.effect == "link" and effect != "link")):
        phrase.effect, phrase.cue = effect, word


def strip_head(rest: str, phrase: Phrase) -> str:
    """Strip time, place, hedge and bare verbs from the head of a phrase, and note what they were."""
    table, reach = vocabulary.openers(), vocabulary.reach("openers")
    for _ in range(24):
        rest = rest.lstrip(_OUTER)
        if match := _TIME.match(rest) or _ITEM.match(rest):
            phrase.dropped.append(match.group())
            rest = rest[match.end() :]
            continue
        rest = rest.removeprefix("的")
        word = next((rest[:n] for n in range(min(reach, len(rest)), 0, -1) if rest[:n] in table), "")
        effect = table.get(word, "")
        if effect == "hold":
            phrase.held = True
        if not word or effect == "hold" or not _is_word(rest, word):
            break
        if effect == "adverb" and len(rest) > len(word) and not _opens_verb(rest[len(word) :]):
            break
        if word == "有" and "的" in rest[2:-1]:
            break  # 有创新活动的企业: 有 belongs to what describes them
        if effect == "keep":
            if word != "累计" or not _opens_verb(rest[len(word) :]):
                phrase.kept = word
                break
        elif effect in ("act", "rise", "fall"):
            phrase.verb = word
            phrase.lead = effect if effect != "act" else phrase.lead
        phrase.dropped.append(word)
        rest = rest[len(word) :]
        if effect == "act":
            rest = rest.removeprefix("了")
    return rest


def _opens_verb(rest: str) -> bool:
    table, reach = vocabulary.openers(), vocabulary.reach("openers")
    return any(table.get(rest[:n], "drop") != "drop" for n in range(min(reach, len(rest)), 1, -1))


def _is_word(rest: str, word: str) -> bool:
    # 建设 opens 建设保障性住房, but 建设用地 is a noun; 在 opens 在5个城市, but 在建 is one word.
    if len(rest) == len(word):
        return True
    if rest[len(word)] in _SUFFIXES and vocabulary.openers()[word] not in ("drop", "adverb"):
        return False
    length = 0
    for token in cut(rest[:12]):
        length += len(token)
        if length >= len(word):
            return length == len(word) or token[len(word) - length :] in vocabulary.openers()
    return True


# What makes a noun of the verb before it: 办结率, 成交额.
_SUFFIXES = frozenset("率额量数费比度者员点区法期")


def _after_inner_verb(rest: str, phrase: Phrase) -> str:
    inner = vocabulary.inner_verbs()
    if phrase.kept or not any(word in rest for word in inner):
        return rest
    position, best = 0, -1
    table = vocabulary.openers()
    tokens = cut(rest)
    before = ""
    for token in tokens:
        behind = position + len(token)
        joined = before in ("和", "、", "及", "与") or rest[behind : behind + 1] in ("和", "、", "及", "与")
        if token in inner and position > 0 and behind < len(rest) and rest[behind] not in _SUFFIXES and not joined:
            best = position
            found = token
        position, before = behind, token
    if best < 0:
        return rest
    if "的" in rest[best:] and not rest[best:].endswith("的"):
        return rest
    if _LINKING.fullmatch(found) and table[found] == "act":
        return _of_subject(rest[:best], found, rest[best + len(found) :], phrase)
    phrase.dropped.append(rest[:best])
    if table[found] == "keep":
        phrase.kept = found
        return rest[best:]
    phrase.verb = found
    return strip_head(rest[best + len(found) :], phrase)


# 第三产业实现增加值: these say only that the subject has what follows.
_LINKING = re.compile(cue_words("linking"))


def _of_subject(subject: str, verb: str, noun: str, phrase: Phrase) -> str:
    subject = strip_head(subject, Phrase())
    words = cut(subject)
    while words and (words[-1] in vocabulary.predicates() or vocabulary.openers().get(words[-1]) in ("drop", "adverb")):
        words.pop()
    subject = "".join(words).strip(_OUTER)
    noun = strip_head(noun, phrase)
    known = catalogue.find(subject) is not None
    if not words or (tag(words[-1])[:1] in ("v", "d", "p") and tag(words[-1]) != "vn" and not known):
        phrase.verb = verb
        return noun
    return subject + (verb if verb == "完成" and noun.endswith("投资") else "") + noun
