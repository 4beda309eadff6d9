"""Levels and discharges: hand formulas, mass, wetting and drying, what moves the water."""

import numpy as np
import pytest
from water_folders import GRAVITY, channel, uniform_slope, waters

from tieline.errors import CaseError
from tieline.water.flow import Order, simulate


def test_mass_is_kept_with_tides_gates_and_reversals(loop_flow):
    assert loop_flow.mass_error < 1e-12
    assert (loop_flow.through_m3.min(axis=0) < -1000.0).any()
    assert (loop_flow.through_m3.max(axis=0) > 1000.0).any()
    assert loop_flow.setting.min() == 0.0


def test_uniform_flow_keeps_its_normal_depth(tmp_path):
    slope = uniform_slope(20.0, 20.0, 2.0, 0.03)
    network = channel(tmp_path, slope=slope, depth=2.0)
    flow = simulate(network, days=2.0)
    cells = network.grid.reach_cells(0)
    beds = np.linspace(slope * 20000.0, 0.0, len(cells))
    assert flow.level_m[-1, cells] - beds == pytest.approx(2.0, abs=1e-3)
    assert flow.flow_m3s[-1] == pytest.approx(20.0, abs=1e-6)


def test_backwater_follows_the_gradually_varied_profile(tmp_path):
    slope, q, width, n = 2e-4, 40.0, 20.0, 0.03
    network = channel(tmp_path, slope=slope, depth=3.0, flow=q, roughness=n, level=4.0, cell=250.0)
    flow = simulate(network, days=3.0)
    cells = network.grid.reach_cells(0)
    depth = flow.level_m[-1, cells] - np.linspace(slope * 20000.0, 0.0, len(cells))
    expected, y, fine = [4.0], 4.0, 5.0
    for step in range(1, int(20000 / fine) + 1):
        area = width * y
        radius = area / (width + 2.0 * y)
        friction = (q * n / area) ** 2 / radius ** (4.0 / 3.0)
        froude2 = (q / area) ** 2 / (GRAVITY * y)
        y -= fine * (slope - friction) / (1.0 - froude2)
        if step % 50 == 0:
            expected.append(y)
    assert depth[::-1] == pytest.approx(np.array(expected), abs=0.01)


POND = {
    "node": """
    id,jurisdiction,bed_m,level_m
    n1,a,0,1
    n2,a,0.5,1
    n3,b,1.5,1
    n4,b,-1,1
    """,
    "reach": """
    id,from_node,to_node,length_m,width_m,side_slope
    r1,n1,n2,2000,10,2
    r2,n2,n3,2000,10,2
    r3,n3,n4,2000,10,2
    """,
    "boundary": """
    id,node,kind,value
    nothing,n1,flow,0
    """,
}


def test_water_at_rest_stays_at_rest_over_dry_ground(tmp_path):
    network = waters(tmp_path, "level_m = 1\ncell_m = 200", **POND)
    flow = simulate(network, days=1.0)
    assert np.abs(flow.through_m3).max() < 1e-9
    wet = flow.level_m[0] > network.grid.mesh.bottom + 1e-9
    assert flow.level_m[-1, wet] == pytest.approx(1.0, abs=1e-9)
    assert (~wet).any()


def test_a_closed_channel_swings_at_its_own_period(tmp_path):
    """Merian's formula: 2 L / sqrt(g h)."""
    network = waters(
        tmp_path, "cell_m = 250\ntheta = 0.5\nrecord_s = 10\ndt_s = 10",
        node="""
        id,jurisdiction,bed_m,level_m
        n1,a,0,4.05
        n2,b,0,3.95
        """,
        reach="""
        id,from_node,to_node,length_m,width_m,roughness
        r,n1,n2,10000,20,0.0001
        """,
        boundary="""
        id,node,kind,value
        nothing,n1,flow,0
        """,
    )
    flow = simulate(network, days=0.5, warmup_days=0)
    above = flow.level_m[:, 0] - 4.0
    ups = np.flatnonzero((above[:-1] < 0.0) & (above[1:] >= 0.0))
    period = np.diff(ups).mean() * 10.0
    assert period == pytest.approx(2.0 * 10000.0 / np.sqrt(GRAVITY * 4.0), rel=0.01)


