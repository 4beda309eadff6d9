"""One situation, chosen freely between apart and together: what it brings, to whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tieline.appraisal.network import Means, Question, appraise_network
from tieline.appraisal.pricing import money_of
from tieline.appraisal.results import Appraisal
from tieline.appraisal.run import evaluate_cases
from tieline.appraisal.situation import CHOSEN, Situation
from tieline.study.reading import statuses_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tieline.appraisal.results import NetworkAppraisal
    from tieline.region.model import Case
    from tieline.region.read import RegionData
    from tieline.region.tables import Table



@dataclass(frozen=True)
class _Asked:
    """A case and what it is compared with: the same projects and scenario."""

    case: Case
    together: Case


def situation(
    data: RegionData, case: Case, *, progress: Callable[[int, int], None] | None = None,
) -> Situation:
    """What a case brings against everybody apart, how it is shared, what it is worth.

    Parameters
    ----------
    case
        From `data.case`: any borders, projects and scenario.
    progress
        Called as progress(done, total) over the cases of one network after the other.

    Raises
    ------
    CaseError
        If the case leaves a network that cannot be evaluated.
    """
    asked = _Asked(case, data.case("together", built=case.built, scenario=case.scenario))
    networks: dict[str, NetworkAppraisal] = {}
    for name in data.networks:
        networks[name] = _network(data, name, asked, progress)
    prices = data.region.values
    priced = {
        name: replace(n, outcomes={**n.outcomes, "together": n.outcomes[CHOSEN]})
        for name, n in networks.items()
    }
    made = {c: money_of(c, prices, priced) for c in dict.fromkeys(p.currency for p in prices)}
    return Situation(
        case=case,
        appraisal=Appraisal(
            region=data.region, scenario=case.scenario, networks=networks,
            money={c: m for c, m in made.items() if m.networks}, players=("jurisdictions",),
        ),
    )


def _network(
    data: RegionData, name: str, asked: _Asked, progress: Callable[[int, int], None] | None,
) -> NetworkAppraisal:
    def told(done: int, total: int) -> None:
        if progress is not None:
            progress(done, total + 1)  # all together comes after them

    engine, network = data.engines[name], data.networks[name]
    question = Question(
        jurisdictions=tuple(j.id for j in data.region.jurisdictions),
        reference=asked.case.built, players=("jurisdictions",), scenario=asked.case.scenario,
        detail=False, allowed=asked.case.open, currency=data.region.currency or "",
    )
    found = appraise_network(name, engine, network, question, Means(told))
    full = evaluate_cases(engine, network, [asked.together])[asked.together]
    if progress is not None:
        progress(1, 1)
    return replace(
        found, statuses=statuses_of(data, name, network),
        states={**found.states, CHOSEN: asked.case, "together": asked.together},
        outcomes={**found.outcomes, CHOSEN: found.outcomes["together"], "together": full},
    )


def situation_detail(data: RegionData, case: Case, network: str) -> Mapping[str, Table]:
    """The engine's detail tables of a case, for its map."""
    engine: Any = data.engines[network]
    found = evaluate_cases(engine, data.networks[network], [case], detail=True)
    return found[case].tables
