"""What does `social-rl` do? Read a command and call the file that does the work; bad input is one line."""

import io
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import version
from typing import Annotated

import tyro
from tyro.conf import OmitArgPrefixes, OmitSubcommandPrefixes, subcommand

from social_rl.commands.bench import Bench
from social_rl.commands.browse import Browse
from social_rl.commands.curves import Curves
from social_rl.commands.demonstrations.demonstrations import Demonstrations
from social_rl.commands.demonstrations.tabular import Tabular
from social_rl.commands.demonstrations.transfer import Transfer
from social_rl.commands.design import Design, Show
from social_rl.commands.doctor import Doctor
from social_rl.commands.edit import Edit
from social_rl.commands.evaluate import Evaluate
from social_rl.commands.export import Export
from social_rl.commands.guess import Guess
from social_rl.commands.label import Label
from social_rl.commands.parse import Parse
from social_rl.commands.play import Play
from social_rl.commands.replay import Check, Page, Replay, View
from social_rl.commands.rlhf.clips import Clips
from social_rl.commands.rlhf.compare import Compare
from social_rl.commands.rlhf.direct import Direct
from social_rl.commands.rlhf.export import ExportStore
from social_rl.commands.rlhf.mind import TuneMind
from social_rl.commands.rlhf.offline import Offline
from social_rl.commands.rlhf.ppo import Ppo
from social_rl.commands.rlhf.quickstart import Quickstart
from social_rl.commands.rlhf.reward import CheckReward, Reward
from social_rl.commands.rlhf.rlhf import Rlhf
from social_rl.commands.rlhf.sft import Sft
from social_rl.commands.rlhf.tutor import Tutor
from social_rl.commands.rlhf.understand import Understand
from social_rl.commands.run import Run
from social_rl.commands.scenarios import Scenarios
from social_rl.commands.schelling import Schelling
from social_rl.commands.social import Social
from social_rl.commands.splits import Splits
from social_rl.commands.streams import patient_streams
from social_rl.commands.sweep import Sweep
from social_rl.commands.train import Train
from social_rl.commands.training import Trainings
from social_rl.commands.words import Words
from social_rl.runs.memory import keep_memory

__all__ = [
    "Bench", "Browse", "Curves", "Demonstrations", "Design", "Doctor", "Edit", "Evaluate", "Export", "Guess", "Label",
    "Parse", "Play", "Replay", "Rlhf", "Run", "Scenarios", "Schelling", "Splits", "Sweep", "Trainings", "Words", "main",
]  # fmt: skip

