"""A synthetic region with an invented engine that fills power's detail tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

import numpy as np
import pytest

from tieline.appraisal.network import Question, appraise_network
from tieline.appraisal.pricing import money_of
from tieline.appraisal.results import Appraisal
from tieline.power.measures import HOURS_PER_YEAR, MEASURES
from tieline.region.model import Jurisdiction, Outcome, Project, Relevant, pairs_of
from tieline.region.region import Region, Value
from tieline.region.tables import Table

NAMES = [("north", "North", "北县"), ("east", "East", "东县"), ("south", "South", "南县")]
CAPTION = ("示意图,不作为划界依据 / schematic, not for demarcation; "
           "演示·非官方 / demonstration, unofficial")


@dataclass(frozen=True)
class FakeGrid:
    """Feeders as combs around one town per jurisdiction, one tie per border."""

    ids: tuple[str, ...]
    n_feeders: int = 8
    digest: str = "0123456789abcdef"
    statuses: dict = field(default_factory=lambda: {
        "bus": {"synthetic": 120}, "load": {"synthetic": 70, "calibrated": 3},
        "branch": {"synthetic": 110, "assumption": 4},
    })

    @property
    def pairs(self):
        return pairs_of(self.ids)

    @property
    def relevant(self):
        links = frozenset(("power", a, b) for a, b in self.pairs)
        return Relevant(links, frozenset(f"tie-{a}-{b}" for a, b in self.pairs))


class FakeEngine:
    name = "power"
    version = "0"
    topics = ("power",)
    measures = MEASURES

    def read(self, folder, issues):
        raise NotImplementedError

    def evaluate(self, network, cases, *, detail=False):
        for case in cases:
            usable = {
                (a, b): ("power", a, b) in case.open and f"tie-{a}-{b}" in case.built
                for a, b in network.pairs
            }
            saved = {j: sum(40.0 + 11.0 * k for k, p in enumerate(network.pairs)
                            if usable[p] and j in p) for j in network.ids}
            rows = []
            for k, j in enumerate(network.ids):
                customers, hours = 400.0 + 100 * k, 1900.0 + 310 * k - saved[j]
                demand = customers * HOURS_PER_YEAR
                rows.append([customers, 700.0 + 50 * k, hours, 210 * hours, demand - hours, demand])
            values = np.array(rows)
            tables = fake_tables(network, usable) if detail else {}
            yield Outcome(values, np.zeros_like(values), tables)


def fake_tables(network, usable):
    """Branches in feeders of five sections around each jurisdiction's centre."""
    branches, loads, ties = [], [], []
    n = len(network.ids)
    for k, j in enumerate(network.ids):
        angle = 2 * np.pi * k / n
        cx, cy = 0.3 * np.cos(angle), 0.3 * np.sin(angle)
        helped = any(u and j in p for p, u in usable.items())
        for f in range(network.n_feeders):
            phi = 2 * np.pi * f / network.n_feeders
            x, y, bus = cx, cy, f"{j}-0"
            for s in range(5):
                nx, ny = x + 0.045 * np.cos(phi), y + 0.045 * np.sin(phi)
                here = f"{j}-{f}-{s}"
                branches.append((here, bus, here, j, x, y, nx, ny))
                own, border = float(f % 3 > 0), float(helped and f == 0)
                loads.append((here, here, j, f"{j}镇 {j} town {f % 2}", nx, ny, 5.0 + f,
                              3.0 - 0.5 * border, 0.3, 0.4 * own * (1 - border), 0.4 * border, 0.2))
                x, y, bus = nx, ny, here
    for k, (a, b) in enumerate(network.pairs):
        ties.append((f"tie-{k}", f"{a};{b}", f"tie-{a}-{b}", usable[a, b], 0.1 * k, -0.05 * k,
                     1.5, 40.0, 80.0))
    ties.append(("own-1", network.ids[0], "", True, 0.2, 0.2, 2.0, 30.0, 60.0))
    return {
        "branches": columns("branches", "id from_bus to_bus jurisdiction x0 y0 x1 y1", branches),
        "loads": columns("loads", "id bus jurisdiction town x y customers outage_h n_upstream "
                                  "n_own n_border n_repair", loads),
        "ties": columns("ties", "id jurisdictions project usable x y used_per_yr "
                                "customers_per_yr customer_hours_saved_per_yr", ties),
    }


def columns(name, names, rows):
    split = names.split()
    made = {}
    for k, column in enumerate(split):
        values = [r[k] for r in rows]
        text = isinstance(values[0], str)
        made[column] = np.array(values, dtype=object if text else None)
    return Table(name, made)


def outlines(ids):
    features = []
    for k, j in enumerate(ids):
        angle = 2 * np.pi * k / len(ids)
        cx, cy = 0.3 * np.cos(angle), 0.3 * np.sin(angle)
        ring = [[cx + 0.3 * np.cos(t), cy + 0.3 * np.sin(t)] for t in np.linspace(0, 2 * np.pi, 9)]
        features.append({"type": "Feature", "properties": {"id": j},
                         "geometry": {"type": "Polygon", "coordinates": [ring]}})
    return {"type": "FeatureCollection", "features": features}


def make(n=3, *, money=True, projects=True, shapes=True, detail=True, engine=None):
    """An appraisal of n jurisdictions by the invented engine."""
    known = [*NAMES, *((f"j{k:02}", f"County {k}", f"第{k}县") for k in range(3, 12))][:n]
    ids = tuple(k for k, _, _ in known)
    grid = FakeGrid(ids)
    links = tuple(
        Project(f"tie-{a}-{b}", f"{a}-{b} tie", f"{a}—{b} 联络线", opened=date(2019, 9, 10),
                capex=1.2e6, currency="CNY", status="reported", source="a newspaper")
        for a, b in grid.pairs
    ) if projects else ()
    prices = (Value("energy_not_supplied", "", 12.0, 8.0, 15.0, "CNY", price_year=2019,
                    source="by output per kWh"),) if money else ()
    region = Region(
        "Test zone", "试验区", tuple(Jurisdiction(*k) for k in known), links,
        networks=("power",), study_date=date(2020, 12, 31), currency="CNY", caption=CAPTION,
        provenance=MappingProxyType({"synthetic": "every row"}), values=prices,
        outlines=outlines(ids) if shapes else None,
    )
    # Reference: every link, whose number must stay playable.
    built = frozenset(p.id for p in links[:3])
    question = Question(ids, built, detail=detail)
    network = appraise_network("power", engine or FakeEngine(), grid, question)
    return Appraisal(
        region=region, scenario="base", networks={"power": network},
        money={"CNY": money_of("CNY", prices, {"power": network})} if money else {},
        unpriced={"power": ("interruptions", "customer_hours") if money else ()},
    )


@pytest.fixture(scope="session")
def three():
    return make(3)


@pytest.fixture(scope="session")
def two():
    return make(2)
