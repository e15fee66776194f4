"""What is a designer? It proposes levels, and learns what became of them: ask and tell.

    proposal = designer.propose(rng)                                levels, and whether students may train on them
    plays = {who: student.play(proposal.levels) for who in ...}     what students did there
    designer.learn(proposal, scored(proposal, plays, designer.score))

Levels are rows of an array, one level to a row; only their LevelKind looks inside. So buffers, scores and designers
know nothing of grids, and keep, compare, copy and save levels as numbers. A house is a row of a bank, `State.house`.

Axes: n levels, K agents that learn, E episodes.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

Rows = np.ndarray  # levels [n, ...] of one kind
Arrays = dict[str, np.ndarray]
STUDENT, RIVAL = "student", "rival"


class Facts(NamedTuple):
    """What is known of levels without any student."""

    solvable: np.ndarray  # bool[n] can the task be done?
    optimum: np.ndarray  # float[n] return of the expert, NaN if nobody knows
    numbers: dict[str, np.ndarray]  # difficulty by name, [n] each


def nothing_known(levels: Rows) -> Facts:
    """Facts of a kind of level without an expert: all are taken to be solvable."""
    return Facts(np.ones(len(levels), np.bool_), np.full(len(levels), np.nan), {})


def numbers_to_texts(levels: Rows) -> list[str]:
    """Levels that are plain numbers, as text."""
    return [" ".join(map(str, row.ravel().tolist())) for row in levels]


def numbers_from_texts(texts: Sequence[str]) -> Rows:
    """Levels that are whole numbers, from text."""
    return np.array([[int(word) for word in text.split()] for text in texts], np.int64)


def all_allowed(levels: Rows) -> None:
    """Levels of which any numbers will do."""


@dataclass(frozen=True)
class LevelKind:
    """A kind of level. A new one needs a row that means something to those who play it, a generator and an editor.

    name: of the kind. draw(n, rng): n levels by chance. edit(levels, rng, times): each changed in so many places,
    always valid, and what was changed, in words. write, read: levels as text, one way and the other. facts: see Facts.
    hashes: names that depend on the content alone; made of the text unless the kind knows better. coplayers: who else
    plays, by name, where that is a part of the level. check: raises a ValueError for rows that are no such levels, as
    in a damaged file.
    """

    name: str
    draw: Callable[[int, np.random.Generator], Rows]
    edit: Callable[[Rows, np.random.Generator, int], tuple[Rows, list[str]]]
    write: Callable[[Rows], list[str]] = numbers_to_texts
    read: Callable[[Sequence[str]], Rows] = numbers_from_texts
    facts: Callable[[Rows], Facts] = nothing_known
    hashes: Callable[[Rows], list[str]] | None = None
    coplayers: Callable[[Rows], list[str]] | None = None
    check: Callable[[Rows], None] = all_allowed

    def ids(self, levels: Rows) -> list[str]:
        """12 hex digits for each level: equal levels have equal ids, however they were made."""
        if self.hashes is not None:
            return self.hashes(levels)
        return [hashlib.sha256(text.encode()).hexdigest()[:12] for text in self.write(levels)]


@dataclass(frozen=True)
class Proposal:
    """Levels that a designer asks about.

    Args:
        levels: [n, ...]; n is a multiple of the worlds of a student, each of which plays every so many-th level.
        ids: of the levels.
        trains: may students learn from playing them?
        players: who plays all of them; the same levels in the same places.
        best: float[n] the best return on each level so far, NaN where none is known.
        parents: ids of the levels that these were made from, "" where there are none.
        edits: how, in words.
        born: int[n] proposals before the one in which each level came first; empty if all come now.
        note: what the designer hands itself from `propose` to `learn`.
    """

    levels: Rows
    ids: Sequence[str]
    trains: bool = True
    players: tuple[str, ...] = (STUDENT,)
    best: np.ndarray = field(default_factory=lambda: np.zeros(0))
    parents: Sequence[str] = ()
    edits: Sequence[str] = ()
    born: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    note: Any = None

    def __post_init__(self) -> None:
        n = len(self.levels)
        if not len(self.best):
            object.__setattr__(self, "best", np.full(n, np.nan))
        if not self.parents:
            object.__setattr__(self, "parents", [""] * n)
            object.__setattr__(self, "edits", [""] * n)
        sizes = {len(part) for part in (self.ids, self.best, self.parents, self.edits)}
        if sizes != {n}:
            raise ValueError(
                f"a proposal of {n} levels has other columns of {sorted(sizes)} rows: make them {n}"
            )


class Play(NamedTuple):
    """What one student did on each level of a proposal. Episodes that did not finish are not in it."""

    returns: np.ndarray  # float[n, K, E] of finished episodes in order, NaN beyond the last one
    success: np.ndarray  # bool[n, K, E]
    best: (
        np.ndarray
    )  # float[n] highest discounted return of a finished episode, mean over agents; NaN if none
    # Means over the steps of each episode, float[n, K, E], NaN where values are not known:
    positive: np.ndarray  # of advantages above zero
    absolute: np.ndarray  # of absolute advantages
    worth: np.ndarray  # of values, discounted to the start of the episode

    @property
    def episodes(self) -> np.ndarray:
        """How many episodes all agents have finished, int[n]."""
        return (~np.isnan(self.returns)).all(1).sum(1)


Plays = Mapping[str, Play]
Score = Callable[[Proposal, Plays], np.ndarray]  # float[n], NaN where it is unknown


class Scores(NamedTuple):
    """What became of the levels of a proposal."""

    value: np.ndarray  # float[n] NaN where it is unknown
    best: np.ndarray  # float[n] the best return so far, this time included
    solved: np.ndarray  # float[n] share of the student's episodes in which all agents succeeded, NaN if none
    episodes: np.ndarray  # int[n] of the student


def scored(proposal: Proposal, plays: Plays, score: Score) -> Scores:
    """Judge a proposal by what was played."""
    play = plays[STUDENT]
    best = np.fmax(proposal.best, play.best)
    episodes = play.episodes
    team = (play.success & ~np.isnan(play.returns)).all(1).sum(1)
    solved = np.where(episodes > 0, team / np.maximum(episodes, 1), np.nan)
    return Scores(score(proposal, plays), best, solved, episodes)


class Designer(Protocol):
    """Who decides which levels come next. What it needs to go on is in `save`."""

    score: Score

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Levels for students to play."""
        ...

    def learn(self, proposal: Proposal, scores: Scores) -> dict[str, float]:
        """Take in what became of them; returns figures to log."""
        ...

    def save(self) -> tuple[Arrays, dict[str, Any]]:
        """Arrays, and what goes into JSON, that `restore` needs to go on as if nothing had happened."""
        ...

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned."""
        ...
