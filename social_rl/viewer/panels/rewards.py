"""What has the selected agent been paid for? Each part of its reward, at this step and in this episode."""

import pygame

from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import EDGE, FAINT, GREEN, RED, SMALL, SOFT, TEXT, WELL
from social_rl.viewer.model import ViewerState
from social_rl.viewer.panels.words import say
from social_rl.viewer.time.reward_parts import followed

LINE, NAME, NUMBER = 30, 66, 62  # units


def draw_rewards(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """A bar for each part, to the right of the middle what was earned, to the left what was lost."""
    px, a = canvas.px, state.selected
    state.rewards = parts = followed(state.rewards, state.tape, state.sim.scenario)
    names = tuple(parts.worlds)
    if not names:
        say(canvas, room, "Nothing is paid for in this scenario.")
        return
    total = [sum(float(paid[n, a]) for paid in parts.paid) for n in range(len(names))]
    now = [float(parts.paid[-1][n, a]) if parts.paid else 0.0 for n in range(len(names))]
    rows = [*zip(names, now, total, strict=True), ("in all", sum(now), sum(total))]
    canvas.text_right("this step", room.right - px(NUMBER), room.top + px(8), SMALL, FAINT)
    canvas.text_right("episode", room.right, room.top + px(8), SMALL, FAINT)
    most = max(abs(value) for value in total) or 1.0
    for n, (name, paid, sum_) in enumerate(rows):
        middle = room.top + px(34) + px(LINE) * n
        is_sum = n == len(names)
        if is_sum:
            line = middle - px(LINE // 2)
            pygame.draw.line(canvas.surface, canvas.ink(EDGE), (room.left, line), (room.right, line))
        canvas.text(name, room.left, middle, SMALL, TEXT if is_sum else SOFT, is_sum)
        track = pygame.Rect(
            room.left + px(NAME), middle - px(4), room.width - px(NAME + 2 * NUMBER + 12), px(8)
        )
        if not is_sum and track.width > px(20):
            canvas.slab(track, WELL, "", 4)
            bar = pygame.Rect(
                track.centerx, track.top, round(abs(sum_) / most * track.width / 2), track.height
            )
            if sum_ < 0:
                bar.right = track.centerx
            canvas.surface.fill(canvas.ink(GREEN if sum_ > 0 else RED), bar)
        canvas.text_right(shown(paid), room.right - px(NUMBER), middle, SMALL, TEXT if paid else FAINT)
        canvas.text_right(shown(sum_), room.right, middle, SMALL, TEXT if sum_ else FAINT, is_sum)


def shown(value: float) -> str:
    """A reward in figures."""
    return f"{value:+.2f}" if abs(value) >= 5e-4 else "0"
