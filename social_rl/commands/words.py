"""What can `social-rl words` be asked for?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """List what can be said: verbs, things, rooms, colours, relations and what joins clauses."""
