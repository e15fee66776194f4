"""How do a person and the window talk? Events become commands, the state becomes a picture, time goes on."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pygame

from agents.language.understanding import Understanding
from social_rl.viewer.commands import do
from social_rl.viewer.controls import clock, keys
from social_rl.viewer.controls.buttons import HEIGHT
from social_rl.viewer.controls.clock import Moving
from social_rl.viewer.controls.screen import INVISIBLE, is_held_down, open_window, put_on_screen
from social_rl.viewer.drawing import camera
from social_rl.viewer.drawing.canvas import Painted
from social_rl.viewer.drawing.theme import MARGIN
from social_rl.viewer.minds.driving import Policy, is_keyboard
from social_rl.viewer.model import ViewerState, open_state
from social_rl.viewer.picture import HEADER, PANEL, paint
from social_rl.viewer.talk.talk_log import end_talks, open_log
from social_rl.viewer.time.opening import open_replay
from worlds.render.draw import extent
from worlds.replay import Replay
from worlds.scenario import Scenario

SMALLEST = (1280, 800)
Visit = Callable[[ViewerState], None]
"""Shows the screen that a state opens, until it is closed."""


def stay(state: ViewerState) -> None:
    """Open no other screen."""
    state.opens, state.notice = "", "Only social-rl play opens that."


def play(
    scenario: Scenario,
    cast: dict[str, Policy],
    *,
    seed: int = 0,
    instructions: Sequence[str] = (),
    tile: int = 40,
    fps: float = 8,
    record: Path | None = None,
    screenshot: Path | None = None,
    frames: int | None = None,
    understand: Callable[[str], Understanding] | None = None,
    log_talk: Path | None = None,
    visit: Visit = stay,
) -> int:
    """Open a window on a scenario until it is closed; returns the exit status.

    Args:
        cast: a policy for each agent of the scenario.
        instructions: words for the first agent, the second, ...; "" keeps the level's own.
        tile: pixels of a cell, as far as the window allows.
        fps: steps a second.
        record: a video of what the window shows.
        screenshot: write one picture there and return at once; this needs no display.
        frames: close after so many frames, one step each; 0 or None: stay open.
        understand: what is meant by words that the grammar refuses, for agents that hear none.
        log_talk: add what is typed to agents to this file, as `social-rl rlhf offline --file` reads it.
        visit: shows the screens that this one opens.

    Raises:
        ValueError: the cast lacks an agent, an instruction, the seed or the record's suffix is wrong, or the file of
            the log holds something else.
        OSError: what was typed cannot be written.
    """
    state = open_state(scenario, cast, seed=seed, instructions=instructions, understand=understand)
    state.log = open_log(log_talk) if log_talk is not None else None
    return open_on(
        state, tile=tile, fps=fps, record=record, screenshot=screenshot, frames=frames, visit=visit
    )


def play_replay(
    replay: Replay,
    policies: Mapping[str, Policy],
    scenario: Scenario | None = None,
    *,
    understand: Callable[[str], Understanding] | None = None,
    **shown: Any,
) -> int:
    """Open a window on a replay until it is closed; returns the exit status.

    Args:
        policies: as `open_replay` takes them, and `scenario` likewise.
        shown: as `open_on` takes it.

    Raises:
        ReplayError: it cannot be played.
    """
    state = open_replay(replay, policies, scenario, understand)
    if state.diverged is not None:
        print(f"{state.diverged}{replay.origin}", file=sys.stderr)
    return open_on(state, **shown)


def open_on(
    state: ViewerState,
    *,
    tile: int = 40,
    fps: float = 8,
    record: Path | None = None,
    screenshot: Path | None = None,
    frames: int | None = None,
    visit: Visit = stay,
) -> int:
    """Open a window on a state, as `play` does."""
    state.fps, state.playing = float(fps), True
    state.size = comfortable_size(state, tile)
    if screenshot is not None:
        camera.save_picture(state, Path(screenshot))
        print(f"Saved {screenshot}.", file=sys.stderr)
        return 0
    if record is not None:
        camera.record(state, Path(record))
        state.notice = ""
    chosen = "SDL_VIDEODRIVER" in os.environ
    pygame.display.init()
    pygame.font.init()
    try:
        unseen = pygame.display.get_driver() in INVISIBLE
        if unseen and not frames and record is None:
            print(WARNING, file=sys.stderr)
            if not chosen:
                return 1
        state.size = open_window(state.size, f"Social RL: {state.sim.scenario.name}")
        if frames:
            _play_frames(state, frames)
        elif unseen and not chosen:
            _play_frames(state, int(state.sim.state.step_limit[0]) + 1)
        else:
            go_on(state, visit)
        camera.finish(state)
        if record is not None:
            print(state.notice, file=sys.stderr)
    finally:
        pygame.display.quit()
        end_talks(state.log, is_over=True)
    return 0


WARNING = (
    "social-rl play: there is no display, so nobody would see the window. "
    "Set DISPLAY (ssh -X, Xvfb), save one picture with --screenshot FILE.png, or make a video with --record FILE.mp4 "
    "or with social-rl run --video FILE.mp4"
)


def comfortable_size(state: ViewerState, tile: int) -> tuple[int, int]:
    """A window in which a cell has `tile` pixels, but no smaller than the usual one."""
    rows, cols = extent(state.sim.state, 0)
    wide = cols * tile + PANEL + 3 * MARGIN
    high = rows * tile + HEADER + HEIGHT + 2 * MARGIN + 8
    return max(wide, SMALLEST[0]), max(high, SMALLEST[1])


def _play_frames(state: ViewerState, frames: int) -> None:
    """As fast as it goes: a picture, then a step; without a number of frames asked for, one episode."""
    painted = show(state)
    for _ in range(frames):
        for event in pygame.event.get():
            handle(state, event, painted)
        if not state.is_open:
            return
        camera.shoot(state)
        if state.playing:
            do(state, "tick")
        painted = show(state)


def go_on(state: ViewerState, visit: Visit) -> None:
    """Until the window is closed."""
    clock.go_on(state, MOVING, visit)


def show(state: ViewerState) -> Painted:
    """Put the picture of the state on the screen."""
    painted = paint(state)
    put_on_screen(painted.surface)
    return painted


# ---- events --------------------------------------------------------------------------------------------
def handle(state: ViewerState, event: pygame.event.Event, painted: Painted) -> None:
    """Carry out what an event asks for."""
    if event.type == pygame.QUIT:
        do(state, "close")
    elif event.type == pygame.VIDEORESIZE:
        do(state, "resize", event.w, event.h)
    elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
        area = painted.at(*event.pos)
        if state.entry.is_open and (area is None or area.command not in ("write", "select")):
            do(state, "leave")
        if area is not None and area.command == "scrub":
            do(state, "scrub", *area.values, event.pos[0])
        elif area is not None:
            do(state, area.command, *area.values)
    elif event.type == pygame.MOUSEMOTION and state.dragged is not None and event.buttons[0]:
        do(state, "scrub", *state.dragged, event.pos[0])
    elif event.type in (pygame.MOUSEBUTTONUP, pygame.MOUSEMOTION):
        state.dragged = None
    elif event.type == pygame.TEXTINPUT:
        _text(state, event.text)
    elif event.type == pygame.KEYDOWN:
        _key(state, event)


def is_repeated(state: ViewerState, event: pygame.event.Event, held: set[int]) -> bool:
    """Is this from a key held down whose command is not to be repeated?"""
    if not is_held_down(event, held):
        return False
    row = key_of(state, event)
    return row is not None and row.command not in keys.REPEATING


def _text(state: ViewerState, text: str) -> None:
    if state.entry.is_open:
        do(state, "type", text)
    elif text == keys.OPENING:
        do(state, "write")


def _key(state: ViewerState, event: pygame.event.Event) -> None:
    if getattr(event, "mod", 0) & (pygame.KMOD_CTRL | pygame.KMOD_META):
        if event.key in keys.ZOOM_KEYS:
            do(state, "zoom", keys.ZOOM_KEYS[event.key])
        return
    row = key_of(state, event)
    if row is not None:
        do(state, row.command, *row.values)


def key_of(state: ViewerState, event: pygame.event.Event) -> keys.Key | None:
    """What a pressed key means now."""
    if state.entry.is_open:
        return keys.find(keys.WRITING, event.key, "")
    mine = keys.DRIVING if is_keyboard(state.driver(state.selected)) else ()
    character = getattr(event, "unicode", "")
    return keys.find(mine, event.key, "") or keys.find(keys.WATCHING, event.key, character)


MOVING = Moving(
    do,
    handle,
    is_repeated,
    lambda state: show(state),
    camera.shoot,  # `show` is looked up when it is called
)
