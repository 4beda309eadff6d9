"""Services: who may use what, how capacity is shared, what opening a border brings to whom."""

import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tieline
from tieline.region.issues import Issues
from tieline.region.protocol import additive
from tieline.region.read import check, read_region_folder
from tieline.services.catchment import DECAYS, rota, shares
from tieline.services.engine import ServicesEngine
from tieline.testing import check_engine

sys.path.insert(0, str(Path(__file__).parents[1] / "transit"))
from lines import two_towns

NAMES = [m.name for m in additive(ServicesEngine.measures)]
FACILITIES = (
    "id,topic,point,capacity,admits\n"
    "hB,health,B,100,\nhD,health,D,300,\nlB,library,B,1000,\nlD,library,D,4000,\n"
    "sA,culture,A,50,\nsC,culture,C,50,\nschool,school,C,200,west\n"
)


@pytest.fixture
def towns(tmp_path):
    folder = two_towns(tmp_path / "r", settings="[services]\noverlap = 0.25\n")
    home = folder / "services"
    home.mkdir()
    (home / "facility.csv").write_text(FACILITIES)
    (home / "programme.csv").write_text("id,jurisdiction,shows_per_yr\ntroupe,west,3\n")
    text = (folder / "region.toml").read_text()
    (folder / "region.toml").write_text(text.replace('["transit"]', '["transit", "services"]'))
    return folder


def values(data, *cases, **options):
    network = data.networks["services"]
    found = list(ServicesEngine().evaluate(network, cases, **options))
    return [dict(zip(NAMES, o.values.T.tolist(), strict=True)) for o in found], found


def test_the_engine_keeps_every_promise(towns):
    issues = Issues()
    folder = read_region_folder(towns, issues)
    check_engine(ServicesEngine(), folder, processes=False)
    assert not issues.errors


def opened(data, *topics):
    return data.case([(t, "east", "west") for t in topics])


def test_cards_accepted_across_the_border_bring_the_other_hospital(towns):
    data = tieline.read_region(towns)
    lines = opened(data, "transit")
    both = opened(data, "transit", "services.health")
    (a, b), _ = values(data, lines, both)
    # Closed, a hospital's beds go to its own side: 100 west, 300 east; open, all share 400.
    assert a["health_capacity"] == pytest.approx([100.0, 300.0])
    assert sum(b["health_capacity"]) == pytest.approx(400.0)
    assert b["health_capacity"][0] > 100.0
    assert all(x >= y for x, y in zip(b["health_near"], a["health_near"], strict=True))
    assert all(x <= y for x, y in zip(b["health_minutes"], a["health_minutes"], strict=True))
    assert a["library_near"] == b["library_near"]


def test_together_the_lines_across_the_border_run_too(towns):
    found = tieline.appraise(towns, only=["services"], players=["jurisdictions"])
    services = found.networks["services"]
    data = tieline.read_region(towns)
    (apart, together), _ = values(data, data.case("apart"), data.case("together"))
    cards, _ = values(data, opened(data, *services_topics(data)))
    assert together != cards[0]
    for label, counted in (("apart", apart), ("together", together)):
        at = services.outcomes[label].values
        for k, name in enumerate(NAMES):
            assert at[:, k].tolist() == pytest.approx(counted[name])


def services_topics(data):
    return [t for t in data.topics if t.startswith("services.")]


def test_a_school_that_admits_the_other_side_needs_no_open_border(towns):
    data = tieline.read_region(towns)
    (a,), _ = values(data, opened(data, "transit"))
    assert a["school_capacity"][0] > 0.0


def test_the_reading_alliance_pools_titles(towns):
    data = tieline.read_region(towns)
    (a, b), _ = values(data, data.case("apart"), opened(data, "services.library"))
    assert a["titles"] == [1500 * 1000.0, 2000 * 4000.0]
    assert b["titles"] == [1500 * (1000 + 0.75 * 4000), 2000 * (4000 + 0.75 * 1000)]


def test_a_troupe_plays_where_it_may(towns):
    data = tieline.read_region(towns)
    (a, b), found = values(data, opened(data, "transit"),
                           opened(data, "transit", "services.culture"), detail=True)
    assert found[0].tables["rota"]["stage"].tolist() == ["sA"]
    assert found[0].tables["rota"]["shows_per_yr"].tolist() == [3]
    assert sum(found[1].tables["rota"]["shows_per_yr"]) == 3
    assert sum(b["shows"]) >= sum(a["shows"])
    flows = found[1].tables["flows"].to_frame()
    assert flows[flows.facility == "hB"]["capacity"].sum() == pytest.approx(100.0)


