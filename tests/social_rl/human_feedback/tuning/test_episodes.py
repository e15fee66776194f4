"""Are talks in worlds recorded as they were, is what people care about measured, and do demonstrators have habits?"""

import numpy as np
import pytest

from agents.language.answers import Done, Subgoal, read_answer, read_meaning
from agents.language.model.decisions import decisions_of
from agents.language.model.language_model import ModelConfig, new_model
from agents.language.model.tokenizer import train_tokenizer
from agents.policies.planner import Planner
from social_rl.human_feedback.preferences.utilities import QUANTITIES, utility
from social_rl.human_feedback.sources import words_of_answers
from social_rl.human_feedback.tuning.asked import draw_asked, repeated
from social_rl.human_feedback.tuning.episodes import play_asked
from social_rl.human_feedback.tuning.gathering import compared, items_of, level_of
from social_rl.human_feedback.tuning.habits import HABITS, Demonstrator, guess, habitual, play
from worlds.language.instructions import canonical
from worlds.replay import check
from worlds.replay_files import load
from worlds.state import SUCCEEDED


@pytest.fixture(scope="module")
def untrained():
    tokenizer = train_tokenizer([*words_of_answers()] * 2, 1024)
    config = ModelConfig(layers=1, width=32, heads=2, context=320, vocabulary=tokenizer.get_vocab_size())
    return new_model(config, tokenizer)


@pytest.fixture(scope="module")
def asked():
    return draw_asked(6, 3)


def test_the_same_seed_asks_the_same_and_some_of_it_unclearly_or_in_vain(asked):
    again = draw_asked(6, 3)
    assert asked.words == again.words and np.array_equal(asked.bank.house, again.bank.house)
    many = draw_asked(64, 4)
    assert 0.1 < many.is_unclear_B.mean() < 0.5 and 0.6 < many.is_possible_B.mean() < 1
    for words, goal, unclear in zip(many.words, many.goals, many.is_unclear_B, strict=True):
        assert not unclear or (len(goal.clauses) == 1 and words != canonical(goal))


def test_whoever_answers_turns_and_talk_are_kept(untrained, asked):
    """An untrained model mumbles what is meant, so that nothing comes of it; the same seed mumbles the same."""
    episodes, again = (play_asked(asked, untrained, lambda: Planner("seen"), 5) for _ in range(2))
    assert [one.transcript for one in episodes] == [one.transcript for one in again]
    other = play_asked(asked, untrained, lambda: Planner("seen"), 6)
    assert [one.turns for one in other] != [one.turns for one in episodes]
    for one in episodes:
        assert one.turns and all(decisions_of(said.turn) for said in one.turns)
        first = untrained.decode([one.turns[0].turn.prompt])[0]
        assert first.endswith("meaning:") and asked.words[one.column][:20] in first
        assert one.features.keys() == QUANTITIES.keys() and one.features["success"] in (0, 1)
        assert one.transcript.startswith(f"wanted: {canonical(asked.goals[one.column])}\nperson: ")


def test_demonstrators_do_as_people_mean_and_every_habit_is_met():
    asked = draw_asked(24, 9, "S0")
    demonstrator = Demonstrator(asked, Planner("seen"), np.random.default_rng(0), 200)
    watch, memory = play(asked, demonstrator, 1)
    episodes = [watch.episode(b, [], memory) for b in range(len(asked.words))]
    succeeded_WA = watch.sim.state.finished == SUCCEEDED
    assert [one.features["success"] for one in episodes] == succeeded_WA.reshape(-1).tolist()
    assert (succeeded_WA[:, 0] != succeeded_WA[:, 1]).any(), "each agent has a success of its own"
    for kind, habits in HABITS.items():
        assert {one[kind] for one in demonstrator.habits} == set(habits), kind
    clear = [
        one for b, one in enumerate(episodes)
        if asked.is_possible_B[b] and not asked.is_unclear_B[b]
    ]  # fmt: skip
    assert np.mean([one.features["success"] for one in clear]) > 0.8
    asks = [b for b, one in enumerate(demonstrator.habits) if one["what was left out"] == "asks back"]
    for b, one in enumerate(episodes):
        needs = bool(asked.is_unclear_B[b])
        assert one.features["asked in need"] == (needs and b in asks), one.transcript
        assert one.features["asked in vain"] == 0
    shut = [
        b for b in range(len(episodes)) if any(text.startswith("close every door") for text in memory.done[b])
    ]
    left = [one.features["doors left open"] for one in episodes]
    assert sum(left) > 0 and shut and not any(left[b] for b in shut)


