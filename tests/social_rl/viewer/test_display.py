"""Does a sentence that is typed at a real keyboard reach the mind, and is it done? X in memory, and xdotool."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from worlds.events import Instruct
from worlds.replay import resimulate
from worlds.replay_files import load
from worlds.state import SUCCEEDED

ROOT = Path(__file__).parents[3]
HOUSE = """level 1 · 200 steps

########
#A....b#
#......#
#..o...#
########

legend
  A Ann facing east
  b white bed
  o orange
"""
SENTENCE = "please walk over to the bed"
PATIENCE = 180  # seconds for each thing to come about, on a busy machine
MISSING = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]


@pytest.mark.slow
@pytest.mark.skipif(
    bool(MISSING), reason=f"there is no {' and no '.join(MISSING)}: apt-get install xvfb xdotool"
)
def test_a_free_sentence_typed_at_a_keyboard_is_done_by_the_mind(tmp_path):
    (tmp_path / "house.txt").write_text(HOUSE, encoding="utf-8")
    read, write = os.pipe()
    x = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        display = f":{told.readline().strip()}"
    env = {**os.environ, "DISPLAY": display, "PYTHONPATH": str(ROOT)}
    env.pop("SDL_VIDEODRIVER", None)
    words = "play house --set agents=1 --levels house.txt --cast ann=mind --fps 1"  # so a new episode begins 8 s later
    said = (tmp_path / "said.txt").open("w")
    window = subprocess.Popen(
        [sys.executable, "-m", "social_rl.cli", *words.split()], cwd=tmp_path, env=env,
        stdout=subprocess.DEVNULL, stderr=said,
    )  # fmt: skip

    def press(*keys: str) -> None:
        subprocess.run(["xdotool", *keys], env=env, check=True, timeout=60)

    def replay() -> Path | None:
        """What W has written last: what has happened up to then."""
        press(
            "mousemove", "300", "300", "key", "w"
        )  # keys go to the window below the pointer: nothing manages windows
        time.sleep(1)
        found = sorted((tmp_path / "out").glob("*.jsonl.gz"), key=lambda path: path.stat().st_mtime_ns)
        return found[-1] if found else None

    def until(holds: Callable[[], bool], what: str) -> None:
        ends = time.monotonic() + PATIENCE
        while not holds():
            assert window.poll() is None, (tmp_path / "said.txt").read_text()
            assert time.monotonic() < ends, what

    try:
        until(lambda: replay() is not None, "no window came up")
        press("key", "slash")
        press("type", "--delay", "60", SENTENCE)
        press("key", "Return")
        until(lambda: is_done(replay()), "Ann was not seen to do it")
    finally:
        said.close()
        for process in (window, x):
            process.kill()
            process.wait()


def is_done(path: Path | None) -> bool:
    """Was Ann told so, and has she succeeded by her own acts?"""
    assert path is not None
    replay = load(path)
    told = [entry.event.words for entry in replay.entries if isinstance(entry.event, Instruct)]
    sim = resimulate(replay)
    return any("bed" in words for words in told) and sim.state.finished[0, 0] == SUCCEEDED
