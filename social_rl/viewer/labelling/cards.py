"""How does an item stand on the window? A card with its clip and its transcript, or the transcript alone, large."""

from functools import lru_cache
from typing import NamedTuple

import pygame

from social_rl.human_feedback.preferences.comparison import Item
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
    HEAD,
    NIGHT,
    RED,
    SMALL,
    SOFT,
    TEXT,
)
from social_rl.viewer.labelling.drafts import NO_RANK
from social_rl.viewer.labelling.model import LabelState, Screen
from social_rl.viewer.labelling.reel import Reel, agents_at, picture_at, told

PAD, HEADING, FRAME = 12, 30, 4  # units
LARGEST_TILE = 72  # units
PROMPT_LINES = 2  # of a card's own
LARGE = 18  # units of text that stands alone
LEAST_WORDS = 0.28  # of a card's height, for the transcript below a clip
ORDINALS = ("1st", "2nd", "3rd", "4th")
SIDES = ("Left", "Right")


class Row(NamedTuple):
    """A line of a transcript as it is drawn."""

    words: str
    is_ahead: bool  # of what has not happened yet at the step that is shown


def draw_cards(canvas: Canvas, state: LabelState, room: pygame.Rect) -> int:
    """A card for each place, side by side; returns by how many lines their transcripts can be moved."""
    if state.question is None:
        return 0
    gap, places = canvas.px(GAP + 4), len(state.question.shown)
    wide, most = (room.width - gap * (places - 1)) // places, 0
    for place, item in enumerate(state.question.shown):
        rect = pygame.Rect(room.left + place * (wide + gap), room.top, wide, room.height)
        most = max(most, draw_card(canvas, state, place, state.question.items[item], rect))
    return most


def draw_card(canvas: Canvas, state: LabelState, place: int, item: Item, rect: pygame.Rect) -> int:
    """One item; returns by how many lines its transcript can be moved."""
    px = canvas.px
    chosen = place in state.chosen or _rank(state, place) == 0
    canvas.slab(rect, BLUE_WASH if chosen else CARD, BLUE if chosen else EDGE, line=2 if chosen else 1)
    inner = rect.inflate(-px(2 * PAD), -px(2 * PAD))
    top = inner.top
    if state.question is not None and state.question.kind in ("choice", "ranking"):
        _heading(canvas, state, place, pygame.Rect(inner.left, top, inner.width, px(HEADING - 6)))
        top += px(HEADING)
    if not _is_common(state):
        for line in theme.fitted(item.prompt, px(BODY), inner.width, PROMPT_LINES, bold=True):
            canvas.text(line, inner.left, top + px(10), BODY, TEXT, True)
            top += px(20)
        top += px(6)
    room = pygame.Rect(inner.left, top, inner.width, inner.bottom - top)
    if state.loading is not None:
        _centred(canvas, "One moment …", room, SOFT)
        return 0
    screen = state.screens[place]
    if isinstance(screen, str):
        for line in theme.wrapped(screen, px(BODY), inner.width):
            canvas.text(line, inner.left, top + px(10), BODY, RED)
            top += px(20)
        top += px(6)
    elif screen is not None:
        top = _draw_clip(canvas, state, screen, room) + px(PAD)
    size = LARGE if screen is None else SMALL + 1
    rows = _rows(canvas, state, item, screen, size, inner.width - px(6))
    return _draw_rows(
        canvas, state, rows, size, pygame.Rect(inner.left, top, inner.width, inner.bottom - top)
    )


