"""house: each agent has its own instruction in a generated house."""

from functools import partial

from worlds.objects import NAMES
from worlds.scenario import Rewards, Scenario


def scenario(
    agents: int = 2,  # each with an instruction of its own
    split: str = "S0",  # what is held out; `social-rl splits` lists them
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
    occluded: bool = True,  # walls and shut doors hide what is behind them
    message_tokens: int = 0,  # bytes that an agent can say at a step; 0: nobody talks
    **house: object,
) -> Scenario:
    """Agents in houses of a split (S0 to S7); further choices are fields of `worlds.generators.houses.HouseConfig`."""
    from worlds.generators.houses import house_bank, split_config

    config = split_config(split, agents=agents, **house)
    return Scenario(
        name="house",
        summary="Each agent has its own instruction in a generated house.",
        agents=NAMES[:agents],
        draw=partial(house_bank, config=config),
        rewards=Rewards(success=1.0, slowness=0.9),
        view=view,
        occluded=occluded,
        message_tokens=message_tokens,
    )
