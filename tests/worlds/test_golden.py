"""Do known episodes still go as they went? Levels, acts, and a hash of the facts after each step.

The episodes lie in tests/golden. A hash is of what is so (who stands where, what lies where, what was earned), not
of arrays, so it outlives changes of layout. When a rule is changed on purpose, `make golden` writes the hashes anew;
read their diff: the first changed line is the first step that went otherwise.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from worlds.levels.bank import bank_of
from worlds.levels.level_text import read_level
from worlds.objects import (
    COLOURS,
    HEADINGS,
    KINDS,
    PLACE_COLOUR,
    PLACE_KIND,
    PLACE_STATE,
    colour_of_look,
    kind_of_look,
)
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import ABSENT, ACTS, MARGIN, OUTCOMES, stride

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
EPISODES = sorted(path.stem for path in GOLDEN.glob("*.json"))


@pytest.mark.parametrize("name", EPISODES)
def test_an_episode_goes_as_it_went(name):
    episode = load(name)
    for step, (now, then) in enumerate(zip(hashes(episode), episode["hashes"], strict=True)):
        assert now == then, (
            f"{name} goes otherwise from step {step} on (0 is the start): see this file's first lines"
        )


def test_there_are_golden_episodes():
    assert {"berry_bush", "crowd", "kitchen", "maze"} <= set(EPISODES)


def load(name: str) -> dict:
    """An episode: scenario, choices, seed, level, acts (a line for each step), hashes."""
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def hashes(episode: dict) -> list[str]:
    """A hash of the facts at the start and after each step."""
    level = read_level("\n".join(episode["level"]) + "\n")
    scenario = make_scenario(episode["scenario"], agents=len(level.agents), **episode["choices"])
    scenario = replace(scenario, draw=lambda n, seed: bank_of([level]))
    sim = Simulator(scenario, 1, levels=1, seed=episode["seed"], autoreset=DISABLED)
    found = [hash_of(facts(sim))]
    for line in episode["acts"]:
        sim.step([[ACTS.index(words.strip()) for words in line.split(",")]])
        found.append(hash_of(facts(sim)))
    return found


def hash_of(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def facts(sim: Simulator) -> dict:
    """What is so in the first world, in words and numbers."""
    s = sim.state
    side = s.item_at.shape[1]
    places = s.planes[0, 0].reshape(side + 2 * MARGIN, stride(side))[MARGIN:, 4:]
    agents = [
        {
            "cell": divmod(int(s.agent_cell[0, a]), 256),
            "heading": HEADINGS[s.heading[0, a]],
            "holds": words_of_look(s.item_look[0, s.hand[0, a] - 1]) if s.hand[0, a] else "",
            "outcome": OUTCOMES[s.outcome[0, a]],
            "stage": int(s.stage[0, a]),
            "met": bool(s.goal_met[0, a]),
            "frozen": int(s.frozen[0, a]),
            "finished": int(s.finished[0, a]),
            "reward": round(float(s.reward[0, a]), 4),
            "ends": [bool(s.terminated[0, a]), bool(s.truncated[0, a]), bool(s.success[0, a])],
        }
        for a in range(sim.agents)
    ]
    items = sorted(
        (divmod(int(cell), 256) if cell >= 0 else (-1, -1 - int(cell)), words_of_look(look))
        for look, cell in zip(s.item_look[0], s.item_cell[0], strict=True)
        if cell != ABSENT
    )
    fixtures = sorted(
        (row, col, KINDS[PLACE_KIND[p]], COLOURS[PLACE_COLOUR[p]], int(PLACE_STATE[p]))
        for row, col in (divmod(int(cell), 256) for cell in s.fixture_cell[0] if cell != ABSENT)
        for p in (places[row, col],)
    )
    return {
        "agents": agents,
        "items": items,
        "fixtures": fixtures,
        "ground": s.ground_at[0].tolist(),
        "step": int(s.step[0]),
        "over": bool(s.over[0]),
    }


def words_of_look(look: int) -> str:
    return f"{COLOURS[colour_of_look(int(look))]} {KINDS[kind_of_look(int(look))]}"


def rewrite() -> None:
    """Write the hashes of all episodes anew."""
    for name in EPISODES:
        episode = load(name)
        episode["hashes"] = hashes(episode)
        (GOLDEN / f"{name}.json").write_text(
            json.dumps(episode, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        print(f"{name}: {len(episode['hashes'])} hashes")


if __name__ == "__main__":
    rewrite()
