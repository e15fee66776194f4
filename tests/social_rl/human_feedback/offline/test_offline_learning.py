"""Are targets, policies and distances of batch learning those of the paper? Numbers show their arithmetic."""

import json
import math

import numpy as np
import pytest
import torch

from social_rl.cli import main
from social_rl.human_feedback.offline.learning import (
    DRAWS,
    METHODS,
    Tuning,
    Values,
    best_of_draws,
    greedy,
    imitate,
    kl,
    learn,
    least_value,
    mean_of_draws,
    prior_policy,
    soft,
    targets,
)
from social_rl.human_feedback.offline.reading import Batch

TUNING = Tuning(discount=0.9, c=0.5)
# A reward of 1, log p -1, log π -.2, a next place worth 3; the second time the talk is over.
REWARD, LOG_P, LOG_PI = torch.ones(2), torch.full((2,), -1.0), torch.full((2,), -0.2)
WORTH, OVER = torch.full((2,), 3.0), torch.tensor([False, True])


@pytest.mark.parametrize(
    ("name", "now"),
    [
        ("q", 1),
        ("dropout_q", 1),
        ("dbcq", 1),
        ("kl_q", 1 / 0.5 - 1 + 0.2),
        ("kl_psi", 1 / 0.5 - 1),
        ("kl_psi_best", 1 / 0.5 - 1),
    ],
)
def test_targets(name, now):
    found = targets(METHODS[name], REWARD, LOG_P, LOG_PI, WORTH, OVER, TUNING)
    assert found.tolist() == pytest.approx([now + 0.9 * 3, now])


def test_an_endless_next_value_does_not_get_past_the_end():
    endless = torch.tensor([math.nan, math.inf])
    found = targets(METHODS["kl_psi"], REWARD, LOG_P, LOG_PI, endless, torch.tensor([True, True]), TUNING)
    assert found.tolist() == [1, 1]


def test_control_is_of_the_action_that_was_taken():
    """Another log p at the first place changes the first target alone."""
    other = LOG_P + torch.tensor([-1.0, 0.0])
    for name in ("kl_q", "kl_psi"):
        same, moved = (targets(METHODS[name], REWARD, p, LOG_PI, WORTH, OVER, TUNING) for p in (LOG_P, other))
        assert (moved - same).tolist() == pytest.approx([-1, 0])


def test_control_is_exactly_0_where_the_policy_is_the_prior_and_pulls_towards_it():
    log_p = torch.tensor([-1.0, -2.0])
    assert METHODS["kl_q"].control(log_p, log_p).tolist() == [0, 0]
    log_policy = torch.tensor([0.7, 0.3]).log()
    log_prior = torch.tensor([0.4, 0.6]).log()
    mean = (log_policy.exp() * METHODS["kl_q"].control(log_prior, log_policy)).sum()
    assert mean.item() == pytest.approx(-(0.7 * math.log(0.7 / 0.4) + 0.3 * math.log(0.3 / 0.6)))


def test_the_distance_is_0_at_equality_and_from_the_policy_to_the_prior():
    prior = torch.tensor([[0.5, 0.5]])
    assert kl(prior, prior.log()).item() == 0
    assert kl(torch.tensor([[0.75, 0.25]]), prior.log()).item() == pytest.approx(
        0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    )
    assert kl(torch.tensor([[1.0, 0.0]]), prior.log()).item() == pytest.approx(math.log(2)), "0 log 0 is 0"


def test_what_policies_do():
    value, log_prior = torch.tensor([[0.0, math.log(3), -1.0]]), torch.tensor([[0.2, 0.1, 0.7]]).log()
    assert greedy(value, log_prior).tolist() == [[0, 1, 0]]
    assert prior_policy(value, log_prior)[0].tolist() == pytest.approx([0.2, 0.1, 0.7])
    both = 1 + 3 + math.exp(-1)
    assert soft(value, log_prior)[0].tolist() == pytest.approx([1 / both, 3 / both, math.exp(-1) / both])
    # from worst to best the prior's shares are .7, .2, .1: the best of 10 is the worst with .7^10
    wanted = [0.9**DRAWS - 0.7**DRAWS, 1 - 0.9**DRAWS, 0.7**DRAWS]
    assert best_of_draws(value, log_prior)[0].tolist() == pytest.approx(wanted, abs=1e-6)
    assert mean_of_draws(value, log_prior).item() == pytest.approx(
        wanted[1] * math.log(3) - wanted[2], abs=1e-5
    )


def test_the_best_of_draws_agrees_with_drawing():
    rng = np.random.default_rng(0)
    value, prior = rng.normal(size=6), rng.dirichlet(np.ones(6))
    drawn = rng.choice(6, size=(20_000, DRAWS), p=prior)
    best = drawn[np.arange(20_000), value[drawn].argmax(1)]
    exact = best_of_draws(torch.tensor(value[None]), torch.tensor(prior[None]).log())[0].numpy()
    assert np.bincount(best, minlength=6) / 20_000 == pytest.approx(exact, abs=0.015)


