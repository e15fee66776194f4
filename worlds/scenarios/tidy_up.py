"""tidy_up: housemates share one list of instructions; the work is done when the house is as asked."""

from worlds.objects import NAMES
from worlds.scenario import Rewards, Scenario
from worlds.state import State

TIDYING = ("put on", "put in", "bring to room", "close", "switch off")


def share_first(bank: State) -> State:
    """Give every agent of every level the first agent's goal and words."""
    for told in (bank.goal, bank.bound, bank.tokens):
        told[:, 1:] = told[:, :1]
    return bank


def scenario(
    agents: int = 2,
    split: str = "S0",
    view: int = 7,
    occluded: bool = True,
    message_tokens: int = 0,
    **house: object,
) -> Scenario:
    """One list for all; further choices are fields of `worlds.generators.houses.HouseConfig`."""
    from worlds.generators.houses import house_bank, split_config

    asked = {"kinds": TIDYING, "clauses": (2, 4), "quantities": 0.4, "constraints": 0.0}
    config = split_config(split, agents=agents, **{**asked, **house})
    return Scenario(
        name="tidy_up",
        summary="Housemates share one list of instructions.",
        agents=NAMES[:agents],
        draw=lambda n, seed: share_first(house_bank(n, seed, config)),
        rewards=Rewards(success=1.0, clause=0.25),
        view=view,
        occluded=occluded,
        message_tokens=message_tokens,
        needs_done=False,
        shared_goal=True,
    )
