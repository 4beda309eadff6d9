"""What `import_pandapower` promises, on nets small enough to read."""

import json

import pytest
from pandapower_towns import found, pp, problems, rows, run, two_towns

from tieline.power.importers import assumed


@pytest.fixture
def net():
    return two_towns()


def test_positions_ratings_and_loads_arrive_as_they_are(net, tmp_path):
    report = run(net, tmp_path)
    assert report.name == "two towns"
    assert report.jurisdictions == ("east", "west")
    line = rows(tmp_path, "branch")["line1"]
    assert (line["from_bus"], line["to_bus"], line["kind"]) == ("bus1", "bus2", "cable")
    assert float(line["i_max_a"]) == 300.0
    assert float(line["c_nf_per_km"]) == 250.0
    switch = rows(tmp_path, "switch")
    assert [s["kind"] for s in switch.values()] == ["breaker", "load_break", "breaker",
                                                    "load_break", "load_break"]
    assert switch["switch4"]["normal"] == "open"
    assert switch["switch4"]["element_kind"] == "bus"
    load = rows(tmp_path, "load")["load0"]
    assert (float(load["p_kw"]), float(load["q_kvar"])) == (400.0, 80.0)
    assert float(rows(tmp_path, "source")["ext_grid0"]["vm_pu"]) == 1.02


def test_extra_columns_travel_in_the_file(net, tmp_path):
    net.load["customers"] = [1, 40, 3, 1]
    net.load["class"] = ["public", "dedicated", "public", "public"]
    net.load["priority"] = 2.0
    net.line["failure_per_km_yr"] = [0.1, 0.2, 0.3, 0.4]
    net.line["repair_h"] = 4.0
    net.line["project"] = ["", "", "", "second circuit"]
    net.switch["control"] = "remote"
    net.switch["operate_min"] = 2.0
    net.switch["travel_min"] = 0.0
    net.switch["kind"] = ["recloser", "", "", "", "tie"]
    net.bus["town"] = "Town"
    report = run(net, tmp_path)
    assert [r["customers"] for r in rows(tmp_path, "load").values()] == ["1", "40", "3", "1"]
    assert rows(tmp_path, "load")["load1"]["class"] == "dedicated"
    assert rows(tmp_path, "branch")["line3"]["failure_per_km_yr"] == "0.4"
    assert rows(tmp_path, "branch")["line3"]["project"] == "second circuit"
    switch = rows(tmp_path, "switch")
    assert [s["kind"] for s in switch.values()] == ["recloser", "load_break", "breaker",
                                                    "load_break", "tie"]
    assert switch["switch0"]["control"] == "remote"
    assert rows(tmp_path, "bus")["bus0"]["town"] == "Town"
    missing = {f"{f.table}.{f.field}" for f in report.of("missing")}
    assert missing == {"load.failure_per_yr", "load.repair_h", "project.opened"}
    assert "second circuit" in (tmp_path / "region" / "projects.csv").read_text("utf-8")


def test_a_project_table_in_the_file_gives_dates(net, tmp_path):
    import pandas as pd

    net.switch["project"] = ["", "", "", "", "tie"]
    net["project"] = pd.DataFrame([{"id": "tie", "name": "The tie", "opened": "2019-09-10"}])
    report = run(net, tmp_path)
    text = (tmp_path / "region" / "projects.csv").read_text("utf-8").splitlines()
    assert text == ["id,name,opened", "tie,The tie,2019-09-10"]
    assert not [f for f in report.of("missing") if f.table == "project"]


def test_what_the_file_does_not_say_is_reported_with_the_default(net, tmp_path):
    report = run(net, tmp_path)
    missing = found(report, "missing", "line.failure_per_km_yr")
    assert missing.ids == ("line0", "line1", "line2", "line3")
    assert "stays 0" in missing.text
    assert "failure_per_km_yr" not in rows(tmp_path, "branch")["line0"]
    assert "stays 1" in found(report, "missing", "load.customers").text
    page = (tmp_path / "region" / "IMPORT.md").read_text("utf-8")
    assert missing.line("en") in page
    assert missing.line("zh") in page
    assert missing.line("zh") in "\n".join(report.lines("zh"))
    assert missing.line("en") in str(report)


def test_failures_are_assumed_only_on_request_and_only_where_missing(net, tmp_path):
    net.line["failure_per_km_yr"] = [0.5, None, None, None]
    report = run(net, tmp_path, assume=["failures"])
    branch = rows(tmp_path, "branch")
    assert (branch["line0"]["failure_per_km_yr"], branch["line0"]["repair_h"]) == ("0.5", "")
    assert branch["line0"]["status"] == "approximate"
    assert float(branch["line1"]["failure_per_km_yr"]) == assumed.LINES["cable"].rate
    assert float(branch["line2"]["repair_h"]) == assumed.LINES["overhead"].repair_h
    assert branch["line1"]["status"] == "assumption"
    assert assumed.SOURCE in branch["line1"]["source"]
    assert {i for f in report.of("assumed") if f.table == "branch" for i in f.ids} == {
        "line1", "line2", "line3"}


