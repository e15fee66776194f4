"""Are episodes counted fairly, and are scores what they say?"""

import io
import json
import math

import numpy as np
import pytest
from rich.console import Console

from agents.language.model.language_model import ModelConfig, new_model, write_model
from agents.language.model.tokenizer import train_tokenizer
from agents.language.policy import Language
from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.policies.planner import Planner
from agents.policies.scripted import expert
from agents.policies.simple import Noisy
from agents.training.checkpoint import MIND, network_arrays, network_manifest, read_network, write_checkpoint
from agents.types import Cast
from social_rl.cli import main
from social_rl.episodes import instructed
from social_rl.episodes.casting import POLICIES, make_policy, policies_of, read_cast
from social_rl.episodes.instructed import draw_levels, is_undisturbed
from social_rl.episodes.playing import Episodes, play_episodes
from social_rl.evaluation.splits import evaluate_split
from social_rl.evaluation.statistics import (
    bootstrap_interval,
    equality,
    iqm,
    mean,
    share,
    share_of,
    t_quantile,
)
from social_rl.reports.film import copy_world, entry_of, film
from social_rl.reports.summary import report_of, report_record
from social_rl.reports.tables import cells, mean_text, scores_table, share_text
from social_rl.runs.shipped import SHIPPED, SHIPPED_LANGUAGE
from tests.agents.language.model.small_models import TEXTS
from tests.houses import level
from worlds.goal import FIELDS, GO_TO, PICK_UP, ROWS, VERB
from worlds.levels.bank import bank_of, level_of
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, SAME_STEP, Simulator
from worlds.state import ACTS, FORWARD, SUCCEEDED, TURN_LEFT, WAIT


# ---- statistics ---------------------------------------------------------------------------------------
def test_a_share_has_wilsons_interval():
    # p = 8/10, z = 1.96: middle (0.8 + 0.19207) / 1.38415 = 0.7167,
    # half 1.95996 / 1.38415 * sqrt(0.8 * 0.2 / 10 + 0.0096036) = 0.2266
    estimate = share(8, 10)
    assert estimate.value == 0.8
    assert estimate.low == pytest.approx(0.4902, abs=1e-4)
    assert estimate.high == pytest.approx(0.9433, abs=1e-4)


def test_a_share_of_all_or_none_is_not_certain():
    assert share(10, 10)[:3] == pytest.approx((1.0, 0.7225, 1.0), abs=1e-4)
    assert share(0, 10)[:3] == pytest.approx((0.0, 0.0, 0.2775), abs=1e-4)
    assert share(0, 0).n == 0


def test_a_mean_has_students_interval():
    # 1 to 5: mean 3, deviation 1.5811, t(4) = 2.7764: 3 ± 2.7764 * 1.5811 / sqrt(5) = 3 ± 1.9632
    assert mean([1, 2, 3, 4, 5, math.nan])[:3] == pytest.approx((3, 3 - 1.9632, 3 + 1.9632), abs=1e-3)
    assert mean([]).n == 0


def test_below_five_levels_there_is_no_interval():
    assert math.isnan(mean([1, 2, 3, 4]).low) and math.isnan(share(3, 4).low)
    levels = np.repeat(np.arange(4), 10)
    assert math.isnan(share_of(levels > 1, levels).low), "forty episodes, but of four levels"
    assert math.isnan(mean(levels, levels).low)


