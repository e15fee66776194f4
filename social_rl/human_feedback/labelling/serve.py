"""How is the labelling page put up? A store is opened, every rater gets an address, and a server listens."""

import ipaddress
import os
import re
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from social_rl.commands.label import Label
from social_rl.human_feedback.labelling.desk import clip_in
from social_rl.human_feedback.labelling.guard import App, token_of
from social_rl.human_feedback.labelling.opening import check_raters, desk_of, folder_of
from worlds.checks import check_number, count
from worlds.files import read_plain, sync_folder

if TYPE_CHECKING:
    import uvicorn

KEY = "raters.key"  # beside the store: what makes the addresses of raters, 64 hex digits
MOST_AT_ONCE = 256  # requests
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def label(command: Label) -> int:
    """Put up the page until it is stopped.

    Raises:
        ValueError: an option is wrong.
        ImportError: the packages of the server are missing.
        OSError: nothing can listen there, or a file cannot be read.
    """
    check(command)
    label_app = server_of()
    console = Console(highlight=False, soft_wrap=True)
    folder = folder_of(command)
    desk = desk_of(command)
    with socket.create_server((command.host, command.port), family=family_of(command.host)) as listening:
        port = listening.getsockname()[1]
        secret = secret_in(folder)
        tokens = {rater: token_of(secret, rater) for rater in command.rater}
        app = label_app(desk, partial(clip_in, folder), tokens, authorities_of(command.host, port), port)
        announce(console, command, port, tokens)
        import uvicorn

        uvicorn.Server(settings(app)).run(sockets=[listening])
    return 0


def check(command: Label) -> None:
    """Raise a ValueError unless a page can be put up as the command says."""
    check_number("--port", command.port, 0, 65535)
    check_raters(command)
    if command.host in ("0.0.0.0", "::", ""):
        raise ValueError(
            f"--host {command.host or 'is empty'}: name the one address that raters open, such as 192.0.2.7"
        )


def secret_in(folder: Path) -> bytes:
    """What addresses are made of: drawn once, kept beside the store, so that an address stays good.

    Raises:
        ValueError: the file holds something else.
    """
    path = folder / KEY
    if not path.exists():
        _draw(path)
    text = read_plain(path, 100).decode("ascii", "replace")
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError(f"{path} holds no key: remove it, and raters get new addresses")
    return bytes.fromhex(text)


def _draw(path: Path) -> None:
    """A new key for its owner alone, whole or not at all; where two draw at once, the first one stays."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(number, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(beside, path)
        sync_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def authorities_of(host: str, port: int) -> frozenset[str]:
    """What a request to this address may call it in its header Host; on the loopback, any of its names."""
    bracketed = f"[{host}]" if ":" in host else host
    names = {bracketed, *(LOOPBACK if is_loopback(host) else ())}
    return frozenset(f"{name}:{port}".lower() for name in names)


def is_loopback(host: str) -> bool:
    """Is this address reached from this machine only?"""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def family_of(host: str) -> socket.AddressFamily:
    """The family of an address."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def settings(app: App) -> "uvicorn.Config":
    """How uvicorn runs the page: no proxies, no sockets of the web, nothing told of itself."""
    import uvicorn

    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        ws="none",
        http="h11",
        lifespan="off",
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=3,
    )


def announce(console: Console, command: Label, port: int, tokens: dict[str, str]) -> None:
    """Say where the page is."""
    host = f"[{command.host}]" if ":" in command.host else command.host
    console.print(
        f"{command.store}: {count(len(tokens), 'rater')}; ctrl-C ends it, what was answered is stored"
    )
    for rater, token in tokens.items():
        console.print(f"{rater}: http://{host}:{port}/#token={token}")
    if not is_loopback(command.host):
        console.print("What is sent is not encrypted: use it in a network that you trust, or through ssh -L.")


def server_of() -> Callable[..., App]:
    """What makes the server.

    Raises:
        ImportError: its packages are not installed; says how to install them.
    """
    try:
        import uvicorn  # noqa: F401

        from social_rl.human_feedback.labelling.server import label_app
    except ImportError as error:
        raise ImportError(
            f'the labelling page needs {error.name}: pip install -c constraints.txt -e ".[label]"'
        ) from error
    return label_app
