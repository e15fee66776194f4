"""What is kept of what a person types to agents? Talks as `social-rl rlhf offline` reads them, a line each.

A reply is one of the kinds of `REPLIES`. An agent replies by its words, where it has some; else by what it is told to
do and goes about. Words that the window refuses are replied to by the refusal. What is typed last, and replied to by
nobody, is the answer to the reply before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from agents.language.talk import TAKEN
from social_rl.human_feedback.offline.talks import MOST_TURNS, Talk, Turn, append_talks, read_talks
from worlds.goal import (
    BRING,
    CLOSE_IT,
    GIVE,
    OPEN_IT,
    PICK_UP,
    PUT_DOWN,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    SWITCH_OFF,
    SWITCH_ON,
    Goal,
)
from worlds.language.instructions import InstructionError, parse

ASKS, EXPLAINS, SILENT, AGREES = "ask which", "explain", "be quiet", "acknowledge"
BY_VERB: Mapping[int, str] = {
    **dict.fromkeys((PICK_UP, BRING, GIVE), "fetch"),
    **dict.fromkeys((PUT_DOWN, PUT_ON, PUT_IN, PUT_NEXT), "put away"),
    **dict.fromkeys((SWITCH_ON, SWITCH_OFF, OPEN_IT, CLOSE_IT), "switch"),
}


class Saying(NamedTuple):
    """What the person said to an agent, and the kind of its reply; "" none yet."""

    words: str
    reply: str


@dataclass
class TalkLog:
    """Talks that go on, by agent, and those that are to be written."""

    path: Path
    sayings: dict[str, list[Saying]] = field(default_factory=dict)
    finished: list[Talk] = field(default_factory=list)


def open_log(path: Path) -> TalkLog:
    """A log that is added to, or begun.

    Raises:
        ValueError: the file is no log of talks.
        OSError: it cannot be read.
    """
    if path.exists():
        read_talks(path)
    return TalkLog(path)


def said(log: TalkLog | None, agent: str, words: str, reply: str = "") -> None:
    """The person said something to an agent, and had this kind of reply at once, or none yet."""
    if log is not None:
        log.sayings.setdefault(agent, []).append(Saying(words, reply))


def replied(log: TalkLog | None, agent: str, words: str) -> None:
    """An agent replied in words to what the person said last."""
    if log is not None and log.sayings.get(agent):
        log.sayings[agent][-1] = log.sayings[agent][-1]._replace(reply=reply_in(words))


def end_talks(log: TalkLog | None, is_over: bool) -> None:
    """Write the talks that went on; `is_over`: the person ended them, else they were cut.

    Raises:
        OSError: they cannot be written; they are kept, to be written with the next ones.
    """
    if log is None:
        return
    for sayings in log.sayings.values():
        log.finished += talks_of(sayings, is_over)
    log.sayings.clear()
    if log.finished:
        append_talks(log.path, log.finished)
        log.finished.clear()


def talks_of(sayings: list[Saying], is_over: bool) -> list[Talk]:
    """What was said to one agent, in talks of at most `MOST_TURNS` turns; those before the last one were cut."""
    after = [*(saying.words for saying in sayings[1:]), ""]
    turns = [
        Turn(saying.words, saying.reply or SILENT, answered, 0)
        for saying, answered in zip(sayings, after, strict=True)
    ]
    if len(turns) > 1 and not sayings[-1].reply:
        turns.pop()
    parts = [tuple(turns[i : i + MOST_TURNS]) for i in range(0, len(turns), MOST_TURNS)]
    return [Talk(part, is_over and part is parts[-1], is_human=True) for part in parts]


def reply_in(words: str) -> str:
    """The kind of a reply that was given in words."""
    if words.startswith(TAKEN):
        try:
            return reply_by(parse(words.removeprefix(TAKEN)))
        except InstructionError:
            return AGREES
    return ASKS if words.endswith("?") else EXPLAINS


def reply_by(goal: Goal) -> str:
    """The kind of a reply that is to go about a goal."""
    return BY_VERB.get(goal.clauses[0].verb, AGREES) if goal.clauses else AGREES
