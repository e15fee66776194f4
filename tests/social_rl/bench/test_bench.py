"""Does the benchmark measure what it says, and write where it came from?"""

import json

import numpy as np
import pytest
import torch

from agents.language.model.language_model import ModelConfig
from agents.network.kernels.fused import look, look_torch
from agents.network.layers import GRU
from social_rl.bench import bare, bench
from social_rl.bench import design as bench_design
from social_rl.bench import language as bench_language
from social_rl.bench import leading as bench_leading
from social_rl.bench import rlhf as bench_rlhf
from social_rl.bench import speaker as bench_speaker
from social_rl.bench import training as bench_training
from social_rl.cli import main
from worlds.scenario import make_scenario
from worlds.simulator import Simulator

KEYS = {"runs", "settings", "commit", "versions", "machine", "command", "calibration", "first_steps", "when"}


@pytest.mark.parametrize(
    ("what", "unit", "worlds"),
    [
        ("step", "agent_steps_per_second", 8),
        ("batch64", "agent_steps_per_second", 64),
        ("env", "agent_steps_per_second", 1),
        ("expert", "decisions_per_second", 8),
        ("levels", "levels_per_second", 8),
    ],
)
def test_each_benchmark_writes_its_speed(what, unit, worlds, tmp_path, capsys):
    file = tmp_path / "speed.json"
    arguments = f"bench sim --what {what} --worlds 8 --steps 4 --runs 3 --json {file}"
    assert main(arguments.split()) == 0
    result = json.loads(file.read_text(encoding="utf-8"))
    assert set(result) >= KEYS
    assert result[unit] == sorted(result["runs"])[1], "the median of three"
    assert result["settings"]["worlds"] == worlds
    assert result["settings"]["agents"] == 2
    assert "the median of 3 runs" in capsys.readouterr().out


