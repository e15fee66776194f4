"""How do a person and an agent talk? What is typed is an instruction, or words to who hears; answers are shown."""

import numpy as np

from agents.language.talk import PERSON, TAKEN
from social_rl.viewer.minds.driving import EXPERT, hears, is_keyboard
from social_rl.viewer.model import ViewerState, speaks_of_nothing
from social_rl.viewer.talk.talk_log import replied
from worlds.events import Instruct, Rejoin, Speak
from worlds.goal import encode
from worlds.language.instructions import InstructionError, parse
from worlds.state import ACTIVE
from worlds.talk import Spoken

PATIENCE = 8  # steps that an agent stays in the game to answer what it was told, whatever it has finished


def tell(state: ViewerState, a: int, text: str) -> None:
    """Give agent `a` what a person says: as an instruction, where the grammar understands it.

    Who hears words is spoken to in any case, and answers at the next steps. For others, `state.understand` may say what
    is meant; then the agent is told that, and the person what it was taken for.

    Raises:
        ValueError: nobody understands it, or something has to be known first; then nothing has changed.
    """
    if hears(state.driver(a)):
        _speak(state, a, text)
        return
    try:
        instruct(state, a, text)
    except InstructionError:
        if state.understand is None:
            raise
        found = state.understand(text)
        if found.goal is None:
            raise InstructionError(found.words) from None
        instruct(state, a, found.words)
        state.notice = f"{TAKEN}{found.words}. {state.notice}"


def instruct(state: ViewerState, a: int, text: str) -> None:
    """Give agent `a` an instruction; whoever plays it goes on playing it.

    Raises:
        InstructionError: the words are no instruction; then nothing has changed.
    """
    state.sim.apply(0, Instruct(a, text))
    wake(state, a)
    name, driver = state.name(a), state.driver(a)
    if speaks_of_nothing(state.sim, a):
        state.notice = f"{name} has heard you, but a thing you speak of is not in this house."
    elif is_keyboard(driver):
        state.notice = f"{name} is yours, and so is this: T hands it back."
    else:
        state.notice = f"{name}, played by {driver.kind}, has heard you{_remedy(state, a)}."


def _speak(state: ViewerState, a: int, text: str) -> None:
    """Say words to an agent that hears them; they are its instruction, too, where the grammar understands them."""
    name = state.name(a)
    state.sim.apply(0, Speak(PERSON, name, text))
    try:
        instruct(state, a, text)
    except InstructionError:
        wake(state, a)
        state.notice = f"{name} hears you{'' if state.playing else ': press space'}."


def _remedy(state: ViewerState, a: int) -> str:
    """What else a person may want to press who has just told agent `a` something."""
    if not state.playing:
        return ": press space"
    return "" if state.driver(a).kind == EXPERT else "; E lets the expert do it"


def wake(state: ViewerState, a: int) -> None:
    """An agent that was told something is in the game, with as much time as the level gives."""
    limit = state.sim.bank.step_limit[state.sim.state.level[0]]
    state.sim.apply(0, Rejoin(a, int(limit)))
    state.rested = 0


# ---- what comes back -----------------------------------------------------------------------------------
def listen(state: ViewerState, step: int) -> None:
    """Show what agents said to the person at a step that was just taken; what one has understood becomes its task."""
    names = state.sim.names()
    for turn in state.sim.talk():
        if turn.step == step and turn.listener == PERSON and turn.speaker in names:
            state.notice = f"{turn.speaker}: {turn.words}"
            replied(state.log, turn.speaker, turn.words)
            if turn.words.startswith(TAKEN):
                _take(state, names.index(turn.speaker), turn.words.removeprefix(TAKEN))
    for a, name in enumerate(names):
        if state.sim.state.finished[0, a] != ACTIVE and _owes_an_answer(state, name):
            wake(state, a)


def _take(state: ViewerState, a: int, meaning: str) -> None:
    """Let an agent do what it has understood: the person has read it, and sees whether it is what was meant."""
    world, name = state.sim.state, state.name(a)
    try:
        is_its_task = np.array_equal(encode(parse(meaning)), world.goal[0, a])
        if not is_its_task or world.finished[0, a] != ACTIVE:
            instruct(state, a, meaning)
    except InstructionError:
        state.notice = f"{name} takes that as “{meaning}”, which is no instruction."
        return
    lacks = "; a thing of that is not in this house" if speaks_of_nothing(state.sim, a) else ""
    state.notice = f"{name} takes that as: {meaning}{lacks}."


def has_asked(state: ViewerState, a: int) -> bool:
    """Is what an agent said last a question to the person?"""
    turns = _turns_of(state, state.name(a))
    return bool(turns) and turns[-1].listener == PERSON and turns[-1].words.endswith("?")


def _owes_an_answer(state: ViewerState, name: str) -> bool:
    """Did the person speak last, and not long ago?"""
    turns, now = _turns_of(state, name), int(state.sim.state.step[0])
    return bool(turns) and turns[-1].speaker == PERSON and now - turns[-1].step <= PATIENCE


def _turns_of(state: ViewerState, name: str) -> list[Spoken]:
    return [turn for turn in state.sim.talk() if name in (turn.speaker, turn.listener)]
