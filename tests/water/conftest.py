"""Waters that several tests share."""

import sys
from pathlib import Path

import pytest

from tieline.water.flow import simulate
from tieline.water.read import open_waters

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def loop():
    """The tidal loop network as shipped."""
    return open_waters(ROOT / "examples" / "tidal-loop")


@pytest.fixture(scope="session")
def loop_flow(loop):
    """Two days of it after one of warm-up: tides, gates and reversals."""
    return simulate(loop, days=2.0, warmup_days=1.0)


@pytest.fixture(scope="session")
def make_loop(tmp_path_factory):
    """Tidal loops of other sizes."""
    sys.path.insert(0, str(ROOT))
    from bench.tidal_loop import tidal_loop, write

    def make(**size):
        folder = tmp_path_factory.mktemp("loop")
        write(folder, tidal_loop(**size))
        return open_waters(folder)

    yield make
    sys.path.remove(str(ROOT))
