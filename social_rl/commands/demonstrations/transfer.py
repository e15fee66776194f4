"""What can `social-rl demonstrations transfer` be asked for?"""

from dataclasses import dataclass

from social_rl.commands.common import File


@dataclass(frozen=True)
class Transfer:
    """Learn from who wants red coins alone and who wants green ones alone, and then want something else (PsiPhi)."""

    side: int = 7
    """cells of the board along an edge"""
    trajectories: int = 64
    """of each demonstrator"""
    steps: int = 100
    """of a trajectory, and of the one episode with rewards"""
    errs: float = 0.05
    """how often demonstrators take any act"""
    updates: int = 1500
    """of what is learned from demonstrations alone"""
    more_updates: int = 400
    """of what is learned from one episode with rewards, beside them"""
    hidden: int = 64
    """units of the networks"""
    cumulants: int = 8
    """that are learned"""
    boards: int = 32
    """on which policies are tested"""
    seeds: int = 5
    """how many times, each with demonstrations of its own"""
    json: File = None
    """write every figure of every seed here, as it is measured; what is there is not measured again"""
    seed: int = 0
    """the first of the seeds"""
