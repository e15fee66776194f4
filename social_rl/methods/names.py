"""Which ways of learning from others are there, by name? `METHOD`, `METHOD:WEIGHT`, or MODULE:NAME of another package.

A way is a function of its weight that returns a Method; what the weight means, and its usual value, stands here.
"""

import importlib
from collections.abc import Sequence
from typing import NamedTuple

from agents.training.methods import Method
from social_rl.methods.outside import outside_method
from worlds.checks import suggest


class Way(NamedTuple):
    """A way of learning: the function that makes it, its usual weight, and what that is."""

    function: str
    weight: float
    meaning: str


WAYS = {
    "prediction": Way("social_rl.methods.prediction:prediction", 1.0, "of the loss"),
    "reconstruction": Way("social_rl.methods.prediction:reconstruction", 1.0, "of the loss"),
}


def read_methods(texts: Sequence[str], agents: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The methods of each agent, of texts `METHOD` for all of them and `NAME=METHOD` for one.

    Raises:
        ValueError: no such agent or method, or a weight that is no number.
    """
    found: dict[str, list[str]] = {name: [] for name in agents}
    spelt = {name.lower(): name for name in agents}
    for text in texts:
        name, equals, method = text.rpartition("=")
        if equals and name.lower() not in spelt:
            raise ValueError(f"--method {text}: no learner is called {name!r}; {suggest(name, list(agents))}")
        check_method(text, method)
        for agent in [spelt[name.lower()]] if equals else agents:
            if method in found[agent]:
                raise ValueError(f"--method {text}: {agent} has it twice; keep one of them")
            found[agent].append(method)
    return {name: tuple(methods) for name, methods in found.items()}


def check_method(text: str, method: str) -> None:
    """Raise a ValueError unless there is such a method."""
    kind, colon, weight = method.partition(":")
    if kind in WAYS:
        if colon:
            try:
                float(weight)
            except ValueError:
                raise ValueError(
                    f"--method {text}: the weight is {weight!r}, give a number, as in {kind}:{WAYS[kind].weight}"
                ) from None
    elif "." not in kind:
        raise ValueError(
            f"--method {text}: no method is called {kind!r}; {suggest(kind, list(WAYS))}; one of your own is "
            "MODULE:FUNCTION, such as my_lab.methods:heading"
        )


def make_methods(texts: Sequence[str]) -> list[Method]:
    """The Methods that checked texts name.

    Raises:
        ValueError: one of another package cannot be made.
    """
    return [_made(text) for text in texts]


def _made(text: str) -> Method:
    kind, colon, weight = text.partition(":")
    if kind not in WAYS:
        return outside_method(text)
    way = WAYS[kind]
    module, _, function = way.function.partition(":")
    return getattr(importlib.import_module(module), function)(float(weight) if colon else way.weight)
