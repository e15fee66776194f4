"""By what does one learn what others want? The losses of PsiPhi-Learning, one function each.

Filos et al., "PsiPhi-Learning: Reinforcement Learning with Demonstrations using Successor Features and Inverse
Temporal Difference Learning" (arXiv 2102.12560). With cumulants Φ(s, a), successor features Ψ_k(s, a) of demonstrator
k and its preferences w_k, a reward is Φ·w_k and the value of an act Ψ_k·w_k. Axes: N samples, A acts, D cumulants.
"""

from torch import Tensor
from torch.nn.functional import cross_entropy


def imitation(value_NA: Tensor, act_N: Tensor) -> Tensor:
    """How unlikely the acts of a demonstrator are, were it to draw them by the softmax of their values; [N], nats."""
    return cross_entropy(value_NA, act_N, reduction="none")


def inverse_difference(psi_ND: Tensor, phi_ND: Tensor, next_psi_ND: Tensor, discount: float) -> Tensor:
    """‖Ψ(s, a) − Φ(s, a) − γ Ψ̃(s', a')‖²; [N]. It teaches Ψ and Φ, and not Ψ̃.

    Args:
        psi_ND, phi_ND: of the act that was taken at s, both.
        next_psi_ND: of the act that was taken at s', by the target network; no gradient goes into it.
    """
    return (psi_ND - phi_ND - discount * next_psi_ND.detach()).square().sum(-1)


def feature_difference(psi_ND: Tensor, phi_ND: Tensor, next_psi_ND: Tensor, discount: float) -> Tensor:
    """The same error of one's own successor features, to which cumulants are given; [N]. It teaches Ψ alone."""
    return inverse_difference(psi_ND, phi_ND.detach(), next_psi_ND, discount)


def value_difference(value_N: Tensor, reward_N: Tensor, next_value_N: Tensor, discount: float) -> Tensor:
    """(Q(s, a) − r − γ Q̃(s', a'))²; [N]. No gradient goes into the target."""
    return (value_N - reward_N - discount * next_value_N.detach()).square()


def reward_error(phi_ND: Tensor, preference_ND: Tensor, reward_N: Tensor) -> Tensor:
    """(Φ(s, a)·w − r)²; [N]. It teaches Φ and w."""
    return ((phi_ND * preference_ND).sum(-1) - reward_N).square()


def sparsity(preference_KD: Tensor) -> Tensor:
    """Mean |w| of a demonstrator: the sum over cumulants, the mean over demonstrators."""
    return preference_KD.abs().sum(-1).mean()
