"""A folder without a ledger: every place is in the navigation and says how to begin."""

import html
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from serving import serving

from tieline.cli.example import example_folder, is_example
from tieline.web.app import create_app

PLACES = ("/projects", "/projects/gantt", "/supervision", "/joint-work", "/joint-work/new",
          "/bulletins")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def fresh(bare):
    with httpx.Client(base_url=bare, timeout=600, trust_env=False) as made:
        yield made


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_place_is_in_the_navigation_and_says_how_to_begin(fresh, towns, lang):
    for address in PLACES:
        page = fresh.get(address, params={"lang": lang})
        assert page.status_code == 200
        for place in ("/joint-work", "/projects", "/bulletins", "/source"):
            assert f'<a href="{place}"' in page.text
        commands = html.unescape(" ".join(re.findall("<code>(.*?)</code>", page.text)))
        assert f"tieline ledger init {shlex.quote(str(towns))} tieline serve" in commands


def test_pages_of_single_records_are_not_there_but_say_how_to_begin(fresh):
    for address in ("/projects/p0", "/joint-work/case-1", "/bulletins/first"):
        page = fresh.get(address)
        assert page.status_code == 404
        assert "tieline ledger init" in page.text
    assert fresh.get("/projectsx").status_code == 404


def test_a_region_that_was_built_from_no_source_says_so(fresh):
    page = fresh.get("/source?lang=en")
    assert page.status_code == 200
    assert "inventory.csv" in page.text
    assert "tieline ledger init" not in page.text


def test_visitors_from_elsewhere_are_not_told_where_the_folder_lies(desk, accounts, towns):
    with serving(create_app(desk, accounts=accounts, close=False)) as address, \
            httpx.Client(base_url=address, timeout=600, trust_env=False,
                         headers={"origin": address}) as client:
        client.post("/login", data={"name": "looker", "password": "a long enough secret"})
        page = client.get("/projects?lang=en").text
    assert f"tieline ledger init {towns.name}" in page
    assert str(towns.parent) not in page


def test_what_a_page_tells_to_type_makes_the_ledger(fresh, towns, tmp_path):
    shutil.copytree(towns, tmp_path / "my towns")
    line = re.search("<code>(tieline ledger init.*?)</code>", fresh.get("/projects").text)[1]
    words = [str(tmp_path / "my towns") if w == str(towns) else w
             for w in shlex.split(html.unescape(line))]
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True,
                          check=False, timeout=120, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "my towns" / "ledger.sqlite").is_file()


def test_the_demonstration_is_known_by_its_place_not_by_its_look(tmp_path):
    assert is_example(example_folder())
    assert is_example(Path(os.path.relpath(ROOT / "examples" / "demonstration-zone")))
    shutil.copy(example_folder() / "region.toml", tmp_path)
    assert not is_example(tmp_path)
