"""Put one in, take one out, where projects add capacity to links of a model of the user's own.

A reference network may hold capacity that several projects add. Taking a project out of a
reference that does not fully hold it would leave a negative capacity: the user says what then
holds, `zero` (the link is closed) or `break` (an error, the default), as open transmission
appraisals have to choose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from tieline.errors import CaseError

if TYPE_CHECKING:
    from tieline.region.model import FloatArray

Negative = Literal["zero", "break"]


@dataclass(frozen=True)
class Increments:
    """Gain of each project against the reference.

    `method` is "TOOT" for projects of the reference, "PINT" for others; `gain` has shape (p, ...).
    `clipped` lists (project, link) whose capacity would have been negative.
    """

    projects: tuple[str, ...]
    method: tuple[str, ...]
    gain: FloatArray
    clipped: tuple[tuple[str, str], ...]


def increments(
    reference: Mapping[str, float], adds: Mapping[str, Mapping[str, float]],
    inside: Sequence[str], value: Callable[[Mapping[str, float]], FloatArray | float], *,
    negative: Negative = "break",
) -> Increments:
    """PINT of projects outside the reference and TOOT of those inside, positive is better.

    Parameters
    ----------
    reference
        Capacity by link, the projects `inside` included.
    adds
        Project -> link -> capacity it adds.
    value
        What a network of capacities is worth: a number or an array.
    negative
        What holds where taking one out leaves less than nothing: `zero` or `break`.

    Raises
    ------
    CaseError
        If capacity would become negative under `break`, or a name is not known.
    """
    unknown = [p for p in inside if p not in adds]
    if unknown:
        msg = f"projects of the reference that add nothing: {', '.join(unknown)}"
        raise CaseError(msg)
    base = np.asarray(value(dict(reference)), np.float64)
    gains, methods = [], []
    clipped: list[tuple[str, str]] = []
    for project, links in adds.items():
        out = project in inside
        sign = -1.0 if out else 1.0
        changed = dict(reference)
        for link, capacity in links.items():
            left = changed.get(link, 0.0) + sign * capacity
            if left < 0.0:
                if negative == "break":
                    msg = f"taking out '{project}' leaves {left:g} on link '{link}'; say zero to "
                    msg_0 = f"{msg}close it, or mend the reference"
                    raise CaseError(msg_0)
                clipped.append((project, link))
                left = 0.0
            changed[link] = left
        gains.append(sign * (np.asarray(value(changed), np.float64) - base))
        methods.append("TOOT" if out else "PINT")
    return Increments(tuple(adds), tuple(methods), np.array(gains), tuple(clipped))
