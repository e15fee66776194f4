"""Where in the gallery is what? How many pictures stand side by side, and how many rows are in view."""

import pygame

from social_rl.viewer.drawing.theme import GAP, MARGIN, Theme, fitting_scale
from social_rl.viewer.gallery.model import GalleryState

HEADER, ORDERS_HIGH, NOTICE, SIDE = 44, 40, 22, 384  # units
CARD, WORDS = 168, 46  # of one picture, and of what is said below it


def theme_of(state: GalleryState, size: tuple[int, int]) -> Theme:
    """The look of the window at a size."""
    return Theme(fitting_scale(state.scale, size), state.is_dark)


def rooms_of(state: GalleryState, size: tuple[int, int]) -> tuple[pygame.Rect, pygame.Rect]:
    """The room of the pictures, and that of the chosen level."""
    px = theme_of(state, size).px
    whole = pygame.Rect(0, 0, *size).inflate(-2 * px(MARGIN), -2 * px(MARGIN))
    side = pygame.Rect(whole.right - px(SIDE), whole.top, px(SIDE), whole.height)
    top = whole.top + px(HEADER + ORDERS_HIGH)
    grid = pygame.Rect(whole.left, top, side.left - px(MARGIN) - whole.left, whole.bottom - px(NOTICE) - top)
    return grid, side


def shape_of(state: GalleryState, size: tuple[int, int] | None = None) -> tuple[int, int, int]:
    """How many pictures stand side by side, and how wide and high the card of each is, in pixels."""
    size = size or state.size
    px = theme_of(state, size).px
    grid, _ = rooms_of(state, size)
    columns = max((grid.width + px(GAP)) // px(CARD + GAP), 1)
    wide = (grid.width + px(GAP)) // columns - px(GAP)
    return columns, wide, wide + px(WORDS)


def rows_in_view(state: GalleryState, size: tuple[int, int] | None = None) -> int:
    """How many whole rows of pictures are in view."""
    size = size or state.size
    grid, _ = rooms_of(state, size)
    high = shape_of(state, size)[2] + theme_of(state, size).px(GAP)
    return max((grid.height + theme_of(state, size).px(GAP)) // high, 1)
