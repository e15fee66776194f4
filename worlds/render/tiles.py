"""What does each kind look like? Shapes on a grid of 32 units for every ground, fixture, door and item.

A fill is "#RRGGBB", "#RRGGBBAA", or a shade of the thing's own colour: "main", "dark", "light" or "deep". To give a
new kind a look, add a row; a picture is painted in the order of its shapes. `worlds.brush` turns shapes into pixels.
"""

from typing import NamedTuple

from worlds.objects import COLOURS, LOCKED, OPEN, SHUT

UNITS = 32  # a tile is this many units high and wide

# Told apart under protanopia and deuteranopia too: in CIELAB any two are 25 or more apart (see the test).
PALETTE = dict(
    zip(
        COLOURS,
        ("#DC4434", "#3FC178", "#2259CF", "#F2D44C", "#6D4691", "#573D30", "#F8F6F1", "#969CA4"),
        strict=True,
    )
)
INK, PAPER = "#2B3440", "#FFFFFF"
STEEL, SHADOW, GLOW = "#C3CDD4", "#2B344030", "#FFE27A"
DARKNESS, SLATE = "#191E26", "#4A5564"


class Shape(NamedTuple):
    """One stroke of a picture."""

    form: str  # box, oval, line, poly, arc, text
    fill: str
    at: tuple[float, ...]  # x, y, x, y, ... in units, x to the right and y down
    size: float = 0.0  # radius of a box's corners, width of a line or an arc, height of a text
    more: tuple[float, ...] = ()  # first and last angle of an arc, clockwise from the right
    text: str = ""


Picture = tuple[Shape, ...]


def box(fill: str, *at: float, r: float = 0.0) -> Shape:
    """A rectangle, with corners of radius r."""
    return Shape("box", fill, at, r)


def oval(fill: str, *at: float) -> Shape:
    """An ellipse in the rectangle x, y, x, y."""
    return Shape("oval", fill, at)


def disc(fill: str, x: float, y: float, r: float) -> Shape:
    """A circle about a centre."""
    return Shape("oval", fill, (x - r, y - r, x + r, y + r))


def line(fill: str, width: float, *at: float) -> Shape:
    """A line with round ends through points."""
    return Shape("line", fill, at, width)


def poly(fill: str, *at: float) -> Shape:
    """A filled polygon."""
    return Shape("poly", fill, at)


def arc(fill: str, width: float, first: float, last: float, *at: float) -> Shape:
    """A part of the rim of an ellipse."""
    return Shape("arc", fill, at, width, (first, last))


def letter(fill: str, height: float, x: float, y: float, text: str) -> Shape:
    """Text about a centre."""
    return Shape("text", fill, (x, y), height, (), text)


# ---- ground --------------------------------------------------------------------------------------------
def _floor(tint: str, seam: str, *pattern: Shape) -> Picture:
    return (box(tint, 0, 0, 32, 32), *pattern, line(seam, 0.7, 0, 0, 32, 0), line(seam, 0.7, 0, 0, 0, 32))


def _meadow(*more: Shape) -> Picture:
    blades = ((5, 9), (14, 6), (25, 10), (9, 20), (20, 17), (28, 24), (6, 29), (16, 28))
    tufts = (line("#8CBF79", 1.2, x - 1.6, y - 3, x, y, x + 1.8, y - 3.4) for x, y in blades)
    return (*_floor("#CFE6BF", "#C3DDB2", *tufts), *more)