def _heading(canvas: Canvas, state: LabelState, place: int, room: pygame.Rect) -> None:
    """Its key and side; in a ranking, a button for each rank."""
    px = canvas.px
    assert state.question is not None
    x = canvas.key(str(place + 1), room.left, room.centery) + px(GAP)
    if state.question.kind == "choice":
        canvas.text(SIDES[place], x, room.centery, HEAD, TEXT, True)
        return
    size = len(state.question.shown)
    wide = min(px(44), (room.right - x - px(4) * (size - 1)) // size)
    for rank in range(size):
        rect = pygame.Rect(room.right - (size - rank) * (wide + px(4)) + px(4), room.top, wide, room.height)
        on = _rank(state, place) == rank
        canvas.slab(rect, BLUE if on else CARD, "" if on else EDGE, 7)
        label = ORDINALS[rank]
        left = rect.centerx - theme.width(label, px(SMALL)) // 2
        canvas.text(label, left, rect.centery, SMALL, CARD if on else TEXT if state.is_ready else FAINT)
        if state.is_ready:
            canvas.clickable(rect, "rank", place, rank)


def _draw_clip(canvas: Canvas, state: LabelState, reel: Reel, room: pygame.Rect) -> int:
    """The house at the step that is shown, in a frame of wall; returns where it ends."""
    px, clip = canvas.px, reel.clip
    frame = px(FRAME)
    high = round(room.height * (1 - LEAST_WORDS)) - 2 * frame
    tile = max(1, min((room.width - 2 * frame) // clip.cols, high // clip.rows, px(LARGEST_TILE)))
    house = pygame.Rect(0, room.top + frame, clip.cols * tile, clip.rows * tile)
    house.centerx = room.centerx
    canvas.slab(house.inflate(2 * frame, 2 * frame), NIGHT, "", 2)
    canvas.surface.blit(picture_at(reel, state.clock.step, tile), house)
    agents = agents_at(reel, state.clock.step)
    taken = {(row, col) for _, row, col in agents}
    canvas.surface.set_clip(house)
    for name, row, col in agents:
        at = pygame.Rect(house.left + col * tile, house.top + row * tile, tile, tile)
        canvas.tag(name, at, house, is_above=bool({(row + 1, col), (row, col - 1)} & taken))
    canvas.surface.set_clip(None)
    return house.bottom + frame


# ---- words -----------------------------------------------------------------------------------------------
def _rows(canvas: Canvas, state: LabelState, item: Item, screen: Screen, size: float, room: int) -> list[Row]:
    """The transcript; where there is none, what was said in the clip, faint until its step has come."""
    if item.text or not isinstance(screen, Reel):
        lines = [(line, False) for line in item.text.splitlines()]
    else:
        lines = [(told(line), line.step > state.clock.step) for line in screen.clip.lines]
    pixels = canvas.px(size)
    return [Row(words, ahead) for text, ahead in lines for words in _folded(text, pixels, room)]


@lru_cache(maxsize=4096)
def _folded(text: str, size: int, room: int) -> tuple[str, ...]:
    """A line of a transcript in lines that fit; it is asked for at each picture."""
    return tuple(theme.wrapped(text, size, room)) or ("",)


def _draw_rows(canvas: Canvas, state: LabelState, rows: list[Row], size: float, room: pygame.Rect) -> int:
    """Rows from the one to which they were moved, or so that what has just happened is there.

    A bar at the right tells that there are more. Returns how many are left out.
    """
    px = canvas.px
    high = px(size * 1.45)
    shown = room.height // high
    if shown < 1:
        return 0
    out = max(len(rows) - shown, 0)
    ahead = sum(row.is_ahead for row in rows)
    first = min(max(state.scroll, len(rows) - ahead - shown if ahead else 0), out)
    for i, row in enumerate(rows[first : first + shown]):
        middle = room.top + i * high + high // 2
        canvas.text(row.words, room.left, middle, size, FAINT if row.is_ahead else TEXT)
    if out:
        bar = pygame.Rect(room.right - px(3), room.top, px(3), shown * high)
        canvas.slab(bar, EDGE, "", 1)
        part = bar.copy()
        part.height = max(bar.height * shown // len(rows), px(10))
        part.top += (bar.height - part.height) * first // out
        canvas.slab(part, FAINT, "", 1)
    return out


def _centred(canvas: Canvas, text: str, room: pygame.Rect, colour: str) -> None:
    wide = theme.width(text, canvas.px(BODY))
    canvas.text(text, room.centerx - wide // 2, room.centery, BODY, colour)


def _rank(state: LabelState, place: int) -> int:
    is_ranking = state.question is not None and state.question.kind == "ranking"
    return state.draft.ranks[place] if is_ranking and state.draft.ranks else NO_RANK


def _is_common(state: LabelState) -> bool:
    """Was the same asked for of all items?"""
    return state.question is not None and len({item.prompt for item in state.question.items}) == 1
