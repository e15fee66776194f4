"""What does `social-rl rlhf direct` do? It tunes a model on the comparisons of a store, and writes it."""

from pathlib import Path

import numpy as np
import torch
from rich.console import Console

from agents.language.model.language_model import KIND, model_files, read_model
from agents.training.checkpoint import write_checkpoint
from social_rl.commands.checks import check_counts, check_seed
from social_rl.commands.rlhf.direct import Direct
from social_rl.human_feedback.preferences.store import existing_store
from social_rl.human_feedback.reward.fitting import is_validation
from social_rl.human_feedback.tuning.direct import pairs_of, tuned_directly
from social_rl.human_feedback.tuning.kept_turns import read_turns
from social_rl.runs.shipped import find_language_model


def direct(command: Direct) -> int:
    """Tune, tell, write; returns the exit status.

    Raises:
        ValueError: an option is wrong, the store or the turns hold too little, or there is such a folder.
    """
    check_counts(command, epochs=1, batch=1, workers=1)
    check_seed(command.seed)
    if not command.kl > 0:
        raise ValueError(f"--kl is {command.kl}, allowed are numbers above 0")
    if command.to.exists():
        raise ValueError(f"--to {command.to} is there already: name a new folder")
    console = Console(highlight=False, soft_wrap=True)
    torch.set_num_threads(1)
    judged = existing_store(command.store).judged(human=command.human)
    learned = [(comparison, label) for comparison, label in judged if not is_validation(comparison.level)]
    pairs, missing = pairs_of(learned, read_turns(Path(command.store).parent))
    if missing:
        console.print(
            f"{missing:,} pairs are left out: the turns of their episodes are not kept, or there were none"
        )
    reference = read_model(find_language_model(command.model))
    policy, log = tuned_directly(
        reference, pairs, command.method, coefficient=command.kl, epochs=command.epochs, batch=command.batch,
        rate=command.learning_rate, workers=command.workers, seed=command.seed,
    )  # fmt: skip
    facts = {"method": command.method, "pairs": len(pairs), "seed": command.seed}
    write_checkpoint(command.to, model_files(policy), {"kind": KIND, "tuned": facts})
    ends = [np.mean([line["loss"] for line in some]) for some in (log[:5], log[-5:])]
    console.print(
        f"{len(pairs):,} pairs, {len(log)} steps, loss {ends[0]:.3f} to {ends[1]:.3f}: {command.to}"
    )
    return 0
