"""What can be done to a comparison? Every key and button is one of these: `do(state, "go to", 12)`."""

from collections.abc import Callable
from pathlib import Path

from social_rl.viewer.beside.model import BesideState
from social_rl.viewer.beside.picture import render
from social_rl.viewer.commands import do as do_on_side
from social_rl.viewer.controls.seekbar import step_at
from social_rl.viewer.drawing import camera
from social_rl.viewer.drawing.theme import drawn_size, fitting_scale, next_scale
from social_rl.viewer.model import SPEEDS
from social_rl.viewer.time.reliving import now
from social_rl.viewer.time.tape import cells_of


def do(state: BesideState, command: str, *values: object) -> None:
    """Carry out a command by its name.

    Raises:
        ValueError: no such command.
    """
    if command not in COMMANDS:
        raise ValueError(f"no command is called {command!r}: there are {', '.join(COMMANDS)}")
    if command not in SILENT:
        state.notice = ""
    COMMANDS[command](state, *values)


# ---- time ----------------------------------------------------------------------------------------------
def tick(state: BesideState) -> None:
    """Let time go on by one step, or back; it stops at the end."""
    if state.direction < 0:
        _go_to(state, state.now - 1)
        state.playing = state.now > 0
    else:
        _advance(state)
        state.playing = not state.over


def step(state: BesideState) -> None:
    """Pause, and advance by one step."""
    state.playing = False
    if state.over:
        state.notice = "Both episodes are over: N begins a new one, R this one again."
    _advance(state)


def _advance(state: BesideState) -> None:
    """A step of each side that has one: who has come to its end waits there."""
    at = state.now
    for side in state.sides:
        before = cells_of(side.sim)
        if now(side) == at and (side.tape.is_past or not side.over):
            do_on_side(side, "step")
            side.cells_before = before
        else:
            side.cells_before = ()


def back(state: BesideState) -> None:
    """Pause, and go back by one step."""
    go_to(state, state.now - 1)


def go_to(state: BesideState, step: int) -> None:
    """Pause, and go to a step of what has happened."""
    state.playing = False
    _go_to(state, step)


def _go_to(state: BesideState, step: int) -> None:
    for side in state.sides:
        before = cells_of(side.sim)
        do_on_side(side, "go to", min(max(step, 0), side.tape.steps))
        side.cells_before = before


def go_by(state: BesideState, steps: int) -> None:
    """Pause, and go so many steps on (below 0: back), as far as it has happened."""
    go_to(state, state.now + steps)


def go_to_end(state: BesideState) -> None:
    """Pause, and go to the last step that has happened."""
    go_to(state, state.steps)


def scrub(state: BesideState, left: int, width: int, whole: int, x: int) -> None:
    """Go to the place x of the seek bar."""
    state.dragged = left, width, whole
    go_to(state, min(step_at(x, left, width, whole), state.steps))


def pause(state: BesideState) -> None:
    """Stop time, or let it go on; from the end, both episodes are shown again."""
    state.playing = not state.playing
    if state.playing and state.direction < 0 and not state.now:
        state.direction = 1
    if state.playing and state.direction > 0 and state.over:
        _go_to(state, 0)


def reverse(state: BesideState) -> None:
    """Let time run back, or on again."""
    state.direction = -state.direction
    state.playing = state.direction > 0 or state.now > 0


def faster(state: BesideState) -> None:
    """Double the speed."""
    state.pace = min(state.pace + 1, len(SPEEDS) - 1)


def slower(state: BesideState) -> None:
    """Halve the speed."""
    state.pace = max(state.pace - 1, 0)


def both(command: str) -> Callable[..., None]:
    """The command of the window, on both sides."""

    def carry_out(state: BesideState, *values: object) -> None:
        for side in state.sides:
            do_on_side(side, command, *values)

    return carry_out


def begin(command: str) -> Callable[[BesideState], None]:
    """A new episode, or this one again, on both sides: they begin alike."""

    def carry_out(state: BesideState) -> None:
        both(command)(state)
        state.direction, state.playing = 1, False

    return carry_out


# ---- what is kept --------------------------------------------------------------------------------------
def picture(state: BesideState) -> None:
    """Save what the window shows in a file that does not exist yet."""
    camera.keep(state, f"{_stem(state)}-{state.now}", render(state))


def record(state: BesideState, path: Path | None = None) -> None:
    """Begin to record what the window shows, or stop and write the video."""
    camera.begin_or_finish(state, _stem(state), path)


def _stem(state: BesideState) -> str:
    return f"{state.left.sim.scenario.name}-beside"


# ---- the window ----------------------------------------------------------------------------------------
def show_help(state: BesideState) -> None:
    """Show all keys, or hide them."""
    state.help = not state.help


def leave(state: BesideState) -> None:
    """Close the help."""
    state.help = False


def change_theme(state: BesideState) -> None:
    """Dark, or light."""
    state.is_dark = not state.is_dark


def glide(state: BesideState) -> None:
    """Let agents glide from cell to cell, or jump."""
    state.is_smooth = not state.is_smooth


def resize(state: BesideState, wide: int, high: int) -> None:
    """The window has another size."""
    state.size = drawn_size(wide, high)


def zoom(state: BesideState, by: float) -> None:
    """Larger text, as far as the window has room, or smaller."""
    state.scale = fitting_scale(next_scale(state.scale, by), state.size)


def leave_screen(state: BesideState) -> None:
    """Go back to the screen that opened this one."""
    if state.origin:
        state.is_open = False
    else:
        state.notice = "Nothing lies below this window: close it with its frame."


def close(state: BesideState) -> None:
    """Close the window."""
    state.is_open, state.quits = False, True


COMMANDS: dict[str, Callable[..., None]] = {
    "tick": tick, "step": step, "back": back, "go to": go_to, "go by": go_by, "go to end": go_to_end, "scrub": scrub,
    "pause": pause, "reverse": reverse, "faster": faster, "slower": slower, "again": begin("again"),
    "new": begin("new"), "select": both("select"), "next agent": both("next agent"), "sight": both("sight"),
    "overlay": both("overlay"), "glide": glide, "theme": change_theme, "help": show_help, "leave": leave,
    "picture": picture, "record": record, "resize": resize, "zoom": zoom, "leave screen": leave_screen,
    "close": close,
}  # fmt: skip
SILENT = frozenset(("tick", "resize"))
