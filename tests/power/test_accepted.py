"""Nothing is accepted that power-grid-model rejects: every planned back-feed, judged."""

import itertools
from pathlib import Path

import engine_runs
import hand
import pytest
import random_grids
from engine_runs import case_of
from hand import changed, more
from judge import Judge
from plans import Planned, Restored
from twin_folder import Folder

SEEDS = range(300, 340)
STRESS = (1.0, 2.0, 3.0)


def judged(path: Path, open_pairs: list[tuple[str, str]], built: list[str]) -> tuple[int, int]:
    """Check every plan; how many faults fed something, and how many of them only a part."""
    _, network = engine_runs.read(path)
    judge = Judge(Folder.read(path), built)
    fed = partly = 0
    for fault in Planned(network, case_of(open_pairs, built)):
        if fault.ties:
            fed += 1
            partly += bool(fault.cutting)
            check(judge, fault)
    return fed, partly


def check(judge: Judge, fault: Restored) -> None:
    isolated = judge.normal - fault.isolating
    closed = fault.closed(judge.normal)
    assert judge.accepts([closed], fault.level, isolated) == [True], fault
    assert judge.radial(closed), fault
    back = {load for load, hours in fault.back_h.items() if hours < float("inf")}
    lit = judge.fed_loads(closed)
    assert back <= lit
    assert not (set(fault.back_h) - back) & lit
    assert fault.at_source or not fault.faulted & lit


@pytest.mark.parametrize("seed", SEEDS)
def test_every_back_feed_of_a_random_grid_is_accepted(tmp_path: Path, seed: int) -> None:
    path, pairs = stressed(tmp_path / "r", seed)
    judged(path, pairs, list(random_grids.PROJECTS))


def stressed(folder: Path, seed: int) -> tuple[Path, list[tuple[str, str]]]:
    made = random_grids.draft(
        seed, feeders=3 + seed % 2, buses=14, ties=8, stress=STRESS[seed % len(STRESS)],
        load_kw=500.0,
    )
    pairs = list(itertools.combinations(made.jurisdictions, 2))
    return random_grids.write_grid(folder, made), pairs


@pytest.mark.xfail(
    strict=True,
    reason="a plan is accepted by its end state; in about 1 of 100 with several steps a voltage is "
    "too high until a later step brings it down",
)
@pytest.mark.parametrize("seed", [364, 399])
def test_every_step_of_a_plan_keeps_the_limits(tmp_path: Path, seed: int) -> None:
    path, pairs = stressed(tmp_path / "r", seed)
    built = list(random_grids.PROJECTS)
    judge = Judge(Folder.read(path), built)
    for fault in Planned(engine_runs.read(path)[1], case_of(pairs, built)):
        if fault.ties:
            isolated = judge.normal - fault.isolating
            assert all(judge.accepts(fault.steps(judge.normal), fault.level, isolated))


def test_the_random_grids_feed_in_whole_and_in_part(tmp_path: Path) -> None:
    fed = partly = 0
    for seed in range(300, 312):
        made = random_grids.draft(seed, feeders=4, buses=14, ties=8, stress=2.0, load_kw=500.0)
        path = random_grids.write_grid(tmp_path / str(seed), made)
        pairs = list(itertools.combinations(made.jurisdictions, 2))
        found = judged(path, pairs, list(random_grids.PROJECTS))
        fed, partly = fed + found[0], partly + found[1]
    assert fed > 100
    assert partly > 20


def test_a_link_of_length_0_at_the_source_keeps_its_rating(tmp_path: Path) -> None:
    """Nothing drops along it, but its current counts."""
    link = changed(hand.BRANCH, "b01,b0,b1,1,0.1,0.3,400", "b01,b0,b1,0,0.1,0.3,30")
    path = hand.write(tmp_path / "r", branch=link)
    assert judged(path, [("a", "b")], []) == (0, 0)


def test_the_magnetising_current_of_a_transformer_counts_against_its_rating(
    tmp_path: Path,
) -> None:
    """The island takes the transformer to 99 % of its rating, with iron losses beyond it."""
    tables = {
        "bus": more(hand.BUS, "b2,b,10"),
        "load": changed(hand.LOAD, "cb1,b1,400,5", "cb1,b2,400,5"),
        "switch": changed(hand.SWITCH, "tie,a2,b1", "tie,a2,b2"),
    }
    header = "id,hv_bus,lv_bus,sn_mva,vk_percent,vkr_percent,pfe_kw,i0_percent\n"
    fits = hand.write(tmp_path / "fits", transformer=header + "t,b1,b2,0.73,4,1,0,0", **tables)
    assert judged(fits, [("a", "b")], [])[0] > 0
    lossy = hand.write(tmp_path / "lossy", transformer=header + "t,b1,b2,0.73,4,1,40,6", **tables)
    judged(lossy, [("a", "b")], [])


def test_the_charging_of_a_dead_tie_line_counts_once_it_is_closed(tmp_path: Path) -> None:
    """Without it the donor stays just below its highest voltage, with it it does not."""
    source = "id,bus,vm_pu\nga,a0,1\ngb,b0,1.07"
    switch = more(
        changed(hand.SWITCH, "tie,a2,b1,bus,tie,6,48,18", "t1,a2,t,branch,tie,6,48,18"),
        "t2,b1,t,branch,tie,6,54,12",
    )
    rows = [line.strip() for line in hand.BRANCH.strip().splitlines()]
    for farads, fed in (("", 1), ("2000", 0)):
        branch = "\n".join([
            rows[0] + ",c_nf_per_km", *(r + "," for r in rows[1:]),
            f"t,a2,b1,20,0.1,0.1,400,0,0,{farads}",
        ])
        path = hand.write(tmp_path / f"c{farads}", source=source, switch=switch, branch=branch)
        assert judged(path, [("a", "b")], [])[0] == fed


