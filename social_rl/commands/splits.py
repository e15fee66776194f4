"""What can `social-rl splits` be asked for?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Splits:
    """List what each split holds out of training."""
