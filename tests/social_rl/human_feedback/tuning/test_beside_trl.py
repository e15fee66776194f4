"""Are rewards, advantages and losses those of TRL's PPO? Its own lines computed `trl_ppo.json`, in float64.

`benchmarks/rlhf_peers/golden.py` makes the file. Two conventions differ. TRL puts the score of an answer that ended
early one step after its last token, on a pad that has a value; an answer of ours has no such step, so here each is
given one more decision, without KL. And TRL whitens by the unbiased variance, here it is the biased one.
"""

import json
from pathlib import Path

import pytest
import torch

from social_rl.human_feedback.tuning.losses import (
    advantages,
    log_ratio_kl,
    policy_loss,
    rewards,
    value_loss,
    whitened,
)

GOLDEN = json.loads(Path(__file__).with_name("trl_ppo.json").read_text(encoding="utf-8"))


def tensors(found):
    return {name: torch.tensor(x, dtype=torch.float64) for name, x in found.items()}


@pytest.fixture(params=GOLDEN["cases"], ids=lambda case: f"gamma {case['settings']['gamma']}")
def case(request):
    """Settings, what went in, what TRL made of it; which tokens are real, and which steps count for TRL."""
    given, made = tensors(request.param["given"]), tensors(request.param["made"])
    step, last = torch.arange(given["values"].shape[1]), given["sequence_lengths"][:, None]
    return request.param["settings"], given, made, step <= last, step <= last + 1


def test_rewards_and_advantages_are_the_same(case):
    settings, given, made, is_token_ED, is_step_ED = case
    kl_ED = torch.where(is_token_ED, log_ratio_kl(given["logprobs"], given["ref_logprobs"]), 0)
    reward_ED = rewards(given["scores"], kl_ED, settings["kl_coef"], is_step_ED)
    assert torch.allclose(reward_ED, made["rewards"], atol=1e-6, rtol=0)
    discount_ED = torch.full_like(reward_ED, settings["gamma"])
    found = advantages(reward_ED, given["values"], discount_ED, is_step_ED, settings["lam"])
    for ours, name in zip(found, ("advantages", "returns"), strict=True):
        assert torch.allclose(ours, made[name], atol=1e-6, rtol=0), name


def test_an_answer_of_full_length_needs_no_further_step(case):
    settings, given, made, is_token_ED, _ = case
    full = is_token_ED.all(1)
    assert 0 < int(full.sum()) < len(full)
    kl_ED = log_ratio_kl(given["logprobs"], given["ref_logprobs"])[full]
    reward_ED = rewards(given["scores"][full], kl_ED, settings["kl_coef"], is_token_ED[full])
    discount_ED = torch.full_like(reward_ED, settings["gamma"])
    found, _ = advantages(reward_ED, given["values"][full], discount_ED, is_token_ED[full], settings["lam"])
    assert torch.allclose(found, made["advantages"][full], atol=1e-6, rtol=0)


def test_whitening_differs_by_the_unbiased_variance_alone(case):
    _, _, made, is_token_ED, _ = case
    n = int(is_token_ED.sum())
    found = whitened(made["advantages"], is_token_ED) * ((n - 1) / n) ** 0.5
    assert torch.allclose(found, made["whitened"], atol=1e-6, rtol=0)


def test_losses_are_the_same(case):
    _, given, made, is_token_ED, is_step_ED = case
    new, old, advantage = (
        x[is_token_ED] for x in (given["new_logprobs"], given["logprobs"], made["whitened"])
    )
    found = policy_loss(new, old, advantage, GOLDEN["clip"])
    assert float(found.loss) == pytest.approx(float(made["policy_loss"]), abs=1e-6)
    value, before, later = (x[is_step_ED] for x in (given["vpred"], given["values"], made["returns"]))
    loss = value_loss(value, before, later, GOLDEN["value_clip"])
    assert float(loss) == pytest.approx(float(made["value_loss"]), abs=1e-6)
