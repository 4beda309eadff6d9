"""What the package shows to those who import it."""

import importlib
import json
import pkgutil
import subprocess
import sys

import pytest

import tieline

MODULES = [m.name for m in pkgutil.walk_packages(tieline.__path__, "tieline.")
           if m.name != "tieline.__main__"]


@pytest.mark.parametrize("name", ["tieline", *MODULES])
def test_what_a_module_exports_is_there(name):
    module = importlib.import_module(name)
    for export in getattr(module, "__all__", ()):
        assert getattr(module, export) is not None


def test_the_package_exports_what_the_documents_use():
    assert {"read_region", "check", "appraise", "InputError", "__version__"} <= set(tieline.__all__)
    assert set(tieline.__all__) <= set(dir(tieline))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError):
        tieline.no_such_thing  # noqa: B018 - looking it up is the test


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, json, tieline; print(json.dumps(sorted(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert not {"numpy", "pandas", "numba", "scipy", "pyarrow", "click"} & set(json.loads(loaded))


def test_help_loads_nothing_heavy():
    code = (
        "import sys, json\nfrom tieline.cli.run import run\n"
        "code = run(['appraise', '--help'])\n"
        "print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    exit_code, loaded = json.loads(done.stderr.splitlines()[-1])
    assert exit_code == 0
    assert not {"numpy", "pandas", "numba", "scipy", "pyarrow"} & set(loaded)
