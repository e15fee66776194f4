"""NCC: the chances of levels climb a gradient, towards what the student does worst, and entropy keeps them apart.

Monette et al. 2025, arXiv 2505.20659. The designer's game is sum_i y_i s_i + c H(y): y are the chances of the levels of
a buffer, s their scores (how much is left to gain there), H the entropy. It is strongly concave in y, so that one step
of projected ascent after each rollout follows its only maximum, y_i in proportion to exp(s_i / c), while the student
moves more slowly. With exact regret as the score this is a game of two for zero.

What is not as published: there, all levels of the buffer are tried ten times after each update, a hundred times of what
students learn from. Here, levels are scored by what students do while they learn; now and then a search tries new
levels and those that were not played for longest, and its steps are counted. And the mean is taken out of the gradient
(`gradient_of`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adversarial_design.buffer import Buffer, top_priority
from adversarial_design.designer import (
    STUDENT,
    Arrays,
    LevelKind,
    Play,
    Proposal,
    Rows,
    Score,
    Scores,
    scored,
)
from adversarial_design.plays import together
from worlds.typed import counted

NEW, REPLAY = "new", "replay"
_POWER, _FIRST = 0.4, 0.1  # of the sum of squares by which steps shrink, and what it begins with


# ---- the ascent -----------------------------------------------------------------------------------------
def ascended(
    chance: np.ndarray, squares: np.ndarray, score: np.ndarray, step: float, entropy: float, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """One step up sum_i y_i s_i + entropy * H(y), and back to where all chances are `least` and more.

    Args:
        chance: float[n], y. squares: float[n], sums of squared gradients so far, from 0.1 on. score: float[n], s.
        step: of the first kind of rate: each level's own is step / squares ** 0.4 (TiAda, Li et al. 2023, arXiv
            2210.17478), which falls more slowly than that of a student.
    Returns:
        chance, squares: what becomes of them.
    """
    gradient = gradient_of(chance, score, entropy)
    squares = squares + gradient**2
    return onto_simplex(chance + step * gradient / squares**_POWER, least), squares


def gradient_of(chance: np.ndarray, score: np.ndarray, entropy: float) -> np.ndarray:
    """Gradient of sum_i y_i s_i - entropy * sum_i y_i log y_i less its mean under y, float[n]; chances are above 0.

    What is common to all coordinates says nothing about chances. If it stayed, it would make the rates of levels uneven
    for good, and the ascent would end beside its maximum.
    """
    gradient = score - entropy * np.log(chance)
    return gradient - chance @ gradient


def onto_simplex(point: np.ndarray, least: float = 0.0) -> np.ndarray:
    """The nearest chances, float[n]: they sum to 1, and none is below `least` (Duchi et al. 2008, ICML).

    All coordinates fall by the same amount; those that would fall below `least` stay there.

    Raises:
        ValueError: so many chances of `least` are more than 1.
    """
    n = len(point)
    left = 1 - n * least
    if least < 0 or left < 0:
        raise ValueError(f"least is {least} for {n} levels, allowed are 0 to {1 / n:.2g}")
    high_first = np.sort(point - least)[::-1]
    # If k of them stay above `least`, what they have beyond it sums to `left`: they fall by (their sum - left) / k.
    fall = (high_first.cumsum() - left) / np.arange(1, n + 1)
    k = int(np.flatnonzero(high_first >= fall)[-1])
    return least + np.maximum(point - least - fall[k], 0)


def perplexity(chance: np.ndarray) -> float:
    """How many levels there are as it were: exp of the entropy, 1 to n."""
    drawn = chance[chance > 0]
    return float(np.exp(-(drawn * np.log(drawn)).sum()))


# ---- the designer ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class NCCConfig:
    """How chances climb, and when levels are looked for. climb, spread and floor as published for mazes.

    n: levels of a proposal. capacity: levels that have a chance. climb, spread, floor: the step, the weight of entropy
    and the least chance of `ascended`. candidates: new levels of a search, and as many old ones, `tries` times each;
    every: proposals from one search to the next.
    """

    n: int = 512
    capacity: int = 1024
    climb: float = 0.005
    spread: float = 0.032
    floor: float = 1e-5
    candidates: int = 256
    tries: int = 4
    every: int = 10

    def __post_init__(self) -> None:
        for name in ("n", "capacity", "candidates", "every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, allowed are 1 and more")
        if self.tries < 2:
            raise ValueError(f"tries is {self.tries}: one try tells little, give 2 and more")
        if self.climb <= 0 or self.spread < 0:
            raise ValueError(
                f"climb is {self.climb}, spread {self.spread}: allowed are numbers above 0, and 0 and more"
            )
        if not 0 < self.floor * self.capacity < 1:
            raise ValueError(
                f"floor is {self.floor}, allowed are chances above 0 and below 1 / capacity, {1 / self.capacity:.2g}"
            )


class NCC:
    """Levels of a buffer, drawn by chances that climb; students train on all of them.

    Until the buffer is full, levels are new, and enter it as they are played. From then on a newcomer takes place and
    chance of the level with the lowest score, if its own is higher.

    Args:
        kind: of the levels.
        try_each: plays each level once, without learning, and counts what that costs.
        config: see NCCConfig.
        score: of returns or successes; values are not known of what is only tried.
    """

    def __init__(
        self, kind: LevelKind, try_each: Callable[[Rows], Play], config: NCCConfig, score: Score
    ) -> None:
        self.kind, self.try_each, self.config, self.score = kind, try_each, config, score
        self.buffer = Buffer(config.capacity, top_priority(config.capacity), staleness=0.0)
        self.chance = np.full(config.capacity, 1 / config.capacity)
        self.squares = np.full(config.capacity, _FIRST)
        self.proposals = 0

    @property
    def is_full(self) -> bool:
        """Are there as many levels as chances?"""
        return len(self.buffer) == self.config.capacity

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Search if it is time; then levels by their chances, or new ones until there are enough."""
        if self.proposals and self.proposals % self.config.every == 0:
            self.search(rng)
        if self.is_full:
            slots = rng.choice(self.config.capacity, self.config.n, p=self.chance)
            return self.buffer.proposal(slots, note=REPLAY)
        levels = self.kind.draw(self.config.n, rng)
        return Proposal(levels, self.kind.ids(levels), note=NEW)

    def search(self, rng: np.random.Generator) -> None:
        """Try new levels, and of the buffer those that were not played for longest; the best of both stay."""
        new, tries = self.kind.draw(self.config.candidates, rng), self.config.tries
        proposal = Proposal(new, self.kind.ids(new), trains=False)
        if len(self.buffer) >= self.config.candidates:
            visited = self.buffer.visited[: len(self.buffer)]
            old = self.buffer.proposal(np.argsort(visited, kind="stable")[: self.config.candidates])
            proposal = Proposal(
                np.concatenate([new, old.levels]), [*proposal.ids, *old.ids], False,
                best=np.concatenate([proposal.best, old.best]),
                parents=[*proposal.parents, *old.parents], edits=[*proposal.edits, *old.edits],
            )  # fmt: skip
        play = together(self.try_each(np.repeat(proposal.levels, tries, 0)), tries)
        self._take_in(proposal, scored(proposal, {STUDENT: play}, self.score))

    def learn(self, proposal: Proposal, scores: Scores) -> dict[str, float]:
        """Take in the scores; if all chances have a level, one step up."""
        self.proposals += 1
        entered = self._take_in(proposal, scores)
        n, config = len(self.buffer), self.config
        if self.is_full:
            self.chance, self.squares = ascended(
                self.chance, self.squares, self.buffer.score, config.climb, config.spread, config.floor
            )
        return {
            "buffer/levels": float(n),
            "buffer/entered": float(entered),
            "buffer/score": float(self.buffer.score[:n].mean()) if n else 0.0,
            "buffer/solved": float(np.nanmean(self.buffer.solved[:n])) if n else 0.0,
            "buffer/drawn": float(self.chance @ self.buffer.score) if self.is_full else 0.0,
            "buffer/perplexity": perplexity(self.chance),
        }

    def _take_in(self, proposal: Proposal, scores: Scores) -> int:
        given = (proposal.levels, proposal.ids, scores, proposal.parents, proposal.edits)
        return self.buffer.learn(*given, self.proposals)

    def save(self) -> tuple[Arrays, dict[str, Any]]:
        """The buffer, its chances, and how far they have climbed."""
        arrays, facts = self.buffer.save()
        arrays |= {"chance": self.chance, "squares": self.squares}
        return arrays, {**facts, "proposals": self.proposals}

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned.

        Raises:
            ValueError: it is damaged.
        """
        if len(arrays["levels"]):
            self.kind.check(arrays["levels"])
        for name in ("chance", "squares"):
            part, n = arrays[name], self.config.capacity
            if (
                part.shape != (n,)
                or part.dtype != float
                or not (part > 0).all()
                or not np.isfinite(part).all()
            ):
                raise ValueError(
                    f"{name} is {part.dtype}{list(part.shape)}, needed are {n} numbers of float64 above 0"
                )
        if abs(arrays["chance"].sum() - 1) > 1e-6:
            raise ValueError(f"chance sums to {arrays['chance'].sum()}, needed is 1")
        self.buffer.restore(arrays, facts)
        self.chance, self.squares = arrays["chance"].copy(), arrays["squares"].copy()
        self.proposals = counted(facts.get("proposals"), "proposals")
