"""What is learned of others good for? Who was watched wants one thing, the learner another: coins.

Two demonstrators want red coins alone and green ones alone; a third kind is there that nobody wants. Tasks are to want
both, one and to avoid the other, and to avoid both. Zero-shot wants what demonstrators do on average; one-shot knows
the rewards of one episode of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from social_rl.commands.checks import check_counts, check_file, check_seed
from social_rl.commands.demonstrations.transfer import Transfer
from social_rl.demonstrations.boards import likes_text, sight_of
from social_rl.demonstrations.gathering import Expert, Trajectories, boards, gather, returns
from social_rl.demonstrations.learning import (
    Actor,
    Tuning,
    accuracy,
    as_mind,
    cloned,
    learn_acts,
    learn_inverse,
    learn_reward,
    wanting,
)
from social_rl.demonstrations.study import carry_out
from social_rl.runs.kept_rows import Figures
from worlds.simulator import Simulator

DEMONSTRATORS = np.array([[1.0, 0, 0], [0, 0, 1]])  # red, blue, green
TASKS = {"R+G": (1, 0, 1), "R-G": (1, 0, -1), "-R+G": (-1, 0, 1), "-R-G": (-1, 0, -1)}
CLONING, INVERSE = "cloning", "psiphi"
TESTED, SHOWN, OWN = 1, 2, 3  # parts of seeds
OWN_ERRS = 0.1  # of one's own episode


def transfer(command: Transfer) -> int:
    """Measure, print, write; returns the exit status.

    Raises:
        ValueError: an option is out of range, or the file cannot be written or holds something else.
    """
    check_counts(
        command, trajectories=1, steps=2, updates=1, more_updates=1, hidden=1, cumulants=1, boards=1, seeds=1
    )
    check_seed(command.seed)
    if not 0 <= command.errs <= 1:
        raise ValueError(f"--errs is {command.errs}, allowed are 0 to 1")
    board_of(command, 1, 0, DEMONSTRATORS[0])
    check_file("--json", command.json)
    return carry_out(command, (CLONING, INVERSE), measured)


def board_of(command: Transfer, worlds: int, seed: int, likes: np.ndarray) -> Simulator:
    """Boards of a seed, on which one agent plays that likes coins so."""
    return boards(
        "coins", worlds, seed, agents=1, side=command.side, kinds=3, costs=0.0, likes=likes_text(likes)
    )


def measured(command: Transfer, seed: int, needed: Sequence[str]) -> Iterator[tuple[str, Figures]]:
    """Accuracy on acts of demonstrators on other boards, and scores of transfer."""
    if not needed:
        return
    rng = np.random.default_rng([seed, 0])
    shown, tested = [], []
    for k, likes in enumerate(DEMONSTRATORS):
        sim = board_of(command, command.trajectories, part(seed, SHOWN, k), likes)
        shown.append(gather(sim, Expert(), command.steps, rng, command.errs))
        sim = board_of(command, command.boards, part(seed, TESTED, k), likes)
        tested.append((sim, gather(sim, Expert(), command.steps, rng)))
    facts = sight_of(tested[0][0]).facts
    tuning = Tuning(updates=command.updates, hidden=command.hidden, cumulants=command.cumulants)
    if CLONING in needed:
        network = learn_acts(shown, facts, tuning, seed)
        yield CLONING, {"accuracy": mean_accuracy([cloned(network, k) for k in range(2)], tested)}
    if INVERSE in needed:
        mind = learn_inverse(shown, facts, tuning, seed)
        figures = {"accuracy": mean_accuracy([as_mind(mind, k) for k in range(2)], tested)}
        average = wanting(mind, mind.preference_KD.detach().mean(0))
        more = replace(tuning, updates=command.more_updates)
        for name, numbers in TASKS.items():
            likes = np.array(numbers, float)
            sim = board_of(command, 1, part(seed, OWN, 0), likes)
            own = gather(sim, average, command.steps, rng, OWN_ERRS)
            learned, wish_D = learn_reward(mind, shown, own, likes, more, seed)
            figures[f"0-shot {name}"] = score(command, average, likes, seed)
            figures[f"1-shot {name}"] = score(command, wanting(learned, wish_D), likes, seed)
        for shots in ("0-shot", "1-shot"):
            figures[shots] = float(np.mean([figures[f"{shots} {name}"] for name in TASKS]))
        yield INVERSE, figures


def mean_accuracy(actors: Sequence[Actor], tested: Sequence[tuple[Simulator, Trajectories]]) -> float:
    """The mean over demonstrators of how often what they meant to do is foretold."""
    return float(np.mean([accuracy(actor, t, sim) for actor, (sim, t) in zip(actors, tested, strict=True)]))


def score(command: Transfer, actor: Actor, likes: np.ndarray, seed: int) -> float:
    """What a policy earns: 1 is what the expert of the task does, -1 what the expert of its opposite does."""

    def earned(who: Actor, wanted: np.ndarray) -> float:
        sim = board_of(command, command.boards, part(seed, TESTED, 9), wanted)
        return returns(gather(sim, who, command.steps, np.random.default_rng(seed)), wanted)

    best, worst = earned(Expert(), likes), -earned(Expert(), -likes)
    return 2 * (earned(actor, likes) - worst) / (best - worst) - 1


def part(seed: int, *numbers: int) -> int:
    """A seed of a part of what a seed measures."""
    return int(np.random.default_rng([seed, *numbers]).bit_generator.seed_seq.generate_state(1)[0])