def test_agents_of_one_level_are_not_counted_as_independent():
    """Ten levels of two agents; in eight both succeed, in two neither.

    Each level misses the mean of .8 by 2 * .2 or 2 * .8: the variance is 10/9 (8 * .16 + 2 * 2.56) / 20**2 = .017778,
    2.1111 times that of twenty independent ones, .16 / 19. So they are worth 20 / 2.1111 * (2.0930 / 2.2622)**2 = 8.110
    agents, the last factor of t for 19 and for 9 degrees, and Wilson's interval of .8 of them is .4571 to .9500.
    """
    level = np.repeat(np.arange(10), 2)
    estimate = share_of(level < 8, level)
    assert estimate.value == 0.8 and estimate.n == 20
    assert (estimate.low, estimate.high) == pytest.approx((0.4571, 0.9500), abs=1e-3)
    apart = share_of(np.tile([True, False], 10), level)
    assert (apart.low, apart.high) >= (share(9, 20).low, share(10, 20).high), (
        "and never as more than they are"
    )
    assert share_of(np.ones(20, bool), level)[:3] == pytest.approx(share(10, 10)[:3])
    # Means of 0 and 1 in pairs: t(9) = 2.2622 times sqrt(.017778) = .1333
    assert mean((level < 8).astype(float), level)[:3] == pytest.approx(
        (0.8, 0.8 - 0.3016, 0.8 + 0.3016), abs=1e-3
    )


def test_quantiles_beyond_the_table_continue_it():
    assert t_quantile(31) == pytest.approx(2.0395, abs=5e-4)
    assert t_quantile(1000) == pytest.approx(1.9623, abs=1e-4)


def test_the_interquartile_mean_leaves_a_quarter_out_at_each_end():
    assert iqm([0, 0, 1, 1]) == 0.5
    assert iqm([9, 1, 2, 3, 4, 5, 6, -9]) == (2 + 3 + 4 + 5) / 4
    assert iqm([0, 3, 6, 9, 99]) == (3 + 6 + 9) / 3, "5 / 4, rounded down, is one at each end"
    assert iqm([[1, 2], [6, 0]]) == 1.5, "of seeds and houses together"
    assert iqm([1, 2, 6]) == 3 and iqm([7]) == 7 and math.isnan(iqm([]))


def test_a_bootstrap_draws_seeds_within_each_house():
    # Each house is the same with every seed: however seeds are drawn, the mean is (0 + 1) / 2.
    assert bootstrap_interval(np.array([[0, 1], [0, 1], [0, 1]]), np.mean, 0, 200) == (0.5, 0.5)
    # One house, 0 and 1 with two seeds: means 0, 0.5 and 1 come a quarter, a half and a quarter of the time.
    assert bootstrap_interval(np.array([[0], [1]]), np.mean, 0, 400) == (0, 1)
    # Ten such houses: a deviation of sqrt(0.125 / 10) = 0.112, so 0.5 ± 1.96 * 0.112 = 0.5 ± 0.219.
    ten = np.array([[0] * 10, [1] * 10])
    assert bootstrap_interval(ten, np.mean, 0, 2000) == pytest.approx((0.281, 0.719), abs=0.04)
    assert bootstrap_interval(ten, np.mean, 0, 50) == bootstrap_interval(ten, np.mean, 0, 50), "by its seed"
    assert all(map(math.isnan, bootstrap_interval(np.ones((1, 5)), iqm, 0)))
    assert all(map(math.isnan, bootstrap_interval(np.ones((3, 0)), iqm, 0)))


def test_equality_is_one_less_gini():
    # 1, 3: |1 - 3| twice = 4; 1 - 4 / (2 * 2 * 4) = 0.75. All to one of two: 1 - 2 * 4 / (2 * 2 * 4) = 0.5
    returns = np.array([[2.0, 2.0], [1.0, 3.0], [0.0, 4.0], [0.0, 0.0], [5.0, -1.0]])
    assert equality(returns)[:3] == pytest.approx([1, 0.75, 0.5])
    assert np.isnan(equality(returns)[3:]).all(), "of nothing, and of debts, there is no Gini coefficient"


# ---- casts --------------------------------------------------------------------------------------------
def test_names_are_read_in_any_case_and_others_are_experts():
    assert read_cast(["BOB=noisy:0.3"], ["Ann", "Bob"]) == {"Ann": "expert", "Bob": "noisy:0.3"}


def test_agents_of_one_kind_share_their_policy():
    policies = policies_of({"Ann": "noisy:0.3", "Bob": "noisy:0.3", "Cleo": "seeing"}, seed=7)
    assert policies["Ann"] is policies["Bob"]
    assert policies["Ann"] == Noisy(expert(), 0.3, 7)
    assert policies["Cleo"] == Planner("seen")


