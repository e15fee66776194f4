"""What does a mind look like at work? A film of some episodes, kept with the run."""

from pathlib import Path

import numpy as np

from agents.network.actor_critic import ActorCritic
from agents.policies.learned import Learned
from agents.types import Cast
from social_rl.episodes.playing import play_episodes
from social_rl.reports.film import Reel, film
from worlds.render.video import write_video
from worlds.scenario import Scenario
from worlds.simulator import DISABLED, Simulator

EPISODES, TILE, FPS = 3, 28, 8


def film_mind(network: ActorCritic, scenario: Scenario, seed: int, path: Path) -> None:
    """Let a mind play everybody in a few levels of a scenario, and write what it looked like."""
    bank = scenario.draw(EPISODES, seed)
    sim = Simulator(scenario, 1, bank=bank, seed=seed, autoreset=DISABLED)
    cast = Cast(sim, dict.fromkeys(scenario.agents, Learned(network, seed=seed)))
    reel = Reel(EPISODES)

    def watch(ended_W: np.ndarray) -> None:
        reel.shoot(sim.state, bool(ended_W[0]))

    play_episodes(sim, EPISODES, cast.act, watch)
    write_video(path, film(reel.shots, TILE), FPS)
