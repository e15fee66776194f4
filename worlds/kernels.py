"""How are many worlds advanced? Loops over worlds on the CPU, one call a step.

Arguments that every entry shares: `state` and `bank` are Handles of States (the running worlds; the levels they
begin with), `action` is int64[W, A], `message` uint8[W, A, M], `autoreset` one of the modes below.
"""

import numba

from worlds.compile import COMPILED, entry, parallel_entry, rule
from worlds.rules.goals import begin_goal, bind_goal
from worlds.rules.senses import listen, sense_self, view_plain
from worlds.rules.senses_fast import FAST_WIDTH, view_fast
from worlds.rules.tick import begin, clear_results, tick

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
    if not state.over[w]:
        tick(state, w, action, message)
        if state.over[w] and autoreset == SAME_STEP:
            sense(state, w, state.final_view, state.final_self, state.final_heard)
            begin(state, bank, w)
            state.over[w] = True
    elif autoreset == NEXT_STEP:
        begin(state, bank, w)
        clear_results(state, w)
    elif autoreset == SAME_STEP:
        state.over[w] = False
        step_world_again(state, bank, w, action, message)
    else:
        clear_results(state, w)
    sense(state, w, state.obs_view, state.obs_self, state.obs_heard)


@rule
def step_world_again(state, bank, w, action, message):
    """A world that began a new episode within its last step goes on."""
    tick(state, w, action, message)
    if state.over[w]:
        sense(state, w, state.final_view, state.final_self, state.final_heard)
        begin(state, bank, w)
        state.over[w] = True


@rule
def step_range(state, bank, action, message, autoreset, first, last):
    """Advance worlds `first` to `last - 1`."""
    for w in range(first, last):
        step_world(state, bank, w, action, message, autoreset)


@entry
def step_serial(state, bank, action, message, autoreset):
    """Advance all worlds on this thread."""
    step_range(state, bank, action, message, autoreset, 0, action.shape[0])


@parallel_entry
def step_parallel(state, bank, action, message, autoreset):
    """Advance all worlds, a chunk of them on each thread."""
    threads = numba.get_num_threads()
    chunk = (action.shape[0] + threads - 1) // threads
    for t in numba.prange(threads):
        step_range(state, bank, action, message, autoreset, t * chunk, min(action.shape[0], (t + 1) * chunk))


@entry
def begin_worlds(state, bank, chosen):
    """Begin the next episode of the worlds with `chosen[w]`, and observe."""
    for w in range(chosen.shape[0]):
        if chosen[w]:
            begin(state, bank, w)
            clear_results(state, w)
            sense(state, w, state.obs_view, state.obs_self, state.obs_heard)


@entry
def bind_all(state):
    """Resolve the goals of all agents in all worlds (or levels of a bank) from the present state."""
    for w in range(state.agent_cell.shape[0]):
        for a in range(state.agent_cell.shape[1]):
            bind_goal(state, w, a)


@entry
def give_goal(state, w, a):
    """Bind and begin the goal that was written into `goal[w, a]`."""
    bind_goal(state, w, a)
    begin_goal(state, w, a)
    sense(state, w, state.obs_view, state.obs_self, state.obs_heard)
