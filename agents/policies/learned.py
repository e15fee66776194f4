"""How does a network act? A Policy around an ActorCritic: it perceives, thinks and draws an act, and what it says.

Axes: W worlds, K agents it plays.
"""

import hashlib

import numpy as np
import torch
from torch import Tensor

from agents.network.actor_critic import ActorCritic
from agents.policies.perception import ChangeWords, LearnedMemory, check_mappable, perceive, shares_of, think
from agents.types import Played
from worlds.state import beginners

TEMPERATURE = 0.5  # at which networks play, see docs/results/training.md


class Learned:
    """A Policy that an ActorCritic plays.

    Args:
        network: what it plays by.
        temperature: of the draws of acts: 1 as it was trained, 0 the likeliest act. Whoever always does the likeliest
            thing goes round in circles where it is lost; a little chance leads out of them.
        seed: of the draws.
        change_words: what it reads instead of tokens uint16[n, 64], to see what it needs of them.
    """

    def __init__(
        self,
        network: ActorCritic,
        temperature: float = TEMPERATURE,
        seed: int = 0,
        change_words: ChangeWords | None = None,
    ) -> None:
        self.network, self.change_words = network, change_words
        self.device = next(network.parameters()).device
        self.temperature = temperature
        self.seed = seed
        self.doubts: np.ndarray | None = None  # bool[W, K] is the instruction held to be infeasible?

    def start(self, sim: Played, agents: np.ndarray) -> LearnedMemory:
        """Nothing remembered.

        Raises:
            ValueError: these worlds show another view than this network was made for.
        """
        config = self.network.config
        if sim.sizes.view != config.view or sim.sizes.message != config.message_tokens:
            raise ValueError(
                f"these worlds have views of {sim.sizes.view} cells and {sim.sizes.message} message tokens, this mind "
                f"was made for {config.view} and {config.message_tokens}: choose view={config.view} "
                f"message_tokens={config.message_tokens}"
            )
        if self.network.has_map:
            check_mappable(sim)
        return LearnedMemory.empty(self.network, sim, len(agents))

    @torch.inference_mode()
    def reliance(self, memory: LearnedMemory) -> tuple[float, ...]:
        """How far the first column goes its own way and relies on each agent, as shares; nothing without a gate."""
        if not self.network.config.gate:
            return ()
        return tuple(self.network.reliance(memory.hidden[0]).tolist())

    @torch.inference_mode()
    def shares(self, memory: LearnedMemory) -> np.ndarray:
        """What share of its attention each reader of the first column gave to each word and to nothing, [R, L + 1]."""
        return shares_of(self.network, memory.columns(np.array([0])), self.change_words)[0].cpu().numpy()

    @torch.inference_mode()
    def judged(self, memory: LearnedMemory) -> tuple[np.ndarray, float]:
        """How likely the first column held each act when it was asked last, float[8], and what it expected to earn."""
        logits, value = self.network.decide(memory.hidden[:1])
        likely = (
            (logits[0] / self.temperature).softmax(-1) if self.temperature else logits[0] == logits[0].max()
        )
        return likely.double().cpu().numpy(), float(value[0])

    @torch.inference_mode()
    def act(self, sim: Played, agents: np.ndarray, memory: LearnedMemory) -> tuple[np.ndarray, LearnedMemory]:
        """Acts int64[W, K], and calls written to the state; memory is wiped where an episode begins, or an agent comes
        into one."""
        keep_WK = ~beginners(sim.state)[:, agents]
        perceived = perceive(
            self.network, sim.observation, agents, keep_WK, memory, change_words=self.change_words
        )
        hidden = think(self.network, perceived, memory)
        logits, _ = self.network.decide(hidden)
        chance, shape = self._chance(agents, memory.draws), (sim.worlds, len(agents))
        acts = pick(logits / (self.temperature or 1.0), chance)
        calls = self.network.call(hidden)
        if calls is not None:
            call = pick(calls / (self.temperature or 1.0), chance)
            sim.state.message[:, agents, 0] = call.cpu().numpy().reshape(shape) + 1
        memory.draws += 1
        self.doubts = (self.network.can_be_done(hidden)[:, 0] < 0).cpu().numpy().reshape(shape)
        return acts.cpu().numpy().reshape(shape), memory

    def _chance(self, agents: np.ndarray, number: int) -> torch.Generator | None:
        """The source of one draw: a function of seed, agents and number, so that memory holds all chance there is."""
        if self.temperature == 0:
            return None
        digest = hashlib.blake2b(f"{self.seed}/{agents.tolist()}/{number}".encode(), digest_size=8).digest()
        return torch.Generator(self.device).manual_seed(int.from_bytes(digest) >> 1)


def pick(logits: Tensor, generator: torch.Generator | None) -> Tensor:
    """Acts int64 [...]: drawn in proportion to exp(logits), or the likeliest without a generator."""
    if generator is None:
        return logits.argmax(-1)
    chance = torch.rand(logits.shape, generator=generator, device=logits.device)
    waiting = -torch.log(
        chance.clamp_(min=1e-20)
    )  # exponential: the first of races at rates exp(logits) wins
    return (logits - torch.log(waiting.clamp_(min=1e-20))).argmax(-1)
