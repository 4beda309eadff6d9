"""A spill on the pages: its plan opens water cases with those it comes to, by who may."""

import re
import shutil
from pathlib import Path

import httpx
import pytest
from serving import serving
from waiting import WAIT_S, settled

from tieline.ledger.begin import begin
from tieline.web.app import create_app
from tieline.web.desk import Desk
from tieline.web.library.keeping import FILE, Library

WATERS = Path(__file__).parents[2] / "examples" / "zone-waters"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spill") / "waters"
    shutil.copytree(WATERS, folder)
    made = Desk(folder, n_workers=1)
    yield made
    made.close()


@pytest.fixture
def client(desk, tmp_path):
    begin(desk.folder, tmp_path / FILE, "the test").close()
    library = Library.at(tmp_path / FILE)
    with serving(create_app(desk, library=library, close=False)) as address, \
            httpx.Client(base_url=address, timeout=WAIT_S, trust_env=False,
                         headers={"origin": address}) as made:
        yield made
    library.close()


def test_the_plan_for_a_spill_opens_cases_with_those_it_comes_to(client):
    page = settled(client, "/respond?incident=drill-2020&lang=en").text
    assert re.search(r"Open a water case with \w+ and \w+", page)
    done = client.post("/respond/cases", data={"incident": "drill-2020"})
    assert done.status_code == 303
    inbox = client.get("/joint-work?lang=en").text
    assert inbox.count("Spill drill-2020: Wujiang to") == 2
    hat = {"hat": "jiashan:editor,river_office", "back": "/joint-work"}
    client.post("/hat", data=hat)
    assert client.post("/respond/cases", data={"incident": "drill-2020"}).status_code == 403
    client.post("/hat", data={"hat": "", "back": "/"})
    assert client.get("/joint-work?lang=en").text.count("Spill drill-2020: Wujiang to") == 2


@pytest.mark.parametrize(("asked", "status"), [
    ({}, 404), ({"incident": "none"}, 422), ({"fault": "reach:taipu-1:mass_kg=0.001"}, 422),
])
def test_what_opens_no_case_is_said(client, asked, status):
    assert client.post("/respond/cases?lang=en", data=asked).status_code == status


def test_without_a_ledger_no_case_is_offered(desk):
    with serving(create_app(desk, close=False)) as address, \
            httpx.Client(base_url=address, timeout=WAIT_S, trust_env=False,
                         headers={"origin": address}) as client:
        assert "Open a water case" not in settled(
            client, "/respond?incident=drill-2020&lang=en").text
        assert client.post("/respond/cases", data={"incident": "drill-2020"}).status_code == 404
