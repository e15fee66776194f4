"""What time is it in the clips? One clock for all: it plays, runs back, is scrubbed, at any speed."""

import math
from typing import NamedTuple

STEPS_A_SECOND = 5.0  # at speed 1
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 10.0)
NEARLY = 1e-9  # of a step


class Clock(NamedTuple):
    """A moment of clips, in steps from their beginning; each function below returns the next one."""

    last: int = 0  # step of the longest clip
    position: float = 0.0
    pace: int = SPEEDS.index(1.0)  # index of SPEEDS
    direction: int = 1  # -1: backwards
    playing: bool = False

    @property
    def step(self) -> int:
        """The step that is shown: the last one that was reached."""
        if self.direction > 0:
            return math.floor(self.position + NEARLY)
        return math.ceil(self.position - NEARLY)

    @property
    def speed(self) -> float:
        """How fast it plays, 1: `STEPS_A_SECOND`."""
        return SPEEDS[self.pace]


def at(clock: Clock, position: float) -> Clock:
    """Stopped at a position, or at the end next to it."""
    return clock._replace(position=min(max(position, 0), clock.last), playing=False)


def by(clock: Clock, steps: int) -> Clock:
    """Stopped so many steps later (below 0: earlier)."""
    return at(clock, clock.step + steps)


def after(clock: Clock, seconds: float) -> Clock:
    """As it is after some time; it stops at the end to which it plays."""
    if not clock.playing:
        return clock
    moved = at(clock, clock.position + seconds * clock.speed * STEPS_A_SECOND * clock.direction)
    return moved._replace(playing=moved.position != _end(moved))


def toggled(clock: Clock) -> Clock:
    """Stopped, or playing; where it has played to the end, from the beginning."""
    if clock.playing:
        return at(clock, clock.step)
    if clock.position == _end(clock):
        clock = clock._replace(position=clock.last - _end(clock))
    return clock._replace(playing=clock.last > 0)


def reversed_(clock: Clock) -> Clock:
    """Running in the other direction."""
    return clock._replace(position=clock.step, direction=-clock.direction)


def faster(clock: Clock, paces: int) -> Clock:
    """So many paces faster (below 0: slower)."""
    return clock._replace(pace=min(max(clock.pace + paces, 0), len(SPEEDS) - 1))


def until_next(clock: Clock) -> float | None:
    """Seconds until another step is shown; None while it stands still."""
    if not clock.playing:
        return None
    ahead = clock.direction * (clock.step + clock.direction - clock.position)
    return max(ahead, 0) / (clock.speed * STEPS_A_SECOND)


def _end(clock: Clock) -> int:
    return clock.last if clock.direction > 0 else 0
