"""Waters and lines on the region's page: maps and tables of their own for each choice."""

from dataclasses import replace
from pathlib import Path

import pytest

from tieline.web.tasks import Shop

EXAMPLES = Path(__file__).parents[2] / "examples"


def quiet(done, total):
    """Progress that nobody looks at."""


@pytest.fixture(scope="module")
def waters():
    return Shop(EXAMPLES / "zone-waters")


@pytest.fixture(scope="module")
def lines():
    return Shop(EXAMPLES / "demonstration-lines")


def without(case, topic):
    """The case with all borders of a topic closed."""
    return replace(case, open=frozenset(x for x in case.open if x[0] != topic))


def test_a_warm_engine_stays_warm_for_its_network(waters):
    for shop in (waters, Shop(EXAMPLES / "demonstration-zone")):
        for name, engine in shop.data.engines.items():
            assert engine.warm(shop.data.networks[name]) is engine


@pytest.mark.parametrize(("lang", "chosen", "heat"), [
    ("zh", "此情形", "全年达标的断面"), ("en", "as chosen", "section within target all year"),
])
def test_the_map_of_waters_follows_the_borders(waters, lang, chosen, heat):
    case = waters.data.case("together")
    asked = [case, without(case, "water.cleaning"), without(case, "water.quality")]
    maps = [waters.task_chart(c, "chosen", lang, progress=quiet) for c in asked]
    assert len(set(maps)) == 3
    assert heat in maps[0]
    assert chosen in maps[0]
    assert waters.task_chart(case, "apart", lang, progress=quiet) not in maps


def test_the_page_of_waters_shows_sources_routes_and_spills_as_chosen(waters):
    found = waters.task_situation(waters.data.case("together"), progress=quiet)["chapters"]
    for text in ("What each source brings to each section", "Routes, as chosen",
                 "Intake hours lost in each spill"):
        assert text in found["en"]
    assert "路线，此情形" in found["zh"]


def test_the_map_of_lines_follows_the_borders(lines):
    case = lines.data.case("together")
    topics = {x[0] for x in case.open}
    maps = {t: lines.task_chart(without(case, t), "chosen", "en", progress=quiet) for t in topics}
    whole = lines.task_chart(case, "chosen", "en", progress=quiet)
    assert any(m != whole for m in maps.values())
    assert "as chosen" in lines.task_situation(case, progress=quiet)["chapters"]["en"]
