"""What is a clip? What one agent perceived in an episode, from its beginning to some step, as a mind's trunk reads it.

Clips begin where episodes do: memory is empty there whoever reads them, and whether a door that stands open was opened
by this agent is seen in what came before. A clip of t steps is judged by frame t, which shows what its last act did.

Axes: F frames of an episode, one before each step and one after the last; T frames, B episodes; S contexts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from agents.batch import Contexts, Percept
from agents.network.actor_critic import ActorCritic
from agents.policies.perception import LearnedMemory, Perceived, perceive
from social_rl.human_feedback.preferences.comparison import Item
from social_rl.human_feedback.tuning.gathering import TOLD
from worlds.events import Acts
from worlds.replay import Replay, ReplayError, resimulate
from worlds.replay_files import load
from worlds.simulator import Simulator
from worlds.state import beginners


@dataclass(frozen=True, eq=False)
class Seen:
    """What one agent perceived in its episode."""

    percept: Percept  # [F, 1, ...]
    contexts: Contexts

    @property
    def steps(self) -> int:
        """Of the episode."""
        return len(self.percept.keep) - 1


@dataclass(frozen=True)
class Clip:
    """The first `end` steps of an episode."""

    seen: Seen
    end: int

    def __len__(self) -> int:
        return self.end


def reader(folder: Path, network: ActorCritic) -> Callable[[Item], Clip]:
    """Reads the clip of an item of a store in this folder, the whole episode; each replay is played again once.

    Args:
        folder: of the store.
        network: for whom it is perceived; all minds of one make perceive the same.
    """

    @cache
    def agents_of(path: str) -> dict[str, Seen]:
        return seen_in(load(folder / path), network)

    def clip_of(item: Item) -> Clip:
        if not item.replay:
            raise ValueError(
                f"{folder}: an item of {item.policy} has no replay: gather with social-rl rlhf clips"
            )
        name = item.prompt.partition(TOLD)[0]
        agents = agents_of(item.replay)
        if name not in agents:
            raise ValueError(
                f"{folder / item.replay} has no agent {name[:40]!r}, whom the prompt of its item names"
            )
        return Clip(agents[name], agents[name].steps)

    return clip_of


def seen_in(replay: Replay, network: ActorCritic) -> dict[str, Seen]:
    """What each agent perceived in an episode that is played again, up to its own end, by name.

    Raises:
        ReplayError: it goes otherwise than it went, or shows another view than this mind reads.
    """
    sim, config = resimulate(replay, steps=0), network.config
    if (sim.sizes.view, sim.sizes.message) != (config.view, config.message_tokens):
        raise ReplayError(
            f"the replay shows {sim.sizes.view} cells and {sim.sizes.message} message tokens, the mind reads "
            f"{config.view} and {config.message_tokens}: gather clips with this mind"
        )
    agents, frames = np.arange(sim.agents), list[Perceived]()
    steps, memory = np.zeros(sim.agents, np.int64), LearnedMemory.empty(network, sim, sim.agents)
    with torch.inference_mode():
        for _ in _moments(sim, replay):
            keep_WK = ~beginners(sim.state) if frames else np.zeros((1, sim.agents))
            seen = perceive(network, sim.observation, agents, keep_WK, memory)  # views of the worlds
            frames.append(seen._replace(view=seen.view.copy(), own=seen.own.copy(), heard=seen.heard.copy()))
            steps += sim.state.active[0] > 0 if len(frames) > 1 else 0
    return {name: _of_agent(frames[: steps[a] + 1], a) for a, name in enumerate(sim.names())}


def batched(seen: Sequence[Seen]) -> tuple[Percept, Contexts]:
    """Episodes side by side, [T, B, ...]; beyond its end an episode shows nothing."""
    counts = np.cumsum([0, *(len(one.contexts.begun) for one in seen)])[:-1]
    shifted = [
        one.percept._replace(context=one.percept.context + int(first))
        for one, first in zip(seen, counts, strict=True)
    ]
    percept = Percept(*(pad_sequence([part[:, 0] for part in parts]) for parts in zip(*shifted, strict=True)))
    tokens = pad_sequence([row for one in seen for row in one.contexts.tokens], batch_first=True)
    return percept, Contexts(tokens, torch.cat([one.contexts.begun for one in seen]))


def _moments(sim: Simulator, replay: Replay) -> Iterator[None]:
    """The world before each step, and after the last."""
    for event, *_ in replay.entries:
        if isinstance(event, Acts):
            yield
            sim.step(np.array([event.acts]))
        else:
            sim.apply(0, event)
    yield


def _of_agent(frames: Sequence[Perceived], a: int) -> Seen:
    """The column of an agent, whose contexts are numbered anew."""
    words, begun, context = [], [], []
    for seen in frames:
        for row in np.flatnonzero(seen.read == a):
            words.append(seen.words[row].clone())
            begun.append(torch.from_numpy(seen.own[a].copy()))
        context.append(len(words) - 1)
    parts = {
        name: torch.from_numpy(np.stack([getattr(seen, name)[a] for seen in frames]))[:, None]
        for name in ("view", "own", "heard", "keep", "landmarks")
    }
    column = torch.tensor(context, dtype=torch.int32)[:, None]
    tokens = pad_sequence(words, batch_first=True)
    return Seen(Percept(**parts, context=column), Contexts(tokens, torch.stack(begun)))
