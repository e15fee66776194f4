"""How does a text that is being written stand on several lines? Wrapped at spaces, its caret in view."""

import pygame

from social_rl.viewer.controls.entry import Entry
from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import BLUE, BODY, CARD, EDGE, FAINT, SOFT, TEXT

LINE, PAD = 20, 10  # units


def lines_of(text: str, size: int, room: int) -> list[tuple[int, int]]:
    """Where lines begin and end, so that each fits into `room` pixels; the space at which one is broken ends it."""
    lines, first = [], 0
    for paragraph in text.split("\n"):
        end = first + len(paragraph)
        while theme.width(text[first:end], size) > room:
            cut = _fitting(text, first, end, size, room)
            lines.append((first, cut))
            first = cut
        lines.append((first, end))
        first = end + 1
    return lines


def _fitting(text: str, first: int, end: int, size: int, room: int) -> int:
    """How far a line goes: to the last space that fits, else to the last character."""
    low, high = first + 1, end
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        low, high = (middle, high) if theme.width(text[first:middle], size) <= room else (low, middle - 1)
    space = text.rfind(" ", first, low)
    return space + 1 if space > first else low


def draw_text(canvas: Canvas, entry: Entry, rect: pygame.Rect, hint: str, command: str) -> None:
    """A box with what is being written; a click into it carries out a command."""
    px, size = canvas.px, canvas.px(BODY)
    canvas.slab(rect, CARD, BLUE if entry.is_open else EDGE, line=2 if entry.is_open else 1)
    canvas.clickable(rect, command)
    inner = rect.inflate(-px(2 * PAD), -px(PAD))
    shown = max(inner.height // px(LINE), 1)
    top = inner.centery - shown * px(LINE) // 2
    if not entry.text and not entry.is_open:
        canvas.text(hint, inner.left, top + px(LINE) // 2, BODY, FAINT, room=inner.width)
        return
    lines = lines_of(entry.text, size, inner.width - px(2))
    at = max(i for i, (first, _) in enumerate(lines) if first <= entry.caret)
    out = min(max(at - shown + 1, 0), max(len(lines) - shown, 0)) if entry.is_open else 0
    for i, (first, end) in enumerate(lines[out : out + shown]):
        middle = top + px(LINE) * i + px(LINE) // 2
        canvas.text(entry.text[first:end], inner.left, middle, BODY, TEXT if entry.is_open else SOFT)
        if entry.is_open and out + i == at:
            x = inner.left + theme.width(entry.text[first : entry.caret], size)
            canvas.surface.fill(theme.ink(BLUE), (x, middle - px(9), max(px(1.6), 1), px(18)))
