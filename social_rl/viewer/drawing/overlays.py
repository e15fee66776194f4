"""What can be laid over the house? Sight, trails, value, on whom agents rely, prestige, and what a replay recorded."""

import math
from itertools import pairwise

import numpy as np
import pygame

from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import AMBER, BLUE, CARD, RED, SMALL, TEXT, ink
from social_rl.viewer.model import ViewerState
from social_rl.viewer.panels.cards import colour_of
from worlds.events import Acts
from worlds.rules.space import COL_STEP, ROW_STEP

OVERLAYS = ("trails", "value", "reliance", "prestige")
TRAIL = 40  # steps of a trail
NOTICED = 0.05  # share of reliance that is shown
LOW, MIDDLE, HIGH = "#2C4A9A", "#E8E4DA", "#D9751E"  # of values: told apart by the colour-blind, too
SEE_THROUGH = 190  # of 255

At = tuple[float, float]  # row and column, between cells while agents are on their way


def draw_below(canvas: Canvas, state: ViewerState, house: pygame.Rect, tile: int) -> None:
    """What lies below agents: values and trails."""
    if "value" in state.overlays:
        _values(canvas, state, house, tile)
    if "trails" in state.overlays:
        _trails(canvas, state, house, tile)


def draw_above(
    canvas: Canvas, state: ViewerState, house: pygame.Rect, tile: int, spots: list[At | None]
) -> None:
    """What lies above agents: whom they rely on, prestige, and where agents were in a replay that goes otherwise."""
    middles = [_middle(house, tile, *spot) if spot else None for spot in spots]
    if "reliance" in state.overlays:
        _reliance(canvas, state, tile, middles)
    if "prestige" in state.overlays:
        _prestige(canvas, state, tile, middles)
    if state.diverged is not None:
        _recorded(canvas, state, house, tile)


def values_on_way(state: ViewerState, a: int) -> dict[int, float]:
    """What agent `a` expected to earn at each cell where it has been; where it came again, the last time."""
    tape, now = state.tape, int(state.sim.state.step[0])
    found = {}
    for step in range(min(now, len(tape.cells))):
        values = tape.values.get(step)
        if values is not None and math.isfinite(values[a]) and tape.cells[step][a] >= 0:
            found[tape.cells[step][a]] = float(values[a])
    return found


def prestige_of(state: ViewerState) -> list[float] | None:
    """How well each agent did of late, by the scenario's own register; None: this scenario keeps no such thing."""
    register = state.sim.scenario.prestige
    if register is None:
        return None
    return [float(value) / 1000 for value in state.sim.state.own_memory[0, :, register].tolist()]


def relied_on(state: ViewerState, a: int) -> list[tuple[int, float]]:
    """Other agents on which agent `a` relies noticeably, and how far."""
    shares = state.driver(a).reliance[1:]
    return [(b, share) for b, share in enumerate(shares) if b != a and share >= NOTICED]


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


def shade(share: float) -> tuple[int, int, int]:
    """The colour of a value, 0 the lowest, 1 the highest."""
    first, last, share = (LOW, MIDDLE, share * 2) if share < 0.5 else (MIDDLE, HIGH, share * 2 - 1)
    return tuple(round(x + (y - x) * share) for x, y in zip(ink(first), ink(last), strict=True))  # pyright: ignore


# ---- drawing -------------------------------------------------------------------------------------------
def _middle(house: pygame.Rect, tile: int, row: float, col: float) -> tuple[int, int]:
    return house.left + round((col + 0.5) * tile), house.top + round((row + 0.5) * tile)


def _values(canvas: Canvas, state: ViewerState, house: pygame.Rect, tile: int) -> None:
    """Each cell where the selected agent has been, in the colour of what it expected there; and what colours mean."""
    values = values_on_way(state, state.selected)
    if not values:
        _legend(canvas, house, f"{state.name(state.selected)} has no values to show yet")
        return
    low, high = min(values.values()), max(values.values())
    square = pygame.Surface((tile, tile), pygame.SRCALPHA, 32)
    for cell, value in values.items():
        row, col = divmod(cell, 256)
        square.fill((*shade((value - low) / (high - low) if high > low else 0.5), SEE_THROUGH))
        canvas.surface.blit(square, (house.left + col * tile, house.top + row * tile))
    _legend(canvas, house, f"value: {low:.2f}", f"{high:.2f}")


