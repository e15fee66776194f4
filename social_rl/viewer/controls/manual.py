"""Which keys are there? The help that lies over the window, from the tables of keys.py."""

from typing import NamedTuple

import pygame

from social_rl.viewer.controls.keys import DOING, DRIVING, LOOKING, TIME, WRITING, Key
from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import BODY, CARD, EDGE, GAP, HEAD, SMALL, SOFT, TEXT, TITLE

Section = tuple[str, tuple[Key, ...]]  # a title, and rows of keys

COLUMNS: tuple[tuple[Section, ...], ...] = (
    (("Time", TIME), ("Say something ( / )", WRITING)),
    (("Look", LOOKING),),
    (("Drive an agent (T)", DRIVING), ("Do", DOING)),
)


class Layout(NamedTuple):
    """How much room there is on the sheet, in units."""

    column: int
    keys: int  # from the left of a column to the words
    line: int


DENSE, ROOMY = Layout(290, 92, 21), Layout(316, 96, 27)


def draw_manual(
    canvas: Canvas, columns: tuple[tuple[Section, ...], ...] = COLUMNS, layout: Layout = DENSE
) -> None:
    """All keys on a sheet, in columns; a click anywhere closes it, and so does `?`."""
    px, surface = canvas.px, canvas.surface
    veil = pygame.Surface(surface.get_size(), pygame.SRCALPHA, 32)
    veil.fill((*theme.ink(TEXT), 150 if canvas.theme.is_dark else 110))
    surface.blit(veil, (0, 0))
    canvas.clickable(surface.get_rect(), "help")
    lines = max(sum(2 + len(_told(keys)) for _, keys in sections) for sections in columns)
    sheet = pygame.Rect(0, 0, px(len(columns) * layout.column + 4 * GAP), px(64 + lines * layout.line + 8))
    sheet.center = surface.get_rect().center
    canvas.slab(sheet, CARD, EDGE, 14)
    canvas.text("Keys", sheet.left + px(24), sheet.top + px(34), TITLE, TEXT, True)
    canvas.text_right("? or a click closes this", sheet.right - px(24), sheet.top + px(34), SMALL, SOFT)
    for i, sections in enumerate(columns):
        y = sheet.top + px(70)
        for title, keys in sections:
            y = _section(canvas, layout, title, _told(keys), sheet.left + px(24 + i * layout.column), y)


def _section(canvas: Canvas, layout: Layout, title: str, keys: list[Key], left: int, y: int) -> int:
    px = canvas.px
    canvas.text(title, left, y, HEAD - 2, TEXT, True)
    for key in keys:
        y += px(layout.line)
        x = left
        for shown in key.shown.split():
            x = canvas.key(shown, x, y) + px(4)
        canvas.text(key.words, left + px(layout.keys), y, BODY, SOFT)
    return y + px(layout.line * 1.5)


def _told(keys: tuple[Key, ...]) -> list[Key]:
    return [key for key in keys if key.words]
