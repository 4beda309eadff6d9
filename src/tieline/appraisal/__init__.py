"""Games of cooperation, fair shares, what projects are worth; running cases, cached, in parallel.

Any value function: `games` (what a game is), `solutions` (what follows from it; `solve` first),
`sampling` (where there are too many coalitions), `cba` (cost and benefit by year and jurisdiction),
`portfolio` (which projects first), `running` (cases in processes or on a cluster, values kept).

Networks of a region: `game` (who plays, which case is a coalition), `run` (cases to outcomes),
`shares` and `worth` (what follows from a table of outcomes), `network` (all of it for one
network), `large` (more than twelve players), `pricing` (money, by the prices that `study` hands
in), `answers` and `programme` (what is asked beyond), `results` (the records that come out).

Every result says how it is known: exact, certified, estimated (with intervals), not refuted.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tieline.appraisal.cba.allocation import compensate, withdrawal
    from tieline.appraisal.cba.appraise import cost_benefit
    from tieline.appraisal.cba.flows import Driver, Flow, Flows
    from tieline.appraisal.cba.increments import increments
    from tieline.appraisal.cba.rates import discounting
    from tieline.appraisal.games.game import Game
    from tieline.appraisal.games.valuer import Running, Valuer
    from tieline.appraisal.portfolio.problem import Problem
    from tieline.appraisal.portfolio.robust import robust_portfolios
    from tieline.appraisal.portfolio.search import best_portfolio, portfolio_curve
    from tieline.appraisal.running.cluster import cluster
    from tieline.appraisal.running.store import Store
    from tieline.appraisal.solutions.solve import Solver

_HOME = {
    "tieline.appraisal.games.game": ("Game",),
    "tieline.appraisal.games.valuer": ("Running", "Valuer"),
    "tieline.appraisal.solutions.solve": ("Solver",),
    "tieline.appraisal.running.store": ("Store",),
    "tieline.appraisal.running.cluster": ("cluster",),
    "tieline.appraisal.cba.flows": ("Driver", "Flow", "Flows"),
    "tieline.appraisal.cba.appraise": ("cost_benefit",),
    "tieline.appraisal.cba.rates": ("discounting",),
    "tieline.appraisal.cba.allocation": ("compensate", "withdrawal"),
    "tieline.appraisal.cba.increments": ("increments",),
    "tieline.appraisal.portfolio.problem": ("Problem",),
    "tieline.appraisal.portfolio.search": ("best_portfolio", "portfolio_curve"),
    "tieline.appraisal.portfolio.robust": ("robust_portfolios",),
}

__all__ = [
    "Driver", "Flow", "Flows", "Game", "Problem", "Running", "Solver", "Store", "Valuer",
    "best_portfolio", "cluster", "compensate", "cost_benefit", "discounting", "increments",
    "portfolio_curve", "robust_portfolios", "withdrawal",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(module), name)
    msg = f"module 'tieline.appraisal' has no attribute '{name}'"
    raise AttributeError(msg)
