"""What is a quickstart that kills itself? Run as `python -m tests.social_rl.human_feedback.killed RUNS STAGE`.

Episodes that are compared are made up, those that are tuned by are short; any reward model is trusted. A stage that is
none of CUTS lets it come to its end.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from social_rl.commands.rlhf.quickstart import Quickstart
from social_rl.human_feedback import quickstart, sft
from social_rl.human_feedback.fine_tuning import FineTuning
from social_rl.human_feedback.preferences.store import Store
from social_rl.human_feedback.reward import model, start
from social_rl.human_feedback.tuning import asked
from social_rl.human_feedback.tuning.run import Tuning
from tests.social_rl.human_feedback.made_up import made_up

# What is called for the last time, and how often it comes back before that in one process.
CUTS: dict[str, tuple[Any, str, int]] = {
    "demonstrations begun": (FineTuning, "advance", 1),
    "demonstrations": (FineTuning, "advance", 21),
    "gathering": (quickstart, "_play", 1),
    "labels": (Store, "answer", 5),
    "reward": (model, "write_checkpoint", 1),
    "tuning": (Tuning, "advance", 5),
    "table": (quickstart, "page_of", 0),
}


def kill_after(function: Callable[..., Any], times: int) -> Callable[..., Any]:
    """The same function, which ends the process when it is called once more."""
    left = iter(range(times))

    def counted(*given: Any, **named: Any) -> Any:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*given, **named)

    return counted


def main(runs: Path, stage: str) -> int:
    """Go on with the quickstart of a folder."""
    asked.STEPS, quickstart.BATCH, quickstart._play = 20, 4, made_up
    sft.settled = lambda command, language_model: "float32"
    start.refusal = quickstart.refusal = lambda figures: ""
    if stage in CUTS:
        where, name, times = CUTS[stage]
        setattr(where, name, kill_after(getattr(where, name), times))
    return quickstart.quickstart(
        Quickstart(runs=runs, examples=88, comparisons=40, rounds=1, members=2, updates=6, worlds=3, tests=2)
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
