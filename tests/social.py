"""How do tests of learning beside others begin in a moment? Few worlds, a small mind, short episodes."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from agents.batch import Batch
from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.training.learner import Learner, LearnerConfig, NotFinite
from agents.training.methods import Method, add_heads, learn
from agents.training.ppo import PPOConfig, ValueScale, ppo
from agents.training.rollout import RolloutWorker, collect_together
from social_rl.commands.social import Social
from social_rl.methods.names import make_methods
from social_rl.training.social import SocialTraining
from worlds.scenario import Scenario, make_scenario
from worlds.simulator import Simulator

WORLDS, STEPS, EPISODE = 6, 16, 10  # an episode ends within each batch

SMALL = Social(
    scenario="routine_cycle",
    choices=("agents=3", "side=6", "chores=3", f"steps={EPISODE}"),
    worlds=2 * WORLDS, workers=2, steps=STEPS, minibatches=2, epochs=2, levels=16, renew=2, frames=4096, hidden=32,
    report=1, evaluate=0, save=1, episodes=4,
)  # fmt: skip


def training(*methods: str, **options) -> SocialTraining:
    """A small training by these methods."""
    return SocialTraining(replace(SMALL, method=methods, **options))


def played(one: SocialTraining, share: float = 0.0) -> list[list[Batch]]:
    """What each group went through, a Batch for each worker."""
    rows = [collect_together(row, share) for row in one.rows]
    return [list(batches) for batches in zip(*rows, strict=True)]


def circle(agents: int = 2, **choices) -> Scenario:
    """A small routine_cycle."""
    return make_scenario(
        "routine_cycle", **{"agents": agents, "side": 5, "chores": 3, "steps": EPISODE, **choices}
    )


def orchard(agents: int = 2, **choices) -> Scenario:
    """A small berry_bush where one can call: whoever acts does one of four things, and calls are four, too."""
    usual = {"agents": agents, "side": 5, "view": 7, "beam": False, "calls": 4, "steps": EPISODE}
    return make_scenario("berry_bush", **{**usual, **choices})


def mind(scenario: Scenario, methods: Sequence[Method] = (), forbidden: int | None = None) -> ActorCritic:
    """A small mind for a scenario, with the heads of methods."""
    torch.manual_seed(0)
    config = NetworkConfig(
        view=scenario.view, hidden=32, encoder="plain", map=False, agents=len(scenario.agents),
        message_tokens=scenario.message_tokens, calls=scenario.calls,
        forbidden=scenario.forbidden if forbidden is None else forbidden,
    )  # fmt: skip
    network = ActorCritic(config)
    add_heads(network, methods)
    return network


def pupil(
    scenario: Scenario, methods: Sequence[Method] = (), forbidden: int | None = None, worlds: int = WORLDS,
    steps: int = STEPS, rate: float = 1e-2, epochs: int = 1, levels: int = 16, **options,
) -> tuple[RolloutWorker, Learner]:  # fmt: skip
    """A worker and a learner of a mind of its own."""
    network = mind(scenario, methods, forbidden)
    sim = Simulator(scenario, worlds, levels=levels, seed=0)
    learner = Learner(network, 1, LearnerConfig(learning_rate=rate, minibatches=1, epochs=epochs))
    return RolloutWorker(sim, network, methods=methods, steps=steps, **options), learner


def only(name: str) -> list[Method]:
    """One method of ours."""
    return make_methods([name])


def paid(batch: Batch, reward: Tensor) -> Batch:
    """The same with another reward."""
    return batch._replace(transition=batch.transition._replace(reward=reward))


class Doing:
    """A policy that always does one thing."""

    def __init__(self, act: int) -> None:
        self.act_ = act

    def start(self, sim, agents):
        return None

    def act(self, sim, agents, memory):
        import numpy as np

        return np.full((sim.worlds, len(agents)), self.act_, np.int64), memory


class Heeding:
    """A policy whose act has the number of the call that it hears of another agent."""

    def __init__(self, whom: int) -> None:
        self.whom = whom

    def start(self, sim, agents):
        return None

    def act(self, sim, agents, memory):
        heard = sim.observation.heard[:, agents, self.whom, 0].astype("int64")
        return (heard - 1).clip(0), memory


class Copying:
    """A policy that does what another agent did last."""

    def __init__(self, whom: int) -> None:
        self.whom = whom

    def start(self, sim, agents):
        return None

    def act(self, sim, agents, memory):
        return sim.state.last_act[:, [self.whom] * len(agents)].astype("int64"), memory


def nothing_is_learned_of_one_nan(influence: str, scenario: Scenario, where: str) -> None:
    """With one NaN in the head of this way of influence, or in a label, an update is refused and changes nothing."""
    methods = [*only(influence), ppo(PPOConfig(), ValueScale())]
    worker, learner = pupil(scenario, methods)
    methods[0].prepare([worker.collect()], learner)
    if where == "head":
        with torch.no_grad():
            worker.network.head_of("influence")["others"][2].bias[0] = float("nan")
    batch = worker.collect(1.0)
    if where != "head":
        broken = batch.label(where).clone()
        broken[3, 1, 0] = float("nan")
        batch = batch.labelled(**{where: broken})
    before = {name: p.clone() for name, p in worker.network.named_parameters()}
    with pytest.raises(NotFinite):
        learn(learner, [batch], methods, 1.0)
    for name, p in worker.network.named_parameters():
        assert torch.equal(p.nan_to_num(), before[name].nan_to_num()), name
