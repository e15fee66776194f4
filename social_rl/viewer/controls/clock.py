"""How does time go on in a window? Ticks when they are due, pictures between them, and events as they come."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from pygame import MOUSEMOTION
from pygame.event import Event

from social_rl.viewer.controls.screen import post_all, wait
from social_rl.viewer.drawing.canvas import Painted

FRAME = 1 / 60  # seconds between pictures, at least
FASTEST_GLIDE = 20  # steps a second
MOST_TICKS = 16  # between two pictures; a machine that is too slow for the speed falls behind


class Moving(NamedTuple):
    """What a window needs in which time goes on."""

    do: Callable[..., None]
    handle: Callable[[Any, Event, Painted], None]
    is_repeated: Callable[[Any, Event, set[int]], bool]
    show: Callable[[Any], Painted]
    shoot: Callable[[Any], None]  # after each tick, for films


def go_on(state: Any, moving: Moving, visit: Callable[[Any], None]) -> None:
    """Until the window is closed. While time stands still, this waits for events and uses no processor."""
    painted = moving.show(state)
    moving.shoot(state)
    due = time.monotonic()
    held: set[int] = set()
    while state.is_open:
        was_playing = state.playing
        left = max(due - time.monotonic(), 0) if state.playing else None
        events = wait(min(left, FRAME) if left and is_gliding(state) else left)
        for i, event in enumerate(events):
            if not moving.is_repeated(state, event, held):
                moving.handle(state, event, painted)
            if state.opens:
                post_all(events[i + 1 :])  # they are for the screen that opens
                visit(state)
                painted, due = moving.show(state), time.monotonic()
                break
            if not state.is_open:
                post_all(events[i + 1 :])
                return
        now = time.monotonic()
        due = due if was_playing else now
        ticks = 0
        while state.playing and due <= now and ticks < MOST_TICKS:
            moving.do(state, "tick")
            moving.shoot(state)
            due += 1 / (state.fps * state.speed)
            ticks += 1
        due = max(due, now) if ticks == MOST_TICKS else due
        was_gliding, state.phase = state.phase < 1, 1.0
        if is_gliding(state):
            state.phase = min(max(1 - (due - now) * state.fps * state.speed, 0.0), 1.0)
        has_news = state.dragged is not None or any(event.type != MOUSEMOTION for event in events)
        if has_news or ticks or was_gliding or state.phase < 1:
            painted = moving.show(state)
            due = max(due, now + FRAME) if ticks == MOST_TICKS else due


def is_gliding(state: Any) -> bool:
    """Are agents drawn between cells? Not where steps are so fast that one would not see it."""
    return state.is_smooth and state.playing and not state.over and state.fps * state.speed < FASTEST_GLIDE
