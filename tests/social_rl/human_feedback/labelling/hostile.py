"""Which requests must not succeed? A table: what our own page sends, but for one thing.

In headers, paths and bodies PORT, TOKEN, HALF and UPPER stand for the port, Ann's token, half of it and it in capitals,
CLIPS and APART for keys of comparisons.
"""

import json
from typing import NamedTuple

from social_rl.human_feedback.labelling.desk import key_of
from social_rl.human_feedback.labelling.guard import MOST_BYTES, MOST_HEADER_BYTES
from tests.social_rl.human_feedback.labelling.live import label_of


class Hostile(NamedTuple):
    """A request that must not succeed: our page's own, but for this."""

    method: str = "POST"
    path: str = "/api/label"
    change: dict[str, str | None] = {}  # noqa: RUF012 - headers that are other ones; None: left out
    extra: tuple[tuple[str, str], ...] = ()  # headers that are added
    body: bytes | None = None  # None: a good label
    length: str | None = None  # that is said, None: the true one
    status: int | None = None  # None: any from 400
    hangs_up: bool = False  # says no more afterwards


def wrong(**fields) -> bytes:
    """A label of which fields are other ones; ... leaves a field out."""
    label = label_of("clips", answer=fields.get("answer")) | fields
    return json.dumps({name: value for name, value in label.items() if value is not ...}).encode()