def _legend(canvas: Canvas, house: pygame.Rect, low: str, high: str = "") -> None:
    """Words in the upper left corner, with the scale between them."""
    px = canvas.px
    scale = px(60) if high else 0
    wide = sum(canvas.text_width(words, SMALL) for words in (low, high)) + scale + px(34 if high else 20)
    sheet = pygame.Rect(house.left + px(6), house.top + px(6), wide, px(24))
    canvas.slab(sheet, CARD, "", 6)
    x = canvas.text(low, sheet.left + px(10), sheet.centery, SMALL, TEXT)
    if high:
        for i in range(scale):
            canvas.surface.fill(shade(i / scale), (x + px(7) + i, sheet.centery - px(4), 1, px(8)))
        canvas.text(high, x + px(14) + scale, sheet.centery, SMALL, TEXT)


def _trails(canvas: Canvas, state: ViewerState, house: pygame.Rect, tile: int) -> None:
    """The way each agent has come, paler the longer ago."""
    now = int(state.sim.state.step[0])
    cells = state.tape.cells[max(now - TRAIL, 0) : now + 1]
    layer = pygame.Surface(house.size, pygame.SRCALPHA, 32)
    inside = pygame.Rect((0, 0), house.size)
    agents = state.sim.agents
    for a in range(agents):
        aside = tile * 0.12 * (a - (agents - 1) / 2)  # so that ways that were gone by several are all seen
        colour = ink(colour_of(state, a))
        for i, (before, after) in enumerate(pairwise(moment[a] for moment in cells)):
            if before == after or min(before, after) < 0:
                continue
            (x, y), (to_x, to_y) = (_middle(inside, tile, *divmod(cell, 256)) for cell in (before, after))
            begins, ends = (x + aside, y + aside), (to_x + aside, to_y + aside)
            pale = 70 + 185 * (i + 1) // max(len(cells) - 1, 1)
            pygame.draw.line(layer, (*colour, pale), begins, ends, max(2, tile // 9))
            pygame.draw.circle(layer, (*colour, pale), ends, max(1, tile // 16))
    canvas.surface.blit(layer, house)


def _reliance(canvas: Canvas, state: ViewerState, tile: int, middles: list[tuple[int, int] | None]) -> None:
    """Lines from each agent to those that it relies on; the thicker, the more."""
    for a, begins in enumerate(middles):
        for b, share in relied_on(state, a):
            ends = middles[b]
            if begins is not None and ends is not None:
                pygame.draw.line(canvas.surface, ink(BLUE), begins, ends, max(1, round(share * tile / 5)))


def _prestige(canvas: Canvas, state: ViewerState, tile: int, middles: list[tuple[int, int] | None]) -> None:
    """A ring about each agent, as wide as its share of the highest prestige."""
    found = prestige_of(state)
    if found is None:
        return
    most = max(*found, 1e-9)
    for value, middle in zip(found, middles, strict=True):
        if middle is not None and value > 0:
            wide = max(1, round(value / most * tile / 6))
            pygame.draw.circle(canvas.surface, ink(AMBER), middle, tile // 2 + wide, wide)


def _recorded(canvas: Canvas, state: ViewerState, house: pygame.Rect, tile: int) -> None:
    """Rings where agents were when the replay was recorded."""
    now = int(state.sim.state.step[0])
    steps = [entry for entry in state.tape.entries if isinstance(entry.event, Acts)]
    if not 0 < now <= len(steps):
        return
    for a, (row, col, _) in enumerate(steps[now - 1].places):
        if row >= 0:
            middle = _middle(house, tile, row, col)
            pygame.draw.circle(canvas.surface, ink(RED), middle, tile // 2, max(2, tile // 12))
            pygame.draw.circle(canvas.surface, ink(colour_of(state, a)), middle, max(2, tile // 8))
    _legend(canvas, house, "rings: where agents were when this was recorded")
