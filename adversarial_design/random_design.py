"""Domain randomisation: levels by chance, a new one for each episode. The baseline that curricula have to beat."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from adversarial_design.designer import Arrays, LevelKind, Proposal, Scores
from adversarial_design.scores import by_positive_value_loss


class RandomDesign:
    """Levels by chance, all of which students train on.

    Args:
        kind: of the levels.
        n: levels in a proposal: a few for each world, so that it does not stay at one.
    """

    score = staticmethod(by_positive_value_loss)  # for the record: it does not decide anything

    def __init__(self, kind: LevelKind, n: int) -> None:
        self.kind, self.n = kind, n

    def propose(self, rng: np.random.Generator) -> Proposal:
        """New levels."""
        levels = self.kind.draw(self.n, rng)
        return Proposal(levels, self.kind.ids(levels))

    def learn(self, proposal: Proposal, scores: Scores) -> dict[str, float]:
        """Nothing is learned."""
        return {}

    def save(self) -> tuple[Arrays, dict[str, Any]]:
        """Nothing is kept."""
        return {}, {}

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Nothing was kept."""
