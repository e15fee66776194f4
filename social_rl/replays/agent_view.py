"""What did one agent perceive, do and earn? A file of just that: nothing in it tells what the agent could not know.

The researcher's replay has the level, the seed and everybody's acts; whoever learns or judges from *that* may be told
what no agent sees. An agent view has, step by step, the arrays that its policy received, its instruction in words, what
was said to it or by it, the names of those in its sight, its own act and its own reward; no level, no seed, no digests,
no step limit. JSON Lines, packed if the name ends in .gz or .zst: a header, then a line for each moment.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from worlds.checks import check_number, suggest
from worlds.events import Acts
from worlds.files import packed, read_unpacked, replacing
from worlds.language.instructions import words_of
from worlds.objects import NAMES
from worlds.replay import Replay, ReplayError, begun, difference, happen
from worlds.scenario import Scenario
from worlds.simulator import Simulator
from worlds.state import ACTIVE, ACTS

VERSION = 1
MOST_BYTES = 1 << 26
MOST_GLIMPSES = 1 << 18
PLANES, SENSES = 3, 8


class Glimpse(NamedTuple):
    """One moment of one agent; at its last one it does nothing any more."""

    view: np.ndarray  # uint8[3, V, V] place, item, agent
    own: np.ndarray  # uint8[8] what it senses of itself
    heard: np.ndarray  # uint8[A, M] message tokens from each agent
    words: str  # its instruction
    talk: tuple[
        tuple[str, str, str], ...
    ]  # speaker, listener, words: what it said or was told since the last moment
    others: tuple[tuple[int, str], ...]  # number and name of each agent in its sight
    act: int  # index of ACTS, -1 at the end
    reward: float  # for that act


class AgentView(NamedTuple):
    """What one agent perceived in an episode."""

    agent: str
    glimpses: tuple[Glimpse, ...]


def agent_view(replay: Replay, name: str, scenario: Scenario | None = None) -> AgentView:
    """What an agent perceived in a replay, up to the end of its own episode.

    Raises:
        ReplayError: the replay goes otherwise than it went, or cannot be played.
        ValueError: it has no such agent.
    """
    sim = begun(replay, scenario)
    names = sim.names()
    spelt = {each.lower(): a for a, each in enumerate(names)}
    if name.lower() not in spelt:
        raise ValueError(f"this replay has no agent {name[:40]!r}: {suggest(name, names)}")
    a, told, glimpses = spelt[name.lower()], 0, []
    for event, digest, _ in replay.entries:
        if not isinstance(event, Acts):
            happen(sim, event)
            continue
        before = _glimpse(sim, a, told)
        told += len(before.talk)
        is_active = sim.state.finished[0, a] == ACTIVE
        happen(sim, event)
        found = difference(sim, replay, event, digest)
        if found is not None:
            raise ReplayError(str(found))
        if is_active:
            glimpses.append(before._replace(act=event.acts[a], reward=float(sim.state.reward[0, a])))
    return AgentView(names[a], (*glimpses, _glimpse(sim, a, told)))


def _glimpse(sim: Simulator, a: int, told: int) -> Glimpse:
    """The present moment of an agent that has heard of `told` turns of talk already."""
    seen, names = sim.observation, sim.names()
    view = seen.view[0, a].copy()
    others = {(int(byte) & 0x3F) >> 2 for byte in view[2].ravel() if byte}
    return Glimpse(
        view,
        seen.own[0, a].copy(),
        seen.heard[0, a].copy(),
        words_of([token for token in seen.tokens[0, a].tolist() if token]),
        tuple((turn.speaker, turn.listener, turn.words) for turn in sim.heard(0, names[a])[told:]),
        tuple((b, names[b]) for b in sorted(others - {a})),
        -1,
        0.0,
    )


# ---- files ---------------------------------------------------------------------------------------------
def save_view(view: AgentView, path: Path) -> None:
    """Write what an agent perceived, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    first = view.glimpses[0]
    header = {
        "agent_view": VERSION, "agent": view.agent, "cells": first.view.shape[1], "heard": list(first.heard.shape),
    }  # fmt: skip
    lines = [header, *({**one._asdict(), **_flat(one)} for one in view.glimpses)]
    data = "".join(f"{json.dumps(line, allow_nan=False)}\n" for line in lines).encode()
    with replacing(path) as beside:
        beside.write_bytes(packed(path, data))


