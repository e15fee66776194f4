"""Under which conditions are mazes measured? Our protocol and published ones, as data, and where ours must differ.

Mazes have their published names here; SAME says which of our pictures and families they are. In all of them episodes
are set beforehand: dcd plays until so many have finished, whichever are fastest, which favours short ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from agents.policies.learned import TEMPERATURE

TABLE = (
    "SixteenRooms", "SixteenRoomsFewerDoors", "Labyrinth", "Labyrinth2", "Maze", "Maze2", "Maze3",
    "SimpleCrossing", "FourRooms", "SmallCorridor", "LargeCorridor", "PerfectMazeMedium",
)  # fmt: skip
BESIDE = ("LabyrinthFlipped", "NineRooms", "NineRoomsFewerDoors", "MiniMaze", "MediumMaze")
FAMILIES: dict[str, dict[str, Any]] = {
    "SimpleCrossing": {"family": "crossing", "side": 9, "solvable": True},
    "FourRooms": {"family": "rooms", "side": 17},
    "PerfectMazeMedium": {"family": "perfect", "side": 19},
}
SAME = {
    "SixteenRooms2": "SixteenRoomsFewerDoors", "StandardMaze": "Maze", "StandardMaze2": "Maze2",
    "StandardMaze3": "Maze3", "Crossing": "SimpleCrossing",
}  # fmt: skip


class Rule(NamedTuple):
    """What holds for a maze.

    steps: limit of an episode; 0 is 2 (H + 2) (W + 2). facing: which way starts face, a heading or "any" (a family as
    it is drawn, a picture in all four ways in turn). hides: do walls hide what is behind them? anywhere: goal and start
    of a family are on any two cells of floor, wherever the family would have put them.
    """

    steps: int = 0
    facing: str = "east"
    hides: bool = False
    anywhere: bool = False


EAST, WEST, ANY = Rule(), Rule(facing="west"), Rule(facing="any")


@dataclass(frozen=True)
class Protocol:
    """Conditions under which minds are measured.

    Args:
        mazes: of which the mean is reported. beside: reported, and not in the mean.
        rule: holds for all mazes but those in `exceptions`.
        view: cells across that the published agents see; a mind has the view it was made for.
        temperature: acts are drawn from the policy at this temperature; 1 as they are, 0 the likeliest alone.
        episodes: of each maze, or of each drawn level; 0: as many as are asked for.
        levels: how many solvable mazes of 60 draws (about 50 walls) are measured, too; 0 where nobody asks for them.
        source: who published it.
        differs: what cannot be, or is not, done as it was published.
        publisher, published: whose figures stand beside, by maze or by share of the worst levels.
    """

    name: str
    mazes: tuple[str, ...]
    beside: tuple[str, ...]
    source: str
    differs: str
    rule: Rule = EAST
    exceptions: Mapping[str, Rule] = field(default_factory=dict)
    view: int = 5
    temperature: float = 1.0
    episodes: int = 100
    levels: int = 0
    publisher: str = ""
    published: Mapping[str, float] = field(default_factory=dict)

    def rule_of(self, maze: str) -> Rule:
        """What holds for a maze."""
        return self.exceptions.get(maze, self.rule)

    @property
    def is_of_the_table(self) -> bool:
        """Is the mean over the twelve mazes of the table of 60 blocks in facebookresearch/dcd?"""
        return tuple(SAME.get(maze, maze) for maze in self.mazes) == TABLE

    def record(self) -> dict[str, Any]:
        """All of it for JSON, with what holds for each maze."""
        whole = {name: value for name, value in vars(self).items() if name not in ("rule", "exceptions")}
        rules = {maze: self.rule_of(maze)._asdict() for maze in (*self.mazes, *self.beside)}
        return {**whole, "published": dict(self.published), "rules": rules}


_ACCEL = (1.0, 0.934, 0.740, 0.846, 0.780, 0.998, 0.840, 0.790, 0.684, 0.998, 0.986, 0.900)
_DCD: dict[str, float] = dict(zip(TABLE, _ACCEL, strict=True))  # 60 blocks, 20,000 updates, 5 seeds

OURS = Protocol(
    "ours", TABLE, BESIDE,
    source="this package",
    differs="Nothing: it is our own. Acts are drawn at the temperature at which minds play, which is not that of "
    "training; goals of the two corridors come in turn, families are drawn anew for each episode, their starts"
    " face any way.",
    exceptions={"LabyrinthFlipped": WEST, **dict.fromkeys(FAMILIES, ANY)},
    temperature=TEMPERATURE, episodes=0, publisher="ACCEL, as published under dcd", published=_DCD,
)  # fmt: skip
DCD = Protocol(
    "dcd", TABLE, ("NineRooms", "NineRoomsFewerDoors", "MiniMaze", "MediumMaze"),
    source="facebookresearch/dcd at 72991be: eval.py, envs/multigrid",
    differs="There, the goal of a corridor is drawn once in each process and stays; here all goals come in turn. "
    "There, episodes are played until 100 have finished, whichever are fastest; here they are set beforehand. "
    "Walls of FourRooms and SimpleCrossing hide what is behind them, by our rule of sight and not by "
    "MiniGrid's. Figures there are means over 5 trained agents, with one seed of evaluation.",
    exceptions={
        "SimpleCrossing": Rule(4 * 11 * 11, hides=True), "FourRooms": Rule(100, "any", hides=True),
    },
    publisher="ACCEL", published=_DCD,
)  # fmt: skip
MINIMAX = Protocol(
    "minimax",
    (
        "SixteenRooms", "SixteenRooms2", "Labyrinth", "Labyrinth2", "StandardMaze", "StandardMaze2", "StandardMaze3",
        "Crossing", "FourRooms", "SmallCorridor", "LargeCorridor", "PerfectMazeMedium",
    ),
    ("LabyrinthFlipped",),
    source="facebookresearch/minimax at d053054: envs/maze/maze_ood.py, runners/eval_runner.py",
    differs="There, the goal of a corridor is drawn at each reset; here all goals come in turn, which has the same "
    "mean. Perfect mazes are drawn there by depth-first search, here by Kruskal's algorithm, which makes "
    "shorter corridors; gaps of Crossing are drawn there along a way of single steps, here one in each river, as "
    "MiniGrid does. Which mazes are in a mean differs from paper to paper: here it is the twelve of dcd.",
    exceptions={
        "LabyrinthFlipped": WEST, "FourRooms": Rule(250, "any"), "Crossing": Rule(4 * 11 * 11),
        "PerfectMazeMedium": Rule(facing="any", anywhere=True),
    },
)  # fmt: skip
JAXUED = Protocol(
    "jaxued",
    (
        "SixteenRooms", "SixteenRooms2", "Labyrinth", "LabyrinthFlipped", "Labyrinth2", "StandardMaze",
        "StandardMaze2", "StandardMaze3",
    ),
    (),
    source="DramaCow/jaxued at 0f8f128: examples/maze_*.py, environments/maze/level.py",
    differs="Nothing is left out. Its mean is over eight pictures, no families, so it does not compare with means of "
    "the twelve; ten attempts at each maze are few, and where dcd leaves 337 steps for going astray in a "
    "labyrinth, which takes 113, 250 leave 137.",
    rule=Rule(250), exceptions={"LabyrinthFlipped": Rule(250, "west")}, episodes=10,
)  # fmt: skip
SFL = Protocol(
    "sfl", (), (),
    source="amacrutherford/sampling-for-learnability at 8b14e2e: sfl/deploy/eval_minigrid_*.py",
    differs="Levels are drawn anew by our generator: the published set is a pickle, which is not read here. The "
    "checked-in script draws 1,000 levels, the published tables have 10,000. As there, the worst levels are "
    "chosen by one set of episodes and scored by another, ten episodes of each level in both; the mean is that"
    " of the second set, there of the first. 60 draws with replacement are about 50 walls.",
    rule=Rule(250, "any"), episodes=10, levels=10_000, publisher="SFL",
    published={"mean": 0.9946, "0.1%": 0.277, "1%": 0.654, "2%": 0.784, "5%": 0.906, "10%": 0.953},
)  # fmt: skip
NCC = replace(
    SFL, name="ncc",
    source="nmonette/NCC-UED at 600cddd: minigrid/deploy/eval_minigrid_1_rollout.py; figures read from its plot",
    differs="As sfl. The checked-in script draws 1,000 levels, the published plot has 10,000.",
    publisher="NCC by true regret",
    published={
        "mean": 0.999, "0.01%": 0.617, "0.1%": 0.841, "1%": 0.952, "2%": 0.972, "5%": 0.988, "10%": 0.994,
    },
)  # fmt: skip
PROTOCOLS = {protocol.name: protocol for protocol in (OURS, DCD, MINIMAX, JAXUED, SFL, NCC)}
