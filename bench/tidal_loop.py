"""The tidal loop network: a synthetic lattice of canals behind a sea with tides.

`python -m bench.tidal_loop FOLDER` writes it as a region folder, the one in examples/tidal-loop;
benchmarks and tests make it in other sizes. Every number is made up.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

SPACING_M = 1000.0
JURISDICTIONS = ("westvale", "northmere", "southmere")
Rows = Sequence[Mapping[str, object]]

REGION = """\
name = "Tidal loop network (synthetic)"
name_zh = "感潮环状河网(虚构)"
networks = ["water"]
currency = "CNY"
caption = "synthetic network: no real place"

[[jurisdiction]]
id = "westvale"
name = "Westvale (synthetic)"
name_zh = "西川(虚构)"

[[jurisdiction]]
id = "northmere"
name = "Northmere (synthetic)"
name_zh = "北泽(虚构)"

[[jurisdiction]]
id = "southmere"
name = "Southmere (synthetic)"
name_zh = "南泽(虚构)"

[water]
days = 7.0
warmup_days = 2.0
level_m = 1.2
"""


def owner(i: int, j: int, nx: int, ny: int) -> str:
    """West of the first third one jurisdiction, the others north and south of the middle."""
    if i < nx // 3:
        return JURISDICTIONS[0]
    return JURISDICTIONS[1 if j >= ny // 2 else 2]


def tidal_loop(nx: int = 10, ny: int = 11, *, gates: bool = True) -> dict[str, Rows]:
    """Rows by table: nx by ny nodes, two openings to the sea, three inflows, a lake or more.

    Beds fall from -0.5 m in the west to -2.0 m in the east; every fifth canal is a main one. A
    gate lies one node before each opening; it closes while the sea is higher than inside by
    0.1 m and above 1.6 m.
    """
    nodes, reaches = [], []
    name = {(i, j): f"n{i:02d}_{j:02d}" for i in range(nx) for j in range(ny)}
    bed = {i: round(-0.5 - 1.5 * i / (nx - 1), 4) for i in range(nx)}
    for (i, j), node in name.items():
        row = {"id": node, "jurisdiction": owner(i, j, nx, ny), "bed_m": bed[i],
               "x": i * SPACING_M, "y": j * SPACING_M}
        if i % 5 == 3 and j % 5 == 2:
            row |= {"kind": "lake", "area_m2": 400000.0}
        nodes.append(row)
    for (i, j), node in name.items():
        for di, dj in ((1, 0), (0, 1)):
            if (i + di, j + dj) not in name:
                continue
            main = (j if di else i) % 5 == 0
            reaches.append({
                "id": f"{'e' if di else 'n'}{i:02d}_{j:02d}", "from_node": node,
                "to_node": name[i + di, j + dj], "length_m": SPACING_M, "roughness": 0.025,
                "width_m": 30.0 if main else 12.0, "side_slope": 2.0, "depth_m": 6.0,
            })
    openings = sorted({ny // 4, (3 * ny) // 4})
    boundaries, tides, gate_rows, rules = [], [], [], []
    for k, j in enumerate(openings, 1):
        mouth, sea, inner = f"mouth{k}", f"sea{k}", name[nx - 1, j]
        x = (nx - 1) * SPACING_M
        who = owner(nx - 1, j, nx, ny)
        nodes += [
            {"id": mouth, "jurisdiction": who, "bed_m": -2.0, "x": x + 50.0, "y": j * SPACING_M},
            {"id": sea, "jurisdiction": who, "bed_m": -2.5, "x": x + 1050.0, "y": j * SPACING_M},
        ]
        reaches.append({
            "id": f"outlet{k}", "from_node": mouth, "to_node": sea, "length_m": SPACING_M,
            "roughness": 0.025, "width_m": 40.0, "side_slope": 2.0, "depth_m": 7.0,
        })
        if gates:
            gate_rows.append({
                "id": f"gate{k}", "from_node": inner, "to_node": mouth, "jurisdiction": who,
                "width_m": 30.0, "sill_m": -2.0, "height_m": 8.0, "move_min": 15.0,
            })
            rules += [
                {"id": f"shut{k}", "asset": f"gate{k}", "quantity": "difference", "node": sea,
                 "other_node": inner, "sense": "above", "value": 0.1, "setting": 0.0,
                 "otherwise": 1.0, "priority": 1},
                {"id": f"shut{k}", "asset": f"gate{k}", "quantity": "level", "node": sea,
                 "other_node": "", "sense": "above", "value": 1.6, "setting": 0.0,
                 "otherwise": 1.0, "priority": 1},
            ]
        else:
            reaches.append({
                "id": f"throat{k}", "from_node": inner, "to_node": mouth, "length_m": 200.0,
                "roughness": 0.025, "width_m": 30.0, "side_slope": 0.0, "depth_m": 7.0,
            })
        boundaries.append({"id": f"tide{k}", "node": sea, "kind": "level", "value": 1.0})
        tides.append({"boundary": f"tide{k}", "name": "M2", "amplitude_m": 1.3,
                      "period_h": 12.4206, "phase_deg": 20.0 * (k - 1)})
    rows = sorted({0, ny // 2, ny - 1})
    boundaries += [
        {"id": f"inflow{k}", "node": name[0, j], "kind": "flow", "value": 10.0 * ny / 11 * nx / 10}
        for k, j in enumerate(rows, 1)
    ]
    items = [{"id": "COD", "decay_per_day": 0.2}, {"id": "NH3-N", "decay_per_day": 0.1}]
    sources, loads, sections = [], [], []
    for k in range(12):
        i, j = (3 * k + 1) % nx, (5 * k + 2) % ny
        letter = chr(ord("A") + k)
        sources.append({
            "id": f"source_{letter}", "node": name[i, j], "jurisdiction": owner(i, j, nx, ny),
            "name": f"synthetic source {letter}", "name_zh": f"虚构污染源 {letter}",
        })
        loads.append({"source_id": f"source_{letter}", "item": "COD", "kg_per_day": 500.0 + 60 * k})
        loads.append({"source_id": f"source_{letter}", "item": "NH3-N", "kg_per_day": 40.0 + 5 * k})
    for k in range(11):
        i, j = min(nx // 3 + k % 4, nx - 1), (2 * k) % ny
        sections.append({"id": f"section{k + 1:02d}", "node": name[i, j],
                         "jurisdiction": owner(i, j, nx, ny), "items": "COD;NH3-N"})
    return {
        "node": nodes, "reach": reaches, "gate": gate_rows, "rule": rules,
        "boundary": boundaries, "tide": tides, "item": items, "source": sources, "load": loads,
        "section": sections,
    }


def write(folder: Path, tables: Mapping[str, Rows]) -> None:
    """A region folder of these tables; rows say that they are synthetic."""
    (folder / "water").mkdir(parents=True, exist_ok=True)
    (folder / "region.toml").write_text(REGION, encoding="utf-8")
    for name, rows in tables.items():
        if rows:
            frame = pd.DataFrame(list(rows)).assign(status="synthetic")
            for column in frame.columns:
                if frame[column].dtype == float:
                    frame[column] = frame[column].map(lambda v: "" if pd.isna(v) else f"{v:g}")
            frame.to_csv(folder / "water" / f"{name}.csv", index=False)


if __name__ == "__main__":
    write(Path(sys.argv[1]), tidal_loop())
