"""What did a student do on the levels of a proposal? Batches, one after another, added up level by level.

World w plays rows w, w + W, w + 2W ... of a proposal in turn and then begins again: with as many levels as worlds, each
world stays at its own. An episode that began in one batch may end in a later one.

Axes: T time, W worlds, K agents that learn, B = W * K columns, n levels, E episodes.
"""

from collections.abc import Sequence

import numpy as np

from adversarial_design.designer import Play
from agents.training.ppo import ValueScale
from agents.training.returns import gae
from agents.types import Batch
from worlds.checks import count


class Tally:
    """Adds up what the columns of one worker go through.

    Args:
        rows_TW: row of the proposal that each world of the worker plays, turn by turn.
        agents: K.
        gamma, lam: as in `returns.gae`.
    """

    def __init__(self, rows_TW: np.ndarray, agents: int, gamma: float, lam: float) -> None:
        self.rows_TB = np.repeat(rows_TW, agents, 1)
        self.agents, self.gamma, self.lam = agents, gamma, lam
        columns = self.rows_TB.shape[1]
        self.episode = np.full(columns, -1)
        self.total, self.discounted, self.step = np.zeros(columns), np.zeros(columns), np.zeros(columns, int)
        self.ends: list[
            np.ndarray
        ] = []  # row, agent, number of the episode there, return, discounted, success
        self.sums: list[np.ndarray] = []  # row, frames, positive, absolute, worth

    def add(self, batch: Batch, scale: ValueScale) -> None:
        """Take in the next batch; `scale` is the one its values were made with."""
        value = batch.value * scale.deviation + scale.mean
        ends = (batch.terminated, batch.truncated, batch.final_value * scale.deviation + scale.mean)
        advantage = gae(batch.reward, value, *ends, batch.active, self.gamma, self.lam)[0].numpy()
        active, reward, keep = batch.active.numpy(), batch.reward.numpy(), batch.keep.numpy()
        over, won = (batch.terminated | batch.truncated).numpy(), batch.success.numpy()
        worth = value[:-1].numpy().astype(float)
        rows = np.empty(active.shape, np.int64)
        turns, columns = self.rows_TB.shape
        every = np.arange(columns)
        for t in range(len(reward)):
            begins = keep[t] == 0
            self.episode += begins
            for part in (self.total, self.discounted, self.step):
                part[begins] = 0
            discount = self.gamma**self.step
            rows[t] = self.rows_TB[self.episode % turns, every]
            self.total += reward[t] * active[t]
            self.discounted += discount * reward[t] * active[t]
            worth[t] *= discount
            self.step += 1
            at = np.flatnonzero(over[t])
            if len(at):
                parts = (rows[t, at], at % self.agents, self.episode[at] // turns, self.total[at])
                self.ends.append(np.stack([*parts, self.discounted[at], won[t, at]], 1))
        parts = (np.ones_like(advantage), np.maximum(advantage, 0), np.abs(advantage), worth)
        self.sums.append(np.stack([rows[active].astype(float), *(part[active] for part in parts)], 1))


def play_of(tallies: Sequence[Tally], n: int, agents: int, only_first: bool = False) -> Play:
    """What all workers went through on n levels; `only_first`: of each level, the first episode alone counts."""
    nothing = [np.zeros((0, 6))]
    ends = np.concatenate(nothing + [part for tally in tallies for part in tally.ends])
    if only_first:
        ends = ends[ends[:, 2] == 0]
    sums = np.concatenate([np.zeros((0, 5))] + [part for tally in tallies for part in tally.sums])
    longest = int(ends[:, 2].max(initial=-1)) + 1
    returns, discounted = (np.full((n, agents, longest), np.nan) for _ in range(2))
    success = np.zeros((n, agents, longest), np.bool_)
    at = tuple(ends[:, i].astype(np.int64) for i in range(3))
    returns[at], discounted[at], success[at] = ends[:, 3], ends[:, 4], ends[:, 5] > 0
    whole = discounted.mean(1)
    most = np.where(np.isnan(whole), -np.inf, whole).max(1, initial=-np.inf)
    best = np.where(np.isfinite(most), most, np.nan)
    row = sums[:, 0].astype(np.int64)
    frames, positive, absolute, worth = (np.bincount(row, sums[:, i], minlength=n) for i in range(1, 5))
    return Play(returns, success, best, frames.astype(np.int64), positive, absolute, worth)


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
