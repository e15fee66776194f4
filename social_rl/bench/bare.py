"""What does a bare loop of recurrent PPO reach on the same worlds? What `bench train` is measured beside.

    baseline             plain torch, as one writes it at first: tables, a linear layer, a cell that torch steps through
    trial                the same network by our kernels, on a lane for each thread: embedding, GRU of 128
    trial_feedforward    that one without memory

All go once through four minibatches. What agents were told is one row of a table for each level and agent, so nothing
is read; there is no judge of values, no teacher, and what an agent goes through after its own end counts as well.

Axes: T time, B columns (one agent of one world), C cells of a view, H hidden units.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

import numba
import numpy as np
import torch
from torch import Tensor, nn

from agents.network.kernels.fused import PLAIN_FEATURES
from agents.network.layers import linear
from worlds.simulator import Simulator
from worlds.state import ACTS

HIDDEN, MINIBATCHES, RATE, NORM = 128, 4, 3e-4, 0.5
GAMMA, LAMBDA, CLIP, VALUE, ENTROPY = 0.99, 0.95, 0.2, 0.5, 0.01

Look = Callable[[Tensor, Tensor, torch.dtype], Tensor]  # views uint8 [T, B, 3, C] to features [T, B, C, E]


class TorchGRU(nn.Module):
    """A cell that plain torch steps through time."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.cell = nn.GRUCell(size, size)

    def forward(self, x: Tensor, h0: Tensor, keep: Tensor) -> Tensor:
        """Memory [T, B, H] after each step; it is wiped before steps where keep [T, B] is 0."""
        hidden, h = [], h0
        for t in range(len(x)):
            h = self.cell(x[t], h * keep[t, :, None])
            hidden.append(h)
        return torch.stack(hidden)