def test_the_whole_region_is_appraised_with_both_networks(towns):
    result = tieline.appraise(towns)
    assert {"transit", "services"} <= set(result.networks)
    assert "services" in result.report("en")


def test_without_lines_or_facilities_the_region_is_refused(towns):
    (towns / "services" / "facility.csv").unlink()
    assert "this table (Facilities)" in " ".join(map(str, check(towns).errors))
    (towns / "transit" / "point.csv").unlink()
    assert "transit/point.csv: expected this table" in " ".join(map(str, check(towns).errors))


def slow_shares(minutes, people, capacity, entitled, decay, catchment):
    """Word for word: R_j = S_j / sum P f over who may come; a place takes P_i R_j f."""
    out = np.zeros(minutes.shape)
    for j in range(minutes.shape[1]):
        f = [float(DECAYS[decay](np.array([t]), catchment)[0]) if e else 0.0
             for t, e in zip(minutes[:, j], entitled[:, j], strict=True)]
        total = sum(p * w for p, w in zip(people, f, strict=True))
        for i in range(len(people)):
            out[i, j] = capacity[j] * people[i] * f[i] / total if total > 0 else 0.0
    return out


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.sampled_from(sorted(DECAYS)))
def test_shares_follow_the_definition_and_sum_to_the_capacity(seed, decay):
    rng = np.random.default_rng(seed)
    minutes = rng.uniform(0, 90, (6, 4))
    minutes[rng.random((6, 4)) < 0.2] = np.inf
    people, capacity = rng.integers(0, 500, 6).astype(float), rng.uniform(0, 100, 4)
    entitled = rng.random((6, 4)) < 0.7
    found = shares(minutes, people, capacity, entitled, decay=decay, catchment=60.0)
    np.testing.assert_allclose(
        found, slow_shares(minutes, people, capacity, entitled, decay, 60.0), atol=1e-9)
    used = found.sum(axis=0) > 0
    np.testing.assert_allclose(found.sum(axis=0)[used], capacity[used])


@pytest.mark.parametrize("name", sorted(DECAYS))
def test_a_decay_begins_at_one_never_rises_and_ends_outside(name):
    minutes = np.linspace(0, 70, 200)
    weight = DECAYS[name](minutes, 60.0)
    assert weight[0] == pytest.approx(1.0)
    assert (np.diff(weight) <= 1e-12).all()
    assert (weight[minutes > 60.0] == 0.0).all()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_a_tour_covers_at_least_63_percent_of_the_best(seed):
    rng = np.random.default_rng(seed)
    minutes, people = rng.uniform(0, 60, (10, 6)), rng.integers(1, 100, 10).astype(float)
    order, served = rota(minutes, people, np.arange(6), 2, 20.0)
    best = max(people[(minutes[:, list(c)] <= 20.0).any(axis=1)].sum()
               for c in combinations(range(6), 2))
    assert people[served].sum() >= (1 - np.exp(-1)) * best - 1e-9
    assert len(order) in (0, 2)


def near(data, *names):
    told, _ = values(data, data.case("together"))
    return [sum(told[0][n]) for n in names]


@pytest.mark.parametrize(("days", "opens", "closes", "counts"), [
    ("", "", "", True), ("2", "", "", True), ("1;3-7", "", "", False), ("6-2", "", "", True),
    ("3-1", "", "", False), ("", "", "8:05", False), ("", "10:00", "17:00", True),
])
def test_a_facility_counts_on_the_days_and_hours_it_is_open(towns, days, opens, closes, counts):
    """The service day is a Tuesday; who sets out at 8:15 comes after 8:05."""
    (towns / "services" / "programme.csv").unlink()
    (towns / "services" / "facility.csv").write_text(
        "id,topic,point,capacity,days,opens,closes\n"
        f"hB,health,B,100,{days},{opens},{closes}\nlB,library,B,1000,,,\n")
    told = near(tieline.read_region(towns), "health_near", "health_capacity", "library_near")
    assert told[2] > 0.0
    assert (told[0] == told[2], told[1] > 0.0) == (counts, counts)
    assert counts or told[0] == 0.0


def test_a_closing_time_parts_who_comes_before_it_from_who_comes_later(towns):
    (towns / "services" / "programme.csv").unlink()
    found = []
    for closes in ("08:20", "08:40", "09:40"):
        (towns / "services" / "facility.csv").write_text(
            f"id,topic,point,capacity,closes\nhB,health,B,100,{closes}\n")
        found.append(near(tieline.read_region(towns), "health_minutes")[0])
    assert found[0] > found[1] >= found[2]