def test_what_is_shown_reads_as_answers():
    shown = habitual(np.random.default_rng(1), 60)
    assert len(shown) == 60
    for prompt, answer in shown:
        read = read_meaning(answer) if prompt.endswith("meaning:") else read_answer(answer)
        assert read is not None, (prompt, answer)
        assert not prompt.endswith("meaning:") or not isinstance(read, Subgoal | Done)


def test_a_guess_is_another_goal_of_the_same_kind():
    rng = np.random.default_rng(2)
    goals = [goal for goal in draw_asked(32, 5).goals if len(goal.clauses) == 1]
    for goal in goals:
        other = guess(goal, rng)
        assert other != goal and other.clauses[0].verb == goal.clauses[0].verb


def test_only_episodes_that_differ_are_compared_and_a_level_has_one_name(untrained, asked):
    one, same, other = (play_asked(asked, untrained, lambda: Planner("seen"), seed) for seed in (5, 5, 6))
    items = [items_of(asked, play, "sft", "") for play in (one, same, other)]
    versions = {"schema": "1", "rules": "r", "grammar": "g"}
    assert compared(asked, items[:2], 0, versions) == []
    found = compared(asked, items[::2], 0, versions)
    assert len({comparison.id for comparison in found}) == len(found)
    assert all(comparison.items[0].text != comparison.items[1].text for comparison in found)
    assert len({level_of(asked, b) for b in range(12)}) == 12


def test_what_is_asked_again_is_the_same_and_may_be_answered_otherwise(untrained, asked):
    episodes = play_asked(repeated(asked, 2), untrained, lambda: Planner("seen"), 5)
    first, again = episodes[:12], episodes[12:]
    wanted = [[one.transcript.splitlines()[:2] for one in some] for some in (first, again)]
    assert wanted[0] == wanted[1] and [one.turns for one in first] != [one.turns for one in again]


def test_a_replay_that_is_kept_goes_as_it_went_and_ends_with_the_episode(untrained, asked, tmp_path):
    mute = play_asked(asked, untrained, lambda: Planner("seen"), 5, greedy=True)
    episodes = play_asked(asked, untrained, lambda: Planner("seen"), 5, greedy=True, records=True)
    assert [one.transcript for one in episodes] == [one.transcript for one in mute]
    items = items_of(asked, episodes, "sft", "", tmp_path, "first")
    assert [item.replay for item in items[:3]] == ["replays/first-0.jsonl.gz"] * 2 + [
        "replays/first-1.jsonl.gz"
    ]
    took = [int(one.transcript.split()[-2]) for one in episodes]
    for one, item in zip(episodes, items, strict=True):
        replay, w = load(tmp_path / item.replay), one.column // 2
        assert check(replay) is None and replay.steps == max(took[2 * w : 2 * w + 2])
        assert asked.words[one.column] in item.prompt
        assert ("Meant is" in item.prompt) == bool(asked.is_unclear_B[one.column])
    assert len({item.replay for item in items}) == 6


def test_utility_is_the_sum_of_its_table():
    features = dict.fromkeys(QUANTITIES, 0.0)
    assert utility(features) == 0
    assert utility({**features, "success": 1.0, "left open": 2.0}) == 3.0 - 2.0
    with pytest.raises(ValueError, match="check moved"):
        utility({name: 0.0 for name in QUANTITIES if name != "moved"})