class BareNetwork(nn.Module):
    """Embedded cells and a row for what was told, a linear layer, memory, heads."""

    def __init__(self, cells: int, missions: int, look: Look, memory: nn.Module, kind: torch.dtype) -> None:
        super().__init__()
        self.looks = nn.Parameter(torch.randn(3, 256, PLAIN_FEATURES) * 0.3)
        self.flatten = nn.Linear(cells * PLAIN_FEATURES, HIDDEN)
        self.told = nn.Embedding(missions, HIDDEN)
        self.look, self.memory, self.kind = look, memory, kind
        self.head = nn.Linear(HIDDEN, len(ACTS) + 1)

    def forward(self, view: Tensor, told: Tensor, keep: Tensor, h0: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits [T, B, acts], values [T, B] and memory [T, B, H]."""
        seen = linear(self.look(view, self.looks, self.kind).flatten(2), self.flatten)
        hidden = self.memory(torch.relu(seen + self.told(told).to(self.kind)), h0, keep)
        out = self.head(hidden)
        return out[..., :-1], out[..., -1], hidden


class Experience(NamedTuple):
    """What a lane went through."""

    view: Tensor  # uint8[T, B, 3, C]
    told: Tensor  # int64[T, B]
    keep: Tensor  # float[T, B]
    act: Tensor  # int64[T, B]
    log_prob: Tensor  # float[T, B]
    advantage: Tensor  # float[T, B]
    returns: Tensor  # float[T, B]

    def of_columns(self, chosen: Tensor) -> "Experience":
        """Some columns over all of time."""
        return Experience(*(part[:, chosen] for part in self))


@dataclass
class Lane:
    """Worlds that one thread plays, and what is remembered there."""

    sim: Simulator
    seed: int
    hidden: Tensor = field(init=False)
    keep: Tensor = field(init=False)

    def __post_init__(self) -> None:
        columns = self.sim.worlds * self.sim.agents
        self.hidden, self.keep = torch.zeros(columns, HIDDEN), torch.zeros(columns)
        self.generator = torch.Generator().manual_seed(self.seed)

    def told(self) -> Tensor:
        """The row of what each column was told, int64[B]."""
        agents = self.sim.agents
        return torch.from_numpy(
            (self.sim.state.level[:, None] * agents + np.arange(agents)).reshape(-1)
        ).long()

    def seen(self) -> tuple[Tensor, Tensor, Tensor]:
        """What all columns see, were told and keep, for one step."""
        view = torch.from_numpy(self.sim.observation.view.copy())
        return view.view(1, len(self.keep), 3, -1), self.told()[None], self.keep[None]

    @torch.no_grad()
    def play(self, network: BareNetwork, steps: int) -> tuple[Experience, Tensor]:
        """Play on; also returns the memory before the first step."""
        state, start = self.sim.state, self.hidden
        shape, agents = state.action.shape, self.sim.agents
        percepts, acts, logs, values, rewards, ends = [], [], [], [], [], []
        for _ in range(steps):
            percept = self.seen()
            logits, value, hidden = network(*percept, self.hidden)
            self.hidden = hidden[0]
            log = logits[0].log_softmax(-1)
            act = torch.multinomial(log.exp(), 1, generator=self.generator)
            state.action[...] = act.view(shape).numpy()
            self.sim.advance()
            self.keep = 1 - torch.from_numpy(np.repeat(state.over, agents)).float()
            percepts.append(percept)
            acts.append(act[:, 0])
            logs.append(log.gather(-1, act)[:, 0])
            values.append(value[0])
            rewards.append(torch.from_numpy(state.reward.reshape(-1).copy()))
            ends.append(self.keep)
        values.append(network(*self.seen(), self.hidden)[1][0])
        advantage, ahead = [], torch.zeros_like(values[0])
        for t in range(steps - 1, -1, -1):
            error = rewards[t] + GAMMA * values[t + 1] * ends[t] - values[t]
            ahead = error + GAMMA * LAMBDA * ends[t] * ahead
            advantage.insert(0, ahead)
        better = torch.stack(advantage)
        view, told, keep = (torch.cat(part) for part in zip(*percepts, strict=True))
        returns = better + torch.stack(values[:-1])
        went = Experience(view, told, keep, torch.stack(acts), torch.stack(logs), better, returns)
        return went, start


def bare_loss(network: BareNetwork, went: Experience, h0: Tensor) -> Tensor:
    """The clipped surrogate, the value error and the entropy bonus."""
    logits, value, _ = network(went.view, went.told, went.keep, h0)
    log = logits.log_softmax(-1)
    ratio = (log.gather(-1, went.act[..., None])[..., 0] - went.log_prob).exp()
    better = (went.advantage - went.advantage.mean()) / (went.advantage.std() + 1e-8)
    surrogate = torch.minimum(ratio * better, ratio.clamp(1 - CLIP, 1 + CLIP) * better)
    entropy = -(log.exp() * log).sum(-1)
    return -surrogate.mean() + VALUE * (value - went.returns).square().mean() - ENTROPY * entropy.mean()


def bare_round(network: BareNetwork, lanes: Sequence[Lane], steps: int, threads: int) -> Callable[[], float]:
    """What plays and learns once and returns the share of the time in which it learned. Each lane has a thread, each
    of which may use so many threads of torch."""
    optimizer = torch.optim.Adam(network.parameters(), RATE, fused=True)
    parameters = list(network.parameters())

    def use_threads() -> None:
        torch.set_num_threads(threads)
        numba.set_num_threads(threads)

    pool = ThreadPoolExecutor(len(lanes), initializer=use_threads)

    def gradients(went: tuple[Experience, Tensor], chosen: Tensor) -> tuple[Tensor, ...]:
        loss = bare_loss(network, went[0].of_columns(chosen), went[1][chosen])
        return torch.autograd.grad(loss, parameters)

    def once() -> float:
        began = time.perf_counter()
        went = list(pool.map(lambda lane: lane.play(network, steps), lanes))
        middle = time.perf_counter()
        orders = [
            torch.randperm(len(lane.keep), generator=lane.generator).tensor_split(MINIBATCHES)
            for lane in lanes
        ]
        for parts in zip(*orders, strict=True):
            found = list(pool.map(gradients, went, parts))
            for parameter, *of_lanes in zip(parameters, *found, strict=True):
                parameter.grad = sum(of_lanes[1:], of_lanes[0]) / len(lanes)
            nn.utils.clip_grad_norm_(parameters, NORM)
            optimizer.step()
        end = time.perf_counter()
        return (end - middle) / (end - began)

    return once
