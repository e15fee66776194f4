"""Who said what in an episode? Turns in words, kept beside the worlds, and heard from the next step on.

What somebody says at step t is heard at step t + 1 and later, by who said it, too: so nobody answers what was said at
the same step, and it does not matter in which order agents are asked. A new episode begins with nothing said.

Nothing of this is in the State: rules know no words, and worlds in which nobody speaks cost nothing.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from worlds.checks import check_number
from worlds.language.cleaning import clean, clean_name
from worlds.state import State

TALK = "talk"  # what it is called among what is saved
KEPT = 256  # turns of an episode, the last ones
_SHOWN = 40  # characters of a wrong value that an error repeats


class Spoken(NamedTuple):
    """A turn: what somebody said to somebody, and at which step."""

    step: int
    speaker: str
    listener: str
    words: str


# By world: an episode, and what was said in it, at most KEPT turns in order. Of an older episode, nothing counts.
Talks = dict[int, tuple[int, tuple[Spoken, ...]]]


def spoken_in(talks: Talks, state: State, w: int) -> tuple[Spoken, ...]:
    """All that was said in the present episode of world `w`, in order."""
    episode, turns = talks.get(w, (0, ()))
    return turns if episode == int(state.episode[w]) else ()


def heard_in(talks: Talks, state: State, w: int, name: str) -> tuple[Spoken, ...]:
    """What `name` said or was told at earlier steps of the present episode of world `w`, in order."""
    turns = spoken_in(talks, state, w)
    if not turns:
        return ()
    now, name = int(state.step[w]), clean_name(name)
    return tuple(turn for turn in turns if turn.step < now and name in (turn.speaker, turn.listener))


def turn_of(state: State, w: int, speaker: str, listener: str, words: str) -> Spoken | None:
    """What is said now, cleaned as it may stand in a talk; None where nothing is left of the words.

    Raises:
        ValueError: something is no text, or there is no such world.
    """
    check_number("world", w, 0, len(state.step) - 1)
    for what, text in (("speaker", speaker), ("listener", listener), ("words", words)):
        if not isinstance(text, str):
            raise ValueError(f"{what} is {ascii(text)[:_SHOWN]}: give a text")
    turn = Spoken(int(state.step[w]), clean_name(speaker), clean_name(listener), clean(words))
    return turn if turn.words else None


def add(talks: Talks, state: State, w: int, turn: Spoken) -> None:
    """Let a turn be said in world `w`."""
    talks[int(w)] = int(state.episode[w]), (*spoken_in(talks, state, w), turn)[-KEPT:]


# ---- kept ----------------------------------------------------------------------------------------------
def pack(talks: Talks, state: State) -> np.ndarray:
    """What was said in the present episodes as uint8 of JSON, rows of world and turn; empty where nothing was said."""
    rows = [[w, *turn] for w in sorted(talks) for turn in spoken_in(talks, state, w)]
    return np.frombuffer(json.dumps(rows).encode(), np.uint8).copy() if rows else np.zeros(0, np.uint8)


def unpack(packed: np.ndarray, state: State, what: str) -> Talks:
    """What `pack` returned, said in the worlds of `state`.

    Raises:
        ValueError: it is damaged, or of other worlds.
    """
    if not isinstance(packed, np.ndarray) or packed.dtype != np.uint8 or packed.ndim != 1:
        raise ValueError(f"{what}: talk is no uint8[n] of JSON: it is damaged, or of another version")
    try:
        rows = json.loads(packed.tobytes().decode()) if packed.size else []
    except (ValueError, RecursionError):
        raise ValueError(f"{what}: talk is no JSON: it is damaged") from None
    if not isinstance(rows, list):
        raise ValueError(f"{what}: talk is a {type(rows).__name__}, a list of turns is needed")
    turns: dict[int, list[Spoken]] = {}
    for i, row in enumerate(rows):
        w, turn = _turn(row, state, turns, f"{what}: talk[{i}]")
        turns.setdefault(w, []).append(turn)
    return {w: (int(state.episode[w]), tuple(said)) for w, said in turns.items()}


def _turn(row: Any, state: State, before: dict[int, list[Spoken]], where: str) -> tuple[int, Spoken]:
    if not isinstance(row, list) or len(row) != 1 + len(Spoken._fields):
        raise ValueError(f"{where} is no list of world, {', '.join(Spoken._fields)}")
    check_number(f"{where}, the world,", row[0], 0, len(state.step) - 1)
    said = before.get(row[0], [])
    if len(said) == KEPT:
        raise ValueError(f"{where} is more than the {KEPT} turns that an episode keeps")
    earliest = said[-1].step if said else 0
    check_number(f"{where}, the step,", row[1], earliest, int(state.step[row[0]]))
    check_said(where, *row[2:])
    return row[0], Spoken(*row[1:])


def check_said(where: str, speaker: Any, listener: Any, words: Any) -> None:
    """Raise a ValueError unless names and words are as `turn_of` leaves them."""
    for name, value, cleaned in (
        ("speaker", speaker, clean_name),
        ("listener", listener, clean_name),
        ("words", words, clean),
    ):
        if not isinstance(value, str) or not value or cleaned(value) != value:
            raise ValueError(
                f"{where}: {name} is {ascii(value)[:_SHOWN]}, no text as it is written: one line of what can be seen"
            )


def as_text(turns: Iterable[Spoken]) -> str:
    """Turns as one text, the same for the same turns."""
    return json.dumps([*map(list, turns)])
