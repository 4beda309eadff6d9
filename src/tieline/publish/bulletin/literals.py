"""What looks like a figure in a text: digits, numerals of either language, amounts in words.

A writer who wants one binds it to a query or says explicitly that it is quoted; so this list may
be strict, and what it does not see is said in the documentation: a bare 一 before a measure word
(the article of Chinese), ordinals, "a", "several", 多 and 数 alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

BOUND = "\ufffc"
"""Stands in a text for a figure that is bound."""
QUOTED = "\ufffd"
"""Stands for what is quoted or typed as code: nothing touches it."""

NUM = "零〇一二两三四五六七八九十百千万亿兆廿卅壹贰叁肆伍陆柒捌玖拾佰仟萬億兩參"
UNITS = (
    "个|大|家|项|台|条|辆|户|名|人次|人|位|次|倍|成|所|座|处|种|类|件|批|期|年|月|日|天|周|小时|分钟|秒|时户"
    "|公里|千米|平方|立方|米|亩|公顷|吨|千瓦|兆瓦|千伏|度|元|美元|欧元|县|区|省|市|镇|村|大类|大项"
    "|趟|班|艘|间|套|本|篇|页|块|份|对|组|支|轮|届|级|强|笔|场|幢|栋|层|株|只|头"
)
BOUNDING = (
    "超过|超|逾|大约|约为|(?<![签节公合条特契违预制])约|将近|接近|(?<![附最邻毗远])近|不足|不到|不少于"
    "|不低于|至少|不超过|不高于|至多"
)
BEFORE = f"{BOUNDING}|达到?|仅仅?|共计?"
SAID_BEFORE = (
    "about|around|approximately|roughly|nearly|almost|over|under|above|below|more than|less than"
    "|at least|at most|up to|some"
)
DOZEN = "hundreds?|thousands?|millions?|billions?|trillions?|dozens?"
WORDS = (
    "zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    "|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
IDIOMS = re.compile(
    "万一|千家万户|百花齐放|万无一失|千方百计|一五一十|三番五次|七上八下|五湖四海|四面八方|十全十美"
    "|百年大计|一清二楚|一干二净|星期[一二三四五六日]|礼拜[一二三四五六日]|周[一二三四五六日](?!年)"
)
CURRENCIES = frozenset((
    "USD", "CNY", "RMB", "EUR", "GBP", "JPY", "HKD", "MOP", "CHF", "SGD", "KRW", "US", "AU", "NZ",
    "CA", "No",
))
REFERENCE = re.compile(
    r"(?:第\s?\d{1,3}\s?[章节条款页项部]|[图表]\s?\d{1,3}"
    r"|\b(?:[Ss]ections?|[Tt]ables?|[Ff]igures?|[Cc]hapters?|[Aa]rticles?|[Pp]ages?)\s\d{1,3})"
    r"(?![\d.,%]|\s?[万亿千百])"
)
IDENTIFIER = re.compile(r"(?<![A-Za-z0-9])([A-Z][A-Za-z]{0,5})\d{1,6}[A-Za-z]?(?![\w.,%‰])")
NUMBERED = re.compile(
    r"^\s*(?:\d{1,2}(?:\.\d{1,2})*[.、)．]\s|[（(][一二三四五六七八九十]{1,3}[）)]"
    r"|[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}[章节部])"
)
ORDINAL = re.compile(f"第[{NUM}]+")
DATE = re.compile(
    r"\d{4}\s?[-/.年]\s?\d{1,2}(?:\s?[-/.月]\s?\d{1,2})?(?:\s?[日号月])?|\d{4}\s?年"
    r"|\d{1,2}\s?月(?:\s?\d{1,2}\s?[日号])?|[一二三四五六七八九十]{1,3}月(?:[一二三四五六七八九十]{1,3}[日号])?"
    r"|\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December)(?: \d{4})?|\b(?:January|February|March|April|May|June|July|August|September"
    r"|October|November|December) \d{1,4}(?:, \d{4})?"
)
PATTERNS = tuple(re.compile(p) for p in (
    rf"(?:(?:[A-Z]{{2,3}}|[$¥€£])\s?)?\d(?:[\d,.:/ ]*\d)?"
    rf"(?:\s?[{NUM}余多])*(?:\s?(?:[%‰℃°]|{UNITS}|[A-Za-z]{{1,8}}[23]?(?![A-Za-z\d])))?",
    rf"百分之[{NUM}\d]+|[{NUM}\d]{{1,12}}分之[{NUM}\d]+",
    rf"[数几上成近][十百千万亿][{NUM}]*(?:{UNITS})?",
    rf"[{NUM}]{{2,}}(?:\s?(?:{UNITS}))?",
    rf"[二两三四五六七八九十百千万亿廿卅]\s?(?:余|多|来|几)?\s?(?:{UNITS})",
    rf"(?:{BEFORE})[了有]?一\s?(?:{UNITS})",
    r"一半|半数|过半|大半|近半|半年|半小时|半天|翻[一两]?番|[翻增减][了]?[一两]?倍",
    rf"(?i:\b(?:{WORDS})(?:[- ](?:{WORDS}|one|{DOZEN}|thirds|quarters|fifths|tenths))*\b)",
    rf"(?i:\b(?:an?|one)\s(?:{DOZEN})\b|\b(?:{DOZEN})\b)",
    r"(?i:\b(?:half|halved|halves|twice|thrice|doubl(?:ed|es|ing)|tripl(?:ed|es|ing)|per\s?cent"
    r"|percent|percentage|one[- ](?:third|quarter|half|fifth|tenth|in|hour|minute|day|week|month"
    r"|year)|a (?:third|quarter|fifth|tenth) of)\b)",
))
AROUND = (
    re.compile(rf"(?:{BOUNDING}|(?i:\b(?:{SAID_BEFORE}))|[~≈<>≤≥+]|(?<!{BOUND})[-−–])\s?{BOUND}"),
    re.compile(rf"{BOUND}\s?(?:[{NUM}%‰多余]|以上|以下|左右|上下"
               rf"|(?i:(?:{DOZEN}|per\s?cent|percent|fold|times|or more|or less)\b))"),
)


class Suspect(NamedTuple):
    """A stretch of text that looks like a figure: where it begins and ends, and which sort it is.

    `sort` is "figure", "date", or "around": words that would change what a bound figure says.
    """

    begin: int
    end: int
    sort: str


def suspects(text: str, *, heading: bool = False, names: Iterable[str] = ()) -> list[Suspect]:
    """What looks like a figure, in the order of the text; positions are those of the text.

    Parameters
    ----------
    text
        What a reader will see in one run; `BOUND` and `QUOTED` stand for what is bound or quoted.
    heading
        Whether the number of a section may lead it.
    names
        Proper names with numerals in them that the writer declared.
    """
    seen, where = _as_seen(text)
    for name in sorted(names, key=len, reverse=True):
        seen = seen.replace(_as_seen(name)[0], QUOTED * len(_as_seen(name)[0]))
    around = [Suspect(*m.span(), "around") for p in AROUND for m in p.finditer(seen)]
    seen = _without(seen, heading=heading)
    dates = [Suspect(*m.span(), "date") for m in DATE.finditer(seen)]
    for d in dates:
        seen = seen[: d.begin] + QUOTED * (d.end - d.begin) + seen[d.end:]
    figures = [Suspect(*m.span(), "figure") for p in PATTERNS for m in p.finditer(seen)]
    merged = [_trimmed(s, seen) for s in _merged([*figures, *dates, *around])]
    return [Suspect(where[s.begin], where[s.end - 1] + 1, s.sort) for s in merged]


def _merged(found: list[Suspect]) -> Iterator[Suspect]:
    """Stretches that overlap are one; the first says of which sort."""
    last: Suspect | None = None
    for one in sorted(found):
        if last is not None and one.begin < last.end:
            last = Suspect(last.begin, max(last.end, one.end), last.sort)
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _trimmed(suspect: Suspect, seen: str) -> Suspect:
    said = seen[suspect.begin : suspect.end]
    begin = suspect.begin + len(said) - len(said.lstrip())
    return Suspect(begin, suspect.end - len(said) + len(said.rstrip()), suspect.sort)


def _as_seen(text: str) -> tuple[str, list[int]]:
    """The text with every sort of digit as a digit, without what nobody sees; original places."""
    out, where = [], []
    for k, char in enumerate(text):
        if unicodedata.category(char) in ("Cf", "Mn"):
            continue
        flat = unicodedata.normalize("NFKC", char)
        if unicodedata.category(char) in ("Nd", "No", "Nl") and not ("一" <= char <= "龥"):
            flat = flat if flat in "0123456789" and len(flat) == 1 else "0"
        out.append(flat if len(flat) == 1 else char)
        where.append(k)
    return "".join(out), where


def _without(seen: str, *, heading: bool) -> str:
    """The text without what only looks like a figure: idioms, ordinals, references, names."""
    def hide(match: re.Match[str]) -> str:
        return QUOTED * len(match[0])

    def name(match: re.Match[str]) -> str:
        return match[0] if match[1] in CURRENCIES else hide(match)

    if heading:
        seen = NUMBERED.sub(hide, seen, count=1)
    for pattern in (IDIOMS, REFERENCE, ORDINAL):
        seen = pattern.sub(hide, seen)
    return IDENTIFIER.sub(name, seen)
