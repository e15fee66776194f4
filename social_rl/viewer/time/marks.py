"""What is worth finding again in an episode? Clauses that came true, ends, what was said and told, take-overs."""

from typing import NamedTuple

import numpy as np

from worlds.events import Event, Instruct, Speak, TakeOver
from worlds.simulator import Simulator
from worlds.state import FAILED, SUCCEEDED

KINDS = ("talk", "taken over", "told", "clause", "failed", "done")  # later ones are drawn above
ENDS = {SUCCEEDED: ("done", "succeeds"), FAILED: ("failed", "fails")}


class Mark(NamedTuple):
    """Something that came about."""

    kind: str  # of KINDS
    words: str


class Standing(NamedTuple):
    """How far agents were before a step."""

    clauses_done: np.ndarray  # uint8[A]
    finished: np.ndarray  # uint8[A]


def standing(sim: Simulator) -> Standing:
    """How far agents are now."""
    return Standing(sim.state.clauses_done[0].copy(), sim.state.finished[0].copy())


def marks_of(sim: Simulator, before: Standing) -> list[Mark]:
    """What came about at the step that was just taken."""
    state, marks = sim.state, []
    for a, name in enumerate(sim.names()):
        first = int(state.clauses_done[0, a]) & ~int(before.clauses_done[a])
        finished = int(state.finished[0, a])
        if finished != before.finished[a] and finished in ENDS:
            kind, word = ENDS[finished]
            marks.append(Mark(kind, f"{name} {word}"))
        elif first:
            marks.append(Mark("clause", f"a part of {name}'s instruction comes true"))
    return marks


def mark_of_event(sim: Simulator, event: Event) -> Mark | None:
    """What an event is worth finding for; None: nothing."""
    names = sim.names()
    match event:
        case Speak(speaker, listener, words):
            return Mark("talk", f"{speaker} to {listener}: {words}")
        case Instruct(agent, words, task=True):
            return Mark("told", f"{names[agent]} is told: {words}")
        case TakeOver(agent, by):
            return Mark("taken over", f"{names[agent]} is played by {by}")
    return None