@pytest.mark.parametrize("policy", [policy for policy in POLICIES if policy not in ("mind", "pool")])
def test_every_policy_can_be_made(policy):
    assert hasattr(make_policy(policy, 0), "act")


def test_a_mind_is_cast_from_its_checkpoint(tmp_path, capsys):
    network = ActorCritic(NetworkConfig())
    write_checkpoint(tmp_path / "c", {MIND: network_arrays(network)}, network_manifest(network))
    words = ["run", "house", "--episodes", "2", "--worlds", "2", "--set", "step_limit=5", "--cast"]
    assert main([*words, f"ann=mind:{tmp_path / 'c'}"]) == 0
    assert "(mind:" in capsys.readouterr().out
    assert main([*words, f"ann=mind:{tmp_path}"]) == 2
    assert "is no run" in capsys.readouterr().err


def test_the_shipped_mind_is_small_and_does_what_it_is_told():
    """It was trained for this: far better than chance (below 3 %), on levels drawn here."""
    files = list(SHIPPED.iterdir())
    assert sum(file.stat().st_size for file in files) < 8e6
    found = evaluate_split(read_network(SHIPPED), "S0", 64, seed=5, clauses=(1, 1))
    assert found["mind"]["success"] > 0.9


def test_a_language_model_is_cast_with_who_carries_out(tmp_path, capsys):
    tokenizer = train_tokenizer(TEXTS, 300)
    shape = ModelConfig(layers=1, width=32, heads=2, context=256, vocabulary=tokenizer.get_vocab_size())
    write_model(tmp_path / "model", new_model(shape, tokenizer))
    led = make_policy(f"lm:{tmp_path / 'model'}+seeing", 0)
    assert isinstance(led, Language) and led.carrier == Planner("seen") and not led.privileged
    assert make_policy(f"lm:{tmp_path / 'model'}+expert", 0).privileged
    words = ["run", "house", "--episodes", "2", "--worlds", "2", "--set", "step_limit=5", "--cast"]
    assert main([*words, f"ann=lm:{tmp_path / 'model'}+noisy:0.5"]) == 0
    assert "(lm:" in capsys.readouterr().out
    for wrong, remedy in (
        ("lm:nowhere", "nowhere is no language model"),
        ("lm+lm", "no policy is called 'lm'"),
        (f"lm:{tmp_path / 'model'}+xpert", "no policy is called 'xpert'"),
    ):
        assert main([*words, f"ann={wrong}"]) == 2
        assert remedy in capsys.readouterr().err


def test_the_shipped_language_model_is_small_and_leads_where_free_words_say():
    assert sum(file.stat().st_size for file in SHIPPED_LANGUAGE.iterdir()) <= 25e6
    sim = Simulator(make_scenario("house", clauses=(1, 1)), 16, levels=16, seed=3, autoreset=DISABLED)
    sim.assign(np.arange(16)[None])
    sim.reset()
    cast = Cast(sim, dict.fromkeys(sim.scenario.agents, make_policy("lm", 0)))
    while not sim.state.over.all():
        sim.step(cast.act())
    assert (sim.state.finished == SUCCEEDED).mean() > 0.85


