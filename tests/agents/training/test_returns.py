"""Are advantages what their definition says, at ends of all kinds?"""

import numpy as np
import torch

from agents.training.returns import gae, normalised

GAMMA, LAM = 0.9, 0.8


def by_hand(reward, value, terminated, truncated, final_value, active):
    """The definition, as a sum over what lies ahead, one column at a time."""
    T, B = reward.shape
    out = np.zeros((T, B))
    for b in range(B):
        for t in range(T):
            factor, total = 1.0, 0.0
            for k in range(t, T):
                if not active[k, b]:
                    break
                after = value[k + 1, b]
                if terminated[k, b]:
                    after = 0.0
                if truncated[k, b]:
                    after = final_value[k, b]
                total += factor * (reward[k, b] + GAMMA * after - value[k, b])
                if terminated[k, b] or truncated[k, b]:
                    break
                factor *= GAMMA * LAM
            out[t, b] = total
    return out


def test_advantages_stop_at_ends_and_bootstrap_what_was_cut():
    rng = np.random.default_rng(0)
    T, B = 20, 50
    reward, value = rng.normal(size=(T, B)), rng.normal(size=(T + 1, B))
    final = rng.normal(size=(T, B))
    kind = rng.random((T, B))
    terminated, truncated = kind < 0.1, (kind >= 0.1) & (kind < 0.2)
    active = np.ones((T, B), bool)
    given = (reward, value, terminated, truncated, final, active)
    advantage, returns = gae(*(torch.from_numpy(x) for x in given), GAMMA, LAM)
    assert np.allclose(advantage.numpy(), by_hand(*given))
    assert np.allclose(returns.numpy(), by_hand(*given) + value[:-1])


def test_agents_that_are_out_of_their_episode_count_for_nothing():
    rng = np.random.default_rng(1)
    T, B = 12, 20
    reward, value, final = rng.normal(size=(T, B)), rng.normal(size=(T + 1, B)), rng.normal(size=(T, B))
    terminated, truncated, active = np.zeros((T, B), bool), np.zeros((T, B), bool), np.ones((T, B), bool)
    terminated[4], active[5:8] = True, False  # ended at step 4, its world went on until step 7
    given = (reward, value, terminated, truncated, final, active)
    advantage, _ = gae(*(torch.from_numpy(x) for x in given), GAMMA, LAM)
    assert (advantage[5:8] == 0).all()
    assert np.allclose(advantage.numpy()[active], by_hand(*given)[active])


def test_each_agent_has_a_scale_of_its_own():
    torch.manual_seed(0)
    raw = torch.randn(16, 20, 2) * torch.tensor([1.0, 100.0]) + torch.tensor([0.0, 7.0])
    active = torch.rand(16, 20, 2) < 0.8
    scaled = normalised(raw, active)
    for agent in (0, 1):
        mine = scaled[..., agent][active[..., agent]]
        assert abs(float(mine.mean())) < 1e-5 and abs(float(mine.std(correction=0)) - 1) < 1e-4
    assert (scaled[~active] == 0).all()