_BUSH = (
    oval(SHADOW, 4, 22, 28, 30), disc("#3E7D4C", 10, 19, 7), disc("#3E7D4C", 22, 19, 7),
    disc("#3E7D4C", 16, 13, 8), box("#3E7D4C", 9, 15, 23, 26, r=3), disc("#59985F", 13, 12, 3.6),
    disc("#59985F", 21, 17, 3.2), disc("#59985F", 9, 19, 2.8),
)  # fmt: skip
_BERRIES = tuple(
    part
    for x, y in ((11, 11), (19, 9), (8, 20), (15, 17), (23, 14), (20, 22), (25, 21), (13, 23))
    for part in (disc("#FFF3E8", x, y, 2.5), disc("#DC4434", x, y, 2.0))
)
_CHECKS = (box("#F0E4CB", 0, 0, 16, 16), box("#F0E4CB", 16, 16, 32, 32))
_PLANKS = (
    line("#E6CFB5", 0.8, 0, 10.7, 32, 10.7), line("#E6CFB5", 0.8, 0, 21.3, 32, 21.3),
    line("#E6CFB5", 0.8, 10, 0, 10, 10.7), line("#E6CFB5", 0.8, 23, 10.7, 23, 21.3),
    line("#E6CFB5", 0.8, 14, 21.3, 14, 32),
)  # fmt: skip
_MOSAIC = tuple(line("#C2DFE3", 0.8, *at) for k in (8, 16, 24) for at in ((k, 0, k, 32), (0, k, 32, k)))
_WEAVE = tuple(disc("#D3CBE6", x, y, 1.0) for x in (8, 24) for y in (8, 24)) + (disc("#D3CBE6", 16, 16, 1.0),)
_STRIPS = tuple(line("#D2DDC6", 0.8, k, 0, k, 32) for k in (8, 16, 24))

GROUND: dict[str, Picture] = {
    "unseen": (box(DARKNESS, 0, 0, 32, 32), disc("#232A34", 8, 8, 1.2), disc("#232A34", 24, 24, 1.2)),
    "wall": (
        box(SLATE, 0, 0, 32, 32), box("#525E6E", 0, 0, 32, 4), line("#414B59", 1, 0, 16, 32, 16),
        line("#414B59", 1, 0, 31.5, 32, 31.5), line("#414B59", 1, 10, 4, 10, 16),
        line("#414B59", 1, 23, 16, 23, 32),
    ),
    "floor": _floor("#F1EFEB", "#E5E2DC"),
    "kitchen floor": _floor("#F6ECD6", "#EBDDC0", *_CHECKS),
    "bedroom floor": _floor("#E5DFF1", "#D8D0E8", *_WEAVE),
    "living room floor": _floor("#F3E0CA", "#E6CFB5", *_PLANKS),
    "bathroom floor": _floor("#D6ECEF", "#C2DFE3", *_MOSAIC),
    "study floor": _floor("#E1EAD8", "#D2DDC6", *_STRIPS),
    "hall floor": _floor("#E9E7E4", "#DAD7D2", poly("#E2DFDB", 16, 0, 32, 16, 16, 32, 0, 16)),
    "grass": _meadow(),
    "bare bush": _meadow(*_BUSH),
    "ripe bush": _meadow(*_BUSH, *_BERRIES),
}  # fmt: skip

# ---- agents ------------------------------------------------------------------------------------------
# Around whoever is frozen.
ICE: Picture = (
    box("#6FB3DC", 1, 1, 31, 31, r=6), box("#D3EDFB", 2.4, 2.4, 29.6, 29.6, r=4.8),
    line("#FFFFFF", 1.6, 5.4, 10, 5.4, 6.6, 8.6, 5.4), line("#A9D5EE", 1.2, 23, 27.4, 27.2, 26.4, 27.4, 22.6),
)  # fmt: skip

# ---- doors ---------------------------------------------------------------------------------------------
_FRAME = (box(SLATE, 0, 0, 32, 32), box(INK, 3, 1, 29, 32, r=1.5))
_LEAF = (
    *_FRAME, box("main", 5, 3, 27, 32, r=1), box("dark", 8, 6, 24, 15, r=1), box("main", 9, 7, 23, 14, r=0.5),
    box("dark", 8, 18, 24, 30, r=1), box("main", 9, 19, 23, 29, r=0.5),
)  # fmt: skip
DOORS: dict[int, Picture] = {
    OPEN: (
        box(SLATE, 0, 0, 4, 32), box(SLATE, 28, 0, 32, 32), box(INK, 4, 0, 10, 32, r=1),
        box("main", 5, 1, 9, 31, r=0.5), disc(PAPER, 7, 17, 1.3),
    ),
    SHUT: (*_LEAF, disc(INK, 23.5, 17, 2.4), disc(GLOW, 23.5, 17, 1.6)),
    LOCKED: (
        *_LEAF, box(INK, 9, 9, 23, 26, r=3), box("#F4C95D", 10.2, 10.2, 21.8, 24.8, r=2),
        disc(INK, 16, 15.5, 2.8),
        poly(INK, 16, 15, 18.8, 22, 13.2, 22),
    ),
}  # fmt: skip

