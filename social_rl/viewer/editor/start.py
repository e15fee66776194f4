"""What does `social-rl edit` do? It opens the editor on a file, or on a level that the scenario draws."""

from dataclasses import replace

from social_rl.commands.checks import check_screenshot, check_seed
from social_rl.commands.choices import chosen_scenario
from social_rl.commands.edit import Edit
from social_rl.episodes.casting import read_cast
from social_rl.episodes.levels import number_of, read_levels
from social_rl.viewer.editor.model import open_editor
from social_rl.viewer.visits import show_still
from worlds.levels.bank import level_of


def start_edit(command: Edit) -> int:
    """Open the editor; returns the exit status.

    Raises:
        ValueError: an option is wrong, or the file holds no level.
        OSError: the file cannot be read, or there is no display.
    """
    check_seed(command.seed)
    check_screenshot(command.screenshot)
    scenario = chosen_scenario(command.scenario, command.choices)
    read_cast(command.cast, scenario.agents, scenario.cast)

    known = {"cast": command.cast, "seed": command.seed}
    if command.file is None or not command.file.exists():
        if command.level:
            raise ValueError(f"--level {command.level}: say which file it stands in")
        level = level_of(scenario.draw(1, command.seed), 0)
        state = open_editor(level, scenario, command.file, **known)
        return show_still(replace(state, kept=None), command.screenshot)
    named = read_levels(command.file)
    number = number_of(command.level, [name for name, _ in named], command.file) if command.level else 1
    is_alone = len(named) == 1 and command.file.suffix not in (".jsonl", ".parquet")
    state = open_editor(named[number - 1][1], scenario, command.file if is_alone else None, **known)
    return show_still(replace(state, kept=state.draft), command.screenshot)
