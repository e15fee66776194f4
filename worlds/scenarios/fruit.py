"""fruit: somebody gathers fruit of three kinds that are not worth the same to it, as in BASIS.

The Fruitgrid of Abdulhai et al. (2022, "Basis for Intentions", arXiv 2208.04919): eight by eight cells, three fruits of
each of three colours, episodes of 256 steps; one that was taken appears elsewhere. The expert of that paper likes them
.8, .2 and 0, and so does who plays here by default. It has the rules of coins, and nobody pays for what others take.

What differs: fruits are drawn as rugs and taken by walking onto them; there they are balls that are picked up.
"""

from dataclasses import replace

from worlds.scenario import Scenario
from worlds.scenarios import coins


def scenario(
    agents: int = 1,  # one or two
    side: int = 8,  # cells from edge to edge
    kinds: int = 3,  # colours of fruit
    each: int = 3,  # fruits of a colour
    likes: str = "red:0.8,blue:0.2",  # what a colour is worth to whom, a part for each agent
    steps: int = 256,  # of an episode
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
) -> Scenario:
    """`likes` says what fruits are worth to whom, as in red:1,green:-1/green:1, a part for each agent."""
    made = coins.scenario(agents, side, kinds, each, likes, 0.0, steps, view)
    return replace(
        made, name="fruit", summary="Fruit of three kinds, which are not worth the same to everybody."
    )
