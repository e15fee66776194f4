"""What can `social-rl doctor` be asked for?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Doctor:
    """Check that everything needed is here and works."""
