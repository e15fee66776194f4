"""What has happened in this episode, and where in it are we? Events as a replay has them, a head, and keyframes.

The head says how many entries have happened. At the end of the tape, what happens is added to it; before its end, it is
lived again (reliving.py), unless something else happens: then what came after is cut away, and a branch begins.
"""

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from social_rl.viewer.time.marks import Mark, mark_of_event
from worlds.events import Acts, Event
from worlds.replay import Entry, Recorder, Replay
from worlds.simulator import Simulator
from worlds.state import AWAY

if TYPE_CHECKING:
    from social_rl.viewer.model import Moment

SPACING = 16  # steps between keyframes
NEAR = 32  # steps about the present of which every moment is kept, once it was lived again


def cells_of(sim: Simulator) -> tuple[int, ...]:
    """Where each agent of the one world stands; -1 for one that is not in the house."""
    cells, finished = sim.state.agent_cell[0].tolist(), sim.state.finished[0].tolist()
    return tuple(-1 if how in AWAY else cell for cell, how in zip(cells, finished, strict=True))


class Tape(Recorder):
    """Writes an episode down as a Recorder does, and knows the way back to each of its steps.

    A step t means: t steps were taken, and all that was said and told before the next one has happened.
    """

    def __init__(self, sim: Simulator, cast: tuple[str, ...], replay: Replay | None = None) -> None:
        super().__init__(sim, 0, cast, replay.minds if replay is not None else ())
        self.head = 0
        self.is_replay = replay is not None  # nothing of it was decided here: time stops at its end
        self.reliving = False  # what happens is on the tape already
        self.cuts = 0  # how often its end was cut away
        self.moments: dict[int, Moment] = {}  # some are steps to go back to
        self.keeps_all = False  # keep the moment of every step, where some of the cast cannot be asked again
        self.marks: dict[int, list[Mark]] = defaultdict(list)
        self.values: dict[
            int, np.ndarray
        ] = {}  # float[A] at each step at which minds were asked, NaN: no mind
        self.cells: list[tuple[int, ...]] = [cells_of(sim)]  # of agents at each step
        self._acts: list[int] = []  # where in `entries` each step is taken
        self.reference = replay or Replay(**self.start)  # whose fields digests on this tape tell of
        if replay is not None:
            self.start |= {"cast": replay.cast, "rules": replay.rules}
            self.entries = list(replay.entries)
            self._acts = [i for i, entry in enumerate(self.entries) if isinstance(entry.event, Acts)]

    @property
    def steps(self) -> int:
        """How many steps are on it."""
        return len(self._acts)

    @property
    def is_past(self) -> bool:
        """Is there more on the tape than has happened?"""
        return self.head < len(self.entries)

    @property
    def next(self) -> Entry:
        """What happens next, of what is on the tape."""
        return self.entries[self.head]

    @property
    def replay(self) -> Replay:
        """What has happened up to now."""
        return Replay(**self.start, entries=tuple(self.entries[: self.head]))

    def cut(self, step: int) -> bool:
        """Forget what comes after the present, which is `step`; was there anything?"""
        was_past = self.is_past
        del self.entries[self.head :]
        del self._acts[step:], self.cells[step + 1 :]
        for kept in (self.moments, self.marks, self.values):
            for later in [t for t in kept if t >= step + (kept is self.marks)]:
                del kept[later]
        self.cuts += was_past
        self.is_replay = False
        return was_past

    def thin_out(self, step: int) -> None:
        """Keep moments that are keyframes, near a step, or the last one."""
        last = self.steps
        if self.keeps_all:
            return
        for t in [t for t in self.moments if t % SPACING and abs(t - step) > NEAR and t != last]:
            del self.moments[t]

    # ---- as a listener of the simulator ----------------------------------------------------------------
    def applied(self, w: int, event: Event) -> None:
        """An event happened: it is the next one, or begins a branch."""
        if self.reliving or w != self.w:
            return
        step = int(self.sim.state.step[self.w])
        self.cut(step)
        super().applied(w, event)
        self.head = len(self.entries)
        self.mark(step, mark_of_event(self.sim, event))

    def mark(self, step: int, *marks: Mark | None) -> None:
        """Note what came about at a step, once."""
        self.marks[step] += [mark for mark in marks if mark is not None and mark not in self.marks[step]]

    def stepped(self) -> None:
        """A step was taken: it is the next one, or begins a branch."""
        if self.reliving:
            return
        step = int(self.sim.state.step[self.w])
        if self.is_past:
            self.cut(step - 1)
        super().stepped()
        self._acts.append(len(self.entries) - 1)
        self.head = len(self.entries)
        self.cells.append(cells_of(self.sim))

    def jumped(self) -> None:
        """The world is as it was at another moment: whoever brought it there moves the head."""
