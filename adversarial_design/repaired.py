"""REPAIRED: what a PAIRED adversary draws is judged and kept, and students train on what was kept (arXiv 2110.02439).

When old levels are played again the adversary learns nothing: it did not draw them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from adversarial_design.buffer import Buffer
from adversarial_design.designer import RIVAL, STUDENT, Arrays, LevelKind, Proposal, Scores
from adversarial_design.drawing_board import Drawer
from adversarial_design.scores import by_regret
from worlds.typed import counted, typed

PLAYERS = (STUDENT, RIVAL)


class Repaired:
    """An adversary and a buffer; regret serves both.

    Args:
        kind: of the levels.
        drawer: the adversary.
        buffer: keeps levels.
        n: levels of a proposal.
        chance: of playing old levels, once the buffer is `least` full.
        least: see chance.
    """

    score = staticmethod(by_regret)

    def __init__(
        self, kind: LevelKind, drawer: Drawer, buffer: Buffer, n: int, chance: float = 0.5, least: float = 0.5
    ) -> None:
        if not 0 <= chance <= 1 or not 0 <= least <= 1:
            raise ValueError(f"chance is {chance}, least {least}: allowed are 0 to 1")
        self.kind, self.drawer, self.buffer = kind, drawer, buffer
        self.n, self.chance, self.least = n, chance, least
        self.proposals = 0

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Old levels to train on, or new ones to judge; both students play the same."""
        if len(self.buffer) and self.buffer.share >= self.least and rng.random() < self.chance:
            return self.buffer.proposal(self.buffer.draw_distinct(self.n, rng), players=PLAYERS)
        drawn = self.drawer.draw(self.n, rng)
        return Proposal(drawn.levels, self.kind.ids(drawn.levels), False, PLAYERS, note=drawn)

    def learn(self, proposal: Proposal, scores: Scores) -> dict[str, float]:
        """Keep the best; pay the adversary for what it drew."""
        self.proposals += 1
        given = (proposal.levels, proposal.ids, scores, proposal.parents, proposal.edits)
        entered = self.buffer.learn(*given, self.proposals)
        log = self.drawer.learn(proposal.note, scores.value) if proposal.note is not None else {}
        return log | {"buffer/levels": float(len(self.buffer)), "buffer/entered": float(entered)}

    def save(self) -> tuple[Arrays, dict[str, Any]]:
        """The buffer and the adversary."""
        arrays, facts = self.buffer.save()
        drawn, drawer = self.drawer.save()
        return arrays | drawn, {**facts, "drawer": drawer, "proposals": self.proposals}

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned.

        Raises:
            ValueError: it is damaged.
        """
        if len(arrays["levels"]):
            self.kind.check(arrays["levels"])
        self.buffer.restore(arrays, facts)
        self.drawer.restore(arrays, typed(dict, facts.get("drawer"), "drawer"))
        self.proposals = counted(facts.get("proposals"), "proposals")
