"""Crews lent, classes of customers, who waits and who pays: told to the people concerned."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from hand_plan import BACK_S, REPAIR_S, plan, response, table

from tieline.appraisal.plans import step_record
from tieline.cli.run import run
from tieline.publish.respond.curve import _areas
from tieline.publish.respond.head import headline
from tieline.publish.respond.maps import _centre
from tieline.publish.respond.orders import calls, lent_steps, ordered, render_orders
from tieline.publish.respond.page import render
from tieline.publish.respond.voice import Face
from tieline.publish.shell import words_of as words_in


def shown(text):
    tree = ET.fromstring(text.removeprefix("<!DOCTYPE html>\n"))
    return " ".join(" ".join(tree.find("body").itertext()).split())


def with_plan(made, r=None):
    r = r or response()
    object.__setattr__(r, "plans", {**r.plans, "together": made})
    return r


def lending():
    """The plan by hand, in which the crew that opens Q2 is east's and named."""
    made = plan()
    steps = tuple(
        replace(s, actor="crew e1", crew="e1", home="east")
        if s.asset == "Q2" and s.phase == "isolate" else replace(s, agrees=())
        for s in made.steps if s.jurisdiction != "east"
    )
    return with_plan(replace(made, steps=steps))


def test_who_lends_a_crew_has_a_sheet_with_its_jobs_and_a_call():
    r = lending()
    assert ordered(r) == ("west", "east")
    assert [n for n, _ in lent_steps(r, "east")] == [2, 3]
    assert lent_steps(r, "west") == []
    assert [(c.kind, c.number, c.partner) for c in calls(r, "east")] == [("lend", 2, "west")]
    assert ("borrow", 2, "east") in [(c.kind, c.number, c.partner) for c in calls(r, "west")]
    en, zh = (shown(render_orders(r, lang, "east")) for lang in ("en", "zh"))
    for said in ("crews lent for 2 steps", "go to Q2", "open Q2", "crew e1", "Ordered by"):
        assert said in en
    assert "answer the calls" not in en
    for said in ("出借班组", "前往 Q2", "指挥方"):
        assert said in zh
    assert "East lends crew e1" in shown(render_orders(r, "en", "west"))
    assert "East lends crew e1" in shown(render(r, "en"))
    assert step_record(2, r.plan.steps[1])["crew_of"] == "east"


def test_a_missing_number_on_a_sheet_may_be_an_agreement():
    said = shown(render_orders(response(), "en", "west"))
    assert "missing one is an agreement" in said
    assert "missing ones are other" not in said


def classed():
    """Four of the five that are switched back are public, and the one that waits."""
    made = plan()
    rows = [(f"u{k}", "W2" if k < 5 else "W1", "west", "dedicated" if k == 4 else "public", 1.0,
             s / 3600.0, s, how) for k, (s, how) in enumerate([(BACK_S, "border")] * 5
                                                               + [(REPAIR_S, "repair")])]
    loads = table("loads", "id bus jurisdiction class customers out_h back_s how", rows)
    return with_plan(replace(made, tables={**made.tables, "loads": loads}))


def test_public_and_dedicated_customers_are_counted_from_the_data():
    r = classed()
    assert r.classes("together") == {"public": (5.0, 4.0), "dedicated": (1.0, 1.0)}
    en, zh = (headline(Face(r, words_in(lang)))[0] for lang in ("en", "zh"))
    assert "5 public and 1 dedicated; back by switching: 4 public and 1 dedicated" in en
    assert "公变 5 户" in zh
    assert "专变 1 户" in zh
    page = shown(render(r, "en"))
    assert "Customers by class" in page
    assert r.classes("apart") == {}


def test_who_waits_for_the_repair_is_listed_on_the_page():
    page = shown(render(classed(), "en"))
    assert re.search(r"Who waits for the repair .* W1 West public 1 10 h", page)
    assert "Who waits" not in shown(render(response(), "en"))


def test_customers_out_longer_than_by_waiting_stand_in_the_headline():
    r = response()
    assert r.longer("together") == (0.0, 0.0)
    loads = r.plan.tables["loads"]
    later = np.array([*loads["out_h"][:-1], REPAIR_S / 3600.0 + 0.5], dtype=float)
    made = replace(r.plan, tables={**r.plan.tables, "loads": type(loads)(
        "loads", {**loads.columns, "out_h": later})})
    r = with_plan(made, r)
    assert r.longer("together") == (1.0, pytest.approx(1800.0))
    assert "1 customer is out longer than by waiting, by up to 30 min" in " ".join(
        headline(Face(r, words_in("en"))))


