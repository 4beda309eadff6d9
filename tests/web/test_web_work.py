"""Joint work in the pages: a case goes over the border and back, by who may and nobody else."""

import re
from hashlib import sha256

import httpx
import pytest

ROOT = "/api/v1"
PHOTO = b"\xff\xd8\xff\xe0" + b"made up" * 50


def opened(client, title):
    """The address of a new water case of easttown for westtown."""
    answer = client.post("/joint-work/new", data={
        "workflow": "water_case", "owner": "easttown", "to": "westtown", "name_zh": title,
        "reason": "seen on patrol"})
    assert answer.status_code == 303
    return answer.headers["location"]


def act(client, case, action, **given):
    """Take a step with a reason."""
    files = given.pop("files", None)
    return client.post(f"{case}/{action}", data={"reason": "as agreed", **given}, files=files)


def test_a_case_goes_over_the_border_and_is_settled_by_two_roles(entering):
    east, west = entering("east"), entering("west")
    case = opened(east, "浮萍")
    page = west.get(f"{case}?lang=en").text
    assert "What may be done now" in page
    assert f'action="{case}/accept"' in page
    assert f'action="{case}/accept"' not in east.get(f"{case}?lang=en").text
    for action in ("accept", "do"):
        assert act(west, case, action).status_code == 303
    given = act(west, case, "evidence", files={"file": ("C:\\site\\before<1>.jpg", PHOTO)})
    assert given.status_code == 303
    page = east.get(f"{case}?lang=en").text
    assert re.search(r'href="/evidence/file-\d+"', page)
    assert sha256(PHOTO).hexdigest()[:12] in page
    assert "before1.jpg" in page
    assert act(west, case, "verify").status_code == 403
    assert act(east, case, "verify").status_code == 303
    assert act(east, case, "settle", settled="1.2万元", settlement="half each").status_code == 303
    page = east.get(f"{case}?lang=en").text
    assert "half each" in page
    assert "Nobody has to act" in page
    assert case.rpartition("/")[2] in east.get("/joint-work?only=closed").text


def test_what_is_handed_in_comes_back_as_a_download_to_who_may_see_the_case(entering, client):
    east, west, looker = entering("east"), entering("west"), entering("looker")
    case = opened(east, "照片")
    other = PHOTO + b"!"
    for action in ("accept", "do"):
        act(west, case, action)
    act(west, case, "evidence", files={"file": ("p.jpg", other)})
    address = re.search(r'href="(/evidence/[^"]+)"', looker.get(case).text)[1]
    kept = looker.get(address)
    assert kept.content == other
    assert kept.headers["content-disposition"].startswith("attachment")
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert looker.get("/evidence/file-0").status_code == 404
    assert looker.get(f"/evidence/{case.rpartition('/')[2]}").status_code == 404
    assert looker.get("/evidence/..%2Fledger.sqlite").status_code == 404


@pytest.mark.parametrize(("name", "data"), [
    ("page.jpg", b"<html><script>alert(1)</script>"), ("run.pdf", b"MZ\x90\x00"),
    ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ("huge.jpg", b"\xff\xd8\xff" + b"0" * (10 * 2**20)), ("empty.jpg", b""),
])
def test_what_is_no_photograph_or_paper_is_refused(entering, name, data):
    east, west = entering("east"), entering("west")
    case = opened(east, "佐证")
    for action in ("accept", "do"):
        act(west, case, action)
    refused = act(west, case, "evidence", files={"file": (name, data)})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert "doing" in west.get(f"{ROOT}/records/{case.rpartition('/')[2]}").text


def test_a_step_out_of_turn_or_without_a_reason_is_refused_and_changes_nothing(entering, library):
    east, west = entering("east"), entering("west")
    case = opened(east, "次序")
    before = library.opened().head
    assert act(west, case, "verify").status_code == 422
    assert act(west, case, "accept", reason=" ").status_code == 422
    assert act(west, case, "escalate").status_code == 404
    assert act(west, case, "nothing").status_code == 404
    assert act(east, case, "accept").status_code == 403
    assert library.opened().head == before