# ---- furniture: [name, state] ----------------------------------------------------------------------------
_LEGS = (box("deep", 5, 19, 8.5, 28, r=1), box("deep", 23.5, 19, 27, 28, r=1))
_CARCASS = (box("dark", 4, 3, 28, 29, r=1.5),)
_INSIDE = "#EFE9DD"
_BIN = (
    poly("main", 7, 11, 25, 11, 23, 29, 9, 29), line("dark", 1.3, 12.5, 15, 13.2, 26),
    line("dark", 1.3, 16, 15, 16, 26), line("dark", 1.3, 19.5, 15, 18.8, 26),
)  # fmt: skip
_BASIN = (
    box("#8E9BA6", 3, 8, 29, 29, r=2), box("#DDE5EA", 3, 8, 29, 26, r=2), oval("#9FB0BC", 6, 12, 26, 25),
    oval("#F6FAFC", 7, 13, 25, 24.4),
)  # fmt: skip
_TAP = (
    box("#5B6772", 14, 3, 18, 9, r=1.5), box("#5B6772", 14.5, 6, 17.5, 14, r=1.4),
    disc("#5B6772", 10.5, 6.5, 1.8), disc("#5B6772", 21.5, 6.5, 1.8),
)  # fmt: skip
_STOVE = (box("#39424D", 3, 3, 29, 29, r=2.5), box("#56616E", 4, 4, 28, 25, r=2))
_KNOBS = tuple(disc(STEEL, x, 27, 1.2) for x in (9, 14, 18, 23))


def _rings(outer: str, middle: str, inner: str) -> Picture:
    centres = ((10.5, 9.5), (21.5, 9.5), (10.5, 19.5), (21.5, 19.5))
    rings = ((outer, 4.2), (middle, 2.8), (inner, 1.5))
    return tuple(disc(fill, x, y, radius) for x, y in centres for fill, radius in rings)


_POST = (box("#5B6772", 15, 16, 17, 27), box("#39424D", 10, 26, 22, 29, r=1.4))
_SET = (box("#39424D", 9, 25, 23, 28, r=1), box("#39424D", 14, 22, 18, 26), box("#2A313B", 2, 5, 30, 23, r=2))

