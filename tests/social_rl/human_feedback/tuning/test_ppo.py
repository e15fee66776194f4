"""Does a policy learn what its episodes were worth, held to what it began as, while nothing else changes?"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from agents.language.model.choosing import choose, tree_of
from agents.language.model.decisions import chosen_turn, decision_log_probs, free_turn, turns_of
from social_rl.human_feedback.reward.model import RewardModel, copied
from social_rl.human_feedback.tuning.losses import above_others, group_advantages, log_ratio_kl
from social_rl.human_feedback.tuning.ppo import PPO, Critic, Tuner, experience
from tests.agents.language.model.small_models import a_model

ANSWERS = ("done", "go to the bed", "go to the cup", "put the orange on the bed")
PROMPT = "is the cup on the table?"
SMALL = PPO(learning_rate=3e-3, critic_rate=3e-3, kl=0.0, minibatches=2)


def tuner(config=SMALL, seed=0):
    policy = copied(a_model("llama", seed=3))
    return Tuner(policy, copied(policy), Critic(RewardModel(policy)), config, workers=2, seed=seed)


def drawn(language_model, seed, n=32):
    """Episodes of two turns, in each of which one of ANSWERS is chosen; and which, [n, 2]."""
    tree = tree_of(language_model, ANSWERS)
    chance = torch.Generator().manual_seed(seed)
    found = choose(language_model, [PROMPT] * (2 * n), [tree] * (2 * n), tokens=40, chance=chance)
    prompt = language_model.encode([PROMPT])[0]
    said = language_model.encode_answers([f" {answer}" for answer in ANSWERS])
    turns = [chosen_turn(prompt, said[number], tree) for number in found.number_B]
    return [turns[2 * i : 2 * i + 2] for i in range(n)], np.array(found.number_B).reshape(n, 2)


def learned(config, updates=12, seed=0):
    """The share of the answer that is worth something, before and after, and the last figures."""
    tuned, shares, log = tuner(config, seed), [], {}
    for update in range(updates):
        episodes, chosen = drawn(tuned.policy, 100 * seed + update)
        worth = (chosen == 2).mean(1)
        shares.append(float(worth.mean()))
        log = tuned.update(experience(tuned.policy, episodes, worth.tolist()), update / updates)
    return shares, log, tuned


def test_trap_20_a_task_that_is_rewarded_improves_and_one_with_the_sign_flipped_would_not():
    shares, log, _ = learned(SMALL)
    assert np.mean(shares[-3:]) > np.mean(shares[:3]) + 0.3, shares
    assert log["kl"] > 0.1 and log["score"] == pytest.approx(shares[-1], abs=1e-5)


def test_trap_1_more_kl_control_stays_closer():
    _, free, _ = learned(SMALL)
    _, held, _ = learned(replace(SMALL, kl=2.0))
    assert held["kl"] < free["kl"] / 3


def test_traps_8_and_14_ratio_1_kl_0_at_first_and_the_reference_never_changes():
    tuned = tuner(replace(SMALL, epochs=1, minibatches=1))
    before = [p.clone() for p in tuned.reference.model.parameters()]
    episodes, chosen = drawn(tuned.policy, 1)
    log = tuned.update(experience(tuned.policy, episodes, chosen.mean(1).tolist()), 0.5)
    assert log["first_ratio"] == pytest.approx(1, abs=1e-5) and log["kl"] == 0 == log["kl_k3"]
    assert all(torch.equal(a, b) for a, b in zip(before, tuned.reference.model.parameters(), strict=True))
    assert not any(p.requires_grad for p in tuned.reference.model.parameters())
    assert not any(torch.equal(a, b) for a, b in zip(before, tuned.policy.model.parameters(), strict=True))


def test_the_critic_alone_may_learn_and_begins_at_0():
    tuned = tuner()
    episodes, chosen = drawn(tuned.policy, 1)
    found = experience(tuned.policy, episodes, (chosen == 2).mean(1).tolist())
    before = [p.clone() for p in tuned.policy.model.parameters()]
    losses = [tuned.update(found, 0.1, learns_policy=False)["value_loss"] for _ in range(6)]
    assert all(torch.equal(a, b) for a, b in zip(before, tuned.policy.model.parameters(), strict=True))
    assert losses[-1] < losses[0]
    assert losses[0] == pytest.approx(0.5 * float((found.score_E**2).mean()), rel=0.5)


def test_trap_7_cached_and_batched_reading_is_the_sampler_s():
    """KL by the tuner's own passes of a policy against itself is 0 whatever is drawn, free turns among them."""
    tuned = tuner()
    row = tuned.policy.encode([PROMPT])[0]
    said = tuned.policy.encode_answers([" go to the cup"])[0]
    episodes = [[free_turn(row, said)], *drawn(tuned.policy, 5, 3)[0]]
    found = experience(tuned.policy, episodes, [0.0] * 4)
    log = tuned.update(found, 0.2, learns_policy=False)
    assert log["kl"] == 0 and log_ratio_kl(torch.zeros(1), torch.zeros(1)).item() == 0


