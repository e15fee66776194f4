"""What does `social-rl rlhf quickstart` do? One step after another, each kept in a folder, so that it can go on.

sft/           a short supervised fine-tuning on demonstrations of mixed quality
labels.sqlite  comparisons of its episodes, and who preferred what
reward/        a reward model of them, which must be better than chance
ppo/           the policy, tuned by it with KL control
               (with --rounds: reward-1/, ppo-1/ and so on, and these of the last one)
results.json, page.html     before and after, on houses that nobody learned in
"""

import functools
import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from rich.console import Console

from agents.language.model.language_model import LanguageModel, read_model
from agents.network.actor_critic import ActorCritic
from agents.policies.learned import Learned
from agents.training.checkpoint import read_network
from social_rl.commands.checks import check_counts, check_seed, write_json
from social_rl.commands.rlhf.ppo import Ppo
from social_rl.commands.rlhf.quickstart import Quickstart
from social_rl.commands.rlhf.reward import Reward
from social_rl.commands.rlhf.sft import Sft
from social_rl.human_feedback.before_after import compared_policies, page_of, table_of
from social_rl.human_feedback.preferences.comparison import SCHEMA
from social_rl.human_feedback.preferences.raters import RATERS, rate
from social_rl.human_feedback.preferences.store import Store, open_store
from social_rl.human_feedback.preferences.utilities import utility
from social_rl.human_feedback.reward.check import refusal
from social_rl.human_feedback.reward.start import HEALTH, REFUSED, reward
from social_rl.human_feedback.sft import sft
from social_rl.human_feedback.tuning.asked import AGENTS, Asked, draw_asked, repeated
from social_rl.human_feedback.tuning.episodes import Episode, play_asked
from social_rl.human_feedback.tuning.gathering import compared, items_of, level_of
from social_rl.human_feedback.tuning.kept_turns import write_turns
from social_rl.human_feedback.tuning.run import seed_of
from social_rl.human_feedback.tuning.start import ppo
from social_rl.runs.run_folder import CONFIG, checkpoints_of, count_of
from social_rl.runs.shipped import find_checkpoint, find_language_model
from worlds.checks import check_choice
from worlds.kernels import rules_version
from worlds.language.grammar import grammar_version

ASKED, LABELS, RESULTS, PAGE = "quickstart.json", "labels.sqlite", "results.json", "page.html"
GATHER, TEST = 2, 3  # streams of seeds; those of PPO are 0 and 1
BATCH = 64  # examples that are learned from at a time
PLAYS = 4  # of each house that is gathered in
MOST_PLAYS = 1 << 20  # of one round; their numbers begin anew in each
HOPELESS = 5  # rounds of gathering after which some plays should have differed


def quickstart(command: Quickstart) -> int:
    """Go through the steps that are left; returns the exit status.

    Raises:
        ValueError: an option is wrong, or the folder was begun with others.
    """
    check(command)
    console = Console(highlight=False, soft_wrap=True)
    path = begun(command)
    torch.set_num_threads(1)
    console.rule("1 of 5: learn from demonstrations, good and bad", align="left")
    sft_asked = Sft(
        name="sft", runs=path, model=find_language_model(command.model), data=("habits",),
        examples=command.examples, batch=BATCH, learning_rate=6e-4, evaluate=0, report=10, save=20, seed=command.seed,
        resume=_resumed(path / "sft"),
    )  # fmt: skip
    if not _is_done(path / "sft", command.examples) and (
        sft(sft_asked) or not _is_done(path / "sft", command.examples)
    ):
        return _later(console, path)
    for round in range(command.rounds):
        if (ended := _round(command, path, console, round)) is not None:
            return ended
    console.rule("5 of 5: before and after", align="left")
    before, after = (read_model(find_language_model(path / name)) for name in ("sft", "ppo"))
    asked = draw_asked(command.tests, seed_of(command.seed, TEST), "S1")  # houses that nobody learned in
    first, then = (_play(asked, model, seed_of(command.seed, TEST), greedy=True) for model in (before, after))
    figures = compared_policies(first, then, before, after, asked.is_possible_B)
    write_json(path / RESULTS, figures)
    (path / PAGE).write_text(page_of(path, figures, first, then))
    console.print(table_of(figures))
    console.print(f"Curves and talks: {path / PAGE}")
    console.print(
        f"See it: social-rl play house --set split=S0 --cast ann=lm:{path / 'ppo'} bob=lm:{path / 'ppo'}"
    )
    return 0


def _round(command: Quickstart, path: Path, console: Console, round: int) -> int | None:
    """Compare episodes of the policy as it is, fit a reward model to all that was judged, and tune anew by it.

    Returns:
        An exit status where the quickstart ends here.
    """
    of_rounds = f", round {round + 1} of {command.rounds}" if command.rounds > 1 else ""
    console.rule(f"2 of 5: compare episodes{of_rounds}", align="left")
    if not gathered(command, path, console, round):
        return 0
    console.rule(f"3 of 5: fit a reward model, and check it{of_rounds}", align="left")
    fitted, tuned = named("reward", round, command.rounds), named("ppo", round, command.rounds)
    if not (path / fitted / HEALTH).exists():
        reward(
            Reward(
                store=str(path / LABELS), to=path / fitted, model=path / "sft", human=command.human,
                members=command.members, seed=command.seed,
            )
        )  # fmt: skip
    if why := refusal(json.loads((path / fitted / HEALTH).read_text())):
        console.print(why)
        return REFUSED
    console.rule(f"4 of 5: tune the policy by it, near to what it was{of_rounds}", align="left")
    asked = Ppo(
        name=tuned, runs=path, model=path / "sft", reward=path / fitted, updates=command.updates,
        worlds=command.worlds, plays=PLAYS, epochs=1, learning_rate=4e-4, critic_rate=6e-4, kl=0.1, seed=command.seed,
        resume=_resumed(path / tuned),
    )  # fmt: skip
    episodes = AGENTS * PLAYS * command.worlds * command.updates
    if not _is_done(path / tuned, episodes) and (ppo(asked) or not _is_done(path / tuned, episodes)):
        return _later(console, path)
    return None