FURNITURE: dict[tuple[str, int], Picture] = {
    ("bed", 0): (
        box("deep", 4, 2, 28, 30, r=2.5), box("#FBFAF7", 6, 4, 26, 28, r=1.5),
        box("main", 6, 14, 26, 28.5, r=1.5),
        box("light", 6, 13, 26, 17, r=1), line("dark", 0.8, 6, 17, 26, 17),
        box("#C9CCD2", 8.5, 5, 23.5, 11.6, r=2.4),
        box(PAPER, 9, 5.4, 23, 11, r=2.2),
    ),
    ("table", 0): (
        *_LEGS, box("dark", 2, 8, 30, 21.5, r=2), box("main", 2, 7, 30, 19, r=2),
        box("light", 4, 8.4, 28, 9.8, r=0.6),
    ),
    ("sofa", 0): (
        box("deep", 4, 25, 8, 29), box("deep", 24, 25, 28, 29), box("dark", 4, 4, 28, 20, r=4),
        box("main", 6, 6, 15.6, 17, r=2), box("main", 16.4, 6, 26, 17, r=2), box("light", 6, 16, 26, 22, r=2),
        box("main", 4, 20, 28, 26.5, r=1), box("main", 1.6, 12, 7, 27, r=2.6),
        box("main", 25, 12, 30.4, 27, r=2.6),
        line("dark", 1, 7, 15, 7, 25), line("dark", 1, 25, 15, 25, 25),
    ),
    ("shelf", 0): (
        *_CARCASS, box(_INSIDE, 6, 5, 26, 27), box("main", 4, 11.2, 28, 13.4), box("main", 4, 19.2, 28, 21.4),
        box("main", 4, 26.4, 28, 29, r=1), box("main", 4, 3, 28, 5.4, r=1), box("#9DA5AE", 7, 6.8, 9, 11.2),
        box("#B9BFC6", 9.4, 6, 11.2, 11.2), box("#9DA5AE", 23, 14.6, 25, 19.2),
        box("#B9BFC6", 20.8, 15.4, 22.6, 19.2),
        box("#9DA5AE", 7, 22.6, 9, 26.4),
    ),
    ("desk", 0): (
        box("deep", 4, 13, 7.5, 29, r=1), box("dark", 16, 13, 28, 29, r=1),
        box("light", 17.5, 15, 26.5, 20.5, r=0.8),
        box("light", 17.5, 22, 26.5, 27.5, r=0.8), line("deep", 1.4, 20.5, 17.8, 23.5, 17.8),
        line("deep", 1.4, 20.5, 24.8, 23.5, 24.8), box("dark", 1.6, 8, 30.4, 15, r=1.4),
        box("main", 1.6, 7, 30.4, 13, r=1.4),
    ),
    ("chair", 0): (
        box("dark", 8, 2, 11, 20, r=1.2), box("dark", 21, 2, 24, 20, r=1.2),
        box("main", 9, 3.4, 23, 7.6, r=1.4),
        box("main", 9, 10, 23, 13.4, r=1.2), box("deep", 7.4, 20, 10.4, 30, r=1),
        box("deep", 21.6, 20, 24.6, 30, r=1),
        box("dark", 6, 18, 26, 23.4, r=2), box("main", 6, 16.6, 26, 21.4, r=2),
        box("light", 8, 17.4, 24, 18.6, r=0.6),
    ),
    ("rug", 0): (
        *(line("dark", 1, x, y, x + 2.4, y) for x in (1, 28.6) for y in (7, 11.5, 16, 20.5, 25)),
        box("dark", 3, 4, 29, 28, r=1.5), box("main", 4, 5, 28, 27, r=1), box("light", 6, 7, 26, 25, r=1),
        box("main", 7.4, 8.4, 24.6, 23.6, r=1), poly("light", 16, 10, 23, 16, 16, 22, 9, 16),
        poly("dark", 16, 12.8, 19.6, 16, 16, 19.2, 12.4, 16),
    ),
    ("basket", 0): (
        arc("dark", 2.2, 180, 360, 7, 3, 25, 25), poly("main", 4, 13, 28, 13, 25, 29, 7, 29),
        *(line("dark", 1, x, 14, 16 + (x - 16) * 0.8, 28.4) for x in (8, 12, 16, 20, 24)),
        line("dark", 1, 5, 19, 27, 19), line("dark", 1, 6, 24, 26, 24),
        box("light", 2.6, 11.4, 29.4, 15.4, r=2),
        line("dark", 0.8, 4, 15.4, 28, 15.4),
    ),
    ("box", 0): (
        poly("deep", 5, 13, 9, 7, 23, 7, 27, 13), poly("light", 5, 13, 0.8, 9.6, 5, 5.4, 9, 7.4),
        poly("light", 27, 13, 31.2, 9.6, 27, 5.4, 23, 7.4), box("main", 5, 13, 27, 28.5, r=0.6),
        box("light", 13.5, 13, 18.5, 19.5), line("dark", 1, 5, 27.6, 27, 27.6),
    ),
    ("fridge", SHUT): (
        box("#A9B8C2", 6, 2, 26, 30, r=2.5), box("#DEE9EF", 7, 3, 25, 29, r=2),
        line("#93A4B0", 1.2, 7, 12, 25, 12),
        line("#5B6772", 1.8, 10, 6, 10, 9.6), line("#5B6772", 1.8, 10, 15, 10, 21),
        box("#C7D6DF", 22.4, 4.4, 23.6, 10.4),
    ),
    ("fridge", OPEN): (
        box("#A9B8C2", 8, 2, 28, 30, r=2.5), box("#FFF9DC", 10, 4, 26, 28, r=1),
        line("#A9B8C2", 1.2, 10, 12, 26, 12),
        line("#A9B8C2", 1.2, 10, 20, 26, 20), poly("#DEE9EF", 8, 2.5, 2, 5, 2, 31, 8, 29.5),
        line("#93A4B0", 1, 2, 13.4, 8, 12), line("#5B6772", 1.4, 3.6, 16.5, 3.6, 21),
    ),
    ("cupboard", SHUT): (
        *_CARCASS, box("main", 5.2, 4.2, 15.5, 27.8, r=0.8), box("main", 16.5, 4.2, 26.8, 27.8, r=0.8),
        box("light", 7.2, 6.6, 13.5, 25.4, r=0.8), box("main", 8.2, 7.6, 12.5, 24.4, r=0.6),
        box("light", 18.5, 6.6, 24.8, 25.4, r=0.8), box("main", 19.5, 7.6, 23.8, 24.4, r=0.6),
        disc("deep", 14.2, 16, 1.3), disc("deep", 17.8, 16, 1.3),
    ),
    ("cupboard", OPEN): (
        box("dark", 7, 3, 25, 29, r=1), box(_INSIDE, 8.6, 4.6, 23.4, 27.4), box("main", 8, 15, 24, 17),
        poly("main", 8, 3.2, 1.6, 5.6, 1.6, 31, 8, 28.8),
        poly("main", 24, 3.2, 30.4, 5.6, 30.4, 31, 24, 28.8),
        line("dark", 1, 8, 3.4, 8, 28.6), line("dark", 1, 24, 3.4, 24, 28.6), disc("deep", 3.4, 17.6, 1.2),
        disc("deep", 28.6, 17.6, 1.2),
    ),
    ("bin", SHUT): (
        *_BIN, box("dark", 5, 7.4, 27, 12, r=2), box("deep", 13, 4.6, 19, 8, r=1.4),
        box("dark", 14.2, 6, 17.8, 8),
    ),
    ("bin", OPEN): (
        *_BIN, oval("dark", 5.6, 8.4, 26.4, 15), oval(INK, 7, 9.4, 25, 14),
        poly("dark", 6, 8.6, 8, 11, 24.6, 3.4, 22.4, 0.8),
    ),
    ("sink", 0): (*_BASIN, disc("#8E9BA6", 16, 20, 1.3), *_TAP),
    ("sink", 1): (
        *_BASIN, oval("#5AA9E6", 8.6, 15.4, 23.4, 23.6), oval("#A8D6F7", 12, 18, 20, 22.4),
        line("#2E86D1", 2.6, 16, 13, 16, 19.6),
        *_TAP,
    ),
    ("stove", 0): (
        *_STOVE,
        *_rings("#2B323B", "#444E59", "#2B323B"),
        *_KNOBS,
    ),
    ("stove", 1): (
        *_STOVE,
        *_rings("#FF6B3D", "#A8261B", "#FFB35C"),
        *_KNOBS,
    ),
    ("lamp", 0): (
        *_POST, poly("main", 11, 4, 21, 4, 26, 17, 6, 17), line("dark", 1.2, 6.6, 16.4, 25.4, 16.4),
    ),
    ("lamp", 1): (
        disc("#FFE27A70", 16, 14, 15.6), disc("#FFE27AB0", 16, 14, 12), *_POST,
        poly("main", 11, 4, 21, 4, 26, 17, 6, 17),
        oval("#FFF4BE", 13, 15, 19, 20.6), line("light", 1.6, 13, 6, 11.4, 11),
        line("#FFFBE3", 2, 7.4, 17, 24.6, 17),
    ),
    ("television", 0): (*_SET, box("#46525F", 4, 7, 28, 21, r=1), poly("#566370", 6, 8, 14, 8, 7, 19, 5, 19)),
    ("television", 1): (
        *_SET, box("#8FD0F5", 4, 7, 28, 21, r=1), disc("#FFE27A", 23, 11, 2.4),
        poly("#4FA765", 4, 20, 11, 12, 17, 18, 20, 15.4, 28, 20),
        box("#4FA765", 4, 19, 28, 21, r=0.8),
    ),
    ("goal", 0): (
        box("#FFFFFF90", 3, 3, 29, 29, r=4), arc("#E8A33D", 1.6, 0, 360, 5, 21, 25, 29.6),
        box(INK, 11, 4, 13, 27, r=1),
        poly("#F28C28", 13, 4.6, 26.4, 10, 13, 15.4), poly("#FFC56E", 13, 6.4, 19, 8.6, 13, 10.8),
    ),
}  # fmt: skip

