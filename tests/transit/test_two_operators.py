"""Porto Alegre as a region folder: two operators, cut in half; what lines across are worth."""

from pathlib import Path

import numpy as np
import pytest
from real import needs_shared

import tieline

DOCS = Path(__file__).parents[2] / "docs"
pytestmark = needs_shared


@pytest.fixture(scope="module")
def page():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS))
        import real_city

        yield real_city


@pytest.fixture(scope="module")
def data(page, tmp_path_factory):
    """One of twenty-five cells as places."""
    return tieline.read_region(page.write_region(tmp_path_factory.mktemp("poa") / "poa", 25))


def test_both_operators_lines_are_there_with_ids_of_their_own(data):
    lines = data.networks["transit"].lines
    feeds = [k.partition(":")[0] for k in lines]
    assert (feeds.count("poa_eptc"), feeds.count("poa_trensurb")) == (115, 2)
    assert len({x.agency for x in lines.values()}) == 2


def test_together_nobody_reaches_fewer_jobs_and_some_reach_more(data):
    engine, network = data.engines["transit"], data.networks["transit"]
    apart, together = engine.evaluate(network, [data.case("apart"), data.case("together")])
    names = [m.name for m in engine.measures if m.ratio_of is None]
    for m in ("reach_15", "reach_30", "reach_45", "reach_60"):
        k = names.index(m)
        assert (together.values[:, k] >= apart.values[:, k]).all()
    assert (together.values[:, k] > apart.values[:, k]).all()


def test_a_line_across_never_harms_and_gives_at_most_what_all_give(page, data):
    """Put in alone and taken out, of every line across; as in the documentation, fewer cells."""
    found, apart, together = page.worths(data, 5)
    assert len(found) == 65
    gain = together - apart
    worths = np.array(list(found.values()))
    assert gain > 0.0
    assert (worths >= -1e-9).all()
    assert (worths <= gain + 1e-6).all()
    assert worths[:, 1].sum() < gain  # substitutes hide each other when taken out


def test_a_lines_project_taken_out_by_the_engine_is_the_line_not_running(data):
    """Rule 2 and the mask agree: the engine's case without a project, and the line removed."""
    engine, network = data.engines["transit"], data.networks["transit"]
    whole = data.case("together")
    line = "poa_eptc:T4"
    case = type(whole)(whole.open, whole.built - {"poa_eptc-T4"}, "base")
    day = network.days["base"][0]
    allowed = day.allowed(case, "transit", network.jurisdictions, network.line_projects)
    assert not any(allowed[k] for k, p in enumerate(day.pieces)
                   if day.patterns[p.pattern].line == line)
    without, with_it = engine.evaluate(network, [case, whole])
    k = [m.name for m in engine.measures].index("reach_60")
    assert (without.values[:, k] <= with_it.values[:, k]).all()
