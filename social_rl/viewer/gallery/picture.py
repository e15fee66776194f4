"""What does the gallery show? Levels as pictures with their scores, and all that is known of the chosen one."""

import numpy as np
import pygame

from adversarial_design.curriculum import Record
from social_rl.reports.gallery import facts_of, told_in
from social_rl.viewer.controls.manual import draw_manual
from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas, Painted, blank, pixels
from social_rl.viewer.drawing.theme import (
    AMBER,
    BLUE,
    BODY,
    CARD,
    EDGE,
    FAINT,
    GAP,
    GREEN,
    HEAD,
    MARGIN,
    RED,
    SMALL,
    SOFT,
    TEXT,
    TITLE,
    WELL,
)
from social_rl.viewer.editor.board import pixels_of
from social_rl.viewer.editor.draft import Cell, Draft
from social_rl.viewer.gallery.keys import HELP
from social_rl.viewer.gallery.layout import (
    HEADER,
    NOTICE,
    WORDS,
    rooms_of,
    rows_in_view,
    shape_of,
)
from social_rl.viewer.gallery.model import ORDERS, GalleryState, changed_cells, draft_in, score_of
from worlds.checks import count

PAD, LINE, BUTTON, CHART = 12, 19, 34, 74  # units
MOST_TILE = 40


def render(state: GalleryState, size: tuple[int, int] | None = None) -> np.ndarray:
    """The gallery as uint8[H, W, 3], in its own or another size."""
    return pixels(paint(state, size).surface)


