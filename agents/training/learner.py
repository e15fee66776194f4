"""How does a network change? One step of an optimiser after another, on gradients that workers compute side by side.

Each worker's thread takes its part of a minibatch through the network and back; the gradients are summed in the order
of workers, and over processes where there are several. So the same workers give the same bits on any number of cores.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numba
import numpy as np
import torch
from torch import Tensor, nn

from agents.batch import Batch
from agents.network.actor_critic import ActorCritic
from agents.training.processes import processes, summed


class Answers(NamedTuple):
    """What a network says to a Batch, [T, W, K, ...] each. Network and reading are of its make."""

    network: Any
    reading: Any
    hidden: Tensor
    logits: Tensor
    value: Tensor
    calls: Tensor | None = None  # logits of what is said; None of who says nothing


Gradients = tuple[list[Tensor | None], dict[str, Tensor]]  # of each parameter that is used; figures to log
Loss = Callable[[Batch, Answers], tuple[Tensor, dict[str, Tensor]]]  # a scalar, and figures to log


@dataclass(frozen=True)
class LearnerConfig:
    """How steps are taken.

    minibatches: parts of a batch; epochs: how often each is gone through. The learning rate rises evenly from 0 over
    `warmup`, a share of the run, then falls along a cosine to its last value. `weight_decay` is of matrices alone.
    """

    learning_rate: float = 3e-3
    last_learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.98)
    gradient_norm: float = 1.0
    minibatches: int = 8
    epochs: int = 1
    seed: int = 0
    warmup: float = 0.0
    weight_decay: float = 0.0

    def rate_at(self, share: float) -> float:
        """The learning rate when this share of the run is done."""
        if share < self.warmup:
            return self.learning_rate * share / self.warmup
        share = (share - self.warmup) / (1 - self.warmup) if self.warmup < 1 else 1.0
        fall = self.learning_rate - self.last_learning_rate
        return self.last_learning_rate + fall * 0.5 * (1 + math.cos(math.pi * min(max(share, 0), 1)))


class NotFinite(RuntimeError):
    """A loss or a gradient is NaN or infinite. `batches` are the parts at fault; the network is as it was before."""

    def __init__(self, message: str, batches: Sequence[Any]) -> None:
        super().__init__(message)
        self.batches = list(batches)


class Learner:
    """A network, its optimiser and the threads of its workers.

    Args:
        network: what changes.
        workers: batches that come at a time.
        config: how steps are taken.
        answer: takes a Batch through the network, if it is of another make than ActorCritic.
    """

    def __init__(
        self,
        network: nn.Module,
        workers: int,
        config: LearnerConfig,
        answer: "Callable[[Any, Batch], Answers] | None" = None,
    ) -> None:
        self.network, self.config, self.workers = network, config, workers
        self.answer: Callable[[Any, Batch], Answers] = answer or answers_to
        self.device = next(network.parameters()).device
        self.parameters = [p for p in network.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            groups(self.parameters, config.weight_decay), config.learning_rate, betas=config.betas, fused=True
        )
        self.generator = torch.Generator().manual_seed(config.seed)
        self.pool = ThreadPoolExecutor(workers, initializer=_use_one_core)

    def each(self, work: Callable[..., object], *parts: Sequence) -> list:
        """`work` of the parts of each worker, side by side; results in the order of workers."""
        return list(self.pool.map(work, *parts))

    def update(
        self,
        batches: Sequence[Batch],
        losses: Sequence[Loss],
        share: float = 0.0,
        stop: tuple[str, float] | None = None,
    ) -> dict[str, float]:
        """Go through the batches of all workers, one step for each minibatch; returns the mean of what losses log.

        Args:
            batches: one for each worker.
            losses: their sum is descended.
            share: how much of the run is done, for the learning rate.
            stop: a figure that losses log, and the limit beyond which no further step is taken.

        Raises:
            NotFinite: and nothing is changed by the step at fault.
        """
        self._set_rate(share)
        logs: list[dict[str, Tensor]] = []
        for parts in (parts for _ in range(self.config.epochs) for parts in self._minibatches(batches)):
            results = self.each(lambda part: self._of_batch(part, losses), parts)
            logs += [log for _, log in results]
            if stop and self._mean(stop[0], results) > stop[1]:
                break
            self._step(results, parts)
        names = logs[0].keys()
        return {name: float(torch.stack([log[name] for log in logs]).mean()) for name in names}

    def study(
        self,
        parts: Sequence[Any],
        loss: "Callable[[Any, Any], tuple[Tensor, dict[str, Tensor]]]",
        share: float = 0.0,
    ) -> dict[str, float]:
        """One step on what is not a Batch, a part for each worker; only what the loss of (network, part) uses changes.

        Raises:
            NotFinite: and nothing is changed.
        """
        self._set_rate(share)
        results = self.each(lambda part: self._gradients(*loss(self.network, part)), parts)
        self._step(results, parts)
        names = results[0][1].keys()
        return {name: float(torch.stack([log[name] for _, log in results]).mean()) for name in names}

    def save(self) -> dict[str, np.ndarray]:
        """What the optimiser and the order of minibatches need to go on."""
        arrays = {"generator": self.generator.get_state().numpy()}
        for i, parameter in enumerate(self.parameters):
            for name, tensor in self.optimizer.state.get(parameter, {}).items():
                arrays[f"{i}/{name}"] = tensor.cpu().numpy()
        return arrays

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from what `save` returned."""
        self.generator.set_state(torch.from_numpy(arrays["generator"].copy()))
        for name, array in arrays.items():
            number, slash, part = name.partition("/")
            if slash:
                parameter = self.parameters[int(number)]
                self.optimizer.state[parameter][part] = torch.from_numpy(array.copy()).to(parameter.device)

    def _set_rate(self, share: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.rate_at(share)

    def _mean(self, name: str, results: "Sequence[Gradients]") -> float:
        """A logged figure over workers, and over processes, so that all of them stop together."""
        figure = torch.stack([log[name] for _, log in results]).mean()
        return float(summed(figure)) / processes()

    def _minibatches(self, batches: Sequence[Batch]) -> Iterator[list[Batch]]:
        """Whole worlds: what agents of one world have to do with each other stays together."""
        orders = [torch.randperm(len(batch.hidden), generator=self.generator) for batch in batches]
        for i in range(self.config.minibatches):
            chosen = [order.tensor_split(self.config.minibatches)[i] for order in orders]
            yield self.each(lambda batch, worlds: batch.of_worlds(worlds), batches, chosen)

    def _of_batch(self, batch: Batch, losses: Sequence[Loss]) -> "Gradients":
        batch = batch.to(self.device)
        answers: Answers = self.answer(self.network, batch)
        total, log = torch.zeros((), device=self.device), {}
        for loss in losses:
            term, figures = loss(batch, answers)
            total = total + term
            log |= figures
        return self._gradients(total, log | {"loss": total.detach()})

    def _gradients(self, loss: Tensor, log: dict[str, Tensor]) -> "Gradients":
        return list(torch.autograd.grad(loss, self.parameters, allow_unused=True)), log

    def _step(self, results: "list[Gradients]", parts: Sequence[Any]) -> None:
        """Descend the mean of workers and processes; what none of them uses stays as it is."""
        used = [p for p, g in zip(self.parameters, results[0][0], strict=True) if g is not None]
        given = [[g for g in gradients if g is not None] for gradients, _ in results]
        total = [torch.stack(workers).sum(0) for workers in zip(*given, strict=True)]
        workers = len(results) * processes()
        if processes() > 1:
            flat = summed(torch.cat([g.flatten() for g in total]))
            sizes = [g.numel() for g in total]
            total = [part.view_as(g) for g, part in zip(total, flat.split(sizes), strict=True)]
        norm = torch.stack([g.norm() for g in total]).norm() / workers
        if not torch.isfinite(norm):
            raise NotFinite(f"the gradient is {float(norm)}: nothing was changed", parts)
        scale = 1 / workers * min(1.0, self.config.gradient_norm / (float(norm) + 1e-6))
        for parameter, gradient in zip(used, total, strict=True):
            parameter.grad = gradient.mul_(scale)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


def groups(parameters: Sequence[nn.Parameter], weight_decay: float) -> list[dict[str, Any]]:
    """Parameters as AdamW takes them (Loshchilov and Hutter 2019, arXiv 1711.05101): of matrices alone some decays."""
    if not weight_decay:
        return [{"params": list(parameters), "weight_decay": 0.0}]
    matrices = [p for p in parameters if p.ndim > 1]
    others = [p for p in parameters if p.ndim <= 1]
    decays = ((matrices, weight_decay), (others, 0.0))
    return [{"params": some, "weight_decay": decay} for some, decay in decays if some]


def _use_one_core() -> None:
    """Threads of a pool are the parallelism: each has counts of its own, and would else wait for others by spinning."""
    torch.set_num_threads(1)
    numba.set_num_threads(1)


def answers_to(network: ActorCritic, batch: Batch) -> Answers:
    """Take a Batch through a network."""
    reading = network.read(batch.contexts.tokens, batch.contexts.begun)
    hidden = network.think(batch.percept, reading, batch.hidden)
    return Answers(network, reading, hidden, *network.decide(hidden), network.call(hidden))
