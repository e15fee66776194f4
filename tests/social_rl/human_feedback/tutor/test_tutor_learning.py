"""Are targets, values and losses of Sequence Tutor those of the paper? Numbers show their arithmetic."""

import json
import math

import numpy as np
import pytest
import torch

from social_rl.cli import main
from social_rl.human_feedback.tutor.compare import AS_PRIOR, figures_of
from social_rl.human_feedback.tutor.learning import (
    METHODS,
    Tuning,
    beginning,
    draw,
    learn,
    loss_of,
    preferences,
    targets,
)
from social_rl.human_feedback.tutor.melody import MELODY
from social_rl.human_feedback.tutor.network import Network, fit_prior, follow, likelihood_loss, twin
from social_rl.human_feedback.tutor.routine import DONE, ROUTINE
from social_rl.human_feedback.tutor.task import Task, ended, rewards

TUNING = Tuning(discount=0.5, c=0.5)
# Two tokens: a reward of 1 and of 2, log p of -1 and -3, next preferences 0 and 1; the second one ends the sequence.
REWARD, LOG_P = torch.tensor([[1.0, 2.0]]), torch.tensor([[-1.0, -3.0]])
NEXT, OVER = torch.tensor([[[0.0, 1.0], [0.0, 1.0]]]), torch.tensor([[False, True]])


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("q", -1 + 1 / 0.5 + 0.5 * 1, -3 + 2 / 0.5),
        ("psi", -1 + 1 / 0.5 + 0.5 * math.log(1 + math.e), -3 + 2 / 0.5),
        ("g", 1 / 0.5 + 0.5 * math.log(1 + math.e), 2 / 0.5),
        ("rl", 1 / 0.5 + 0.5 * 1, 2 / 0.5),
    ],
)
def test_targets(name, first, last):
    found = targets(METHODS[name], REWARD, LOG_P, NEXT, OVER, TUNING)
    assert found[0].tolist() == pytest.approx([first, last])


def test_the_end_is_worth_0_and_not_the_log_of_the_number_of_tokens():
    nothing = torch.zeros(1, 1)
    over = targets(METHODS["psi"], nothing, nothing, torch.zeros(1, 1, 38), torch.tensor([[True]]), TUNING)
    cut = targets(METHODS["psi"], nothing, nothing, torch.zeros(1, 1, 38), torch.tensor([[False]]), TUNING)
    assert over.item() == 0 and cut.item() == pytest.approx(0.5 * math.log(38))


def test_an_endless_next_value_does_not_get_past_the_end():
    endless = torch.full((1, 1, 2), math.inf)
    found = targets(
        METHODS["q"], torch.ones(1, 1), torch.zeros(1, 1), endless, torch.tensor([[True]]), TUNING
    )
    assert found.item() == 2


def test_log_p_is_that_of_the_token_that_was_taken_and_not_of_the_next():
    other = targets(METHODS["psi"], REWARD, LOG_P + torch.tensor([[0.0, 1.0]]), NEXT, OVER, TUNING)
    same = targets(METHODS["psi"], REWARD, LOG_P, NEXT, OVER, TUNING)
    assert (other - same)[0].tolist() == pytest.approx([0, 1])


def test_g_acts_on_log_p_and_its_values_and_the_others_on_values_alone():
    value, log_p = torch.tensor([[1.0, 2.0]]), torch.tensor([[-1.0, -4.0]])
    assert preferences(METHODS["g"], value, log_p).tolist() == [[0, -2]]
    for name in ("q", "psi", "rl"):
        assert preferences(METHODS[name], value, log_p).tolist() == [[1, 2]]


@pytest.fixture(scope="module")
def prior() -> Network:
    return fit_prior(MELODY, 16, 3, 8, 3e-3, 0)[0]


def test_values_that_are_the_prior_have_no_distance_from_it(prior):
    for method in (AS_PRIOR, METHODS["psi"], METHODS["g"]):
        drawn = draw(MELODY, method, beginning(method, prior), prior, 8, torch.Generator().manual_seed(0))
        assert np.abs(drawn.kl_BT).max() < 1e-6
    drawn = draw(MELODY, AS_PRIOR, prior, prior, 8, torch.Generator().manual_seed(0))
    assert (drawn.kl_BT == 0).all(), "the same numbers have a distance of exactly 0"


def test_the_distance_is_that_of_the_policy_from_the_prior_and_not_the_other_way():
    """One token of two, ln 3 above the other: KL((3/4, 1/4) ‖ (1/2, 1/2)); the other way it would be .1438."""
    one = Task("one", ("a", "b"), 1, -1, True, lambda n, rng: np.zeros((n, 1), int), {}, lambda t: {}, "")
    prior, policy = (Network(2, 4, torch.Generator().manual_seed(0)) for _ in range(2))
    for network, ahead in ((prior, 0.0), (policy, math.log(3))):
        for parameter in network.head.parameters():
            torch.nn.init.zeros_(parameter)
        with torch.no_grad():
            network.head.bias[0] = ahead
    drawn = draw(one, METHODS["psi"], policy, prior, 1000, torch.Generator().manual_seed(0))
    assert drawn.kl_BT[0, 0] == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5), abs=1e-6)
    assert (drawn.token_BT == 0).mean() == pytest.approx(0.75, abs=0.05)
    assert drawn.log_prior_BT == pytest.approx(math.log(0.5))


def test_reward_alone_begins_with_a_uniform_choice(prior):
    network = beginning(METHODS["rl"], prior)
    assert not network(torch.zeros(1, 3, dtype=torch.long)).any()


