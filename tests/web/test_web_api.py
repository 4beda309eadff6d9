"""The API: the engine's values, problems in both languages, jobs, limits."""

import json
import random

import pytest
from waiting import settled, waited

import tieline
from tieline.study.situation import situation
from tieline.web.guard import MOST_ADDRESS, MOST_BODY

ROOT = "/api/v1"
LINK = "power:easttown:westtown"


def test_the_region_says_what_may_be_asked(client, towns):
    record = client.get(f"{ROOT}/region").json()
    region = tieline.read_region(towns).region
    assert [j["id"] for j in record["jurisdictions"]] == [j.id for j in region.jurisdictions]
    assert {p["id"] for p in record["projects"]} == {p.id for p in region.projects}
    network, = record["networks"]
    assert network["links"] == [LINK.split(":")]
    assert network["responds"]
    assert {m["name"] for m in network["measures"]} >= {"customer_hours", "SAIDI"}
    assert network["statuses"]


@pytest.mark.parametrize("asked", [
    {}, {"open": "apart"}, {"open": [LINK], "built": []}, {"scenario": "base", "open": "together"},
])
def test_a_case_has_the_values_of_the_engine_to_the_last_digit(client, towns, asked):
    data = tieline.read_region(towns)
    links = asked.get("open", "together")
    if not isinstance(links, str):
        links = [tuple(x.split(":")) for x in links]
    case = data.case(links, built=asked.get("built"))
    answer = waited(client, client.post(f"{ROOT}/cases", json=asked))
    assert answer.status_code == 200
    record = answer.json()
    assert record == json.loads(json.dumps(situation(data, case).record()))
    outcome = next(data.engines["power"].evaluate(data.networks["power"], [case]))
    values = record["networks"]["power"]["measures"]["customer_hours"]["values"]["chosen"]
    assert [values[j.id] for j in data.region.jurisdictions] == outcome.values[:, 2].tolist()


def test_a_case_by_address_is_the_same_as_by_body(client):
    body = waited(client, client.post(f"{ROOT}/cases", json={"open": [LINK]})).json()
    for opened in (LINK, "together"):
        again = waited(client, client.get(f"{ROOT}/cases", params={"open": opened}))
        assert again.json() == body


def test_the_appraisal_has_the_tables_of_the_study(client, towns):
    answer = waited(client, client.get(f"{ROOT}/appraisal"))
    frames = tieline.appraise(towns).frames()
    assert {k for k in frames if "/" not in k} <= set(answer.json())


def test_a_plan_has_its_states_and_steps(client):
    answer = waited(client, client.post(f"{ROOT}/plans", json={"incident": "storm-1"}))
    record = answer.json()
    assert list(record["states"]) == ["waiting", "apart", "together"]
    assert record["states"]["together"]["steps"]
    assert "draft" in record["note"]
    assert client.get(f"{ROOT}/incidents").json()[0]["id"] == "storm-1"


def test_assets_lie_inside_the_drawing(client):
    found = waited(client, client.get(f"{ROOT}/networks/power/assets")).json()
    assert {a[0] for a in found["assets"]} >= {"WA-1", "EA-1"}
    assert all(0 <= v <= 1400 for a in found["assets"] for v in a[1:])
    assert client.get(f"{ROOT}/networks/steam/assets").status_code == 404


@pytest.mark.parametrize(("path", "body", "said"), [
    ("cases", {"open": ["power:easttown:westtwon"]}, "westtown"),
    ("cases", {"open": ["power:easttown"]}, "topic:a:b"),
    ("cases", {"open": ["steam:easttown:westtown"]}, "topic"),
    ("cases", {"built": ["nothing"]}, "project"),
    ("cases", {"scenario": "bsae"}, "base"),
    ("cases", {"open": 7}, "open"),
    ("cases", {"what": 7}, "what"),
    ("cases", [], "body"),
    ("plans", {}, "incident"),
    ("plans", {"incident": "storm-2"}, "storm-1"),
    ("plans", {"incident": "storm-1", "faults": ["WA-1"]}, "not both"),
    ("plans", {"faults": ["WA-1:repair_h=minus"]}, "repair_h"),
    ("plans", {"faults": ["x"] * 41}, "faults"),
])
def test_what_cannot_be_asked_is_a_problem_in_both_languages(client, path, body, said):
    answer = waited(client, client.post(f"{ROOT}/{path}", json=body))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    record = answer.json()
    assert record["status"] == 422
    assert said in record["detail"]
    assert any("\u4e00" <= c <= "\u9fff" for c in record["detail_zh"])
    assert "input" not in record


