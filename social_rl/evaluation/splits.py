"""How well does a mind follow instructions? Success on a split, how, and whether it knows what cannot be done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from agents.language.responding import Responder
from agents.network.actor_critic import ActorCritic
from agents.policies.learned import Learned
from agents.policies.planner import Planner
from agents.policies.simple import Random
from agents.types import Cast, Policy
from social_rl.episodes.playing import Episodes, play_episodes
from social_rl.evaluation.statistics import Estimate, bootstrap_interval, iqm, mean, share_of
from worlds.expert.planning import optima
from worlds.generators.houses import house_bank, split_config
from worlds.generators.infeasible import misplace
from worlds.goal import KIND_, MAX_CLAUSES, NO_VERB, VERB, VERBS
from worlds.objects import CLASS_OF_KIND, ITEM, KEY_KIND, KIND, kind_of_look
from worlds.scenario import Scenario, make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import State

CROSSED = "crossed"
SPLIT_NAMES = ("S0", "S1", "S2", "S4", "S5", "S6", "S7", CROSSED)
IMPOSSIBLE = 0.5  # share of agents with an instruction from another house, where that is asked about
_KEY = np.array([byte > 0 and kind_of_look(byte) == KEY_KIND for byte in range(256)])


class Told(NamedTuple):
    """What was noted of episodes beside success: by episode and agent."""

    clauses: np.ndarray  # float[E, A] share of clauses done
    wrong: np.ndarray  # bool[E, A] took up an item that no clause speaks of
    doubts: np.ndarray  # bool[E, A] ended in the belief that the instruction cannot be carried out


@dataclass(frozen=True)
class Results:
    """What some policies did with the levels of a bank."""

    episodes: Episodes
    told: Told
    bank: State


def split_scenario(split: str, agents: int = 2, **choices: Any) -> Scenario:
    """The house scenario of a split, or of two agents whose instructions cross.

    Raises:
        ValueError: no such split.
    """
    if split not in SPLIT_NAMES:
        raise ValueError(f"split is {split!r}, allowed are {', '.join(SPLIT_NAMES)}")
    if split == CROSSED:
        return make_scenario("house", agents=agents, crossed=True, **choices)
    return make_scenario("house", agents=agents, split=split, **choices)


def play_split(
    policies: dict[str, Policy], scenario: Scenario, bank: State, seed: int, worlds: int = 256
) -> Results:
    """Play each level of a bank once."""
    n = len(bank.step_limit)
    sim = Simulator(scenario, min(worlds, n), bank=bank, seed=seed, autoreset=DISABLED)
    cast = Cast(sim, policies)
    watch = _Watch(sim, n, [p for p in policies.values() if isinstance(p, Learned)])

    def choose() -> np.ndarray:
        acts = cast.act()
        watch.before_step()
        return acts

    episodes = play_episodes(sim, n, choose, watch.after_step)
    return Results(episodes, watch.told, bank)


class _Watch:
    """Notes, step by step, what `Told` tells."""

    def __init__(self, sim: Simulator, n: int, minds: list[Learned]) -> None:
        self.sim, self.minds = sim, minds
        shape = (n, sim.agents)
        self.told = Told(np.zeros(shape), np.zeros(shape, np.bool_), np.zeros(shape, np.bool_))
        self.episode = np.arange(sim.worlds)

    def before_step(self) -> None:
        """What minds believe as they act; all minds of a cast play the same agents."""
        now = np.flatnonzero(self.episode < len(self.told.doubts))
        for policy in self.minds:
            if policy.doubts is not None:
                active = self.sim.state.finished[now] == 0
                self.told.doubts[self.episode[now]] = np.where(
                    active, policy.doubts[now], self.told.doubts[self.episode[now]]
                )

    def after_step(self, ended: np.ndarray) -> None:
        """What the step came to."""
        state, now = self.sim.state, np.flatnonzero(self.episode < len(self.told.doubts))
        hand = state.hand[now].astype(np.int64) - 1
        wanted = np.zeros(hand.shape, np.uint64)
        for r in range(MAX_CLAUSES):
            for place in (0, 1):
                kinds = state.goal[now, :, r, KIND_ if place == 0 else KIND_ + 6]
                wanted |= np.where(CLASS_OF_KIND[kinds] == ITEM, state.bound[now, :, r, place], np.uint64(0))
        holds = hand >= 0
        if state.item_look.shape[1]:
            look = np.take_along_axis(state.item_look[now], np.maximum(hand, 0), 1)
            asked = (wanted >> np.maximum(hand, 0).astype(np.uint64)) & np.uint64(1) > 0
            self.told.wrong[self.episode[now]] |= holds & ~asked & ~_KEY[look]
        for w in np.flatnonzero(ended):
            clauses = (state.goal[w, :, :MAX_CLAUSES, VERB] != NO_VERB).sum(1)
            done = np.array([int(bits).bit_count() for bits in state.clauses_done[w]])
            self.told.clauses[self.episode[w]] = done / np.maximum(clauses, 1)
        self.episode[ended] += self.sim.worlds


class Outcomes(NamedTuple):
    """What came of agents' episodes; every array is flat, over seeds, episodes and agents."""

    success: np.ndarray  # bool
    efficiency: np.ndarray  # float, NaN without success
    clauses: np.ndarray  # float, share of clauses done
    wrong: np.ndarray  # bool
    steps: np.ndarray  # int64
    verb: np.ndarray  # uint8, of the first clause
    orange: np.ndarray  # bool, was "put the orange on the bed" asked for?
    level: np.ndarray  # int64, the same for all agents and episodes of a level