FOUR, MARKS, THUMB, BETTER, SHOWN = (
    {"comparison": key_of(name)} for name in ("four", "marks", "thumb", "better", "shown")
)
GET = {"method": "GET", "path": "/api/questions"}
HOSTILE = {
    # another host
    "host of a name that was bound to us": Hostile(change={"Host": "evil.example"}, status=421),
    "host with another port": Hostile(change={"Host": "127.0.0.1:1"}, status=421),
    "host without a port": Hostile(change={"Host": "127.0.0.1"}, status=421),
    "host that begins like ours": Hostile(change={"Host": "127.0.0.1:PORT.evil.example"}, status=421),
    "host with a user": Hostile(change={"Host": "x@127.0.0.1:PORT"}, status=421),
    "host 0.0.0.0": Hostile(change={"Host": "0.0.0.0:PORT"}, status=421),
    "host as a number": Hostile(change={"Host": "2130706433:PORT"}, status=421),
    "no host": Hostile(change={"Host": None}),
    "empty host": Hostile(change={"Host": ""}, status=421),
    "two hosts": Hostile(extra=(("Host", "evil.example"),)),
    "the page for another host": Hostile("GET", "/", {"Host": "evil.example:PORT"}, status=421),
    "forwarded host": Hostile(change={"Host": "evil.example"}, extra=(("X-Forwarded-Host", "127.0.0.1:PORT"),)),
    "whole address as path": Hostile(path="http://evil.example/api/label"),
    # another page
    "another origin": Hostile(change={"Origin": "http://evil.example"}, status=403),
    "origin null": Hostile(change={"Origin": "null"}, status=403),
    "origin with https": Hostile(change={"Origin": "https://127.0.0.1:PORT"}, status=403),
    "origin with another port": Hostile(change={"Origin": "http://127.0.0.1:1"}, status=403),
    "origin that begins like ours": Hostile(change={"Origin": "http://127.0.0.1:PORT.evil.example"}, status=403),
    "origin with a path": Hostile(change={"Origin": "http://127.0.0.1:PORT/"}, status=403),
    "no origin": Hostile(change={"Origin": None}, status=403),
    "two origins": Hostile(extra=(("Origin", "http://evil.example"),), status=400),
    "questions for another page": Hostile(**GET, change={"Origin": "http://evil.example"}, status=403),
    "questions, cross-site": Hostile(**GET, extra=(("Sec-Fetch-Site", "cross-site"),), status=403),
    "questions, same-site": Hostile(**GET, extra=(("Sec-Fetch-Site", "same-site"),), status=403),
    "preflight of another page": Hostile(
        "OPTIONS", change={"Origin": "http://evil.example"}, extra=(("Access-Control-Request-Method", "POST"),)
    ),
    # no token, or another one
    "no cookie": Hostile(change={"Cookie": None}, status=401),
    "an empty token": Hostile(change={"Cookie": "social-rl-label-PORT="}, status=401),
    "a wrong token": Hostile(change={"Cookie": f"social-rl-label-PORT={'0' * 64}"}, status=401),
    "the beginning of a token": Hostile(change={"Cookie": "social-rl-label-PORT=HALF"}, status=401),
    "a token in capitals": Hostile(change={"Cookie": "social-rl-label-PORT=UPPER"}, status=401),
    "a token of another port": Hostile(change={"Cookie": "social-rl-label-1=TOKEN"}, status=401),
    "two tokens in a cookie": Hostile(
        change={"Cookie": "social-rl-label-PORT=TOKEN; social-rl-label-PORT=TOKEN"}, status=401
    ),
    "two cookies": Hostile(extra=(("Cookie", "social-rl-label-PORT=TOKEN"),), status=400),
    "token of other characters": Hostile(change={"Cookie": "social-rl-label-PORT=\xff\xfe"}, status=401),
    "token as authorization": Hostile(
        change={"Cookie": None}, extra=(("Authorization", "Bearer TOKEN"),), status=401
    ),
    "token in the address": Hostile(**GET | {"path": "/api/questions?token=TOKEN"}, change={"Cookie": None}),
    "questions without a cookie": Hostile(**GET, change={"Cookie": None}, status=401),
    "a skip without a cookie": Hostile(path="/api/skip", change={"Cookie": None}, status=401),
    "a skip for another page": Hostile(
        path="/api/skip", change={"Origin": "http://evil.example"}, status=403
    ),
    "a clip without a cookie": Hostile("GET", "/api/clip/CLIPS/0", {"Cookie": None}, status=401),
    "a sheet without a cookie": Hostile("GET", "/api/clip/CLIPS/0.png", {"Cookie": None}, status=401),
    "enter by a wrong token": Hostile(path="/api/enter", body=b'{"token": "x"}', status=401),
    "enter by a token that is no text": Hostile(path="/api/enter", body=b'{"token": ["x"]}', status=401),
    "enter by half a character": Hostile(path="/api/enter", body=b'{"token": "\\ud800"}', status=400),
    "enter without a token": Hostile(path="/api/enter", body=b"{}", status=401),
    "enter from another page": Hostile(
        path="/api/enter", body=b'{"token": "TOKEN"}', change={"Origin": "http://evil.example"}, status=403
    ),
    # another method
    "GET of a label": Hostile("GET", "/api/label"),
    "PUT": Hostile("PUT", status=405),
    "DELETE": Hostile("DELETE", status=405),
    "PATCH": Hostile("PATCH", status=405),
    "TRACE": Hostile("TRACE", status=405),
    "CONNECT": Hostile("CONNECT", "127.0.0.1:22"),
    "a method of its own": Hostile("STEAL", status=405),
    "POST to questions": Hostile(path="/api/questions", status=405),
    "POST to the page": Hostile(path="/", status=405),
    "another method by a header": Hostile("GET", extra=(("X-HTTP-Method-Override", "POST"),)),
    # another type
    "a form": Hostile(change={"Content-Type": "application/x-www-form-urlencoded"}, status=415),
    "plain text": Hostile(change={"Content-Type": "text/plain"}, status=415),
    "parts": Hostile(change={"Content-Type": "multipart/form-data; boundary=x"}, status=415),
    "no type": Hostile(change={"Content-Type": None}, status=415),
    "two types": Hostile(extra=(("Content-Type", "text/plain"),), status=400),
    "JSON of another alphabet": Hostile(change={"Content-Type": "application/json; charset=utf-16"}, status=415),
    "packed": Hostile(extra=(("Content-Encoding", "gzip"),), status=415),
    # another size
    "too large": Hostile(body=b" " * (MOST_BYTES + 1), status=413),
    "said to be huge": Hostile(length="99999999999999", status=411),
    "said to be larger than it is": Hostile(length=str(MOST_BYTES), body=b"{}", hangs_up=True),
    "said to be smaller than nothing": Hostile(length="-1"),
    "length in words": Hostile(length="ten"),
    "length with a sign": Hostile(length="+20"),
    "two lengths": Hostile(extra=(("Content-Length", "5"),)),
    "in pieces": Hostile(
        change={"Content-Length": None}, extra=(("Transfer-Encoding", "chunked"),), body=b"5\r\n{}   \r\n0\r\n\r\n"
    ),
    "in pieces, and with a length": Hostile(
        extra=(("Transfer-Encoding", "chunked"),), body=b"0\r\n\r\nPOST /api/label HTTP/1.1\r\n\r\n"
    ),
    "headers that are too large": Hostile(extra=(("X-Much", "x" * MOST_HEADER_BYTES),)),
    "very many headers": Hostile(extra=tuple((f"X-{i}", "x") for i in range(5000))),
    "a header over two lines": Hostile(extra=(("X-A", "b\r\n  c: d"), ("Cookie", "x"))),
    "a header that brings another": Hostile(change={"Origin": None}, extra=(("X-A", "b\rOrigin: http://127.0.0.1:PORT"),)),
    "a space before the colon": Hostile(change={"Origin": None}, extra=(("Origin ", "http://127.0.0.1:PORT"),)),
    # another file
    "upwards": Hostile("GET", "/../pyproject.toml", status=404),
    "upwards, encoded": Hostile("GET", "/%2e%2e/%2e%2e/etc/passwd", status=404),
    "upwards, encoded twice": Hostile("GET", "/%252e%252e/etc/passwd", status=404),
    "upwards, with backslashes": Hostile("GET", "/..\\..\\etc\\passwd", status=404),
    "upwards from a clip": Hostile("GET", "/api/clip/CLIPS/../../../etc/passwd", status=404),
    "a slash in a clip": Hostile("GET", "/api/clip/CLIPS/..%2f..%2fetc%2fpasswd", status=404),
    "an absolute path": Hostile("GET", "//etc/passwd", status=404),
    "end of text": Hostile("GET", "/label.js%00.png", status=404),
    "the folder of the page": Hostile("GET", "/page/", status=404),
    "a source": Hostile("GET", "/server.py", status=404),
    "the key": Hostile("GET", "/raters.key", status=404),
    "a list of clips": Hostile("GET", "/api/clip/", status=404),
    "a clip of no comparison": Hostile("GET", "/api/clip/00000000000000000000000000000000/0", status=404),
    "a clip of no item": Hostile("GET", "/api/clip/CLIPS/2", status=404),
    "a clip before the first": Hostile("GET", "/api/clip/CLIPS/-1", status=404),
    "a clip of an item without one": Hostile("GET", "/api/clip/APART/0", status=404),
    "a question": Hostile("GET", "/?x=1", status=404),
    "a very long path": Hostile("GET", "/" + "a" * 5000),
    # another label
    "no JSON": Hostile(body=b"best=0", status=400),
    "nothing": Hostile(body=b"", status=400),
    "a list": Hostile(body=b"[]", status=400),
    "null": Hostile(body=b"null", status=400),
    "no UTF-8": Hostile(body=b'{"id": "\xff"}', status=400),
    "not a number": Hostile(body=wrong().replace(b"1.5", b"NaN"), status=400),
    "infinite": Hostile(body=wrong().replace(b"1.5", b"-Infinity"), status=400),
    "a number that overflows": Hostile(body=wrong().replace(b"1.5", b"1e999"), status=400),
    "a number of 5,000 digits": Hostile(body=wrong().replace(b"1.5", b"1" * 5000), status=400),
    "nested 30,000 deep": Hostile(body=b"[" * 30000 + b"]" * 30000, status=400),
    "objects nested 9,000 deep": Hostile(body=b'{"a":' * 9000 + b"1" + b"}" * 9000, status=400),
    "a name twice": Hostile(body=wrong()[:-1] + b', "seconds": 2}', status=400),
    "half a character": Hostile(body=wrong(reason="x").replace(b'"x"', b'"\\ud800"'), status=400),
    "a control character": Hostile(body=wrong(reason="\x00"), status=400),
    "a field too many": Hostile(body=wrong(is_human=False), status=400),
    "a rater of its own": Hostile(body=wrong(rater="ben"), status=400),
    "a field too few": Hostile(body=wrong(seconds=...), status=400),
    "an id of another form": Hostile(body=wrong(id="../../x"), status=400),
    "an id that is a number": Hostile(body=wrong(id=5), status=400),
    "a comparison that is none": Hostile(body=wrong(comparison="0" * 32), status=404),
    "a comparison with quotes": Hostile(body=wrong(comparison="' OR 1=1 --"), status=400),
    "seconds below zero": Hostile(body=wrong(seconds=-1), status=400),
    "seconds as a truth": Hostile(body=wrong(seconds=True), status=400),
    "a reason without end": Hostile(body=wrong(reason="x" * 1001), status=400),
    "shown as a text": Hostile(body=wrong(shown="10"), status=400),
    "shown one twice": Hostile(body=wrong(shown=[0, 0]), status=422),
    "shown one too many": Hostile(body=wrong(shown=[0, 1, 2]), status=422),
    "shown without end": Hostile(body=wrong(shown=list(range(9000))), status=422),
    "best of three": Hostile(body=wrong(answer={"best": 2}), status=422),
    "best as a truth": Hostile(body=wrong(answer={"best": True}), status=422),
    "best as a fraction": Hostile(body=wrong(answer={"best": 0.0}), status=422),
    "best and more": Hostile(body=wrong(answer={"best": 0, "vote": 1}), status=422),
    "an answer of another kind": Hostile(body=wrong(answer={"vote": 1}), status=422),
    "an order that lacks one": Hostile(body=wrong(**FOUR, answer={"order": [[0], [1], [2]]}), status=422),
    "an order with one twice": Hostile(body=wrong(**FOUR, answer={"order": [[0, 0], [1], [2]]}), status=422),
    "an order with an empty list": Hostile(
        body=wrong(**FOUR, answer={"order": [[], [0], [1], [2], [3]]}), status=422
    ),
    "marks that go back": Hostile(body=wrong(**MARKS, answer={"marks": [[3, 1], [2, 1]]}), status=422),
    "marks without end": Hostile(
        body=wrong(**MARKS, answer={"marks": [[i, 1] for i in range(501)]}), status=422
    ),
    "marks beyond any clip": Hostile(body=wrong(**MARKS, answer={"marks": [[10**6, 1]]}), status=422),
    "no marks": Hostile(body=wrong(**MARKS, answer={"marks": []}), status=422),
    "a vote for nothing": Hostile(body=wrong(**THUMB, answer={"vote": 0}), status=422),
    "a correction that is blank": Hostile(body=wrong(**BETTER, answer={"text": " \n"}), status=422),
    "a correction without end": Hostile(body=wrong(**BETTER, answer={"text": "x" * 4001}), status=422),
    "a demonstration": Hostile(body=wrong(**SHOWN, answer={"replay": "/etc/passwd"}), status=422),
}  # fmt: skip