def test_rows_are_approximate_unless_the_file_or_the_caller_says_otherwise(net, tmp_path):
    net.line["status"] = ["verified", None, None, None]
    run(net, tmp_path)
    branch = rows(tmp_path, "branch")
    assert [r["status"] for r in branch.values()] == ["verified"] + ["approximate"] * 3
    assert branch["line1"]["source"] == "grid.json: line 1"
    assert {r["status"] for r in rows(tmp_path, "bus").values()} == {"approximate"}


def test_the_caller_may_say_what_the_rows_rest_on(net, tmp_path):
    run(net, tmp_path, status="synthetic")
    assert {r["status"] for r in rows(tmp_path, "load").values()} == {"synthetic"}


def test_supply_areas_become_jurisdictions(net, tmp_path):
    del net.bus["jurisdiction"]
    run(net, tmp_path, jurisdictions="supply")
    where = {i: r["jurisdiction"] for i, r in rows(tmp_path, "bus").items()}
    assert where == {"bus0": "area1", "bus1": "area1", "bus2": "area1",
                     "bus3": "area2", "bus4": "area2", "bus5": "area2"}
    assert "Supply area of west station" in (tmp_path / "region" / "region.toml").read_text("utf-8")


def test_transformers_on_one_high_voltage_bus_feed_an_area_each(tmp_path):
    net = two_towns()
    net.ext_grid = net.ext_grid.iloc[:0]
    high = pp.create_bus(net, vn_kv=110.0)
    pp.create_ext_grid(net, high)
    for bus in (0, 5):
        pp.create_transformer(net, high, bus, std_type="25 MVA 110/10 kV")
    report = run(net, tmp_path, jurisdictions="supply")
    assert report.jurisdictions == ("area1", "area2", "upstream")
    assert rows(tmp_path, "bus")["bus6"]["jurisdiction"] == "upstream"


def test_a_high_voltage_bus_belongs_to_the_only_area_it_feeds(net, tmp_path):
    net.ext_grid = net.ext_grid.iloc[1:]
    high = pp.create_bus(net, vn_kv=110.0)
    pp.create_ext_grid(net, high)
    pp.create_transformer(net, high, 0, std_type="25 MVA 110/10 kV")
    report = run(net, tmp_path, jurisdictions="supply")
    where = rows(tmp_path, "bus")
    assert report.jurisdictions == ("area1", "area2")
    assert where["bus6"]["jurisdiction"] == where["bus0"]["jurisdiction"] == "area1"


def test_a_bus_without_supply_joins_its_neighbour_and_is_named(net, tmp_path):
    net.switch.loc[1, "closed"] = False
    report = run(net, tmp_path, jurisdictions="supply")
    assert found(report, "changed", "bus").ids == ("bus2",)
    assert rows(tmp_path, "bus")["bus2"]["jurisdiction"] == "area1"


def test_a_bus_that_nothing_reaches_is_an_error(net, tmp_path):
    pp.create_bus(net, vn_kv=10.0)
    assert "grid.json: bus6: expected a way to a source" in problems(
        net, tmp_path, jurisdictions="supply")


def test_zones_become_jurisdictions(net, tmp_path):
    net.bus["zone"] = ["甲"] * 4 + ["乙"] * 2
    assert run(net, tmp_path, jurisdictions="zone").jurisdictions == ("乙", "甲")


def test_every_bus_without_a_jurisdiction_is_named(net, tmp_path):
    net.bus.loc[[1, 4], "jurisdiction"] = None
    text = problems(net, tmp_path)
    assert "bus 1, field 'jurisdiction': expected the jurisdiction of the bus" in text
    assert "bus 4" in text
    assert "2 problems" in text


def test_what_is_out_of_service_is_left_out_and_listed(net, tmp_path):
    net.bus.loc[3, "in_service"] = False
    net.load.loc[0, "in_service"] = False
    report = run(net, tmp_path)
    assert found(report, "left_out", "bus").ids == ("bus3",)
    assert found(report, "left_out", "load").ids == ("load0", "load2")
    assert found(report, "left_out", "line").ids == ("line3",)
    assert found(report, "left_out", "switch").ids == ("switch3", "switch4")
    assert set(rows(tmp_path, "switch")) == {"switch0", "switch1", "switch2"}


