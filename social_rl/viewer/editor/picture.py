"""What does the editor show? A pure function of its state: palette, house, sheet, buttons."""

import numpy as np
import pygame

from social_rl.viewer.controls.manual import draw_manual
from social_rl.viewer.drawing.canvas import Canvas, Painted, blank, pixels
from social_rl.viewer.drawing.theme import (
    BLUE,
    BODY,
    CARD,
    GAP,
    MARGIN,
    SMALL,
    SOFT,
    TEXT,
    TITLE,
)
from social_rl.viewer.editor import palette, sheet
from social_rl.viewer.editor.board import draw_board
from social_rl.viewer.editor.keys import HELP
from social_rl.viewer.editor.model import FILE, TO_OPEN, EditorState
from worlds.checks import count
from worlds.levels.level import GROUNDS

HEADER, BUTTON, NOTICE = 44, 34, 30  # units
BUTTONS = (
    ("Play", "P", "play", "play"), ("Undo", "", "undo", "left"), ("Redo", "", "redo", "right"),
    ("Save", "", "save", ""), ("Open", "", "open", ""), ("Another", "G", "another", ""), ("Help", "?", "help", ""),
    ("", "", "theme", "moon"), ("Leave", "Q", "back", ""),
)  # fmt: skip
ASKED = {FILE: "Save as", TO_OPEN: "Open"}


def render(state: EditorState, size: tuple[int, int] | None = None) -> np.ndarray:
    """The editor as uint8[H, W, 3], in its own or another size."""
    return pixels(paint(state, size).surface)


def paint(state: EditorState, size: tuple[int, int] | None = None) -> Painted:
    """The editor as a surface with its areas."""
    canvas = blank(size or state.size, state.scale, state.is_dark)
    px, margin, whole = canvas.px, canvas.px(MARGIN), canvas.whole
    _header(canvas, state, pygame.Rect(whole.left, whole.top, whole.width, px(HEADER)))
    foot = px(BUTTON + NOTICE)
    body = pygame.Rect(whole.left, whole.top + px(HEADER), whole.width, whole.height - px(HEADER))
    left = pygame.Rect(body.left, body.top, px(palette.WIDTH), body.height)
    right = pygame.Rect(body.right - px(sheet.WIDTH), body.top, px(sheet.WIDTH), body.height)
    middle = pygame.Rect(left.right + margin, body.top, right.left - left.right - 2 * margin, body.height)
    palette.draw_palette(canvas, state, left)
    sheet.draw_sheet(canvas, state, right)
    draw_board(
        canvas, state, pygame.Rect(middle.left, middle.top, middle.width, middle.height - foot - px(GAP))
    )
    _buttons(canvas, state, pygame.Rect(middle.left, middle.bottom - foot, middle.width, px(BUTTON)))
    _notice(canvas, state, pygame.Rect(middle.left, middle.bottom - px(NOTICE), middle.width, px(NOTICE)))
    if state.help:
        draw_manual(canvas, HELP)
    return Painted(canvas.surface, tuple(canvas.areas))


def _header(canvas: Canvas, state: EditorState, room: pygame.Rect) -> None:
    """Which file, how much of it is not saved, how many edits there are."""
    px, middle = canvas.px, room.top + canvas.px(14)
    x = canvas.text("Level editor", room.left, middle, TITLE, TEXT, True) + px(12)
    name = str(state.path or "a new level") + ("" if state.is_kept else "  · not saved")
    edits = f"{count(len(state.past), 'edit')} to undo" if state.past else "nothing to undo"
    left = canvas.text_right(
        f"{state.scenario.name.replace('_', ' ')}   {edits}", room.right, middle, BODY, SOFT
    )
    canvas.text(name, x, middle + px(1), BODY, SOFT, room=left - px(16) - x)


def _buttons(canvas: Canvas, state: EditorState, room: pygame.Rect) -> None:
    """As many as fit, with their keys if there is room for them."""
    px = canvas.px
    rows = list(BUTTONS)
    if _width(canvas, rows) > room.width:
        rows = [(label, "", command, sign) for label, _, command, sign in rows]
    if _width(canvas, rows) > room.width:
        rows = [
            ("" if sign in ("left", "right") else label, "", command, sign)
            for label, _, command, sign in rows
        ]
    if _width(canvas, rows) > room.width:
        rows = [row for row in rows if row[2] != "another"]
    x = room.left
    for label, key, command, sign in rows:
        wide = canvas.button_width(label, key, sign) if label else px(36)
        is_off = (command == "undo" and not state.past) or (command == "redo" and not state.future)
        is_on = (command == "theme" and state.is_dark) or (command == "help" and state.help)
        canvas.button(
            pygame.Rect(x, room.top, wide, room.height), label, key, command, sign=sign, on=is_on, off=is_off
        )
        x += wide + px(6)


def _width(canvas: Canvas, rows: list[tuple[str, str, str, str]]) -> int:
    wide = sum(
        canvas.button_width(label, key, sign) if label else canvas.px(36) for label, key, _, sign in rows
    )
    return wide + canvas.px(6) * (len(rows) - 1)


def _notice(canvas: Canvas, state: EditorState, room: pygame.Rect) -> None:
    """The name of a file that is being written, what the last command did, or what lies at the cursor."""
    px, middle = canvas.px, room.centery + canvas.px(2)
    if state.writing in ASKED:
        x = canvas.text(f"{ASKED[state.writing]}:", room.left, middle, BODY, TEXT, True) + px(8)
        at = pygame.Rect(x, room.top + px(2), room.right - x, room.height - px(2))
        canvas.slab(at, CARD, BLUE, 7, 2)
        canvas.written(state.entry.text, state.entry.caret, at.inflate(-px(16), 0))
    elif state.notice:
        canvas.text(state.notice, room.left + px(2), middle, SMALL, TEXT, room=room.width)
    else:
        canvas.text(at_cursor(state), room.left + px(2), middle, SMALL, SOFT, room=room.width)


def at_cursor(state: EditorState) -> str:
    """What is in the cell of the cursor, in words."""
    draft, (row, col) = state.draft, state.cursor
    parts = [GROUNDS[draft.ground[row][col]]]
    fixture, item, a = draft.fixture_at((row, col)), draft.item_at((row, col)), draft.agent_at((row, col))
    if fixture is not None:
        parts.insert(0, " ".join(word for word in (fixture.state, fixture.colour, fixture.kind) if word))
    if item is not None:
        parts.insert(0, " ".join(word for word in (item.colour, item.kind) if word))
    if a >= 0:
        parts.insert(0, draft.agents[a].name)
    return f"row {row}, column {col}: {', '.join(parts)}"
