"""How do mouse and keys become choices? And what opens with them?"""

import pygame

from social_rl.episodes.casting import policies_of
from social_rl.human_feedback.understanding import understander
from social_rl.viewer.beside.model import BesideState, open_beside
from social_rl.viewer.casting.commands import do
from social_rl.viewer.casting.keys import KEYS, WRITING
from social_rl.viewer.casting.model import StartState
from social_rl.viewer.controls.keys import ZOOM_KEYS, Key, find
from social_rl.viewer.drawing.canvas import Painted
from social_rl.viewer.editor.model import EditorState, open_editor
from social_rl.viewer.model import ViewerState, open_state
from worlds.levels.bank import level_of

ORIGIN = "the first screen"


def handle(state: StartState, event: pygame.event.Event, painted: Painted) -> StartState:
    """The state after what an event asks for."""
    if event.type == pygame.QUIT:
        return do(state, "close")
    if event.type == pygame.VIDEORESIZE:
        return do(state, "resize", event.w, event.h)
    if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
        area = painted.at(*event.pos)
        return state if area is None else do(state, area.command, *area.values)
    if event.type == pygame.TEXTINPUT and state.writing:
        return do(state, "type", event.text)
    if event.type == pygame.KEYDOWN:
        row = key_of(state, event)
        return state if row is None else do(state, row.command, *row.values)
    return state


def key_of(state: StartState, event: pygame.event.Event) -> Key | None:
    """What a pressed key means now; while the help lies over the window, keys only close it."""
    if getattr(event, "mod", 0) & (pygame.KMOD_CTRL | pygame.KMOD_META):
        return Key(event.key, "", "zoom", (ZOOM_KEYS[event.key],)) if event.key in ZOOM_KEYS else None
    if state.writing:
        return find(WRITING, event.key, "")
    row = find(KEYS, event.key, getattr(event, "unicode", ""))
    return None if state.help and row is not None and row.command not in ("help", "leave") else row


def above(state: StartState) -> ViewerState | BesideState | EditorState:
    """What was chosen, at its beginning: a window, two of them side by side, or the editor.

    Raises:
        ValueError: a policy does not fit the scenario.
        ImportError: a policy needs a package that is missing.
    """
    scenario = state.scenario
    known = {"size": state.size, "scale": state.scale, "is_dark": state.is_dark}
    if state.opens == "edit":
        cast = tuple(f"{name.lower()}={policy}" for name, policy in state.who("cast").items())
        level = level_of(scenario.draw(1, state.seed), 0)
        return open_editor(level, scenario, cast=cast, seed=state.seed, **known)
    sides = [
        open_state(
            scenario, policies_of(state.who(side), state.seed), seed=state.seed, understand=understander()
        )
        for side in (("cast", "beside") if state.is_beside else ("cast",))
    ]
    opened = open_beside(*sides) if state.is_beside else sides[0]
    opened.size, opened.scale, opened.is_dark = state.size, state.scale, state.is_dark
    opened.origin, opened.playing = ORIGIN, True
    return opened
