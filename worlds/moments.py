"""What is a moment of a world? All that it and its episode are, kept so that other worlds may begin there."""

import numpy as np

from worlds.simulator import Simulator
from worlds.state import GOAL_FIELDS

Moments = dict[str, np.ndarray]  # rows of fields of a State, by name

_SEEN = ("view_bytes", "obs_self", "obs_heard")
_FIELDS = ("house", "life", *(f"told_{name}" for name in GOAL_FIELDS), "task_tokens", *_SEEN)
# What a world has of its own, whatever moment it begins at: its chance, its count of steps, how its last step ended.
_OWN = (
    "key", "step", "over", "active", "terminated", "truncated", "success", "reward", "world_id", "episode", "seed",
    "next_level",
)  # fmt: skip


def no_moments(sim: Simulator, n: int) -> Moments:
    """Room for n moments of worlds like these."""
    arrays = {name: getattr(sim.state, name) for name in _FIELDS}
    return {
        name: np.zeros((n, *array.shape[1:]), array.dtype) for name, array in arrays.items() if array.size
    }


def keep_moments(sim: Simulator, worlds: np.ndarray, moments: Moments, at: np.ndarray) -> None:
    """Keep what worlds int64[n] are now at places int64[n]; what was said in words is not kept."""
    for name, kept in moments.items():
        kept[at] = getattr(sim.state, name)[worlds]


def begin_at_moments(sim: Simulator, worlds: np.ndarray, moments: Moments, at: np.ndarray) -> None:
    """Let worlds int64[n] whose episodes have just begun begin at the moments of places int64[n] instead.

    Their chance and their count of steps are their own, and so is what the step brought that ended the last episode.
    """
    own = {name: getattr(sim.state, name)[worlds] for name in _OWN}
    for name, kept in moments.items():
        getattr(sim.state, name)[worlds] = kept[at]
    for name, array in own.items():
        getattr(sim.state, name)[worlds] = array
