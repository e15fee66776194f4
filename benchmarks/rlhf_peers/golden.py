"""What does TRL's PPO make of a fixed batch? Its own lines, run on numbers that are drawn once; tests compare ours.

    python golden.py ../../tests/social_rl/human_feedback/tuning/trl_ppo.json

Runs in the environment of requirements-ppo.txt. Rewards, advantages, whitening and losses stand in the middle of
`PPOTrainer.train`: those lines are cut out of its source and run as they are, in float64.
"""

import inspect
import json
import sys
import textwrap
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor
from trl.experimental.ppo import ppo_trainer

STEPS, LAST = 6, (5, 2, 0, 4, 3)  # tokens at most, and the last real one of each answer
CASES = ({"gamma": 1.0, "lam": 0.95, "kl_coef": 0.05}, {"gamma": 0.9, "lam": 0.8, "kl_coef": 0.3})
CLIP, VALUE_CLIP = 0.2, 0.15
ADVANTAGES = ("response_idxs = torch.arange", "advantages = torch.masked_fill(advantages")
WHITENED = "advantages = masked_whiten("
LOSSES = ("new_logprobs = torch.masked_fill(", "pg_loss = masked_mean(")
SKIPPED = "vpred = vpred_temp["  # takes values from what the network said: they are given here


def main(path: Path) -> None:
    """Run TRL's lines on all cases, and write what went in and what came out."""
    generator = torch.Generator().manual_seed(0)
    cases = [case_of(settings, generator) for settings in CASES]
    found = {"trl": metadata.version("trl"), "clip": CLIP, "value_clip": VALUE_CLIP, "cases": cases}
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def case_of(settings: dict[str, float], generator: torch.Generator) -> dict[str, Any]:
    """Inputs, and what TRL makes of them."""
    rows = len(LAST)

    def drawn(scale: float, *shape: int) -> Tensor:
        return (torch.randn(*shape, generator=generator, dtype=torch.float64) * scale).round(decimals=3)

    given = {
        "logprobs": drawn(1, rows, STEPS) - 3, "ref_logprobs": drawn(1, rows, STEPS) - 3,
        "values": drawn(1, rows, STEPS), "scores": drawn(2, rows), "sequence_lengths": torch.tensor(LAST),
        "new_logprobs": drawn(1, rows, STEPS) - 3, "vpred": drawn(1, rows, STEPS),
    }  # fmt: skip
    args = SimpleNamespace(
        kl_estimator="k1", whiten_rewards=False, cliprange=CLIP, cliprange_value=VALUE_CLIP, **settings
    )
    names = {**vars(ppo_trainer), **{name: x.clone() for name, x in given.items()}, "args": args}
    names["responses"] = torch.zeros(rows, STEPS, dtype=torch.long)
    source = inspect.getsource(ppo_trainer.PPOTrainer.train).splitlines()
    lines = between(source, *ADVANTAGES)
    at = next(i for i, line in enumerate(lines) if line.strip().startswith(WHITENED))
    run(lines[:at], names)
    plain = names["advantages"].clone()
    run(lines[at:], names)
    every = torch.arange(rows)
    names |= {"micro_batch_inds": every, "mb_advantage": names["advantages"], "mb_return": names["returns"]}
    names |= {"mb_logprobs": names["logprobs"], "mb_values": names["values"]}
    run([line for line in between(source, *LOSSES) if not line.strip().startswith(SKIPPED)], names)
    made = {
        "rewards": names["rewards"], "advantages": plain, "returns": names["returns"],
        "whitened": names["advantages"], "policy_loss": names["pg_loss"], "value_loss": names["vf_loss"],
    }  # fmt: skip
    return {
        "settings": settings,
        "given": {name: x.tolist() for name, x in given.items()},
        "made": {name: x.tolist() for name, x in made.items()},
    }


def between(source: list[str], first: str, last: str) -> list[str]:
    """The lines from the one that begins so to the one that begins so, its continuation included."""
    begin = next(i for i, line in enumerate(source) if line.strip().startswith(first))
    end = next(i for i in range(begin, len(source)) if source[i].strip().startswith(last))
    while "\n".join(source[begin : end + 1]).count("(") > "\n".join(source[begin : end + 1]).count(")"):
        end += 1
    return source[begin : end + 1]


def run(lines: list[str], names: dict[str, Any]) -> None:
    """Run lines of TRL; what they set is found among the names."""
    exec(textwrap.dedent("\n".join(lines)), names)  # noqa: S102


if __name__ == "__main__":
    main(Path(sys.argv[1]))
