"""Storms: fragility, draws that anybody can repeat, samples that resume, honest intervals."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

import tieline
from tieline.appraisal.cache import DiskCache
from tieline.appraisal.samples import run_samples
from tieline.appraisal.storm import exceedance, mean_of, quantile_of
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


def test_an_interval_that_the_samples_cannot_give_is_not_given():
    found = quantile_of(np.arange(50.0), 0.99)
    assert found.value == 49.0
    assert math.isnan(found.high)
    assert math.isnan(mean_of(np.array([3.0])).low)


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


def test_a_storm_that_cannot_be_is_refused(towns):
    for wrong in ({"gust_m_s": 0.0}, {"gust_m_s": 200.0}, {"gust_m_s": 30.0, "n_samples": 0},
                  {"gust_m_s": float("nan")}):
        with pytest.raises(tieline.CaseError, match="expected"):
            tieline.storm(towns, **wrong)
