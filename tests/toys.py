"""How do tests of design do without a grid? A toy world: a ladder of rungs, and students who can climb so far.

A level is one row of rung heights; a student of strength s climbs it if no rung is higher than s. All that this kind of
world needs is the meaning of a row, a generator and an editor.
"""

import numpy as np

from adversarial_design.designer import LevelKind, Play, Rows

RUNGS, HIGHEST = 4, 10


def draw_ladders(n: int, rng: np.random.Generator) -> Rows:
    """Rungs of any height."""
    return rng.integers(0, HIGHEST + 1, (n, RUNGS))


def edit_ladders(levels: Rows, rng: np.random.Generator, times: int) -> tuple[Rows, list[str]]:
    """Some rungs of each are one higher or lower."""
    edited, words = levels.copy(), []
    for row in edited:
        said = []
        for _ in range(times):
            rung = int(rng.integers(RUNGS))
            step = 1 if row[rung] == 0 else -1 if row[rung] == HIGHEST else int(rng.choice([-1, 1]))
            row[rung] += step
            said.append(f"rung {rung} {step:+d}")
        words.append(", ".join(said))
    return edited, words


LADDERS = LevelKind("ladders", draw_ladders, edit_ladders)


def play_of(returns, success=None, **means) -> Play:
    """A Play of lists: returns [n][E], or [n][K][E], with None where an episode did not finish.

    Means over steps have the same shape, or one number for all episodes of a level; 0.1 where none are given.
    """
    deep = [[row] if not row or not isinstance(row[0], list) else row for row in returns]
    longest = max((len(episodes) for row in deep for episodes in row), default=0)
    table = np.array([[[*e, *[None] * (longest - len(e))] for e in row] for row in deep], float)
    n = len(table)
    best = np.array([np.nan if np.isnan(row).all() else np.nanmax(row) for row in table])
    won = table > 0 if success is None else np.array(success).reshape(table.shape)

    def part(name):
        given = np.asarray(means.get(name, np.full(n, 0.1)), float)
        whole = given.reshape(table.shape) if given.size == table.size else given[:, None, None]
        return np.where(np.isnan(table), np.nan, whole)

    return Play(table, won & ~np.isnan(table), best, *map(part, ("positive", "absolute", "worth")))


class Climber:
    """A student of ladders, who grows stronger when it trains on a ladder just beyond its strength."""

    def __init__(self, strength: float = 2.0, episodes: int = 4) -> None:
        self.strength, self.episodes = strength, episodes

    def play(self, levels: Rows, trains: bool) -> Play:
        """Climb each ladder some times; the highest rung decides how often it succeeds."""
        chance = 1 / (1 + np.exp(2 * (levels.max(1) - self.strength)))
        tries = np.arange(self.episodes) + 0.5
        won = tries[None] < chance[:, None] * self.episodes
        if trains:
            self.strength += 0.1 * float((chance * (1 - chance)).mean())
        gap = chance * (1 - chance)
        return play_of(won.astype(float)[:, None].tolist(), positive=gap, absolute=2 * gap)
