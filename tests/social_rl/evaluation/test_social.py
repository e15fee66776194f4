"""What do learners earn in company and alone, and whom do they follow? Counts by hand, and a small run end to end."""

import json

import numpy as np
import pytest

from social_rl.cli import main
from social_rl.episodes.casting import policies_of, pool_checkpoints, read_cast
from social_rl.evaluation.social import WINDOW, Run, follow_counts, score
from social_rl.runs.run_folder import newest_checkpoint
from social_rl.training.company import Company
from worlds.levels.bank import level_of
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import FORWARD, TURN_RIGHT

SMALL = "--frames 512 --worlds 8 --workers 1 --steps 16 --minibatches 1 --epochs 1 --levels 16 --hidden 32 --evaluate 0"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two small runs of two_doors with minds apart, and one of whom_to_trust with a gate."""
    folder = tmp_path_factory.mktemp("runs")
    for seed in (1, 2):
        asked = f"train social --scenario two_doors --set steps=12 --no-share {SMALL} --seed {seed} --name two-{seed}"
        assert main([*asked.split(), "--runs", str(folder)]) == 0
    asked = f"train social --scenario whom_to_trust --set steps=14 --gate 32 {SMALL} --name trust"
    assert main([*asked.split(), "--runs", str(folder)]) == 0
    return folder


def evaluated(tmp_path, *words: str) -> dict:
    file = tmp_path / "out.json"
    assert main(["evaluate", *words, "--suite", "social", "--episodes", "8", "--json", str(file)]) == 0
    return json.loads(file.read_text())


def test_a_run_is_measured_in_every_company(runs, tmp_path):
    (found,) = evaluated(tmp_path, str(runs / "trust"))["runs"].values()
    assert set(found["learners"]) == {"together", "alone", "wanderers"}
    assert found["returns"]["alone"]["Ann"]["n"] == 8
    assert all(found["returns"]["alone"][name]["value"] == 0 for name in ("Bob", "Cleo", "Dan")), (
        "out of the way"
    )
    assert set(found["follows"]) == {"expert", "noisy", "decoy"} and set(found["reliance"]) <= set(
        found["follows"]
    )
    assert all(0 < share < 1 for halves in found["reliance"].values() for share in halves)
    halves = found["halves"]["together"]
    assert sum(halves) == pytest.approx(found["learners"]["together"]["value"])
    assert found["score"] is None, "roles are drawn, so that there is no expert in the learner's place"


def test_runs_are_crossed_and_played_under_other_choices(runs, tmp_path):
    paths = [str(runs / f"two-{seed}") for seed in (1, 2)]
    found = evaluated(tmp_path, *paths, "--set", "layout=drawn")
    crossed = found["cross_play"]
    assert (
        np.shape(crossed["returns"]) == (2, 2) and crossed["anchors"]["expert"] > crossed["anchors"]["random"]
    )
    own = [found["runs"][path]["learners"]["together"]["value"] for path in paths]
    assert np.diag(crossed["returns"]) == pytest.approx(own), "with itself is as it was measured"
    assert found["settings"]["choices"] == ["layout=drawn"]
    assert set(found["runs"][paths[0]]["counts"]) == {"steps together"}


def test_each_agent_is_played_by_the_mind_that_learned_in_its_place(runs):
    run = Run.of(runs / "two-1")
    cast = policies_of(dict.fromkeys(("Ann", "Bob"), f"mind:{runs / 'two-1'}"))
    for name in ("Ann", "Bob"):
        mine, theirs = (policy.network.state_dict() for policy in (run.minds[name], cast[name]))
        assert all((mine[key] == theirs[key]).all() for key in mine)
    ann, bob = (cast[name].network.state_dict() for name in ("Ann", "Bob"))
    assert any((ann[key] != bob[key]).any() for key in ann)


def test_a_learner_is_measured_beside_partners_it_never_met(runs, tmp_path):
    """A pool of another run, of which there is one checkpoint, is as that run's mind."""
    one, other = (str(runs / f"two-{seed}") for seed in (1, 2))
    found = evaluated(tmp_path, one, "--cast", f"bob=pool:{other}")
    told = found["runs"][one]
    assert set(told["returns"]) == {"together", "alone", "wanderers"}, "bob is no learner here"
    assert found["settings"]["cast"] == [f"bob=pool:{other}"]
    as_mind = evaluated(tmp_path, one, "--cast", f"bob=mind:{other}")["runs"][one]
    assert told["returns"]["together"]["Ann"] == as_mind["returns"]["together"]["Ann"]
    with pytest.raises(ValueError, match="names everybody who learned"):
        Run.of(runs / "two-1", cast=("ann=still", "bob=still"))


