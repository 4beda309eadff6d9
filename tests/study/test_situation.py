"""A situation lies between apart and together, and agrees with the appraisal at both ends."""

from dataclasses import replace

import numpy as np
import pytest

import tieline
from tieline.appraisal.situation import CHOSEN
from tieline.study.situation import situation


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    folder = tmp_path_factory.mktemp("situation") / "towns"
    tieline.new_region(folder)
    return tieline.read_region(folder)


def test_together_is_the_appraisal(towns):
    whole = tieline.appraise(towns)
    found = situation(towns, towns.case("together"))
    mine, its = found.appraisal.networks["power"], whole.networks["power"]
    for m in its.measures:
        for state, known in ((CHOSEN, "together"), ("together", "together"), ("apart", "apart")):
            np.testing.assert_array_equal(mine.value(state, m.name), its.value(known, m.name))
    for key, split in mine.splits.items():
        np.testing.assert_array_equal(split.shapley, its.splits[key].shapley)
        np.testing.assert_array_equal(split.falls, its.splits[key].falls)
    for currency, money in found.appraisal.money.items():
        its_money = whole.money[currency].splits["jurisdictions"].dividend
        mine_money = money.splits["jurisdictions"].dividend
        assert (mine_money.low, mine_money.typical, mine_money.high) == (
            its_money.low, its_money.typical, its_money.high)


def test_apart_gains_nothing(towns):
    found = situation(towns, towns.case("apart"))
    for split in found.appraisal.networks["power"].splits.values():
        assert not split.table.any()
    for record in found.record()["money"].values():
        assert all(v == 0.0 for g in record["gain"].values() for v in g.values())


def test_fair_shares_add_up_to_what_the_situation_gains(towns):
    for opened in ("together", "apart"):
        for built in ([], None):
            case = towns.case(opened, built=built)
            network = situation(towns, case).appraisal.networks["power"]
            for (_, name), split in network.splits.items():
                m = network.measure(name)
                gain = (network.total(CHOSEN, name) - network.total("apart", name)) * m.sign
                assert split.shapley.sum() == pytest.approx(gain, abs=1e-9)


def test_a_warm_engine_gives_the_same_to_the_bit(towns):
    engine, network = towns.engines["power"], towns.networks["power"]
    warm = engine.warm(network)
    cases = [towns.case(o, built=b) for o in ("apart", "together") for b in ([], None)]
    for case in [*cases, *reversed(cases)]:
        cold, = engine.evaluate(network, [case])
        kept, = warm.evaluate(network, [case])
        np.testing.assert_array_equal(kept.values, cold.values)
        np.testing.assert_array_equal(kept.gap, cold.gap)
        assert set(kept.gap_parts) == set(cold.gap_parts)
    other = replace(network)
    again, = warm.evaluate(other, [cases[0]])
    np.testing.assert_array_equal(again.values, next(engine.evaluate(network, [cases[0]])).values)


def test_progress_counts_the_cases_of_every_network(towns):
    told = []
    situation(towns, towns.case(), progress=lambda *n: told.append(n))
    assert told[-1] == (1, 1)
    done, totals = zip(*told[:-1], strict=True)
    assert sorted(done) == list(done)
    assert len(set(totals)) == 1
    assert done[-1] == totals[0] - 1  # all together is left
