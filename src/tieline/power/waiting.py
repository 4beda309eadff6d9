"""What waiting looks like: who is out until when, if no tie is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.power.respond.loadflow import electric
from tieline.power.respond.plan import answer
from tieline.power.respond.situation import read_situation
from tieline.power.respond.tables import tables_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.power.network import PowerNetwork
    from tieline.power.respond.state import State
    from tieline.region.model import Case, Incident
    from tieline.region.tables import Table

SHOWN = ("supply", "loads")


def waiting_tables(
    network: PowerNetwork, case: Case, incident: Incident, state: State | None = None
) -> Mapping[str, Table]:
    """`supply` and `loads` of waiting, with the columns they have in a plan."""
    situation = read_situation(network, network.relevant.restrict(case), incident, state)
    limits = electric(situation)
    waited = answer(situation, limits, ties=False)
    tables = tables_of(situation, limits, waited, ())
    return {name: tables[name] for name in SHOWN}
