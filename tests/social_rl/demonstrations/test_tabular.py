"""Are values, successor features, bounds and losses those of the paper, in worlds small enough to know?"""

import numpy as np
import pytest
import torch

from social_rl.cli import main
from social_rl.demonstrations.losses import (
    feature_difference,
    imitation,
    inverse_difference,
    reward_error,
    sparsity,
    value_difference,
)
from social_rl.demonstrations.recovery import Tuning, agreement, begin, loss_of, recover
from social_rl.demonstrations.tabular import (
    World,
    coin_board,
    erring,
    generalised_improvement,
    greedy,
    optimal_values,
    policy_values,
    soft,
    successor_features,
    transfer_bound,
)
from social_rl.demonstrations.tabular_study import bound_figures

# Two states, two acts: `stay` and `go` to the other one. Going from 0 earns cumulant 0, going from 1 cumulant 1.
STAY, GO = 0, 1
PAIR = World(
    np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]]),
    np.array([[[0.0, 0], [1, 0]], [[0, 0], [0, 1]]]),
    discount=0.5,
)
ALWAYS_GO = np.array([[0.0, 1], [0, 1]])


def test_successor_features_are_discounted_sums_of_cumulants():
    """Going on and on: 1 + .5² + .5⁴ + ... = 4/3 of one's own cumulant, half of that of the other's."""
    psi = successor_features(PAIR, PAIR.phi_SAD, ALWAYS_GO)
    assert psi[0, GO] == pytest.approx([4 / 3, 2 / 3])
    assert psi[1, GO] == pytest.approx([2 / 3, 4 / 3])
    assert psi[0, STAY] == pytest.approx([2 / 3, 1 / 3]), "half of that of the next step"


def test_values_of_the_best_policy_are_found():
    """Who wants the first and fears the second as much stays where they are in state 1: 1, then nothing."""
    value = optimal_values(PAIR, PAIR.phi_SAD @ [1, -1])
    assert value[0] == pytest.approx([0.5, 1])
    assert value[1] == pytest.approx([0, -1 + 0.5 * 1])


def test_whoever_walks_onto_a_coin_has_it_and_goes_on_elsewhere():
    world = coin_board(3, 2, 1, 0.9, np.random.default_rng(0))
    assert world.chance_SAS.sum(-1) == pytest.approx(np.ones((9, 4)))
    took = world.phi_SAD.sum(-1) > 0
    assert took.any()
    assert (world.chance_SAS[took] > 0).sum(-1).tolist() == [7] * int(took.sum()), "any of seven free cells"


def test_a_board_full_of_coins_is_refused():
    with pytest.raises(ValueError, match=r"3 x 3 coins on 3 x 3 cells leave none free"):
        coin_board(3, 3, 3, 0.9, np.random.default_rng(0))


def test_improvement_over_others_is_no_worse_than_the_best_of_them():
    world = coin_board(4, 3, 1, 0.9, np.random.default_rng(1))
    policies = [greedy(optimal_values(world, world.phi_SAD @ likes)) for likes in np.eye(3)]
    psi = np.stack([successor_features(world, world.phi_SAD, policy) for policy in policies])
    for wanted in ([1.0, 1, 0], [1, -1, 0], [-1, -1, 1]):
        improved = generalised_improvement(psi, np.array(wanted))
        value = (policy_values(world, world.phi_SAD @ wanted, improved) * improved).sum(1)
        others = [(psi[k] @ wanted * policies[k]).sum(1) for k in range(3)]
        assert (value >= np.max(others, 0) - 1e-9).all()


def test_the_bound_shows_its_arithmetic():
    """2 / .5 · (1 · 1 + 2 · .1 + √2 · .2 + .1 / .5), for wanting both where others want one each."""
    found = transfer_bound(PAIR.phi_SAD, 0.5, np.array([1.0, 1]), np.eye(2), 0.1, 0.2)
    assert found == pytest.approx(4 * (1 + 0.2 + np.sqrt(2) * 0.2 + 0.2))


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_of_theorem_2_holds(seed):
    figures = bound_figures(coin_board(4, 3, 1, 0.9, np.random.default_rng(seed)), seed)
    assert figures["cases"] == 3 * 26 and figures["violations"] == 0
    assert 0 < figures["used"] <= 1


# ---- losses --------------------------------------------------------------------------------------------


def some(*numbers: float) -> torch.Tensor:
    return torch.tensor([[*numbers]], requires_grad=True)


def test_inverse_differences_teach_cumulants_and_successor_features_and_not_the_target():
    """(3 − 1 − .5 · 2)² = 1: the slope is 2 for Ψ, −2 for Φ and none for Ψ̃."""
    psi, phi, onward = some(3.0), some(1.0), some(2.0)
    loss = inverse_difference(psi, phi, onward, 0.5).sum()
    loss.backward()
    assert loss.item() == 1
    assert psi.grad is not None and psi.grad.item() == 2
    assert phi.grad is not None and phi.grad.item() == -2, "public code stops this gradient"
    assert onward.grad is None


