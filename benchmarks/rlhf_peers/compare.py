"""How much faster than TRL is a language model tuned by a reward model here? Both in turn, on the same machine.

    python benchmarks/rlhf_peers/compare.py --newest TRL/bin/python --ppo TRL112/bin/python --json speed.json

Needs two environments, from requirements-newest.txt and from requirements-ppo.txt: TRL dropped its PPO after 1.12.

Each repeat runs `social-rl bench rlhf` and then each of TRL's trainers in a process of its own, with the same model,
lengths, threads and precision; ratios are of one repeat, and the median of them counts. So that TRL does not pay for
page faults that we do not have, its processes keep the memory that they free, as ours do, but for --fresh-memory.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from agents.language.model.language_model import LanguageModel
from agents.language.model.tokenizer import write_tokenizer
from social_rl.bench.measure import circumstances
from social_rl.bench.rlhf import CASES, WARM
from social_rl.bench.speaker import ASKED, BATCH, NEW, a_model, texts

# What is compared: TRL's trainer with our way of learning that does the same.
PEERS = {"grpo": "grouped", "rloo": "grouped", "ppo": "ppo"}
KEPT = {
    "MALLOC_MMAP_THRESHOLD_": str(2**30),
    "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1),
}  # as runs/memory.py does


@dataclass(frozen=True)
class Options:
    """Where TRL is, and how often all are measured."""

    newest: Path
    """Python of an environment with TRL, for GRPO and RLOO"""
    ppo: Path
    """Python of an environment with TRL 1.12, for PPO"""
    repeats: int = 3
    """of everything"""
    runs: int = 5
    """steps that are timed in each"""
    threads: int = 2
    """of both sides"""
    fresh_memory: bool = False
    """let TRL's processes give memory back, as the system has it"""
    json: Path | None = None
    """write the results here"""


def main(options: Options) -> None:
    """Measure, print and write."""
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_work(folder, options)
        for _ in range(options.repeats):
            found.append(repeat(folder, options))
            print(
                json.dumps({key: round(value, 2) for key, value in found[-1]["speeds"].items()}), flush=True
            )
    ratios = {
        peer: ratio([one["speeds"] for one in found], ours, f"trl {peer}") for peer, ours in PEERS.items()
    }
    work = {
        peer: ratio([one["seconds"] for one in found], f"trl {peer}", ours) for peer, ours in PEERS.items()
    }
    for peer, times in ratios.items():
        print(f"{peer}: {times:.2f} times as fast, in 1 / {work[peer]:.2f} of the processors' time")
    result = {
        "ratios": ratios,
        "processor_ratios": work,
        "repeats": found,
        "peers_keep_memory": not options.fresh_memory,
        **circumstances(),
    }
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def ratio(found: list[dict[str, float]], over: str, under: str) -> float:
    """The median of a ratio over all repeats."""
    return statistics.median(one[over] / one[under] for one in found)


def write_work(folder: Path, options: Options) -> None:
    """What TRL's processes read: the model, its tokenizer, prompts and settings."""
    language_model, words = a_model(0)
    write_policy(folder, language_model)
    steps = WARM + options.runs
    prompts = texts(words, BATCH * steps, np.random.default_rng(0))
    settings = {
        "batch": BATCH, "asked": ASKED, "new": NEW, "epochs": CASES["ppo"].epochs, "threads": options.threads,
        "seed": 0, "warm": WARM, "steps": steps, "prompts": prompts,
    }  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


def write_policy(folder: Path, language_model: LanguageModel) -> None:
    """The model as transformers reads it."""
    language_model.model.save_pretrained(folder / "policy")
    write_tokenizer(language_model.tokenizer, folder / "tokenizer.json")


def repeat(folder: Path, options: Options) -> dict[str, Any]:
    """Everything once: medians of completions a second and of seconds of processors, by name; and all of them."""
    out = folder / "ours.json"
    words = [
        "bench",
        "rlhf",
        "--runs",
        str(options.runs),
        "--threads",
        str(options.threads),
        "--json",
        str(out),
    ]
    subprocess.run([sys.executable, "-m", "social_rl.cli", *words], check=True, stdout=subprocess.DEVNULL)
    ours = json.loads(out.read_text(encoding="utf-8"))
    memory = {} if options.fresh_memory else KEPT
    environment = {**os.environ, **memory, "TRL_EXPERIMENTAL_SILENCE": "1", "HF_HUB_OFFLINE": "1"}
    environment.pop("PYTHONPATH", None)
    speeds, seconds = dict(ours["runs"]), dict(ours["processor_seconds"])
    for peer in PEERS:
        python = options.ppo if peer == "ppo" else options.newest
        script = Path(__file__).with_name("peer.py")
        done = subprocess.run(
            [str(python), str(script), peer, str(folder)], check=True, stdout=subprocess.PIPE, text=True,
            env=environment,
        )  # fmt: skip
        said = json.loads(done.stdout.splitlines()[-1])
        speeds[f"trl {peer}"], seconds[f"trl {peer}"] = (
            said["completions_per_second"],
            said["processor_seconds"],
        )
    medians = {
        "speeds": {name: statistics.median(runs) for name, runs in speeds.items()},
        "seconds": {name: statistics.median(runs) for name, runs in seconds.items()},
    }
    return medians | {"runs": speeds, "processor_seconds": seconds}


if __name__ == "__main__":
    main(tyro.cli(Options))
