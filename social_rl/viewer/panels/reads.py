"""Which words does the selected agent heed? Under each word, how much of its reader's attention it has."""

import pygame

from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import AMBER, BLUE, FAINT, SMALL, SOFT, TEXT, WELL
from social_rl.viewer.minds.heeding import heeded_by
from social_rl.viewer.model import ViewerState
from social_rl.viewer.panels.words import say

LINE, LEAST, APART = 36, 34, 8  # units
KEY = 20


def draw_reads(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """The words as they were read at its last act, with a bar for cells and one for the rest."""
    a, px = state.selected, canvas.px
    found = heeded_by(state.driver(a))
    if not found:
        say(
            canvas, room, f"{state.name(a)} has read nothing: no mind with a reader, or it has not acted yet."
        )
        return
    x, y = room.left, room.top + px(8)
    for word, cells, rest in found:
        wide = max(canvas.text_width(word, SMALL), px(LEAST))
        if x > room.left and x + wide > room.right:
            x, y = room.left, y + px(LINE)
        if y + px(LINE) > room.bottom - px(KEY):
            canvas.text("…", x, y, SMALL, FAINT)
            break
        canvas.text(word, x, y, SMALL, TEXT)
        for share, colour, down in ((cells, BLUE, 10), (rest, AMBER, 16)):
            track = pygame.Rect(x, y + px(down), wide, px(4))
            canvas.slab(track, WELL, "", 2)
            if round(share * wide) >= 1:
                canvas.surface.fill(canvas.ink(colour), (track.left, track.top, round(share * wide), px(4)))
        x += wide + px(APART)
    x, middle = room.left, room.bottom - px(7)
    for colour, words in ((BLUE, "what colours cells"), (AMBER, "the rest")):
        canvas.surface.fill(canvas.ink(colour), (x, middle - px(2), px(12), px(4)))
        x = canvas.text(words, x + px(17), middle, SMALL, SOFT, room=room.right - x - px(17)) + px(12)