def test_a_pool_has_the_first_the_middle_and_the_last_of_a_run(tmp_path):
    asked = f"train social --scenario two_doors --set steps=12 {SMALL} --save 1 --keep 9 --name saved --runs {tmp_path}"
    assert main([*asked.replace("--frames 512", "--frames 1280").split()]) == 0
    run = tmp_path / "saved"
    frames = [int(path.name.partition("-")[2]) for path in pool_checkpoints(str(run))]
    assert frames == [256, 768, 1280]
    last = newest_checkpoint(run)
    assert pool_checkpoints(f"{last},{last}") == [last, last]
    for text in ("ann=pool", "ann=pool:nowhere"):
        with pytest.raises(ValueError, match=r"pool|nowhere"):
            read_cast([text], ["Ann"])


def test_a_run_of_another_kind_is_refused(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"config": {"frames": 1}}))
    with pytest.raises(ValueError, match="is no run of train social"):
        Run.of(tmp_path)


def test_scores_stand_between_fixed_anchors():
    assert score(5, {"random": 0, "expert": 10}) == 0.5
    assert score(5, {"random": 0}) is None and score(5, {"random": 3, "expert": 3}) is None


def test_moves_onto_a_track_are_counted():
    """Bob walks ahead along a row, Ann two cells behind him; in the other world he stays where nobody comes."""
    steps = 20
    walk = np.arange(steps)
    cells = np.zeros((steps, 2, 2), np.int64)
    cells[:, 0, 0], cells[:, 0, 1] = walk, walk + 2
    cells[:, 1, 0], cells[:, 1, 1] = 1000 + walk, 5000
    moves, own, chance = follow_counts(cells, 0, 1)
    assert moves.tolist() == [steps - WINDOW] * 2
    assert own.tolist() == [steps - WINDOW, 0] and chance.tolist() == [0, 0]
    moves, own, _ = follow_counts(cells, 1, 0)
    assert own.tolist() == [0, 0], "who goes ahead follows nobody"


def test_who_is_out_of_the_way_is_neither_seen_nor_met():
    scenario = make_scenario("routine_cycle", agents=3)
    banks = Company(scenario, {"Bob": "expert", "Cleo": "decoy"}, 8, 0.5, 0).banks(8, 3)
    sim = Simulator(scenario, 8, bank=banks["alone"], seed=0, autoreset=DISABLED)
    rng = np.random.default_rng(0)
    start = sim.state.agent_cell[:, 1:].copy()
    for _ in range(80):
        sim.step(rng.choice([FORWARD, FORWARD, TURN_RIGHT], (8, 3)))
        others = sim.state.obs_view[:, 0, 2].reshape(8, -1)
        assert all(set((row[row > 0] >> 2 & 15).tolist()) <= {0} for row in others)
    assert (sim.state.agent_cell[:, 1:] == start).all()
    together, alone = (level_of(bank, 0) for bank in banks.values())
    assert [a[:4] for a in together.agents[:1]] == [a[:4] for a in alone.agents[:1]], (
        "the learner begins alike"
    )


def test_solo_levels_have_their_share():
    scenario = make_scenario("routine_cycle")
    bank = Company(scenario, {"Bob": "expert"}, 400, 0.25, 0).bank(0)
    away = (bank.agent_cell[:, 1] & 255) >= 9
    assert 0.15 < away.mean() < 0.35
    with pytest.raises(ValueError, match="--solo needs others"):
        Company(scenario, {}, 4, 0.5, 0)
