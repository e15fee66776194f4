"""What can be asked of each command? The words of `--help`, of all of them, as one page."""

import io
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout

from social_rl.cli import main

WIDTH = "92"  # columns of a block of code on a page
SUBCOMMANDS = re.compile(r"^usage: [^\n]*\{([\w,-]+)\}$(?=.*^\W*subcommands\b)", re.M | re.S)


def command_page() -> str:
    """Markdown with a section for each command."""
    sections = [
        f"{'#' * (1 + len(words))} {' '.join(words)}\n\n```text\n{told.rstrip()}\n```"
        for words, told in helps()
    ]
    about = "What `--help` says of each command."
    return "\n\n".join(["# Commands", about, *sections]) + "\n"


def helps(words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each command below these words, and its help."""
    told = help_of(words)
    if words:
        yield words, told
    if found := SUBCOMMANDS.search(told):
        for name in found[1].split(","):
            yield from helps((*words, name))


def help_of(words: tuple[str, ...]) -> str:
    """What `social-rl WORDS --help` prints on a terminal of WIDTH columns."""
    width, said = os.environ.get("COLUMNS"), io.StringIO()
    os.environ["COLUMNS"] = WIDTH
    try:
        with redirect_stdout(said):
            main([*words, "--help"])
    except SystemExit:
        return said.getvalue()
    finally:
        os.environ.pop("COLUMNS")
        if width is not None:
            os.environ["COLUMNS"] = width
    raise ValueError(f"social-rl {' '.join(words)} --help carried something out")
