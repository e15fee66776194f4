"""What does `social-rl rlhf compare` do? Models lead agents in the same new houses; which is preferred in truth?"""

import functools
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from agents.language.model.language_model import LanguageModel, read_model
from agents.policies.learned import Learned
from agents.training.checkpoint import read_network
from social_rl.commands.checks import check_counts, check_file, check_seed, write_json
from social_rl.commands.rlhf.compare import Compare
from social_rl.human_feedback.before_after import compared_policies
from social_rl.human_feedback.preferences.utilities import utility
from social_rl.human_feedback.reward.model import read_ensemble, scores, together
from social_rl.human_feedback.tuning.asked import draw_asked, repeated
from social_rl.human_feedback.tuning.best_of import best_of, fit_gold, kl_of_best
from social_rl.human_feedback.tuning.episodes import Episode, play_asked
from social_rl.runs.shipped import find_checkpoint, find_language_model

ROWS = (
    "utility",
    "success",
    "asked in need",
    "asked in vain",
    "left open",
    "doors left open",
    "said why not",
)
SOME = 128  # worlds that are played at a time


def compare(command: Compare) -> int:
    """Play, compare, tell; returns the exit status.

    Raises:
        ValueError: an option is wrong, or a model, reward model or mind cannot be used.
    """
    check(command)
    console = Console(highlight=False, soft_wrap=True)
    mind = functools.partial(Learned, read_network(find_checkpoint(command.mind)), seed=command.seed)
    asked = draw_asked(command.tests, command.seed, command.split)
    models = [read_model(find_language_model(path)) for path in command.models]
    reward = read_ensemble(command.reward) if command.reward else None

    def score(episodes: list[Episode]) -> np.ndarray:
        return together(scores(reward or [], [one.transcript for one in episodes])).numpy()

    played = [play_asked(asked, model, mind, command.seed, greedy=True) for model in models]
    policies: dict[str, Any] = {}
    for path, model, episodes in zip(command.models, models, played, strict=True):
        figures = compared_policies(played[0], episodes, models[0], model, asked.is_possible_B)
        figures["means"] = {name: means[1] for name, means in figures["means"].items()}
        policies[str(path)] = figures | ({"score": float(score(episodes).mean())} if reward else {})
    found: dict[str, Any] = {
        "houses": command.tests,
        "split": command.split,
        "seed": command.seed,
        "policies": policies,
    }
    console.print(table_of(policies))
    if command.best_of:
        found["best of"] = _best_of(command, models[0], mind, score)
        console.print(table_of_best(found["best of"]))
    if command.json:
        write_json(command.json, found)
    return 0


def check(command: Compare) -> None:
    """Raise a ValueError that names the option, before anything is done."""
    check_counts(command, tests=1)
    check_seed(command.seed)
    check_file("--json", command.json)
    if not command.models:
        raise ValueError("give one or more MODEL: checkpoints or runs of language models")
    if command.best_of and command.reward is None:
        raise ValueError("--best-of needs a reward model that says which is the best: give --reward")
    if any(n < 1 for n in command.best_of):
        raise ValueError(f"--best-of has {min(command.best_of)}, allowed are 1 and more")


def _best_of(command: Compare, model: LanguageModel, mind: Any, score: Any) -> dict[str, Any]:
    """Figures of the best of each n of a model's episodes, [n] each, drawn at temperature 1."""
    plays = max(command.best_of)
    asked = draw_asked(command.tests, command.seed, command.split)
    at_once = max(1, SOME // command.tests)
    scored, worth = [], []
    for first in range(0, plays, at_once):
        some = min(at_once, plays - first)
        episodes = play_asked(repeated(asked, some), model, mind, command.seed + 1 + first)
        scored.append(score(episodes).reshape(some, -1))
        worth.append(np.array([utility(one.features) for one in episodes]).reshape(some, -1))
    score_GK, worth_GK = np.concatenate(scored).T.astype(float), np.concatenate(worth).T
    return curve(score_GK, worth_GK, sorted(set(command.best_of)))


def curve(score_GK: np.ndarray, worth_GK: np.ndarray, counts: list[int]) -> dict[str, Any]:
    """What the best of n is worth by score and in truth, for each n; and Gao's fit where there are points enough."""
    score = [float(best_of(score_GK, score_GK, n).mean()) for n in counts]
    worth = [float(best_of(score_GK, worth_GK, n).mean()) for n in counts]
    kl = [kl_of_best(n) for n in counts]
    found: dict[str, Any] = {"n": counts, "kl": kl, "score": score, "utility": worth}
    if sum(n > 1 for n in counts) >= 3:
        gained = np.array(worth) - float(worth_GK.mean())
        found["fit"] = fit_gold(np.array(kl), gained, best_of_n=True)._asdict()
    return found


def table_of(policies: dict[str, Any]) -> Table:
    """A column for each policy."""
    table = Table(
        "", *policies, title=f"{next(iter(policies.values()))['episodes']} episodes that nobody learned in"
    )
    intervals = [
        f"{one['win_rate']:.1%} ({one['win_interval'][0]:.1%} to {one['win_interval'][1]:.1%})"
        for one in policies.values()
    ]
    table.add_row("preferred to the first", "", *intervals[1:])
    for name in ROWS:
        table.add_row(name, *(f"{one['means'][name]:.2f}" for one in policies.values()))
    table.add_row(
        "success where it can be done", *(f"{one['success_possible']:.2f}" for one in policies.values())
    )
    table.add_row("KL to the first, nats", *(f"{one['kl']:.2f}" for one in policies.values()))
    if all("score" in one for one in policies.values()):
        table.add_row("score", *(f"{one['score']:.2f}" for one in policies.values()))
    return table


def table_of_best(found: dict[str, Any]) -> Table:
    """A row for each n."""
    table = Table("best of", "KL, nats", "score", "utility", title="the best of n by the reward model")
    for row in zip(found["n"], found["kl"], found["score"], found["utility"], strict=True):
        table.add_row(str(row[0]), *(f"{x:.2f}" for x in row[1:]))
    return table
