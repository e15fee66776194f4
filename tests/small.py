"""How do tests train in a moment? Small mazes, a small mind, few worlds."""

import numpy as np

from adversarial_design.kinds import MazeConfig, maze_grid
from adversarial_design.students import Student, StudentConfig
from agents.network.config import NetworkConfig
from agents.training.learner import LearnerConfig

SMALL_MAZES = maze_grid(MazeConfig(side=5, walls=(0, 6), step_limit=20))
SMALL_MIND = NetworkConfig(view=5, hidden=32, words=32, agents=1, map=False, precision="float32")
SMALL = StudentConfig(
    worlds=8,
    workers=2,
    steps=8,
    frames=10_000,
    learner=LearnerConfig(minibatches=2, epochs=1, learning_rate=1e-3),
)


def small_student(seed=0, grid=SMALL_MAZES, **more) -> Student:
    """A student that has learned nothing yet."""
    return Student(grid, SMALL_MIND, SMALL, seed, **more)


def flat(player) -> dict[str, np.ndarray]:
    """All arrays that a player or a cycle keeps."""
    return {
        f"{file} {name}": array
        for file, part in player.save()[0].items()
        for name, array in (
            part if isinstance(part, dict) else {"bytes": np.frombuffer(part, np.uint8)}
        ).items()
    }


def same(one, other) -> bool:
    """Do two keep the same, bit for bit?"""
    a, b = flat(one), flat(other)
    return (
        a.keys() == b.keys()
        and all(a[k].tobytes() == b[k].tobytes() for k in a)
        and one.save()[1] == other.save()[1]
    )