def test_an_action_that_the_prior_never_takes_is_never_the_best_of_its_draws():
    prior = torch.tensor([[1.0, 0.0]])
    assert best_of_draws(torch.tensor([[0.0, 9.0]]), prior.log()).tolist() == [[1, 0]]


def test_dropout_targets_are_the_least_of_their_draws():
    network = Values(4, 16, 3, 0.5, torch.Generator().manual_seed(0))
    x, log_prior = torch.ones(6, 4), torch.full((6, 3), math.log(1 / 3))
    found = least_value(METHODS["dropout_q"], network, x, log_prior, torch.Generator().manual_seed(1))
    again = torch.Generator().manual_seed(1)
    draws = torch.stack([network(x, again).amax(1) for _ in range(5)])
    assert (found == draws.amin(0)).all() and (draws.amax(0) > draws.amin(0)).any()
    whole = least_value(METHODS["q"], network, x, log_prior, torch.Generator().manual_seed(1))
    assert (whole == network(x).amax(1)).all(), "batch Q has no dropout"


def a_log(n: int = 400) -> tuple[Batch, np.ndarray]:
    """One place, two actions, 0 taken in 3 of 4; 1 is worth 1; each talk is over after its turn."""
    action_N = (np.arange(n) % 4 == 0).astype(int)
    state_NX = np.ones((n, 1), np.float32)
    return Batch(state_NX, action_N, state_NX, np.ones(n, bool)), action_N.astype(np.float64)


SMALL = Tuning(updates=300, prior_updates=150, hidden=8, dropout=0.0, learning_rate=0.03, polyak=0.1)


@pytest.fixture(scope="module")
def prior() -> Values:
    return imitate(a_log()[0], 2, SMALL, 0)


def test_imitation_does_what_the_log_does(prior):
    assert prior(torch.ones(1, 1)).softmax(1)[0].tolist() == pytest.approx([0.75, 0.25], abs=0.05)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("q", 1.0),
        # softmax of log p + r / c: .25 e^2 of .75 + .25 e^2
        ("kl_psi", 0.25 * math.exp(2) / (0.75 + 0.25 * math.exp(2))),
        # Q = log p - log π + r / c, π its softmax, so that π² ∝ p² exp(r / c) / p: π ∝ (p exp(r / c))^½
        ("kl_q", math.sqrt(0.25) * math.e / (math.sqrt(0.75) + math.sqrt(0.25) * math.e)),
    ],
)
def test_what_is_learned_of_a_log_of_single_turns(prior, name, wanted):
    batch, reward_N = a_log()
    method = METHODS[name]
    before = [p.clone() for p in prior.parameters()]
    network = learn(method, batch, reward_N, prior, SMALL, 0)
    x = torch.ones(1, 1)
    policy = greedy(network(x), prior(x)) if name == "q" else network(x).softmax(1)
    assert policy[0, 1].item() == pytest.approx(wanted, abs=0.06)
    assert all((a == b).all() for a, b in zip(before, prior.parameters(), strict=True))


def test_learning_is_the_same_again(prior):
    batch, reward_N = a_log()
    tuning = Tuning(updates=3, hidden=8)
    one, two, other = (learn(METHODS["kl_q"], batch, reward_N, prior, tuning, seed) for seed in (0, 0, 1))
    pairs = zip(one.parameters(), two.parameters(), strict=True)
    assert all((a == b).all() for a, b in pairs)
    assert any((a != b).any() for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_the_command_compares_writes_and_learns_from_what_it_wrote(tmp_path, capsys):
    found, log = tmp_path / "found.json", tmp_path / "talks.jsonl"
    words = "rlhf offline --method bc kl_psi --reward signals votes --talks 20 --updates 2 --persons 5"
    assert main([*words.split(), "--seeds", "2", "--json", str(found), "--write", str(log)]) == 0
    rows = json.loads(found.read_text())["rows"]
    assert [*rows] == ["log", "bc", "kl_psi, signals", "kl_psi, votes"] and len(rows["bc"]) == 2
    assert rows["bc"][0]["kl"] == 0 and rows["kl_psi, votes"][0]["kl"] > 0
    assert main([*words.split(), "--seeds", "1", "--file", str(log)]) == 0
    assert "20 talks" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "named"),
    [("--c -1", "--c is -1.0"), ("--discount 1.1", "--discount is 1.1"), ("--votes 2", "--votes"),
     ("--talks 0", "--talks"),
     ("--file nowhere.jsonl", "nowhere.jsonl")],
)  # fmt: skip
def test_the_command_refuses(words, named, capsys):
    assert main(["rlhf", "offline", *words.split()]) == 2
    assert named in capsys.readouterr().err
