"""Sampling for learnability (SFL): now and then many levels are tried, and those solved sometimes are trained on.

Rutherford et al. 2024, arXiv 2408.15099. A level that is solved with chance p is worth p (1 - p). The search
is not free: those who try levels count its steps.

As published, a level that was never solved in its few tries is worth 0 and is never drawn, however near the student is
to solving it; where most are of that kind, that starves a student. So a part of what is kept are such levels, drawn by
chance, if they can be solved at all (`unsolved`; 0 is as published).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adversarial_design.designer import Arrays, LevelKind, Play, Proposal, Rows, Scores
from adversarial_design.plays import together
from adversarial_design.scores import by_learnability, team_learnability
from worlds.typed import counted


@dataclass(frozen=True)
class SearchConfig:
    """How levels are searched for.

    n: levels of a proposal. candidates: levels that are tried in a search, `tries` times each. keep: how many of them
    are kept. every: proposals from one search to the next. share: of a proposal that comes from what was kept; the rest
    is new. unsolved: share of what is kept for levels that were never solved and can be, if there are so many.
    """

    n: int = 512
    candidates: int = 2048
    tries: int = 4
    keep: int = 512
    every: int = 25
    share: float = 0.5
    unsolved: float = 0.1

    def __post_init__(self) -> None:
        if self.tries < 2:
            raise ValueError(f"tries is {self.tries}: one try tells nothing, give 2 and more")
        if not 1 <= self.keep <= self.candidates:
            raise ValueError(f"keep is {self.keep}, allowed are 1 to candidates, {self.candidates}")
        if not 0 <= self.unsolved <= 1:
            raise ValueError(f"unsolved is {self.unsolved}, allowed are 0 to 1")
        if not 0 <= self.share <= 1 or self.every < 1 or self.n < 1:
            raise ValueError(
                f"share is {self.share}, every {self.every}, n {self.n}: allowed are 0 to 1, 1 and more"
            )


class Learnability:
    """Levels of the last search, mixed with new ones.

    Args:
        kind: of the levels.
        try_each: plays each level once, without learning, and counts what that costs.
        config: see SearchConfig.
    """

    score = staticmethod(by_learnability)

    def __init__(self, kind: LevelKind, try_each: Callable[[Rows], Play], config: SearchConfig) -> None:
        self.kind, self.try_each, self.config = kind, try_each, config
        self.levels: Rows = np.zeros((0, 0))
        self.values = np.zeros(0)
        self.proposals = 0

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Search if it is time; then levels that were found and new ones."""
        if self.proposals % self.config.every == 0:
            self.search(rng)
        found = self.levels[rng.integers(len(self.levels), size=round(self.config.share * self.config.n))]
        levels = found
        if len(found) < self.config.n:
            levels = np.concatenate([found, self.kind.draw(self.config.n - len(found), rng)])
        return Proposal(levels, self.kind.ids(levels))

    def search(self, rng: np.random.Generator) -> None:
        """Try new levels and keep the most learnable; and some of those that were never solved."""
        candidates, tries = self.config.candidates, self.config.tries
        levels = self.kind.draw(candidates, rng)
        play = together(self.try_each(np.repeat(levels, tries, 0)), tries)
        value, never = np.nan_to_num(team_learnability(play), nan=-1.0), never_solved(play)
        never[never] = self.kind.facts(levels[never]).solvable if never.any() else False
        rows = kept_of(value, never, self.config.keep, self.config.unsolved, rng)
        self.levels, self.values = levels[rows], np.maximum(value[rows], 0)

    def learn(self, proposal: Proposal, scores: Scores) -> dict[str, float]:
        """Count; what was found stays until the next search."""
        self.proposals += 1
        return {
            "found/learnability": float(self.values.mean()),
            "found/some": float((self.values > 0).mean()),
        }

    def save(self) -> tuple[Arrays, dict[str, Any]]:
        """What was found."""
        return {"levels": self.levels, "values": self.values}, {"proposals": self.proposals}

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned.

        Raises:
            ValueError: it is damaged.
        """
        levels, values = arrays["levels"], arrays["values"]
        if len(levels):
            self.kind.check(levels)
        if values.shape != (len(levels),) or values.dtype != float:
            raise ValueError(
                f"values are {values.dtype}{list(values.shape)}, needed are {len(levels)} of float64"
            )
        self.proposals = counted(facts.get("proposals"), "proposals")
        if self.proposals % self.config.every and not len(levels):
            raise ValueError("there are no levels of the last search")
        self.levels, self.values = levels.copy(), values.copy()


def never_solved(play: Play) -> np.ndarray:
    """Levels that were played to an end, and in no episode solved by all agents, bool[n]."""
    finished = ~np.isnan(play.returns)
    return (play.episodes > 0) & ((play.success & finished).all(1).sum(1) == 0)


def kept_of(
    value: np.ndarray, never: np.ndarray, keep: int, unsolved: float, rng: np.random.Generator
) -> np.ndarray:
    """Rows of the levels of a search that are kept, int[keep]: by value, and of those that were never solved by chance.

    Args:
        value: float[n], learnability. never: bool[n], which were never solved and can be.
        keep: how many; `unsolved`: share of them that is for such levels, or all that there are if these are fewer.
    """
    chances = rng.permutation(np.flatnonzero(never))[: round(unsolved * keep)]
    others = np.argsort(-value, kind="stable")
    others = others[~np.isin(others, chances)]
    return np.concatenate([others[: keep - len(chances)], chances])
