"""`import tieline` is quick and gives the public names when they are asked for."""

import subprocess
import sys

import pytest

import tieline


def test_import_loads_nothing_heavy():
    heavy = "{'numpy', 'pandas', 'numba', 'scipy', 'pyarrow', 'openpyxl'}"
    script = f"import sys, tieline; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_public_names_are_there():
    for name in set(tieline.__all__) - {"Appraisal", "appraise"}:
        assert getattr(tieline, name) is not None
    assert dir(tieline) == sorted(tieline.__all__)


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = tieline.nothing
