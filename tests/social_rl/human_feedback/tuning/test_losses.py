"""Are the losses of PPO with KL control the ones that are written down, and does nothing that is not real take part?"""

import math
from itertools import pairwise

import pytest
import torch

from social_rl.human_feedback.tuning.losses import (
    AdaptiveKL,
    advantages,
    direct_preference_loss,
    discounts,
    group_advantages,
    log_ratio_kl,
    policy_loss,
    positive_kl,
    preference_loss,
    rewards,
    value_loss,
    whitened,
)

YES, NO = True, False


def test_trap_1_kl_is_exactly_0_at_equality_and_has_the_right_sign():
    """References: human-feedback.md §6.1; trl#235, #925; rlhf-book#525 (k3 by expm1)."""
    log_p = torch.randn(5, 7, generator=torch.Generator().manual_seed(0)).log_softmax(1)
    assert not log_ratio_kl(log_p, log_p).any() and not positive_kl(log_p, log_p).any()
    log_q = torch.randn(5, 7, generator=torch.Generator().manual_seed(1)).log_softmax(1)
    exact = (log_p.exp() * (log_p - log_q)).sum(1)
    assert torch.allclose((log_p.exp() * log_ratio_kl(log_p, log_q)).sum(1), exact, atol=1e-6)
    assert torch.allclose((log_p.exp() * positive_kl(log_p, log_q)).sum(1), exact, atol=1e-6)
    assert bool((exact > 0).all()) and bool((positive_kl(log_p, log_q) >= 0).all())
    near = torch.tensor([1e-6], dtype=torch.float32)
    assert float(positive_kl(torch.zeros(1), near)) == pytest.approx(5e-13, rel=0.1), (
        "no digits are lost near 0"
    )


def test_trap_2_the_direction_is_policy_to_reference():
    log_p, log_q = torch.tensor([0.9, 0.1]).log(), torch.tensor([0.5, 0.5]).log()
    forward = float((log_p.exp() * log_ratio_kl(log_p, log_q)).sum())
    assert forward == pytest.approx(0.9 * math.log(1.8) + 0.1 * math.log(0.2), abs=1e-6)
    assert forward != pytest.approx(0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1), abs=1e-3)


def returns(mask, kl, gamma):
    """The return at each token of a row with observation tokens in between, which count as time and as nothing else."""
    place = [i for i, real in enumerate(mask) if real]
    real = torch.ones(1, len(place), dtype=torch.bool)
    reward = rewards(torch.zeros(1), torch.tensor([[kl[i] for i in place]]), 1.0, real)
    passed = [gamma ** (after - now) for now, after in pairwise(place)]
    discount = torch.tensor([[*passed, 0.0]])
    return advantages(reward, torch.zeros(1, len(place)), discount, real, 1.0)[1][0]


def test_trap_of_miles_1827_and_1383_observation_tokens_carry_no_step_and_no_kl():
    """miles#1827, #1383: mask [1, 0, 0, 1], KL all 1, coefficient 1, gamma .9: -1.729 at the first token."""
    assert float(returns([1, 0, 0, 1], [1.0] * 4, 0.9)[0]) == pytest.approx(-1.729)


def test_trap_10_the_score_lands_once_on_the_last_real_decision():
    """human-feedback.md §6.10; trl#5338: the sum of rewards is the score less the KL."""
    real = torch.tensor([[YES, YES, NO], [YES, YES, YES]])
    kl = torch.tensor([[0.5, 0.25, math.nan], [0.1, 0.2, 0.3]])
    found = rewards(torch.tensor([2.0, -1.0]), kl, 0.1, real)
    assert torch.allclose(found, torch.tensor([[-0.05, 1.975, 0.0], [-0.01, -0.02, -1.03]]))
    assert torch.allclose(found.sum(1), torch.tensor([2 - 0.075, -1 - 0.06]))
    with pytest.raises(ValueError, match="episode 1 has no decision"):
        rewards(torch.zeros(2), torch.zeros(2, 1), 0.1, torch.tensor([[YES], [NO]]))


def test_trap_11_without_discounts_advantages_are_returns_less_values_and_the_end_is_worth_0():
    generator = torch.Generator().manual_seed(2)
    reward, value = torch.randn(3, 5, generator=generator), torch.randn(3, 5, generator=generator)
    real = torch.arange(5)[None] < torch.tensor([5, 3, 1])[:, None]
    turn = torch.tensor([[0, 0, 1, 1, 2], [0, 1, 1, 0, 0], [0, 0, 0, 0, 0]]).float()
    one = discounts(turn, real, 1.0)
    assert torch.equal(one, torch.tensor([[1, 1, 1, 1, 0], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]]).float())
    advantage, found = advantages(reward, value, one, real, 1.0)
    for e, n in enumerate((5, 3, 1)):
        for d in range(n):
            assert float(found[e, d]) == pytest.approx(float(reward[e, d:n].sum()), abs=1e-5)
            assert float(advantage[e, d]) == pytest.approx(
                float(reward[e, d:n].sum() - value[e, d]), abs=1e-5
            )
    assert not advantage[~real].any() and not found[~real].any()


