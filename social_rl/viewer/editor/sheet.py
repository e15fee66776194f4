"""What is to be known of the draft? Its size and steps, what it is worth, its agents and whether they can."""

import pygame

from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import (
    AMBER,
    AMBER_WASH,
    BLUE,
    BODY,
    CARD,
    EDGE,
    FAINT,
    GAP,
    GREEN,
    GREEN_WASH,
    HEAD,
    RED,
    RED_WASH,
    SMALL,
    SOFT,
    TEXT,
    WELL,
)
from social_rl.viewer.editor.model import INSTRUCTION, EditorState
from social_rl.viewer.editor.verdicts import CAN, CANNOT, NO_WORDS, TOLD_NOTHING, UNSURE, Verdict
from social_rl.viewer.labelling.writing import draw_text
from worlds.checks import count
from worlds.objects import AGENT_COLOURS, COLOURS, NAMES
from worlds.render.tiles import PALETTE

WIDTH, PAD, LINE, STEPPER, ROW, ENTRY = 316, 12, 19, 30, 36, 68  # units
MOST_LINES = 4  # of an instruction, and of a reason
NOBODY = "Nobody lives here yet: A and a click put an agent into the house."
INKS = {CAN: GREEN, TOLD_NOTHING: FAINT, CANNOT: RED, UNSURE: AMBER, NO_WORDS: RED}


def draw_sheet(canvas: Canvas, state: EditorState, room: pygame.Rect) -> None:
    """From above: steppers, the verdict, cards of agents with the selected one in view."""
    px = canvas.px
    top = _steppers(canvas, state, room)
    top = _verdict(canvas, state, pygame.Rect(room.left, top + px(GAP), room.width, 0)) + px(GAP)
    _agents(canvas, state, pygame.Rect(room.left, top, room.width, room.bottom - top))


