"""How do figures come to TensorBoard? One event file, made anew from the logged lines whenever a run goes on.

It is written at once and not by a thread, so that a full disk is noticed where it happens.
"""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

FOLDER, PREFIX = "tensorboard", "events"


class Board:
    """The event file of a run; `logged` are the lines so far, each with its frames."""

    def __init__(self, run: Path, logged: Iterable[Mapping[str, float]]) -> None:
        from tensorboardX.event_file_writer import EventsWriter

        folder = run / FOLDER
        folder.mkdir(exist_ok=True)
        for old in folder.glob(f"{PREFIX}.out.tfevents.*"):
            old.unlink()  # else points would come twice
        self._writer = EventsWriter(str(folder / PREFIX))
        for line in logged:
            self._add(line)
        self._writer.flush()

    def log(self, line: Mapping[str, float]) -> None:
        """Add a line."""
        self._add(line)
        self._writer.flush()

    def _add(self, line: Mapping[str, float]) -> None:
        from tensorboardX.proto.event_pb2 import Event  # pyright: ignore[reportAttributeAccessIssue]: it is made when it is loaded
        from tensorboardX.summary import scalar

        for name, value in line.items():
            if name != "frames":
                event = Event(summary=scalar(name, value), step=int(line["frames"]), wall_time=time.time())
                self._writer.write_event(event)

    def close(self) -> None:
        """Nothing more comes."""
        self._writer.close()
