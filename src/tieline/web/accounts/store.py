"""Accounts, sessions and tokens: kept beside the ledger, secrets only as hashes.

Passwords are hashed by argon2id (RFC 9106); sessions and tokens are 256 random bits, of which the
file holds the SHA-256. What an account may do is said by its jurisdictions and roles, and judged
by the ledger's one policy function.
"""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    MetaData,
    Table,
    Text,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from tieline.errors import InputError, StorageError
from tieline.ledger.clock import instant
from tieline.ledger.rights import ROLES, Principal
from tieline.ledger.work.workflow import workflows
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = "accounts.sqlite"
"""The accounts in a region's folder."""
SHORTEST, LONGEST = 10, 200
"""Characters of a password."""
SESSION_H = 12
MOST_DAYS = 366
"""So long a token may live."""
SCOPES = ("read", "write")
KEEPER_ROLE = "keeper"
"""The role of one who may do everything."""
AT_ONCE = 2
"""So many passwords are checked at once: each takes 64 MB for a moment."""

META = MetaData()
account = Table(
    "account", META, Column("name", Text, primary_key=True), Column("secret", Text, nullable=False),
    Column("jurisdictions", Text, nullable=False), Column("roles", Text, nullable=False),
    Column("created", Text, nullable=False),
)
session = Table(
    "session", META, Column("digest", Text, primary_key=True), Column("name", Text, nullable=False),
    Column("expires", Text, nullable=False),
)
token = Table(
    "token", META, Column("digest", Text, primary_key=True), Column("id", Text, nullable=False),
    Column("name", Text, nullable=False), Column("title", Text, nullable=False),
    Column("scopes", Text, nullable=False), Column("created", Text, nullable=False),
    Column("expires", Text, nullable=False),
)


@dataclass(frozen=True)
class Account:
    """Somebody - a role, not a person: a name, their jurisdictions, their roles."""

    name: str
    jurisdictions: tuple[str, ...]
    roles: tuple[str, ...]

    @property
    def principal(self) -> Principal:
        """Who they are to the ledger."""
        return Principal(self.name, self.jurisdictions, self.roles,
                         everything=KEEPER_ROLE in self.roles)


@dataclass(frozen=True)
class Token:
    """A token as its owner sees it: never the secret."""

    id: str
    title: str
    scopes: tuple[str, ...]
    created: str
    expires: str


def known_roles() -> tuple[str, ...]:
    """Every role an account may have: of records, of joint work, and the keeper's."""
    of_work = {r for w in workflows().values() for r in (*w.roles.values(), w.escalate)}
    return (*ROLES, *sorted(of_work), KEEPER_ROLE)


