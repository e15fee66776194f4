"""Which kinds of levels can be designed? Mazes and houses: how they are drawn, edited, named, written and judged.

A level of these kinds is a row of a bank: `State.house`, all of a level as words uint64. Rows mean something only in
banks of the same capacities, which a Grid remembers.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from adversarial_design.designer import Facts, LevelKind, Rows
from adversarial_design.edits import Boards, edit_boards, edit_houses
from worlds.checks import check_number, check_range
from worlds.expert.planning import levels_solvable, optima
from worlds.generators.houses import HouseConfig, house_bank
from worlds.generators.houses import sizes_of as house_sizes
from worlds.generators.infeasible import misplace
from worlds.generators.mazes import bank_of_mazes, maze_bank, maze_sizes
from worlds.goal import NO_VERB, VERB
from worlds.levels.bank import bank_of, level_of
from worlds.levels.checks import check_levels
from worlds.levels.level import Level
from worlds.levels.level_text import level_from_text, level_to_text
from worlds.objects import DOOR_KIND, PLACE_KIND, WALL
from worlds.render.draw import plane
from worlds.scenario import Scenario, make_scenario
from worlds.state import PLACE_PLANE, Sizes, State, empty_bank

_SEEDS = 2**63


@dataclass(frozen=True)
class Grid:
    """Levels on a grid: their kind, the capacities of their banks, and the scenario that plays them."""

    kind: LevelKind
    sizes: Sizes
    scenario: Scenario
    partners: tuple[str, ...] = ()  # who else plays: the last word of a row is one of them (see coplayers.py)

    def bank(self, levels: Rows) -> State:
        """Rows as a bank."""
        return bank_from(levels[:, :-1] if self.partners else levels, self.sizes)


def bank_from(levels: Rows, sizes: Sizes) -> State:
    """Rows as a bank of these capacities."""
    bank = empty_bank(len(levels), sizes)
    bank.house[:] = levels
    return bank


# ---- mazes ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class MazeConfig:
    """Mazes to design. `walls` is a range of draws with replacement: 60 draws are about 50 walls."""

    side: int = 13
    walls: tuple[int, int] = (0, 60)
    step_limit: int = 250
    view: int = 5
    agents: int = 1

    def __post_init__(self) -> None:
        check_number("side", self.side, 5, 64)
        check_range("walls", self.walls, 0, self.side**2)
        check_number("step_limit", self.step_limit, 1, 100_000)


def maze_grid(config: MazeConfig) -> Grid:
    """Mazes without a border; solvable or not, as they come."""
    sizes = maze_sizes(config.side, config.agents)
    scenario = make_scenario("maze", agents=config.agents, side=config.side, view=config.view)

    def draw(n: int, rng: np.random.Generator) -> Rows:
        seed = int(rng.integers(_SEEDS))
        return maze_bank(
            n, seed, config.side, config.agents, walls=config.walls, step_limit=config.step_limit
        ).house

    def edit(levels: Rows, rng: np.random.Generator, times: int) -> tuple[Rows, list[str]]:
        boards, words = edit_boards(boards_of(bank_from(levels, sizes)), rng, times)
        return bank_of_mazes(*boards, config.step_limit).house, words

    return Grid(_kind("maze", draw, edit, sizes, scenario), sizes, scenario)


def boards_of(bank: State) -> Boards:
    """The mazes of a bank as arrays."""
    spots = np.concatenate([bank.fixture_cell[:, :1], bank.agent_cell], 1).astype(np.int64)
    return Boards(bank.ground_at.copy(), spots, bank.heading.astype(np.int64))


# ---- houses ---------------------------------------------------------------------------------------------
def house_grid(config: HouseConfig, misplaced: float = 0.0) -> Grid:
    """Houses with what their agents are told: layout and task together.

    Args:
        config: what the generator draws; its tasks can be done.
        misplaced: share of agents who are told what was meant for another house. Most such tasks cannot be done.
    """
    sizes = house_sizes(config)
    scenario = make_scenario("house", agents=config.agents)

    def draw(n: int, rng: np.random.Generator) -> Rows:
        bank = house_bank(n, int(rng.integers(_SEEDS)), config)
        if misplaced:
            misplace(bank, misplaced, int(rng.integers(_SEEDS)))
        return bank.house

    def edit(levels: Rows, rng: np.random.Generator, times: int) -> tuple[Rows, list[str]]:
        edited, words = edit_houses(_levels(levels, sizes), rng, times)
        return bank_of(edited, sizes).house, words

    return Grid(_kind("house", draw, edit, sizes, scenario), sizes, scenario)


# ---- what both have in common ---------------------------------------------------------------------------
def _kind(name: str, draw: Callable, edit: Callable, sizes: Sizes, scenario: Scenario) -> LevelKind:
    return LevelKind(
        name,
        draw,
        edit,
        write=lambda levels: [level_to_text(level) for level in _levels(levels, sizes)],
        read=lambda texts: bank_of([level_from_text(text) for text in texts], sizes).house,
        facts=lambda levels: facts_of(bank_from(levels, sizes), scenario),
        hashes=lambda levels: [level.id for level in _levels(levels, sizes)],
        check=lambda levels: check_rows(levels, sizes),
    )


def check_rows(levels: Rows, sizes: Sizes) -> None:
    """Raise a ValueError unless these are rows of a bank that kernels can follow."""
    words = empty_bank(1, sizes).house
    if levels.dtype != words.dtype or levels.shape[1:] != words.shape[1:]:
        raise ValueError(
            f"levels are {levels.dtype}{list(levels.shape)}, needed are rows of {words.shape[1]} {words.dtype}: "
            "they are damaged, or of other choices"
        )
    check_levels(bank_from(levels, sizes), "levels")


def _levels(levels: Rows, sizes: Sizes) -> list[Level]:
    bank = bank_from(levels, sizes)
    return [level_of(bank, row) for row in range(len(levels))]


def facts_of(bank: State, scenario: Scenario, learners: int | None = None) -> Facts:
    """What the expert finds: whether all tasks of a level can be done, and what it is paid, on average over agents.

    A task that cannot be done is worth 0; one that can, and at which the expert fails, is unknown. What the expert does
    can be done, also where the proof, which errs on the safe side, does not find it. `learners`: so many agents count,
    the first ones; the others are company.
    """
    acts_LA = optima(bank, scenario.needs_done)[:, :learners]
    solvable_LA = levels_solvable(bank)[:, :learners] | (acts_LA >= 0)
    rewards, limit = scenario.rewards, bank.step_limit[:, None]
    paid = rewards.success * (1 - rewards.slowness * acts_LA / limit)
    optimum = np.where(acts_LA >= 0, paid, np.where(solvable_LA, np.nan, 0.0)).mean(1)
    acts = np.where((acts_LA >= 0).all(1), acts_LA.mean(1), np.nan)
    return Facts(np.all(solvable_LA, 1, keepdims=True)[:, 0], optimum, {"acts": acts, **counts_of(bank)})


def counts_of(bank: State) -> dict[str, np.ndarray]:
    """How much there is in a level: walls within its capacities, doors, items, furniture, clauses."""
    doors = np.zeros(len(bank.house), np.int64)
    for level, cells in enumerate(bank.fixture_cell):
        cells = cells[cells >= 0]
        doors[level] = (
            PLACE_KIND[plane(bank, level, PLACE_PLANE)[cells >> 8, cells & 255]] == DOOR_KIND
        ).sum()
    return {
        "walls": (bank.ground_at == WALL).sum((1, 2)).astype(float),
        "doors": doors.astype(float),
        "furniture": ((bank.fixture_cell >= 0).sum(1) - doors).astype(float),
        "items": (bank.item_look > 0).sum(1).astype(float),
        "clauses": (bank.goal[..., VERB] != NO_VERB).sum((1, 2)).astype(float),
    }
