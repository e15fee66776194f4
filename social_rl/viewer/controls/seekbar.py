"""Where in the episode are we? A bar over all steps that are known, with marks; a click or a drag goes there."""

import pygame

from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import AMBER, BLUE, CARD, EDGE, FAINT, GREEN, RED, SMALL, SOFT, WELL
from social_rl.viewer.model import ViewerState
from social_rl.viewer.time.marks import KINDS

HEIGHT, TRACK, LABEL = 26, 6, 84  # units: of the bar, of its line, and of the room for words beside it
COLOURS = {"talk": SOFT, "taken over": AMBER, "told": BLUE, "clause": GREEN, "failed": RED, "done": GREEN}
TALL = frozenset(("done", "failed"))


def draw_seekbar(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """The line, what of it lies behind, marks, the head, and which step it is."""
    px, last, now = canvas.px, state.tape.steps, int(state.sim.state.step[0])
    whole = last if state.tape.is_replay or state.over else max(last, int(state.sim.state.step_limit[0]))
    track = pygame.Rect(room.left + px(8), 0, room.width - px(LABEL + 16), px(TRACK))
    track.centery = room.centery
    canvas.slab(track, WELL, "", TRACK / 2)
    known, behind = (pygame.Rect(*track) for _ in range(2))
    known.width, behind.width = (round(track.width * step / max(whole, 1)) for step in (last, now))
    for part, colour in ((known, EDGE), (behind, BLUE)):
        if part.width >= px(TRACK):
            canvas.slab(part, colour, "", TRACK / 2)
    ordered = sorted(
        ((KINDS.index(mark.kind), step, mark) for step, marks in state.tape.marks.items() for mark in marks),
        key=lambda found: found[:2],
    )
    for _, step, mark in ordered:
        high = px(18 if mark.kind in TALL else 12)
        tick = pygame.Rect(0, 0, max(px(3), 2), high)
        tick.center = track.left + round(track.width * step / max(whole, 1)), track.centery
        canvas.slab(tick, COLOURS[mark.kind], CARD, 1.5)
    head = pygame.Rect(0, 0, px(14), px(14))
    head.center = track.left + round(track.width * now / max(whole, 1)), track.centery
    canvas.slab(head, CARD, BLUE, 7, max(px(3), 2))
    canvas.text_right(f"{now} / {whole}", room.right, room.centery, SMALL, SOFT if last else FAINT)
    target = track.inflate(px(14), px(HEIGHT - TRACK)).clip(room)
    canvas.clickable(target, "scrub", track.left, track.width, whole)


def step_at(x: int, left: int, width: int, whole: int) -> int:
    """The step nearest to a place on the bar."""
    return round(min(max((x - left) / max(width, 1), 0), 1) * whole)
