"""A suspended line, a closed stop: who loses what, and which given shuttles and cars help."""

import json
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from lines import two_towns, write_zip

import tieline
from tieline.cli.run import run
from tieline.errors import CaseError, InputError
from tieline.region.model import Event, Incident
from tieline.study import respond
from tieline.transit.respond import search

OFFERS = (
    "id,kind,jurisdiction,at,minutes,headway_min,first,last,vehicles,cost_per_day\n"
    "same,shuttle,east,s0;s1;s2;s3;s4;s5,12.5,30,06:00,20:30,1,300\n"
    "slow,shuttle,east,s0;s5,60,60,06:00,20:00,1,100\n"
    "own,shuttle,west,s0;s1,2,30,06:00,20:00,1,50\n"
    "cars,cars,west,A;C;D,,,,,2,40\n"
)


@pytest.fixture
def towns(tmp_path):
    folder = two_towns(tmp_path / "r")
    (folder / "transit" / "offer.csv").write_text(OFFERS, encoding="utf-8")
    return folder


def told(folder, *faults, **options):
    return respond(folder, faults=faults, **options)


def test_an_asset_of_several_feeds_is_asked_by_feed(towns):
    home = towns / "transit"
    feed = next(p for p in home.iterdir() if p.suffix == ".zip")
    (home / "more.zip").write_bytes(feed.read_bytes())
    (home / "offer.csv").unlink()
    for table in ("assets.csv", "line.csv"):
        (home / table).unlink(missing_ok=True)
    with pytest.raises(CaseError, match="of several feeds: more:X, towns:X"):
        told(towns, "line:X")
    with pytest.raises(CaseError, match="of several feeds: more:s0, towns:s0"):
        told(towns, "s0")


def values(response, stage, state="together"):
    frame = response.table(state, "losses").to_frame()
    return frame.set_index(["jurisdiction", "measure"])[stage]


def test_a_suspended_line_costs_what_removing_it_costs(towns):
    """The same as the scenario file that takes the line away, for a day; but its money is owed
    while it is suspended."""
    (towns / "scenarios.csv").write_text("id,date\nwithout,2019-10-15\n", encoding="utf-8")
    (towns / "transit" / "without.json").write_text(json.dumps(
        {"modifications": [{"type": "remove-trips", "routes": ["X"]}]}), encoding="utf-8")
    data = tieline.read_region(towns)
    engine, network = data.engines["transit"], data.networks["transit"]
    for state in ("apart", "together"):
        case = data.case(state)
        gone = type(case)(case.open, case.built, "without")
        (expected,) = engine.evaluate(network, [gone])
        found = told(data, "X").plans[state].waiting
        per_day = np.array([365.0 if m.unit.endswith("/yr") else 1.0 for m in engine.measures
                            if m.ratio_of is None])
        kept = [m.name != "subsidy" for m in engine.measures if m.ratio_of is None]
        np.testing.assert_allclose(
            (found.values * per_day)[:, kept], expected.values[:, kept], rtol=1e-12)


def test_at_a_closed_stop_nobody_boards_or_alights_and_the_bus_drives_on(towns):
    (towns / "scenarios.csv").write_text("id,date\nwithout,2019-10-15\n", encoding="utf-8")
    (towns / "transit" / "without.json").write_text(json.dumps({"modifications": [
        {"type": "remove-stops", "routes": ["W", "E", "X"], "stops": ["s3"]}]}), encoding="utf-8")
    data = tieline.read_region(towns)
    engine, network = data.engines["transit"], data.networks["transit"]
    case = data.case("together")
    (expected,) = engine.evaluate(network, [type(case)(case.open, case.built, "without")])
    response = told(data, "stop:s3")
    assert response.lost("together", planned=False).sum() > 0.0
    k = [m.name for m in engine.measures].index("reach_30")
    np.testing.assert_allclose(
        response.plans["together"].waiting.values[:, k], expected.values[:, k])


def test_a_shuttle_that_runs_as_the_line_did_leaves_no_loss(towns):
    data = tieline.read_region(towns)
    network = data.networks["transit"]
    same = replace(network.offers[0], ride_s=(150,) * 5)  # the line is as fast on longer rides
    network = replace(network, offers=(same, *network.offers[1:]))
    response = told(replace(data, networks={"transit": network}), "X")
    assert response.lost("together", planned=False).sum() > 0.0
    offers = response.table("together", "offers").to_frame().set_index("offer")
    assert offers["chosen"].to_dict() == {"same": 1, "slow": 0, "own": 0, "cars": 0}
    assert response.lost("together", planned=True).sum() == 0.0
    before, after = values(response, "normal"), values(response, "planned")
    np.testing.assert_allclose(after["east"]["trip_minutes"], before["east"]["trip_minutes"])


