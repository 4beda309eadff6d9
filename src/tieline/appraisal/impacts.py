"""Everything that acting together changes, side by side: in money, in its own unit, in words.

An impact is `monetised` where a price of values.csv values its measure, `quantified` where its
figure stands in its own unit alone, `qualitative` where there are only words (impacts.csv). Nothing
is added over these ranks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from tieline.appraisal.game import NOTHING
from tieline.region.protocol import additive

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from tieline.appraisal.results import Appraisal, NetworkAppraisal
    from tieline.region.model import FloatArray, Measure
    from tieline.region.region import Impact

Rank = Literal["monetised", "quantified", "qualitative"]


@dataclass(frozen=True)
class Listed:
    """One impact.

    Parameters
    ----------
    network, measure
        Where an engine computed it; "" for a row of impacts.csv, which then is `given`.
    by
        Shape (n_jurisdictions,): gain of together against apart in `unit` (+ is better); None for
        a given one.
    money
        (unit, typical, low, high) of all per year, by currency; empty unless monetised.
    """

    rank: Rank
    name: str
    name_zh: str
    unit: str
    network: str = ""
    measure: str = ""
    by: FloatArray | None = None
    money: tuple[tuple[str, float, float, float], ...] = ()
    given: Impact | None = None

    @property
    def moves(self) -> bool:
        """Whether it changes anything: a given one always does."""
        return self.by is None or bool(np.any(self.by != 0.0))

    @property
    def total(self) -> float:
        """The gain of all jurisdictions; nothing where it is only moved between them."""
        if self.by is None:
            return 0.0
        found = float(self.by.sum())
        return 0.0 if abs(found) <= NOTHING * float(np.abs(self.by).sum()) else found

    def label(self, lang: str) -> str:
        """The name in the language asked for, else in the other one."""
        return (self.name_zh or self.name) if lang == "zh" else (self.name or self.name_zh)


def impacts_of(appraisal: Appraisal) -> tuple[Listed, ...]:
    """Every impact: in money first, then in figures, then in words."""
    found = [x for n in appraisal.networks.values() for x in _computed(appraisal, n)]
    found += [
        Listed("qualitative" if i.amount is None else "quantified", i.name, i.name_zh, i.unit,
               given=i) for i in appraisal.region.impacts
    ]
    ranks: tuple[Rank, ...] = ("monetised", "quantified", "qualitative")
    return tuple(x for rank in ranks for x in found if x.rank == rank)


def _computed(appraisal: Appraisal, network: NetworkAppraisal) -> Iterator[Listed]:
    for m in additive(network.told):
        if not m.sign:
            continue
        money = tuple(
            (x.unit, float(r.typical), float(r.low), float(r.high))
            for x in appraisal.money.values()
            if (r := x.of_measure.get((network.network, m.name))) is not None
        )
        yield Listed("monetised" if money else "quantified", m.title("en"), m.title("zh"), m.unit,
                     network.network, m.name, _gain(network, m), money)


def _gain(network: NetworkAppraisal, m: Measure) -> FloatArray:
    together, apart = (network.value(s, m.name) for s in ("together", "apart"))
    return np.asarray((together - apart) * m.sign)


def impacts_frame(appraisal: Appraisal) -> pd.DataFrame:
    """One row per impact and jurisdiction ("" = all): rank, gain in its unit, money, words.

    `low` and `high` of money are those of all jurisdictions and stand in its row only.
    """
    import pandas as pd

    ids = [j.id for j in appraisal.region.jurisdictions]
    rows: list[dict[str, object]] = []
    for x in impacts_of(appraisal):
        head = {"rank": x.rank, "network": x.network, "measure": x.measure, "name": x.name,
                "name_zh": x.name_zh, "unit": x.unit}
        if x.given is not None:
            i = x.given
            rows.append({**head, "jurisdiction": i.jurisdiction, "project": i.project,
                         "gain": i.amount, "direction": i.direction, "words": i.words,
                         "words_zh": i.words_zh, "status": i.status, "source": i.source})
            continue
        if x.by is None:
            continue
        for unit, typical, low, high in x.money or (("", np.nan, np.nan, np.nan),):
            rows.append({**head, "jurisdiction": "", "gain": x.total,
                         "money_unit": unit, "money": typical, "money_low": low,
                         "money_high": high})
        rows += [{**head, "jurisdiction": j, "gain": float(g)}
                 for j, g in zip(ids, x.by, strict=True)]
    columns = ["rank", "network", "measure", "name", "name_zh", "project", "jurisdiction", "unit",
               "gain", "money_unit", "money", "money_low", "money_high", "direction", "words",
               "words_zh", "status", "source"]
    frame = pd.DataFrame(rows, columns=columns)
    texts = [c for c in columns if c not in ("gain", "money", "money_low", "money_high")]
    frame[texts] = frame[texts].fillna("")
    return frame.astype(dict.fromkeys(("gain", "money", "money_low", "money_high"), float))
