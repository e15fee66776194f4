"""How is something put on the window? A surface, and areas of it that carry out a command when clicked."""

from typing import NamedTuple

import numpy as np
import pygame

from social_rl.viewer.drawing import theme as drawn
from social_rl.viewer.drawing.theme import (
    BLUE,
    BODY,
    CARD,
    EDGE,
    FAINT,
    MARGIN,
    PAGE,
    RED,
    SMALL,
    SOFT,
    TEXT,
    WELL,
    Theme,
)


class Area(NamedTuple):
    """What a click into a rectangle does."""

    rect: pygame.Rect
    command: str
    values: tuple[object, ...] = ()


class Painted(NamedTuple):
    """A picture of the window, and what clicks into it do."""

    surface: pygame.Surface
    areas: tuple[Area, ...]

    def at(self, x: int, y: int) -> Area | None:
        """The topmost area at a point."""
        return next((area for area in reversed(self.areas) if area.rect.collidepoint(x, y)), None)


class Canvas(NamedTuple):
    """Where panels draw."""

    surface: pygame.Surface
    theme: Theme
    areas: list[Area]

    @property
    def whole(self) -> pygame.Rect:
        """The page within its margins."""
        margin = self.px(MARGIN)
        return self.surface.get_rect().inflate(-2 * margin, -2 * margin)

    def px(self, units: float) -> int:
        """Units in pixels."""
        return self.theme.px(units)

    def ink(self, colour: str) -> tuple[int, int, int]:
        """A colour of the theme as numbers."""
        return drawn.ink(self.theme.tint(colour))

    def clickable(self, rect: pygame.Rect, command: str, *values: object) -> None:
        """Clicks into the rectangle carry out a command; later areas lie above earlier ones."""
        self.areas.append(Area(pygame.Rect(rect), command, values))

    def slab(
        self,
        rect: pygame.Rect,
        fill: str = CARD,
        edge: str = EDGE,
        radius: float = drawn.RADIUS,
        line: int = 1,
    ) -> None:
        """A rectangle with round corners."""
        tint = self.theme.tint
        self.surface.blit(drawn.slab(rect.size, tint(fill), tint(edge), self.px(radius), line), rect)

    def image(self, pixels: np.ndarray, left: int, top: int) -> pygame.Rect:
        """An array uint8[h, w, 3]."""
        return self.surface.blit(drawn.from_array(pixels), (left, top))

    def sign(self, name: str, centre: tuple[int, int], colour: str = TEXT, size: float = 16) -> None:
        """A sign about a centre."""
        picture = drawn.sign(name, self.px(size), self.theme.tint(colour))
        self.surface.blit(picture, picture.get_rect(center=centre))

    def text(
        self,
        text: str,
        left: int,
        middle: int,
        size: float = BODY,
        colour: str = TEXT,
        bold: bool = False,
        room: int = 0,
    ) -> int:
        """A line of text, cut to `room` pixels if that is above 0; returns where it ends."""
        pixels = self.px(size)
        text = drawn.cut(text, pixels, room, bold) if room > 0 else text
        picture = drawn.words(text, pixels, self.theme.tint(colour), bold)
        self.surface.blit(picture, picture.get_rect(midleft=(left, middle)))
        return left + picture.get_width()

    def text_right(
        self, text: str, right: int, middle: int, size: float = BODY, colour: str = TEXT, bold: bool = False
    ) -> int:
        """A line of text that ends at `right`; returns where it begins."""
        wide = drawn.width(text, self.px(size), bold)
        self.text(text, right - wide, middle, size, colour, bold)
        return right - wide

    def text_width(self, text: str, size: float = BODY, bold: bool = False) -> int:
        """Pixels of a line of text."""
        return drawn.width(text, self.px(size), bold)

    def chip(self, text: str, left: int, middle: int, colour: str = SOFT, fill: str = WELL) -> int:
        """Small text on a pill; returns where it ends."""
        size, pad = self.px(SMALL), self.px(drawn.GAP)
        rect = pygame.Rect(left, 0, drawn.width(text, size) + 2 * pad, self.px(20))
        rect.centery = middle
        self.slab(rect, fill, "", 10)
        self.text(text, left + pad, middle, SMALL, colour)
        return rect.right

    def key(self, key: str, left: int, middle: int) -> int:
        """A key cap with a name or a sign; returns where it ends."""
        px = self.px
        is_sign = key in drawn.SIGNS
        wide = px(12) if is_sign else drawn.width(key, px(SMALL))
        cap = pygame.Rect(left, middle - px(10), max(wide + px(12), px(24)), px(20))
        self.slab(cap, WELL, EDGE, 5)
        if is_sign:
            self.sign(key, cap.center, SOFT, 12)
        else:
            self.text(key, cap.centerx - wide // 2, cap.centery, SMALL, TEXT)
        return cap.right

    def tag(
        self, name: str, at: pygame.Rect, house: pygame.Rect, *, is_above: bool = False, chosen: bool = False
    ) -> None:
        """An agent's name below its cell `at`; above it where `is_above`, or where the house ends."""
        px = self.px
        small = px(SMALL if at.width >= 28 else SMALL - 2)
        tag = pygame.Rect(0, 0, drawn.width(name, small, True) + px(10), small + px(5))
        tag.midtop = at.centerx, at.bottom - px(3)
        if tag.bottom > house.bottom or is_above:
            tag.midbottom = at.centerx, at.top + px(3)
        tag.clamp_ip(house)
        self.slab(tag, TEXT if chosen else CARD, "" if chosen else EDGE, 7)
        colour = CARD if chosen else TEXT
        self.text(name, tag.left + px(5), tag.centery, small / self.theme.scale, colour, True)

    def button(
        self,
        rect: pygame.Rect,
        label: str,
        key: str,
        command: str,
        *values: object,
        sign: str = "",
        on: bool = False,
        off: bool = False,
    ) -> None:
        """A button with a sign or a label, and its key; `on` it is pressed, `off` it does nothing now."""
        fill, colour = (TEXT, CARD) if on else (PAGE, FAINT) if off else (CARD, TEXT)
        self.slab(rect, fill, "" if on else EDGE)
        x = rect.left + self.px(10)
        if sign:
            self.sign(sign, (x + self.px(8), rect.centery), RED if sign == "record" and not on else colour)
            x += self.px(23)
        if label:
            x = self.text(label, x, rect.centery, BODY, colour) + self.px(7)
        if key:
            self.text(key, x, rect.centery, SMALL, FAINT)
        if not off:
            self.clickable(rect, command, *values)

    def button_width(self, label: str, key: str, sign: str = "") -> int:
        """How wide a button with these words must be."""
        wide = self.px(20) + (self.px(23) if sign else 0) + drawn.width(key, self.px(SMALL))
        return wide + (drawn.width(label, self.px(BODY)) + (self.px(7) if key else 0) if label else 0)

    def written(self, text: str, caret: int, room: pygame.Rect) -> None:
        """A line of text that is being written, moved so that its caret is in the room."""
        px, size = self.px, self.px(BODY)
        at = drawn.width(text[:caret], size) if caret else 0
        slide = max(0, at - room.width + px(2))
        words = drawn.words(text, size, self.theme.tint(TEXT))
        top = room.centery - words.get_height() // 2
        self.surface.blit(words, (room.left, top), (slide, 0, room.width, words.get_height()))
        line = (room.left + at - slide, room.centery - px(9), max(px(1.6), 1), px(18))
        self.surface.fill(self.ink(BLUE), line)


def blank(size: tuple[int, int], scale: float, is_dark: bool = False) -> Canvas:
    """An empty page; its scale is the one that was asked for, or the largest that has room."""
    surface = pygame.Surface(size, 0, 32)
    canvas = Canvas(surface, Theme(drawn.fitting_scale(scale, size), is_dark), [])
    surface.fill(canvas.ink(PAGE))
    return canvas


def pixels(surface: pygame.Surface) -> np.ndarray:
    """What is painted, uint8[H, W, 3]."""
    return np.ascontiguousarray(pygame.surfarray.array3d(surface).swapaxes(0, 1))
