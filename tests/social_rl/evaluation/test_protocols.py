"""Are mazes measured as the protocol says that is asked for, and is nothing mixed up between protocols?"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.network.actor_critic import ActorCritic
from agents.training.checkpoint import MIND as MIND_FILE
from agents.training.checkpoint import network_arrays, network_manifest, write_checkpoint
from social_rl.cli import main
from social_rl.episodes.casting import make_policy
from social_rl.evaluation import mazes
from social_rl.evaluation.contestants import Contestant
from social_rl.evaluation.mazes import (
    levels_of_maze,
    measured,
    random_mazes,
    solve,
    solved_shares,
    worst_of,
    worst_parts,
)
from social_rl.evaluation.protocols import (
    BESIDE,
    DCD,
    FAMILIES,
    JAXUED,
    MINIMAX,
    NCC,
    OURS,
    PROTOCOLS,
    SAME,
    SFL,
    TABLE,
    Rule,
)
from tests.small import SMALL_MIND
from worlds.expert.planning import levels_solvable
from worlds.generators.mazes import fixed_mazes, maze_bank
from worlds.levels.bank import level_of
from worlds.objects import WALL
from worlds.scenario import make_scenario
from worlds.state import WAIT

MIND = ActorCritic(SMALL_MIND)
WHO = [Contestant(Path(), MIND, 1)]


def levels(protocol, name, episodes=16, seed=3):
    bank = levels_of_maze(name, episodes, seed, protocol.rule_of(name))
    return [level_of(bank, row) for row in range(len(bank.step_limit))]


def headings(protocol, name):
    return {level.agents[0].heading for level in levels(protocol, name)}


def limits(protocol, *names):
    return [levels(protocol, name, 2)[0].step_limit for name in names]


def test_every_maze_of_the_literature_can_be_measured():
    """14 pictures, three families: all in our protocol, twelve in its mean; names of others say the same mazes."""
    pictures = {name.partition("/")[0] for name in fixed_mazes()}
    assert len(pictures) == 14 and pictures | set(FAMILIES) == {*OURS.mazes, *OURS.beside}
    assert OURS.mazes == TABLE and OURS.beside == BESIDE
    assert {"LabyrinthFlipped", "NineRooms", "NineRoomsFewerDoors"} < set(BESIDE)
    for protocol in PROTOCOLS.values():
        for name in (*protocol.mazes, *protocol.beside):
            assert SAME.get(name, name) in pictures | set(FAMILIES)
            bank = levels_of_maze(name, 3, 1, protocol.rule_of(name))
            assert levels_solvable(bank).all()
    assert levels(MINIMAX, "SixteenRooms2") == levels(OURS, "SixteenRoomsFewerDoors")


def test_the_mean_of_the_table_is_of_these_twelve():
    assert [name for name, one in PROTOCOLS.items() if one.is_of_the_table] == ["ours", "dcd", "minimax"]
    assert len(JAXUED.mazes) == 8 and "LabyrinthFlipped" in JAXUED.mazes
    assert np.mean([DCD.published[name] for name in TABLE]) == pytest.approx(0.875, abs=5e-4)


def test_trap_13_limits_are_as_published():
    """2 * 15 * 15 and 2 * 21 * 21 for pictures of 13 and 19 cells; 4 * 11 * 11 for crossings; 250 in jaxued."""
    names = ("Maze", "LargeCorridor", "PerfectMazeMedium", "FourRooms", "SimpleCrossing")
    assert limits(OURS, *names) == [450, 882, 882, 722, 242]
    assert limits(DCD, *names) == [450, 882, 882, 100, 484]
    assert limits(MINIMAX, "StandardMaze", *names[1:4], "Crossing") == [450, 882, 882, 250, 484]
    assert set(limits(JAXUED, *JAXUED.mazes)) == {250}


def test_trap_13_starts_face_as_published():
    assert headings(DCD, "PerfectMazeMedium") == headings(DCD, "SimpleCrossing") == {"east"}
    assert len(headings(DCD, "FourRooms")) == len(headings(OURS, "PerfectMazeMedium")) == 4
    for protocol in (OURS, MINIMAX, JAXUED):
        assert headings(protocol, "LabyrinthFlipped") == {"west"}
    every = levels_of_maze("SmallCorridor", 1, 0, Rule(facing="any"))
    assert len(every.step_limit) == 10 * 4


def test_goal_and_start_are_in_corners_or_anywhere():
    """dcd: two corners of a perfect maze. minimax: any two cells of its floor, drawn by the seed."""
    corners = {(0, 0), (0, 18), (18, 0), (18, 18)}

    def spots(protocol, seed=3):
        found = levels(protocol, "PerfectMazeMedium", 12, seed)
        return [((v.agents[0].row, v.agents[0].col), (v.fixtures[0].row, v.fixtures[0].col)) for v in found]

    assert all({*pair} < corners for pair in spots(DCD))
    assert not any({*pair} < corners for pair in spots(MINIMAX))
    assert spots(MINIMAX) == spots(MINIMAX) != spots(MINIMAX, 4)
    assert all(start != goal for start, goal in spots(MINIMAX))
    ground = levels_of_maze("PerfectMazeMedium", 4, 3, MINIMAX.rule_of("PerfectMazeMedium")).ground_at
    assert (ground[:, :19, :19] == WALL).any((1, 2)).all()


def test_our_protocol_is_what_it_was():
    """Families as the generator draws them, pictures as they are."""
    bank = levels_of_maze("FourRooms", 8, 5, OURS.rule_of("FourRooms"))
    assert np.array_equal(bank.house, maze_bank(8, 5, **FAMILIES["FourRooms"]).house)
    assert levels(OURS, "Labyrinth") == [fixed_mazes()["Labyrinth"]]


class Watched:
    """Stands for play: notes the scenario, the levels and how acts are drawn."""

    def __init__(self, monkeypatch):
        self.seen = []
        monkeypatch.setattr(mazes, "Learned", self.learned)
        monkeypatch.setattr(mazes, "Cast", lambda sim, policies: type("Nobody", (), {"act": None}))
        monkeypatch.setattr(mazes, "play_episodes", self.play)

    def learned(self, network, temperature, seed):
        self.temperature = temperature

    def play(self, sim, episodes, act, watch):
        self.seen.append((sim.scenario.occluded, episodes, self.temperature))
        shape = (episodes, 1)
        return type("Found", (), {"success_EA": np.ones(shape, bool), "steps_EA": np.ones(shape, int)})


def test_acts_are_drawn_as_published_and_walls_hide_where_they_did(monkeypatch):
    watched = Watched(monkeypatch)
    solve(MIND, "FourRooms", 4, 0, DCD)
    solve(MIND, "Maze", 4, 0, DCD)
    solve(MIND, "FourRooms", 4, 0, OURS)
    assert watched.seen == [(True, 4, 1.0), (False, 4, 1.0), (False, 4, OURS.temperature)]


def test_published_protocols_have_no_more_episodes_than_they_say(monkeypatch):
    from social_rl.commands.evaluate import Evaluate

    watched = Watched(monkeypatch)
    few = [replace(protocol, mazes=("MiniMaze",), beside=()) for protocol in (OURS, DCD, JAXUED)]
    said: list[str] = []
    found = [measured(WHO, protocol, Evaluate(episodes=500), said.append) for protocol in few]
    assert [part["episodes"] for part in found] == [500, 100, 10] == [n for _, n, _ in watched.seen]
    assert measured(WHO, few[1], Evaluate(episodes=7), said.append)["episodes"] == 7
    assert [part["random_levels"] for part in found] == [None] * 3 and said[0] == "MiniMaze"
    drawn = measured(WHO, replace(SFL, levels=20), Evaluate(random_levels=50), said.append)
    assert drawn["mean_solved"] is None and drawn["random_levels"]["levels"] == 20
    assert watched.seen[-1][1] == 20 * 10
    assert measured(WHO, replace(SFL, levels=20), Evaluate(), said.append)["random_levels"]["levels"] == 20


def test_levels_by_chance_are_tried_ten_times_in_each_of_two_sets(monkeypatch):
    watched = Watched(monkeypatch)
    found = random_mazes(WHO, 8, SFL)
    assert [n for _, n, _ in watched.seen] == [80, 80] and found["mean"] == 1
    assert set(found["worst"]) >= (set(SFL.published) | set(NCC.published)) - {"mean"}


# ---- the worst levels -----------------------------------------------------------------------------------
def test_the_worst_part_of_levels_by_hand():
    """Of ten levels: the two worst are chosen by the first set, .1 and .2, and scored by the second, .4 and .0."""
    chosen = np.array([0.9, 0.1, 0.8, 0.7, 1.0, 0.2, 0.9, 1.0, 0.6, 0.8])
    scored = np.array([0.8, 0.4, 0.9, 0.7, 1.0, 0.0, 1.0, 1.0, 0.7, 0.5])
    assert worst_of(chosen, scored, 0.2) == pytest.approx((0.4 + 0.0) / 2)
    found = worst_parts(chosen, scored)
    assert found["10%"] == found["0.01%"] == 0.4  # one level at least
    assert found["100%"] == pytest.approx(scored.mean())
    assert worst_of(chosen, chosen, 0.2) == pytest.approx(0.15)


class Gambler:
    """Plans like the expert where a level's number says so; elsewhere it does so in half of all episodes."""

    privileged = True

    def __init__(self, sure, seed):
        self.expert, self.sure, self.rng = make_policy("expert", 0), sure, np.random.default_rng(seed)
        self.plays = {}

    def start(self, sim, agents):
        return self.expert.start(sim, agents)

    def act(self, sim, agents, memory):
        action, memory = self.expert.act(sim, agents, memory)
        for w, (episode, level) in enumerate(zip(sim.state.episode, sim.state.level, strict=True)):
            if self.sure[level]:
                continue
            key = (w, int(episode))
            self.plays.setdefault(key, self.rng.random() < 0.5)
            if not self.plays[key]:
                action[w] = WAIT
        return action, memory


