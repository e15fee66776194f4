"""Which of these goals was an agent told? Bayes' rule over what it is seen to do, act by act.

    guesser = Guesser(ByCosts())
    guess = guesser.start(sim, agents, goals_WKN)
    while not sim.state.over.all():
        guess = guesser.look(sim, guess)           # before each step, and once after the last one
        sim.step(cast.act())
    guess = guesser.look(sim, guess)
    guess.posterior_WKN

Axes: W worlds, K watched agents, N goals that each may have been told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from agents.guessing.likelihoods import ByCosts, Likelihood, log_softmax
from worlds.expert.costs import keep_up, suppose
from worlds.goal import FIELDS, NO_VERB, ROWS, VERB, encode
from worlds.language.instructions import parse
from worlds.scenario import Scenario
from worlds.simulator import Simulator
from worlds.state import ACTIVE, State


class Guess(NamedTuple):
    """What is held of the watched agents, and what it takes to go on."""

    agents: np.ndarray  # int64[K]
    log_prior_WKN: np.ndarray  # float64
    log_WKN: np.ndarray  # float64 log posterior
    supposed: tuple[State, ...]  # K times W * N worlds
    memories: tuple[Any, ...]  # of the likelihood, K
    log_act_WKNA: (
        np.ndarray | None
    )  # float64 log P(act | goal) in the state that was looked at last; None: none was
    step_W: np.ndarray  # int64 step of that state
    acts_WK: np.ndarray  # bool could the agent act in that state?

    @property
    def posterior_WKN(self) -> np.ndarray:
        """P(goal | all acts that were watched), float64, sums to 1 over N."""
        return np.exp(self.log_WKN)


@dataclass(frozen=True)
class Guesser:
    """Exact inference over a list of goals. It goes by the whole state, and by acts; never by what anybody was told."""

    likelihood: Likelihood = field(default_factory=ByCosts)

    privileged = True

    def start(
        self,
        sim: Simulator,
        agents: Sequence[int] | np.ndarray,
        goals_WKN: np.ndarray,
        prior_WKN: np.ndarray | None = None,
    ) -> Guess:
        """Before the first look: the prior, which is uniform if there is none. It serves one episode of each world.

        Args:
            agents: who is watched, K.
            goals_WKN: uint8[W, K, N, ROWS, FIELDS], encoded; `goals_of` makes them of words.
            prior_WKN: float64[W, K, N], above 0, sums to 1 over N.

        Raises:
            ValueError: no such agent, a shape is wrong, a goal has no clause, the prior is none, or the scenario has
                mechanics of its own, of which the expert knows no costs.
        """
        agents = np.asarray(agents, np.int64)
        _check(sim, agents, goals_WKN)
        shape = goals_WKN.shape[:3]
        prior = np.full(shape, 1 / shape[2]) if prior_WKN is None else np.asarray(prior_WKN, np.float64)
        if prior.shape != shape:
            raise ValueError(
                f"the prior has shape {prior.shape}, the goals {shape}: give one number for each"
            )
        if not ((prior > 0).all() and np.allclose(prior.sum(2), 1)):
            raise ValueError(
                "the prior must be above 0 for each goal and sum to 1 for each agent: leave out what is impossible"
            )
        supposed = tuple(suppose(sim.state, int(a), goals_WKN[:, k]) for k, a in enumerate(agents))
        memories = tuple(map(self.likelihood.start, supposed))
        log_prior = log_softmax(np.log(prior))
        never = np.full(sim.worlds, -1, np.int64), np.zeros(shape[:2], np.bool_)
        return Guess(agents, log_prior, log_prior.copy(), supposed, memories, None, *never)

    def look(self, sim: Simulator, guess: Guess) -> Guess:
        """Take in the present state, and what was done since the last one; nothing, where no time has passed."""
        state = sim.state
        if guess.log_act_WKNA is not None and (state.step == guess.step_W).all():
            return guess
        log_WKN = guess.log_WKN
        if guess.log_act_WKNA is not None:
            log_WKN = learned(guess, state.step == guess.step_W + 1, state.last_act[:, guess.agents])
        begins_W = guess.step_W < 0
        can_act = (state.finished == ACTIVE) & (state.frozen == 0) & ~state.over[:, None]
        acts_WK = can_act[:, guess.agents]
        log_acts, memories = [], []
        for k, a in enumerate(guess.agents.tolist()):
            supposed = guess.supposed[k]
            keep_up(state, a, supposed, begins_W)
            n = supposed.step.shape[0] // sim.worlds
            asked_V = np.repeat(acts_WK[:, k], n)
            found, memory = self.likelihood.log_acts(supposed, a, asked_V, guess.memories[k])
            log_acts.append(found.reshape(sim.worlds, n, -1))
            memories.append(memory)
        return guess._replace(
            log_WKN=log_WKN,
            memories=tuple(memories),
            log_act_WKNA=np.stack(log_acts, 1),
            step_W=state.step.astype(np.int64),
            acts_WK=acts_WK,
        )


def learned(guess: Guess, passed_W: np.ndarray, act_WK: np.ndarray) -> np.ndarray:
    """The log posterior after one more act of each agent that could act, where a step has passed; sums stay 1."""
    assert guess.log_act_WKNA is not None
    log_act_WKN = np.take_along_axis(guess.log_act_WKNA, act_WK[:, :, None, None].astype(np.int64), 3)[..., 0]
    counts_WK = guess.acts_WK & passed_W[:, None]
    return log_softmax(guess.log_WKN + np.where(counts_WK[:, :, None], log_act_WKN, 0.0))


def goals_of(texts: Sequence[str]) -> np.ndarray:
    """Instructions as uint8[N, ROWS, FIELDS].

    Raises:
        InstructionError: one means nothing, or more than one thing.
        ValueError: there are fewer than two.
    """
    if len(texts) < 2:
        raise ValueError(f"{len(texts)} goals to choose from: give two or more")
    return np.stack([encode(parse(text)) for text in texts])


def check_scenario(scenario: Scenario) -> None:
    """Raise a ValueError unless the expert knows what acts cost there."""
    if scenario.mechanics is not None:
        raise ValueError(
            f"scenario {scenario.name} has mechanics of its own, of which the expert knows no costs: "
            "watch agents in one without, such as house"
        )


def _check(sim: Simulator, agents: np.ndarray, goals_WKN: np.ndarray) -> None:
    check_scenario(sim.scenario)
    if agents.ndim != 1 or not len(agents) or agents.min() < 0 or agents.max() >= sim.agents:
        raise ValueError(f"agents are {agents.tolist()}, allowed are some of 0 to {sim.agents - 1}")
    wanted = sim.worlds, len(agents)
    found = goals_WKN.shape
    if len(found) != 5 or found[:2] != wanted or found[2] < 2 or found[3:] != (ROWS, FIELDS):
        raise ValueError(
            f"goals have shape {found}, they need {[*wanted, 'N', ROWS, FIELDS]} with N of 2 or more: "
            "goals for each world and each watched agent"
        )
    if (goals_WKN[..., 0, VERB] == NO_VERB).any():
        w, k, n = np.argwhere(goals_WKN[..., 0, VERB] == NO_VERB)[0]
        raise ValueError(f"world {w}, agent {agents[k]}: goal {n} asks for nothing: leave it out")
