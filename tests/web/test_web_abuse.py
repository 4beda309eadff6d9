"""Ten thousand malformed requests and uploads: a clear refusal each, nothing lost, nothing run.

They go to the application itself, not through a socket, so that they are many in little time.
"""

import asyncio
import gzip
import io
import random
import struct
import zipfile
from urllib.parse import quote

import pytest

from tieline.web.app import create_app

N_REQUESTS = 10_000
PATHS = ("/", "/region/answer", "/region/chart", "/respond", "/respond/orders", "/appraise",
         "/projects", "/projects/gantt", "/projects/map", "/projects/p0", "/supervision",
         "/joint-work", "/joint-work/new", "/evidence/x", "/feeds/changes.atom",
         "/static/tieline.js", "/projects/list.csv", "/bulletins", "/bulletins/x",
         "/bulletins/pick", "/source", "/api/v1/region", "/api/v1/cases", "/api/v1/records",
         "/api/v1/records/p0", "/api/v1/totals", "/api/v1/joint-work", "/api/v1/jobs/x",
         "/api/v1/ogc/collections/project/items", "/api/v1/networks/x/assets")
POSTS = ("/joint-work/new", "/joint-work/x/accept", "/projects/exchange",
         "/projects/exchange/accept", "/hat", "/bulletins/X", "/bulletins/x/approve",
         "/api/v1/cases", "/api/v1/plans", "/api/v1/changes", "/api/v1/joint-work",
         "/api/v1/joint-work/x/accept", "/api/v1/records/p0/files", "/jobs/x/cancel")
KEYS = ("as_of", "known_on", "page", "by", "q", "category", "open", "built", "scenario", "set",
        "day", "by_day", "show", "fault", "incident", "limit", "offset", "bbox", "datetime",
        "lang", "list", "jurisdiction", "kind")
NASTY = ("", "\x00", "../../etc/passwd", "..\\..\\x", "%2e%2e%2f", "<script>alert(1)</script>",
         "'; DROP TABLE version; --", "=cmd|' /C calc'!A0", "\ud83d\ude00" * 3, "9" * 400, "-1",
         "1e309", "NaN", "true", "null", "[]", "{}", "\u202e\u0000", "中" * 200, "0000-00-00",
         "2020-02-30", "99999-01-01", "power:a:b", "a:b:c:d", "${7*7}", "{{7*7}}", "\r\nx: y")
TYPES = ("application/json", "application/x-www-form-urlencoded", "text/plain", "",
         "multipart/form-data", "multipart/form-data; boundary=", "application/xml",
         "multipart/form-data; boundary=x", "application/json; charset=utf-7")


