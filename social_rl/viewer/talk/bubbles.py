"""What did a person and an agent say to each other? The last turns, as bubbles: the agent's left, others' right."""

from typing import NamedTuple

import pygame

from agents.language.talk import PERSON, TAKEN
from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import AMBER_WASH, BLUE_WASH, GAP, PAGE, SMALL, TEXT, WELL
from social_rl.viewer.model import ViewerState
from worlds.talk import Spoken

LINE, PAD, BETWEEN = 17, 5, 4  # units: of a line, above and below lines, between bubbles
WIDEST = 0.86  # of the room
MOST_LINES = 4  # of a turn


class Bubble(NamedTuple):
    """A turn as it is drawn."""

    lines: tuple[str, ...]
    fill: str
    is_left: bool


def bubbles_of(canvas: Canvas, state: ViewerState, a: int, wide: int, most: int) -> list[Bubble]:
    """The last turns of an agent's talk, `most` of them, in lines that fit."""
    name = state.name(a)
    turns = [turn for turn in state.sim.talk() if name in (turn.speaker, turn.listener)]
    room = round(wide * WIDEST) - canvas.px(2 * GAP)
    return [
        Bubble(
            tuple(theme.fitted(_shown(turn, name), canvas.px(SMALL), room, MOST_LINES)),
            _fill(turn, name),
            turn.speaker == name,
        )
        for turn in turns[max(len(turns) - most, 0) :]
    ]


def talk_height(canvas: Canvas, bubbles: list[Bubble]) -> int:
    """Pixels of bubbles, and of what parts them from the rest of a card."""
    px = canvas.px
    high = sum(_height(canvas, bubble) + px(BETWEEN) for bubble in bubbles)
    return high + px(GAP) - px(BETWEEN) if bubbles else 0


def draw_talk(canvas: Canvas, bubbles: list[Bubble], room: pygame.Rect) -> None:
    """Bubbles from the top of `room`."""
    px, top = canvas.px, room.top + canvas.px(GAP)
    for bubble in bubbles:
        wide = max(theme.width(line, px(SMALL)) for line in bubble.lines) + px(2 * GAP)
        rect = pygame.Rect(room.left, top, wide, _height(canvas, bubble))
        if not bubble.is_left:
            rect.right = room.right
        canvas.slab(rect, bubble.fill, "", 8)
        for i, line in enumerate(bubble.lines):
            middle = rect.top + px(PAD) + px(LINE) * i + px(LINE) // 2
            canvas.text(line, rect.left + px(GAP), middle, SMALL, TEXT)
        top = rect.bottom + px(BETWEEN)


def _height(canvas: Canvas, bubble: Bubble) -> int:
    return canvas.px(LINE) * len(bubble.lines) + canvas.px(2 * PAD)


def _shown(turn: Spoken, name: str) -> str:
    """The words of a turn, with who else is spoken to, or speaks."""
    if PERSON in (turn.speaker, turn.listener):
        return turn.words
    return f"to {turn.listener}: {turn.words}" if turn.speaker == name else f"{turn.speaker}: {turn.words}"


def _fill(turn: Spoken, name: str) -> str:
    """What was understood, a question, or anything else; what is said to the agent."""
    if turn.speaker != name:
        return WELL
    if turn.words.startswith(TAKEN):
        return BLUE_WASH
    return AMBER_WASH if turn.words.endswith("?") else PAGE
