"""What every study begins with: the region, the network that is asked, what its data rest on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tieline.errors import CaseError
from tieline.region.expect import nearest
from tieline.region.protocol import Responder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieline.region.protocol import Network
    from tieline.region.read import RegionData

DEFAULT_STATUS = "assumption"
"""What a row without a status rests on, as in every schema."""


def read(region: RegionData | str | Path) -> RegionData:
    """The region as read, or read now; InputError with every problem found."""
    if isinstance(region, str | Path):
        from tieline.region.read import read_region

        return read_region(region)
    return region


def refuse_unknown(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    """CaseError, with the nearest name, for the first that is not known."""
    for name in given:
        if name not in known:
            msg = f"{what} '{name}' is not known{nearest(name, known)}; "
            raise CaseError(msg + f"there is: {', '.join(known) or 'none'}")


def responding(data: RegionData, network: str | None) -> str:
    """The network that plans; CaseError if none can, or if several can and none is named."""
    able = [n for n in data.networks if isinstance(data.engines[n], Responder)]
    if network is not None:
        refuse_unknown("network", [network], able)
        return network
    if len(able) != 1:
        msg = f"name the network to respond in; those that can: {', '.join(able) or 'none'}"
        raise CaseError(msg)
    return able[0]


def statuses_of(data: RegionData, name: str, network: Network) -> dict[str, Mapping[str, int]]:
    """What a network's tables rest on, as it says itself or counted from the folder."""
    return dict(getattr(network, "statuses", {}) or counted(data, f"{name}/"))


def counted(data: RegionData, prefix: str) -> dict[str, dict[str, int]]:
    """Table -> status -> rows, of the tables that were read and are named so."""
    tables = data.folder.tables
    counts: dict[str, dict[str, int]] = {}
    for name in sorted(n for n in tables.asked if n.startswith(prefix)):
        raw, _ = tables.raw(name)
        if raw is None:
            continue
        given = raw.columns.get("status") or [""] * len(raw)
        counts[name] = dict(Counter(str(s).strip() or DEFAULT_STATUS for s in given))
    return counts
