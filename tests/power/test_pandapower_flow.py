"""The imported tables say the same grid: solved by a third program they give pandapower's state.

Tables -> power-grid-model -> voltages, against pandapower's own power flow of the file. Neither
the importer nor Tieline's engine takes part in either solution.
"""

import csv
import math
import warnings
from pathlib import Path

import numpy as np
import pytest

from tieline.power.importers import import_pandapower

pgm = pytest.importorskip("power_grid_model")
with warnings.catch_warnings():
    # pandapower's own imports warn about pandas and numpy; none of our code runs in here
    warnings.simplefilter("ignore")
    pp = pytest.importorskip("pandapower")
    from pandapower import networks


def table(folder: Path, name: str) -> list[dict[str, str]]:
    path = folder / "power" / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def number(row: dict[str, str], name: str, default: float = 0.0) -> float:
    return float(row[name]) if row.get(name) else default


class Model:
    """A power-grid-model input filled from native tables, positions as in `normal`."""

    def __init__(self, folder: Path) -> None:
        self.input: dict[str, np.ndarray] = {}
        self.n = 0
        self.bus = {}
        self.opened = {
            (r["bus"], r["element"]) for r in table(folder, "switch") if r["normal"] == "open"
        }
        buses = table(folder, "bus")
        node = self.make("node", len(buses))
        node["u_rated"] = [float(b["vn_kv"]) * 1e3 for b in buses]
        self.bus = dict(zip((b["id"] for b in buses), node["id"].tolist(), strict=True))
        self.vn = {b["id"]: float(b["vn_kv"]) for b in buses}
        self.sources(table(folder, "source"))
        self.lines(table(folder, "branch"))
        self.transformers(table(folder, "transformer"))
        self.loads(table(folder, "load"), table(folder, "generator"))
        self.links([s for s in table(folder, "switch") if s["element_kind"] == "bus"])
        self.shunts(table(folder, "shunt"))

    def make(self, component: str, n: int) -> np.ndarray:
        rows = pgm.initialize_array("input", component, n)
        rows["id"] = np.arange(self.n, self.n + n)
        self.n += n
        self.input[component] = rows
        return rows

    def ends(self, rows: np.ndarray, given: list[dict[str, str]], a: str, b: str) -> None:
        for side, end in (("from", a), ("to", b)):
            rows[f"{side}_node"] = [self.bus[r[end]] for r in given]
            rows[f"{side}_status"] = [(r[end], r["id"]) not in self.opened for r in given]

    def sources(self, given: list[dict[str, str]]) -> None:
        rows = self.make("source", len(given))
        rows["node"] = [self.bus[r["bus"]] for r in given]
        rows["status"] = 1
        rows["u_ref"] = [float(r["vm_pu"]) for r in given]
        rows["sk"] = 1e30

    def lines(self, given: list[dict[str, str]]) -> None:
        rows = self.make("line", len(given))
        self.ends(rows, given, "from_bus", "to_bus")
        km = np.array([float(r["length_km"]) for r in given])
        rows["r1"] = km * [float(r["r_ohm_per_km"]) for r in given]
        rows["x1"] = km * [float(r["x_ohm_per_km"]) for r in given]
        rows["c1"] = km * [number(r, "c_nf_per_km") * 1e-9 for r in given]
        rows["tan1"] = 0.0
        rows["i_n"] = 1e4

    def transformers(self, given: list[dict[str, str]]) -> None:
        rows = self.make("transformer", len(given))
        self.ends(rows, given, "hv_bus", "lv_bus")
        sn = np.array([float(r["sn_mva"]) * 1e6 for r in given])
        rows["u1"] = [number(r, "vn_hv_kv", self.vn[r["hv_bus"]]) * 1e3 for r in given]
        rows["u2"] = [number(r, "vn_lv_kv", self.vn[r["lv_bus"]]) * 1e3 for r in given]
        rows["sn"] = sn
        rows["uk"] = [float(r["vk_percent"]) / 100 for r in given]
        rows["pk"] = sn * [number(r, "vkr_percent") / 100 for r in given]
        rows["i0"] = [number(r, "i0_percent") / 100 for r in given]
        rows["p0"] = [number(r, "pfe_kw") * 1e3 for r in given]
        # an odd clock is a wye to delta; the magnitudes do not depend on it
        rows["winding_from"], rows["winding_to"], rows["clock"] = 1, 2, 5
        rows["tap_side"] = [r["tap_side"] == "lv" for r in given]
        rows["tap_pos"] = [number(r, "tap_pos") for r in given]
        rows["tap_min"], rows["tap_max"], rows["tap_nom"] = -50, 50, 0
        base = np.where(rows["tap_side"] == 1, rows["u2"], rows["u1"])
        rows["tap_size"] = base * [number(r, "tap_step_percent") / 100 for r in given]

    def loads(self, load: list[dict[str, str]], generator: list[dict[str, str]]) -> None:
        for name, given in (("sym_load", load), ("sym_gen", generator)):
            rows = self.make(name, len(given))
            rows["node"] = [self.bus[r["bus"]] for r in given]
            rows["status"], rows["type"] = 1, 0
            rows["p_specified"] = [float(r["p_kw"]) * 1e3 for r in given]
            rows["q_specified"] = [number(r, "q_kvar") * 1e3 for r in given]

    def links(self, given: list[dict[str, str]]) -> None:
        rows = self.make("link", len(given))
        rows["from_node"] = [self.bus[r["bus"]] for r in given]
        rows["to_node"] = [self.bus[r["element"]] for r in given]
        rows["from_status"] = rows["to_status"] = [r["normal"] == "closed" for r in given]

    def shunts(self, given: list[dict[str, str]]) -> None:
        rows = self.make("shunt", len(given))
        rows["node"] = [self.bus[r["bus"]] for r in given]
        rows["status"] = 1
        square = np.array([(self.vn[r["bus"]] * 1e3) ** 2 for r in given])
        rows["g1"] = np.array([number(r, "p_kw") * 1e3 for r in given]) / square
        rows["b1"] = -np.array([number(r, "q_kvar") * 1e3 for r in given]) / square

    def voltages(self) -> dict[str, float]:
        model = pgm.PowerGridModel(self.input)
        out = model.calculate_power_flow(error_tolerance=1e-12, max_iterations=50)
        by_id = dict(zip(out["node"]["id"].tolist(), out["node"]["u_pu"].tolist(), strict=True))
        return {name: by_id[i] for name, i in self.bus.items()}


