"""The projects of a region as a programme: cost and benefit of each, which first under a budget.

Benefits are the yearly money of projects (`Money.worth`), by jurisdiction, everybody together:
what the reference loses without a project that is built, what a planned one adds. Costs, lives and
payers are those of projects.csv. Where a cost is not known the present value of its benefits is
given: what the project may cost at most to be worth it. Ranges of costs and demand are assumptions
and say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.appraisal.cba.allocation import Compensation, compensate
from tieline.appraisal.cba.appraise import CostBenefit, cost_benefit
from tieline.appraisal.cba.benefits import DEMAND, NETWORK_COSTS, benefit_flows
from tieline.appraisal.cba.flows import Driver, Flows, building_years, costs_of
from tieline.appraisal.portfolio.asked import Asked
from tieline.appraisal.portfolio.funding import Choice, choice_among
from tieline.appraisal.portfolio.search import Portfolio, portfolio_curve
from tieline.appraisal.pricing import typical_prices, value_range
from tieline.appraisal.show import Cell, Sheet, Shown
from tieline.errors import CaseError

if TYPE_CHECKING:
    import pandas as pd

    from tieline.appraisal.cba.flows import Flow
    from tieline.appraisal.cba.rates import Discounting
    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.appraisal.money import Money, MoneySplit, Range
    from tieline.region.model import FloatArray, Project
    from tieline.region.region import Budget

COST_RANGE = (0.8, 1.3)
"""Ends of costs, relative: an assumption where nothing is known."""

DEMAND_RANGE = (0.8, 1.2)
"""Ends of demand, relative: an assumption where nothing is known."""

LIFE = 25
"""Years of benefits where neither the project nor the discount setting says: an assumption."""

COSTS = ("capital cost", "running cost", NETWORK_COSTS)
"""Drivers that are costs."""

MOST_FEW = 2
"""From so many projects of known cost on a budget is money; the others stand in every portfolio."""

PARTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Parts of the cost of all projects at which a portfolio is shown."""


@dataclass(frozen=True, repr=False)
class ProjectAppraisal(Shown):
    """One project's cost and benefit under one discount setting.

    `known` says whether its costs are; else only benefits count and `result.pvb` is what it may
    cost at most. `compensation` is None without costs.
    """

    project: str
    currency: str
    planned: bool
    known: bool
    result: CostBenefit
    compensation: Compensation | None
    notes: tuple[str, ...]

    def record(self) -> dict[str, object]:
        """Figures with their ranges, one row of a table."""
        r = self.result
        row: dict[str, object] = {
            "project": self.project, "currency": self.currency, "planned": self.planned,
            "discounting": r.discounting.name, "years": r.flows.years - 1,
            "costs_known": self.known,
        }
        spans = {"pvb": r.pvb} | ({"pvc": r.pvc, "enpv": r.enpv, "bcr": r.bcr, "eirr": r.eirr}
                                  if self.known else {})
        for name in ("pvb", "pvc", "enpv", "bcr", "eirr"):
            span = spans.get(name)
            for end in ("typical", "low", "high"):
                value = None if span is None else getattr(span, end)
                row[name if end == "typical" else f"{name}_{end}"] = value
        row["payback"] = r.discounted_payback_years if self.known else None
        row["chance_positive"] = r.chance_positive if self.known else None
        row["notes"] = "; ".join(self.notes)
        return row

    def sheets(self) -> tuple[Sheet, ...]:
        """The sheets of the result."""
        return self.result.sheets()


