"""What does the selected agent perceive? Its view exactly as its policy receives it, and what it feels."""

import pygame

from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.overlays import relied_on
from social_rl.viewer.drawing.theme import SMALL, SOFT, TEXT
from social_rl.viewer.model import ViewerState
from worlds.checks import count
from worlds.objects import HEADINGS
from worlds.render.describe import item_words, listed
from worlds.render.draw import draw_view
from worlds.state import (
    ACTS,
    OUTCOMES,
    SENSE_ACT,
    SENSE_CLAUSES_DONE,
    SENSE_FROZEN,
    SENSE_HAND,
    SENSE_HEADING,
    SENSE_OUTCOME,
)


def draw_sees(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """Its view, and next to it its other senses."""
    px, world, a = canvas.px, state.sim.state, state.selected
    tile = max(4, min(room.height, room.width * 2 // 3) // state.sim.sizes.view)
    view = canvas.image(draw_view(world.obs_view[0, a], tile, world.name[0].tolist()), room.left, room.top)
    x, y = view.right + px(14), view.top + px(8)
    for label, text in sense_words(state, a):
        if x + px(60) > room.right or y + px(24) > room.bottom:
            break
        canvas.text(label, x, y, SMALL, SOFT, room=room.right - x)
        for line in theme.wrapped(text, px(SMALL), room.right - x)[:3]:
            y += px(17)
            canvas.text(line, x, y, SMALL, TEXT)
        y += px(24)


def sense_words(state: ViewerState, a: int) -> list[tuple[str, str]]:
    """What the network receives beside the view, as labels and words."""
    own = state.sim.state.obs_self[0, a]
    done = [str(i + 1) for i in range(8) if own[SENSE_CLAUSES_DONE] >> i & 1]
    words = [
        ("hand", item_words(int(own[SENSE_HAND])) if own[SENSE_HAND] else "empty"),
        ("heading", HEADINGS[own[SENSE_HEADING]]),
        ("last act", ACTS[own[SENSE_ACT]]),
        ("outcome", OUTCOMES[own[SENSE_OUTCOME]]),
        ("parts done", listed(done) if done else "none"),
    ]
    if state.driver(a).reliance:
        others = [f"{state.name(b)} {share:.0%}" for b, share in relied_on(state, a)]
        words.insert(0, ("relies on", listed(others) if others else "nobody"))
    if own[SENSE_FROZEN]:
        words.append(("frozen", count(int(own[SENSE_FROZEN]), "step")))
    return words
