"""What can one paint with? Tools, grounds, furniture and items as tiles; colours and states of the chosen one."""

from functools import lru_cache

import numpy as np
import pygame

from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import (
    BLUE,
    BLUE_WASH,
    BODY,
    CARD,
    EDGE,
    FAINT,
    GAP,
    SMALL,
    SOFT,
    TEXT,
    WELL,
)
from social_rl.viewer.editor.board import look_of
from social_rl.viewer.editor.draft import AGENT, SYMBOL, colours_for, states_for
from social_rl.viewer.editor.model import ERASE, MOVE, EditorState
from worlds.levels.level import FIXTURE_KINDS, GROUND_BYTE, GROUNDS, ITEM_KINDS, Fixture, place_of
from worlds.objects import FLOOR, NAMES
from worlds.render.draw import Cell, Figure, draw_cell
from worlds.render.tiles import PALETTE

COLUMNS, SPOT, TITLE, CHIP = 7, 34, 22, 26  # tiles in a row; units
WIDTH = COLUMNS * SPOT + 24
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Tools", (MOVE, ERASE, AGENT)),
    ("Ground", tuple(GROUNDS.values())),
    ("Doors, furniture", FIXTURE_KINDS[::-1]),
    ("Items", ITEM_KINDS),
)
SHADES: dict[str, str] = {**PALETTE}
SIGNS = {MOVE: "right", ERASE: "failed"}
USUAL = {
    "table": "brown",
    "chair": "brown",
    "shelf": "brown",
    "desk": "brown",
    "cupboard": "brown",
    "basket": "yellow",
}


def draw_palette(canvas: Canvas, state: EditorState, room: pygame.Rect) -> None:
    """All brushes on a slab; below them what may be chosen of the one that is taken."""
    px = canvas.px
    canvas.slab(room)
    inner = room.inflate(-px(24), -px(20))
    chosen = _height(canvas, state)
    top = inner.top
    spot = min(px(SPOT), (inner.height - chosen - px(TITLE) * len(SECTIONS)) // _lines())
    for title, kinds in SECTIONS:
        canvas.text(title, inner.left, top + px(TITLE // 2 - 2), SMALL, SOFT)
        top += px(TITLE)
        for i, kind in enumerate(kinds):
            at = pygame.Rect(inner.left + i % COLUMNS * px(SPOT), top + i // COLUMNS * spot, px(SPOT), spot)
            _brush(canvas, state, kind, at.inflate(-px(4), -px(4)))
        top += -(-len(kinds) // COLUMNS) * spot
    _chosen(canvas, state, pygame.Rect(inner.left, inner.bottom - chosen, inner.width, chosen))


def _lines() -> int:
    return sum(-(-len(kinds) // COLUMNS) for _, kinds in SECTIONS)


def _brush(canvas: Canvas, state: EditorState, kind: str, at: pygame.Rect) -> None:
    px, is_chosen = canvas.px, kind == state.tool
    if is_chosen:
        canvas.slab(at.inflate(px(4), px(4)), BLUE_WASH, BLUE, 7, max(px(2), 1))
    if kind in SIGNS:
        canvas.slab(at, WELL, EDGE, 5)
        canvas.sign(SIGNS[kind], at.center, TEXT, 15)
    else:
        side = min(at.width, at.height)
        colour = state.colour if is_chosen else ""
        picture = _tile(kind, colour, state.state if is_chosen else "", side)
        canvas.surface.blit(picture, picture.get_rect(center=at.center))
    canvas.clickable(at.inflate(px(4), px(4)), "tool", kind)


@lru_cache(maxsize=512)
def _tile(kind: str, colour: str, form: str, side: int) -> pygame.Surface:
    return theme.from_array(tile_of(kind, colour, form, side))


def tile_of(kind: str, colour: str, form: str, side: int) -> np.ndarray:
    """A kind in a colour and a state, "" in a usual one, as uint8[side, side, 3]."""
    colours, states = colours_for(kind), states_for(kind)
    colour = colour or (USUAL[kind] if USUAL.get(kind) in colours else colours[0] if colours else "")
    form = form or (states[0] if states else "")
    if kind in SYMBOL:
        return draw_cell(Cell(GROUND_BYTE[SYMBOL[kind]]), side)
    if kind in FIXTURE_KINDS:
        return draw_cell(Cell(place_of(Fixture(kind, colour, form, 0, 0))), side)
    if kind in ITEM_KINDS:
        return draw_cell(Cell(FLOOR, item=look_of(kind, colour)), side)
    return draw_cell(Cell(FLOOR, figures=(Figure(0, 1),)), side)


def _height(canvas: Canvas, state: EditorState) -> int:
    """Room for the words, the colours and the states of any brush, so that nothing moves."""
    return canvas.px(GAP + 24 + CHIP + 4 + CHIP)


def _chosen(canvas: Canvas, state: EditorState, room: pygame.Rect) -> None:
    """What the brush is, in words, its colours and its states."""
    px, colours, states = canvas.px, colours_for(state.tool), states_for(state.tool)
    pygame.draw.line(canvas.surface, canvas.ink(EDGE), room.topleft, room.topright)
    top = room.top + px(GAP)
    words = " ".join(word for word in (state.state, state.colour, state.tool) if word)
    words = ABOUT.get(state.tool, words)
    canvas.text(words, room.left, top + px(12), BODY, TEXT, True, room=room.width)
    top += px(24)
    for i, colour in enumerate(colours):
        disc = pygame.Rect(room.left + px(i * 30), top + px(2), px(22), px(22))
        if colour == state.colour:
            canvas.slab(disc.inflate(px(6), px(6)), CARD, BLUE, 14, max(px(2), 1))
        canvas.slab(disc, SHADES[colour], EDGE, 11)
        canvas.clickable(disc.inflate(px(6), px(6)), "shade", colour)
    if not colours:
        canvas.text(
            MORE.get(state.tool, "one colour"), room.left, top + px(12), SMALL, FAINT, room=room.width
        )
    top += px(CHIP + 4)
    x = room.left
    for i, form in enumerate(states):
        wide = canvas.text_width(form, SMALL) + px(18)
        chip = pygame.Rect(x, top, wide, px(CHIP - 2))
        is_on = form == state.state
        canvas.slab(chip, TEXT if is_on else CARD, "" if is_on else EDGE, 12)
        canvas.text(form, chip.left + px(9), chip.centery, SMALL, CARD if is_on else TEXT)
        canvas.clickable(chip, "form", i)
        x = chip.right + px(6)


ABOUT = {
    MOVE: "move: from one cell to another", ERASE: "erase: things and agents", AGENT: "agent",
}  # fmt: skip
MORE = {
    MOVE: "click or drag", ERASE: "the ground stays", AGENT: f"up to {len(NAMES)}; on an agent: it turns",
    **dict.fromkeys(SYMBOL, "drag to paint many cells"),
}  # fmt: skip