def _flat(one: Glimpse) -> dict[str, list[int]]:
    return {name: getattr(one, name).ravel().tolist() for name in ("view", "own", "heard")}


def load_view(path: Path) -> AgentView:
    """Read what an agent perceived; every size, type and range is checked first.

    Raises:
        ReplayError: this is no such file; names the line and the field.
        OSError: the file cannot be read.
    """
    try:
        data = read_unpacked(path, MOST_BYTES)
    except ValueError as error:
        raise ReplayError(str(error)) from None
    lines = data.splitlines()
    if not 2 <= len(lines) <= MOST_GLIMPSES:
        raise ReplayError(f"{path} has {len(lines)} lines, an agent view has 2 to {MOST_GLIMPSES}")
    header: dict[str, Any] = {}
    glimpses = []
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line.decode("utf-8"))
            if number == 1:
                header = _header(record)
            else:
                glimpses.append(_read(record, header))
        except (ValueError, RecursionError) as error:
            raise ReplayError(f"{path}, line {number}: {error}") from None
    return AgentView(header["agent"], tuple(glimpses))


def _header(record: Any) -> dict[str, Any]:
    if not isinstance(record, dict) or set(record) != {"agent_view", "agent", "cells", "heard"}:
        raise ValueError("this is no agent view: its first line has agent_view, agent, cells and heard")
    if record["agent_view"] != VERSION or isinstance(record["agent_view"], bool):
        raise ValueError(
            f"agent_view is {str(record['agent_view'])[:40]}, this program reads version {VERSION}"
        )
    if record["agent"] not in NAMES:
        raise ValueError(f"agent is {str(record['agent'])[:40]!r}, no name of an agent")
    check_number("cells", record["cells"], 5, 11)
    if not isinstance(record["heard"], list) or len(record["heard"]) != 2:
        raise ValueError("heard is no list of two: agents and message tokens")
    for i, most in enumerate((16, 16)):
        check_number(f"heard[{i}]", record["heard"][i], 0, most)
    return record


def _read(record: Any, header: dict[str, Any]) -> Glimpse:
    if not isinstance(record, dict) or set(record) != set(Glimpse._fields):
        raise ValueError(f"a moment is an object with the fields {', '.join(Glimpse._fields)}")
    side, (agents, tokens) = header["cells"], header["heard"]
    view = _bytes("view", record["view"], PLANES * side * side).reshape(PLANES, side, side)
    own = _bytes("own", record["own"], SENSES)
    heard = _bytes("heard", record["heard"], agents * tokens).reshape(agents, tokens)
    check_number("act", record["act"], -1, len(ACTS) - 1)
    if not isinstance(record["reward"], float) or not np.isfinite(record["reward"]):
        raise ValueError(f"reward is {str(record['reward'])[:40]}, no number")
    talk = tuple(_row("talk", turn, (str, str, str)) for turn in _list("talk", record["talk"]))
    others = tuple(_row("others", one, (int, str)) for one in _list("others", record["others"]))
    if not isinstance(record["words"], str):
        raise ValueError("words is no text")
    return Glimpse(view, own, heard, record["words"], talk, others, record["act"], record["reward"])


def _bytes(what: str, values: Any, length: int) -> np.ndarray:
    if not isinstance(values, list) or len(values) != length:
        raise ValueError(f"{what} is no list of {length} whole numbers")
    for i, value in enumerate(values):
        check_number(f"{what}[{i}]", value, 0, 255)
    return np.array(values, np.uint8)


def _list(what: str, values: Any) -> list[Any]:
    if not isinstance(values, list) or len(values) > 1000:
        raise ValueError(f"{what} is no list")
    return values


def _row(what: str, value: Any, kinds: tuple[type, ...]) -> Any:
    fits = isinstance(value, list) and [type(part) for part in value] == [*kinds]
    if not fits:
        raise ValueError(
            f"{what} has {str(value)[:40]}, no list of {', '.join(kind.__name__ for kind in kinds)}"
        )
    return tuple(value)
