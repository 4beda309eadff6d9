"""What every file of the house keeps to."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MAX_LINES = 400
TEXTS = {".py", ".md", ".toml", ".csv", ".cfg", ".yml", ".html", ".json", ".geojson", ".css", ""}
SKIPPED = {".git", ".venv", "__pycache__", "_build", "generated", "tieline-demo-report"}

# Paths of somebody's machine, and hosts that packages come from: built here in pieces so that this
# file does not hold them.
FORBIDDEN = re.compile("|".join((
    r"(?<![\w.])/" + r"(?:root|work|Users|home)/", r"[A-Z]:\\\\" + "Users",
    "pypi" + r"\.org", "files\\.python" + "hosted", "index" + "-url", "find" + "-links",
)))


def kept_files() -> list[Path]:
    """Every text file of the project that is kept."""
    found = []
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        hidden = any(p.startswith(".") and p not in {".ci", ".gitignore"} for p in parts)
        if path.is_file() and not hidden and not SKIPPED & set(parts) and path.suffix in TEXTS:
            found.append(path)
    return sorted(found)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT / "src")))
def test_a_module_fits_in_the_head(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_no_file_names_a_machine_or_a_package_host():
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in kept_files()
        for match in FORBIDDEN.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found


def test_every_file_is_text_in_utf_8():
    for path in kept_files():
        if "gb18030" not in path.name:
            path.read_bytes().decode("utf-8")


def test_every_exception_to_a_rule_has_its_reason():
    bare = [
        f"{path.relative_to(ROOT)}:{n}"
        for path in [*SOURCES, *(ROOT / "tests").rglob("*.py")]
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"#\s*noqa(?::\s*[A-Z0-9, ]+)?\s*$", line)
    ]
    assert not bare


def test_the_changelog_names_this_version():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    version = settings["project"]["version"]
    assert f"\n## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_who_may_import_whom():
    program = shutil.which("lint-imports") or str(ROOT / ".venv" / "bin" / "lint-imports")
    if not Path(program).exists():
        pytest.skip("import-linter is not installed")
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_checks_of_ci_are_those_that_anybody_can_make():
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK) or sys.platform == "win32"
    assert re.findall(r"^make --no-print-directory ([a-z]+)$", text, re.MULTILINE) == [
        "lint", "docs", "demo", "test",
    ]
