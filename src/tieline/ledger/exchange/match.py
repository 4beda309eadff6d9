"""Which record a row is: by our id, by the source's id if the name agrees, by the name alone.

A source's id alone proves nothing: published lists give the same number to another project in the
next edition. A row whose id is known under another name is doubtful and is not taken over unasked.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tieline.ledger.state import State

ALIKE = 0.8
"""Names this alike (difflib ratio of their letters) are the same under the same id."""


@dataclass(frozen=True)
class Match:
    """What a row was found to be; `how` is one of `WAYS`.

    `perhaps` are the records that a doubtful row may be: a person decides.
    """

    record: str | None
    how: str
    remark: str = ""
    perhaps: tuple[str, ...] = ()


WAYS = {
    "id": ("our own id", "本台账编号"),
    "source": ("the source's id, and the name agrees", "来源编号且名称相符"),
    "name": ("the name, which only one record has", "名称唯一相符"),
    "new": ("no record like it", "新记录"),
    "doubtful": ("to be decided by a person", "存疑,需人工判断"),
}


def plain_name(text: str) -> str:
    """Letters and digits only, without accents and case."""
    split = unicodedata.normalize("NFKD", text)
    return "".join(c for c in split if c.isalnum()).casefold()


class Matcher:
    """Finds records by id and by name."""

    def __init__(
        self, states: Iterable[State], scheme: str, *, stable_ids: bool = False
    ) -> None:
        self._stable = stable_ids
        self._by_id: dict[str, State] = {}
        self._by_source: dict[str, State] = {}
        self._by_name: dict[str, list[State]] = defaultdict(list)
        for s in states:
            self._by_id[s.id] = s
            source = (s.get("external_ids") or {}).get(scheme)
            if source:
                self._by_source[source] = s
            for name in {plain_name(str(s.get(n))) for n in ("name", "name_zh") if s.get(n)}:
                self._by_name[name].append(s)

    def find(self, record: str, source_id: str, names: Iterable[str]) -> Match:
        """What a row with these is; "" where the file says nothing."""
        wanted = [plain_name(n) for n in names if n]
        if record:
            if record in self._by_id:
                return Match(record, "id")
            return Match(None, "doubtful", f"no record '{record}'")
        by_source = self._by_source.get(source_id) if source_id else None
        if by_source is not None and (self._stable or _alike(by_source, wanted)):
            return Match(by_source.id, "source")
        by_name = {s.id: s for n in wanted for s in self._by_name.get(n, ())}
        remark = ""
        if by_source is not None:
            known = by_source.get("name_zh") or by_source.get("name")
            remark = f"id {source_id} was '{known}' ({by_source.id})"
        source = () if by_source is None else (by_source.id,)
        if len(by_name) == 1:
            return Match(next(iter(by_name)), "name", remark)
        if by_name:
            return Match(None, "doubtful", f"{len(by_name)} records of that name"
                         + (f"; {remark}" if remark else ""), (*source, *by_name))
        return Match(None, "doubtful" if source else "new", remark, source)


def once(found: Sequence[tuple[int, Match]]) -> list[Match]:
    """Each record for one row only: the best claim counts, the other rows become doubtful."""
    best: dict[str, tuple[int, int]] = {}
    order = list(WAYS)
    for number, match in found:
        if match.record:
            claim = (order.index(match.how), number)
            best[match.record] = min(claim, best.get(match.record, claim))
    return [
        m if not m.record or best[m.record][1] == number
        else Match(None, "doubtful", f"row {best[m.record][1]} is {m.record} already")
        for number, m in found
    ]


def _alike(state: State, wanted: list[str]) -> bool:
    known = [plain_name(str(state.get(n))) for n in ("name", "name_zh") if state.get(n)]
    if not wanted or not known:
        return not wanted
    return any(
        a == b or SequenceMatcher(None, a, b).ratio() >= ALIKE for a in wanted for b in known
    )