def test_trap_19_an_answer_without_an_end_costs():
    language_model = a_model("llama")
    row, said = language_model.encode([PROMPT])[0], language_model.encode_answers([" go to the cup"])[0]
    whole, endless = [free_turn(row, said)], [free_turn(row, said[:-1])]
    found = experience(language_model, [whole, endless], [1.0, 1.0], missing_end=0.75)
    assert found.score_E.tolist() == [1.0, 0.25]


def test_episodes_without_a_decision_are_left_out_and_none_at_all_is_refused():
    language_model = a_model("llama")
    row = language_model.encode([PROMPT])[0]
    only = chosen_turn(row, language_model.encode_answers([" done"])[0], tree_of(language_model, ("done",)))
    episodes, _ = drawn(language_model, 0, 2)
    found = experience(language_model, [[only], [only, *episodes[0]], []], [5.0, 1.0, 5.0])
    assert found.kept == [1] and found.score_E.tolist() == [1.0]
    assert found.turn_N.unique().tolist() == [1, 2], "the turn that was none still passed"
    with pytest.raises(ValueError, match="2 episodes have no decision"):
        experience(language_model, [[only], []], [1.0, 1.0])


def test_the_same_seed_learns_the_same():
    first, second = (learned(SMALL, updates=2)[2] for _ in range(2))
    for a, b in zip(first.policy.model.parameters(), second.policy.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_what_is_alike_is_read_once_and_counts_as_often_as_it_was_said():
    """Each part of a step has every decision of its turns' copies, with the log-probability of just that decision."""
    tuned = tuner()
    episodes, chosen = drawn(tuned.policy, 3, 8)
    found = experience(tuned.policy, episodes, chosen[:, 0].astype(float).tolist())
    alone = [decision_log_probs(tuned.policy, turns_of(some, tuned.policy.pad))[0] for some in episodes]
    log_prob_N = torch.cat(alone)
    assert len(found.turns) == len({turn for some in episodes for turn in some}) < 16
    parts = tuned._parts(found, list(range(len(found.turns))))
    assert sorted(torch.cat([part.number_N for part in parts]).tolist()) == list(range(len(log_prob_N)))
    for part in parts:
        read_N = decision_log_probs(tuned.policy, part.turns)[0][part.place_N]
        assert torch.allclose(read_N, log_prob_N[part.number_N], atol=1e-5)
    read_N, _ = tuned._read(found, lambda turns: decision_log_probs(tuned.policy, turns))
    assert torch.allclose(read_N, log_prob_N, atol=1e-5)


def test_without_a_critic_the_better_plays_of_a_group_become_likelier():
    policy = copied(a_model("llama", seed=3))
    tuned = Tuner(policy, copied(policy), None, replace(SMALL, epochs=1), workers=2)
    shares = []
    for update in range(12):
        episodes, chosen = drawn(policy, update)
        worth = torch.tensor((chosen == 2).mean(1)).float()
        shares.append(float(worth.mean()))
        tuned.update(experience(policy, episodes, above_others(worth[None]).flatten().tolist()), update / 12)
    assert np.mean(shares[-3:]) > np.mean(shares[:3]) + 0.3, shares


def test_wrong_settings_are_refused_by_name():
    with pytest.raises(ValueError, match="--discount-turns is 2, allowed are 0 to 1"):
        PPO(discount_turns=2)
    with pytest.raises(ValueError, match="--minibatches is 0"):
        PPO(minibatches=0)
    with pytest.raises(ValueError, match="--kl-target is -1"):
        PPO(kl_target=-1)


def test_without_a_critic_the_relative_score_is_the_advantage_as_it_is():
    policy = copied(a_model("llama", seed=3))
    tuned = Tuner(policy, copied(policy), None, replace(SMALL, epochs=1, minibatches=1), workers=1)
    episodes, chosen = drawn(tuned.policy, 1)
    score = group_advantages(torch.tensor(chosen == 2).double().mean(1).view(4, -1)).flatten()
    found = experience(tuned.policy, episodes, score.tolist())
    log = tuned.update(found, 0.5)
    weighted = found.score_E[found.episode_N].mean()  # of decisions: longer episodes have more of them
    assert float(weighted.abs()) > 0.01, "whitened it would be 0"
    assert log["policy_loss"] == pytest.approx(-float(weighted), abs=1e-5)
    assert "value_loss" not in log and len(tuned.learners) == 1


def test_without_a_critic_a_policy_learns_what_is_better_than_its_group():
    policy, shares = copied(a_model("llama", seed=3)), []
    tuned = Tuner(policy, copied(policy), None, SMALL)
    for update in range(12):
        episodes, chosen = drawn(policy, update)
        worth = torch.tensor(chosen == 2).double().mean(1)
        shares.append(float(worth.mean()))
        score = group_advantages(worth[None])[0]
        tuned.update(experience(policy, episodes, score.tolist()), update / 12)
    assert np.mean(shares[-3:]) > np.mean(shares[:3]) + 0.3, shares
