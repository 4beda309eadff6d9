"""What an incident hits must stand in the grid."""

import hand
import pytest

import tieline

HEAD = "id,network,start,asset,kind\n"


def said(tmp_path, *assets, network="power"):
    rows = "".join(f"storm,{network},2026-06-30 08:00,{a},fault\n" for a in assets)
    issues = tieline.check(hand.write(tmp_path / "r", region={"incidents": HEAD + rows}))
    return [str(e) for e in issues.errors]


@pytest.mark.parametrize("asset", ["a01", "sa1", "tie", "ga", "b1", "ca2", "branch:a12"])
def test_whatever_stands_in_the_grid_may_be_hit(tmp_path, asset):
    assert said(tmp_path, asset) == []


@pytest.mark.parametrize(("asset", "found"), [
    ("a001", "'a001' (nearest: 'a01')"),
    ("switch:a01", "'switch:a01'"),
    ("somewhere", "'somewhere'"),
])
def test_an_unknown_asset_is_an_error_that_names_the_nearest(tmp_path, asset, found):
    assert said(tmp_path, "a12", asset) == [
        f"incidents.csv, row 3, field 'asset': expected an asset of the grid, found {found}"
    ]


def test_incidents_of_networks_that_are_not_read_are_left_alone(tmp_path):
    assert said(tmp_path, "gate-7", network="water") == [
        "incidents.csv, row 2, field 'network': expected a network of region.toml, found 'water'"
    ]
