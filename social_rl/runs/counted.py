"""What are lines and checkpoints of a run counted in? Frames, or examples that a language model learned from."""

from collections.abc import Mapping

FRAMES, EXAMPLES = COUNTED = ("frames", "examples")
SPEED = {FRAMES: "agent steps", EXAMPLES: "examples"}  # what a speed is counted in


def counted_in(line: Mapping[str, float]) -> str:
    """What a line of figures is counted in: one of COUNTED."""
    return next(name for name in COUNTED if name in line)
