"""What does a run of random acts come to? Digests, to compare modes, processes, threads and batches.

    python -m tests.replay 40 3 maze crowd      40 steps of 3 worlds in each of these scenes

prints, for each scene, the digest of its bank and of the state after each step.
"""

import hashlib
import sys
from collections.abc import Callable, Iterator

import numpy as np

from tests.houses import CROWD, level, scenario_of
from worlds.scenario import Scenario, make_scenario
from worlds.simulator import SAME_STEP, Simulator
from worlds.state import ACTS, FORWARD, LEVEL_FIELDS, State

FAMILY = """
    #########
    #A.1#kkk#
    #.c.DkBF#
    #2.3#kkk#
    #########

    k kitchen floor
    A Ann facing east
    B Bob facing west holding red key, kitchen floor
    c red cup
    D locked red door
    F orange in shut fridge, kitchen floor
    1 green ball on brown table
    2 blue box
    3 switched-off blue lamp
"""


def family() -> Scenario:
    """A hand-made house with instructions, talk and short episodes."""
    told = (
        {"ann": "put the cup on the table, then meet Bob", "bob": "open the door without moving the orange"},
        {"ann": "pick up the ball and switch on the lamp", "bob": "follow Ann"},
    )
    return scenario_of([level(FAMILY, 25, **words) for words in told], view=7, message_tokens=2, earshot=4)


SCENES: dict[str, Callable[[], Scenario]] = {
    "family": family,
    "crowd": lambda: scenario_of([level(CROWD, 30)], view=5),
    "maze": lambda: make_scenario("maze", side=9, agents=2),
    "berry_bush": lambda: make_scenario("berry_bush", side=9, agents=3, steps=30, freeze=3),
    "house": lambda: make_scenario("house"),
    "tidy_up": lambda: make_scenario("tidy_up"),
}


def simulator(
    scene: str, worlds: int, *, autoreset: int = SAME_STEP, first_world: int = 0, seed: int = 0
) -> Simulator:
    """Worlds of a scene."""
    return Simulator(
        SCENES[scene](), worlds, levels=4, seed=seed, autoreset=autoreset, first_world=first_world
    )


def acts(sim: Simulator, step: int, first_world: int = 0) -> tuple[np.ndarray, np.ndarray | None]:
    """Random acts and words that depend on the step and the world alone."""
    action = np.empty(sim.state.action.shape, np.int64)
    message = np.empty(sim.state.message.shape, np.uint8)
    for w in range(sim.worlds):
        rng = np.random.default_rng([step, first_world + w])
        action[w] = rng.choice([FORWARD, FORWARD, *range(len(ACTS))], sim.agents)
        message[w] = rng.integers(256, size=message.shape[1:])
    return action, message


def digests(scene: str, steps: int, worlds: int, **settings: int) -> Iterator[str]:
    """Digests of the bank, of the start and of the state after each step."""
    sim = simulator(scene, worlds, **settings)
    yield bank_digest(sim.bank)
    yield sim.digest()
    for step in range(steps):
        sim.step(*acts(sim, step, settings.get("first_world", 0)))
        yield sim.digest()


def bank_digest(bank: State) -> str:
    """sha256 of the levels of a bank."""
    return hashlib.sha256(b"".join(getattr(bank, name).tobytes() for name in LEVEL_FIELDS)).hexdigest()


if __name__ == "__main__":
    for name in sys.argv[3:]:
        print(name, *digests(name, int(sys.argv[1]), int(sys.argv[2])))