def test_a_gambler_is_as_bad_in_its_worst_levels_as_it_is_and_no_worse():
    """A tenth of 60 levels are won half of the time, the others always: the worst 10 % are worth .5, the mean is .95.

    The worst half of those six, scored by the episodes that chose them, would be worth less.
    """
    bank = maze_bank(60, 3, side=7, walls=(6, 6), solvable=True, step_limit=40)
    sure = np.arange(60) % 10 != 0
    shares = [
        solved_shares(Gambler(sure, seed), bank, make_scenario("maze", side=7), 20, seed)
        for seed in (0, 1000)
    ]
    assert (shares[0][sure] == 1).all() and set(np.argsort(shares[0])[:6]) == set(np.flatnonzero(~sure))
    found = worst_parts(*shares)
    assert found["10%"] == pytest.approx(0.5, abs=0.12) and found["100%"] == pytest.approx(0.95, abs=0.012)
    assert worst_of(shares[0], shares[0], 0.05) < worst_of(*shares, 0.05)


def test_minds_are_evaluated_on_mazes(tmp_path, capsys, monkeypatch):
    """Two protocols at once; at the top stands the first whose mean is over the twelve of the table."""
    write_checkpoint(tmp_path / "mind", {MIND_FILE: network_arrays(MIND)}, network_manifest(MIND))
    small = {
        "ours": replace(OURS, beside=("MiniMaze",)),
        "jaxued": replace(JAXUED, mazes=("SixteenRooms", "SixteenRooms2"), rule=Rule(20)),
        "sfl": replace(SFL, levels=8, episodes=2),
    }
    monkeypatch.setattr(mazes, "solve", lambda network, name, n, seed, p: (np.ones(n, bool), n))
    monkeypatch.setattr(mazes, "PROTOCOLS", small)
    file = tmp_path / "m.json"
    words = ["evaluate", str(tmp_path / "mind"), "--suite", "mazes", "--episodes", "2", "--seeds", "2"]
    assert main([*words, "--protocol", "jaxued", "ours", "sfl", "--json", str(file)]) == 0
    found = json.loads(file.read_text())
    assert list(found["protocols"]) == ["jaxued", "ours", "sfl"]
    assert found["iqm"] == 1 and found["iqm_ci95"] == [1, 1]
    assert found["protocols"]["sfl"]["iqm"] is None
    assert (
        {*found["levels"]} == {*TABLE, "MiniMaze"}
        and found["mean_solved"] == 1
        and len(found["by_seed"]) == 2
    )
    jaxued = found["protocols"]["jaxued"]
    assert jaxued["mean_of"] == ["SixteenRooms", "SixteenRooms2"]
    assert jaxued["protocol"]["rules"]["SixteenRooms2"]["steps"] == 20 and jaxued["protocol"]["differs"]
    assert found["protocols"]["sfl"]["random_levels"]["tries"] == 2
    said = capsys.readouterr().out
    assert "protocol jaxued, 2 seeds" in said and "mean of the first 12" in said
    assert "interquartile mean of them  1.000 (1.000-1.000)" in said
    assert main([*words, "--protocol", "jaxued", "--json", str(file)]) == 0
    assert json.loads(file.read_text())["mean_solved"] is None


def test_a_mind_really_plays():
    won, steps = solve(MIND, "MiniMaze", 3, 0, replace(JAXUED, rule=Rule(12)))
    assert won.shape == (3,) and 3 <= steps <= 36
