"""What does a comparison show? Two houses with their cards, one seek bar with the marks of both, buttons."""

import numpy as np
import pygame

from social_rl.viewer.beside.keys import HELP
from social_rl.viewer.beside.model import BesideState
from social_rl.viewer.controls.manual import draw_manual
from social_rl.viewer.controls.seekbar import COLOURS, LABEL, TALL, TRACK
from social_rl.viewer.drawing.canvas import Canvas, Painted, blank, pixels
from social_rl.viewer.drawing.house import draw_house
from social_rl.viewer.drawing.theme import (
    BLUE,
    BODY,
    CARD,
    EDGE,
    FAINT,
    GAP,
    GREEN,
    HEAD,
    MARGIN,
    SMALL,
    SOFT,
    TEXT,
    TITLE,
    WELL,
)
from social_rl.viewer.model import ViewerState
from social_rl.viewer.panels.cards import draw_cards
from worlds.checks import count
from worlds.state import SUCCEEDED

HEADER, NAME, SEEK, BUTTON, NOTICE = 40, 30, 30, 34, 22  # units
CARDS = (220, 144)  # units: room for two cards, or for one


def render(state: BesideState, size: tuple[int, int] | None = None) -> np.ndarray:
    """The comparison as uint8[H, W, 3], in its own or another size."""
    return pixels(paint(state, size).surface)


def paint(state: BesideState, size: tuple[int, int] | None = None) -> Painted:
    """The comparison as a surface with its areas."""
    canvas = blank(size or state.size, state.scale, state.is_dark)
    px, margin, whole = canvas.px, canvas.px(MARGIN), canvas.whole
    _header(canvas, state, pygame.Rect(whole.left, whole.top, whole.width, px(HEADER)))
    foot = px(SEEK + GAP + BUTTON + NOTICE)
    top = whole.top + px(HEADER)
    half = (whole.width - 2 * margin) // 2
    for side, left in ((state.left, whole.left), (state.right, whole.right - half)):
        side.phase, side.is_dark = state.phase, state.is_dark
        _side(canvas, state, side, pygame.Rect(left, top, half, whole.bottom - foot - px(GAP) - top))
    line = pygame.Rect(whole.centerx, top, 1, whole.bottom - foot - px(2 * GAP) - top)
    canvas.surface.fill(canvas.ink(EDGE), line)
    _seekbar(canvas, state, pygame.Rect(whole.left, whole.bottom - foot, whole.width, px(SEEK)))
    buttons = pygame.Rect(whole.left, whole.bottom - foot + px(SEEK + GAP), whole.width, px(BUTTON))
    _buttons(canvas, state, buttons)
    words = state.notice or outcome_of(state)
    canvas.text(words, whole.left + px(2), whole.bottom - px(6), SMALL, SOFT, room=whole.width)
    if state.help:
        draw_manual(canvas, HELP)
    return Painted(canvas.surface, tuple(canvas.areas))


def _header(canvas: Canvas, state: BesideState, room: pygame.Rect) -> None:
    px, middle, sim = canvas.px, room.top + canvas.px(14), state.left.sim
    x = canvas.text(sim.scenario.name.replace("_", " "), room.left, middle, TITLE, TEXT, True) + px(12)
    if state.origin:
        wide = canvas.button_width("Back", "Q")
        canvas.button(pygame.Rect(x, middle - px(14), wide, px(28)), "Back", "Q", "leave screen")
        x += wide + px(12)
    end = "   both over" if state.over else "" if state.playing else "   paused"
    news = f"episode {sim.state.episode[0]}   step {state.now} of {sim.state.step_limit[0]}{end}"
    left = canvas.text_right(news, room.right, middle + px(1), BODY, SOFT)
    words = "two casts on the same level, with one clock"
    canvas.text(words, x, middle + px(1), BODY, SOFT, room=left - px(16) - x)


