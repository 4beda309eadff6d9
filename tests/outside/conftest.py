"""The outside engine, installed as pip would leave it: on the path, with its entry point."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent / "pooling"
if str(PACKAGE) not in sys.path:
    sys.path.insert(0, str(PACKAGE))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site folder with the engine's .dist-info, on the path for this test only."""
    site = tmp_path / "site"
    info = site / "tieline_pooling-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tieline-pooling\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text(
        "[tieline.engines]\npooling = tieline_pooling.engine:PoolingEngine\n"
    )
    monkeypatch.syspath_prepend(str(site))
    return site
