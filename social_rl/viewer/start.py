"""What does `social-rl play` do? It opens the window on new episodes, or on one that was recorded."""

import sys
from typing import Any

from social_rl.commands.checks import check_play
from social_rl.commands.choices import chosen_scenario
from social_rl.commands.play import Play
from social_rl.episodes.casting import policies_of, read_cast
from social_rl.episodes.levels import with_levels
from social_rl.human_feedback.understanding import understander
from worlds.scenario import Scenario


def start_play(command: Play) -> int:
    """Open the window, without options on the first screen; returns the exit status.

    Raises:
        ValueError: an option is wrong, or the replay cannot be played.
    """
    check_play(command)
    if command == Play():  # nothing is said of what is to be seen: one chooses in the window
        from social_rl.viewer.casting.model import open_start
        from social_rl.viewer.visits import show_still

        return show_still(open_start())
    return _play_new(command) if command.replay is None else _play_again(command)


def _play_new(command: Play) -> int:
    chosen = chosen_scenario(command.scenario, command.choices)
    scenario = with_levels(chosen, command.levels, command.level)
    cast = read_cast(command.cast, scenario.agents, scenario.cast)
    if command.beside:
        return _play_beside(command, scenario, cast)
    from social_rl.viewer.visits import visit_from_viewer  # pygame: not before everything was checked
    from social_rl.viewer.window import play

    return play(
        scenario, policies_of(cast, command.seed), seed=command.seed, instructions=command.instruction,
        understand=understander(), log_talk=command.log_talk, visit=visit_from_viewer,
        **_shown(command),
    )  # fmt: skip


def _play_beside(command: Play, scenario: Scenario, cast: dict[str, str]) -> int:
    from social_rl.viewer.beside.model import open_beside
    from social_rl.viewer.beside.start import cast_beside, show_beside
    from social_rl.viewer.model import open_state

    other = cast_beside(command.cast, command.beside, scenario)
    known = {"seed": command.seed, "instructions": command.instruction}
    left, right = (open_state(scenario, policies_of(who, command.seed), **known) for who in (cast, other))
    state = open_beside(left, right)
    state.fps = float(command.fps)
    return show_beside(state, command.screenshot, command.frames, command.record)


def _play_again(command: Play) -> int:
    from social_rl.replays.casting import cast_of
    from social_rl.viewer.visits import visit_from_viewer
    from social_rl.viewer.window import play_replay
    from worlds.replay import scenario_of
    from worlds.replay_files import load

    assert command.replay is not None
    replay = load(command.replay)
    scenario = scenario_of(replay, lambda: chosen_scenario(command.scenario, command.choices))
    policies, remarks = cast_of(replay, scenario.agents, command.cast, command.seed)
    for remark in remarks:
        print(remark, file=sys.stderr)
    return play_replay(
        replay, policies, scenario, understand=understander(), visit=visit_from_viewer, **_shown(command)
    )


def _shown(command: Play) -> dict[str, Any]:
    """How it is shown, as `open_on` takes it."""
    return {name: getattr(command, name) for name in ("tile", "fps", "record", "screenshot", "frames")}
