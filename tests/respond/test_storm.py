"""Storms: fragility, draws that anybody can repeat, samples that resume, honest intervals."""

import json
import math
import pickle
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

import tieline
from tieline.appraisal.cache import DiskCache
from tieline.appraisal.samples import run_samples
from tieline.appraisal.storm import (
    exceedance,
    mean_of,
    quantile_of,
    samples_needed,
    share_of,
)
from tieline.cli.run import run
from tieline.power.fragility import Fragility, drawn, failure_probability, failures_per_km
from tieline.power.storm import Before, costs
from tieline.region.model import Event, Incident, Outcome

LAWS = [Fragility(), Fragility(law="exponential"), Fragility(cable_share=0.3)]


def test_a_line_of_one_pole_fails_as_one_pole_does():
    given_ = Fragility(median_m_s=60.0, spread=0.3, poles_per_km=1.0)
    found = failure_probability(np.array([40.0]), np.array([1.0]), np.ones(1), given_)
    assert found[0] == pytest.approx(ndtr(math.log(40 / 60) / 0.3), rel=1e-12)


def test_poles_fail_one_by_one():
    given_ = Fragility(median_m_s=60.0, spread=0.3, poles_per_km=10.0)
    pole = ndtr(math.log(50 / 60) / 0.3)
    found = failure_probability(np.array([50.0]), np.array([0.7]), np.ones(1), given_)
    assert found[0] == pytest.approx(1 - (1 - pole) ** 7, rel=1e-12)


def test_failures_grow_exponentially_where_that_is_the_law():
    given_ = Fragility(law="exponential", rate_per_km=0.01, reference_m_s=30, growth_per_m_s=0.2)
    assert failures_per_km(np.array([30.0, 35.0]), given_) == pytest.approx(
        [0.01, 0.01 * math.e])


@pytest.mark.parametrize("law", LAWS)
@settings(deadline=None, max_examples=40)
@given(st.floats(0, 140), st.floats(0, 140), st.floats(0, 50))
def test_more_wind_never_breaks_less(law, a, b, km):
    low, high = (failure_probability(np.array([v]), np.array([km]), np.ones(1), law)[0]
                 for v in sorted((a, b)))
    assert 0.0 <= low <= high <= 1.0


def test_no_wind_and_cables_break_nothing():
    calm = failure_probability(np.zeros(2), np.ones(2), np.array([1.0, 0.0]), Fragility())
    assert calm.tolist() == [0.0, 0.0]
    storm = failure_probability(np.full(2, 60.0), np.ones(2), np.array([1.0, 0.0]), Fragility())
    assert storm[0] > 0.9
    assert storm[1] == 0.0


def test_a_sample_is_the_same_whatever_was_drawn_before_and_grows_with_the_wind():
    weak, strong = np.full(500, 0.02), np.full(500, 0.05)
    late = drawn(weak, 7, 99)
    assert drawn(weak, 7, 99).tolist() == late.tolist()
    assert set(late) <= set(drawn(strong, 7, 99))
    assert drawn(weak, 7, 98).tolist() != late.tolist()
    assert drawn(weak, 8, 99).tolist() != late.tolist()


def test_lines_fail_as_often_as_their_probability_says():
    p = np.array([0.0, 0.1, 0.5, 1.0])
    counts = np.zeros(4)
    for k in range(4000):
        counts[drawn(p, 3, k)] += 1
    assert counts[0] == 0
    assert counts[3] == 4000
    assert counts[1:3] / 4000 == pytest.approx([0.1, 0.5], abs=4 * math.sqrt(0.25 / 4000))


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95])
def test_the_interval_of_a_quantile_holds_it_as_often_as_it_says(share):
    source = np.random.default_rng(11)
    true = -math.log(1 - share)
    hits = sum(
        e.low <= true <= e.high for _ in range(600)
        if (e := quantile_of(source.exponential(size=200), share))
    )
    assert hits / 600 >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / 600)


