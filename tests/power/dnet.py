"""The grid of DNET as a region folder: read from the shared oracle, nothing of it kept here.

Sections are lines, their loads constant currents that differ by phase. The engine is balanced, so
each phase is a region of its own with the currents of that phase on all three; a state is feasible
if it is in every one. A constant current is half constant power and half constant impedance: at
0.99 pu the two together are within 5e-5 of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import yaml

ORACLE = Path(__file__).parents[3] / "shared" / "oracles" / "power" / "dnet" / "test.yaml"
KV = 6.6
V_MIN, V_MAX = 6300.0 / 6600.0, 6900.0 / 6600.0
I_MAX_A = 300.0
"""Limit of the current that leaves a substation; DNET limits no other."""
PHASES = 3
REPAIR_H = 1000.0
"""So long that whatever can be fed by switching is."""
OPEN = ("switch_0004", "switch_0007", "switch_0012", "switch_0015")
"""Open in the state of least loss, which the oracle names: our normal state."""


@dataclass(frozen=True)
class Dnet:
    """Nodes, sections and switches of the file, and the zones that no switch divides."""

    nodes: list[list[str]]
    sections: dict[str, dict[str, Any]]
    switches: list[str]

    @classmethod
    def read(cls) -> Dnet:
        with ORACLE.open(encoding="utf-8") as file:
            data = yaml.safe_load(file)
        return cls(data["nodes"], data["sections"], data["switches"])

    def at(self, element: str) -> list[int]:
        """The nodes where a section or switch ends."""
        return [k for k, node in enumerate(self.nodes) if element in node]

    def zones(self) -> list[tuple[str, ...]]:
        """Sections that are joined without a switch."""
        zone = {s: {s} for s in self.sections}
        for node in self.nodes:
            joined = set().union(*(zone[s] for s in node if s in zone))
            zone.update(dict.fromkeys(joined, joined))
        return sorted({tuple(sorted(z)) for z in zone.values()})

    def ends(self) -> dict[str, tuple[int, int]]:
        """The zones that each switch joins."""
        of = {s: k for k, zone in enumerate(self.zones()) for s in zone}
        found = {}
        for switch in self.switches:
            a, b = (next(of[s] for s in self.nodes[k] if s in of) for k in self.at(switch))
            found[switch] = (a, b)
        return found

    def write(self, folder: Path, phase: int, *, constant_current: bool = True) -> Path:
        """The region of one phase; loads of constant current or of constant power."""
        power = folder / "power"
        power.mkdir(parents=True)
        (folder / "region.toml").write_text(
            'name = "DNET"\nnetworks = ["power"]\n[[jurisdiction]]\nid = "a"\nname = "a"\n'
            f"[power]\nv_min_pu = {V_MIN}\nv_max_pu = {V_MAX}\n", encoding="utf-8",
        )
        tables = {
            "bus": ["id,jurisdiction,vn_kv",
                    *(f"n{k},a,{KV}" for k in range(len(self.nodes)))],
            "source": ["id,bus"],
            "branch": ["id,from_bus,to_bus,length_km,r_ohm_per_km,x_ohm_per_km,i_max_a,repair_h"],
            "load": ["id,bus,p_kw,q_kvar"], "shunt": ["id,bus,p_kw,q_kvar"],
            "switch": ["id,bus,element,element_kind,kind,normal,control,operate_min"],
        }
        for name, section in self.sections.items():
            self._section(tables, name, section, phase, constant_current)
        for name in self.switches:
            a, b = self.at(name)
            normal = "open" if name in OPEN else "closed"
            tables["switch"].append(f"{name},n{a},n{b},bus,load_break,{normal},remote,1")
        for name, lines in tables.items():
            (power / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return folder

    def _section(
        self, tables: dict[str, list[str]], name: str, section: dict[str, Any], phase: int,
        constant_current: bool,
    ) -> None:
        """Two halves with the load between them; a substation's begins at a source."""
        ends = [f"n{k}" for k in self.at(name)]
        if section["substation"]:
            tables["bus"].append(f"{name},a,{KV}")
            tables["source"].append(f"g{name},{name}")
            ends.insert(0, name)
        r, x = (section["impedance"][2 * phase + k] / 2.0 for k in range(2))
        tables["bus"].append(f"{name}m,a,{KV}")
        for k, end in enumerate(ends):
            limit = I_MAX_A if section["substation"] and k == 0 else ""
            tables["branch"].append(f"{name}{'ab'[k]},{end},{name}m,1,{r},{x},{limit},{REPAIR_H}")
        # DNET multiplies current and impedance as they stand: a positive part leads
        kva = sqrt(3.0) * KV
        p, q = (sign * kva * section["load"][2 * phase + k] for k, sign in ((0, 1.0), (1, -1.0)))
        share = 0.5 if constant_current else 1.0
        tables["load"].append(f"{name},{name}m,{share * p},{share * q}")
        if constant_current:
            tables["shunt"].append(f"{name},{name}m,{0.5 * p},{0.5 * q}")
