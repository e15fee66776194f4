"""Where are the buttons? Transport, tools, the entry for instructions, and the line below."""

import pygame

from social_rl.viewer.controls.seekbar import HEIGHT as SEEK
from social_rl.viewer.controls.seekbar import draw_seekbar
from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import BLUE, BODY, CARD, EDGE, FAINT, GAP, RED, SMALL, SOFT, TEXT
from social_rl.viewer.minds.driving import EXPERT, is_keyboard
from social_rl.viewer.model import ViewerState
from social_rl.viewer.talk.telling import has_asked
from worlds.render.describe import item_words

BUTTON, ENTRY, LINE = 34, 40, 24  # heights in units
SPEED = 104  # units from the first to the last pixel of its buttons
HEIGHT = SEEK + 4 + BUTTON + GAP + ENTRY + 6 + LINE

LAST_TOOLS = 2  # that are never left out: take over, expert
INVITATION, ANSWER = "press / to say what to do", "press / to answer"

_Row = tuple[str, str, str, str, bool]  # label, key, command, sign, on


def draw_controls(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """The seek bar, buttons, entry and hint, from the top of `room`."""
    px = canvas.px
    draw_seekbar(canvas, state, pygame.Rect(room.left, room.top, room.width, px(SEEK)))
    top = room.top + px(SEEK + 4)
    draw_buttons(canvas, state, pygame.Rect(room.left, top, room.width, px(BUTTON)))
    entry = pygame.Rect(room.left, top + px(BUTTON + GAP), room.width, px(ENTRY))
    draw_entry(canvas, state, entry)
    draw_line(canvas, state, room.left, entry.bottom + px(6 + LINE // 2), room.width)


def draw_buttons(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """The transport on the left, the tools on the right; in narrow windows without keys, then without the last ones."""
    px, playing = canvas.px, state.playing
    play = "Pause" if playing else "Play", "space", "pause", "pause" if playing else "play", not playing
    time: list[_Row] = [
        ("", "", "reverse", "reverse", state.direction < 0), ("", "", "back", "back", False), play,
        ("", "", "step", "step", False),
    ]  # fmt: skip
    episode: list[_Row] = [("Again", "R", "again", "", False), ("New", "N", "new", "", False)]
    driver = state.driver(state.selected)
    mine = is_keyboard(driver)
    tools: list[_Row] = [
        ("Hand back" if mine else "Take over", "T", "take over", "", mine),
        ("Expert", "E", "expert", "", driver.kind == EXPERT),
        ("Branch", "B", "branch", "", False),
        ("Help", "?", "help", "", state.help),
        ("Sight", "V", "sight", "", state.sight),
        ("", "M", "theme", "moon", state.is_dark),
        ("", "O", "record", "record", state.film is not None),
        ("", "S", "picture", "picture", False),
    ]
    rows = time, episode, tools
    if sum(_row_width(canvas, row) for row in rows) + px(SPEED + 3 * GAP) > room.width:
        time, episode, tools = (
            [(row[0], row[1] if not row[0] else "", *row[2:]) for row in rows_] for rows_ in rows
        )
    least = sum(_row_width(canvas, row) for row in (time, episode, tools[:LAST_TOOLS]))
    if least + px(SPEED + 4 * GAP) > room.width:
        time = time[1:]
    x = _row(canvas, room.left, room, time) + px(GAP)
    x = _speed(canvas, state, x, room) + px(GAP)
    x = _row(canvas, x, room, episode)
    while tools and x + px(GAP) + _row_width(canvas, tools) > room.right:
        tools.pop()
    _row(canvas, room.right - _row_width(canvas, tools), room, tools)


def _row(canvas: Canvas, left: int, room: pygame.Rect, rows: list[_Row]) -> int:
    for label, key, command, sign, on in rows:
        rect = pygame.Rect(left, room.top, canvas.button_width(label, key, sign), room.height)
        if not label and not key:
            rect.width = canvas.px(36)
        if command == "pause":  # so that nothing moves when its label changes
            rect.width = _play_width(canvas, key)
        if rect.right > room.right:
            break
        canvas.button(rect, label, key, command, sign=sign, on=on)
        left = rect.right + canvas.px(6)
    return left - canvas.px(6)


def _row_width(canvas: Canvas, rows: list[_Row]) -> int:
    wide = sum(canvas.button_width(label, key, sign) for label, key, _, sign, _ in rows)
    return wide + canvas.px(6) * (len(rows) - 1)


def _play_width(canvas: Canvas, key: str) -> int:
    """Of the button that plays and pauses, whatever it says."""
    return max(canvas.button_width(label, key, "play") for label in ("Play", "Pause"))


def _speed(canvas: Canvas, state: ViewerState, left: int, room: pygame.Rect) -> int:
    """Minus, the speed, plus."""
    px = canvas.px
    rect = pygame.Rect(left, room.top, px(SPEED), room.height)
    canvas.slab(rect)
    label = f"{state.speed:g}×"
    wide = theme.width(label, px(BODY))
    canvas.text(label, rect.centerx - wide // 2, rect.centery, BODY, TEXT)
    for text, command, x in (("−", "slower", rect.left), ("+", "faster", rect.right - px(34))):
        side = pygame.Rect(x, rect.top, px(34), rect.height)
        canvas.text(text, side.centerx - theme.width(text, px(BODY)) // 2, side.centery, BODY, SOFT)
        canvas.clickable(side, command)
    return rect.right


def draw_entry(canvas: Canvas, state: ViewerState, rect: pygame.Rect) -> None:
    """The entry: what is being typed, or an invitation."""
    px, entry = canvas.px, state.entry
    edge = RED if entry.answer else BLUE if entry.is_open else EDGE
    canvas.slab(rect, CARD, edge, line=2 if entry.is_open else 1)
    canvas.clickable(rect, "write")
    name = state.name(state.selected)
    x = canvas.text(f"{name},", rect.left + px(14), rect.centery, BODY, TEXT, True) + px(6)
    inner = pygame.Rect(x, rect.top, rect.right - px(14) - x, rect.height)
    if not entry.text and not entry.is_open:
        x = canvas.text(example(state), x, rect.centery, BODY, FAINT)
        invitation = ANSWER if has_asked(state, state.selected) else INVITATION
        if x + theme.width(invitation, px(SMALL)) + px(GAP) < inner.right:
            canvas.text_right(invitation, inner.right, rect.centery, SMALL, FAINT)
        return
    size = px(BODY)
    caret = theme.width(entry.text[: entry.caret], size) if entry.caret else 0
    slide = max(0, caret - inner.width + px(2))  # so that the caret stays in view
    words = theme.words(entry.text, size, canvas.theme.tint(TEXT if entry.is_open else SOFT))
    canvas.surface.blit(
        words,
        (inner.left, inner.centery - words.get_height() // 2),
        (slide, 0, inner.width, words.get_height()),
    )
    if entry.is_open:
        height = px(20)
        canvas.surface.fill(
            canvas.ink(BLUE),
            (inner.left + caret - slide, inner.centery - height // 2, max(px(1.6), 1), height),
        )
        if not entry.text:
            canvas.text(example(state), x + px(5), rect.centery, BODY, FAINT)


def example(state: ViewerState) -> str:
    """Something that the selected agent could be told here."""
    world, a = state.sim.state, state.selected
    for look, cell in zip(world.item_look[0].tolist(), world.item_cell[0].tolist(), strict=True):
        if cell >= 0:
            return f"pick up the {item_words(look)}"
    others = [name for b, name in enumerate(state.sim.names()) if b != a]
    return f"go to {others[0]}" if others else "go to the goal"


def draw_line(canvas: Canvas, state: ViewerState, left: int, middle: int, wide: int) -> None:
    """Below the entry: why a text was refused, what the last command did, or a hint."""
    left += canvas.px(2)
    if state.entry.answer:
        canvas.text(state.entry.answer, left, middle, SMALL, RED, room=wide)
    elif state.notice and not state.entry.is_open:
        canvas.text(state.notice, left, middle, SMALL, TEXT, room=wide)
    else:
        _hints(canvas, hints(state), left, middle, wide)


def hints(state: ViewerState) -> tuple[tuple[str, str], ...]:
    """Keys and what they do, as far as it matters now."""
    if state.entry.is_open:
        return ("enter", f"tell {state.name(state.selected)}"), ("up", "earlier ones"), ("esc", "leave")
    if is_keyboard(state.driver(state.selected)):
        return DRIVING_HINTS
    return () if state.used else FIRST_HINTS


FIRST_HINTS = (
    ("space", "play, pause"), ("/", "tell an agent what to do"), ("T", "drive it yourself"),
    ("?", "all keys"),
)  # fmt: skip
DRIVING_HINTS = (
    ("up", "forward"), ("left", ""), ("right", "turn"), ("P", "pick up"), ("D", "put down"), ("U", "use"),
    ("enter", "say done"), ("T", "hand back"),
)  # fmt: skip


def _hints(canvas: Canvas, pairs: tuple[tuple[str, str], ...], left: int, middle: int, wide: int) -> None:
    px, right = canvas.px, left + wide
    for key, words in pairs:
        if left + px(40) + theme.width(words, px(SMALL)) > right:
            return
        left = canvas.key(key, left, middle) + px(4)
        left = canvas.text(words, left + px(2), middle, SMALL, SOFT) + px(14) if words else left
