"""What does `social-rl browse` do? It opens the gallery on a run of design, or on its curriculum."""

from pathlib import Path

from adversarial_design.curriculum import read_curriculum
from social_rl.commands.browse import Browse
from social_rl.commands.checks import check_screenshot, check_seed
from social_rl.commands.choices import chosen_scenario
from social_rl.design.designers import grid_of
from social_rl.episodes.casting import read_cast
from social_rl.reports.gallery import world_of
from social_rl.runs.run_folder import CONFIG, checkpoints_of
from social_rl.viewer.gallery.model import CURRICULUM, open_gallery
from social_rl.viewer.visits import show_still
from worlds.scenario import Scenario


def start_browse(command: Browse) -> int:
    """Open the gallery of a run; returns the exit status.

    Raises:
        ValueError: an option is wrong, or there is no curriculum.
        OSError: a file cannot be read, or there is no display.
    """
    check_seed(command.seed)
    check_screenshot(command.screenshot)
    run = command.run if command.run.is_dir() else command.run.parent
    path = run / CURRICULUM if command.run.is_dir() else command.run
    if not path.exists():
        raise ValueError(
            f"{command.run} has no curriculum.jsonl: it is no run of design, or nothing was saved yet"
        )
    scenario = _scenario_of(run, path)
    cast = command.cast
    if not cast and checkpoints_of(run):
        cast = tuple(f"{name.lower()}=mind:{run}" for name in scenario.agents)
    read_cast(cast, scenario.agents, scenario.cast)

    return show_still(open_gallery(path, scenario, cast=cast, seed=command.seed), command.screenshot)


def _scenario_of(run: Path, path: Path) -> Scenario:
    """The scenario in which the levels of a run are played; of a curriculum by itself, by the kind of its levels."""
    if (run / CONFIG).exists():
        world, view = world_of(run)
        return grid_of(world, view).scenario
    kind = next(iter(read_curriculum(path)), {}).get("kind", "house")
    return chosen_scenario("maze" if kind.startswith("maze") else "house", ())
