"""What can `social-rl scenarios` be asked for?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenarios:
    """List the scenarios and what can be chosen of them."""
