"""What does a language model make of people's words? Texts in, answers out, and what an answer means."""

from collections.abc import Callable, Sequence
from pathlib import Path

from agents.language.answers import Cannot, Question, read_meaning
from agents.language.generation import Automaton, generate
from agents.language.language_model import LanguageModel, read_model
from agents.language.prompt import meaning_prompt
from social_rl.human_feedback.examples import KEEP_FIRST
from social_rl.runs.shipped import find_language_model
from worlds.language.wordings import ASK, CANNOT

TOKENS = 96  # of an answer at most; four clauses with all their colours have fewer
BATCH = 256  # texts that are read together


def reader(
    path: Path | None, allowed: Callable[[LanguageModel], Automaton] | None = None
) -> Callable[[list[str]], list[str]]:
    """A function from people's words to answers: an instruction in plain words, a question, or a reason.

    Args:
        path: of the model, see `find_language_model`; none for the shipped one.
        allowed: what its answers may be, made for the model; without it, anything.

    Raises:
        ValueError: there is no such model, or it cannot be read.
    """
    language_model = read_model(find_language_model(path))
    automaton = None if allowed is None else allowed(language_model)
    return lambda texts: answers(language_model, texts, automaton)


def answers(
    language_model: LanguageModel, texts: Sequence[str], allowed: Automaton | None = None
) -> list[str]:
    """The likeliest answer to each text."""
    tokens = min(TOKENS, language_model.context // 2)
    said: list[str] = []
    for first in range(0, len(texts), BATCH):
        prompts = [meaning_prompt(text) for text in texts[first : first + BATCH]]
        found = generate(language_model, prompts, tokens, allowed=allowed, keep_first=KEEP_FIRST)
        said += [text.strip() for text in found.texts]
    return said


def meaning_of(answer: str) -> str:
    """What an answer means: ASK of a question, CANNOT of a reason; all others are what they say."""
    match read_meaning(answer):
        case Question():
            return ASK
        case Cannot():
            return CANNOT
        case _:
            return answer
