"""One table of a network: ids, columns as arrays, and the projects each row hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """One table: ids, columns, and the project columns as indices (-1 = none)."""

    ids: Array
    columns: Mapping[str, Array]
    project: Array
    unless: Array

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def exist(self, built: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Rule 2 as a mask over the rows; `built` is a mask over the network's projects."""
        has = np.append(built, True)
        lacks = np.append(~built, True)
        return np.asarray(has[self.project] & lacks[self.unless])

    def hash_into(self, h: Any) -> None:
        """Feed every array to a running digest (`hashlib`)."""
        for name, column in (
            ("ids", self.ids), ("project", self.project), ("unless", self.unless),
            *sorted(self.columns.items()),
        ):
            h.update(name.encode())
            if column.dtype == object:
                h.update("\x1f".join(map(str, column)).encode())
            else:
                h.update(np.ascontiguousarray(column).tobytes())
