"""tidy_up: housemates share one list of instructions; the work is done when the house is as asked."""

from functools import partial
from typing import TYPE_CHECKING

from worlds.objects import NAMES
from worlds.scenario import Rewards, Scenario
from worlds.state import State

if TYPE_CHECKING:
    from worlds.generators.houses import HouseConfig

TIDYING = ("put on", "put in", "bring to room", "close", "switch off")


def shared_bank(n: int, seed: int, config: "HouseConfig") -> State:
    """Houses in which every agent has the first agent's goal and words."""
    from worlds.generators.houses import house_bank

    bank = house_bank(n, seed, config)
    for told in (bank.goal, bank.bound, bank.tokens):
        told[:, 1:] = told[:, :1]
    return bank


def scenario(
    agents: int = 2,  # who share one list
    split: str = "S0",  # what is held out; `social-rl splits` lists them
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
    occluded: bool = True,  # walls and shut doors hide what is behind them
    message_tokens: int = 0,  # bytes that an agent can say at a step; 0: nobody talks
    **house: object,
) -> Scenario:
    """One list for all; further choices are fields of `worlds.generators.houses.HouseConfig`."""
    from worlds.generators.houses import split_config

    asked = {"kinds": TIDYING, "clauses": (2, 4), "quantities": 0.4, "constraints": 0.0}
    config = split_config(split, agents=agents, **{**asked, **house})
    return Scenario(
        name="tidy_up",
        summary="Housemates share one list of instructions.",
        agents=NAMES[:agents],
        draw=partial(shared_bank, config=config),
        rewards=Rewards(success=1.0, clause=0.25),
        view=view,
        occluded=occluded,
        message_tokens=message_tokens,
        needs_done=False,
        shared_goal=True,
    )
