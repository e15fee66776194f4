"""What is a way of learning? What it records, the heads it brings, and its losses: a Method. Several go together.

A method is one function, in one file, that returns a Method; whatever it does not need, it leaves out.

    def heading() -> Method:
        def loss(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]: ...
        return Method(
            "heading",
            heads=lambda network: {"way": nn.Linear(network.width, 4)},
            losses=lambda share: [loss],
        )

Heads are parts of the network (`network.heads[method name][head name]`), so they are in its checkpoints and in the
optimiser; what a method remembers between updates is its `state`, what its recorders remember is their `memory`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from torch import Tensor, nn

from agents.batch import Batch, Labels
from agents.policies.perception import Perceived
from agents.training.learner import Learner, Loss
from worlds.typed import typed_fields

if TYPE_CHECKING:
    from agents.training.rollout import RolloutWorker

Stops = Callable[[], bool]  # is it time to stop?


@dataclass
class Frame:
    """One step of a worker's worlds, in columns B = W * K, as recorders see it.

    What was perceived may lie in the simulator's own arrays: once acts are done, it is the next step's.
    """

    perceived: Perceived
    hidden: Tensor  # float[B, H]
    logits: Tensor  # float[B, acts]
    value: Tensor  # float[B]
    act: np.ndarray  # int64[B] what is about to be done; a recorder may choose otherwise
    forced: np.ndarray  # bool[B] it was chosen by a recorder
    calls: Tensor | None = None  # float[B, calls] logits of what is said; None of who says nothing
    call: np.ndarray | None = None  # int64[B] which call is about to be made


class Recorder(Protocol):
    """Records, for one worker, what a method needs beside percepts and transitions."""

    memory: Any  # what it remembers from batch to batch, see memories.py

    def begin(self, share: float) -> None:
        """A batch begins; `share` of the run is done."""
        ...

    def before(self, t: int, frame: Frame) -> None:
        """Acts are chosen and not yet done."""
        ...

    def after(self, t: int, frame: Frame) -> None:
        """Acts are done; the worker's `sim` shows what came of them."""
        ...

    def labels(self) -> Labels:
        """What was recorded, by columns: [T, B, ...] and [S, ...]. The batch is over."""
        ...


class Critic(Protocol):
    """Says what frames are worth, for methods that learn from values (`ppo`)."""

    def layer(self, network: Any) -> nn.Linear:
        """The layer whose last output is the value."""
        ...

    def value(self, network: Any, hidden: Tensor, own: Tensor, there: Tensor) -> Tensor:
        """Values [..., K] of frames; "..." are time and worlds.

        Args:
            hidden: float[..., K, H] memories.
            own: float[..., K] what the network itself says.
            there: bool[..., K] who is in its episode.
        """
        ...


def no_heads(network: Any) -> Mapping[str, nn.Module]:
    """None."""
    return {}


def as_they_are(batches: Sequence[Batch], learner: Learner) -> Sequence[Batch]:
    """Nothing is added."""
    return batches


def no_losses(share: float) -> Sequence[Loss]:
    """None."""
    return ()


def always(share: float) -> bool:
    """All through the run."""
    return True


@dataclass(frozen=True)
class Method:
    """A way of learning.

    name: of its heads, and of what it keeps. heads: by name, for a network of this make. recorder: for a worker, which
    it may ask anything. prepare: adds to the batches of all workers what only all of them together tell. losses: their
    sum is descended; `share` of the run is done. study: what is learned beside play, before each round; returns
    figures, or None if it was to stop and goes on from there the next time. due: only then it records, prepares and
    loses. limit: a figure that its losses log, and beyond which no more steps are taken on the same batches. state: a
    dataclass of plain numbers that it keeps from update to update. critic: by which PPO is to learn beside it.
    """

    name: str
    heads: Callable[[Any], Mapping[str, nn.Module]] = no_heads
    recorder: "Callable[[RolloutWorker], Recorder] | None" = None
    prepare: Callable[[Sequence[Batch], Learner], Sequence[Batch]] = as_they_are
    losses: Callable[[float], Sequence[Loss]] = no_losses
    study: Callable[[Learner, float, Stops], dict[str, float] | None] | None = None
    due: Callable[[float], bool] = always
    limit: tuple[str, float] | None = None
    state: Any = field(default=None)
    critic: Critic | None = None


def learn(
    learner: Learner, batches: Sequence[Batch], methods: Sequence[Method], share: float = 0.0
) -> dict[str, float]:
    """One update by all methods that are due when `share` of the run is done; returns what their losses log.

    Raises:
        NotFinite: a gradient is not finite; the step at fault changed nothing.
    """
    due = [method for method in methods if method.due(share)]
    for method in due:
        batches = method.prepare(batches, learner)
    losses = [loss for method in due for loss in method.losses(share)]
    limit = next((method.limit for method in due if method.limit), None)
    return learner.update(batches, losses, share, stop=limit)


def study(
    learner: Learner, methods: Sequence[Method], share: float = 0.0, stops: Stops = lambda: False
) -> dict[str, float] | None:
    """What methods learn beside play; returns figures, or None if `stops` said so before all was learned."""
    log: dict[str, float] = {}
    for method in methods:
        if method.study is not None and method.due(share):
            figures = method.study(learner, share, stops)
            if figures is None:
                return None
            log |= figures
    return log


def save_methods(methods: Sequence[Method]) -> dict[str, Any]:
    """What methods keep, for JSON, by name."""
    return {method.name: asdict(method.state) for method in methods if method.state is not None}


def restore_methods(methods: Sequence[Method], facts: Mapping[str, Any], where: str = "methods") -> None:
    """Go on from what `save_methods` returned; `where` it stands, for errors.

    Raises:
        ValueError: these are other methods, or of another make.
    """
    mine = {method.name: method.state for method in methods if method.state is not None}
    if mine.keys() != facts.keys():
        raise ValueError(
            f"{where}: this was saved with methods {', '.join(facts) or 'none'} that keep something, here they are "
            f"{', '.join(mine) or 'none'}: go on with the same ones"
        )
    found = {name: typed_fields(type(state), facts[name], f"{where}.{name}") for name, state in mine.items()}
    for name, state in mine.items():
        for one in fields(state):
            setattr(state, one.name, getattr(found[name], one.name))


def add_heads(network: Any, methods: Sequence[Method]) -> None:
    """Give a network the heads of all methods.

    Raises:
        ValueError: two methods have one name.
    """
    names = [method.name for method in methods]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two methods are called {', '.join(twice)}: give one another name")
    for method in methods:
        heads = method.heads(network)
        if heads:
            network.heads[method.name] = nn.ModuleDict(dict(heads))
