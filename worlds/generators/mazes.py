"""Which mazes are there? The fixed ones of the literature as Levels, and families of random ones as a bank.

Every maze has one goal tile, and all agents are told to go to it. There is no border: beyond the edge counts
as wall. Random mazes draw from counter streams keyed by (seed, number of the maze, attempt), so maze i of a
seed is the same in a bank of any size.

Families, after the held-out sets listed in data/mazes.txt:

    blocks    as many draws of a wall cell as `walls` says, with replacement; goal and starts anywhere
    perfect   a random spanning tree of corridors (Kruskal); goal and first three starts in different corners
    rooms     four rooms, one door in each wall between two; goal and starts anywhere
    crossing  as many rivers of wall as `walls` says, each with a gap; from upper left to lower right
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from worlds.checks import check_choice, check_number
from worlds.compiler.compile import entry
from worlds.compiler.handle import handle
from worlds.generators.maze_families import (
    draw_blocks,
    draw_crossing,
    draw_perfect,
    draw_rooms,
    is_connected,
    scatter,
)
from worlds.goal import encode
from worlds.language.instructions import parse, tokens_of
from worlds.levels.bank import write_tables
from worlds.levels.level import MAX_STEPS, AgentStart, Fixture, Level
from worlds.objects import GOAL_KIND, MAX_AGENTS, MAX_SIDE, place
from worlds.rules.chance import below, draw, episode_key
from worlds.state import MAX_TOKENS, Sizes, State, empty_bank

WORDS = "go to the goal"
_DATA = Path(__file__).parent.parent / "data" / "mazes.txt"
_FACES_WEST = ("LabyrinthFlipped",)  # the others start facing east, as in the published evaluations

_ATTEMPTS = 1000
_GOAL_PLACE = place(GOAL_KIND, 0, 0)
_MIN_SIDE = 5


# ---- the fixed mazes ---------------------------------------------------------------------------------
def fixed_mazes() -> dict[str, Level]:
    """The held-out mazes of the literature by name; of several goals, each is a Level: "Name/1"..."""
    mazes = {}
    for name, picture in _pictures(_DATA.read_text(encoding="utf-8")):
        goals = [(r, c) for r, line in enumerate(picture) for c, cell in enumerate(line) if cell in "gG"]
        for number, goal in enumerate(goals, 1):
            mazes[name if len(goals) == 1 else f"{name}/{number}"] = _maze(name, picture, goal)
    return mazes


def _pictures(text: str) -> Iterator[tuple[str, list[str]]]:
    for part in re.split(r"^== ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        picture = [line for line in lines if re.fullmatch("[#.SGg]+", line)]
        if picture:
            yield lines[0].split()[0], picture


def _maze(name: str, picture: list[str], goal: tuple[int, int]) -> Level:
    start = next((r, c) for r, line in enumerate(picture) for c, cell in enumerate(line) if cell == "S")
    heading = "west" if name in _FACES_WEST else "east"
    return Level(
        ground=tuple(re.sub("[SGg]", ".", line) for line in picture),
        agents=(AgentStart("Ann", *start, heading, WORDS),),
        fixtures=(Fixture("goal", "", "", *goal),),
        step_limit=2 * (len(picture) + 2) * (len(picture[0]) + 2),
    )


# ---- random mazes ------------------------------------------------------------------------------------
def maze_bank(
    n: int,
    seed: int,
    side: int = 13,
    agents: int = 1,
    walls: tuple[int, int] | None = None,
    family: str = "blocks",
    solvable: bool = False,
    step_limit: int | None = None,
) -> State:
    """A bank of random mazes in which all agents share the goal tile.

    Args:
        n: How many mazes.
        seed: 0 to 2**64 - 1; the same seed gives the same mazes.
        side: Cells a side; "perfect" has its corridors on even rows and columns, so an odd side fills it.
        agents: Agents in each maze.
        walls: Lowest and highest number of wall draws ("blocks", usually 0 to 60) or rivers ("crossing", 5).
        family: A row of FAMILIES.
        solvable: Draw a maze again until every start is connected with the goal. Without it, "blocks" may
            wall somebody in, and "crossing" all but the first, who start anywhere.
        step_limit: Steps of an episode; usually 2 * (side + 2) ** 2.

    Raises:
        ValueError: an argument is out of range, or no solvable maze was found in 1000 attempts.
    """
    check_choice("family", family, FAMILIES)
    draw_family, usual = FAMILIES[family]
    if walls is not None and not usual:
        raise ValueError(f"family {family!r} has no number of walls to choose: leave walls out")
    low, high = walls or usual or (0, 0)
    limit = 2 * (side + 2) ** 2 if step_limit is None else step_limit
    for name, value, least, most in (
        ("n", n, 1, 10**9), ("seed", seed, 0, 2**64 - 1), ("side", side, _MIN_SIDE, MAX_SIDE),
        ("agents", agents, 1, min(MAX_AGENTS, side * side // 4)), ("walls[0]", low, 0, high),
        ("walls[1]", high, low, MAX_SIDE**2), ("step_limit", limit, 1, MAX_STEPS),
    ):  # fmt: skip
        check_number(name, value, least, most)
    ground, spots = np.empty((n, side, side), np.uint8), np.empty((n, 1 + agents), np.int64)
    keys = np.empty(n, np.uint64)
    scratch = np.empty(2 * side * side + 4, np.int64)
    failed = draw_family(ground, spots, keys, scratch, np.uint64(seed), low, high, solvable)
    if failed >= 0:
        raise ValueError(
            f"maze {failed} of seed {seed} was not solvable in {_ATTEMPTS} attempts: ask for fewer walls"
        )
    return _bank_of_mazes(ground, spots, keys, limit)


def _bank_of_mazes(ground: np.ndarray, spots: np.ndarray, keys: np.ndarray, limit: int) -> State:
    headings = np.zeros((spots.shape[0], spots.shape[1] - 1), np.int64)
    _draw_headings(keys, headings)
    return bank_of_mazes(ground, spots, headings, limit)


def bank_of_mazes(ground: np.ndarray, spots: np.ndarray, headings: np.ndarray, limit: int) -> State:
    """A bank of mazes given as arrays, which are trusted.

    Args:
        ground: uint8[n, side, side] FLOOR or WALL.
        spots: int64[n, 1 + agents] cells (row * 256 + col) of the goal and the starts, all different, on floor.
        headings: int64[n, agents] of the starts.
        limit: steps of an episode.
    """
    n, agents = headings.shape
    bank = empty_bank(n, maze_sizes(ground.shape[1], agents))
    bank.step_limit[:] = limit
    counts = np.array([(ground.shape[1], ground.shape[1], 1, 0)] * n, np.int64).reshape(n, 4)
    goals = np.stack([spots[:, 0], np.full(n, _GOAL_PLACE)], 1)
    starts = np.zeros((n, agents, 3), np.int64)
    starts[:, :, 0], starts[:, :, 1], starts[:, :, 2] = spots[:, 1:], headings, np.arange(agents)
    words = tokens_of(WORDS)
    tokens = np.array([words + [0] * (MAX_TOKENS - len(words))], np.uint16)
    told = np.zeros(n * agents, np.int64)
    no_items = np.zeros((0, 2), np.int64)
    tables = (counts, goals, no_items, starts.reshape(n * agents, 3))
    cells = np.ascontiguousarray(ground, np.uint8).ravel()
    write_tables(handle(bank), 0, cells, *tables, told, tokens, encode(parse(WORDS))[None])
    return bank


def maze_sizes(side: int, agents: int) -> Sizes:
    """Capacities that all mazes of a side fit in."""
    return Sizes(side, agents, items=0, fixtures=1)


@entry
def _draw_headings(keys, headings):
    for level in range(headings.shape[0]):
        for a in range(headings.shape[1]):
            headings[level, a] = below(draw(keys[level], 2, a), 4)


# ---- families: fill ground, spots and keys; return the first maze that could not be drawn, or -1 -------
@entry
def _draw_blocks(ground, spots, keys, scratch, seed, low, high, solvable):
    for level in range(ground.shape[0]):
        found = False
        for attempt in range(_ATTEMPTS):
            key = episode_key(seed, np.uint64(level), np.uint64(attempt))
            draw_blocks(ground[level], spots[level], key, low + below(draw(key, 0, 0), high - low + 1))
            keys[level] = key
            if not solvable or is_connected(ground[level], spots[level], scratch):
                found = True
                break
        if not found:
            return level
    return -1


@entry
def _draw_perfect(ground, spots, keys, scratch, seed, low, high, solvable):
    for level in range(ground.shape[0]):
        keys[level] = episode_key(seed, np.uint64(level), np.uint64(0))
        draw_perfect(ground[level], spots[level], scratch, keys[level])
    return -1


@entry
def _draw_rooms(ground, spots, keys, scratch, seed, low, high, solvable):
    for level in range(ground.shape[0]):
        keys[level] = episode_key(seed, np.uint64(level), np.uint64(0))
        draw_rooms(ground[level], keys[level])
        scatter(ground[level], spots[level], keys[level], 0)
    return -1


@entry
def _draw_crossing(ground, spots, keys, scratch, seed, low, high, solvable):
    side = ground.shape[1]
    for level in range(ground.shape[0]):
        found = False
        for attempt in range(_ATTEMPTS):
            key = episode_key(seed, np.uint64(level), np.uint64(attempt))
            draw_crossing(ground[level], scratch, key, low + below(draw(key, 0, 0), high - low + 1))
            spots[level, 0] = (side - 1) << 8 | (side - 1)
            spots[level, 1] = 0
            scatter(ground[level], spots[level], key, 2)
            keys[level] = key
            if not solvable or is_connected(ground[level], spots[level], scratch):
                found = True
                break
        if not found:
            return level
    return -1


# How each family is drawn, and its usual number of walls, () if there is nothing to choose.
FAMILIES = {
    "blocks": (_draw_blocks, (0, 60)),
    "perfect": (_draw_perfect, ()),
    "rooms": (_draw_rooms, ()),
    "crossing": (_draw_crossing, (5, 5)),
}
