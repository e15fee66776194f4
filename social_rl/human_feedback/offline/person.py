"""Who talks? A simulated person with hidden needs, patience and character, who shows and tells what they think.

Nobody asks for praise: satisfaction is hidden. What it does to the person's words is all that a log holds: they thank,
correct, repeat themselves, sigh, take over and leave. A few are asked for votes, too.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from social_rl.human_feedback.offline.talks import KINDS, MOST_TURNS, Talk, Turn

NEEDS = ("fetch", "put away", "tell where", "switch", "be quiet")  # each met by the reply of its name
SAYINGS = Path(__file__).with_name("sayings.toml")
VAGUE, TALKATIVE, ERRS = 0.35, 0.4, 0.1  # shares of needs, of persons, of votes
HINTS = 0.7  # share of persons whose first words show their character
THANKS = 0.65  # share of needs met for which a person says thanks
MOST_NEEDS = 3


class Effect(NamedTuple):
    """What a reply does to a person."""

    satisfaction: float
    patience: float
    shown: tuple[str, ...]
    """what the person may show, all alike; "" nothing"""


# What a reply does, by what the person feels of it.
EFFECTS = {
    "met": Effect(1.0, 0.1, ()),
    "wrong": Effect(-1.0, -0.3, ("corrects", "corrects", "repeats", "sighs")),
    "asked well": Effect(0.2, -0.05, ()),
    "asked needlessly": Effect(-0.4, -0.2, ("repeats", "sighs")),
    "soothed": Effect(0.3, 0.15, ()),
    "delayed": Effect(-0.3, -0.15, ("repeats", "repeats", "")),
    "amused": Effect(0.1, -0.03, ("chatter",)),
    "bored": Effect(-0.5, -0.3, ("sighs", "repeats")),
    "sent away": Effect(-2.0, -1.0, ()),
    "parted": Effect(0.5, 0.0, ()),
}
GAVE_UP = -1.0  # satisfaction of a talk that the person leaves with needs unmet


@dataclass
class Person:
    """A person in a talk. Say what `words` holds, reply, and ask for the next."""

    rng: np.random.Generator
    needs: list[str] = field(init=False)
    is_vague: bool = field(init=False)
    is_talkative: bool = field(init=False)
    patience: float = 1.0
    is_cross: bool = False
    request: str = field(init=False)
    words: str = field(init=False)
    satisfaction: float = 0.0
    is_over: bool = False

    def __post_init__(self) -> None:
        needs = self.rng.choice(len(NEEDS), self.rng.integers(1, MOST_NEEDS + 1), replace=False)
        self.needs = [NEEDS[i] for i in needs]
        self.is_talkative = bool(self.rng.random() < TALKATIVE)
        opening = ""
        if self.rng.random() < HINTS:
            opening = _said("opening", "talkative" if self.is_talkative else "brisk", self.rng) + " "
        self.words = opening + self._ask()

    def hear(self, reply: str) -> float:
        """Take in a reply: changes what they say next and whether the talk is over; returns its satisfaction."""
        felt = self._feeling(reply)
        effect = EFFECTS[felt]
        gained = effect.satisfaction
        self.patience = min(1.0, self.patience + effect.patience)
        self.is_cross = felt == "wrong"
        if felt == "parted":
            self._leave("glad")
        elif self.patience <= 0:
            gained += GAVE_UP if self.needs else 0
            self._leave("cross")
        elif not self.needs and felt != "met" and not self.is_talkative:
            self._leave("glad")
        else:
            self._go_on(felt, effect)
        self.satisfaction += gained
        return gained

    def _feeling(self, reply: str) -> str:
        """Which of EFFECTS a reply has."""
        if reply == "goodbye":
            return "sent away" if self.needs else "parted"
        if reply in ("chat", "joke"):
            return "amused" if self.is_talkative else "bored"
        if reply == "explain":
            return "bored"
        if reply == "apologise":
            return "soothed" if self.is_cross else "delayed"
        if not self.needs:
            return "delayed" if reply in ("acknowledge", "be quiet") else "wrong"
        if reply == "ask which":
            return "asked well" if self.is_vague else "asked needlessly"
        if reply == "acknowledge":
            return "delayed"
        return "met" if reply == self.needs[0] else "wrong"

    def _go_on(self, felt: str, effect: Effect) -> None:
        """Say what comes next: what is felt, what is needed, or both."""
        if felt == "met":
            self.needs.pop(0)
            thanks = _said("thanks", "any", self.rng) + " " if self.rng.random() < THANKS else ""
            self.words = thanks + self._ask()
            return
        shown = effect.shown[int(self.rng.integers(len(effect.shown)))] if effect.shown else ""
        if shown == "repeats":
            self.words = self.request
            return
        if felt in ("asked well", "wrong"):
            self.is_vague = False
        said = f"{_said(shown, 'any', self.rng)} " if shown else ""
        self.words = said + self._request()

    def _ask(self) -> str:
        """Begin with the next need."""
        self.is_vague = bool(self.needs) and bool(self.rng.random() < VAGUE)
        return self._request()

    def _request(self) -> str:
        if self.needs:
            self.request = _said("vague" if self.is_vague else "request", self.needs[0], self.rng)
        else:
            self.request = _said("closing", "any", self.rng)
        return self.request

    def _leave(self, how: str) -> None:
        is_robbed = how == "cross" and self.needs and self.rng.random() < 0.6
        said = _said("takes_over", "any", self.rng) + " " if is_robbed else ""
        self.words, self.is_over = said + _said("leaves", how, self.rng), True


@cache
def sayings() -> dict[str, dict[str, tuple[str, ...]]]:
    """What is said, by occasion and kind."""
    found = tomllib.loads(SAYINGS.read_text("utf-8"))
    return {
        occasion: {kind: tuple(text.split("\n")[:-1]) for kind, text in kinds.items()}
        for occasion, kinds in found.items()
    }


def _said(occasion: str, kind: str, rng: np.random.Generator) -> str:
    lines = sayings()[occasion][kind]
    return lines[int(rng.integers(len(lines)))]


# What has been said and replied in each talk so far, in; which kind of reply comes next in each, out.
Replier = Callable[[list[list[Turn]], list[str]], list[str]]


class Held(NamedTuple):
    """Talks that were held, and what they were worth to the persons."""

    talks: list[Talk]
    satisfaction_N: np.ndarray


def hold_talks(replier: Replier, n: int, votes: float, seed: int) -> Held:
    """Let n persons talk with a policy, all at the same time.

    Args:
        votes: share of talks in which the person votes on every reply; they err in a tenth of their votes.
    """
    persons = [Person(child) for child in np.random.default_rng(seed).spawn(n)]
    rng = np.random.default_rng([seed, 1])
    is_asked = rng.random(n) < votes
    talks: list[list[Turn]] = [[] for _ in range(n)]
    for _ in range(MOST_TURNS):
        left = [i for i in range(n) if not persons[i].is_over]
        if not left:
            break
        replies = replier([talks[i] for i in left], [persons[i].words for i in left])
        for i, reply in zip(left, replies, strict=True):
            said, gained = persons[i].words, persons[i].hear(reply)
            talks[i].append(Turn(said, reply, persons[i].words, _vote(gained, rng) if is_asked[i] else 0))
    done = [Talk(tuple(talks[i]), persons[i].is_over, False) for i in range(n)]
    return Held(done, np.array([person.satisfaction for person in persons]))


def _vote(gained: float, rng: np.random.Generator) -> int:
    return (1 if gained > 0 else -1) * (-1 if rng.random() < ERRS else 1)


# ---- the policy whose talks are logged ---------------------------------------------------------------------

# How often it does what a request means, and what else it does how often.
SKILL = 0.55
HABITS = {
    "ask which": 0.22, "acknowledge": 0.22, "apologise": 0.10, "chat": 0.18, "fetch": 0.06, "tell where": 0.06,
    "put away": 0.04, "switch": 0.04, "be quiet": 0.02, "goodbye": 0.02, "joke": 0.03, "explain": 0.01,
}  # fmt: skip


def habitual(seed: int) -> Replier:
    """A policy that often understands a request, says goodbye when all is done, and else has habits."""
    rng = np.random.default_rng([seed, 2])
    meant = {line: need for need, lines in sayings()["request"].items() for line in lines}
    meant |= dict.fromkeys(sayings()["closing"]["any"], "goodbye")
    share = np.array([HABITS[kind] for kind in KINDS])

    def one(said: str) -> str:
        known = [need for line, need in meant.items() if said.endswith(line)]
        if known and rng.random() < SKILL:
            return known[0]
        return KINDS[int(rng.choice(len(KINDS), p=share / share.sum()))]

    return lambda talks, words: [one(said) for said in words]
