"""The grid while it is built: rows of the native tables, and the feeders they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from demonstration_zone_build.plane import Point, unproject

if TYPE_CHECKING:
    from demonstration_zone_build.inputs import Inputs, Town

Value = str | float | int
SYNTHETIC = "synthetic; no real asset"
PARALLEL_GROUP = "syn-grid"
"""All sources hang on one synchronous grid, assumed with the same vector group."""


@dataclass(frozen=True)
class Feeder:
    """A feeder once built: its trunk buses in order and the section each belongs to."""

    id: str
    jurisdiction: str
    substation: str
    project: str
    trunk: tuple[str, ...]
    places: tuple[Point, ...]
    section: tuple[int, ...]


@dataclass
class Grid:
    """Rows of bus, source, branch, switch and load; filled feeder by feeder."""

    inputs: Inputs
    bus: list[dict[str, Value]] = field(default_factory=list)
    source: list[dict[str, Value]] = field(default_factory=list)
    branch: list[dict[str, Value]] = field(default_factory=list)
    switch: list[dict[str, Value]] = field(default_factory=list)
    load: list[dict[str, Value]] = field(default_factory=list)

    def add_bus(self, name: str, town: Town, place: Point) -> str:
        """A 10 kV bus at the place; returns its id."""
        x, y = unproject(*place)
        self.bus.append({
            "id": name, "jurisdiction": town.jurisdiction, "vn_kv": 10,
            "x": round(x, 5), "y": round(y, 5), "town": f"{town.name_zh} {town.name}",
            "status": "synthetic", "source": SYNTHETIC,
        })
        return name

    def add_source(self, bus: str) -> None:
        """A stiff busbar fed by the network above."""
        self.source.append({
            "id": f"{bus}-source", "bus": bus, "vm_pu": self.inputs.rates["source_voltage"],
            "s_max_mva": self.inputs.rates["source_rating"], "parallel_group": PARALLEL_GROUP,
            "status": "synthetic", "source": SYNTHETIC,
        })

    def add_branch(
        self, name: str, ends: tuple[str, str], length_km: float, conductor: str, **more: Value
    ) -> str:
        """A line of one of the conductors with its failure rate and repair time."""
        row = self.inputs.conductors[conductor]
        rates = self.inputs.rates
        kind = row["kind"]
        self.branch.append({
            "id": name, "from_bus": ends[0], "to_bus": ends[1],
            "length_km": round(length_km, 3),
            "r_ohm_per_km": row["r_ohm_per_km"], "x_ohm_per_km": row["x_ohm_per_km"],
            "c_nf_per_km": row["c_nf_per_km"], "i_max_a": row["i_max_a"], "kind": kind,
            "failure_per_km_yr": rates[f"{kind}_failure"], "repair_h": rates[f"{kind}_repair"],
            "status": "synthetic", "source": f"synthetic; {conductor}", **more,
        })
        return name

    def add_switch(self, name: str, bus: str, branch: str, kind: str, **more: Value) -> None:
        """A switch between a bus and a branch; closed and manual unless said otherwise."""
        self.switch.append({
            "id": name, "bus": bus, "element": branch, "element_kind": "branch", "kind": kind,
            "normal": "closed", "control": "manual",
            "status": "synthetic", "source": SYNTHETIC, **more,
        })

    def add_load(self, name: str, bus: str, kind: str, kva: float, ratio: float) -> None:
        """An MV customer: its transformer's capacity times the load ratio."""
        rates = self.inputs.rates
        factor = rates["power_factor"]
        p_kw = kva * ratio * factor
        self.load.append({
            "id": name, "bus": bus, "p_kw": round(p_kw, 1),
            "q_kvar": round(p_kw * (1 / factor**2 - 1) ** 0.5, 1),
            "customers": 1, "class": kind,
            "failure_per_yr": rates["transformer_failure"],
            "repair_h": rates["transformer_repair"],
            "status": "synthetic", "source": f"synthetic; {kva:.0f} kVA x {ratio:.2f}",
        })
