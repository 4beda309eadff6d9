"""What every request passes and every answer carries: limits, same site, headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BODY = 64 * 1024
"""Bytes of a request's body: questions are small."""
MOST_UPLOAD = 12 * 2**20
MOST_CHANGE = 4 * 2**20
LARGER = (("/joint-work/", MOST_UPLOAD), ("/projects/exchange", MOST_UPLOAD),
          ("/api/v1/records/", MOST_UPLOAD), ("/api/v1/changes", MOST_CHANGE))
"""Addresses that take files, or long changes."""
MOST_ADDRESS = 16 * 1024
OURS = ("session", "hat")
"""Cookies by which a browser is known."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
"""Names by which this machine may be called: any other is a page of another site that points
its own name here."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), camera=(), microphone=()"),
]


class TooLargeError(HTTPException):
    """The body of a request went beyond the limit while it was read."""

    def __init__(self, most: int) -> None:
        super().__init__(413, _too_large(most))


class Guard:
    """Around the whole application."""

    def __init__(
        self, app: App, refuse: Callable[[int, str], App], names: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._refuse = refuse
        self._names = HOSTS | names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what may not pass; add the headers to every answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message.get("headers", ())}
                message["headers"] = [
                    *message.get("headers", ()), *(h for h in HEADERS if h[0] not in given)]
            await send(message)

        most = _most(scope["path"])
        refusal = _refusal(scope, self._names, most)
        if refusal is not None:
            await self._refuse(*refusal)(scope, receive, answer)
            return
        await self._app(scope, _limited(receive, most), answer)


def _most(path: str) -> int:
    return next((most for start, most in LARGER if path.startswith(start)), MOST_BODY)


def _refusal(scope: Scope, names: frozenset[str], most: int) -> tuple[int, str] | None:
    """Status and reason if the request may not pass."""
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    host = headers.get("host", "")
    if _name(host) not in names:
        return 421, "this server does not answer to this name"
    if len(scope.get("raw_path") or b"") + len(scope.get("query_string", b"")) > MOST_ADDRESS:
        return 414, f"the address is longer than {MOST_ADDRESS} bytes"
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or len(length) > 12 or int(length) > most:
        return 413, _too_large(most)
    if scope["method"] not in SAFE and not _same_site(headers, host):
        return 403, "this request came from another site"
    return None


def _too_large(most: int) -> str:
    return f"the request is larger than {most} bytes"


def _name(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _same_site(headers: dict[str, str], host: str) -> bool:
    """By Sec-Fetch-Site, else by Origin; programs that are no browser send neither, nor cookies."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return not any(f"{name}=" in headers.get("cookie", "") for name in OURS)
    return origin.partition("://")[2] == host


def _limited(receive: Receive, most: int) -> Receive:
    seen = 0

    async def limited() -> MutableMapping[str, Any]:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise TooLargeError(most)
        return message

    return limited
