"""What does a language model make of people's words? Texts in, answers out, and what an answer means."""

from collections.abc import Callable
from pathlib import Path

from agents.language.answers import Cannot, Question, read_meaning
from agents.language.model.language_model import LanguageModel, read_model
from agents.language.prompt import LEAST_LIMIT, heard, prompts_of
from agents.language.responding import MEANING_TOKENS, Responder
from social_rl.runs.shipped import find_language_model
from worlds.language.wordings import ASK, CANNOT

LEAST_CONTEXT = MEANING_TOKENS + LEAST_LIMIT  # tokens of a prompt and its answer


def reader(path: Path | None, grammar: bool = True) -> Callable[[list[str]], list[str]]:
    """A function from people's words to answers: an instruction in plain words, a question, or a reason.

    Args:
        path: of the model, see `find_language_model`; none for the shipped one.
        grammar: let it say nothing else; without that, an answer may be none at all.

    Raises:
        ValueError: there is no such model, it cannot be read, or its context is too short.
    """
    return reader_of(read_model(find_language_model(path)), grammar)


def reader_of(language_model: LanguageModel, grammar: bool = True) -> Callable[[list[str]], list[str]]:
    """The same of a model as it is now: answers are kept, so that a model that has learned more needs a new reader."""
    if language_model.context < LEAST_CONTEXT:
        raise ValueError(
            f"the context is {language_model.context} tokens, allowed are {LEAST_CONTEXT} and more: choose a longer one"
        )
    respond = Responder(language_model, constrained=grammar)

    def answers(texts: list[str]) -> list[str]:
        return respond(prompts_of([heard(text) for text in texts], respond.limit, respond.count))

    return answers


def meaning_of(answer: str) -> str:
    """What an answer means: ASK of a question, CANNOT of a reason; all others are what they say."""
    match read_meaning(answer):
        case Question():
            return ASK
        case Cannot():
            return CANNOT
        case _:
            return answer
