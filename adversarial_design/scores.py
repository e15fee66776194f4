"""How much would a student learn from a level? Pure functions of what was played; unknown is NaN, never 0 or infinite.

Formulas: Dennis et al. 2020 (PAIRED, arXiv 2012.02096), Jiang et al. 2021 (robust PLR, arXiv 2110.02439), Rutherford et
al. 2024 (SFL, arXiv 2408.15099). Axes: n levels, K agents, E episodes.

A maximum less a mean of the same thing is above zero by chance alone: two students of equal ability have a regret
above 0 wherever returns vary, the more so the more episodes are played. `regret` takes equally many episodes of both,
which bounds this bias and does not remove it; `exact_regret` has none.
"""

from collections.abc import Callable

import numpy as np

from adversarial_design.designer import RIVAL, STUDENT, Facts, Play, Plays, Proposal, Rows, Score


# ---- of the returns of two or more students --------------------------------------------------------------
def regret(antagonist: Play, protagonist: Play) -> np.ndarray:
    """Best return of the antagonist less mean return of the protagonist, over equally many episodes; float[n]."""
    count = np.minimum(antagonist.episodes, protagonist.episodes)
    return highest(antagonist, count) - mean(protagonist, count)


def flexible_regret(one: Play, other: Play) -> np.ndarray:
    """Regret where, on each level, whoever has the higher best return is the antagonist; float[n]."""
    count = np.minimum(one.episodes, other.episodes)
    is_first = highest(one, count) >= highest(other, count)
    return np.where(is_first, regret(one, other), regret(other, one))


def returns_of_team(play: Play) -> np.ndarray:
    """Mean return over agents, float[n, E]; NaN where an agent has not finished."""
    return play.returns.mean(1)


def mean(play: Play, count: np.ndarray | None = None) -> np.ndarray:
    """Mean return of the first `count` episodes, or of all; float[n], NaN where there are none."""
    returns, counts = returns_of_team(play), _counted(play, count)
    n = counts.sum(1)
    return np.where(n > 0, np.where(counts, returns, 0).sum(1) / np.maximum(n, 1), np.nan)


def highest(play: Play, count: np.ndarray | None = None) -> np.ndarray:
    """Highest return of the first `count` episodes, or of all; float[n], NaN where there are none."""
    returns, counts = returns_of_team(play), _counted(play, count)
    most = np.where(counts, returns, -np.inf).max(1, initial=-np.inf)
    return np.where(counts.any(1), most, np.nan)


def _counted(play: Play, count: np.ndarray | None) -> np.ndarray:
    """Which episodes count, bool[n, E]."""
    finished = ~np.isnan(returns_of_team(play))
    return finished if count is None else finished & (finished.cumsum(1) <= count[:, None])


# ---- of the errors of one student's values --------------------------------------------------------------
def positive_value_loss(play: Play) -> np.ndarray:
    """Mean over episodes of mean_t max(A_t, 0), float[n]: how often it went better than expected."""
    return mean_of_episodes(play.positive)


def l1_value_loss(play: Play) -> np.ndarray:
    """Mean over episodes of mean_t |A_t|, float[n]."""
    return mean_of_episodes(play.absolute)


def max_monte_carlo(play: Play, best: np.ndarray) -> np.ndarray:
    """Mean over episodes of mean_t (best return so far - V_t), float[n], both discounted to the start of the episode.

    A student that follows the best episode so far and knows it scores 0, whatever the discount. `best` is the running
    maximum of a level, this time included, and travels with it; NaN where no episode has ever finished.
    """
    return best - mean_of_episodes(play.worth)


def mean_of_episodes(part: np.ndarray) -> np.ndarray:
    """Mean over episodes and agents of what each episode came to, float[n]; NaN where there is none.

    As published code has it (facebookresearch/minimax, DramaCow/jaxued): a short episode counts as much as a long one,
    and one that did not finish not at all.
    """
    known = ~np.isnan(part)
    count = known.sum((1, 2))
    return np.where(count > 0, np.where(known, part, 0).sum((1, 2)) / np.maximum(count, 1), np.nan)


# ---- of successes ---------------------------------------------------------------------------------------
def learnability(successes: np.ndarray, episodes: np.ndarray) -> np.ndarray:
    """Unbiased estimate s (k - s) / (k (k - 1)) of p (1 - p), float[n]; unknown below two episodes."""
    s, k = np.asarray(successes, float), np.asarray(episodes, float)
    return np.where(k > 1, s * (k - s) / np.maximum(k * (k - 1), 1), np.nan)


def team_learnability(play: Play) -> np.ndarray:
    """Learnability where only the success of all agents counts, float[n]."""
    finished = ~np.isnan(play.returns)
    return learnability((play.success & finished).all(1).sum(1), play.episodes)


def agents_learnability(play: Play) -> np.ndarray:
    """Learnability of each agent, float[n, K]."""
    finished = ~np.isnan(play.returns)
    return learnability((play.success & finished).sum(2), finished.sum(2))


def exact_regret(optimum: np.ndarray, play: Play) -> np.ndarray:
    """Return of the expert, who knows the optimum, less the student's mean; float[n]."""
    return optimum - mean(play)


# ---- as designers take them -----------------------------------------------------------------------------
def by_regret(proposal: Proposal, plays: Plays) -> np.ndarray:
    """Regret of the student towards its rival, or the best of its rivals."""
    rivals = [regret(play, plays[STUDENT]) for who, play in plays.items() if who.startswith(RIVAL)]
    return np.max(rivals, 0)


def by_flexible_regret(proposal: Proposal, plays: Plays) -> np.ndarray:
    """Regret between the student and its rival, either way."""
    return flexible_regret(plays[STUDENT], plays[RIVAL])


def by_failure(proposal: Proposal, plays: Plays) -> np.ndarray:
    """What the student did not get: what a minimax designer wants."""
    return -mean(plays[STUDENT])


def by_positive_value_loss(proposal: Proposal, plays: Plays) -> np.ndarray:
    """Positive value loss of the student."""
    return positive_value_loss(plays[STUDENT])


def by_l1_value_loss(proposal: Proposal, plays: Plays) -> np.ndarray:
    """L1 value loss of the student."""
    return l1_value_loss(plays[STUDENT])


def by_max_monte_carlo(proposal: Proposal, plays: Plays) -> np.ndarray:
    """MaxMC of the student."""
    play = plays[STUDENT]
    return max_monte_carlo(play, np.fmax(proposal.best, play.best))


def by_learnability(proposal: Proposal, plays: Plays) -> np.ndarray:
    """Learnability of the student, as a team where several learn."""
    return team_learnability(plays[STUDENT])


def by_exact_regret(facts: Callable[[Rows], Facts]) -> Score:
    """Regret towards the expert, whose return `facts` know; unknown where the expert fails. Copies are solved once."""

    def score(proposal: Proposal, plays: Plays) -> np.ndarray:
        _, first, copy = np.unique(np.array(proposal.ids), return_index=True, return_inverse=True)
        return exact_regret(facts(proposal.levels[first]).optimum[copy], plays[STUDENT])

    return score
