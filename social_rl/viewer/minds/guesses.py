"""What was each agent probably told? Guesses from what it does, as bars under each agent; off until asked for.

Each agent is guessed among its own goal and others that can be done in its house, none of them marked: from the moment
that one asks, or that its episode or its task begins. Time may go back: what was held at a step is held there again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pygame

from agents.guessing.guesser import Guess, Guesser
from agents.guessing.likelihoods import ByActs
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import BLUE_WASH, FAINT, SMALL, SOFT, TEXT, WELL
from worlds.generators.candidates import draw_candidates
from worlds.goal import MAX_CLAUSES, NO_VERB, VERB, decode
from worlds.language.instructions import canonical
from worlds.levels.bank import take
from worlds.simulator import Simulator
from worlds.state import State

CANDIDATES = 8
BARS = 3  # of the goals held most likely
BAR, TITLE = 20, 20  # units


class Held(NamedTuple):
    """A goal in words, and how likely it is held to be."""

    words: str
    share: float


@dataclass
class Guesses:
    """What is held of each agent now, the likeliest first; and what it takes to go on."""

    held: dict[int, tuple[Held, ...]] = field(default_factory=dict)
    trouble: str = ""  # why nothing can be guessed here
    watched: tuple["Watched", ...] = ()
    tasks: bytes = b""  # what everybody's task was when the guessing began
    last: int = -1  # the step that was looked at last
    kept: dict[int, tuple[str, tuple[np.ndarray, ...]]] = field(
        default_factory=dict
    )  # by step: digest, posteriors


class Watched(NamedTuple):
    """An agent, the goals that it may have been told in words, and who guesses."""

    a: int
    words: tuple[str, ...]
    guesser: Guesser
    guess: Guess


def follow(guesses: Guesses, sim: Simulator, privileged: Sequence[bool]) -> None:
    """Take in what has happened since the last call; begins anew where that is not the next step of the same story.

    Args:
        privileged: of each agent, whether who plays it goes by the whole house: others are watched as such who know
            only what they have seen.
    """
    step, digest, tasks = int(sim.state.step[0]), sim.digest(), sim.state.goal[0].tobytes()
    known = guesses.kept.get(step)
    if known is not None and known[0] == digest and tasks == guesses.tasks:
        _hold(guesses, known[1])
        return
    if known is not None or tasks != guesses.tasks or step != guesses.last + 1:
        _begin(guesses, sim, tasks, privileged)
    guesses.watched = tuple(w._replace(guess=w.guesser.look(sim, w.guess)) for w in guesses.watched)
    posteriors = tuple(w.guess.posterior_WKN[0, 0] for w in guesses.watched)
    guesses.last, guesses.kept[step] = step, (digest, posteriors)
    _hold(guesses, posteriors)


def _begin(guesses: Guesses, sim: Simulator, tasks: bytes, privileged: Sequence[bool]) -> None:
    """Draw candidates for all agents that have a task."""
    guesses.watched, guesses.tasks, guesses.trouble = (), tasks, ""
    guesses.kept.clear()
    guesses.held.clear()
    world = sim.state
    level = take(sim.bank, [int(world.level[0])])
    level.goal[0] = world.goal[0]
    clauses = (world.goal[0, :, :MAX_CLAUSES, VERB] != NO_VERB).sum(1)
    agents = np.flatnonzero(clauses).tolist()
    if not agents:
        guesses.trouble = "nobody was told anything"
        return
    span = int(clauses[agents].min()), int(clauses[agents].max())
    try:
        guesses.watched = tuple(_watched(sim, level, a, span, privileged[a]) for a in agents)
    except ValueError as error:
        guesses.trouble = str(error)


def _watched(sim: Simulator, level: State, a: int, span: tuple[int, int], privileged: bool) -> Watched:
    goals = draw_candidates(level, a, CANDIDATES, 0, span).goal_LN
    guesser = Guesser(ByActs("all" if privileged else "seen"))
    words = tuple(canonical(decode(goal)) for goal in goals[0])
    return Watched(a, words, guesser, guesser.start(sim, [a], goals[:, None]))


def _hold(guesses: Guesses, posteriors: Sequence[np.ndarray]) -> None:
    for watched, posterior in zip(guesses.watched, posteriors, strict=True):
        order = np.argsort(-posterior, kind="stable")
        guesses.held[watched.a] = tuple(Held(watched.words[n], float(posterior[n])) for n in order)


# ---- drawing -------------------------------------------------------------------------------------------
def guesses_height(canvas: Canvas, guesses: Guesses | None, a: int) -> int:
    """Pixels that the bars of an agent take, 0 where there are none."""
    if guesses is None or not guesses.held.get(a):
        return 0
    return canvas.px(TITLE + BAR * min(BARS, len(guesses.held[a])))


def draw_guesses(canvas: Canvas, guesses: Guesses | None, a: int, room: pygame.Rect) -> None:
    """The likeliest goals of an agent from the top of `room`, a bar as long as each is likely."""
    if guesses is None or not guesses.held.get(a):
        return
    px = canvas.px
    canvas.text("probably", room.left, room.top + px(TITLE // 2), SMALL, FAINT)
    for i, (words, share) in enumerate(guesses.held[a][:BARS]):
        bar = pygame.Rect(room.left, room.top + px(TITLE + BAR * i), room.width, px(BAR - 3))
        canvas.slab(bar, WELL, "", 4)
        filled = round(bar.width * share)
        if filled >= px(8):
            canvas.slab(pygame.Rect(bar.left, bar.top, filled, bar.height), BLUE_WASH, "", 4)
        left = canvas.text_right(f"{share:.0%}", bar.right - px(6), bar.centery, SMALL, TEXT, i == 0)
        room_for_words = left - px(8) - bar.left - px(6)
        canvas.text(words, bar.left + px(6), bar.centery, SMALL, SOFT if i else TEXT, room=room_for_words)
