"""What does somebody mean? The grammar says, and where it does not understand, a language model may."""

from collections.abc import Callable
from typing import NamedTuple

from agents.language.answers import Cannot, Meaning, Question, read_meaning
from worlds.goal import Goal
from worlds.language.cleaning import clean
from worlds.language.instructions import InstructionError, canonical, parse
from worlds.language.tokens import MAX_CHARACTERS

GRAMMAR, MODEL = "grammar", "model"


class Understanding(NamedTuple):
    """What words were taken for, and by whom."""

    goal: Goal | None  # None: `words` are a question, or a reason why it cannot be done
    words: str  # of a goal, its plain words
    by: str  # GRAMMAR or MODEL


def understand(text: str, model: Callable[[str], str] | None = None, speaker: str = "") -> Understanding:
    """What a text means: as the grammar has it, else as a model answers to it.

    Where there is no model, or its answer is none, the words are the reason why the grammar refuses the text.

    Args:
        model: from cleaned words to an answer as `read_meaning` reads it; asked only if the grammar refuses the text or
            finds several meanings in it.
        speaker: who is "me" for the grammar, one of NAMES.

    Raises:
        ValueError: no such speaker.
    """
    try:
        goal = parse(text, speaker)
    except InstructionError as error:
        return _by_model(text, model) or Understanding(None, str(error), GRAMMAR)
    return Understanding(goal, canonical(goal), GRAMMAR)


def _by_model(text: str, model: Callable[[str], str] | None) -> Understanding | None:
    if model is None or not isinstance(text, str):
        return None
    words = clean(text)
    if not words or len(text) > MAX_CHARACTERS:  # of half a text, another meaning might be read
        return None
    match read_meaning(model(words)):
        case Meaning(goal, plain):
            return Understanding(goal, plain, MODEL)
        case Question(asked):
            return Understanding(None, asked, MODEL)
        case Cannot(reason):
            return Understanding(None, reason, MODEL)
        case None:
            return None
