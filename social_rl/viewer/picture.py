"""What does the window show? A pure function of the ViewerState: the same state, the same bytes."""

import numpy as np
import pygame

from social_rl.viewer import theme
from social_rl.viewer.canvas import Canvas, Painted
from social_rl.viewer.cards import draw_cards
from social_rl.viewer.controls import HEIGHT, draw_controls
from social_rl.viewer.manual import draw_manual
from social_rl.viewer.model import ViewerState
from social_rl.viewer.theme import (
    BODY,
    GAP,
    HEAD,
    MARGIN,
    PAGE,
    RED,
    SMALL,
    SOFT,
    TEXT,
    TITLE,
    Theme,
)
from worlds.checks import count
from worlds.objects import HEADINGS
from worlds.render.describe import item_words, listed
from worlds.render.draw import draw_view, draw_world, extent
from worlds.rules.space import COL_STEP, ROW_STEP
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

PANEL, HEADER, FRAME = 372, 44, 5  # units
LARGEST_TILE = 96
NOTICED = 0.05  # share of reliance that is shown


def render(state: ViewerState, size: tuple[int, int] | None = None) -> np.ndarray:
    """The window as uint8[H, W, 3], in its own or another size."""
    surface = paint(state, size).surface
    return np.ascontiguousarray(pygame.surfarray.array3d(surface).swapaxes(0, 1))


