"""Where the demonstration lies: in the wheel, or in a checkout of the source."""

from __future__ import annotations

from pathlib import Path

from tieline.errors import NotARegionError
from tieline.region.issues import Issues

PLACES = (
    Path(__file__).parents[1] / "example",
    Path(__file__).parents[3] / "examples" / "demonstration-zone",
)


def example_folder() -> Path:
    """The folder of the demonstration region; NotARegionError if it was not installed."""
    for place in PLACES:
        if (place / "region.toml").is_file():
            return place
    issues = Issues()
    for place in PLACES:
        issues.error(str(place), "the demonstration", "no region.toml")
    raise NotARegionError(issues.errors)


def is_example(folder: Path) -> bool:
    """Whether a folder is the demonstration itself, not a copy somebody works in."""
    return any(folder.resolve() == p.resolve() for p in PLACES if (p / "region.toml").is_file())