Command = (
    Annotated[Run, subcommand("run")]
    | Annotated[Play, subcommand("play")]
    | Annotated[Edit, subcommand("edit")]
    | Annotated[Browse, subcommand("browse")]
    | Annotated[Replay, subcommand("replay")]
    | Annotated[Trainings, subcommand("train")]
    | Annotated[Design, subcommand("design")]
    | Annotated[Evaluate, subcommand("evaluate")]
    | Annotated[Sweep, subcommand("sweep")]
    | Annotated[Export, subcommand("export")]
    | Annotated[Curves, subcommand("curves")]
    | Annotated[Guess, subcommand("guess")]
    | Annotated[Demonstrations, subcommand("demonstrations")]
    | Annotated[Parse, subcommand("parse")]
    | Annotated[Rlhf, subcommand("rlhf")]
    | Annotated[Label, subcommand("label")]
    | Annotated[Words, subcommand("words")]
    | Annotated[Scenarios, subcommand("scenarios")]
    | Annotated[Schelling, subcommand("schelling")]
    | Annotated[Splits, subcommand("splits")]
    | Annotated[Bench, subcommand("bench")]
    | Annotated[Doctor, subcommand("doctor")]
)
DESCRIPTION = "Social, language-conditioned reinforcement learning in grid-world houses."
FLAT = (OmitArgPrefixes, OmitSubcommandPrefixes)  # --capacity, and not --method.buffer.capacity
WRONG, STOPPED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command; returns the exit status: 0, 1 where a check failed, 2 for bad input.

    SOCIAL_RL_TRACEBACK=1 shows where an error was raised.
    """
    keep_memory()
    with patient_streams():
        return _main(list(sys.argv[1:] if arguments is None else arguments))


def _main(given: Sequence[str]) -> int:
    if list(given) == ["--version"]:
        print(f"social-rl {version('social-rl')}")
        return 0
    command = _read(given)
    try:
        return carry_out(command)
    except KeyboardInterrupt:
        print("social-rl: stopped", file=sys.stderr)
        return STOPPED
    except (ValueError, OSError, ImportError) as error:
        if os.environ.get("SOCIAL_RL_TRACEBACK") == "1":
            raise
        print(f"social-rl: {error}", file=sys.stderr)
        return WRONG


def _read(given: Sequence[str]) -> object:
    return tyro.cli(Command, prog="social-rl", description=DESCRIPTION, args=list(given), config=FLAT)


def read_command(words: Sequence[str]) -> object:
    """A command of ours, and nothing printed.

    Raises:
        ValueError: these words are none: says what is wrong with them.
    """
    with redirect_stderr(io.StringIO()) as said, redirect_stdout(said):
        try:
            return _read(words)
        except SystemExit:
            told = " ".join(part for line in said.getvalue().splitlines() if (part := line.strip("╭─╮│╰╯ ")))
            raise ValueError(f"social-rl {' '.join(words)}: {told}") from None


def carry_out(command: object) -> int:
    """Import what a command needs, and nothing more."""
    match command:
        case Run():
            from social_rl.episodes.run import run

            return run(command)
        case Play():
            from social_rl.viewer.start import start_play

            return start_play(command)
        case Edit():
            from social_rl.viewer.editor.start import start_edit

            return start_edit(command)
        case Browse():
            from social_rl.viewer.gallery.start import start_browse

            return start_browse(command)
        case Replay(Check() as asked):
            from social_rl.replays.checking import check_files

            return check_files(asked)
        case Replay(View() as asked):
            from social_rl.replays.start import write_view

            return write_view(asked)
        case Replay(Page() as asked):
            from social_rl.replays.start import write_page

            return write_page(asked)
        case Trainings(command=Social() as asked):
            from social_rl.training.start_social import train_social

            return train_social(asked)
        case Trainings(command=Train() as asked):
            from social_rl.training.train import train

            return train(asked)
        case Design(method):
            if isinstance(method, Show):
                from social_rl.reports.gallery import show

                return show(method)
            from social_rl.design.design import design

            return design(method)
        case Evaluate(cast=(_, *_), suite="instructions" | "houses" | "mazes" | "orders"):
            raise ValueError(f"--cast is for --suite social: leave it out of --suite {command.suite}")
        case Evaluate(suite="houses"):
            from social_rl.evaluation.handmade import evaluate_houses

            return evaluate_houses(command)
        case Evaluate(suite="social"):
            from social_rl.evaluation.social import evaluate_social

            return evaluate_social(command)
        case Evaluate(suite="orders"):
            from social_rl.evaluation.orders import evaluate_orders

            return evaluate_orders(command)
        case Evaluate(suite="mazes"):
            from social_rl.evaluation.mazes import evaluate_mazes

            return evaluate_mazes(command)
        case Evaluate():
            from social_rl.evaluation.evaluate import evaluate

            return evaluate(command)
        case Sweep():
            from social_rl.sweeps.sweep import sweep

            return sweep(command, read_command)
        case Export():
            from social_rl.runs.export import export

            return export(command)
        case Curves():
            from social_rl.reports.curves import curves

            return curves(command)
        case Guess():
            from social_rl.evaluation.guessing import guess

            return guess(command)
        case Demonstrations(Tabular() as asked):
            from social_rl.demonstrations.tabular_study import tabular

            return tabular(asked)
        case Demonstrations(Transfer() as asked):
            from social_rl.demonstrations.transfer import transfer

            return transfer(asked)
        case Parse():
            from social_rl.explain import explain_text

            return explain_text(command)
        case Rlhf(Offline() as asked):
            from social_rl.human_feedback.offline.compare import offline

            return offline(asked)
        case Rlhf(Sft() as asked):
            from social_rl.human_feedback.sft import sft

            return sft(asked)
        case Rlhf(Quickstart() as asked):
            from social_rl.human_feedback.quickstart import quickstart

            return quickstart(asked)
        case Rlhf(Reward() as asked):
            from social_rl.human_feedback.reward.start import reward

            return reward(asked)
        case Rlhf(CheckReward() as asked):
            from social_rl.human_feedback.reward.start import check_reward

            return check_reward(asked)
        case Rlhf(Direct() as asked):
            from social_rl.human_feedback.tuning.direct_start import direct

            return direct(asked)
        case Rlhf(Compare() as asked):
            from social_rl.human_feedback.tuning.comparing import compare

            return compare(asked)
        case Rlhf(Ppo() as asked):
            from social_rl.human_feedback.tuning.start import ppo

            return ppo(asked)
        case Rlhf(Clips() as asked):
            from social_rl.human_feedback.behaviour.start import clips

            return clips(asked)
        case Rlhf(TuneMind() as asked):
            from social_rl.human_feedback.behaviour.tune import mind

            return mind(asked)
        case Rlhf(Tutor() as asked):
            from social_rl.human_feedback.tutor.compare import tutor

            return tutor(asked)
        case Rlhf(Understand() as asked):
            from social_rl.human_feedback.understand import understand

            return understand(asked)
        case Rlhf(ExportStore() as asked):
            from social_rl.human_feedback.preferences.interchange import exchange

            return exchange(asked)
        case Rlhf():
            from social_rl.human_feedback.understand import count_wordings

            return count_wordings()
        case Label(web=True):
            from social_rl.human_feedback.labelling.serve import label

            return label(command)
        case Label():
            from social_rl.viewer.labelling.window import label

            return label(command)
        case Words():
            from social_rl.sayings import list_words

            return list_words()
        case Splits():
            from social_rl.sayings import list_splits

            return list_splits()
        case Scenarios():
            from social_rl.commands.choices import list_scenarios

            return list_scenarios()
        case Schelling():
            from social_rl.reports.schelling import schelling

            return schelling(command)
        case Bench(subject="viewer"):
            from social_rl.bench.bench import tell
            from social_rl.viewer.speed import measure_viewer, report

            return tell(command, measure_viewer, report)
        case Bench():
            from social_rl.bench.bench import bench

            return bench(command)
        case Doctor():
            from social_rl.doctor import doctor

            return doctor()
        case _:
            raise AssertionError(f"no file does the work of {type(command).__name__}")


if __name__ == "__main__":
    sys.exit(main())
