"""What if the terminal knows no ±, or nobody listens any more? Print what it can show, and go on with the work."""

import codecs
import io
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import Any

PLAIN = {
    "±": "+-", "×": "x", "→": "->", "⊥": "_|_", "≥": ">=", "≤": "<=", "µ": "u", "·": "-", "•": "*", "–": "-", "—": "-",
    "‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "━": "-", "─": "-", "│": "|", "╸": "-", "╺": "-",
}  # fmt: skip
LINES = range(0x2500, 0x2580)  # box drawing
ERRORS = "social_rl.plain"


class Patient(io.RawIOBase):
    """A file to which writing is no error when its reader has gone, as in `social-rl scenarios | head -1`."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def write(self, data: Any, /) -> int:
        """Write what can be written."""
        try:
            return self.raw.write(data)
        except BrokenPipeError:
            return len(data)

    def writable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """Of the file."""
        return self.raw.fileno()

    def isatty(self) -> bool:
        """Is it a terminal?"""
        return self.raw.isatty()


@contextmanager
def patient_streams() -> Iterator[None]:
    """Standard output and error that show what they can, and never end the work."""
    codecs.register_error(ERRORS, plain)
    with ExitStack() as stack:
        for stream, redirect in ((sys.stdout, redirect_stdout), (sys.stderr, redirect_stderr)):
            raw = _file_of(stream)
            if raw is not None:  # else it is no file, but a test's or a notebook's
                stream.flush()
                in_lines = bool(stream.line_buffering) or getattr(stream, "write_through", False)
                patient = io.TextIOWrapper(
                    io.BufferedWriter(Patient(raw)), stream.encoding, ERRORS, line_buffering=in_lines
                )
                stack.callback(patient.flush)
                stack.enter_context(redirect(patient))
        yield


def _file_of(stream: Any) -> io.RawIOBase | None:
    buffer = getattr(stream, "buffer", None)
    return buffer if isinstance(buffer, io.FileIO) else getattr(buffer, "raw", None)


def plain(error: UnicodeError) -> tuple[str, int]:
    """What to write in place of characters that a terminal does not know: a handler for `codecs.register_error`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(character: str) -> str:
    if character in PLAIN:
        return PLAIN[character]
    if ord(character) in LINES:
        return "+"
    bare = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return bare or "?"