def test_what_is_not_shipped_is_said(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("social_rl.runs.shipped.SHIPPED", tmp_path)
    assert main(["run", "house", "--cast", "ann=mind"]) == 2
    assert "no mind is shipped" in capsys.readouterr().err


# ---- episodes -----------------------------------------------------------------------------------------
def test_every_level_is_played_once_whatever_the_number_of_worlds():
    scenario = make_scenario("maze", agents=2, side=9)
    bank = scenario.draw(10, 3)
    played = []
    for worlds in (1, 4):
        sim = Simulator(scenario, worlds, bank=bank, autoreset=DISABLED)
        seen: list[int] = []

        def watch(ended_W, sim=sim, seen=seen):
            seen.extend(sim.state.level[ended_W].tolist())

        episodes = play_episodes(sim, 10, lambda sim=sim: still(sim), watch)
        assert sorted(seen) == list(range(10))
        assert episodes.level_E.tolist() == list(range(10))
        played.append(episodes)
    assert not played[0].success_EA.any()
    assert (played[0].steps_EA == bank.step_limit[0]).all(), "who waits, waits until the limit"
    for one, four in zip(*played, strict=True):
        np.testing.assert_array_equal(one, four)


def test_returns_and_steps_end_with_the_agents_own_episode():
    scenario = make_scenario("maze", agents=2, side=9)
    sim = Simulator(scenario, 3, levels=12, autoreset=DISABLED)
    rng = np.random.default_rng(0)
    episodes = play_episodes(
        sim, 12, lambda: rng.integers(len(ACTS), size=sim.state.action.shape), lambda ended_W: None
    )
    limit = int(sim.bank.step_limit[0])
    assert episodes.success_EA.any()
    # maze: 1 - 0.9 * steps / limit for arriving, else nothing
    earned = np.where(episodes.success_EA, 1 - 0.9 * episodes.steps_EA / limit, 0)
    np.testing.assert_allclose(episodes.return_EA, earned, rtol=1e-5)


def test_a_simulator_that_begins_episodes_by_itself_is_refused():
    sim = Simulator(make_scenario("maze"), 1, levels=1, autoreset=SAME_STEP)
    with pytest.raises(ValueError, match="autoreset=DISABLED"):
        play_episodes(sim, 1, lambda: still(sim), lambda ended_W: None)


def still(sim: Simulator) -> np.ndarray:
    return np.full(sim.state.action.shape, WAIT, np.uint8)


# ---- scores -------------------------------------------------------------------------------------------
def test_scores_by_agent_and_kind():
    goal_LA = np.zeros((3, 1, ROWS, FIELDS), np.uint8)
    goal_LA[:, 0, 0, VERB] = (GO_TO, GO_TO, PICK_UP)
    episodes = Episodes(
        success_EA=np.array([[True], [False], [True]]),
        return_EA=np.array([[0.9], [0.0], [0.6]]),
        steps_EA=np.array([[10], [100], [40]]),
        level_E=np.array([0, 1, 2]),
    )
    report = report_of(episodes, goal_LA, np.array([[8], [9], [10]]), {"Ann": "expert"})
    (ann,) = report.agents
    assert ann.overall.success == share(2, 3)
    assert ann.overall.steps.value == 50
    # of the successes alone: 8/10 and 10/40
    assert ann.overall.path_efficiency.value == pytest.approx((0.8 + 0.25) / 2)
    assert list(ann.by_kind) == ["go to", "pick up"]
    assert ann.by_kind["go to"].n == 2
    record = report_record(report)
    assert record["agents"]["Ann"]["return"] == pytest.approx(0.5)
    assert record["agents"]["Ann"]["by_kind"]["pick up"]["success"] == 1
    assert record["by_kind"]["pick up"]["ci95"]["steps"] is None, "one episode has no interval"
    json.dumps(record, allow_nan=False)


def test_without_an_instruction_there_is_no_success():
    episodes = Episodes(np.zeros((2, 1), bool), np.ones((2, 1)), np.ones((2, 1), int), np.arange(2))
    report = report_of(
        episodes, np.zeros((2, 1, ROWS, FIELDS), np.uint8), np.full((2, 1), -1), {"Ann": "still"}
    )
    assert report.agents[0].overall.success is None
    assert report.agents[0].by_kind == {}


def test_estimates_as_text():
    assert share_text(share(8, 10)) == "80 % (49-94)"
    assert mean_text(mean([1, 2, 3, 4, 5]), 1) == "3.0 ±2.0"
    assert mean_text(mean([]), 1) == "-"


@pytest.mark.parametrize("width", [80, 72])
def test_long_names_of_policies_cut_no_number(width):
    """Names go over several lines; each number stands whole in its column."""
    episodes = Episodes(
        np.ones((600, 1), bool), np.linspace(0, 900, 600)[:, None], np.arange(1, 601)[:, None], np.arange(600)
    )
    goal_LA = np.zeros((600, 1, ROWS, FIELDS), np.uint8)
    goal_LA[..., 0, VERB] = PICK_UP
    name = "mind:runs/a-study-of-company/trust-seed-1-with-all-methods-and-a-long-name"
    report = report_of(episodes, goal_LA, np.full((600, 1), 9), {"Ann": name})
    lines = io.StringIO()
    Console(file=lines, width=width).print(scores_table(report))
    said = lines.getvalue()
    assert "…" not in said and max(map(len, said.splitlines())) <= width
    for text in cells(report.agents[0].overall):
        assert f"{text} " in said or f"{text}\n" in said, f"{text} is not whole"
    firsts = [line[: said.index("episodes")] for line in said.splitlines()]
    assert name in "".join(first.strip() for first in firsts), "nor is the name"


# ---- the command --------------------------------------------------------------------------------------
def test_a_run_prints_a_table_and_writes_results_and_a_film(tmp_path, capsys):
    arguments = "run maze --set agents=2 side=9 --cast ann=random bob=still --worlds 4 --episodes 8 --seed 1"
    files = [
        "--json",
        str(tmp_path / "new" / "run.json"),
        "--video",
        str(tmp_path / "run.gif"),
        "--tile",
        "8",
    ]
    assert main([*arguments.split(), *files]) == 0
    said = capsys.readouterr().out
    assert "Ann (random)" in said
    assert "8 of 8 episodes" in said
    assert "Next: social-rl play maze --cast ann=random bob=still --set agents=2 side=9" in said
    record = json.loads((tmp_path / "new" / "run.json").read_text(encoding="utf-8"))
    assert record["agents"]["Bob"]["success"] == 0
    assert record["agents"]["Bob"]["n"] == 8
    assert record["settings"]["worlds"] == 4
    assert {"commit", "versions", "by_kind", "machine"} <= set(record)
    assert (tmp_path / "run.gif").read_bytes()[:3] == b"GIF"


def test_a_film_has_no_more_frames_than_were_asked_for(tmp_path, capsys):
    film = tmp_path / "run.gif"
    arguments = f"run maze --set side=9 --cast ann=still --worlds 1 --episodes 2 --video {film} --tile 4"
    assert main([*arguments.split(), "--video-frames", "30"]) == 0
    said = capsys.readouterr().out
    assert "30 of 30 frames" in said, "one sees that it is being written"
    assert "30 frames, " in said and "0 whole episodes of the first world" in said
    assert "The film stops there: --video-frames is 30; give more for a longer one." in said


def test_a_film_that_is_too_large_to_make_is_refused(tmp_path, capsys):
    arguments = f"run maze --set side=129 --episodes 1 --video {tmp_path / 'run.gif'} --tile 64"
    assert main(arguments.split()) == 2
    assert "would be 8256 pixels wide, allowed are 8192; choose 63 or less" in capsys.readouterr().err


def test_the_same_seed_gives_the_same_results(tmp_path):
    for name in ("a", "b"):
        arguments = (
            f"run maze --set side=9 --cast ann=random --worlds 3 --episodes 6 --json {tmp_path / name}"
        )
        assert main(arguments.split()) == 0
    first, second = (json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in "ab")
    assert first["agents"] == second["agents"]


def test_berries_are_a_return_and_not_a_success(capsys):
    arguments = "run berry_bush --set agents=2 steps=20 --cast ann=random bob=random --worlds 2 --episodes 2"
    assert main(arguments.split()) == 0
    said = capsys.readouterr().out
    assert "%" not in said.partition("Brackets")[0]
    assert "together  return" in said
    assert "equality" in said


# ---- films --------------------------------------------------------------------------------------------
def test_captions_are_as_wide_as_the_picture_and_say_how_it_ended():
    sim = Simulator(make_scenario("maze", agents=2), 2, levels=2, autoreset=DISABLED)
    before = copy_world(sim.state, 0)
    sim.state.finished[0, 0] = 1
    frames = list(film([before, copy_world(sim.state, 0)], 16))
    assert frames[0].shape == frames[1].shape
    assert frames[0].shape[1] == 16 * 13
    assert (frames[0][16 * 13 :] != frames[1][16 * 13 :]).any(), "the caption changed"


def test_a_film_shows_where_agents_walked_and_what_they_earned():
    sim = Simulator(make_scenario("coins"), 1, levels=1, autoreset=DISABLED)
    shots = [copy_world(sim.state, 0)]
    for act in (TURN_LEFT, FORWARD, FORWARD, TURN_LEFT, FORWARD, FORWARD):
        sim.step(np.full((1, 2), act))
        sim.state.reward[:] = [[1, 0]]
        shots.append(copy_world(sim.state, 0))
    plain, trailed = list(film(shots, 16)), list(film(shots, 16, trails=3))
    assert np.array_equal(plain[0], trailed[0]), "nobody has walked yet"
    assert (plain[-1] != trailed[-1]).any()
    faint = np.abs(plain[-1].astype(int) - trailed[-1]).sum()
    assert np.abs(plain[-1].astype(int) - list(film(shots, 16, trails=1))[-1]).sum() < faint, (
        "a shorter track"
    )
    assert entry_of(shots[-1], 0, 6.0, ()).news == "step 6, earned 6"
    assert entry_of(shots[-1], 1, 0.0, ()).news == "step 6"


# ---- typed instructions -------------------------------------------------------------------------------
def test_typed_instructions_are_played_where_they_can_be_carried_out():
    scenario = make_scenario("house")
    bank = draw_levels(scenario, 3, 0, ["put the cup on the table"])
    for row in range(bank.step_limit.shape[0]):
        level = level_of(bank, row)
        ann, bob = level.agents
        assert ann.instruction == "put the cup on the table"
        assert bob.instruction, "Bob keeps his own"
        assert "cup" in {item.kind for item in level.items}
        assert "table" in {fixture.kind for fixture in level.fixtures}


@pytest.mark.parametrize(
    ("bob", "is_free"),
    [
        ("pick up the ball", True),
        ("go to the kitchen, then go to the table", True),
        ("meet Ann", True),
        ("pick up the cup", False),
        ("put the ball next to the cup", False),
        ("put the ball on the table", False),
        ("go to the ball without moving the cup", False),
    ],
)
def test_others_leave_alone_what_a_typed_instruction_needs(bob, is_free):
    house = "Ac1bB\n\nA Ann facing east\nB Bob facing west\nc red cup\n1 brown table\nb red ball"
    bank = bank_of([level(house, ann="put the cup on the table", bob=bob)])
    assert is_undisturbed(bank, [0]).tolist() == [is_free]
    assert is_undisturbed(bank, [0, 1]).tolist() == [True], "who types for both means both"


def test_more_instructions_than_agents_are_refused():
    with pytest.raises(ValueError, match="2 instructions for 1 agent: "):
        draw_levels(make_scenario("maze"), 1, 0, ["go to the goal", "go to the goal"])


def test_what_no_level_has_is_refused(monkeypatch):
    monkeypatch.setattr(instructed, "MOST_CHUNKS", 1)
    with pytest.raises(ValueError, match="none has what these instructions need"):
        draw_levels(make_scenario("maze", side=9), 1, 0, ["put the cup on the table"])


def test_an_expert_alone_walks_as_an_expert_alone(tmp_path):
    arguments = f"run maze --set side=9 family=perfect --worlds 2 --episodes 4 --json {tmp_path / 'run.json'}"
    assert main(arguments.split()) == 0
    ann = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["agents"]["Ann"]
    assert ann["success"] == 1
    assert ann["path_efficiency"] == 1
