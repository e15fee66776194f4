"""maze: find the goal; arriving is enough, nobody need say done."""

from functools import partial

from worlds.objects import NAMES
from worlds.scenario import Rewards, Scenario


def scenario(
    agents: int = 1,  # who look for the goal
    side: int = 13,  # cells from edge to edge
    family: str = "blocks",  # blocks, perfect, rooms or crossing
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
    occluded: bool = False,  # walls hide what is behind them
) -> Scenario:
    """Mazes of `side` x `side` cells without a border: beyond the edge is wall."""
    from worlds.generators.mazes import maze_bank

    return Scenario(
        name="maze",
        summary="Find the goal in a maze.",
        agents=NAMES[:agents],
        draw=partial(maze_bank, side=side, agents=agents, family=family),
        rewards=Rewards(success=1.0, slowness=0.9),
        view=view,
        occluded=occluded,
        needs_done=False,
    )
