"""Are the houses made by hand sound, can all that is told there be done, and are they counted as it is said?"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.training.checkpoint import MIND as MIND_FILE
from agents.training.checkpoint import network_arrays, network_manifest, write_checkpoint
from social_rl.cli import main
from social_rl.episodes.levels import named_levels, read_levels
from social_rl.evaluation import handmade
from social_rl.evaluation.contestants import Contestant
from social_rl.evaluation.handmade import HOUSES, Played, figures, houses, play_houses
from social_rl.reports.contact_sheet import WIDTH, contact_sheet
from worlds.expert.planning import levels_solvable, optima
from worlds.generators.splits import held_out_pairs, held_out_shades
from worlds.language import lexicon, phrasing
from worlds.levels.bank import bank_of
from worlds.levels.level_text import level_to_text, read_level

ROOT = Path(__file__).resolve().parents[3]
MIND = ActorCritic(NetworkConfig(hidden=32, words=32))


def who(*seeds):
    return [Contestant(Path(), MIND, seed) for seed in seeds]


ALL = houses()
# The fewest acts of Ann and Bob, each alone and knowing everything.
OPTIMA = {
    "studio flat": (29, 6), "galley kitchen": (33, 21), "one bathroom": (19, 10),
    "narrow passage": (17, 17), "nursery": (36, 13), "hiding places": (15, 17), "two desks": (14, 21),
    "dining room": (35, 30), "four rooms": (18, 31), "morning": (16, 39), "a gift": (40, 17),
    "laundry day": (24, 21), "attic": (17, 13), "five doors": (20, 30), "round the bedroom": (28, 48),
    "locked study": (23, 25), "open-plan office": (22, 17), "library": (23, 16), "follow me": (27, 22),
    "long hall": (45, 52), "sleeping car": (32, 36), "enfilade": (33, 29), "staggered doors": (43, 39),
    "corridor": (30, 29), "lights out": (67, 29), "twin flats": (58, 45), "house in a house": (59, 78),
    "spiral": (80, 71), "pinwheel": (35, 22), "crossroads": (29, 32), "two cottages": (30, 28),
    "ship": (53, 56), "courtyard": (40, 25), "castle": (57, 76), "villa": (48, 66), "hotel": (31, 33),
}  # fmt: skip
UNTRAINED_WORDS = {"hiding places", "laundry day", "pinwheel", "two cottages"}


# ---- the houses ---------------------------------------------------------------------------------------
def test_there_are_many_houses_of_two_agents_who_are_told_something():
    assert list(ALL) == list(OPTIMA) and len(ALL) == 36
    assert len({level.id for level in ALL.values()}) == len(ALL)
    for level in ALL.values():
        assert [agent.name for agent in level.agents] == ["Ann", "Bob"]
        assert all(goal.clauses for goal in level.goals)
        assert max(level.height, level.width) <= 25
        assert read_level(level_to_text(level)) == level


@pytest.mark.parametrize("name", ALL)
def test_its_limit_is_that_of_the_generator(name):
    level = ALL[name]
    demands = max(len(goal.clauses) for goal in level.goals)
    assert level.step_limit == 8 * max(level.height, level.width) * (1 + demands)


def test_all_that_is_told_can_be_done_and_takes_so_many_acts():
    bank = bank_of(list(ALL.values()))
    assert levels_solvable(bank).all()
    assert dict(zip(ALL, map(tuple, optima(bank).tolist()), strict=True)) == OPTIMA


def test_an_expert_that_sees_no_more_than_a_mind_does_all_of_it():
    played = play_houses("seeing", who(7, 8), list(ALL.values()), 2)
    assert dict(zip(ALL, played.scores_SH.min(0).tolist(), strict=True)) == dict.fromkeys(ALL, 1.0)


def test_words_are_those_of_training_but_where_it_is_said():
    tables = [
        *lexicon.NAMES_OF_KIND, *lexicon.COLOUR_NAMES, *lexicon.QUANTITIES.values(), *lexicon.RELATIONS.values(),
        *(sayings for row in phrasing.PHRASINGS for sayings in (row.asked, row.stated)),
        phrasing.FRAMES, phrasing.TWO_STAGES, phrasing.STAGE_JOINS, phrasing.CONSTRAINT_JOINS,
    ]  # fmt: skip
    said, reserved = (
        {word for sayings in tables for text in sayings[which] for word in text.split()} for which in (0, 1)
    )
    told = {name: set(" ".join(a.instruction for a in level.agents).split()) for name, level in ALL.items()}
    assert {name for name, words in told.items() if words & (reserved - said)} == UNTRAINED_WORDS


def test_one_held_out_pair_is_asked_for():
    clauses = [(name, c) for name, level in ALL.items() for goal in level.goals for c in goal.clauses]
    pairs = [name for name, c in clauses if c.place and (c.thing.kind, c.place.kind) in held_out_pairs()]
    assert pairs == ["studio flat"]
    refs = [ref for _, clause in clauses for ref in clause[1:] if ref]
    shades = {(r.kind, r.colour - 1) for r in refs} | {(r.other_kind, r.other_colour - 1) for r in refs}
    assert not shades & held_out_shades()


# ---- how they are counted ------------------------------------------------------------------------------
def test_every_house_keeps_its_own_scores():
    few = [ALL["studio flat"], ALL["attic"], ALL["two desks"]]
    one, other = (play_houses("expert", who(3), levels, 2) for levels in (few, few[::-1]))
    assert np.array_equal(one.steps_SHEA, other.steps_SHEA[:, ::-1])
    assert one.success_SHEA.shape == (1, 3, 2, 2) and len(set(one.steps_SHEA[0, :, 0, 0])) == 3


def test_figures_are_means_over_agents_episodes_and_seeds():
    # Scores by seed: 1, 1 of the first house; 3/4, 1/4 of the second.
    success = np.array([[[[1, 1], [1, 1]], [[1, 1], [0, 1]]], [[[1, 1], [1, 1]], [[0, 0], [0, 1]]]], bool)
    played, optimum_HA = Played(success, np.full(success.shape, 20)), np.array([[5, 10], [5, 20]])
    found = figures(played, ("hut", "inn"), optimum_HA, seed=0)
    assert found["mean_solved"] == 0.75 and found["by_seed"] == [0.875, 0.625]
    assert found["iqm"] == 0.875, "of 0.25, 0.75, 1 and 1 the middle two"
    assert found["iqm_ci95"][0] <= 0.875 <= found["iqm_ci95"][1]
    assert found["together"] == 0.625, "5 of 8 episodes"
    inn = found["houses"]["inn"]
    assert inn["success"] == 0.5 and inn["by_seed"] == [0.75, 0.25] and inn["n"] == 8
    assert inn["by_agent"] == [0.25, 0.75] and inn["together"] == 0.25
    # Ann once 5 / 20, Bob three times 20 / 20.
    assert inn["path_efficiency"]["mean"] == 0.8125


def test_chance_does_little_of_it():
    played = play_houses("random", who(1), list(ALL.values()), 1)
    assert played.scores_SH.mean() < 0.1


# ---- the command ---------------------------------------------------------------------------------------
def test_minds_are_evaluated_in_the_houses(tmp_path, capsys, monkeypatch):
    few = {name: replace(ALL[name], step_limit=40) for name in ("studio flat", "two desks", "villa")}
    monkeypatch.setattr(handmade, "houses", lambda: few)
    write_checkpoint(tmp_path / "mind", {MIND_FILE: network_arrays(MIND)}, network_manifest(MIND))
    file = tmp_path / "h.json"
    words = ["evaluate", str(tmp_path / "mind"), "--suite", "houses", "--episodes", "2", "--seeds", "2"]
    assert main([*words, "--rows", "mind", "expert", "--json", str(file)]) == 0
    found = json.loads(file.read_text())
    assert list(found["rows"]) == ["mind", "expert"] and list(found["houses"]) == list(few)
    assert found["mean_solved"] == found["rows"]["mind"]["mean_solved"] and len(found["iqm_ci95"]) == 2
    expert = found["rows"]["expert"]["houses"]
    assert expert["two desks"]["success"] == 1 and expert["villa"]["success"] == 0, "40 steps are too few"
    assert found["levels"]["villa"]["told"] == [agent.instruction for agent in few["villa"].agents]
    assert found["levels"]["two desks"]["optimum"] == list(OPTIMA["two desks"])
    assert found["settings"]["seeds"] == [1000, 1001]
    said = capsys.readouterr().out
    assert "3 houses, 2 seeds of 2 episodes each" in said and "interquartile mean" in said
    assert main([*words[:-1], "1"]) == 0, "of one seed there is no interval, and all rows are played"
    assert main([*words[:-1], "0"]) == 2


def test_the_houses_can_be_played_as_levels(tmp_path, capsys):
    assert read_levels(HOUSES) == list(ALL.items())
    file = tmp_path / "run.json"
    words = ["run", "house", "--levels", str(HOUSES), "--episodes", "36", "--worlds", "12"]
    assert main([*words, "--json", str(file)]) == 0
    agents = json.loads(file.read_text())["agents"]
    assert [agents[name]["success"] for name in ("Ann", "Bob")] == [1, 1]
    assert f"social-rl play house --levels {HOUSES}" in capsys.readouterr().out


def test_a_file_of_levels_says_what_is_wrong_where():
    text = level_to_text(ALL["studio flat"])
    assert list(named_levels(f"What it is.\n\n== a\n\n{text}\n== b\r\n{text}".encode())) == ["a", "b"]
    with pytest.raises(ValueError, match="two levels are called 'a'"):
        named_levels(f"== a\n{text}\n== a\n{text}".encode())
    with pytest.raises(ValueError, match="level 'b': line 36: 'nothing' is no first line of a level"):
        named_levels(f"== a\n{text}\n== b\nnothing".encode())


# ---- the sheet -----------------------------------------------------------------------------------------
def test_the_sheet_shows_them_all():
    whole = contact_sheet({name: ALL[name] for name in ("studio flat", "villa")})
    assert whole.width == WIDTH and whole.height > 25 * 14
    picture = ROOT / "docs/pictures/houses.png"
    assert not picture.exists() or picture.stat().st_size <= 400_000
