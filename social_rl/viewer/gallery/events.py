"""How do mouse and keys become commands of the gallery? And what does it open?"""

import pygame

from social_rl.viewer.controls.keys import ZOOM_KEYS, Key, find
from social_rl.viewer.drawing.canvas import Painted
from social_rl.viewer.editor.model import EditorState, open_editor
from social_rl.viewer.editor.playing import play_of
from social_rl.viewer.gallery.commands import do
from social_rl.viewer.gallery.keys import KEYS
from social_rl.viewer.gallery.model import GalleryState, level_in
from social_rl.viewer.model import ViewerState


def handle(state: GalleryState, event: pygame.event.Event, painted: Painted) -> GalleryState:
    """The state after what an event asks for."""
    if event.type == pygame.QUIT:
        return do(state, "close")
    if event.type == pygame.VIDEORESIZE:
        return do(state, "resize", event.w, event.h)
    if event.type == pygame.MOUSEWHEEL:
        return do(state, "scroll", -event.y)
    if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
        area = painted.at(*event.pos)
        return state if area is None else do(state, area.command, *area.values)
    if event.type == pygame.KEYDOWN:
        row = key_of(state, event)
        return state if row is None else do(state, row.command, *row.values)
    return state


def key_of(state: GalleryState, event: pygame.event.Event) -> Key | None:
    """What a pressed key means now; while the help lies over the window, keys only close it."""
    if getattr(event, "mod", 0) & (pygame.KMOD_CTRL | pygame.KMOD_META):
        return Key(event.key, "", "zoom", (ZOOM_KEYS[event.key],)) if event.key in ZOOM_KEYS else None
    row = find(KEYS, event.key, getattr(event, "unicode", ""))
    return None if state.help and row is not None and row.command not in ("help", "leave") else row


def above(state: GalleryState) -> EditorState | ViewerState:
    """The editor, or the window, on the chosen level.

    Raises:
        EditError: the scenario is not for so many agents.
        LevelError: it is a level of another version.
    """
    editor = open_editor(
        level_in(state.chosen["level"]), state.scenario, cast=state.cast, seed=state.seed, size=state.size,
        scale=state.scale, is_dark=state.is_dark,
    )  # fmt: skip
    if state.opens == "edit":
        return editor
    viewer = play_of(editor)
    viewer.origin = "the gallery"
    return viewer
