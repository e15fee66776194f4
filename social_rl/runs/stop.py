"""When is a run to stop? Ctrl-C or SIGTERM ends it after the present step, saved; a second one ends it at once."""

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)
SAID = "\nStopping after this step, then saving; press Ctrl-C again to stop now\n"
SAVED = "Stopped and saved; go on with:"  # said of a run that was stopped before its end
_STDERR = 2


class Stop:
    """Was the run told to stop?"""

    def __init__(self) -> None:
        self.is_asked = False


@contextlib.contextmanager
def stop_signal(quiet: bool = False) -> Iterator[Stop]:
    """Notes SIGTERM and SIGINT, and says so unless it is to be quiet.

    Raises:
        KeyboardInterrupt: the second time; what was saved before is whole.
    """
    stop = Stop()

    def note(number: int, frame: FrameType | None) -> None:
        if stop.is_asked:
            raise KeyboardInterrupt
        stop.is_asked = True
        if not quiet:
            with contextlib.suppress(OSError):  # nobody listens
                os.write(_STDERR, SAID.encode())  # print may be at work already, and cannot be entered twice

    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
