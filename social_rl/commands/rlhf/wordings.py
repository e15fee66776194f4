"""What can `social-rl rlhf wordings` be asked for?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wordings:
    """Count the free wordings that come with the package, by kind and split."""
