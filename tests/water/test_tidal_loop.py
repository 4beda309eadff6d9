"""The tidal loop network as shipped, and the page on SWMM's mass."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_example_is_what_its_script_writes(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    from bench.tidal_loop import tidal_loop, write

    write(tmp_path, tidal_loop())
    here = ROOT / "examples" / "tidal-loop"
    files = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    shipped = (p.relative_to(here) for p in here.rglob("*") if p.is_file())
    assert files == sorted(p for p in shipped if p.name != "README.md")
    for file in files:
        assert (tmp_path / file).read_bytes() == (here / file).read_bytes(), file


def test_every_row_of_the_example_says_that_it_is_synthetic(loop):
    assert {name for counts in loop.statuses.values() for name in counts} == {"synthetic"}
    assert "synthetic" in loop.sources["name"][0]


def test_swmm_makes_mass_in_a_tidal_creek(tmp_path, monkeypatch):
    pytest.importorskip("swmm.toolkit", reason="swmm-toolkit is not installed")
    monkeypatch.syspath_prepend(ROOT / "docs")
    page = importlib.import_module("swmm_mass")
    still = page.compare("still", page.creek(tmp_path / "still", 0.0), 5.0, ("k2", "k5"), 30.0)
    tidal = page.compare("tidal", page.creek(tmp_path / "tidal", 1.0), 5.0, ("k2", "k5"), 30.0)
    assert abs(still.swmm_quality) < 1.0
    assert abs(tidal.swmm_quality) > 50.0
    assert max(abs(still.swmm_flow), abs(tidal.swmm_flow)) < 1.0
    for row in (still, tidal):
        assert max(row.ours_flow, row.ours_quality) < 1e-12
    assert "| still |" in page.table([still, tidal])
