"""Stops and places that lie off the streets: too far to walk from, or shifted as by GCJ-02."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.messages import counted
from tieline.transit.place import gcj02_of, great_circle_m, in_china
from tieline.transit.streets import LINK_M, link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.region.issues import Issues
    from tieline.transit.patterns import Stations
    from tieline.transit.place import Floats
    from tieline.transit.streets import Streets

FAR_OFF_M = 500.0
FEWEST = 5
"""Stops of a feed from which a shift can be told from chance."""
DIRECTIONS = 8
SURE_M = 10.0


def check_stops_off(ids: Sequence[object], off: Floats, label: str, issues: Issues) -> None:
    """Notes for stops far off any street; an error where none is near one.

    `off` is how far each lies off the streets [m], inf if none is near.
    """
    lost, far = ~np.isfinite(off), np.isfinite(off) & (off > FAR_OFF_M)
    if len(off) and lost.all():
        issues.error(label, f"streets within {LINK_M:.0f} m of some stop",
                     "none: is it the file of another place?")
    elif lost.any():
        n_lost = int(lost.sum())
        issues.note(label, f"{counted(n_lost, 'stop')} farther than {LINK_M:.0f} m from any "
                    f"street, where nobody can walk to, such as '{ids[int(np.argmax(lost))]}'")
    if far.any():
        n_far = int(far.sum())
        issues.note(label, f"{counted(n_far, 'stop')} farther than {FAR_OFF_M:g} m from any "
                    f"street, such as '{ids[int(np.argmax(far))]}'")


def check_places_off(ids: Sequence[object], off: Floats, label: str, issues: Issues) -> None:
    """Notes for places far off any street; an error where none is near one.

    `off` is how far each lies off the streets [m], inf if none is near.
    """
    lost, far = ~np.isfinite(off), np.isfinite(off) & (off > FAR_OFF_M)
    if len(off) and lost.all():
        issues.error(label, f"streets within {LINK_M:.0f} m of some place",
                     "none: is it the file of another place?")
    elif lost.any():
        n_lost = int(lost.sum())
        issues.note(label, f"{counted(n_lost, 'place')} farther than {LINK_M:.0f} m from any "
                    f"street, where nobody can walk to, such as '{ids[int(np.argmax(lost))]}'")
    if far.any():
        n_far = int(far.sum())
        issues.note(label, f"{counted(n_far, 'place')} farther than {FAR_OFF_M:g} m from any "
                    f"street, such as '{ids[int(np.argmax(far))]}'")


def check_shift(streets: Streets, stations: Stations, issues: Issues) -> None:
    """Note each feed whose stops lie on the streets only once the shift of GCJ-02 is undone."""
    feed = np.array([str(x).partition(":")[0] for x in stations.ids], dtype=object)
    for name in sorted(set(feed)):
        mine = feed == name
        lon, lat = stations.lon[mine], stations.lat[mine]
        if len(lon) < FEWEST or not in_china(lon, lat).all():
            continue
        shift = _shifted(streets, lon, lat)
        if shift > 0.0:
            issues.note(
                f"transit/{name}/stops.txt",
                f"the stops lie {shift:.0f} m off the streets as GCJ-02 would put them: "
                "are they in GCJ-02 where WGS 84 is expected?")


def _shifted(streets: Streets, lon: Floats, lat: Floats) -> float:
    """How far GCJ-02 puts these stops off [m] if they seem to be so shifted; else 0.

    They are if undoing the shift brings them to the streets, and as given they lie no nearer than
    by a shift of that length in any direction, or are clearly off.
    """
    east, north = gcj02_of(lon, lat)
    dx, dy = east - lon, north - lat

    def off(x: Floats, y: Floats) -> float:
        found = link(streets, x, y)
        return float(np.median(np.where(found.edge >= 0, found.off, LINK_M)))

    given, undone = off(lon, lat), off(lon - dx, lat - dy)
    wide, narrow = np.cos(np.radians(lat)), np.hypot(dx * np.cos(np.radians(lat)), dy)
    turns = 2.0 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    chance = float(np.median([
        off(lon + narrow * np.cos(t) / wide, lat + narrow * np.sin(t)) for t in turns]))
    likely = given > 0.6 * chance and undone < 0.5 * chance and undone < 0.5 * given
    clearly = given - undone > SURE_M and undone < given / 4.0
    return float(np.median(great_circle_m(lon, lat, east, north))) if likely or clearly else 0.0
