"""Do replays go as they went? Each file is played again, step by step, and compared with what was written down."""

from rich.console import Console

from social_rl.commands.replay import Check
from worlds.checks import count
from worlds.replay import ReplayError, check
from worlds.replay_files import load


def check_files(command: Check) -> int:
    """Print for each file whether it goes as it went, or where it does not; returns 1 if one does not."""
    console, wrong = Console(highlight=False, soft_wrap=True), 0
    for path in command.files:
        try:
            replay = load(path)
            found = check(replay)
        except (ReplayError, OSError) as error:
            wrong += 1
            console.print(f"{path}: {error}", markup=False)
            continue
        if found is None:
            who = ", ".join(replay.cast)
            console.print(
                f"{path}: {replay.scenario}, {count(replay.steps, 'step')}, {who}: as it went", markup=False
            )
        else:
            wrong += 1
            console.print(f"{path}: {found}{replay.origin}", markup=False)
    if len(command.files) > 1:
        console.print(
            f"{len(command.files) - wrong} of {count(len(command.files), 'replay')} go as they went"
        )
    return 1 if wrong else 0
