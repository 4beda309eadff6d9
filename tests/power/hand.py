"""Small region folders written by hand: tables as CSV text."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

BUS = """
    id,jurisdiction,vn_kv
    a0,a,10
    a1,a,10
    a2,a,10
    b0,b,10
    b1,b,10
"""
SOURCE = """
    id,bus
    ga,a0
    gb,b0
"""
BRANCH = """
    id,from_bus,to_bus,length_km,r_ohm_per_km,x_ohm_per_km,i_max_a,failure_per_km_yr,repair_h
    a01,a0,a1,2,0.1,0.3,400,0.1,4
    a12,a1,a2,3,0.1,0.3,400,0.1,4
    b01,b0,b1,1,0.1,0.3,400,0.1,4
"""
SWITCH = """
    id,bus,element,element_kind,kind,operate_min,travel_min,coordination_min
    sa0,a0,a01,branch,breaker,1,0,
    sa1,a1,a12,branch,load_break,6,24,
    sb0,b0,b01,branch,breaker,1,0,
    tie,a2,b1,bus,tie,6,48,18
"""
LOAD = """
    id,bus,p_kw,customers
    ca1,a1,500,10
    ca2,a2,300,20
    cb1,b1,400,5
"""
TABLES = {"bus": BUS, "source": SOURCE, "branch": BRANCH, "switch": SWITCH, "load": LOAD}
"""Feeder a0-a1-a2 of county a, feeder b0-b1 of county b, a tie between a2 and b1.

Fault on a01 (0.2/yr): breaker sa0 trips; c1 (10 customers) waits 4 h for repair; the island a2
(20 customers) comes back over the tie: max(24 + 6, 48) + 18 + 6 = 72 min, or waits 4 h.
Fault on a12 (0.3/yr): sa0 trips; a1 is back at max(24 + 6, 0) + 1 = 31 min, a2 after 4 h.
Fault on b01 (0.1/yr): sb0 trips; b1 belongs to the faulted zone: 4 h.
"""


def write(
    folder: Path, *, settings: str = "", jurisdictions: str = "ab",
    region: dict[str, str] | None = None, **tables: str,
) -> Path:
    """A region folder of these tables; `region` holds tables beside region.toml, by name."""
    power = folder / "power"
    power.mkdir(parents=True)
    towns = "".join(f'[[jurisdiction]]\nid = "{j}"\nname = "{j}"\n' for j in jurisdictions)
    (folder / "region.toml").write_text(
        f'name = "By hand"\nstudy_date = 2026-06-30\nnetworks = ["power"]\n{towns}\n'
        f"[power]\n{settings}\n",
        encoding="utf-8",
    )
    for name, text in (region or {}).items():
        (folder / f"{name}.csv").write_text(dedent(text).strip() + "\n", encoding="utf-8")
    for name, text in {**TABLES, **tables}.items():
        if text:
            (power / f"{name}.csv").write_text(dedent(text).strip() + "\n", encoding="utf-8")
    return folder


def changed(text: str, old: str, new: str) -> str:
    """The table with one piece of it replaced; the piece must be there exactly once."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


def more(text: str, *rows: str) -> str:
    """The table with rows added."""
    return dedent(text).strip() + "\n" + "\n".join(rows) + "\n"
