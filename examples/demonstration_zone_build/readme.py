"""The README of the region folder, its counts taken from what was built."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from demonstration_zone_build.inputs import scale

if TYPE_CHECKING:
    from demonstration_zone_build.grid import Grid
    from demonstration_zone_build.inputs import Inputs


def readme(template: Path, grid: Grid, inputs: Inputs, *, n_feeders: int, n_rigid: int) -> str:
    """The template's Chinese and English text with the counts of this build."""
    classes = Counter(row["class"] for row in grid.load)
    n_ties = sum(row["kind"] == "tie" and not row.get("project") for row in grid.switch)
    return template.read_text(encoding="utf-8").format(
        towns=len(inputs.towns),
        substations=len(grid.source),
        feeders=n_feeders,
        public=classes["public"],
        dedicated=classes["dedicated"],
        ties=n_ties,
        rigid=n_rigid,
        anchored=len(inputs.anchors),
        **scale(inputs),
    )