def test_kinds_without_a_table_are_listed(net, tmp_path):
    pp.create_storage(net, 1, p_mw=0.1, max_e_mwh=1.0)
    pp.create_gen(net, 1, p_mw=0.1)
    report = run(net, tmp_path)
    assert found(report, "left_out", "storage").ids == ("storage0",)
    assert found(report, "left_out", "gen").ids == ("gen0",)


def test_parallel_lines_and_rating_factors_become_one_line(net, tmp_path):
    net.line.loc[0, ["parallel", "df"]] = [2, 0.9]
    run(net, tmp_path)
    line = rows(tmp_path, "branch")["line0"]
    assert float(line["r_ohm_per_km"]) == pytest.approx(0.1)
    assert float(line["c_nf_per_km"]) == pytest.approx(500.0)
    assert float(line["i_max_a"]) == pytest.approx(540.0)


def test_a_placeholder_rating_means_no_limit(net, tmp_path):
    net.line["max_i_ka"] = 99999.0
    report = run(net, tmp_path)
    assert len(found(report, "changed", "line.max_i_ka").ids) == 4
    assert "i_max_a" not in rows(tmp_path, "branch")["line0"]


def test_transformers_keep_their_impedance_and_taps(net, tmp_path):
    low = pp.create_bus(net, vn_kv=0.4)
    net.bus.loc[low, "jurisdiction"] = "west"
    pp.create_transformer_from_parameters(
        net, 1, low, sn_mva=0.4, vn_hv_kv=10.0, vn_lv_kv=0.4, vkr_percent=1.2, vk_percent=6.0,
        pfe_kw=1.0, i0_percent=0.3, tap_side="hv", tap_neutral=3, tap_pos=1,
        tap_step_percent=2.5, tap_changer_type="Ratio", parallel=2, df=0.8,
    )
    run(net, tmp_path)
    row = rows(tmp_path, "transformer")["trafo0"]
    number = {k: float(v) for k, v in row.items() if k.endswith(("percent", "mva", "kw", "pos"))}
    assert number["sn_mva"] == pytest.approx(0.64)
    assert number["vk_percent"] / number["sn_mva"] == pytest.approx(6.0 / 0.8)
    assert number["vkr_percent"] / number["sn_mva"] == pytest.approx(1.2 / 0.8)
    assert number["i0_percent"] * number["sn_mva"] == pytest.approx(0.3 * 0.8)
    assert number["pfe_kw"] == pytest.approx(2.0)
    assert (row["tap_side"], number["tap_pos"]) == ("hv", -2.0)


def test_a_phase_shifting_tap_is_listed(net, tmp_path):
    low = pp.create_bus(net, vn_kv=0.4)
    net.bus.loc[low, "jurisdiction"] = "west"
    pp.create_transformer_from_parameters(
        net, 1, low, sn_mva=0.4, vn_hv_kv=10.0, vn_lv_kv=0.4, vkr_percent=1.2, vk_percent=6.0,
        pfe_kw=1.0, i0_percent=0.3, tap_side="hv", tap_neutral=0, tap_pos=1,
        tap_step_degree=5.0, tap_changer_type="Ideal",
    )
    assert found(run(net, tmp_path), "left_out", "trafo.tap_pos").ids == ("trafo0",)


def test_negative_loads_generate_and_negative_generation_draws(net, tmp_path):
    net.load.loc[0, "p_mw"] = -0.5
    pp.create_sgen(net, 1, p_mw=-0.2)
    pp.create_sgen(net, 2, p_mw=0.3)
    run(net, tmp_path)
    generator, load = rows(tmp_path, "generator"), rows(tmp_path, "load")
    assert float(generator["load0"]["p_kw"]) == 400.0
    assert float(generator["sgen1"]["p_kw"]) == 300.0
    assert float(load["sgen0"]["p_kw"]) == 200.0
    assert float(load["sgen0"]["customers"]) == 0.0


def test_a_symmetric_impedance_becomes_a_link(net, tmp_path):
    pp.create_impedance(net, 0, 1, rft_pu=0.01, xft_pu=0.02, sn_mva=10.0)
    pp.create_impedance(net, 0, 1, rft_pu=-0.01, xft_pu=0.02, sn_mva=10.0)
    report = run(net, tmp_path)
    link = rows(tmp_path, "branch")["impedance0"]
    assert float(link["r_ohm_per_km"]) * float(link["length_km"]) == pytest.approx(0.1)
    assert found(report, "left_out", "impedance").ids == ("impedance1",)


def test_shunts_are_given_at_the_voltage_of_their_bus(net, tmp_path):
    pp.create_shunt(net, 1, q_mvar=-0.5, vn_kv=20.0, step=2)
    run(net, tmp_path)
    assert float(rows(tmp_path, "shunt")["shunt0"]["q_kvar"]) == pytest.approx(-250.0)


