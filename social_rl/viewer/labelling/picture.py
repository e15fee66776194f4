"""What does the labelling window show? The question, a card for each item, and everything that can be done."""

import numpy as np
import pygame

from social_rl.human_feedback.preferences.comparison import Kind
from social_rl.viewer.controls.manual import ROOMY, draw_manual
from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas, Painted, blank, pixels
from social_rl.viewer.drawing.theme import (
    BLUE,
    BODY,
    EDGE,
    GAP,
    HEAD,
    RED,
    SOFT,
    TEXT,
    TITLE,
    WELL,
)
from social_rl.viewer.labelling.cards import draw_cards
from social_rl.viewer.labelling.controls import controls_height, draw_controls
from social_rl.viewer.labelling.keys import COLUMNS
from social_rl.viewer.labelling.model import LabelState
from worlds.checks import count

HEADER, BAR = 44, 120  # units: height of the header, width of the bar of progress
PROMPT_LINES = 3
TITLES: dict[Kind, str] = {
    "choice": "Which is better?",
    "ranking": "Rank them, best first",
    "progress": "Where does it get on, and where is it set back?",
    "vote": "Is this good?",
    "correction": "What would have been better?",
}


def render(state: LabelState) -> np.ndarray:
    """The window as uint8[H, W, 3]."""
    return pixels(paint(state).surface)


def paint(state: LabelState) -> Painted:
    """The window as a surface with its areas; transcripts that were moved too far are moved back."""
    canvas = blank(state.size, state.scale)
    whole = canvas.whole
    draw_header(canvas, state, pygame.Rect(whole.left, whole.top, whole.width, canvas.px(HEADER)))
    top = whole.top + canvas.px(HEADER)
    if state.question is None:
        draw_message(canvas, state, pygame.Rect(whole.left, top, whole.width, whole.bottom - top))
    else:
        top = draw_prompt(canvas, state, pygame.Rect(whole.left, top, whole.width, 0))
        high = controls_height(canvas, state)
        cards = pygame.Rect(whole.left, top, whole.width, whole.bottom - high - canvas.px(12) - top)
        state.scroll = min(state.scroll, draw_cards(canvas, state, cards))
        draw_controls(canvas, state, pygame.Rect(whole.left, whole.bottom - high, whole.width, high))
    if state.help:
        draw_manual(canvas, COLUMNS, ROOMY)
    return Painted(canvas.surface, tuple(canvas.areas))


def draw_header(canvas: Canvas, state: LabelState, room: pygame.Rect) -> None:
    """What is asked, who answers, how far they are."""
    px = canvas.px
    middle = room.top + px(16)
    wide = canvas.button_width("Keys", "?")
    button = pygame.Rect(room.right - wide, room.top, wide, px(32))
    canvas.button(button, "Keys", "?", "help", on=state.help)
    x = canvas.text_right(f"{state.done} of {state.everything}", button.left - px(14), middle, BODY, SOFT)
    bar = pygame.Rect(x - px(12 + BAR), middle - px(3), px(BAR), px(6))
    canvas.slab(bar, EDGE, "", 3)
    share = state.done / state.everything if state.everything else 0.0
    if share > 0:
        canvas.slab(
            pygame.Rect(bar.left, bar.top, max(round(bar.width * share), px(6)), bar.height), BLUE, "", 3
        )
    begins = canvas.text_right(
        theme.cut(state.rater, px(BODY), px(160)), bar.left - px(14), middle, BODY, SOFT
    )
    title = "" if state.question is None else TITLES[state.question.kind]
    canvas.text(title, room.left, middle, TITLE, TEXT, True, room=begins - px(16) - room.left)


def draw_prompt(canvas: Canvas, state: LabelState, room: pygame.Rect) -> int:
    """What was asked for, where that is the same for all; returns where the cards begin."""
    px = canvas.px
    prompts = {item.prompt for item in state.question.items} if state.question else set()
    prompt = prompts.pop() if len(prompts) == 1 else ""
    if not prompt.strip():
        return room.top
    label = canvas.px(HEAD * 6)
    lines = theme.fitted(prompt, px(HEAD), room.width - label - px(28), PROMPT_LINES)
    slab = pygame.Rect(room.left, room.top, room.width, px(16 + 22 * len(lines)))
    canvas.slab(slab, WELL, "")
    middle = slab.top + px(8 + 11)
    canvas.text("asked for", slab.left + px(14), middle, BODY, SOFT)
    for i, line in enumerate(lines):
        canvas.text(line, slab.left + label, middle + px(22) * i, HEAD, TEXT)
    return slab.bottom + px(GAP + 4)


def draw_message(canvas: Canvas, state: LabelState, room: pygame.Rect) -> None:
    """Why nothing is asked."""
    px = canvas.px
    skipped = f" {count(state.skipped, 'question')} skipped: asked again next time." if state.skipped else ""
    title = "The store does not answer" if state.trouble else "Nothing is left to judge"
    text = (
        f"{state.trouble}. It is tried again."
        if state.trouble
        else f"Thank you. New questions show by themselves.{skipped}"
    )
    y = room.centery - px(30)
    canvas.text(title, room.centerx - theme.width(title, px(TITLE), True) // 2, y, TITLE, TEXT, True)
    for line in theme.wrapped(text, px(BODY), room.width * 3 // 4):
        y += px(28)
        wide = theme.width(line, px(BODY))
        canvas.text(line, room.centerx - wide // 2, y, BODY, RED if state.trouble else SOFT)
