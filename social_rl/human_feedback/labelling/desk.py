"""What does the labelling page need of a store? Comparisons for a rater, their clips, and a place for labels."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from social_rl.human_feedback.labelling.answers import Sent
from social_rl.human_feedback.labelling.clips import Clip, clip_of
from social_rl.human_feedback.preferences.comparison import Comparison
from worlds.replay_files import load

DAMAGED = "this clip cannot be shown: its replay is missing or damaged"  # tells nobody whose it is


class Desk(Protocol):
    """Gives comparisons to raters and keeps their labels; many threads call it at once.

    To a page, the `id` of a comparison is a key of 32 hex digits, as its own may tell what is compared.
    """

    def upcoming(self, rater: str) -> Sequence[Comparison]:
        """What a rater may answer next, one of each kind that is left; `shown` is for this rater."""
        ...

    def progress(self, rater: str) -> tuple[int, int]:
        """How many comparisons the rater has answered, repetitions left out, and of how many."""
        ...

    def find(self, key: str) -> Comparison | None:
        """The comparison of a key, None where there is none."""
        ...

    def skip(self, key: str, rater: str) -> None:
        """Do not ask this rater that again, as long as this desk stands; nothing is kept.

        Raises:
            ValueError: there is no such comparison, or a skip is an answer to it, as `SKIPS` says: keep that.
        """
        ...

    def keep(self, sent: Sent, rater: str) -> None:
        """Keep a label: it is on the disk when this returns, and once, however often it is sent.

        Raises:
            ValueError: another label has its id, or it is none of this comparison.
        """
        ...


def key_of(comparison: str) -> str:
    """How a page calls a comparison, 32 hex digits: its id may tell which policies are compared."""
    return hashlib.sha256(comparison.encode()).hexdigest()[:32]


def clip_in(folder: Path, replay: str) -> Clip:
    """The clip of a replay, by its path below the folder of the store.

    Raises:
        ValueError: the path leads out of the folder, or this is no replay that can be shown.
        OSError: the replay cannot be read.
    """
    path = (folder / replay).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError(f"replay {replay!r} is not below {folder}: put it there")
    return clip_of(load(path))
