"""How does a policy of another package play? It is found by its name, and its acts are checked before they count.

    my_lab.policies:Greedy            a class, a function that makes a policy, or a policy
    my_lab.policies:Greedy:0.3        made with the text "0.3"
    greedy, greedy:0.3                the same, if an installed package offers it in the group social_rl.policies

A class or function that takes `seed` is given that of the command.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

import numpy as np

from agents.types import Memory, Policy, is_privileged
from worlds.checks import an, imported
from worlds.simulator import Simulator
from worlds.state import ACTS

GROUP = "social_rl.policies"  # of the entry points by which other packages offer policies


def offered_policies() -> list[str]:
    """The names that installed packages offer."""
    return sorted(entry_points(group=GROUP).names)


def is_outside(text: str) -> bool:
    """Does this name a policy of another package?"""
    kind, colon, _ = text.partition(":")
    return (bool(colon) and "." in kind) or kind in offered_policies()


def find_policy(text: str) -> tuple[Any, str | None]:
    """What makes the policy that a text names, and the text that it is made with.

    Raises:
        ValueError: there is no such module or name, or it makes no policy.
    """
    kind, _, rest = text.partition(":")
    if kind in offered_policies():
        path, argument = entry_points(group=GROUP)[kind].value, rest if ":" in text else None
    else:
        name, colon, given = rest.partition(":")
        path, argument = f"{kind}:{name}", given if colon else None
    maker = imported(f"policy {text}", path)
    if not callable(maker) and not is_policy(maker):
        raise ValueError(
            f"policy {text}: {path} is {an(type(maker).__name__)}, no policy and nothing that makes one"
        )
    if inspect.isclass(maker) and not is_policy(maker):
        raise ValueError(f"policy {text}: {path} has no functions start and act (see agents/types.py)")
    return maker, argument


def outside_policy(text: str, seed: int) -> Policy:
    """The policy of another package that a text names.

    Raises:
        ValueError: there is none, or it cannot be made so.
    """
    maker, argument = find_policy(text)
    if is_policy(maker) and not inspect.isclass(maker):
        if argument is not None:
            raise ValueError(f"policy {text}: it is ready made and takes no text")
        return Checked(text, maker)
    arguments, options = ([] if argument is None else [argument]), {}
    parameters = _parameters(maker)
    if "seed" in parameters:
        options["seed"] = seed
    try:
        inspect.signature(maker).bind(*arguments, **options)
    except TypeError as error:
        raise ValueError(
            f"policy {text}: {error}; it takes ({', '.join(map(str, parameters.values()))}), write a text for it as "
            "MODULE:NAME:TEXT"
        ) from None
    except ValueError:
        pass  # a builtin that does not say what it takes
    policy: Any = maker(*arguments, **options)
    if not is_policy(policy):
        raise ValueError(
            f"policy {text}: an object of type {type(policy).__name__} was made, which has no functions start and act"
        )
    return Checked(text, policy)


def is_policy(found: object) -> bool:
    """Has it the two functions of a Policy?"""
    return callable(getattr(found, "start", None)) and callable(getattr(found, "act", None))


def _parameters(maker: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(maker).parameters)
    except ValueError:
        return {}


@dataclass(frozen=True)
class Checked:
    """A Policy whose acts are refused where they do not exist, in its name: no world has moved then."""

    name: str
    policy: Policy

    @property
    def privileged(self) -> bool:
        """As it says itself."""
        return is_privileged(self.policy)

    def start(self, sim: Simulator, agents: np.ndarray) -> Memory:
        """Its memory."""
        return self.policy.start(sim, agents)

    def act(self, sim: Simulator, agents: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Its acts int64[W, K].

        Raises:
            ValueError: it returned no pair, or acts of another shape or type, or acts that do not exist.
        """
        answer = self.policy.act(sim, agents, memory)
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise ValueError(
                f"policy {self.name} returned an object of type {type(answer).__name__}, not (acts, memory)"
            )
        acts, memory = np.asarray(answer[0]), answer[1]
        shape = (sim.worlds, len(agents))
        if acts.shape != shape or acts.dtype.kind not in "iu":
            raise ValueError(
                f"policy {self.name} returned acts {acts.dtype}{list(acts.shape)}: "
                f"{list(shape)} whole numbers are needed"
            )
        wrong = (acts < 0) | (acts >= len(ACTS))
        if wrong.any():
            raise ValueError(
                f"policy {self.name} chose act {acts[wrong][0]}, allowed are 0 to {len(ACTS) - 1}"
            )
        return acts.astype(np.int64), memory