def basin(folder, gate, *, rules="", inflow=10.0, sea=0.0, **more):
    """A basin behind a gate or weir, with an inflow, and a level beyond."""
    return waters(
        folder, "record_s = 60\nwarmup_days = 0",
        node=f"""
        id,jurisdiction,bed_m,level_m,area_m2
        in,a,-2,1,20000
        mouth,b,-2,{sea},0
        sea,b,-2,{sea},0
        """,
        reach="""
        id,from_node,to_node,length_m,width_m,roughness
        short,mouth,sea,100,200,0.01
        """,
        gate=gate,
        boundary=f"""
        id,node,kind,value
        inflow,in,flow,{inflow}
        sea,sea,level,{sea}
        """,
        **({"rule": rules} if rules else {}), **more,
    )


def test_a_free_weir_passes_its_formula(tmp_path):
    network = basin(tmp_path, """
        id,kind,from_node,to_node,jurisdiction,width_m,sill_m,coefficient
        w,weir,in,mouth,a,8,0.5,1.7
    """)
    flow = simulate(network, days=2.0)
    assert flow.level_m[-1, 0] == pytest.approx(0.5 + (10.0 / (1.7 * 8.0)) ** (2.0 / 3.0), abs=1e-4)


def test_a_drowned_gate_passes_its_formula(tmp_path):
    network = basin(tmp_path, """
        id,from_node,to_node,jurisdiction,width_m,sill_m,coefficient,height_m,opening
        g,in,mouth,a,5,-1.5,0.65,2,0.5
    """, sea=1.0)
    flow = simulate(network, days=2.0)
    head = (10.0 / (0.65 * 5.0 * 1.0)) ** 2 / (2.0 * GRAVITY)
    assert flow.level_m[-1, 0] - flow.level_m[-1, 1] == pytest.approx(head, rel=1e-4)


GATE = """
id,from_node,to_node,jurisdiction,width_m,sill_m,move_min
g,in,mouth,a,5,-1.5,20
"""


def test_an_order_closes_a_gate_in_its_time_and_gives_it_back(tmp_path):
    network = basin(tmp_path, GATE)
    orders = [Order("gate", 0, 2.0, 0.0), Order("gate", 0, 4.0, np.nan), Order("gate", 0, 5.0, 0.5)]
    flow = simulate(network, days=0.25, orders=orders)
    at = {h: flow.setting[round(h * 60.0) - 1, 0] for h in (1.9, 2.17, 2.5, 4.5, 6.0)}
    assert at[1.9] == 1.0
    assert at[2.17] == pytest.approx(0.5, abs=0.06)
    assert at[2.5] == at[4.5] == 0.0
    assert at[6.0] == pytest.approx(0.5)
    closed = (flow.times_h[1:] > 2.5) & (flow.times_h[1:] < 4.9)
    assert np.abs(flow.through_m3[closed, network.grid.gate_face[0]]).max() == 0.0


def test_rules_open_and_close_by_level_and_the_highest_priority_wins(tmp_path):
    network = basin(tmp_path, GATE, inflow=3.0, rules="""
        id,asset,quantity,node,sense,value,setting,otherwise,priority
        keep,g,level,in,above,1.5,1,0,1
        night,g,hour,,above,22,0,,5
    """)
    flow = simulate(network, days=1.0)
    level, setting = flow.level_m[1:, 0], flow.setting[:, 0]
    assert setting[30] == 0.0
    assert level.max() > 1.5
    assert level[flow.times_h[1:] < 22.0].max() < 1.62
    assert setting[-1] == 0.0
    assert level[-1] > level[flow.times_h[1:] < 22.0].max()


