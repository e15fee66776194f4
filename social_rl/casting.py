"""Who plays whom? `NAME=POLICY` texts become a cast, and a cast the acts of all agents."""

import difflib
from collections.abc import Sequence

import numpy as np

from social_rl.episodes import Choose
from worlds.simulator import Simulator
from worlds.state import ACTS, WAIT

EXPERT = "expert"
POLICIES = ("expert", "seeing", "random", "wander", "noisy", "decoy", "still")


def read_cast(texts: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Each agent's policy, by name; experts where nothing is said.

    Raises:
        ValueError: no such agent or policy, or an agent is cast twice.
    """
    cast = dict.fromkeys(names, EXPERT)
    spelt = {name.lower(): name for name in names}
    said = set()
    for text in texts:
        name, equals, policy = text.partition("=")
        if not equals:
            raise ValueError(f"--cast {text}: write it as NAME=POLICY, such as {names[0].lower()}=expert")
        if name.lower() not in spelt:
            raise ValueError(f"--cast {text}: no agent is called {name!r}; there are {', '.join(names)}")
        if name.lower() in said:
            raise ValueError(f"--cast {text}: {spelt[name.lower()]} is cast twice; keep one of them")
        check_policy(text, policy)
        said.add(name.lower())
        cast[spelt[name.lower()]] = policy
    return cast


def check_policy(text: str, policy: str) -> None:
    """Raise a ValueError unless there is such a policy."""
    kind, colon, rate = policy.partition(":")
    if kind not in POLICIES:
        near = difflib.get_close_matches(kind, POLICIES, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(POLICIES)}"
        raise ValueError(f"--cast {text}: no policy is called {kind!r}; {hint}")
    if colon and kind != "noisy":
        raise ValueError(f"--cast {text}: {kind} takes no rate; only noisy does, as in noisy:0.3")
    if colon:
        read_rate(text, rate)


def read_rate(text: str, rate: str) -> float:
    """How often a noisy policy errs.

    Raises:
        ValueError: not a number from 0 to 1.
    """
    try:
        value = float(rate)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ValueError(f"--cast {text}: the rate is {rate!r}, allowed are 0 to 1, as in noisy:0.3")
    return value


def chooser(sim: Simulator, cast: dict[str, str], seed: int) -> Choose:
    """The acts of all agents of a simulator."""
    if not {"random", "still"}.issuperset(cast.values()):
        raise ValueError("--cast: only random and still are here yet")
    rng = np.random.default_rng(seed)
    action_WA = np.full((sim.worlds, sim.agents), WAIT, np.uint8)

    def choose() -> np.ndarray:
        for a, policy in enumerate(cast.values()):
            if policy == "random":
                action_WA[:, a] = rng.integers(len(ACTS), size=sim.worlds)
        return action_WA

    return choose