class Accounts:
    """The accounts in a file, made if it is not there; usable from any thread."""

    def __init__(self, place: Path) -> None:
        from argon2 import PasswordHasher

        self._engine = create_engine(
            f"sqlite:///{place}", connect_args={"timeout": 30.0, "check_same_thread": False})
        event.listen(self._engine, "connect", _careful)
        self._hasher = PasswordHasher()
        self._gate = threading.BoundedSemaphore(AT_ONCE)
        self._nobody = self._hasher.hash(secrets.token_hex())
        try:
            META.create_all(self._engine)
        except SQLAlchemyError as error:
            message = f"{place}: it cannot be opened or made there"
            raise StorageError(message) from error

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def add(self, name: str, password: str, jurisdictions: Sequence[str],
            roles: Sequence[str]) -> Account:
        """Make an account; InputError with everything that is wrong with it."""
        problems = _problems(name, password, roles)
        if not problems and self.find(name) is not None:
            problems = [f"account '{name}': there is one already"]
        if problems:
            raise InputError(problems)
        made = Account(name, tuple(jurisdictions), tuple(roles))
        try:
            self._write(insert(account).values(
                name=name, secret=self._hasher.hash(password), created=_now(),
                jurisdictions=json.dumps(made.jurisdictions), roles=json.dumps(made.roles)))
        except IntegrityError:
            raise InputError([f"account '{name}': there is one already"]) from None
        return made

    def remove(self, name: str) -> None:
        """End an account, its sessions and its tokens; InputError if there is none."""
        if self.find(name) is None:
            raise InputError([f"no account '{name}'{nearest(name, [a.name for a in self.all()])}"])
        for table in (session, token, account):
            self._write(delete(table).where(table.c.name == name))

    def set_password(self, name: str, password: str) -> None:
        """Give another password; every session of the account ends."""
        problems = _problems(name, password, ())
        if problems:
            raise InputError(problems)
        if self.find(name) is None:
            raise InputError([f"no account '{name}'{nearest(name, [a.name for a in self.all()])}"])
        self._write(update(account).where(account.c.name == name).values(
            secret=self._hasher.hash(password)))
        self._write(delete(session).where(session.c.name == name))

    def all(self) -> list[Account]:
        """Every account by name."""
        return [_account(r) for r in self._read(select(account).order_by(account.c.name))]

    def find(self, name: str) -> Account | None:
        """The account of that name."""
        rows = self._read(select(account).where(account.c.name == name))
        return _account(rows[0]) if rows else None

    def check(self, name: str, password: str) -> Account | None:
        """The account if the password is right; as much work if there is no such account."""
        from argon2.exceptions import InvalidHashError, VerificationError

        rows = self._read(select(account).where(account.c.name == name))
        secret = rows[0].secret if rows else self._nobody
        with self._gate:
            try:
                self._hasher.verify(secret, password[:LONGEST])
            except (VerificationError, InvalidHashError):
                return None
        return _account(rows[0]) if rows else None

    def begin(self, who: Account) -> str:
        """A session's secret, for its cookie; old sessions are swept away."""
        secret = secrets.token_urlsafe(32)
        self._write(delete(session).where(session.c.expires < _now()))
        self._write(insert(session).values(
            digest=_digest(secret), name=who.name, expires=_later(timedelta(hours=SESSION_H))))
        return secret

    def visiting(self, secret: str) -> Account | None:
        """Whose session it is; None if it ended."""
        rows = self._read(
            select(account).join(session, session.c.name == account.c.name)
            .where(session.c.digest == _digest(secret), session.c.expires >= _now()))
        return _account(rows[0]) if rows else None

    def end(self, secret: str) -> None:
        """End a session."""
        self._write(delete(session).where(session.c.digest == _digest(secret)))

    def give(self, who: Account, title: str, scopes: Sequence[str], days: int) -> str:
        """A token's secret, shown this once; InputError if it may not be like this."""
        problems = [f"token: expected scopes of {', '.join(SCOPES)}, found '{s}'"
                    for s in scopes if s not in SCOPES]
        if not scopes:
            problems.append(f"token: expected scopes of {', '.join(SCOPES)}, found none")
        if not 1 <= days <= MOST_DAYS:
            problems.append(f"token: expected from 1 to {MOST_DAYS} days, found {days}")
        if not title.strip() or len(title) > LONGEST:
            problems.append(f"token: expected a title of up to {LONGEST} characters")
        if problems:
            raise InputError(problems)
        secret = secrets.token_urlsafe(32)
        self._write(insert(token).values(
            digest=_digest(secret), id=secrets.token_hex(6), name=who.name, title=title.strip(),
            scopes=" ".join(dict.fromkeys(scopes)), created=_now(),
            expires=_later(timedelta(days=days))))
        return secret

    def holding(self, secret: str) -> tuple[Account, tuple[str, ...]] | None:
        """Whose token it is and what it may; None if it expired or was taken back."""
        rows = self._read(
            select(account, token.c.scopes).join(token, token.c.name == account.c.name)
            .where(token.c.digest == _digest(secret), token.c.expires >= _now()))
        return (_account(rows[0]), tuple(rows[0].scopes.split())) if rows else None

    def tokens(self, who: Account) -> list[Token]:
        """The tokens of an account, the newest first."""
        rows = self._read(select(token).where(token.c.name == who.name)
                          .order_by(token.c.created.desc()))
        return [Token(r.id, r.title, tuple(r.scopes.split()), r.created, r.expires) for r in rows]

    def take_back(self, who: Account, token_id: str) -> None:
        """End a token of this account."""
        self._write(delete(token).where(token.c.name == who.name, token.c.id == token_id))

    def _read(self, statement: Any) -> Sequence[Any]:
        with self._engine.connect() as connection:
            return connection.execute(statement).all()

    def _write(self, statement: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(statement)


def _careful(raw: Any, _: Any) -> None:
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA secure_delete=ON")


def _account(row: Any) -> Account:
    return Account(row.name, tuple(json.loads(row.jurisdictions)), tuple(json.loads(row.roles)))


def _problems(name: str, password: str, roles: Sequence[str]) -> list[str]:
    out = []
    if not name.strip() or name != name.strip() or len(name) > LONGEST or not name.isprintable():
        out.append(f"account '{name}': expected a name of up to {LONGEST} characters")
    if not SHORTEST <= len(password) <= LONGEST:
        out.append(f"account '{name}': expected a password of {SHORTEST} to {LONGEST} characters, "
                   f"found {len(password)}")
    known = known_roles()
    out += [f"account '{name}': expected a role of {', '.join(known)}, found '{r}'"
            for r in roles if r not in known]
    return out


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def _now() -> str:
    return instant(datetime.now(UTC))


def _later(span: timedelta) -> str:
    return instant(datetime.now(UTC) + span)
