"""What does a policy of talk see? The words of the last two sayings, the last two replies, and how long the talk is."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from social_rl.human_feedback.offline.sentiment import words_of
from social_rl.human_feedback.offline.talks import KINDS, MOST_TURNS, Talk, Turn

RARE = 2  # words that a log holds less often are not read
BACK = 2  # sayings, and replies, that are seen


class Batch(NamedTuple):
    """Logged turns, one after another through all talks."""

    state_NX: np.ndarray
    """what was seen before the reply"""
    action_N: np.ndarray
    """which of KINDS it was"""
    next_NX: np.ndarray
    """what was seen after the answer to it"""
    over_N: np.ndarray
    """bool: the person ended the talk there; a talk that was cut is not over"""


def vocabulary_of(talks: Sequence[Talk]) -> dict[str, int]:
    """The words of a log that are read, and their places."""
    counts = Counter(word for talk in talks for turn in talk.turns for word in words_of(turn.said))
    return {word: i for i, word in enumerate(sorted(w for w, n in counts.items() if n >= RARE))}


def seen(turns: Sequence[Turn], said: str, vocabulary: dict[str, int]) -> np.ndarray:
    """What is seen where `said` was said after some turns: numbers from 0 to 1, [X]."""
    words, kinds = len(vocabulary), len(KINDS)
    seen_X = np.zeros(BACK * (words + kinds) + 1, np.float32)
    sayings = [said, *(turn.said for turn in turns[: -BACK - 1 : -1])][:BACK]
    for back, saying in enumerate(sayings):
        known = [vocabulary[word] for word in words_of(saying) if word in vocabulary]
        seen_X[back * words + np.array(known, int)] = 1
    for back, turn in enumerate(turns[: -BACK - 1 : -1]):
        seen_X[BACK * words + back * kinds + KINDS.index(turn.reply)] = 1
    seen_X[-1] = len(turns) / MOST_TURNS
    return seen_X


def batch_of(talks: Sequence[Talk], vocabulary: dict[str, int]) -> Batch:
    """The turns of a log as arrays."""
    states, actions, nexts, overs = [], [], [], []
    for talk in talks:
        for t, turn in enumerate(talk.turns):
            states.append(seen(talk.turns[:t], turn.said, vocabulary))
            actions.append(KINDS.index(turn.reply))
            nexts.append(seen(talk.turns[: t + 1], turn.answered, vocabulary))
            overs.append(talk.is_over and t == len(talk.turns) - 1)
    return Batch(np.stack(states), np.array(actions), np.stack(nexts), np.array(overs))
