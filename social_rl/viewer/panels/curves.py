"""What did agents expect, and what did they earn? Value and return over the steps of the episode."""

import math
from collections.abc import Sequence

import pygame

from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import EDGE, FAINT, SMALL, SOFT, TEXT, ink
from social_rl.viewer.model import ViewerState
from social_rl.viewer.panels.cards import colour_of
from social_rl.viewer.panels.rewards import shown
from social_rl.viewer.panels.words import say


def draw_curves(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """The value that each mind held, step by step; the selected agent's is drawn strongest."""
    a, px = state.selected, canvas.px
    curves = {b: values_of(state, b) for b in range(state.sim.agents)}
    found = [value for curve in curves.values() for _, value in curve]
    if not found:
        say(canvas, room, "Nobody here is played by a mind that has values.")
        return
    low, high = min(*found, 0.0), max(*found, 0.1)
    left = px(34)
    plot = pygame.Rect(room.left + left, room.top + px(8), room.width - left, room.height - px(46))
    last = max(state.tape.steps, 1)
    for value in ticks(low, high):
        y = plot.bottom - round((value - low) / (high - low) * plot.height)
        pygame.draw.line(canvas.surface, canvas.ink(EDGE), (plot.left, y), (plot.right, y))
        canvas.text_right(f"{value:g}", plot.left - px(6), y, SMALL, FAINT)
    for b in sorted(curves, key=lambda b: b == a):
        points = [
            (plot.left + step / last * plot.width, plot.bottom - (value - low) / (high - low) * plot.height)
            for step, value in curves[b]
        ]
        colour = ink(colour_of(state, b))
        if len(points) > 1:
            pygame.draw.lines(canvas.surface, colour, False, points, max(px(2.6 if b == a else 1.2), 1))
        for point in points if len(points) == 1 else ():
            pygame.draw.circle(canvas.surface, colour, point, px(2))
    now = int(state.sim.state.step[0])
    x = plot.left + round(now / last * plot.width)
    pygame.draw.line(canvas.surface, canvas.ink(SOFT), (x, plot.top), (x, plot.bottom), max(px(1.2), 1))
    canvas.text("0", plot.left, plot.bottom + px(11), SMALL, FAINT)
    canvas.text_right(f"step {last}", plot.right, plot.bottom + px(11), SMALL, FAINT)
    value = dict(curves[a]).get(now)
    known = "not asked yet" if value is None else f"{value:+.2f}"
    x = canvas.text(f"{state.name(a)} expects", room.left, room.bottom - px(8), SMALL, SOFT) + px(5)
    canvas.text(known, x, room.bottom - px(8), SMALL, TEXT, True)
    x = canvas.text_right(
        shown(float(state.returns[a])), room.right, room.bottom - px(8), SMALL, TEXT, True
    ) - px(5)
    canvas.text_right("earned so far", x, room.bottom - px(8), SMALL, SOFT)


def values_of(state: ViewerState, a: int) -> list[tuple[int, float]]:
    """Steps, and what the mind of an agent expected to earn from there on."""
    values = sorted(state.tape.values.items())
    return [(step, float(value[a])) for step, value in values if math.isfinite(value[a])]


def ticks(low: float, high: float) -> Sequence[float]:
    """Round numbers from `low` to `high`, some three of them."""
    raw = (high - low) / 3
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * n for n in (1, 2, 5, 10) if size * n >= raw)
    return [round(n * step, 10) for n in range(math.ceil(low / step), math.floor(high / step) + 1)]
