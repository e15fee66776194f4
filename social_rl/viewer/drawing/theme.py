"""What does the window look like? One palette, one type scale, one spacing, and soft-edged shapes.

Sizes are in units; `Theme.px` turns them into pixels, so one number scales the whole window.
"""

import importlib.util
import io
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pygame

from worlds.render.tiles import INK, SLATE

PAGE, CARD, EDGE, WELL = "#F7F5F1", "#FFFFFF", "#E4DFD6", "#EFECE6"
TEXT, SOFT, FAINT = INK, "#5B6772", "#969CA4"
BLUE, GREEN, RED, AMBER = "#2158CF", "#2C8A55", "#C23B2C", "#A86A12"
BLUE_WASH, GREEN_WASH, RED_WASH, AMBER_WASH = "#E8EEFB", "#E2F3E9", "#FBE9E6", "#FBF0DC"
NIGHT = SLATE
# What each colour of the light theme is in the dark one; colours of things and agents are the same in both.
DARK = {
    PAGE: "#14181D", CARD: "#1D232A", EDGE: "#353E48", WELL: "#29313A", TEXT: "#E9ECEF", SOFT: "#AEB8C2",
    FAINT: "#7F8A95", BLUE: "#86ACF9", GREEN: "#6CC698", RED: "#F28D7F", AMBER: "#E3B465", BLUE_WASH: "#22304D",
    GREEN_WASH: "#1D3A2C", RED_WASH: "#472723", AMBER_WASH: "#40341B",
}  # fmt: skip

# The type scale and the spacing, in units.
SMALL, BODY, HEAD, TITLE = 12, 14, 16, 21
GAP = 8  # everything stands at multiples of this
MARGIN, RADIUS = 2 * GAP, 9
LEAST = (1000, 620)  # of a window, so that nothing is cut
SMALLEST = (640, 420)  # that a window is drawn in, whatever its frame is
SCALES = (0.75, 3.0)  # that one may ask for
FINE = 4  # shapes are painted this much larger, then made smaller, so that edges are soft


class Theme(NamedTuple):
    """How many pixels a unit has, and which palette is used."""

    scale: float = 1.0
    is_dark: bool = False

    def tint(self, colour: str) -> str:
        """A colour of the light theme as it is here."""
        return DARK.get(colour, colour) if self.is_dark else colour

    def px(self, units: float) -> int:
        """Units in whole pixels."""
        return round(units * self.scale)


def fitting_scale(scale: float, size: tuple[int, int]) -> float:
    """The scale that was asked for, or the largest at which a window of this size has room for everything."""
    return min(scale, size[0] / LEAST[0], size[1] / LEAST[1])


def next_scale(scale: float, by: float) -> float:
    """The scale that is asked for next, within SCALES."""
    return min(max(round(scale + by, 2), SCALES[0]), SCALES[1])


def drawn_size(wide: int, high: int) -> tuple[int, int]:
    """The size in which a window of another one is drawn."""
    return max(wide, SMALLEST[0]), max(high, SMALLEST[1])


def ink(colour: str) -> tuple[int, int, int]:
    """ "#RRGGBB" as numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


# ---- text ----------------------------------------------------------------------------------------------
@lru_cache(maxsize=64)
def font(size: int, bold: bool = False) -> pygame.font.Font:
    """A font of a size in pixels: the one that comes with pygame_gui, else that of pygame."""
    if not pygame.font.get_init():
        pygame.font.init()
    data = _font_file("NotoSans-Bold.ttf" if bold else "NotoSans-Regular.ttf")
    return pygame.font.Font(io.BytesIO(data) if data else None, size)


@lru_cache(maxsize=2)
def _font_file(name: str) -> bytes:
    spec = importlib.util.find_spec("pygame_gui")
    path = Path(spec.origin).parent / "data" / name if spec and spec.origin else Path()
    return path.read_bytes() if path.is_file() else b""


@lru_cache(maxsize=4096)
def words(text: str, size: int, colour: str, bold: bool = False) -> pygame.Surface:
    """A line of text."""
    return font(size, bold).render(text, True, ink(colour))


def width(text: str, size: int, bold: bool = False) -> int:
    """Pixels from the beginning of a line of text to its end."""
    return font(size, bold).size(text)[0]


def wrapped(text: str, size: int, room: int, bold: bool = False) -> list[str]:
    """A text in lines that fit into `room` pixels; a word that does not fit stands alone, cut."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and width(longer, size, bold) > room:
            lines.append(line)
            longer = word
        line = longer
    return [cut(line, size, room, bold) for line in [*lines, line] if line]


