"""How do figures come to TensorBoard? One event file, made anew from the logged lines whenever a run goes on.

It is written at once and not by a thread, so that a full disk is noticed where it happens.
"""

import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from social_rl.runs.counted import counted_in

FOLDER, PREFIX = "tensorboard", "events.out.tfevents"


class Board:
    """The event file of a run; `logged` are the lines so far, each with what it is counted in."""

    def __init__(self, run: Path, logged: Iterable[Mapping[str, float]]) -> None:
        from tensorboardX.record_writer import RecordWriter

        folder = run / FOLDER
        folder.mkdir(exist_ok=True)
        for old in folder.glob(f"{PREFIX}.*"):
            old.unlink()  # else points would come twice
        self._records = RecordWriter(str(folder / f"{PREFIX}.{int(time.time())}.{socket.gethostname()}"))
        try:
            self._write(file_version="brain.Event:2")
            for line in logged:
                self._add(line)
            self._records.flush()
        except BaseException:
            self.close()
            raise

    def log(self, line: Mapping[str, float]) -> None:
        """Add a line."""
        self._add(line)
        self._records.flush()

    def close(self) -> None:
        """Nothing more comes."""
        self._records.close()

    def _add(self, line: Mapping[str, float]) -> None:
        from tensorboardX.summary import scalar

        counted = counted_in(line)
        for name, value in line.items():
            if name != counted:
                self._write(summary=scalar(name, value), step=int(line[counted]))

    def _write(self, **parts: Any) -> None:
        from tensorboardX.proto import event_pb2

        event: Any = event_pb2.Event(wall_time=time.time(), **parts)  # pyright: ignore[reportAttributeAccessIssue]
        self._records.write(event.SerializeToString())
