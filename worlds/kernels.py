"""How are many worlds advanced? Loops over worlds on the CPU, one call a step.

Arguments that every entry shares: `state` and `bank` are Handles of States (the running worlds; the levels they
begin with), `action` is int64[W, A], `message` uint8[W, A, M], `autoreset` one of the modes below.
"""

import numba
import numpy as np

from worlds.binding import bind_all  # noqa: F401
from worlds.compile import COMPILED, entry, parallel_entry, rule
from worlds.rules.goals import begin_goal, bind_goal
from worlds.rules.senses import listen, sense_self, view_plain
from worlds.rules.senses_fast import FAST_WIDTH, view_fast
from worlds.rules.tick import begin, clear_results, tick
from worlds.state import ACTS

N_ACTS = len(ACTS)

# When does a world that is over begin its next episode? Gymnasium's three answers.
DISABLED, SAME_STEP, NEXT_STEP = range(3)


@rule
def sense(state, w, view, own, heard):
    """Fill the observations of all agents of world `w`."""
    width = view.shape[3]
    size = view.shape[2] * width * width
    flat = view.reshape(view.size)
    for a in range(state.agent_cell.shape[1]):
        if COMPILED and width <= FAST_WIDTH:
            view_fast(state, w, a, flat, (w * state.agent_cell.shape[1] + a) * size, width)
        else:
            view_plain(state, w, a, view[w, a])
        sense_self(state, w, a, own[w, a])
        if heard.shape[3] > 0:
            listen(state, w, a, heard[w, a])


@rule
def step_world(state, bank, w, action, message, autoreset):
    """Advance one world, or begin its next episode, as the autoreset mode says."""
    if not state.over[w] or autoreset == SAME_STEP:
        tick(state, w, action, message)
        if state.over[w] and autoreset == SAME_STEP:
            sense(state, w, state.final_view, state.final_self, state.final_heard)
            begin(state, bank, w)
            state.over[w] = True  # tells that an episode ended at this step
    elif autoreset == NEXT_STEP:
        begin(state, bank, w)
        clear_results(state, w)
    else:
        clear_results(state, w)
    sense(state, w, state.obs_view, state.obs_self, state.obs_heard)


@rule
def step_range(state, bank, action, message, autoreset, first, last):
    """Advance worlds `first` to `last - 1`."""
    for w in range(first, last):
        step_world(state, bank, w, action, message, autoreset)


@rule
def first_bad(action):
    """The first world with an act that does not exist, or -1."""
    flat = action.reshape(action.size)
    bad = False
    for i in range(flat.size):
        bad |= np.uint64(flat[i]) >= np.uint64(N_ACTS)
    if bad:
        for i in range(flat.size):
            if np.uint64(flat[i]) >= np.uint64(N_ACTS):
                return i // action.shape[1]
    return -1


@entry
def step_serial(state, bank, action, message, autoreset):
    """Advance all worlds on this thread; returns -1, or the first world with a wrong act, and nothing is done."""
    bad = first_bad(action)
    if bad < 0:
        step_range(state, bank, action, message, autoreset, 0, action.shape[0])
    return bad


@parallel_entry
def step_parallel(state, bank, action, message, autoreset):
    """As `step_serial`, a chunk of the worlds on each thread."""
    bad = first_bad(action)
    if bad >= 0:
        return bad
    threads = numba.get_num_threads()
    chunk = (action.shape[0] + threads - 1) // threads
    for t in numba.prange(threads):
        step_range(state, bank, action, message, autoreset, t * chunk, min(action.shape[0], (t + 1) * chunk))
    return bad


@entry
def begin_worlds(state, bank, chosen):
    """Begin the next episode of the worlds with `chosen[w]`, and observe."""
    for w in range(chosen.shape[0]):
        if chosen[w]:
            begin(state, bank, w)
            clear_results(state, w)
            sense(state, w, state.obs_view, state.obs_self, state.obs_heard)


@entry
def give_goal(state, w, a):
    """Bind and begin the goal that was written into `goal[w, a]`."""
    bind_goal(state, w, a)
    begin_goal(state, w, a)
    sense(state, w, state.obs_view, state.obs_self, state.obs_heard)
