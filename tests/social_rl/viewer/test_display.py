"""Does a sentence that is typed at a real keyboard reach the mind, and is it done? X in memory, and xdotool."""

import os
import re
import shutil
import subprocess
import sys
import time
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
    display = f":{os.read(read, 16).decode().strip()}"
    env = {**os.environ, "DISPLAY": display, "PYTHONPATH": str(ROOT)}
    env.pop("SDL_VIDEODRIVER", None)
    words = "play house --set agents=1 --levels house.txt --cast ann=mind"
    window = subprocess.Popen(
        [sys.executable, "-m", "social_rl.cli", *words.split()], cwd=tmp_path, env=env,
        stdout=subprocess.DEVNULL, stderr=(tmp_path / "said.txt").open("w"),
    )  # fmt: skip

    def press(*keys: str) -> None:
        subprocess.run(["xdotool", *keys], env=env, check=True, timeout=60)

    try:
        until(lambda: re.search(r"Social RL", titles(env)) is not None, window, tmp_path)
        time.sleep(2)
        press("key", "slash")
        press("type", "--delay", "60", SENTENCE)
        press("key", "Return")
        found = []
        for _ in range(PATIENCE // 3):  # W writes what has happened up to now
            time.sleep(3)
            press("key", "w")
            time.sleep(1)
            found = sorted((tmp_path / "out").glob("*.jsonl.gz"), key=lambda path: path.stat().st_mtime)
            if found and is_done(found[-1]):
                return
        pytest.fail(
            f"{len(found)} replays, in none of which Ann has done it: {(tmp_path / 'said.txt').read_text()}"
        )
    finally:
        window.kill()
        window.wait()
        x.terminate()
        x.wait()


def is_done(path: Path) -> bool:
    """Was Ann told so, and has she succeeded by her own acts?"""
    replay = load(path)
    told = [entry.event.words for entry in replay.entries if isinstance(entry.event, Instruct)]
    sim, diverged = resimulate(replay)
    assert diverged is None
    return any("bed" in words for words in told) and sim.state.finished[0, 0] == SUCCEEDED


def titles(env: dict[str, str]) -> str:
    """The titles of all windows."""
    found = subprocess.run(
        ["xdotool", "search", "--name", ".", "getwindowname", "%@"],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return found.stdout


def until(holds, window: subprocess.Popen, folder: Path) -> None:
    """Wait until something holds; the window must not close before."""
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert window.poll() is None, (folder / "said.txt").read_text()
        assert time.monotonic() < ends, "no window came up"
        time.sleep(0.5)
