"""Does a memory come back as it was, whatever it is made of, and does a policy go on as if nothing had happened?"""

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from agents.memories import restore_memory, save_memory
from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.policies.learned import Learned
from agents.policies.planner import Planner
from agents.policies.simple import Noisy, Random
from agents.types import Cast
from worlds.scenario import make_scenario
from worlds.simulator import SAME_STEP, Simulator


class Pair(NamedTuple):
    seen: np.ndarray
    told: Any


@dataclass
class Whole:
    pair: Pair
    parts: list
    by_name: dict
    known: Any = field(default=None, metadata={"derived": True})


def memory(seed, told="nothing"):
    chance = np.random.default_rng(seed)
    seen = chance.integers(9, size=(2, 3))
    pair = Pair(seen[:, 1:], told)
    parts = [chance, torch.Generator().manual_seed(seed), torch.full((2,), float(seed)), None]
    return Whole(
        pair, parts, {"all": seen, "turns": seed, "share": seed / 2, "late": seed > 1}, known=object()
    )


def test_a_memory_of_all_kinds_of_parts_comes_back():
    arrays, facts = save_memory(memory(3))
    facts = json.loads(json.dumps(facts))
    mine = restore_memory(memory(0), arrays, facts)
    wanted = memory(3)
    assert np.array_equal(mine.pair.seen, wanted.pair.seen) and mine.pair.told == "nothing"
    assert mine.parts[0].random() == wanted.parts[0].random() and mine.parts[3] is None
    assert torch.rand(1, generator=mine.parts[1]) == torch.rand(1, generator=wanted.parts[1])
    assert torch.equal(mine.parts[2], wanted.parts[2]) and [*mine.by_name.values()][1:] == [3, 1.5, True]
    assert np.shares_memory(mine.by_name["all"], mine.pair.seen), "views are views as before"
    assert arrays.keys() == {"memory/by_name/all", "memory/parts/1", "memory/parts/2"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda arrays, facts: arrays.pop("memory/by_name/all"),
            "memory/by_name/all is not in what was saved",
        ),
        (lambda arrays, facts: facts.update({"memory/else": 1}), "memory/else is not in this memory"),
        (
            lambda arrays, facts: arrays.update({"memory/by_name/all": np.zeros(5)}),
            r"saved as \(5,\), here it is \(2, 3\)",
        ),
        (
            lambda arrays, facts: facts.update({"memory/by_name/turns": "three"}),
            "saved as 'three', here it is a int",
        ),
    ],
)
def test_what_does_not_fit_is_named(change, said):
    arrays, facts = save_memory(memory(3))
    change(arrays, facts)
    with pytest.raises(ValueError, match=said):
        restore_memory(memory(0), arrays, facts)


def test_what_cannot_be_kept_is_named():
    with pytest.raises(ValueError, match=r"memory/pair/told is a set, which cannot be kept"):
        save_memory(memory(0, told={1, 2}))


def policies():
    torch.manual_seed(0)
    network = ActorCritic(NetworkConfig(hidden=32, words=32))
    return {
        "learned": Learned(network),
        "seeing": Planner("seen"),
        "noisy": Noisy(Planner("seen"), 0.3),
        "random": Random(1),
    }


@pytest.mark.parametrize("name", policies().keys())
def test_policies_go_on_from_their_memory_alone(name):
    """Saved in the middle of episodes, put into another policy of the same make and other worlds in the same state."""

    def begun():
        sim = Simulator(make_scenario("house", step_limit=12), 5, seed=2, levels=16, autoreset=SAME_STEP)
        return sim, Cast(sim, dict.fromkeys(sim.scenario.agents, policies()[name]))

    sim, cast = begun()
    for _ in range(17):
        sim.step(cast.act())
    other, again = begun()
    other.restore(sim.save())
    again.memories = [
        restore_memory(m, *save_memory(k)) for m, k in zip(again.memories, cast.memories, strict=True)
    ]
    for _ in range(17):
        mine, theirs = cast.act().copy(), again.act().copy()
        assert np.array_equal(mine, theirs)
        sim.step(mine)
        other.step(theirs)