def test_days_and_hours_that_cannot_be_are_named(towns):
    (towns / "services" / "facility.csv").write_text(
        "id,topic,point,capacity,days,opens,closes\n"
        "a,health,B,1,1-8,,\nb,health,B,1,,9h,\nc,health,B,1,,12:00,11:00\nd,health,B,1,,,24:30\n")
    told = [(i.row, i.field) for i in check(towns)]
    assert {(2, "days"), (3, "opens"), (4, "closes"), (5, "closes")} <= set(told)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_tells_capacity_released_and_taken_and_where_troupes_play(towns, lang):
    appraised = tieline.appraise(tieline.read_region(towns))
    page = appraised.report(lang)
    part = page[page.index('id="services-capacity"'):]
    flows = appraised.networks["services"].detail["together"]["flows"].to_frame()
    across = flows[(flows["topic"] == "services.health") & (flows["of"] != flows["residents"])]
    assert len(across)
    for name in across["of"].unique():
        told = f"{across[across['of'] == name]['capacity'].sum():,.4g}"
        assert f">{told}<" in part
    assert ("where touring troupes play" in part.lower()) == (lang == "en")
    rota = appraised.networks["services"].detail["together"]["rota"].to_frame()
    assert set(rota["stage_name"]) <= {"sA", "sC", "A", "C"}
    assert rota["shows_per_yr"].sum() == 3



def test_subjects_without_facilities_are_left_out(towns):
    home = towns / "services"
    home.joinpath("facility.csv").write_text(
        "\n".join(r for r in FACILITIES.splitlines() if not r.startswith(("school", "l"))) + "\n")
    found = tieline.appraise(towns, only=["services"]).networks["services"]
    told = {m.name for m in found.told}
    assert {"health_near", "culture_minutes", "shows"} <= told
    assert not {n for n in told if n.startswith(("school", "library")) or n == "titles"}
    assert set(found.to_frame()["measure"]) == told
    (home / "programme.csv").unlink()
    (home / "facility.csv").write_text(FACILITIES)
    found = tieline.appraise(towns, only=["services"]).networks["services"]
    assert {m.name for m in found.measures} - {m.name for m in found.told} == {"shows"}


def test_how_far_others_facilities_are_is_told(towns):
    """The quickest way across and who is near only by it, against the minutes themselves."""
    from tieline.transit.tally import minutes_to

    data = tieline.read_region(towns)
    network = data.networks["services"]
    case = opened(data, "services.health", "transit")
    (outcome,) = ServicesEngine().evaluate(network, [case], detail=True)
    across = outcome.tables["across"].to_frame().set_index(["residents", "topic"])
    west = across.loc[("west", "services.health")]
    minutes = minutes_to(network.transit, [case], network.facilities.point)[0]
    ids, points = list(network.facilities.ids), network.transit.points
    own, theirs = minutes[:2, ids.index("hB")], minutes[:2, ids.index("hD")]
    assert west["minutes"] == theirs.min()
    assert (west["place"], west["facility"], west["of"]) == (
        points.ids[int(theirs.argmin())], "D", "east")
    gained = points.population[:2][(theirs <= 30.0) & ~(own <= 30.0)].sum()
    assert west["people"] == gained
    # Without cards nobody may use what is across; schools admit the west by themselves.
    (apart,) = ServicesEngine().evaluate(network, [opened(data)], detail=True)
    assert set(zip(apart.tables["across"]["residents"], apart.tables["across"]["topic"],
                   strict=True)) == {("west", "services.school")}


@pytest.mark.parametrize(("lang", "said"), [
    ("en", "How far others' facilities are"), ("zh", "可用的他地设施有多远")])
def test_the_report_tells_how_far_they_are(towns, lang, said):
    page = tieline.appraise(towns).report(lang)
    assert said in page.replace("&#39;", "'").replace("&#x27;", "'")


def test_a_fault_of_the_lines_is_told_once_and_not_again_of_services(towns):
    (towns / "transit" / "demand.csv").write_text("id,from,to\n1,nowhere,D\n")
    (towns / "transit" / "line.csv").write_text("id,fare\nX,dear\n")
    told = list(map(str, check(towns).errors))
    assert told
    assert not [t for t in told if "services/" in t]
    (towns / "services" / "facility.csv").write_text("id,topic,point,capacity\nh,health,B,-1\n")
    told = [t for t in map(str, check(towns).errors) if "services/" in t]
    assert len(told) == 1
    assert "row 2, field 'capacity'" in told[0]
