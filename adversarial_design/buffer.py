"""Which levels are worth playing again? A buffer keeps the best of them, ranks them, and remembers their ancestors.

Levels are drawn in proportion to (1 - staleness) * priority + staleness * time since the last visit (Jiang et al. 2021,
arXiv 2010.03934). A level that comes again, however it was made, has one slot. A newcomer takes the slot of the level
with the lowest score, if its own is higher. `best`, the highest return seen, is a running maximum.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adversarial_design.designer import Arrays, Proposal, Rows, Scores
from worlds.typed import counted, typed

Priority = Callable[[np.ndarray], np.ndarray]  # scores [n] to weights [n] that sum to 1
_COLUMNS = ("score", "best", "solved", "episodes", "visited", "born", "replays")


def rank_priority(temperature: float) -> Priority:
    """Weights 1 / rank ** (1 / temperature): scores [3, 1, 2] at .5 have ranks 1, 3, 2, so 36/49, 4/49 and 9/49."""
    if temperature <= 0:
        raise ValueError(f"temperature is {temperature}, allowed are numbers above 0")

    def weigh(score: np.ndarray) -> np.ndarray:
        rank = np.empty(len(score))
        rank[np.argsort(-score, kind="stable")] = np.arange(1, len(score) + 1)
        weight = rank ** (-1 / temperature)
        return weight / weight.sum() if len(weight) else weight

    return weigh


def top_priority(k: int) -> Priority:
    """The k highest scores share all weight."""
    if k < 1:
        raise ValueError(f"k is {k}, allowed are 1 and more")

    def weigh(score: np.ndarray) -> np.ndarray:
        weight = np.zeros(len(score))
        weight[np.argsort(-score, kind="stable")[:k]] = 1
        return weight / weight.sum() if len(weight) else weight

    return weigh


class Buffer:
    """Levels with scores. Unknown scores never enter, so weights are always numbers.

    Args:
        capacity: most levels that are kept.
        priority: scores to weights.
        staleness: share of the weight that goes to levels that were not visited for long.
    """

    def __init__(self, capacity: int, priority: Priority, staleness: float = 0.3) -> None:
        if capacity < 1 or not 0 <= staleness <= 1:
            raise ValueError(
                f"capacity is {capacity}, staleness {staleness}: allowed are 1 and more, and 0 to 1"
            )
        self.capacity, self.priority, self.staleness = capacity, priority, staleness
        self.levels: Rows = np.zeros((0, 0))
        self.ids: list[str] = []
        self.parents: list[str] = []
        self.edits: list[str] = []
        self.slot: dict[str, int] = {}  # id -> slot
        self.now = 0  # visits are counted in proposals that were learned from
        self.score, self.best, self.solved = np.zeros(capacity), np.zeros(capacity), np.zeros(capacity)
        self.episodes, self.visited, self.born, self.replays = (
            np.zeros(capacity, np.int64) for _ in range(4)
        )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def share(self) -> float:
        """How full it is."""
        return len(self) / self.capacity

    def weights(self) -> np.ndarray:
        """The chance of each slot, float[size], which sum to 1."""
        n = len(self)
        priority = self.priority(self.score[:n])
        age = (self.now - self.visited[:n]).astype(float)
        stale = age / age.sum() if age.sum() > 0 else np.full(n, 1 / max(n, 1))
        return (1 - self.staleness) * priority + self.staleness * stale

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Slots of n levels, drawn one after another with replacement: a slot may come more than once."""
        return rng.choice(len(self), n, p=self.weights())

    def draw_distinct(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Slots of n levels, all different as far as there are so many.

        For large batches, most of which would otherwise be copies of a few levels.
        """
        weight = np.maximum(self.weights(), 1e-300)
        # The first of races at these rates, then the second, ...: drawing without replacement.
        slots = np.argsort(rng.exponential(size=len(self)) / weight, kind="stable")
        return np.resize(slots[:n], n)

    def proposal(self, slots: np.ndarray, **more: Any) -> Proposal:
        """Propose to train on the levels of some slots; `more` are fields of Proposal."""
        ids, parents, edits = (
            [part[slot] for slot in slots] for part in (self.ids, self.parents, self.edits)
        )
        known = {"best": self.best[slots], "parents": parents, "edits": edits, "born": self.born[slots]}
        return Proposal(self.levels[slots], ids, **known, **more)

    def learn(
        self,
        levels: Rows,
        ids: Sequence[str],
        scores: Scores,
        parents: Sequence[str],
        edits: Sequence[str],
        step: int,
    ) -> int:
        """Take in what became of levels, those that are here and newcomers; returns how many newcomers stay.

        A level that comes several times is taken in once: with the mean of its scores, weighted by episodes, and the
        highest of its best returns.
        """
        self.now += 1
        entered = 0
        for rows in _grouped(ids):
            first = rows[0]
            score, solved, episodes = _pooled(scores, rows)
            best = _highest(scores.best[rows])
            slot = self.slot.get(ids[first], -1)
            if slot >= 0:
                self.replays[slot] += 1
            elif np.isnan(score):
                continue
            else:
                slot = self._room_for(score)
                if slot < 0:
                    continue
                self._enter(slot, levels[first], ids[first], parents[first], edits[first], step)
                entered += 1
            self.visited[slot] = self.now
            if not np.isnan(score):
                self.score[slot], self.solved[slot] = score, solved
                self.episodes[slot] += episodes
            self.best[slot] = np.fmax(self.best[slot], best)
        return entered

    def _room_for(self, score: float) -> int:
        """A free slot, or the one of the lowest score (the stalest of several) if this one is higher; else -1."""
        n = len(self)
        if n < self.capacity:
            return n
        lowest = np.flatnonzero(self.score == self.score.min())
        slot = int(lowest[np.argmin(self.visited[lowest])])
        return slot if score > self.score[slot] else -1

    def _enter(self, slot: int, level: np.ndarray, name: str, parent: str, edit: str, step: int) -> None:
        if self.levels.shape[1:] != level.shape or not len(self.levels):
            self.levels = np.zeros((self.capacity, *level.shape), level.dtype)
        if slot < len(self):
            del self.slot[self.ids[slot]]
            self.ids[slot], self.parents[slot], self.edits[slot] = name, parent, edit
        else:
            self.ids.append(name)
            self.parents.append(parent)
            self.edits.append(edit)
        self.slot[name] = slot
        self.levels[slot] = level
        self.score[slot] = self.best[slot] = self.solved[slot] = np.nan
        self.episodes[slot] = self.replays[slot] = 0
        self.born[slot] = step

    def save(self) -> tuple[Arrays, dict[str, Any]]:
        """Arrays, and what goes into JSON, that `restore` needs."""
        n = len(self)
        arrays = {name: getattr(self, name)[:n].copy() for name in _COLUMNS}
        arrays["levels"] = self.levels[:n].copy()
        return arrays, {
            "ids": self.ids[:],
            "parents": self.parents[:],
            "edits": self.edits[:],
            "now": self.now,
        }

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Become what was saved. Whether its levels are any is for their kind to say (LevelKind.check).

        Raises:
            ValueError: a column or a fact is damaged, or there are more levels than this buffer holds.
        """
        self._check(arrays, facts)
        levels = arrays["levels"]
        n = len(levels)
        self.levels = np.zeros((self.capacity if n else 0, *levels.shape[1:]), levels.dtype)
        self.levels[:n] = levels
        for name in _COLUMNS:
            column = getattr(self, name)
            column[:], column[:n] = 0, arrays[name]
        self.ids, self.parents, self.edits = (list(facts[name]) for name in ("ids", "parents", "edits"))
        self.slot = {name: i for i, name in enumerate(self.ids)}
        self.now = facts["now"]

    def _check(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        n = len(arrays["levels"])
        if n > self.capacity:
            raise ValueError(f"buffer: {n} levels were saved, capacity is {self.capacity}")
        for name in _COLUMNS:
            found, needed = arrays[name], f"{getattr(self, name).dtype}[{n}]"
            if f"{found.dtype}{list(found.shape)}" != needed:
                raise ValueError(f"buffer: {name} is {found.dtype}{list(found.shape)}, needed is {needed}")
        for name in ("ids", "parents", "edits"):
            texts = typed(list[str], facts.get(name), f"buffer: {name}")
            if len(texts) != n or (name == "ids" and len(set(texts)) < n):
                raise ValueError(
                    f"buffer: there are {len(texts)} {name} for {n} levels, needed is one for each"
                )
        now = counted(facts.get("now"), "buffer: now")
        if not np.isfinite(arrays["score"]).all():
            raise ValueError("buffer: score holds what is no number; unknown scores never enter")
        for name, most in (("visited", now), ("episodes", None), ("born", None), ("replays", None)):
            low, high = (int(f(arrays[name], initial=0)) for f in (np.min, np.max))
            if low < 0 or (most is not None and high > most):
                raise ValueError(
                    f"buffer: {name} goes from {low} to {high}, allowed are 0 to {most or 'any'}"
                )


def _grouped(ids: Sequence[str]) -> list[list[int]]:
    """Rows of equal ids, in order of their first ones."""
    groups: dict[str, list[int]] = {}
    for row, name in enumerate(ids):
        groups.setdefault(name, []).append(row)
    return list(groups.values())


def _pooled(scores: Scores, rows: list[int]) -> tuple[float, float, int]:
    """Score, share solved and episodes of a level that was played in several rows."""
    episodes, value, solved = scores.episodes[rows], scores.value[rows], scores.solved[rows]
    known = ~np.isnan(value)
    if not known.any():
        return float("nan"), float("nan"), int(episodes.sum())
    weight = np.maximum(episodes[known], 1)
    share = np.nan_to_num(solved[known])
    return (
        float((value[known] * weight).sum() / weight.sum()),
        float((share * weight).sum() / weight.sum()),
        int(episodes.sum()),
    )


def _highest(best: np.ndarray) -> float:
    known = best[~np.isnan(best)]
    return float(known.max()) if len(known) else float("nan")
