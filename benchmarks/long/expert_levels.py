"""Does the expert carry out every instruction? So many levels of every split, each played once.

    python benchmarks/long/expert_levels.py --cast expert expert --levels 100000

One line of JSON for each split goes to benchmarks/expert_levels.jsonl: failures of each agent, and the levels at fault.
"""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numba
import numpy as np
import tyro

from agents.types import Cast
from social_rl.episodes.casting import policies_of, read_cast
from social_rl.episodes.playing import play_episodes
from social_rl.evaluation.splits import CROSSED, split_scenario
from social_rl.evaluation.statistics import share
from social_rl.runs.provenance import commit, machine, versions
from worlds.generators.houses import HouseConfig, house_bank, split_config
from worlds.simulator import DISABLED, Simulator

RESULTS = Path(__file__).parent.parent / "expert_levels.jsonl"
CHUNK = 20_000
SPLITS = ("S0", "S1", "S2", "S4", "S5", "S6", "S7", CROSSED)


@dataclass(frozen=True)
class Options:
    """What is played."""

    cast: tuple[str, ...] = ("expert", "expert")
    splits: tuple[str, ...] = SPLITS
    levels: int = 100_000
    seed: int = 0
    threads: int = 1


def main(options: Options) -> None:
    """Play all splits, print and write what came out."""
    numba.set_num_threads(options.threads)
    for split in options.splits:
        began = time.perf_counter()
        failures = [
            failed for first in range(0, options.levels, CHUNK) for failed in play(options, split, first)
        ]
        by_agent = [sum(agent == a for _, agent in failures) for a in range(len(options.cast))]
        good = share(options.levels - by_agent[0], options.levels)
        line = {
            "split": split, "cast": options.cast, "levels": options.levels, "seed": options.seed,
            "failures": by_agent, "failed": [f for f in failures if f[1] == 0][:50],
            "success_of_first": [good.value, good.low, good.high], "seconds": round(time.perf_counter() - began, 1),
            "commit": commit(), "versions": versions(), "machine": machine(),
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
        }  # fmt: skip
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print(split, *options.cast, by_agent, f"{line['seconds']} s", flush=True)


def play(options: Options, split: str, first: int) -> list[tuple[int, int]]:
    """Levels `first` to `first + CHUNK - 1` of the seed; (level, agent) of each failure."""
    n = min(CHUNK, options.levels - first)
    agents = len(options.cast)
    scenario = split_scenario(split, agents)
    config = (
        HouseConfig(agents=agents, crossed=True) if split == CROSSED else split_config(split, agents=agents)
    )
    bank = house_bank(n, options.seed, config, first)
    sim = Simulator(scenario, min(1024, n), bank=bank, seed=options.seed, autoreset=DISABLED)
    texts = [f"{name}={policy}" for name, policy in zip(scenario.agents, options.cast, strict=True)]
    cast = Cast(sim, policies_of(read_cast(texts, scenario.agents, scenario.cast), options.seed))
    episodes = play_episodes(sim, n, cast.act, lambda ended: None)
    return [(first + int(e), int(a)) for e, a in np.argwhere(~episodes.success_EA)]


if __name__ == "__main__":
    main(tyro.cli(Options))
