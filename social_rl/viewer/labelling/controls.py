"""Where are the buttons of the labelling window? Time, answers, and below them the reason, undo, skip and later."""

from typing import NamedTuple

import pygame

from social_rl.human_feedback.preferences.comparison import Kind
from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import AMBER, BLUE, BODY, CARD, EDGE, GAP, GREEN, RED, SMALL, SOFT, TEXT
from social_rl.viewer.labelling.drafts import NO_RANK
from social_rl.viewer.labelling.model import LabelState
from social_rl.viewer.labelling.reel import Reel
from social_rl.viewer.labelling.writing import draw_text

BUTTON, ANSWER, WRITTEN, LINE = 34, 38, 92, 22  # heights in units
SPEED, STEP = 104, 118  # widths in units: of the speed, of the words that tell the step
MARKS = {1: GREEN, 0: AMBER, -1: RED}


class Push(NamedTuple):
    """A button of a row."""

    label: str
    key: str
    command: str
    values: tuple[object, ...] = ()
    sign: str = ""
    on: bool = False
    off: bool = False


def controls_height(canvas: Canvas, state: LabelState) -> int:
    """Pixels from the first row to the last."""
    rows = [BUTTON] * _has_clips(state) + [_answer_height(state), BUTTON, LINE]
    return canvas.px(sum(rows) + GAP * (len(rows) - 1))


