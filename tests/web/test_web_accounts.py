"""Coming in: sessions, tokens, failures counted, rights by the ledger's one function."""

import re

import httpx
import pytest

from tieline.errors import CaseError, InputError
from tieline.web.accounts.store import Accounts
from tieline.web.accounts.throttle import Throttle
from tieline.web.serve import listen

PASSWORD = "a long enough secret"  # noqa: S105 - of accounts that live as long as the tests
ROOT = "/api/v1"


def test_a_stranger_sees_the_login_page_and_nothing_else(guarded):
    with httpx.Client(base_url=guarded, timeout=600, trust_env=False) as client:
        for path in ("/", "/projects", "/joint-work", "/respond", "/feeds/changes.atom"):
            answer = client.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/login?next=")
        for path in (f"{ROOT}/region", f"{ROOT}/records", f"{ROOT}/ogc", f"{ROOT}/openapi.json"):
            answer = client.get(path)
            assert answer.status_code == 401
            assert answer.json()["detail_zh"]
        assert client.post(f"{ROOT}/changes", json={}).status_code == 401
        assert client.get("/login").status_code == 200


def test_who_logs_in_stays_in_until_leaving(entering):
    east = entering("east")
    assert east.get("/projects").status_code == 200
    cookie = next(c for c in east.cookies.jar if c.name == "session")
    assert cookie.has_nonstandard_attr("HttpOnly")
    secret = cookie.value
    east.post("/logout")
    again = east.get("/projects", headers={"cookie": f"session={secret}"})
    assert again.status_code == 303


def test_a_wrong_password_is_refused_and_many_are_slowed_down(guarded):
    with httpx.Client(base_url=guarded, timeout=600, trust_env=False) as client:
        def attempt(password):
            return client.post("/login", data={"name": "nobody", "password": password})

        seen = [attempt(f"wrong {k}").status_code for k in range(7)]
        assert seen[:5] == [401] * 5
        assert seen[5:] == [429] * 2
        assert int(attempt("x").headers["retry-after"]) > 0


def test_a_throttle_forgets_in_time_and_after_a_success():
    now = [0.0]
    throttle = Throttle(3, 60.0, clock=lambda: now[0])
    for _ in range(3):
        throttle.fail("a")
    assert throttle.wait_s("a") == 60.0
    assert throttle.wait_s("b") == 0.0
    now[0] = 61.0
    assert throttle.wait_s("a") == 0.0
    throttle.fail("a")
    throttle.forget("a")
    assert throttle.wait_s("a") == 0.0


@pytest.mark.parametrize("address", ["//evil.example", "http://evil.example", "/\\evil.example",
                                     "/a\r\nset-cookie: x=1", ""])
def test_the_way_back_never_leads_to_another_site(guarded, address):
    with httpx.Client(base_url=guarded, timeout=600, trust_env=False,
                      headers={"origin": guarded}) as client:
        answer = client.post("/login", data={"name": "looker", "password": PASSWORD,
                                             "back": address})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/"


def test_rights_are_those_of_the_ledger(entering, library):
    east, looker, keeper = entering("east"), entering("looker"), entering("keeper")
    mine = {"reason": "x", "entries": [{"record": "p2", "values": {"town": "A"}}]}
    theirs = {"reason": "x", "entries": [{"record": "p3", "values": {"town": "A"}}]}
    assert east.post(f"{ROOT}/changes", json=mine).status_code == 201
    assert east.post(f"{ROOT}/changes", json=theirs).status_code == 403
    assert looker.post(f"{ROOT}/changes", json=mine).status_code == 403
    assert keeper.post(f"{ROOT}/changes", json=theirs).status_code == 201
    assert library.opened().history("p2")[-1].actor == "east"
    assert east.get("/projects/p3").status_code == 404
    assert east.get(f"{ROOT}/records/p3/history").status_code == 404
    shown = set(re.findall(r'href="/projects/(p\d+)"', east.get("/projects").text))
    assert shown
    assert all(int(p[1:]) % 2 == 0 for p in shown)
    assert "p3" not in east.get("/feeds/changes.atom").text
    assert "项目3(" not in east.get("/projects/list.csv").text


