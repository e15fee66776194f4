"""What happened to one world, so that it can happen again? Its level, its seed and all events, with digests.

A Replay is one episode from its beginning on; replay_files.py keeps it as a file. A digest has a checksum for each
field of the State, so that a replay that goes otherwise says where.
"""

import copy
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from worlds.checks import check_number
from worlds.events import Acts, Event, Instruct, Rejoin, Say, Speak, TakeOver
from worlds.kernels import rules_version
from worlds.levels.bank import bank_of, level_of
from worlds.levels.level import Level
from worlds.scenario import Scenario, make_scenario, scenario_names
from worlds.simulator import DISABLED, SAME_STEP, Simulator
from worlds.state import FOCAL, GOAL_FIELDS, LEVEL_FIELDS, Sizes
from worlds.talk import TALK, as_text

SETTINGS = ("option", "rate")  # without a world axis
RESULTS = ("reward", "terminated", "truncated", "success", "over")
SENSES = {
    "obs_view": "final_view",
    "obs_self": "final_self",
    "obs_heard": "final_heard",
    "tokens": "final_tokens",
}
# Left out: scratch, what is said a second time by another field, and which row of which bank a level came from.
DIGESTED = (
    *SETTINGS, *RESULTS, *SENSES, *(name for name in LEVEL_FIELDS if name != "tokens"), "outcome", "last_act",
    "finished", "frozen", "is_instructed", "stage", "clauses_done", "broken", "stale", "goal_met", "active", "progress",
    "streak", "memory", "own_memory", "said", "step", "world_id", "episode", "seed", "key", "task_tokens",
    *(f"told_{name}" for name in GOAL_FIELDS),
)  # fmt: skip
PARTS = (*DIGESTED, TALK)  # of a digest: each field, and what was said
UNSEEN = "." * 8  # in place of the checksum of a field that is not known
ABSENT_PLACE = (-1, -1, 0)  # of an agent that is not in the house


class ReplayError(ValueError):
    """This is no replay, or it does not go as it went."""


Place = tuple[int, int, int]  # row, column and heading of an agent


class Entry(NamedTuple):
    """An event, and what the world was like after it."""

    event: Event
    digest: str = ""  # "" where nothing changed
    places: tuple[
        Place, ...
    ] = ()  # of all agents after a step, which can be shown even where rules have changed


@dataclass(frozen=True)
class Replay:
    """One episode of one world.

    `order` says how its things were numbered: its item i is `level.items[order[0][i]]`, likewise fixtures.
    """

    scenario: str  # as `make_scenario` takes it, "" if it was made otherwise
    choices: dict[str, Any]
    cast: tuple[str, ...]  # who plays each agent at first, in words
    level: Level
    order: tuple[tuple[int, ...], tuple[int, ...]]
    sizes: Sizes
    seed: int
    world: int  # global number of the world
    episode: int
    focal: int
    fields: tuple[str, ...]  # that digests tell of, in order: some of PARTS
    digest: str  # of the beginning
    minds: tuple[str, ...] = ()  # digests of the checkpoints that played each agent, "" of who has none
    rules: str = ""  # `rules_version` of the program that recorded it, "" if that is not known
    entries: tuple[Entry, ...] = ()

    @property
    def steps(self) -> int:
        """How many steps it has."""
        return sum(isinstance(entry.event, Acts) for entry in self.entries)

    @property
    def origin(self) -> str:
        """A remark behind where it goes otherwise: was it recorded under other rules? "" if not."""
        if self.rules in ("", rules_version()):
            return ""
        return f"; it was recorded under other rules ({self.rules}, these are {rules_version()})"


class Divergence(NamedTuple):
    """Where a replay goes otherwise."""

    step: int  # how many steps were taken then
    event: Event | None  # after which event; None: at the beginning
    fields: tuple[str, ...]  # of the State

    def __str__(self) -> str:
        after = f"after {self.event}" if self.event else "at the beginning"
        return f"step {self.step}, {after}: {', '.join(self.fields)} differ from what was recorded"


# ---- recording -----------------------------------------------------------------------------------------
def record(sim: Simulator, w: int = 0, cast: Sequence[str] = (), minds: Sequence[str] = ()) -> "Recorder":
    """Write down what happens to world `w`, from the beginning of its episode that is there now to its end.

    Raises:
        ValueError: the episode has begun already, so that its beginning is not known.
    """
    return Recorder(sim, w, cast, minds)


