"""Do episodes begin in the midst of what was played, with nothing else about them changed?"""

import numpy as np
import pytest

from agents.training.checkpoint import write_checkpoint
from social_rl.training.starts import EACH, Starts
from tests.social import training
from worlds.scenario import make_scenario
from worlds.simulator import Simulator

WORLDS, EPISODE = 32, 12
RESULTS = (
    "over",
    "reward",
    "truncated",
    "terminated",
    "active",
    "final_view",
    "key",
    "episode",
    "world_id",
    "step",
)


def worlds(scenario: str = "two_doors", **choices) -> Simulator:
    return Simulator(make_scenario(scenario, steps=EPISODE, **choices), WORLDS, levels=4, seed=3)


def walked(sim: Simulator, steps: int = EPISODE) -> list[dict[str, np.ndarray]]:
    """What was there before each step and after the last one, by chance of its own."""
    chance, seen = np.random.default_rng(0), []
    for step in range(steps + 1):
        seen.append({name: array.copy() for name, array in sim.state._asdict().items() if array.size})
        if step < steps:
            sim.step(chance.integers(4, size=(sim.worlds, sim.agents)))
    return seen


def test_an_episode_that_begins_at_a_moment_shows_it_and_keeps_what_is_its_own():
    """Beside a twin whose episodes begin as their level says."""
    sim, twin = worlds(), worlds()
    starts = Starts(sim, 1.0, "own", (0,))
    seen, plain = walked(sim)[-1], walked(twin)
    for name in RESULTS:
        assert (seen[name] == plain[-1][name]).all(), name
    assert seen["over"].all() and not seen["step"].any()
    moments = {
        tuple(np.concatenate([one["agent_cell"][w], one["heading"][w]])): one["obs_view"][w]
        for one in plain[1:-1]
        for w in range(WORLDS)
    }
    moved = (seen["agent_cell"] != plain[0]["agent_cell"]).any(1)
    assert starts.memory.is_there.any() and moved.sum() > WORLDS // 4
    for w in np.flatnonzero(moved):
        place = tuple(np.concatenate([seen["agent_cell"][w], seen["heading"][w]]))
        assert (seen["obs_view"][w] == moments[place]).all(), "it sees what was to be seen there"
    sim.step(np.zeros((WORLDS, 2), np.int64))
    assert (sim.state.agent_cell == seen["agent_cell"]).all() and (sim.state.step == 1).all()
    assert (sim.state.obs_view == seen["obs_view"]).mean() > 0.9, "the senses agree with the state"


def test_so_large_a_share_begins_elsewhere():
    """Beside all of them, of whom some have walked to where they began."""

    def elsewhere(share: float) -> float:
        sim = worlds()
        Starts(sim, share, "random", (0,))
        begins = sim.state.agent_cell[0].copy()
        return float(np.mean([(walked(sim)[-1]["agent_cell"] != begins).any(1) for _ in range(6)]))

    everybody = elsewhere(1.0)
    assert everybody > 0.5 and elsewhere(0.0) == 0
    assert elsewhere(0.5) == pytest.approx(0.5 * everybody, abs=0.1)


def test_moments_of_random_play_are_those_of_these_levels():
    sim = worlds(layout="drawn")
    kept = Starts(sim, 1.0, "random", (0,)).memory
    assert len(kept.is_there) == EACH * WORLDS and kept.is_there.all()
    walked(sim)
    assert (sim.state.level < 4).all() and (sim.state.agent_cell[:, 0] != sim.state.agent_cell[:, 1]).all()


@pytest.mark.parametrize("moments", ["own", "random"])
def test_a_restored_run_with_augmented_starts_goes_on_bit_for_bit(tmp_path, moments):
    options = {"augmented": 0.5, "moments": moments, "renew": 2}
    straight, again = training(**options), training(**options)
    for _ in range(3):
        straight.advance()
    arrays, facts = straight.save()
    write_checkpoint(tmp_path / "c", arrays, {"frames": straight.frames, **facts})
    again.restore(tmp_path / "c")
    for _ in range(3):
        assert straight.advance() == again.advance()
    for one, two in zip(straight.starts, again.starts, strict=True):
        assert all((array == two.memory.moments[name]).all() for name, array in one.memory.moments.items())
    with pytest.raises(ValueError, match="augmented starts is another one"):
        training().restore(tmp_path / "c")


def test_a_run_without_augmented_starts_is_as_it_was():
    assert training(augmented=0.0).starts == []
    assert training().advance() != training(augmented=1.0, moments="random").advance()
