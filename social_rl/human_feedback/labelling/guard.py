"""Which requests reach the labelling page? Of its own address, its own page, raters that it knows, and not too large.

All else is answered here, in one plain sentence that repeats nothing of what was sent. The checks stand before every
route, so a route that is added is guarded too.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

API, ENTER = "/api/", "/api/enter"
RATER = "rater"  # of a request's state: who sent it
MOST_BYTES = 64 * 1024  # of what is sent
MOST_HEADER_BYTES = 16 * 1024
ONCE = ("host", "origin", "cookie", "content-length", "content-type", "sec-fetch-site")
_PATH = re.compile(r"/[A-Za-z0-9/._-]{0,200}")
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)  # fmt: skip
HEADERS = (
    ("content-security-policy", CONTENT_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ("cache-control", "no-store"),
)


class Refusal(Exception):
    """A request that goes no further: its status, and what it is told."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def token_of(secret: bytes, rater: str) -> str:
    """The token of a rater, 64 hex digits: the same for the same secret, so that an address outlives the server."""
    return hmac.new(secret, rater.encode(), hashlib.sha256).hexdigest()


def rater_of(tokens: Mapping[str, str], token: object) -> str:
    """Whose token this is, "" nobody's; all are compared, each in constant time."""
    given = token.encode(errors="replace") if isinstance(token, str) else b""
    found = ""
    for rater, known in tokens.items():
        if hmac.compare_digest(known.encode(), given):
            found = rater
    return found


def cookie_name(port: int) -> str:
    """The name of the cookie with the token: cookies are shared by all ports of an address, so it has the port."""
    return f"social-rl-label-{port}"


def guarded(app: App, authorities: frozenset[str], tokens: Mapping[str, str], cookie: str) -> App:
    """The app behind its checks, as an ASGI app.

    Args:
        authorities: what the header Host may say, such as "127.0.0.1:8123".
        tokens: the token of each rater.
        cookie: the name of the cookie that holds it.
    """

    async def guard(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        hardened = _hardened(send)
        try:
            headers = _headers(scope)
            _check_request(scope, headers, authorities)
            if scope["path"].startswith(API) and scope["path"] != ENTER:
                rater = rater_of(tokens, _cookie(headers, cookie))
                if not rater:
                    raise Refusal(401, "open the address that the program printed, with all that follows #")
                scope.setdefault("state", {})[RATER] = rater
            await app(scope, _limited(receive), hardened)
        except Refusal as refusal:
            await refuse(refusal, hardened)

    return guard


async def refuse(refusal: Refusal, send: Send) -> None:
    """Answer with a status and a sentence, as JSON."""
    body = json.dumps({"error": refusal.reason}).encode()
    kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if refusal.status == 405:
        kind.append((b"allow", b"GET, HEAD, POST"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": kind})
    await send({"type": "http.response.body", "body": body})


# ---- checks --------------------------------------------------------------------------------------------
def _headers(scope: Message) -> dict[str, str]:
    """Headers by name; those that decide something come once."""
    found: dict[str, str] = {}
    size = 0
    for raw_name, raw_value in scope["headers"]:
        size += len(raw_name) + len(raw_value)
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name in ONCE and name in found:
            raise Refusal(400, "a header that may come once came twice")
        found[name] = value
    if size > MOST_HEADER_BYTES:
        raise Refusal(431, "the headers are too large")
    return found


def _check_request(scope: Message, headers: Mapping[str, str], authorities: frozenset[str]) -> None:
    path, method = scope["path"], scope["method"]
    raw_path = scope.get("raw_path", path.encode()).decode("latin-1")
    if headers.get("host", "").lower() not in authorities:
        raise Refusal(421, "this is the address of something else")
    if method not in ("GET", "HEAD", "POST"):
        raise Refusal(405, "only GET, HEAD and POST are answered")
    if raw_path != path or not _PATH.fullmatch(path) or "//" in path or ".." in path or scope["query_string"]:
        raise Refusal(404, "there is nothing here")
    origins = {f"http://{authority}" for authority in authorities}
    if "origin" in headers and headers["origin"].lower() not in origins:
        raise Refusal(403, "another page may not ask this")
    if path.startswith(API) and headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Refusal(403, "another page may not ask this")
    if method == "POST":
        _check_sent(headers)


def _check_sent(headers: Mapping[str, str]) -> None:
    """What is written comes from our page, as JSON of a known length."""
    if "origin" not in headers:
        raise Refusal(403, "what is sent must come from the page")
    if headers.get("content-type", "").lower().replace(" ", "") not in (
        "application/json",
        "application/json;charset=utf-8",
    ):
        raise Refusal(415, "only JSON is read")
    length = headers.get("content-length", "")
    if "transfer-encoding" in headers or not re.fullmatch(r"[0-9]{1,9}", length):
        raise Refusal(411, "the length of what is sent must be known")
    if int(length) > MOST_BYTES:
        raise Refusal(413, f"at most {MOST_BYTES} bytes are read")
    if "content-encoding" in headers:
        raise Refusal(415, "only plain JSON is read")


def _cookie(headers: Mapping[str, str], name: str) -> str:
    """The value of a cookie that comes once, else ""."""
    text = headers.get("cookie", "")
    if sum(part.partition("=")[0].strip() == name for part in text.split(";")) != 1:
        return ""
    try:
        found = SimpleCookie(text).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _limited(receive: Receive) -> Receive:
    """Receive so many bytes at most, whatever was said of their number."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MOST_BYTES:
            raise Refusal(413, f"at most {MOST_BYTES} bytes are read")
        return message

    return limited


def _hardened(send: Send) -> Send:
    """Send with the headers that let a browser do no more than the page needs."""

    async def hardened(message: Message) -> None:
        if message["type"] == "http.response.start":
            ours = [(name.encode(), value.encode()) for name, value in HEADERS]
            message = {**message, "headers": [*message["headers"], *ours]}
        await send(message)

    return hardened
