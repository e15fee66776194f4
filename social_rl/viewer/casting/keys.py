"""Which key does what on the first screen? Tables for the window and the help; a new key is a row."""

import pygame

from social_rl.viewer.controls.keys import ENTERING as WRITING
from social_rl.viewer.controls.keys import Key

CHOOSING = (
    Key(pygame.K_UP, "", "next scenario", (-1,), "up down", "another scenario (or click)"),
    Key(pygame.K_DOWN, "", "next scenario", (1,)),
    Key(pygame.K_TAB, "", "next agent", (), "tab", "the next agent, then beside"),
    Key(pygame.K_LEFT, "", "next policy", (-1,), "left right", "who plays it"),
    Key(pygame.K_RIGHT, "", "next policy", (1,)),
    Key(pygame.K_t, "", "write policy", (), "T", "type who plays it"),
    Key(pygame.K_c, "", "write choices", (), "C", "type choices: agents=3"),
    Key(pygame.K_a, "", "alone", (), "A", "nobody beside"),
    Key(0, "+", "seed", (1,), "+ −", "another seed"),
    Key(0, "=", "seed", (1,)),
    Key(0, "-", "seed", (-1,)),
)
DOING = (
    Key(pygame.K_RETURN, "", "go", (), "enter", "play; Q comes back"),
    Key(pygame.K_SPACE, "", "go"),
    Key(pygame.K_e, "", "edit", (), "E", "paint a level"),
    Key(pygame.K_m, "", "theme", (), "M", "dark, or light"),
    Key(0, "", "zoom", (), "ctrl + −", "larger, smaller text"),
    Key(pygame.K_h, "?", "help", (), "? H", "these keys"),
    Key(pygame.K_q, "", "back", (), "Q", "leave"),
    Key(pygame.K_ESCAPE, "", "leave"),
)
KEYS = CHOOSING + DOING
REPEATING = frozenset(("next scenario", "next policy", "seed", "rub", "caret"))
HELP = ((("Choose", CHOOSING),), (("Do", DOING), ("While writing", WRITING)))
