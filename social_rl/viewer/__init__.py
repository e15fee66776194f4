"""How can a person watch, steer and instruct the agents? Only the command line imports this window."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # pygame greets on the standard output otherwise