@dataclass(frozen=True, repr=False)
class Programme(Shown):
    """Projects of one currency: each appraised, and portfolios by budget.

    `counted` is True where fewer than two costs are known: the budget is then a number of projects.
    Else projects of unknown cost stand in every portfolio, and its value is what is added to them.
    `budgets` are those given, in full; empty if portfolios are for parts of the cost of everything.
    """

    currency: str
    appraisals: tuple[ProjectAppraisal, ...]
    portfolios: tuple[Portfolio, ...]
    counted: bool
    notes: tuple[str, ...] = ()
    budgets: tuple[Budget, ...] = ()

    @property
    def by_part(self) -> bool:
        """Whether a portfolio's limit is a part of several budgets, that have no sum."""
        return len(self.budgets) > 1

    def part(self, portfolio: Portfolio) -> float:
        """Which part of the budgets a portfolio may spend."""
        full = sum(b.amount for b in self.budgets)
        return float(portfolio.problem.budgets.sum()) / full if full else 1.0

    def limit(self, portfolio: Portfolio) -> float:
        """What a portfolio may spend: an amount, a number of projects, or a part of budgets."""
        return self.part(portfolio) if self.by_part else float(portfolio.problem.budgets.sum())

    def cost_benefit_frame(self) -> pd.DataFrame:
        """One row per project and discount setting."""
        import pandas as pd

        return pd.DataFrame([a.record() for a in self.appraisals])

    def tornado_frame(self) -> pd.DataFrame:
        """One row per project, discount setting and driver."""
        import pandas as pd

        rows: list[dict[Any, Any]] = []
        for a in self.appraisals:
            frame = a.result.tornado_frame()
            frame.insert(0, "discounting", a.result.discounting.name)
            frame.insert(0, "project", a.project)
            rows += frame.to_dict("records")
        return pd.DataFrame(rows)

    def portfolio_frame(self) -> pd.DataFrame:
        """One row per budget and project."""
        import pandas as pd

        rows = [
            {"budget": self.limit(p), "unit_of_budget": self.unit_of_budget,
             "value": p.value, "value_low": p.low, "value_high": p.high, "unit": p.unit,
             "spent": self.spent(p), "project": name, "chosen": bool(yes),
             "found_by": p.found_by, "status": p.status}
            for p in self.portfolios
            for name, yes in zip(p.problem.projects, p.chosen, strict=True)
        ]
        return pd.DataFrame(rows)

    @property
    def unit_of_budget(self) -> str:
        """`projects`, `part of budgets`, or the currency."""
        if self.by_part:
            return "part of budgets"
        return "projects" if self.counted else self.currency

    def spent(self, portfolio: Portfolio) -> float:
        """What a set spends: of several budgets, the largest part of any."""
        if not self.by_part:
            return float(portfolio.spent.sum())
        return max(float(s) / b.amount for s, b in
                   zip(portfolio.spent, self.budgets, strict=True))

    def budgets_frame(self) -> pd.DataFrame:
        """One row per portfolio and budget given: what may be spent, what is."""
        import pandas as pd

        return pd.DataFrame([
            {"part": self.part(p), "year": b.year, "jurisdiction": b.jurisdiction,
             "amount": float(limit), "spent": float(spent), "unit": self.currency
             if not self.counted else "projects", "status": b.status}
            for p in self.portfolios
            for b, limit, spent in zip(self.budgets, p.problem.budgets, p.spent, strict=bool(
                self.budgets))
        ]).astype({"year": "Int64"} if self.budgets and self.portfolios else {})

    def sheets(self) -> tuple[Sheet, ...]:
        """Portfolios by budget, and each project's headline."""
        unit = self.unit_of_budget
        rows: list[list[Cell]] = [
            [self.limit(p), float(p.value), ", ".join(p.projects)]
            for p in self.portfolios
        ]
        heads: list[list[Cell]] = [
            [a.project, a.result.discounting.name, a.result.pvb.text(),
             a.result.enpv.text() if a.known else "cost not known",
             a.result.bcr.text() if a.known else ""] for a in self.appraisals
        ]
        return (
            Sheet.of(f"cost and benefit [{self.currency}], typical (5-95 %)",
                     ("project", "discounting", "benefits", "net present value", "ratio"), heads),
            Sheet.of(f"portfolio by budget [{unit}]", ("budget", "worth per year", "projects"),
                     rows, self.notes),
        )


@dataclass(frozen=True)
class Sets:
    """Projects to choose among, and `values`: yearly money of sets of them, rows (m, n).

    `spans` gives its ends too, of rows less the first one: (m - 1,) each.
    """

    names: tuple[str, ...]
    values: Callable[[BoolArray], FloatArray] | None = None
    notes: tuple[str, ...] = ()
    spans: Callable[[BoolArray], Range] | None = None

    @classmethod
    def of(
        cls, names: tuple[str, ...], parts: Callable[[BoolArray], FloatArray], money: Money,
        notes: tuple[str, ...] = (),
    ) -> Sets:
        """From money by price at 1, rows (m, n) to (m, n_prices)."""
        typical = typical_prices(money)

        def spans(rows: BoolArray) -> Range:
            found = parts(rows)
            return value_range(found[1:] - found[0], money.prices)

        return cls(names, lambda rows: np.asarray(parts(rows) @ typical), notes, spans)


def programme_of(
    money: Money, projects: Sequence[Project], settings: Sequence[Discounting], base_year: int, *,
    sets: Sets | None = None, budgets: Sequence[Budget] = (),
) -> Programme | None:
    """The programme of one currency; None if no priced network has a project.

    Without `sets` portfolios are of the projects that stand, by the table of their game if there is
    one. They keep all `budgets` of the currency; without any, parts of the cost of all projects.
    """
    worth = money.worth
    if worth is None or not (worth.projects or worth.planned):
        return None
    known = {p.id: p for p in projects}
    appraisals = [
        made for setting in settings for name in (*worth.projects, *worth.planned)
        if (made := _appraised(money, known.get(name), name, setting, base_year)) is not None
    ]
    split = money.splits.get("projects")
    if sets is None:
        sets = Sets(worth.projects, None if split is None else table_values(split, worth.projects))
    portfolios, choice = _portfolios(money, known, sets, budgets)
    if choice is None:
        return Programme(money.currency, tuple(appraisals), (), counted=False, notes=sets.notes)
    return Programme(money.currency, tuple(appraisals), portfolios, choice.counted,
                     (*choice.notes, *sets.notes), choice.budgets)


