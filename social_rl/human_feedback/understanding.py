"""Which language model understands what the grammar does not? The one place that finds it and reads it."""

import functools
from collections.abc import Callable
from pathlib import Path

from agents.language.understanding import Understanding, understand

NO_MODEL = "none"


def model_named(named: str = "") -> Callable[[str], str] | None:
    """A function from people's words to a model's answer; the model is read when it is first asked.

    Args:
        named: a folder, a run or a checkpoint; NO_MODEL is none; "" is the shipped model, whose answer is "" where none
            is shipped.

    Raises:
        ValueError: there is no model where one is named.
    """
    if named == NO_MODEL:
        return None
    if named:
        _find(Path(named))
    return lambda text: _answer(named, text)


def understander(named: str = "") -> Callable[[str], Understanding]:
    """`understand` with the model of `model_named`."""
    model = model_named(named)
    return lambda text: understand(text, model)


def _answer(named: str, text: str) -> str:
    if named:
        path = _find(Path(named))
    else:
        try:
            path = _find(None)
        except ValueError:
            return ""
    return _reader(path)([text])[0]


def _find(path: Path | None) -> Path:
    from social_rl.runs.shipped import find_language_model

    return find_language_model(path)


@functools.cache
def _reader(path: Path) -> Callable[[list[str]], list[str]]:
    from social_rl.human_feedback.listening import reader

    return reader(path)
