"""How do agents learn from experts, from each other and from people? And the command line."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from social_rl.replays.showing import Shown
    from worlds.replay import Replay
    from worlds.scenario import Scenario


def show(replay: "Replay | str | Path", scenario: "Scenario | None" = None) -> "Shown":
    """A replay, or a file of one, as a page that plays it: a notebook shows it, `.save(path)` writes it.

    Args:
        scenario: as `worlds.replay.resimulate` takes it, where the replay is of none of ours.

    Raises:
        ReplayError: it goes otherwise than it went, it cannot be played, or it is too long.
    """
    from social_rl.replays.showing import show as shown

    return shown(replay, scenario)
