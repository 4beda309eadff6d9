"""A storm as many samples: which lines it breaks, and what that costs under each case."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.fragility import drawn, failure_probability
from tieline.power.respond.jobs import within_reach
from tieline.power.respond.loadflow import after_trip, electric
from tieline.power.respond.plan import answer
from tieline.power.respond.rules import rules
from tieline.power.respond.schedule import MOST_TRIES
from tieline.power.respond.search import coupled_parts
from tieline.power.respond.situation import read_normal, struck
from tieline.power.respond.tables import outcome_of
from tieline.region.model import Event, Incident, Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from tieline.power.network import PowerNetwork
    from tieline.power.respond.loadflow import Electric
    from tieline.power.respond.plan import Answer
    from tieline.power.respond.situation import Normal, Situation
    from tieline.region.model import Case, FloatArray

MOST_WORK = 2e6
"""Where the search of a coupled part stops in a sample: less than for a plan one will act on."""


class Before:
    """What all incidents of the same built projects start from, and the answers kept on it."""

    def __init__(self) -> None:
        self._normal: dict[tuple[frozenset[str], str], Normal] = {}
        self._limits: dict[tuple[object, ...], Electric] = {}

    def situation(self, network: PowerNetwork, case: Case, incident: Incident) -> Situation:
        """The incident laid over the grid, read once."""
        key = (frozenset(case.built), case.scenario)
        if key not in self._normal:
            self._normal[key] = read_normal(network, case, None)
        return struck(self._normal[key], case, incident)

    def limits(self, situation: Situation) -> Electric:
        """The limits of an incident; the flow before it is solved once."""
        case = situation.case
        key = (frozenset(case.built), case.scenario, situation.level)
        if key not in self._limits:
            self._limits[key] = electric(situation)
        return after_trip(situation, self._limits[key])

    def __reduce__(self) -> tuple[type[Before], tuple[()]]:
        """Another process begins anew: what is kept is large and quickly made."""
        return Before, ()


@dataclass(frozen=True)
class Storm:
    """A storm over a network; called with the number of a sample it gives what that costs.

    Picklable, so that samples may be computed in any process; a sample depends on `seed` and its
    number alone.

    Parameters
    ----------
    cases
        What is compared; the first also gives the waiting.
    gust_m_s
        Gust speed in the open; each branch has it times its exposure.
    most_work, most_tries
        Limits of the search in a sample: see `costs`.
    """

    network: PowerNetwork
    cases: tuple[Case, ...]
    gust_m_s: float
    seed: int
    start: datetime
    most_work: float = MOST_WORK
    most_tries: int = MOST_TRIES
    before: Before = field(default_factory=Before, compare=False, repr=False)

    @property
    def key(self) -> str:
        """Everything a sample depends on beside the network and its number."""
        cases = " & ".join(c.key() for c in self.cases)
        most = f"{self.most_work!r}|{self.most_tries}"
        return f"storm|{self.gust_m_s!r}|{self.seed}|{self.start.isoformat()}|{most}|{cases}"

    @property
    def settings(self) -> dict[str, str | float]:
        """The fragility as it was used."""
        return asdict(self.network.fragility)

    def probability(self) -> FloatArray:
        """Shape (n_branches,): probability that each branch fails; 0 for what is not built."""
        branches = self.network.branches
        there = branches.exist(self.network.built(self.cases[0]))
        found = failure_probability(
            self.gust_m_s * branches["exposure"], branches["length_km"],
            np.asarray(branches["kind"] == "overhead", np.float64), self.network.fragility,
        )
        return np.where(there, found, 0.0)

    def faults(self, sample: int) -> tuple[str, ...]:
        """Ids of the branches that fail in a sample."""
        rows = drawn(self.probability(), self.seed, sample)
        return tuple(str(self.network.branches.ids[r]) for r in rows)

    def __call__(self, sample: int) -> tuple[Outcome, ...]:
        """Outcomes of a sample: waiting, then one for each case."""
        faults = self.faults(sample)
        events = tuple(Event(f"branch:{f}", "wind") for f in faults)
        if not events:
            return self._calm()
        incident = Incident(f"storm-{sample}", "power", self.start, events)
        return costs(
            self.network, self.cases, incident, most_work=self.most_work,
            most_tries=self.most_tries, before=self.before,
        )

    def _calm(self) -> tuple[Outcome, ...]:
        """Nothing fails: customers stand, all else is zero."""
        loads, n = self.network.loads, len(self.network.jurisdictions)
        values = np.zeros((n, 6))
        if len(loads):
            there = loads.exist(self.network.built(self.cases[0]))
            values[:, 0] = np.bincount(
                loads["jurisdiction"][there], weights=loads["customers"][there], minlength=n
            )
        return (Outcome(values, np.zeros_like(values)),) * (1 + len(self.cases))


def costs(
    network: PowerNetwork, cases: tuple[Case, ...], incident: Incident,
    *, most_work: float = MOST_WORK, most_tries: int = MOST_TRIES, before: Before | None = None,
) -> tuple[Outcome, ...]:
    """What an incident costs when waiting (in the first case) and in each case, without steps.

    A case that may use the same switches as one before it, wherever customers are dark, is not
    searched again: its answer is the same. `before` keeps what other incidents on the same
    network may use. `most_work` limits the search of each coupled part (entries visited by its
    flows), `most_tries` the orders of jobs; what a better plan could save is the outcome's gap.
    """
    before = before or Before()
    known: list[tuple[Situation, Answer]] = []
    waiting: Answer | None = None
    limits: Electric | None = None
    for case in map(network.relevant.restrict, cases):
        if known and _same_grid(known[0][0].case, case):
            situation = replace(known[0][0], case=case)
        else:
            situation = before.situation(network, case, incident)
            limits = None
        limits = limits or before.limits(situation)
        if waiting is None:
            waiting = answer(situation, limits, ties=False, most_work=most_work,
                             most_tries=most_tries)
        found = next((a for s, a in known if _alike(s, situation, limits)), None)
        if found is None:
            found = answer(situation, limits, ties=True, most_work=most_work,
                           most_tries=most_tries)
            narrower = [a for s, a in known if s.case.open <= situation.case.open]
            least = min([found, waiting, *narrower], key=lambda a: a.objective)
            found = replace(least, bound=min(found.bound, least.objective))
        known.append((situation, found))
    if waiting is None:
        return ()
    answers = [waiting, *(a for _, a in known)]
    horizon = max(a.history.end_h for a in answers)
    return tuple(
        outcome_of(s, a, horizon)
        for s, a in zip([known[0][0], *(s for s, _ in known)], answers, strict=True)
    )


def _same_grid(one: Case, other: Case) -> bool:
    """Whether two cases differ in openness alone."""
    return one.built == other.built and one.scenario == other.scenario


def _alike(one: Situation, other: Situation, limits: Electric) -> bool:
    """Whether two cases allow the same wherever a customer is dark.

    Given crews may come from others, which makes all cases differ.
    """
    if one.ground is not other.ground or one.ground.network.response.crews is not None:
        return one.case == other.case
    reach = [within_reach(s) for s in (one, other)]
    allowed = [rules(s, r, ties=True) for s, r in zip((one, other), reach, strict=True)]
    if np.any(reach[0] != reach[1]) or np.any(allowed[0].operable != allowed[1].operable):
        return False
    differ = np.flatnonzero(allowed[0].usable != allowed[1].usable)
    if not len(differ):
        return True
    edges, weight = one.ground.edges, one.ground.weight
    touched = np.zeros(one.ground.n_zones, bool)
    touched[edges.za[differ]] = touched[edges.zb[differ]] = True
    wider = allowed[0] if allowed[0].usable.sum() > allowed[1].usable.sum() else allowed[1]
    situation = one if wider is allowed[0] else other
    return not any(
        weight[zones].sum() > 0.0 and touched[zones].any()
        for zones in coupled_parts(situation, limits, wider)
    )
