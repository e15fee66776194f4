"""Do learners see boards as they are, and learn from others what losses say? Small boards, with arithmetic."""

import numpy as np
import pytest
import torch

from social_rl.cli import main
from social_rl.demonstrations.boards import ACTS, NOTHING, Sight, likes_text, seen, sight_of, turned
from social_rl.demonstrations.gathering import Expert, boards, counted, gather, returns
from social_rl.demonstrations.learning import Tuning, drawn, inverse_loss, learn_inverse, unclaimed
from social_rl.demonstrations.network import Mind, Shape, cautious_values, of_act, of_mind
from worlds.simulator import Simulator

RED = np.array([1.0, 0, 0])


def five(worlds: int = 3, likes: np.ndarray = RED, seed: int = 0) -> Simulator:
    return boards("coins", worlds, seed, agents=1, side=5, kinds=3, costs=0.0, likes=likes_text(likes))


@pytest.mark.parametrize(("heading", "ahead", "beside"), [(0, 2, 1), (1, 1, -2), (2, -2, -1), (3, -1, 2)])
def test_a_cell_lies_where_it_does_for_who_faces_that_way(heading, ahead, beside):
    """Two rows up and one column to the right, on a board of five: a view of nine cells, oneself in the middle."""
    sight = Sight(5, 3, 1, 0)
    number = turned(sight, np.array([3 << 8 | 2]), np.array([heading]), np.array([1 << 8 | 3]))
    assert number.tolist() == [(ahead + 4) * 9 + beside + 4]


