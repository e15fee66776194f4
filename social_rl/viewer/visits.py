"""How does one screen open another, and come back? Each is shown until it is closed; then the one below goes on."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pygame

from social_rl.commands.choices import show
from social_rl.viewer import window
from social_rl.viewer.beside import window as beside_window
from social_rl.viewer.beside.model import BesideState
from social_rl.viewer.casting import events as casting_events
from social_rl.viewer.casting import keys as casting_keys
from social_rl.viewer.casting.model import StartState, open_start
from social_rl.viewer.casting.picture import paint as paint_start
from social_rl.viewer.controls.keys import Key
from social_rl.viewer.controls.screen import (
    is_held_down,
    open_display,
    open_window,
    post_all,
    put_on_screen,
    wait,
)
from social_rl.viewer.drawing.camera import save_surface
from social_rl.viewer.drawing.canvas import Painted
from social_rl.viewer.editor import events as editor_events
from social_rl.viewer.editor import keys as editor_keys
from social_rl.viewer.editor.draft import EditError
from social_rl.viewer.editor.model import EditorState, open_editor
from social_rl.viewer.editor.picture import paint as paint_editor
from social_rl.viewer.editor.playing import play_of
from social_rl.viewer.gallery import events as gallery_events
from social_rl.viewer.gallery import keys as gallery_keys
from social_rl.viewer.gallery.model import GalleryState
from social_rl.viewer.gallery.picture import paint as paint_gallery
from social_rl.viewer.model import ViewerState
from worlds.levels.bank import level_of

S = TypeVar("S", bound=Any)


class Kind(NamedTuple):
    """What a still screen needs."""

    paint: Callable[[Any], Painted]
    handle: Callable[[Any, pygame.event.Event, Painted], Any]
    key_of: Callable[[Any, pygame.event.Event], Key | None]
    repeating: frozenset[str]
    above: Callable[[Any], Any]  # the screen that it opens now


def visit(state: Any) -> Any:
    """Show a screen, and those that it opens, until it is closed; returns its last state."""
    if isinstance(state, ViewerState):
        window.go_on(state, visit_from_viewer)
        return state
    if isinstance(state, BesideState):
        beside_window.go_on(state)
        return state
    return _visit_still(state, KINDS[type(state)])


def visit_from_viewer(viewer: ViewerState) -> None:
    """Show what the window opens, and take what its person did there."""
    what, viewer.opens = viewer.opens, ""
    above = visit(_editor_of(viewer) if what == "edit" else _start_of(viewer))
    viewer.size, viewer.scale, viewer.is_dark = above.size, above.scale, above.is_dark
    if above.quits:
        viewer.is_open, viewer.quits = False, True


def _editor_of(viewer: ViewerState) -> EditorState:
    """The editor on the level of a window."""
    level = level_of(viewer.sim.bank, int(viewer.sim.state.level[0]))
    return open_editor(
        level,
        viewer.sim.scenario,
        size=viewer.size,
        scale=viewer.scale,
        is_dark=viewer.is_dark,
        out=viewer.out,
    )


def _start_of(viewer: ViewerState) -> StartState:
    """The first screen, with what a window plays, as far as that can be chosen there."""
    scenario, known = (
        viewer.sim.scenario,
        {"size": viewer.size, "scale": viewer.scale, "is_dark": viewer.is_dark},
    )
    state = open_start(
        name=scenario.source, choices=tuple(f"{n}={show(v)}" for n, v in scenario.choices), **known
    )
    cast = zip(scenario.agents, (driver.kind for driver in viewer.cast), strict=True)
    return replace(state, cast=tuple((name, kind) for name, kind in cast if kind in state.policies))


def _visit_still(state: S, kind: Kind) -> S:
    """Until it is closed: this waits for events, and uses no processor while there are none."""
    held: set[int] = set()
    while state.is_open:
        painted = _shown(state, kind)
        events = wait(None)
        before = state
        for i, event in enumerate(events):
            if _is_repeated(state, kind, event, held):
                continue
            if event.type == pygame.MOUSEBUTTONDOWN and state is not before:
                painted, before = kind.paint(state), state
            state = kind.handle(state, event, painted)
            if state.opens:
                post_all(events[i + 1 :])  # they are for the screen above
                state = _visit_above(state, kind)
                break
            if not state.is_open:
                post_all(events[i + 1 :])
                break
    return state


def _visit_above(state: S, kind: Kind) -> S:
    try:
        above = kind.above(state)
    except (EditError, ValueError, OSError, ImportError) as error:
        return replace(state, opens="", notice=f"{str(error)[:1].upper()}{str(error)[1:]}.")
    above = visit(above)
    state = replace(state, opens="", size=above.size, scale=above.scale, is_dark=above.is_dark)
    return replace(state, is_open=False, quits=True) if above.quits else state


def _shown(state: Any, kind: Kind) -> Painted:
    """Put the picture of a state on the screen."""
    painted = kind.paint(state)
    put_on_screen(painted.surface)
    return painted


def _is_repeated(state: Any, kind: Kind, event: pygame.event.Event, held: set[int]) -> bool:
    """Is this from a key held down whose command is not to be repeated?"""
    if not is_held_down(event, held):
        return False
    row = kind.key_of(state, event)
    return row is not None and row.command not in kind.repeating


KINDS: dict[type, Kind] = {
    EditorState: Kind(
        paint_editor, editor_events.handle, editor_events.key_of, editor_keys.REPEATING, play_of
    ),
    StartState: Kind(
        paint_start,
        casting_events.handle,
        casting_events.key_of,
        casting_keys.REPEATING,
        casting_events.above,
    ),
    GalleryState: Kind(
        paint_gallery,
        gallery_events.handle,
        gallery_events.key_of,
        gallery_keys.REPEATING,
        gallery_events.above,
    ),
}


def show_still(state: Any, screenshot: Path | None = None) -> int:
    """Open the window of this process on a still screen until it is closed; returns the exit status.

    Args:
        screenshot: write a picture there and return at once; this needs no display.

    Raises:
        OSError: there is no display, or the picture cannot be written.
    """
    if screenshot is not None:
        save_surface(KINDS[type(state)].paint(state).surface, screenshot)
        print(f"Saved {screenshot}.", file=sys.stderr)
        return 0
    open_display()
    try:
        visit(replace(state, size=open_window(state.size, "Social RL")))
    finally:
        pygame.display.quit()
    return 0
