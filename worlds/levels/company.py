"""How is a level without some of its agents? They stand out of the way, where nobody sees or meets them.

Beyond the house, farther than anybody sees, lies a cell for each of them with walls around it.
"""

from collections.abc import Collection, Sequence
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
    ground, cells = with_cells_apart(level.ground, len(away), view)
    agents = list(level.agents)
    for a, (row, col) in zip(sorted(away), cells, strict=True):
        agents[a] = agents[a]._replace(row=row, col=col, instruction="")
    return replace(level, ground=ground, agents=tuple(agents))


def with_cells_apart(
    ground: Sequence[str], n: int, view: int
) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    """A ground with n cells more, each by itself, that nobody sees who stands in the house; and where they are."""
    needed = side_without(max(len(ground), len(ground[0])), n, view)
    rows = [list(row.ljust(needed, "#")) for row in ground]
    rows += [["#"] * needed for _ in range(max(2 * n + 1 - len(rows), 0))]
    cells = [(2 * place + 1, needed - 2) for place in range(n)]
    for row, col in cells:
        rows[row][col] = "."
    return tuple("".join(row) for row in rows), cells
