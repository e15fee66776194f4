"""What can be done to the window? Every key and button is one of these commands: `do(state, "pause")`."""

from collections.abc import Callable
from pathlib import Path

from agents.types import is_privileged
from social_rl.viewer.controls import entry as entries
from social_rl.viewer.controls.seekbar import step_at
from social_rl.viewer.drawing import camera
from social_rl.viewer.drawing.camera import free_path
from social_rl.viewer.drawing.overlays import OVERLAYS
from social_rl.viewer.drawing.theme import drawn_size, fitting_scale, next_scale
from social_rl.viewer.minds.driving import EXPERT, KEYBOARD, NOT_HERE, Driver, expert, hears, is_keyboard
from social_rl.viewer.minds.guesses import Guesses, follow
from social_rl.viewer.model import (
    PAUSE_AFTER,
    SPEEDS,
    ViewerState,
    begin,
    come_back,
)
from social_rl.viewer.panels.panel import PANELS
from social_rl.viewer.talk.talk_log import end_talks, reply_by, reply_in, said
from social_rl.viewer.talk.telling import instruct, tell
from social_rl.viewer.time.reliving import advance, now, seek
from social_rl.viewer.time.tape import cells_of
from worlds.events import TakeOver
from worlds.goal import decode
from worlds.language.cleaning import clean
from worlds.render.describe import listed
from worlds.replay_files import save

END_OF_REPLAY = "This is where the replay ends: B goes on from here."


def do(state: ViewerState, command: str, *values: object) -> None:
    """Carry out a command by its name.

    Raises:
        ValueError: no such command.
    """
    if command not in COMMANDS:
        raise ValueError(f"no command is called {command!r}: there are {', '.join(COMMANDS)}")
    if command not in SILENT:
        state.notice, state.used = "", True
    before, cells = now(state) if command in MOVING else -1, cells_of(state.sim)
    COMMANDS[command](state, *values)
    if command in MOVING and now(state) != before:
        state.cells_before = cells
    if state.guesses is not None:
        _follow(state, state.guesses)


# ---- time ----------------------------------------------------------------------------------------------
def tick(state: ViewerState) -> None:
    """Let time go on: a step, or, some ticks after the end of an episode, the next one."""
    if state.direction < 0:
        seek(state, now(state) - 1)
        state.playing = now(state) > 0
    elif state.tape.is_past or not (state.over or state.tape.is_replay):
        advance(state)
    elif state.tape.is_replay:
        state.playing, state.notice = False, END_OF_REPLAY
    else:
        state.rested += 1
        if state.rested >= PAUSE_AFTER:
            begin(state)
            _end_talks(state, is_over=False)


def step(state: ViewerState) -> None:
    """Pause, and advance by one step."""
    state.playing = False
    if state.tape.is_past or not (state.over or state.tape.is_replay):
        advance(state)
    elif state.tape.is_replay:
        state.notice = END_OF_REPLAY
    else:
        state.notice = "This episode is over: N begins a new one, R this one again."


def back(state: ViewerState) -> None:
    """Pause, and go back by one step."""
    state.playing = False
    if now(state):
        seek(state, now(state) - 1)
    else:
        state.notice = "This is where the episode begins."


def go_to(state: ViewerState, step: int) -> None:
    """Pause, and go to a step of what has happened."""
    state.playing = False
    seek(state, int(step))


def scrub(state: ViewerState, left: int, width: int, whole: int, x: int) -> None:
    """Go to the place x of a seek bar."""
    state.dragged = left, width, whole
    go_to(state, min(step_at(x, left, width, whole), state.tape.steps))


def go_by(state: ViewerState, steps: int) -> None:
    """Pause, and go so many steps on (below 0: back), as far as it has happened."""
    go_to(state, now(state) + steps)


def go_to_end(state: ViewerState) -> None:
    """Pause, and go to the last step that has happened."""
    go_to(state, state.tape.steps)


def pause(state: ViewerState) -> None:
    """Stop time, or let it go on."""
    state.playing = not state.playing
    if not state.playing:
        return
    if state.direction < 0 and not now(state):
        state.direction = 1
    if state.direction > 0 and not state.tape.is_past:
        if state.tape.is_replay:
            seek(state, 0)
        elif state.over:
            state.rested = PAUSE_AFTER


def reverse(state: ViewerState) -> None:
    """Let time run back, or on again."""
    state.direction = -state.direction
    state.playing = state.direction > 0 or now(state) > 0


def branch(state: ViewerState) -> None:
    """Forget what comes after the present: from here on, whoever plays decides anew."""
    was_replay, here = state.tape.is_replay, now(state)
    if not state.tape.cut(here) and not was_replay:
        state.notice = "Nothing has happened after this: whatever you do goes on from here."
        return
    state.playing, state.direction = False, 1
    waiting = [state.name(a) for a, driver in enumerate(state.cast) if driver.kind.endswith(NOT_HERE)]
    lacks = f" {listed(waiting)} will wait: {NOT_HERE.strip(' ()')}." if waiting else ""
    state.notice = f"A branch from step {here}: what came after it is forgotten.{lacks}"


