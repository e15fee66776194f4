"""What did a student do on the levels of a proposal? Batches, one after another, added up level by level.

World w plays rows w, w + W, w + 2W ... of a proposal in turn and then begins again: with as many levels as worlds, each
world stays at its own. An episode that began in one batch may end in a later one.

Axes: T time, W worlds, K agents that learn, B = W * K columns, n levels, E episodes.
"""

from collections.abc import Sequence

import numpy as np

from adversarial_design.designer import Play
from agents.batch import Batch
from agents.training.ppo import ValueScale
from agents.training.returns import gae
from worlds.checks import count


class Tally:
    """Adds up what the columns of one worker go through.

    Args:
        turns: levels that each of its worlds plays in turn.
        worlds: W.
        agents: K.
        gamma, lam: as in `returns.gae`.
    """

    def __init__(self, turns: int, worlds: int, agents: int, gamma: float, lam: float) -> None:
        self.turns, self.agents, self.gamma, self.lam = turns, agents, gamma, lam
        columns = worlds * agents
        self.episode = np.full(columns, -1)
        self.total, self.discounted, self.step = np.zeros(columns), np.zeros(columns), np.zeros(columns, int)
        self.ends: list[
            np.ndarray
        ] = []  # row, agent, number of the episode there, return, discounted, success
        self.parts: list[
            np.ndarray
        ] = []  # of a step: row, agent, number of the episode, positive, absolute, worth

    def add(self, batch: Batch, scale: ValueScale | None) -> None:
        """Take in the next batch; `scale` is the one its values were made with, None if it has none."""
        went = batch.transition
        active, reward, over, won, keep = (
            part.flatten(1).numpy()
            for part in (
                went.active,
                went.reward,
                went.terminated | went.truncated,
                went.success,
                batch.percept.keep,
            )
        )
        rows = np.repeat(went.level.numpy(), self.agents, 1)
        discounts, episodes = np.empty(active.shape), np.empty(active.shape, int)
        for t in range(len(reward)):
            begins = keep[t] == 0
            self.episode += begins
            for part in (self.total, self.discounted, self.step):
                part[begins] = 0
            discounts[t], episodes[t] = self.gamma**self.step, self.episode // self.turns
            self.total += reward[t] * active[t]
            self.discounted += discounts[t] * reward[t] * active[t]
            self.step += 1
            at = np.flatnonzero(over[t])
            if len(at):
                parts = (rows[t, at], at % self.agents, self.episode[at] // self.turns, self.total[at])
                self.ends.append(np.stack([*parts, self.discounted[at], won[t, at]], 1))
        if scale is not None:
            self._add_values(batch, scale, np.stack([rows, episodes]), discounts)

    def _add_values(self, batch: Batch, scale: ValueScale, where: np.ndarray, discounts: np.ndarray) -> None:
        went, value = batch.transition, scale.real(batch.label("value"))
        ends = (went.terminated, went.truncated, scale.real(batch.label("final_value")), went.active)
        advantage = gae(went.reward, value, *ends, self.gamma, self.lam)[0].flatten(1).numpy()
        active, worth = went.active.flatten(1).numpy(), value[:-1].flatten(1).numpy() * discounts
        agents = np.broadcast_to(np.arange(active.shape[1]) % self.agents, active.shape)
        parts = (where[0], agents, where[1], np.maximum(advantage, 0), np.abs(advantage), worth)
        self.parts.append(np.stack([part[active].astype(float) for part in parts], 1))


def play_of(tallies: Sequence[Tally], n: int, agents: int, only_first: bool = False) -> Play:
    """What all workers went through on n levels; `only_first`: of each level, the first episode alone counts."""
    nothing = [np.zeros((0, 6))]
    ends = np.concatenate(nothing + [part for tally in tallies for part in tally.ends])
    if only_first:
        ends = ends[ends[:, 2] == 0]
    longest = int(ends[:, 2].max(initial=-1)) + 1
    shape = (n, agents, longest)
    returns, discounted = (np.full(shape, np.nan) for _ in range(2))
    success = np.zeros(shape, np.bool_)
    at = tuple(ends[:, i].astype(np.int64) for i in range(3))
    returns[at], discounted[at], success[at] = ends[:, 3], ends[:, 4], ends[:, 5] > 0
    whole = discounted.mean(1)
    most = np.where(np.isnan(whole), -np.inf, whole).max(1, initial=-np.inf)
    best = np.where(np.isfinite(most), most, np.nan)
    steps = np.concatenate(nothing + [part for tally in tallies for part in tally.parts])
    return Play(returns, success, best, *means_of_episodes(steps, ~np.isnan(returns)))


def means_of_episodes(steps: np.ndarray, finished: np.ndarray) -> list[np.ndarray]:
    """Means over the steps of each finished episode, NaN where there are none.

    Args:
        steps: float[steps, 3 + parts]: row, agent, number of the episode, and what is averaged.
        finished: bool[n, K, E].
    Returns:
        float[n, K, E] of each part.
    """
    _, agents, longest = finished.shape
    steps = steps[steps[:, 2] < longest]
    row, agent, episode = steps[:, :3].astype(np.int64).T
    at = (row * agents + agent) * longest + episode
    count = np.bincount(at, minlength=finished.size)
    known = (count > 0) & finished.ravel()
    return [
        np.where(known, np.bincount(at, part, finished.size) / np.maximum(count, 1), np.nan).reshape(
            finished.shape
        )
        for part in steps[:, 3:].T
    ]


def together(play: Play, tries: int) -> Play:
    """A Play of levels each of which was tried so many times, in rows one after another: a row for each level."""
    n, agents, _ = play.returns.shape

    def gathered(part: np.ndarray) -> np.ndarray:
        return np.moveaxis(part.reshape(n // tries, tries, agents, -1), 1, 2).reshape(n // tries, agents, -1)

    best = play.best.reshape(n // tries, tries)
    known = ~np.isnan(best)
    highest = np.where(known, best, -np.inf).max(1)
    return Play(
        gathered(play.returns), gathered(play.success), np.where(known.any(1), highest, np.nan),
        *(gathered(part) for part in (play.positive, play.absolute, play.worth)),
    )  # fmt: skip


def rows_of(n: int, worlds: int) -> np.ndarray:
    """Rows [turns, W] that worlds play of n levels.

    Raises:
        ValueError: n is no multiple of the worlds.
    """
    if n == 0 or n % worlds:
        raise ValueError(
            f"{count(n, 'level')} for {count(worlds, 'world')}: propose a multiple, "
            "so that each world has as many turns"
        )
    return np.arange(n).reshape(-1, worlds)
