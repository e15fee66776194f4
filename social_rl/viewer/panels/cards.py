"""Who does what, and how far are they? A card for each agent: driver, instruction, hand, trouble, talk."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pygame

from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import (
    AMBER,
    AMBER_WASH,
    BLUE,
    BLUE_WASH,
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
from social_rl.viewer.minds.driving import is_keyboard
from social_rl.viewer.minds.guesses import draw_guesses, guesses_height
from social_rl.viewer.model import ViewerState
from social_rl.viewer.talk.bubbles import bubbles_of, draw_talk, talk_height
from worlds.goal import MAX_CLAUSES, NO_VERB, ROWS, STAGE, VERB, Goal, decode
from worlds.language.instructions import phrase_clause, words_of
from worlds.objects import AGENT_COLOURS, COLOURS
from worlds.render.describe import article, item_words
from worlds.render.draw import item_tile
from worlds.render.tiles import PALETTE
from worlds.state import ACTIVE, AWAY, BROKEN, FAILED, MET, OK, OUTCOMES, RESTING, SUCCEEDED, State

PAD, LINE, TICK, SHORT = 12, 20, 20, 68  # units
TURNS = 4  # of its talk that a card tells
IN_SHORT, LEFT_OUT = -1, -2  # in place of a number of turns
NO_WORDS = "no instruction"
TICK_COLOURS = {"done": GREEN, "now": BLUE, "later": FAINT, "failed": RED, "rule": SOFT}


class Part(NamedTuple):
    """A clause in words, and how it stands: done, now, later, failed, or rule (kept so far)."""

    words: str
    standing: str


def parts_of(state: State, w: int, a: int) -> list[Part]:
    """The clauses of an agent's instruction."""
    parts = []
    failed = state.finished[w, a] == FAILED
    for r in range(ROWS):
        row = state.goal[w, a, r]
        if row[VERB] == NO_VERB:
            continue
        progress = state.progress[w, a, r]
        if r >= MAX_CLAUSES:
            standing = "failed" if progress & BROKEN else "rule"
        elif row[STAGE] < state.stage[w, a] or (row[STAGE] == state.stage[w, a] and progress & MET):
            standing = "done"
        elif row[STAGE] > state.stage[w, a]:
            standing = "later"
        else:
            standing = "failed" if failed else "now"
        parts.append(Part(_clause_words(bytes(row), r >= MAX_CLAUSES), standing))
    return parts


@lru_cache(maxsize=512)
def _clause_words(row: bytes, constraint: bool) -> str:
    rows = np.zeros((ROWS, len(row)), np.uint8)
    rows[MAX_CLAUSES if constraint else 0] = np.frombuffer(row, np.uint8)
    if not constraint:
        rows[0, STAGE] = 0
    goal: Goal = decode(rows)
    return phrase_clause((goal.constraints if constraint else goal.clauses)[0])


def instruction_of(state: State, w: int, a: int) -> str:
    """The words that an agent was given."""
    return words_of([t for t in state.tokens[w, a].tolist() if t])


def colour_of(state: ViewerState, a: int) -> str:
    """The colour of an agent."""
    return PALETTE[COLOURS[AGENT_COLOURS[int(state.sim.state.name[0, a])]]]


