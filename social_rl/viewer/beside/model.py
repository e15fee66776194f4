"""What does a comparison know? Two windows on the same level, one clock, and what the person is looking at."""

from dataclasses import dataclass
from pathlib import Path

from social_rl.viewer.model import NORMAL, SPEEDS, Film, ViewerState
from social_rl.viewer.time.reliving import now


@dataclass
class BesideState:
    """What `picture.paint` draws and `commands.do` changes. Each side is where the clock is, or at its own end."""

    left: ViewerState
    right: ViewerState
    fps: float = 8.0
    size: tuple[int, int] = (1280, 800)
    scale: float = 1.0
    playing: bool = False
    pace: int = NORMAL  # index of SPEEDS
    direction: int = 1
    phase: float = 1.0
    is_smooth: bool = True
    is_dark: bool = False
    dragged: tuple[int, int, int] | None = None  # the seek bar, while its head is held
    help: bool = False
    notice: str = ""
    out: Path = Path("out")  # where pictures and videos go
    film: Film | None = None
    origin: str = ""
    opens: str = ""
    is_open: bool = True
    quits: bool = False

    @property
    def sides(self) -> tuple[ViewerState, ViewerState]:
        """Left and right."""
        return self.left, self.right

    @property
    def speed(self) -> float:
        """How fast time goes, 1: `fps` steps a second."""
        return SPEEDS[self.pace]

    @property
    def now(self) -> int:
        """What the clock says: steps that were taken by the side that is further."""
        return max(map(now, self.sides))

    @property
    def steps(self) -> int:
        """How many steps are known of the side of which more are."""
        return max(side.tape.steps for side in self.sides)

    @property
    def over(self) -> bool:
        """Have both episodes ended, and is this their end?"""
        return all(side.over and not side.tape.is_past for side in self.sides)

    @property
    def selected(self) -> int:
        """The agent that is looked at, on both sides."""
        return self.left.selected


def open_beside(left: ViewerState, right: ViewerState) -> BesideState:
    """Two windows on the same scenario, seed and levels.

    Raises:
        ValueError: they do not begin alike.
    """
    if left.sim.digest() != right.sim.digest():
        raise ValueError("the two worlds do not begin alike: give both the same scenario, levels and seed")
    return BesideState(left, right)