def outcomes_of(results: Results, optimum: np.ndarray) -> Outcomes:
    """What came of the episodes of one seed; optimum int64[L, A] acts that the expert needs alone."""
    episodes, told = results.episodes, results.told
    success, least = episodes.success_EA, optimum[episodes.level_E]
    goal = results.bank.goal[episodes.level_E]
    with np.errstate(divide="ignore", invalid="ignore"):
        efficiency = np.where(success & (least > 0), least / episodes.steps_EA, np.nan)
    orange = ((goal[..., KIND_] == KIND["orange"]) & (goal[..., KIND_ + 6] == KIND["bed"])).any(-1)
    level = np.broadcast_to(episodes.level_E[:, None], success.shape)
    found = (
        success,
        efficiency,
        told.clauses,
        told.wrong,
        episodes.steps_EA,
        goal[..., 0, VERB],
        orange,
        level,
    )
    return Outcomes(*(array.ravel() for array in found))


def figures(parts: Sequence[Outcomes]) -> dict[str, Any]:
    """Success, path efficiency, clause completion and wrong objects over all seeds, with intervals, for JSON."""
    seed, level = seeds_and_levels([part.level for part in parts])
    whole = Outcomes(*map(np.concatenate, zip(*parts, strict=True)))
    every = np.ones(len(seed), np.bool_)

    def shared(success: np.ndarray, chosen: np.ndarray) -> dict[str, Any]:
        return share_json(success[chosen], level[chosen]) | by_seed(success, chosen, seed)

    found = {
        **shared(whole.success, every),
        "path_efficiency": mean_json(whole.efficiency, level),
        "clause_completion": mean_json(whole.clauses, level),
        "wrong_object": shared(whole.wrong, every),
        "steps": mean_json(whole.steps, level),
        "by_kind": {
            VERBS[v].name: shared(whole.success, whole.verb == v)
            for v in np.unique(whole.verb)
            if v != NO_VERB
        },
    }
    return found | ({"orange_on_bed": shared(whole.success, whole.orange)} if whole.orange.any() else {})


