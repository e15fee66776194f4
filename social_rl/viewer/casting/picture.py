"""What does the first screen show? Scenarios on the left, agents in the middle, who may play on the right."""

import numpy as np
import pygame

from social_rl.viewer.casting.keys import HELP
from social_rl.viewer.casting.model import ABOUT, CHOICES, SIDES, StartState, level_like
from social_rl.viewer.controls.manual import draw_manual
from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas, Painted, blank, pixels
from social_rl.viewer.drawing.theme import (
    BLUE,
    BLUE_WASH,
    BODY,
    CARD,
    EDGE,
    FAINT,
    GAP,
    HEAD,
    MARGIN,
    RED,
    SMALL,
    SOFT,
    TEXT,
    TITLE,
)
from social_rl.viewer.editor.board import pixels_of
from worlds.objects import AGENT_COLOURS, COLOURS, NAMES
from worlds.render.tiles import PALETTE

HEADER, LIST, RIGHT, ROW, PAD, BUTTON, ENTRY = 44, 220, 268, 31, 12, 36, 34  # units
LEAST_PREVIEW = 120  # units: below, a picture of a level shows nothing
SHADES: dict[str, str] = {**PALETTE}


def render(state: StartState, size: tuple[int, int] | None = None) -> np.ndarray:
    """The screen as uint8[H, W, 3], in its own or another size."""
    return pixels(paint(state, size).surface)


def paint(state: StartState, size: tuple[int, int] | None = None) -> Painted:
    """The screen as a surface with its areas."""
    canvas = blank(size or state.size, state.scale, state.is_dark)
    px, margin, whole = canvas.px, canvas.px(MARGIN), canvas.whole
    x = canvas.text("Social RL", whole.left, whole.top + px(14), TITLE, TEXT, True) + px(12)
    canvas.text("Who plays what?", x, whole.top + px(15), BODY, SOFT)
    body = pygame.Rect(whole.left, whole.top + px(HEADER), whole.width, whole.height - px(HEADER))
    left = pygame.Rect(body.left, body.top, px(LIST), body.height)
    right = pygame.Rect(body.right - px(RIGHT), body.top, px(RIGHT), body.height)
    middle = pygame.Rect(left.right + margin, body.top, right.left - left.right - 2 * margin, body.height)
    _scenarios(canvas, state, left)
    _agents(canvas, state, middle)
    _policies(canvas, state, right)
    if state.help:
        draw_manual(canvas, HELP)
    return Painted(canvas.surface, tuple(canvas.areas))


