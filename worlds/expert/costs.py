"""How many acts would it take, if this were what the agent was told? Costs of every act, for goals that are supposed.

A supposed world is a running one in which one agent has another goal, of which it is judged as if it had been told so:
a State of V worlds with goals of their own. `suppose` makes them, `keep_up` lets them follow what happens, `act_costs`
asks the expert. Others stand aside and wait, as in `planning.optima`: what they were told is nobody's business here.
"""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.blocks import copy_row
from worlds.compiler.compile import entry
from worlds.compiler.handle import handle
from worlds.expert.experts import decide
from worlds.expert.maps import NO, SCRATCH_ROWS
from worlds.goal import FIELDS, FOLLOW_STEPS, ROWS
from worlds.levels.bank import capacities
from worlds.rules.goals import begin_goal, bind_goal, copy_goal, judge, judge_constraints
from worlds.rules.mechanics import NONE
from worlds.rules.tick import tick
from worlds.state import ACTIVE, ACTS, SUCCEEDED, WAIT, State, empty_state, with_goals_apart

__all__ = ["act_costs", "keep_up", "suppose"]

IDLE = 2 * FOLLOW_STEPS  # an expert that waits longer than any clause asks for has nothing left to do


def suppose(state: State, a: int, goals_WN: np.ndarray) -> State:
    """Supposed worlds for agent `a` of all worlds, V = W * N world by world; `keep_up` fills them.

    Args:
        goals_WN: uint8[W, N, ROWS, FIELDS], N goals for each world, encoded.
    """
    worlds, n = goals_WN.shape[:2]
    sizes = capacities(state)._replace(view=state.obs_view.shape[4])
    supposed = with_goals_apart(empty_state(worlds * n, sizes))
    supposed.option[:] = state.option
    supposed.rate[:] = state.rate
    supposed.goal[:, a] = goals_WN.reshape(worlds * n, ROWS, FIELDS)
    return supposed


def keep_up(state: State, a: int, supposed: State, begins_W: np.ndarray) -> None:
    """Make supposed worlds what the running ones are now, and judge what is supposed; to be called at every step.

    Args:
        begins_W: bool[W] where the goals are given now: descriptions mean what fits them from this moment on.
    """
    _keep_up(handle(state), a, handle(supposed), np.ascontiguousarray(begins_W, np.bool_))
    n = supposed.step.shape[0] // state.step.shape[0]
    supposed.obs_view[...] = np.repeat(state.obs_view, n, 0)


def act_costs(supposed: State, a: int, asked_V: np.ndarray) -> np.ndarray:
    """How many acts the all-knowing expert needs, if agent `a` does this act now and the expert goes on.

    Returns:
        int32[V, ACTS], the act itself and a closing `done` among them; the world's step limit where that is never
        done. Rows that are not `asked_V` (bool[V]) are zero.
    """
    costs = np.zeros((supposed.step.shape[0], len(ACTS)), np.int32)
    trial = with_goals_apart(empty_state(1, capacities(supposed)))
    trial.option[:] = supposed.option
    _act_costs(handle(supposed), a, handle(trial), np.ascontiguousarray(asked_V, np.bool_), costs)
    return costs


# ---- compiled ----------------------------------------------------------------------------------------
@entry
def _keep_up(state, a, supposed, begins):
    n = supposed.step.shape[0] // begins.shape[0]
    for v in range(supposed.step.shape[0]):
        w = v // n
        copy_row(supposed.house, v, state.house, w)  # pyright: ignore
        copy_row(supposed.life, v, state.life, w)  # pyright: ignore
        for b in range(supposed.is_instructed.shape[1]):
            supposed.is_instructed[v, b] = False
        if begins[w]:
            bind_goal(supposed, v, a)
            begin_goal(supposed, v, a)
        else:
            judge(supposed, v, a)
            judge_constraints(supposed, v, a)


@apart
def begin_trial(supposed, v, a, trial):
    """Make the only world of `trial` a supposed one, in which others stand aside."""
    copy_row(trial.house, 0, supposed.house, v)  # pyright: ignore
    copy_row(trial.life, 0, supposed.life, v)  # pyright: ignore
    copy_goal(supposed, v, trial, 0, a)
    for b in range(trial.finished.shape[1]):
        trial.action[0, b] = WAIT
        if b != a:
            trial.finished[0, b] = SUCCEEDED


@apart
def acts_to_go(trial, a, seen, scratches, sub):
    """Let the expert go on in the world of `trial`; returns after how many acts it is done, or the step limit."""
    most = np.int64(trial.step_limit[0])
    acts, idle = np.int64(0), 0
    while trial.finished[0, a] == ACTIVE and acts < most and idle < IDLE:
        act = decide(trial, np.int64(0), a, seen, NO, scratches[0], scratches[1], sub)
        idle = idle + 1 if act == WAIT else 0
        trial.action[0, a] = act
        tick(trial, trial, np.int64(0), NONE)
        acts += 1
    return acts if trial.finished[0, a] == SUCCEEDED else most


@entry
def _act_costs(supposed, a, trial, asked, costs):
    side = supposed.item_at.shape[1]
    scratches = np.zeros((2, SCRATCH_ROWS, 4 * (side + 2) * (side + 2)), np.int32)
    seen = np.zeros((1, 1, 1), np.uint8)
    sub = np.zeros(FIELDS, np.uint8)
    for v in range(costs.shape[0]):
        if not asked[v]:
            continue
        most = np.int64(supposed.step_limit[v])
        for act in range(costs.shape[1]):  # WAIT comes first
            begin_trial(supposed, v, a, trial)
            trial.action[0, a] = act
            changed = tick(trial, trial, np.int64(0), NONE)
            if changed == 0 and act != WAIT and trial.finished[0, a] == ACTIVE:
                costs[v, act] = costs[v, WAIT]  # nothing came of it
            else:
                costs[v, act] = min(1 + acts_to_go(trial, a, seen, scratches, sub), most)
