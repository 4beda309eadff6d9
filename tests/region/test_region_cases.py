"""Which cases a region knows: openness by pair and topic, projects by date, scenarios."""

import pickle
from datetime import date
from types import MappingProxyType

import pytest

from tieline.errors import CaseError
from tieline.region.model import Case, Jurisdiction, Project, Scenario
from tieline.region.region import Region

ALL = ("power", "water.gates")


def project(name, opened):
    """Without NaN, which does not equal itself."""
    return Project(
        name, name.title(), opened=opened, capex=1e6, opex_per_year=0.0, life_years=20.0,
        payers=MappingProxyType({"a": 0.5, "b": 0.5}),
    )


@pytest.fixture
def region():
    return Region(
        name="Three", name_zh="三地",
        jurisdictions=tuple(Jurisdiction(i, i.title()) for i in ("c", "a", "b")),
        projects=(
            project("old", date(2019, 9, 10)),
            project("new", date(2020, 7, 1)),
            project("planned", None),
        ),
        scenarios={
            "base": Scenario("base", date(2020, 12, 31)),
            "then": Scenario("then", date(2019, 12, 31), (("load_factor", 1.1),)),
        },
        networks=("power",), study_date=date(2020, 12, 31),
    )


def test_together_opens_every_pair_for_every_topic(region):
    case = region.case("together", topics=ALL)
    assert case.open == {
        (t, *p) for t in ALL for p in (("a", "b"), ("a", "c"), ("b", "c"))
    }


def test_apart_opens_nothing(region):
    assert region.case("apart", topics=ALL).open == frozenset()


def test_pairs_are_unordered_and_open_for_all_topics_or_the_one_named(region):
    assert region.case([("b", "a")], topics=ALL) == region.case([("a", "b")], topics=ALL)
    assert region.case([("b", "a")], topics=ALL).open == {(t, "a", "b") for t in ALL}
    assert region.case([("power", "c", "b")], topics=ALL).open == {("power", "b", "c")}


def test_every_set_of_borders_is_a_state_of_its_own(region):
    borders = region.pairs("power")
    assert len(borders) == 3
    states = {
        region.case([b for k, b in enumerate(borders) if mask >> k & 1], topics=("power",))
        for mask in range(8)
    }
    assert len(states) == 8


def test_all_pairs_is_together(region):
    assert region.case(region.pairs(), topics=ALL) == region.case(topics=ALL)


def test_a_project_opened_later_does_not_exist(region):
    assert region.built_by(date(2019, 9, 9)) == frozenset()
    assert region.built_by(date(2019, 9, 10)) == {"old"}
    assert region.built_by(date(2030, 1, 1)) == {"old", "new"}
    assert region.built_by(None) == {"old", "new", "planned"}


def test_the_reference_is_what_was_open_by_the_scenarios_date(region):
    assert region.reference() == {"old", "new"}
    assert region.reference("then") == {"old"}
    assert region.case(topics=ALL, scenario="then").built == {"old"}
    assert region.case(topics=ALL, built=["planned"]).built == {"planned"}
    assert region.case(topics=ALL, built=()).built == frozenset()


@pytest.mark.parametrize(("question", "message"), [
    ({"open": [("a", "bb")]}, r"unknown jurisdiction 'bb' \(nearest: 'b'\); known: c, a, b"),
    ({"open": [("powr", "a", "b")]}, r"unknown topic 'powr' \(nearest: 'power'\)"),
    ({"open": [("a", "a")]}, "a link joins two jurisdictions"),
    ({"open": [("a",)]}, r"a link is \(a, b\) or \(topic, a, b\)"),
    ({"open": "ab"}, "unknown openness 'ab'"),
    ({"open": "togehter"}, r"unknown openness 'togehter' \(nearest: 'together'\)"),
    ({"built": ["olt"]}, r"unknown project 'olt' \(nearest: 'old'\)"),
    ({"scenario": "than"}, r"unknown scenario 'than' \(nearest: 'then'\)"),
])
def test_what_is_not_known_is_named_with_the_nearest(region, question, message):
    with pytest.raises(CaseError, match=message):
        region.case(**{"open": "apart", **question}, topics=ALL)


def test_a_region_survives_pickling(region):
    again = pickle.loads(pickle.dumps(region))  # noqa: S301 - our own bytes
    assert again == region
    assert again.case(topics=ALL) == region.case(topics=ALL)
    with pytest.raises(TypeError):
        again.scenarios["x"] = Scenario("x")


def test_a_folder_survives_pickling(towns):
    from tieline.region.issues import Issues

    folder = towns.folder(Issues())
    folder.once("key", lambda: 1)
    again = pickle.loads(pickle.dumps(folder))  # noqa: S301 - our own bytes
    assert again.region == folder.region
    assert again.has("power/bus")
    assert not again.has("power/nothing")


def test_once_makes_once(towns):
    from tieline.region.issues import Issues

    folder, made = towns.folder(Issues()), []
    for _ in range(2):
        assert folder.once("times", lambda: made.append(1) or "made") == "made"
    assert made == [1]


def test_a_case_from_a_folder_counts_its_dates(towns):
    from tieline.region.issues import Issues

    region = towns.folder(Issues()).region
    assert region.reference() == {"tie_north"}
    assert region.reference("before_the_tie") == frozenset()
    assert region.case("apart", topics=("power",), built=()) == Case()
    assert region.scenario("hot_summer").get("load_factor", 1.0) == 1.35
