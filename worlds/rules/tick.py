"""What is one step of one world? Acts, moves, the scenario's own mechanics, judgement, reward, the end."""

import numpy as np

from worlds.compiler.blocks import copy_row
from worlds.compiler.compile import cold, rule
from worlds.compiler.handle import call_rule
from worlds.goal import NO_VERB, VERB
from worlds.rules.acts import act_all
from worlds.rules.chance import below, draw, episode_key
from worlds.rules.goals import begin_goal, judge, judge_constraints
from worlds.state import (
    ACTIVE,
    DONE,
    EVERYTHING,
    FAILED,
    FOCAL,
    LEFT,
    MOVED,
    NEEDS_DONE,
    R_CLAUSE,
    R_FAILURE,
    R_SLOWNESS,
    R_STEP,
    R_SUCCESS,
    SUCCEEDED,
    THINGS,
    TO_COME,
    TOO_EARLY,
)

DRAW_LEVEL = 1  # number of the draw that picks the level, at step 0


@rule
def tick(state, told, w, mechanics):
    """Advance world `w` by one step with its `action` and `message`; returns what changed (bits, see state.py).

    `told` is the State by instructions (state.instructed); rewards, success and endings are those of the task.
    `mechanics` is the scenario's own rule as `Mechanics.target` gives it, 0 if it has none.
    """
    agents = state.agent_cell.shape[1]
    for a in range(agents):
        state.active[w, a] = state.finished[w, a] == ACTIVE
        state.reward[w, a] = 0
    changed = act_all(state, w)
    if mechanics != 0:
        call_rule(mechanics, state, w)
        changed = EVERYTHING
    step = state.step[w] + 1
    state.step[w] = step
    all_finished = True
    focal = state.option[FOCAL] if state.option[FOCAL] > 0 else agents
    is_late = step >= state.step_limit[w]
    for a in range(agents):
        finish_step(state, told, w, a, is_late, changed)
        all_finished &= (state.finished[w, a] != ACTIVE and state.finished[w, a] != TO_COME) or a >= focal
    if state.said.shape[2] > 0:
        speak(state, w)
    state.over[w] = all_finished or is_late
    if all_finished and focal < agents:
        cut_others(state, w)
    return changed


@cold
def cut_others(state, w):
    """The world ends with its focal agents: whoever is still in its episode is cut off."""
    for a in range(state.agent_cell.shape[1]):
        if state.finished[w, a] == ACTIVE:
            state.truncated[w, a] = True


@cold
def speak(state, w):
    """Who is in its episode says its message."""
    for a in range(state.said.shape[1]):
        for m in range(state.said.shape[2]):
            state.said[w, a, m] = state.message[w, a, m] if state.active[w, a] else 0


@rule
def finish_step(state, told, w, a, is_late, changed):
    """Judge agent `a`, if something changed; reward it, and end its own episode if it is over."""
    state.terminated[w, a] = False
    state.truncated[w, a] = False
    state.success[w, a] = False
    if not state.active[w, a]:
        return
    first_met = 0
    if changed & (1 << a | MOVED | THINGS) or state.stale[w, a]:
        first_met = judge(state, w, a)
        judge_constraints(state, w, a)
    if state.is_instructed[w, a]:
        judge_instruction(told, w, a, changed)
    broken = state.broken[w, a] != 0
    met = state.goal_met[w, a] and not broken
    needs_done = state.option[NEEDS_DONE] != 0
    said_done = needs_done and state.last_act[w, a] == DONE and state.goal[w, a, 0, VERB] != NO_VERB
    success = met and (said_done or not needs_done)
    failure = broken or (said_done and not met)
    has_left = state.finished[w, a] == LEFT
    reward = state.rate[R_STEP] + state.rate[R_CLAUSE] * first_met
    if success:
        slowness = state.step[w] / state.step_limit[w]
        reward += state.rate[R_SUCCESS] * (1.0 - state.rate[R_SLOWNESS] * slowness)
        state.finished[w, a] = SUCCEEDED
    elif failure:
        reward += state.rate[R_FAILURE]
        state.finished[w, a] = FAILED
        if said_done:
            state.outcome[w, a] = TOO_EARLY
    state.reward[w, a] += reward
    state.success[w, a] = success
    state.terminated[w, a] = success or failure or has_left
    state.truncated[w, a] = is_late and not state.terminated[w, a]


@cold
def judge_instruction(told, w, a, changed):
    """Judge what agent `a` is told beside its task; nothing comes of it but what the agent perceives."""
    if changed & (1 << a | MOVED | THINGS) or told.stale[w, a]:
        judge(told, w, a)
        judge_constraints(told, w, a)


@rule
def begin(state, bank, w):
    """Start the next episode of world `w` with a level of the bank."""
    state.episode[w] += np.uint64(1)
    state.key[w] = episode_key(state.seed[w], state.world_id[w], state.episode[w])
    level = np.int64(state.next_level[w])
    rows = bank.step_limit.shape[0]
    if np.uint64(level) >= np.uint64(rows):  # none is asked for, or one that this bank does not have
        level = below(draw(state.key[w], 0, DRAW_LEVEL), rows)
    state.next_level[w] = -1
    load(state, bank, w, level)


@rule
def load(state, bank, w, level):
    """Put world `w` at the start of a level."""
    state.level[w] = level
    copy_row(state.house, w, bank.house, level)
    state.step[w] = 0
    state.over[w] = False
    for k in range(state.memory.shape[1]):
        state.memory[w, k] = 0
    for a in range(state.agent_cell.shape[1]):
        state.outcome[w, a] = 0
        state.last_act[w, a] = 0
        state.finished[w, a] = ACTIVE
        state.frozen[w, a] = 0
        for m in range(state.said.shape[2]):
            state.said[w, a, m] = 0
        for k in range(state.own_memory.shape[2]):
            state.own_memory[w, a, k] = 0
        begin_goal(state, w, a)
        state.is_instructed[w, a] = False


@rule
def clear_results(state, w):
    """A step that only begins an episode: nothing happened, nothing is earned."""
    for a in range(state.agent_cell.shape[1]):
        state.reward[w, a] = 0
        state.terminated[w, a] = False
        state.truncated[w, a] = False
        state.success[w, a] = False
        state.active[w, a] = False
