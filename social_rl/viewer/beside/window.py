"""How do a person and a comparison talk? Events become commands, time goes on for both sides at once."""

import pygame

from social_rl.viewer.beside.commands import do
from social_rl.viewer.beside.keys import KEYS
from social_rl.viewer.beside.model import BesideState
from social_rl.viewer.beside.picture import paint, render
from social_rl.viewer.controls import clock
from social_rl.viewer.controls.clock import Moving
from social_rl.viewer.controls.keys import REPEATING, ZOOM_KEYS, Key, find
from social_rl.viewer.controls.screen import is_held_down, put_on_screen
from social_rl.viewer.drawing import camera
from social_rl.viewer.drawing.canvas import Painted


def go_on(state: BesideState) -> None:
    """Until the window is closed."""
    clock.go_on(state, MOVING, _stay)


def play_frames(state: BesideState, frames: int) -> None:
    """As fast as it goes, a picture, then a step, until both episodes are over."""
    for _ in range(frames):
        _show(state)
        _shoot(state)
        if state.over:
            return
        do(state, "tick")


def handle(state: BesideState, event: pygame.event.Event, painted: Painted) -> None:
    """Carry out what an event asks for."""
    if event.type == pygame.QUIT:
        do(state, "close")
    elif event.type == pygame.VIDEORESIZE:
        do(state, "resize", event.w, event.h)
    elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
        area = painted.at(*event.pos)
        if area is not None:
            more = (event.pos[0],) if area.command == "scrub" else ()
            do(state, area.command, *area.values, *more)
    elif event.type == pygame.MOUSEMOTION and state.dragged is not None and event.buttons[0]:
        do(state, "scrub", *state.dragged, event.pos[0])
    elif event.type in (pygame.MOUSEBUTTONUP, pygame.MOUSEMOTION):
        state.dragged = None
    elif event.type == pygame.KEYDOWN:
        row = key_of(event)
        if row is not None:
            do(state, row.command, *row.values)


def key_of(event: pygame.event.Event) -> Key | None:
    """What a pressed key means."""
    if getattr(event, "mod", 0) & (pygame.KMOD_CTRL | pygame.KMOD_META):
        return Key(event.key, "", "zoom", (ZOOM_KEYS[event.key],)) if event.key in ZOOM_KEYS else None
    return find(KEYS, event.key, getattr(event, "unicode", ""))


def is_repeated(state: BesideState, event: pygame.event.Event, held: set[int]) -> bool:
    """Is this from a key held down whose command is not to be repeated?"""
    if not is_held_down(event, held):
        return False
    row = key_of(event)
    return row is not None and row.command not in REPEATING


def _show(state: BesideState) -> Painted:
    painted = paint(state)
    put_on_screen(painted.surface)
    return painted


def _stay(state: BesideState) -> None:
    """It opens no other screen."""
    state.opens = ""


def _shoot(state: BesideState) -> None:
    """A frame of the video, if one is being recorded."""
    camera.add_frame(state, render)


MOVING = Moving(do, handle, is_repeated, _show, _shoot)