def named(what: str, round: int, rounds: int) -> str:
    """The folder of a round; that of the last one has no number."""
    return what if round == rounds - 1 else f"{what}-{round + 1}"


def check(command: Quickstart) -> None:
    """Raise a ValueError that names the option, before anything is done."""
    check_counts(command, examples=1, comparisons=1, members=1, rounds=1, updates=1, worlds=1, tests=1)
    if command.rounds > command.comparisons:
        raise ValueError(
            f"--rounds is {command.rounds}, allowed are 1 to {command.comparisons}: --comparisons"
        )
    check_seed(command.seed)
    check_choice("--rater", command.rater, RATERS)


def begun(command: Quickstart) -> Path:
    """The folder of a quickstart, new or to go on with.

    Raises:
        ValueError: it was begun with other options.
    """
    path = command.runs / command.name
    wanted = {
        name: str(value) if isinstance(value, Path) else value for name, value in asdict(command).items()
    }
    del wanted["runs"]
    if not (path / ASKED).exists():
        path.mkdir(parents=True, exist_ok=True)
        write_json(path / ASKED, wanted)
        return path
    kept = json.loads((path / ASKED).read_text())
    for name, value in wanted.items():
        if kept.get(name) != value:
            raise ValueError(
                f"{path} was begun with {name} {kept.get(name)!r}, not {value!r}: ask for the same again, or give "
                "another --name"
            )
    return path


def gathered(command: Quickstart, path: Path, console: Console, round: int = 0) -> bool:
    """Let there be comparisons and labels; False where people have to give them first.

    Those of the first round are of what step 1 gave, those of a later one of the policy that the round before it gave.
    """
    store = open_store(path / LABELS)
    known, kept = {comparison.level for comparison in store.comparisons().values()}, len(store.comparisons())
    wanted = command.comparisons * (round + 1) // command.rounds
    policy = named("ppo", round - 1, command.rounds) if round else "sft"
    checkpoint = find_language_model(path / policy)
    digest = hashlib.sha256((checkpoint / "manifest.json").read_bytes()).hexdigest()
    language_model = read_model(checkpoint)
    versions = {"schema": SCHEMA, "rules": rules_version(), "grammar": grammar_version()}
    houses = 0
    while kept < wanted and houses < command.worlds * command.comparisons:
        number = round * MOST_PLAYS + houses // command.worlds
        seed = seed_of(command.seed, GATHER, number)
        asked = draw_asked(command.worlds, seed, "S0")
        houses += command.worlds
        if known.intersection(level_of(asked, b) for b in range(len(asked.words))):
            continue  # all that these houses gave was kept before this was cut
        all_plays = repeated(asked, PLAYS)
        played = _play(all_plays, language_model, seed, greedy=False, records=command.human)
        write_turns(path, f"play-{number}", asked, played)
        items = items_of(all_plays, played, policy, digest, path, f"play-{number}")
        plays = [items[first : first + len(asked.words)] for first in range(0, len(items), len(asked.words))]
        store.ask(compared(asked, plays, round, versions)[: wanted - kept], seed=command.seed)
        kept = len(store.comparisons())
        if not kept and houses >= HOPELESS * command.worlds:
            raise ValueError(
                f"in {houses} houses no two of {PLAYS} plays differed: the model after --examples {command.examples} "
                "has nothing to be preferred; teach it more, or another one"
            )
        if number % 5 == 4 or kept >= wanted:
            console.print(f"{kept:,} of {command.comparisons:,} comparisons, from {houses:,} houses")
    if command.human:
        labels = len(store.labels(human=True, round=round))
        console.print(f"You have judged {labels} of {len(store.comparisons(round=round))} comparisons.")
        console.print(
            f"Judge some: social-rl label {path / LABELS} (in a browser: --web); then call this again. "
            "A hundred is a beginning."
        )
        return labels > 0
    _label(store, command)
    return True


def _label(store: Store, command: Quickstart) -> None:
    """Let a synthetic rater answer what it has not answered yet; what it answers depends on the comparison alone."""
    answered = {label.comparison for label in store.labels(human=False).values()}
    for comparison in store.comparisons().values():
        if comparison.id not in answered:
            rng = np.random.default_rng([command.seed, int(comparison.id[:15], 16)])
            label = rate(comparison, command.rater, utility, rng, earlier=0)
            store.answer(f"{command.rater}-{comparison.id}", label, comparison.shown)


def _play(
    asked: Asked, language_model: LanguageModel, seed: int, *, greedy: bool, records: bool = False
) -> list[Episode]:
    mind = functools.partial(Learned, _shipped_mind(), seed=0)
    return play_asked(asked, language_model, mind, seed, greedy=greedy, records=records)


@functools.cache
def _shipped_mind() -> ActorCritic:
    return read_network(find_checkpoint(None))


def _resumed(path: Path) -> Path | None:
    return path if (path / CONFIG).exists() else None


def _is_done(path: Path, count: int) -> bool:
    found = checkpoints_of(path)
    return bool(found) and count_of(found[-1]) >= count


def _later(console: Console, path: Path) -> int:
    console.print(f"Go on by the same command; what is done is kept in {path}")
    return 0