def test_a_token_does_what_its_scope_says_until_it_ends(entering, guarded, accounts):
    east = entering("east")

    def made(scope):
        page = east.post("/account/tokens", data={"title": "t", "scope": scope, "days": "1"}).text
        return re.search(r"<code>([^<]+)</code>", page)[1]

    reading, writing = made("read"), made("write")
    assert reading not in east.get("/account").text
    change = {"reason": "x", "entries": [{"record": "p4", "values": {"town": "T"}}]}
    with httpx.Client(base_url=guarded, timeout=600, trust_env=False) as client:
        def ask(secret):
            headers = {"authorization": f"Bearer {secret}"}
            return (client.get(f"{ROOT}/records", headers=headers).status_code,
                    client.post(f"{ROOT}/changes", json=change, headers=headers).status_code)

        assert ask(reading) == (200, 403)
        assert ask(writing) == (200, 201)
        assert ask("x" * 43) == (401, 401)
        for token in accounts.tokens(accounts.find("east")):
            east.post(f"/account/tokens/{token.id}/end")
        assert ask(writing) == (401, 401)


@pytest.mark.parametrize("given", [
    {"title": "t", "scope": "read", "days": "0"}, {"title": "", "scope": "read", "days": "5"},
    {"title": "t", "scope": "read", "days": "-1"}, {"title": "t", "scope": "read", "days": "9999"},
    {"title": "t", "scope": "read"},
])
def test_a_token_without_an_end_is_refused(entering, given):
    assert entering("west").post("/account/tokens", data=given).status_code == 422


def test_secrets_stand_nowhere_in_the_file(tmp_path):
    place = tmp_path / "accounts.sqlite"
    made = Accounts(place)
    who = made.add("a", PASSWORD, ["x"], ["viewer"])
    session, token = made.begin(who), made.give(who, "t", ["read"], 1)
    assert made.visiting(session) == who
    assert made.holding(token)[0] == who
    made.close()
    data = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    for secret in (PASSWORD, session, token):
        assert secret.encode() not in data
    assert b"argon2id" in data


def test_what_is_no_account_is_refused_with_every_problem(tmp_path):
    made = Accounts(tmp_path / "accounts.sqlite")
    with pytest.raises(InputError) as refused:
        made.add(" ", "short", [], ["king"])
    assert len(refused.value.problems) == 3
    made.add("a", PASSWORD, [], [])
    with pytest.raises(InputError, match="already"):
        made.add("a", PASSWORD, [], [])
    with pytest.raises(InputError, match="no account"):
        made.remove("b")
    made.set_password("a", PASSWORD + "!")
    assert made.check("a", PASSWORD) is None
    assert made.check("a", PASSWORD + "!") is not None
    made.remove("a")
    assert made.check("a", PASSWORD + "!") is None
    made.close()


def test_a_browser_that_does_not_say_where_it_comes_from_is_refused(entering, guarded):
    east = entering("east")
    cookie = {"cookie": f"session={east.cookies['session']}"}
    with httpx.Client(base_url=guarded, timeout=600, trust_env=False) as client:
        for headers, status in (({}, 403), ({"origin": "http://evil.example"}, 403),
                                ({"sec-fetch-site": "cross-site"}, 403),
                                ({"sec-fetch-site": "same-origin"}, 303), ):
            answer = client.post("/logout", headers={**cookie, **headers})
            assert answer.status_code == status, headers


def test_others_are_served_only_where_they_log_in():
    with pytest.raises(CaseError, match="loopback"):
        listen(0, "0.0.0.0")  # noqa: S104 - refused is the test
    with listen(0, "0.0.0.0", login=True) as taken:  # noqa: S104 - nobody is served here
        assert taken.getsockname()[1] > 0


def test_who_is_sent_to_log_in_is_asked_in_the_language_of_the_address(guarded):
    with httpx.Client(base_url=guarded, timeout=600, trust_env=False,
                      follow_redirects=True) as client:
        assert 'lang="zh-Hans"' in client.get("/projects?by=owner").text.split("<head>")[0]
        english = client.get("/projects?lang=en&by=owner").text
        assert 'lang="en"' in english.split("<head>")[0]
        strange = client.get("/projects?lang=%0d%0aset-cookie:x")
        assert strange.status_code == 200
        assert "set-cookie" not in strange.headers
