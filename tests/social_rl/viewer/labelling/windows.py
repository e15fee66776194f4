"""What do tests of the labelling window need? An episode as a clip, a store that asks, hands that press and click."""

from concurrent.futures import Executor, Future
from pathlib import Path

import pygame

from social_rl.human_feedback.labelling.clips import TILE, Clip, clip_of
from social_rl.human_feedback.labelling.stored import StoreDesk
from social_rl.human_feedback.preferences.store import Store, open_store
from social_rl.viewer.labelling.commands import do
from social_rl.viewer.labelling.model import LabelState, ask_next
from social_rl.viewer.labelling.picture import paint
from social_rl.viewer.labelling.window import handle
from tests.houses import act, level, scenario_of
from tests.social_rl.human_feedback.labelling.desks import comparison, item
from worlds.render.draw import draw_world
from worlds.replay import record
from worlds.simulator import DISABLED, Simulator

HOUSE = """
A..c
.##.
B...

A Ann facing east
B Bob facing east
c red cup
"""
PAIR = (item("replays/one.jsonl", text=""), item("replays/two.jsonl", text="Ann: here it is"))


def fetched() -> tuple[Clip, list]:
    """Ann fetches a cup in three steps: the clip, and the pictures that were seen."""
    scenario = scenario_of(
        [level(HOUSE, 20, ann="pick up the red cup", bob="go to the red cup")], needs_done=False
    )
    sim = Simulator(scenario, 1, levels=1, autoreset=DISABLED)
    recorder, seen = record(sim), [draw_world(sim.state, 0, TILE)]
    for acts in (
        {"ann": "forward", "bob": "forward"},
        {"ann": "forward", "bob": "forward"},
        {"ann": "pick up"},
    ):
        act(sim, **acts)
        seen.append(draw_world(sim.state, 0, TILE))
    return clip_of(recorder.replay, scenario), seen


class AtOnce(Executor):
    """Does what it is given when it is given."""

    def submit(self, fn, /, *args, **kwargs):
        done: Future = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def asking(path: Path, *asked: tuple) -> Store:
    """A store with comparisons: name, kind, items and order on the screen, as `comparison` takes them."""
    store = open_store(path)
    store.ask([comparison(*row)._replace(id=row[0]) for row in asked])
    return store


def opened(store: Store, load, rater: str = "ann") -> LabelState:
    """A window on a store at the time 0, which a first tick has let begin."""
    state = LabelState(StoreDesk(store), rater, load, AtOnce())
    ask_next(state)
    do(state, "tick", 0.0)
    return state


def press(state: LabelState, *keys: str, mod: int = 0) -> None:
    """Press keys by their names of pygame, and let the events reach the window."""
    for key in keys:
        code = pygame.key.key_code(key)
        typed = key if len(key) == 1 else ""
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=code, unicode=typed, mod=mod))
        if typed and not mod & pygame.KMOD_CTRL:
            pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text=typed))
        pygame.event.post(pygame.event.Event(pygame.KEYUP, key=code, mod=mod))
        handle_all(state)


def write(state: LabelState, text: str) -> None:
    """Type a text."""
    for character in text:
        pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text=character))
    handle_all(state)


def click(state: LabelState, command: str, *values: object) -> None:
    """Click into what carries out a command."""
    area = next(a for a in paint(state).areas if (a.command, a.values) == (command, values))
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=area.rect.center))
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONUP, button=1, pos=area.rect.center))
    handle_all(state)


def handle_all(state: LabelState) -> None:
    """Let all events reach the window, and clips that are made be shown."""
    painted = paint(state)
    for event in pygame.event.get():
        handle(state, event, painted)
    do(state, "tick", state.now)
