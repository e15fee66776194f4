"""How does a panel say that it has nothing to show?"""

import pygame

from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import BODY, FAINT


def say(canvas: Canvas, room: pygame.Rect, words: str) -> None:
    """A sentence in the middle of a panel."""
    px = canvas.px
    lines = theme.wrapped(words, px(BODY), room.width - px(24))
    top = room.centery - px(20) * (len(lines) - 1) // 2
    for i, line in enumerate(lines):
        canvas.text(line, room.centerx - theme.width(line, px(BODY)) // 2, top + px(20) * i, BODY, FAINT)
