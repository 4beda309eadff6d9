"""What one situation brings: any borders open, any projects built, between apart and together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tieline.region.protocol import additive

if TYPE_CHECKING:
    from tieline.appraisal.money import Money, Range
    from tieline.appraisal.results import Appraisal, NetworkAppraisal
    from tieline.region.model import Case, Measure
    from tieline.region.region import Region

CHOSEN = "chosen"
STATES = ("apart", CHOSEN, "together")
"""The states that are compared, with the same projects and scenario."""


@dataclass(frozen=True)
class Situation:
    """A chosen case beside apart and together.

    `appraisal` has the outcomes of all three by these labels. Its splits and its money are those
    of the chosen case: v(S) counts the links that are open in it and inside S, so that the fair
    shares add up to what the case gains against apart.
    """

    case: Case
    appraisal: Appraisal

    @property
    def region(self) -> Region:
        """The region of the situation."""
        return self.appraisal.region

    def record(self) -> dict[str, Any]:
        """Every value as what JSON can hold; "" is the whole region, what is no number None."""
        return {
            "case": case_record(self.case),
            "networks": {n: self._network(x) for n, x in self.appraisal.networks.items()},
            "money": {c: {
                "unit": m.unit,
                "gain": {j: _ranged(gain_of(m), k) for k, j in enumerate(m.jurisdictions)},
                "dividend": _ranged(m.splits["jurisdictions"].dividend),
                "fair_shares": {j: _ranged(m.splits["jurisdictions"].shapley, k)
                                for k, j in enumerate(m.splits["jurisdictions"].players)},
            } for c, m in self.appraisal.money.items() if "jurisdictions" in m.splits},
        }

    def _network(self, network: NetworkAppraisal) -> dict[str, Any]:
        shares = {m: s for (_, m), s in network.splits.items()}
        return {
            "engine": network.engine, "version": network.version, "digest": network.digest,
            "statuses": {t: dict(c) for t, c in network.statuses.items()},
            "measures": {m.name: {
                "unit": m.unit, "better": m.better,
                "values": {s: _values(network, s, m) for s in STATES},
                "gap": _gap(network, m),
                "fair_shares": dict(zip(
                    shares[m.name].players, map(float, shares[m.name].shapley), strict=True,
                )) if m.name in shares else None,
            } for m in network.told},
        }


def gain_of(money: Money) -> Range:
    """What the chosen case gains against apart, by jurisdiction; 0 where no border is open."""
    return money.by_state.get("together") or money.by_state["apart"]


def case_record(case: Case) -> dict[str, Any]:
    """A case as what JSON can hold."""
    return {"open": [list(x) for x in sorted(case.open)], "built": sorted(case.built),
            "scenario": case.scenario}


def _values(network: NetworkAppraisal, state: str, m: Measure) -> dict[str, float | None]:
    by = zip(network.jurisdictions, network.value(state, m.name), strict=True)
    return {"": _number(network.total(state, m.name)), **{j: _number(v) for j, v in by}}


def _gap(network: NetworkAppraisal, m: Measure) -> float | None:
    """How far the gain of the chosen state may be off in all; None for a ratio."""
    names = [a.name for a in additive(network.measures)]
    if m.name not in names:
        return None
    gaps = network.outcomes[CHOSEN].gap_against(network.outcomes["apart"])
    return float(gaps[:, names.index(m.name)].sum())


def _ranged(figure: Range, k: int | None = None) -> dict[str, float]:
    ends = {"typical": figure.typical, "low": figure.low, "high": figure.high}
    return {name: float(v if k is None else v[k]) for name, v in ends.items()}


def _number(value: Any) -> float | None:
    return float(value) if value == value else None
