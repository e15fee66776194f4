"""What can be done to the window? Every key and button is one of these commands: `do(state, "pause")`."""

from collections.abc import Callable

import numpy as np

from agents.types import is_privileged
from social_rl.viewer import camera
from social_rl.viewer import entry as entries
from social_rl.viewer.driving import EXPERT, KEYBOARD, Driver, decide, expert, hears, is_keyboard
from social_rl.viewer.guesses import Guesses, follow
from social_rl.viewer.model import (
    PAUSE_AFTER,
    SPEEDS,
    ViewerState,
    begin,
    come_back,
    moment,
)
from social_rl.viewer.talk_log import end_talks, reply_by, reply_in, said
from social_rl.viewer.telling import instruct, listen, tell
from social_rl.viewer.theme import fitting_scale
from worlds.events import TakeOver
from worlds.goal import decode
from worlds.language.cleaning import clean
from worlds.state import WAIT


def do(state: ViewerState, command: str, *values: object) -> None:
    """Carry out a command by its name.

    Raises:
        ValueError: no such command.
    """
    if command not in COMMANDS:
        raise ValueError(f"no command is called {command!r}: there are {', '.join(COMMANDS)}")
    if command not in SILENT:
        state.notice, state.used = "", True
    COMMANDS[command](state, *values)
    if state.guesses is not None:
        _follow(state, state.guesses)


# ---- time ----------------------------------------------------------------------------------------------
def tick(state: ViewerState) -> None:
    """Let time go on: a step, or, some ticks after the end of an episode, the next one."""
    if not state.over:
        _advance(state)
        return
    state.rested += 1
    if state.rested >= PAUSE_AFTER:
        begin(state)
        _end_talks(state, is_over=False)


def step(state: ViewerState) -> None:
    """Pause, and advance by one step."""
    state.playing = False
    if state.over:
        state.notice = "This episode is over: N begins a new one, R this one again."
    else:
        _advance(state)


def _advance(state: ViewerState) -> None:
    state.past.append(moment(state))
    sim, now = state.sim, int(state.sim.state.step[0])
    action = np.array([[_decided(state, a) for a in range(sim.agents)]])
    sim.step(action)
    state.returns = state.returns + sim.state.reward[0]
    listen(state, now)


def _decided(state: ViewerState, a: int) -> int:
    """What agent `a` does now. The cast is asked even where somebody stands in: it remembers what it sees."""
    act, state.cast[a] = decide(state.cast[a], state.sim, a)
    stand_in = state.stand_ins.get(a)
    if stand_in is None:
        return act
    if is_keyboard(stand_in):
        return state.pending.pop(a, WAIT)
    act, state.stand_ins[a] = decide(stand_in, state.sim, a)
    return act


def back(state: ViewerState) -> None:
    """Pause, and take back one step."""
    state.playing = False
    if state.past:
        come_back(state, state.past.pop())
    else:
        state.notice = "No earlier step is kept."


def pause(state: ViewerState) -> None:
    """Stop time, or let it go on."""
    state.playing = not state.playing
    if state.playing and state.over:
        state.rested = PAUSE_AFTER


def faster(state: ViewerState) -> None:
    """Double the speed."""
    state.pace = min(state.pace + 1, len(SPEEDS) - 1)


def slower(state: ViewerState) -> None:
    """Halve the speed."""
    state.pace = max(state.pace - 1, 0)


def new(state: ViewerState) -> None:
    """Begin a new episode."""
    begin(state)
    _end_talks(state, is_over=True)


def again(state: ViewerState) -> None:
    """Begin this episode again, with the same house, instructions, cast and chance."""
    if state.start is not None:
        come_back(state, state.start)
        state.past.clear()
        _end_talks(state, is_over=True)


def _end_talks(state: ViewerState, is_over: bool) -> None:
    try:
        end_talks(state.log, is_over)
    except OSError as error:
        state.notice = f"What you said is not logged yet: {error}."


# ---- agents --------------------------------------------------------------------------------------------
def select(state: ViewerState, a: int) -> None:
    """Look at agent `a`."""
    state.selected = a % state.sim.agents


def select_next(state: ViewerState) -> None:
    """Look at the next agent."""
    select(state, state.selected + 1)


def take_over(state: ViewerState) -> None:
    """Drive the selected agent by keyboard, or hand it back."""
    a = state.selected
    if is_keyboard(state.driver(a)):
        _hand_back(state, a)
    else:
        _stand_in(state, a, KEYBOARD)
        state.playing = False
        state.notice = f"{state.name(a)} is yours: the world moves when you do, or press space."


def let_expert(state: ViewerState) -> None:
    """Let the expert play the selected agent instead, until the episode ends; or hand it back to the cast."""
    a = state.selected
    if EXPERT in (state.driver(a).kind, state.cast[a].kind):
        _hand_back(state, a)
    else:
        _stand_in(state, a, expert(state.sim, a))
        state.notice = f"The expert plays {state.name(a)} in this episode: E hands back."


