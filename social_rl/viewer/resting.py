"""How long until the first picture, and what does a window cost in which nothing moves? One process, watched by itself.

The window is opened as its command does it, with caches that are warm. It is stopped when its first picture is shown,
left alone for a while, and asked what that took of its processor. Where there is a display it is a real window.
"""

import json
import subprocess
import sys
import time

SECONDS = 5.0  # that the window is left alone
BARS = {"first frame": 3.0, "idle": 0.03}  # seconds, and share of a processor
COMMAND = ("play", "house", "--cast", "ann=mind", "bob=expert")
SCRIPT = """
import json, sys, threading, time
from social_rl.viewer import window
show, seen = window.show, []

def leave_alone():
    import pygame
    time.sleep(1)
    before = time.process_time()
    time.sleep({seconds})
    spent = time.process_time() - before
    print(json.dumps(dict(first=seen[0], cpu=seen[1], idle=spent / {seconds}, driver=pygame.display.get_driver())))
    sys.stdout.flush()
    pygame.event.post(pygame.event.Event(pygame.QUIT))

def show_and_rest(state):
    painted = show(state)
    if not seen:
        seen.extend((time.time() - {start}, time.process_time()))
        state.playing = False
        threading.Thread(target=leave_alone).start()
    return painted

window.show = show_and_rest
from social_rl.cli import main
sys.exit(main({command}))
"""


def rest() -> dict[str, float | str]:
    """Seconds to the first picture, of the clock and of the processor, and the share of one that idling takes.

    Raises:
        OSError: the window did not open.
    """
    script = SCRIPT.format(seconds=SECONDS, start=time.time(), command=list(COMMAND))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    if done.returncode or not done.stdout.strip():
        raise OSError(f"the window did not open: {done.stderr.strip()[-400:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