class Recorder:
    """Writes down one episode; `replay` is what it has so far.

    Worlds that are brought back to an earlier moment are followed: what came after it is forgotten. The recorder stops
    by itself when the episode is over and another one begins, or where the world jumps to what it has not seen.
    """

    def __init__(self, sim: Simulator, w: int, cast: Sequence[str], minds: Sequence[str] = ()) -> None:
        check_number("world", w, 0, sim.worlds - 1)
        state = sim.state
        if state.step[w] or state.is_instructed[w].any() or sim.talk(w):
            raise ValueError(
                f"world {w} is at step {state.step[w]} and some agent may have been told things on the way: "
                "record from the beginning of an episode"
            )
        self.sim, self.w, self.is_on = sim, w, True
        self.entries: list[Entry] = []
        self.start: dict[str, Any] = start_of(sim, w, cast) | {"minds": tuple(minds)}
        sim.listeners.append(self)

    @property
    def replay(self) -> Replay:
        """What was written down so far."""
        return Replay(**self.start, entries=tuple(self.entries))

    def stop(self) -> None:
        """Write nothing down any more."""
        if self.is_on:
            self.sim.listeners = [one for one in self.sim.listeners if one is not self]
        self.is_on = False

    def applied(self, w: int, event: Event) -> None:
        """An event happened."""
        if w == self.w:
            changes = isinstance(event, Instruct | Rejoin | Speak)
            self.entries.append(Entry(event, digest_of(self.sim, w) if changes else ""))

    def stepped(self) -> None:
        """A step was taken."""
        state, w = self.sim.state, self.w
        told = self._told()
        for a, tokens in enumerate(state.message[w].tolist()):
            if any(tokens) and a not in told:
                self.entries.append(Entry(Say(a, tuple(tokens))))
        is_gone = bool(state.over[w]) and self.sim.autoreset == SAME_STEP
        digest, places = digest_of(self.sim, w, is_gone), () if is_gone else places_of(self.sim, w)
        self.entries.append(Entry(Acts(tuple(state.action[w].tolist())), digest, places))
        if state.over[w] and self.sim.autoreset != DISABLED:
            self.stop()

    def jumped(self) -> None:
        """Go back to where the world is now, or stop."""
        digest, entries = digest_of(self.sim, self.w), self.entries
        for i in range(len(entries), -1, -1):
            if digest == (entries[i - 1].digest if i else self.start["digest"]):
                while i < len(entries) and isinstance(entries[i].event, TakeOver):
                    i += 1  # who plays changes nothing in the world
                del entries[i:]
                return
        self.stop()

    def _told(self) -> set[int]:
        """The agents whose messages for this step are written down."""
        told = set()
        for entry in reversed(self.entries):
            if isinstance(entry.event, Acts):
                break
            if isinstance(entry.event, Say):
                told.add(entry.event.agent)
        return told


def start_of(sim: Simulator, w: int, cast: Sequence[str]) -> dict[str, Any]:
    """The fields of a Replay of world `w`, which is at its beginning."""
    state, level = sim.state, level_of(sim.state, w)
    items = {(i.row << 8 | i.col if i.holder < 0 else -1 - i.holder): n for n, i in enumerate(level.items)}
    fixtures = {f.row << 8 | f.col: n for n, f in enumerate(level.fixtures)}
    looks = zip(state.item_look[w].tolist(), state.item_cell[w].tolist(), strict=True)
    return {
        "scenario": sim.scenario.source,
        "choices": dict(sim.scenario.choices),
        "cast": tuple(cast),
        "level": level,
        "order": (
            tuple(items[cell] for look, cell in looks if look),
            tuple(fixtures[cell] for cell in state.fixture_cell[w].tolist() if cell >= 0),
        ),
        "sizes": sim.sizes,
        "seed": int(state.seed[w]),
        "world": int(state.world_id[w]),
        "episode": int(state.episode[w]),
        "focal": int(state.option[FOCAL]),
        "fields": PARTS,
        "digest": digest_of(sim, w),
        "rules": rules_version(),
    }


def places_of(sim: Simulator, w: int) -> tuple[Place, ...]:
    """Where each agent of a world is, and which way it looks."""
    state = sim.state
    cells, headings = state.agent_cell[w].tolist(), state.heading[w].tolist()
    return tuple(
        (cell >> 8, cell & 255, heading) if cell >= 0 else ABSENT_PLACE
        for cell, heading in zip(cells, headings, strict=True)
    )


def digest_of(sim: Simulator, w: int, is_gone: bool = False) -> str:
    """Checksums of the PARTS of a world, 8 hex digits each.

    is_gone: its next episode has begun already, so that only results and last observations tell of this one.
    """
    _ = sim.instructed  # brings the fields told_... up to date
    return "".join(_checksum(sim, name, w, is_gone) for name in PARTS)


def _checksum(sim: Simulator, name: str, w: int, is_gone: bool) -> str:
    if is_gone:
        name = SENSES.get(name, name if name in (*RESULTS, *SETTINGS) else "")
    if not name:
        return UNSEEN
    if name == TALK:
        data = as_text(sim.talk(w)).encode()
    else:
        array = getattr(sim.state, name)
        data = (array if name in SETTINGS else array[w]).tobytes()
    return f"{zlib.crc32(data):08x}"


