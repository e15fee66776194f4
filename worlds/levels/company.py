"""How is a level without some of its agents? They stand out of the way, where nobody sees or meets them.

Beyond the house, farther than anybody sees, lies a cell for each of them with walls around it.
"""

from collections.abc import Collection
from dataclasses import replace

from worlds.levels.level import Level
from worlds.objects import MAX_SIDE


def side_without(side: int, away: int, view: int) -> int:
    """The side that levels need for as many cells beyond their house.

    Raises:
        ValueError: it is too large.
    """
    needed = max(side + view + 2, 2 * away + 1)
    if needed > MAX_SIDE:
        raise ValueError(
            f"levels of side {side} have no room beyond: {needed} cells are needed, {MAX_SIDE} allowed"
        )
    return needed


def alone(level: Level, away: Collection[int], view: int) -> Level:
    """The same level with these agents out of the way."""
    if not away:
        return level
    side = max(level.height, level.width)
    needed = side_without(side, len(away), view)
    rows = [list(row.ljust(needed, "#")) for row in level.ground]
    rows += [["#"] * needed for _ in range(max(2 * len(away) + 1 - len(rows), 0))]
    agents = list(level.agents)
    for place, a in enumerate(sorted(away)):
        row, col = 2 * place + 1, needed - 2
        if row >= len(rows):
            raise AssertionError("a row for each agent was added above")
        rows[row][col] = "."
        agents[a] = agents[a]._replace(row=row, col=col, instruction="")
    return replace(level, ground=tuple("".join(row) for row in rows), agents=tuple(agents))
