"""How are many worlds advanced? Loops over worlds on the CPU, one call a step.

Arguments that all share: `state`, `told` and `bank` are handles of States (the running worlds, by their tasks and by
their instructions, see state.py; the levels they begin with), `autoreset` is one of the modes below, `mechanics` and
`begins` are the scenario's own rules for a step and for the beginning of an episode (rules/mechanics.py).

There is one compiled loop, `advance`, over a range of worlds. It is called by address: from Python for few worlds,
from a parallel loop for many. Inlining it into both would compile it four times over.
"""

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, c_int64, c_void_p
from typing import Any

import numba

from worlds.compiler.blocks import copy_row
from worlds.compiler.compile import BOUNDSCHECK, COMPILED, callback, cold, entry, parallel_entry, rule
from worlds.compiler.handle import Handle, call_rule
from worlds.compiler.sources import source_key
from worlds.rules.goals import arm, begin_goal, bind_goal, disarm, tell_task
from worlds.rules.senses import listen, sense_self, sense_verdict, view_plain
from worlds.rules.senses_fast import FAST_WIDTH, agents_fast, things_fast
from worlds.rules.tick import begin, clear_results, tick
from worlds.state import EVERYTHING, MOVED, N_PLANES, THINGS, Sizes, empty_state

# When does a world that is over begin its next episode? Gymnasium's three answers.
DISABLED, SAME_STEP, NEXT_STEP = range(3)

NOT_NEGATIVE = (1 << 62) - 1  # a number masked by it is seen to be no index from the end
PARALLEL_FROM = 128  # agents in all; below this, starting threads costs more than they save


@rule
def sense(state, told, w, changed):
    """Fill the observations of all agents of world `w`, as far as what `changed` (bits, see state.py) shows in them."""
    agents = state.agent_cell.shape[1]
    if COMPILED and state.obs_view.shape[4] == FAST_WIDTH:
        out = state.view_bytes[w]
        for a in range(agents):
            at = a * (N_PLANES * FAST_WIDTH * FAST_WIDTH)
            if changed & (1 << a | MOVED | THINGS):
                things_fast(state, w, a, out, at, FAST_WIDTH)
            if changed:
                agents_fast(state, w, a, out, at, FAST_WIDTH)
    else:
        view_all(state, w)
    for a in range(agents):
        sense_self(state, w, a, state.obs_self[w, a])
        if state.is_instructed[w, a]:
            sense_verdict(told, w, a, state.obs_self[w, a])
    if state.obs_heard.shape[3] > 0:
        hear_all(state, w)


@cold
def view_all(state, w):
    """Write the views of a world, of any width."""
    width = state.obs_view.shape[4]
    out = state.view_bytes[w]
    for a in range(state.agent_cell.shape[1]):
        at = a * N_PLANES * width * width
        if COMPILED and width < FAST_WIDTH:
            things_fast(state, w, a, out, at, width)
            agents_fast(state, w, a, out, at, width)
        else:
            view_plain(state, w, a, out, at, width)


@cold
def hear_all(state, w):
    """All agents of a world listen."""
    for a in range(state.agent_cell.shape[1]):
        listen(state, w, a, state.obs_heard[w, a])


@rule
def keep_final(state, w):
    """Copy the observations of world `w` to where learners look for the last one."""
    copy_row(state.final_view, w, state.obs_view, w)
    copy_row(state.final_self, w, state.obs_self, w)
    copy_row(state.final_tokens, w, state.tokens, w)
    if state.obs_heard.shape[3] > 0:
        copy_row(state.final_heard, w, state.obs_heard, w)


@cold
def turn_over(state, told, bank, w, begins):
    """Keep the last observation of a world that is over, and begin its next episode; `over` stays set."""
    keep_final(state, w)
    begin_episode(state, bank, w, begins)
    state.over[w] = True
    sense(state, told, w, EVERYTHING)


@cold
def begin_anew(state, bank, w, begins):
    """Begin an episode by a step that does nothing else."""
    begin_episode(state, bank, w, begins)
    clear_results(state, w)


@rule
def begin_episode(state, bank, w, begins):
    """Start the next episode of a world, as the scenario has it."""
    begin(state, bank, w)
    if begins != 0:
        call_rule(begins, state, w)