def _steppers(canvas: Canvas, state: EditorState, room: pygame.Rect) -> int:
    """Rows, columns and steps, each with a minus and a plus; returns where they end."""
    px, draft = canvas.px, state.draft
    wide = (room.width - px(2 * GAP)) // 3
    numbers = (
        ("rows", draft.rows, "widen", (1, 0)),
        ("columns", draft.cols, "widen", (0, 1)),
        ("steps", draft.step_limit, "steps", (8,)),
    )
    for i, (name, value, command, by) in enumerate(numbers):
        left = room.left + i * (wide + px(GAP))
        canvas.text(name, left + px(2), room.top + px(8), SMALL, SOFT)
        at = pygame.Rect(left, room.top + px(18), wide, px(STEPPER))
        canvas.slab(at)
        words = str(value)
        canvas.text(words, at.centerx - canvas.text_width(words, BODY) // 2, at.centery, BODY, TEXT)
        for sign, way, x in (("−", -1, at.left), ("+", 1, at.right - px(28))):
            side = pygame.Rect(x, at.top, px(28), at.height)
            canvas.text(sign, side.centerx - canvas.text_width(sign, BODY) // 2, side.centery, BODY, SOFT)
            canvas.clickable(side, command, *(way * n for n in by))
    return room.top + px(18 + STEPPER)


def _verdict(canvas: Canvas, state: EditorState, room: pygame.Rect) -> int:
    """Is it a level, and can all of it be done? Returns where that ends."""
    px, found = canvas.px, state.judged
    if found.level is None:
        words, ink, wash, sign = f"No level yet: {found.problem}.", RED, RED_WASH, "failed"
    elif not found.is_solvable:
        n = sum(v.kind not in (CAN, TOLD_NOTHING) for v in found.verdicts)
        words = "A level, but what one agent is told was not found to be possible."
        if n > 1:
            words = f"A level, but what {n} agents are told was not found to be possible."
        ink, wash, sign = AMBER, AMBER_WASH, "now"
    elif all(v.kind == TOLD_NOTHING for v in found.verdicts):
        words, ink, wash, sign = "A level in which nobody is told anything.", SOFT, WELL, "done"
    else:
        words, ink, wash, sign = "A level, and all of it can be done.", GREEN, GREEN_WASH, "done"
    lines = theme.fitted(words, px(SMALL), room.width - px(2 * PAD + 22), MOST_LINES)
    at = pygame.Rect(room.left, room.top, room.width, px(LINE) * len(lines) + px(14))
    canvas.slab(at, wash, "", 8)
    canvas.sign(sign, (at.left + px(PAD + 6), at.top + px(7 + LINE // 2)), ink, 14)
    for i, line in enumerate(lines):
        canvas.text(line, at.left + px(PAD + 22), at.top + px(7 + LINE // 2) + px(LINE) * i, SMALL, TEXT)
    return at.bottom


# ---- agents --------------------------------------------------------------------------------------------
def _agents(canvas: Canvas, state: EditorState, room: pygame.Rect) -> None:
    """A card for each, the selected one with all there is; those that do not fit are counted."""
    px, gap, agents = canvas.px, canvas.px(6), state.draft.agents
    if not agents:
        lines = theme.fitted(NOBODY, px(BODY), room.width, 3)
        for i, line in enumerate(lines):
            canvas.text(line, room.left + px(2), room.top + px(10) + px(20) * i, BODY, FAINT)
        return
    high = {a: _height(canvas, state, a, room.width) for a in range(len(agents))}
    left_out = px(20)
    first, last = state.selected, state.selected + 1
    used = high[state.selected]
    while True:  # the cards about the selected one that fit, those above it first
        spare = room.height - used - left_out * ((first > 0) + (last < len(agents)))
        if first > 0 and high[first - 1] + gap <= spare:
            first -= 1
            used += high[first] + gap
        elif last < len(agents) and high[last] + gap <= spare:
            used += high[last] + gap
            last += 1
        else:
            break
    top = room.top
    if first > 0:
        canvas.text(f"{count(first, 'agent')} above", room.left + px(PAD), top + px(8), SMALL, FAINT)
        top += left_out
    for a in range(first, last):
        _card(canvas, state, a, pygame.Rect(room.left, top, room.width, high[a]))
        top += high[a] + gap
    if last < len(agents):
        canvas.text(
            f"{count(len(agents) - last, 'agent')} below", room.left + px(PAD), top + px(8), SMALL, FAINT
        )


def _height(canvas: Canvas, state: EditorState, a: int, wide: int) -> int:
    px, inner = canvas.px, wide - canvas.px(2 * PAD)
    if a != state.selected:
        return px(ROW)
    words = px(ENTRY) if state.writing == INSTRUCTION else px(LINE) * len(_words(canvas, state, a, inner))
    return px(2 * PAD + 22 + 6) + words + px(6) + px(LINE) * len(_reason(canvas, state, a, inner))


def _card(canvas: Canvas, state: EditorState, a: int, at: pygame.Rect) -> None:
    px, agent, is_chosen = canvas.px, state.draft.agents[a], a == state.selected
    canvas.slab(at, CARD, BLUE if is_chosen else EDGE, line=2 if is_chosen else 1)
    canvas.clickable(at, "select", a)
    inner = at.inflate(-px(2 * PAD), -px(2 * PAD)) if is_chosen else at.inflate(-px(2 * PAD), 0)
    middle = inner.top + px(10) if is_chosen else inner.centery
    dot = pygame.Rect(inner.left, middle - px(7), px(14), px(14))
    canvas.slab(dot, PALETTE[COLOURS[AGENT_COLOURS[NAMES.index(agent.name)]]], theme.TEXT, 7)
    x = canvas.text(agent.name, dot.right + px(GAP), middle, HEAD if is_chosen else BODY, TEXT, True) + px(
        GAP
    )
    verdict = verdict_of(state, a)
    if not is_chosen:
        sign = {CAN: "done", TOLD_NOTHING: "later"}.get(verdict.kind, "failed")
        canvas.sign(sign, (inner.right - px(7), middle), INKS[verdict.kind], 13)
        canvas.text(
            agent.instruction or "told nothing", x, middle, SMALL, SOFT, room=inner.right - px(24) - x
        )
        return
    canvas.chip(f"faces {agent.heading}", x, middle)
    canvas.clickable(pygame.Rect(x, middle - px(10), px(90), px(20)), "turn")
    top = inner.top + px(22 + 6)
    if state.writing == INSTRUCTION:
        draw_text(canvas, state.entry, pygame.Rect(inner.left, top, inner.width, px(ENTRY - 6)), "", "write")
        top += px(ENTRY)
    else:
        lines = _words(canvas, state, a, inner.width)
        for i, line in enumerate(lines):
            ink = TEXT if agent.instruction else FAINT
            canvas.text(line, inner.left, top + px(LINE // 2) + px(LINE) * i, BODY, ink)
        canvas.clickable(
            pygame.Rect(inner.left, top, inner.width, px(LINE) * len(lines)), "write", INSTRUCTION, a
        )
        top += px(LINE) * len(lines)
    for i, line in enumerate(_reason(canvas, state, a, inner.width)):
        canvas.text(line, inner.left, top + px(6 + LINE // 2) + px(LINE) * i, SMALL, INKS[verdict.kind])


def _words(canvas: Canvas, state: EditorState, a: int, wide: int) -> list[str]:
    words = state.draft.agents[a].instruction
    return theme.fitted(
        f"“{words}”" if words else "click or / to say what it is told", canvas.px(BODY), wide, MOST_LINES
    )


def _reason(canvas: Canvas, state: EditorState, a: int, wide: int) -> list[str]:
    return theme.fitted(reason_of(verdict_of(state, a)), canvas.px(SMALL), wide, MOST_LINES)


def verdict_of(state: EditorState, a: int) -> Verdict:
    """What is found of an agent's task; unsure while the draft is no level."""
    verdicts = state.judged.verdicts
    return verdicts[a] if a < len(verdicts) else Verdict(UNSURE, "the house is no level yet")


def reason_of(verdict: Verdict) -> str:
    """A verdict in words."""
    if verdict.kind == CAN:
        return f"can be done: the expert needs {count(verdict.acts, 'act')}"
    if verdict.kind == TOLD_NOTHING:
        return "told nothing: nothing to be done"
    return f"{verdict.words[:1].upper()}{verdict.words[1:]}."
