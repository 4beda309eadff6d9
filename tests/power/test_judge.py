"""The judge of the power flows, judged: small states worked out by hand."""

from pathlib import Path

import hand
import numpy as np
import pytest
from hand import BRANCH, LOAD, changed, more
from judge import Judge
from twin_folder import Folder

BUSES = ["a0", "a1", "a2", "b0", "b1"]


def voltage(source: float, p: float, q: float, r: float, x: float) -> float:
    """Voltage behind a line that feeds constant power, all in pu: the quadratic's upper root."""
    half = source**2 / 2.0 - (p * r + q * x)
    return float(np.sqrt(half + np.sqrt(half**2 - (p**2 + q**2) * (r**2 + x**2))))


def judge_of(tmp_path: Path, **tables: str) -> Judge:
    return Judge(Folder.read(hand.write(tmp_path / "r", **tables)))


def test_a_line_that_feeds_constant_power(tmp_path: Path) -> None:
    judge = judge_of(tmp_path)
    (flow,) = judge.solve([judge.normal])
    assert flow is not None
    v = voltage(1.0, 0.4, 0.0, 0.1 / 100, 0.3 / 100)
    assert flow.v[BUSES.index("b1")] == pytest.approx(v, abs=1e-7)
    current = 400 / (3**0.5 * 10 * v)
    assert flow.i_branch[2] == pytest.approx([current, current], rel=1e-6)
    assert flow.s_source[1] == pytest.approx(abs(
        complex(0.4, 0.0) + complex(0.001, 0.003) * (0.4 / v) ** 2
    ), rel=1e-6)


def test_no_load_behind_a_transformer_shows_its_ratio_and_tap(tmp_path: Path) -> None:
    judge = judge_of(
        tmp_path, bus=more(hand.BUS, "c1,b,0.4"),
        transformer=(
            "id,hv_bus,lv_bus,sn_mva,vn_lv_kv,vk_percent,tap_side,tap_pos,tap_step_percent\n"
            "t,b0,c1,1,0.42,6,hv,-2,2.5"
        ),
    )
    (flow,) = judge.solve([judge.normal])
    assert flow is not None
    assert flow.v[5] == pytest.approx(0.42 / 0.4 / 0.95, abs=1e-7)


def test_a_capacitor_lifts_and_scales_with_the_square_of_voltage(tmp_path: Path) -> None:
    judge = judge_of(
        tmp_path, load=changed(LOAD, "cb1,b1,400,5", "cb1,b1,0,5"),
        shunt="id,bus,q_kvar\nh,b1,-900",
    )
    (flow,) = judge.solve([judge.normal])
    assert flow is not None
    z, y = complex(0.001, 0.003), complex(0.0, 0.9)
    assert flow.v[BUSES.index("b1")] == pytest.approx(abs(1.0 / (1.0 + z * y)), abs=1e-7)


def test_charging_current_flows_at_the_sending_end(tmp_path: Path) -> None:
    rows = changed(
        changed(BRANCH, "r_ohm_per_km,x_ohm_per_km,", "r_ohm_per_km,x_ohm_per_km,c_nf_per_km,"),
        "b01,b0,b1,1,0.1,0.3,", "b01,b0,b1,1,0.1,0.3,300,",
    ).replace("0.1,0.3,400", "0.1,0.3,0,400")
    judge = judge_of(
        tmp_path, branch=rows, load=changed(LOAD, "cb1,b1,400,5", "cb1,b1,0,5")
    )
    (flow,) = judge.solve([judge.normal])
    assert flow is not None
    charging = 2 * np.pi * 50 * 300e-9 * 10e3 / 3**0.5
    assert flow.i_branch[2][0] == pytest.approx(charging, rel=1e-3)


def test_a_link_without_impedance_carries_its_current(tmp_path: Path) -> None:
    judge = judge_of(tmp_path, branch=changed(BRANCH, "b01,b0,b1,1,", "b01,b0,b1,0,"))
    (flow,) = judge.solve([judge.normal])
    assert flow is not None
    assert flow.v[BUSES.index("b1")] == pytest.approx(1.0, abs=1e-7)
    assert flow.i_branch[2] == pytest.approx([400 / (3**0.5 * 10)] * 2, rel=1e-6)


def test_what_is_not_fed_has_no_voltage_and_breaks_no_limit(tmp_path: Path) -> None:
    judge = judge_of(tmp_path)
    cut = judge.normal - {"sa1"}
    (flow,) = judge.solve([cut])
    assert flow is not None
    assert np.isnan(flow.v[BUSES.index("a2")])
    assert judge.accepts([cut], (1.0, 1.0, 1.0)) == [True]
    assert judge.fed_loads(cut) == {"ca1", "cb1"}


def test_a_current_above_its_rating_is_refused_and_a_base_above_it_is_held(
    tmp_path: Path,
) -> None:
    tight = changed(BRANCH, "b01,b0,b1,1,0.1,0.3,400", "b01,b0,b1,1,0.1,0.3,20")
    judge = judge_of(tmp_path, branch=tight)
    fed = judge.normal - {"sa1"} | {"tie"}
    level = (1.0, 1.0, 1.0)
    assert judge.accepts([judge.normal, fed], level) == [True, False]
    assert judge.accepts([fed], (1.0, 0.5, 1.0)) == [False]
    assert judge_of(tmp_path / "wide").accepts([fed], level) == [True]


def test_a_load_beyond_what_a_line_can_carry_has_no_flow(tmp_path: Path) -> None:
    heavy = changed(BRANCH, "b01,b0,b1,1,0.1,0.3", "b01,b0,b1,100,1.0,1.0")
    judge = judge_of(tmp_path, branch=heavy, load=changed(LOAD, "cb1,b1,400,5", "cb1,b1,9000,5"))
    assert judge.solve([judge.normal, judge.normal - {"sb0"}])[0] is None
    assert judge.solve([judge.normal - {"sb0"}])[0] is not None