@pytest.mark.parametrize(("share", "needed"), [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368)])
def test_a_quantile_that_the_samples_cannot_carry_is_not_stated(share, needed):
    """So few that all of them lie on one side with more than the probability of a tail."""
    assert share ** (needed - 1) > 0.025 >= share**needed
    assert samples_needed(share) == samples_needed(1.0 - share) == needed
    for q in (share, 1.0 - share):
        few, enough = (quantile_of(np.arange(float(n)), q) for n in (needed - 1, needed))
        assert all(math.isnan(x) for x in (few.value, few.low, few.high))
        assert enough.low <= enough.value <= enough.high


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [6, 36, 72, 200, 368, 1000])
def test_the_ends_of_a_quantile_are_the_narrowest_that_leave_each_tail(share, n):
    """Straight from the definition: P(B < low) and P(B >= high) for B ~ binomial(n, share)."""
    found = quantile_of(np.arange(1.0, n + 1), share)  # a value is its own rank
    if math.isnan(found.value):
        assert n < samples_needed(share)
        return
    chance = [math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    low, high = int(found.low), int(found.high)
    assert sum(chance[:low]) <= 0.025 < sum(chance[:low + 1])
    assert sum(chance[high:]) <= 0.025 < sum(chance[high - 1:])


def test_a_mean_of_few_samples_has_no_interval():
    few = mean_of(np.arange(29.0))
    assert few.value == 14.0
    assert math.isnan(few.low)
    assert math.isnan(few.high)
    assert mean_of(np.arange(30.0)).low < 14.5


def test_a_share_has_the_interval_of_clopper_and_pearson():
    found = share_of(0, 10)
    assert (found.value, found.low) == (0.0, 0.0)
    assert (1 - found.high) ** 10 == pytest.approx(0.025)
    found = share_of(10, 10)
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low**10 == pytest.approx(0.025)


def test_the_interval_of_the_mean_holds_it_as_often_as_it_says():
    source = np.random.default_rng(5)
    hits = sum(e.low <= 1.0 <= e.high for _ in range(120)
               if (e := mean_of(source.exponential(size=150))))
    assert hits / 120 >= 0.86


def test_the_share_above_a_level_is_counted():
    levels, above, low, high = exceedance(np.array([0.0, 0.0, 5.0, 10.0]))
    assert levels.tolist() == [0.0, 5.0, 10.0]
    assert above.tolist() == [0.5, 0.25, 0.0]
    assert np.all((low <= above) & (above <= high))
    assert low[2] == 0.0
    assert (1 - high[2]) ** 4 == pytest.approx(0.025)


def test_the_curve_begins_at_nothing_and_is_not_sure_there():
    levels, above, low, high = exceedance(np.array([3.0, 5.0]))
    assert levels.tolist() == [0.0, 3.0, 5.0]
    assert above.tolist() == [1.0, 0.5, 0.0]
    assert high[0] == 1.0
    assert low[0] ** 2 == pytest.approx(0.025)


class Counted:
    """A task that counts its calls and may be stopped at one."""

    def __init__(self, stop=None):
        self.calls, self.stop = [], stop

    def __call__(self, sample):
        if sample == self.stop:
            raise KeyboardInterrupt
        self.calls.append(sample)
        return (Outcome(np.full((1, 2), float(sample)), np.zeros((1, 2))),)


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path):
    with DiskCache(tmp_path / "kept.sqlite") as cache:
        first = Counted(stop=4)
        with pytest.raises(KeyboardInterrupt):
            run_samples(first, 8, 1, key="k", cache=cache)
        assert first.calls == [0, 1, 2, 3]
        then, seen = Counted(), []
        found = run_samples(then, 8, 1, key="k", cache=cache,
                            progress=lambda done, total: seen.append((done, total)))
        assert then.calls == [4, 5, 6, 7]
        assert [o[0].values[0, 0] for o in found] == list(range(8))
        assert seen[0] == (4, 8)
        assert seen[-1] == (8, 8)
        other = Counted()
        run_samples(other, 2, 1, key="another", cache=cache)
        assert other.calls == [0, 1]


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    folder = tmp_path_factory.mktemp("towns") / "towns"
    tieline.new_region(folder)
    return folder


def test_a_sample_costs_what_its_plan_costs(towns):
    data = tieline.read_region(towns)
    engine, network = data.engines["power"], data.networks["power"]
    cases = tuple(network.relevant.restrict(data.case(c)) for c in ("apart", "together"))
    start = data.region.study_date
    for faults in (("WA-1",), ("WA-2", "EB-1"), ("WA-1", "EA-1"), ("WA-1", "WB-1", "EB-2")):
        incident = Incident("x", "power", start, tuple(Event(f"branch:{f}", "wind")
                                                       for f in faults))
        waiting, *found = costs(network, cases, incident)
        plans = [engine.respond(network, c, incident) for c in cases]
        assert waiting.values[:, :4] == pytest.approx(plans[0].waiting.values[:, :4])
        for outcome, plan in zip(found, plans, strict=True):
            assert outcome.values[:, :4] == pytest.approx(plan.outcome.values[:, :4])


def test_what_is_kept_between_samples_changes_no_sample(towns):
    data = tieline.read_region(towns)
    network, start = data.networks["power"], data.region.study_date
    cases = tuple(network.relevant.restrict(data.case(c)) for c in ("apart", "together"))
    incidents = [
        Incident("x", "power", start, tuple(Event(f"branch:{f}", "wind") for f in faults))
        for faults in (("WA-1",), ("WA-1", "EA-1"), ("WA-2", "EB-1"), ("WA-1", "EA-1"), ("WA-1",))
    ]
    before = Before()
    for incident in incidents:
        kept = costs(network, cases, incident, before=before)
        alone = costs(network, cases, incident)
        for one, other in zip(kept, alone, strict=True):
            assert np.array_equal(one.values, other.values)
            assert np.array_equal(one.gap, other.gap)