def test_across_a_closed_border_nothing_stands_in(towns):
    offers = told(towns, "X").table("apart", "offers").to_frame().set_index("offer")
    assert offers["may_run"].to_dict() == {"same": 0, "slow": 0, "own": 1, "cars": 0}


def test_no_more_is_used_than_there_is_to_spare(towns):
    (towns / "transit" / "spare.csv").write_text(
        "jurisdiction,shuttles,cars\neast,0,0\nwest,1,1\n", encoding="utf-8")
    response = told(towns, "X")
    offers = response.table("together", "offers").to_frame().set_index("offer")
    assert not offers.loc[["same", "slow", "cars"], "chosen"].any()
    assert response.plan.proof == "optimal"


def test_no_choice_within_the_vehicles_loses_less(towns):
    """Every choice again, each by itself."""
    data = tieline.read_region(towns)
    network, engine = data.networks["transit"], data.engines["transit"]
    case = data.case("together")
    from tieline.transit.respond.broken import broken_of

    incident = Incident("x", "transit", datetime(2019, 10, 15), (Event("X", "fault"),))  # noqa: DTZ001 - local
    variant = search.disrupted(network, case, broken_of(network, incident))
    (normal,) = engine.evaluate(network, [case], detail=True)
    ((before, _),) = search.evaluated(network, [case])
    (group,) = search.best(network, variant, case, before)
    assert len(group.tried) == 16
    for chosen, lost in group.tried.items():
        (alone,) = engine.evaluate(
            variant, [search.with_offers(variant, case, chosen)], detail=True)
        assert lost == pytest.approx(by_hand(network, normal, alone)[0])
        assert group.tried[group.best] <= lost + 1e-9


def by_hand(network, before, after):
    """Person-minutes a day lost and gained: each place and each trip by itself."""
    lost = gained = 0.0
    most = network.settings.window.most / 60.0
    for kind, column, weight in (
        ("places", "facility_minutes", network.points.population * network.settings.visits_per_yr),
        ("trips", "minutes", network.demand.trips),
    ):
        old, new = (np.minimum(np.nan_to_num(o.tables[kind][column], nan=most), most)
                    for o in (before, after))
        for a, b, w in zip(old, new, weight, strict=True):
            lost += w * max(b - a, 0.0) / 365.0
            gained += w * max(a - b, 0.0) / 365.0
    return lost, gained


FAST = OFFERS.splitlines()[0] + "\nfast,shuttle,east,s3;s4;s5,1.5,3,06:00,20:30,1,300\n"


def test_a_gain_of_some_is_not_set_against_the_loss_of_others(towns):
    """A quick shuttle within the east brings some of its people more than they had before, while
    others of the same jurisdiction still miss the suspended line."""
    (towns / "transit" / "offer.csv").write_text(FAST, encoding="utf-8")
    data = tieline.read_region(towns)
    engine, network = data.engines["transit"], data.networks["transit"]
    response = told(data, "X")
    case = data.case("together")
    from tieline.transit.respond.broken import broken_of

    incident = Incident("x", "transit", datetime(2019, 10, 15), (Event("X", "fault"),))  # noqa: DTZ001 - local
    variant = search.disrupted(network, case, broken_of(network, incident))
    (before,) = engine.evaluate(network, [case], detail=True)
    (after,) = engine.evaluate(
        variant, [search.with_offers(variant, case, frozenset({0}))], detail=True)
    lost, gained = by_hand(network, before, after)
    assert lost > 0.0
    assert gained > 0.0
    assert response.table("together", "offers")["chosen"].tolist() == [1]
    assert response.lost("together", planned=True).sum() == pytest.approx(lost)
    assert response.gained("together", planned=True).sum() == pytest.approx(gained)
    assert response.plans["together"].objective == pytest.approx(lost)
    trips = response.table("together", "trips").to_frame()
    places = response.table("together", "towns").to_frame()
    assert trips["lost_planned"].sum() + places["lost_planned"].sum() == pytest.approx(lost)
    assert trips["gained_planned"].sum() + places["gained_planned"].sum() == pytest.approx(gained)


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "not counted against it"), ("zh", "不与损失相抵")])
def test_who_gains_by_what_stands_in_is_shown_apart(towns, lang, said, capsys):
    (towns / "transit" / "offer.csv").write_text(FAST, encoding="utf-8")
    assert run(["respond", str(towns), "--fault", "X", "--together", "--lang", lang]) == 0
    assert said in " ".join(capsys.readouterr().out.split())
    response = told(towns, "X")
    east = response.table("together", "losses").to_frame().query("jurisdiction == 'east'")
    net = (east["planned"] - east["normal"])[east["measure"].isin(("trip_minutes",
                                                                   "facility_minutes"))].sum()
    assert net < 0.0  # netted, the east would seem to lose nothing
    assert response.lost("together", planned=True)[1] > 0.0
    assert said in response.report(lang)