def test_a_refused_step_keeps_what_was_typed_and_its_links_lead_somewhere(entering):
    east, west = entering("east"), entering("west")
    case = opened(east, "重填")
    for action in ("accept", "do", "evidence"):
        files = {"file": ("p.jpg", PHOTO)} if action == "evidence" else None
        assert act(west, case, action, files=files).status_code == 303
    assert act(east, case, "verify").status_code == 303
    refused = act(east, case, "settle", settled="abc", settlement="half & half", reason="as said")
    assert refused.status_code == 422
    for kept in ('value="abc"', 'value="half &amp; half"', 'value="as said"'):
        assert kept in refused.text
    assert refused.text.count('value="as said"') == 1
    switch = re.search(r'href="([^"]+)" lang="en"', refused.text)[1]
    when = re.search(r'<form method="get" action="([^"]+)"', refused.text)[1]
    assert east.get(switch.replace("&amp;", "&")).status_code == 200
    assert east.get(when).status_code == 200


def test_what_is_not_there_is_told_by_its_kind(entering):
    east = entering("east")
    assert "there is no such case" in east.get("/joint-work/none?lang=en").text
    assert "there is no such record" in east.get(f"{ROOT}/records/none").json()["detail"]
    assert "there is no such job" in east.get(f"{ROOT}/jobs/none").json()["detail"]
    assert "there is no such page" in east.get("/none?lang=en").text


def test_the_inbox_is_by_jurisdiction_and_role_the_overdue_apart(entering):
    east, west = entering("east"), entering("west")
    case = opened(east, "收件箱")
    assert case in west.get("/joint-work?jurisdiction=westtown&role=river_office").text
    assert case not in west.get("/joint-work?jurisdiction=easttown").text
    assert case not in west.get("/joint-work?role=dispatcher").text
    assert case not in west.get("/joint-work?only=overdue").text


def test_the_single_user_puts_on_the_hat_of_a_role(server):
    with httpx.Client(base_url=server, timeout=600, trust_env=False,
                      headers={"origin": server}) as client:
        case = opened(client, "换岗")
        client.post("/hat", data={"hat": "westtown:editor,river_office", "back": "/joint-work"})
        page = client.get(case).text
        assert f'action="{case}/accept"' in page
        assert f'action="{case}/withdraw"' not in page
        assert act(client, case, "accept").status_code == 303
        client.post("/hat", data={"hat": "easttown:viewer", "back": "/joint-work"})
        assert act(client, case, "do").status_code == 403
        client.post("/hat", data={"hat": "nowhere:steward", "back": "/joint-work"})
        assert f'action="{case}/do"' in client.get(case).text


def test_joint_work_goes_by_the_api_too(client):
    done = client.post(f"{ROOT}/joint-work", json={
        "workflow": "water_case", "owner": "easttown", "to": "westtown", "title": "接口",
        "reason": "seen"})
    assert done.status_code == 201
    case = done.json()["ids"][0]
    assert case in [t["id"] for t in client.get(f"{ROOT}/joint-work").json()]
    mark = client.post(f"{ROOT}/records/{case}/files", content=PHOTO,
                       params={"name": "a.jpg", "reason": "photo"}).json()
    assert client.post(f"{ROOT}/records/{case}/files", content=b"MZ",
                       params={"reason": "program"}).status_code == 422
    for action, more in (("accept", {}), ("do", {}), ("evidence", {"evidence": [mark["evidence"]]}),
                         ("verify", {}), ("settle", {"settled": "3万元"})):
        answer = client.post(f"{ROOT}/joint-work/{case}/{action}", json={"reason": "so", **more})
        assert answer.status_code == 200, answer.text
    assert client.get(f"{ROOT}/records/{case}").json()["values"]["state"] == "settled"
    told = client.get(f"{ROOT}/joint-work/{case}").json()
    assert told["values"]["state"] == "settled"
    assert [s["values"]["action"] for s in told["steps"]] == [
        "open", "accept", "do", "evidence", "verify", "settle"]
    assert client.get(f"{ROOT}/joint-work/{case}?as_of=2019-01-01").status_code == 404
    assert client.get(f"{ROOT}/joint-work/p0").status_code == 404
    assert client.get(f"{ROOT}/joint-work?as_of=2019-01-01").json() == []
    assert client.get(f"{ROOT}/joint-work?as_of=soon").status_code == 422
    assert re.match(r"sha256:[0-9a-f]{64} a\.jpg$", mark["evidence"])
