"""What does the window know? One running world, who drives its agents, and what the person is looking at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.language.understanding import Understanding
from social_rl.episodes.instructed import draw_levels
from social_rl.viewer.controls.entry import Entry
from social_rl.viewer.minds.driving import Driver, Policy, driver_of, forgotten, kept
from social_rl.viewer.talk.talk_log import TalkLog
from social_rl.viewer.time.tape import Tape
from worlds.goal import NO_VERB, P_KIND, VERB
from worlds.replay import Divergence
from worlds.scenario import Scenario
from worlds.simulator import DISABLED, Simulator

if TYPE_CHECKING:
    from pygame import Surface

    from social_rl.viewer.minds.guesses import Guesses
    from social_rl.viewer.minds.thoughts import Thought
    from social_rl.viewer.time.reward_parts import RewardParts

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
NORMAL = SPEEDS.index(1.0)
PAUSE_AFTER = 8  # ticks that an ended episode stays in view


class Moment(NamedTuple):
    """All that going back brings back."""

    saved: dict[str, np.ndarray]
    cast: tuple[Driver, ...]
    stand_ins: dict[int, Driver]
    returns: np.ndarray
    head: int  # of the tape


class Film(NamedTuple):
    """A video being recorded: where to, how large, and its frames, packed (see camera.py)."""

    path: Path
    size: tuple[int, int]
    frames: list[bytes]


@dataclass
class ViewerState:
    """What `picture.paint` draws and `commands.do` changes."""

    sim: Simulator
    cast: list[Driver]  # who plays each agent, unless somebody stands in
    tape: Tape  # what has happened in this episode
    fps: float = 8.0
    size: tuple[int, int] = (1280, 800)  # of the window, in pixels
    scale: float = 1.0  # of text and spacing
    out: Path = Path("out")  # where pictures and videos go
    understand: Callable[[str], Understanding] | None = None  # what words may mean that the grammar refuses
    returns: np.ndarray = field(default_factory=lambda: np.zeros(0))
    stand_ins: dict[int, Driver] = field(default_factory=dict)  # the keyboard or the expert, for this episode
    pending: dict[int, int] = field(default_factory=dict)  # acts chosen at the keyboard for the next step
    selected: int = 0
    playing: bool = False
    pace: int = NORMAL  # index of SPEEDS
    rested: int = 0  # ticks since the episode ended
    sight: bool = False
    overlays: frozenset[str] = frozenset({"reliance"})  # what is laid over the house
    panel: str = "sees"  # what is shown of the selected agent
    is_dark: bool = False
    is_smooth: bool = True  # do agents glide from cell to cell while time goes on?
    phase: float = 1.0  # share of the time between the last step and the next one that has passed
    cells_before: tuple[int, ...] = ()  # of agents before the last step
    dragged: tuple[int, int, int] | None = None  # the seek bar, while its head is held (see seekbar.py)
    help: bool = False
    guesses: "Guesses | None" = None  # what each agent was probably told, where that is shown
    entry: Entry = field(default_factory=Entry)
    notice: str = ""  # what the last command did, in words
    used: bool = False  # has the person done anything yet?
    start: Moment | None = None  # before anything happened in this episode
    direction: int = 1  # of time, -1: it runs back
    diverged: Divergence | None = None  # where the world first went otherwise than it is on the tape
    film: Film | None = None
    log: TalkLog | None = None  # of what the person types
    origin: str = ""  # the screen that opened this one, in words
    opens: str = ""  # a screen above this one
    is_open: bool = True
    quits: bool = False  # was the window itself closed?
    # What was worked out for the picture, kept while it holds.
    thought: "tuple[tuple, Thought | None] | None" = None
    rewards: "RewardParts | None" = None
    drawn: "dict[tuple, Surface]" = field(default_factory=dict)

    @property
    def speed(self) -> float:
        """How fast time goes, 1: `fps` steps a second."""
        return SPEEDS[self.pace]

    @property
    def over(self) -> bool:
        """Has the episode ended?"""
        return bool(self.sim.state.over[0])

    def driver(self, a: int) -> Driver:
        """Who drives an agent now."""
        return self.stand_ins.get(a, self.cast[a])

    def name(self, a: int) -> str:
        """The name of an agent."""
        return self.sim.names()[a]


def open_state(
    scenario: Scenario,
    cast: dict[str, Policy],
    *,
    seed: int = 0,
    instructions: Sequence[str] = (),
    levels: int = 256,
    understand: Callable[[str], Understanding] | None = None,
) -> ViewerState:
    """A scenario with a cast, at the beginning of its first episode.

    Args:
        understand: what is meant by words that the grammar refuses, for agents that hear none; None: refuse them.

    Raises:
        ValueError: the cast lacks an agent, or the instructions are wrong (`InstructionError`).
    """
    missing = [name for name in scenario.agents if name not in cast]
    if missing:
        raise ValueError(
            f"the cast lacks {', '.join(missing)}: name a policy for each of {', '.join(scenario.agents)}"
        )
    bank = draw_levels(scenario, levels, seed, instructions)
    sim = Simulator(scenario, 1, bank=bank, seed=seed, autoreset=DISABLED)
    drivers = [driver_of(cast[name], a, sim) for a, name in enumerate(scenario.agents)]
    state = ViewerState(sim, drivers, Tape(sim, kinds_of(drivers)), understand=understand)
    set_out(state)
    return state


def kinds_of(drivers: Sequence[Driver]) -> tuple[str, ...]:
    """Who plays, in words, for the header of a replay."""
    return tuple(driver.kind for driver in drivers)


def begin(state: ViewerState) -> None:
    """Start the next episode, in which the cast plays."""
    state.tape.stop()
    state.sim.reset()
    state.tape = Tape(state.sim, kinds_of(state.cast))
    set_out(state)


def set_out(state: ViewerState) -> None:
    """Nobody remembers anything; the world has begun."""
    state.cast = [forgotten(driver, a, state.sim) for a, driver in enumerate(state.cast)]
    state.stand_ins.clear()
    state.returns = np.zeros(state.sim.agents)
    state.rested, state.notice, state.diverged = 0, "", None
    state.pending.clear()
    state.start = state.tape.moments[0] = moment(state)


def moment(state: ViewerState) -> Moment:
    """The present, to come back to."""
    stand_ins = {a: kept(driver) for a, driver in state.stand_ins.items()}
    return Moment(
        state.sim.save(), tuple(map(kept, state.cast)), stand_ins, state.returns.copy(), state.tape.head
    )


def come_back(state: ViewerState, past: Moment) -> None:
    """Make a kept moment the present."""
    state.sim.restore(past.saved)
    state.cast, state.returns = list(map(kept, past.cast)), past.returns.copy()
    state.stand_ins = {a: kept(driver) for a, driver in past.stand_ins.items()}
    state.tape.head = past.head
    state.rested = 0
    state.pending.clear()


def speaks_of_nothing(sim: Simulator, a: int) -> bool:
    """Does a part of the agent's instruction speak of a thing or a place that is not in this house?"""
    goal, bound = sim.state.goal[0, a], sim.state.bound[0, a]
    lacks_thing = (goal[:, VERB] != NO_VERB) & (bound[:, 0] == 0)
    lacks_place = (goal[:, P_KIND] != 0) & (bound[:, 1] == 0)
    return bool((lacks_thing | lacks_place).any())
