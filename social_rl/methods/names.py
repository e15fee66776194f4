"""Which ways of learning from others are there, by name? `METHOD`, `METHOD:NUMBERS`, or MODULE:NAME of another package.

A way is a function of a few numbers that returns a Method; what they mean, and their usual values, stands here. Several
are written with a stroke between them, as in inequity:5/0.05; who leaves out the last ones gets the usual ones. Where
there are several channels, one stands behind an @, as in influence:2@messages; by default it is the first.
"""

import importlib
import math
from collections.abc import Sequence
from typing import NamedTuple

from agents.training.methods import Method
from social_rl.methods.outside import outside_method
from worlds.checks import suggest


class Way(NamedTuple):
    """A way of learning: the function that makes it, its numbers where nothing is said, what they are, its channels."""

    function: str
    usual: tuple[float, ...]
    meaning: str
    channels: tuple[str, ...] = ()


WAYS = {
    "prediction": Way("social_rl.methods.prediction:prediction", (1.0,), "weight of the loss"),
    "reconstruction": Way("social_rl.methods.prediction:reconstruction", (1.0,), "weight of the loss"),
    "influence": Way(
        "social_rl.methods.influence:influence",
        (1.0, 1.0),
        "weights of the reward and of the model's loss",
        ("acts", "messages"),
    ),
    "following": Way("social_rl.methods.following:following", (1.0,), "weight of the reward at first"),
    "team": Way("social_rl.methods.shaping:team", (), ""),
    "svo": Way("social_rl.methods.shaping:svo", (45.0,), "angle in degrees"),
    "inequity": Way("social_rl.methods.shaping:inequity", (5.0, 0.05), "weights of envy and of guilt"),
    "central": Way("social_rl.methods.central:central", (), ""),
    "cloning": Way("social_rl.methods.cloning:cloning", (1.0,), "how often the script leads at first"),
    "gail": Way("social_rl.methods.gail:gail", (1.0,), "weight of the reward"),
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
    kind, numbers, channel = _parts(method)
    if kind in WAYS:
        _numbers(kind, numbers, text)
        _channel(kind, channel, text)
    elif "." not in kind:
        raise ValueError(
            f"--method {text}: no method is called {kind!r}; {suggest(kind, list(WAYS))}; one of your own is "
            "MODULE:FUNCTION, such as my_lab.methods:heading"
        )


def make_methods(texts: Sequence[str]) -> list[Method]:
    """The Methods that checked texts name.

    Raises:
        ValueError: one cannot be made.
    """
    return [_made(text) for text in texts]


def _made(text: str) -> Method:
    kind, numbers, channel = _parts(text)
    if kind not in WAYS:
        return outside_method(text)
    way, given = WAYS[kind], _numbers(kind, numbers, text)
    module, _, function = way.function.partition(":")
    try:
        return getattr(importlib.import_module(module), function)(
            *given, *way.usual[len(given) :], *_channel(kind, channel, text)
        )
    except ValueError as error:
        raise ValueError(f"--method {text}: {error}") from None


def _parts(method: str) -> tuple[str, str | None, str | None]:
    """The name of a method, its numbers and its channel, None where nothing is said of them."""
    before, at, channel = method.partition("@")
    kind, colon, numbers = before.partition(":")
    return kind, numbers if colon else None, channel if at else None


def _channel(kind: str, channel: str | None, text: str) -> tuple[str, ...]:
    """The channel of a method that has several.

    Raises:
        ValueError: it has none of this name.
    """
    channels = WAYS[kind].channels
    if channel is None:
        return channels[:1]
    if channel not in channels:
        remedy = suggest(channel, list(channels)) if channels else f"{kind} has none: leave out @{channel}"
        raise ValueError(f"--method {text}: no channel is called {channel!r}; {remedy}")
    return (channel,)


def _numbers(kind: str, numbers: str | None, text: str) -> tuple[float, ...]:
    """The numbers after a method's name.

    Raises:
        ValueError: too many, or something that is no number.
    """
    if numbers is None:
        return ()
    way = WAYS[kind]
    if not way.usual:
        raise ValueError(f"--method {text}: {kind} takes no numbers: leave out {numbers!r}")
    example = "/".join(f"{value:g}" for value in way.usual)
    remedy = f"give {way.meaning}, as in {kind}:{example}"
    try:
        found = tuple(float(number) for number in numbers.split("/"))
    except ValueError:
        raise ValueError(f"--method {text}: {numbers!r} holds what is no number: {remedy}") from None
    if len(found) > len(way.usual) or not all(map(math.isfinite, found)):
        raise ValueError(f"--method {text}: {numbers!r} is too much, or not finite: {remedy}")
    return found
