"""Who draws levels to a purpose? A learned adversary: a policy whose world is a drawing board.

It places the goal, the starts and then walls, cell after cell, sees the board, the time and some noise, and is paid
when the last wall stands: what its level scored. Its episodes end there. It learns by the same PPO as everybody else.
Another board has other things to place: see house_board.py.

Axes: T time (steps of a config), n boards, P planes, C cells, Z numbers of noise.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from adversarial_design.designer import Arrays, Rows
from adversarial_design.edits import Boards
from agents.batch import Batch, Contexts, Labels, Percept, Transition
from agents.policies.learned import pick
from agents.training.checkpoint import check_alike, check_learner
from agents.training.learner import Answers, Learner, LearnerConfig
from agents.training.methods import learn
from agents.training.ppo import PPOConfig, ValueScale, ppo
from worlds.checks import count
from worlds.objects import FLOOR, WALL
from worlds.typed import counted, typed_fields

_MOST_STEPS = 256  # the time that an adversary sees is a byte


class Drawn(NamedTuple):
    """Levels, and the acts that drew them."""

    levels: Rows
    batch: Batch


class Drawer(Protocol):
    """Who draws levels, and learns how much they were worth."""

    def draw(self, n: int, rng: np.random.Generator) -> Drawn:
        """Draw n levels."""
        ...

    def learn(self, drawn: Drawn, value: np.ndarray) -> dict[str, float]:
        """Take in what the levels were worth, float[n]; NaN is unknown, and nothing is learned from it."""
        ...

    def save(self) -> tuple[Arrays, dict[str, Any]]:
        """Arrays, and what goes into JSON."""
        ...

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned."""
        ...


def _ppo() -> PPOConfig:
    return PPOConfig(gamma=0.995, lam=0.95, entropy=0.05, last_entropy=0.05, target_kl=0)


def _learner() -> LearnerConfig:
    return LearnerConfig(
        learning_rate=3e-4, last_learning_rate=3e-4, gradient_norm=0.5, minibatches=4, epochs=2
    )


@dataclass(frozen=True)
class BoardConfig:
    """What is drawn, and by whom.

    walls: to place; a cell that is taken stays as it is, so there may be fewer. agents: starts to place. partners: of
    so many one is chosen at the end, as the last word of a level (coplayers.py). noise: Z. hidden: units.
    """

    side: int = 13
    walls: int = 50
    agents: int = 1
    partners: int = 0
    noise: int = 16
    hidden: int = 256
    ppo: PPOConfig = field(default_factory=_ppo)
    learner: LearnerConfig = field(default_factory=_learner)

    def __post_init__(self) -> None:
        if self.steps > _MOST_STEPS:
            raise ValueError(
                f"{self.walls} to place makes {self.steps} acts: allowed are {_MOST_STEPS}, place less"
            )
        if self.agents >= self.side**2:
            raise ValueError(
                f"{count(self.agents, 'agent')} on a board of side {self.side}: it has no cell to spare"
            )

    @property
    def acts(self) -> int:
        """Acts on the board: goal, starts, walls."""
        return 1 + self.agents + self.walls

    @property
    def steps(self) -> int:
        """T, acts of an episode: those on the board, and the choice of a partner."""
        return self.acts + (self.partners > 0)

    @property
    def planes(self) -> int:
        """P: walls, goal, a start for each agent."""
        return 2 + self.agents

    def begin(self, n: int) -> "Drawing":
        """n empty boards."""
        return Board(n, self.side, self.agents)


class Drawing(Protocol):
    """Levels that are being drawn."""

    cells: np.ndarray  # uint8[n, P, C] what stands where

    def place(self, cell: np.ndarray) -> None:
        """Place what is due at cells int[n]."""
        ...

    def boards(self, rng: np.random.Generator) -> Any:
        """What was drawn, as the adversary's `finish` takes it."""
        ...