def test_untyped_switches_are_an_assumption_that_is_said(net, tmp_path):
    net.switch.loc[1, "type"] = None
    report = run(net, tmp_path)
    assert found(report, "missing", "switch.kind").ids == ("switch1",)
    assert rows(tmp_path, "switch")["switch1"]["status"] == "assumption"


def test_feeder_heads_become_breakers_on_request(net, tmp_path):
    net.switch["type"] = "LBS"
    report = run(net, tmp_path, assume=["feeder_heads"])
    kinds = {i: s["kind"] for i, s in rows(tmp_path, "switch").items()}
    assert [i for i, k in kinds.items() if k == "breaker"] == ["switch0", "switch2"]
    assert found(report, "assumed", "switch.kind").ids == ("switch0", "switch2")


def test_the_bay_switch_is_the_head_where_the_line_has_none(net, tmp_path):
    net.switch = net.switch.drop(0)  # line 0 leaves without a switch ...
    bar = pp.create_bus(net, vn_kv=10.0)  # ... from a bay behind this busbar
    net.bus.loc[bar, "jurisdiction"] = "west"
    net.ext_grid.loc[0, "bus"] = bar
    bay = pp.create_switch(net, bar, 0, et="b", type="DS")
    run(net, tmp_path, assume=["feeder_heads"])
    assert rows(tmp_path, "switch")[f"switch{bay}"]["kind"] == "breaker"


def test_a_line_that_leaves_without_any_switch_is_listed(net, tmp_path):
    net.switch = net.switch.drop(0)
    report = run(net, tmp_path, assume=["feeder_heads"])
    assert found(report, "missing", "switch").ids == ("line0",)


def test_coordinates_come_from_geojson(net, tmp_path):
    net.bus["geo"] = [json.dumps({"type": "Point", "coordinates": [120.0 + i, 31.0]})
                      for i in range(6)]
    run(net, tmp_path)
    assert float(rows(tmp_path, "bus")["bus2"]["x"]) == 122.0
    assert 'coordinates = "EPSG:4326"' in (tmp_path / "region/region.toml").read_text("utf-8")


def beside(net, **values):
    """A transformer from a busbar above to the western station; the source moves up there."""
    if "above" not in net.bus["name"].tolist():
        top = pp.create_bus(net, vn_kv=110.0, name="above")
        net.bus.loc[top, "jurisdiction"] = "west"
        net.ext_grid.loc[0, "bus"] = top
    top = net.bus.index[net.bus["name"] == "above"][0]
    data = {
        "sn_mva": 25.0, "vn_hv_kv": 110.0, "vn_lv_kv": 10.0, "vk_percent": 12.0,
        "vkr_percent": 0.4, "pfe_kw": 14.0, "i0_percent": 0.07, **values,
    }
    made = pp.create_transformer_from_parameters(net, top, 0, **data)
    pp.create_switch(net, 0, made, et="t", type="CB")
    return made


def test_transformers_in_parallel_become_one_of_their_size(net, tmp_path):
    beside(net)
    beside(net, sn_mva=15.0, pfe_kw=10.0, i0_percent=0.15)
    report = run(net, tmp_path)
    (only,) = rows(tmp_path, "transformer").values()
    assert float(only["sn_mva"]) == 40.0
    assert float(only["pfe_kw"]) == 24.0
    assert float(only["i0_percent"]) == pytest.approx((25.0 * 0.07 + 15.0 * 0.15) / 40.0)
    assert float(only["vk_percent"]) == 12.0
    assert [s["element"] for s in rows(tmp_path, "switch").values()
            if s["element_kind"] == "transformer"] == ["trafo0"]
    assert found(report, "changed", "trafo").ids == ("trafo0", "trafo1")


@pytest.mark.parametrize("values", [{"vk_percent": 10.0}, {"vn_lv_kv": 10.5}])
def test_transformers_that_would_not_share_alike_stay_two(net, tmp_path, values):
    beside(net)
    beside(net, **values)
    run(net, tmp_path)
    assert len(rows(tmp_path, "transformer")) == 2


def test_a_transformer_in_reserve_stays_by_itself(net, tmp_path):
    beside(net)
    spare = beside(net)
    net.switch.loc[net.switch["element"].eq(spare) & net.switch["et"].eq("t"), "closed"] = False
    run(net, tmp_path)
    assert len(rows(tmp_path, "transformer")) == 2


def test_the_highest_failure_rate_counts_for_all_in_parallel(net, tmp_path):
    beside(net)
    beside(net)
    net.trafo["failure_per_yr"] = [0.01, 0.03]
    run(net, tmp_path)
    (only,) = rows(tmp_path, "transformer").values()
    assert float(only["failure_per_yr"]) == 0.03