def fitted(text: str, size: int, room: int, most: int, bold: bool = False) -> list[str]:
    """A text in at most so many lines; what does not fit is cut from the last one."""
    lines = wrapped(text, size, room, bold)
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], cut(" ".join(lines[most - 1 :]), size, room, bold)]


def cut(text: str, size: int, room: int, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits before an ellipsis."""
    if width(text, size, bold) <= room:
        return text
    while text and width(text + "…", size, bold) > room:
        text = text[:-1]
    return text.rstrip() + "…"


# ---- shapes --------------------------------------------------------------------------------------------
@lru_cache(maxsize=512)
def slab(
    size: tuple[int, int], fill: str, edge: str = "", radius: int = RADIUS, line: int = 1
) -> pygame.Surface:
    """A rectangle with round corners, and an edge if it has a colour."""
    wide, high = max(size[0], 1), max(size[1], 1)
    picture = pygame.Surface((wide, high), pygame.SRCALPHA, 32)
    body = pygame.Rect(0, 0, wide, high)
    corner = min(radius, wide // 2, high // 2)
    # Only the corners are painted finely; the rest is two plain rectangles.
    if corner:
        picture.blit(_corners(wide, high, corner, fill, edge, line), (0, 0))
    for inner in (body.inflate(-2 * corner, 0), body.inflate(0, -2 * corner)):
        picture.fill(edge or fill, inner)
    for inner in (
        body.inflate(-2 * max(corner, line), -2 * line),
        body.inflate(-2 * line, -2 * max(corner, line)),
    ):
        if edge and inner.width > 0 and inner.height > 0:
            picture.fill(fill, inner)
    return picture


@lru_cache(maxsize=128)
def _corners(wide: int, high: int, corner: int, fill: str, edge: str, line: int) -> pygame.Surface:
    side = 2 * corner
    fine = pygame.Surface((side * FINE, side * FINE), pygame.SRCALPHA, 32)
    fine.fill((*ink(edge or fill), 0))
    whole = fine.get_rect()
    pygame.draw.circle(fine, ink(edge or fill), whole.center, corner * FINE)
    if edge:
        pygame.draw.circle(fine, ink(fill), whole.center, (corner - line) * FINE)
    disc = pygame.transform.smoothscale(fine, (side, side))
    picture = pygame.Surface((wide, high), pygame.SRCALPHA, 32)
    for x, left in ((0, 0), (wide - corner, corner)):
        for y, top in ((0, 0), (high - corner, corner)):
            picture.blit(disc, (x, y), (left, top, corner, corner))
    return picture


def from_array(pixels: np.ndarray) -> pygame.Surface:
    """An array uint8[h, w, 3 or 4] as a picture."""
    high, wide, channels = pixels.shape
    return pygame.image.frombuffer(pixels.tobytes(), (wide, high), "RGB" if channels == 3 else "RGBA")


@lru_cache(maxsize=256)
def sign(name: str, side: int, colour: str) -> pygame.Surface:
    """A small sign of SIGNS, `side` pixels high and wide."""
    fine = pygame.Surface((side * FINE, side * FINE), pygame.SRCALPHA, 32)
    fine.fill((*ink(colour), 0))
    unit = side * FINE / 16
    for form, at in SIGNS[name]:
        points = [(x * unit, y * unit) for x, y in zip(at[::2], at[1::2], strict=False)]
        if form == "poly":
            pygame.draw.polygon(fine, ink(colour), points)
        elif form == "disc":
            pygame.draw.circle(fine, ink(colour), points[0], at[2] * unit)
        elif form == "ring":
            pygame.draw.circle(fine, ink(colour), points[0], at[2] * unit, round(1.7 * unit))
        else:
            for first, last in pairwise(points):
                _stroke(fine, colour, first, last, 2.0 * unit)
    return pygame.transform.smoothscale(fine, (side, side))


def _stroke(
    fine: pygame.Surface, colour: str, first: tuple[float, float], last: tuple[float, float], thick: float
) -> None:
    """A line with round ends."""
    along = pygame.Vector2(last) - pygame.Vector2(first)
    side = pygame.Vector2(-along.y, along.x).normalize() * thick / 2
    corners = [first + side, last + side, last - side, first - side]
    pygame.draw.polygon(fine, ink(colour), corners)
    for end in (first, last):
        pygame.draw.circle(fine, ink(colour), end, thick / 2)


# Signs on a grid of 16 units.
SIGNS: dict[str, tuple[tuple[str, tuple[float, ...]], ...]] = {
    "play": (("poly", (4.5, 2.5, 13.5, 8, 4.5, 13.5)),),
    "pause": (("poly", (4, 3, 6.8, 3, 6.8, 13, 4, 13)), ("poly", (9.2, 3, 12, 3, 12, 13, 9.2, 13))),
    "step": (("poly", (3, 3, 10, 8, 3, 13)), ("poly", (11, 3, 13.2, 3, 13.2, 13, 11, 13))),
    "back": (("poly", (13, 3, 6, 8, 13, 13)), ("poly", (5, 3, 2.8, 3, 2.8, 13, 5, 13))),
    "first": (
        ("poly", (14, 3.5, 9, 8, 14, 12.5)), ("poly", (9, 3.5, 4, 8, 9, 12.5)),
        ("poly", (3.6, 3.5, 1.8, 3.5, 1.8, 12.5, 3.6, 12.5)),
    ),
    "reverse": (("poly", (11.5, 2.5, 2.5, 8, 11.5, 13.5)),),
    "done": (("line", (3, 8.5, 6.5, 12, 13, 4.5)),),
    "failed": (("line", (4, 4, 12, 12)), ("line", (12, 4, 4, 12))),
    "now": (("disc", (8, 8, 4.2)),),
    "later": (("ring", (8, 8, 4.8)),),
    "rule": (("line", (3.5, 8, 12.5, 8)),),
    "up": (("line", (8, 13, 8, 3.5)), ("line", (4, 7.2, 8, 3.2, 12, 7.2))),
    "down": (("line", (8, 3, 8, 12.5)), ("line", (4, 8.8, 8, 12.8, 12, 8.8))),
    "left": (("line", (13, 8, 3.5, 8)), ("line", (7.2, 4, 3.2, 8, 7.2, 12))),
    "right": (("line", (3, 8, 12.5, 8)), ("line", (8.8, 4, 12.8, 8, 8.8, 12))),
    "picture": (
        ("line", (2.5, 5, 13.5, 5, 13.5, 12.5, 2.5, 12.5, 2.5, 5)), ("line", (6, 3.6, 10, 3.6)),
        ("ring", (8, 8.7, 2.9)),
    ),
    "record": (("disc", (8, 8, 5.2)),),
    "branch": (
        ("line", (4, 13.5, 4, 2.5)), ("line", (4, 9.5, 8, 8.8, 11.5, 6, 11.8, 3.4)),
        ("line", (8.8, 5.6, 11.8, 2.6, 14.4, 5.6)),
    ),
    "moon": (
        ("poly", (10, 1.8, 5.6, 3.4, 3, 7.4, 3.8, 11.8, 7, 14, 10.8, 13.8, 13.6, 11.4, 9.6, 10.6, 8, 7.4, 8.4, 4.2)),
    ),
}  # fmt: skip
