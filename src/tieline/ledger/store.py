"""The database: opening it, one writer at a time, and what its errors mean.

SQLite: write-ahead log, synchronous=FULL (a change that was acknowledged survives a kill and a
power cut), one writer by BEGIN IMMEDIATE. PostgreSQL: one writer by a lock on `latest`. Readers
never wait: what they read has been written once and for all.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Executable, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from tieline.errors import StorageError
from tieline.ledger.archive import archive_uri

REVISION = "0003"
"""The age of the tables this program reads and writes."""

BUSY_S = 60.0
"""So long a writer waits for its turn."""

MIGRATIONS = Path(__file__).parent / "migrations"
PRAGMAS = (
    "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON", "PRAGMA cache_size=-65536",
    "PRAGMA mmap_size=268435456",
)
LOCK = text("LOCK TABLE latest IN EXCLUSIVE MODE")
"""On a table that is updated anyhow: the evidence needs no right but to read and insert."""

SHAPES = {
    "sqlite": "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' "
              "ORDER BY type, name",
    "postgresql": "SELECT tgrelid::regclass, tgname, tgenabled, pg_get_triggerdef(oid) "
                  "FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname",
}

FAULTS = (
    ("database or disk is full", "the disk is full"),
    ("No space left on device", "the disk is full"),
    ("disk I/O error", "the disk did not take the data"),
    ("attempt to write a readonly database", "it may not be written (read-only)"),
    ("read-only transaction", "it may not be written (read-only)"),
    ("unable to open database file", "it cannot be opened or made there"),
    ("database is locked", "another program keeps it locked"),
    ("file is not a database", "it is no ledger (another kind of file)"),
    ("malformed", "the file is damaged"),
    ("Could not decode to UTF-8", "the file is damaged"),
    ("Connection refused", "nothing listens there: is the database server running?"),
    ("resolve host", "there is no such host"),
    ("translate host", "there is no such host"),
    ("authentication failed", "the server refuses this user or password"),
    ("no password supplied", "the server asks for a password"),
    ("timeout expired", "the server does not answer"),
    ("FATAL:  database ", "the server has no such database"),
    ("FATAL:  role ", "the server has no such user"),
)
"""What the database says, and what it means."""


def url_of(place: str | Path | URL) -> URL:
    """The URL of a database: a file name means SQLite, a text with :// is a URL as it is."""
    if isinstance(place, URL):
        return place
    if isinstance(place, str) and "://" in place:
        url = make_url(place)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        return url
    return URL.create("sqlite", database=str(Path(place).resolve()))


class Store:
    """A database and its connections: one for each thread that reads."""

    def __init__(self, place: str | Path | URL) -> None:
        self.url = url_of(place)
        self.name = self.url.render_as_string(hide_password=True)
        if self.is_sqlite:
            self.name = str(self.url.database)
        self.engine = _engine(self.url)
        self._local = threading.local()
        self._kept: list[Connection] = []

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def raw_place(self) -> str:
        """The file, or the URL with its password: where another process may connect."""
        if self.is_sqlite:
            return str(self.url.database)
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def create(self) -> None:
        """Make the tables, or bring older ones up to date."""
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.faults(), self.engine.connect() as connection:
            config.attributes["connection"] = connection
            with connection.begin():
                command.upgrade(config, REVISION)

    def check(self) -> None:
        """Raise StorageError unless a ledger of this age is there."""
        if self.is_sqlite and not Path(str(self.url.database)).is_file():
            message = f"{self.name}: there is no ledger; `tieline ledger init` makes one"
            raise StorageError(message)
        with self.faults():
            try:
                found = self.read(text("SELECT version_num FROM alembic_version"))
            except DBAPIError as error:
                if not any(w in str(error.orig) for w in ("no such table", "does not exist")):
                    raise
                found = []
        if not found:
            message = f"{self.name}: this is no ledger"
            raise StorageError(message)
        if found[0][0] != REVISION:
            message = (
                f"{self.name}: the ledger is of age {found[0][0]}, this program needs {REVISION}; "
                "`tieline ledger init` brings an older one up to date")
            raise StorageError(message)

    def shape(self) -> str:
        """Digest of the tables and the triggers that guard them, 64 hexadecimal digits."""
        rows = self.read(text(SHAPES[self.url.get_backend_name()]))
        return sha256("\n".join("|".join(map(str, r)) for r in rows).encode()).hexdigest()

    def reader(self) -> Connection:
        """The present thread's connection; each statement is a transaction of its own."""
        return self._keep("reader", isolation_level="AUTOCOMMIT")

    def _keep(self, purpose: str, **options: Any) -> Connection:
        """A connection that the present thread keeps for a purpose."""
        found: Connection | None = getattr(self._local, purpose, None)
        if found is None or found.closed:
            with self.faults():
                found = self.engine.connect().execution_options(**options)
            setattr(self._local, purpose, found)
            self._kept.append(found)
        return found

    @contextmanager
    def _writer(self) -> Iterator[Connection]:
        """A file's connection is kept; one to a server is given back, for it may break."""
        if not self.is_sqlite:
            with self.engine.connect() as connection:
                yield connection
            return
        connection = self._keep("writer")
        connection.info["write"] = True
        yield connection

    def read(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Any]:
        """Every row of a statement."""
        with self.faults():
            return self.reader().execute(statement, parameters).all()

    def stream(self, statement: Executable, *, at_once: int = 1000) -> Iterator[Any]:
        """The rows of a statement, few of them in memory at once."""
        with self.faults(), self.engine.connect() as connection:
            yield from connection.execution_options(yield_per=at_once).execute(statement)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that nobody else writes beside; all of it is kept, or nothing."""
        with self.faults(), self._writer() as connection, connection.begin():
            if not self.is_sqlite:
                connection.execute(LOCK)
            yield connection

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Say in words what the database could not do."""
        try:
            yield
        except IntegrityError:
            raise
        except (DBAPIError, SQLAlchemyError, sqlite3.Error, OSError) as error:
            said = str(getattr(error, "orig", None) or error)
            for sign, words in FAULTS:
                if sign in said:
                    message = f"{self.name}: {words}"
                    raise StorageError(message) from error
            raise
        except UnicodeDecodeError as error:
            message = f"{self.name}: the file is damaged"
            raise StorageError(message) from error

    def forget_erased(self) -> None:
        """Take erased personal values out of the write-ahead log too."""
        if self.is_sqlite:
            self.reader().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of every connection."""
        for connection in self._kept:
            connection.close()
        self._kept.clear()
        self._local = threading.local()
        self.engine.dispose()


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    archive = archive_uri(Path(str(url.database)))
    if archive:
        return create_engine(f"sqlite:///{archive}&uri=true", connect_args={
            "timeout": BUSY_S, "check_same_thread": False}, pool_size=0)
    engine = create_engine(
        url, connect_args={"timeout": BUSY_S, "check_same_thread": False}, pool_size=0,
    )

    @event.listens_for(engine, "connect")
    def _open(raw: Any, _: Any) -> None:
        raw.isolation_level = None  # transactions begin below, as written there
        for pragma in PRAGMAS:
            raw.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("isolation_level") != "AUTOCOMMIT":
            writing = connection.info.get("write")
            # straight to the driver: it is as quick as the commit itself otherwise
            connection.connection.cursor().execute("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine
