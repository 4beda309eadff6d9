"""What was drawn is kept by change, reader, language, address; bounded, gone at a change."""

import asyncio
from types import SimpleNamespace

import pytest

from tieline.ledger.rights import Principal
from tieline.web.accounts.door import Visitor
from tieline.web.shelf import LARGEST, Shelf, unfinished

EAST, WEST = Principal("east", ("easttown",)), Principal("west", ("westtown",))


class House:
    """An application that counts what it draws, and a ledger whose head moves."""

    def __init__(self):
        self.ledger = SimpleNamespace(head=(1, "", ""), time_zone="Asia/Shanghai")
        self.drawn, self.ready, self.status, self.size = [], True, 200, 10
        self.gate = asyncio.Event()
        self.gate.set()

    async def ask(self, question):
        return question(self.ledger)

    async def __call__(self, scope, receive, send):
        self.drawn.append(scope["path"])
        await self.gate.wait()
        if not self.ready:
            unfinished(scope)
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * self.size})


async def read(shelf, path="/projects", query=b"", who=EAST, cookie=b"", method="GET"):
    sent = []

    async def send(message):
        sent.append(message)

    await shelf({"type": "http", "method": method, "path": path, "query_string": query,
                 "visitor": Visitor(who, "session"), "headers": [(b"cookie", cookie)]}, None, send)
    return sent


def test_the_next_reader_gets_what_was_drawn_until_the_ledger_changes():
    async def run():
        house = House()
        shelf = Shelf(house, house)
        first, second = await read(shelf), await read(shelf)
        assert first == second
        assert len(house.drawn) == 1
        house.ledger.head = (2, "", "")
        await read(shelf)
        assert len(house.drawn) == 2
        assert shelf.kept_bytes == 10

    asyncio.run(run())


@pytest.mark.parametrize("other", [
    {"who": WEST}, {"query": b"as_of=2020-01-01"}, {"cookie": b"lang=en"},
    {"path": "/projects/gantt"},
    {"who": Principal("east", ("easttown",), ("viewer",))},
])
def test_another_reader_language_or_address_gets_another_page(other):
    async def run():
        house = House()
        shelf = Shelf(house, house)
        await read(shelf)
        await read(shelf, **other)
        assert len(house.drawn) == 2

    asyncio.run(run())


def test_of_cookies_only_the_language_makes_a_difference():
    async def run():
        house = House()
        shelf = Shelf(house, house)
        await read(shelf, cookie=b"session=a; lang=zh")
        await read(shelf, cookie=b"lang=zh; session=b")
        assert len(house.drawn) == 1

    asyncio.run(run())


def test_readers_at_once_wait_for_one_drawing():
    async def run():
        house = House()
        shelf = Shelf(house, house)
        house.gate.clear()
        many = [asyncio.create_task(read(shelf)) for _ in range(50)]
        await asyncio.sleep(0.05)
        house.gate.set()
        answers = await asyncio.gather(*many)
        assert len(house.drawn) == 1
        assert all(a == answers[0] for a in answers)

    asyncio.run(run())


@pytest.mark.parametrize("how", [
    {"ready": False}, {"status": 404}, {"size": LARGEST + 1}])
def test_what_is_unfinished_refused_or_too_large_is_not_kept(how):
    async def run():
        house = House()
        vars(house).update(how)
        shelf = Shelf(house, house)
        await read(shelf)
        await read(shelf)
        assert len(house.drawn) == 2
        assert shelf.kept_bytes == 0

    asyncio.run(run())


@pytest.mark.parametrize("asked", [
    {"method": "POST"}, {"path": "/projects/exchange"}, {"path": "/account"},
    {"path": "/bulletins"}, {"path": "/api/v1/jobs/x"}])
def test_what_changes_without_the_ledger_is_never_kept(asked):
    async def run():
        house = House()
        shelf = Shelf(house, house)
        await read(shelf, **asked)
        await read(shelf, **asked)
        assert len(house.drawn) == 2

    asyncio.run(run())


def test_the_shelf_is_bounded_and_forgets_the_longest_unread():
    async def run():
        house = House()
        shelf = Shelf(house, house, most_bytes=35)
        for query in (b"q=1", b"q=2", b"q=3", b"q=1", b"q=4"):
            await read(shelf, query=query)
        assert shelf.kept_bytes == 30
        await read(shelf, query=b"q=1")
        assert len(house.drawn) == 4
        await read(shelf, query=b"q=2")
        assert len(house.drawn) == 5

    asyncio.run(run())


def test_a_drawing_that_a_change_overtook_is_not_kept():
    async def run():
        house = House()
        shelf = Shelf(house, house)
        house.gate.clear()
        slow = asyncio.create_task(read(shelf))
        await asyncio.sleep(0.05)
        house.ledger.head = (2, "", "")
        other = asyncio.create_task(read(shelf, path="/supervision"))
        await asyncio.sleep(0.05)
        house.gate.set()
        await asyncio.gather(slow, other)
        await read(shelf)
        assert house.drawn == ["/projects", "/supervision", "/projects"]

    asyncio.run(run())


def test_who_changes_a_record_sees_it_on_the_next_page(client):
    def town():
        return client.get("/projects/p21").text

    town()
    assert "Farplace" not in town()
    client.post("/api/v1/changes", json={"reason": "moved", "entries": [
        {"record": "p21", "values": {"town": "Farplace"}}]})
    assert "Farplace" in town()


def test_a_reader_never_gets_what_was_drawn_for_another(entering):
    pages = {name: entering(name).get("/projects?lang=en").text for name in ("east", "west")}
    assert "Project 0 (made up)" in pages["east"]
    assert "Project 0 (made up)" not in pages["west"]
