"""Two towns as a pandapower net, its import, and what was said and written."""

import csv
import warnings
from pathlib import Path

import pytest

from tieline.errors import InputError
from tieline.power.importers import import_pandapower

with warnings.catch_warnings():
    # pandapower's own imports warn about pandas and numpy; none of our code runs in here
    warnings.simplefilter("ignore")
    pp = pytest.importorskip("pandapower")


def two_towns():
    """Two sources, two feeders of two lines, a tie between their ends."""
    net = pp.create_empty_network(name="two towns")
    buses = [pp.create_bus(net, vn_kv=10.0, name=f"B{i}") for i in range(6)]
    pp.create_ext_grid(net, buses[0], vm_pu=1.02, name="west station")
    pp.create_ext_grid(net, buses[5], vm_pu=1.01, name="east station")
    for a, b in ((0, 1), (1, 2), (5, 4), (4, 3)):
        line = pp.create_line_from_parameters(
            net, buses[a], buses[b], length_km=2.0, r_ohm_per_km=0.2, x_ohm_per_km=0.1,
            c_nf_per_km=250.0, max_i_ka=0.3, type="ol" if a in (0, 5) else "cs",
        )
        pp.create_switch(net, buses[a], line, et="l", type="CB" if a in (0, 5) else "LBS")
    pp.create_switch(net, buses[2], buses[3], et="b", type="LBS", closed=False)
    for b in (1, 2, 3, 4):
        pp.create_load(net, buses[b], p_mw=0.5, q_mvar=0.1, scaling=0.8)
    net.bus["jurisdiction"] = ["west"] * 3 + ["east"] * 3
    return net


def run(net, tmp_path: Path, **options):
    file = tmp_path / "grid.json"
    pp.to_json(net, str(file))
    return import_pandapower(file, tmp_path / "region", **options)


def rows(tmp_path: Path, table: str) -> dict[str, dict[str, str]]:
    with (tmp_path / "region" / "power" / f"{table}.csv").open(encoding="utf-8") as stream:
        return {row["id"]: row for row in csv.DictReader(stream)}


def found(report, kind: str, where: str):
    return next(f for f in report.of(kind) if f"{f.table}.{f.field}".rstrip(".") == where)


def problems(net, tmp_path: Path, **options) -> str:
    with pytest.raises(InputError) as caught:
        run(net, tmp_path, **options)
    assert not (tmp_path / "region").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["grid.json"]
    return str(caught.value)
