"""How does a scenario show how it is played? By scripts: rules that choose an agent's act from the whole state.

    @script
    def expert(state, w, a, scratch):
        ...
        return FORWARD

    Scenario(..., scripts=(expert, decoy))

`scratch` is room to plan in, int32[rows, cells], see maps.py; ways.py finds ways on it.
A script is compiled with its loop over worlds the first time that it plays.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from worlds.compiler.compile import entry, rule
from worlds.expert.maps import SCRATCH_ROWS


class Script:
    """A rule `(state, w, a, scratch) -> act`, at the top level of its module: copies and pickles find it there."""

    def __init__(self, function: Callable[[Any, int, int, Any], Any]) -> None:
        self.__module__, self.__name__ = function.__module__, function.__name__
        self.__doc__ = function.__doc__
        self.rule = function
        self._loop: Any = None

    def __call__(self, state: Any, agents: np.ndarray, act_WK: np.ndarray) -> None:
        """Write into act_WK, int64[W, K], what int64 `agents[K]` of all worlds do in a state (a handle)."""
        if self._loop is None:
            self._loop = _loop_of(self.rule)
        self._loop(state, agents, act_WK)

    def __reduce__(self) -> str:
        return self.__name__

    def __repr__(self) -> str:
        return f"{self.__module__}.{self.__name__}"


def script(function: Callable[[Any, int, int, Any], Any]) -> Script:
    """Make a rule `(state, w, a, scratch) -> act` a script of scenarios."""
    return Script(function)


def _loop_of(function: Callable[[Any, int, int, Any], Any]) -> Any:
    choose = rule(function)

    def loop(state, agents, act_WK):
        side = state.item_at.shape[1]
        scratch = np.zeros((SCRATCH_ROWS, 4 * (side + 2) * (side + 2)), np.int32)
        for w in range(act_WK.shape[0]):
            for k in range(act_WK.shape[1]):
                act_WK[w, k] = choose(state, w, agents[k], scratch)

    loop.__module__ = function.__module__
    loop.__name__ = loop.__qualname__ = f"{function.__name__}_loop"
    return entry(loop)
