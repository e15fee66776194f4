"""What is each reply of a logged talk rewarded with? Talks in, one number for each turn out; a table.

Implicit feedback is read from the person's words alone. The rewards of length count tokens, turns, or whole talks: the
last is placed on the second-to-last turn, and the last turn gets none, because the person chose to leave after it, as
in Way Off-Policy (arXiv 1907.00456, its code). The discount between turns is the learner's.
"""

from collections.abc import Callable, Sequence

import numpy as np

from social_rl.human_feedback.offline.sentiment import Classifier, sentiment, signals
from social_rl.human_feedback.offline.talks import REPLIES, Talk

WORTH = {"thanks": 1.0, "corrects": -1.0, "repeats": -0.5, "sighs": -0.7, "takes_over": -1.0, "leaves": 0.0}
SHORT = 10  # tokens, or turns, that are rewarded with 1

Reward = Callable[[Sequence[Talk]], list[np.ndarray]]


def by_lexicon(talks: Sequence[Talk]) -> list[np.ndarray]:
    """How the answer to a reply is taken, by the lexicon; -1 to 1."""
    return [np.array([sentiment(turn.answered) for turn in talk.turns]) for talk in talks]


def by_classifier(talks: Sequence[Talk]) -> list[np.ndarray]:
    """How the answer to a reply is taken, by the classifier; -1 to 1."""
    classifier = Classifier()
    return [classifier.sentiment([turn.answered for turn in talk.turns]) for talk in talks]


def by_signals(talks: Sequence[Talk]) -> list[np.ndarray]:
    """What the signals in the answer to a reply are worth together."""
    return [np.array([sum(WORTH[s] for s in signals(turn)) for turn in talk.turns]) for talk in talks]


def by_thanks(talks: Sequence[Talk]) -> list[np.ndarray]:
    """1 for a reply that is thanked for."""
    return [np.array([float("thanks" in signals(turn)) for turn in talk.turns]) for talk in talks]


def by_votes(talks: Sequence[Talk]) -> list[np.ndarray]:
    """The vote on a reply; 0 in talks in which nobody was asked for any."""
    return [np.array([float(turn.vote) for turn in talk.turns]) for talk in talks]


def by_both(talks: Sequence[Talk]) -> list[np.ndarray]:
    """Signals and votes."""
    return [a + b for a, b in zip(by_signals(talks), by_votes(talks), strict=True)]


def by_tokens(talks: Sequence[Talk]) -> list[np.ndarray]:
    """The length of a reply, in tens of tokens."""
    return [np.array([REPLIES[turn.reply] / SHORT for turn in talk.turns]) for talk in talks]


def by_turns(talks: Sequence[Talk]) -> list[np.ndarray]:
    """A tenth for every turn after which the person stayed; 0 for the last one of a talk that is over."""
    found = [np.full(len(talk.turns), 1 / SHORT) for talk in talks]
    for reward_T, talk in zip(found, talks, strict=True):
        reward_T[-1] *= not talk.is_over
    return found


def by_talk(talks: Sequence[Talk]) -> list[np.ndarray]:
    """The length of the talk, in tens of turns, on its second-to-last turn; 0 elsewhere."""
    found = [np.zeros(len(talk.turns)) for talk in talks]
    for reward_T in found:
        if len(reward_T) > 1:
            reward_T[-2] = len(reward_T) / SHORT
    return found


REWARDS: dict[str, Reward] = {
    "sentiment": by_lexicon, "classifier": by_classifier, "signals": by_signals, "thanks": by_thanks,
    "votes": by_votes, "both": by_both, "tokens": by_tokens, "turns": by_turns, "talk": by_talk,
}  # fmt: skip
