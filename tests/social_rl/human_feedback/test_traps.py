"""Are the mistakes that others made in learning from feedback not made here? Each test fails where one is made."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from agents.language.model.choosing import tree_of
from agents.language.model.decisions import (
    chosen_turn,
    decision_log_probs,
    decisions_of,
    free_turn,
    turns_of,
)
from agents.language.model.generation import generate
from agents.language.model.language_model import LanguageModel, with_lora
from agents.language.model.training import answer_logits
from agents.training.checkpoint import packed
from social_rl.human_feedback.reward import model as reward_model
from social_rl.human_feedback.reward.check import judged
from social_rl.human_feedback.reward.fitting import Group, fit, loss_of
from social_rl.human_feedback.reward.model import (
    RewardModel,
    copied,
    ends_of,
    read_ensemble,
    scores,
    together,
    write_ensemble,
)
from social_rl.human_feedback.tuning import ppo
from social_rl.human_feedback.tuning.losses import log_ratio_kl, policy_loss, preference_loss, rewards
from social_rl.human_feedback.tuning.ppo import PPO, Critic, Tuner, experience
from tests.agents.language.model.small_models import KINDS, a_model, by_hand

ANSWERS = ("done", "go to the bed", "go to the cup", "put the orange on the bed")
SHORT, LONG = "go", "is the cup on the table, and is the orange on the bed or on the table?"
ONCE = PPO(learning_rate=0.0, critic_rate=0.0, epochs=1, minibatches=1)


def moved(language_model, seed=9, by=0.05):
    """The same model with other weights."""
    other, generator = copied(language_model), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in other.model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * by)
    return other


def tuner(config, policy=None, **others):
    """A policy that has moved away from its reference, and a critic that has moved from 0."""
    reference = copied(a_model("llama", seed=3))
    critic = Critic(RewardModel(reference))
    with torch.no_grad():
        critic.head.add_(torch.randn(critic.head.shape, generator=torch.Generator().manual_seed(5)))
    return Tuner(policy or moved(reference), reference, critic, config, **others)


def talks(language_model):
    """Episodes of one to three turns with very different numbers of decisions, free and chosen, after two prompts."""
    tree = tree_of(language_model, ANSWERS)
    short, long = language_model.encode([SHORT, LONG])
    said = language_model.encode_answers([f" {answer}" for answer in (*ANSWERS, "the orange on the table\n")])
    free = free_turn(long, language_model.encode_answers([" put the orange on the bed and go to the cup"])[0])
    chosen = [chosen_turn(prompt, said[n], tree) for prompt, n in ((short, 1), (long, 2), (short, 3))]
    return [[free, chosen[0]], [chosen[1]], [chosen[2], free_turn(short, said[0]), chosen[0]]]


def test_policy_and_reference_are_read_at_one_temperature_among_the_same_answers():
    """Else the KL of a policy to itself is not 0, or is that of something which was never drawn. By hand, at 0.7."""
    tuned = tuner(ONCE, temperature=0.7)
    episodes = talks(tuned.policy)
    log = tuned.update(experience(tuned.policy, episodes, [1.0, 2.0, 3.0]), 0.5)
    ratios = [
        [
            p - q
            for turn in turns
            for p, q in zip(*(by_hand(m, turn, 0.7) for m in (tuned.policy, tuned.reference)), strict=True)
        ]
        for turns in episodes
    ]
    assert log["kl"] == pytest.approx(np.mean([sum(row) for row in ratios]), abs=1e-3)
    assert log["kl_k3"] == pytest.approx(
        np.mean([sum(math.expm1(-x) + x for x in row) for row in ratios]), abs=1e-3
    )
    assert log["first_ratio"] == pytest.approx(1, abs=1e-5)
    same = a_model("llama", seed=3)
    assert tuner(ONCE, copied(same), temperature=0.7).update(
        experience(same, episodes, [1.0, 2.0, 3.0]), 0.5
    )["kl"] == 0  # fmt: skip


def test_log_probabilities_are_of_single_precision_where_products_are_of_half():
    """Else ratios and KL are noise; the logits themselves are what they were, to the digits that half has."""
    language_model = a_model("llama")
    batch = turns_of([turn for turns in talks(language_model) for turn in turns], language_model.pad)
    with torch.no_grad():
        whole, _ = answer_logits(language_model, batch.batch)
        with torch.autocast("cpu", torch.bfloat16):
            half, _ = answer_logits(language_model, batch.batch)
            found, _ = decision_log_probs(language_model, batch)
    assert half.dtype == found.dtype == torch.float32
    assert torch.allclose(half, whole, atol=0.5) and not torch.equal(half, whole)


def test_the_kl_that_is_told_is_the_one_that_is_paid_for_once_and_followed(monkeypatch):
    """Also with the coefficient that is told; the sum of rewards is the score less it, neither counted twice."""
    tuned, given = tuner(replace(ONCE, kl=0.1, kl_target=3.0, kl_horizon=100)), []

    def kept(*arguments):
        given.append((*arguments, rewards(*arguments)))
        return given[-1][-1]

    monkeypatch.setattr(ppo, "rewards", kept)
    log = tuned.update(experience(tuned.policy, talks(tuned.policy), [1.0, 2.0, 3.0]), 0.5)
    ((score_E, kl_ED, coefficient, _, reward_ED),) = given
    assert (
        log["kl"] == pytest.approx(float(kl_ED.sum(1).mean())) and log["kl_coefficient"] == coefficient == 0.1
    )
    assert torch.allclose(reward_ED.sum(1), score_E - 0.1 * kl_ED.sum(1), atol=1e-5)
    error = min(max(log["kl"] / 3.0 - 1, -0.2), 0.2)
    assert tuned.kl.coefficient == pytest.approx(0.1 * (1 + error * 3 / 100)), (
        "3 episodes, however many decisions"
    )


def test_the_critic_learns_returns_and_not_rewards(monkeypatch):
    """Without discounts and KL, the return of every decision is the score of its episode."""
    tuned, wanted = tuner(replace(ONCE, kl=0.0, trace=1.0), workers=1), []
    plain = ppo.value_loss

    def kept(value_N, old_N, return_N, clip):
        wanted.append(return_N)
        return plain(value_N, old_N, return_N, clip)

    monkeypatch.setattr(ppo, "value_loss", kept)
    found = experience(tuned.policy, talks(tuned.policy), [1.0, 2.0, 3.0])
    tuned.update(found, 0.5)
    assert len(wanted[0]) == len(found.episode_N) > 3
    assert sorted(wanted[0].tolist()) == pytest.approx(
        sorted(found.score_E[found.episode_N].tolist()), abs=1e-5
    )


def test_entropy_is_that_of_decisions_and_never_negative():
    """Pads and answers that may not come have no entropy; one way is no decision."""
    tuned = tuner(ONCE)
    episodes = talks(tuned.policy)
    log = tuned.update(experience(tuned.policy, episodes, [0.0] * 3), 0.5)
    found = []
    for turn in (turn for turns in episodes for turn in turns):
        for t in decisions_of(turn):
            ways = turn.allowed[t] or range(len(tuned.policy.stop_V))
            head = free_turn([*turn.prompt, *turn.answer[:t]], [turn.answer[t]])
            each = [
                by_hand(tuned.policy, head._replace(answer=(way,), allowed=(tuple(ways),)), 1.0)[0]
                for way in ways
            ]
            found.append(-sum(math.exp(p) * p for p in each))
    assert log["entropy"] == pytest.approx(np.mean(found), abs=1e-3) and min(found) >= 0
    assert log["decisions"] == pytest.approx(len(found) / 3)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_what_stands_beside_a_row_and_what_fills_it_up_changes_nothing(kind):
    """Positions count real tokens, no pad is read, and no number of a pad is written down anywhere."""
    language_model = a_model(kind)
    reward = RewardModel(language_model, 1)
    critic = Critic(reward)
    with torch.no_grad():
        critic.head.add_(1.0)
    turns = [turn for some in talks(language_model) for turn in some]
    other = LanguageModel(**{**vars(language_model), "pad": 77})
    with torch.no_grad():
        alone = [turns_of([turn], language_model.pad) for turn in turns]
        for pad in (language_model.pad, 77):
            batch = turns_of(turns, pad)
            assert batch.batch.token_BS[1, 0] == pad, "there are pads"
            for read in (critic, lambda some: decision_log_probs(language_model, some)[0]):
                assert torch.allclose(read(batch), torch.cat([read(one) for one in alone]), atol=1e-4)
        ends = torch.cat([ends_of(language_model, [text]) for text in (SHORT, LONG)])
        for model in (language_model, other):
            assert torch.allclose(ends_of(model, [SHORT, LONG]), ends, atol=1e-4)


def test_a_reward_model_is_checked_by_what_is_tuned_by():
    """The same mean over members, of each text as if it stood alone."""
    members = [RewardModel(a_model("llama"), seed) for seed in range(3)]
    found = judged(members, [Group("level", (SHORT, LONG), ((1, 0, False),))])
    alone = [float(together(scores(members, [text]))[0]) for text in (SHORT, LONG)]
    assert found.apart_N[0] == pytest.approx(alone[1] - alone[0], abs=1e-4)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_answers_are_as_likely_as_they_were_when_they_were_drawn_with_a_cache(kind):
    language_model = a_model(kind)
    prompts = [SHORT, LONG, "put the cup"]
    said = generate(language_model, prompts, 8, chance=torch.Generator().manual_seed(0))
    rows = zip(language_model.encode(prompts), said.token_BT.tolist(), said.length_B.tolist(), strict=True)
    turns = [free_turn(prompt, answer[:n]) for prompt, answer, n in rows]
    with torch.no_grad():
        found, _ = decision_log_probs(language_model, turns_of(turns, language_model.pad))
    drawn = torch.cat([row[:n] for row, n in zip(said.log_prob_BT, said.length_B.tolist(), strict=True)])
    assert torch.allclose(found, drawn, atol=1e-4) and len(found) > 3


@pytest.mark.parametrize("kind", KINDS)
def test_what_ends_an_answer_is_no_pad_and_a_decision_like_any_other(kind):
    """Where it is the same, as some models have it, the end is masked away, and so is the score that it earns."""
    language_model = a_model(kind)
    assert language_model.pad not in language_model.ends
    turn = free_turn(language_model.encode([SHORT])[0], language_model.encode_answers([" go"])[0])
    assert decisions_of(turn)[-1] == len(turn.answer) - 1 and turn.answer[-1] in language_model.ends
    with torch.no_grad():
        found, _ = decision_log_probs(language_model, turns_of([turn], language_model.pad))
    assert found.tolist() == pytest.approx(by_hand(language_model, turn, 1.0), abs=1e-4)


def test_large_log_ratios_are_not_clamped():
    """A clamp at 10 lets a policy go any further for nothing."""
    log_p, log_q = torch.tensor([0.0, -1.0]), torch.tensor([-40.0, -15.0])
    assert log_ratio_kl(log_p, log_q).tolist() == [40, 14]
    assert float(policy_loss(log_p[1:], log_q[1:], torch.tensor([-1.0]), 0.2).loss) == pytest.approx(
        math.exp(14)
    )


def figures_and_gradients(workers, **config):
    tuned = tuner(replace(ONCE, **config), workers=workers)
    found = experience(tuned.policy, talks(tuned.policy), [1.0, -2.0, 3.0])
    log = tuned.update(found, 0.5)
    arrays = [learner.save() for learner in (tuned.learner, tuned.critic_learner)]
    return log, [array for some in arrays for name, array in some.items() if name.endswith("exp_avg")]


def test_every_decision_counts_alike_however_they_are_cut():
    """In workers for gradients and figures, in minibatches for figures: no mean of means, and none counted twice."""
    whole, gradients = figures_and_gradients(1)
    for workers, minibatches in ((2, 1), (3, 1), (2, 3)):
        log, others = figures_and_gradients(workers, minibatches=minibatches)
        for name in ("policy_loss", "value_loss", "clipped", "old_kl", "ratio", "kl", "entropy"):
            assert log[name] == pytest.approx(whole[name], abs=1e-5), (name, workers, minibatches)
        if minibatches == 1:
            for one, other in zip(gradients, others, strict=True):
                assert np.allclose(one, other, atol=1e-6)
    whole, other = (figures_and_gradients(workers, epochs=2, learning_rate=1e-2)[0] for workers in (1, 3))
    for name in ("clipped", "old_kl", "ratio"):
        assert other[name] == pytest.approx(whole[name], rel=0.01), name
    assert whole["old_kl"] > 0.01, "the second epoch moves away"


def test_gradients_are_clipped_by_their_norm():
    """After one step the mean of Adam is a tenth of what was descended, whose norm is 1."""
    tuned = tuner(ONCE)
    for learner in (tuned.learner, tuned.critic_learner):
        learner.study(
            [None],
            lambda network, _: (1e4 * sum(p.sum() for p in network.parameters()), {"loss": torch.zeros(())}),
        )
        found = [array for name, array in learner.save().items() if name.endswith("exp_avg")]
        norm = math.sqrt(sum(float((array.astype(np.float64) ** 2).sum()) for array in found))
        assert norm == pytest.approx(0.1, rel=1e-4)


def test_each_agent_is_rewarded_for_what_it_did_itself():
    """Two agents by turns, of which one is rewarded for the cup and the other one for the bed."""
    language_model = copied(a_model("llama", seed=3))
    config = PPO(learning_rate=3e-3, critic_rate=3e-3, kl=0.0, minibatches=2)
    tuned = Tuner(language_model, copied(language_model), Critic(RewardModel(language_model)), config)
    prompts = language_model.encode([SHORT, LONG])
    tree, wanted = tree_of(language_model, ANSWERS), (2, 1)
    said = language_model.encode_answers([f" {answer}" for answer in ANSWERS])
    every = [[chosen_turn(prompt, answer, tree) for answer in said] for prompt in prompts]

    def share(agent):
        batch = turns_of(every[agent], language_model.pad)
        with torch.no_grad():
            log_prob, _ = decision_log_probs(language_model, batch)
        return float(torch.zeros(4).index_add(0, batch.turn_N, log_prob).softmax(0)[wanted[agent]])

    before = [share(agent) for agent in range(2)]
    rng = np.random.default_rng(0)
    for update in range(8):
        numbers = rng.integers(4, size=32)
        episodes = [[every[i % 2][n]] for i, n in enumerate(numbers)]
        worth = [float(n == wanted[i % 2]) for i, n in enumerate(numbers)]
        tuned.update(experience(language_model, episodes, worth), update / 8)
    assert all(share(agent) > before[agent] + 0.2 for agent in range(2)), before


def test_an_empty_answer_is_no_crash_and_lacks_its_end():
    language_model = a_model("llama")
    prompt, said = language_model.encode([SHORT])[0], language_model.encode_answers([" go", "", " go\n"])
    empty, whole = free_turn(prompt, ()), free_turn(prompt, said[0])
    line = free_turn(prompt, said[2][:-1])
    found = experience(language_model, [[empty, whole], [whole], [empty], [line]], [1.0] * 4, missing_end=0.5)
    assert found.kept == [0, 1, 3] and found.score_E.tolist() == [0.5, 1, 1], "a line break ends it, too"
    ends_at_once = experience(language_model, [[free_turn(prompt, said[1])]], [1.0], missing_end=0.5)
    assert ends_at_once.score_E.tolist() == [1] and len(ends_at_once.episode_N) == 1, "its end was decided"


def test_pairs_that_are_the_same_neither_crash_nor_shrink_the_loss_of_others():
    a, b, tie = torch.tensor([1.0, 2.0]), torch.tensor([0.0, 2.0]), torch.tensor([False, True])
    other = math.log1p(math.exp(-1))
    assert float(preference_loss(a, b, tie)) == pytest.approx((other + math.log(2)) / 2)
    member = RewardModel(a_model("llama"))
    same, apart = Group("one", (SHORT, SHORT), ((0, 1, True),)), Group("two", (SHORT, LONG), ((0, 1, False),))
    alone, both = (
        float(loss_of(member, [[g] for g in some])[0].detach()) for some in ([apart], [apart, same])
    )
    assert both == pytest.approx((alone + math.log(2)) / 2, abs=1e-5)


@pytest.mark.parametrize("damage", ["gone", "another"])
def test_a_reward_model_without_its_head_is_refused(damage, tmp_path, monkeypatch):
    """And is not gone on with by a new one."""
    head = {"gone": {}, "another": {"head": np.zeros(7, np.float32)}}[damage]
    monkeypatch.setattr(reward_model, "packed", lambda arrays: packed({"gain": arrays["gain"], **head}))
    write_ensemble(tmp_path / "reward", [RewardModel(a_model("llama"))], {})
    with pytest.raises(ValueError, match=r"head\.safetensors: bias is missing"):
        read_ensemble(tmp_path / "reward")


@pytest.mark.interop
@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")
def test_the_head_of_a_reward_model_is_learned_and_kept_where_its_trunk_has_changes_of_low_rank(tmp_path):
    pytest.importorskip("peft")
    some = [Group(f"level {i}", (f"go {i % 3}", f"put {i % 5}"), ((0, 1, False),)) for i in range(16)]
    member, _ = fit(with_lora(a_model("llama"), 2), some, 0, rate=3e-3, batch=8)
    assert not torch.equal(member.head, RewardModel(a_model("llama"), 0).head)
    write_ensemble(tmp_path / "reward", [member], {})
    (again,) = read_ensemble(tmp_path / "reward")
    assert torch.equal(again.head, member.head)
    assert torch.allclose(scores([again], [SHORT, LONG]), scores([member], [SHORT, LONG]), atol=1e-4)