def paint(state: GalleryState, size: tuple[int, int] | None = None) -> Painted:
    """The gallery as a surface with its areas."""
    canvas = blank(size or state.size, state.scale, state.is_dark)
    surface = canvas.surface
    grid, side = rooms_of(state, surface.get_size())
    px = canvas.px
    _header(canvas, state, pygame.Rect(grid.left, px(MARGIN), grid.width, px(HEADER)))
    _orders(canvas, state, grid.left, px(MARGIN + HEADER) + px(15), grid.right)
    columns, wide, high = shape_of(state, surface.get_size())
    for row in range(rows_in_view(state, surface.get_size())):
        for col in range(columns):
            at = (state.top + row) * columns + col
            if at < len(state.shown):
                left, top = grid.left + col * (wide + px(GAP)), grid.top + row * (high + px(GAP))
                _card(canvas, state, at, pygame.Rect(left, top, wide, high))
    words = (
        state.notice or f"{state.at + 1} of {len(state.shown)} in this order: wheel, arrows, page up and down"
    )
    canvas.text(
        words, grid.left, surface.get_height() - px(MARGIN) - px(NOTICE // 2) + px(4), SMALL,
        TEXT if state.notice else FAINT, room=grid.width,
    )  # fmt: skip
    _chosen(canvas, state, side)
    if state.help:
        draw_manual(canvas, HELP)
    return Painted(surface, tuple(canvas.areas))


def _header(canvas: Canvas, state: GalleryState, room: pygame.Rect) -> None:
    px, middle = canvas.px, room.top + canvas.px(14)
    x = canvas.text("Gallery", room.left, middle, TITLE, TEXT, True) + px(12)
    words = f"{state.path.parent.name}: {count(len(state.records), 'level')} that taught"
    canvas.text(words, x, middle + px(1), BODY, SOFT, room=room.right - x)


def _orders(canvas: Canvas, state: GalleryState, left: int, middle: int, right: int) -> None:
    """In which order levels stand: a chip for each."""
    px = canvas.px
    for name in ORDERS:
        wide = canvas.text_width(name, SMALL) + px(22)
        chip = pygame.Rect(left, middle - px(13), wide, px(26))
        if chip.right > right:
            return
        is_on = name == state.order
        canvas.slab(chip, TEXT if is_on else CARD, "" if is_on else EDGE, 13)
        canvas.text(name, chip.left + px(11), chip.centery, SMALL, CARD if is_on else TEXT)
        canvas.clickable(chip, "order", name)
        left = chip.right + px(6)


def _card(canvas: Canvas, state: GalleryState, at: int, rect: pygame.Rect) -> None:
    """One level: its picture, its score, how often it was solved."""
    px, record = canvas.px, state.records[state.shown[at]]
    is_chosen = at == state.at
    canvas.slab(rect, CARD, BLUE if is_chosen else EDGE, line=2 if is_chosen else 1)
    canvas.clickable(rect, "look at", at)
    inner = rect.inflate(-px(PAD), -px(PAD))
    room = pygame.Rect(inner.left, inner.top, inner.width, inner.height - px(WORDS - 4))
    draft = draft_in(record)
    if draft is not None:
        _picture(canvas, draft, room)
    middle = inner.bottom - px(28)
    x = canvas.text(score_words(record), inner.left, middle, BODY, TEXT, True)
    solved = record.get("solved")
    if solved is not None:
        canvas.text_right(
            f"{solved:.0%} solved", inner.right, middle, SMALL, GREEN if solved > 0.5 else AMBER
        )
    elif record.get("solvable") is False:
        canvas.text_right("cannot be done", inner.right, middle, SMALL, RED)
    kin = record.get("edit") or "drawn"
    words = f"cycle {record['born']} · {kin}" if "born" in record else kin
    canvas.text(words, inner.left, inner.bottom - px(9), SMALL, SOFT, room=inner.width)
    assert x >= inner.left


def score_words(record: Record) -> str:
    """A score in figures."""
    score = score_of(record)
    return "no score" if score is None else f"{score:.3f}"


def _picture(canvas: Canvas, draft: Draft, room: pygame.Rect, changed: tuple[Cell, ...] = ()) -> pygame.Rect:
    """A level in the middle of its room; cells that changed are framed. Returns where it stands."""
    tile = max(1, min(room.width // draft.cols, room.height // draft.rows, canvas.px(MOST_TILE)))
    at = pygame.Rect(0, 0, draft.cols * tile, draft.rows * tile)
    at.center = room.center
    canvas.image(pixels_of(draft, tile), at.left, at.top)
    line = max(canvas.px(1.5), 1)
    for row, col in changed:
        cell = pygame.Rect(at.left + col * tile, at.top + row * tile, tile, tile)
        light, dark = cell.inflate(4 * line, 4 * line), cell.inflate(2 * line, 2 * line)
        pygame.draw.rect(canvas.surface, theme.ink(theme.CARD), light, 3 * line, line)
        pygame.draw.rect(canvas.surface, theme.ink(theme.RED), dark, line, line)
    return at


# ---- the chosen level ----------------------------------------------------------------------------------
def _chosen(canvas: Canvas, state: GalleryState, room: pygame.Rect) -> None:
    """Pictures of it and of its parent, what was changed, what is told, scores over time, and what can be done."""
    px, record, parent = canvas.px, state.chosen, state.parent
    canvas.slab(room)
    inner = room.inflate(-px(2 * PAD), -px(2 * PAD))
    canvas.text(f"level {record['id']}", inner.left, inner.top + px(9), HEAD, TEXT, True, room=inner.width)
    bottom = _buttons(canvas, state, inner) - px(GAP)
    bottom = _visits(canvas, record, pygame.Rect(inner.left, bottom - px(CHART), inner.width, px(CHART)))
    lines = _facts(canvas, state, inner.width)
    top = bottom - px(LINE) * len(lines) - px(GAP)
    for i, (line, colour) in enumerate(lines):
        canvas.text(line, inner.left, top + px(LINE // 2) + px(LINE) * i, SMALL, colour)
    pictures = pygame.Rect(inner.left, inner.top + px(26), inner.width, top - px(GAP) - inner.top - px(26))
    draft = draft_in(record)
    if draft is None:
        canvas.text("This level is of another version.", pictures.left, pictures.top + px(12), BODY, RED)
        return
    before = draft_in(parent) if parent is not None else None
    if before is None:
        _picture(canvas, draft, pictures)
        return
    changed = changed_cells(draft, before)
    for name, level, part, marks in zip(
        ("its parent", "this level"), (before, draft), _halves(canvas, pictures), ((), changed), strict=True
    ):
        canvas.text(name, part.left, part.top + px(8), SMALL, SOFT)
        label = px(20)
        spot = pygame.Rect(part.left, part.top + label, part.width, part.height - label)
        at = _picture(canvas, level, spot, marks)
        if name == "its parent":
            canvas.clickable(at, "to parent")


def _halves(canvas: Canvas, room: pygame.Rect) -> tuple[pygame.Rect, pygame.Rect]:
    """Room for two pictures: below each other where they are larger so, else side by side."""
    px = canvas.px
    wide, high = (room.width - px(PAD)) // 2, (room.height - px(GAP)) // 2
    if high - px(20) > wide:
        return (
            pygame.Rect(room.left, room.top, room.width, high),
            pygame.Rect(room.left, room.bottom - high, room.width, high),
        )
    tall = min(room.height, wide * 5 // 4 + px(20))
    return pygame.Rect(room.left, room.top, wide, tall), pygame.Rect(room.right - wide, room.top, wide, tall)


def _facts(canvas: Canvas, state: GalleryState, wide: int) -> list[tuple[str, str]]:
    """Lines about the chosen level, with their colours."""
    px, record = canvas.px, state.chosen
    facts = [f"score {score_words(record)}", *facts_of(record)]
    lines = [(line, TEXT) for line in theme.fitted(" · ".join(facts), px(SMALL), wide, 2)]
    if record.get("edit"):
        words = f"changed: {record['edit']}"
    elif record.get("parent"):
        words = "made from another level"
    else:
        words = "drawn: it has no parent"
    lines += [(line, SOFT) for line in theme.fitted(words, px(SMALL), wide, 2)]
    if record.get("parent") and state.parent is None:
        lines.append(("its parent is not in this curriculum", FAINT))
    line = _line_of(state)
    children = sum(r.get("parent") == record["id"] for r in state.records)
    kin = [count(line, "ancestor")] * (line > 0) + [count(children, "child", "children")] * (children > 0)
    lines += [(" · ".join(kin), SOFT)] if kin else []
    for told in told_in(record)[:3]:
        lines += [(line, TEXT) for line in theme.fitted(told, px(SMALL), wide, 2)]
    return lines


def _line_of(state: GalleryState) -> int:
    """How many ancestors of the chosen level are in this curriculum."""
    name, seen = state.chosen.get("parent", ""), set()
    while name in state.by_id and name not in seen:
        seen.add(name)
        name = state.records[state.by_id[name]].get("parent", "")
    return len(seen)


def _visits(canvas: Canvas, record: Record, room: pygame.Rect) -> int:
    """Scores at each visit, a bar for each; returns where that begins."""
    px = canvas.px
    found = [(int(cycle), score) for cycle, score, _ in record.get("visits", ()) if score is not None]
    if not found:
        return room.bottom
    canvas.slab(room, WELL, "", 8)
    inner = room.inflate(-px(PAD), -px(PAD))
    most = max(max(score for _, score in found), 1e-9)
    canvas.text("score at each visit", inner.left, inner.top + px(5), SMALL, SOFT)
    ends = f"cycle {found[0][0]}" + (f" to {found[-1][0]}" if len(found) > 1 else "")
    canvas.text_right(ends, inner.right, inner.top + px(5), SMALL, FAINT)
    plot = pygame.Rect(inner.left, inner.top + px(18), inner.width, inner.height - px(18))
    shown = found[-max(plot.width // px(5), 1) :]
    wide = min(plot.width // len(shown), px(16))
    for i, (_, score) in enumerate(shown):
        high = max(round(max(score, 0) / most * plot.height), px(2))
        bar = pygame.Rect(plot.left + i * wide, plot.bottom - high, max(wide - px(2), 1), high)
        canvas.surface.fill(canvas.ink(BLUE), bar)
    return room.top - px(GAP)


def _buttons(canvas: Canvas, state: GalleryState, room: pygame.Rect) -> int:
    """Play, edit, parent, child, help, theme, leave; returns where they begin."""
    px = canvas.px
    rows = (
        (("Play", "enter", "play", "play"), ("Edit", "E", "edit", ""), ("Parent", "P", "to parent", "")),
        (
            ("Child", "C", "to child", ""),
            ("Help", "?", "help", ""),
            ("", "", "theme", "moon"),
            ("Leave", "Q", "back", ""),
        ),
    )  # fmt: skip
    top = room.bottom - px(2 * BUTTON + 6)
    for i, row in enumerate(rows):
        x = room.left
        for label, key, command, sign in row:
            wide = canvas.button_width(label, key, sign) if label else px(36)
            at = pygame.Rect(x, top + i * px(BUTTON + 6), wide, px(BUTTON))
            is_off = command == "to parent" and state.parent is None
            canvas.button(
                at, label, key, command, sign=sign, off=is_off, on=command == "theme" and state.is_dark
            )
            x = at.right + px(6)
    return top
