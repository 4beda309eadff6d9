"""The ledger: make it, open it, write changes, read any day, verify. Start reading here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tieline.errors import LedgerError, StorageError
from tieline.ledger import clock, queries
from tieline.ledger import history as past
from tieline.ledger.append import Entry, Note, Receipt, Writer
from tieline.ledger.erase import erase
from tieline.ledger.files import keep
from tieline.ledger.kinds import load_catalogue
from tieline.ledger.rebuild import rebuild
from tieline.ledger.rights import Guard, Principal, Rule, public_rules
from tieline.ledger.store import Store
from tieline.ledger.verify import Verdict, verify
from tieline.ledger.view import View

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from sqlalchemy.engine import URL

    from tieline.ledger.files import Upload
    from tieline.ledger.kinds import Catalogue
    from tieline.ledger.state import State

KEEPER = Principal("keeper", everything=True)
"""Who makes a ledger, and the single user of a file of their own."""
EARLIEST = date(1900, 1, 1)
EXTRA = "ledger"
"""Folder beside a ledger's file with the region's own `kinds/` and `codes/`."""


class Ledger:
    """The system of record: append-only, with two clocks, a hash chain and one policy of rights.

    Made by `Ledger.create`, opened by `Ledger.open`; usable in a `with` statement.
    """

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self.store = store
        self.catalogue = catalogue
        raw = View(store, catalogue, Guard(KEEPER, (), catalogue, clock.FOREVER), clock.FOREVER,
                   2**62)
        self._everything = raw

    @classmethod
    def create(
        cls, place: str | Path | URL, note: Note, *, name: str, time_zone: str,
        jurisdictions: Iterable[Mapping[str, Any]], name_zh: str = "",
    ) -> Ledger:
        """Make a ledger.

        Parameters
        ----------
        place
            A file (SQLite) or a URL such as `postgresql://host/name`.
        jurisdictions
            Each with `id`, `name` and what else its kind has. They are there from `EARLIEST` on,
            which says nothing of them: it is only earlier than whatever is entered.

        Raises
        ------
        StorageError
            If there is one already, or it cannot be made there.
        """
        store = Store(place)
        store.create()
        catalogue = load_catalogue(_extra(store))
        if store.read(queries.HEAD):
            store.close()
            message = f"{store.name}: there is a ledger already"
            raise StorageError(message)
        entries = [Entry("ledger", "ledger", {
            "name": name, "name_zh": name_zh, "time_zone": time_zone,
            "tables": store.shape()}, EARLIEST)]
        for given in jurisdictions:
            values = {k: v for k, v in given.items() if k != "id"}
            entries.append(Entry("jurisdiction", given["id"], {"owner": given["id"], **values},
                                 EARLIEST))
        guard = Guard(KEEPER, (), catalogue, clock.FOREVER)
        with store.write() as connection:
            Writer(connection, catalogue, time_zone, guard).write(note, entries)
        return cls(store, catalogue)

    @cached_property
    def about(self) -> State:
        """The ledger's record of itself: its name and its time zone."""
        found = self._everything.record("ledger")
        if found is None:
            message = f"{self.store.name}: the ledger does not say what it is; see `verify`"
            raise StorageError(message)
        return found

    @property
    def time_zone(self) -> str:
        """The zone in whose days the ledger counts."""
        return str(self.about.get("time_zone"))

    @classmethod
    def open(cls, place: str | Path | URL) -> Ledger:
        """Open a ledger; StorageError if there is none, or of another age."""
        store = Store(place)
        store.check()
        return cls(store, load_catalogue(_extra(store)))

    def commit(
        self, note: Note, entries: Iterable[Entry], *, who: Principal = KEEPER,
        progress: Callable[[int, int], None] | None = None, total: int = 0,
        uploads: Sequence[Upload] = (),
    ) -> Receipt:
        """Write a change: every entry or none. It is on the disk when this returns.

        `uploads` are contents of files that the entries speak of (see `files.entries`).

        Raises
        ------
        InputError
            With every problem of the entries.
        ConflictError
            If others changed the same fields since the entries' `base`.
        RightsError, StorageError
            If `who` may not, or the database cannot.
        """
        guard = self.guard(who)
        with self.store.write() as connection:
            keep(connection, uploads)
            writer = Writer(connection, self.catalogue, self.time_zone, guard)
            return writer.write(note, entries, progress, total)

    def commit_all(
        self, changes: Iterable[tuple[Note, Iterable[Entry]]], *, who: Principal = KEEPER,
        progress: Callable[[int, int], None] | None = None, total: int = 0,
    ) -> list[Receipt]:
        """Write several changes: every one or none; see `commit`."""
        guard = self.guard(who)
        receipts = []
        with self.store.write() as connection:
            for note, entries in changes:
                writer = Writer(connection, self.catalogue, self.time_zone, guard)
                receipts.append(writer.write(note, entries, progress, total))
        return receipts

    def view(
        self, who: Principal = KEEPER, *, as_of: date | None = None,
        known_on: date | None = None, at_change: int | None = None,
    ) -> View:
        """The ledger as it was on a day, as known on a day; a day is its end.

        Parameters
        ----------
        as_of
            When it was true; default: `known_on`, else today.
        known_on
            What the ledger said by then; default: all it says.
        at_change
            The same by the number of a change.
        """
        day = as_of or known_on or clock.today(self.time_zone)
        known = at_change
        if known is None and known_on is not None:
            rows = self.store.read(queries.KNOWN, {"at": clock.end_of(known_on, self.time_zone)})
            known = int(rows[0][0])
        if known is None:
            known = self.head[0]
        return View(self.store, self.catalogue, self.guard(who), day.isoformat(), known)

    def guard(self, who: Principal) -> Guard:
        """Today's rights of who asks."""
        today = clock.today(self.time_zone).isoformat()
        if who.everything:
            return Guard(who, (), self.catalogue, today)
        raw = View(self.store, self.catalogue, self._everything.guard, today, self.head[0])
        shared = tuple(Rule.of(s.values) for s in raw.records("share_rule"))
        return Guard(who, (*public_rules(self.catalogue), *shared), self.catalogue, today)

    def history(self, record_id: str, who: Principal = KEEPER) -> list[past.Happening]:
        """Every change to a record: field by field, by whom, why."""
        found = past.history(self.store, self.guard(who), record_id, self.head[0])
        if not found:
            message = f"no record '{record_id}' that {who.name} may read"
            raise LedgerError(message)
        return found

    def diff(
        self, earlier: date, later: date, who: Principal = KEEPER, kind: str | None = None, *,
        known_on: date | None = None,
    ) -> list[past.Difference]:
        """What the ledger said of `earlier` on that day, against what it said of `later` then.

        With `known_on` one clock stands still: both days as known on that one, so that what was
        entered late or corrected counts for both.
        """
        return past.diff(
            self.view(who, as_of=earlier, known_on=known_on or earlier),
            self.view(who, as_of=later, known_on=known_on or later), kind)

    @property
    def head(self) -> tuple[int, str, str]:
        """Number, hash and instant of the last change."""
        rows = self.store.read(queries.HEAD)
        return (0, "", "") if not rows else (rows[0][0], rows[0][1], rows[0][2])

    def hash_of(self, change_no: int) -> str:
        """The hash of a change."""
        rows = self.store.read(queries.CHANGES, {"after": change_no - 1, "until": change_no})
        return str(rows[0].hash) if rows else ""

    def checkpoint(self, note: Note, published: str) -> tuple[int, str]:
        """Record that the head was made public, and where; its number and hash."""
        number, hashed, _ = self.head
        self.commit(note, [Entry("checkpoint", None, {
            "change_no": number, "hash": hashed, "published": published})])
        return number, hashed

    def changes(self, after: int = 0) -> Sequence[Any]:
        """Changes with a number above `after`: number, instant, actor, reason and the rest."""
        return self.store.read(queries.CHANGES, {"after": after, "until": 2**62})

    def erase(self, note: Note, record_id: str, field: str, who: Principal = KEEPER) -> Receipt:
        """Erase a personal value from every version of a record; the chain holds without it."""
        return erase(self, note, record_id, field, who)

    def verify(
        self, heads: dict[int, str] | None = None,
        progress: Callable[[int, int], None] | None = None, executor: Executor | None = None,
    ) -> Verdict:
        """Whether anything was altered: chain, checkpoints, heads kept outside, projections.

        Parts of it are handed to the executor, if there is one; a pool of processes makes it
        faster.
        """
        return verify(self.store, self.catalogue, heads, progress, executor)

    def rebuild(self) -> None:
        """Make the projections anew from the versions."""
        rebuild(self.store, self.catalogue)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _extra(store: Store) -> Path | None:
    return Path(str(store.url.database)).parent / EXTRA if store.is_sqlite else None
