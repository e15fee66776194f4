"""Which panel is shown of the selected agent? Tabs, and below them what the chosen one draws."""

from collections.abc import Callable

import pygame

from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import CARD, GAP, SMALL, SOFT, TEXT, WELL
from social_rl.viewer.model import ViewerState
from social_rl.viewer.panels.acts import draw_acts
from social_rl.viewer.panels.cards import draw_cards
from social_rl.viewer.panels.curves import draw_curves
from social_rl.viewer.panels.map import draw_map
from social_rl.viewer.panels.reads import draw_reads
from social_rl.viewer.panels.rewards import draw_rewards
from social_rl.viewer.panels.sees import draw_sees

Draw = Callable[[Canvas, ViewerState, pygame.Rect], None]
PANELS: dict[str, Draw] = {
    "sees": draw_sees, "map": draw_map, "acts": draw_acts, "reward": draw_rewards, "value": draw_curves,
    "reads": draw_reads,
}  # fmt: skip
HEIGHT, TABS = 286, 28  # units


def draw_side(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """Cards above, the chosen panel of the selected agent below."""
    px = canvas.px
    high = min(px(HEIGHT), room.height * 2 // 5)
    panel = pygame.Rect(room.left, room.bottom - high, room.width, high)
    draw_cards(canvas, state, pygame.Rect(room.left, room.top, room.width, panel.top - px(GAP) - room.top))
    canvas.slab(panel)
    inner = panel.inflate(-px(24), -px(20))
    draw_tabs(canvas, state, pygame.Rect(inner.left, inner.top, inner.width, px(TABS)))
    top = inner.top + px(TABS + 10)
    PANELS[state.panel](canvas, state, pygame.Rect(inner.left, top, inner.width, inner.bottom - top))


def draw_tabs(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """One word for each panel, in a row; the chosen one on a slab of its own."""
    px = canvas.px
    canvas.slab(room, WELL, "", 8)
    wide = room.width // len(PANELS)
    for i, name in enumerate(PANELS):
        tab = pygame.Rect(room.left + i * wide, room.top, wide, room.height).inflate(-px(4), -px(6))
        chosen = name == state.panel
        if chosen:
            canvas.slab(tab, CARD, "", 6)
        width = canvas.text_width(name, SMALL, chosen)
        canvas.text(name, tab.centerx - width // 2, tab.centery, SMALL, TEXT if chosen else SOFT, chosen)
        canvas.clickable(tab, "panel", name)