def keep_replay(state: ViewerState, path: Path | None = None) -> None:
    """Write what has happened up to now as a replay."""
    path = path or free_path(state.out, f"{state.sim.scenario.name}-{now(state)}", ".jsonl.gz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save(state.tape.replay, path)
    except OSError as error:
        state.notice = f"No replay: {error}."
    else:
        state.notice = f"Saved {path}: social-rl play --replay {path}"


def faster(state: ViewerState) -> None:
    """Double the speed."""
    state.pace = min(state.pace + 1, len(SPEEDS) - 1)


def slower(state: ViewerState) -> None:
    """Halve the speed."""
    state.pace = max(state.pace - 1, 0)


def new(state: ViewerState) -> None:
    """Begin a new episode."""
    if state.tape.is_replay:
        state.notice = "This is a replay: R plays it again, B branches from here."
        return
    begin(state)
    _end_talks(state, is_over=True)


def again(state: ViewerState) -> None:
    """Begin this episode again, with the same house, instructions, cast and chance."""
    if state.tape.is_replay:
        seek(state, 0)
    elif state.start is not None:  # what a person has said and done is forgotten
        come_back(state, state.start)
        state.tape.cut(0)
        state.tape.marks.clear()
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
    if state.tape.is_past:
        state.tape.cut(now(state))
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


def overlay(state: ViewerState, name: str) -> None:
    """Lay something over the house, or take it away.

    Raises:
        ValueError: there is no such overlay.
    """
    if name not in OVERLAYS:
        raise ValueError(f"no overlay is called {name!r}: there are {', '.join(OVERLAYS)}")
    state.overlays = state.overlays ^ {name}
    if name == "prestige" and name in state.overlays and state.sim.scenario.prestige is None:
        state.notice = "Nobody has prestige in this scenario: routine_cycle and whom_to_trust have it."


def panel(state: ViewerState, name: str) -> None:
    """Show another panel of the selected agent.

    Raises:
        ValueError: there is no such panel.
    """
    if name not in PANELS:
        raise ValueError(f"no panel is called {name!r}: there are {', '.join(PANELS)}")
    state.panel = name


def change_theme(state: ViewerState) -> None:
    """Dark, or light."""
    state.is_dark = not state.is_dark


def glide(state: ViewerState) -> None:
    """Let agents glide from cell to cell, or jump."""
    state.is_smooth = not state.is_smooth
    state.notice = f"Agents {'glide' if state.is_smooth else 'jump'} from cell to cell."


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
    state.size = drawn_size(wide, high)


def zoom(state: ViewerState, by: float) -> None:
    """Make text and buttons larger, as far as the window has room, or smaller."""
    wanted = next_scale(state.scale, by)
    largest = fitting_scale(wanted, state.size)
    if by > 0 and largest < wanted:
        state.notice = "Larger text needs a larger window."
        wanted = max(state.scale, largest)
    state.scale = wanted


def edit(state: ViewerState) -> None:
    """Paint this level; leaving the editor comes back here."""
    state.playing, state.opens = False, "edit"


def choose_cast(state: ViewerState) -> None:
    """Choose another scenario, or who plays; closing that screen comes back here."""
    if state.sim.scenario.source:
        state.playing, state.opens = False, "cast"
    else:
        state.notice = "This scenario has no name by which it could be chosen again."


def leave_screen(state: ViewerState) -> None:
    """Go back to the screen that opened this one."""
    if state.origin:
        state.is_open = False
    else:
        state.notice = "Nothing lies below this window: close it with its frame."


def close(state: ViewerState) -> None:
    """Close the window."""
    state.is_open, state.quits = False, True


COMMANDS: dict[str, Callable[..., None]] = {
    "tick": tick, "step": step, "back": back, "go to": go_to, "scrub": scrub, "go by": go_by, "go to end": go_to_end,
    "pause": pause, "reverse": reverse, "branch": branch, "keep replay": keep_replay, "faster": faster,
    "slower": slower, "new": new, "again": again, "select": select, "next agent": select_next, "take over": take_over,
    "expert": let_expert, "act": act, "instruct": instruct, "write": write, "leave": leave, "type": type_text,
    "erase": erase, "move": move, "recall": recall, "say": say, "sight": sight, "overlay": overlay, "panel": panel,
    "theme": change_theme, "glide": glide, "guesses": show_guesses,
    "help": show_help, "picture": camera.picture, "record": camera.record,
    "resize": resize, "zoom": zoom, "edit": edit, "cast": choose_cast, "leave screen": leave_screen, "close": close,
}  # fmt: skip
MOVING = frozenset(("tick", "step", "back", "act"))  # after which agents glide
SILENT = frozenset(("tick", "resize"))  # not done by a person: the notice stays
