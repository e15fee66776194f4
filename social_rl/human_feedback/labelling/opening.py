"""Which store do people label, who are they, and where are its replays? What the page and the window open alike."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from social_rl.commands.label import Label

if TYPE_CHECKING:
    from social_rl.human_feedback.labelling.stored import StoreDesk

_RATER = re.compile(r"[A-Za-z0-9._-]{1,40}")


def check_raters(command: Label) -> None:
    """Raise a ValueError unless each rater has a name that can be kept, once."""
    if not command.rater or len(set(command.rater)) < len(command.rater):
        raise ValueError(f"--rater is {' '.join(command.rater) or 'empty'}: name each rater once")
    for rater in command.rater:
        if not _RATER.fullmatch(rater):
            raise ValueError(
                f"--rater {rater!r}: a name has 1 to 40 letters, digits, dots, dashes and underlines"
            )


def folder_of(command: Label) -> Path:
    """The folder of the store, below which replays are."""
    if command.replays is not None:
        folder = command.replays
    elif "://" in command.store and not command.store.startswith("sqlite:///"):
        raise ValueError(
            "--replays is needed beside a store that is no file: name the folder with its replays"
        )
    else:
        folder = Path(command.store.removeprefix("sqlite:///")).parent
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder: name the store in it, or its replays by --replays")
    return folder


def desk_of(command: Label) -> "StoreDesk":
    """The desk of the store that a command names.

    Raises:
        ValueError: there is no such store, or a rater of the command is a synthetic one there.
        OSError: the database cannot be reached.
    """
    from social_rl.human_feedback.labelling.stored import StoreDesk
    from social_rl.human_feedback.preferences.store import existing_store

    store = existing_store(command.store)
    synthetic = {one.rater for one in store.labels(human=False).values()} & {*command.rater}
    if synthetic:
        raise ValueError(
            f"--rater {min(synthetic)} is a synthetic rater of this store: name a person otherwise"
        )
    return StoreDesk(store)
