"""What figures rest on, in a letter per status beside each row and in words below each table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.cli.words import typeset
from tieline.region.model import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tieline.publish.words import Words

LETTERS = {
    "reported": ("R", "公"), "verified": ("V", "核"), "approximate": ("~", "约"),
    "calibrated": ("C", "标"), "assumption": ("A", "假"), "synthetic": ("S", "合"),
}


def status_word(status: str, words: Words) -> str:
    """The status of a row of data in the user's language."""
    return words.get(f"status.{status}.name", status)


def letter(status: str, words: Words) -> str:
    """The status in one letter; the whole word where it has none."""
    en, zh = LETTERS.get(status, (status, status))
    return zh if words.lang == "zh" else en


def tag(statuses: Iterable[str], words: Words) -> str:
    """Letters of the statuses, in their fixed order."""
    found = set(statuses)
    known = [s for s in STATUSES if s in found]
    return ("" if words.lang == "zh" else "+").join(letter(s, words) for s in known)


def rests_on(counts: Mapping[str, int], words: Words, prices: Iterable[str] = ()) -> str:
    """The line below a table: the statuses its figures are computed from, commonest first."""
    found = sorted((s for s in STATUSES if counts.get(s)), key=lambda s: -counts[s])
    priced = [s for s in STATUSES if s in set(prices)]
    data, values = (
        [f"{status_word(s, words)} ({letter(s, words)})" for s in part] for part in (found, priced)
    )
    if words.lang == "zh":
        said = "依据:由" + "、".join(data) + "数据计算"
        return typeset(said + (";单价:" + "、".join(values) if values else ""))
    said = "Rests on: computed from " + ", ".join(data) + " data"
    return said + ("; prices: " + ", ".join(values) if values else "")
