"""How do tests run? Without a window, without the network, one torch thread each, and the same every time."""

import os

os.environ["SDL_VIDEODRIVER"] = "dummy"
os.environ["SDL_AUDIODRIVER"] = "dummy"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
os.environ["SOCIAL_RL_QUIET"] = "1"  # whether rules are compiled or found changes nothing that is said
os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch sums in another order with another number of threads

from hypothesis import settings

from social_rl.runs.memory import keep_memory

keep_memory()
settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.load_profile("same")
