"""A real network through the importer: MV Oberrhein as pandapower ships it."""

import importlib.util
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import tieline
from tieline.power.loading import check_state
from tieline.power.read import schemas

with warnings.catch_warnings():
    # pandapower's own imports warn about pandas and numpy; none of our code runs in here
    warnings.simplefilter("ignore")
    pp = pytest.importorskip("pandapower")
    from pandapower import networks

DOCS = Path(__file__).parents[2] / "docs"


def script():
    """docs/real_network.py as a module."""
    spec = importlib.util.spec_from_file_location("real_network", DOCS / "real_network.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


real_network = script()


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("oberrhein") / "region"
    return folder, real_network.import_network(folder)


@pytest.fixture(scope="module")
def result(imported):
    return real_network.appraise(imported[0])


@pytest.fixture(scope="module")
def solved():
    """The same network solved by pandapower, transformers as pi circuits like ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandapower's solver, not ours
        net = networks.mv_oberrhein()
        pp.runpp(net, trafo_model="pi", calculate_voltage_angles=False, tolerance_mva=1e-10)
    return net


def test_switch_positions_and_ratings_are_those_of_the_file(imported, solved):
    data = tieline.read_region(imported[0])
    network = data.networks["power"]
    folder = data.folder
    switch = folder.table("power/switch", schemas()["switch"], data.issues)
    opened = {int(i.removeprefix("switch")) for i in switch["id"][switch["normal"] == "open"]}
    assert opened == set(solved.switch.index[~solved.switch.closed])
    breakers = {int(i.removeprefix("switch")) for i in switch["id"][switch["kind"] == "breaker"]}
    assert breakers == set(solved.switch.index[solved.switch.type == "CB"])
    branch = folder.table("power/branch", schemas()["branch"], data.issues)
    np.testing.assert_allclose(branch["i_max_a"], solved.line.max_i_ka * 1000.0)
    assert len(network.buses) == 179


def test_the_two_supply_areas_are_the_two_jurisdictions(imported):
    report = imported[1]
    assert report.jurisdictions == ("area1", "area2")
    data = tieline.read_region(imported[0])
    where = data.networks["power"].buses["jurisdiction"]
    assert np.bincount(where).tolist() == [70, 109]


def test_currents_before_any_fault_equal_those_of_pandapower(result, solved):
    branches = result.detail["apart"]["branches"]
    for k, name in enumerate(branches["id"]):
        if not str(name).startswith("line"):
            continue
        row = solved.res_line.loc[int(str(name).removeprefix("line"))]
        line = solved.line.loc[row.name]
        theirs = max(row.i_from_ka, row.i_to_ka) * 1000.0
        # ours is the current along the line, theirs that at an end: half the charging apart
        charging = np.pi * 50.0 * line.c_nf_per_km * 1e-9 * line.length_km * 20e3 * 1.05 / 3**0.5
        assert branches["i_a"][k] == pytest.approx(theirs, rel=1e-6, abs=charging)


def test_every_voltage_before_any_fault_equals_that_of_pandapower(imported, solved):
    data = tieline.read_region(imported[0])
    topology, loadings = check_state(data.networks["power"], data.case("apart"))
    node = loadings[0].node
    ours = np.hypot(node.vr, node.vi)[topology.position_of_bus]
    theirs = solved.res_bus.vm_pu.loc[
        [int(b.removeprefix("bus")) for b in data.networks["power"].buses.ids]]
    np.testing.assert_allclose(ours, theirs, rtol=0.0, atol=1e-6)


def test_the_base_table_shows_the_extremes(result, solved):
    base = result.detail["apart"]["base"]
    assert np.min(base["v_min_pu"]) == pytest.approx(solved.res_bus.vm_pu.min(), abs=1e-6)
    assert np.max(base["v_max_pu"]) == pytest.approx(solved.res_bus.vm_pu.max(), abs=1e-6)


def test_together_nobody_waits_longer_than_apart(result):
    apart = result.value("apart", "customer_hours")
    together = result.value("together", "customer_hours")
    assert (apart > 0.0).all()
    assert (together <= apart + 1e-9).all()
    assert together.sum() < apart.sum()
    assert result.value("apart", "customers").tolist() == [61.0, 86.0]


def test_interruptions_follow_from_rates_and_do_not_depend_on_borders(result):
    apart = result.value("apart", "interruptions")
    np.testing.assert_allclose(apart, result.value("together", "interruptions"))


def test_without_failure_data_all_hours_are_zero_and_that_is_reported(tmp_path):
    file = tmp_path / "grid.json"
    real_network.write_json(file)
    from tieline.power.importers import import_pandapower

    report = import_pandapower(file, tmp_path / "region", jurisdictions="supply")
    assert {"line", "trafo", "load"} <= {f.table for f in report.of("missing")}
    plain = real_network.appraise(tmp_path / "region")
    assert plain.total("apart", "customer_hours") == 0.0


def test_the_page_shows_what_a_fresh_run_gives(result):
    page = real_network.PAGE.read_text(encoding="utf-8")
    shown = page.split(real_network.BEGIN)[1].split(real_network.END)[0]
    assert shown == real_network.tables(result)
