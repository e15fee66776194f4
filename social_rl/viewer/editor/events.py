"""How do mouse and keys become commands of the editor?"""

import pygame

from social_rl.viewer.controls.keys import ZOOM_KEYS, Key, find
from social_rl.viewer.drawing.canvas import Area, Painted
from social_rl.viewer.editor import keys
from social_rl.viewer.editor.commands import do
from social_rl.viewer.editor.draft import Cell
from social_rl.viewer.editor.model import INSTRUCTION, MOVE, EditorState

LEFT, MIDDLE, RIGHT = 1, 2, 3  # buttons of a mouse


def handle(state: EditorState, event: pygame.event.Event, painted: Painted) -> EditorState:
    """The state after what an event asks for."""
    if event.type == pygame.QUIT:
        return do(state, "close")
    if event.type == pygame.VIDEORESIZE:
        return do(state, "resize", event.w, event.h)
    if event.type == pygame.MOUSEBUTTONDOWN:
        return _press(state, event, painted)
    if event.type == pygame.MOUSEBUTTONUP:
        return _release(state, event, painted)
    if event.type == pygame.MOUSEMOTION:
        return _move(state, event, painted)
    if event.type == pygame.MOUSEWHEEL and event.y and not state.help:
        is_form = pygame.key.get_mods() & pygame.KMOD_SHIFT
        return do(state, "next form" if is_form else "next shade", -1 if event.y > 0 else 1)
    if event.type == pygame.TEXTINPUT and state.writing:
        return do(state, "type", event.text)
    if event.type == pygame.TEXTINPUT and event.text == "/" and not state.help:
        return do(state, "write")
    if event.type == pygame.KEYDOWN:
        row = key_of(state, event)
        return state if row is None else do(state, row.command, *row.values)
    return state


def key_of(state: EditorState, event: pygame.event.Event) -> Key | None:
    """What a pressed key means now; while the help lies over the window, keys only close it."""
    character = getattr(event, "unicode", "")
    if getattr(event, "mod", 0) & (pygame.KMOD_CTRL | pygame.KMOD_META):
        if event.key in ZOOM_KEYS:
            return Key(event.key, "", "zoom", (ZOOM_KEYS[event.key],))
        if event.key == pygame.K_z and event.mod & pygame.KMOD_SHIFT:
            return Key(event.key, "", "redo")
        return find(keys.CONTROL, event.key, "")
    if state.writing:
        return find(keys.WRITING, event.key, "")
    row = find(keys.EDITING, event.key, character)
    if row is None or row.character == "/":  # the character itself opens the entry, as text
        return None
    return None if state.help and row.command not in ("help", "leave") else row


# ---- the mouse -----------------------------------------------------------------------------------------
def _press(state: EditorState, event: pygame.event.Event, painted: Painted) -> EditorState:
    area = painted.at(*event.pos)
    if state.help:
        return do(state, "help") if event.button == LEFT else state
    if state.writing and not (area is not None and area.command == "write"):
        state = do(state, "leave")
    if area is None:
        return state
    if area.command != "board":
        return do(state, area.command, *area.values) if event.button == LEFT else state
    cell = _cell(area, event.pos)
    if event.button == MIDDLE:
        return do(state, "pick", *cell)
    if event.button == RIGHT:
        return do(do(do(state, "begin stroke"), "point", *cell), "erase", *cell)
    if event.button != LEFT:
        return state
    if state.tool == MOVE:
        return do(state, "paint", *cell)
    return do(do(do(state, "begin stroke"), "point", *cell), "paint", *cell)


def _release(state: EditorState, event: pygame.event.Event, painted: Painted) -> EditorState:
    board = _board(painted)
    if state.held is not None and board is not None:
        cell = _cell(board, event.pos)
        return (
            do(state, "drop", *cell) if cell != state.held else state
        )  # a click takes up, another one drops
    return do(state, "end stroke") if not state.writing else state


def _move(state: EditorState, event: pygame.event.Event, painted: Painted) -> EditorState:
    board = _board(painted)
    if board is None or state.help or not (board.rect.collidepoint(event.pos) or state.stroke):
        return state
    cell = _cell(board, event.pos)
    if cell == state.cursor or state.writing == INSTRUCTION:
        return state
    if state.stroke and event.buttons[0]:
        return do(state, "paint to", *cell)
    if state.stroke and event.buttons[2]:
        return do(state, "erase to", *cell)
    return do(state, "point", *cell)


def _board(painted: Painted) -> Area | None:
    return next((area for area in painted.areas if area.command == "board"), None)


def _cell(board: Area, pos: tuple[int, int]) -> Cell:
    left, top, tile = (int(value) for value in board.values if isinstance(value, int))
    return (pos[1] - top) // tile, (pos[0] - left) // tile
