"""What is said while rules are compiled? On stderr, a line for each, since all together may take a minute.

Nothing is said where all is found in the cache, nor with SOCIAL_RL_QUIET=1.
"""

import functools
import os
import sys


def say(text: str, end: str = "\n") -> None:
    """Say something, unless quiet is asked for."""
    if os.environ.get("SOCIAL_RL_QUIET") != "1" and sys.stderr is not None:
        print(text, end=end, file=sys.stderr, flush=True)


def begin(name: str) -> None:
    """A function is compiled now; before the first one, what for."""
    _explain()
    say(f"  {name} ... ", end="")


def end(seconds: float) -> None:
    """It took so long."""
    say(f"{seconds:.1f} s")


@functools.cache
def _explain() -> None:
    say("Compiling rules; they are kept, so this takes its time only once:")
