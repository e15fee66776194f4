"""What exists, what is true, what happens next: houses, instructions and their rules, compiled.

`import worlds` also tells Gymnasium and PettingZoo of the scenarios: `gymnasium.make("SocialRL/House-v0")`.

Simulator       many worlds of a scenario, advanced together
make_scenario   a scenario by name: house, tidy_up, maze, berry_bush
parallel_env    one world as a PettingZoo ParallelEnv
vector_env      many worlds as a Gymnasium VectorEnv; single_env: one as a Gymnasium Env
parse, phrase   words to Goals and back
"""

import importlib
from typing import TYPE_CHECKING

from worlds.envs.registry import enter_names

if TYPE_CHECKING:
    from worlds.envs.parallel_env import parallel_env
    from worlds.envs.vector_env import single_env, vector_env
    from worlds.language.instructions import canonical, parse, phrase
    from worlds.levels.level import Level
    from worlds.scenario import Scenario, make_scenario, scenario_names
    from worlds.simulator import Simulator

_HOMES = {
    "Simulator": "simulator",
    "Scenario": "scenario",
    "make_scenario": "scenario",
    "scenario_names": "scenario",
    "parallel_env": "envs.parallel_env",
    "vector_env": "envs.vector_env",
    "single_env": "envs.vector_env",
    "parse": "language.instructions",
    "phrase": "language.instructions",
    "canonical": "language.instructions",
    "Level": "levels.level",
}
__all__ = [
    "Level",
    "Scenario",
    "Simulator",
    "canonical",
    "make_scenario",
    "parallel_env",
    "parse",
    "phrase",
    "scenario_names",
    "single_env",
    "vector_env",
]


def __getattr__(name: str) -> object:
    """Import on first use: `import worlds` alone compiles nothing and takes milliseconds."""
    if name not in _HOMES:
        raise AttributeError(f"module 'worlds' has no attribute {name!r}")
    return getattr(importlib.import_module(f"worlds.{_HOMES[name]}"), name)


enter_names()
