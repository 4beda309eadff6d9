"""What falls when and on whom: yearly flows of benefits and costs, and what they depend on.

A flow is typical money by year and jurisdiction, times the factors of its drivers (the value of an
hour, demand, the cost of works): each driver is 1 as typical and has a low and a high end. Every
present value is then linear in each driver, which is what ranges, tornado and switching values use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from tieline.errors import CaseError

if TYPE_CHECKING:
    from tieline.region.model import FloatArray, Project
    from tieline.region.region import Impact

Side = Literal["benefit", "cost"]


@dataclass(frozen=True)
class Driver:
    """Something uncertain that flows are proportional to: a factor that is 1 as typical.

    Drawn from a triangle between `low` and `high` with its mode at 1 (or uniformly). Only the low
    end may be negative: a unit value whose sign is not certain.
    """

    name: str
    low: float = 1.0
    high: float = 1.0
    shape: Literal["triangle", "uniform"] = "triangle"
    source: str = ""

    def __post_init__(self) -> None:
        if not -np.inf < self.low <= 1.0 <= self.high < np.inf:
            msg = f"driver '{self.name}': expected low <= 1 <= high, found {self.low:g} and "
            msg_0 = f"{msg}{self.high:g}"
            raise CaseError(msg_0)


@dataclass(frozen=True)
class Flow:
    """Money by year and jurisdiction, shape (years, n_jurisdictions), >= 0 on its own side.

    A benefit may be negative where somebody is harmed.
    """

    name: str
    side: Side
    amounts: FloatArray
    drivers: tuple[str, ...] = ()
    status: str = "assumption"


@dataclass(frozen=True)
class Flows:
    """Everything one appraisal counts.

    Year 0 is `base_year`, the year in whose money and to which all is discounted.
    """

    currency: str
    base_year: int
    jurisdictions: tuple[str, ...]
    flows: tuple[Flow, ...]
    drivers: tuple[Driver, ...] = ()
    impacts: tuple[Impact, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        known = {d.name for d in self.drivers}
        width = {f.amounts.shape for f in self.flows}
        if len(width) > 1 or any(s[1:] != (len(self.jurisdictions),) for s in width):
            msg = "flows: expected one shape (years, jurisdictions) for all"
            raise CaseError(msg)
        for flow in self.flows:
            missing = [d for d in flow.drivers if d not in known]
            if missing:
                msg = f"flow '{flow.name}': no driver is called {', '.join(missing)}"
                raise CaseError(msg)
            if not np.isfinite(flow.amounts).all():
                msg = f"flow '{flow.name}': amounts must be finite"
                raise CaseError(msg)

    @property
    def years(self) -> int:
        """Number of years, the base year included."""
        return len(self.flows[0].amounts) if self.flows else 0

    def factors(self, values: Mapping[str, FloatArray | float]) -> FloatArray:
        """Shape (n_flows, ...): factor of each flow for values of drivers."""
        shape = np.broadcast_shapes(*(np.shape(v) for v in values.values()), ())
        found = np.ones((len(self.flows), *shape))
        for k, flow in enumerate(self.flows):
            for name in flow.drivers:
                found[k] = found[k] * np.asarray(values[name])
        return found

    def signed(self) -> FloatArray:
        """Shape (n_flows, years, n_jurisdictions): benefits positive, costs negative."""
        return np.array([f.amounts if f.side == "benefit" else -f.amounts for f in self.flows])


def benefit(  # noqa: PLR0913 - what a yearly benefit is made of, by keyword
    name: str, per_year: FloatArray, *, years: int, opens: int, life: int, growth: float = 0.0,
    drivers: Sequence[str] = (), status: str = "assumption",
) -> Flow:
    """The same benefit by jurisdiction (n,) every year from opening on, growing by a rate.

    `opens` is the first year with a full benefit, `life` for how many years it lasts.
    """
    amounts = np.zeros((years, len(per_year)))
    last = min(years, opens + life)
    for y in range(opens, last):
        amounts[y] = np.asarray(per_year) * (1.0 + growth) ** (y - opens)
    return Flow(name, "benefit", amounts, tuple(drivers), status)


def building_years(project: Project | None) -> int:
    """Years from the first to the last of its spending, at least 1."""
    given = project.spending if project is not None else {}
    return max(given) - min(given) + 1 if given else 1


def costs_of(
    project: Project, jurisdictions: Sequence[str], *, years: int, builds: int = 1, opens: int = 1,
    residual: bool = True,
) -> tuple[Flow, ...]:
    """Capital and running cost of a project by who pays, from projects.csv.

    Capital is spread evenly over `builds` years before `opens`, or as the project's `spending`
    says, the last of its years being the one before; where the life outlasts the last year, the
    unused part of the capital comes back in it (straight line). CaseError if the cost, the payers
    or a payer's jurisdiction are missing.
    """
    if not np.isfinite(project.capex):
        msg = f"project '{project.id}': no capex is given; its cost is not known"
        raise CaseError(msg)
    if not project.payers:
        msg = f"project '{project.id}': no payers are given; shares of who pays sum to 1"
        raise CaseError(msg)
    unknown = [p for p in project.payers if p not in jurisdictions]
    if unknown:
        msg = f"project '{project.id}': payers that are no jurisdictions: {', '.join(unknown)}"
        raise CaseError(msg)
    share = np.array([project.payers.get(j, 0.0) for j in jurisdictions])
    capital, running = np.zeros((years, len(share))), np.zeros((years, len(share)))
    first = max(opens - builds, 0)
    if project.spending:
        for year, part in project.spending.items():
            capital[max(opens - 1 - (max(project.spending) - year), 0)] += (
                project.capex * part * share)
    else:
        capital[first : max(opens, first + 1)] = project.capex / max(opens - first, 1) * share
    life = int(project.life_years) if np.isfinite(project.life_years) else years
    if np.isfinite(project.opex_per_year):
        running[opens : opens + life] = project.opex_per_year * share
    left = opens + life - years
    if residual and left > 0:
        capital[-1] -= project.capex * left / life * share
    return (Flow("capital cost", "cost", capital, ("capital cost",), project.status),
            Flow("running cost", "cost", running, ("running cost",), project.status))
