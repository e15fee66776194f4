"""With whom does a student play? Who plays the last agent is a part of the level, drawn and edited like the rest.

A row of such a level has one more word, the number of a partner. `Partners` is the Policy that plays them all: in each
world whoever the level there says.
"""

import copy
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from adversarial_design.designer import Arrays, Facts, LevelKind, Rows
from adversarial_design.kinds import Grid, bank_from, facts_of
from agents.network.actor_critic import ActorCritic
from agents.policies.learned import Learned
from agents.policies.pool import act_as
from agents.training.checkpoint import check_alike
from agents.types import Memory, Policy
from worlds.checks import count
from worlds.simulator import Simulator
from worlds.typed import counted

EARLIER = "earlier"  # the name of a partner: the student as it was a while ago
_HEAD = "with "


def with_partners(grid: Grid, names: Sequence[str]) -> Grid:
    """Levels of a grid, each with one of these partners.

    Raises:
        ValueError: nobody is named, or there is no second agent.
    """
    if not names or grid.sizes.agents < 2:
        raise ValueError(
            f"{count(len(names), 'partner')} for {count(grid.sizes.agents, 'agent')}: "
            "name one and have two agents at least"
        )
    kind = grid.kind

    def joined(rows: Rows, who: np.ndarray) -> Rows:
        return np.concatenate([rows, who[:, None].astype(rows.dtype)], 1)

    def draw(n: int, rng: np.random.Generator) -> Rows:
        return joined(kind.draw(n, rng), rng.integers(len(names), size=n))

    def edit(levels: Rows, rng: np.random.Generator, times: int) -> tuple[Rows, list[str]]:
        """As the kind does; in a quarter of all levels another partner comes, too."""
        rows, words = kind.edit(levels[:, :-1], rng, times)
        changes = rng.random(len(levels)) < 0.25
        who = np.where(changes, rng.integers(len(names), size=len(levels)), levels[:, -1]).astype(np.int64)
        said = [f"{word}, {_HEAD}{names[who[i]]}" if changes[i] else word for i, word in enumerate(words)]
        return joined(rows, who), said

    def write(levels: Rows) -> list[str]:
        texts = kind.write(levels[:, :-1])
        return [f"{_HEAD}{who}\n{text}" for who, text in zip(who_plays(levels), texts, strict=True)]

    def read(texts: Sequence[str]) -> Rows:
        parts = [text.partition("\n") for text in texts]
        who = np.array([names.index(head.removeprefix(_HEAD)) for head, _, _ in parts])
        return joined(kind.read([tail for _, _, tail in parts]), who)

    def facts(levels: Rows) -> Facts:
        """Of the tasks of those who learn: what is asked of the partner is company."""
        return facts_of(bank_from(levels[:, :-1], grid.sizes), grid.scenario, grid.sizes.agents - 1)

    def who_plays(levels: Rows) -> list[str]:
        return [names[int(who)] for who in levels[:, -1]]

    def hashes(levels: Rows) -> list[str]:
        pairs = zip(kind.ids(levels[:, :-1]), who_plays(levels), strict=True)
        return [hashlib.sha256(f"{name} {who}".encode()).hexdigest()[:12] for name, who in pairs]

    def check(levels: Rows) -> None:
        kind.check(levels[:, :-1])
        if len(levels) and int(levels[:, -1].max()) >= len(names):
            raise ValueError(f"a level has partner {int(levels[:, -1].max())}, there are {len(names)}")

    whole = LevelKind(f"{kind.name}-with-partners", draw, edit, write, read, facts, hashes, who_plays, check)
    return replace(grid, kind=whole, partners=tuple(names))


class Partners:
    """A Policy that is somebody else in each world: whom the level there names.

    Args:
        policies: by name; for EARLIER, None: it is the student itself, as it was `every` updates ago or less.
        every: updates of the student after which its earlier self is renewed.
    """

    def __init__(self, policies: Mapping[str, Policy | None], every: int = 100) -> None:
        self.policies, self.every = dict(policies), every
        self.of_level = np.zeros(0, np.int64)  # number of the partner, by row of the bank
        self.network: ActorCritic | None = None
        self.renewed = 0

    def prepare(self, of_level: np.ndarray, network: ActorCritic, updates: int) -> None:
        """These are the partners of the levels that come next, and this is the student by now."""
        self.of_level = of_level.astype(np.int64)
        if EARLIER in self.policies and (self.network is None or updates - self.renewed >= self.every):
            self._become(network, updates)

    def _become(self, network: ActorCritic, updates: int) -> None:
        self.network, self.renewed = copy.deepcopy(network), updates
        self.policies[EARLIER] = Learned(self.network, temperature=0)  # without chance of its own to save

    def start(self, sim: Simulator, agents: np.ndarray) -> Memory:
        """What each of them remembers."""
        return [policy.start(sim, agents) if policy else None for policy in self.policies.values()]

    def act(self, sim: Simulator, agents: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Acts int64[W, K] of the partner of each world; all of those who play keep track of all worlds."""
        who = self.of_level[sim.state.level]
        playing = [policy if (who == i).any() else None for i, policy in enumerate(self.policies.values())]
        return act_as(playing, who, sim, agents, memory)

    def save(self) -> tuple[Arrays, dict[str, Any]]:
        """The earlier self."""
        state = self.network.state_dict() if self.network is not None else {}
        return {name: tensor.numpy().copy() for name, tensor in state.items()}, {"renewed": self.renewed}

    def restore(
        self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any], network: ActorCritic
    ) -> None:
        """Go on from what `save` returned; `network` has the shape of the student's."""
        import torch

        renewed = counted(facts.get("renewed"), "partners: renewed")
        if arrays:
            check_alike(arrays, {k: v.numpy() for k, v in network.state_dict().items()}, "partners")
            self._become(network, renewed)
            assert self.network is not None
            self.network.load_state_dict(
                {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
            )
