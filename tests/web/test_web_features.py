"""OGC API - Features: paging, boxes, days; and GDAL reads it."""

import json
import shutil
import subprocess

import pytest

from tieline.region.region import Region
from tieline.web.features import sources

ROOT = "/api/v1/ogc"


def every(client, address):
    """All features, page by page."""
    found = []
    while address:
        page = client.get(address).json()
        found += page["features"]
        address = next((k["href"] for k in page["links"] if k["rel"] == "next"), None)
    return found


def test_the_landing_page_leads_to_every_collection(client):
    landing = client.get(ROOT).json()
    links = {k["rel"]: k["href"] for k in landing["links"]}
    conforms = client.get(links["conformance"]).json()["conformsTo"]
    assert any(c.endswith("/core") for c in conforms)
    found = {c["id"] for c in client.get(links["data"]).json()["collections"]}
    assert found >= {"power-branches", "power-sources", "project", "boundary_water", "case",
                     "platform"}
    for name in found:
        assert client.get(f"{ROOT}/collections/{name}").status_code == 200
        items = client.get(f"{ROOT}/collections/{name}/items")
        assert items.headers["content-type"] == "application/geo+json"


def test_pages_hold_every_feature_once(client):
    address = f"{ROOT}/collections/project/items?limit=7"
    found = every(client, address)
    ids = [f["id"] for f in found]
    assert len(ids) == len(set(ids)) == 60
    assert client.get(address).json()["numberMatched"] == 60


def test_a_box_and_a_day_narrow_what_is_given(client):
    inside = client.get(f"{ROOT}/collections/project/items?bbox=9.5,0,12.5,9&limit=100").json()
    assert {f["id"] for f in inside["features"]} == {"p10", "p11", "p12"}
    before = f"{ROOT}/collections/project/items?datetime=2018-12-31"
    assert client.get(before).json()["numberMatched"] == 0
    since = f"{ROOT}/collections/project/items?datetime=2020-01-01/..&limit=100"
    assert "p0" in {f["id"] for f in client.get(since).json()["features"]}
    then = client.get(f"{ROOT}/collections/project/items/p0?as_of=2020-06-30").json()
    assert then["properties"]["finish_planned"] == "2020-12-31"
    now = client.get(f"{ROOT}/collections/project/items/p0").json()
    assert now["properties"]["finish_planned"] == "2021-06-30"


def test_a_page_is_never_larger_than_the_largest(client):
    page = client.get(f"{ROOT}/collections/project/items?limit=1000000000000&f=json").json()
    assert page["numberReturned"] == page["numberMatched"] == 60


@pytest.mark.parametrize("query", [
    "bbox=1,2,3", "bbox=a,b,c,d", "bbox=0,5,1,1", "bbox=nan,0,1,1", "limit=0", "limit=x",
    "offset=-1", "datetime=yesterday", "datetime=2020-01-01/2019-01-01/..", "as_of=2020-02-30",
    "datetime=2021-01-01/2020-01-01", "jurisdiction=easttown", "limits=3",
])
def test_what_cannot_be_asked_is_refused(client, query):
    assert client.get(f"{ROOT}/collections/project/items?{query}").status_code == 400
    assert client.get(f"{ROOT}/collections/nothing/items").status_code == 404
    assert client.get(f"{ROOT}/collections/project/items/none").status_code == 404


def test_lines_of_a_network_carry_what_is_known_of_them(client):
    line = every(client, f"{ROOT}/collections/power-branches/items?limit=1000")[0]
    assert line["geometry"]["type"] == "LineString"
    assert line["properties"]["jurisdiction"] in {"easttown", "westtown"}


def test_waters_and_facilities_of_a_region_are_a_collection():
    region = Region("r", ground={"features": [
        {"properties": {"kind": "water", "name": "Pond"}, "geometry": None},
        {"properties": {"id": "h", "kind": "facility", "name": "Hospital"}, "geometry": None}]})
    assert [c.id for c in sources.collections(region, [], None)] == ["ground"]
    assert [f["id"] for f in sources.below(region)] == ["0", "h"]


def test_gdal_reads_a_collection(server, client):
    source = f"OAPIF:{server}{ROOT}"
    ogrinfo = shutil.which("ogrinfo")
    if ogrinfo is not None:
        done = subprocess.run([ogrinfo, "-ro", "-so", source, "project"], capture_output=True,
                              text=True, check=False, timeout=120)
        assert "Feature Count: 60" in done.stdout, done.stdout + done.stderr
        return
    pyogrio = pytest.importorskip("pyogrio", reason="neither ogrinfo nor pyogrio is here")
    if "OAPIF" not in pyogrio.list_drivers():
        pytest.skip("this GDAL was built without its driver of OGC API - Features")
    info = pyogrio.read_info(source, layer="project")
    assert info["features"] == 60
    assert json.loads(client.get(f"{ROOT}/collections/project").text)["extent"]
