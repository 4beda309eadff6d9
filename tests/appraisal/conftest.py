"""The outside engine of tests/outside serves as a small network here."""

from __future__ import annotations

import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "outside" / "pooling"
if str(PACKAGE) not in sys.path:
    sys.path.insert(0, str(PACKAGE))


