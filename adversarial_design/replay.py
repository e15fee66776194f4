"""Prioritised level replay: levels are tried, scored and kept, and the best are played again.

plr           Jiang et al. 2021, arXiv 2010.03934: students train on new levels, too
robust_plr    PLR⊥, Jiang et al. 2021, arXiv 2110.02439: new levels are only judged; students train on what is kept
accel         Parker-Holder et al. 2022, arXiv 2203.01302: PLR⊥, and after each replay the children of old levels
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adversarial_design.buffer import Buffer, rank_priority
from adversarial_design.designer import Arrays, LevelKind, Proposal, Rows, Score, Scores
from adversarial_design.scores import by_max_monte_carlo, by_positive_value_loss
from worlds.typed import counted, typed

NEW, REPLAY, EDITED = "new", "replay", "edited"


@dataclass(frozen=True)
class ReplayConfig:
    """When levels are new, and when old. As published for mazes; `edits` is for ACCEL alone.

    n: levels of a proposal. capacity, temperature, staleness: see Buffer. least: how full the buffer must be before
    levels are played again. chance: of playing old levels, from then on. edits: places in which a child differs.
    """

    n: int = 512
    capacity: int = 4000
    temperature: float = 0.3
    staleness: float = 0.3
    least: float = 0.5
    chance: float = 0.5
    edits: int = 0

    def __post_init__(self) -> None:
        for name in ("staleness", "least", "chance"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}, allowed are 0 to 1")
        if self.n < 1 or self.edits < 0 or self.capacity < 1:
            raise ValueError(f"n is {self.n}, capacity {self.capacity}, edits {self.edits}: give larger ones")


def plr(kind: LevelKind, config: ReplayConfig, score: Score = by_positive_value_loss) -> "Replay":
    """Prioritised level replay."""
    return Replay(kind, config, score, trains_on_new=True)


def robust_plr(kind: LevelKind, config: ReplayConfig, score: Score = by_max_monte_carlo) -> "Replay":
    """PLR⊥: no step is taken on levels that nobody chose."""
    return Replay(kind, config, score, trains_on_new=False)


def accel(kind: LevelKind, config: ReplayConfig, score: Score = by_positive_value_loss) -> "Replay":
    """ACCEL: PLR⊥, and every batch that was replayed has children.

    Raises:
        ValueError: children would differ in nothing.
    """
    if config.edits < 1:
        raise ValueError(f"edits is {config.edits}, children differ in 1 place and more")
    return Replay(kind, config, score, trains_on_new=False)


class Replay:
    """New levels, old levels and children, as the buffer and chance decide."""

    def __init__(self, kind: LevelKind, config: ReplayConfig, score: Score, trains_on_new: bool) -> None:
        self.kind, self.config, self.score, self.trains_on_new = kind, config, score, trains_on_new
        self.buffer = Buffer(config.capacity, rank_priority(config.temperature), config.staleness)
        self.proposals = 0
        self.families: Rows | None = None  # levels that were replayed and have yet to have children
        self.names: list[str] = []

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Children of what was replayed last; else, by chance, old levels or new ones."""
        if self.families is not None:
            levels, edits = self.kind.edit(self.families, rng, self.config.edits)
            return Proposal(
                levels, self.kind.ids(levels), False, parents=self.names, edits=edits, note=EDITED
            )
        if len(self.buffer) and self.buffer.share >= self.config.least and rng.random() < self.config.chance:
            return self.buffer.proposal(self.buffer.draw_distinct(self.config.n, rng), note=REPLAY)
        levels = self.kind.draw(self.config.n, rng)
        return Proposal(levels, self.kind.ids(levels), self.trains_on_new, note=NEW)

    def learn(self, proposal: Proposal, scores: Scores) -> dict[str, float]:
        """Keep the best levels; after a replay, children are due."""
        self.proposals += 1
        given = (proposal.levels, proposal.ids, scores, proposal.parents, proposal.edits)
        entered = self.buffer.learn(*given, self.proposals)
        has_children = self.config.edits > 0 and proposal.note == REPLAY
        self.families = proposal.levels if has_children else None
        self.names = list(proposal.ids) if has_children else []
        n = len(self.buffer)
        return {
            "buffer/levels": float(n),
            "buffer/entered": float(entered),
            "buffer/score": float(self.buffer.score[:n].mean()) if n else 0.0,
            "buffer/solved": float(np.nanmean(self.buffer.solved[:n])) if n else 0.0,
            "buffer/replays": float(self.buffer.replays[:n].mean()) if n else 0.0,
        }

    def save(self) -> tuple[Arrays, dict[str, Any]]:
        """The buffer, and whose children are due."""
        arrays, facts = self.buffer.save()
        if self.families is not None:
            arrays["families"] = self.families
        return arrays, {**facts, "names": self.names, "proposals": self.proposals}

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned.

        Raises:
            ValueError: it is damaged.
        """
        families, names = arrays.get("families"), typed(list[str], facts.get("names"), "names")
        for levels in (arrays["levels"], families):
            if levels is not None and len(levels):
                self.kind.check(levels)
        if len(names) != (0 if families is None else len(families)):
            raise ValueError(
                f"there are {len(names)} names of levels that are to have children, needed is one for each"
            )
        self.buffer.restore(arrays, facts)
        self.families = None if families is None else families.copy()
        self.names, self.proposals = names, counted(facts.get("proposals"), "proposals")
