"""What are lines and checkpoints of a run counted in? Frames, examples that were learned from, or episodes."""

from collections.abc import Mapping

FRAMES, EXAMPLES, EPISODES = COUNTED = ("frames", "examples", "episodes")
SPEED = {FRAMES: "agent steps", EXAMPLES: "examples", EPISODES: "episodes"}  # what a speed is counted in


def counted_in(line: Mapping[str, float]) -> str:
    """What a line of figures is counted in: one of COUNTED."""
    return next(name for name in COUNTED if name in line)
