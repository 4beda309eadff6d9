"""What was drawn is kept: the next reader of the same page at the same change gets it as it is.

A page depends on the last change of the ledger, the day, who reads (and so what they may see), the
language, the address with its query; nothing else. So these are the key. A change of the ledger
empties the shelf: what was erased from the ledger does not live on here. Readers who ask for the
same page while it is drawn wait for the one drawing.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tieline.web.accounts.door import visitor_of

if TYPE_CHECKING:

    from tieline.ledger.ledger import Ledger
    from tieline.web.guard import App, Receive, Scope, Send
    from tieline.web.library.keeping import Library

    Message = MutableMapping[str, Any]

SLOT = "tieline.slot"
"""Where a request finds its place on the shelf."""
MOST_BYTES = 32 * 2**20
LARGEST = 2**20
"""Answers larger than this are not kept, [bytes]."""
OF_THE_LEDGER = ("/projects", "/supervision", "/joint-work", "/api/v1/records", "/api/v1/totals",
                 "/api/v1/joint-work", "/feeds/")
NEVER = ("/projects/exchange", "/joint-work/new")
BY_THE_MINUTE = ("/joint-work", "/api/v1/joint-work")
"""Pages that say how much time is left."""
OF_THE_ENGINES = frozenset({"/", "/region/answer", "/region/chart", "/appraise", "/respond",
                            "/respond/orders"})
HEADERS = (b"host", b"cookie", b"accept-encoding", b"x-forwarded-proto")


@dataclass
class Slot:
    """The place of one answer; `keep` is taken back by who draws something unfinished."""

    keep: bool = True


@dataclass
class _Kept:
    """An answer as it went out."""

    messages: list[Message] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(len(m.get("body", b"")) for m in self.messages)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"]) if self.messages else 500


class Shelf:
    """Around the pages, inside the door: readers are known here."""

    def __init__(self, app: App, library: Library | None, most_bytes: int = MOST_BYTES) -> None:
        self._app = app
        self._library = library
        self._most = most_bytes
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._drawing: dict[Hashable, asyncio.Future[_Kept]] = {}
        self._bytes = 0
        self._head = -1

    @property
    def kept_bytes(self) -> int:
        """How much is kept, [bytes] of bodies."""
        return self._bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the shelf, else draw and keep."""
        key = await self._key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        else:
            found = await self._drawn(key, scope, receive)
        for message in found.messages:
            await send(dict(message))

    async def _key(self, scope: Scope) -> Hashable | None:
        """On what the answer depends; None where it is not to be kept."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        path = scope["path"]
        of_ledger = path.startswith(OF_THE_LEDGER) and not path.startswith(NEVER)
        if path not in OF_THE_ENGINES and not (of_ledger and self._library is not None):
            return None
        moment: Hashable = None
        if of_ledger and self._library is not None:
            head, moment = await self._library.ask(_moment)
            self._renew(head)
            if not path.startswith(BY_THE_MINUTE):
                moment = str(moment)[:10]
        given = dict(scope["headers"])
        return (path, scope.get("query_string", b""), moment, visitor_of(scope),
                *(_plain(name, given.get(name, b"")) for name in HEADERS))

    def _renew(self, head: int) -> None:
        if head != self._head:
            self._kept.clear()
            self._drawing.clear()  # who draws now finishes; nobody new waits for it
            self._bytes = 0
            self._head = head

    async def _drawn(self, key: Hashable, scope: Scope, receive: Receive) -> _Kept:
        """Draw the answer, or wait for who does."""
        under_way = self._drawing.get(key)
        if under_way is not None:
            return await asyncio.shield(under_way)
        mine: asyncio.Future[_Kept] = asyncio.get_running_loop().create_future()
        mine.add_done_callback(lambda f: None if f.cancelled() else f.exception())
        self._drawing[key] = mine
        made, slot, head = _Kept(), Slot(), self._head

        async def take(message: Message) -> None:
            made.messages.append(message)

        try:
            await self._app({**scope, SLOT: slot}, receive, take)
        except BaseException as error:
            mine.set_exception(error if isinstance(error, Exception) else RuntimeError("left"))
            raise
        finally:
            if self._drawing.get(key) is mine:
                del self._drawing[key]
        mine.set_result(made)
        if slot.keep and made.status == 200 and made.size <= LARGEST and head == self._head:
            self._put(key, made)
        return made

    def _put(self, key: Hashable, made: _Kept) -> None:
        self._kept[key] = made
        self._bytes += made.size
        while self._bytes > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.size


def unfinished(scope: MutableMapping[str, Any]) -> None:
    """Say that what is drawn for this request is not the whole answer yet."""
    slot = scope.get(SLOT)
    if slot is not None:
        slot.keep = False


def _moment(ledger: Ledger) -> tuple[int, str]:
    """The last change, and the minute where the ledger is kept."""
    now = datetime.now(ZoneInfo(ledger.time_zone))
    return ledger.head[0], now.strftime("%Y-%m-%d %H:%M")


def _plain(name: bytes, value: bytes) -> Hashable:
    """What of a header an answer depends on: of cookies the language alone."""
    if name == b"cookie":
        parts = (p.strip() for p in value.split(b";"))
        return next((p for p in parts if p.startswith(b"lang=")), b"")
    if name == b"accept-encoding":
        return b"gzip" in value
    return value
