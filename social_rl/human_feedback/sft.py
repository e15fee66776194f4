"""What does `social-rl rlhf sft` do? It teaches a language model in a run folder, to its end or until it is stopped."""

import math
import time
from contextlib import ExitStack
from dataclasses import replace

import torch
from rich.console import Console

from agents.language.model.language_model import LanguageModel, ModelConfig
from agents.language.model.tokenizer import FEWEST
from agents.network.precision import Precision
from social_rl.commands.checks import check_counts, check_seed
from social_rl.commands.rlhf.sft import Sft
from social_rl.human_feedback.ahead import other_process
from social_rl.human_feedback.examples import Step, pairs_of, steps_of
from social_rl.human_feedback.fine_tuning import FineTuning, begun, loss_of
from social_rl.human_feedback.listening import LEAST_CONTEXT
from social_rl.human_feedback.sources import read_data
from social_rl.runs.counted import EXAMPLES
from social_rl.runs.lock import hold
from social_rl.runs.loop import Schedule, go_on, opened, restored
from social_rl.runs.resuming import config_json, resumed

RUNS, CLEARLY = 5, 1.1  # of a measurement; how much faster bfloat16 has to be


def sft(command: Sft) -> int:
    """Teach, report, save; returns the exit status.

    Raises:
        ValueError: an option is wrong, or a model or checkpoint cannot be used.
    """
    command, checkpoint = resumed(command)
    check(command)
    console = Console(highlight=False, soft_wrap=True)
    path, lock = command.runs / command.name, None
    with ExitStack() as stack:
        if command.resume is not None:
            lock = hold(path)
            stack.callback(lock.release)
        language_model = begun(command, checkpoint)
        if language_model.context < LEAST_CONTEXT:
            raise ValueError(
                f"--model {command.model} has a context of {language_model.context} tokens, allowed are "
                f"{LEAST_CONTEXT} and more: begin with another model"
            )
        command = replace(command, precision=settled(command, language_model))
        pool = other_process()
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        run = FineTuning(command, language_model, pool)
        if checkpoint is not None:
            restored(run, checkpoint)
            console.print(f"Going on from {checkpoint}")
        folder = opened(command.runs, command.name, config_json(command), lock, checkpoint, EXAMPLES)
        parameters = sum(p.numel() for p in run.learner.parameters)
        console.print(
            f"{path}: {parameters:,} parameters that learn, {run.asked:,} examples, {command.precision}, "
            f"seed {command.seed}"
        )
        schedule = Schedule(command.report, command.evaluate, command.save, command.keep)
        return go_on(run, path, folder, schedule, console)


def settled(command: Sft, language_model: LanguageModel) -> Precision:
    """The precision that was asked for; if that is left to a measurement, the one that is faster on some examples."""
    if command.precision != "auto":
        return command.precision
    torch.set_num_threads(1)
    pairs = pairs_of(read_data(command.data), command.seed, command.batch, 1, 0)
    first = steps_of(language_model, pairs, command.batch, command.workers, command.seed, 0)[0]
    full = _seconds(language_model, first, False, math.inf)
    return "bfloat16" if _seconds(language_model, first, True, full) * CLEARLY < full else "float32"


def _seconds(language_model: LanguageModel, step: Step, is_half: bool, hopeless: float) -> float:
    """The shortest time that forward and backward take; of what is twice as slow as hopeless, the first time."""
    parameters = [p for p in language_model.model.parameters() if p.requires_grad]
    times = []
    for _ in range(RUNS + 1):  # the first one makes ready
        began = time.perf_counter()
        torch.autograd.grad(loss_of(language_model, step[0], is_half)[0], parameters, allow_unused=True)
        times.append(time.perf_counter() - began)
        if len(times) > 1 and times[-1] > 2 * hopeless:
            break
    return min(times[1:])


def check(command: Sft) -> None:
    """Raise a ValueError that names the option, before anything is done."""
    check_counts(
        command,
        examples=1,
        batch=1,
        workers=1,
        lora=0,
        report=1,
        evaluate=0,
        save=1,
        keep=1,
        vocabulary=FEWEST,
    )
    check_counts(command, context=LEAST_CONTEXT, passes=1)
    check_seed(command.seed)
    read_data(command.data)
    if command.workers > command.batch:
        raise ValueError(
            f"--workers is {command.workers}, a batch has {command.batch} examples: take no more"
        )
    for name, most in (("warmup", 1), ("dropout", 0.9), ("weight_decay", 10)):
        if not 0 <= getattr(command, name) <= most:
            raise ValueError(
                f"--{name.replace('_', '-')} is {getattr(command, name)}, allowed are 0 to {most}"
            )
    for name in ("learning_rate", "last_learning_rate"):
        if not 0 <= getattr(command, name) < float("inf"):
            raise ValueError(
                f"--{name.replace('_', '-')} is {getattr(command, name)}, allowed are 0 and more"
            )
    ModelConfig(
        layers=command.layers, width=command.hidden, heads=command.heads, context=command.context,
        vocabulary=command.vocabulary,
    )  # fmt: skip
