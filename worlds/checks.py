"""Is a setting allowed? A refusal names the setting, its value, what is allowed and what comes nearest."""

import difflib
import importlib
from collections.abc import Iterable
from typing import Any

import numpy as np

LAST_SEED = 2**64 - 1
_SHOWN = 40  # characters of a word that is looked up


def nearest(word: object, allowed: Iterable[str]) -> str:
    """The allowed word that is most like this one in any case of letters, "" if none is."""
    spelt = {known.lower(): known for known in allowed}
    near = difflib.get_close_matches(word[:_SHOWN].lower(), spelt, 1) if isinstance(word, str) else []
    return spelt[near[0]] if near else ""


def count(n: int, thing: str, things: str = "") -> str:
    """So many things: "1 core", "2 cores", "1,000 mazes"; `things` is their plural where it is not just an s more."""
    return f"{n:,} {thing if n == 1 else things or f'{thing}s'}"


def an(words: str) -> str:
    """Words with their article: "a cup", "an orange"."""
    return f"{'an' if words[:1] in tuple('aeiouAEIOU') else 'a'} {words}"


def suggest(word: object, allowed: Iterable[str]) -> str:
    """What to say instead of a word."""
    near = nearest(word, allowed)
    return f"did you mean '{near}'?" if near else f"allowed are {', '.join(allowed)}"


def check_choice(what: str, word: object, allowed: Iterable[str]) -> None:
    """Raise a ValueError unless the word is one of a few."""
    if not isinstance(word, str) or word not in allowed:
        near = nearest(word, allowed)
        remedy = f"; did you mean {near!r}?" if near else ""
        raise ValueError(f"{what} is {word!r}, allowed are {', '.join(allowed)}{remedy}")


def check_number(what: str, value: object, low: float, high: float, *, whole: bool = True) -> None:
    """Raise a ValueError unless the value is a number in this range, both ends included."""
    if whole and (not isinstance(value, int | np.integer) or isinstance(value, bool)):
        raise ValueError(f"{what} is {value!r}, allowed are whole numbers from {low} to {high}")
    if not isinstance(value, int | float | np.number) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{what} is {value!r}, allowed are {low} to {high}")


def check_seed(what: str, seed: object) -> int:
    """A seed as an int; NumPy's integers are seeds, too.

    Raises:
        ValueError: it is no whole number from 0 to 2**64 - 1.
    """
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or not 0 <= seed <= LAST_SEED:
        raise ValueError(f"{what} is {seed!r}, allowed are whole numbers from 0 to 2**64 - 1 ({LAST_SEED})")
    return int(seed)


def check_range(what: str, values: object, low: int, high: int) -> None:
    """Raise a ValueError unless the values are a lowest and a highest number of this range."""
    if not isinstance(values, tuple | list) or len(values) != 2:
        raise ValueError(f"{what} is {values!r}: give the lowest and the highest, such as ({low}, {high})")
    check_number(f"{what}[0]", values[0], low, high)
    check_number(f"{what}[1]", values[1], values[0], high)


def check_like(what: str, value: object, example: object) -> None:
    """Raise a ValueError unless the value is of the type of the example."""
    for kind, allowed, words in _KINDS:
        if isinstance(example, kind):
            if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
                raise ValueError(f"{what} is {value!r}: give {words}, such as {example!r}")
            return


def imported(what: str, path: str, usual: str = "") -> Any:
    """What `MODULE:NAME` names, in any package; `usual` is the name where none is given.

    Raises:
        ValueError: there is no such module, or it has no such name.
    """
    module_name, _, name = path.partition(":")
    name = name or usual
    if not name or not all(part.isidentifier() for part in (*module_name.split("."), *name.split("."))):
        raise ValueError(f"{what}: {path!r} is no MODULE:NAME, such as my_lab.policies:Greedy")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise  # it is there, and something that it needs is not
        raise ValueError(
            f"{what}: no module is called {error.name!r}; install its package, or add its folder to PYTHONPATH"
        ) from None
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            names = [known for known in vars(found) if not known.startswith("_")]
            raise ValueError(f"{what}: {module_name} has no {name!r}; {suggest(part, names)}")
        found = getattr(found, part)
    return found


# Types of examples, what is allowed in their place, and how to say it; a bool is also an int, so it comes first.
_KINDS: tuple[tuple[type, type | tuple[type, ...], str], ...] = (
    (bool, bool, "True or False"),
    (int, (int, np.integer), "a whole number"),
    (float, (int, float, np.number), "a number"),
    (str, str, "a text"),
    (tuple, (tuple, list), "a tuple"),
)