class Answer:
    """What the application sent."""

    def __init__(self):
        self.status, self.body, self.is_page = 0, b"", False

    async def take(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.is_page = b"html" in dict(message["headers"]).get(b"content-type", b"")
        else:
            self.body += message.get("body", b"")


async def ask(app, method, path, query=b"", body=b"", headers=()):
    sent = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive():
        return next(sent, {"type": "http.disconnect"})

    answer = Answer()
    raw = path.encode("utf-8", "surrogatepass")
    await app({
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": raw.decode("utf-8", "replace"), "raw_path": raw, "root_path": "",
        "query_string": query, "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 5),
        "headers": [(b"host", b"127.0.0.1"), *headers],
    }, receive, answer.take)
    return answer


def malformed(chance):
    """A request that no page sends."""
    def word():
        if chance.random() < 0.3:
            return "".join(chr(chance.randrange(1, 0x500)) for _ in range(chance.randrange(20)))
        return chance.choice(NASTY)

    def quoted(text):
        return quote(text.encode("utf-8", "surrogatepass"), safe="")

    query = "&".join(f"{chance.choice(KEYS)}={quoted(word())}" for _ in range(chance.randrange(4)))
    if chance.random() < 0.5:
        path = chance.choice(PATHS)
        if chance.random() < 0.2:
            path = "/" + word().lstrip("/") if chance.random() < 0.5 else path + "/" + word()
        return chance.choice(("GET", "GET", "GET", "HEAD", "PUT", "DELETE", "BREW")), path, \
            query.encode(), b"", ()
    kind = chance.choice(TYPES)
    headers = [(b"content-type", kind.encode())] if kind else []
    shapes = (
        lambda: bytes(chance.randrange(256) for _ in range(chance.randrange(60))),
        lambda: b"{" * chance.randrange(2000),
        lambda: quoted(word()).encode() + b"=" + quoted(word()).encode(),
        lambda: b'{"reason": "x", "entries": [{"kind": "project", "values": {"name_zh": 1e999}}]}',
        lambda: b'{"reason": "\\ud800", "entries": [{"record": "p0", "values": {"town": "x"}}]}',
        lambda: b'{"open": ' + b'["a",' * chance.randrange(300) + b"}",
        lambda: b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../" +
        quoted(word()).encode() + b"\"\r\n\r\n" + bytes(chance.randrange(256) for _ in range(30)) +
        b"\r\n--x--\r\n",
        lambda: b"--x\r\nnonsense" + bytes(chance.randrange(256) for _ in range(30)),
    )
    if chance.random() < 0.1:
        headers.append((b"cookie", b"hat=" + quoted(word()).encode() + b"; session=\xff\xfe"))
        headers.append((b"origin", b"http://127.0.0.1"))
    if chance.random() < 0.05:
        headers.append((b"content-length", chance.choice((b"-5", b"x", b"99999999999999999999"))))
    return "POST", chance.choice(POSTS), query.encode(), chance.choice(shapes)(), headers


@pytest.fixture(scope="module")
def app(desk, library):
    return create_app(desk, library=library, close=False)


def test_ten_thousand_malformed_requests_break_and_change_nothing(app, library):
    chance = random.Random(11)  # noqa: S311 - seeded requests, no secret
    ledger = library.opened()
    before, asked = ledger.head, []

    async def every():
        for _ in range(N_REQUESTS):
            given = malformed(chance)
            answer = await ask(app, *given)
            asked.append((answer.status, given))
            assert 200 <= answer.status < 500, given
            if given[0] == "POST":
                assert 300 <= answer.status < 500, given
            assert not answer.is_page or b"<script>alert" not in answer.body
            assert b"Traceback" not in answer.body

    asyncio.run(every())
    assert len(asked) == N_REQUESTS
    assert sum(400 <= status < 500 for status, _ in asked) > N_REQUESTS / 3
    assert ledger.head == before
    assert ledger.verify().holds


def bomb(size):
    """A workbook whose one sheet unpacks to `size` bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(size // 2**20):
                sheet.write(b"0" * 2**20)
    return out.getvalue()


def liar():
    """A bomb that says it is small: the sizes in its directory are false."""
    data = bytearray(bomb(300 * 2**20))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 24:at + 28] = struct.pack("<I", 100)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


UPLOADS = {
    "bomb.xlsx": lambda: bomb(300 * 2**20), "liar.xlsx": liar,
    "text.xlsx": lambda: b"no archive at all", "empty.xlsx": lambda: b"",
    "cut.xlsx": lambda: bomb(2**20)[:400], "run.exe": lambda: b"MZ\x90",
    "noise.csv": lambda: bytes(range(256)) * 20, "nul.csv": lambda: "名称\n\x00\n".encode(),
    "../../up.csv": lambda: b"\xff\xfe\x00", "gzip.csv": lambda: gzip.compress(b"x" * 10**6),
    "wide.csv": lambda: b",".join(b"c%d" % k for k in range(600)) + b"\n1\n",
    "huge.csv": lambda: b"x" * (12 * 2**20 + 1),
    "entity.xlsx": lambda: _with_entities(),
}


def _with_entities():
    """A workbook whose sheet defines entities that grow without end."""
    out = io.BytesIO()
    lines = "".join(f'<!ENTITY e{k} "{f"&e{k - 1};" * 10}">' for k in range(1, 12))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml",
                         f'<!DOCTYPE x [<!ENTITY e0 "lol">{lines}]><x>&e11;</x>')
    return out.getvalue()


@pytest.mark.parametrize("name", UPLOADS)
def test_a_file_that_is_no_table_is_refused_and_changes_nothing(client, library, name):
    before = library.opened().head
    answer = client.post("/projects/exchange", files={"file": (name, UPLOADS[name]())})
    assert answer.status_code in {200, 413, 422}
    if answer.status_code == 200:  # text that can be read as a table, of which nothing is taken
        assert 'name="digest"' not in answer.text or "new" not in name
    assert library.opened().head == before


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>",
                                  "{{7*7}}", "javascript:alert(1)", "=1+1"])
def test_what_is_entered_is_shown_as_text_everywhere(client, text):
    done = client.post("/api/v1/changes", json={"reason": text, "entries": [
        {"record": "p5", "values": {"name": text, "name_zh": text, "town": text}}]})
    assert done.status_code == 201
    for path in ("/projects/p5", "/projects?q=" + quote(text), "/projects/gantt", "/projects/map",
                 "/feeds/changes.atom"):
        page = client.get(path + ("&" if "?" in path else "?") + "lang=en").text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49" not in page.split("<h1")[-1][:60] or text != "{{7*7}}"
    client.post("/api/v1/changes", json={"reason": "back", "entries": [
        {"record": "p5", "values": {"name": "Project 5", "name_zh": "项目5", "town": None}}]})
