"""How good was an episode, in truth? What people care about beyond success, as measured quantities and their weights.

Only synthetic raters know utilities. Reward models and policies learn from what raters choose, never from these.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Quantity(NamedTuple):
    """What one quantity of an episode is worth, and what it measures."""

    weight: float
    what: str


QUANTITIES = {
    "success": Quantity(3.0, "1 if what was meant was done, and nothing that was forbidden"),
    "asked in need": Quantity(1.0, "1 if it asked back where words left something out"),
    "asked in vain": Quantity(-1.0, "questions beyond those"),
    "left open": Quantity(-1.0, "pieces of furniture that it left open and was not asked to open"),
    "doors left open": Quantity(-0.5, "doors that it left open and was not asked to open"),
    "moved": Quantity(-1.0, "things that it took up and nobody spoke of"),
    "in the way": Quantity(-0.02, "steps at which it wanted a way or a thing that another one had"),
    "slowness": Quantity(-1.0, "share of the time allowed that it took"),
    "said why not": Quantity(2.0, "1 if it gave a reason where it could not be done"),
    "gave up": Quantity(-2.0, "1 if it gave a reason where it could have been done"),
}


def utility(features: Mapping[str, float]) -> float:
    """The worth of an episode with these quantities.

    Raises:
        ValueError: one is missing or is none of QUANTITIES.
    """
    wrong = features.keys() ^ QUANTITIES.keys()
    if wrong:
        raise ValueError(
            f"quantities of an episode are {', '.join(QUANTITIES)}; check {', '.join(sorted(wrong))}"
        )
    return sum(QUANTITIES[name].weight * value for name, value in features.items())
