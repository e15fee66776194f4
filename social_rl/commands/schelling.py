"""What can `social-rl schelling` be asked for?"""

from dataclasses import dataclass

from social_rl.commands.common import Choices, File, Name


@dataclass(frozen=True)
class Schelling:
    """Does it pay to defect? What one who cooperates earns, and one who defects, by how many others cooperate."""

    scenario: Name
    """name of a scenario in which agents are alike"""
    cooperate: str = "script:cooperate"
    """the policy of who cooperates, as in --cast of social-rl run"""
    defect: str = "script:defect"
    """the policy of who defects"""
    choices: Choices = ()
    """choices of the scenario, such as agents=4 steps=200"""
    worlds: int = 64
    """how many run side by side"""
    episodes: int = 128
    """how many to play with each number of cooperators, on the same levels"""
    seed: int = 0
    """of levels and of all chance"""
    threads: int = 0
    """0: one for each core"""
    json: File = None
    """write the results here"""
    to: File = None
    """draw the diagram here: .png, .svg or .pdf"""