def test_ones_own_successor_features_leave_cumulants_as_they_are():
    psi, phi = some(3.0), some(1.0)
    feature_difference(psi, phi, some(2.0), 0.5).sum().backward()
    assert psi.grad is not None and phi.grad is None


def test_rewards_teach_cumulants_and_preferences():
    """(1 · 2 − 1)² = 1, slopes 2 · 1 · 2 and 2 · 1 · 1."""
    phi, preference = some(1.0), some(2.0)
    loss = reward_error(phi, preference, torch.tensor([1.0])).sum()
    loss.backward()
    assert loss.item() == 1 and phi.grad is not None and preference.grad is not None
    assert (phi.grad.item(), preference.grad.item()) == (4, 2)


def test_the_other_losses():
    assert value_difference(torch.tensor([3.0]), torch.tensor([1.0]), torch.tensor([2.0]), 0.5).item() == 1
    assert imitation(torch.tensor([[0.0, 0.0]]), torch.tensor([1])).item() == pytest.approx(np.log(2))
    assert sparsity(torch.tensor([[1.0, -2.0], [0.0, 0.0]])).item() == 1.5


def test_a_fitted_table_changes_its_cumulants_by_inverse_differences_alone():
    """Imitation knows nothing of Φ: all that it learns comes of the other loss."""
    policy = torch.from_numpy(erring(ALWAYS_GO, 0.1)[None])
    for weight, learns in ((0.0, False), (1.0, True)):
        tables = begin(PAIR, 1, Tuning(cumulants=2), seed=0)
        loss_of(tables, PAIR, policy, Tuning(cumulants=2, inverse=weight)).backward()
        assert (tables.phi_SAD.grad is not None and bool((tables.phi_SAD.grad != 0).all())) is learns


def test_cumulants_are_those_of_the_act_that_was_taken_here_and_not_of_the_next():
    """Somebody goes once and then stays: Φ(0, go) bears the whole error, Φ(1, stay) its own alone."""
    policy = torch.tensor([[[0.0, 1.0], [1.0, 0.0]]], dtype=torch.float64)
    tables = begin(PAIR, 1, Tuning(cumulants=2), seed=0)
    loss_of(tables, PAIR, policy, Tuning(cumulants=2)).backward()
    slope = tables.phi_SAD.grad
    assert slope is not None
    assert bool((slope[0, GO] != 0).all()) and bool((slope[1, STAY] != 0).all())
    assert not slope[0, STAY].any() and not slope[1, GO].any(), "acts that were not taken"


def test_recovered_rewards_lead_to_the_acts_of_experts():
    world = coin_board(3, 2, 1, 0.8, np.random.default_rng(0))
    rewards = np.moveaxis(world.phi_SAD, -1, 0)
    policies = np.stack([erring(greedy(optimal_values(world, reward)), 0.05) for reward in rewards])
    tuning = Tuning(cumulants=3, updates=400, learning_rate=0.05)
    assert agreement(world, recover(world, policies, tuning, 0), rewards).min() >= 0.95
    untaught = begin(world, 2, tuning, 0)
    assert agreement(world, type(untaught)(*(t.detach() for t in untaught)), rewards).mean() < 0.8


def test_softer_policies_err_more():
    value = np.array([[0.0, 1.0]])
    assert soft(value, 0.1)[0, 1] > soft(value, 1.0)[0, 1] > 0.5


# ---- the command ---------------------------------------------------------------------------------------


def test_the_command_measures_each_seed_once(tmp_path, capsys):
    words = [
        "demonstrations",
        "tabular",
        "--side",
        "3",
        "--kinds",
        "2",
        "--each",
        "1",
        "--updates",
        "2",
        "--json",
    ]
    assert main([*words, str(tmp_path / "t.json"), "--seeds", "1"]) == 0
    assert main([*words, str(tmp_path / "t.json"), "--seeds", "2"]) == 0
    assert "seed 0: kept" in capsys.readouterr().out
    assert main([*words, str(tmp_path / "t.json"), "--errs", "0.2"]) == 2
    assert "errs 0.05, not 0.2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--side 1", "--side is 1, allowed are 2 and more"),
        ("--errs 2", "--errs is 2.0, allowed are 0 to 1"),
        ("--discount 1", "--discount is 1.0, allowed are 0 to below 1"),
        ("--temperature 0", "--temperature is 0.0, allowed are more than 0"),
        ("--side 2", "3 x 2 coins on 2 x 2 cells leave none free"),
    ],
)
def test_bad_options_are_refused(option, said, capsys):
    assert main(["demonstrations", "tabular", *option.split()]) == 2
    assert said in capsys.readouterr().err
