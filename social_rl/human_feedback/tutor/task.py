"""What is a sequence task: data to learn a style from, and rules that reward what the data does not teach?"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

NEVER = -1  # the end token of a task whose sequences all have the same length

# Whole sequences in, tokens [B, T]; what a rule gives for each token, which depends on it and on what came before.
Rule = Callable[[np.ndarray], np.ndarray]


class Task(NamedTuple):
    """Sequences of tokens with a style and with rules."""

    name: str
    tokens: tuple[str, ...]
    """what each token means"""
    length: int
    """tokens of a sequence at most"""
    end: int
    """the token that ends a sequence early, NEVER where there is none"""
    is_over_at_length: bool
    """whether a sequence is over at `length` (terminated), or only cut there (truncated)"""
    data: Callable[[int, np.random.Generator], np.ndarray]
    """draws so many sequences of the style, [N, T]; after its end a sequence holds `end`"""
    rules: Mapping[str, Rule]
    """what is rewarded, by name"""
    statistics: Callable[[np.ndarray], dict[str, float]]
    """shares and means over sequences [B, T]"""
    breaks: str
    """the statistic that says how often the rules are broken"""


def real_tokens(token_BT: np.ndarray, end: int) -> np.ndarray:
    """Which tokens belong to their sequence: all up to its first end token, that one included; bool [B, T]."""
    is_end_BT = token_BT == end
    return np.cumsum(is_end_BT, 1) - is_end_BT == 0


def ended(token_BT: np.ndarray, task: Task) -> np.ndarray:
    """At which tokens a sequence is over, so that nothing follows from which a value could come; bool [B, T].

    A sequence that is cut at its full length is not over: its value goes on.
    """
    over_BT = (token_BT == task.end) & real_tokens(token_BT, task.end)
    if task.is_over_at_length and token_BT.shape[1] == task.length:
        over_BT[:, -1] |= real_tokens(token_BT, task.end)[:, -1]
    return over_BT


def rewards(task: Task, token_BT: np.ndarray) -> np.ndarray:
    """The sum of what all rules give, float32 [B, T]; 0 after the end of a sequence."""
    total_BT = np.sum([rule(token_BT) for rule in task.rules.values()], axis=0)
    return np.where(real_tokens(token_BT, task.end), total_BT, 0).astype(np.float32)
