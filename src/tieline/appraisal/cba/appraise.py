"""One set of flows appraised: indicators with ranges, what they hang on, who gains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.cba.indicators import (
    internal_rate,
    internal_rates,
    payback,
    present_value,
)
from tieline.appraisal.show import Cell, Sheet, Shown, number

if TYPE_CHECKING:
    import pandas as pd

    from tieline.appraisal.cba.flows import Driver, Flows
    from tieline.appraisal.cba.rates import Discounting
    from tieline.region.model import FloatArray

DRAWS = 5000
LOW, HIGH = 0.05, 0.95
"""Quantiles that ranges show."""


@dataclass(frozen=True)
class Span:
    """A figure as typical, with the 5 % and 95 % quantiles of its draws; None where it has none."""

    typical: float | None
    low: float | None
    high: float | None

    def text(self, digits: float = 1.0) -> str:
        """The figure with its range."""
        if self.typical is None:
            return "-"
        ends = (f"{number(x * digits)}" if x is not None else "-" for x in (self.low, self.high))
        return f"{number(self.typical * digits)} ({' to '.join(ends)})"


@dataclass(frozen=True)
class Swing:
    """What one driver alone does: net present value at its ends, and where that is nothing.

    `switching` is the factor of the driver at which the net present value is 0; None if none is.
    """

    driver: Driver
    at_low: float
    at_high: float
    switching: float | None

    @property
    def width(self) -> float:
        """How far the ends are apart."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True, repr=False)
class CostBenefit(Shown):
    """What a project or programme is worth.

    Parameters
    ----------
    pvb, pvc, enpv, bcr, eirr, payback_years, discounted_payback_years
        With ranges over the drivers; present values in `currency` of `base_year`. The ratio is
        benefits over costs; EIRR is a fraction per year.
    benefits_by, costs_by
        Shape (n_jurisdictions,): present values by who gains and who pays.
    by_flow
        Flow name -> present value, costs negative.
    swings
        Drivers by how much they move the net present value, the widest first (tornado).
    draws
        Shape (m,): net present values drawn; `chance_positive` how many are > 0.
    draws_by
        Shape (m, n_jurisdictions): the same by who gains and who pays.
    """

    flows: Flows
    discounting: Discounting
    pvb: Span
    pvc: Span
    enpv: Span
    bcr: Span
    eirr: Span
    payback_years: float | None
    discounted_payback_years: float | None
    benefits_by: FloatArray
    costs_by: FloatArray
    by_flow: dict[str, float]
    swings: tuple[Swing, ...]
    draws: FloatArray
    draws_by: FloatArray
    notes: tuple[str, ...] = ()

    @property
    def net_by(self) -> FloatArray:
        """Shape (n_jurisdictions,): what each is left with, before any compensation."""
        return np.asarray(self.benefits_by - self.costs_by)

    @property
    def chance_positive(self) -> float:
        """Part of the draws with a net present value > 0."""
        return float(np.mean(self.draws > 0))

    def to_frame(self) -> pd.DataFrame:
        """One row per jurisdiction: present value of benefits, costs, net [currency]."""
        import pandas as pd

        return pd.DataFrame({
            "jurisdiction": list(self.flows.jurisdictions), "currency": self.flows.currency,
            "benefits": self.benefits_by, "costs": self.costs_by, "net": self.net_by,
        })

    def tornado_frame(self) -> pd.DataFrame:
        """One row per driver: its ends, net present value there, switching value."""
        import pandas as pd

        return pd.DataFrame([
            {"driver": s.driver.name, "low": s.driver.low, "high": s.driver.high,
             "enpv_at_low": s.at_low, "enpv_at_high": s.at_high, "switching": s.switching}
            for s in self.swings
        ])

    def sheets(self) -> tuple[Sheet, ...]:
        """Headlines with ranges; by jurisdiction; what they hang on."""
        money = f"{self.flows.currency} of {self.flows.base_year}"
        head: list[list[Cell]] = [
            [f"net present value [{money}]", self.enpv.text()],
            ["benefits over costs", self.bcr.text()],
            ["internal rate of return [%]", self.eirr.text(100.0)],
            ["payback, discounted [years]", self.discounted_payback_years],
            ["chance that it is worth more than nothing [%]", 100.0 * self.chance_positive],
        ]
        rows: list[list[Cell]] = [
            [j, float(b), float(c), float(b - c)] for j, b, c in
            zip(self.flows.jurisdictions, self.benefits_by, self.costs_by, strict=True)
        ]
        swings: list[list[Cell]] = [
            [s.driver.name, s.at_low, s.at_high, s.switching] for s in self.swings
        ]
        return (
            Sheet.of(f"cost and benefit, {self.discounting.title}", ("figure", "typical (5-95 %)"),
                     head, self.notes),
            Sheet.of(f"by jurisdiction [{money}]", ("jurisdiction", "benefits", "costs", "net"),
                     rows),
            Sheet.of("what it hangs on", ("driver", "at its low", "at its high", "nothing at"),
                     swings),
        )


