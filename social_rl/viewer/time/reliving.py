"""How does time go on, and back? A step is decided and written down, or lived again as it is on the tape.

To go back is to take up a keyframe and to live again from there: minds are asked again, with what they remembered then,
so that they remember, and go on, as they did. Who speaks (a language model) is not asked again, since what it said is
on the tape already; of such casts, every moment is kept instead.
"""

import numpy as np

from social_rl.viewer.minds.driving import (
    EXPERT,
    KEYBOARD,
    Driver,
    decide,
    expert,
    is_asked_once,
    is_keyboard,
    unsaid,
)
from social_rl.viewer.minds.thoughts import value_of
from social_rl.viewer.model import ViewerState, come_back, moment
from social_rl.viewer.talk.telling import listen
from social_rl.viewer.time.marks import mark_of_event, marks_of, standing
from social_rl.viewer.time.tape import NEAR, SPACING, cells_of
from worlds.events import Acts, Event, TakeOver
from worlds.replay import difference, happen
from worlds.state import WAIT


def now(state: ViewerState) -> int:
    """How many steps were taken."""
    return int(state.sim.state.step[0])


def advance(state: ViewerState) -> None:
    """One step on: as it is on the tape, or else as it is decided now."""
    tape = state.tape
    if tape.is_past:
        seek(state, now(state) + 1)
        return
    step, before = now(state), standing(state.sim)
    tape.keeps_all |= any(is_asked_once(driver) for driver in state.cast)
    before_asking = moment(state) if tape.keeps_all or step % SPACING == 0 else None
    action = np.array([[_decided(state, a) for a in range(state.sim.agents)]])
    if before_asking is not None:
        tape.moments[step] = before_asking
    _note_values(state, step)
    state.sim.step(action)
    state.returns = state.returns + state.sim.state.reward[0]
    tape.mark(step + 1, *marks_of(state.sim, before))
    listen(state, step)


def seek(state: ViewerState, step: int) -> None:
    """Go to a step of the tape, from its beginning to its end."""
    tape, here = state.tape, now(state)
    step = min(max(step, 0), tape.steps)
    if step == here:
        return
    if not tape.is_past and here not in tape.moments:
        tape.moments[here] = moment(state)
    if step < here or any(here < t <= step for t in tape.moments):
        first = max(t for t in tape.moments if t <= step)
        come_back(state, tape.moments[first])
    while now(state) < step:
        _relive(state)
        if step - now(state) <= NEAR and now(state) not in tape.moments:
            tape.moments[now(state)] = moment(state)
    tape.thin_out(step)
    state.rested = 0


def _relive(state: ViewerState) -> None:
    """One step on, as it is on the tape; notes where the world goes otherwise."""
    tape, step, before = state.tape, now(state), standing(state.sim)
    if step % SPACING == 0 and step not in tape.moments:
        tape.moments[step] = moment(state)
    catch_up(state)
    with unsaid(state.sim):
        state.cast[:] = [_asked_again(state, a, driver) for a, driver in enumerate(state.cast)]
        state.stand_ins |= {a: _asked_again(state, a, driver) for a, driver in state.stand_ins.items()}
    _note_values(state, step)
    _happen(state)
    if len(tape.cells) <= step + 1:
        tape.cells.append(cells_of(state.sim))
    state.returns = state.returns + state.sim.state.reward[0]
    tape.mark(step + 1, *marks_of(state.sim, before))
    catch_up(state)


def _asked_again(state: ViewerState, a: int, driver: Driver) -> Driver:
    """Who drives agent `a`, after it was asked what it would do now, if it can be asked again."""
    if is_keyboard(driver) or is_asked_once(driver):
        return driver
    return decide(driver, state.sim, a)[1]


def catch_up(state: ViewerState) -> None:
    """Let everything happen that is on the tape before its next step."""
    while state.tape.is_past and not isinstance(state.tape.next.event, Acts):
        event = _happen(state)
        if isinstance(event, TakeOver):
            _stand_in(state, event)
        state.tape.mark(now(state), mark_of_event(state.sim, event))


def _happen(state: ViewerState) -> Event:
    """Let the next event of the tape happen; the first place where the world is not as recorded is noted."""
    tape, (event, digest, _) = state.tape, state.tape.next
    tape.reliving = True
    try:
        happen(state.sim, event)
    finally:
        tape.reliving = False
    tape.head += 1
    if state.diverged is None:
        state.diverged = difference(state.sim, tape.reference, event, digest)
    return event


def _decided(state: ViewerState, a: int) -> int:
    """What agent `a` does now. The cast is asked even where somebody stands in: it remembers what it sees."""
    stand_in = state.stand_ins.get(a)
    if stand_in is None:
        act, state.cast[a] = decide(state.cast[a], state.sim, a)
        return act
    with unsaid(state.sim):
        _, state.cast[a] = decide(state.cast[a], state.sim, a)
    if is_keyboard(stand_in):
        return state.pending.pop(a, WAIT)
    act, state.stand_ins[a] = decide(stand_in, state.sim, a)
    return act


def _stand_in(state: ViewerState, event: TakeOver) -> None:
    """Who plays an agent from now on, as the tape has it."""
    if event.by == KEYBOARD.kind:
        state.stand_ins[event.agent] = KEYBOARD
    elif event.by == EXPERT != state.cast[event.agent].kind:
        state.stand_ins[event.agent] = expert(state.sim, event.agent)
    else:
        state.stand_ins.pop(event.agent, None)


def _note_values(state: ViewerState, step: int) -> None:
    """What minds expect to earn from here on, as they were asked at this step."""
    state.tape.values[step] = np.array([value_of(driver) for driver in state.cast])
