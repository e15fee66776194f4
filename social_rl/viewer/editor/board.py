"""What does the house look like while it is painted? All its cells, the cursor, and the cell that is at fault."""

from functools import lru_cache

import numpy as np
import pygame

from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.house import FRAME, LARGEST_TILE
from social_rl.viewer.drawing.theme import AMBER, BLUE, RED
from social_rl.viewer.editor.draft import Draft
from social_rl.viewer.editor.model import EditorState
from worlds.levels.level import GROUND_BYTE, place_of
from worlds.objects import COLOURS, HEADINGS, KIND, NAMES, PLACE_HIDES, look
from worlds.render.draw import Cell, Figure, draw_cell, sideways

TAGS_FROM = 24  # pixels of a cell in which names can be read


def draw_board(canvas: Canvas, state: EditorState, room: pygame.Rect) -> None:
    """The draft in the middle of its room, as large as whole pixels allow; clicks are at cells."""
    draft = state.draft
    frame = canvas.px(FRAME)
    tile = max(1, min((room.width - 2 * frame) // draft.cols, (room.height - 2 * frame) // draft.rows))
    tile = min(tile, LARGEST_TILE)
    at = pygame.Rect(0, 0, draft.cols * tile, draft.rows * tile)
    at.center = room.center
    canvas.slab(at.inflate(2 * frame, 2 * frame), theme.NIGHT, "", 2)
    canvas.surface.blit(picture_of(draft, tile), at)
    canvas.clickable(at, "board", at.left, at.top, tile)
    if state.judged.cell is not None and state.judged.level is None:
        _ring(canvas, at, tile, state.judged.cell, RED)
    if state.held is not None:
        _ring(canvas, at, tile, state.held, AMBER)
    _ring(canvas, at, tile, state.cursor, BLUE)
    if tile >= TAGS_FROM:
        cells = [(agent.row, agent.col) for agent in draft.agents]
        for a, agent in enumerate(draft.agents):
            cell = pygame.Rect(at.left + agent.col * tile, at.top + agent.row * tile, tile, tile)
            is_above = (agent.row + 1, agent.col) in cells
            canvas.tag(agent.name, cell, at, is_above=is_above, chosen=a == state.selected)


def _ring(canvas: Canvas, board: pygame.Rect, tile: int, cell: tuple[int, int], colour: str) -> None:
    """A frame about a cell, light within and without, so that it is seen on any ground."""
    rect = pygame.Rect(board.left + cell[1] * tile, board.top + cell[0] * tile, tile, tile)
    line = max(canvas.px(2), 1)
    pygame.draw.rect(
        canvas.surface, theme.ink(theme.CARD), rect.inflate(2 * line, 2 * line), 3 * line, line * 2
    )
    pygame.draw.rect(canvas.surface, canvas.ink(colour), rect.inflate(line, line), line, line * 2)


@lru_cache(maxsize=8)
def picture_of(draft: Draft, tile: int) -> pygame.Surface:
    """A draft with all that is in it."""
    return theme.from_array(pixels_of(draft, tile))


@lru_cache(maxsize=256)
def pixels_of(draft: Draft, tile: int) -> np.ndarray:
    """A draft as uint8[rows * tile, cols * tile, 3]; what lies in a shut container is hidden, as in the house."""
    ground = np.array([[GROUND_BYTE[symbol] for symbol in line] for line in draft.ground], np.uint8)
    place, item = ground.copy(), np.zeros_like(ground)
    for fixture in draft.fixtures:
        place[fixture.row, fixture.col] = place_of(fixture)
    for thing in draft.items:
        if thing.holder < 0:
            item[thing.row, thing.col] = look_of(thing.kind, thing.colour)
    item[PLACE_HIDES[place]] = 0
    held = {i.holder: look_of(i.kind, i.colour) for i in draft.items if i.holder >= 0}
    figures: dict[tuple[int, int], tuple[Figure, ...]] = {}
    for a, agent in enumerate(draft.agents):
        figure = Figure(NAMES.index(agent.name), HEADINGS.index(agent.heading), held.get(a, 0))
        figures[agent.row, agent.col] = (*figures.get((agent.row, agent.col), ()), figure)
    beside = sideways(place)
    lines = []
    for row in range(draft.rows):
        cells = [
            draw_cell(
                Cell(
                    int(place[row, col]), int(ground[row, col]), int(item[row, col]), False,
                    bool(beside[row, col]), figures.get((row, col), ()),
                ),
                tile,
            )
            for col in range(draft.cols)
        ]  # fmt: skip
        lines.append(np.concatenate(cells, 1))
    pixels = np.concatenate(lines)
    pixels.flags.writeable = False
    return pixels


def look_of(kind: str, colour: str) -> int:
    """The item byte of a kind in a colour."""
    return look(KIND[kind], COLOURS.index(colour) if colour else 0)