def test_step_by_step_a_network_says_what_it_says_of_the_whole(prior):
    token_BT = torch.from_numpy(MELODY.data(3, np.random.default_rng(0)))
    whole, memory = prior(token_BT), None
    before_BT = torch.cat((torch.full((3, 1), prior.start), token_BT), 1)
    for t in range(before_BT.shape[1]):
        value_BV, memory = prior.step(before_BT[:, t], memory)
        torch.testing.assert_close(value_BV, whole[:, t])


def test_the_likelihood_counts_real_tokens_alone():
    network = Network(17, 8, torch.Generator().manual_seed(0))
    token_BT = torch.tensor([[0, DONE, DONE]])
    real_BT = torch.tensor([[True, True, False]])
    log_p = network(token_BT).log_softmax(-1)
    by_hand = -(log_p[0, 0, 0] + log_p[0, 1, DONE]) / 2
    assert likelihood_loss(network, token_BT, real_BT).item() == pytest.approx(by_hand.item())


@pytest.mark.parametrize("name", [*METHODS])
def test_the_loss_is_smooth_l1_of_real_tokens(name):
    """The same by hand, token after token, on a routine that ends and on one that is cut."""
    method = METHODS[name]
    prior = fit_prior(ROUTINE, 8, 2, 8, 3e-3, 0)[0]
    network, target = beginning(method, prior), twin(prior)
    with torch.no_grad():
        network.head.bias += 0.3
    token_BT = np.array([[0, 3, *[DONE] * 18], [0, 3] * 10])
    reward_BT = rewards(ROUTINE, token_BT)
    assert ended(token_BT, ROUTINE).sum() == 1
    token = torch.from_numpy(token_BT)
    value, slow, log_p = network(token), target(token), prior(token).log_softmax(-1)
    losses = []
    for row, length in ((0, 3), (1, 20)):
        for t in range(length):
            at = token_BT[row, t]
            next_V = slow[row, t + 1] + (log_p[row, t + 1] if name == "g" else 0)
            worth = next_V.logsumexp(0) if name in ("psi", "g") else next_V.max()
            is_over = row == 0 and t == 2
            aim = reward_BT[row, t] / 0.5 + (0 if is_over else 0.5 * worth.item())
            aim += log_p[row, t, at].item() if name in ("q", "psi") else 0
            apart = abs(value[row, t, at].item() - aim)
            losses.append(apart**2 / 2 if apart < 1 else apart - 0.5)
    loss = loss_of(ROUTINE, method, network, target, prior, token_BT, reward_BT, TUNING)
    assert loss.item() == pytest.approx(np.mean(losses), rel=1e-4)


def test_the_target_network_follows_and_the_prior_stays(prior):
    before = [p.clone() for p in prior.parameters()]
    network = learn(MELODY, METHODS["psi"], prior, Tuning(rounds=2, drawn=8, batch=8), 0)
    assert all((a == b).all() for a, b in zip(before, prior.parameters(), strict=True))
    assert any((a != b).any() for a, b in zip(network.parameters(), prior.parameters(), strict=True))
    slow, fast = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    for layer, value in ((slow, 0.0), (fast, 1.0)):
        torch.nn.init.constant_(layer.weight, value)
    follow(slow, fast, 0.01)
    assert slow.weight.item() == pytest.approx(0.01)


def test_learning_is_the_same_again(prior):
    tuning = Tuning(rounds=2, drawn=8, batch=8)
    one, two, other = (learn(MELODY, METHODS["g"], prior, tuning, seed) for seed in (0, 0, 1))
    assert (one.head.weight == two.head.weight).all() and (one.head.weight != other.head.weight).any()


def test_psi_learns_a_rule_and_keeps_to_the_prior():
    """One token of four is rewarded: with c 1 the policy is p exp r, which is e / (e + 3) where p is uniform."""
    bandit = Task(
        "bandit", tuple("abcd"), 1, -1, True,
        lambda n, rng: rng.integers(4, size=(n, 1)),
        {"first": lambda token_BT: 1.0 * (token_BT == 0)}, lambda token_BT: {"first": (token_BT == 0).mean()}, "first",
    )  # fmt: skip
    prior = Network(4, 8, torch.Generator().manual_seed(0))
    for parameter in prior.head.parameters():
        torch.nn.init.zeros_(parameter)
    tuning = Tuning(rounds=80, drawn=64, c=1.0, learning_rate=0.02)
    network = learn(bandit, METHODS["psi"], twin(prior), tuning, 0)
    share = network(torch.zeros(1, 0, dtype=torch.long)).softmax(-1)[0, 0, 0].item()
    assert share == pytest.approx(math.e / (math.e + 3), abs=0.03)
    assert figures_of(bandit, METHODS["psi"], network, prior, 2000, 0)["first"] == pytest.approx(
        share, abs=0.04
    )


def test_the_command_compares_and_writes(tmp_path, capsys):
    file = tmp_path / "found.json"
    words = "rlhf tutor --task routine --method psi rl --seeds 2 --rounds 2 --prior-steps 2 --sequences 10 --hidden 8"
    assert main([*words.split(), "--json", str(file)]) == 0
    found = json.loads(file.read_text())
    assert [*found["rows"]] == ["data", "prior", "psi", "rl"] and len(found["rows"]["psi"]) == 2
    assert found["uniform_log_p"] == pytest.approx(-math.log(17))
    assert "left_begun" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("--c 0", "--c is 0.0"),
        ("--explores 2", "--explores is 2.0"),
        ("--discount 2", "--discount is 2.0"),
        ("--seeds 0", "--seeds"),
        ("--method", "--method"),
    ],
)
def test_the_command_refuses(words, named, capsys):
    assert main(["rlhf", "tutor", *words.split()]) == 2
    assert named in capsys.readouterr().err
