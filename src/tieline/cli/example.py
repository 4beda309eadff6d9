"""Where the demonstration lies: in the wheel, or in a checkout of the source."""

from __future__ import annotations

from pathlib import Path

from tieline.errors import NotARegionError

PLACES = (
    Path(__file__).parents[1] / "example",
    Path(__file__).parents[3] / "examples" / "demonstration-zone",
)


def example_folder() -> Path:
    """The folder of the demonstration region; NotARegionError if it was not installed."""
    for place in PLACES:
        if (place / "region.toml").is_file():
            return place
    raise NotARegionError([f"{place}: expected the demonstration, found no region.toml"
                           for place in PLACES])
