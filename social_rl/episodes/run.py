"""How does a cast do in a scenario? Play episodes, report each agent, and record what it looked like."""

import shlex
from collections.abc import Iterator
from typing import Any

import numpy as np
from rich.console import Console

from agents.types import Cast, Policy, is_privileged
from social_rl.commands.checks import (
    check_counts,
    check_file,
    check_film,
    check_folder,
    check_picture,
    check_seed,
    write_json,
)
from social_rl.commands.choices import chosen_scenario
from social_rl.commands.run import Run
from social_rl.episodes.casting import named_scripts, policies_of, read_cast
from social_rl.episodes.instructed import draw_levels, optimal_acts
from social_rl.episodes.levels import with_levels
from social_rl.episodes.playing import Episodes, nobody, play_episodes
from social_rl.replays.recording import Recording
from social_rl.reports.film import Reel, film
from social_rl.reports.summary import Report, report_of, report_record
from social_rl.reports.tables import mean_text, notes, scores_table
from social_rl.runs.progress import Meter, progress
from social_rl.runs.provenance import origin
from social_rl.runs.threads import set_threads
from worlds.checks import count
from worlds.render.video import write_video
from worlds.simulator import DISABLED, Simulator

MOST_LEVELS = 4096  # beyond, episodes begin with the first levels again
FILMED = 6  # episodes in a video
MOST_WIDTH = 8192  # pixels of its pictures


def run(command: Run) -> int:
    """Play, print, write and record as the command says.

    Raises:
        ValueError: an option is wrong.
    """
    check(command)
    set_threads(command.threads)
    chosen = chosen_scenario(command.scenario, command.choices)
    scenario = with_levels(chosen, command.levels, command.level)
    cast = named_scripts(read_cast(command.cast, scenario.agents, scenario.cast), scenario)
    console = Console(highlight=False, soft_wrap=True)
    roles = ", ".join(f"{name} {policy}" for name, policy in cast.items())
    console.print(f"{scenario.name}, seed {command.seed}: {count(command.episodes, 'episode')}; {roles}")
    bank = draw_levels(scenario, min(command.episodes, MOST_LEVELS), command.seed, command.instruction)
    worlds = min(command.worlds, command.episodes)
    sim = Simulator(scenario, worlds, bank=bank, seed=command.seed, autoreset=DISABLED)
    if command.video:
        check_width(command.tile, sim.sizes.side)
    reel = Reel(FILMED if command.video else 0, command.video_frames)
    policies = policies_of(cast, command.seed)
    recording = Recording(sim, cast, command.record) if command.record else None
    with progress(console, "episodes", command.episodes) as meter:
        episodes = play(sim, policies, command, meter, reel, recording)
    privileged = [name for name, policy in policies.items() if is_privileged(policy)]
    optimum = optimal_acts(scenario, bank)
    report = report_of(episodes, sim.bank.goal, optimum, cast, privileged, scenario.shared_goal)
    if command.json:
        write_json(command.json, record_of(command, worlds, report, meter))
    show(console, report, meter, levels=bank.step_limit.shape[0])
    if command.json:
        console.print(f"Wrote {command.json}")
    if command.video:
        write_film(console, command, reel, scenario.roles)
    if recording is not None:
        console.print(f"Wrote {count(recording.written, 'replay')} to {command.record}")
    console.print(f"Next: {next_command(command)}")
    return 0


def write_film(console: Console, command: Run, reel: Reel, roles: tuple[str, ...]) -> None:
    """Draw and write what was recorded, and say how much of it there is."""
    assert command.video is not None
    frames = len(reel.shots)

    def counted() -> Iterator[np.ndarray]:
        for picture in film(reel.shots, command.tile, command.trails, roles):
            yield picture
            meter.advance(1, 1)

    with progress(console, "frames", frames, "frames") as meter:
        write_video(command.video, counted(), command.fps)
    size = command.video.stat().st_size / 1e6
    whole = count(FILMED - reel.episodes_left, "whole episode")
    console.print(
        f"Wrote {command.video}: {count(frames, 'frame')}, {size:.1f} MB, {whole} of the first world"
    )
    if reel.is_cut:
        console.print(
            f"The film stops there: --video-frames is {command.video_frames}; give more for a longer one."
        )


def play(
    sim: Simulator, policies: dict[str, Policy], command: Run, meter: Meter, reel: Reel,
    recording: Recording | None = None,
) -> Episodes:  # fmt: skip
    """Play all episodes of a command."""

    def watch(ended_W: np.ndarray) -> None:
        if recording is not None:
            recording.end(ended_W)
        reel.shoot(sim.state, bool(ended_W[0]))
        meter.advance(int(ended_W.sum()), int(sim.state.active.sum()))

    players = Cast(sim, policies)
    return play_episodes(sim, command.episodes, players.act, watch, recording.begin if recording else nobody)


def show(console: Console, report: Report, meter: Meter, levels: int) -> None:
    """Print what came out."""
    console.print(f"{meter.steps:,} agent steps in {meter.seconds:.1f} s: {meter.speed}\n")
    console.print(scores_table(report))
    if len(report.agents) > 1:
        together = mean_text(report.together.returns, 2)
        console.print(f"together  return {together}, equality {mean_text(report.together.equality, 2)}")
    console.print()
    for note in notes(report):
        console.print(note, style="dim")
    if levels < meter.done:
        played = f"{count(levels, 'level')} in {count(meter.done, 'episode')}"
        console.print(f"Levels were played more than once: {played}.", style="dim")


def record_of(command: Run, worlds: int, report: Report, meter: Meter) -> dict[str, Any]:
    """What came out and how, for JSON."""
    return report_record(report) | {
        "settings": {
            "scenario": command.scenario,
            "choices": list(command.choices),
            "levels": str(command.levels or ""),
            "level": command.level,
            "cast": {agent.name: agent.policy for agent in report.agents},
            "instruction": list(command.instruction),
            "worlds": worlds,
            "episodes": command.episodes,
            "seed": command.seed,
        },
        "seconds": meter.seconds,
        "agent_steps": meter.steps,
        **origin(),
    }


def next_command(command: Run) -> str:
    """A command that shows more of the same."""
    words = ["social-rl", "play", command.scenario]
    for option, values in (("--cast", command.cast), ("--set", command.choices)):
        words += [option, *values] if values else []
    words += ["--instruction", *command.instruction] if command.instruction else []
    words += ["--levels", str(command.levels)] if command.levels else []
    words += ["--level", command.level] if command.level else []
    return shlex.join(words)


def check_width(tile: int, side: int) -> None:
    """Raise a ValueError unless pictures of such houses are small enough to be made."""
    if tile * side > MOST_WIDTH:
        raise ValueError(
            f"--tile {tile}: pictures of {side} cells would be {tile * side} pixels wide, allowed are {MOST_WIDTH}; "
            f"choose {MOST_WIDTH // side} or less"
        )


def check(command: Run) -> None:
    """Raise a ValueError that names the option, before anything is played."""
    check_counts(command, worlds=1, episodes=1, video_frames=1, trails=0)
    check_seed(command.seed)
    check_picture(command.tile, command.fps)
    check_file("--json", command.json)
    check_film("--video", command.video)
    check_folder("--record", command.record)
