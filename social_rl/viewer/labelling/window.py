"""How do a person and the labelling window talk? Events become commands, the state becomes a picture, time goes on."""

import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import lru_cache, partial

import pygame

from social_rl.commands.label import HOST, PORT, Label
from social_rl.human_feedback.labelling.clips import Clip
from social_rl.human_feedback.labelling.desk import Desk, clip_in
from social_rl.human_feedback.labelling.opening import check_raters, desk_of, folder_of
from social_rl.viewer.controls.keys import ZOOM_KEYS, Key, find
from social_rl.viewer.controls.screen import is_held_down, open_display, open_window, put_on_screen, wait
from social_rl.viewer.drawing.canvas import Area, Painted
from social_rl.viewer.labelling import keys
from social_rl.viewer.labelling.commands import do, until_next
from social_rl.viewer.labelling.model import LabelState, ask_next
from social_rl.viewer.labelling.picture import paint

KEPT_CLIPS = 16  # in memory
LONGEST = 60.0  # seconds that the window waits for events at a time


def label(command: Label) -> int:
    """Open a window on a store until it is closed; returns the exit status, 1 where an answer was not stored.

    Raises:
        ValueError: an option is wrong, there is no such store, or nothing is asked in it.
        OSError: there is no display, or the store cannot be read.
    """
    check(command)
    folder, desk = folder_of(command), desk_of(command)
    (rater,) = command.rater
    if desk.progress(rater)[1] == 0:
        raise ValueError(
            f"{command.store} holds no comparisons that can be shown: ask some, as by rlhf export --from"
        )
    with ThreadPoolExecutor(1) as worker:
        return compare(desk, rater, partial(clip_in, folder), worker)


def check(command: Label) -> None:
    """Raise a ValueError unless a window can open as the command says."""
    check_raters(command)
    if len(command.rater) > 1:
        raise ValueError(
            f"--rater is {' '.join(command.rater)}: one person sits at a window; add --web for several"
        )
    for name, usual in (("host", HOST), ("port", PORT)):
        if (given := getattr(command, name)) != usual:
            raise ValueError(f"--{name} {given} is of the page: add --web, or leave it out")


def compare(desk: Desk, rater: str, load: Callable[[str], Clip], worker: Executor) -> int:
    """Let a person answer what a desk asks, in a window, until they close it; returns the exit status.

    Raises:
        OSError: there is no display.
    """
    state = open_state(desk, rater, load, worker)
    open_screen(state)
    try:
        _go_on(state)
    finally:
        if state.is_open:
            do(state, "close")
        pygame.display.quit()
        worker.shutdown(wait=False, cancel_futures=True)
    if state.trouble:
        print(f"social-rl label: {state.trouble}", file=sys.stderr)
    return 1 if state.held is not None else 0


def open_state(desk: Desk, rater: str, load: Callable[[str], Clip], worker: Executor) -> LabelState:
    """A window's state, with what is to be asked first."""
    state = LabelState(desk, rater, lru_cache(KEPT_CLIPS)(load), worker, time.monotonic())
    ask_next(state)
    return state


def open_screen(state: LabelState) -> None:
    """The window itself.

    Raises:
        OSError: there is no display.
    """
    open_display("add --web for a page in a browser")
    state.size = open_window(state.size, "Social RL: which is better?")


def _go_on(state: LabelState) -> None:
    """Until the window is closed; while nothing moves, this waits and uses no processor."""
    held: set[int] = set()
    while state.is_open:
        painted = paint(state)
        put_on_screen(painted.surface)
        seconds = until_next(state)
        events = wait(LONGEST if seconds is None else min(seconds + 0.001, LONGEST))
        do(state, "tick", time.monotonic())
        for event in events:
            if not is_repeated(state, event, held):
                handle(state, event, painted)


# ---- events --------------------------------------------------------------------------------------------
def handle(state: LabelState, event: pygame.event.Event, painted: Painted) -> None:
    """Carry out what an event asks for."""
    if event.type == pygame.QUIT:
        do(state, "close")
    elif event.type == pygame.VIDEORESIZE:
        do(state, "resize", event.w, event.h)
    elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
        _click(state, painted.at(*event.pos), event.pos[0])
    elif event.type == pygame.MOUSEMOTION and state.scrubbing:
        _scrub(state, painted, event.pos[0])
    elif event.type == pygame.MOUSEBUTTONUP and event.button == 1:
        state.scrubbing = False
    elif event.type == pygame.MOUSEWHEEL:
        do(state, "scroll", -event.y)
    elif event.type == pygame.TEXTINPUT:
        if state.is_writing:
            do(state, "type", event.text)
        elif event.text.lower() in keys.OPENING and not state.help:
            do(state, keys.OPENING[event.text.lower()])
    elif event.type == pygame.KEYDOWN:
        _press(state, event)


def _click(state: LabelState, area: Area | None, x: int) -> None:
    if state.is_writing and (area is None or area.command not in ("write", "explain", "send")):
        do(state, "leave")
    if area is None:
        return
    if area.command == "scrub":
        state.scrubbing = True
        do(state, "go to", _step_at(state, area.rect, x))
    else:
        do(state, area.command, *area.values)


def _scrub(state: LabelState, painted: Painted, x: int) -> None:
    line = next((area.rect for area in painted.areas if area.command == "scrub"), None)
    if line is not None:
        do(state, "go to", _step_at(state, line, x))


def _step_at(state: LabelState, line: pygame.Rect, x: int) -> int:
    return round(state.clock.last * (x - line.left) / line.width)


def _press(state: LabelState, event: pygame.event.Event) -> None:
    mod = getattr(event, "mod", 0)
    if mod & (pygame.KMOD_CTRL | pygame.KMOD_META):
        if event.key in ZOOM_KEYS:
            do(state, "zoom", ZOOM_KEYS[event.key])
        elif event.key == pygame.K_q:
            do(state, "close")
        elif event.key in (pygame.K_RETURN, pygame.K_KP_ENTER):
            do(state, "send")
        return
    row = key_of(state, event)
    if row is not None:
        values = row.values
        if row.command == "by" and mod & pygame.KMOD_SHIFT:
            values = tuple(keys.FAR * steps for steps in row.values if isinstance(steps, int))
        do(state, row.command, *values)


def key_of(state: LabelState, event: pygame.event.Event) -> Key | None:
    """What a pressed key means now; while the help lies over the window, keys only close it."""
    if state.is_writing:
        return find(keys.WRITING, event.key, "")
    row = find((*keys.JUDGING, *keys.PLAYING), event.key, getattr(event, "unicode", ""))
    if state.help and row is not None and row.command not in ("help", "leave"):
        return None
    return row


def is_repeated(state: LabelState, event: pygame.event.Event, held: set[int]) -> bool:
    """Is this from a key held down whose command is not to be repeated?"""
    if not is_held_down(event, held):
        return False
    row = key_of(state, event)
    return row is None or row.command not in keys.REPEATING
