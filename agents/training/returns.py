"""What was an act worth? Advantages and returns from rewards and values, pure functions.

Axes: T time, B whatever is computed side by side (columns, or worlds and agents), W worlds, K agents of a world.
"""

import torch
from torch import Tensor


def gae(
    reward: Tensor,
    value: Tensor,
    terminated: Tensor,
    truncated: Tensor,
    final_value: Tensor,
    active: Tensor,
    gamma: float,
    lam: float,
) -> tuple[Tensor, Tensor]:
    """Generalised advantage estimates and returns, [T, B] each (Schulman et al. 2016, arXiv 1506.02438).

    Args:
        reward: [T, B] paid for the act of each frame.
        value: [T + 1, B] of each frame, and of what follows the last one.
        terminated: [T, B] nothing follows this frame.
        truncated: [T, B] what follows was cut off: it is worth `final_value`.
        final_value: [T, B] of the true last observation; read only where `truncated`.
        active: [T, B] frames that count; what an agent goes through after its own end is worth nothing.
        gamma: discount of a step.
        lam: how far advantages look ahead.
    """
    advantage = torch.zeros_like(reward)
    ahead = torch.zeros_like(reward[0])
    goes_on = (~(terminated | truncated)).to(reward.dtype)
    for t in range(len(reward) - 1, -1, -1):
        after = torch.where(truncated[t], final_value[t], value[t + 1] * goes_on[t])
        td_error = reward[t] + gamma * after - value[t]
        ahead = (td_error + gamma * lam * goes_on[t] * ahead) * active[t]
        advantage[t] = ahead
    return advantage, advantage + value[:-1]


def normalised(advantage: Tensor, active: Tensor) -> Tensor:
    """Advantages [T, W, K] with mean 0 and deviation 1 for each of K agents, over its active frames.

    Agents with different roles have different scales.
    """
    counts = active.to(advantage.dtype)
    n = counts.sum((0, 1)).clamp(min=1)
    mean = (advantage * counts).sum((0, 1)) / n
    deviation = (((advantage - mean).square() * counts).sum((0, 1)) / n).sqrt()
    return (advantage - mean) / (deviation + 1e-8) * counts