def test_a_record_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "benchmarks" / "results.jsonl")
    for _ in range(2):
        assert main(["bench", "sim", "--worlds", "2", "--steps", "2", "--runs", "5", "--record"]) == 0
    lines = (tmp_path / "benchmarks" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert json.loads(lines[1])["settings"]["scenario"] == "maze"


def test_whole_cycles_of_design_are_measured(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(bench_design, "MEASURED", ("random", "accel", "learnability"))
    monkeypatch.setattr(bench_design, "WARM", 1)
    monkeypatch.setattr(bench_design, "ROUND", 1)
    file = tmp_path / "speed.json"
    words = f"bench design --worlds 8 --threads 2 --runs 3 --json {file}"
    assert main(words.split()) == 0
    result = json.loads(file.read_text(encoding="utf-8"))
    assert set(result) >= KEYS - {"first_steps"}
    speeds = result["runs"]["random"]
    assert result["random_env_steps_per_second"] == sorted(speeds)[1], "the median of three"
    assert result["learned_from_per_second"]["random"] == speeds, (
        "chance lets a student learn from every step"
    )
    assert result["learned_from_per_second"]["accel"] == [0, 0, 0], "its buffer is not full yet"
    assert result["settings"]["workers"] == 2 and result["settings"]["candidates"] == 8
    assert "the student learns from" in capsys.readouterr().out


def shrink(monkeypatch, small):
    """Let benchmarks of language have a tiny model, and these numbers wherever they are used."""
    shape = ModelConfig(layers=1, width=16, heads=2, vocabulary=1200)
    for name, value in {**small, "SHAPE": shape}.items():
        for module in (bench_language, bench_rlhf, bench_speaker, bench_leading):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)


def test_language_is_measured_beside_transformers(tmp_path, capsys, monkeypatch):
    small = {"BATCH": 4, "ASKED": 2, "PROMPT": 8, "NEW": 3, "EXAMPLE": 12, "ANSWER": 4, "WARM": 1}
    shrink(monkeypatch, {**small, "WORLDS": 2, "STEPS": 4})
    file = tmp_path / "speed.json"
    assert main(f"bench language --runs 3 --json {file}".split()) == 0
    result = json.loads(file.read_text(encoding="utf-8"))
    assert set(result) >= KEYS - {"first_steps"}
    pairs = {"generate_ratio": "own", "shared_generate_ratio": "shared", "training_ratio": "learning"}
    for ratio, name in pairs.items():
        ours, theirs = result["runs"][name], result["runs"][f"{name}_transformers"]
        assert result[ratio] == sorted(mine / other for mine, other in zip(ours, theirs, strict=True))[1]
        assert result[f"{name}_tokens_per_second"] == sorted(ours)[1], "the median of three"
    assert "times transformers" in capsys.readouterr().out


def test_both_sides_of_the_language_benchmark_say_and_learn_the_same():
    """A ratio of speeds means nothing between unlike works."""
    language_model, words = bench_language.a_model(0)
    chance = np.random.default_rng(0)
    prompts = bench_language.texts(words, 3, chance)
    assert {len(row) for row in language_model.encode(prompts)} == {bench_language.PROMPT}
    ours, theirs, tokens = bench_language.speaking(language_model, prompts)
    assert ours() == theirs() and tokens == 3 * bench_language.NEW
    steps = bench_language.learning(0, chance)[:2]
    losses = [step() for step in steps for _ in range(2)]
    assert losses[0] == pytest.approx(losses[2], abs=1e-5) and losses[1] == pytest.approx(losses[3], abs=1e-4)


def test_tuning_by_a_reward_model_is_measured(tmp_path, capsys, monkeypatch):
    small = {"BATCH": 4, "PROMPT": 8, "NEW": 3, "WARM": 1}
    shrink(monkeypatch, small)
    monkeypatch.setitem(bench_rlhf.CASES, "grouped", bench_rlhf.Case(2, 1, has_critic=False))
    learned = []
    learn = bench_rlhf.learn
    monkeypatch.setattr(bench_rlhf, "learn", lambda *given: learned.append((given, learn(*given))))
    file = tmp_path / "speed.json"
    assert main(f"bench rlhf --runs 3 --threads 1 --json {file}".split()) == 0
    result = json.loads(file.read_text(encoding="utf-8"))
    assert set(result) >= KEYS - {"first_steps"}
    for name in ("ppo", "grouped"):
        assert result[f"{name}_completions_per_second"] == sorted(result["runs"][name])[1], (
            "the median of three"
        )
        assert len(result["processor_seconds"][name]) == 3
        assert sum(result["stages"][name].values()) == pytest.approx(1)
    for (_, _, prompts, answers, score), log in learned:
        assert {len(answer) for answer in answers} == {3} and log["decisions"] == 3
        assert len(set(prompts)) == (4 if "value_loss" in log else 2), "with groups each is asked twice"
        if "value_loss" not in log:
            assert score[0] == pytest.approx(-score[1], abs=1e-5), "relative to its group"
    assert {"value_loss" in log for _, log in learned} == {True, False}
    assert "learning" in capsys.readouterr().out


def test_learning_is_measured_beside_bare_loops(tmp_path, capsys, monkeypatch):
    for name, value in {"LEVELS": 16, "STEPS": 4, "WARM": 1}.items():
        monkeypatch.setattr(bench_training, name, value)
    in_houses = tuple(case for case in bench_training.CASES if case.scenario == "house")
    monkeypatch.setattr(bench_training, "CASES", in_houses)
    file = tmp_path / "speed.json"
    assert main(f"bench train --worlds 8 --threads 1 --runs 3 --json {file}".split()) == 0
    result = json.loads(file.read_text(encoding="utf-8"))
    assert set(result) >= KEYS - {"first_steps"}
    for name, (mine, other) in bench_training.RATIOS.items():
        ours, theirs = result["runs"][mine], result["runs"][other]
        assert result[name] == sorted(a / b for a, b in zip(ours, theirs, strict=True))[1], (
            "the median of three"
        )
    for name, speeds in result["runs"].items():
        assert result[f"{name}_agent_steps_per_second"] == sorted(speeds)[1]
        assert sum(result["stages"][name].values()) == pytest.approx(1)
        assert result["processor_microseconds"][name] > 0
    assert {"baseline", "trial", "trial_feedforward"} < set(result["runs"])
    assert set(result["processor_ratios"]) == set(bench_training.RATIOS) - {"threads_over_one"}
    assert 0.1 < result["peak_memory_GB"] < 64
    assert "plain_ppo over trial" in capsys.readouterr().out


def bare_lane(look, memory, kind=torch.float32):
    """Eight mazes in one lane, and a bare network that plays there."""
    scenario = make_scenario("maze")
    sim = Simulator(scenario, 8, levels=16, seed=1)
    torch.manual_seed(0)
    network = bare.BareNetwork(sim.sizes.view**2, 16, look, memory, kind)
    return network, bare.Lane(sim, 3)


def test_bare_loops_take_the_same_network_through_the_same_frames():
    """A ratio of speeds means nothing between unlike works: both memories, with equal weights, say the same."""
    plain, lane = bare_lane(look_torch, bare.TorchGRU(bare.HIDDEN))
    fast, _ = bare_lane(look, GRU(bare.HIDDEN))
    given, kept = fast.memory.given, fast.memory.kept
    for name, layer in (("ih", given), ("hh", kept)):
        for part, numbers in (("weight", layer.weight), ("bias", layer.bias)):
            getattr(plain.memory.cell, f"{part}_{name}").data.copy_(numbers.data)
    for name in ("looks", "told.weight", "flatten.weight", "flatten.bias", "head.weight", "head.bias"):
        plain.get_parameter(name).data.copy_(fast.get_parameter(name).data)
    went, start = lane.play(plain, 12)
    frames = went.view, went.told, went.keep, start
    for mine, other in zip(plain(*frames), fast(*frames), strict=True):
        assert torch.allclose(mine, other, atol=1e-4)
    losses = [bare.bare_loss(network, went, start).item() for network in (plain, fast)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)


def test_a_bare_loop_holds_acts_as_likely_as_when_it_chose_them():
    """Before its first step, what it learns from is its own: all ratios of chances are 1."""
    network, lane = bare_lane(look_torch, bare.TorchGRU(bare.HIDDEN))
    went, start = lane.play(network, 12)
    assert (went.keep[0] == 0).all() and went.keep[1:].any()
    log = network(went.view, went.told, went.keep, start)[0].log_softmax(-1)
    assert torch.allclose(log.gather(-1, went.act[..., None])[..., 0], went.log_prob, atol=1e-5)


def test_lanes_of_a_bare_loop_change_one_network():
    network, lane = bare_lane(look, GRU(bare.HIDDEN))
    before = {name: part.clone() for name, part in network.state_dict().items()}
    once = bare.bare_round(network, [lane, bare_lane(look, GRU(bare.HIDDEN))[1]], steps=4, threads=1)
    assert 0 < once() < 1
    unchanged = [name for name, part in network.state_dict().items() if torch.equal(part, before[name])]
    assert not unchanged and lane.keep.any()


def test_a_bare_loop_learns_to_do_what_is_paid():
    """Its own acts are judged better or worse: one that is always held to be better becomes likelier."""
    network, lane = bare_lane(look_torch, bare.TorchGRU(bare.HIDDEN))
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    likely = []
    for _ in range(6):
        went, start = lane.play(network, 12)
        went = went._replace(advantage=(went.act == 2).float())
        likely.append(float((went.act == 2).float().mean()))
        for _ in range(4):
            optimizer.zero_grad()
            bare.bare_loss(network, went, start).backward()
            optimizer.step()
    assert likely[-1] > likely[0] + 0.1