def medium_voltage_with_everything():
    """Parallel lines and transformers, rating factors, taps either side, shunt, switches."""
    net = networks.create_cigre_network_mv(with_der="pv_wind")
    net.line.loc[2, "parallel"] = 2
    net.trafo.loc[0, ["parallel", "df"]] = [2, 0.9]
    net.trafo["tap_side"] = ["hv", "lv"]
    net.trafo["tap_pos"] = [2, -1]
    net.trafo["tap_neutral"] = [0, 1]
    net.trafo["tap_step_percent"] = 1.25
    net.trafo["tap_changer_type"] = "Ratio"
    pp.create_shunt(net, 5, q_mvar=-0.4, p_mw=0.01, vn_kv=20.0, step=2)
    pp.create_impedance(net, 5, 6, rft_pu=0.02, xft_pu=0.03, sn_mva=10.0)
    return net


@pytest.mark.parametrize("make", [
    lambda: networks.mv_oberrhein("load"),
    lambda: networks.mv_oberrhein("generation"),
    lambda: networks.mv_oberrhein(include_substations=True),
    medium_voltage_with_everything,
], ids=["oberrhein-load", "oberrhein-generation", "oberrhein-substations", "cigre-mv"])
def test_imported_tables_give_the_voltages_of_the_file(make, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandapower's solver and writer, not ours
        net = make()
        pp.runpp(net, trafo_model="pi", calculate_voltage_angles=False, tolerance_mva=1e-10)
        pp.to_json(net, str(tmp_path / "grid.json"))
    import_pandapower(tmp_path / "grid.json", tmp_path / "region", jurisdictions="supply")
    ours = Model(tmp_path / "region").voltages()
    theirs = {f"bus{i}": v for i, v in net.res_bus.vm_pu.items() if not math.isnan(v)}
    assert set(ours) == set(theirs)
    worst = max(abs(ours[b] - theirs[b]) for b in theirs)
    assert worst < 1e-6
