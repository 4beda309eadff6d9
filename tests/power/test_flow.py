"""The radial power flow, judged by power-grid-model: normal states of random grids to 1e-6 pu."""

from pathlib import Path

import engine_runs
import hand
import numpy as np
import pytest
import random_grids
from engine_runs import case_of
from judge import Flow, Judge
from twin_folder import Folder

from tieline.power.loading import check_state, scaled_levels

SEEDS = range(60)
CLOSE = 1e-6


def compare(path: Path, built: list[str]) -> int:
    """Check voltages, currents and source powers at every level; the number of levels."""
    _, network = engine_runs.read(path)
    case = case_of((), built)
    topology, loadings = check_state(network, case)
    judge = Judge(Folder.read(path), built)
    for level, loading in zip(scaled_levels(network, case), loadings, strict=True):
        flow = judge.base((level.share, level.load_factor, level.generation_factor))
        assert flow is not None
        check_voltages(network, topology, loading, flow)
        check_currents(network, topology, loading, judge, flow)
        mine = np.hypot(loading.source.p, loading.source.q)
        row = {r["id"]: k for k, r in enumerate(judge.rows["source"])}
        order = [row[str(network.sources.ids[i])] for i in topology.source_row]
        assert mine == pytest.approx(flow.s_source[order], abs=1e-5)
    return len(loadings)


def check_voltages(network: object, topology: object, loading: object, flow: Flow) -> None:
    at = topology.position_of_bus  # type: ignore[attr-defined]
    assert np.array_equal(at < 0, np.isnan(flow.v))
    mine = np.hypot(loading.node.vr, loading.node.vi)[at[at >= 0]]  # type: ignore[attr-defined]
    assert np.abs(mine - flow.v[at >= 0]).max() < CLOSE


def check_currents(
    network: object, topology: object, loading: object, judge: Judge, flow: Flow
) -> None:
    """The larger current of both ends of each branch that has a rating, in pu on 1 MVA."""
    graph, branches = topology.graph, network.branches  # type: ignore[attr-defined]
    row = {r["id"]: k for k, r in enumerate(judge.rows["branch"])}
    for position, edge in enumerate(graph.edge):
        rated = np.isfinite(topology.grid.lines.i_max[position])  # type: ignore[attr-defined]
        if edge < 0 or graph.kind[edge] != 0 or not rated:
            continue
        theirs = flow.i_branch[row[str(branches.ids[graph.row[edge]])]].max()
        kv = network.buses["vn_kv"][branches["from_bus"][graph.row[edge]]]  # type: ignore[attr-defined]
        pu = theirs * 3**0.5 * kv / 1000.0
        assert loading.node.i_base[position] == pytest.approx(pu, abs=5e-6)  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_normal_state_agrees(tmp_path: Path, seed: int) -> None:
    """With shunts, generators, taps, charging, links of length 0 and parallel switches."""
    made = random_grids.draft(seed, feeders=2 + seed % 3, buses=14, load_kw=500.0)
    assert compare(random_grids.write_grid(tmp_path / "r", made), ["p1"])


TRANSFORMER = (
    "id,hv_bus,lv_bus,sn_mva,vn_hv_kv,vn_lv_kv,vk_percent,vkr_percent,pfe_kw,i0_percent,"
    "tap_side,tap_pos,tap_step_percent,shift_degree\n"
)


@pytest.mark.parametrize("side", ["hv", "lv"])
@pytest.mark.parametrize("tap", [-4, 0, 3])
@pytest.mark.parametrize("down", [True, False])
def test_a_transformer_agrees_either_way_and_at_every_tap(
    tmp_path: Path, side: str, tap: int, down: bool
) -> None:
    ends = "b1,c1" if down else "c1,b1"
    volts = "10.5,0.42" if down else "36.0,10.2"
    path = hand.write(
        tmp_path / "r", bus=hand.more(hand.BUS, f"c1,b,{'0.4' if down else '35'}"),
        load=hand.more(hand.LOAD, "cc,c1,350,5"),
        transformer=f"{TRANSFORMER}t,{ends},0.63,{volts},6,1.2,3,1.5,{side},{tap},2.5,150",
    )
    assert compare(path, []) == 1


def test_charging_shunts_and_generation_agree(tmp_path: Path) -> None:
    path = hand.write(
        tmp_path / "r",
        branch="""
            id,from_bus,to_bus,length_km,r_ohm_per_km,x_ohm_per_km,c_nf_per_km,f_hz
            a01,a0,a1,12,0.2,0.1,350,60
            a12,a2,a1,9,0.2,0.1,350,50
            b01,b0,b1,0,0.1,0.3,350,
        """,
        shunt="id,bus,p_kw,q_kvar\nh1,a2,15,-900\nh2,b1,0,400",
        generator="id,bus,p_kw,q_kvar\nw1,a2,1800,100",
        level="id,hours_per_yr,load_factor,generation_factor\nx,4380,1.3,0\ny,4380,0.3,1.5",
    )
    assert compare(path, []) == 2