def draw_controls(canvas: Canvas, state: LabelState, room: pygame.Rect) -> None:
    """All rows from the top of `room`."""
    px, top = canvas.px, room.top
    if _has_clips(state):
        draw_time(canvas, state, pygame.Rect(room.left, top, room.width, px(BUTTON)))
        top += px(BUTTON + GAP)
    high = _answer_height(state)
    draw_answers(canvas, state, pygame.Rect(room.left, top, room.width, px(high)))
    top += px(high + GAP)
    draw_notes(canvas, state, pygame.Rect(room.left, top, room.width, px(BUTTON)))
    words, colour = (state.trouble, RED) if state.trouble else (told(state), SOFT)
    canvas.text(words, room.left + px(2), room.bottom - px(LINE // 2), SMALL, colour, room=room.width)


def told(state: LabelState) -> str:
    """The line below: what the last command did, or what may be done now."""
    if state.held is not None:
        return "Held for a moment: Z takes it back, enter stores it at once."
    if state.notice:
        return state.notice
    if state.is_correcting:
        return "ctrl enter sends, esc goes back."
    if state.reason.is_open:
        return "enter or esc goes back; what you typed is kept with the answer."
    if state.question is not None and state.question.kind == "ranking":
        return "Press the number of the best, then of the next one. T ties the next with the last."
    return ""


# ---- time ----------------------------------------------------------------------------------------------
def draw_time(canvas: Canvas, state: LabelState, room: pygame.Rect) -> None:
    """Buttons that move time, the scrubber, the step, the speed."""
    px, clock = canvas.px, state.clock
    sign = "pause" if clock.playing else "play"
    pushes = [
        Push("", "", "go to", (0,), "first"),
        Push("", "", "by", (-1,), "back"),
        Push("", "space", "pause", (), sign),
        Push("", "", "by", (1,), "step"),
        Push("", "R", "reverse", (), "reverse", clock.direction < 0),
    ]
    x = draw_row(canvas, pushes, room.left, room) + px(14)
    speed = pygame.Rect(room.right - px(SPEED), room.top, px(SPEED), room.height)
    draw_speed(canvas, state, speed)
    step = f"step {clock.step} of {clock.last}"
    canvas.text_right(step, speed.left - px(12), room.centery, BODY, SOFT)
    end = speed.left - px(12) - px(STEP)
    draw_scrubber(canvas, state, pygame.Rect(x, room.top, max(end - x, px(40)), room.height))


def draw_scrubber(canvas: Canvas, state: LabelState, room: pygame.Rect) -> None:
    """A line along which time is moved, with marks of progress on it."""
    px, clock = canvas.px, state.clock
    pad = px(8)
    line = pygame.Rect(room.left + pad, room.centery - px(2), room.width - 2 * pad, px(4))
    canvas.slab(line, EDGE, "", 2)
    x = line.left + round(line.width * clock.step / max(clock.last, 1))
    canvas.slab(pygame.Rect(line.left, line.top, max(x - line.left, 1), line.height), BLUE, "", 2)
    for step, mark in state.draft.marks:
        middle = line.left + round(line.width * step / max(clock.last, 1))
        canvas.slab(pygame.Rect(middle - px(3), line.centery - px(13), px(6), px(8)), MARKS[mark], "", 2)
    knob = pygame.Rect(0, 0, px(14), px(14))
    knob.center = x, line.centery
    canvas.slab(knob, CARD, BLUE, 7, 2)
    canvas.clickable(pygame.Rect(line.left, room.top, line.width, room.height), "scrub")


def draw_speed(canvas: Canvas, state: LabelState, rect: pygame.Rect) -> None:
    """Minus, the speed, plus."""
    px = canvas.px
    canvas.slab(rect)
    label = f"{state.clock.speed:g}×"
    canvas.text(label, rect.centerx - theme.width(label, px(BODY)) // 2, rect.centery, BODY, TEXT)
    for text, paces, x in (("−", -1, rect.left), ("+", 1, rect.right - px(34))):
        side = pygame.Rect(x, rect.top, px(34), rect.height)
        canvas.text(text, side.centerx - theme.width(text, px(BODY)) // 2, side.centery, BODY, SOFT)
        canvas.clickable(side, "faster", paces)


# ---- answers -------------------------------------------------------------------------------------------
def draw_answers(canvas: Canvas, state: LabelState, room: pygame.Rect) -> None:
    """Buttons of the kind that is asked, in the middle; for a correction a place to write, and one that sends it."""
    kind = None if state.question is None else state.question.kind
    pushes = pushes_of(state, kind)
    if kind == "correction":
        wide = row_width(canvas, pushes)
        box = pygame.Rect(room.left, room.top, room.width - wide - canvas.px(GAP), room.height)
        draw_text(canvas, state.draft.text, box, "press W, and write what would have been better", "write")
        button = pygame.Rect(room.right - wide, room.bottom - canvas.px(ANSWER), wide, canvas.px(ANSWER))
        draw_row(canvas, pushes, button.left, button)
    else:
        draw_row(canvas, pushes, room.centerx - row_width(canvas, pushes) // 2, room)


def pushes_of(state: LabelState, kind: Kind | None) -> list[Push]:
    """The buttons that answer a kind of question."""
    off, draft = not state.is_ready, state.draft
    match kind:
        case "choice":
            left, right = state.chosen == (0,), state.chosen == (1,)
            return [
                Push("Left is better", "1", "number", (0,), "left", left, off),
                Push("As good", "T", "tie", (), "", state.chosen == (0, 1), off),
                Push("Right is better", "2", "number", (1,), "right", right, off),
            ]
        case "ranking":
            return [
                Push("Next ties with the last", "T", "tie", (), "", draft.is_tied, off),
                Push("Rank anew", "backspace", "unmark", (), "", False, off),
                Push("Send", "enter", "send", (), "done", False, off or NO_RANK in draft.ranks),
            ]
        case "progress":
            return [
                Push("Gets on", "U", "thumb", (1,), "up", False, off),
                Push("Neither", "N", "thumb", (0,), "rule", False, off),
                Push("Is set back", "D", "thumb", (-1,), "down", False, off),
                Push("Take one away", "backspace", "unmark", (), "", False, off or not draft.marks),
                Push("Send", "enter", "send", (), "done", False, off or not draft.marks),
            ]
        case "vote":
            good = None if state.held is None else state.held.answer.get("vote")
            return [
                Push("Good", "U", "thumb", (1,), "up", good == 1, off),
                Push("Bad", "D", "thumb", (-1,), "down", good == -1, off),
            ]
        case "correction":
            return [Push("Send", "ctrl enter", "send", (), "done", False, off or not draft.text.text.strip())]
    return []


def draw_notes(canvas: Canvas, state: LabelState, room: pygame.Rect) -> None:
    """The reason on the left; undo, skip and later on the right."""
    px, off = canvas.px, not state.is_ready
    pushes = [
        Push("Undo", "Z", "undo", (), "", False, state.held is None or state.is_late),
        Push("Skip", "S", "skip", (), "", False, off),
        Push("Later", "L", "later", (), "", False, off or not state.queue),
    ]
    left = room.right - row_width(canvas, pushes)
    draw_row(canvas, pushes, left, room)
    box = pygame.Rect(room.left, room.top, left - px(GAP) - room.left, room.height)
    draw_text(canvas, state.reason, box, "press E to say why, if you like", "explain")


# ---- rows ----------------------------------------------------------------------------------------------
def draw_row(canvas: Canvas, pushes: list[Push], left: int, room: pygame.Rect) -> int:
    """Buttons from `left`; returns where the last one ends."""
    for push in pushes:
        rect = pygame.Rect(left, room.top, _width(canvas, push), room.height)
        canvas.button(
            rect, push.label, push.key, push.command, *push.values, sign=push.sign, on=push.on, off=push.off
        )
        left = rect.right + canvas.px(6)
    return left - canvas.px(6)


def row_width(canvas: Canvas, pushes: list[Push]) -> int:
    """Pixels of a row of buttons."""
    return sum(_width(canvas, push) for push in pushes) + canvas.px(6) * (len(pushes) - 1)


def _width(canvas: Canvas, push: Push) -> int:
    if not push.label and not push.key:
        return canvas.px(36)
    return canvas.button_width(push.label, push.key, push.sign)


def _has_clips(state: LabelState) -> bool:
    """Is there time to move? While clips are being made, it is known already whether there are some."""
    if state.question is None:
        return False
    if state.loading is not None:
        return any(item.replay for item in state.question.items)
    return any(isinstance(screen, Reel) for screen in state.screens)


def _answer_height(state: LabelState) -> int:
    return WRITTEN if state.question is not None and state.question.kind == "correction" else ANSWER