def seeds_and_levels(levels: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The place of the seed of each episode, and its level, numbered so that those of different seeds are different."""
    seed = np.repeat(np.arange(len(levels)), [len(part) for part in levels])
    _, level = np.unique(np.stack([seed, np.concatenate(levels)]), axis=1, return_inverse=True)
    return seed, level.ravel()


def by_seed(success: np.ndarray, chosen: np.ndarray, seed: np.ndarray) -> dict[str, Any]:
    """The share of the chosen episodes with each seed, for JSON; null where there is none."""
    parts = [success[chosen & (seed == s)] for s in np.unique(seed)]
    return {"by_seed": [number_json(float(part.mean())) if part.size else None for part in parts]}


def share_json(success: np.ndarray, cluster: np.ndarray, name: str = "success") -> dict[str, Any]:
    """A share, for JSON; `cluster` says which belong together."""
    return estimate_json(share_of(success, cluster), name)


def mean_json(values: np.ndarray, cluster: np.ndarray) -> dict[str, Any]:
    """A mean, for JSON; `cluster` says which belong together."""
    return estimate_json(mean(values, cluster), "mean")


def estimate_json(estimate: Estimate, name: str) -> dict[str, Any]:
    """An estimate, for JSON."""
    interval = [number_json(estimate.low), number_json(estimate.high)]
    return {name: number_json(estimate.value), "ci95": interval, "n": estimate.n}


def iqm_json(scores_SH: np.ndarray, seed: int) -> dict[str, Any]:
    """The interquartile mean of scores by seed and level, for JSON; `seed` is of the bootstrap."""
    interval = bootstrap_interval(scores_SH, iqm, seed)
    return {"iqm": number_json(iqm(scores_SH)), "iqm_ci95": [number_json(x) for x in interval]}


def middle_text(figures: dict[str, Any]) -> str:
    """What `iqm_json` says, as text."""
    low, high = figures["iqm_ci95"]
    return f"{figures['iqm']:.3f}" + ("" if low is None else f" ({low:.3f}-{high:.3f})")


def number_json(x: float) -> float | None:
    """A number for JSON; NaN becomes null."""
    return None if x != x else round(x, 5)


ROWS: dict[str, Callable[[ActorCritic, int], Policy]] = {
    "mind": lambda network, seed: Learned(network, seed=seed),
    "shuffled": lambda network, seed: Learned(network, seed=seed, change_words=shuffled(seed)),
    "blind": lambda network, seed: Learned(network, seed=seed, change_words=np.zeros_like),
    "random": lambda network, seed: Random(seed),
    "seeing": lambda network, seed: Planner("seen"),
    "expert": lambda network, seed: Planner(),
}
# Rows that a language model leads, and who carries out its subgoals: a row of ROWS.
LED: dict[str, str] = {"lm": "mind", "lm+seeing": "seeing", "lm+expert": "expert", "grammar+lm": "mind"}
PRIVILEGED_ROWS = ("expert", "lm+expert")  # go by the whole state


def policy_of(row: str, network: ActorCritic, seed: int, language: Responder | None = None) -> Policy:
    """The policy of a row of ROWS or LED.

    Raises:
        ValueError: the row needs a language model, and there is none.
    """
    if row not in LED:
        return ROWS[row](network, seed)
    if language is None:
        raise ValueError(f"--rows {row}: name the language model with --language")
    return language.leading(ROWS[LED[row]](network, seed), grammar=row.startswith("grammar"))


def row_name(row: str) -> str:
    """A row's name, marked where it goes by the whole state."""
    return f"{row} (privileged)" if row in PRIVILEGED_ROWS else row


def shuffled(seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """Takes the order out of instructions: what is left is a bag of words."""

    def change(tokens: np.ndarray) -> np.ndarray:
        order = np.random.default_rng(seed).random(tokens.shape)
        order[tokens == 0] = 2
        return np.take_along_axis(tokens, order.argsort(1), 1)

    return change


def evaluate_split(
    network: ActorCritic,
    split: str,
    episodes: int,
    seed: int,
    rows: tuple[str, ...] = ("mind",),
    **choices: Any,
) -> dict[str, dict[str, Any]]:
    """Figures of each row of ROWS on the same levels of a split."""
    found = play_rows(network, split, episodes, seed, rows, **choices)
    return {row: figures([outcomes]) for row, outcomes in found.items()}


def play_rows(
    network: ActorCritic,
    split: str,
    episodes: int,
    seed: int,
    rows: Sequence[str],
    language: Responder | None = None,
    **choices: Any,
) -> dict[str, Outcomes]:
    """What came of each row of ROWS and LED on the same levels of a split."""
    scenario = split_scenario(split, **choices)
    bank = scenario.draw(episodes, seed)
    least = optima(bank, scenario.needs_done)

    def play(row: str) -> Outcomes:
        policy = policy_of(row, network, seed, language)
        return outcomes_of(play_split(dict.fromkeys(scenario.agents, policy), scenario, bank, seed), least)

    return {row: play(row) for row in rows}


class Doubts(NamedTuple):
    """What a mind believed at the end, and what was so; every array is flat, over episodes and agents."""

    cannot: np.ndarray  # bool, the instruction cannot be carried out
    doubts: np.ndarray  # bool, and the mind holds it to be so
    success: np.ndarray  # bool
    level: np.ndarray  # int64


def play_doubts(network: ActorCritic, episodes: int, seed: int, agents: int = 2) -> Doubts:
    """Let a mind play where many instructions were made for other houses."""
    bank = house_bank(episodes, seed, split_config("S0", agents=agents))
    feasible = misplace(bank, IMPOSSIBLE, seed)
    scenario = split_scenario("S0", agents)
    results = play_split(dict.fromkeys(scenario.agents, Learned(network, seed=seed)), scenario, bank, seed)
    played = results.episodes
    level = np.broadcast_to(played.level_E[:, None], played.success_EA.shape)
    found = (~feasible[played.level_E], results.told.doubts, played.success_EA, level)
    return Doubts(*(array.ravel() for array in found))


def doubt_figures(parts: Sequence[Doubts]) -> dict[str, Any]:
    """Does the mind know what cannot be done? Precision and recall of its last belief in each episode, for JSON."""
    seed, level = seeds_and_levels([part.level for part in parts])
    cannot, doubts, success, _ = map(np.concatenate, zip(*parts, strict=True))

    def shared(right: np.ndarray, chosen: np.ndarray, name: str) -> dict[str, Any]:
        return share_json(right[chosen], level[chosen], name) | by_seed(right, chosen, seed)

    return {
        "precision": shared(cannot, doubts, "share"),
        "recall": shared(doubts, cannot, "share"),
        "success_where_it_can": shared(success, ~cannot, "success"),
    }
