"""What can `social-rl demonstrations tabular` be asked for?"""

from dataclasses import dataclass

from social_rl.commands.common import File


@dataclass(frozen=True)
class Tabular:
    """Which rewards are recovered from others, how tight is the bound of transfer, where all is known exactly?"""

    side: int = 7
    """cells of the board along an edge"""
    kinds: int = 3
    """kinds of coins; for each there is a demonstrator that wants it alone"""
    each: int = 2
    """coins of a kind"""
    errs: float = 0.05
    """how often demonstrators take any act"""
    temperature: float = 0.1
    """of others, who draw acts by the softmax of their values"""
    cumulants: int = 4
    """that are learned"""
    updates: int = 3000
    """of the tables"""
    discount: float = 0.9
    """of the next step"""
    seeds: int = 5
    """how many times, each with a board of its own"""
    json: File = None
    """write every figure of every seed here, as it is measured; what is there is not measured again"""
    seed: int = 0
    """the first of the seeds"""