def _stand_in(state: ViewerState, a: int, driver: Driver) -> None:
    """Somebody plays agent `a` in place of the cast, until the episode ends."""
    state.stand_ins[a] = driver
    state.pending.pop(a, None)
    state.sim.apply(0, TakeOver(a, driver.kind))


def _hand_back(state: ViewerState, a: int) -> None:
    """Whom the cast names plays agent `a`."""
    changed = state.stand_ins.pop(a, None) is not None
    state.pending.pop(a, None)
    if changed:
        state.sim.apply(0, TakeOver(a, state.driver(a).kind))
    state.notice = (
        f"{state.name(a)} is played by {state.driver(a).kind}{' again' if changed else ' already'}."
    )


def act(state: ViewerState, number: int) -> None:
    """Choose an act for the selected agent; while time stands still, it moves on by one step."""
    a = state.selected
    if not is_keyboard(state.driver(a)):
        state.notice = f"{state.name(a)} is played by {state.driver(a).kind}: T takes over."
        return
    state.pending[a] = number
    if not state.playing:
        step(state)


# ---- the entry -----------------------------------------------------------------------------------------
def write(state: ViewerState) -> None:
    """Open the entry."""
    state.entry = entries.opened(state.entry)


def leave(state: ViewerState) -> None:
    """Close what is open: the help, or the entry."""
    if state.help:
        state.help = False
    else:
        state.entry = entries.left(state.entry)


def type_text(state: ViewerState, text: str) -> None:
    """Write into the entry."""
    state.entry = entries.typed(state.entry, text)


def erase(state: ViewerState, by: int) -> None:
    """Remove so many characters after (below 0: before) the caret."""
    state.entry = entries.erased(state.entry, state.entry.caret + by)


def move(state: ViewerState, by: int) -> None:
    """Move the caret."""
    state.entry = entries.moved(state.entry, state.entry.caret + by)


def recall(state: ViewerState, further: int) -> None:
    """Look at earlier texts."""
    state.entry = entries.recalled(state.entry, further)


def say(state: ViewerState) -> None:
    """Tell the selected agent what stands in the entry."""
    if not clean(state.entry.text):
        leave(state)
        return
    a, text = state.selected, state.entry.text
    try:
        tell(state, a, text)
    except ValueError as error:
        said(state.log, state.name(a), text, reply_in(str(error)))
        state.entry = entries.refused(state.entry, str(error))
    else:
        does = "" if hears(state.driver(a)) else reply_by(decode(state.sim.state.goal[0, a]))
        said(state.log, state.name(a), text, does)
        state.entry = entries.accepted(state.entry)


# ---- the window ----------------------------------------------------------------------------------------
def sight(state: ViewerState) -> None:
    """Show in the house what the selected agent sees, or stop."""
    state.sight = not state.sight


def show_guesses(state: ViewerState) -> None:
    """Show what each agent was probably told, or stop."""
    if state.guesses is not None:
        state.guesses = None
        return
    guesses = Guesses()
    _follow(state, guesses)
    if guesses.trouble:
        state.notice = f"Nothing to guess here: {guesses.trouble}."
    else:
        state.guesses = guesses


def _follow(state: ViewerState, guesses: Guesses) -> None:
    privileged = [is_privileged(state.driver(a).policy) for a in range(state.sim.agents)]
    follow(guesses, state.sim, privileged)


def show_help(state: ViewerState) -> None:
    """Show all keys, or hide them."""
    state.help = not state.help


def resize(state: ViewerState, wide: int, high: int) -> None:
    """The window has another size."""
    state.size = max(wide, 640), max(high, 420)


def zoom(state: ViewerState, by: float) -> None:
    """Make text and buttons larger, as far as the window has room, or smaller."""
    wanted = min(max(round(state.scale + by, 2), 0.75), 3.0)
    largest = fitting_scale(wanted, state.size)
    if by > 0 and largest < wanted:
        state.notice = "Larger text needs a larger window."
        wanted = max(state.scale, largest)
    state.scale = wanted


def close(state: ViewerState) -> None:
    """Close the window."""
    state.is_open = False


COMMANDS: dict[str, Callable[..., None]] = {
    "tick": tick, "step": step, "back": back, "pause": pause, "faster": faster, "slower": slower, "new": new,
    "again": again, "select": select, "next agent": select_next, "take over": take_over, "expert": let_expert,
    "act": act, "instruct": instruct, "write": write, "leave": leave, "type": type_text, "erase": erase, "move": move,
    "recall": recall, "say": say, "sight": sight, "guesses": show_guesses, "help": show_help, "picture": camera.picture,
    "record": camera.record, "resize": resize, "zoom": zoom, "close": close,
}  # fmt: skip
SILENT = frozenset(("tick", "resize"))  # not done by a person: the notice stays
