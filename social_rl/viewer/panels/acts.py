"""What is the selected agent about to do? How likely its mind holds each act, its value, and how sure it is."""

import math

import pygame

from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import BLUE, EDGE, FAINT, SMALL, SOFT, TEXT, WELL
from social_rl.viewer.minds.thoughts import Thought, thought_of
from social_rl.viewer.model import ViewerState
from social_rl.viewer.panels.words import say
from worlds.state import ACTS

NAME, SHARE = 76, 44  # units: room for the name of an act, and for its share


def draw_acts(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """A bar for each act of the scenario; below them value and uncertainty."""
    a, px = state.selected, canvas.px
    thought = thought_now(state, a)
    if thought is None:
        say(
            canvas,
            room,
            f"{state.driver(a).kind.capitalize()} plays {state.name(a)}: no network, no chances of acts.",
        )
        return
    acts = [i for i, act in enumerate(ACTS) if act in state.sim.scenario.acts]
    line = min(px(26), (room.height - px(30)) // len(acts))
    best = max(acts, key=lambda i: thought.likely[i])
    for n, i in enumerate(acts):
        middle = room.top + n * line + line // 2
        share, strong = float(thought.likely[i]), i == best
        canvas.text(ACTS[i], room.left, middle, SMALL, TEXT if strong else SOFT, strong)
        track = pygame.Rect(room.left + px(NAME), middle - px(4), room.width - px(NAME + SHARE), px(8))
        canvas.slab(track, WELL, "", 4)
        if share * track.width >= 1:
            bar = pygame.Rect(track.left, track.top, max(round(share * track.width), px(3)), track.height)
            canvas.slab(bar, BLUE if strong else FAINT, "", 4)
        canvas.text_right(f"{share:.0%}", room.right, middle, SMALL, TEXT if strong else SOFT, strong)
    middle = room.bottom - px(9)
    pygame.draw.line(
        canvas.surface, canvas.ink(EDGE), (room.left, middle - px(14)), (room.right, middle - px(14))
    )
    x = canvas.text("value", room.left, middle, SMALL, SOFT) + px(6)
    canvas.text(f"{thought.value:+.2f}", x, middle, SMALL, TEXT, True)
    unsure = f"{thought.entropy / math.log(len(ACTS)):.0%}"
    x = canvas.text_right(unsure, room.right, middle, SMALL, TEXT, True) - px(6)
    canvas.text_right("uncertainty", x, middle, SMALL, SOFT)


def thought_now(state: ViewerState, a: int) -> Thought | None:
    """What the mind of an agent makes of the present; asked once for each moment."""
    if state.over:
        return None
    key = state.tape.head, state.tape.cuts, int(state.sim.state.episode[0]), a, state.driver(a).kind
    if state.thought is None or state.thought[0] != key:
        state.thought = key, thought_of(state.driver(a), state.sim, a)
    return state.thought[1]