def paint(state: ViewerState, size: tuple[int, int] | None = None) -> Painted:
    """The window as a surface with its areas."""
    surface = pygame.Surface(size or state.size, 0, 32)
    surface.fill(theme.ink(PAGE))
    canvas = Canvas(surface, Theme(theme.fitting_scale(state.scale, surface.get_size())), [])
    px, margin = canvas.px, canvas.px(MARGIN)
    whole = surface.get_rect().inflate(-2 * margin, -2 * margin)
    panel = min(px(PANEL), whole.width * 2 // 5)
    left = pygame.Rect(whole.left, whole.top, whole.width - panel - margin, whole.height)
    draw_header(canvas, state, pygame.Rect(left.left, left.top, left.width, px(HEADER)))
    controls = pygame.Rect(left.left, left.bottom - px(HEIGHT) + px(6), left.width, px(HEIGHT))
    top = left.top + px(HEADER)
    draw_house(canvas, state, pygame.Rect(left.left, top, left.width, controls.top - px(12) - top))
    draw_controls(canvas, state, controls)
    draw_panel(canvas, state, pygame.Rect(left.right + margin, whole.top, panel, whole.height))
    if state.help:
        draw_manual(canvas)
    return Painted(surface, tuple(canvas.areas))


def draw_header(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """Which scenario, which episode, which step."""
    px, world = canvas.px, state.sim.state
    middle = room.top + px(14)
    title = state.sim.scenario.name.replace("_", " ")
    x = canvas.text(title, room.left, middle, TITLE, TEXT, True) + px(12)
    step, limit = int(world.step[0]), int(world.step_limit[0])
    end = "   over" if state.over else "" if state.playing else "   paused"
    news = f"episode {world.episode[0]}   step {step} of {limit}{end}"
    begins = canvas.text_right(news, room.right, middle + px(1), BODY, SOFT)
    if state.film is not None:
        begins -= px(24)
        canvas.sign("record", (begins + px(8), middle + px(1)), RED, 13)
    if begins - x > px(160):
        canvas.text(state.sim.scenario.summary, x, middle + px(1), BODY, SOFT, room=begins - px(16) - x)


# ---- the house -----------------------------------------------------------------------------------------
def draw_house(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """The world with names, in the middle of its room, as large as whole pixels allow, in a frame of wall."""
    px, world = canvas.px, state.sim.state
    rows, cols = extent(world, 0)
    frame = px(FRAME)
    tile = max(1, min((room.width - 2 * frame) // cols, (room.height - 2 * frame) // rows, LARGEST_TILE))
    lit = seen_by(state, state.selected) if state.sight else None
    pixels = draw_world(world, 0, tile)
    if lit is not None:
        unseen = ~lit[:rows, :cols].repeat(tile, 0).repeat(tile, 1)
        pixels[unseen] = (pixels[unseen] * 0.45 + 26).astype(np.uint8)
    at = pygame.Rect(0, 0, cols * tile, rows * tile)
    at.center = room.center
    canvas.surface.set_clip(room)
    canvas.slab(at.inflate(2 * frame, 2 * frame), theme.NIGHT, "", 2)
    canvas.image(pixels, at.left, at.top)
    _reliance(canvas, state, at, tile)
    _names(canvas, state, at, tile)
    canvas.surface.set_clip(None)


def _reliance(canvas: Canvas, state: ViewerState, house: pygame.Rect, tile: int) -> None:
    """Lines from each agent to those that it relies on; the thicker, the more."""
    middles = [
        (house.left + (cell & 255) * tile + tile // 2, house.top + (cell >> 8) * tile + tile // 2)
        for cell in state.sim.state.agent_cell[0].tolist()
    ]
    for a, begins in enumerate(middles):
        for b, share in relied_on(state, a):
            wide = max(1, round(share * tile / 5))
            pygame.draw.line(canvas.surface, theme.BLUE, begins, middles[b], wide)


def relied_on(state: ViewerState, a: int) -> list[tuple[int, float]]:
    """Other agents on which agent `a` relies noticeably, and how far."""
    shares = state.driver(a).reliance[1:]
    return [(b, share) for b, share in enumerate(shares) if b != a and share >= NOTICED]


def _names(canvas: Canvas, state: ViewerState, house: pygame.Rect, tile: int) -> None:
    """A tag at each agent, and a frame about the selected one."""
    cells = state.sim.state.agent_cell[0].tolist()
    for a, cell in enumerate(cells):
        if cell < 0:
            continue
        row, col = divmod(cell, 256)
        at = pygame.Rect(house.left + col * tile, house.top + row * tile, tile, tile)
        canvas.clickable(at, "select", a)
        canvas.tag(state.name(a), at, house, is_above=cell + 256 in cells, chosen=a == state.selected)


def seen_by(state: ViewerState, a: int) -> np.ndarray:
    """bool[N, N]: the cells that an agent sees now."""
    world = state.sim.state
    view = world.obs_view[0, a, 0]
    heading = int(world.heading[0, a])
    row, col = divmod(int(world.agent_cell[0, a]), 256)
    side = world.item_at.shape[1]
    seen = np.zeros((side, side), bool)
    ahead, across = np.nonzero(view)
    across = across - view.shape[1] // 2
    right = (heading + 1) % 4
    rows = row + ahead * ROW_STEP[heading] + across * ROW_STEP[right]
    cols = col + ahead * COL_STEP[heading] + across * COL_STEP[right]
    inside = (rows >= 0) & (rows < side) & (cols >= 0) & (cols < side)
    seen[rows[inside], cols[inside]] = True
    return seen


# ---- the panel -----------------------------------------------------------------------------------------
def draw_panel(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """Cards above, the selected agent's view below."""
    px = canvas.px
    side = state.sim.sizes.view
    tile = max(4, min(px(224), room.width - px(24), room.height // 3) // side)
    high = side * tile + px(24 + 28)
    view = pygame.Rect(room.left, room.bottom - high, room.width, high)
    draw_cards(canvas, state, pygame.Rect(room.left, room.top, room.width, view.top - px(GAP) - room.top))
    draw_senses(canvas, state, view, tile)


def draw_senses(canvas: Canvas, state: ViewerState, rect: pygame.Rect, tile: int) -> None:
    """What the selected agent perceives: its view, and next to it what it feels."""
    px, world, a = canvas.px, state.sim.state, state.selected
    canvas.slab(rect)
    inner = rect.inflate(-px(24), -px(24))
    canvas.text(f"What {state.name(a)} perceives", inner.left, inner.top + px(9), HEAD - 2, TEXT, True)
    view = canvas.image(
        draw_view(world.obs_view[0, a], tile, world.name[0].tolist()), inner.left, inner.top + px(28)
    )
    x, y = view.right + px(14), view.top + px(8)
    for label, text in sense_words(state, a):
        if x + px(60) > inner.right or y + px(24) > inner.bottom:
            break
        canvas.text(label, x, y, SMALL, SOFT, room=inner.right - x)
        for line in theme.wrapped(text, px(SMALL), inner.right - x)[:3]:
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
