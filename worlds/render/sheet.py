"""Which kinds are there to see? A sheet of labelled tiles: `python -m worlds.sheet FILE.png`."""

import sys
from textwrap import wrap

import numpy as np

from worlds.objects import (
    COLOURS,
    DOOR_KIND,
    FIXTURES,
    FLOOR,
    FLOORS,
    ITEMS,
    KIND,
    LOCKED,
    NAMES,
    OPEN,
    SHUT,
    UNSEEN,
    WALL,
    look,
    place,
)
from worlds.render.brush import font
from worlds.render.describe import item_words, place_words
from worlds.render.draw import Cell, Figure, draw_cell
from worlds.render.tiles import INK

Entry = tuple[str, np.ndarray]
COLUMNS, TITLE, LABEL, MARGIN = 12, 36, 34, 12


def sheet(tile: int = 48) -> np.ndarray:
    """Every kind in every state with its words, as uint8[H, W, 3]."""
    from PIL import Image, ImageDraw

    wide, high = max(tile * 7 // 4, 84), tile + LABEL
    parts = sections(tile)
    height = sum(TITLE + -(-len(entries) // COLUMNS) * high for entries in parts.values()) + MARGIN
    image = Image.new("RGB", (COLUMNS * wide + 2 * MARGIN, height), "#FCFBF9")
    pen, y = ImageDraw.Draw(image), 0
    for name, entries in parts.items():
        pen.text((MARGIN + 6, y + TITLE - 10), name, INK, font(15), anchor="ls")
        y += TITLE
        for i, (label, pixels) in enumerate(entries):
            left, top = MARGIN + i % COLUMNS * wide, y + i // COLUMNS * high
            image.paste(Image.fromarray(pixels), (left + (wide - tile) // 2, top))
            centre = (left + wide // 2, top + tile + 3)
            lines = "\n".join(wrap(label, 14))
            pen.multiline_text(centre, lines, "#5B6772", font(10), anchor="ma", align="center", spacing=1)
        y += -(-len(entries) // COLUMNS) * high
    return np.asarray(image)


def sections(tile: int) -> dict[str, list[Entry]]:
    """The tiles of the sheet by heading."""
    ground = [UNSEEN, WALL, *(FLOOR + i for i in range(len(FLOORS)))]
    doors = [place(DOOR_KIND, state, c) for c in range(len(COLOURS)) for state in (OPEN, SHUT, LOCKED)][::2]
    furniture = [
        place(KIND[kind.name], state, i % len(COLOURS) if kind.colours else 0)
        for i, kind in enumerate(FIXTURES)
        for state in range(2 if kind.shuts or kind.switches else 1)
    ]
    items = [
        look(KIND[kind.name], kind.colours[i % len(kind.colours)] if kind.colours else 0)
        for i, kind in enumerate(ITEMS)
    ]
    cups = [look(KIND["cup"], c) for c in range(len(COLOURS))]
    table = place(KIND["table"], 0, COLOURS.index("brown"))
    figures = [
        (
            name,
            Figure(
                i,
                i % 4,
                cups[i % 8] if i % 3 == 0 else 0,
                finished=i == len(NAMES) - 1,
                frozen=i == len(NAMES) - 3,
            ),
        )
        for i, name in enumerate(NAMES)
    ]
    return {
        "Ground": [(place_words(p), draw_cell(Cell(p), tile)) for p in ground],
        "Doors": [(place_words(p), draw_cell(Cell(p), tile)) for p in doors],
        "Furniture": [(place_words(p), draw_cell(Cell(p), tile)) for p in furniture],
        "Items": [(item_words(i), draw_cell(Cell(FLOOR, item=i), tile)) for i in items],
        "Colours, on a table": [(item_words(i), draw_cell(Cell(table, item=i), tile)) for i in cups],
        "Agents, some carrying, one frozen, the last one finished": [
            (name, draw_cell(Cell(FLOOR, figures=(figure,)), tile)) for name, figure in figures
        ],
    }


if __name__ == "__main__":
    from PIL import Image

    Image.fromarray(sheet()).save(sys.argv[1], optimize=True)