def table_values(
    split: MoneySplit, projects: Sequence[str]
) -> Callable[[BoolArray], FloatArray]:
    """Yearly money of sets of `projects` from the table of their game, whose order may differ."""
    places = [list(projects).index(p) for p in split.players]
    bits = 1 << np.arange(len(places))

    def of(rows: BoolArray) -> FloatArray:
        return np.asarray(split.split.table[np.asarray(rows)[:, places] @ bits])

    return of


def _appraised(
    money: Money, project: Project | None, name: str, setting: Discounting, base_year: int
) -> ProjectAppraisal | None:
    worth = money.worth
    if worth is None:
        return None
    planned = name in worth.planned
    ids, parts = ((worth.planned, worth.added_parts) if planned
                  else (worth.projects, worth.toot_parts))
    life, notes = _life(project, setting)
    opens = building_years(project)
    years = life + opens
    flows, drivers = benefit_flows(parts[ids.index(name)], money.prices, worth.own_money.tolist(),
                                   years=years, opens=opens, life=life)
    costs: tuple[Flow, ...] = ()
    if project is not None:
        try:
            costs = costs_of(project, money.jurisdictions, years=years, opens=opens)
        except CaseError as error:
            notes.append(str(error))
    if costs and project is not None and project.currency not in ("", money.currency):
        notes.append(f"costs in {project.currency} are not set against benefits in "
                     f"{money.currency}")
        costs = ()
    flows = (*flows, *costs)
    result = cost_benefit(
        Flows(money.currency, base_year, money.jurisdictions, flows, (*drivers, *_assumed(flows))),
        setting, draws=2000,
    )
    paid = compensate(money.jurisdictions, result.net_by, money.currency,
                      draws=result.draws_by) if costs else None
    return ProjectAppraisal(name, money.currency, planned, bool(costs), result, paid, tuple(notes))


def _life(project: Project | None, setting: Discounting) -> tuple[int, list[str]]:
    if project is not None and np.isfinite(project.life_years) and project.life_years >= 1:
        return int(project.life_years), []
    if setting.horizon_years is not None:
        return setting.horizon_years, []
    return LIFE, [f"no life is given: {LIFE} years of benefits are assumed"]


def _assumed(flows: Sequence[Flow]) -> list[Driver]:
    """The drivers of flows that no data give a range: demand, and every cost."""
    used = dict.fromkeys(d for flow in flows for d in flow.drivers)
    ranges = {DEMAND: DEMAND_RANGE, **dict.fromkeys(COSTS, COST_RANGE)}
    return [Driver(d, *ranges[d], source="assumption") for d in used if d in ranges]


def _portfolios(
    money: Money, known: dict[str, Project], sets: Sets, budgets: Sequence[Budget]
) -> tuple[tuple[Portfolio, ...], Choice | None]:
    values = sets.values
    if values is None or len(sets.names) < 2:
        return (), None
    choice = choice_among(sets.names, known, money.currency, budgets, least_known=MOST_FEW)
    places, rest = np.array(choice.places, np.int64), choice.standing
    if not len(places):
        return (), choice
    parts = list(PARTS)
    if choice.counted and not choice.budgets:
        n = len(places)
        parts = [k / n for k in sorted({max(1, round(p * n)) for p in PARTS})]
    full = rest.copy()
    full[places] = True
    base = float(values(np.stack([rest, full]))[0])

    def worth_of(rows: BoolArray) -> FloatArray:
        wide = np.repeat(rest[None, :], len(rows), axis=0)
        wide[:, places] = rows
        return values(wide) - base

    asked = Asked(choice.problem, worth_of)
    try:
        found = portfolio_curve(choice.problem, asked, parts, unit=money.unit)
    except CaseError:
        if not asked.failures:
            raise
        found = ()
    if asked.failures:
        choice = replace(choice, notes=(*choice.notes, asked.failed()))
    return _with_spans(found, choice, sets), choice


def _with_spans(
    found: Sequence[Portfolio], choice: Choice, sets: Sets
) -> tuple[Portfolio, ...]:
    """Portfolios with what they are worth at the ends of the prices, where that is known."""
    if sets.spans is None or not found:
        return tuple(found)
    rows = np.repeat(choice.standing[None, :], len(found) + 1, axis=0)
    rows[1:, list(choice.places)] = [p.chosen for p in found]
    ends = sets.spans(rows)
    return tuple(replace(p, low=float(ends.low[k]), high=float(ends.high[k]))
                 for k, p in enumerate(found))