def _scenarios(canvas: Canvas, state: StartState, room: pygame.Rect) -> None:
    px = canvas.px
    canvas.slab(room)
    inner = room.inflate(-px(PAD), -px(2 * PAD))
    canvas.text("Scenario", inner.left + px(8), inner.top + px(8), HEAD, TEXT, True)
    top = inner.top + px(26)
    high = min(px(ROW), (inner.bottom - top) // len(state.scenarios))
    for i, name in enumerate(state.scenarios):
        row = pygame.Rect(inner.left, top + i * high, inner.width, high - px(3))
        is_chosen = name == state.name
        if is_chosen:
            canvas.slab(row, BLUE_WASH, BLUE, 7)
        words = name.replace("_", " ")
        canvas.text(words, row.left + px(8), row.centery, BODY, TEXT if is_chosen else SOFT, is_chosen)
        canvas.clickable(row, "scenario", name)


def _agents(canvas: Canvas, state: StartState, room: pygame.Rect) -> None:
    """What the scenario is, its choices and seed, a row for each agent with who plays it, buttons."""
    px, scenario = canvas.px, state.scenario
    canvas.text(state.name.replace("_", " "), room.left, room.top + px(12), TITLE, TEXT, True)
    top = room.top + px(30)
    for line in theme.fitted(scenario.summary, px(BODY), room.width, 3):
        canvas.text(line, room.left, top + px(10), BODY, SOFT)
        top += px(20)
    top = _choices(canvas, state, pygame.Rect(room.left, top + px(GAP), room.width, px(ENTRY))) + px(GAP)
    wide = (room.width - px(76)) // 2
    for side, name, left in zip(SIDES, ("plays", "beside"), (px(76), px(76) + wide), strict=True):
        words = name if side == "cast" or state.is_beside else "beside: nobody"
        canvas.text(words, room.left + left + px(10), top + px(10), SMALL, SOFT)
    top += px(22)
    foot = room.bottom - px(BUTTON + 30)
    high = min(px(38), (foot - top) // len(scenario.agents))
    casts = {side: state.who(side) for side in SIDES}
    for a, agent in enumerate(scenario.agents):
        row = pygame.Rect(room.left, top + a * high, room.width, high - px(5))
        dot = pygame.Rect(row.left, row.centery - px(7), px(14), px(14))
        canvas.slab(dot, SHADES[COLOURS[AGENT_COLOURS[NAMES.index(agent)]]], theme.TEXT, 7)
        canvas.text(agent, dot.right + px(GAP), row.centery, BODY, TEXT, True)
        for side, left in (("cast", px(76)), ("beside", px(76) + wide)):
            is_chosen = (a, side) == (state.selected, state.side)
            at = pygame.Rect(row.left + left, row.top, wide - px(8), row.height)
            is_said = side == "cast" or agent in dict(state.beside)
            canvas.slab(at, CARD, BLUE if is_chosen else EDGE, 7, 2 if is_chosen else 1)
            words = casts[side][agent] if is_said else "the same"
            ink = TEXT if is_said else FAINT
            canvas.text(words, at.left + px(10), at.centery, BODY, ink, room=at.width - px(16))
            canvas.clickable(at, "select", a, side)
    top += high * len(scenario.agents) + px(GAP)
    _preview(canvas, state, pygame.Rect(room.left, top, room.width, foot - px(GAP) - top))
    _foot(canvas, state, pygame.Rect(room.left, foot, room.width, room.bottom - foot))


def _preview(canvas: Canvas, state: StartState, room: pygame.Rect) -> None:
    """A level of this scenario, where there is room for one."""
    if room.height < canvas.px(LEAST_PREVIEW):
        return
    draft = level_like(state.scenario, state.seed)
    tile = min(room.width // draft.cols, room.height // draft.rows, canvas.px(44))
    at = pygame.Rect(0, 0, draft.cols * tile, draft.rows * tile)
    at.center = room.center
    canvas.image(pixels_of(draft, tile), at.left, at.top)


def _choices(canvas: Canvas, state: StartState, at: pygame.Rect) -> int:
    """The entry for choices, and the seed; returns where they end."""
    px = canvas.px
    seed = pygame.Rect(at.right - px(128), at.top, px(128), at.height)
    entry = pygame.Rect(at.left, at.top, at.width - seed.width - px(GAP), at.height)
    _entry(
        canvas, state, entry, CHOICES, " ".join(state.choices), "choices: agents=3 split=S1", "write choices"
    )
    canvas.slab(seed)
    words = f"seed {state.seed}"
    canvas.text(words, seed.centerx - canvas.text_width(words, BODY) // 2, seed.centery, BODY, TEXT)
    for sign, by, x in (("−", -1, seed.left), ("+", 1, seed.right - px(28))):
        side = pygame.Rect(x, seed.top, px(28), seed.height)
        canvas.text(sign, side.centerx - canvas.text_width(sign, BODY) // 2, side.centery, BODY, SOFT)
        canvas.clickable(side, "seed", by)
    return at.bottom


def _entry(
    canvas: Canvas, state: StartState, at: pygame.Rect, what: str, text: str, hint: str, command: str
) -> None:
    """A line of text: what is being written, what was, or a hint."""
    px, is_open = canvas.px, state.writing == what
    entry = state.entry
    canvas.slab(
        at, CARD, RED if is_open and entry.answer else BLUE if is_open else EDGE, 7, 2 if is_open else 1
    )
    canvas.clickable(at, command)
    inner = at.inflate(-px(20), 0)
    if not is_open:
        words, ink = (text, TEXT) if text else (hint, FAINT)
        canvas.text(words, inner.left, inner.centery, BODY, ink, room=inner.width)
        return
    canvas.written(entry.text, entry.caret, inner)


def _foot(canvas: Canvas, state: StartState, room: pygame.Rect) -> None:
    """What was refused, or the command that does the same; buttons."""
    px, middle = canvas.px, room.top + canvas.px(12)
    refused = state.entry.answer or state.notice
    canvas.text(
        refused or command_of(state), room.left, middle, SMALL, RED if refused else FAINT, room=room.width
    )
    rows = (
        ("Compare" if state.is_beside else "Play", "enter", "go", "play"), ("Paint a level", "E", "edit", ""),
        ("Alone", "A", "alone", ""), ("Help", "?", "help", ""), ("", "", "theme", "moon"),
    )  # fmt: skip
    wide = sum(canvas.button_width(*row[:2], row[3]) if row[0] else px(36) for row in rows) + px(6) * len(
        rows
    )
    if wide > room.width:
        rows = tuple((label, "", command, sign) for label, _, command, sign in rows)
    x = room.left
    for label, key, command, sign in rows:
        wide = canvas.button_width(label, key, sign) if label else px(36)
        at = pygame.Rect(x, room.bottom - px(BUTTON), wide, px(BUTTON))
        if at.right > room.right:
            return
        is_off = command == "alone" and not state.is_beside
        canvas.button(at, label, key, command, sign=sign, on=command == "theme" and state.is_dark, off=is_off)
        x = at.right + px(6)


def command_of(state: StartState) -> str:
    """The command that opens the same."""
    words = ["social-rl", "play", state.name]
    for option, said in (("--cast", state.cast), ("--beside", state.beside)):
        mine = [f"{name.lower()}={policy}" for name, policy in said if name in state.scenario.agents]
        words += [option, *mine] if mine else []
    words += ["--set", *state.choices] if state.choices else []
    return " ".join([*words, "--seed", str(state.seed)] if state.seed else words)


def _policies(canvas: Canvas, state: StartState, room: pygame.Rect) -> None:
    """Who may play the selected agent: a row for each, and an entry for any other."""
    px = canvas.px
    canvas.slab(room)
    inner = room.inflate(-px(PAD), -px(2 * PAD))
    agent = state.scenario.agents[state.selected]
    where = " on the right" if state.side == "beside" else ""
    canvas.text(f"Who plays {agent}{where}?", inner.left + px(8), inner.top + px(8), HEAD, TEXT, True)
    top, bottom = inner.top + px(28), inner.bottom - px(ENTRY + GAP)
    now = state.who(state.side)[agent]
    high = min(px(42), (bottom - top) // len(state.policies))
    is_short = high < px(36)
    for i, policy in enumerate(state.policies):
        row = pygame.Rect(inner.left, top + i * high, inner.width, high - px(3))
        is_chosen = policy == now
        if is_chosen:
            canvas.slab(row, BLUE_WASH, BLUE, 7)
        words, about = policy, ABOUT.get(policy, "a mind that was trained here")
        middle = row.centery if is_short else row.top + px(11)
        ink = TEXT if is_chosen else SOFT
        canvas.text(words, row.left + px(8), middle, BODY, ink, is_chosen, room=row.width - px(12))
        if not is_short:
            canvas.text(about, row.left + px(8), row.top + px(27), SMALL, FAINT, room=row.width - px(12))
        canvas.clickable(row, "play by", policy)
    entry = pygame.Rect(inner.left, inner.bottom - px(ENTRY), inner.width, px(ENTRY))
    _entry(canvas, state, entry, "policy", "", "another: mind:runs/first  (T)", "write policy")