def cost_benefit(
    flows: Flows, discounting: Discounting, *, draws: int = DRAWS, seed: int = 1
) -> CostBenefit:
    """Indicators, ranges and distribution of flows under a discount setting."""
    factors = discounting.factors(flows.years)
    by_flow = np.array([present_value(f, factors) for f in flows.signed()]).reshape(
        len(flows.flows), len(flows.jurisdictions))
    worth = by_flow.sum(axis=1)
    benefits = np.array([f.side == "benefit" for f in flows.flows])
    drawn = flows.factors(_drawn(flows.drivers, draws, seed))
    if drawn.ndim == 1:
        drawn = np.repeat(drawn[:, None], draws, axis=1)
    pvb, pvc = worth[benefits] @ drawn[benefits], -(worth[~benefits] @ drawn[~benefits])
    net_flows = flows.signed().sum(axis=2)
    net = net_flows.sum(axis=0)
    rate, why = internal_rate(net)
    some = drawn[:, : min(draws, 1000)]
    rates = internal_rates(some.T @ net_flows)
    notes = [*flows.notes, *([why] if why else [])]
    total_b, total_c = float(worth[benefits].sum()), -float(worth[~benefits].sum())
    return CostBenefit(
        flows=flows, discounting=discounting,
        pvb=_span(total_b, pvb), pvc=_span(total_c, pvc), enpv=_span(total_b - total_c, pvb - pvc),
        bcr=_span(total_b / total_c if total_c > 0 else None,
                  np.divide(pvb, pvc, out=np.full(len(pvb), np.nan), where=pvc > 0)),
        eirr=_span(rate, rates), payback_years=payback(net),
        discounted_payback_years=payback(net, factors),
        benefits_by=by_flow[benefits].sum(axis=0), costs_by=-by_flow[~benefits].sum(axis=0),
        by_flow={f.name: float(w) for f, w in zip(flows.flows, worth, strict=True)},
        swings=_swings(flows, worth), draws=pvb - pvc,
        draws_by=drawn.T @ by_flow, notes=tuple(notes),
    )


def _drawn(drivers: tuple[Driver, ...], draws: int, seed: int) -> dict[str, FloatArray]:
    rng = np.random.default_rng(seed)
    found = {}
    for d in drivers:
        even = rng.random(draws)
        found[d.name] = _uniform(d, even) if d.shape == "uniform" else _triangle(d, even)
    return found


def _uniform(d: Driver, even: FloatArray) -> FloatArray:
    return d.low + even * (d.high - d.low)


def _triangle(d: Driver, even: FloatArray) -> FloatArray:
    """Quantiles of a triangle with its mode at 1."""
    width = d.high - d.low
    if width == 0.0:
        return np.ones_like(even)
    turn = (1.0 - d.low) / width
    rising = d.low + np.sqrt(even * width * (1.0 - d.low))
    falling = d.high - np.sqrt((1.0 - even) * width * (d.high - 1.0))
    return np.where(even < turn, rising, falling)


def _span(typical: float | None, drawn: FloatArray) -> Span:
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return Span(typical, None, None)
    return Span(typical, float(np.quantile(known, LOW)), float(np.quantile(known, HIGH)))


def _swings(flows: Flows, worth: FloatArray) -> tuple[Swing, ...]:
    """Each driver alone: net present value is a + b f in its factor f."""
    whole = float(worth.sum())
    found = []
    for d in flows.drivers:
        mine = [d.name in f.drivers for f in flows.flows]
        moved = float(worth[mine].sum())
        rest = whole - moved
        found.append(Swing(d, rest + moved * d.low, rest + moved * d.high,
                           -rest / moved if moved and rest else None))
    return tuple(sorted(found, key=lambda s: -s.width))