def test_a_pump_lifts_its_flow_between_its_levels(tmp_path):
    network = waters(
        tmp_path, "record_s = 60\nwarmup_days = 0",
        node="""
        id,jurisdiction,bed_m,level_m,area_m2
        low,a,0,2,10000
        high,b,5,6,10000
        """,
        pump="""
        id,from_node,to_node,jurisdiction,flow_m3s,start_m,stop_m
        p,low,high,a,2,1.5,1.0
        """,
        boundary="""
        id,node,kind,value
        none,low,flow,0
        """,
    )
    flow = simulate(network, days=0.2)
    assert flow.through_m3[0, 0] == pytest.approx(120.0)
    assert flow.level_m[-1, 0] == pytest.approx(1.0, abs=0.02)
    assert flow.level_m[-1].sum() == pytest.approx(8.0, abs=1e-9)
    assert flow.mass_error < 1e-12


def test_a_channel_dries_out_and_fills_again_without_losing_water(tmp_path):
    network = waters(
        tmp_path, "cell_m = 200\nwarmup_days = 0",
        node="""
        id,jurisdiction,bed_m,level_m
        top,a,3,4
        mid,a,1,2
        sea,b,-1,1
        """,
        reach="""
        id,from_node,to_node,length_m,width_m,side_slope
        r1,top,mid,3000,10,1
        r2,mid,sea,3000,10,1
        """,
        boundary="""
        id,node,kind,value,series
        inflow,top,flow,0,burst
        sea,sea,level,1,
        """,
        series="""
        id,time_h,value
        burst,0,0
        burst,48,0
        burst,50,30
        burst,60,0
        """,
        tide="""
        boundary,amplitude_m
        sea,1.5
        """,
    )
    flow = simulate(network, days=4.0)
    assert flow.volume_m3.min() >= 0.0
    assert flow.volume_m3[48 * 12, 0] < 0.02 * flow.volume_m3[0, 0]
    assert flow.volume_m3[:, 0].max() > flow.volume_m3[0, 0]
    assert flow.mass_error < 1e-12
    assert np.isfinite(flow.level_m).all()


@pytest.mark.parametrize("dt", [300.0, 1800.0, 3600.0])
def test_no_time_step_blows_up(loop, dt):
    flow = simulate(loop, days=1.0, warmup_days=0.0, dt_s=dt, record_s=3600.0)
    assert flow.level_m.min() > -0.5
    assert flow.level_m.max() < 3.5
    assert flow.mass_error < 1e-12


def test_a_wall_of_water_is_taken_in_finer_steps(tmp_path):
    network = waters(
        tmp_path, "cell_m = 100\nwarmup_days = 0\ndt_s = 300",
        node="""
        id,jurisdiction,bed_m,level_m
        n1,a,0,8
        n2,a,0,0
        """,
        reach="""
        id,from_node,to_node,length_m,width_m
        r,n1,n2,2000,10
        """,
        boundary="""
        id,node,kind,value
        none,n1,flow,0
        """,
    )
    flow = simulate(network, days=0.5)
    assert flow.substeps > 0
    assert flow.volume_m3.min() >= 0.0
    assert flow.volume_m3[-1].sum() == pytest.approx(flow.volume_m3[0].sum(), rel=1e-12)
    assert np.ptp(flow.level_m[-1]) < 0.05


def test_cells_above_their_banks_are_named(tmp_path, loop_flow):
    network = waters(
        tmp_path, "warmup_days = 0",
        node="id,jurisdiction,bed_m,level_m\nn1,a,0,1\nn2,a,0,1",
        reach="id,from_node,to_node,length_m,width_m,depth_m\nr,n1,n2,1000,5,2",
        boundary="id,node,kind,value\nq,n1,flow,20\nsea,n2,level,1",
    )
    flow = simulate(network, days=0.2)
    assert flow.over_top.tolist() == [0]
    assert flow.level_m[-1, 0] > 2.0
    assert len(loop_flow.over_top) == 0


