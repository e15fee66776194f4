"""How is every episode of a run written down? A replay for each, in a folder, as soon as it is over."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from social_rl.episodes.casting import checkpoint_digest
from worlds.replay import Recorder, record
from worlds.replay_files import save
from worlds.simulator import Simulator


class Recording:
    """Writes the episodes of `play_episodes` to FOLDER/SCENARIO-EPISODE.jsonl.gz, numbered from 0 as results are.

    Args:
        sim: the worlds that are played.
        cast: who plays each agent, in words.
        folder: where to; it is made.
    """

    def __init__(self, sim: Simulator, cast: Mapping[str, str], folder: Path) -> None:
        self.sim, self.cast, self.folder, self.written = sim, cast, folder, 0
        self._minds = [checkpoint_digest(text, name) for name, text in cast.items()]
        self._recorders: dict[int, Recorder] = {}
        self._episode_W = np.arange(sim.worlds)
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, begun_W: np.ndarray) -> None:
        """Episodes have begun in these worlds, bool[W]."""
        for w in np.flatnonzero(begun_W).tolist():
            self._recorders[w] = record(self.sim, w, list(self.cast.values()), self._minds)

    def end(self, ended_W: np.ndarray) -> None:
        """Episodes have ended in these worlds, bool[W]: write them.

        Raises:
            OSError: a file cannot be written.
        """
        for w in np.flatnonzero(ended_W).tolist():
            recorder = self._recorders.pop(w)
            recorder.stop()
            save(recorder.replay, self.folder / f"{self.sim.scenario.name}-{self._episode_W[w]:05}.jsonl.gz")
            self._episode_W[w] += self.sim.worlds
            self.written += 1
