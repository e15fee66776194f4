"""Which scenarios have rules of their own? They are found here and compiled into the same kernel.

A module of `worlds.scenarios` may define `MECHANICS` (a number of its own, 1 or more) and `mechanics(state, w)`, a
rule that runs after the moves of each step. All of them become one rule that chooses by `option[MECHANICS]`;
scenarios without mechanics never call it.
"""

import importlib
import pkgutil

from worlds import scenarios
from worlds.compiler.compile import cold, rule
from worlds.state import MECHANICS


@rule
def no_mechanics(state, w):
    """The end of the chain: nothing happens."""


def chain(number, mechanics, rest):
    """The rule that runs `mechanics` where it is asked for by `number`, else `rest`."""

    @cold
    def choose(state, w):
        if state.option[MECHANICS] == number:
            mechanics(state, w)
        else:
            rest(state, w)

    return choose


def all_mechanics():
    """{number: rule} of every module in `worlds.scenarios`.

    Raises:
        ValueError: two scenarios use the same number.
    """
    found = {}
    for info in pkgutil.iter_modules(scenarios.__path__):
        module = importlib.import_module(f"{scenarios.__name__}.{info.name}")
        number = getattr(module, "MECHANICS", 0)
        if number in found:
            raise ValueError(f"{module.__name__}: MECHANICS = {number} is taken, choose another number")
        if number:
            found[number] = module.mechanics
    return found


run_mechanics = no_mechanics
for _number, _mechanics in sorted(all_mechanics().items()):
    run_mechanics = chain(_number, _mechanics, run_mechanics)
