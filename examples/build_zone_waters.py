"""Build examples/zone-waters: the waters of the demonstration zone; the same bytes on every run.

python examples/build_zone_waters.py [OUTPUT_FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from zone_waters_build.files import build_files, write_files

HERE = Path(__file__).resolve().parent / "zone-waters"


def main(arguments: list[str]) -> None:
    """Write the region folder, into the given folder or beside this script."""
    write_files(build_files(), Path(arguments[0]) if arguments else HERE)


if __name__ == "__main__":
    main(sys.argv[1:])
