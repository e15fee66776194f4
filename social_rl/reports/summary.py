"""How well did each agent do? Estimates by agent and by kind of instruction, for a table and for JSON."""

import math
from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from social_rl.episodes.playing import Episodes
from social_rl.evaluation.statistics import INTERVALS, Estimate, equality, mean, share_of
from worlds.goal import NO_VERB, VERB, VERBS

PLANNERS = ("expert", "seeing")  # policies that carry instructions out and do nothing else


class Scores(NamedTuple):
    """What some episodes of an agent came to; `success` is None where nothing was asked for."""

    n: int
    success: Estimate | None
    returns: Estimate
    steps: Estimate
    path_efficiency: (
        Estimate  # acts that the expert needs alone / acts taken, over successes: above 1 if helped
    )


class AgentScores(NamedTuple):
    """An agent's scores, in all and by the verb of its instruction's first clause."""

    name: str
    policy: str
    overall: Scores
    by_kind: dict[str, Scores]
    privileged: bool = False  # does its policy read the whole state?

    @property
    def waits(self) -> bool:
        """Is it an expert of whom nothing is asked, so that it does nothing but wait?"""
        return self.overall.success is None and self.policy in PLANNERS


class Together(NamedTuple):
    """What all agents of an episode earned in sum, and how equally (1 - Gini)."""

    returns: Estimate
    equality: Estimate


class Report(NamedTuple):
    """All that is reported about a number of episodes."""

    agents: list[AgentScores]
    by_kind: dict[str, Scores]  # over all agents
    together: Together
    is_shared: bool = False  # have all agents one goal, so that each has the success of all?


def report_of(
    episodes: Episodes,
    goal_LA: np.ndarray,
    optimum_LA: np.ndarray,
    cast: dict[str, str],
    privileged: Collection[str] = (),
    is_shared: bool = False,
) -> Report:
    """Score episodes of a cast, names and their policies.

    Args:
        goal_LA: uint8[L, A, ROWS, FIELDS] of the levels.
        optimum_LA: how few acts each goal takes an expert alone, -1 where unknown.
        privileged: names of agents whose policies read the whole state. is_shared: all agents have one goal.
    """
    verb_EA, optimum_EA = goal_LA[episodes.level_E, :, 0, VERB], optimum_LA[episodes.level_E]
    agents = [
        AgentScores(
            name,
            policy,
            *_overall_and_by_kind(_of_agent(episodes, a), verb_EA[:, a], optimum_EA[:, a]),
            privileged=name in privileged,
        )
        for a, (name, policy) in enumerate(cast.items())
    ]
    level_EA = np.broadcast_to(episodes.level_E[:, None], verb_EA.shape)
    every = Episodes(*(array.ravel() for array in episodes[:3]), level_E=level_EA.ravel())
    _, by_kind = _overall_and_by_kind(every, verb_EA.ravel(), optimum_EA.ravel())
    returns = mean(episodes.return_EA.sum(1), episodes.level_E)
    together = Together(returns, mean(equality(episodes.return_EA), episodes.level_E))
    return Report(agents, by_kind, together, is_shared)


def _of_agent(episodes: Episodes, a: int) -> Episodes:
    return Episodes(*(array[:, a] for array in episodes[:3]), level_E=episodes.level_E)


def _overall_and_by_kind(
    episodes: Episodes, verb_E: np.ndarray, optimum_E: np.ndarray
) -> tuple[Scores, dict[str, Scores]]:
    asked = verb_E != NO_VERB
    overall = _score(episodes, optimum_E, np.ones(len(verb_E), np.bool_), bool(asked.any()))
    kinds = np.unique(verb_E[asked]).tolist()
    return overall, {VERBS[kind].name: _score(episodes, optimum_E, verb_E == kind, True) for kind in kinds}


def _score(episodes: Episodes, optimum_E: np.ndarray, chosen_E: np.ndarray, is_asked: bool) -> Scores:
    success, returns, steps, level = (array[chosen_E] for array in episodes)
    measured = success & (optimum_E[chosen_E] > 0)
    return Scores(
        n=len(success),
        success=share_of(success, level) if is_asked else None,
        returns=mean(returns, level),
        steps=mean(steps, level),
        path_efficiency=mean(optimum_E[chosen_E][measured] / steps[measured], level[measured]),
    )


# ---- JSON ---------------------------------------------------------------------------------------------
def report_record(report: Report) -> dict[str, Any]:
    """A report by names; each group has its intervals under `ci95`; null where there is no value."""
    return {
        "agents": {agent.name: agent_record(agent) for agent in report.agents},
        "by_kind": kinds_record(report.by_kind),
        "shared_success": report.is_shared,
        "intervals": INTERVALS,
        "together": estimates_record(
            {"return": report.together.returns, "equality": report.together.equality}
        ),
    }


def agent_record(agent: AgentScores) -> dict[str, Any]:
    """An agent's scores, in all and by kind."""
    who = {"policy": agent.policy, "privileged": agent.privileged, "waits": agent.waits}
    return who | scores_record(agent.overall) | {"by_kind": kinds_record(agent.by_kind)}


def kinds_record(by_kind: dict[str, Scores]) -> dict[str, Any]:
    """Scores by kind of instruction."""
    return {kind: scores_record(scores) for kind, scores in by_kind.items()}


def scores_record(scores: Scores) -> dict[str, Any]:
    """Scores by name."""
    estimates = {
        "success": scores.success,
        "return": scores.returns,
        "steps": scores.steps,
        "path_efficiency": scores.path_efficiency,
    }
    return {"n": scores.n} | estimates_record(estimates)


def estimates_record(estimates: dict[str, Estimate | None]) -> dict[str, Any]:
    """Values by name, and their intervals under `ci95`."""
    values = {name: _finite(estimate.value) if estimate else None for name, estimate in estimates.items()}
    intervals = {
        name: [estimate.low, estimate.high] if estimate and math.isfinite(estimate.low) else None
        for name, estimate in estimates.items()
    }
    return values | {"ci95": intervals}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
