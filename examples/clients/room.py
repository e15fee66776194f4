"""What do all clients learn? To switch off or to close what they are told, in a room of five by five cells.

Observations are made into one vector of numbers, so that every library can use the network it has by default.
"""

from collections.abc import Mapping

import gymnasium
import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv
from pettingzoo.utils import BaseParallelWrapper

import worlds
from worlds.language.tokens import VOCABULARY
from worlds.objects import PLACE_KIND, PLACE_STATE, PLACE_WALKABLE

ROOM = {
    "side": 7,  # from wall to wall
    "rooms": (1, 1),
    "furniture": (1, 2),
    "distractors": (0, 1),
    "kinds": ("switch off", "close"),
    "clauses": (1, 1),
    "quantities": 0.0,
    "shut": 0.0,
    "locked": 0.0,
    "step_limit": 40,
}
LEVELS, TEST = 4096, {"levels": 4096, "seed": 1000}  # rooms to learn in, and others to be tested in
SENSES = 8 * 8  # the eight bytes about oneself, bit by bit
FEATURES = 4 * 7 * 7 + SENSES + len(VOCABULARY)
SPACE = spaces.Box(0, 1, (FEATURES,), np.float32)


def features(seen: Mapping[str, np.ndarray]) -> np.ndarray:
    """One agent's observation as float32[FEATURES]: four numbers for each cell, its senses, which words it was told."""
    place, _, agent = seen["view"]
    cells = np.stack([PLACE_WALKABLE[place], PLACE_KIND[place] > 0, PLACE_STATE[place] > 0, agent > 0])
    words = np.zeros(len(VOCABULARY), np.float32)
    words[seen["instruction"]] = 1
    words[0] = 0  # of the padding
    return np.concatenate([cells.ravel(), np.unpackbits(seen["self"]), words], dtype=np.float32)


def gymnasium_env(levels: int = LEVELS, seed: int | None = None) -> gymnasium.Env:
    """One agent, alone, as Gymnasium makes it."""
    env = gymnasium.make("SocialRL/TidyUp-v0", agents=1, levels=levels, seed=seed, **ROOM)
    return gymnasium.wrappers.TransformObservation(env, features, SPACE)


def parallel_env(levels: int = LEVELS, seed: int | None = None) -> ParallelEnv:
    """Two agents who share the task, as PettingZoo has it."""
    return Numbers(worlds.parallel_env("tidy_up", levels=levels, seed=seed, **ROOM))


class Numbers(BaseParallelWrapper):
    """Observations of a PettingZoo environment as `features`."""

    def observation_space(self, agent: str) -> spaces.Space:
        """The same for everybody."""
        return SPACE

    def reset(self, seed: int | None = None, options: dict | None = None) -> tuple[dict, dict]:
        """As of the environment."""
        seen, infos = self.env.reset(seed=seed, options=options)
        return {name: features(parts) for name, parts in seen.items()}, infos

    def step(self, actions: dict) -> tuple[dict, dict, dict, dict, dict]:
        """As of the environment."""
        seen, *rest = self.env.step(actions)
        return {name: features(parts) for name, parts in seen.items()}, *rest
