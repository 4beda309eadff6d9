"""Build examples/demonstration-zone from its own input tables; the same bytes on every run.

python examples/build_demonstration_zone.py [OUTPUT_FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from demonstration_zone_build.zone import build_files, write_files

HERE = Path(__file__).resolve().parent / "demonstration-zone"


def main(arguments: list[str]) -> None:
    """Write the region folder, into the given folder or beside the inputs."""
    target = Path(arguments[0]) if arguments else HERE
    write_files(build_files(HERE / "inputs"), target)


if __name__ == "__main__":
    main(sys.argv[1:])