def test_what_is_drawn_ends_where_the_water_ends(tmp_path):
    network = waters(
        tmp_path, "warmup_days = 0",
        node="""
        id,jurisdiction,bed_m,level_m,area_m2
        n1,a,0,1,1000
        n2,a,0,1,0
        """,
        reach="""
        id,from_node,to_node,length_m,width_m
        r,n1,n2,100,5
        """,
        intake="""
        id,node,jurisdiction,flow_m3s
        i,n1,a,1
        """,
        boundary="""
        id,node,kind,value
        none,n1,flow,0
        """,
    )
    flow = simulate(network, days=0.2)
    drawn = -flow.external_m3[:, flow.external.table.index("intake")].sum()
    assert drawn == pytest.approx(flow.volume_m3[0].sum() - flow.volume_m3[-1].sum(), rel=1e-9)
    assert flow.volume_m3[-1].min() >= 0.0
    assert drawn > 1000.0


def test_a_run_goes_on_as_if_it_had_not_stopped(loop):
    whole = simulate(loop, days=1.0, warmup_days=0.0)
    first = simulate(loop, days=0.5, warmup_days=0.0)
    second = simulate(loop, days=0.5, start=first.final, start_h=first.times_h[-1])
    assert second.level_m == pytest.approx(whole.level_m[144:], abs=1e-9)
    assert second.through_m3 == pytest.approx(whole.through_m3[144:], abs=1e-5)


def test_what_is_not_built_carries_nothing(tmp_path):
    tables = {**POND, "reach": """
        id,from_node,to_node,length_m,width_m,project
        r1,n1,n2,2000,10,
        r2,n2,n3,2000,10,cut
        r3,n3,n4,2000,10,
    """, "boundary": """
        id,node,kind,value
        inflow,n1,flow,5
        sea,n4,level,1
    """}
    network = waters(tmp_path, "level_m = 2", {"projects": "id,name\ncut,Cut"}, **tables)
    built = simulate(network, days=1.0)
    without = simulate(network, days=1.0, built=np.array([False]))
    faces = network.grid.reach_faces(1)
    assert np.abs(without.through_m3[:, faces]).max() == 0.0
    assert np.abs(built.through_m3[:, faces]).max() > 0.0


def test_tides_and_seasons_are_what_the_tables_say(tmp_path):
    network = waters(
        tmp_path, "warmup_days = 0", **{
            **POND,
            "boundary": "id,node,kind,value\nq,n1,flow,4\nsea,n4,level,1",
            "tide": "boundary,amplitude_m,period_h,phase_deg\nsea,0.8,12.4,30\nsea,0.2,12,0",
            "season": "id,days,flow_factor,tide_factor,level_shift_m,decay_factor\n"
                      "wet,120,1.5,0.5,0.3,2",
        })
    flow = simulate(network, days=1.0, season=0)
    t = flow.times_h
    tide = 0.8 * np.cos(2 * np.pi * t / 12.4 - np.pi / 6) + 0.2 * np.cos(2 * np.pi * t / 12)
    assert flow.level_m[:, 3] == pytest.approx(1.3 + 0.5 * tide, abs=1e-9)
    assert flow.external_m3[:, 0] == pytest.approx(1.5 * 4.0 * 300.0)
    assert flow.decay_factor == 2.0


def test_records_must_be_whole_steps(loop):
    with pytest.raises(CaseError, match="record_s must be a multiple of dt_s = 70"):
        simulate(loop, days=0.1, dt_s=70.0)


def test_shared_reaches_belong_to_both_banks(tmp_path):
    network = waters(tmp_path, "cell_m = 500", **{**POND, "reach": """
        id,from_node,to_node,length_m,width_m,jurisdiction_left,jurisdiction_right,share_left
        r1,n1,n2,2000,10,a,b,0.3
        r2,n2,n3,2000,10,,,
        r3,n3,n4,2000,10,b,,
    """})
    owner = network.grid.cell_owner
    assert owner.sum(axis=1) == pytest.approx(1.0)
    assert owner[network.grid.reach_cells(0)[1]] == pytest.approx([0.3, 0.7])
    assert owner[network.grid.reach_cells(1)[1]] == pytest.approx([1.0, 0.0])
    assert network.touches("reach", 0) == ("a", "b")