def test_who_is_worse_off_than_apart_is_named_in_the_headline():
    r = response()
    said = " ".join(headline(Face(r, words_in("en"))))
    assert "Worse off" not in said
    at = [m.name for m in r.measures].index("customer_hours")
    values = r.plan.outcome.values.copy()
    values[1, at] = 7.0
    r = with_plan(replace(r.plan, outcome=replace(r.plan.outcome, values=values)), r)
    assert "Worse off than if each acted apart: East (0 to 7 customer-hours)" in " ".join(
        headline(Face(r, words_in("en"))))
    assert "较各自行动更差" in " ".join(headline(Face(r, words_in("zh"))))


def test_the_page_says_that_crews_are_pooled_too():
    assert "crews switch and repair across borders" in shown(render(response(), "en"))
    assert "班组也可跨界" in shown(render(response(), "zh"))


def test_the_area_spared_and_the_area_lost_again_are_told_apart():
    """Six out; five back at 1 h, all lost again from 3 to 4 h, where waiting ends at 3 h."""
    t = np.array([0.0, 3600.0, 10800.0, 14400.0])
    spared, lost = _areas(np.array([0.0, 10800.0]), np.array([6.0, 0.0]), t,
                          np.array([6.0, 1.0, 5.0, 0.0]))
    assert (spared, lost) == pytest.approx((10.0, 5.0))
    page = render(response(), "en")
    assert "is lost again" in page
    assert 'class="lost-area"' in page


def test_a_map_never_shows_white_where_the_grid_could_stand():
    grid = {"buses": table("buses", "x y", [(float(x), 0.0) for x in range(11)])}
    assert _centre(grid, np.array([9.0, 10.0]), 3.0, "x") == pytest.approx(7.6)
    assert _centre(grid, np.array([0.0, 1.0]), 3.0, "x") == pytest.approx(2.4)
    assert _centre(grid, np.array([4.0, 5.0]), 3.0, "x") == 4.5
    assert _centre(grid, np.array([9.0, 10.0]), 8.0, "x") == 5.0


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    import tieline

    folder = tmp_path_factory.mktemp("towns") / "towns"
    tieline.new_region(folder)
    return folder


@pytest.mark.parametrize("command", [
    ["storm", "{towns}", "--wind", "40", "--samples", "2", "--keep", "{other}"],
])
def test_a_file_that_keeps_no_samples_is_named_and_left_alone(command, towns, tmp_path, capsys):
    other = tmp_path / "README.md"
    other.write_text("# not a file of samples\n" * 50, encoding="utf-8")
    before = other.read_bytes()
    filled = [c.format(towns=towns, other=other) for c in command]
    assert run([*filled, "--lang", "en"]) == 1
    said = capsys.readouterr().err
    assert "README.md: expected a file of kept results" in said
    assert "Traceback" not in said
    assert other.read_bytes() == before


def test_a_scenario_beside_an_incident_is_refused(towns, capsys):
    asked = ["respond", str(towns), "--incident", "storm-1", "--scenario", "hot_summer"]
    assert run([*asked, "--lang", "en"]) == 1
    assert "scenario 'hot_summer' is for faults" in capsys.readouterr().err
    assert run([*asked, "--lang", "zh"]) == 1
    assert "仅用于故障" in capsys.readouterr().err


def test_the_terminal_names_units_in_chinese(towns, capsys):
    assert run(["respond", str(towns), "--incident", "storm-1", "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    assert "兆伏安时" in said
    assert "MVA h" not in said


@pytest.fixture(scope="module")
def storm(towns, tmp_path_factory):
    """Storms over the two towns, with crews of both."""
    import shutil

    import tieline

    folder = tmp_path_factory.mktemp("manned") / "towns"
    shutil.copytree(towns, folder)
    (folder / "power" / "crew.csv").write_text(
        "id,jurisdiction,work\nw1,westtown,both\ne1,easttown,both\n", encoding="utf-8")
    return tieline.storm(folder, 45.0, n_samples=3)


def test_a_storm_says_that_crews_are_pooled_where_there_are_crews(storm, towns):
    from tieline.publish.storm.page import StormFace
    from tieline.publish.storm.page import headline as told

    for lang, said in (("en", "crews too switch and repair"), ("zh", "班组也跨界操作")):
        assert said in " ".join(told(StormFace(storm, words_in(lang))))
        bare = replace(storm, statuses={
            k: v for k, v in storm.statuses.items() if k != "power/crew"})
        assert said not in " ".join(told(StormFace(bare, words_in(lang))))


def test_a_gap_of_rounding_is_no_gap_of_a_storm_and_a_share_stays_on_one_line(storm):
    from tieline.publish.storm.page import render as page

    exact = replace(storm, gaps=np.full_like(storm.gaps, 3e-8))
    apart = replace(storm, gaps=np.full_like(storm.gaps, 0.5))
    assert shown(page(exact, "en")) == shown(page(replace(storm, gaps=storm.gaps * 0.0), "en"))
    assert shown(page(exact, "en")) != shown(page(apart, "en"))
    assert not re.search(r"\d %", page(storm, "en").split("</header>")[0])
