"""How does a scenario bring a rule of its own? It is compiled by itself, and kernels call it by its address.

    @mechanics
    def harvest(state, w):
        ...

    Scenario(..., mechanics=harvest)

The rule runs in every world after the moves of each step; one that is given as `begins` runs as an episode begins. So
it costs nothing where it is not asked for, and may stand in any module, of this package or of another one.
"""

from collections.abc import Callable
from typing import Any

from worlds.compiler.compile import COMPILED, callback
from worlds.compiler.handle import Handle
from worlds.state import Sizes, empty_state

NONE = 0  # what kernels take for a scenario without mechanics


class Mechanics:
    """A rule `(state, w)` of a scenario, at the top level of its module: copies and pickles find it there."""

    def __init__(self, function: Callable[[Any, int], None]) -> None:
        self.__module__, self.__name__ = function.__module__, function.__name__
        self.__doc__ = function.__doc__
        self.rule = function
        self._compiled: Any = None

    @property
    def target(self) -> Any:
        """What kernels call: the address of compiled code, or the rule itself where rules run uncompiled."""
        if not COMPILED:
            return self.rule
        if self._compiled is None:
            from numba import int64, void

            state = Handle(empty_state(1, Sizes(1, 1, 0, 0)))._numba_type_
            self._compiled = callback(self.rule, void(state, int64))
        return self._compiled.address

    def __reduce__(self) -> str:
        return self.__name__

    def __repr__(self) -> str:
        return f"{self.__module__}.{self.__name__}"


def mechanics(function: Callable[[Any, int], None]) -> Mechanics:
    """Make a rule `(state, w)` the mechanics of scenarios."""
    return Mechanics(function)