def test_what_is_malformed_gets_a_clear_refusal_and_never_a_server_error(client):
    chance = random.Random(5)  # noqa: S311 - seeded bytes, no secret
    bodies = [b"", b"{", b"[" * 5000, b'{"open":' + b"[" * 3000, b"\xff\xfe\x00", b'"x"', b"null",
              b'{"open": "' + b"a" * 5000 + b'"}', b'{"open": ["\\u0000:a:b"]}', b"NaN", b"1e999"]
    bodies += [bytes(chance.randrange(256) for _ in range(chance.randrange(80))) for _ in range(60)]
    for body in bodies:
        for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
            answer = client.post(f"{ROOT}/cases", content=body, headers={"content-type": kind})
            assert 400 <= answer.status_code < 500, (body[:40], kind)
            assert answer.json()["detail_zh"]


def test_what_is_malformed_in_an_address_gets_a_clear_refusal(client):
    chance = random.Random(7)  # noqa: S311 - seeded words, no secret
    marks = "abc:%<>&'\"=;\u4e2d\u0000/.. "
    for _ in range(40):
        word = "".join(chance.choice(marks) for _ in range(chance.randrange(1, 24)))
        for address, query in (("/", {"set": "1", "open": word}), ("/respond", {"fault": word}),
                               ("/", {"day": word, "set": "1", "by_day": "1"}),
                               (f"{ROOT}/cases", {"scenario": word}),
                               ("/appraise", {"scenario": word})):
            answer = client.get(address, params=query)
            assert answer.status_code in {200, 202, 422}, (address, word)
            assert answer.status_code == 422 or not word.strip(" ;") or address == "/respond"


def test_large_bodies_and_long_addresses_are_refused(client):
    def endless():
        for _ in range(100):
            yield b"x" * 10_000

    assert client.post(f"{ROOT}/cases", content=b"x" * (MOST_BODY + 1)).status_code == 413
    assert client.post(f"{ROOT}/cases", content=endless()).status_code == 413
    assert client.get("/?x=" + "y" * MOST_ADDRESS).status_code == 414


def test_other_names_and_other_sites_are_refused(client):
    assert client.get("/", headers={"host": "evil.example"}).status_code == 421
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"},
                    {"origin": "null"}, {"sec-fetch-site": "same-site"}):
        answer = client.post(f"{ROOT}/cases", json={}, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["detail_zh"]
    here = str(client.base_url).rstrip("/")
    for headers in ({"sec-fetch-site": "same-origin"}, {"origin": here}):
        asked = client.post(f"{ROOT}/cases", json={}, headers=headers)
        assert waited(client, asked).status_code == 200


def test_the_api_describes_itself(client):
    record = client.get(f"{ROOT}/openapi.json").json()
    assert record["openapi"].startswith("3.")
    assert set(record["paths"]) >= {
        f"{ROOT}/region", f"{ROOT}/cases", f"{ROOT}/appraisal", f"{ROOT}/incidents",
        f"{ROOT}/plans", f"{ROOT}/jobs/{{key}}", f"{ROOT}/jobs/{{key}}/result",
        f"{ROOT}/networks/{{name}}/assets",
    }
    for path, methods in record["paths"].items():
        assert path.startswith(ROOT)
        for method in methods.values():
            assert method["description"]


def test_a_job_that_is_not_known_is_a_problem(client):
    for method in ("get", "delete"):
        answer = getattr(client, method)(f"{ROOT}/jobs/none")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.put(f"{ROOT}/region").status_code == 405


def test_the_appraisal_and_plans_follow_a_study_date(client):
    def appraised(**query):
        return waited(client, client.get(f"{ROOT}/appraisal", params=query)).json()

    now, before = appraised(), appraised(as_of="1990-01-01")
    assert before["as_of"] == "1990-01-01"
    assert now["built"]
    assert before["built"] == []
    assert before["outcomes"] != now["outcomes"]

    def planned(**query):
        return waited(client, client.get(f"{ROOT}/respond", params=query)).json()

    now, before = planned(incident="storm-1"), planned(incident="storm-1", as_of="1990-01-01")
    assert now["states"]["together"] != before["states"]["together"]
    by_body = waited(client, client.post(f"{ROOT}/plans", json={
        "incident": "storm-1", "as_of": "1990-01-01"})).json()
    assert by_body == before
    for path in ("appraisal", "respond"):
        refused = client.get(f"{ROOT}/{path}", params={"as_of": "yesterday", "incident": "storm-1"})
        assert refused.status_code == 422
    page = settled(client, "/respond?incident=storm-1&as_of=1990-01-01&lang=en").text
    assert "links that stood on 1990-01-01" in page
    assert "as_of=1990-01-01" in page[page.index('class="orders"'):]
