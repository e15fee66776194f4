"""Minimax: an adversary draws levels at which the student fails. It soon draws such as cannot be solved."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from adversarial_design.designer import Arrays, LevelKind, Proposal, Scores
from adversarial_design.drawing_board import Drawer
from adversarial_design.scores import by_failure


class Minimax:
    """Levels of an adversary that is paid for failure.

    Args:
        kind: of the levels.
        drawer: the adversary.
        n: levels of a proposal.
    """

    score = staticmethod(by_failure)

    def __init__(self, kind: LevelKind, drawer: Drawer, n: int) -> None:
        self.kind, self.drawer, self.n = kind, drawer, n

    def propose(self, rng: np.random.Generator) -> Proposal:
        """What the adversary draws."""
        drawn = self.drawer.draw(self.n, rng)
        return Proposal(drawn.levels, self.kind.ids(drawn.levels), note=drawn)

    def learn(self, proposal: Proposal, scores: Scores) -> dict[str, float]:
        """Pay the adversary."""
        return self.drawer.learn(proposal.note, scores.value)

    def save(self) -> tuple[Arrays, dict[str, Any]]:
        """The adversary."""
        return self.drawer.save()

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned."""
        self.drawer.restore(arrays, facts)
