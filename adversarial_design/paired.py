"""PAIRED: an adversary draws levels that a rival solves and the student does not (Dennis et al. 2020, 2012.02096).

paired             one rival, the antagonist
population_paired  the best of several rivals counts
flexible_paired    on each level, whoever does better is the antagonist
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from adversarial_design.designer import RIVAL, STUDENT, Arrays, LevelKind, Proposal, Score, Scores
from adversarial_design.drawing_board import Drawer
from adversarial_design.scores import by_flexible_regret, by_regret


def paired(kind: LevelKind, drawer: Drawer, n: int) -> "Paired":
    """A student and a rival."""
    return Paired(kind, drawer, n, (STUDENT, RIVAL), by_regret)


def population_paired(kind: LevelKind, drawer: Drawer, n: int, rivals: int) -> "Paired":
    """A student and several rivals."""
    if rivals < 1:
        raise ValueError(f"rivals is {rivals}, allowed are 1 and more")
    return Paired(kind, drawer, n, (STUDENT, *(f"{RIVAL}{i}" for i in range(1, rivals + 1))), by_regret)


def flexible_paired(kind: LevelKind, drawer: Drawer, n: int) -> "Paired":
    """A student and a rival, either of whom may be the antagonist."""
    return Paired(kind, drawer, n, (STUDENT, RIVAL), by_flexible_regret)


class Paired:
    """Levels of an adversary that is paid the regret; all who play them train on them.

    Args:
        kind: of the levels.
        drawer: the adversary.
        n: levels of a proposal.
        players: the student and its rivals.
        score: regret.
    """

    def __init__(
        self, kind: LevelKind, drawer: Drawer, n: int, players: tuple[str, ...], score: Score
    ) -> None:
        self.kind, self.drawer, self.n, self.players, self.score = kind, drawer, n, players, score

    def propose(self, rng: np.random.Generator) -> Proposal:
        """What the adversary draws, for everybody."""
        drawn = self.drawer.draw(self.n, rng)
        return Proposal(drawn.levels, self.kind.ids(drawn.levels), players=self.players, note=drawn)

    def learn(self, proposal: Proposal, scores: Scores) -> dict[str, float]:
        """Pay the adversary."""
        return self.drawer.learn(proposal.note, scores.value)

    def save(self) -> tuple[Arrays, dict[str, Any]]:
        """The adversary."""
        return self.drawer.save()

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned."""
        self.drawer.restore(arrays, facts)
