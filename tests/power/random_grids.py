"""Small random grids, written as region folders: every kind of device, link and tie in them."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from pathlib import Path

KINDS = ("breaker", "recloser", "fuse", "load_break", "load_break", "disconnector")
COLUMNS = {
    "bus": "id,jurisdiction,vn_kv,v_min_pu",
    "source": (
        "id,bus,vm_pu,va_degree,s_max_mva,failure_per_yr,repair_h,parallel_group,earthing"
    ),
    "transformer": (
        "id,hv_bus,lv_bus,sn_mva,vn_hv_kv,vn_lv_kv,vk_percent,vkr_percent,pfe_kw,i0_percent,"
        "tap_side,tap_pos,tap_step_percent,shift_degree,failure_per_yr,repair_h"
    ),
    "branch": (
        "id,from_bus,to_bus,length_km,r_ohm_per_km,x_ohm_per_km,c_nf_per_km,i_max_a,"
        "failure_per_km_yr,repair_h,project,unless_project"
    ),
    "switch": (
        "id,bus,element,element_kind,kind,normal,control,operate_min,travel_min,"
        "coordination_min,authority,jurisdiction,project,reach_km"
    ),
    "load": "id,bus,p_kw,q_kvar,customers,failure_per_yr,repair_h,jurisdiction",
    "generator": "id,bus,p_kw,q_kvar",
    "shunt": "id,bus,p_kw,q_kvar",
    "level": "id,hours_per_yr,load_factor,generation_factor",
    "crew": "id,jurisdiction,work,available_min",
    "travel": "from,to,travel_min",
    "state": "asset,condition",
}
PROJECTS = ("p1", "p2", "p3")
"""Opened 2019, opened 2030, never opened."""


@dataclass
class Draft:
    """Tables being written; `feeder_of` remembers which feeder a bus belongs to."""

    rng: random.Random
    stress: float
    load_kw: float
    jurisdictions: tuple[str, ...]
    tables: dict[str, list[dict[str, object]]] = field(
        default_factory=lambda: {name: [] for name in COLUMNS}
    )
    feeder_of: dict[str, int] = field(default_factory=dict)
    home: dict[str, str] = field(default_factory=dict)

    def add(self, table: str, **row: object) -> None:
        self.tables[table].append(row)

    def maybe(self, p: float) -> bool:
        return self.rng.random() < p

    def new_id(self, table: str, letter: str) -> str:
        return f"{letter}{len(self.tables[table])}"

    def bus(self, feeder: int, jurisdiction: str, vn_kv: float) -> str:
        name = self.new_id("bus", "n")
        self.add(
            "bus", id=name, jurisdiction=jurisdiction, vn_kv=vn_kv,
            v_min_pu=0.9 if vn_kv < 1.0 else "",
        )
        self.feeder_of[name] = feeder
        self.home[name] = jurisdiction
        return name

    def branch(self, a: str, b: str, *, project: str = "", km: float | None = None) -> str:
        name = self.new_id("branch", "l")
        km = round(self.rng.uniform(0.2, 3.0), 3) if km is None else km
        ampere = round(self.rng.uniform(120, 500) / self.stress)
        self.add(
            "branch", id=name, from_bus=a, to_bus=b, length_km=km,
            r_ohm_per_km=round(self.rng.uniform(0.1, 0.6), 3),
            x_ohm_per_km=round(self.rng.uniform(0.08, 0.4), 3),
            c_nf_per_km=round(self.rng.uniform(5, 300)) if self.maybe(0.4) else "",
            i_max_a=ampere if self.maybe(0.8) else "",
            failure_per_km_yr=round(self.rng.uniform(0.02, 0.2), 3),
            repair_h=self.rng.choice([1, 3, 5, 8]), project=project,
        )
        return name

    def switch(
        self, bus: str, element: str, element_kind: str, kind: str, *, project: str = "",
        normal: str = "",
    ) -> None:
        self.add(
            "switch", id=self.new_id("switch", "s"), bus=bus, element=element,
            element_kind=element_kind, kind=kind, normal=normal,
            control=self.rng.choice(["manual", "manual", "remote"]),
            operate_min=self.rng.randint(0, 9) if self.maybe(0.5) else "",
            travel_min=self.rng.randint(5, 90) if self.maybe(0.6) else "",
            coordination_min=self.rng.randint(0, 40) if self.maybe(0.2) else "",
            authority=self.rng.choice(self.jurisdictions) if self.maybe(0.1) else "",
            jurisdiction=self.rng.choice(self.jurisdictions) if self.maybe(0.05) else "",
            project=project,
        )

    def devices(self, bus: str, element: str, element_kind: str, chance: float) -> None:
        """A switch at this end, sometimes two in parallel."""
        if self.maybe(chance):
            for _ in range(2 if self.maybe(0.12) else 1):
                self.switch(bus, element, element_kind, self.rng.choice(KINDS))

    def load(self, bus: str, size_kw: float) -> None:
        kw = round(self.rng.uniform(0.2, 1.0) * size_kw, 1)
        self.add(
            "load", id=self.new_id("load", "c"), bus=bus, p_kw=kw,
            q_kvar=round(kw * self.rng.uniform(-0.1, 0.5), 1), customers=self.rng.randint(0, 6),
            failure_per_yr=round(self.rng.uniform(0, 0.05), 3) if self.maybe(0.5) else "",
            repair_h=self.rng.choice([2, 6, 24]),
            jurisdiction=self.rng.choice(self.jurisdictions) if self.maybe(0.05) else "",
        )

    def transformer(self, high: str, low: str, volts: tuple[float, float], mva: float) -> None:
        name = self.new_id("transformer", "t")
        odd = self.maybe(0.4)
        self.add(
            "transformer", id=name, hv_bus=high, lv_bus=low, sn_mva=mva,
            vn_hv_kv=volts[0] if odd else "", vn_lv_kv=round(1.05 * volts[1], 4) if odd else "",
            vk_percent=round(self.rng.uniform(4, 10), 2),
            vkr_percent=round(self.rng.uniform(0.3, 1.2), 2),
            pfe_kw=round(2.0 * mva, 3), i0_percent=self.rng.choice(["", 0.3, 0.8]),
            tap_side=self.rng.choice(["", "hv", "lv"]), tap_pos=self.rng.choice([-2, -1, 0, 1]),
            tap_step_percent=self.rng.choice(["", 1.25]), shift_degree=self.rng.choice(["", 150]),
            failure_per_yr=round(self.rng.uniform(0, 0.05), 3), repair_h=self.rng.choice([4, 48]),
        )
        self.devices(high, name, "transformer", 0.5)
        self.devices(low, name, "transformer", 0.4)


def _head(d: Draft, feeder: int, place: str, stations: list[str]) -> str:
    """The bus that a feeder starts from: a station shared or new, some behind a transformer."""
    if stations and d.maybe(0.4):
        return d.rng.choice(stations)
    step_down = d.maybe(0.4)
    bus = d.bus(feeder, place, 35.0 if step_down else 10.0)
    d.add(
        "source", id=d.new_id("source", "g"), bus=bus, vm_pu=round(d.rng.uniform(1.0, 1.05), 3),
        va_degree=d.rng.choice(["", 30]),
        s_max_mva=round(d.rng.uniform(5, 12) / d.stress, 1) if d.maybe(0.5) else "",
        failure_per_yr=d.rng.choice(["", 0.1]), repair_h=2,
    )
    if step_down:
        low = d.bus(feeder, place, 10.0)
        d.transformer(bus, low, (35.0, 10.0), d.rng.choice([5.0, 10.0]))
        bus = low
    stations.append(bus)
    return bus


def _grow(d: Draft, feeder: int, place: str, head: str, n: int) -> list[str]:
    """Buses of one feeder, each hung to one of the last; the last part may lie over the border."""
    grown = [head]
    for k in range(n):
        if d.maybe(0.08):
            place = d.rng.choice(d.jurisdictions)
        above = head if k == 0 else d.rng.choice(grown[-3:])
        if k and d.maybe(0.05):
            low = d.bus(feeder, place, 0.4)
            d.transformer(above, low, (10.0, 0.4), 0.8)
            d.load(low, d.load_kw / 3.0)
            continue
        bus = d.bus(feeder, place, 10.0)
        if d.maybe(0.08):
            d.switch(above, bus, "bus", d.rng.choice(KINDS))
            if d.maybe(0.3):
                d.switch(bus, above, "bus", d.rng.choice(KINDS))
        else:
            ends = (above, bus) if d.maybe(0.5) else (bus, above)
            line = d.branch(*ends, km=0.0 if d.maybe(0.08) else None)
            d.devices(above, line, "branch", 0.9 if k == 0 else 0.5)
            d.devices(bus, line, "branch", 0.12)
        for _ in range(d.rng.choice([0, 1, 1, 2])):
            d.load(bus, d.load_kw)
        if d.maybe(0.08):
            d.add("shunt", id=d.new_id("shunt", "h"), bus=bus, p_kw=d.rng.choice(["", 3]),
                  q_kvar=d.rng.choice([-400, -150, 80]))
        if d.maybe(0.08):
            d.add("generator", id=d.new_id("generator", "w"), bus=bus,
                  p_kw=d.rng.randint(20, 400), q_kvar=d.rng.choice(["", 20]))
        grown.append(bus)
    return grown[1:]


def _tie(d: Draft, buses: list[str]) -> None:
    """An open link between two buses: a switch, a line open at one end, or at both."""
    a = d.rng.choice(buses)
    far = [b for b in buses if d.feeder_of[b] != d.feeder_of[a]]
    b = d.rng.choice(far if far and d.maybe(0.85) else [x for x in buses if x != a])
    project = d.rng.choice(PROJECTS) if d.maybe(0.35) else ""
    form = d.rng.choice(["switch", "line", "line", "both ends"])
    if form == "switch":
        d.switch(a, b, "bus", "tie", project=project)
        return
    line = d.branch(a, b, project=project)
    d.switch(a, line, "branch", "tie", project=project)
    if form == "both ends":
        d.switch(b, line, "branch", d.rng.choice(["tie", "load_break"]), project=project,
                 normal="open")
    elif d.maybe(0.3):
        d.switch(b, line, "branch", "load_break", project=project)


def draft(
    seed: int, *, feeders: int = 3, buses: int = 8, ties: int = 5, stress: float = 1.0,
    load_kw: float = 900.0,
) -> Draft:
    """The tables of one grid; a larger `stress` leaves less room in ratings."""
    rng = random.Random(seed)  # noqa: S311 - a seeded test grid keeps no secret
    d = Draft(rng, stress, load_kw, ("a", "b", "c")[: rng.choice([2, 3])])
    stations: list[str] = []
    grown: list[str] = []
    for feeder in range(feeders):
        place = d.jurisdictions[feeder % len(d.jurisdictions)]
        head = _head(d, feeder, place, stations)
        grown += _grow(d, feeder, place, head, rng.randint(max(2, buses - 4), buses))
    for _ in range(ties):
        _tie(d, grown)
    if d.maybe(0.6):
        d.add("level", id="high", hours_per_yr=2000, load_factor=1.1, generation_factor=0.2)
        d.add("level", id="low", hours_per_yr=6760, load_factor=0.5)
    return d


def conditions(d: Draft, seed: int, *, tight: bool = False) -> str:
    """Give a grid what only a response reads; its settings for region.toml.

    Parallel groups, earthing, reach of protection, crews with ways, cold load; a present state in
    about half of the grids. If `tight`, protection sees only a few km and groups are two.
    """
    rng = random.Random(f"conditions {seed}")  # noqa: S311 - a seeded test grid keeps no secret
    for row in d.tables["source"]:
        row["parallel_group"] = rng.choice(["", "one", "one"])
        row["earthing"] = rng.choice(["", "", "resonant", "low_resistance"])
    for row in d.tables["switch"]:
        if row["kind"] in ("breaker", "recloser", "fuse") and rng.random() < 0.3:
            row["reach_km"] = round(rng.uniform(2.0, 15.0), 2)
    if rng.random() < 0.7:
        _crews(d, rng)
    if rng.random() < 0.5:
        _state(d, rng)
    if tight:
        for row in d.tables["source"]:
            row["parallel_group"] = rng.choice(["one", "two"])
            row["va_degree"] = ""
        for row in d.tables["switch"]:
            if row["kind"] in ("breaker", "recloser", "fuse"):
                row["reach_km"] = round(rng.uniform(1.0, 4.0), 2)
    factor, after = rng.choice([1.0, 1.5, 2.2]), rng.choice([0, 60, 240])
    return f"cold_load_factor = {factor}\ncold_load_after_min = {after}"


def _crews(d: Draft, rng: random.Random) -> None:
    """Everybody has somebody who switches and somebody who repairs; some ways are known."""
    for j in d.jurisdictions:
        for k, work in enumerate(rng.choice([["both"], ["switching", "repair"], ["both"] * 2])):
            d.add("crew", id=f"k-{j}{k}", jurisdiction=j, work=work,
                  available_min=rng.choice(["", "", 45]))
    names = [str(r["id"]) for t in ("switch", "branch") for r in d.tables[t]]
    starts = names + 4 * [str(r["id"]) for r in d.tables["crew"]]
    ways: set[frozenset[str]] = set()
    for _ in range(6 * len(names)):
        start, end, minutes = rng.choice(starts), rng.choice(names), rng.randint(0, 60)
        if frozenset((start, end)) not in ways:
            ways.add(frozenset((start, end)))
            d.add("travel", **{"from": start, "to": end}, travel_min=minutes)


def _state(d: Draft, rng: random.Random) -> None:
    """A few switches open or out of service, perhaps something else out of service."""
    picked = rng.sample(d.tables["switch"], min(3, len(d.tables["switch"])))
    for row in picked:
        d.add("state", asset=f"switch:{row['id']}",
              condition=rng.choice(["open", "out_of_service"]))
    for table in ("load", "generator"):
        if d.tables[table] and rng.random() < 0.4:
            d.add("state", asset=f"{table}:{rng.choice(d.tables[table])['id']}",
                  condition="out_of_service")


def write_grid(
    folder: Path, made: Draft, *, v_min_pu: float = 0.93, v_max_pu: float = 1.1,
    settings: str = "",
) -> Path:
    """The region folder of a draft."""
    (folder / "power").mkdir(parents=True)
    towns = "".join(f'[[jurisdiction]]\nid = "{j}"\nname = "{j.upper()}"\n' for j in (
        made.jurisdictions
    ))
    (folder / "region.toml").write_text(
        f'name = "Random grid"\nstudy_date = 2026-06-30\nnetworks = ["power"]\n\n{towns}\n'
        f"[power]\nv_min_pu = {v_min_pu}\nv_max_pu = {v_max_pu}\ntravel_manual_min = 25\n"
        f"{settings}\n",
        encoding="utf-8",
    )
    (folder / "projects.csv").write_text(
        "id,name,opened\np1,P1,2019-01-01\np2,P2,2030-01-01\np3,P3,\n", encoding="utf-8"
    )
    for name, columns in COLUMNS.items():
        if made.tables[name]:
            path = folder / "power" / f"{name}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns.split(","), restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows(made.tables[name])
    return folder


def without_limits(made: Draft) -> Draft:
    """The same grid with light loads and no ratings: every tie carries everything."""
    for name, column, value in (
        ("branch", "i_max_a", ""), ("source", "s_max_mva", ""), ("bus", "v_min_pu", ""),
        ("transformer", "sn_mva", 500.0),
    ):
        for row in made.tables[name]:
            row[column] = value
    for name in ("load", "generator", "shunt"):
        for row in made.tables[name]:
            for column in ("p_kw", "q_kvar"):
                row[column] = 0.01 * float(str(row[column] or 0))
    return made
