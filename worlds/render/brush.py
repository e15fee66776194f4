"""How do shapes become pixels? Painted at four times the size with Pillow, then shrunk.

Arrays are RGBA, uint8[tile, tile, 4]; Pillow is imported only when something is painted.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from worlds.render.tiles import INK, PAPER, UNITS, Picture, Shape

FINE = 4  # painted this many times larger than shown

Rims = tuple[tuple[str, float], ...]  # lines around a picture: colour, width in units
INKED: Rims = ((INK, 0.8),)
CUT_OUT: Rims = ((INK, 0.8), (PAPER, 0.7))  # reads on a thing of any colour


class Spot(NamedTuple):
    """Where in its tile a picture stands: its centre and its size, in units and as a share of the tile."""

    x: float = UNITS / 2
    y: float = UNITS / 2
    scale: float = 1.0


WHOLE = Spot()


def paint(picture: Picture, colour: str, tile: int, spot: Spot = WHOLE, rims: Rims = ()) -> np.ndarray:
    """The picture as uint8[tile, tile, 4], its own colour being `colour`, with rims from within outwards."""
    image_module, draw_module = _pillow()
    side = tile * FINE
    image = image_module.new("RGBA", (side, side), (0, 0, 0, 0))
    for shape in picture:
        # A see-through fill must mix with what lies below, which ImageDraw does not do on one layer.
        if len(shape.fill) == 9:
            layer = image_module.new("RGBA", (side, side), (0, 0, 0, 0))
            _stroke(draw_module.Draw(layer), shape, colour, side / UNITS, spot)
            image.alpha_composite(layer)
        else:
            _stroke(draw_module.Draw(image), shape, colour, side / UNITS, spot)
    for fill, width in rims:
        image = _rimmed(image, fill, round(width * side / UNITS))
    return np.asarray(image.resize((tile, tile), image_module.Resampling.LANCZOS))


def over(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    """An RGBA picture laid on an RGB one."""
    alpha = above[..., 3:].astype(np.float32) / 255
    return np.rint(below * (1 - alpha) + above[..., :3] * alpha).astype(np.uint8)


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with a share of `other`."""
    parts = zip(rgb(colour), rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in parts)


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of "#RRGGBB"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@lru_cache(maxsize=256)
def shade(fill: str, colour: str) -> str:
    """The fill of a shape of a thing of this colour."""
    if fill.startswith("#"):
        return fill
    white = min(rgb(colour)) > 220  # white has no lighter tint: its parts are told apart by darker ones
    other, share = {
        "main": (colour, 0.0),
        "light": ("#FFFFFF", 0.42),
        "dark": (INK, 0.18 if white else 0.36),
        "deep": (INK, 0.36 if white else 0.62),
    }[fill]
    return mix(colour, other, share)


def _stroke(pen: Any, shape: Shape, colour: str, unit: float, spot: Spot) -> None:
    unit_here = unit * spot.scale
    left, top = (spot.x - spot.scale * UNITS / 2) * unit, (spot.y - spot.scale * UNITS / 2) * unit
    at = [v * unit_here + (top if i % 2 else left) for i, v in enumerate(shape.at)]
    fill, size = shade(shape.fill, colour), shape.size * unit_here
    if shape.form in ("box", "oval"):
        at[2], at[3] = max(at[0], at[2] - 1), max(at[1], at[3] - 1)  # Pillow counts the last pixel in
    match shape.form:
        case "box":
            pen.rounded_rectangle(at, size, fill)
        case "oval":
            pen.ellipse(at, fill)
        case "poly":
            pen.polygon(at, fill)
        case "arc":
            pen.arc(at, *shape.more, fill=fill, width=max(1, round(size)))
        case "line":
            pen.line(at, fill, max(1, round(size)), joint="curve")
            for x, y in zip(at[::2], at[1::2], strict=True):
                pen.ellipse([x - size / 2, y - size / 2, x + size / 2, y + size / 2], fill)
        case "text":
            pen.text(at, shape.text, fill, font(round(size)), anchor="mm")


@lru_cache(maxsize=32)
def font(height: int) -> Any:
    """Pillow's own font, so that letters look alike on every machine."""
    from PIL import ImageFont

    return ImageFont.load_default(max(height, 4))


def _rimmed(image: Any, fill: str, width: int) -> Any:
    if width == 0:  # too thin to be seen; and Pillow's filter of one pixel divides by zero
        return image
    from PIL import Image, ImageFilter

    solid = image.getchannel("A").filter(ImageFilter.MaxFilter(2 * width + 1))
    backing = Image.new("RGBA", image.size, fill)
    backing.putalpha(solid)
    backing.alpha_composite(image)
    return backing


def _pillow() -> tuple[Any, Any]:
    try:
        from PIL import Image, ImageDraw
    except ImportError as error:
        raise ImportError("drawing needs Pillow: pip install pillow") from error
    return Image, ImageDraw
