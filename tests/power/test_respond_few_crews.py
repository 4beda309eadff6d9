"""Plans where crews are few: never worse than simpler ones, with a gap that is stated."""

from pathlib import Path

import pytest
from incidents import incident

import tieline

EXAMPLE = Path(__file__).parents[2] / "examples" / "demonstration-zone"


@pytest.fixture(scope="module")
def example():
    data = tieline.read_region(EXAMPLE)
    return data.engines["power"], data.networks["power"], data.region


def test_a_lost_source_is_answered_by_remote_control_where_crews_would_come_too_late(example):
    engine, network, region = example
    case = region.case("together", topics=("power",), built=region.reference())
    plan = engine.respond(network, case, incident("syn-qingpu-S14-source"))
    hours = plan.outcome.values[:, 2].sum()
    assert hours < 0.9 * plan.waiting.values[:, 2].sum()
    assert plan.bound <= plan.objective
    assert plan.proof == "gap"
    assert not any("no crew that may come" in str(r) for r in plan.tables["refused"]["reason"])


def test_together_is_never_worse_than_apart(example):
    engine, network, region = example
    lost = incident("syn-wujiang-S03-source")
    together, apart = (
        engine.respond(network, region.case(o, topics=("power",), built=region.reference()), lost)
        for o in ("together", "apart")
    )
    assert together.objective <= apart.objective + 1e-6