def test_what_is_cut_off_right_at_the_source_no_longer_helps_it(tmp_path: Path) -> None:
    """The charging of the faulted cable lifted the source's power factor; it is gone."""
    rows = [line.strip() for line in hand.BRANCH.strip().splitlines()]
    branch = "\n".join([
        rows[0] + ",c_nf_per_km", *(r + ("," if "a01" not in r else ",5000") for r in rows[1:]),
        "a03,a0,a3,1,0.1,0.3,400,0,0,",
    ])
    load = "id,bus,p_kw,q_kvar,customers\nca2,a2,800,400,20"
    switch = more(hand.SWITCH, "sa3,a0,a03,branch,breaker,1,0,", "loop,a3,a2,bus,tie,6,0,")
    for limit, fed in ((1.0, 1), (0.86, 0)):
        path = hand.write(
            tmp_path / f"s{limit}", branch=branch, load=load, switch=switch,
            bus=more(hand.BUS, "a3,a,10"), source=f"id,bus,s_max_mva\nga,a0,{limit}\ngb,b0,",
        )
        assert judged(path, [], [])[0] == fed


@pytest.mark.parametrize("donor", ["b0", "b1"])
def test_a_part_fed_through_another_part_adds_to_what_that_part_draws(
    tmp_path: Path, donor: str
) -> None:
    """The tie line carries either island, not both; its donor is a feeder or the source's bus."""
    path = hand.write(
        tmp_path / "r",
        bus=more(hand.BUS, "a3,a,10"),
        branch=more(
            hand.BRANCH, "a13,a1,a3,1,0.1,0.3,400,0,0", f"t,a2,{donor},1,0.1,0.3,60,0,0"
        ),
        switch=more(
            changed(hand.SWITCH, "tie,a2,b1,bus,tie,6,48,18", f"tie,{donor},t,branch,tie,6,48,18"),
            "sa3,a1,a13,branch,load_break,6,24,", "chain,a2,a3,bus,tie,6,0,",
        ),
        load=more(hand.LOAD, "ca3,a3,900,40"),
    )
    fed, _ = judged(path, [("a", "b")], [])
    assert fed


def test_a_flow_that_diverges_is_never_feasible(tmp_path: Path) -> None:
    """Without ratings and voltage limits only the flow itself can refuse the island."""
    far = """
        id,from_bus,to_bus,length_km,r_ohm_per_km,x_ohm_per_km,failure_per_km_yr,repair_h
        a01,a0,a1,2,0.1,0.3,0.1,4
        a12,a1,a2,3,0.1,0.3,0.1,4
        b01,b0,b1,200,1,1,0.1,4
    """
    big = changed(hand.LOAD, "ca2,a2,300,20", "ca2,a2,9000,20")
    small = changed(big, "cb1,b1,400,5", "cb1,b1,10,5")
    path = hand.write(
        tmp_path / "r", branch=far, load=small, settings="v_min_pu = 0.5\nv_max_pu = 1.5"
    )
    assert judged(path, [("a", "b")], []) == (0, 0)
    light = changed(small, "ca2,a2,9000,20", "ca2,a2,9,20")
    path = hand.write(
        tmp_path / "light", branch=far, load=light, settings="v_min_pu = 0.5\nv_max_pu = 1.5"
    )
    assert judged(path, [("a", "b")], [])[0] == 1


def test_a_base_case_beyond_its_limits_is_held_to_no_worse(tmp_path: Path) -> None:
    """A donor above its rating takes nothing more; one below takes what it can."""
    over = changed(hand.BRANCH, "b01,b0,b1,1,0.1,0.3,400", "b01,b0,b1,1,0.1,0.3,20")
    assert judged(hand.write(tmp_path / "over", branch=over), [("a", "b")], []) == (0, 0)
    assert judged(hand.write(tmp_path / "under"), [("a", "b")], [])[0] == 1


def test_parallel_switches_are_judged_too(tmp_path: Path) -> None:
    twice = more(hand.SWITCH, "sb0x,b0,b01,branch,breaker,1,0,", "sa1x,a1,a12,branch,fuse,1,0,")
    assert judged(hand.write(tmp_path / "r", switch=twice), [("a", "b")], [])[0] == 1


@pytest.mark.parametrize("stress", STRESS)
def test_alone_no_plan_crosses_a_border(tmp_path: Path, stress: float) -> None:
    made = random_grids.draft(310, feeders=4, buses=14, ties=10, stress=stress, load_kw=500.0)
    path = random_grids.write_grid(tmp_path / "r", made)
    engine, network = engine_runs.read(path)
    assert engine.name == "power"
    table = Planned(network, case_of((), random_grids.PROJECTS)).topology.tie_table
    across = {
        str(network.switches.ids[i])
        for rows, touched in zip(table.switches, table.touches, strict=True)
        for i in rows if touched.sum() > 1
    }
    inside = {
        str(network.switches.ids[i])
        for rows, touched in zip(table.switches, table.touches, strict=True)
        for i in rows if touched.sum() == 1
    }
    for fault in Planned(network, case_of((), random_grids.PROJECTS)):
        assert not fault.ties & (across - inside)
