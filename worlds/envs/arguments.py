"""What may be handed to an environment? Scenarios, seeds, options and acts, checked before anything moves."""

from collections.abc import Collection, Mapping
from operator import index

import numpy as np

from worlds.checks import check_number, check_seed, suggest
from worlds.scenario import Scenario, make_scenario
from worlds.state import ACTS

N_ACTS = len(ACTS)
MOST_LEVELS = 1_000_000


def scenario_of(scenario: str | Scenario, choices: Mapping[str, object]) -> Scenario:
    """A scenario by name with its own choices, or ready made.

    Raises:
        ValueError: no such scenario or choice, or choices of one that is ready made.
    """
    if isinstance(scenario, str):
        return make_scenario(scenario, **choices)
    if not isinstance(scenario, Scenario):
        raise ValueError(f"scenario is {scenario!r}: give a name, such as 'house', or a Scenario")
    if choices:
        raise ValueError(
            f"{', '.join(choices)}: scenario {scenario.name} is ready made; give its name to choose, or leave them out"
        )
    return scenario


def check_render_mode(mode: object, allowed: Collection[str]) -> None:
    """Raise a ValueError unless an environment can render so."""
    if mode is not None and mode not in allowed:
        raise ValueError(f"render_mode is {mode!r}, allowed are None, {' and '.join(map(repr, allowed))}")


def first_level_seed(levels: object, seed: object) -> int:
    """The seed that levels are drawn from: 0 where none is given, so that all environments have the same levels.

    Raises:
        ValueError: the seed, or the number of levels, is out of range.
    """
    check_number("levels", levels, 1, MOST_LEVELS)
    return 0 if seed is None else check_seed("seed", seed)


def drawn_seed(generator: np.random.Generator) -> int:
    """A seed of worlds by chance."""
    return int(generator.integers(2**64, dtype=np.uint64))


def check_options(options: object, allowed: Collection[str]) -> dict:
    """The options of a reset; none is an empty dict.

    Raises:
        ValueError: this is no dict, or an option is unknown.
    """
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise ValueError(f"options are {options!r}: give a dict, such as {{'level': 0}}")
    for name in options:
        # PettingZoo's own tests call reset(options={"options": 1}).
        if name not in allowed and name != "options":
            raise ValueError(f"reset knows no option {name!r}: {suggest(name, allowed)}")
    return options


def check_names(what: str, named: Collection[str], allowed: Collection[str]) -> None:
    """Raise a ValueError unless all these agents exist."""
    for name in named:
        if name not in allowed:
            raise ValueError(f"{what}: no agent is called {name!r}; {suggest(name, allowed)}")


def act_of(who: str, action: object) -> int:
    """An act as an int, from 0 to 7.

    Raises:
        ValueError: it is no whole number, or there is no such act.
    """
    try:
        act = index(action)  # type: ignore[arg-type]
    except TypeError:
        act = -1
    if not 0 <= act < N_ACTS or action is True or action is False:
        raise ValueError(
            f"{who}: act {action!r} does not exist, allowed are 0 to {N_ACTS - 1} ({', '.join(ACTS)})"
        )
    return act


def acts_of(what: str, actions: object, shape: tuple[int, ...]) -> np.ndarray:
    """Acts as an array of integers of this shape; the simulator checks whether they exist.

    Raises:
        ValueError: they are no whole numbers, or of another shape.
    """
    acts = np.asarray(actions)
    if acts.dtype.kind not in "iu" or acts.shape != shape:
        raise ValueError(
            f"{what} are {acts.dtype}{list(acts.shape)}: give whole numbers from 0 to {N_ACTS - 1} "
            f"of shape {list(shape)}"
        )
    return acts


def tokens_of_message(who: str, said: object, length: int) -> np.ndarray:
    """A message as uint8[length].

    Raises:
        ValueError: it is of another length, or a token is no whole number from 0 to 255.
    """
    tokens = np.asarray(said)
    if (
        tokens.shape != (length,)
        or tokens.dtype.kind not in "iu"
        or not ((tokens >= 0) & (tokens < 256)).all()
    ):
        raise ValueError(f"{who} says {said!r}: give {length} whole numbers from 0 to 255, 0 for silence")
    return tokens.astype(np.uint8)
