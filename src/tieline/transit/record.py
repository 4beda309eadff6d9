"""Records whose derived values stay out of what is pickled."""

from __future__ import annotations

from dataclasses import fields
from typing import Any


class Record:
    """A frozen dataclass that pickles its fields alone, not what was derived from them since."""

    def __getstate__(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
