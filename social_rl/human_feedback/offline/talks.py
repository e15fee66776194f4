"""What is a logged talk? What a person said, which kind of reply came, what was answered; written as JSON Lines.

Talks of the simulated person and of real ones have the same form; `is_human` keeps them apart.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from worlds.checks import check_choice
from worlds.files import add_text, replacing

# Kinds of reply, and how many tokens one has.
REPLIES = {
    "fetch": 6, "put away": 6, "tell where": 9, "switch": 5, "be quiet": 1, "ask which": 8, "apologise": 4,
    "acknowledge": 3, "chat": 14, "joke": 18, "explain": 40, "goodbye": 3,
}  # fmt: skip
KINDS = tuple(REPLIES)
MOST_TURNS = 20  # a talk is cut there


class Turn(NamedTuple):
    """One reply and what came of it."""

    said: str
    """the person's words that it replies to"""
    reply: str
    """a kind of REPLIES"""
    answered: str
    """the person's words after it"""
    vote: int
    """-1 or 1 of a person who was asked for votes, else 0"""


class Talk(NamedTuple):
    """Turns, one after another."""

    turns: tuple[Turn, ...]
    is_over: bool
    """the person ended it (terminated); else it was cut (truncated)"""
    is_human: bool


def write_talks(path: Path, talks: Iterable[Talk]) -> None:
    """Write talks, one a line, in place of what was there: whole or not at all."""
    with replacing(path) as beside:
        beside.write_text("".join(map(_line, talks)), "utf-8")


def append_talks(path: Path, talks: Iterable[Talk]) -> None:
    """Write talks after those that a file holds; all of them are on the disk when this returns, or none is."""
    add_text(path, "".join(map(_line, talks)))


def _line(talk: Talk) -> str:
    return json.dumps({**talk._asdict(), "turns": [turn._asdict() for turn in talk.turns]}) + "\n"


def read_talks(path: Path) -> list[Talk]:
    """Read talks that `write_talks` or a window wrote.

    Raises:
        ValueError: a line is no talk: names it.
        OSError: the file cannot be read.
    """
    lines = path.read_text("utf-8").splitlines()
    return [_talk(f"{path}: line {number}", line) for number, line in enumerate(lines, 1)]


def _talk(where: str, line: str) -> Talk:
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"{where} is no JSON ({error.msg}): write one talk a line") from None
    if not isinstance(found, dict) or set(found) != set(Talk._fields):
        raise ValueError(f"{where} is no talk: give {', '.join(Talk._fields)}")
    turns = found["turns"]
    if not isinstance(turns, list) or not turns:
        raise ValueError(f"{where}: turns is {turns!r:.40}, needed is a list of one or more turns")
    for name in ("is_over", "is_human"):
        if not isinstance(found[name], bool):
            raise ValueError(f"{where}: {name} is {found[name]!r:.40}, allowed are true and false")
    return Talk(
        tuple(_turn(f"{where}: turn {i}", turn) for i, turn in enumerate(turns, 1)),
        found["is_over"],
        found["is_human"],
    )


def _turn(where: str, found: object) -> Turn:
    if not isinstance(found, dict) or set(found) != set(Turn._fields):
        raise ValueError(f"{where} is no turn: give {', '.join(Turn._fields)}")
    for name in ("said", "answered"):
        if not isinstance(found[name], str):
            raise ValueError(f"{where}: {name} is {found[name]!r:.40}, needed is a text")
    check_choice(f"{where}: reply", found["reply"], KINDS)
    if type(found["vote"]) is not int or found["vote"] not in (-1, 0, 1):
        raise ValueError(f"{where}: vote is {found['vote']!r:.40}, allowed are -1, 0 and 1")
    return Turn(found["said"], found["reply"], found["answered"], found["vote"])


def turns_of(talks: Sequence[Talk]) -> int:
    """How many turns talks have in all."""
    return sum(len(talk.turns) for talk in talks)
