"""Words before and after a figure that bound it: 超250家 is > 250, 约3亿 is about 300 million."""

from __future__ import annotations

import re

RELATIONS = ("=", "~", ">", ">=", "<", "<=")
"""Equal, about, more than, at least, less than, at most."""

SIGNS = {"=": "", "~": "≈ ", ">": "> ", ">=": "≥ ", "<": "< ", "<=": "≤ "}

_PREFIX: tuple[tuple[str, tuple[str, ...]], ...] = (
    (">=", ("不少于", "不低于", "至少", "at least", ">=", "≥")),
    ("<=", ("不超过", "不高于", "至多", "at most", "up to", "<=", "≤")),
    (">", ("超过", "超", "逾", "more than", "over", "above", ">")),
    ("<", ("不足", "不到", "less than", "under", "below", "<")),
    ("~", ("大约", "约为", "约", "近", "about", "approximately", "approx.", "ca.", "~", "≈")),
)
_SUFFIX: tuple[tuple[str, tuple[str, ...]], ...] = (
    (">=", ("以上", "及以上")),
    ("<=", ("以下", "以内")),
    (">", ("多", "余", "+")),
    ("~", ("左右", "上下")),
)
_ENDINGS = tuple(word for _, words in _SUFFIX for word in words)
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d+(?:\.\d+)?", re.ASCII)


def split_relation(text: str) -> tuple[str, str]:
    """The relation, and the text without the words that said it."""
    rest, relation = text.strip(), "="
    for sign, words in () if rest[:1].isdigit() else _PREFIX:
        word = next((w for w in words if rest.lower().startswith(w)), None)
        if word:
            rest, relation = rest[len(word):].strip(), sign
            break
    for sign, words in _SUFFIX if rest.endswith(_ENDINGS) else ():
        word = next((w for w in words if rest.endswith(w)), None)
        if word:
            rest = rest[: -len(word)].strip()
            relation = sign if relation == "=" else relation
            break
    return relation, rest


def split_number(text: str) -> tuple[str, str, str] | None:
    """What stands before the number, the number without separators, what stands after it.

    None if there is no number, or more than one.
    """
    found = _NUMBER.findall(text)
    if len(found) != 1:
        return None
    before, _, after = text.partition(found[0])
    return before.strip(), found[0].replace(",", ""), after.strip()
