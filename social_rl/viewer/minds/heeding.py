"""Which words did a mind heed when it acted last? Shares of attention, as its reader gave them."""

from typing import NamedTuple

from agents.policies.perception import LearnedMemory
from social_rl.viewer.minds.driving import Driver
from social_rl.viewer.minds.thoughts import mind_in
from worlds.language.grammar import VOCABULARY

NOTHING = "nothing more"  # what is left when all is done


class Heeded(NamedTuple):
    """A word, and the mean share that readers gave to it."""

    word: str
    cells: float  # of those that colour cells
    rest: float  # of those that it takes the rest from


def heeded_by(driver: Driver) -> list[Heeded]:
    """The words that a mind read last, and `NOTHING`; empty without a mind, or before it has acted."""
    mind, memory = mind_in(driver.policy), driver.memory
    if mind is None or not isinstance(memory, LearnedMemory) or memory.stale:
        return []
    tokens = memory.tokens[0] if mind.change_words is None else mind.change_words(memory.tokens[:1])[0]
    words = [VOCABULARY[token] for token in tokens.tolist() if token]
    if not words:
        return []
    readers = mind.network.config.readers
    shares = mind.shares(memory)
    cells, rest = shares[:readers].mean(0).tolist(), shares[readers:].mean(0).tolist()
    return [Heeded(*row) for row in zip([*words, NOTHING], cells, rest, strict=True)]
