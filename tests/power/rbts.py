"""RBTS bus 2 as a region folder, built from the small tables of tests/oracles/rbts_bus2."""

from __future__ import annotations

import csv
from pathlib import Path

ORACLE = Path(__file__).parents[1] / "oracles" / "rbts_bus2"
CASES = "ABCDEF"
FEEDER_ENDS = ("28", "30", "34", "38")
"""Last buses of the mains of feeders F1 to F4, where the alternative supplies come in."""
NEIGHBOURS = (("28", "30"), ("34", "38"))
"""Feeder ends that a tie would join if the neighbouring feeder were the alternative supply."""
SWITCHING_MIN = 60.0


def rows_of(name: str) -> list[dict[str, str]]:
    with (ORACLE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_table(path: Path, header: str, rows: list[list[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [header, *(",".join(str(x) for x in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def ties(case: dict[str, str], neighbours: bool) -> list[tuple[str, str]]:
    if case["alternative_supply"] == "no":
        return []
    return list(NEIGHBOURS) if neighbours else [(b, "alternative") for b in FEEDER_ENDS]


def switches(
    case: dict[str, str], sections: list[dict[str, str]], joins: list[tuple[str, str]]
) -> list[list[object]]:
    """Breakers at feeder heads, fuses on laterals, disconnectors on mains, ties at the ends."""
    rows: list[list[object]] = []
    kinds = {"head": "breaker"}
    if case["fuses"] == "yes":
        kinds["lateral"] = "fuse"
    if case["disconnectors"] == "yes":
        kinds["main"] = "disconnector"
    for s in sections:
        if s["role"] == "supply" and case["supply_breaker"] == "yes":
            rows.append([f"S-{s['section']}", s["to_bus"], s["section"], "branch", "breaker", 0, 0])
        elif s["role"] in kinds:
            kind = kinds[s["role"]]
            travel = SWITCHING_MIN if kind == "disconnector" else 0
            rows.append(
                [f"S-{s['section']}", s["from_bus"], s["section"], "branch", kind, travel, 0]
            )
    rows += [[f"T-{a}-{b}", a, b, "bus", "tie", SWITCHING_MIN, 0] for a, b in joins]
    return rows


def write_rbts(folder: Path, letter: str, *, neighbours: bool = False) -> Path:
    """The region folder of one case: ratings empty and impedances tiny, so that nothing binds.

    The alternative supply is a source of its own, as in the published figures; with `neighbours`
    it is a tie between feeder ends instead, which fails together with section L37.
    """
    case = next(c for c in rows_of("cases") if c["case"] == letter)
    sections, points = rows_of("sections"), rows_of("load_points")
    joins = ties(case, neighbours)
    power = folder / "power"
    buses = sorted({s[e] for s in sections for e in ("from_bus", "to_bus")}, key=int)
    power.mkdir(parents=True)
    (folder / "region.toml").write_text(
        f'name = "RBTS bus 2, case {letter}"\nnetworks = ["power"]\n\n'
        '[[jurisdiction]]\nid = "town"\nname = "RBTS"\nstatus = "reported"\n\n'
        "[power]\nv_min_pu = 0.5\nv_max_pu = 1.5\n",
        encoding="utf-8",
    )
    sources = [["supply", "23", 1.0]]
    if joins and not neighbours:
        buses.append("alternative")
        sources.append(["alternative", "alternative", 1.0])
    write_table(power / "bus.csv", "id,jurisdiction,vn_kv", [[b, "town", 11] for b in buses])
    write_table(power / "source.csv", "id,bus,vm_pu", sources)
    write_table(
        power / "branch.csv",
        "id,from_bus,to_bus,length_km,r_ohm_per_km,x_ohm_per_km,failure_per_km_yr,repair_h",
        [[s["section"], s["from_bus"], s["to_bus"], s["length_km"], 0.001, 0.001,
          s["failure_per_km_yr"], s["repair_h"]] for s in sections],
    )
    write_table(
        power / "switch.csv", "id,bus,element,element_kind,kind,travel_min,operate_min",
        switches(case, sections, joins),
    )
    transformers = {s["to_bus"]: s["transformer_failure_per_yr"] for s in sections}
    write_table(
        power / "load.csv", "id,bus,p_kw,customers,failure_per_yr,repair_h",
        [[f"LP{p['bus']}", p["bus"], round(1000 * float(p["average_load_mw"]), 6), p["customers"],
          transformers[p["bus"]], case["transformer_repair_h"]] for p in points],
    )
    return folder


def expected(letter: str) -> dict[str, str]:
    """The published figures as text: the digits given are the tolerance."""
    return {k: v for k, v in next(
        r for r in rows_of("expected") if r["case"] == letter
    ).items() if k != "case"}


def indices(total: dict[str, float]) -> dict[str, float]:
    """SAIFI, SAIDI [h], CAIDI [h], ASAI, ENS [MWh/yr] and AENS [kWh/yr] from additive measures."""
    n, hours = total["customers"], total["customer_hours"]
    return {
        "SAIFI": total["interruptions"] / n,
        "SAIDI": hours / n,
        "CAIDI": hours / total["interruptions"],
        "ASAI": 1.0 - hours / (8760.0 * n),
        "ENS": total["energy_not_supplied"] / 1000.0,
        "AENS": total["energy_not_supplied"] / n,
    }


def as_given(value: float, text: str) -> str:
    """The value with as many decimals as the published figure."""
    return f"{value:.{len(text.partition('.')[2])}f}"