# ---- once more -----------------------------------------------------------------------------------------
def resimulate(replay: Replay, scenario: Scenario | None = None, steps: int | None = None) -> Simulator:
    """The world of a replay after so many steps (None: at its end), to be looked at or to go on from.

    Raises:
        ReplayError: it goes otherwise than it went, or it cannot be played; names the step and the fields.
    """
    sim = None
    for sim, found in _replayed(replay, scenario):
        if found is not None:
            raise ReplayError(f"{found}{replay.origin}")
        if steps is not None and sim.state.step[0] >= steps:
            break
    assert sim is not None
    return sim


def check(replay: Replay, scenario: Scenario | None = None) -> Divergence | None:
    """Where a replay goes otherwise than it went; None: nowhere.

    Raises:
        ReplayError: it cannot be played: the scenario is not ours or is another one.
    """
    return next((found for _, found in _replayed(replay, scenario) if found is not None), None)


def _replayed(replay: Replay, scenario: Scenario | None) -> Iterator[tuple[Simulator, Divergence | None]]:
    """The world at the beginning and after each event, and where it differs from what was recorded."""
    sim = begun(replay, scenario)
    yield sim, difference(sim, replay, None, replay.digest)
    for event, digest, _ in replay.entries:
        happen(sim, event)
        yield sim, difference(sim, replay, event, digest)


def happen(sim: Simulator, event: Event) -> None:
    """Let a recorded event happen to the one world there is.

    Raises:
        ReplayError: it cannot happen now.
    """
    try:
        if isinstance(event, Acts):
            sim.step(np.array([event.acts]))
        else:
            sim.apply(0, event)
    except ValueError as error:
        raise ReplayError(f"step {sim.state.step[0]}, {event}: {error}") from None


def begun(replay: Replay, scenario: Scenario | None = None) -> Simulator:
    """The world of a replay at its beginning.

    Raises:
        ReplayError: it cannot begin: the scenario is not ours or is another one.
    """
    scenario = scenario_of(replay) if scenario is None else scenario
    sizes = replay.sizes
    mine = scenario.view, scenario.message_tokens, len(scenario.agents)
    if mine != (sizes.view, sizes.message, sizes.agents):
        raise ReplayError(
            f"view, message tokens and agents are {sizes.view}, {sizes.message} and {sizes.agents}, "
            f"of this scenario they are {', '.join(map(str, mine))}: give the scenario that was recorded"
        )
    try:
        bank = bank_of([_numbered(replay)], sizes._replace(view=7, message=0))
        sim = Simulator(
            scenario,
            1,
            bank=bank,
            seed=replay.seed,
            autoreset=DISABLED,
            first_world=replay.world,
            focal=replay.focal,
        )
    except ValueError as error:
        raise ReplayError(f"this replay cannot begin: {error}") from None
    sim.state.episode[0] = replay.episode - 1
    sim.reset(level=0)
    return sim


def scenario_of(replay: Replay, other: Callable[[], Scenario] | None = None) -> Scenario:
    """The scenario of a replay; `other` makes it where it is none of ours: no file names code that is loaded.

    Raises:
        ReplayError: it is none of ours, or has no such choices.
    """
    if replay.scenario in scenario_names():
        try:
            return make_scenario(replay.scenario, **replay.choices)
        except ValueError as error:
            raise ReplayError(f"choices of the scenario {replay.scenario}: {error}") from None
    if other is None:
        raise ReplayError(
            f"the scenario is {replay.scenario!r}, none of ours: give it, as in resimulate(replay, scenario)"
        )
    return other()


def _numbered(replay: Replay) -> Level:
    """The level with its things in the order in which they were numbered; a Level of its own sorts them."""
    level, (items, fixtures) = copy.copy(replay.level), replay.order
    object.__setattr__(level, "items", tuple(level.items[i] for i in items))
    object.__setattr__(level, "fixtures", tuple(level.fixtures[i] for i in fixtures))
    return level


def difference(sim: Simulator, replay: Replay, event: Event | None, digest: str) -> Divergence | None:
    """How the world differs now from what was recorded after this event; None: in nothing that is known."""
    if not digest:
        return None
    now = dict(zip(PARTS, _parts(digest_of(sim, 0)), strict=True))
    then = dict(zip(replay.fields, _parts(digest), strict=True))
    differ = tuple(name for name in now if then.get(name, UNSEEN) not in (now[name], UNSEEN))
    return Divergence(int(sim.state.step[0]), event, differ) if differ else None


def _parts(digest: str) -> list[str]:
    return [digest[i : i + 8] for i in range(0, len(digest), 8)]