# ---- drawing -------------------------------------------------------------------------------------------
def draw_cards(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> int:
    """All cards from the top of `room`, in short if need be; returns where the last one ends."""
    gap, agents = canvas.px(GAP), range(state.sim.agents)
    told = dict.fromkeys(agents, TURNS)
    heights = {a: card_height(canvas, state, a, room.width, TURNS) for a in agents}
    others = sorted(set(agents) - {state.selected}, key=lambda a: abs(a - state.selected))
    furthest = others[::-1]
    # Those furthest from the selected one are told in short first, and left out first.
    measures = [
        *((a, 0) for a in furthest), *((a, IN_SHORT) for a in furthest), (state.selected, 2), (state.selected, 1),
        *((a, LEFT_OUT) for a in furthest), (state.selected, 0),
    ]  # fmt: skip
    for a, turns in measures:
        if sum(high + gap for high in heights.values() if high) <= room.height + gap:
            break
        told[a], heights[a] = turns, card_height(canvas, state, a, room.width, turns)
    top = room.top
    for a in agents:
        if told[a] != LEFT_OUT:
            draw_card(canvas, state, a, pygame.Rect(room.left, top, room.width, heights[a]), told[a])
            top += heights[a] + gap
    return top


def card_height(canvas: Canvas, state: ViewerState, a: int, wide: int, turns: int) -> int:
    """Pixels of a card from top to bottom, with so many turns of its talk; 0 of one that is left out."""
    if turns < 0:
        return canvas.px(SHORT) if turns == IN_SHORT else 0
    inner = wide - canvas.px(2 * PAD)
    lines = len(_instruction_lines(canvas, state, a, inner))
    ticks = len(_ticks(state, a))
    status = 1 + (subgoal_words(state, a) != "")
    high = canvas.px(2 * PAD + 28 + LINE * lines + 4 * (ticks > 0) + TICK * ticks + 6 + LINE * status)
    high += guesses_height(canvas, state.guesses, a)
    return high + talk_height(canvas, bubbles_of(canvas, state, a, inner, turns))


def draw_card(canvas: Canvas, state: ViewerState, a: int, rect: pygame.Rect, turns: int) -> None:
    """The card of one agent, with so many turns of its talk, or IN_SHORT."""
    px = canvas.px
    chosen = a == state.selected
    canvas.slab(rect, CARD, BLUE if chosen else EDGE, line=2 if chosen else 1)
    canvas.clickable(rect, "select", a)
    inner = rect.inflate(-px(2 * PAD), -px(2 * PAD))
    _head(canvas, state, a, inner, inner.top + px(10))
    if turns == IN_SHORT:
        words = f"“{instruction_of(state.sim.state, 0, a)}”" if _ticks(state, a) else NO_WORDS
        canvas.text(words, inner.left, inner.top + px(34), SMALL, SOFT, room=inner.width)
        return
    top, ticks = inner.top + px(28), _ticks(state, a)
    for line in _instruction_lines(canvas, state, a, inner.width):
        canvas.text(line, inner.left, top + px(LINE // 2), BODY, TEXT if ticks else FAINT)
        top += px(LINE)
    top += px(4) if ticks else 0
    for part in ticks:
        colour = TICK_COLOURS[part.standing]
        canvas.sign(part.standing, (inner.left + px(7), top + px(TICK // 2)), colour, 14)
        faded = SOFT if part.standing in ("done", "later", "rule") else TEXT
        canvas.text(
            part.words, inner.left + px(22), top + px(TICK // 2), SMALL, faded, room=inner.width - px(22)
        )
        top += px(TICK)
    _status(canvas, state, a, inner, top + px(6))
    bubbles = bubbles_of(canvas, state, a, inner.width, turns)
    top = inner.bottom - talk_height(canvas, bubbles)
    high = guesses_height(canvas, state.guesses, a)
    draw_guesses(canvas, state.guesses, a, pygame.Rect(inner.left, top - high, inner.width, high))
    draw_talk(canvas, bubbles, pygame.Rect(inner.left, top, inner.width, inner.bottom - top))


def _head(canvas: Canvas, state: ViewerState, a: int, inner: pygame.Rect, middle: int) -> None:
    """Name, driver, how the episode ended, return."""
    px, world = canvas.px, state.sim.state
    dot = pygame.Rect(inner.left, 0, px(14), px(14))
    dot.centery = middle
    canvas.slab(dot, colour_of(state, a), theme.TEXT, 7)
    x = canvas.text(state.name(a), dot.right + px(GAP), middle, HEAD, TEXT, True) + px(GAP)
    driver = state.driver(a)
    wash = (AMBER, AMBER_WASH) if is_keyboard(driver) else (SOFT, WELL)
    x = canvas.chip(driver.kind, x, middle, *wash) + px(6)
    if world.finished[0, a] == SUCCEEDED:
        canvas.chip("succeeded", x, middle, GREEN, GREEN_WASH)
    elif world.finished[0, a] == FAILED:
        canvas.chip("failed", x, middle, RED, RED_WASH)
    elif world.finished[0, a] in AWAY:
        canvas.chip(AWAY[world.finished[0, a]], x, middle, SOFT, WELL)
    elif state.over:
        canvas.chip("out of time", x, middle, AMBER, AMBER_WASH)
    elif world.frozen[0, a]:
        canvas.chip(f"frozen for {world.frozen[0, a]}", x, middle, BLUE, BLUE_WASH)
    total = f"{state.returns[a]:+.2f}" if state.returns[a] else "0"
    left = canvas.text_right(total, inner.right, middle, BODY, TEXT, True)
    canvas.text_right("return", left - px(5), middle, SMALL, FAINT)


def _status(canvas: Canvas, state: ViewerState, a: int, inner: pygame.Rect, top: int) -> None:
    """What it holds, what went wrong, what the expert is about."""
    px, world = canvas.px, state.sim.state
    middle = top + px(LINE // 2)
    hand = int(world.hand[0, a])
    x = inner.left
    if hand:
        look = int(world.item_look[0, hand - 1])
        icon = theme.from_array(item_tile(look, px(20)))
        canvas.surface.blit(icon, icon.get_rect(midleft=(x - px(2), middle)))
        x = canvas.text(f"holds {article(item_words(look))}", x + px(22), middle, SMALL, SOFT)
    else:
        x = canvas.text("empty hand", x, middle, SMALL, FAINT)
    outcome = int(world.outcome[0, a])
    if outcome not in (OK, RESTING):
        canvas.text("· " + OUTCOMES[outcome], x + px(6), middle, SMALL, RED, room=inner.right - x - px(6))
    words = subgoal_words(state, a)
    if words:
        x = canvas.text("plan", inner.left, middle + px(LINE), SMALL, FAINT)
        canvas.text(words, x + px(6), middle + px(LINE), SMALL, BLUE, room=inner.right - x - px(6))


def subgoal_words(state: ViewerState, a: int) -> str:
    """What the driver of an agent is about, if it tells."""
    if state.sim.state.finished[0, a] != ACTIVE or state.over:
        return ""
    row = state.driver(a).subgoal
    return _clause_words(row, False) if row and row[VERB] != NO_VERB else ""


def _ticks(state: ViewerState, a: int) -> list[Part]:
    return parts_of(state.sim.state, 0, a)


def _instruction_lines(canvas: Canvas, state: ViewerState, a: int, wide: int) -> list[str]:
    words = instruction_of(state.sim.state, 0, a)
    return theme.wrapped(f"“{words}”" if words else NO_WORDS, canvas.px(BODY), wide)