def advance(state, told, bank, autoreset, mechanics, begins, first, last):
    """Advance worlds `first` to `last - 1`, or begin their next episodes, as the autoreset mode says."""
    for world in range(first, last):
        w = world & NOT_NEGATIVE
        changed = EVERYTHING
        if not state.over[w] or autoreset == SAME_STEP:
            changed = tick(state, told, w, mechanics)
        elif autoreset == NEXT_STEP:
            begin_anew(state, bank, w, begins)
        else:
            clear_results(state, w)
        sense(state, told, w, changed)
        if state.over[w] and autoreset == SAME_STEP:
            turn_over(state, told, bank, w, begins)


if COMPILED and BOUNDSCHECK:
    checked_advance = entry(advance)
elif COMPILED:
    from worlds.compiler.handle import call_range

    @functools.cache
    def compiled_advance() -> Any:
        """What is compiled at the first step: a function of C, and its address."""
        state = Handle(empty_state(1, Sizes(1, 1, 0, 0)))._numba_type_
        i64 = numba.int64
        made = callback(advance, numba.void(state, state, state, i64, i64, i64, i64, i64))
        return CFUNCTYPE(None, *[c_void_p] * 3, *[c_int64] * 5)(made.address), made

    @parallel_entry
    def _advance_parallel(address, state, told, bank, autoreset, mechanics, begins, worlds, threads):
        chunk = (worlds + threads - 1) // threads
        for t in numba.prange(threads):
            last = min(worlds, (t + 1) * chunk)
            call_range(address, state, told, bank, autoreset, mechanics, begins, t * chunk, last)


def step(
    state: Any, told: Any, bank: Any, autoreset: int, mechanics: Any, begins: Any, worlds: int, agents: int
) -> None:
    """Advance all worlds by one step with what `state.action` and `state.message` hold."""
    if not COMPILED:
        advance(state, told, bank, autoreset, mechanics, begins, 0, worlds)
        return
    if BOUNDSCHECK:
        with errors_raised():
            checked_advance(state, told, bank, autoreset, mechanics, begins, 0, worlds)
        return
    call, made = compiled_advance()
    if worlds * agents < PARALLEL_FROM or numba.get_num_threads() == 1:
        call(state.address, told.address, bank.address, autoreset, mechanics, begins, 0, worlds)
    else:
        threads = numba.get_num_threads()
        handles = state.address, told.address, bank.address
        _advance_parallel(made.address, *handles, autoreset, mechanics, begins, worlds, threads)


@functools.cache
def rules_version() -> str:
    """Which rules are these? The key of what a step is compiled from: 12 hex digits."""
    return source_key(advance)[:12]


@contextmanager
def errors_raised() -> Iterator[None]:
    """Raise what code that is called by its address has found wrong, such as an IndexError; numba would print it."""
    found: list[Any] = []
    before, sys.unraisablehook = sys.unraisablehook, found.append
    try:
        yield
    finally:
        sys.unraisablehook = before
    if found:
        raise found[0].exc_value


@entry
def begin_worlds(state, told, bank, begins, chosen):
    """Begin the next episode of the worlds with `chosen[w]`, and observe."""
    for w in range(chosen.shape[0]):
        if chosen[w]:
            begin_anew(state, bank, w, begins)
            sense(state, told, w, EVERYTHING)


@entry
def give_task(state, told, w, a):
    """Bind and begin the task that was written into `goal[w, a]`; it is what the agent is told, too. Observe."""
    bind_goal(state, w, a)
    begin_goal(state, w, a)
    state.is_instructed[w, a] = False
    sense(state, told, w, EVERYTHING)


@entry
def give_instruction(state, told, w, a):
    """Bind and begin the instruction that was written into `told_goal[w, a]`; the task goes on. Observe.

    One that follows another is judged like the next stage of a goal: what is true already has to be made true anew.
    """
    bind_goal(told, w, a)
    begin_goal(told, w, a)
    if state.is_instructed[w, a]:
        disarm(told, w, a)
        arm(told, w, a, 0)
    state.is_instructed[w, a] = True
    sense(state, told, w, EVERYTHING)


@entry
def tell_tasks(state, told):
    """Copy the task, and what was made of it, to the instruction of everybody who was told nothing else."""
    for w in range(state.agent_cell.shape[0]):
        for a in range(state.agent_cell.shape[1]):
            if not state.is_instructed[w, a]:
                tell_task(state, told, w, a)
