"""How fast does TRL tune the model of a folder? One JSON object: completions a second of each step after some.

    python peer.py grpo|rloo|ppo FOLDER

The folder holds what `compare.py` writes. Runs in an environment that has TRL and not Social RL: float32, no gradient
checkpointing, nothing saved and nothing reported; all else as TRL has it.
"""

import contextlib
import json
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
import transformers
from datasets import Dataset
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    PreTrainedTokenizerFast,
    TrainerCallback,
)


class Clock(TrainerCallback):
    """When each step ended, by the clock and by what processors did."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.worked: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.ends.append(time.perf_counter())
        self.worked.append(time.process_time())

    def steps(self, ends: list[float], warm: int) -> list[float]:
        """Seconds of each step after so many."""
        return [after - before for before, after in zip(ends[warm - 1 :], ends[warm:], strict=False)]


def main(method: str, folder: Path) -> None:
    """Train for as many steps as the folder's settings say, and print what came out."""
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    torch.set_num_threads(settings["threads"])
    transformers.set_seed(settings["seed"])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), pad_token="<pad>", bos_token="<bos>", eos_token="<eos>",
        padding_side="left",
    )  # fmt: skip
    clock = Clock()
    with tempfile.TemporaryDirectory() as out, contextlib.redirect_stdout(sys.stderr):
        common = {
            "output_dir": out, "use_cpu": True, "bf16": False, "gradient_checkpointing": False, "report_to": "none",
            "logging_strategy": "no", "save_strategy": "no", "disable_tqdm": True,
            "per_device_train_batch_size": settings["batch"], "seed": settings["seed"],
        }  # fmt: skip
        make = ppo if method == "ppo" else grouped
        make(method, folder, settings, tokenizer, common, clock).train()
    warm = settings["warm"]
    print(
        json.dumps(
            {
                "completions_per_second": [settings["batch"] / one for one in clock.steps(clock.ends, warm)],
                "processor_seconds": clock.steps(clock.worked, warm),
                "versions": {name: metadata.version(name) for name in ("trl", "transformers", "torch")},
            }
        )
    )


def grouped(
    method: str, folder: Path, settings: dict[str, Any], tokenizer: Any, common: dict[str, Any], clock: Clock
) -> Any:
    """GRPO or RLOO: each prompt is asked several times, one epoch, no critic."""
    import trl

    config, trainer = {
        "grpo": (trl.GRPOConfig, trl.GRPOTrainer), "rloo": (trl.RLOOConfig, trl.RLOOTrainer),
    }[method]  # fmt: skip
    return trainer(
        model=str(folder / "policy"),
        reward_funcs=reward_model(folder),
        reward_processing_classes=tokenizer,
        processing_class=tokenizer,
        args=config(
            **common, max_steps=settings["steps"], num_generations=settings["asked"],
            max_completion_length=settings["new"], generation_kwargs={"min_new_tokens": settings["new"]},
            model_init_kwargs={"dtype": "float32"},
        ),
        train_dataset=Dataset.from_dict({"prompt": settings["prompts"]}),
        callbacks=[clock],
    )  # fmt: skip


def ppo(
    _: str, folder: Path, settings: dict[str, Any], tokenizer: Any, common: dict[str, Any], clock: Clock
) -> Any:
    """PPO with a critic of its own: each prompt is asked once, several epochs of one minibatch."""
    from trl.experimental.ppo import PPOConfig, PPOTrainer

    def policy() -> Any:
        return AutoModelForCausalLM.from_pretrained(str(folder / "policy"), dtype=torch.float32)

    begin = tokenizer.bos_token_id
    rows = [[begin, *tokenizer(prompt)["input_ids"]] for prompt in settings["prompts"]]
    return PPOTrainer(
        args=PPOConfig(
            **common, total_episodes=settings["steps"] * settings["batch"], num_ppo_epochs=settings["epochs"],
            response_length=settings["new"], num_sample_generations=0, temperature=1.0,
            local_rollout_forward_batch_size=settings["batch"],
        ),
        processing_class=tokenizer, model=policy(), ref_model=policy(), reward_model=reward_model(folder),
        value_model=reward_model(folder), train_dataset=Dataset.from_dict({"input_ids": rows}), callbacks=[clock],
    )  # fmt: skip


def reward_model(folder: Path) -> Any:
    """A model of the policy's shape with a head that gives one number."""
    return AutoModelForSequenceClassification.from_pretrained(
        str(folder / "policy"), num_labels=1, dtype=torch.float32
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
