"""What do tests of a running server need? One on a port of its own, and requests of any bytes."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from social_rl.human_feedback.labelling.clips import Clip
from social_rl.human_feedback.labelling.desk import Desk, key_of
from social_rl.human_feedback.labelling.guard import cookie_name, token_of


class Site(NamedTuple):
    """A running server."""

    port: int
    tokens: dict[str, str]

    @property
    def authority(self) -> str:
        """As the header Host says it."""
        return f"127.0.0.1:{self.port}"

    def own(self, rater: str = "ann") -> dict[str, str]:
        """Headers of a request that our page sends."""
        return {
            "Host": self.authority,
            "Origin": f"http://{self.authority}",
            "Cookie": f"{cookie_name(self.port)}={self.tokens[rater]}",
            "Content-Type": "application/json",
        }

    def ask(
        self,
        method: str,
        path: str,
        headers: Sequence[tuple[str, str]] | dict[str, str],
        body: bytes = b"",
        hangs_up: bool = False,
    ) -> tuple[int, bytes]:
        """Send a request as it is; returns the status, 0 if the server hung up, and all that came back."""
        pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in pairs)]
        return self.raw("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body, hangs_up)

    def raw(self, data: bytes, hangs_up: bool = False) -> tuple[int, bytes]:
        """Send bytes, and no more if one `hangs_up`; read until the server hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            try:
                line.sendall(data)
                if hangs_up:
                    line.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the server has answered and hung up before it had read all
            answer = b""
            try:
                while more := line.recv(65536):
                    answer += more
            except ConnectionResetError:
                pass
        status = answer.split(b" ", 2)[1] if answer.startswith(b"HTTP/1.1 ") else b"0"
        return int(status), answer

    def get(self, path: str, rater: str = "ann") -> tuple[int, bytes]:
        """Ask as our page does; returns the status and the body."""
        status, answer = self.ask("GET", path, self.own(rater))
        return status, answer.partition(b"\r\n\r\n")[2]

    def post(self, path: str, what: Any, rater: str = "ann") -> tuple[int, Any]:
        """Send as our page does; returns the status and the JSON that comes back."""
        body = json.dumps(what).encode()
        status, answer = self.ask("POST", path, self.own(rater) | {"Content-Length": str(len(body))}, body)
        return status, json.loads(answer.partition(b"\r\n\r\n")[2])


def label_of(comparison: str, number: int = 0, answer: Any = None, **more: Any) -> dict[str, Any]:
    """A label as a page sends it; of a comparison by its name in the test."""
    given = {"best": 0} if answer is None else answer
    many = {"best": 2, "order": 4}.get(next(iter(given)), 1)
    return {
        "id": f"{number:032x}",
        "comparison": key_of(comparison),
        "shown": list(range(many)),
        "answer": given,
        "seconds": 1.5,
        "reason": "",
    } | more


@contextmanager
def running(
    desk: Desk, load_clip: Callable[[str], Clip], raters: Sequence[str] = ("ann", "ben"), port: int = 0
) -> Iterator[Site]:
    """A server of the labelling page, as `social-rl label --web` starts it, while this lasts."""
    import uvicorn

    from social_rl.human_feedback.labelling.serve import authorities_of, settings
    from social_rl.human_feedback.labelling.server import label_app

    listening = socket.create_server(("127.0.0.1", port))
    port = listening.getsockname()[1]
    tokens = {rater: token_of(b"secret of a test", rater) for rater in raters}
    app = label_app(desk, load_clip, tokens, authorities_of("127.0.0.1", port), port)
    server = uvicorn.Server(settings(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield Site(port, tokens)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