def test_generalised_advantages_by_hand_and_discounts_between_turns_alone():
    real = torch.ones(1, 4, dtype=torch.bool)
    turn = torch.tensor([[0.0, 0.0, 1.0, 3.0]])
    discount = discounts(turn, real, 0.5)
    assert torch.equal(discount, torch.tensor([[1.0, 0.5, 0.25, 0.0]]))
    reward, value = torch.tensor([[0.0, 0.0, 0.0, 1.0]]), torch.tensor([[0.1, 0.2, 0.3, 0.4]])
    advantage, _ = advantages(reward, value, discount, real, 0.9)
    last = 1 - 0.4
    third = 0.25 * 0.4 - 0.3 + 0.25 * 0.9 * last
    second = 0.5 * 0.3 - 0.2 + 0.5 * 0.9 * third
    first = 0.2 - 0.1 + 0.9 * second
    assert torch.allclose(advantage, torch.tensor([[first, second, third, last]]))


def test_trap_of_verl_6361_what_is_not_real_may_be_nan():
    real = torch.tensor([[YES, YES, NO]])
    nan = torch.tensor([[0.5, 0.5, math.nan]])
    reward = rewards(torch.ones(1), nan, 0.1, real)
    advantage, found = advantages(reward, nan, torch.tensor([[1.0, 0.0, math.nan]]), real, 0.95)
    assert bool(torch.isfinite(torch.stack([reward, advantage, found, whitened(nan, real)])).all())


def test_trap_12_whitening_goes_by_what_is_real():
    x, real = (
        torch.tensor([[1.0, 3.0, 99.0], [5.0, 7.0, -99.0]]),
        torch.tensor([[YES, YES, NO], [YES, YES, NO]]),
    )
    found = whitened(x, real)
    assert torch.allclose(found[real], torch.tensor([-3.0, -1, 1, 3]) / math.sqrt(5), atol=1e-6)
    assert not found[~real].any()
    assert float(whitened(x, real, keep_mean=True)[real].mean()) == pytest.approx(4.0)
    assert not whitened(torch.tensor([2.0]), torch.tensor([True])).any(), "one has no spread, and no NaN"


def test_trap_8_at_the_first_minibatch_the_ratio_is_1_and_the_gradient_that_of_the_policy():
    log_prob = torch.tensor([-1.0, -2.0], requires_grad=True)
    advantage = torch.tensor([0.5, -1.5])
    found = policy_loss(log_prob, log_prob.detach(), advantage, 0.2)
    assert found.loss.item() == pytest.approx(0.5) and float(found.clipped) == 0 == float(found.old_kl)
    (gradient,) = torch.autograd.grad(found.loss, log_prob)
    assert torch.allclose(gradient, -advantage / 2)


def test_policy_loss_is_clipped_on_the_side_that_it_pays_on():
    old = torch.zeros(4)
    log_prob = torch.tensor([1.5, 1.5, 0.5, 0.5]).log()
    found = policy_loss(log_prob, old, torch.tensor([1.0, -1.0, 1.0, -1.0]), 0.2)
    assert float(found.loss) == pytest.approx((-1.2 + 1.5 - 0.5 + 0.8) / 4, abs=1e-6)
    assert float(found.clipped) == 1


def test_trap_13_values_are_clipped_by_the_larger_loss():
    value, old, wanted = torch.tensor([1.0, 0.1]), torch.zeros(2), torch.tensor([1.0, 1.0])
    assert float(value_loss(value, old, wanted, 0.2)) == pytest.approx(0.5 * (0.8**2 + 0.9**2) / 2)


def test_trap_17_the_coefficient_follows_kl_summed_over_an_episode():
    control = AdaptiveKL(0.1, target=6.0, horizon=100)
    control.update(9.0, 10)
    assert control.coefficient == pytest.approx(0.1 * (1 + 0.2 * 10 / 100)), "an error of 50 % counts as 20 %"
    control.update(5.7, 10)
    assert control.coefficient == pytest.approx(0.1 * 1.02 * (1 - 0.05 * 0.1))
    fixed = AdaptiveKL(0.1)
    fixed.update(100.0, 1000)
    assert fixed.coefficient == 0.1


def test_trap_15_comparisons_swap_shift_and_tie():
    a, b = torch.tensor([1.0, 2.0]), torch.tensor([0.5, 3.0])
    won = torch.tensor([NO, NO])
    assert float(preference_loss(a, b, won)) == pytest.approx(
        float(-(torch.sigmoid(a - b).log()).mean()), abs=1e-6
    )
    assert float(preference_loss(a + 7, b + 7, won)) == pytest.approx(
        float(preference_loss(a, b, won)), abs=1e-6
    )
    tie = torch.tensor([YES, YES])
    assert float(preference_loss(a, b, tie)) == pytest.approx(float(preference_loss(b, a, tie)), abs=1e-6)
    assert float(preference_loss(a, a, tie)) == pytest.approx(math.log(2)), "identical pairs are no crash"


def test_direct_preference_begins_at_log_2_whatever_the_policy():
    log_prob = torch.tensor([-3.0, -9.0])
    no = torch.tensor([NO, NO])
    assert float(direct_preference_loss(log_prob, log_prob.flip(0), log_prob, log_prob.flip(0), 0.1, no)) == (
        pytest.approx(math.log(2))
    )


def test_groups_of_equal_scores_teach_nothing():
    found = group_advantages(torch.tensor([[1.0, 1.0, 1.0], [0.0, 1.0, 2.0]]))
    assert not found[0].any() and float(found[1].sum()) == pytest.approx(0, abs=1e-6)
    assert float((found[1] ** 2).mean()) == pytest.approx(1, abs=1e-5)