def test_too_many_choices_are_added_one_by_one_and_say_so(towns, monkeypatch):
    monkeypatch.setattr(search, "MOST_TRIED", 1)
    plan = told(towns, "X").plan
    assert plan.proof == "heuristic"
    assert any("one by one" in n.text for n in plan.notes)


def test_before_it_begins_and_after_it_ends_lines_run(towns):
    assert told(towns, "X:from=20:00").lost("together", planned=False).sum() == 0.0
    assert told(towns, "X:to=07:00").lost("together", planned=False).sum() == 0.0
    day, week = (told(towns, f"X:days={n}").lost("together", planned=False) for n in (1, 7))
    np.testing.assert_allclose(7 * day, week)


@pytest.mark.parametrize(("fault", "said"), [
    ("Y", "there is no line or stop 'Y'"),
    ("line:s0", "there is no line or stop 's0'"),
    ("X:day=2", "nearest: 'days'"),
    ("X:days=0", "a number above 0"),
    ("X:from=8", "a time as HH:MM"),
    ("X:from=12:00;to=8", "a time as HH:MM"),
    ("X:from=12:00:to=08:00", "'to' must be later than 'from'"),
])
def test_what_is_not_known_is_named(towns, fault, said):
    with pytest.raises(CaseError, match=said.replace("(", r"\(")):
        told(towns, fault)


def test_offers_that_cannot_be_are_refused_with_row_and_field(towns):
    (towns / "transit" / "offer.csv").write_text(
        "id,kind,jurisdiction,at,first,last\n"
        "a,shuttle,east,s0;nowhere,06:00,20:00\n"
        "b,shuttle,east,s0,06:00,20:00\n"
        "c,cars,east,s0;s1,06:00,20:00\n"
        "d,shuttle,east,s0;s1,20:00,06:00\n"
        "e,shuttle,east,s0;s1,early,20:00\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        told(towns, "X")
    text = str(caught.value)
    for row, field in ((2, "at"), (3, "at"), (4, "at"), (5, "last"), (6, "first")):
        assert f"offer.csv, row {row}, field '{field}'" in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_tells_the_plan_and_writes_it(towns, lang, capsys, tmp_path):
    out = tmp_path / lang
    assert run(["respond", str(towns), "--fault", "X", "--lang", lang, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert {"zh": "替补", "en": "what stands in"}[lang] in shown
    page = (out / "plan.html").read_text(encoding="utf-8")
    assert {"zh": "开行 same", "en": "runs same"}[lang] in page
    assert {"losses.csv", "towns.csv", "trips.csv", "offers.csv", "orders-east.html"} <= {
        p.name for p in out.iterdir()}
    record = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert record["states"]["together"]["proof"] == "optimal"


def weekends(folder):
    """Line X runs from Monday to Friday only; 2019-10-15 is a Tuesday, the 19th a Saturday."""
    import zipfile

    path = folder / "transit" / "towns.zip"
    with zipfile.ZipFile(path) as z:
        files = {n: z.read(n).decode() for n in z.namelist()}
    days = files["calendar.txt"].splitlines()
    week = days[1].replace("d,1,1,1,1,1,1,1", "x,1,1,1,1,1,0,0")
    files["calendar.txt"] = "\n".join([*days, week])
    files["trips.txt"] = "\n".join(
        r.replace("X,d,", "X,x,") for r in files["trips.txt"].splitlines())
    write_zip(path, files)


def test_an_incident_has_the_timetable_of_its_own_date(towns):
    weekends(towns)
    data = tieline.read_region(towns)
    for day, runs in (("2019-10-16", True), ("2019-10-19", False), ("2025-10-18", True)):
        start = datetime.fromisoformat(day)
        found = respond(data, Incident("i", "transit", start, (Event("X", "fault"),)))
        lost = found.lost("together", planned=False).sum() > 0.0
        said = [n.text for n in found.plans["together"].notes][-1]
        assert bool(lost) is runs
        # Beyond the feed's calendar the scenario's day stands, and the plan says so.
        assert f"is that of {start.date() if start.year == 2019 else '2019-10-15'}" in said
        assert ("not that of" in said) is (start.year == 2025)
