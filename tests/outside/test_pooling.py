"""An engine that Tieline has never heard of: found, read, checked and appraised like its own."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pytest
from tieline_pooling.engine import PoolingEngine, pools
from tieline_pooling.network import TOPIC, PoolingNetwork

from tieline.errors import InputError
from tieline.region.issues import Issues
from tieline.region.model import Case
from tieline.region.read import read_region, read_region_folder
from tieline.study import appraise
from tieline.testing import check_engine

COSTS = {"a": 8, "b": 11, "c": 13, "d": 18}
"""Airport problem of Littlechild and Owen 1973; published Shapley shares 2, 3, 4, 9."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Each needs its pieces at a time of its own: a pool pays for its greatest need only."""
    home = tmp_path / "region"
    (home / "pooling").mkdir(parents=True)
    members = "".join(f'[[jurisdiction]]\nid = "{j}"\nname = "Town {j}"\n' for j in COSTS)
    (home / "region.toml").write_text(
        f'name = "Four towns"\ncurrency = "CNY"\nnetworks = ["pooling"]\n{members}',
        encoding="utf-8",
    )
    rows = "".join(f"{j},{j},time {j},{c}\n" for j, c in COSTS.items())
    (home / "pooling" / "need.csv").write_text(f"id,jurisdiction,time,pieces\n{rows}")
    (home / "pooling" / "offer.csv").write_text("id,cost_per_piece_yr\nmarket,1\n")
    return home


def pooling_read(folder: Path) -> PoolingNetwork | None:
    issues = Issues()
    region = read_region_folder(folder, issues)
    assert region is not None
    return PoolingEngine().read(region, issues)


@pytest.mark.usefixtures("installed")
def test_an_installed_engine_is_announced_by_its_entry_point() -> None:
    found = entry_points(group="tieline.engines")["pooling"]
    assert found.load() is PoolingEngine


@pytest.mark.usefixtures("installed")
def test_an_installed_engine_is_appraised_from_a_region_folder(folder: Path) -> None:
    result = appraise(folder)
    split = result.networks["pooling"].splits["jurisdictions", "cost"]
    np.testing.assert_allclose(np.array(list(COSTS.values())) - split.shapley, [2, 3, 4, 9])
    assert split.dividend == sum(COSTS.values()) - max(COSTS.values())


@pytest.mark.usefixtures("installed")
def test_its_problems_are_reported_as_those_of_any_table(folder: Path) -> None:
    (folder / "pooling" / "need.csv").write_text(
        "id,jurisdiction,time,pieces\n1,a,noon,-3\n2,nobody,noon,2\n"
    )
    with pytest.raises(InputError) as caught:
        read_region(folder)
    assert any("row 2" in p and "pieces" in p for p in caught.value.problems)
    assert any("row 3" in p and "nobody" in p for p in caught.value.problems)


def test_it_keeps_every_promise_on_a_folder(folder: Path) -> None:
    issues = Issues()
    region = read_region_folder(folder, issues)
    assert region is not None
    check_engine(PoolingEngine(), region, processes=False)


def test_the_digest_follows_the_content(folder: Path) -> None:
    before = pooling_read(folder)
    (folder / "pooling" / "offer.csv").write_text("id,cost_per_piece_yr\nmarket,2\n")
    after = pooling_read(folder)
    assert before is not None
    assert after is not None
    assert before.digest != after.digest


def test_pools_are_components_of_an_openness_that_is_no_partition() -> None:
    """Open a-b and b-c but not a-c: one pool of three all the same."""
    network = PoolingNetwork(("a", "b", "c", "d"), np.eye(4), ((1.0, "", ""),))
    case = Case(frozenset({(TOPIC, "a", "b"), (TOPIC, "b", "c")}))
    assert pools(network, case) == [[0, 1, 2], [3]]