def test_facts_are_a_place_for_each_coin_and_the_way_to_each_edge():
    sim = five()
    sight = sight_of(sim)
    fact_WF = seen(sim, sight, 0)
    assert fact_WF.shape == (3, 3 + 4) and fact_WF.max() < sight.facts == 3 * 81 + 4 * 5
    assert (np.sort(fact_WF[:, :3] // 81, 1) == [0, 1, 2]).all(), "one of each kind, in any order"
    rooms = fact_WF[:, 3:] - 3 * 81 - 5 * np.arange(4)
    assert (rooms[:, 0] + rooms[:, 2] == 4).all() and (rooms[:, 1] + rooms[:, 3] == 4).all()


def test_what_is_taken_is_what_rewards_say():
    sim = five(8)
    shown = gather(sim, Expert(), 40, np.random.default_rng(0), errs=0.2)
    took = shown.kind_TW != NOTHING
    assert took.any() and counted(shown.kind_TW, 3)[0] > counted(shown.kind_TW, 3)[1:].sum()
    assert shown.earned(RED)[shown.kind_TW == 0].min() == 1 and not shown.earned(RED)[~took].any()
    assert returns(shown, RED) == pytest.approx((shown.kind_TW == 0).sum() / 8)
    assert (shown.act_TW != shown.meant_TW).mean() == pytest.approx(0.2 * 2 / 3, abs=0.06)


def test_other_scenarios_have_no_such_boards():
    from worlds.scenario import make_scenario

    with pytest.raises(ValueError, match="scenario maze has no board of coins: take coins or fruit"):
        sight_of(Simulator(make_scenario("maze"), 1, levels=1))


def test_fruit_has_nine_fruits_of_three_kinds():
    sim = boards("fruit", 2, 0)
    assert sight_of(sim) == Sight(8, 9, 3, 0)
    liked = np.array([0.8, 0.2, 0])
    found = counted(gather(sim, Expert(), 60, np.random.default_rng(0)).kind_TW, 3)
    assert found[0] > found[1] and found @ liked > 0


# ---- the mind ------------------------------------------------------------------------------------------


def shown_by(mind_count: int = 2) -> list:
    return [gather(five(2, np.eye(3)[k]), Expert(), 6, np.random.default_rng(k)) for k in range(mind_count)]


def test_what_demonstrators_do_teaches_cumulants():
    """Of the acts that were taken, and of no others; the target network learns nothing."""
    sim, shown = five(), shown_by()
    mind, target = (Mind(Shape(sight_of(sim).facts, 2, 3, 8), seed) for seed in (0, 1))
    samples = drawn(shown, 4, np.random.default_rng(0))
    phi = mind.phi(samples.fact_NF)
    caught: list[torch.Tensor] = []
    mind.phi_sum.register_forward_hook(lambda module, given, out: (out.retain_grad(), caught.append(out))[0])
    inverse_loss(mind, target, samples, Tuning()).backward()
    slope = caught[0].grad
    assert slope is not None and phi.shape == slope.shape == (8, len(ACTS), 3)
    assert (of_act(slope, samples.act_N) != 0).all()
    is_taken = torch.nn.functional.one_hot(samples.act_N, len(ACTS)).bool()
    assert not slope[~is_taken].any(), "cumulants of (s, a), and not of (s, another act)"
    assert all(parameter.grad is None for parameter in target.parameters())


def test_cumulants_do_not_know_whose_they_are():
    """Two demonstrators see and do the same: Φ is one and the same number, whatever either wants."""
    facts = sight_of(five()).facts
    mind = Mind(Shape(facts, 2, 3, 8), 0)
    fact_NF = torch.from_numpy(shown_by(1)[0].fact_TWF[0])
    before = mind.phi(fact_NF)
    with torch.no_grad():
        mind.preference_KD += 1
        for trunk in mind.psi_trunks:
            for parameter in trunk.parameters():
                parameter += 1
    assert torch.equal(before, mind.phi(fact_NF))
    assert Mind(Shape(facts, 5, 3, 8), 0).phi(fact_NF).shape == before.shape


def test_each_sample_is_of_its_own_mind_and_act():
    """E 1, N 2, A 2, K 2, D 1: numbers are 10 n + 2 a + k."""
    psi = (10 * torch.arange(2).view(2, 1, 1) + 2 * torch.arange(2).view(2, 1) + torch.arange(2))[
        None, ..., None
    ]
    mine = of_mind(psi, torch.tensor([1, 0]))
    assert mine[0, :, :, 0].tolist() == [[1, 3], [10, 12]]
    assert of_act(mine, torch.tensor([0, 1]))[0, :, 0].tolist() == [1, 12]


def test_improvement_is_cautious_about_each_and_takes_the_best():
    """Mind 0 is worth 5 or 1, mind 1 is worth 2 or 3: the worse of each is 1 and 2, the best of these 2."""
    psi = torch.tensor([[[[[5.0], [2.0]]]], [[[[1.0], [3.0]]]]])
    assert cautious_values(psi, torch.ones(1)).tolist() == [[2]]


def test_a_wish_begins_where_others_care_least():
    wish = unclaimed(torch.tensor([[1.0, 0, 0, 0], [0, -1, 0, 0]]))
    assert wish.tolist() == [0, 0, 0.25, 0.25]


def test_learning_lowers_the_loss():
    shown, facts = shown_by(), sight_of(five()).facts
    tuning = Tuning(updates=60, batch=16, hidden=16, cumulants=4)
    samples = drawn(shown, 16, np.random.default_rng(5))
    fresh, learned = Mind(Shape(facts, 2, 4, 16), 0), learn_inverse(shown, facts, tuning, 0)
    before, after = (inverse_loss(m, m, samples, tuning).item() for m in (fresh, learned))
    assert after < 0.8 * before


# ---- the command ---------------------------------------------------------------------------------------


def test_the_command_measures_transfer(tmp_path):
    import json

    path = tmp_path / "transfer.json"
    words = (
        "demonstrations transfer --side 5 --updates 3 --more-updates 2 --trajectories 2 --steps 6 --boards 4"
    )
    assert main([*words.split(), "--hidden", "8", "--seeds", "1", "--json", str(path)]) == 0
    found = json.loads(path.read_text())
    assert {"command", "commit", "machine", "seed"} <= {*found}
    assert 0 <= found["rows"]["cloning"][0]["accuracy"] <= 1
    scores = found["rows"]["psiphi"][0]
    assert scores["1-shot"] == pytest.approx(
        np.mean([scores[f"1-shot {t}"] for t in ("R+G", "R-G", "-R+G", "-R-G")])
    )


def test_bad_options_of_transfer_are_refused(capsys):
    assert main(["demonstrations", "transfer", "--side", "2"]) == 2
    assert "side is 2, allowed are 3 to 11" in capsys.readouterr().err
