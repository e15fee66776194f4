"""What happens to a world from outside? Acts, messages, words, instructions, take-overs, as data that can be kept."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Acts:
    """A step: what every agent does, as indices of `worlds.state.ACTS`."""

    acts: tuple[int, ...]


@dataclass(frozen=True)
class Say:
    """What an agent says at the next step, in message tokens."""

    agent: int
    tokens: tuple[int, ...]


@dataclass(frozen=True)
class Speak:
    """Somebody says something in words: an agent, by its name, or anybody else, such as "person"."""

    speaker: str
    listener: str
    words: str


@dataclass(frozen=True)
class Instruct:
    """An agent is told something: a new task, or with `task=False` only what to do on the way."""

    agent: int
    words: str
    task: bool = True


@dataclass(frozen=True)
class Rejoin:
    """An agent is in its episode again, and the world lasts at least so many steps more."""

    agent: int
    steps: int


@dataclass(frozen=True)
class TakeOver:
    """Somebody else plays an agent from now on; the world itself does not change."""

    agent: int
    by: str


Event = Acts | Say | Speak | Instruct | Rejoin | TakeOver
