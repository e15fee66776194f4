"""What does the window show? A pure function of the ViewerState: the same state, the same bytes."""

import numpy as np
import pygame

from social_rl.viewer.controls.buttons import HEIGHT, draw_controls
from social_rl.viewer.controls.manual import draw_manual
from social_rl.viewer.drawing.canvas import Canvas, Painted, blank, pixels
from social_rl.viewer.drawing.house import draw_house
from social_rl.viewer.drawing.theme import BODY, MARGIN, RED, SOFT, TEXT, TITLE
from social_rl.viewer.model import ViewerState
from social_rl.viewer.panels.panel import draw_side

PANEL, HEADER = 372, 44  # units


def render(state: ViewerState, size: tuple[int, int] | None = None) -> np.ndarray:
    """The window as uint8[H, W, 3], in its own or another size."""
    return pixels(paint(state, size).surface)


def paint(state: ViewerState, size: tuple[int, int] | None = None) -> Painted:
    """The window as a surface with its areas."""
    canvas = blank(size or state.size, state.scale, state.is_dark)
    px, margin, whole = canvas.px, canvas.px(MARGIN), canvas.whole
    panel = min(px(PANEL), whole.width * 2 // 5)
    left = pygame.Rect(whole.left, whole.top, whole.width - panel - margin, whole.height)
    draw_header(canvas, state, pygame.Rect(left.left, left.top, left.width, px(HEADER)))
    controls = pygame.Rect(left.left, left.bottom - px(HEIGHT) + px(6), left.width, px(HEIGHT))
    top = left.top + px(HEADER)
    draw_house(canvas, state, pygame.Rect(left.left, top, left.width, controls.top - px(12) - top))
    draw_controls(canvas, state, controls)
    draw_side(canvas, state, pygame.Rect(left.right + margin, whole.top, panel, whole.height))
    if state.help:
        draw_manual(canvas)
    return Painted(canvas.surface, tuple(canvas.areas))


def draw_header(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """Which scenario, which episode, which step."""
    px, world = canvas.px, state.sim.state
    middle = room.top + px(14)
    title = state.sim.scenario.name.replace("_", " ")
    x = canvas.text(title, room.left, middle, TITLE, TEXT, True) + px(12)
    step, limit = int(world.step[0]), int(world.step_limit[0])
    end = "   over" if state.over else "" if state.playing else "   paused"
    kind = "replay" if state.tape.is_replay else f"episode {world.episode[0]}"
    news = f"{kind}   step {step} of {limit}{end}"
    begins = canvas.text_right(news, room.right, middle + px(1), BODY, SOFT)
    if state.film is not None:
        begins -= px(24)
        canvas.sign("record", (begins + px(8), middle + px(1)), RED, 13)
    if state.origin:
        wide = canvas.button_width("Back", "Q")
        canvas.button(pygame.Rect(x, middle - px(14), wide, px(28)), "Back", "Q", "leave screen")
        x += wide + px(12)
    if begins - x > px(160):
        words = f"opened from {state.origin}" if state.origin else state.sim.scenario.summary
        canvas.text(words, x, middle + px(1), BODY, SOFT, room=begins - px(16) - x)