def _side(canvas: Canvas, state: BesideState, side: ViewerState, room: pygame.Rect) -> None:
    """Who plays, how it stands, the house, cards."""
    px, middle = canvas.px, room.top + canvas.px(10)
    x = canvas.text(kinds_of(side), room.left, middle, HEAD, TEXT, True, room=room.width * 3 // 5) + px(GAP)
    done = int((side.sim.state.finished[0] == SUCCEEDED).sum())
    words = f"return {float(side.returns.sum()):+.2f}"
    left = canvas.text_right(words, room.right, middle, BODY, TEXT, True)
    if done:
        words = f"{done} of {side.sim.agents} done"
        at = left - px(12) - canvas.text_width(words, SMALL)
        if at > x:
            canvas.text(words, at, middle, SMALL, GREEN)
    both, one = (px(high) for high in CARDS)
    cards = both if both <= room.height * 2 // 5 else one
    top = room.top + px(NAME)
    house = pygame.Rect(room.left, top, room.width, room.bottom - cards - px(GAP) - top)
    draw_house(canvas, side, house)
    draw_cards(canvas, side, pygame.Rect(room.left, house.bottom + px(GAP), room.width, cards))


def kinds_of(side: ViewerState) -> str:
    """Who plays a side, in words; once, where one policy plays all."""
    kinds = [driver.kind for driver in side.cast]
    if len({*kinds}) == 1:
        return kinds[0]
    return ", ".join(f"{side.name(a)} {kind}" for a, kind in enumerate(kinds))


def outcome_of(state: BesideState) -> str:
    """Which side earned more, once both are over; else nothing."""
    if not state.over:
        return ""
    found = [float(side.returns.sum()) for side in state.sides]
    lengths = " and ".join(count(side.tape.steps, "step") for side in state.sides)
    if abs(found[0] - found[1]) < 5e-3:
        return f"Both earned {found[0]:+.2f}; they took {lengths}."
    which = "left" if found[0] > found[1] else "right"
    return f"The {which} one earned {abs(found[0] - found[1]):.2f} more; they took {lengths}."


def _seekbar(canvas: Canvas, state: BesideState, room: pygame.Rect) -> None:
    """One line: above it the marks of the left side, below it those of the right one."""
    px, last, now = canvas.px, state.steps, state.now
    whole = last if state.over else max(last, int(state.left.sim.state.step_limit[0]))
    track = pygame.Rect(room.left + px(8), 0, room.width - px(LABEL + 16), px(TRACK))
    track.centery = room.centery
    canvas.slab(track, WELL, "", TRACK / 2)
    for steps, colour in ((last, EDGE), (now, BLUE)):
        part = pygame.Rect(track.left, track.top, round(track.width * steps / max(whole, 1)), track.height)
        if part.width >= px(TRACK):
            canvas.slab(part, colour, "", TRACK / 2)
    for side, is_above in ((state.left, True), (state.right, False)):
        for step, marks in sorted(side.tape.marks.items()):
            for mark in marks:
                tick = pygame.Rect(0, 0, max(px(3), 2), px(11 if mark.kind in TALL else 7))
                x = track.left + round(track.width * step / max(whole, 1))
                tick.midbottom = x, track.top
                if not is_above:
                    tick.midtop = x, track.bottom
                canvas.slab(tick, COLOURS[mark.kind], "", 1.5)
    head = pygame.Rect(0, 0, px(14), px(14))
    head.center = track.left + round(track.width * now / max(whole, 1)), track.centery
    canvas.slab(head, CARD, BLUE, 7, max(px(3), 2))
    canvas.text_right(f"{now} / {whole}", room.right, room.centery, SMALL, SOFT if last else FAINT)
    target = track.inflate(px(14), room.height - track.height).clip(room)
    canvas.clickable(target, "scrub", track.left, track.width, whole)


def _buttons(canvas: Canvas, state: BesideState, room: pygame.Rect) -> None:
    px = canvas.px
    play = ("Pause", "space", "pause", "pause") if state.playing else ("Play", "space", "pause", "play")
    rows = (
        ("", "", "reverse", "reverse"), ("", "", "back", "back"), play, ("", "", "step", "step"),
        ("−", "", "slower", ""), ("+", "", "faster", ""), ("Again", "R", "again", ""), ("New", "N", "new", ""),
        ("Sight", "V", "sight", ""), ("", "", "record", "record"), ("Help", "?", "help", ""),
        ("", "", "theme", "moon"),
    )  # fmt: skip
    x = room.left
    for label, key, command, sign in rows:
        wide = canvas.button_width(label, key, sign) if label else px(36)
        if command == "pause":  # so that nothing moves when its label changes
            wide = max(canvas.button_width(word, key, "play") for word in ("Play", "Pause"))
        is_on = {
            "reverse": state.direction < 0, "pause": not state.playing, "sight": state.left.sight,
            "theme": state.is_dark, "help": state.help, "record": state.film is not None,
        }.get(command, False)  # fmt: skip
        canvas.button(pygame.Rect(x, room.top, wide, room.height), label, key, command, sign=sign, on=is_on)
        x += wide + px(6)
        if command == "slower":
            x = canvas.text(f"{state.speed:g}×", x, room.centery, BODY, TEXT) + px(6)