def test_what_is_kept_stays_in_its_process(towns):
    data = tieline.read_region(towns)
    task = data.engines["power"].storm(
        data.networks["power"], (data.case("together"),), 40.0, seed=2,
        start=data.region.study_date,
    )
    fresh = len(pickle.dumps(task))
    first = task(0)
    assert len(pickle.dumps(task)) == fresh
    other = pickle.loads(pickle.dumps(task))  # noqa: S301 - made on the line above
    assert np.array_equal(other(0)[1].values, first[1].values)


def test_a_shorter_search_is_another_storm_and_says_its_gap(towns):
    data = tieline.read_region(towns)
    engine, network = data.engines["power"], data.networks["power"]
    asked = {"seed": 2, "start": data.region.study_date}
    cases = (data.case("together"),)
    whole = engine.storm(network, cases, 45.0, **asked)
    short = engine.storm(network, cases, 45.0, **asked, most_work=1.0, most_tries=1)
    assert whole.key != short.key
    for k in range(5):
        one, other = whole(k)[1], short(k)[1]
        assert np.all(other.gap >= 0)
        least = other.values[:, 2].sum() - other.gap[:, 2].sum()
        assert least <= one.values[:, 2].sum() + 1e-6


def test_any_number_of_processes_gives_the_same_storms(towns):
    alone = tieline.storm(towns, 38.0, n_samples=12, seed=4)
    many = tieline.storm(towns, 38.0, n_samples=12, seed=4, workers=2)
    fewer = tieline.storm(towns, 38.0, n_samples=5, seed=4)
    assert np.array_equal(alone.values, many.values)
    assert np.array_equal(alone.values[:5], fewer.values)
    assert alone.faults.max() > 0
    assert np.all(alone.of("together") <= alone.of("waiting") + 1e-9)


def test_a_storm_is_written_whole_and_shown_in_both_languages(towns, tmp_path, capsys):
    keep = ["--keep", str(tmp_path / "kept.sqlite")]
    out = tmp_path / "out"
    asked = ["storm", str(towns), "--wind", "40", "--samples", "20", "--workers", "1", *keep]
    for lang, said in (("en", "Acting together, the storm costs"), ("zh", "携手时，这场台风平均")):
        assert run([*asked, "--lang", lang, "--out", str(out)]) == 0
        assert said in capsys.readouterr().out
        page = (out / "storm.html").read_text(encoding="utf-8")
        assert said in page
        assert "http" not in page
    assert {p.name for p in out.iterdir()} >= {"samples.csv", "summary.parquet", "storm.html"}


def test_few_samples_state_no_rare_storm_anywhere(towns, tmp_path, capsys):
    asked = ["storm", str(towns), "--wind", "40", "--workers", "1",
             "--keep", str(tmp_path / "kept.sqlite")]
    out = tmp_path / "out"
    for lang, too_few, rare in (
        ("en", "cannot be said from 20 samples: it takes 72", "One storm in twenty costs"),
        ("zh", "至少需要 72 个样本", "二十次中有一次"),
    ):
        assert run([*asked, "--samples", "20", "--lang", lang, "--out", str(out)]) == 0
        page = (out / "storm.html").read_text(encoding="utf-8")
        for text in (" ".join(capsys.readouterr().out.split()), page):
            assert too_few in text
            assert rare not in text
    assert run([*asked, "--samples", "20", "--json", "--lang", "en"]) == 0
    told = json.loads(capsys.readouterr().out)
    figures = {(r["figure"], r["state"]): r for r in told["summary"]
               if r["measure"] == "customer_hours" and not r["jurisdiction"]}
    assert figures["q0.95", "together"]["value"] is None
    assert figures["q0.95", "together"]["samples_needed"] == 72
    assert figures["q0.5", "together"]["low"] <= figures["q0.5", "together"]["value"]
    assert {r["state"] for r in told["exceedance"]} == {"waiting", "apart", "together"}
    assert run([*asked, "--samples", "80", "--lang", "en"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert re.search(r"One storm in twenty costs more than [\d,.]+ \([\d,.]+ to [\d,.]+\)", said)


def test_a_storm_that_cannot_be_is_refused(towns):
    for wrong in ({"gust_m_s": 0.0}, {"gust_m_s": 200.0}, {"gust_m_s": 30.0, "n_samples": 0},
                  {"gust_m_s": float("nan")}):
        with pytest.raises(tieline.CaseError, match="expected"):
            tieline.storm(towns, **wrong)