# ---- items ---------------------------------------------------------------------------------------------
ITEM_PICTURES: dict[str, Picture] = {
    "orange": (
        disc("#F08A24", 16, 17.5, 9.5), disc("#F9B266", 12.6, 13.8, 2.6),
        line("#5C7F3A", 1.8, 16, 9.6, 16.6, 6.4),
        poly("#5FA04E", 16.6, 8, 20, 4.4, 25, 5.4, 21.6, 8.8),
    ),
    "apple": (
        disc("main", 12, 17, 7), disc("main", 20, 17, 7), oval("main", 8, 12, 24, 28),
        line("#573D30", 2, 16, 12.6, 17, 6),
        poly("#4E8F46", 17, 9, 20, 5, 26, 5.4, 22.4, 9.4), oval("light", 8.4, 13, 11.4, 18.4),
    ),
    "banana": (
        poly(
            "#F6CE46", 7, 6, 10, 6, 11, 11, 14, 16, 19, 19, 25, 19.4, 27, 21, 26, 24, 21.4, 26, 15, 25.4,
            10, 22, 7, 17, 6, 11,
        ),
        poly("#6B5134", 6.8, 4, 10, 4, 10.2, 7.2, 6.6, 7.2),
        poly("#6B5134", 25, 19.4, 27.4, 20.8, 26.4, 23.4, 24.4, 21.6),
        line("#D9A92E", 1.1, 8.4, 10, 10, 16, 14, 21, 20, 23),
    ),
    "cup": (
        arc("dark", 2.6, 0, 360, 18, 11.6, 27.6, 21.6), box("main", 6.6, 9, 22, 26.4, r=3.4),
        oval("dark", 6.6, 6.6, 22, 12),
        oval("#7A5A44", 8.2, 7.8, 20.4, 11.2), line("light", 1.6, 9.6, 15, 9.6, 22),
    ),
    "plate": (
        disc("main", 16, 16, 11.6), disc("dark", 16, 16, 8), disc("light", 16, 16, 7),
        disc("main", 16, 16, 5.8),
    ),
    "bowl": (
        box("dark", 11, 24, 21, 28, r=1),
        poly("main", 4, 14, 28, 14, 26.6, 19, 23, 23.6, 18.6, 26, 13.4, 26, 9, 23.6, 5.4, 19),
        oval("dark", 4, 9.4, 28, 18), oval("light", 6, 11, 26, 16.8), line("light", 1.4, 8.4, 20, 11.4, 23),
    ),
    "book": (
        box("dark", 6, 5, 26, 27.4, r=1.6), box("#FBF7EA", 8, 22.8, 25.4, 26.4),
        box("main", 8.4, 5, 26, 23, r=1),
        box("dark", 6, 5, 9.4, 27.4, r=1.4), box("light", 12.4, 9, 22.6, 14.4, r=0.6),
        line("light", 1.2, 13, 18, 22, 18),
    ),
    "ball": (
        disc("main", 16, 16.5, 10), arc("dark", 1.6, -60, 60, -4, 6.5, 13.6, 26.5),
        arc("dark", 1.6, 120, 240, 18.4, 6.5, 36, 26.5),
        line("dark", 1.4, 16, 6.6, 16, 26.4), oval("light", 17.6, 9, 21, 12),
    ),
    "key": (
        line("main", 3.6, 15, 14, 28, 14), line("main", 3, 26, 14, 26, 20),
        line("main", 3, 21.4, 14, 21.4, 18.6),
        arc("main", 3.8, 0, 360, 3, 7, 17, 21), arc("light", 1, 180, 300, 4.2, 8.2, 15.8, 19.8),
    ),
    "toy": (
        disc("main", 8.6, 9.6, 4.4), disc("main", 23.4, 9.6, 4.4), disc("dark", 8.6, 9.6, 2.2),
        disc("dark", 23.4, 9.6, 2.2),
        oval("main", 6, 8, 26, 27), oval("light", 10.6, 17, 21.4, 25.6), disc(INK, 12, 14.6, 1.6),
        disc(INK, 20, 14.6, 1.6),
        oval(INK, 14.2, 17.8, 17.8, 20.4), line(INK, 0.9, 16, 20, 16, 22.4),
    ),
    "shoe": (
        poly("main", 5, 8, 13, 8, 15, 13, 20, 16.4, 26, 18, 28, 21, 28, 24, 5, 24),
        box("deep", 4, 22.6, 29, 26.4, r=1.6),
        oval("dark", 5, 6.6, 13, 10), line("light", 1.5, 13.4, 15, 17, 12.4),
        line("light", 1.5, 16.6, 17.2, 20, 14.4),
        line("dark", 1.2, 9, 13, 9, 22),
    ),
    "pillow": (
        poly("main", 3.4, 7, 16, 9, 28.6, 7, 27, 16.4, 28.6, 26, 16, 24, 3.4, 26, 5, 16.4),
        oval("main", 5, 7.6, 27, 25.4),
        arc("dark", 1.1, 0, 360, 8.6, 11, 23.4, 22), disc("dark", 16, 16.5, 1.7),
        line("light", 1.4, 9, 11.4, 14, 10.4),
    ),
    "bottle": (
        box("main", 10.4, 13, 21.6, 28.4, r=2.6), poly("main", 13.4, 8, 18.6, 8, 21.4, 15, 10.6, 15),
        box("dark", 13, 3, 19, 8, r=1.2),
        box("light", 10.4, 17.6, 21.6, 23.6), line("dark", 1, 12.6, 20.6, 19.4, 20.6),
    ),
    "towel": (
        line("#7B8792", 2, 4, 6, 28, 6),
        *(line("main", 1.4, x, 26, x, 28.6) for x in (8.4, 12.2, 16, 19.8, 23.6)),
        box("main", 7, 4.4, 25, 26.6, r=1.4), box("light", 7, 17.6, 25, 19.6),
        box("dark", 7, 21.4, 25, 23.2), line("dark", 0.8, 7.4, 8, 24.6, 8),
    ),
    "spoon": (
        line("main", 3, 6, 26, 19, 13),
        poly("main", 16, 15.6, 15.4, 10, 19, 5.6, 24, 4.6, 27.4, 8, 26.4, 13, 22, 16.6, 17, 17),
        poly("dark", 18.2, 13.4, 18.4, 10.4, 20.6, 7.8, 23.4, 7.2, 25, 8.8, 24.2, 11.8, 21.4, 13.8),
    ),
    "hat": (
        oval("main", 2, 18, 30, 27), oval("dark", 7.4, 18, 24.6, 24.4), box("main", 8.4, 6, 23.6, 22, r=5),
        oval("main", 8.4, 17.4, 23.6, 23),
        poly("deep", 8.4, 15.6, 23.6, 15.6, 23.6, 19.8, 16, 21.6, 8.4, 19.8),
        line("light", 1.6, 11.4, 10, 12.4, 8.6),
    ),
    "vase": (
        line("#4E8F46", 1.5, 16, 14, 16, 7), line("#4E8F46", 1.5, 15, 14, 10, 8),
        line("#4E8F46", 1.5, 17, 14, 22, 8),
        *(disc("#F7A8B8", x, y, 3) for x, y in ((9.4, 7), (16, 5), (22.6, 7))),
        *(disc("#FFF0C2", x, y, 1.2) for x, y in ((9.4, 7), (16, 5), (22.6, 7))),
        box("main", 12, 13, 20, 20), oval("main", 8.4, 16, 23.6, 29.6),
        box("dark", 10.4, 12, 21.6, 14.8, r=1.2),
        box("dark", 11.4, 27.4, 20.6, 30, r=1), line("light", 1.6, 11.6, 20, 11.6, 24),
    ),
    "clock": (
        disc("dark", 8.4, 8, 3.6), disc("dark", 23.6, 8, 3.6), line("dark", 2.4, 10, 25, 7.6, 28.6),
        line("dark", 2.4, 22, 25, 24.4, 28.6),
        disc("main", 16, 17, 10.6), disc("#FDFCF8", 16, 17, 7.6), line(INK, 1.7, 16, 17, 16, 12),
        line(INK, 1.7, 16, 17, 19.8, 18.8),
        disc(INK, 16, 17, 1.2),
    ),
}  # fmt: skip