class Board:
    """Mazes that are being drawn: goal, starts, walls."""

    def __init__(self, n: int, side: int, agents: int = 1) -> None:
        self.side, self.agents, self.step = side, agents, 0
        self.cells = np.zeros((n, 2 + agents, side * side), np.uint8)  # walls, goal, starts

    def place(self, cell: np.ndarray) -> None:
        """Place what is due at cells int[n]. A start goes to the next cell where the goal or another start is."""
        every, taken = np.arange(len(cell)), np.any(self.cells[:, 1:], axis=1)
        if self.step > self.agents:
            self.cells[every, 0, cell] = ~taken[every, cell]
        else:
            self.cells[every, 1 + self.step, next_free(cell, taken)] = 1
        self.step += 1

    def boards(self, rng: np.random.Generator) -> Boards:
        """What was drawn; starts face any way."""
        n = len(self.cells)
        at = self.cells[:, 1:].argmax(2)
        ground = np.where(self.cells[:, 0] > 0, WALL, FLOOR).astype(np.uint8).reshape(n, self.side, self.side)
        spots = (at // self.side << 8 | at % self.side).astype(np.int64)
        return Boards(ground, spots, rng.integers(0, 4, (n, self.agents)))


def next_free(cell: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Cells int[n], each moved on to the next one that is not taken, bool[n, C]."""
    every = np.arange(len(cell))
    while taken[every, cell].any():
        cell = np.where(taken[every, cell], (cell + 1) % taken.shape[1], cell)
    return cell


class Painter(nn.Module):
    """Board, time and noise to a cell and a value."""

    def __init__(self, config: BoardConfig) -> None:
        super().__init__()
        cells, hidden = config.side**2, config.hidden
        self.seen = nn.Linear(config.planes * cells, hidden)
        self.time = nn.Embedding(config.steps, hidden)
        self.noise = nn.Linear(config.noise, hidden, bias=False)
        self.body = nn.Linear(hidden, hidden)
        self.head = nn.Linear(hidden, cells + 1)  # the last output is the value
        nn.init.orthogonal_(self.head.weight, 0.01)
        nn.init.normal_(self.time.weight, 0, 0.1)

    def forward(self, view: Tensor, own: Tensor, heard: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [..., C] and values [...] of boards [..., P, C], time [..., 8] and noise [..., Z], all uint8."""
        seen = self.seen(view.flatten(-2).float()) + self.time(own[..., 0].long())
        x = torch.relu(seen + self.noise(heard.float() / 127.5 - 1))
        out = self.head(torch.relu(self.body(x)))
        return out[..., :-1], out[..., -1]


def _answers(painter: Painter, batch: Batch) -> Answers:
    seen = batch.percept
    logits, value = painter(seen.view, seen.own, seen.heard)
    return Answers(painter, None, logits, logits, value)


class Adversary:
    """A Drawer that learns to draw what is worth most.

    Args:
        config: see BoardConfig.
        finish: what was drawn (of a BoardConfig, Boards) to levels.
        seed: of its parameters.
    """

    def __init__(self, config: BoardConfig, finish: Callable[[Any], Rows], seed: int = 0) -> None:
        self.config, self.finish = config, finish
        torch.manual_seed(seed)
        self.painter, self.scale = Painter(config), ValueScale()
        self.learner = Learner(self.painter, 1, config.learner, _answers)
        self.updates = 0

    @torch.no_grad()
    def draw(self, n: int, rng: np.random.Generator) -> Drawn:
        """Draw n levels, act after act."""
        config, T = self.config, self.config.steps
        chance = torch.Generator().manual_seed(int(rng.integers(2**62)))
        board, noise = config.begin(n), rng.integers(0, 256, (n, config.noise)).astype(np.uint8)
        view = np.empty((T, n, config.planes, config.side**2), np.uint8)
        own, heard = np.zeros((T, n, 8), np.uint8), np.broadcast_to(noise, (T, *noise.shape)).copy()
        own[:, :, 0] = np.arange(T)[:, None]
        act, log_prob, value = torch.empty(T, n, dtype=torch.int64), torch.empty(T, n), torch.zeros(T + 1, n)
        for t in range(T):
            view[t] = board.cells
            logits, value[t] = self.painter(*(torch.from_numpy(part[t]) for part in (view, own, heard)))
            act[t] = pick(logits, chance)
            log_prob[t] = logits.log_softmax(-1).gather(1, act[t, :, None])[:, 0]
            if t < config.acts:
                board.place(act[t].numpy())
        levels = self.finish(board.boards(rng))
        if config.partners:
            partner = act[-1].numpy() % config.partners
            levels = np.concatenate([levels, partner[:, None].astype(levels.dtype)], 1)
        shape = (T, n, 1)  # each board is a world with one agent
        view_, own_, heard_ = (torch.from_numpy(part)[:, :, None] for part in (view, own, heard))
        nothing = torch.zeros(*shape, 0, 4, dtype=torch.uint8)
        context, keep = torch.zeros(shape, dtype=torch.int32), torch.ones(shape)
        percept = Percept(view_, own_, heard_, context, keep, nothing)
        contexts = Contexts(torch.zeros(1, 1, dtype=torch.int64), torch.zeros(1, 8, dtype=torch.uint8))
        zeros, false = torch.zeros(shape), torch.zeros(shape, dtype=torch.bool)
        ended = false.clone()
        ended[-1] = True
        level = torch.arange(n, dtype=torch.int32).repeat(T, 1)
        said = torch.zeros(*shape, 0, dtype=torch.uint8)
        transition = Transition(act[..., None], zeros, ~false, ended, false, ended, false, level, said)
        labels = {"value": value[..., None], "final_value": zeros, "log_prob": log_prob[..., None]}
        hidden, agents = torch.zeros(n, 1, 0), torch.zeros(1, dtype=torch.int64)
        return Drawn(levels, Batch(percept, contexts, hidden, transition, Labels(labels), agents))

    def learn(self, drawn: Drawn, value: np.ndarray) -> dict[str, float]:
        """One update of PPO: each board is paid what it was worth, at its last act."""
        known = ~np.isnan(value)
        if not known.any():
            return {}
        log = learn(self.learner, [paid(drawn.batch, value)], [ppo(self.config.ppo, self.scale)])
        self.updates += 1
        return {f"adversary/{name}": log[name] for name in ("entropy", "kl", "value_error")}

    def save(self) -> tuple[Arrays, dict[str, Any]]:
        """Parameters, moments and value scale."""
        arrays = {f"painter/{k}": v.numpy().copy() for k, v in self.painter.state_dict().items()}
        arrays |= {f"learner/{name}": array for name, array in self.learner.save().items()}
        return arrays, {"scale": asdict(self.scale), "updates": self.updates}

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned."""
        parts = {head: {} for head in ("painter", "learner")}
        for name, array in arrays.items():
            head, _, tail = name.partition("/")
            if head in parts:
                parts[head][tail] = array
        check_alike(
            parts["painter"], {k: v.numpy() for k, v in self.painter.state_dict().items()}, "adversary"
        )
        check_learner(parts["learner"], self.learner, "learner of the adversary")
        self.scale = typed_fields(ValueScale, facts.get("scale"), "scale of the adversary")
        self.updates = counted(facts.get("updates"), "updates of the adversary")
        self.painter.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in parts["painter"].items()})
        self.learner.restore(parts["learner"])


def paid(batch: Batch, value: np.ndarray) -> Batch:
    """A batch whose boards are paid float[n] at their last act; those with NaN do not count."""
    went, known = batch.transition, torch.from_numpy(~np.isnan(value))[:, None]
    reward = torch.zeros_like(went.reward)
    reward[-1, :, 0] = torch.from_numpy(np.nan_to_num(value)).float()
    return batch._replace(transition=went._replace(reward=reward, active=went.active & known))
