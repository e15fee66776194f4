"""Which key does what in a comparison? Those of the window that both sides can share."""

from social_rl.viewer.controls.keys import DOING, LOOKING, TIME

SHARED = frozenset((
    "pause", "step", "back", "go by", "go to", "go to end", "reverse", "faster", "slower", "again", "new", "next agent",
    "sight", "overlay", "glide", "theme", "zoom", "picture", "record", "help", "leave screen", "leave",
))  # fmt: skip
KEYS = tuple(key for key in TIME + LOOKING + DOING if key.command in SHARED)
HELP = (
    (("Time", tuple(key for key in TIME if key.command in SHARED)),),
    (
        ("Look", tuple(key for key in LOOKING if key.command in SHARED)),
        ("Do", tuple(key for key in DOING if key.command in SHARED)),
    ),
)
